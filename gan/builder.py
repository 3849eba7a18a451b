"""A GAN by its id: its trained networks."""

from functools import cached_property
from operator import index
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from gan.files import GanFiles
from gan.networks import Critic, Generator
from gan.networks.proposal_network import ProposalNetwork
from gan.networks.temporal_network import TemporalNetwork
from gan.networks.whitening import Whitening
from gan.seeds import Purpose, stream
from gan.variables import restore
from human_pose_util.arguments import check


class GanBuilder(GanFiles):
    """The GAN that `gan_params/<gan_id>.json` describes, with its networks.

    Networks are made from checkpoints when they are first asked for. Arguments, attributes and
    errors are those of `GanFiles`.
    """

    @classmethod
    def of(
        cls,
        gan: "str | GanBuilder",
        gan_params_dir: Path | None = None,
        models_dir: Path | None = None,
    ) -> "GanBuilder":
        """What a caller gives as the GAN: a `GanBuilder`, or an id with folders of files."""
        return gan if isinstance(gan, GanBuilder) else cls(gan, gan_params_dir, models_dir)

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled for another process: the checkpoints, but not the networks.

        The other process makes the networks anew from the checkpoints that come along, without the
        model folder.
        """
        # Networks are cached properties of this class, checkpoints those of `GanFiles`.
        return {
            name: value
            for name, value in self.__dict__.items()
            if not isinstance(vars(GanBuilder).get(name), cached_property)
        }

    @property
    def generator(self) -> Generator:
        """The trained generator: latent vectors → poses."""
        return self._networks[0]

    @property
    def critic(self) -> Critic:
        """The trained critic: poses → logits."""
        return self._networks[1]

    @cached_property
    def proposal_network(self) -> ProposalNetwork | None:
        """The trained proposal network; None where the parameters have no proposal.

        Raises:
            DataError: the network is not trained to its end yet.
        """
        if self.proposal_checkpoint is None:
            return None
        network = ProposalNetwork(self.params, self.skeleton)
        restore(network.variables, self.proposal_checkpoint)
        return network

    @cached_property
    def temporal_network(self) -> TemporalNetwork | None:
        """The trained proposal network for films; None where the parameters have none.

        Raises:
            DataError: the network is not trained to its end yet.
        """
        if self.temporal_checkpoint is None or self.proposal_network is None:
            return None
        network = TemporalNetwork(self.params, self.proposal_network, self.skeleton)
        restore(network.variables, self.temporal_checkpoint)
        return network

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Generate the poses of random latent vectors.

        Args:
            n: the number of poses.
            seed: seed of the latent vectors.

        Returns:
            [n, n_joints, 3] float32 poses in subject heights (in the unit of the data set where
            its poses are not scaled to height), z up, the root above the origin, facing front.

        Raises:
            SpecError: a number or seed that is no whole number of 0 or more.
        """
        for name, value in (("n", n), ("seed", seed)):
            check(name, value, lambda v: index(v) >= 0, "a whole number of 0 or more")
        z = tf.random.stateless_normal([n, self.params.n_z], stream(seed, Purpose.SAMPLE))
        return self.generator(z).numpy()

    @cached_property
    def _networks(self) -> tuple[Generator, Critic]:
        """The trained generator and critic, both for poses in plain coordinates."""
        p, n_joints = self.params, self.skeleton.n_joints
        # The variables' names choose what is restored from the checkpoint, which has both the
        # generator and its running mean. No initial weight survives, so the seed is of no account.
        name = "average" if p.generator_average else "generator"
        generator = Generator(p.n_z, p.n_g, n_joints, p.activation, p.seed, name)
        critic = Critic(n_joints, p.n_c, p.activation, p.seed)
        for network in (generator, critic):
            restore(network.variables, self.gan_checkpoint)
        if p.whiten:
            whitening = Whitening(n_joints)
            restore(whitening.variables, self.gan_checkpoint)
            whitening.fold_into_generator(generator)
            whitening.fold_into_critic(critic)
        return generator, critic
