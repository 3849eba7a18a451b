"""Skeletons: named joints in an order, their parents, and their mirror images."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from human_pose_util.errors import SpecError

PELVIS = "pelvis"
"""The joint in the middle of the hips, from which spine and legs go."""


def side_and_part(joint: str) -> tuple[str, str]:
    """The side of a joint ("l", "r" or "") and its name without the side."""
    return (joint[0], joint[2:]) if joint[:2] in ("l_", "r_") else ("", joint)


def with_side(side: str, part: str) -> str:
    """The name of a joint on a side, if that is not empty."""
    return f"{side}_{part}" if side else part


@dataclass(frozen=True)
class Skeleton:
    """Named joints in the order in which arrays hold them.

    Attributes:
        id: the name under which the skeleton is registered.
        links: (joint, parent) for every joint, in the order of the joints; the parent of a root
            is None. A joint "l_x" is on the left and is the mirror image of "r_x".
        head: the joint at which the height of a pose begins.
        feet: the two joints at whose midpoint the height of a pose ends.
        hips: the left and the right hip; the front is perpendicular to the line between them.
    """

    id: str
    links: tuple[tuple[str, str | None], ...]
    head: str = "head"
    feet: tuple[str, str] = ("l_ankle", "r_ankle")
    hips: tuple[str, str] = ("l_hip", "r_hip")

    def __post_init__(self):
        names = [joint for joint, _ in self.links]
        unknown = {p for _, p in self.links if p is not None} - set(names)
        mirrored = {self._mirrored(j) for j in names}
        problems = {
            "the same joint twice": len(set(names)) < len(names),
            f"parents that are no joints: {sorted(unknown)}": unknown,
            f"joints without a mirror image: {sorted(mirrored - set(names))}": mirrored
            - set(names),
            "no root (a joint whose parent is None)": all(p is not None for _, p in self.links),
        }
        for problem, exists in problems.items():
            if exists:
                raise SpecError(f"skeleton {self.id!r} has {problem}")
        parents, loose = dict(self.links), set(names)
        for _ in names:  # in so many steps every joint reaches its root, unless there is a loop
            loose = {parent for joint in loose if (parent := parents[joint]) is not None}
        if loose:
            raise SpecError(f"skeleton {self.id!r} has a loop of joints: {sorted(loose)}")

    @staticmethod
    def _mirrored(joint: str) -> str:
        """The name of the mirror image of a joint, which may be the joint itself."""
        side, part = side_and_part(joint)
        return with_side({"l": "r", "r": "l", "": ""}[side], part)

    @cached_property
    def joints(self) -> tuple[str, ...]:
        """Names of the joints, in order."""
        return tuple(joint for joint, _ in self.links)

    @property
    def n_joints(self) -> int:
        """Number of joints."""
        return len(self.links)

    def joint_index(self, joint: str) -> int:
        """Position of a joint in the order.

        Raises:
            SpecError: the skeleton has no such joint.
        """
        try:
            return self.joints.index(joint)
        except ValueError:
            raise SpecError(
                f"skeleton {self.id!r} has no joint {joint!r}: it has {', '.join(self.joints)}"
            ) from None

    def has_joint(self, joint: str) -> bool:
        """Whether the skeleton has a joint of this name."""
        return joint in self.joints

    def parent(self, joint: str) -> str | None:
        """The name of a joint's parent; None for a root.

        Raises:
            SpecError: the skeleton has no such joint.
        """
        return self.links[self.joint_index(joint)][1]

    @cached_property
    def parents(self) -> np.ndarray:
        """[n_joints] index of each joint's parent, −1 for a root."""
        return np.array([-1 if p is None else self.joint_index(p) for _, p in self.links])

    @cached_property
    def root_index(self) -> int:
        """Index of the (first) root."""
        return int(np.argmax(self.parents < 0))

    @cached_property
    def bones(self) -> np.ndarray:
        """[n_bones, 2] indices (child, parent)."""
        bones = [(j, p) for j, p in enumerate(self.parents) if p >= 0]
        return np.array(bones, dtype=int).reshape(-1, 2)

    @cached_property
    def hops(self) -> np.ndarray:
        """[n_joints, n_joints] number of bones between two joints; n_joints where no path is."""
        from scipy.sparse.csgraph import shortest_path

        is_bone = np.zeros((self.n_joints, self.n_joints))
        is_bone[tuple(self.bones.T)] = 1
        return np.minimum(shortest_path(is_bone, directed=False), self.n_joints).astype(int)

    @cached_property
    def mirror(self) -> np.ndarray:
        """[n_joints] the permutation that swaps left and right: `p[..., mirror, :]`."""
        return np.array([self.joint_index(self._mirrored(joint)) for joint in self.joints])

    @cached_property
    def kinds(self) -> np.ndarray:
        """[n_joints] a number for each joint, the same for a joint and its mirror image."""
        return np.minimum(np.arange(self.n_joints), self.mirror)

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """The side of each joint: 'l', 'r' or ''."""
        return tuple(side_and_part(joint)[0] for joint in self.joints)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The name of each joint without its side."""
        return tuple(side_and_part(joint)[1] for joint in self.joints)

    @cached_property
    def limb_bones(self) -> np.ndarray:
        """[n_bones] whether a bone is within an arm or a leg: both of its ends are on one side."""
        sides = np.array(self.sides)[self.bones]
        return (sides[:, 0] == sides[:, 1]) & (sides[:, 0] != "")

    @cached_property
    def limbs(self) -> tuple[tuple[int, ...], ...]:
        """The arms and legs as indices of joints: where a limb hangs, then the joints beyond.

        A limb is what belongs to one side of the body, such as hip, knee and ankle.
        """

        def top(j: int) -> int:
            while (parent := int(self.parents[j])) >= 0 and self.sides[parent] == self.sides[j]:
                j = parent
            return j

        found: dict[int, list[int]] = {}
        for j, side in enumerate(self.sides):
            if side:
                found.setdefault(top(j), []).append(j)
        return tuple((start, *(j for j in joints if j != start)) for start, joints in found.items())

    def height(self, p3) -> np.ndarray:
        """Distance from the head to the midpoint of the feet.

        Args:
            p3: [A1, ..., An, n_joints, 3] poses.

        Returns:
            [A1, ..., An] distances in the unit of `p3`. The height of a subject is the largest
            distance in any of its poses.
        """
        left, right = (p3[..., self.joint_index(foot), :] for foot in self.feet)
        return np.linalg.norm(p3[..., self.joint_index(self.head), :] - (left + right) / 2, axis=-1)

    def front_angle(self, p3) -> np.ndarray:
        """Angle about z of the line from the right to the left hip; 0 for a pose that faces front.

        Args:
            p3: [A1, ..., An, n_joints, 3] poses in any unit, z up. A pose that faces front has
                its left hip in the direction +x of its right hip, and looks along −y.

        Returns:
            [A1, ..., An] radians in [−π, π].
        """
        left, right = (p3[..., self.joint_index(hip), :] for hip in self.hips)
        return np.arctan2(left[..., 1] - right[..., 1], left[..., 0] - right[..., 0])
