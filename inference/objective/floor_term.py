"""The floor term: how far feet that stand are from the floor of the sequence.

    floor_weight · ½ Σ w·(u·p − h)²   over joints p of feet

with the vertical u, the heights h of the joints' planes and the weights w of a `Floor`, which a
first fit tells (`inference.model.floor`). The residuals √w·(u·p − h) are linear in the placed pose.
"""

import tensorflow as tf

from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PlacedPoses, PoseModel
from inference.model.sequence_variables import SequenceValues
from inference.objective.least_squares import LeastSquares


class FloorTerm:
    """½ Σ w·(u·p − h)², times a weight.

    Args:
        model: the poses.
        weight: weight of the term.
    """

    def __init__(self, model: PoseModel, weight: float):
        self._model, self._root_weight = model, float(weight) ** 0.5

    def cost(self, p3w: tf.Tensor, values: SequenceValues, frames: FrameBatch) -> tf.Tensor:
        """Values of the term; see `LeastSquaresTerm`."""
        return 0.5 * tf.reduce_sum(self._residuals(p3w, frames) ** 2, axis=1)

    def expand(
        self, poses: PlacedPoses, values: SequenceValues, frames: FrameBatch
    ) -> LeastSquares:
        """The term around a point; see `LeastSquaresTerm`."""
        residuals = self._residuals(poses.p3w, frames)
        slope = self._root_weight * frames.floor_slope
        # By local poses, the slope is turned back: u·(s·M·X) = (s·Mᵀ·u)·X.
        by_local_pose = tf.matmul(poses.turn, slope, transpose_a=True)
        by_scale = tf.reduce_sum(slope * poses.by_scale, axis=1)
        rows = [
            tf.reduce_sum(by_local_pose[:, None] * poses.by_z, axis=2),
            tf.reduce_sum(slope[:, None] * poses.by_y, axis=2),
            *self._model.sequence_variables.rows(log_scale=by_scale),
        ]
        cost = 0.5 * tf.reduce_sum(residuals**2, axis=1)
        by_local = by_local_pose * residuals[:, None]
        return LeastSquares(cost, residuals, tf.concat(rows, axis=1), by_local)

    def _residuals(self, p3w: tf.Tensor, frames: FrameBatch) -> tf.Tensor:
        """The residuals [batch, n_joints], of which ½ the squares are the cost."""
        heights = tf.reduce_sum(frames.floor_slope * p3w, axis=1)
        return self._root_weight * (heights - frames.floor_height)
