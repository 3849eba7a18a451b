"""Training of a proposal network, compiled: many steps in one call.

Poses come from the data and from the generator, examples from
`gan.training.virtual_cameras`. What is drawn
depends on nothing but the seed and the block's number, as for the GAN (`gan.training.gan_trainer`).
"""

import math

import tensorflow as tf

from gan.networks import Generator
from gan.networks.proposal_network import Proposal, proposer_of
from gan.params import GanParams
from gan.training.augment import augmented
from gan.training.average import Average
from gan.training.optimizers import Adam
from gan.training.virtual_cameras import Spoiling, examples
from human_pose_util.skeleton import Skeleton

BLOCK = 50
WARM_UP = 200
AVERAGE_DECAY = 0.995
LARGEST_GRADIENT = 5.0
POSE_WEIGHT, LATENT_WEIGHT, LATENT_PRIOR = 10.0, 10.0, 1e-3
"""Of mean joint errors [subject heights] against the logarithm of the likelihood."""


class ProposerTrainer(tf.Module):
    """A proposal network, and what it takes to train it.

    Args:
        params: the GAN's parameters, with a proposal.
        skeleton: of the poses.
        generator: the trained one.
        jit: compile the loop with XLA.
    """

    def __init__(
        self, params: GanParams, skeleton: Skeleton, generator: Generator, jit: bool = True
    ):
        super().__init__(name=None)
        self._params, self._skeleton, self._generator = params, skeleton, generator
        p = params.proposal
        self._proposer = proposer_of(params, skeleton, "training")
        self.proposer = proposer_of(params, skeleton)
        self.step = tf.Variable(0, dtype=tf.int64, name="proposal/step")
        self._weights = self._proposer.trainable_variables
        self._rule = Adam(self._weights, p.learning_rate, "proposal", betas=(0.9, 0.99))
        self._average = Average(self.proposer.trainable_variables, self._weights, AVERAGE_DECAY)
        self._run = tf.function(self._run_steps, jit_compile=jit, autograph=False)

    @property
    def state(self) -> tuple[tf.Variable, ...]:
        """All that a run needs to go on; not the generator, which does not change."""
        parts = (self._proposer, self.proposer, self._rule, self._average)
        own = {v.ref(): v for part in parts for v in part.variables}  # parts share some
        return (self.step, *own.values())

    def train(self, poses: tf.Tensor) -> dict[str, float]:
        """Train up to the end of the current block of `BLOCK` steps, or to the last step.

        Args:
            poses: [n_poses, n_joints, 3] normalised poses.

        Returns:
            Means over the steps: `loss`, and `error`, the proposals' mean joint error in subject
            heights.
        """
        block, start = divmod(int(self.step), BLOCK)
        stop = min(BLOCK, self._params.proposal.steps - block * BLOCK)
        drawn = self._draw(poses, tf.constant(block))
        sums = self._run(*drawn, tf.constant(start), tf.constant(stop))
        return dict(zip(("loss", "error"), (sums / (stop - start)).numpy().tolist(), strict=True))

    @tf.function(autograph=False)
    def _draw(self, poses: tf.Tensor, block: tf.Tensor):
        p, params = self._params.proposal, self._params
        n = BLOCK * p.batch_size
        n_generated = int(p.generated_share * n)
        seeds = [tf.stack([params.seed, 5 * block + i]) for i in range(4)]
        rows = tf.random.stateless_uniform(
            [n - n_generated], seeds[0], 0, tf.shape(poses)[0], dtype=tf.int32
        )
        drawn = augmented(tf.gather(poses, rows), params, self._skeleton, seeds[1])
        if n_generated:
            z = tf.random.stateless_normal([n_generated, params.n_z], seeds[2])
            drawn = tf.concat([drawn, self._generator(z)], axis=0)
            drawn = tf.gather(
                drawn, tf.random.experimental.stateless_shuffle(tf.range(n), seeds[3])
            )
        spoiling = Spoiling(p.spoilt_share, p.missing, p.noise, p.unplaced_share)
        features, placed = examples(drawn, self._skeleton, spoiling, 5 * block + 4)
        parts = features, placed, drawn - tf.reduce_mean(drawn, axis=1, keepdims=True)
        return [tf.reshape(part, [BLOCK, p.batch_size, *part.shape[1:]]) for part in parts]

    def _run_steps(self, features, placed, local, start, stop):
        def step(i, sums):
            with tf.GradientTape() as tape:
                proposal = self._proposer(features[i])
                loss, error = self._loss(proposal, placed[i], local[i])
            gradients = tape.gradient(loss, self._weights)
            gradients, _ = tf.clip_by_global_norm(gradients, LARGEST_GRADIENT)
            self._rule.apply(gradients, self._rate())
            self._average.update()
            self.step.assign_add(1)
            return i + 1, sums + tf.stack([loss, error])

        return tf.while_loop(lambda i, _: i < stop, step, (start, tf.zeros(2)))[1]

    def _loss(self, proposal: Proposal, placed: tf.Tensor, local: tf.Tensor):
        """The loss, and the mean joint error.

        A joint's error has the density exp(−‖e‖/b)/b³ up to a constant, whose standard deviation
        along an axis is 2·b.
        """
        errors = _distances(proposal.p3, placed)
        b = proposal.std / 2
        likelihood = tf.reduce_mean(errors / b + 3 * tf.math.log(b))
        decoded = self._generator(proposal.z)
        decoded -= tf.reduce_mean(decoded, axis=1, keepdims=True)
        error = tf.reduce_mean(errors)
        loss = likelihood + POSE_WEIGHT * error
        loss += LATENT_WEIGHT * tf.reduce_mean(_distances(decoded, local))
        return loss + LATENT_PRIOR * tf.reduce_mean(proposal.z**2), error

    def _rate(self) -> tf.Tensor:
        """A short rise, then half a wave down to 0 (Loshchilov and Hutter 2017)."""
        p, step = self._params.proposal, tf.cast(self.step, tf.float32)
        rise = tf.minimum((step + 1) / min(WARM_UP, p.steps), 1.0)
        return p.learning_rate * rise * 0.5 * (1 + tf.cos(math.pi * step / p.steps))


def _distances(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.reduce_sum((one - other) ** 2, axis=-1) + 1e-10)
