"""The terms that couple a frame to the next: smoothness and glide.

With joint velocities v between neighbouring frames (Jack et al. 2017, section 3.3):

    smoothness_weight · ½ Σ ‖v‖²   +   glide_weight · Σ over time of min over joints ‖v‖²

The second says that some joint, a foot on the floor, stands still. For fixed minimal joints both
are least squares in v, with one weight for each joint and time step.
"""

import numpy as np
import tensorflow as tf

from inference.objective.frame_objective import Objective, Weights
from inference.objective.residuals import Frames


def motion_cost(p3w: tf.Tensor, dt: float, weights: Weights) -> tf.Tensor:
    """Cost of the motion p3w [n_frames, n_joints, 3]: [n_frames − 1], by time step."""
    squares = tf.reduce_sum(((p3w[1:] - p3w[:-1]) / dt) ** 2, axis=2)
    smoothness = 0.5 * weights.smoothness * tf.reduce_sum(squares, axis=1)
    return smoothness + weights.glide * tf.reduce_min(squares, axis=1)


def sequence_cost(
    objective: Objective, x: tf.Tensor, theta: tf.Tensor, smoothing, frames: Frames, dt
) -> tf.Tensor:
    """Costs of a sequence's frames; a motion term counts for the later of its two frames.

    Args:
        objective: of single frames.
        x: [n_frames, n_x].
        theta: [4] what they share.
        smoothing: scalar width by which the networks' kinks are rounded.
        frames: the observations, in order of time.
        dt: seconds between frames.

    Returns:
        [n_frames].
    """
    rows = tf.shape(x)[0]
    thetas, widths = tf.tile(theta[None], [rows, 1]), tf.fill([rows], smoothing)
    moving = motion_cost(objective.model.decode(x, thetas, widths), dt, objective.weights)
    return objective.cost(x, thetas, widths, frames) + tf.pad(moving, [[1, 0]])


def joint_weights(velocity: np.ndarray, weights: Weights) -> np.ndarray:
    """Weights a for which the cost is ½ Σ a‖v‖² around a motion.

    Args:
        velocity: [n_steps, n_joints, 3].
        weights: of the terms.

    Returns:
        [n_steps, n_joints].
    """
    squares = np.sum(velocity**2, axis=2)
    a = np.full(squares.shape, weights.smoothness)
    a[np.arange(len(a)), np.argmin(squares, axis=1)] += 2 * weights.glide
    return a
