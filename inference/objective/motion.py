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


def motion_cost(
    p3w: tf.Tensor, frames: FrameBatch, dt: float, settings: SearchSettings
) -> tf.Tensor:
    """The motion terms of a sequence.

    Args:
        p3w: [n_frames, n_joints, 3] poses in order of time.
        frames: the observations, of which contact and trend matter.
        dt: time between frames [s].
        settings: have the weights, for the unit of `p3w`.

    Returns:
        [n_frames − 1] costs of the time steps.
    """
    velocity = (p3w[1:] - p3w[:-1]) / dt
    squares, changes = tf.reduce_sum(velocity**2, axis=2), velocity
    if frames.trend.shape[2]:
        changes -= tf.linalg.matrix_transpose(frames.trend[1:])
    cost = 0.5 * settings.smoothness_weight * tf.reduce_sum(changes**2, axis=[1, 2])
    cost += settings.glide_weight * tf.reduce_min(squares, axis=1)
    if frames.contact.shape[1]:
        cost += 0.5 * settings.contact_weight * tf.reduce_sum(frames.contact[1:] * squares, axis=1)
    return cost


def expand_motion(
    velocity: np.ndarray, frames: FrameBatch, settings: SearchSettings
) -> MotionQuadratic:
    """The motion terms around a motion.

    Args:
        velocity: [n_steps, n_joints, 3] joint velocities v.
        frames: the observations of the n_steps + 1 frames, of which contact and trend matter.
        settings: have the weights of the terms.
    """
    squares = np.sum(velocity**2, axis=2)
    # What holds joints at rest: ½ Σ hold·‖v‖².
    hold = np.zeros(squares.shape)
    hold[np.arange(len(hold)), np.argmin(squares, axis=1)] = 2 * settings.glide_weight
    if frames.contact.shape[1]:
        hold += settings.contact_weight * frames.contact[1:]
    changes, weight = velocity, settings.smoothness_weight
    if frames.trend.shape[2]:
        changes = velocity - np.swapaxes(frames.trend[1:], 1, 2)
    cost = 0.5 * (np.sum(hold * squares, axis=1) + weight * np.sum(changes**2, axis=(1, 2)))
    return MotionQuadratic(cost, weight * changes + hold[..., None] * velocity, weight + hold)
