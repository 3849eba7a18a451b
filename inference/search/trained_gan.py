"""What a search needs of a trained GAN."""

from typing import Protocol

from gan.networks import Critic, Generator
from gan.networks.proposal_network import ProposalNetwork
from gan.networks.temporal_network import TemporalNetwork


class TrainedGan(Protocol):
    """The networks of a trained GAN, as `gan.GanBuilder` has them.

    Attributes:
        gan_id: names the GAN in messages.
    """

    gan_id: str

    @property
    def generator(self) -> Generator:
        """Latent vectors → poses."""

    @property
    def critic(self) -> Critic:
        """Poses → logits."""

    @property
    def proposal_network(self) -> ProposalNetwork | None:
        """The network that proposes poses; None for a GAN without one."""

    @property
    def temporal_network(self) -> TemporalNetwork | None:
        """The network that proposes the poses of films; None for a GAN without one."""
