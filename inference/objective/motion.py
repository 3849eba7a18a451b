"""The motion terms, which couple a frame to the next: smoothness, glide and contact.

With the joint velocities v between neighbouring frames (Jack et al. 2017, section 3.3; in the paper
there is no contact term, and the trend u is 0):

    smoothness_weight · ½ Σ ‖v − u‖²   +   glide_weight · Σ over time of min over joints ‖v‖²
        +   contact_weight · ½ Σ contact·‖v‖²

The trend (`inference.model.trend`) is how the joints move anyway. The second term says that some
joint, such as a foot on the floor, stands still. The third says it of those feet that stand still
in the image and in a first fit (`inference.model.contacts`). Around a motion, with the minimal
joint of every time step held fixed, all terms are quadratic in v.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from inference.model.frame_batch import FrameBatch
from inference.settings import SearchSettings


class MotionQuadratic(NamedTuple):
    """The motion terms around a motion, as functions of the joint velocities v.

    Attributes:
        cost: [n_steps] values.
        slope: [n_steps, n_joints, 3] derivatives by v.
        stiffness: [n_steps, n_joints] second derivatives by each coordinate of v.
    """

    cost: np.ndarray
    slope: np.ndarray
    stiffness: np.ndarray


class MotionTerms:
    """The motion terms of a sequence, as functions of its joint velocities.

    Args:
        settings: have the weights, for velocities in the unit of the poses.
    """

    def __init__(self, settings: SearchSettings):
        self._smoothness_weight = settings.smoothness_weight
        self._glide_weight = settings.glide_weight
        self._contact_weight = settings.contact_weight

    def cost(self, velocity: tf.Tensor, frames: FrameBatch) -> tf.Tensor:
        """Costs of the time steps, [n_steps].

        Args:
            velocity: [n_steps, n_joints, 3] joint velocities v.
            frames: the observations of the n_steps + 1 frames, of which contact and trend matter.
        """
        squares, changes = tf.reduce_sum(velocity**2, axis=2), velocity
        if frames.trend.shape[2]:
            changes -= tf.linalg.matrix_transpose(frames.trend[1:])
        cost = 0.5 * self._smoothness_weight * tf.reduce_sum(changes**2, axis=[1, 2])
        cost += self._glide_weight * tf.reduce_min(squares, axis=1)
        if frames.contact.shape[1]:
            held = tf.reduce_sum(frames.contact[1:] * squares, axis=1)
            cost += 0.5 * self._contact_weight * held
        return cost

    def expand(self, velocity: np.ndarray, frames: FrameBatch) -> MotionQuadratic:
        """The terms around a motion, in double precision; arguments as for `cost`."""
        squares = np.sum(velocity**2, axis=2)
        # What holds joints at rest: ½ Σ hold·‖v‖².
        hold = np.zeros(squares.shape)
        hold[np.arange(len(hold)), np.argmin(squares, axis=1)] = 2 * self._glide_weight
        if frames.contact.shape[1]:
            hold += self._contact_weight * frames.contact[1:]
        changes, weight = velocity, self._smoothness_weight
        if frames.trend.shape[2]:
            changes = velocity - np.swapaxes(frames.trend[1:], 1, 2)
        cost = 0.5 * (np.sum(hold * squares, axis=1) + weight * np.sum(changes**2, axis=(1, 2)))
        return MotionQuadratic(cost, weight * changes + hold[..., None] * velocity, weight + hold)
