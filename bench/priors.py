"""Priors without adversarial training, for bench/accuracy.py: a Gaussian (PCA) and a VAE.

Both are generators like that of the GAN, so the same search uses them. They learn from the poses
from which the GAN learns, mirrored and with varied bodies as for the GAN.
"""

import numpy as np
import tensorflow as tf

from gan.networks import Encoder, Generator
from gan.networks.whitening import Whitening
from gan.params import GanParams
from gan.seeds import Purpose, Stage
from gan.training.augment import augmented
from gan.training.draw import Draw
from gan.training.losses import autoencoding_loss
from gan.training.optimizers import Adam
from human_pose_util.skeleton import Skeleton

N_Z, WIDTHS = 32, (256, 256)
STEPS, BLOCK, BATCH, LEARNING_RATE = 20_000, 200, 128, 1e-3
RECONSTRUCTION = 1 / 0.006**2  # a decoder's error of 10 mm of an adult


def pca(poses: np.ndarray, skeleton: Skeleton, params: GanParams) -> Generator:
    """Return a linear generator: the mean pose plus principal components of unit variance in z.

    Args:
        poses: [n, n_joints, 3] training poses, in subject heights.
        skeleton: of the poses.
        params: how the GAN varies its training poses.
    """
    some = augmented(tf.constant(poses), params, skeleton, Draw(len(poses), 0)).numpy()
    flat = some.reshape(len(some), -1).astype(np.float64)
    mean = flat.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(flat, rowvar=False))
    generator = Generator(N_Z, [], skeleton.n_joints, "relu", 0)
    (layer,) = generator.network.layers
    layer.w.assign((axes[:, -N_Z:] * np.sqrt(variances[-N_Z:])).T)
    layer.b.assign(mean)
    return generator


def vae(poses: np.ndarray, skeleton: Skeleton, params: GanParams, seed: int) -> Generator:
    """Return the decoder of a variational autoencoder (Kingma and Welling 2014).

    Args:
        poses: [n, n_joints, 3] training poses, in subject heights.
        skeleton: of the poses.
        params: how the GAN varies its training poses.
        seed: of the initial weights and the batches.
    """
    n = skeleton.n_joints
    generator = Generator(N_Z, WIDTHS, n, "swish", seed)
    encoder = Encoder(n, WIDTHS, N_Z, "swish", seed)
    whitening = Whitening(n)
    own = Draw(len(poses), seed, Stage.WHITENING)
    whitening.measure(augmented(tf.constant(poses), params, skeleton, own))
    weights = [*generator.trainable_variables, *encoder.trainable_variables]
    rule, done = Adam(weights, LEARNING_RATE, "vae", betas=(0.9, 0.99)), tf.Variable(0.0)
    poses = tf.constant(poses)

    @tf.function(autograph=False)
    def drawn(block: tf.Tensor):
        draw = Draw(BLOCK * BATCH, seed, Stage.GAN, block)
        real = augmented(tf.gather(poses, draw.rows(tf.shape(poses)[0])), params, skeleton, draw)
        noise = draw.normal(Purpose.LATENT, 1.0, (N_Z,))
        parts = whitening.whiten(real), noise
        return [tf.reshape(part, [BLOCK, BATCH, *part.shape[1:]]) for part in parts]

    @tf.function(jit_compile=True, autograph=False)
    def run(real, noise):
        def step(i):
            with tf.GradientTape() as tape:
                mean, log_variance = encoder(real[i])
                made = generator(mean + tf.exp(0.5 * log_variance) * noise[i])
                away = tf.reshape(made - real[i], [BATCH, 3 * n]) @ whitening.inverse
                loss = autoencoding_loss(away, mean, log_variance, RECONSTRUCTION, 1.0)
            rate = LEARNING_RATE * 0.5 * (1 + tf.cos(np.pi * done / STEPS))
            rule.apply(tape.gradient(loss, weights), rate)
            done.assign_add(1.0)
            return i + 1

        return tf.while_loop(lambda i: i < BLOCK, step, (0,))

    for block in range(STEPS // BLOCK):
        run(*drawn(tf.constant(block)))
    whitening.fold_into_generator(generator)
    return generator
