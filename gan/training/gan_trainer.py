"""The training loop, compiled: many steps in one call, without a way back to Python in between.

Latent samples and batches are drawn outside the compiled loop, a block of steps at a time (inside
XLA on a CPU they would cost several times more). What is drawn depends on nothing but the seed and
the block's number, so a run that is stopped anywhere and resumed goes on as if it never had been.
Ctrl-C takes effect between two calls: the loop sets the step too, so it always fits the weights.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gan.networks import Critic, Encoder, Generator
from gan.networks.perceptron import Seed
from gan.networks.whitening import Whitening
from gan.params import GanParams
from gan.training.augment import augmented
from gan.training.average import Average
from gan.training.losses import LOSSES, autoencoding_loss, gradient_penalty, slope_penalty
from gan.training.optimizers import OPTIMIZERS
from human_pose_util.skeleton import Skeleton

BLOCK = 200
MEASURED = 20_000
"""How many poses whitening is measured on."""

METRICS = ("critic_loss", "generator_loss", "critic_real", "critic_fake")


class Member(NamedTuple):
    """What one GAN of a population has for itself."""

    seed: int
    learning_rate: float


class Trainer(tf.Module):
    """A generator, a critic, and what it takes to train them.

    Args:
        params: the GAN's parameters.
        skeleton: of the poses.
        jit: compile the loop with XLA. It costs some seconds once.
        members: train as many GANs at once, in networks with an axis of members.
    """

    def __init__(
        self,
        params: GanParams,
        skeleton: Skeleton,
        jit: bool = True,
        members: Sequence[Member] | None = None,
    ):
        super().__init__(name=None)
        p, self.params, self.skeleton, self.members = params, params, skeleton, members
        n_joints = skeleton.n_joints
        self._shape = [] if members is None else [len(members)]
        self.generator = Generator(p.n_z, p.n_g, n_joints, p.activation, self._seeds(2))
        self.critic = Critic(n_joints, p.n_c, p.activation, self._seeds(2, 1))
        makers = [self.generator]
        if p.n_e:
            self.encoder = Encoder(n_joints, p.n_e, p.n_z, p.activation, self._seeds())
            makers.append(self.encoder)
        self.whitening = Whitening(n_joints) if p.whiten else None
        self.step = tf.Variable(0, dtype=tf.int64, name="step")
        rule = OPTIMIZERS[p.optimizer]
        rate = p.learning_rate
        if members is not None:
            rate = tf.constant([m.learning_rate for m in members])[:, None, None]
        self._critic_rule = rule(self.critic.trainable_variables, rate, "critic")
        self._made = [v for network in makers for v in network.trainable_variables]
        self._generator_rule = rule(self._made, rate, "generator")
        self.mean_generator = None
        if p.generator_average:
            mean = Generator(p.n_z, p.n_g, n_joints, p.activation, self._seeds(2), "average")
            self.mean_generator = mean
            self._average = Average(
                mean.trainable_variables, self.generator.trainable_variables, p.generator_average
            )
        self._loss = LOSSES[p.loss_type]
        self._run = tf.function(self._run_steps, jit_compile=jit, autograph=False)

    def start(self, poses: tf.Tensor) -> None:
        """Measure the poses [n_poses, n_joints, 3] that a new GAN is to learn."""
        if self.whitening is not None:
            seed, some = [0, 0], tf.constant(poses)
            rows = tf.random.stateless_uniform([MEASURED], seed, 0, len(poses), dtype=tf.int32)
            some = augmented(tf.gather(some, rows), self.params, self.skeleton, tf.constant(seed))
            self.whitening.measure(some.numpy())

    def poses(self, z: tf.Tensor) -> tf.Tensor:
        """Poses of latent vectors [n, n_z], by the generator as it is saved.

        Returns:
            [n, n_joints, 3]; [n_members, n, n_joints, 3] of a population.
        """
        made = (self.mean_generator or self.generator)(z)
        return made if self.whitening is None else self.whitening.colour(made)

    def train(self, poses: tf.Tensor, max_step: int) -> dict[str, np.ndarray]:
        """Train up to the end of the current block of `BLOCK` steps, or to `max_step`.

        Args:
            poses: [n_poses, n_joints, 3] normalised poses.
            max_step: where to stop at the latest.

        Returns:
            Means of `METRICS` over the steps: numbers, [n_members] of a population.
        """
        step = int(self.step)
        block, start = divmod(step, BLOCK)
        stop = min(BLOCK, max_step - block * BLOCK)
        drawn = self._draw(poses, tf.constant(block))
        sums = self._run(*drawn, tf.constant(start), tf.constant(stop))
        return dict(zip(METRICS, sums.numpy() / (stop - start), strict=True))

    def _seeds(self, factor: int = 1, shift: int = 0) -> Seed:
        if self.members is None:
            return factor * self.params.seed + shift
        return [factor * member.seed + shift for member in self.members]

    @tf.function(autograph=False)
    def _draw(self, poses: tf.Tensor, block: tf.Tensor):
        """A block's real poses, latent vectors and mixtures: steps, updates, members, batch."""
        seeds = self._seeds()
        if self.members is None:
            return self._drawn(poses, block, seeds)
        draws = [self._drawn(poses, block, seed) for seed in seeds]
        return [tf.stack(parts, axis=2) for parts in zip(*draws, strict=True)]

    def _drawn(self, poses: tf.Tensor, block: tf.Tensor, seed: int):
        """What one GAN draws for a block, whatever population it is in."""
        p = self.params
        shape = [BLOCK, p.n_critic_steps, p.batch_size]
        seeds = [tf.stack([seed, 3 * block + i]) for i in range(3)]
        seeds.append(tf.stack([seed, -1 - block]))
        n_poses = tf.shape(poses)[0]
        rows = tf.random.stateless_uniform(shape, seeds[0], 0, n_poses, dtype=tf.int32)
        latent_shape = [BLOCK, p.n_critic_steps + 1, p.batch_size, p.n_z]
        z = tf.random.stateless_normal(latent_shape, seeds[1])
        mix = tf.random.stateless_uniform(shape, seeds[2])
        real = augmented(tf.gather(poses, tf.reshape(rows, [-1])), p, self.skeleton, seeds[3])
        if self.whitening is not None:
            real = self.whitening.whiten(real)
        return tf.reshape(real, [*shape, *poses.shape[1:]]), z, mix

    def _run_steps(self, real, z, mix, start, stop):
        """Steps `start` to `stop` of a block, as scalars, so that other bounds compile nothing."""
        n_critic_steps = self.params.n_critic_steps

        def step(i, sums):
            def critic_step(k, _):
                return k + 1, self._critic_step(real[i, k], z[i, k], mix[i, k])

            _, critic = tf.while_loop(
                lambda k, _: k < n_critic_steps, critic_step, (0, tf.zeros([3, *self._shape]))
            )
            loss = self._generator_step(real[i, n_critic_steps - 1], z[i, n_critic_steps])
            return i + 1, sums + tf.stack([critic[0], loss, critic[1], critic[2]])

        _, sums = tf.while_loop(
            lambda i, _: i < stop, step, (start, tf.zeros([len(METRICS), *self._shape]))
        )
        self.step.assign_add(tf.cast(stop - start, tf.int64))
        return sums

    def _critic_step(self, real, z, mix) -> tf.Tensor:
        p = self.params
        fake = self.generator(z)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = self.critic(real), self.critic(fake)
            loss = objective = self._loss.critic(real_logits, fake_logits)
            if p.gradient_penalty_weight:
                penalty = gradient_penalty(self.critic, real, fake, mix)
                objective += p.gradient_penalty_weight * penalty
            if p.r1_weight:
                objective += p.r1_weight * slope_penalty(self.critic, real)
            if p.r2_weight:
                objective += p.r2_weight * slope_penalty(self.critic, fake)
        variables = self.critic.trainable_variables
        self._critic_rule.apply(tape.gradient(objective, variables))
        if p.discriminator_clip_val is not None:
            for v in variables:
                v.assign(tf.clip_by_value(v, -p.discriminator_clip_val, p.discriminator_clip_val))
        means = (tf.reduce_mean(logits, axis=-1) for logits in (real_logits, fake_logits))
        return tf.stack([loss, *means])

    def _generator_step(self, real, z) -> tf.Tensor:
        p = self.params
        with tf.GradientTape() as tape:
            logits = self.critic(real), self.critic(self.generator(z))
            loss = objective = self._loss.generator(*logits)
            if p.n_e:
                objective += self._decoding_loss(real, z)
        self._generator_rule.apply(tape.gradient(objective, self._made))
        if self.mean_generator is not None:
            self._average.update()
        return loss

    def _decoding_loss(self, real, noise) -> tf.Tensor:
        """That of the encoder, with the generator as its decoder, in plain coordinates."""
        p = self.params
        mean, log_variance = self.encoder(real)
        errors = self.generator(mean + tf.exp(0.5 * log_variance) * noise) - real
        errors = tf.reshape(errors, [*real.shape[:-2], 3 * self.skeleton.n_joints])
        if self.whitening is not None:
            errors = errors @ self.whitening.inverse
        weights = p.reconstruction_weight, p.kl_weight
        return autoencoding_loss(errors, mean, log_variance, *weights)
