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
from gan.seeds import Stage
from gan.training.draw import Draw
from gan.training.motion import Motion, cut
from gan.training.network_trainer import NetworkTrainer
from gan.training.proposal_trainer import proposal_loss
from gan.training.virtual_films import FilmExamples, film_examples
from human_pose_util.skeleton import Skeleton

BLOCK = 20
"""Number of steps in a block."""


class TemporalTrainer(NetworkTrainer):
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

    block = BLOCK

    def __init__(
        self,
        params: GanParams,
        skeleton: Skeleton,
        generator: Generator,
        of_frames: ProposalNetwork,
        jit: bool,
    ):
        p = params.required_temporal_proposal()
        learner = TemporalNetwork(params, of_frames, skeleton, "training")
        network = TemporalNetwork(params, of_frames, skeleton)
        name = "temporal_proposal"
        super().__init__(learner, network, p.steps, p.learning_rate, skeleton, jit, name)
        self._params, self._generator, self._of_frames = params, generator, of_frames
        self._temporal = p

    @tf.function(autograph=False)
    def _draw(self, data: Motion, block: tf.Tensor) -> tuple[FilmExamples, Proposal]:
        """The examples of all steps of a block, and the proposals for their single frames.

        Arrays have a leading axis of steps.
        """
        p, params = self._temporal, self._params
        draw = Draw(BLOCK * p.batch_size, params.seed, Stage.TEMPORAL_PROPOSAL, block)
        examples = film_examples(cut(data, p.n_frames, draw), params, self.skeleton, draw)
        features = tf.reshape(examples.features, [-1, examples.features.shape[2]])
        frame_proposals = self._of_frames(features)
        return tf.nest.map_structure(
            lambda a: tf.reshape(a, [BLOCK, a.shape[0] // BLOCK, *a.shape[1:]]),
            (examples, frame_proposals),
        )

    def _loss(
        self, examples: FilmExamples, frame_proposals: Proposal
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """See `NetworkTrainer`."""
        proposal = self._learner(
            frame_proposals, examples.features, examples.to_view, examples.motion, examples.times
        )
        viewed, local = (
            tf.reshape(p3, [-1, self.skeleton.n_joints, 3])
            for p3 in (examples.viewed, examples.local)
        )
        return proposal_loss(proposal, viewed, local, self._generator)
