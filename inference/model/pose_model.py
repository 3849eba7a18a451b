"""Poses as a function of the variables that a search changes, with derivatives.

The variables of a frame are x = (z, y): the latent vector, and the placement
(`inference.model.placement`), which for a known camera is the yaw and the position on the ground.
The frames of a sequence share θ = (log s, …) (`inference.model.sequence_variables`). With the
generator G:

    p3w = s·M(y)·G(z) + o(y)

Its derivatives are products of small factors: by z, s·M times the generator's tangents; by y, those
of the placement; by log s, the placed pose without its shift, since d(s·X)/d(log s) = s·X.
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks import Generator
from gan.networks.perceptron import Expansion
from human_pose_util.skeleton import Converter
from inference.model.placement import Placement
from inference.model.sequence_variables import SequenceValues, SequenceVariables


class PlacedPoses(NamedTuple):
    """Placed poses and the factors of their derivatives; the coordinate before the joint.

    Attributes:
        p3w: [batch, 3, n_joints] poses, in the frame of the placement.
        generated: the generator's poses around z, in its own skeleton.
        by_z: [batch, n_z, 3, n_joints] derivatives of the local pose by z.
        turn: [batch, 3, 3] s·M, which takes local poses and their derivatives to the placement's
            frame. It is kept apart from `by_z` because a term may need only 2 of 3 coordinates.
        by_y: [batch, n_y, 3, n_joints] derivatives of `p3w` by the placement.
        by_scale: [batch, 3, n_joints] derivatives of `p3w` by log s.
    """

    p3w: tf.Tensor
    generated: Expansion
    by_z: tf.Tensor
    turn: tf.Tensor
    by_y: tf.Tensor
    by_scale: tf.Tensor


class PoseModel:
    """Generated poses, converted to a skeleton and placed.

    Args:
        generator: latent vectors → poses.
        converter: from the generator's skeleton to that of the observations.
        placement: how poses are placed.
        sequence_variables: what the frames of a sequence share.

    Attributes:
        n_z: number of latent dimensions.
        n_x: number of variables of a frame.
        n: number of variables of a frame, and of those free variables that its sequence shares.
        n_joints: number of joints of the observations' skeleton.
    """

    def __init__(
        self,
        generator: Generator,
        converter: Converter,
        placement: Placement,
        sequence_variables: SequenceVariables,
    ):
        self.generator, self.placement = generator, placement
        self.sequence_variables = sequence_variables
        self._converter = converter
        self.n_z = generator.n_z
        self.n_x = generator.n_z + placement.n_y
        self.n = self.n_x + sequence_variables.n_free
        self.n_joints = converter.target.n_joints

    def decode(self, x: tf.Tensor, theta: tf.Tensor, kink_width=None) -> tf.Tensor:
        """Placed poses.

        Args:
            x: [batch, n_x] variables of frames.
            theta: [batch, 4] sequence variables of the frames.
            kink_width: [batch] widths by which the generator's kinks are rounded; None for the
                generator as it was trained.

        Returns:
            [batch, n_joints, 3] in the frame of the placement.
        """
        width = None if kink_width is None else kink_width[:, None]
        generated = tf.linalg.matrix_transpose(self.generator(x[:, : self.n_z], width))
        return tf.linalg.matrix_transpose(self.place(generated, x, theta))

    def place(self, generated: tf.Tensor, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """Generated poses where they stand.

        Args:
            generated: [batch, 3, n] or [batch, 3·n] poses of the generator's n joints.
            x: [batch, n_x] variables of frames, whose placement counts.
            theta: [batch, 4] sequence variables.

        Returns:
            [batch, 3, n_joints].
        """
        turn, shift = self._turn_and_shift(x, theta)
        return turn @ self.local(generated) + shift

    def local(self, generated: tf.Tensor) -> tf.Tensor:
        """Generated poses in the observations' skeleton, before they are placed.

        Args:
            generated: [..., 3, n] or [..., 3·n] poses, or their derivatives, of the generator's n
                joints.

        Returns:
            [..., 3, n_joints].
        """
        n = self.generator.n_joints
        if generated.shape[-1] != n:
            shape = [-1, *generated.shape[1:-1], 3, n]
            generated = tf.reshape(generated, shape)
        converted = self._converter.convert(generated, axis=-1)
        return self.placement.local(converted, self._converter.target.root_index)

    def linearize(self, x: tf.Tensor, theta: tf.Tensor, kink_width: tf.Tensor) -> PlacedPoses:
        """Placed poses with the factors of their derivatives.

        Args:
            x: [batch, n_x] variables of frames.
            theta: [batch, 4] sequence variables.
            kink_width: [batch] widths by which the generator's kinks are rounded.
        """
        generated = self.generator.expand(x[:, : self.n_z], kink_width[:, None])
        turn, shift = self._turn_and_shift(x, theta)
        turned = turn @ self.local(generated.value)
        by_y = self.placement.tangents(x[:, self.n_z :], turned)
        by_z = self.local(generated.tangents)
        return PlacedPoses(turned + shift, generated, by_z, turn, by_y, turned)

    def tangents(self, poses: PlacedPoses) -> tf.Tensor:
        """Derivatives of placed poses by x and the free sequence variables.

        Args:
            poses: what `linearize` returns.

        Returns:
            [batch, n, 3, n_joints].
        """
        unmoved = tf.zeros_like(poses.by_scale)  # intrinsics move the image, not the pose
        names = self.sequence_variables.free_names
        by_theta = [poses.by_scale if name == "log_scale" else unmoved for name in names]
        by_z = poses.turn[:, None] @ poses.by_z
        return tf.concat([by_z, poses.by_y, *(part[:, None] for part in by_theta)], axis=1)

    def _turn_and_shift(self, x: tf.Tensor, theta: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """s·M [batch, 3, 3] and o [batch, 3, 1]."""
        rotation, shift = self.placement.place(x[:, self.n_z :])
        scale = tf.exp(SequenceValues.of(theta).log_scale)
        return scale[:, None, None] * rotation, shift[..., None]
