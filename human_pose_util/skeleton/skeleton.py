"""What a skeleton is: named joints in an order, their parents, and which mirror which."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from human_pose_util.errors import SpecError


@dataclass(frozen=True)
class Skeleton:
    """Named joints in the order in which arrays hold them.

    Attributes:
        id: the name under which it is registered.
        links: (joint, parent) for every joint, in order; the parent of a root is None. A joint
            "l_x" is on the left and mirrors "r_x".
        head: the joint from which heights are measured ...
        feet: ... to the midpoint of these.
        hips: left and right; the front is perpendicular to the line between them.
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
        for problem, found in problems.items():
            if found:
                raise SpecError(f"skeleton {self.id!r} has {problem}")

    @staticmethod
    def _mirrored(joint: str) -> str:
        return {"l_": "r_", "r_": "l_"}.get(joint[:2], joint[:2]) + joint[2:]

    @cached_property
    def joints(self) -> tuple[str, ...]:
        """Joint names, in order."""
        return tuple(joint for joint, _ in self.links)

    @property
    def n_joints(self) -> int:
        """How many joints there are."""
        return len(self.links)

    def index(self, joint: str) -> int:
        """Position of a joint. Raises SpecError for an unknown one."""
        try:
            return self.joints.index(joint)
        except ValueError:
            raise SpecError(
                f"skeleton {self.id!r} has no joint {joint!r}: it has {', '.join(self.joints)}"
            ) from None

    @cached_property
    def parents(self) -> np.ndarray:
        """[n_joints] index of each joint's parent, −1 for a root."""
        return np.array([-1 if p is None else self.index(p) for _, p in self.links])

    @cached_property
    def root_index(self) -> int:
        """Index of the (first) root."""
        return int(np.argmax(self.parents < 0))

    @cached_property
    def bones(self) -> np.ndarray:
        """[n_bones, 2] indices (child, parent)."""
        return np.array([(j, p) for j, p in enumerate(self.parents) if p >= 0]).reshape(-1, 2)

    @cached_property
    def hops(self) -> np.ndarray:
        """[n_joints, n_joints] how many bones are between two joints; n_joints for no way."""
        n = self.n_joints
        hops = np.where(np.eye(n, dtype=bool), 0, n)
        for child, parent in self.bones:
            hops[child, parent] = hops[parent, child] = 1
        for k in range(n):  # Floyd and Warshall's
            hops = np.minimum(hops, hops[:, k, None] + hops[k])
        return np.minimum(hops, n)

    @cached_property
    def mirror(self) -> np.ndarray:
        """[n_joints] the permutation that swaps left and right: `p[..., mirror, :]`."""
        return np.array([self.index(self._mirrored(joint)) for joint in self.joints])

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """'l', 'r' or '' for each joint."""
        return tuple(j[0] if j[:2] in ("l_", "r_") else "" for j in self.joints)

    def height(self, p3) -> np.ndarray:
        """Distance from the head to the midpoint of the feet.

        Args:
            p3: [A1, ..., An, n_joints, 3] poses.

        Returns:
            [A1, ..., An] in the unit of p3. A subject's height is the largest over its poses.
        """
        left, right = (p3[..., self.index(foot), :] for foot in self.feet)
        return np.linalg.norm(p3[..., self.index(self.head), :] - (left + right) / 2, axis=-1)

    def front_angle(self, p3) -> np.ndarray:
        """Angle about z [rad] of the line from the right to the left hip; 0 is facing front.

        Args:
            p3: [A1, ..., An, n_joints, 3] poses, z up.

        Returns:
            [A1, ..., An] radians in [−π, π].
        """
        left, right = (p3[..., self.index(hip), :] for hip in self.hips)
        return np.arctan2(left[..., 1] - right[..., 1], left[..., 0] - right[..., 0])
