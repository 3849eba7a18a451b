"""The body term: how far the bones of a pose are from the lengths that its sequence shares.

    body_weight · firmness · ½ Σ (‖X_a − X_b‖ − ℓ)²   over rigid bones (a, b), in subject heights

The lengths ℓ are sequence variables (`inference.model.sequence_variables`), so frames and lengths
are solved for together. A joint that no image shows is held by the bones that others show. The
firmness, 1 at first, is a factor by which a search tightens its hold on poses that it has found.
"""

import numpy as np
import tensorflow as tf

from inference.model.body import Bones
from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PlacedPoses, PoseModel
from inference.model.sequence_variables import SequenceValues, length_name
from inference.objective.least_squares import LeastSquares


class BodyTerm:
    """½ Σ (length − shared length)² over bones, times a weight.

    Args:
        model: the poses.
        bones: the bones, among the joints of the observations' skeleton.
        weight: weight of the term.
    """

    def __init__(self, model: PoseModel, bones: Bones, weight: float):
        self._model, self._root_weight = model, float(np.sqrt(weight))
        self._difference = tf.constant(bones.difference(model.n_joints))
        self._kinds = tf.constant(bones.kinds, tf.int32)
        # A residual falls by as much as its shared length grows.
        lengths = [length_name(bones.names[i]) for i in bones.kinds]
        free = model.sequence_variables.free_names
        is_shared = np.array([[name == length for length in lengths] for name in free], np.float32)
        self._is_shared = tf.constant(is_shared.reshape(len(free), len(lengths)), tf.float32)

    def cost(self, p3w: tf.Tensor, values: SequenceValues, frames: FrameBatch) -> tf.Tensor:
        """Values of the term; see `LeastSquaresTerm`."""
        bones = self._bones(p3w * tf.exp(-values.log_scale)[:, None, None])
        differences = _norms(bones) - self._lengths(values)
        weight = self._root_weight**2 * frames.firmness
        return 0.5 * weight * tf.reduce_sum(differences**2, axis=1)

    def expand(
        self, poses: PlacedPoses, values: SequenceValues, frames: FrameBatch
    ) -> LeastSquares:
        """The term around a point; see `LeastSquaresTerm`."""
        bones = self._bones(poses.local)
        norms, root = _norms(bones), self._root_weight * tf.sqrt(frames.firmness)[:, None]
        # d‖b‖ = (b/‖b‖)·db: the slope of a residual by its bone's three coordinates.
        slopes = root[..., None] * bones / norms[:, None]
        residuals = root * (norms - self._lengths(values))
        by_z = tf.reduce_sum(slopes[:, None] * self._bones(poses.by_z), axis=2)
        # A pose's place changes no bone of the local pose.
        by_y = [[0, 0], [0, self._model.n_x - self._model.n_z], [0, 0]]
        by_x, by_theta = tf.pad(by_z, by_y), -root[..., None] * self._is_shared
        by_local = tf.matmul(slopes * residuals[:, None], self._difference, transpose_b=True)
        cost = 0.5 * tf.reduce_sum(residuals**2, axis=1)
        jacobian = tf.concat([by_x, by_theta], axis=1)
        return LeastSquares(cost, residuals, jacobian, by_local)

    def _bones(self, joints: tf.Tensor) -> tf.Tensor:
        """The vectors [..., 3, n_bones] of bones, or their derivatives, from joints."""
        n_joints, n_bones = self._difference.shape
        rows = tf.reshape(joints, [-1, n_joints]) @ self._difference
        return tf.reshape(rows, [-1, *joints.shape[1:-1], n_bones])

    def _lengths(self, values: SequenceValues) -> tf.Tensor:
        """[batch, n_bones] the shared length of each bone."""
        return tf.gather(values.lengths, self._kinds, axis=1)


def _norms(bones: tf.Tensor) -> tf.Tensor:
    """[batch, n_bones] lengths of vectors [batch, 3, n_bones], with a finite slope at 0."""
    return tf.sqrt(tf.reduce_sum(bones**2, axis=1) + 1e-12)
