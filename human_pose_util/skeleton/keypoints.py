"""What detectors of keypoints see: their joints, and which of a skeleton's joints those are.

COCO's 17 keypoints (Lin et al. 2014), and the 18 and 25 of OpenPose (Cao et al. 2019), in their
files' order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.skeleton.converter import Converter
from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import arm, leg

FACE = ("nose", "l_eye", "r_eye", "l_ear", "r_ear")
FACE_TRUST = 0.1
"""Weight of a point of the face as the middle of the head: it is about a hand's breadth off."""

_HEADS = (("head-back", "head-center"), ("head", "neck"), ("head_distal", "head_proximal"))
_MEANS = {"neck": ("l_shoulder", "r_shoulder"), "mid_hip": ("l_hip", "r_hip")}
_OTHER_NAMES = {"l_big_toe": "l_toes", "r_big_toe": "r_toes"}


def _both(limb: Callable, left: str, right: str) -> dict[str, str]:
    """Child → parent of a left and a right limb that hang from these."""
    return dict((*limb("l", left), *limb("r", right)))


_EYES = {"l_eye": "nose", "r_eye": "nose", "l_ear": "l_eye", "r_ear": "r_eye"}
_FROM_NECK = {"nose": "neck", **_EYES, **_both(arm, "neck", "neck")}
_FEET = {
    f"{side}_{part}": f"{side}_{parent}"
    for side in "lr"
    for part, parent in (("big_toe", "ankle"), ("small_toe", "big_toe"), ("heel", "ankle"))
}


def _keypoints(name: str, order: str, parents: dict[str, str]) -> Skeleton:
    return Skeleton(name, tuple((j, parents.get(j)) for j in order.split()), head="nose")


COCO_17 = _keypoints(
    "coco17",
    "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist "
    "l_hip r_hip l_knee r_knee l_ankle r_ankle",
    _EYES | _both(arm, "nose", "nose") | _both(leg, "l_shoulder", "r_shoulder"),
)

_OPENPOSE_ARMS = "nose neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist"
_OPENPOSE_LEGS = "r_hip r_knee r_ankle l_hip l_knee l_ankle r_eye l_eye r_ear l_ear"

COCO_18 = _keypoints(
    "coco18",
    f"{_OPENPOSE_ARMS} {_OPENPOSE_LEGS}",
    _FROM_NECK | _both(leg, "neck", "neck"),
)

BODY_25 = _keypoints(
    "body25",
    f"{_OPENPOSE_ARMS} mid_hip {_OPENPOSE_LEGS} "
    "l_big_toe l_small_toe l_heel r_big_toe r_small_toe r_heel",
    _FROM_NECK | {"mid_hip": "neck"} | _both(leg, "mid_hip", "mid_hip") | _FEET,
)

KEYPOINTS = (COCO_17, COCO_18, BODY_25)


@dataclass(frozen=True)
class Sighting:
    """What keypoints show of a skeleton.

    Attributes:
        converter: from the skeleton to its own joints, followed by one joint for each keypoint
            that is the mean of several of them.
        columns: [n_target_joints] which keypoint shows a joint; −1 for none.
        trust: [n_target_joints] weight of what is seen of it.
        n_keypoints: how many there are.
    """

    converter: Converter
    columns: np.ndarray
    trust: np.ndarray
    n_keypoints: int

    def observe(self, keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Image points and confidences of the converter's target.

        Args:
            keypoints: [n_frames, n_keypoints, 3] x, y and confidence; NaN: not seen.

        Returns:
            [n_frames, n_target_joints, 2] image points, NaN where a joint is not seen, and
            [n_frames, n_target_joints] confidences, 0 there.
        """
        unseen = np.full((len(keypoints), 1, 3), np.nan)
        taken = np.concatenate([keypoints, unseen], axis=1)[:, self.columns]
        seen = np.isfinite(taken).all(axis=2) & (taken[..., 2] > 0)
        return (
            np.where(seen[..., None], taken[..., :2], np.nan),
            np.where(seen, taken[..., 2] * self.trust, 0.0),
        )

    def restore(self, poses: np.ndarray) -> np.ndarray:
        """Poses in the order of the keypoints, NaN for one that they do not tell.

        Args:
            poses: [n_frames, n_source_joints, d].

        Returns:
            [n_frames, n_keypoints, d].
        """
        shown = self.columns >= 0
        keypoints = np.full((len(poses), self.n_keypoints, poses.shape[2]), np.nan)
        keypoints[:, self.columns[shown]] = self.converter.convert(poses)[:, shown]
        return keypoints

    @property
    def observed(self) -> np.ndarray:
        """[n_source_joints] whether a keypoint shows exactly that joint."""
        return self.columns[: self.converter.source.n_joints] >= 0


def sighting(source: Skeleton, keypoints: Skeleton, converter: Converter | None = None) -> Sighting:
    """What keypoints show of a skeleton.

    Joints of the same name are the same, but for OpenPose's neck, which is the middle of the
    shoulders. A keypoint that is none of the skeleton's joints, nor the mean of some, is not used.

    Args:
        source: whose poses are sought.
        keypoints: what a detector gives.
        converter: from one to the other, where all keypoints are joints of the source.

    Raises:
        SpecError: the two have too little in common to place a pose.
    """
    if source.id == keypoints.id:
        converter = Converter(source, keypoints, {})
    rows = {
        column: sorted({source.joints[i] for i in converter.indices[column]})
        if converter
        else _joints_of(source, keypoints, name)
        for column, name in enumerate(keypoints.joints)
    }
    columns = np.full(source.n_joints, -1)
    extra, trust = {}, []
    for column, joints in rows.items():
        if len(joints) == 1:
            columns[source.index(joints[0])] = column
        elif joints:
            extra[column] = tuple(joints)
            trust.append(FACE_TRUST if keypoints.joints[column] in FACE else 1.0)
    if (columns >= 0).sum() < 3:
        raise SpecError(
            f"skeletons {source.id!r} and {keypoints.id!r} have too few joints in common"
        )
    names = {column: f"{keypoints.joints[column]} (seen)" for column in extra}
    target = Skeleton(
        f"{source.id} of {keypoints.id}",
        (*source.links, *((name, source.joints[source.root_index]) for name in names.values())),
        source.head,
        source.feet,
        source.hips,
    )
    means = {names[column]: joints for column, joints in extra.items()}
    return Sighting(
        Converter(source, target, means),
        np.concatenate([columns, list(extra)]).astype(int),
        np.concatenate([np.ones(source.n_joints), trust]),
        keypoints.n_joints,
    )


def _joints_of(source: Skeleton, keypoints: Skeleton, name: str) -> tuple[str, ...]:
    """The joints of the source whose mean a keypoint is; none if it is no such thing."""
    detected = keypoints in KEYPOINTS
    candidates = [(_OTHER_NAMES.get(name, name),)]
    if detected and name in _MEANS:
        candidates = [_MEANS[name]]
    elif detected and name in FACE:
        candidates = list(_HEADS)
    for joints in candidates:
        if set(joints) <= set(source.joints):
            return joints
    return ()
