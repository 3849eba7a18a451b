"""The terms that couple a frame to the next: smoothness and glide.

With joint velocities v between neighbouring frames (Jack et al. 2017, section 3.3):

    smoothness_weight · ½ Σ ‖v‖²   +   glide_weight · Σ over time of min over joints ‖v‖²

The second says that some joint, a foot on the floor, stands still. For fixed minimal joints both
are least squares in v, with one weight for each joint and time step.
"""

import numpy as np
import tensorflow as tf

from inference.objective import Weights


def motion_cost(p3w: tf.Tensor, dt: float, weights: Weights) -> tf.Tensor:
    """Cost of the motion p3w [n_frames, n_joints, 3]: [n_frames − 1], by time step."""
    squares = tf.reduce_sum(((p3w[1:] - p3w[:-1]) / dt) ** 2, axis=2)
    smoothness = 0.5 * weights.smoothness * tf.reduce_sum(squares, axis=1)
    return smoothness + weights.glide * tf.reduce_min(squares, axis=1)


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
