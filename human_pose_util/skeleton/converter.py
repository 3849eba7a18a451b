"""Conversions between skeletons: every joint is the mean of one or more joints of the source."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import EVA_15, H36M_17, S14, S16, S20, S24
from human_pose_util.transforms.backend import take


@dataclass(frozen=True)
class Converter:
    """A linear map between skeletons, on arrays and tensors alike.

    Attributes:
        source: skeleton of the poses that go in.
        target: skeleton of the poses that come out.
        joints: joint of the target → the joint of the source, or the joints of the source whose
            mean it is. A joint of the target that is missing here is the joint with that name in
            the source.

    Raises:
        SpecError: a joint is none of its skeleton, or is the mean of no joints.
    """

    source: Skeleton
    target: Skeleton
    joints: Mapping[str, str | Sequence[str]]

    def __post_init__(self):
        where = f"converter {self.source.id} → {self.target.id}"
        unknown = set(self.joints) - set(self.target.joints)
        if unknown:
            raise SpecError(f"{where}: {sorted(unknown)} are no joints of {self.target.id}")
        if empty := [joint for joint, mean in self.joints.items() if not mean]:
            raise SpecError(f"{where}: {empty} are means of no joints")
        _ = self.indices  # a joint that the source lacks is an error here, not at the first pose

    @cached_property
    def indices(self) -> np.ndarray:
        """[n_target_joints, k] joints of the source; a joint of the target is the mean of its row.

        Rows of means of fewer joints repeat their joints until all rows have k entries, the least
        common multiple of the numbers of joints: the mean stays, and the array is rectangular.
        """
        means = [self.joints.get(joint, joint) for joint in self.target.joints]
        rows = [(mean,) if isinstance(mean, str) else tuple(mean) for mean in means]
        k = math.lcm(*(len(row) for row in rows))
        return np.array(
            [[self.source.joint_index(j) for j in row] * (k // len(row)) for row in rows]
        )

    def convert(self, p, axis: int = -2):
        """Convert poses.

        Args:
            p: [A1, ..., An, n_source_joints, d] positions (d = 3 or 2), array or tensor, in any
                unit and frame. A NaN in a joint spreads only to means that the joint is part of.
            axis: the axis of the joints.

        Returns:
            [A1, ..., An, n_target_joints, d] positions, an array or a tensor like `p`, in the
            unit and frame of `p`.

        Raises:
            DataError: the poses have another number of joints than the source.
        """
        if p.shape[axis] not in (None, self.source.n_joints):
            raise DataError(
                f"poses of {p.shape[axis]} joints are not of the skeleton {self.source.id!r}, "
                f"which has {self.source.n_joints}"
            )
        if self.is_identity:
            return p
        n_means = self.indices.shape[1]
        total = sum(take(p, self.indices[:, i], axis=axis) for i in range(n_means))
        return total if n_means == 1 else total / n_means

    @cached_property
    def is_identity(self) -> bool:
        """Whether the conversion leaves poses as they are."""
        joints = np.arange(self.source.n_joints)[:, None]
        return self.indices.shape == joints.shape and bool(np.all(self.indices == joints))

    def then(self, other: "Converter") -> "Converter":
        """This conversion followed by `other`, whose source is the target of this one."""
        names = np.array(self.source.joints)
        joints = {
            joint: tuple(names[self.indices[row].ravel()])
            for joint, row in zip(other.target.joints, other.indices, strict=True)
        }
        return Converter(self.source, other.target, joints)


_S20_LIMBS = {
    "shoulder": ("upper_arm_proximal",),
    "elbow": ("upper_arm_distal", "lower_arm_proximal"),
    "wrist": ("lower_arm_distal",),
    "hip": ("upper_leg_proximal",),
    "knee": ("upper_leg_distal", "lower_leg_proximal"),
    "ankle": ("lower_leg_distal",),
}

S20_TO_S16 = Converter(
    S20,
    S16,
    {
        "head": "head_distal",
        "neck": "head_proximal",
        "thorax": "torso_proximal",
        "pelvis": "torso_distal",
        **{
            f"{side}_{joint}": [f"{side}_{end}" for end in ends]
            for side in "lr"
            for joint, ends in _S20_LIMBS.items()
        },
    },
)
_S16_TO_S14 = Converter(S16, S14, {})
# In VideoPose3D's 15 joints the thorax is the mean of the upper end of the torso (S16's thorax) and
# of the lower end of the head (S16's neck).
_S16_TO_EVA_15 = Converter(S16, EVA_15, {"thorax": ("thorax", "neck")})
_H36M_17_TORSO = {"pelvis": ("l_hip", "r_hip"), "spine": "thorax", "thorax": "neck"}
_H36M_17_HEAD = {"nose": "head-center", "head": "head-back"}

CONVERTERS = (
    S20_TO_S16,
    S20_TO_S16.then(_S16_TO_S14),
    S20_TO_S16.then(_S16_TO_EVA_15),
    _S16_TO_S14,
    _S16_TO_EVA_15,
    # The 15 joints have no neck: the thorax, halfway between the two, is the nearest joint.
    Converter(EVA_15, S14, {"neck": "thorax"}),
    Converter(S24, S14, {"head": "head-back"}),
    Converter(S24, H36M_17, _H36M_17_TORSO | _H36M_17_HEAD),
    Converter(H36M_17, S14, {"neck": "thorax"}),
    # Back from fewer joints: the pelvis is between the hips, the top of the torso at the neck.
    Converter(S14, S16, {"pelvis": ("l_hip", "r_hip"), "thorax": "neck"}),
    Converter(S14, EVA_15, {"pelvis": ("l_hip", "r_hip"), "thorax": "neck"}),
    Converter(EVA_15, S16, {"neck": "thorax"}),
)
