"""From one skeleton to another: every joint is the mean of one or more joints of the source."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import H36M_17, S14, S16, S20, S24
from human_pose_util.transforms.backend import take


@dataclass(frozen=True)
class Converter:
    """A linear map between skeletons, on arrays and tensors alike.

    Attributes:
        source: skeleton of the poses that go in.
        target: skeleton of the poses that come out.
        joints: target joint → source joint, or joints, whose mean it is. A joint that is not
            named is the source's joint of the same name.
    """

    source: Skeleton
    target: Skeleton
    joints: Mapping[str, str | Sequence[str]]

    def __post_init__(self):
        unknown = set(self.joints) - set(self.target.joints)
        if unknown:
            raise SpecError(
                f"converter {self.source.id} → {self.target.id}: "
                f"{sorted(unknown)} are no joints of {self.target.id}"
            )

    @cached_property
    def indices(self) -> np.ndarray:
        """[n_target_joints, k] source joints; a target joint is the mean of its row."""
        rows = [self.joints.get(joint, joint) for joint in self.target.joints]
        rows = [(row,) if isinstance(row, str) else tuple(row) for row in rows]
        k = math.lcm(*(len(row) for row in rows))
        return np.array([[self.source.index(j) for j in row] * (k // len(row)) for row in rows])

    def convert(self, p, axis: int = -2):
        """Convert poses.

        Args:
            p: [A1, ..., An, n_source_joints, d] positions (d = 3 or 2), array or tensor. A NaN
                joint makes NaN only those that are made of it.
            axis: which axis the joints are along.

        Returns:
            [A1, ..., An, n_target_joints, d], the same kind.
        """
        if self.is_identity:
            return p
        n_means = self.indices.shape[1]
        total = sum(take(p, self.indices[:, i], axis=axis) for i in range(n_means))
        return total if n_means == 1 else total / n_means

    @cached_property
    def is_identity(self) -> bool:
        """Whether poses stay as they are."""
        joints = np.arange(self.source.n_joints)[:, None]
        return self.indices.shape == joints.shape and bool(np.all(self.indices == joints))

    def then(self, other: "Converter") -> "Converter":
        """This conversion followed by another one."""
        names = np.array(self.source.joints)
        joints = {
            joint: tuple(names[self.indices[row].ravel()])
            for joint, row in zip(other.target.joints, other.indices, strict=True)
        }
        return Converter(self.source, other.target, joints)


def _both_sides(joints: Mapping[str, str | Sequence[str]]) -> dict[str, str | tuple[str, ...]]:
    def on(side: str, name: str | Sequence[str]):
        one = isinstance(name, str)
        return f"{side}_{name}" if one else tuple(f"{side}_{n}" for n in name)

    return {on(side, a): on(side, b) for side in "lr" for a, b in joints.items()}


_S20_LIMBS = {
    "shoulder": "upper_arm_proximal",
    "elbow": ("upper_arm_distal", "lower_arm_proximal"),
    "wrist": "lower_arm_distal",
    "hip": "upper_leg_proximal",
    "knee": ("upper_leg_distal", "lower_leg_proximal"),
    "ankle": "lower_leg_distal",
}

S20_TO_S16 = Converter(
    S20,
    S16,
    {
        "head": "head_distal",
        "neck": "head_proximal",
        "thorax": "torso_proximal",
        "pelvis": "torso_distal",
        **_both_sides(_S20_LIMBS),
    },
)
S16_TO_S14 = Converter(S16, S14, {})
S24_TO_S14 = Converter(S24, S14, {"head": "head-back"})
S24_TO_H36M_17 = Converter(
    S24,
    H36M_17,
    {
        "pelvis": ("l_hip", "r_hip"),
        "spine": "thorax",
        "thorax": "neck",
        "nose": "head-center",
        "head": "head-back",
    },
)
H36M_17_TO_S14 = Converter(H36M_17, S14, {"neck": "thorax"})

CONVERTERS = (
    S20_TO_S16,
    S20_TO_S16.then(S16_TO_S14),
    S16_TO_S14,
    S24_TO_S14,
    S24_TO_H36M_17,
    H36M_17_TO_S14,
)
