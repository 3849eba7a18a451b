"""What the GAN's proposal network makes of observations, in the frame in which poses are placed."""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from gan import GanBuilder
from gan.networks.normalized_view import UPRIGHT
from gan.networks.proposal_network import Proposer
from human_pose_util.errors import SpecError
from human_pose_util.skeleton import Converter
from inference.model.observations import Observations, Proposals
from inference.solvers.batches import in_batches


class Proposing:
    """Adds proposals to observations; compiled once.

    Args:
        proposer: the network.
        converter: from its skeleton to that of the observations.
        extrinsics_known: whether the vertical is, and poses are placed in the world; else they
            are in the camera's frame.
    """

    def __init__(self, proposer: Proposer, converter: Converter, extrinsics_known: bool):
        self._converter, self._in_world = converter, extrinsics_known
        alone = np.flatnonzero((converter.indices == converter.indices[:, :1]).all(axis=1))
        self._observed, self._joints = alone, converter.indices[alone, 0]
        self._propose = in_batches(tf.function(proposer.propose, autograph=False))

    def __call__(self, observed: Observations) -> Observations:
        """The same observations with proposals.

        An observed joint that is the mean of several of the network's is not shown to it.
        """
        n, n_joints = len(observed), self._converter.source.n_joints
        rays, seen = np.zeros((n, n_joints, 2), np.float32), np.zeros((n, n_joints), np.float32)
        seen[:, self._joints] = observed.weights[:, self._observed] > 0
        rays[:, self._joints] = observed.rays[:, self._observed]
        up = observed.r[:, :, 2] if self._in_world else np.tile(UPRIGHT, (n, 1))
        known = np.full(n, self._in_world)
        p3, std, z = self._propose(rays, seen, np.float32(up), np.float32(known))
        if self._in_world:
            p3 = p3 @ observed.r
        p3, std = self._converter.convert(p3), self._converter.convert(std[..., None])[..., 0]
        std[~observed.tells_pose] = np.inf
        return replace(observed, proposals=Proposals(p3, std, z))


def proposer_for(builder: GanBuilder, weight: float | None) -> Proposer | None:
    """The proposal network that an inference with this `proposal_weight` needs, None for none.

    Raises:
        SpecError: the GAN has none.
        DataError: it is not trained.
    """
    if weight is None:
        return None
    if builder.params.proposal is None:
        raise SpecError(
            f"proposal_weight: GAN {builder.gan_id!r} has no proposal network; remove the key, or "
            'choose a GAN whose parameters have "proposal"'
        )
    return builder.proposer
