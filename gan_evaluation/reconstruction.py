"""How near a generator comes to given poses, by the search for z alone."""

import numpy as np
import tensorflow as tf

from gan.networks import Generator
from inference.solvers.independent_frames import ROUND, SHARP
from inference.solvers.levenberg_marquardt import LevenbergMarquardt
from inference.solvers.solver import Stage

STAGES = (Stage(ROUND, ROUND, 20), Stage(ROUND, SHARP, 20))
PRIOR = 1e-6
MAX_ITERATIONS = 60


def reconstruct(generator: Generator, poses: np.ndarray) -> np.ndarray:
    """The generator's poses that are nearest to given ones, as far as a search from z = 0 finds.

    Args:
        generator: latent vectors → poses.
        poses: [n, n_joints, 3] as it makes them: above the origin, facing front.

    Returns:
        [n, n_joints, 3].
    """
    flat = poses.reshape(len(poses), -1).astype(np.float32)
    by_coordinate = np.swapaxes(poses, 1, 2).reshape(len(poses), -1).astype(np.float32)

    def cost(z, smoothing, flat, _):
        made = tf.reshape(generator(z, smoothing[:, None]), tf.shape(flat))
        prior = PRIOR * tf.reduce_sum(z**2, axis=1)
        return 0.5 * (tf.reduce_sum((made - flat) ** 2, axis=1) + prior)

    def expand(z, smoothing, _, target):
        made = generator.expand(z, smoothing[:, None])
        errors = made.value - target
        squares = tf.reduce_sum(errors**2, axis=1) + PRIOR * tf.reduce_sum(z**2, axis=1)
        gradient = tf.linalg.matvec(made.tangents, errors) + PRIOR * z
        curvature = tf.matmul(made.tangents, made.tangents, transpose_b=True)
        curvature += made.bend(errors) + PRIOR * tf.eye(generator.n_z)
        return 0.5 * squares, gradient, curvature

    solver, data = LevenbergMarquardt(cost, expand), (flat, by_coordinate)
    state = solver.begin(np.zeros((len(poses), generator.n_z), np.float32))
    for stage in STAGES:
        state = solver.advance(state, data, stage)
    z = solver.minimize(state, data, 1e-6, MAX_ITERATIONS, SHARP).x
    return generator(tf.constant(z)).numpy()
