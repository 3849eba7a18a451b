"""The training loop, compiled: many steps in one call, without a way back to Python in between.

Latent samples and batches are drawn outside the compiled loop, a block of steps at a time (inside
XLA on a CPU they would cost several times more). What is drawn depends on nothing but the seed and
the block's number, so a run that is stopped anywhere and resumed goes on as if it never had been.
Ctrl-C takes effect between two calls: the loop sets the step too, so it always fits the weights.
"""

import tensorflow as tf

from gan.losses import LOSSES, gradient_penalty
from gan.networks import Critic, Generator
from gan.optimizers import OPTIMIZERS
from gan.params import GanParams

BLOCK = 200
METRICS = ("critic_loss", "generator_loss", "critic_real", "critic_fake")


class Trainer(tf.Module):
    """A generator, a critic, and what it takes to train them.

    Args:
        params: the GAN's parameters.
        n_joints: joints of a pose.
        jit: compile the loop with XLA. It costs some seconds once.
    """

    def __init__(self, params: GanParams, n_joints: int, jit: bool = True):
        super().__init__(name=None)
        self.params = params
        self.generator = Generator(
            params.n_z, params.n_g, n_joints, params.activation, 2 * params.seed
        )
        self.critic = Critic(n_joints, params.n_c, params.activation, 2 * params.seed + 1)
        self.step = tf.Variable(0, dtype=tf.int64, name="step")
        rule = OPTIMIZERS[params.optimizer]
        self._critic_rule = rule(self.critic.trainable_variables, params.learning_rate, "critic")
        self._generator_rule = rule(
            self.generator.trainable_variables, params.learning_rate, "generator"
        )
        self._loss = LOSSES[params.loss_type]
        self._run = tf.function(self._run_steps, jit_compile=jit, autograph=False)

    def train(self, poses: tf.Tensor, max_step: int) -> dict[str, float]:
        """Train up to the end of the current block of `BLOCK` steps, or to `max_step`.

        Args:
            poses: [n_poses, n_joints, 3] normalised poses.
            max_step: where to stop at the latest.

        Returns:
            Means of `METRICS` over the steps.
        """
        step = int(self.step)
        block, start = divmod(step, BLOCK)
        stop = min(BLOCK, max_step - block * BLOCK)
        drawn = self._draw(poses, tf.constant(block))
        sums = self._run(*drawn, tf.constant(start), tf.constant(stop))
        return dict(zip(METRICS, (sums / (stop - start)).numpy().tolist(), strict=True))

    @tf.function(autograph=False)
    def _draw(self, poses: tf.Tensor, block: tf.Tensor):
        p = self.params
        shape = [BLOCK, p.n_critic_steps, p.batch_size]
        seeds = [tf.stack([p.seed, 3 * block + i]) for i in range(3)]
        n_poses = tf.shape(poses)[0]
        rows = tf.random.stateless_uniform(shape, seeds[0], 0, n_poses, dtype=tf.int32)
        latent_shape = [BLOCK, p.n_critic_steps + 1, p.batch_size, p.n_z]
        z = tf.random.stateless_normal(latent_shape, seeds[1])
        mix = tf.random.stateless_uniform(shape, seeds[2])
        return tf.gather(poses, rows), z, mix

    def _run_steps(self, real, z, mix, start, stop):
        """Steps `start` to `stop` of a block, as scalars, so that other bounds compile nothing."""
        n_critic_steps = self.params.n_critic_steps

        def step(i, sums):
            def critic_step(k, _):
                return k + 1, self._critic_step(real[i, k], z[i, k], mix[i, k])

            _, critic = tf.while_loop(
                lambda k, _: k < n_critic_steps, critic_step, (0, tf.zeros(3))
            )
            loss = self._generator_step(z[i, n_critic_steps])
            return i + 1, sums + tf.stack([critic[0], loss, critic[1], critic[2]])

        _, sums = tf.while_loop(lambda i, _: i < stop, step, (start, tf.zeros(len(METRICS))))
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
        variables = self.critic.trainable_variables
        self._critic_rule.apply(tape.gradient(objective, variables))
        if p.discriminator_clip_val is not None:
            for v in variables:
                v.assign(tf.clip_by_value(v, -p.discriminator_clip_val, p.discriminator_clip_val))
        return tf.stack([loss, tf.reduce_mean(real_logits), tf.reduce_mean(fake_logits)])

    def _generator_step(self, z) -> tf.Tensor:
        variables = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            loss = self._loss.generator(self.critic(self.generator(z)))
        self._generator_rule.apply(tape.gradient(loss, variables))
        return loss
