"""The skeletons of keypoint detectors, with keypoints in the order of the detectors' files.

COCO's 17 keypoints (Lin et al., "Microsoft COCO", 2014), and the 18 and 25 keypoints of OpenPose
(Cao et al., "OpenPose", 2019).
"""

from human_pose_util.skeleton.skeleton import Skeleton
from human_pose_util.skeleton.skeletons import arm, leg, links

FACE = ("nose", "l_eye", "r_eye", "l_ear", "r_ear")
"""The keypoints of a face."""

FEET = ("ankle", "heel", "ball", "foot", "toe", "toes", "big_toe", "small_toe")
"""Names of the joints of a foot, without their side."""


_EYES = links("l_eye<nose r_eye<nose l_ear<l_eye r_ear<r_eye")
_FROM_NECK = (("nose", "neck"), *_EYES, *arm("lr", "neck"))
_FEET = links(
    "l_big_toe<l_ankle l_small_toe<l_big_toe l_heel<l_ankle "
    "r_big_toe<r_ankle r_small_toe<r_big_toe r_heel<r_ankle"
)


def _keypoints(name: str, order: str, *parents: tuple[str, str | None]) -> Skeleton:
    """A skeleton of keypoints in the given order, with the links (joint, parent) `parents`."""
    return Skeleton(name, tuple((j, dict(parents).get(j)) for j in order.split()), head="nose")


COCO_17 = _keypoints(
    "coco17",
    "nose l_eye r_eye l_ear r_ear l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist "
    "l_hip r_hip l_knee r_knee l_ankle r_ankle",
    *(*_EYES, *arm("lr", "nose"), *leg("l", "l_shoulder"), *leg("r", "r_shoulder")),
)

_OPENPOSE_ARMS = "nose neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist"
_OPENPOSE_LEGS = "r_hip r_knee r_ankle l_hip l_knee l_ankle r_eye l_eye r_ear l_ear"

COCO_18 = _keypoints(
    "coco18", f"{_OPENPOSE_ARMS} {_OPENPOSE_LEGS}", *_FROM_NECK, *leg("lr", "neck")
)

BODY_25 = _keypoints(
    "body25",
    f"{_OPENPOSE_ARMS} mid_hip {_OPENPOSE_LEGS} {' '.join(joint for joint, _ in _FEET)}",
    *(*_FROM_NECK, ("mid_hip", "neck"), *leg("lr", "mid_hip"), *_FEET),
)

KEYPOINTS = (COCO_17, COCO_18, BODY_25)
"""The skeletons that detectors of keypoints use."""
