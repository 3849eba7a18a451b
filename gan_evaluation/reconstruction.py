"""How near a generator comes to given poses when z alone is searched for."""

import numpy as np
import tensorflow as tf

from gan.networks import Generator
from inference.solvers.execution import execution_for
from inference.solvers.levenberg_marquardt import LevenbergMarquardt
from inference.solvers.sharpening import ROUND, SHARP, Stage

STAGES = (Stage(ROUND, ROUND, 20), Stage(ROUND, SHARP, 20))
"""The search begins with rounded kinks of the generator and sharpens them."""

PRIOR = 1e-6
"""Weight of the penalty ½‖z‖² on the latent vector."""

MAX_ITERATIONS = 60


def reconstruct(generator: Generator, poses: np.ndarray) -> np.ndarray:
    """Find the generator's poses that are nearest to given ones, by a search from z = 0.

    The search minimises ½‖G(z) − pose‖² + ½·PRIOR·‖z‖² for every pose by itself.

    Args:
        generator: latent vectors → poses.
        poses: [n, n_joints, 3] poses in the generator's unit, the root above the origin, facing
            front.

    Returns:
        [n, n_joints, 3] generated poses, the nearest ones that the search finds.
    """
    flat = poses.reshape(len(poses), -1).astype(np.float32)
    by_coordinate = np.swapaxes(poses, 1, 2).reshape(len(poses), -1).astype(np.float32)

    def cost(z, flat, target, kink_width):
        generated = tf.reshape(generator(z, kink_width[:, None]), tf.shape(flat))
        prior = PRIOR * tf.reduce_sum(z**2, axis=1)
        return 0.5 * (tf.reduce_sum((generated - flat) ** 2, axis=1) + prior)

    def expand(z, flat, target, kink_width):
        generated = generator.expand(z, kink_width[:, None])
        errors = generated.value - target
        squares = tf.reduce_sum(errors**2, axis=1) + PRIOR * tf.reduce_sum(z**2, axis=1)
        gradient = tf.linalg.matvec(generated.tangents, errors) + PRIOR * z
        # The Gauss-Newton part, the upward curvature of the generator's units, and the prior's.
        curvature = tf.matmul(generated.tangents, generated.tangents, transpose_b=True)
        curvature += generated.curvature(errors) + PRIOR * tf.eye(generator.n_z)
        return 0.5 * squares, gradient, curvature

    solver = LevenbergMarquardt(cost, expand, execution_for(len(poses)))
    data = flat, by_coordinate
    state = solver.begin(np.zeros((len(poses), generator.n_z), np.float32))
    for stage in STAGES:
        state = solver.advance(state, data, stage)
    z = solver.minimize(state, data, 1e-6, MAX_ITERATIONS).x
    return generator(tf.constant(z)).numpy()
