"""Proposals for observations: the GAN's proposal networks, applied to what a search is given."""

from dataclasses import replace

import numpy as np

from gan.networks.normalized_view import UPRIGHT
from gan.networks.proposal_inputs import FilmInputs, FrameInputs
from gan.networks.proposal_network import Proposal, ProposalNetwork
from gan.networks.temporal_network import TemporalNetwork
from human_pose_util.skeleton import Converter
from inference.model.observations import Observations
from inference.solvers.execution import SEQUENCE_SIZES, Execution, any_batch


class Proposer:
    """Adds proposals to observations.

    Args:
        network: the proposal network of the GAN.
        of_films: its network for films; None where it has none. It proposes the poses of sequences
            of two frames or more.
        converter: from the networks' skeleton to that of the observations.
        in_world: whether the extrinsics, and so the vertical, are known: then poses are placed in
            the world, else in the camera's frame.
        execution: how the network of single frames is computed.
    """

    def __init__(
        self,
        network: ProposalNetwork,
        of_films: TemporalNetwork | None,
        converter: Converter,
        in_world: bool,
        execution: Execution,
    ):
        self._converter, self._in_world = converter, in_world
        # An observed joint that is the mean of several of the network's joints is no input of it.
        is_single = (converter.indices == converter.indices[:, :1]).all(axis=1)
        self._observed = np.flatnonzero(is_single)
        self._inputs = converter.indices[self._observed, 0]
        # A sequence has batches of its own, which may be as small as the window of a stream.
        self._propose = execution.in_batches(network.propose, SEQUENCE_SIZES)
        self._propose_film = None if of_films is None else any_batch(of_films.propose_film)

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
        frames = FrameInputs(rays, is_observed, np.float32(up), up_known)
        if self._propose_film is None or n < 2:
            p3, std, z = self._propose(frames)
        else:
            # From the first frame on: single precision blurs hours, and only differences count.
            times = np.float32(observed.times - observed.times[0])
            film = self._propose_film(FilmInputs(frames, np.float32(r), times))
            p3, std, z = (part.numpy() for part in film)
        if self._in_world:
            p3 = p3 @ r  # Rᵀ·p, from the camera's frame to the world's directions
        p3, std = self._converter.convert(p3), self._converter.convert(std[..., None])[..., 0]
        std[~observed.tells_pose] = np.inf
        return replace(observed, proposal=Proposal(p3, std, z))
