"""The training of a proposal network.

Poses come from the data and from the generator, examples of how they look from
`gan.training.virtual_cameras`.

The loss. The network proposes a pose and the standard deviation of every joint. The error e [3] of
a joint is modelled by the density

    p(e) = exp(−‖e‖/b) / (8π·b³),

of which the negative logarithm, ‖e‖/b + 3·log b but for a constant, is the loss. It grows with ‖e‖
itself, as the mean joint error does by which poses are judged, not with its square as for a normal
distribution: a few joints that are far off do not dominate. The best b is a third of the expected
‖e‖. The radius r = ‖e‖ has the density r²·exp(−r/b)/(2b³), so E‖e‖² = 4!·b⁵/(2b³) = 12·b²; by
symmetry a coordinate has a third of that, 4·b². Its standard deviation, which is what the network
returns, is 2·b.

The likelihood alone divides errors by b and neglects joints of which the network is uncertain.
Three more terms are added: the mean joint error of the pose, that of the pose which the generator
makes of the proposed latent vector, and a weak prior on that vector, which belongs to N(0, I).
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks import Generator
from gan.networks.proposal_network import Proposal, ProposalNetwork
from gan.params import GanParams
from gan.seeds import Purpose, Stage
from gan.training.augment import augmented
from gan.training.draw import Draw
from gan.training.network_trainer import NetworkTrainer
from gan.training.virtual_cameras import examples
from human_pose_util.skeleton import Skeleton

BLOCK = 50
"""Number of steps in a block."""

POSE_WEIGHT, LATENT_WEIGHT, LATENT_PRIOR = 10.0, 10.0, 1e-3
"""Weights of the mean joint error [subject heights] of the proposed pose, of that of the latent
vector's pose, and of the mean square of the latent vector, beside the likelihood."""


class Examples(NamedTuple):
    """Examples of single frames.

    Attributes:
        features: [n, n_features] the inputs of the network.
        viewed: [n, n_joints, 3] what it is to propose: poses relative to their mean, in the frame
            of the normalised view.
        local: [n, n_joints, 3] the poses as the generator makes them, relative to their mean.
    """

    features: tf.Tensor
    viewed: tf.Tensor
    local: tf.Tensor


class ProposalTrainer(NetworkTrainer):
    """A proposal network, and what it takes to train it.

    Args:
        params: the parameters of the GAN; they have a proposal.
        skeleton: the skeleton of the poses.
        generator: the trained generator.
        jit: compile the loop with XLA.

    Attributes:
        network: the running mean of the network that is trained, which is the result.
    """

    block = BLOCK

    def __init__(self, params: GanParams, skeleton: Skeleton, generator: Generator, jit: bool):
        p = params.required_proposal()
        learner = ProposalNetwork(params, skeleton, "training")
        network = ProposalNetwork(params, skeleton)
        super().__init__(learner, network, p.steps, p.learning_rate, skeleton, jit, "proposal")
        self._params, self._generator, self._proposal = params, generator, p

    @tf.function(autograph=False)
    def _draw(self, data: tf.Tensor, block: tf.Tensor) -> tuple[Examples]:
        """The examples of all steps of a block, in arrays [BLOCK, batch_size, ...]."""
        p, params = self._proposal, self._params
        n = BLOCK * p.batch_size
        n_generated = int(p.generated_share * n)
        draw, of_data, of_generator = (
            Draw(k, params.seed, Stage.PROPOSAL, block) for k in (n, n - n_generated, n_generated)
        )
        real = tf.gather(data, of_data.rows(tf.shape(data)[0]))
        drawn = augmented(real, params, self.skeleton, of_data)
        if n_generated:
            generated = self._generator(of_generator.normal(Purpose.LATENT, 1.0, (params.n_z,)))
            # In this order the last batches of a block would have generated poses alone.
            drawn = tf.gather(tf.concat([drawn, generated], axis=0), draw.order())
        features, viewed = examples(drawn, self.skeleton, p, draw)
        parts = features, viewed, drawn - tf.reduce_mean(drawn, axis=1, keepdims=True)
        shape = BLOCK, p.batch_size
        return (Examples(*(tf.reshape(part, [*shape, *part.shape[1:]]) for part in parts)),)

    def _loss(self, examples: Examples) -> tuple[tf.Tensor, tf.Tensor]:
        """See `NetworkTrainer`."""
        proposal = self._learner(examples.features)
        return proposal_loss(proposal, examples.viewed, examples.local, self._generator)


def proposal_loss(
    proposal: Proposal, viewed: tf.Tensor, local: tf.Tensor, generator: Generator
) -> tuple[tf.Tensor, tf.Tensor]:
    """The loss that the module's docstring derives, and the mean joint error.

    Args:
        proposal: proposals for n frames.
        viewed: [n, n_joints, 3] the true poses relative to their mean, in the view's frame.
        local: [n, n_joints, 3] the true poses as the generator makes them, relative to their mean.
        generator: the trained generator.

    Returns:
        Two scalars.
    """
    errors = _distances(proposal.p3, viewed)
    b = proposal.std / 2
    likelihood = tf.reduce_mean(errors / b + 3 * tf.math.log(b))
    decoded = generator(proposal.z)
    decoded -= tf.reduce_mean(decoded, axis=1, keepdims=True)
    error = tf.reduce_mean(errors)
    loss = likelihood + POSE_WEIGHT * error
    loss += LATENT_WEIGHT * tf.reduce_mean(_distances(decoded, local))
    return loss + LATENT_PRIOR * tf.reduce_mean(proposal.z**2), error


def _distances(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """[...] distances between points [..., 3], with a finite slope where they coincide."""
    return tf.sqrt(tf.reduce_sum((one - other) ** 2, axis=-1) + 1e-10)
