"""Proposals for observations: the GAN's proposal network, applied to what a search is given."""

from dataclasses import replace

import numpy as np

from gan.networks.normalized_view import UPRIGHT
from gan.networks.proposal_network import Proposal, ProposalNetwork
from human_pose_util.skeleton import Converter
from inference.model.observations import Observations
from inference.solvers.execution import Execution


class Proposer:
    """Adds proposals to observations.

    Args:
        network: the proposal network of the GAN.
        converter: from the network's skeleton to that of the observations.
        in_world: whether the extrinsics, and so the vertical, are known: then poses are placed in
            the world, else in the camera's frame.
        execution: how the network is computed.
    """

    def __init__(
        self,
        network: ProposalNetwork,
        converter: Converter,
        in_world: bool,
        execution: Execution,
    ):
        self._converter, self._in_world = converter, in_world
        # An observed joint that is the mean of several of the network's joints is no input of it.
        is_single = (converter.indices == converter.indices[:, :1]).all(axis=1)
        self._observed = np.flatnonzero(is_single)
        self._inputs = converter.indices[self._observed, 0]
        self._propose = execution.in_batches(network.propose)

    def __call__(self, observed: Observations) -> Observations:
        """The observations with proposals, in the frame in which poses are placed.

        Args:
            observed: observations without proposals.
        """
        n, n_joints = len(observed), self._converter.source.n_joints
        rays = np.zeros((n, n_joints, 2), np.float32)
        is_observed = np.zeros((n, n_joints), np.float32)
        rays[:, self._inputs] = observed.rays[:, self._observed]
        is_observed[:, self._inputs] = observed.weights[:, self._observed] > 0
        r = observed.camera.r
        up = r[:, :, 2] if self._in_world else np.tile(UPRIGHT, (n, 1))
        up_known = np.full(n, np.float32(self._in_world))
        p3, std, z = self._propose(rays, is_observed, np.float32(up), up_known)
        if self._in_world:
            p3 = p3 @ r  # Rᵀ·p, from the camera's frame to the world's directions
        p3, std = self._converter.convert(p3), self._converter.convert(std[..., None])[..., 0]
        std[~observed.tells_pose] = np.inf
        return replace(observed, proposal=Proposal(p3, std, z))
