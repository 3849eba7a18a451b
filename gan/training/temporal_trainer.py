"""The training of a proposal network for films.

Motion comes from the data, examples of how it looks from `gan.training.virtual_films`. The network
for single frames, which this one refines, is trained already and stays as it is. The loss is the
same (`gan.training.proposal_trainer`).
"""

import tensorflow as tf

from gan.networks import Generator
from gan.networks.proposal_network import Proposal, ProposalNetwork
from gan.networks.temporal_network import TemporalNetwork
from gan.params import GanParams
from gan.training.average import Average
from gan.training.block_trainer import BlockTrainer
from gan.training.motion import Motion, cut
from gan.training.optimizers import Adam
from gan.training.proposal_trainer import (
    AVERAGE_DECAY,
    LARGEST_GRADIENT,
    METRICS,
    cosine_rate,
    proposal_loss,
)
from gan.training.virtual_films import film_examples
from human_pose_util.skeleton import Skeleton

BLOCK = 20
"""Number of steps in a block."""


class TemporalTrainer(BlockTrainer):
    """A proposal network for films, and what it takes to train it.

    Args:
        params: the parameters of the GAN; they have a temporal proposal.
        skeleton: the skeleton of the poses.
        generator: the trained generator.
        of_frames: the trained proposal network for single frames.
        jit: compile the loop with XLA.

    Attributes:
        network: the running mean of the network that is trained, which is the result.
    """

    block, metrics = BLOCK, METRICS

    def __init__(
        self,
        params: GanParams,
        skeleton: Skeleton,
        generator: Generator,
        of_frames: ProposalNetwork,
        jit: bool = True,
    ):
        super().__init__(skeleton, jit, "temporal_proposal/step")
        self._params, self._generator, self._of_frames = params, generator, of_frames
        self._temporal = p = params.required_temporal_proposal()
        self._learner = TemporalNetwork(params, of_frames, skeleton, "training")
        self.network = TemporalNetwork(params, of_frames, skeleton)
        self._weights = self._learner.trainable_variables
        self._rule = Adam(self._weights, p.learning_rate, "temporal_proposal", betas=(0.9, 0.99))
        self._average = Average(self.network.trainable_variables, self._weights, AVERAGE_DECAY)

    @property
    def state(self) -> tuple[tf.Variable, ...]:
        """See `BlockTrainer.state`; the generator is not part of it, as it does not change."""
        parts = (self._learner, self.network, self._rule, self._average)
        distinct = {v.ref(): v for part in parts for v in part.variables}  # parts share some
        return (self.step, *distinct.values())

    @tf.function(autograph=False)
    def _draw(self, motion: Motion, block: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """The examples of all steps of a block.

        Returns:
            `FilmExamples`, then the fields of the proposals for their single frames, all with a
            leading axis of steps.
        """
        p, params = self._temporal, self._params
        n = BLOCK * p.batch_size
        films = cut(motion, n, p.n_frames, tf.stack([params.seed, 2 * block]))
        examples = film_examples(films, params, self.skeleton, 2 * block + 1)
        own = self._of_frames(tf.reshape(examples.features, [-1, examples.features.shape[2]]))
        return tuple(
            tf.reshape(a, [BLOCK, a.shape[0] // BLOCK, *a.shape[1:]]) for a in (*examples, *own)
        )

    def _run_steps(
        self, features, to_view, motion, times, viewed, local, p3, std, z, start, stop
    ) -> tf.Tensor:
        """See `BlockTrainer`."""
        n_joints = self.skeleton.n_joints

        def step(i, sums):
            with tf.GradientTape() as tape:
                own = Proposal(p3[i], std[i], z[i])
                film = (part[i] for part in (features, to_view, motion, times))
                proposal = self._learner(own, *film)
                of_view, of_pose = (
                    tf.reshape(part[i], [-1, n_joints, 3]) for part in (viewed, local)
                )
                loss, error = proposal_loss(proposal, of_view, of_pose, self._generator)
            gradients = tape.gradient(loss, self._weights)
            gradients, _ = tf.clip_by_global_norm(gradients, LARGEST_GRADIENT)
            p = self._temporal
            self._rule.apply(gradients, cosine_rate(self.step, p.learning_rate, p.steps))
            self._average.update()
            self.step.assign_add(1)
            return i + 1, sums + tf.stack([loss, error])

        return tf.while_loop(lambda i, _: i < stop, step, (start, tf.zeros(2)))[1]
