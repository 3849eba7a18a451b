"""The training of a GAN, or of a population of GANs at once.

A step is `n_critic_steps` updates of the critic and one of the generator.
"""

from collections.abc import Sequence

import tensorflow as tf

from gan.networks import Critic, Encoder, Generator
from gan.networks.whitening import Whitening
from gan.params import GanParams
from gan.seeds import Purpose, Stage
from gan.training.augment import augmented
from gan.training.average import Average
from gan.training.block_trainer import BlockTrainer
from gan.training.draw import Draw
from gan.training.losses import autoencoding_loss, gradient_penalty, loss_of, slope_penalty
from gan.training.optimizers import OPTIMIZERS
from human_pose_util.skeleton import Skeleton

BLOCK = 200
"""Number of steps in a block."""

MEASURED = 20_000
"""Number of poses on which the whitening is measured."""

CRITIC_METRICS = ("critic_loss", "critic_real", "critic_fake")
"""Names of what is measured in an update of the critic: its loss, and its mean logits of real and
of generated poses."""

METRICS = (*CRITIC_METRICS, "generator_loss")
"""Names of what is measured in a step: in its last update of the critic, and in that of the
generator."""


class GanTrainer(BlockTrainer):
    """The networks of a GAN, and what it takes to train them.

    Args:
        params: the parameters of the GAN.
        skeleton: the skeleton of the poses.
        jit: compile the loop with XLA.
        members: the parameters of the members of a population, which have a `seed` and a
            `learning_rate` of their own: as many GANs are trained at once, in networks with an axis
            of members.

    Attributes:
        generator: the generator that is trained, in white coordinates if there is a whitening.
        mean_generator: the running mean of the generator; None without one.
        critic: the critic, in the generator's coordinates.
        encoder: the encoder, in the generator's coordinates; None without one.
        whitening: the whitening of poses; None without one.
    """

    block, metrics = BLOCK, METRICS

    def __init__(
        self,
        params: GanParams,
        skeleton: Skeleton,
        jit: bool,
        members: Sequence[GanParams] | None = None,
    ):
        super().__init__(skeleton, jit, "step")
        p, self.params, self.members = params, params, members
        n_joints = skeleton.n_joints
        seed = p.seed if members is None else [member.seed for member in members]
        self.generator = Generator(p.n_z, p.n_g, n_joints, p.activation, seed)
        self.critic = Critic(n_joints, p.n_c, p.activation, seed)
        self.encoder: Encoder | None = None
        if p.n_e:
            self.encoder = Encoder(n_joints, p.n_e, p.n_z, p.activation, seed)
        self.whitening = Whitening(n_joints) if p.whiten else None
        rule = OPTIMIZERS[p.optimizer]
        rate = p.learning_rate
        if members is not None:
            rate = tf.constant([m.learning_rate for m in members])[:, None, None]
        self._critic_rule = rule(self.critic.trainable_variables, rate, "critic")
        # The encoder is trained by the generator's rule: both minimise the autoencoder's loss.
        self._generator_variables = list(self.generator.trainable_variables)
        if self.encoder is not None:
            self._generator_variables += self.encoder.trainable_variables
        self._generator_rule = rule(self._generator_variables, rate, "generator")
        self.mean_generator: Generator | None = None
        if p.generator_average:
            mean = Generator(p.n_z, p.n_g, n_joints, p.activation, seed, "average")
            self.mean_generator = mean
            self._average = Average(
                mean.trainable_variables, self.generator.trainable_variables, p.generator_average
            )
        self._loss = loss_of(p.loss_type, p.label_smoothing)

    def start(self, data: tf.Tensor) -> None:
        """Begin a training: measure the whitening, if there is one, on poses like those learnt.

        Args:
            data: [n_poses, n_joints, 3] the poses that the GAN is to learn.
        """
        if self.whitening is not None:
            # The seed is the same for all GANs: members of a population share the whitening.
            draw = Draw(MEASURED, 0, Stage.WHITENING)
            drawn = tf.gather(data, draw.rows(len(data)))
            self.whitening.measure(augmented(drawn, self.params, self.skeleton, draw).numpy())

    def generate(self, z: tf.Tensor) -> tf.Tensor:
        """Make poses with the generator as it will be used after the training.

        Args:
            z: [n, n_z] latent vectors.

        Returns:
            [n, n_joints, 3] poses in plain coordinates; [n_members, n, n_joints, 3] for a
            population.
        """
        poses = (self.mean_generator or self.generator)(z)
        return poses if self.whitening is None else self.whitening.colour(poses)

    @tf.function(autograph=False)
    def _draw(self, data: tf.Tensor, block: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """What all steps of a block need.

        For a population every array has an axis of members before that of the batch. A member
        draws what it would draw alone.

        Returns:
            real: [BLOCK, n_critic_steps, batch, n_joints, 3] real poses for updates of the critic.
            z: [BLOCK, n_critic_steps + 1, batch, n_z] latent vectors for all updates of a step.
            mix: [BLOCK, n_critic_steps, batch] numbers for the gradient penalty.
        """
        if self.members is None:
            return self._draw_alone(data, block, self.params.seed)
        draws = [self._draw_alone(data, block, member.seed) for member in self.members]
        return tuple(tf.stack(parts, axis=2) for parts in zip(*draws, strict=True))

    def _draw_alone(self, data: tf.Tensor, block: tf.Tensor, seed: int) -> tuple[tf.Tensor, ...]:
        """What one GAN with this seed draws for a block; see `_draw`."""
        p = self.params
        of_real, of_generated = (
            Draw(BLOCK * n_batches * p.batch_size, seed, Stage.GAN, block)
            for n_batches in (p.n_critic_steps, p.n_critic_steps + 1)
        )
        real = tf.gather(data, of_real.rows(tf.shape(data)[0]))
        real = augmented(real, p, self.skeleton, of_real)
        if self.whitening is not None:
            real = self.whitening.whiten(real)
        z = of_generated.normal(Purpose.LATENT, 1.0, (p.n_z,))
        drawn = real, z, of_real.uniform(Purpose.MIX)
        return tuple(tf.reshape(part, [BLOCK, -1, p.batch_size, *part.shape[1:]]) for part in drawn)

    def _run_steps(
        self, drawn: Sequence[tf.Tensor], start: tf.Tensor, stop: tf.Tensor
    ) -> tf.Tensor:
        """See `BlockTrainer`."""
        real, z, mix = drawn
        n_critic_steps = self.params.n_critic_steps

        def step(i, sums):
            def critic_step(k, _):
                return k + 1, self._critic_step(real[i, k], z[i, k], mix[i, k])

            _, critic = tf.while_loop(
                lambda k, _: k < n_critic_steps, critic_step, (0, self._zeros(CRITIC_METRICS))
            )
            loss = self._generator_step(real[i, n_critic_steps - 1], z[i, n_critic_steps])
            return i + 1, sums + tf.concat([critic, loss[None]], axis=0)

        _, sums = tf.while_loop(lambda i, _: i < stop, step, (start, self._zeros(METRICS)))
        self.step.assign_add(tf.cast(stop - start, tf.int64))
        return sums

    def _zeros(self, names: Sequence[str]) -> tf.Tensor:
        """A zero for each metric: [n_metrics], or [n_metrics, n_members] for a population."""
        n_members = [] if self.members is None else [len(self.members)]
        return tf.zeros([len(names), *n_members])

    def _critic_step(self, real: tf.Tensor, z: tf.Tensor, mix: tf.Tensor) -> tf.Tensor:
        """Update the critic once; `CRITIC_METRICS`."""
        p = self.params
        fake = self.generator(z)  # outside the tape: the generator is not updated here
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
        # The objectives of a population's members have no weights in common: the gradient of
        # their sum, which the tape takes, is that of each member.
        variables = self.critic.trainable_variables
        self._critic_rule.apply(tape.gradient(objective, variables))
        if p.discriminator_clip_val is not None:
            for v in variables:
                v.assign(tf.clip_by_value(v, -p.discriminator_clip_val, p.discriminator_clip_val))
        means = (tf.reduce_mean(logits, axis=-1) for logits in (real_logits, fake_logits))
        return tf.stack([loss, *means])

    def _generator_step(self, real: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """Update the generator, the encoder and the running mean once; the generator's loss."""
        with tf.GradientTape() as tape:
            logits = self.critic(real), self.critic(self.generator(z))
            loss = objective = self._loss.generator(*logits)
            if self.encoder is not None:
                objective += self._decoding_loss(self.encoder, real, z)
        self._generator_rule.apply(tape.gradient(objective, self._generator_variables))
        if self.mean_generator is not None:
            self._average.update()
        return loss

    def _decoding_loss(self, encoder: Encoder, real: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        """The loss of the autoencoder whose decoder is the generator.

        A latent vector of a pose is mean + std·noise (Kingma and Welling 2014, section 2.4), which
        lets gradients through to the encoder. Errors are measured in plain coordinates: in white
        ones millimetres of a bone's length would count as much as the swing of an arm.
        """
        p = self.params
        mean, log_variance = encoder(real)
        errors = self.generator(mean + tf.exp(0.5 * log_variance) * noise) - real
        errors = tf.reshape(errors, [*real.shape[:-2], 3 * self.skeleton.n_joints])
        if self.whitening is not None:
            errors = errors @ self.whitening.inverse
        weights = p.reconstruction_weight, p.kl_weight
        return autoencoding_loss(errors, mean, log_variance, *weights)
