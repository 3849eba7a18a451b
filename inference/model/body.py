"""The bones whose lengths the frames of a sequence share: of arms, legs, the pelvis and the torso.

A generated pose has a body of its own, but a film shows one. What is rigid is the link between two
joints of one side, such as thigh and forearm, and the distance between the hips; the left bone is
as long as the right one.

The torso counts as two bones, each from a shoulder to the opposite hip. It bends, but little: in
the 22 evaluation sequences, this distance has a standard deviation of 1.6 % over time (that from a
shoulder to the hip below it 3.4 %). So a torso that looks short leans towards the camera or away
from it. Without these two bones, a search explains it by a torso that shrinks by a fifth, and real
films have errors of 53.3 instead of 50.9 mm. Other links of the spine and the shoulders bend more.
"""

from dataclasses import dataclass

import numpy as np

from human_pose_util.skeleton import Skeleton

SHOULDERS = ("l_shoulder", "r_shoulder")
"""Names of the joints where the arms hang, in skeletons that have them."""

LEAST_SPREAD = 2e-3
"""Least standard deviation of a bone's length between people [subject heights]."""


@dataclass(frozen=True)
class Bones:
    """The rigid bones of a skeleton.

    Attributes:
        names: names of the kinds of bones, such as "knee" for those from hips to knees.
        ends: [n_bones, 2] indices of the joints of each bone.
        kinds: [n_bones] index of each bone's kind in `names`; left and right are of one kind.
    """

    names: tuple[str, ...]
    ends: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, skeleton: Skeleton) -> "Bones":
        """The rigid bones of a skeleton.

        Args:
            skeleton: the skeleton.
        """
        limbs = skeleton.bones[skeleton.limb_bones]
        links = [(skeleton.parts[child], child, parent) for child, parent in limbs]
        left, right = map(skeleton.joint_index, skeleton.hips)
        links.append(("hips", left, right))
        if set(SHOULDERS) <= set(skeleton.joints):
            left_shoulder, right_shoulder = map(skeleton.joint_index, SHOULDERS)
            links += [("torso", left_shoulder, right), ("torso", right_shoulder, left)]
        names = tuple(dict.fromkeys(name for name, *_ in links))
        ends = np.array([link[1:] for link in links])
        return cls(names, ends, np.array([names.index(name) for name, *_ in links]))

    def among(self, is_chosen: np.ndarray) -> "Bones":
        """The bones between chosen joints, which are numbered anew.

        Args:
            is_chosen: [n_joints] whether a joint is chosen.
        """
        rows, numbers = is_chosen[self.ends].all(axis=1), np.cumsum(is_chosen) - 1
        return Bones(self.names, numbers[self.ends[rows]], self.kinds[rows])

    def difference(self, n_joints: int) -> np.ndarray:
        """[n_joints, n_bones] the matrix that takes coordinates of joints to those of bones."""
        matrix = np.zeros((n_joints, len(self.ends)), np.float32)
        bones = np.arange(len(self.ends))
        matrix[self.ends[:, 0], bones], matrix[self.ends[:, 1], bones] = 1.0, -1.0
        return matrix

    def norms(self, poses: np.ndarray) -> np.ndarray:
        """Lengths of all bones [n, n_bones] of poses [n, n_joints, 3], in the unit of `poses`."""
        ends = poses[:, self.ends]
        return np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=-1)

    def measure(self, poses: np.ndarray) -> np.ndarray:
        """Lengths of the bones of poses, the mean of left and right.

        Args:
            poses: [n, n_joints, 3] positions in any unit.

        Returns:
            [n, n_kinds] in the unit of `poses`.
        """
        norms = self.norms(poses)
        columns = [norms[:, self.kinds == i].mean(axis=1) for i in range(len(self.names))]
        return np.stack(columns, axis=1)

    def attributes(self, poses: np.ndarray) -> dict[str, object]:
        """The body of someone as results store it: names and mean lengths of the bones.

        Args:
            poses: [n, n_joints, 3] poses of one person in any unit, which the lengths have too.
        """
        return {"bones": ",".join(self.names), "bone_lengths": self.measure(poses).mean(axis=0)}


@dataclass(frozen=True)
class BoneLengths:
    """How long the bones of people are, as generated poses have them.

    Attributes:
        names: the kinds of bones.
        mean: [n_kinds] in subject heights.
        std: [n_kinds] standard deviations between people, in subject heights.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def of(cls, bones: Bones, poses: np.ndarray) -> "BoneLengths":
        """The lengths in generated poses.

        Args:
            bones: the bones.
            poses: [n, n_joints, 3] poses in subject heights.
        """
        lengths = bones.measure(poses)
        return cls(bones.names, lengths.mean(axis=0), np.maximum(lengths.std(axis=0), LEAST_SPREAD))
