"""A network that proposes a pose, and how sure it is, from 2D joints.

It is a residual perceptron (He et al. 2016; for this task Martinez et al. 2017) in the view of
`gan.networks.normalized_view`. It has never seen an image or a real camera:
`gan.training.virtual_cameras` makes its examples.
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks.normalized_view import n_features, view
from gan.networks.perceptron import Linear
from gan.params import GanParams
from gan.training.augment import mirror_image
from human_pose_util.skeleton import Skeleton

FIRST_LOG_STD, LEAST_STD, LARGEST_STD = -2.5, 3e-3, 0.5


class Proposal(NamedTuple):
    """Poses that a network proposes.

    Attributes:
        p3: [n, n_joints, 3] joints about their mean, in subject heights.
        std: [n, n_joints] standard deviations of a joint's coordinates, in subject heights.
        z: [n, n_z] latent vectors of which the generator makes such poses.
    """

    p3: tf.Tensor
    std: tf.Tensor
    z: tf.Tensor


class Proposer(tf.Module):
    """A proposal network.

    Args:
        skeleton: of the poses.
        n_z: latent dimensions of the generator.
        width: units of a hidden layer.
        n_blocks: residual blocks of two layers each.
        seed: of the initial weights.
        name: prefix of the variables' names.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        n_z: int,
        width: int,
        n_blocks: int,
        seed: int,
        name: str = "proposer",
    ):
        super().__init__(name=None)
        self._skeleton, self._n_z = skeleton, n_z
        n_in, n_out = n_features(skeleton.n_joints), 4 * skeleton.n_joints + n_z
        sizes = [(n_in, width), *[(width, width)] * (2 * n_blocks), (width, n_out)]
        self.layers = [Linear(*size, seed, i, f"{name}/{i}") for i, size in enumerate(sizes)]

    def __call__(self, features: tf.Tensor) -> Proposal:
        """Proposals in the view's frame of features [n, n_features]."""
        first, *blocks, last = self.layers
        hidden = tf.nn.relu(first(features))
        for one, two in zip(blocks[::2], blocks[1::2], strict=True):
            hidden += tf.nn.relu(two(tf.nn.relu(one(hidden))))
        n = self._skeleton.n_joints
        p3, log_std, z = tf.split(last(hidden), [3 * n, n, self._n_z], axis=1)
        p3 = tf.reshape(p3, [-1, n, 3])
        std = tf.clip_by_value(tf.exp(log_std + FIRST_LOG_STD), LEAST_STD, LARGEST_STD)
        return Proposal(p3 - tf.reduce_mean(p3, axis=1, keepdims=True), std, z)

    def propose(
        self, rays: tf.Tensor, seen: tf.Tensor, up: tf.Tensor, up_known: tf.Tensor
    ) -> Proposal:
        """Proposals in the camera's frame; arguments as of `normalized_view.view`, without hops.

        The mirrored image is looked at too, and the mean of both proposals taken.
        """
        plain = self._propose(rays, seen, up, up_known)
        skeleton, swapped = self._skeleton, self._skeleton.mirror
        other = self._propose(
            mirror_image(rays, skeleton),
            tf.gather(seen, swapped, axis=1),
            up * tf.constant([-1.0, 1.0, 1.0]),
            up_known,
        )
        p3 = 0.5 * (plain.p3 + mirror_image(other.p3, skeleton))
        std = 0.5 * (plain.std + tf.gather(other.std, swapped, axis=1))
        return Proposal(p3, std, plain.z)

    def _propose(self, rays, seen, up, up_known) -> Proposal:
        seen_so = view(rays, seen, up, up_known, self._skeleton.hops)
        proposal = self(seen_so.features)
        return proposal._replace(p3=proposal.p3 @ seen_so.rotation)


def proposer_of(params: GanParams, skeleton: Skeleton, name: str = "proposer") -> Proposer:
    """The untrained network that parameters describe."""
    p = params.proposal
    return Proposer(skeleton, params.n_z, p.n_hidden, p.n_blocks, params.seed, name)
