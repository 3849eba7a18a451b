"""Poses as a function of what the optimiser changes, with derivatives.

A frame's variables are x = (z, y): the latent vector, and the pose's place
(`inference.model.placement`), which for a known camera is the yaw and the position on the ground.
The frames of a sequence share θ = (log s, …) (`inference.model.sequence_variables`). With the
generator G:

    p3w = s·M(y)·G(z) + o(y)
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks import Generator
from gan.networks.perceptron import Expansion
from human_pose_util.skeleton import Converter
from inference.model.placement import Free, Ground
from inference.model.sequence_variables import Shared


class Poses(NamedTuple):
    """Placed poses and what their derivatives are made of; the coordinate before the joint.

    Attributes:
        p3w: [batch, 3, n_joints].
        generated: the generator's poses.
        by_z: [batch, n_z, 3, n_joints] derivatives of the local pose.
        turn: [batch, 3, 3] s·M, which takes those to the world.
        by_y: [batch, n_y, 3, n_joints].
        by_scale: [batch, 3, n_joints] by log s.
    """

    p3w: tf.Tensor
    generated: Expansion
    by_z: tf.Tensor
    turn: tf.Tensor
    by_y: tf.Tensor
    by_scale: tf.Tensor


class PoseModel:
    """Generated poses, put in their places.

    Args:
        generator: latent vectors → poses.
        converter: from the generator's skeleton to that of the observations.
        placement: how poses get their place.
        shared: what the frames of a sequence share.
    """

    def __init__(
        self, generator: Generator, converter: Converter, placement: Ground | Free, shared: Shared
    ):
        self.generator, self.placement, self.shared = generator, placement, shared
        self._converter = converter
        self.n_z = generator.n_z
        self.n_x = generator.n_z + placement.n_y
        self.n = self.n_x + shared.n_free
        self.n_joints = converter.target.n_joints

    def decode(self, x: tf.Tensor, theta: tf.Tensor, smoothing=None) -> tf.Tensor:
        """Poses: x [batch, n_x], θ [batch, 4], smoothing [batch] → [batch, n_joints, 3]."""
        width = None if smoothing is None else smoothing[:, None]
        flat = tf.linalg.matrix_transpose(self.generator(x[:, : self.n_z], width))
        return tf.linalg.matrix_transpose(self.place(flat, x, theta))

    def place(self, generated: tf.Tensor, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """Generated poses [batch, 3, n] or [batch, 3·n] in their places: [batch, 3, n_joints]."""
        turn, shift = self._turn(x, theta)
        return turn @ self.local(generated) + shift

    def local(self, generated: tf.Tensor) -> tf.Tensor:
        """Generated poses [..., 3, n] or [..., 3·n] before they are placed: [..., 3, n_joints]."""
        n = self.generator.n_joints
        if generated.shape[-1] != n:
            shape = [-1, *generated.shape[1:-1], 3, n]
            generated = tf.reshape(generated, shape)
        converted = self._converter.convert(generated, axis=-1)
        return self.placement.local(converted, self._converter.target.root_index)

    def linearize(self, x: tf.Tensor, theta: tf.Tensor, smoothing: tf.Tensor) -> Poses:
        """Poses with derivatives.

        Args:
            x: [batch, n_x].
            theta: [batch, 4].
            smoothing: [batch] widths by which the generator's kinks are rounded.
        """
        generated = self.generator.expand(x[:, : self.n_z], smoothing[:, None])
        turn, shift = self._turn(x, theta)
        turned = turn @ self.local(generated.value)
        by_y = self.placement.tangents(x[:, self.n_z :], turned)
        by_z = self.local(generated.tangents)
        return Poses(turned + shift, generated, by_z, turn, by_y, turned)

    def tangents(self, poses: Poses) -> tf.Tensor:
        """[batch, n, 3, n_joints] derivatives of placed poses by x and the free of θ."""
        unmoved = tf.zeros_like(poses.by_scale)  # by the camera's intrinsics
        by_theta = [poses.by_scale if i == 0 else unmoved for i in self.shared.free]
        by_z = poses.turn[:, None] @ poses.by_z
        return tf.concat([by_z, poses.by_y, *(part[:, None] for part in by_theta)], axis=1)

    def _turn(self, x: tf.Tensor, theta: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """s·M [batch, 3, 3] and o [batch, 3, 1]."""
        turn, shift = self.placement.place(x[:, self.n_z :])
        return tf.exp(theta[:, :1, None]) * turn, shift[..., None]
