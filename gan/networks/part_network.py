"""A residual network whose units belong to parts of the body: both arms, both legs, the rest.

A network of all joints together learns which arms go with which legs in its data. Where it meets
arms and legs that it knows in a combination that it does not, it is as wrong as for any unknown
pose. Here a part of the body has units of its own, which see the joints of this part. Of the other
parts they only hear a few numbers, which every part tells in every layer: enough to know how the
body stands, too few to recognise whole poses. So poses that were not learnt lead to smaller errors,
as in "SRNet: Improving Generalization in 3D Human Pose Estimation with a Split-and-Recombine
Approach" (Zeng et al. 2020).

All parts are computed together: layers are populations of linear maps (`gan.networks.linear`) with
one member for each part.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gan.networks.linear import Linear
from gan.seeds import Pair
from human_pose_util.skeleton import Skeleton


class Part(NamedTuple):
    """A part of a body.

    Attributes:
        joints: indices of its joints.
        start: the joint of another part on which it hangs; None for the rest of the body.
    """

    joints: tuple[int, ...]
    start: int | None


def parts_of(skeleton: Skeleton) -> tuple[Part, ...]:
    """The parts of a body: the rest, to which hips and shoulders belong, and then every limb.

    Args:
        skeleton: the skeleton; one without left and right has no limbs.
    """
    limbs = [Part(limb[1:], limb[0]) for limb in skeleton.limbs if len(limb) > 1]
    taken = {joint for limb in limbs for joint in limb.joints}
    return Part(tuple(j for j in range(skeleton.n_joints) if j not in taken), None), *limbs


class PartLayer(tf.Module):
    """A linear layer of all parts, which hear of each other.

    Args:
        n_in: number of inputs of a part.
        n_out: number of outputs of a part.
        n_told: number of values that a part tells the others.
        n_parts: number of parts.
        seeds: seeds of the initial weights, of which every linear map of a part takes the next one.
        name: prefix of the variables' names.
    """

    def __init__(
        self, n_in: int, n_out: int, n_told: int, n_parts: int, seeds: Iterator[Pair], name: str
    ):
        super().__init__(name=None)
        parts = range(n_parts)
        self.own = Linear(n_in, n_out, [next(seeds) for _ in parts], f"{name}/own")
        self._others = [[i for i in parts if i != part] for part in parts]
        if n_parts == 1:
            return  # nobody hears, and variables without a gradient would stop the training
        n_heard = (n_parts - 1) * n_told
        self.told = Linear(n_in, n_told, [next(seeds) for _ in parts], f"{name}/told")
        self.heard = Linear(n_heard, n_out, [next(seeds) for _ in parts], f"{name}/heard")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """[n_parts, n, n_in] → [n_parts, n, n_out]."""
        own = self.own(x)
        if len(self._others) == 1:
            return own
        # Without an activation between `told` and `heard`, one part reaches another through a
        # matrix of rank n_told; in a plain layer that matrix has full rank. A part does not hear
        # itself, because `own` covers that already.
        told = tf.unstack(self.told(x))
        heard = [tf.concat([told[i] for i in others], axis=1) for others in self._others]
        return own + self.heard(tf.stack(heard))


def by_frame(x: tf.Tensor) -> tf.Tensor:
    """The values of all parts side by side: [n_parts, n, k] → [n, n_parts·k]."""
    n_parts, _, k = x.shape
    return tf.reshape(tf.transpose(x, [1, 0, 2]), [-1, n_parts * k])


class Outputs(NamedTuple):
    """What a part network returns.

    Attributes:
        joints: [n, n_joints, n_out] values of every joint.
        units: [n, n_units] the last units of all parts.
    """

    joints: tf.Tensor
    units: tf.Tensor


class Sizes(NamedTuple):
    """The sizes of a part network.

    Attributes:
        n_out: number of outputs of a joint.
        n_hidden: number of units of a part in a layer.
        n_told: number of values that a part tells the others before every layer.
        n_blocks: number of residual blocks, of two layers each.
    """

    n_out: int
    n_hidden: int
    n_told: int
    n_blocks: int


class PartNetwork(tf.Module):
    """A residual network (He et al. 2016) of the parts of a body.

    Args:
        skeleton: the skeleton of the joints.
        of_joint: [n_joints, k] the columns of the features that belong to a joint.
        of_all: the columns of the features that every part sees.
        sizes: the sizes of the network.
        seeds: seeds of the initial weights, one after the other (`gan.seeds.layer_streams`).
        name: prefix of the variables' names.

    Attributes:
        parts: the parts of the body.
        layers: the layers, from the features to the outputs.
        n_units: number of units of all parts in a layer.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        of_joint: np.ndarray,
        of_all: np.ndarray,
        sizes: Sizes,
        seeds: Iterator[Pair],
        name: str,
    ):
        super().__init__(name=None)
        self.parts, self._n_out = parts_of(skeleton), sizes.n_out
        n_parts, most = len(self.parts), max(len(part.joints) for part in self.parts)
        self._inputs = _inputs(self.parts, of_joint, of_all)
        # All parts have the outputs of the part with most joints, as members of one product do;
        # those that a smaller part has to spare are never read, and so never learn.
        places = {
            joint: most * i + k
            for i, part in enumerate(self.parts)
            for k, joint in enumerate(part.joints)
        }
        self._places = [places[j] for j in range(skeleton.n_joints)]
        hidden = [sizes.n_hidden] * (2 * sizes.n_blocks + 1)
        widths = [self._inputs.shape[1], *hidden, most * sizes.n_out]
        self.layers = [
            PartLayer(n_in, n_out, sizes.n_told, n_parts, seeds, f"{name}/{i}")
            for i, (n_in, n_out) in enumerate(itertools.pairwise(widths))
        ]
        self.n_units = n_parts * sizes.n_hidden

    def __call__(self, features: tf.Tensor) -> Outputs:
        """The outputs for features [n, n_features]."""
        first, *blocks, last = self.layers
        # The column of zeros behind the last one is the input of parts that see fewer features.
        inputs = tf.gather(tf.pad(features, [[0, 0], [0, 1]]), self._inputs, axis=1)
        # Members of a population come first: [n, n_parts, n_in] → [n_parts, n, n_in].
        hidden = tf.nn.relu(first(tf.transpose(inputs, [1, 0, 2])))
        for one, two in zip(blocks[::2], blocks[1::2], strict=True):
            hidden += tf.nn.relu(two(tf.nn.relu(one(hidden))))
        joints = tf.reshape(by_frame(last(hidden)), [tf.shape(features)[0], -1, self._n_out])
        return Outputs(tf.gather(joints, self._places, axis=1), by_frame(hidden))


def _inputs(parts: tuple[Part, ...], of_joint: np.ndarray, of_all: np.ndarray) -> np.ndarray:
    """[n_parts, n_in] columns of the features that parts see; one behind the last column for none.

    A limb also sees the joint on which it hangs, relative to which it is proposed.
    """
    seen = []
    for part in parts:
        joints = part.joints if part.start is None else (part.start, *part.joints)
        seen.append([*of_joint[list(joints)].ravel(), *of_all])
    n_in, none = max(map(len, seen)), 1 + max(of_joint.max(), of_all.max())
    return np.array([columns + [none] * (n_in - len(columns)) for columns in seen])
