"""The motion terms, which couple a frame to the next: smoothness, glide and contact.

With the joint velocities v between neighbouring frames (Jack et al. 2017, section 3.3; there is no
contact term in the paper):

    smoothness_weight · ½ Σ ‖v‖²   +   glide_weight · Σ over time of min over joints ‖v‖²
        +   contact_weight · ½ Σ contact·‖v‖²

The second term says that some joint, such as a foot on the floor, stands still. The third says it
of those feet that stand still in the image (`inference.model.contacts`). Around a motion, with the
minimal joint of every time step held fixed, all are the weighted least squares ½ Σ a‖v‖²:
a = smoothness_weight for every joint, contact_weight·contact more for joints in contact, and
2·glide_weight more for the minimal one.
"""

import numpy as np
import tensorflow as tf

from inference.model.observations import FrameBatch
from inference.objective.frame_objective import FrameObjective
from inference.settings import SearchSettings


def motion_cost(
    p3w: tf.Tensor, contact: tf.Tensor, dt: float, settings: SearchSettings
) -> tf.Tensor:
    """The motion terms of a sequence.

    Args:
        p3w: [n_frames, n_joints, 3] poses in order of time.
        contact: [n_frames, n_joints] how sure it is that joints stand still from the frame before;
            n_joints is 0 where nothing is known of contacts.
        dt: time between frames [s].
        settings: have the weights, for the unit of `p3w`.

    Returns:
        [n_frames − 1] costs of the time steps.
    """
    squares = tf.reduce_sum(((p3w[1:] - p3w[:-1]) / dt) ** 2, axis=2)
    cost = 0.5 * settings.smoothness_weight * tf.reduce_sum(squares, axis=1)
    cost += settings.glide_weight * tf.reduce_min(squares, axis=1)
    if contact.shape[1]:
        cost += 0.5 * settings.contact_weight * tf.reduce_sum(contact[1:] * squares, axis=1)
    return cost


def sequence_cost(
    objective: FrameObjective, x: tf.Tensor, theta: tf.Tensor, kink_width, frames: FrameBatch, dt
) -> tf.Tensor:
    """Costs of a sequence's frames; a motion term counts for the later of its two frames.

    Args:
        objective: the terms of single frames.
        x: [n_frames, n_x] variables of the frames.
        theta: [n_theta] sequence variables.
        kink_width: scalar width by which the networks' kinks are rounded.
        frames: the observations, in order of time.
        dt: time between frames [s].

    Returns:
        [n_frames].
    """
    n_frames = tf.shape(x)[0]
    thetas, widths = tf.tile(theta[None], [n_frames, 1]), tf.fill([n_frames], kink_width)
    p3w = objective.model.decode(x, thetas, widths)
    motion = motion_cost(p3w, frames.contact, dt, objective.settings)
    return objective.cost(x, thetas, widths, frames) + tf.pad(motion, [[1, 0]])


def joint_weights(
    velocity: np.ndarray, contact: np.ndarray, settings: SearchSettings
) -> np.ndarray:
    """Weights a for which the motion terms are ½ Σ a‖v‖² around a motion.

    Args:
        velocity: [n_steps, n_joints, 3] joint velocities v.
        contact: [n_steps + 1, n_joints] as for `motion_cost`.
        settings: have the weights of the terms.

    Returns:
        [n_steps, n_joints].
    """
    squares = np.sum(velocity**2, axis=2)
    a = np.full(squares.shape, settings.smoothness_weight)
    a[np.arange(len(a)), np.argmin(squares, axis=1)] += 2 * settings.glide_weight
    if contact.shape[1]:
        a += settings.contact_weight * contact[1:]
    return a
