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

from typing import NamedTuple

import tensorflow as tf

from inference.model.frame_batch import FrameBatch
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

    def cost(self, p3w: tf.Tensor, values: SequenceValues, frames: FrameBatch) -> tf.Tensor:
        """Values of the term, infinite behind the camera; see `LeastSquaresTerm`."""
        image = _reproject(p3w, values, frames)
        return self._loss(image, frames)

    def expand(
        self, poses: PlacedPoses, values: SequenceValues, frames: FrameBatch
    ) -> LeastSquares:
        """The term around a point; see `LeastSquaresTerm`."""
        image = _reproject(poses.p3w, values, frames)
        # √(weight·w·ρ'), with ρ' held fixed: the residuals of the module's docstring.
        pull = self._robust.slope(tf.reduce_sum(image.errors**2, axis=1), self._square)
        root_weights = tf.sqrt(self._weight * frames.weights * pull)[:, None]
        residuals, zoom = image.errors * root_weights, image.zoom * root_weights
        by_p3w = _lens(zoom, image.slopes, frames.r)
        # The lens after the turn s·M takes derivatives of local poses straight to the image: 2
        # coordinates instead of 3 go through the n_z tangents, the largest product of all.
        by_local_pose = _lens(zoom, image.slopes, frames.r @ poses.turn)
        # Lengths of bones move nothing by themselves, so `rows` has 0 for them. What is not free is
        # not computed: TensorFlow leaves out of the graph what no output needs.
        by_theta = self._model.sequence_variables.rows(
            log_scale=_through(by_p3w, poses.by_scale[:, None])[:, 0],
            log_focal=image.slopes * image.f * root_weights,
            centre_x=tf.constant([[1.0], [0.0]]) * root_weights,
            centre_y=tf.constant([[0.0], [1.0]]) * root_weights,
        )
        rows = [
            _through(by_local_pose, poses.by_z),
            _through(by_p3w, poses.by_y),
            *by_theta,
        ]
        by_local = tf.reduce_sum(by_local_pose * residuals[:, :, None], axis=1)
        m = 2 * self._model.n_joints
        jacobian = tf.reshape(tf.concat(rows, axis=1), [-1, self._model.n, m])
        cost = self._loss(image, frames)
        return LeastSquares(cost, tf.reshape(residuals, [-1, m]), jacobian, by_local)

    def _loss(self, image: "_Image", frames: FrameBatch) -> tf.Tensor:
        """Values [batch] of the term; infinite where an observed joint is behind the camera."""
        losses = self._robust.value(tf.reduce_sum(image.errors**2, axis=1), self._square)
        total = 0.5 * self._weight * tf.reduce_sum(frames.weights * losses, axis=1)
        return tf.where(image.in_front, total, float("inf"))


class _Image(NamedTuple):
    """Projected joints.

    Attributes:
        errors: [batch, 2, n_joints] distances u − p2 from the observed points.
        slopes: [batch, 2, n_joints] x/z and y/z in the camera's frame.
        f: [batch, 2, 1] focal lengths.
        zoom: [batch, 2, n_joints] f/z.
        in_front: [batch] whether all observed joints are in front of the camera.
    """

    errors: tf.Tensor
    slopes: tf.Tensor
    f: tf.Tensor
    zoom: tf.Tensor
    in_front: tf.Tensor


def _reproject(p3w: tf.Tensor, values: SequenceValues, frames: FrameBatch) -> _Image:
    """Poses [batch, 3, n_joints] as the cameras see them."""
    xy, z = tf.split(frames.r @ p3w + frames.t[..., None], [2, 1], axis=1)
    slopes = xy / z
    f = (frames.f * tf.exp(values.log_focal)[:, None])[..., None]
    errors = f * slopes + values.centre_shift[..., None] - frames.p2
    in_front = tf.reduce_all((z[:, 0] > 0) | (frames.weights <= 0), axis=1)
    return _Image(errors, slopes, f, f / z, in_front)


def _lens(zoom: tf.Tensor, slopes: tf.Tensor, r: tf.Tensor) -> tf.Tensor:
    """Derivatives of image points by poses that r takes to the camera's frame.

    u = f·x/z + c has the derivatives f/z·(1, 0, −x/z) and f/z·(0, 1, −y/z) in the camera's frame;
    multiplied by r from the right they are those before r.

    Args:
        zoom: [batch, 2, n_joints] f/z, which may be multiplied by weights.
        slopes: [batch, 2, n_joints] x/z and y/z.
        r: [batch, 3, 3] a linear map to the camera's frame.

    Returns:
        [batch, 2, 3, n_joints].
    """
    across, ahead = tf.split(r, [2, 1], axis=1)
    return zoom[:, :, None] * (across[..., None] - slopes[:, :, None] * ahead[..., None])


def _through(lens: tf.Tensor, tangents: tf.Tensor) -> tf.Tensor:
    """Tangents [batch, k, 3, n_joints] through lenses [batch, 2, 3, n_joints].

    The inner dimension is 3. As a sum of elementwise products over joints, XLA fuses this into one
    pass; as a batched matrix product it would be dispatched one small matrix at a time.

    Returns:
        [batch, k, 2, n_joints].
    """
    pairs = zip(tf.unstack(lens[:, None], axis=3), tf.split(tangents, 3, axis=2), strict=True)
    x, y, z = (by_axis * along for by_axis, along in pairs)
    return x + y + z
