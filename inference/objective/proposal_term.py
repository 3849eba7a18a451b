"""The proposal term: how far a pose is from the one that the GAN's proposal network proposes.

    proposal_weight · ½ Σ ‖(M·G(z) − proposal) about its weighted mean‖² / σ²        over joints

The network gives a position and a standard deviation σ for each joint. It knows the image alone,
which tells neither the subject's size nor the position. So poses are compared in subject heights,
and the mean of the differences, weighted by 1/σ² as the residuals are, is taken out. That mean is
the shift that minimises the term, so the term is the least cost over all shifts.
"""

import tensorflow as tf

from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PlacedPoses, PoseModel
from inference.model.sequence_variables import SequenceValues
from inference.objective.least_squares import LeastSquares


class ProposalTerm:
    """½ Σ ‖M·G(z) − proposal‖² / σ² over joints, about the weighted mean, times a weight.

    Args:
        model: the poses.
        weight: weight of the term.
    """

    def __init__(self, model: PoseModel, weight: float):
        self._model, self._weight = model, weight

    def cost(self, p3w: tf.Tensor, values: SequenceValues, frames: FrameBatch) -> tf.Tensor:
        """Values of the term for frames with proposals; see `LeastSquaresTerm`."""
        precision = frames.proposal_precision
        residuals = _about_mean(p3w * _per_height(values) - frames.proposal_p3, precision)
        residuals *= self._root_weights(precision)
        return 0.5 * tf.reduce_sum(residuals**2, axis=[1, 2])

    def expand(
        self, poses: PlacedPoses, values: SequenceValues, frames: FrameBatch
    ) -> LeastSquares:
        """The term around a point; see `LeastSquaresTerm`."""
        # The differences M·X − proposal are turned back by Mᵀ, to the local poses X: a joint's
        # three coordinates weigh alike, so a turn changes neither the cost nor J·e nor J·Jᵀ, and
        # the n_z tangents need none.
        per_height = _per_height(values)
        turn = poses.turn * per_height
        proposal = tf.matmul(turn, frames.proposal_p3, transpose_a=True)
        by_y = tf.matmul((turn * per_height)[:, None], poses.by_y, transpose_a=True)
        precision = frames.proposal_precision
        root = self._root_weights(precision)
        residuals = _about_mean(poses.local - proposal, precision) * root
        rows = _about_mean(tf.concat([poses.by_z, by_y], axis=1), precision) * root[:, None]
        # The mean's own derivative need not be taken out of the gradient: residuals that are
        # weighted and about their weighted mean sum to 0 against any constant.
        by_local = residuals * root
        # The sequence variables, the scale among them, do not enter: their rows are 0.
        m = 3 * self._model.n_joints
        n_shared = self._model.n - self._model.n_x
        rows = tf.reshape(rows, [-1, self._model.n_x, m])
        jacobian = tf.pad(rows, [[0, 0], [0, n_shared], [0, 0]])
        cost = 0.5 * tf.reduce_sum(residuals**2, axis=[1, 2])
        return LeastSquares(cost, tf.reshape(residuals, [-1, m]), jacobian, by_local)

    def _root_weights(self, precision: tf.Tensor) -> tf.Tensor:
        """[batch, 1, n_joints] square roots of the joints' weights."""
        return tf.sqrt(self._weight * precision)[:, None]


def _per_height(values: SequenceValues) -> tf.Tensor:
    """[batch, 1, 1] factor that takes lengths to subject heights."""
    return tf.exp(-values.log_scale)[:, None, None]


def _about_mean(rows: tf.Tensor, precision: tf.Tensor) -> tf.Tensor:
    """Rows [batch, ..., 3, n_joints] less their means over joints, weighted by precision."""
    total = tf.maximum(tf.reduce_sum(precision, axis=1, keepdims=True), 1e-30)
    share = tf.reshape(precision / total, [-1, *[1] * (rows.shape.rank - 2), rows.shape[-1]])
    return rows - tf.reduce_sum(rows * share, axis=-1, keepdims=True)
