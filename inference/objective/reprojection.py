"""The reprojection term: how far the projected joints are from the observed ones.

With image points u of the placed pose, observed points p2 with confidences w, and a loss ρ
(`inference.objective.robust`; ρ(s) = s in the paper), the term is

    consistency_weight · ½ Σ w·ρ(‖u − p2‖²)        over joints
    p3c = R·p3w + t        u = e^(log focal factor)·f·(p3c.xy / p3c.z) + shift of c

(Jack et al. 2017, section 3.3). For a solver it becomes the least-squares problem with residuals
√(consistency_weight·w·ρ'(s))·(u − p2), s = ‖u − p2‖² held fixed in ρ': its gradient is that of the
term, and its Gauss–Newton curvature is positive semi-definite even where ρ bends downwards (the
weights of iteratively reweighted least squares; Holland and Welsch 1977).

A frame in which an observed joint would lie behind the camera costs infinity: there the formula
would project the joint to a mirrored image point, and a solver would be drawn to it.
"""

import tensorflow as tf

from inference.model.observations import FrameBatch
from inference.model.pose_model import PlacedPoses, PoseModel
from inference.model.sequence_variables import SequenceValues
from inference.objective.least_squares import LeastSquares
from inference.objective.robust import ROBUST_LOSSES


class ReprojectionTerm:
    """½ Σ w·ρ(‖u − p2‖²) over joints, times a weight.

    Args:
        model: the poses.
        weight: weight of the term.
        robust_loss: name of ρ.
        robust_scale: scale of ρ, in the unit of image points.
    """

    def __init__(self, model: PoseModel, weight: float, robust_loss: str, robust_scale: float):
        self._model, self._weight = model, weight
        self._robust, self._square = ROBUST_LOSSES[robust_loss], robust_scale**2

    def cost(self, p3w: tf.Tensor, theta: tf.Tensor, frames: FrameBatch) -> tf.Tensor:
        """Values of the term, [batch]; infinite behind the camera.

        Args:
            p3w: [batch, 3, n_joints] placed poses.
            theta: [batch, 4] sequence variables.
            frames: the observations.
        """
        errors, _, in_front = _reproject(p3w, theta, frames)
        return tf.where(in_front, self._loss(errors, frames.weights), float("inf"))

    def expand(self, poses: PlacedPoses, theta: tf.Tensor, frames: FrameBatch) -> LeastSquares:
        """The term around a point.

        Args:
            poses: placed poses with their derivatives.
            theta: [batch, 4] sequence variables.
            frames: the observations.
        """
        errors, by_p3w, in_front = _reproject(poses.p3w, theta, frames)
        cost = tf.where(in_front, self._loss(errors, frames.weights), float("inf"))
        pull = self._robust.slope(tf.reduce_sum(errors**2, axis=1), self._square)
        root_weights = tf.sqrt(self._weight * frames.weights * pull)[:, None]
        # Image points relative to the shifted principal point: the derivatives by log f.
        by_log_focal = errors + frames.p2 - SequenceValues.of(theta).centre_shift[..., None]
        residuals, by_p3w = errors * root_weights, by_p3w * root_weights[:, None]
        # The lens after the turn s·M takes derivatives of local poses straight to the image: 2
        # coordinates instead of 3 go through the n_z tangents, the largest product of all.
        by_local_pose = _after(by_p3w, poses.turn)
        centre = tf.eye(2)[:, None, :, None] * root_weights
        by_theta = {
            "log_scale": _through(by_p3w, poses.by_scale),
            "log_focal": by_log_focal * root_weights,
            "centre_x": centre[0],
            "centre_y": centre[1],
        }
        rows = [
            _through(by_local_pose[:, None], poses.by_z),
            _through(by_p3w[:, None], poses.by_y),
            *(by_theta[name][:, None] for name in self._model.sequence_variables.free_names),
        ]
        by_local = tf.reduce_sum(by_local_pose * residuals[:, :, None], axis=1)
        m = 2 * self._model.n_joints
        jacobian = tf.reshape(tf.concat(rows, axis=1), [-1, self._model.n, m])
        return LeastSquares(cost, tf.reshape(residuals, [-1, m]), jacobian, by_local)

    def _loss(self, errors: tf.Tensor, confidences: tf.Tensor) -> tf.Tensor:
        """Values [batch] for errors [batch, 2, n_joints] with confidences [batch, n_joints]."""
        losses = self._robust.value(tf.reduce_sum(errors**2, axis=1), self._square)
        return 0.5 * self._weight * tf.reduce_sum(confidences * losses, axis=1)


def _reproject(p3w: tf.Tensor, theta: tf.Tensor, frames: FrameBatch):
    """Errors of image points, their derivatives by p3w, and whether no observed joint is behind.

    u = f·x/z + c has the derivatives f/z·(1, 0, −x/z) and f/z·(0, 1, −y/z) in the camera's frame;
    multiplied by R from the right they are those in the world.

    Returns:
        [batch, 2, n_joints], [batch, 2, 3, n_joints] and [batch].
    """
    values = SequenceValues.of(theta)
    p3c = frames.r @ p3w + frames.t[..., None]
    inverse_depth = 1 / p3c[:, 2:]
    slopes = p3c[:, :2] * inverse_depth
    f = (frames.f * tf.exp(values.log_focal)[:, None])[..., None]
    errors = f * slopes + values.centre_shift[..., None] - frames.p2
    rows = frames.r[:, :2, :, None] - slopes[:, :, None] * frames.r[:, 2:, :, None]
    in_front = tf.reduce_all((p3c[:, 2] > 0) | (frames.weights <= 0), axis=1)
    return errors, (f * inverse_depth)[:, :, None] * rows, in_front


# The two products below have inner dimensions of 2 and 3. Written as sums of elementwise products
# over joints, XLA fuses them into one pass; as batched matrix products they would be dispatched
# one small matrix at a time.


def _after(lens: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Lenses [batch, 2, 3, n_joints] after a linear map [batch, 3, 3]: the same shape."""
    turn = turn[:, None, :, :, None]
    return sum(lens[:, :, k, None] * turn[:, :, k] for k in range(3))


def _through(lens: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """Tangents [..., 3, n_joints] through lenses [..., 2, 3, n_joints]: [..., 2, n_joints]."""
    rows = [sum(lens[..., i, k, :] * tangents[..., k, :] for k in range(3)) for i in range(2)]
    return tf.stack(rows, axis=-2)
