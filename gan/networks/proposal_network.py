"""A network that proposes a pose, and how certain the proposal is, from 2D joints.

It is a residual network of the parts of the body (`gan.networks.part_network`), whose inputs are
the features of the normalised view (`gan.networks.normalized_view`). It never sees an image or a
real camera: `gan.training.virtual_cameras` makes its examples.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

from gan.mirror import mirror_image
from gan.networks.linear import Linear
from gan.networks.normalized_view import common_features, joint_features, view
from gan.networks.part_network import PartNetwork, Sizes
from gan.networks.proposal_inputs import FilmInputs, FrameInputs
from gan.params import GanParams
from gan.seeds import Purpose, layer_streams
from human_pose_util.skeleton import Skeleton

FIRST_LOG_STD = -2.5
"""Logarithm of the standard deviations of an untrained network, about: exp(−2.5) = 0.08."""

LEAST_STD, LARGEST_STD = 3e-3, 0.5
"""Bounds of standard deviations [subject heights]."""

_Inputs = TypeVar("_Inputs", FrameInputs, FilmInputs)


class Proposal(NamedTuple):
    """Proposed poses.

    Attributes:
        p3: [n, n_joints, 3] joints relative to their mean, in subject heights.
        std: [n, n_joints] standard deviation of each coordinate of a joint, in subject heights.
        z: [n, n_z] latent vectors from which the generator makes such poses.
    """

    p3: tf.Tensor
    std: tf.Tensor
    z: tf.Tensor


class ProposalNetwork(tf.Module):
    """A network from the features of the normalised view to proposals.

    Args:
        params: the parameters of the GAN; they have a proposal.
        skeleton: the skeleton of the poses.
        name: prefix of the variables' names, which are the names in checkpoints.
    """

    def __init__(self, params: GanParams, skeleton: Skeleton, name: str = "proposer"):
        super().__init__(name=None)
        p, n_joints = params.required_proposal(), skeleton.n_joints
        self._skeleton = skeleton
        seeds = layer_streams(params.seed, Purpose.PROPOSAL_NETWORK)
        # A joint has three coordinates and a standard deviation.
        sizes = Sizes(n_out=4, n_hidden=p.n_hidden, n_told=p.n_told, n_blocks=p.n_blocks)
        columns = joint_features(n_joints), common_features(n_joints)
        self.of_parts = PartNetwork(skeleton, *columns, sizes, seeds, name)
        self.latent = Linear(self.of_parts.n_units, params.n_z, next(seeds), f"{name}/latent")
        # A limb's joints are proposed relative to the joint on which it hangs, so that a limb has
        # to know nothing of where the body is. The matrix adds the place of that joint.
        self._hang = np.eye(n_joints, dtype=np.float32)
        for part in self.of_parts.parts:
            if part.start is not None:
                self._hang[list(part.joints), part.start] = 1.0

    def __call__(self, features: tf.Tensor) -> Proposal:
        """Proposals from features [n, n_features], with p3 in the frame of the normalised view."""
        joints, units = self.of_parts(features)
        p3 = tf.matmul(self._hang, joints[..., :3])
        std = tf.clip_by_value(tf.exp(joints[..., 3] + FIRST_LOG_STD), LEAST_STD, LARGEST_STD)
        return Proposal(p3 - tf.reduce_mean(p3, axis=1, keepdims=True), std, self.latent(units))

    def propose(self, inputs: FrameInputs) -> Proposal:
        """Propose poses for frames of any camera.

        The network sees every frame and its mirror image (`mean_with_mirror`).

        Args:
            inputs: n frames.

        Returns:
            Proposals with p3 in the camera's frame.
        """
        return mean_with_mirror(self._propose, inputs, self._skeleton)

    def _propose(self, inputs: FrameInputs) -> Proposal:
        """Proposals with p3 in the camera's frame, without the mirror image."""
        frames = view(inputs, self._skeleton.hops)
        proposal = self(frames.features)
        # Rows of p3 are joints, so p3·R applies Rᵀ, the rotation from the view's frame back.
        return proposal._replace(p3=proposal.p3 @ frames.rotation)


def mean_with_mirror(
    propose: Callable[[_Inputs], Proposal], inputs: _Inputs, skeleton: Skeleton
) -> Proposal:
    """The mean of the proposals for frames and of those for their mirror images, mirrored back.

    So the proposal for a mirrored frame is the mirrored proposal, and the mean of two estimates
    errs less. The latent vector is that of the frame itself, because the mean of two latent vectors
    is the mean of two poses only for a linear generator.

    Args:
        propose: returns the proposals for inputs.
        inputs: n frames, or n films.
        skeleton: the skeleton of the poses.
    """
    # Both go through the network in one call: for a few frames, it is the number of operations
    # that takes time, not their size.
    given = inputs, inputs.mirrored(skeleton)
    both = propose(tf.nest.map_structure(lambda *pair: tf.concat(pair, axis=0), *given))
    halves = zip(*(tf.split(part, 2) for part in both), strict=True)
    direct, image = (Proposal(*parts) for parts in halves)
    p3 = 0.5 * (direct.p3 + mirror_image(image.p3, skeleton))
    std = 0.5 * (direct.std + tf.gather(image.std, skeleton.mirror, axis=1))
    return Proposal(p3, std, direct.z)
