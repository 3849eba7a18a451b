"""Names of joints as tools spell them, and the skeleton that they name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from human_pose_util.skeleton import S20, SKELETONS, SMPL24, Skeleton
from human_pose_util.skeleton.keypoints import KEYPOINTS
from human_pose_util.skeleton.skeleton import with_side

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_SIDES = {"l": "l", "left": "l", "r": "r", "right": "r"}

# What a name without its side may be called in the skeletons, the likeliest first.
_SYNONYMS = {
    "sho": ("shoulder",),
    "elb": ("elbow",),
    "wri": ("wrist",),
    "kne": ("knee",),
    "ank": ("ankle",),
    "foot": ("foot", "ankle"),
    "bigtoe": ("big_toe", "toes", "toe"),
    "big_toe": ("big_toe", "toes", "toe"),
    "toe": ("toe", "toes", "big_toe"),
    "foot_index": ("big_toe", "toes", "toe"),
    "smalltoe": ("small_toe",),
    "little_toe": ("small_toe",),
    "head": ("head", "head_top", "head-back"),
    "headtop": ("head_top", "head"),
    "head_top": ("head_top", "head"),
    "top_head": ("head_top", "head"),
    "top_of_head": ("head_top", "head"),
    "forehead": ("head_top", "head"),
    "head_bottom": ("upper_neck", "neck"),
    "upperneck": ("upper_neck", "neck"),
    "upper_neck": ("upper_neck", "neck"),
    "chin": ("upper_neck", "neck"),
    "neck": ("neck", "upper_neck"),
    "neck_base": ("neck",),
    "thorax": ("thorax", "neck"),
    "chest": ("thorax",),
    "torso": ("spine",),
    "pinky": ("little",),
    "pinky_1": ("little",),
    "pinky_finger_1": ("little",),
    "thumb_2": ("thumb",),
    **dict.fromkeys(
        ("hip", "hips", "pelvis", "root", "mid_hip", "midhip", "hip_center", "center_hip"),
        ("pelvis", "mid_hip"),
    ),
}

# Names that mean another joint in one skeleton: Human3.6M's 17 joints go by several names.
_OWN_SYNONYMS = {
    "h36m-17": {
        "neck_base": ("nose",),
        "neck_nose": ("nose",),
        "neck": ("thorax",),
        "foot": ("ankle",),
    }
}

_PARTS = {part for skeleton in SKELETONS for part in skeleton.parts}
_MIN_JOINTS, _MIN_SIDED = 6, 4


@dataclass(frozen=True)
class NamedSkeleton:
    """The skeleton that the names of keypoints are of.

    Attributes:
        skeleton: the skeleton.
        columns: [n_joints] place of each joint among the names; −1 for a joint without a name.
    """

    skeleton: Skeleton
    columns: tuple[int, ...]

    @property
    def n_named(self) -> int:
        """Number of joints that have a name."""
        return sum(column >= 0 for column in self.columns)


def skeleton_of_names(
    names: Sequence[str], skeletons: Sequence[Skeleton] | None = None
) -> NamedSkeleton | None:
    """The skeleton that has the most joints of the names.

    Args:
        names: names of keypoints in any spelling and order.
        skeletons: the skeletons to choose from; by default all but those of other data.

    Returns:
        Of several skeletons with as many joints among the names the smallest one; None if the names
        are not those of a body's joints.
    """
    # Of two skeletons with as many joints the one of a detector is likelier.
    own = [s for s in SKELETONS if s not in (S20, SMPL24, *KEYPOINTS)]
    known = skeletons or [*KEYPOINTS, *own]
    parsed = [parse_joint(name) for name in names]
    found = [_match(parsed, skeleton) for skeleton in known]
    best = max(found, key=lambda match: (match.n_named, -match.skeleton.n_joints))
    sided = sum(c >= 0 and s != "" for c, s in zip(best.columns, best.skeleton.sides, strict=True))
    return best if best.n_named >= _MIN_JOINTS and sided >= _MIN_SIDED else None


def parse_joint(name: str) -> tuple[str, str]:
    """The side ("l", "r" or "") and the part in the name of a joint, in any usual spelling."""
    words = [word.lower() for word in _WORDS.findall(name.replace("-", "_"))]
    sides = [_SIDES[word] for word in words if word in _SIDES]
    rest = [word for word in words if word not in _SIDES]
    if sides or len(rest) != 1:
        # DeepLabCut's models number the limbs of a pair: 1 is right, as in MPII.
        if not sides and len(rest) == 2 and rest[0] in _PARTS and rest[1] in ("1", "2"):
            return "rl"[int(rest[1]) - 1], rest[0]
        return (sides or [""])[0], "_".join(rest)
    [word] = rest
    known = {*_PARTS, *_SYNONYMS}
    if word not in known and word[:1] in _SIDES and word[1:] in known:  # "lshoulder"
        return word[0], word[1:]
    return "", word


def _match(parsed: Sequence[tuple[str, str]], skeleton: Skeleton) -> NamedSkeleton:
    """Which joint of a skeleton each name is: first those of equal names, then synonyms."""
    own = _OWN_SYNONYMS.get(skeleton.id, {})
    columns = dict.fromkeys(skeleton.joints, -1)
    used = set()
    for is_exact in (True, False):
        for i, (side, part) in enumerate(parsed):
            parts = (part,) if is_exact else (*own.get(part, ()), *_SYNONYMS.get(part, ()))
            if side and part in ("hip", "hips"):
                parts = ("hip",)
            joints = [with_side(side, name) for name in parts]
            joint = next((joint for joint in joints if columns.get(joint) == -1), None)
            if i not in used and joint is not None:
                columns[joint] = i
                used.add(i)
    return NamedSkeleton(skeleton, tuple(columns.values()))
