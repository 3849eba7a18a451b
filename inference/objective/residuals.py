"""The objective's least-squares terms: what was seen, and what a network proposes.

Each gives its cost from placed poses alone, and, with derivatives, what a solver needs of it.
"""

from typing import NamedTuple

import tensorflow as tf

from inference.model.pose_model import PoseModel, Poses
from inference.objective.robust import ROBUST_LOSSES


class Frames(NamedTuple):
    """Observations of a batch of frames as tensors.

    Attributes:
        p2: [batch, 2, n_joints] image points about the given principal point: the coordinate
            before the joint.
        weights: [batch, n_joints].
        r: [batch, 3, 3].
        t: [batch, 3].
        f: [batch, 2].
        proposal: [batch, 3, n_joints] proposed joints in subject heights, in the frame in which
            poses are placed; only their places to each other count. No joints where none is made.
        sureness: [batch, n_joints] reciprocals of their variances.
    """

    p2: tf.Tensor
    weights: tf.Tensor
    r: tf.Tensor
    t: tf.Tensor
    f: tf.Tensor
    proposal: tf.Tensor
    sureness: tf.Tensor


class LeastSquares(NamedTuple):
    """A term ½‖e‖² around a point (x, θ).

    Attributes:
        cost: [batch].
        errors: [batch, m] e.
        jacobian: [batch, n, m] its derivatives by x and the free of θ.
        by_local: [batch, 3, n_joints] gradient by the local poses.
    """

    cost: tf.Tensor
    errors: tf.Tensor
    jacobian: tf.Tensor
    by_local: tf.Tensor


class Reprojection:
    """½ Σ w·ρ(‖u − p2‖²) over joints.

    Args:
        model: of the poses.
        weight: of the term.
        robust_loss: name of ρ.
        robust_scale: its scale, in the image's unit.
    """

    def __init__(self, model: PoseModel, weight: float, robust_loss: str, robust_scale: float):
        self._model, self._weight = model, weight
        self._robust, self._square = ROBUST_LOSSES[robust_loss], robust_scale**2

    def cost(self, p3w: tf.Tensor, theta: tf.Tensor, frames: Frames) -> tf.Tensor:
        """[batch] of placed poses [batch, 3, n_joints]; infinite behind the camera."""
        errors, _, in_front = _reproject(p3w, theta, frames)
        return tf.where(in_front, self._of(errors, frames.weights), float("inf"))

    def expand(self, poses: Poses, theta: tf.Tensor, frames: Frames) -> LeastSquares:
        """The term around x and θ."""
        errors, lens, in_front = _reproject(poses.p3w, theta, frames)
        cost = tf.where(in_front, self._of(errors, frames.weights), float("inf"))
        pull = self._robust.slope(tf.reduce_sum(errors**2, axis=1), self._square)
        root_weights = tf.sqrt(self._weight * frames.weights * pull)[:, None]
        slopes = errors + frames.p2 - theta[:, 2:, None]
        errors, lens = errors * root_weights, lens * root_weights[:, None]
        lens_of_local = _after(lens, poses.turn)
        axes = tf.eye(2)[:, None, :, None] * root_weights
        by_theta = (_through(lens, poses.by_scale), slopes * root_weights, *tf.unstack(axes))
        rows = [
            _through(lens_of_local[:, None], poses.by_z),
            _through(lens[:, None], poses.by_y),
            *(by_theta[i][:, None] for i in self._model.shared.free),
        ]
        by_local = tf.reduce_sum(lens_of_local * errors[:, :, None], axis=1)
        m = 2 * self._model.n_joints
        jacobian = tf.reshape(tf.concat(rows, axis=1), [-1, self._model.n, m])
        return LeastSquares(cost, tf.reshape(errors, [-1, m]), jacobian, by_local)

    def _of(self, errors: tf.Tensor, confidences: tf.Tensor) -> tf.Tensor:
        losses = self._robust.value(tf.reduce_sum(errors**2, axis=1), self._square)
        return 0.5 * self._weight * tf.reduce_sum(confidences * losses, axis=1)


class Proposed:
    """½ Σ ‖M·G(z) − proposal‖² / σ² over joints, all taken about their weighted means.

    Neither where a pose stands nor how large the subject is enters.

    Args:
        model: of the poses.
        weight: of the term.
    """

    def __init__(self, model: PoseModel, weight: float):
        self._model, self._weight = model, weight

    def cost(self, p3w: tf.Tensor, theta: tf.Tensor, frames: Frames) -> tf.Tensor:
        """[batch] of placed poses [batch, 3, n_joints]."""
        errors = self._errors(p3w * tf.exp(-theta[:, :1, None]), frames)
        return 0.5 * tf.reduce_sum(errors**2, axis=[1, 2])

    def expand(self, poses: Poses, theta: tf.Tensor, frames: Frames) -> LeastSquares:
        """The term around x and θ."""
        shrink = tf.exp(-theta[:, :1, None])
        errors = self._errors(poses.p3w * shrink, frames)
        shrunk = shrink[:, None]
        by_z = (poses.turn * shrink)[:, None] @ poses.by_z
        rows = self._about_mean(tf.concat([by_z, poses.by_y * shrunk], axis=1), frames.sureness)
        root = self._root(frames.sureness)
        rows *= root[:, None]
        # No mean is taken out of the gradient: that of weighted errors about it is 0.
        by_local = tf.matmul(poses.turn * shrink, errors * root, transpose_a=True)
        m = 3 * self._model.n_joints
        rest = self._model.n - self._model.n_x
        jacobian = tf.pad(tf.reshape(rows, [-1, self._model.n_x, m]), [[0, 0], [0, rest], [0, 0]])
        cost = 0.5 * tf.reduce_sum(errors**2, axis=[1, 2])
        return LeastSquares(cost, tf.reshape(errors, [-1, m]), jacobian, by_local)

    def _errors(self, poses: tf.Tensor, frames: Frames) -> tf.Tensor:
        """[batch, 3, n_joints] weighted errors of poses in subject heights."""
        away = self._about_mean(poses - frames.proposal, frames.sureness)
        return away * self._root(frames.sureness)

    def _root(self, sureness: tf.Tensor) -> tf.Tensor:
        return tf.sqrt(self._weight * sureness)[:, None]

    def _about_mean(self, rows: tf.Tensor, sureness: tf.Tensor) -> tf.Tensor:
        """Rows [batch, ..., 3, n_joints] less their means over joints, weighted by sureness."""
        share = sureness / tf.maximum(tf.reduce_sum(sureness, axis=1, keepdims=True), 1e-30)
        share = tf.reshape(share, [-1, *[1] * (rows.shape.rank - 2), self._model.n_joints])
        return rows - tf.reduce_sum(rows * share, axis=-1, keepdims=True)


def _reproject(p3w: tf.Tensor, theta: tf.Tensor, frames: Frames):
    """Errors of image points, their derivatives by p3w, and whether all seen are in front.

    Returns:
        [batch, 2, n_joints], [batch, 2, 3, n_joints] and [batch].
    """
    p3c = frames.r @ p3w + frames.t[..., None]
    inverse = 1 / p3c[:, 2:]
    slopes = p3c[:, :2] * inverse
    f = (frames.f * tf.exp(theta[:, 1:2]))[..., None]
    errors = f * slopes + theta[:, 2:, None] - frames.p2
    rows = frames.r[:, :2, :, None] - slopes[:, :, None] * frames.r[:, 2:, :, None]
    in_front = tf.reduce_all((p3c[:, 2] > 0) | (frames.weights <= 0), axis=1)
    return errors, (f * inverse)[:, :, None] * rows, in_front


def _after(lens: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Lenses [batch, 2, 3, n_joints] after a linear map [batch, 3, 3]: the same shape."""
    turn = turn[:, None, :, :, None]
    return sum(lens[:, :, k, None] * turn[:, :, k] for k in range(3))


def _through(lens: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """Tangents [..., 3, n_joints] through lenses [..., 2, 3, n_joints]: [..., 2, n_joints]."""
    rows = [sum(lens[..., i, k, :] * tangents[..., k, :] for k in range(3)) for i in range(2)]
    return tf.stack(rows, axis=-2)
