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

import numpy as np
import tensorflow as tf

from gan.networks import Generator
from gan.networks.perceptron import Expansion
from human_pose_util.skeleton import Converter
from inference.model.body import Bones
from inference.model.placement import Placement
from inference.model.sequence_variables import SequenceValues, SequenceVariables


class PlacedPoses(NamedTuple):
    """Placed poses and the factors of their derivatives; the coordinate before the joint.

    Attributes:
        p3w: [batch, 3, n_joints] poses, in the frame of the placement.
        generated: the generator's poses around z, in its own skeleton.
        local: [batch, 3, n_joints] the generated poses in the skeleton of the observations, before
            they are placed.
        by_z: [batch, n_z, 3, n_joints] derivatives of the local pose by z.
        turn: [batch, 3, 3] s·M, which takes local poses and their derivatives to the placement's
            frame. It is kept apart from `by_z` because a term may need only 2 of 3 coordinates.
        by_y: [batch, n_y, 3, n_joints] derivatives of `p3w` by the placement.
        by_scale: [batch, 3, n_joints] derivatives of `p3w` by log s.
    """

    p3w: tf.Tensor
    generated: Expansion
    local: tf.Tensor
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
        bones: the bones, of the observations' skeleton, whose lengths a sequence shares; None where
            every pose has bones of its own.

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
        bones: Bones | None,
    ):
        self.generator, self.placement, self.bones = generator, placement, bones
        self.sequence_variables = sequence_variables
        # The conversion is linear, and so is taking a pose about its root: one matrix does both.
        matrix = converter.convert(np.eye(generator.n_joints, dtype=np.float32), axis=-1)
        if placement.about_root:
            root = converter.target.root_index
            matrix = matrix - matrix[:, root : root + 1]
        self._to_local = tf.constant(matrix)
        self.n_z = generator.n_z
        self.n_x = generator.n_z + placement.n_y
        self.n = self.n_x + sequence_variables.n_free
        self.n_joints = converter.target.n_joints

    def decode(self, x: tf.Tensor, theta: tf.Tensor) -> tf.Tensor:
        """Placed poses, of the generator as it was trained.

        Args:
            x: [batch, n_x] variables of frames.
            theta: [batch, n_theta] sequence variables of the frames.

        Returns:
            [batch, n_joints, 3] in the frame of the placement.
        """
        generated = tf.linalg.matrix_transpose(self.generator(x[:, : self.n_z]))
        return tf.linalg.matrix_transpose(self.place(generated, x, SequenceValues.of(theta)))

    def place(self, generated: tf.Tensor, x: tf.Tensor, values: SequenceValues) -> tf.Tensor:
        """Generated poses where they stand.

        Args:
            generated: [batch, 3, n] or [batch, 3·n] poses of the generator's n joints.
            x: [batch, n_x] variables of frames, whose placement counts.
            values: sequence variables [batch].

        Returns:
            [batch, 3, n_joints].
        """
        turn, shift = self._turn_and_shift(x, values)
        return turn @ self.local(generated) + shift

    def local(self, generated: tf.Tensor) -> tf.Tensor:
        """Generated poses in the observations' skeleton, before they are placed.

        Args:
            generated: [..., 3, n] or [..., 3·n] poses, or their derivatives, of the generator's n
                joints.

        Returns:
            [..., 3, n_joints].
        """
        n, shape = self.generator.n_joints, generated.shape[1:-1]
        is_flat = generated.shape[-1] != n
        # One matrix product over all rows, whatever the leading axes.
        rows = tf.reshape(generated, [-1, n]) @ self._to_local
        return tf.reshape(rows, [-1, *shape, *([3] if is_flat else []), self.n_joints])

    def by_generated(self, by_local: tf.Tensor) -> tf.Tensor:
        """The gradient of a function by generated poses, given that by local poses.

        Args:
            by_local: [batch, 3, n_joints].

        Returns:
            [batch, 3·n] for the generator's n joints.
        """
        rows = tf.reshape(by_local, [-1, self.n_joints])
        rows = tf.matmul(rows, self._to_local, transpose_b=True)
        return tf.reshape(rows, [-1, 3 * self.generator.n_joints])

    def linearize(self, x: tf.Tensor, theta: tf.Tensor, kink_width: tf.Tensor) -> PlacedPoses:
        """Placed poses with the factors of their derivatives.

        Args:
            x: [batch, n_x] variables of frames.
            theta: [batch, n_theta] sequence variables.
            kink_width: [batch] widths by which the generator's kinks are rounded.
        """
        generated = self.generator.expand(x[:, : self.n_z], kink_width[:, None])
        turn, shift = self._turn_and_shift(x, SequenceValues.of(theta))
        local = self.local(generated.value)
        turned = turn @ local
        by_y = self.placement.tangents(x[:, self.n_z :], turned)
        by_z = self.local(generated.tangents)
        return PlacedPoses(turned + shift, generated, local, by_z, turn, by_y, turned)

    def tangents(self, poses: PlacedPoses) -> tf.Tensor:
        """Derivatives of placed poses by x and the free sequence variables.

        Args:
            poses: what `linearize` returns.

        Returns:
            [batch, n, 3, n_joints].
        """
        by_z = tf.einsum("bik,bnkj->bnij", poses.turn, poses.by_z)
        # Of what a sequence shares, the scale alone moves joints: intrinsics move the image, and
        # lengths of bones only pull at z.
        by_theta = self.sequence_variables.rows(log_scale=poses.by_scale)
        return tf.concat([by_z, poses.by_y, *by_theta], axis=1)

    def _turn_and_shift(self, x: tf.Tensor, values: SequenceValues) -> tuple[tf.Tensor, tf.Tensor]:
        """s·M [batch, 3, 3] and o [batch, 3, 1]."""
        rotation, shift = self.placement.place(x[:, self.n_z :])
        return tf.exp(values.log_scale)[:, None, None] * rotation, shift[..., None]
