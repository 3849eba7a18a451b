"""The keypoints of detectors, in the order of their files, and what each of them shows of a body.

To add a skeleton of keypoints, add a row to `ORDERS`: its name and the names of its keypoints. The
links follow from the names, and so do left and right and the joints that a keypoint shows.
"""

from dataclasses import dataclass

from human_pose_util.skeleton.skeleton import Skeleton, side_and_part, with_side

FACE = ("nose", "l_eye", "r_eye", "l_ear", "r_ear")
"""The keypoints of a face."""

FEET = ("ankle", "heel", "ball", "foot", "toe", "toes", "big_toe", "small_toe")
"""Names of the joints of a foot, without their side."""

HANDS = ("hand", "thumb", "index", "little")
"""Names of the joints of a hand beyond the wrist, without their side."""


@dataclass(frozen=True)
class Shown:
    """What a keypoint shows of a body.

    Attributes:
        alternatives: joints of which the keypoint shows the mean; "_x" is the joint "x" on the side
            of the keypoint. The first alternative that a skeleton has counts.
        trust: weight of the keypoint, from 0 to 1.
    """

    alternatives: tuple[tuple[str, ...], ...] = ()
    trust: float = 1.0


# The middle of the head is about the breadth of a hand away from each point of the face and from
# the top of the head.
_HEAD = Shown(
    (("head-back", "head-center"), ("head", "neck"), ("head_distal", "head_proximal")), 0.1
)

SHOWN = {
    **dict.fromkeys(("nose", "eye", "ear", "head_top"), _HEAD),
    # The neck of OpenPose, Halpe and MPII (there "thorax") is the middle of the shoulders. That of
    # LSP, CrowdPose and BODY_25B is the upper end of the neck, some 8 cm above.
    "neck": Shown((("l_shoulder", "r_shoulder"),)),
    "upper_neck": Shown((("neck", "head-back"), ("neck",)), 0.3),
    "mid_hip": Shown((("l_hip", "r_hip"),)),
    # The tip of the big toe. The small toe's tip lies beside the middle between toes and ball.
    "big_toe": Shown((("_toes",), ("_toe",))),
    "small_toe": Shown((("_ball", "_toes"),), 0.2),
    # Knuckles of the thumb and of the little finger. The hands of motion capture are ends of bones,
    # 4 to 17 cm from the wrist, so that a knuckle tells the direction of a hand, not its length.
    "thumb": Shown((("_thumb",),), 0.2),
    "little": Shown((("_little",),), 0.2),
}
"""What a keypoint of a detector shows, by its name without its side. A keypoint that is not listed
shows the joint of the same name: heels show nothing, unless a skeleton has heels."""

_PARENTS = {
    "eye": ("nose",),
    "ear": ("eye", "nose"),
    "nose": ("neck", "upper_neck"),
    "head_top": ("upper_neck", "nose", "neck"),
    "upper_neck": ("neck",),
    "shoulder": ("neck", "upper_neck", "nose"),
    "elbow": ("shoulder",),
    "wrist": ("elbow",),
    "thumb": ("wrist",),
    "index": ("wrist",),
    "little": ("wrist",),
    "mid_hip": ("neck", "upper_neck"),
    "hip": ("mid_hip", "neck", "upper_neck", "shoulder"),
    "knee": ("hip",),
    "ankle": ("knee",),
    "heel": ("ankle",),
    "big_toe": ("ankle",),
    "small_toe": ("big_toe",),
}


@dataclass(frozen=True)
class KeypointLayout:
    """Keypoints in the order of a detector's files.

    Attributes:
        skeleton: the keypoints that count, in the order of the files.
        columns: place of each of them in a file.
        n_keypoints: number of keypoints in a file.
    """

    skeleton: Skeleton
    columns: tuple[int, ...]
    n_keypoints: int


def _parent(joint: str, joints: list[str]) -> str | None:
    """The parent of a keypoint: the first possible one that the skeleton has."""
    side, part = side_and_part(joint)
    for parent in _PARENTS.get(part, ()):
        for name in (with_side(side, parent), parent):
            if name in joints:
                return name
    return None


def _layout(name: str, order: str) -> KeypointLayout:
    """The layout of a file with keypoints in the given order; "." is one that does not count."""
    words = order.split()
    columns = tuple(i for i, word in enumerate(words) if word != ".")
    joints = [words[i] for i in columns]
    links = tuple((joint, _parent(joint, joints)) for joint in joints)
    head = "nose" if "nose" in joints else "head_top"
    return KeypointLayout(Skeleton(name, links, head=head), columns, len(words))


_COCO_FACE = "nose l_eye r_eye l_ear r_ear"
_COCO_LIMBS = (
    "l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist l_hip r_hip l_knee r_knee "
    "l_ankle r_ankle"
)
_COCO = f"{_COCO_FACE} {_COCO_LIMBS}"
_FEET = "l_big_toe l_small_toe l_heel r_big_toe r_small_toe r_heel"
_OPENPOSE_ARMS = "nose neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist"
_OPENPOSE_LEGS = "r_hip r_knee r_ankle l_hip l_knee l_ankle r_eye l_eye r_ear l_ear"
_HALPE = f"{_COCO} head_top neck mid_hip l_big_toe r_big_toe l_small_toe r_small_toe l_heel r_heel"
_LSP_LEGS = "r_ankle r_knee r_hip l_hip l_knee l_ankle"
_LSP_ARMS = "r_wrist r_elbow r_shoulder l_shoulder l_elbow l_wrist"
_FACE_68 = ". " * 68
# Wrist, four joints of the thumb, then of each finger, from the palm outwards: the knuckles are
# the thumb's second joint and the little finger's first.
_HAND_21 = "{0}. . {0}_thumb " + ". " * 14 + "{0}_little . . ."
_HANDS_42 = " ".join(_HAND_21.replace("{0}.", ".").format(side) for side in "lr")

ORDERS = {
    "coco17": _COCO,  # Lin et al., "Microsoft COCO", 2014
    "coco18": f"{_OPENPOSE_ARMS} {_OPENPOSE_LEGS}",  # Cao et al., "OpenPose", 2019
    "body25": f"{_OPENPOSE_ARMS} mid_hip {_OPENPOSE_LEGS} {_FEET}",
    "body25b": f"{_COCO} upper_neck head_top {_FEET}",  # OpenPose's experimental models
    "coco23": f"{_COCO} {_FEET}",
    "halpe26": _HALPE,  # Fang et al., "AlphaPose", 2022
    "halpe136": f"{_HALPE} {_FACE_68} {_HANDS_42}",
    "wholebody133": f"{_COCO} {_FEET} {_FACE_68} {_HANDS_42}",  # Jin et al., COCO-WholeBody, 2020
    # Bazarevsky et al., "BlazePose", 2020 (MediaPipe). Its thumb, index and pinky are knuckles, its
    # foot index is the tip of the big toe. Corners of eyes and mouth add nothing to the eyes.
    "blazepose33": (
        "nose . l_eye . . r_eye . l_ear r_ear . . l_shoulder r_shoulder l_elbow r_elbow "
        "l_wrist r_wrist l_little r_little l_index r_index l_thumb r_thumb "
        "l_hip r_hip l_knee r_knee l_ankle r_ankle l_heel r_heel l_big_toe r_big_toe"
    ),
    "openpose15": (  # OpenPose's MPI model: MPII's joints, and the chest
        "head_top upper_neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist "
        "r_hip r_knee r_ankle l_hip l_knee l_ankle ."
    ),
    "mpii16": f"{_LSP_LEGS} mid_hip neck upper_neck head_top {_LSP_ARMS}",
    "lsp14": f"{_LSP_LEGS} {_LSP_ARMS} upper_neck head_top",
    "crowdpose14": f"{_COCO_LIMBS} head_top upper_neck",
}

LAYOUTS = tuple(_layout(name, order) for name, order in ORDERS.items())
"""The layouts that detectors of keypoints use."""

KEYPOINTS = tuple(layout.skeleton for layout in LAYOUTS)
"""The skeletons of the layouts."""

_BY_NAME = {skeleton.id: skeleton for skeleton in KEYPOINTS}
COCO_17, COCO_18, BODY_25 = (_BY_NAME[name] for name in ("coco17", "coco18", "body25"))


def layout_of(skeleton: Skeleton) -> KeypointLayout:
    """The layout of files with the joints of a skeleton: a detector's, or just the joints."""
    found = next((layout for layout in LAYOUTS if layout.skeleton == skeleton), None)
    n = skeleton.n_joints
    return found or KeypointLayout(skeleton, tuple(range(n)), n)
