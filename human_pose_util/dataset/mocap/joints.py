"""The s24 joints in the CMU data base's skeletons."""

from collections.abc import Sequence
from pathlib import Path

from human_pose_util.dataset.mocap.bvh import END_SITE
from human_pose_util.dataset.text import broken
from human_pose_util.skeleton import S24

# s24 joint → the bone at whose end the joint is.
_ASF_LEG = {"hip": "hipjoint", "knee": "femur", "ankle": "tibia", "ball": "foot", "toes": "toes"}
_ASF_ARM = {
    "shoulder": "clavicle",
    "elbow": "humerus",
    "wrist": "radius",
    "thumb": "thumb",
    "little": "fingers",
}
ASF_JOINTS = {
    "thorax": "upperback",
    "neck": "thorax",
    "head-back": "upperneck",
    "head-center": "head",
    **{f"{s}_{j}": s + b for s in "lr" for j, b in (_ASF_LEG | _ASF_ARM).items()},
}

# s24 joint → the file's joint or end site. {} stands for Left or Right, {:.1} for L or R.
_BVH_LIMBS = {
    "hip": "{}UpLeg",
    "knee": "{}Leg",
    "ankle": "{}Foot",
    "ball": "{}ToeBase",
    "toes": "{}ToeBase" + END_SITE,
    "shoulder": "{}Arm",
    "elbow": "{}ForeArm",
    "wrist": "{}Hand",
    "thumb": "{:.1}Thumb" + END_SITE,
    "little": "{}HandIndex1" + END_SITE,
}
BVH_JOINTS = {
    "thorax": "Spine1",
    "neck": "Neck1",
    "head-back": "Head",
    "head-center": "Head" + END_SITE,
    **{
        f"{side[0].lower()}_{joint}": name.format(side)
        for side in ("Left", "Right")
        for joint, name in _BVH_LIMBS.items()
    },
}


def s24_indices(names: Sequence[str], joints: dict[str, str], source: str | Path) -> list[int]:
    """Indices of the s24 joints among the positions of a file.

    Args:
        names: names of the file's positions.
        joints: s24 joint → name, `ASF_JOINTS` or `BVH_JOINTS`.
        source: name of the file, for messages.

    Returns:
        [24] indices into `names`, in the order of s24.

    Raises:
        DataError: the file lacks a joint.
    """
    for joint in S24.joints:
        if joints[joint] not in names:
            problem = f"there is no {joints[joint]!r}, the s24 joint {joint!r}"
            raise broken(source, problem, "use recordings with the CMU data base's skeleton")
    return [names.index(joints[joint]) for joint in S24.joints]
