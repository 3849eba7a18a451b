"""The form in which a least-squares term of the objective gives itself to a solver."""

from typing import NamedTuple, Protocol

import tensorflow as tf

from inference.model.frame_batch import FrameBatch
from inference.model.pose_model import PlacedPoses
from inference.model.sequence_variables import SequenceValues


class LeastSquares(NamedTuple):
    """A term ½‖e‖² around a point (x, θ).

    Its gradient is J·e, and J·Jᵀ is the Gauss–Newton approximation of its curvature, which leaves
    out the residuals' own second derivatives. Those of the generator's kinks are no small thing;
    the objective adds them from `by_local`.

    Attributes:
        cost: [batch] value of the term. A robust loss makes it differ from ½‖e‖².
        residuals: [batch, m] e.
        jacobian: [batch, n, m] derivatives of e by x and the free sequence variables.
        by_local: [batch, 3, n_joints] gradient of the term by the local poses.
    """

    cost: tf.Tensor
    residuals: tf.Tensor
    jacobian: tf.Tensor
    by_local: tf.Tensor


class LeastSquaresTerm(Protocol):
    """A least-squares term of placed poses."""

    def cost(self, p3w: tf.Tensor, values: SequenceValues, frames: FrameBatch) -> tf.Tensor:
        """Values of the term, [batch].

        Args:
            p3w: [batch, 3, n_joints] placed poses.
            values: sequence variables [batch].
            frames: the observations.
        """

    def expand(
        self, poses: PlacedPoses, values: SequenceValues, frames: FrameBatch
    ) -> LeastSquares:
        """The term around a point.

        Args:
            poses: placed poses with their derivatives.
            values: sequence variables [batch].
            frames: the observations.
        """
