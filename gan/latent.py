"""The generator's latent space: which of its dimensions move the pose, and by how much."""

import numpy as np
import tensorflow as tf

from gan.networks import Generator
from gan.seeds import Purpose, stream


def latent_importance(generator: Generator, n: int = 256, seed: int = 0) -> np.ndarray:
    """Measure how far each latent dimension moves the joints, on average over random poses.

    Args:
        generator: makes poses from latent vectors.
        n: number of latent vectors to average over.
        seed: seed of the latent vectors.

    Returns:
        [n_z] root mean square, over latent vectors and joints, of ‖∂(joint position)/∂z_k‖: how
        far a joint moves, in the unit of the poses, per unit of z_k, which is its standard
        deviation.
    """
    z = tf.random.stateless_normal([n, generator.n_z], stream(seed, Purpose.SAMPLE))
    squares = np.square(generator.expand(z).tangents.numpy().astype(np.float64))
    return np.sqrt(squares.sum(axis=2).mean(axis=0) / generator.n_joints)
