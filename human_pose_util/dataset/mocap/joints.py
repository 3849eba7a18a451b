"""The s24 joints in motion files: which joint of a file shows them, by the names that tools write.

A naming gives each s24 joint one or more alternatives, and the first that a file has counts. An
alternative is the name of a joint or end site, or several names, of which the mean counts. Most
tools have no joint in the middle of the spine, where the root of s24 is; the mean of two is there.

A file is read by the first naming that finds every joint of `REQUIRED`. Joints beyond those, such
as toes and finger tips, are NaN where a file has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset.text import broken
from human_pose_util.skeleton import S24
from human_pose_util.skeleton.skeleton import side_and_part
from human_pose_util.units import MM_PER_CM, MM_PER_INCH

OPTIONAL = ("ball", "toes", "thumb", "little", "head-center")
"""The s24 joints, without their sides, that a file may lack."""

REQUIRED = tuple(j for j in S24.joints if side_and_part(j)[1] not in OPTIONAL)


@dataclass(frozen=True)
class Naming:
    """The names under which a tool writes the s24 joints.

    Attributes:
        title: the tool.
        joints: s24 joint → alternatives, each with one name or with several.
        unit_mm: the tool's unit of length [mm].
    """

    title: str
    joints: Mapping[str, tuple[tuple[str, ...], ...]]
    unit_mm: float = MM_PER_CM

    def find(self, names: Sequence[str]) -> dict[str, list[int]]:
        """The s24 joints that are among some names.

        Args:
            names: names of the positions in a file, without prefixes such as "mixamorig:".

        Returns:
            s24 joint → indices of the names whose mean is the joint.
        """
        known = {name: i for i, name in enumerate(names)}
        found = {}
        for joint, alternatives in self.joints.items():
            complete = (a for a in alternatives if all(name in known for name in a))
            if chosen := next(complete, None):
                found[joint] = [known[name] for name in chosen]
        return found


def naming(title: str, joints: Mapping[str, str], unit_mm: float = MM_PER_CM) -> Naming:
    """A naming from short texts.

    Args:
        title: the tool.
        joints: s24 joint, without the side of a limb → names: "|" parts alternatives and "+" the
            names of a mean; {Side}, {S} and {s} are Left, L and l, and end sites end with " end".
        unit_mm: the tool's unit of length [mm].
    """
    sides = {"l": {"Side": "Left", "S": "L", "s": "l"}, "r": {"Side": "Right", "S": "R", "s": "r"}}

    def alternatives(joint: str) -> tuple[tuple[str, ...], ...]:
        side, part = side_and_part(joint)
        text = joints.get(part, "").format_map(sides.get(side, {}))
        return tuple(tuple(names.split("+")) for names in text.split("|") if names)

    return Naming(title, {joint: alternatives(joint) for joint in S24.joints}, unit_mm)


ASF = naming(
    "CMU",
    {
        "thorax": "upperback", "neck": "thorax", "head-back": "upperneck", "head-center": "head",
        "hip": "{s}hipjoint", "knee": "{s}femur", "ankle": "{s}tibia", "ball": "{s}foot",
        "toes": "{s}toes", "shoulder": "{s}clavicle", "elbow": "{s}humerus", "wrist": "{s}radius",
        "thumb": "{s}thumb", "little": "{s}fingers",
    },
    unit_mm=1.0,
)  # fmt: skip
"""The bones of ASF files, at whose ends the joints are; the reader gives mm."""

_HEAD = {"neck": "Neck", "head-back": "Head|Neck end", "head-center": "HeadTop_End|Head end"}
_LEG = {"hip": "{Side}UpLeg", "knee": "{Side}Leg", "ankle": "{Side}Foot|{Side}Leg end"}
_ARM = {"shoulder": "{Side}Arm", "elbow": "{Side}ForeArm", "wrist": "{Side}Hand|{Side}ForeArm end"}
_TOES = {
    "ball": "{Side}ToeBase|{Side}Toe",
    "toes": "{Side}Toe_End|{Side}ToeBase end|{Side}ToeBase_end|{Side}Toe end",
}
_FINGERS = {
    "thumb": "{Side}HandThumb4|{Side}HandThumb3|{Side}Finger1Tip",
    "little": "{Side}HandPinky4|{Side}HandPinky3|{Side}Finger5Tip",
}

CMU = naming(
    "CMU",
    _LEG | _ARM | {
        "thorax": "Spine1", "neck": "Neck1", "head-back": "Head", "head-center": "Head end",
        "ball": "{Side}ToeBase", "toes": "{Side}ToeBase end",
        "thumb": "{S}Thumb end", "little": "{Side}HandIndex1 end",
    },
    unit_mm=MM_PER_INCH / 0.45,
)  # fmt: skip
"""BVH files of the CMU data base, in its unit of 1/0.45 inch."""

BVH_NAMINGS = (
    CMU,
    naming("this project", {joint.split("_")[-1]: joint for joint in S24.joints if "_" not in joint}
           | {joint[2:]: "{s}_" + joint[2:] for joint in S24.joints if "_" in joint}),
    naming("Mixamo or LAFAN", _HEAD | _LEG | _ARM | _TOES | _FINGERS
           | {"thorax": "Spine1+Spine2|Spine1|Spine"}),
    naming("Rokoko", _HEAD | _ARM | _TOES | _FINGERS | {
        "thorax": "Spine2+Spine3|Spine2|Spine1|Spine", "hip": "{Side}Thigh", "knee": "{Side}Shin",
        "ankle": "{Side}Foot|{Side}Shin end",
    }),
    naming("Xsens", _HEAD | {
        "thorax": "Chest3|Chest2|Chest", "hip": "{Side}Hip", "knee": "{Side}Knee",
        "ankle": "{Side}Ankle|{Side}Knee end", "ball": "{Side}Toe", "toes": "{Side}Toe end",
        "shoulder": "{Side}Shoulder", "elbow": "{Side}Elbow",
        "wrist": "{Side}Wrist|{Side}Elbow end",
    }),
    naming("Bandai-Namco", _HEAD | {
        "thorax": "Spine+Chest|Chest|Spine", "hip": "UpperLeg_{S}", "knee": "LowerLeg_{S}",
        "ankle": "Foot_{S}|LowerLeg_{S} end", "ball": "Toes_{S}", "toes": "Toes_{S} end",
        "shoulder": "UpperArm_{S}", "elbow": "LowerArm_{S}", "wrist": "Hand_{S}|LowerArm_{S} end",
    }),
)  # fmt: skip
"""The namings of BVH files, in the order in which they are tried."""


def own_naming(joints: Mapping[str, str | Sequence[str]]) -> Naming:
    """The naming of a `dataset.json`: s24 joint → a name, or names of which the mean counts."""

    def alternatives(names: str | Sequence[str]) -> tuple[tuple[str, ...]]:
        return ((names,) if isinstance(names, str) else tuple(names),)

    return Naming("dataset.json", {joint: alternatives(names) for joint, names in joints.items()})


def naming_of(names: Sequence[str], namings: Sequence[Naming], source: str | Path) -> Naming:
    """The first naming by which a file has all required joints.

    Args:
        names: names of the positions in the file.
        namings: the namings to try.
        source: the file, for messages.

    Raises:
        DataError: no naming fits; the message is about the one that fits best.
    """
    plain = without_prefixes(names)
    missing = [[j for j in REQUIRED if j not in one.find(plain)] for one in namings]
    best = min(range(len(namings)), key=lambda i: len(missing[i]))
    if missing[best]:
        joint, nearest = missing[best][0], namings[best]
        expected = "+".join(nearest.joints.get(joint, (("",),))[0])
        problem = f"there is no {expected!r}, the s24 joint {joint!r} as {nearest.title} names it"
        raise broken(source, problem, "name the file's joints in dataset.json, key 'bvh_joints'")
    return namings[best]


def s24_positions(positions: np.ndarray, names: Sequence[str], its: Naming) -> np.ndarray:
    """The joints of s24 among the positions of a file.

    Args:
        positions: [n_frames, n_names, 3].
        names: names of the positions.
        its: the naming of the file.

    Returns:
        [n_frames, 24, 3]; NaN for joints that the file does not have.
    """
    found = its.find(without_prefixes(names))
    joints = np.full((len(positions), S24.n_joints, 3), np.nan)
    for j, joint in enumerate(S24.joints):
        if joint in found:
            joints[:, j] = positions[:, found[joint]].mean(axis=1)
    return joints


def without_prefixes(names: Sequence[str]) -> list[str]:
    """Names without what some tools put before all of them, such as "mixamorig:"."""
    return [name.rpartition(":")[2] for name in names]
