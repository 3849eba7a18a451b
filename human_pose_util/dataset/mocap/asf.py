"""Acclaim skeleton files (.asf): bones, their local axes, channels and parents.

Format: J. Lander, "Working with motion capture file formats", Game Developer, January 1998; and
the CMU Graphics Lab Motion Capture Database, mocap.cs.cmu.edu.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.kinematics import (
    MAX_BONES,
    ROTATIONS,
    TRANSLATIONS,
    Bone,
)
from human_pose_util.dataset.text import Line, broken, quote, token_lines
from human_pose_util.transforms import euler_to_matrix
from human_pose_util.units import MM_PER_INCH


@dataclass(frozen=True)
class AsfSkeleton:
    """The bones of a skeleton file, the root first and parents before their children.

    Attributes:
        bones: the bones.
        unit_mm: millimetres in the file's unit of length.
        angle_unit: radians in the file's unit of angles.
    """

    bones: tuple[Bone, ...]
    unit_mm: float
    angle_unit: float


def read_asf(path: Path) -> AsfSkeleton:
    """The skeleton in an ASF file.

    Raises:
        DataError: the file cannot be read, or the skeleton is not complete: a section, a key of a
            bone or the root is missing, a value is no number, a parent is unknown, or the hierarchy
            has a loop.
    """
    sections = _sections(path)
    for name in ("root", "bonedata", "hierarchy"):
        if name not in sections:
            raise broken(path, f"section ':{name}' is missing: no ASF skeleton")
    unit_mm, angle_unit = _units(_by_key(sections.get("units", [])), path)
    bones = {"root": _root(_by_key(sections["root"]), angle_unit, path)}
    for begin, keys in _blocks(sections["bonedata"]):
        bone = _bone(begin, keys, angle_unit)
        if bone.name in bones:
            raise broken(begin, f"bone {quote(bone.name)} is there twice")
        bones[bone.name] = bone
        if len(bones) > MAX_BONES:
            raise broken(begin, f"more than {MAX_BONES} bones")
    children = _hierarchy(sections["hierarchy"], bones, path)
    return AsfSkeleton(_ordered(bones, children, path), unit_mm, angle_unit)


def _sections(path: Path) -> dict[str, list[Line]]:
    """The lines below each `:keyword`."""
    sections: dict[str, list[Line]] = {}
    current: list[Line] = []
    for line in token_lines(path):
        if not line.words[0].startswith(":"):
            current.append(line)
            continue
        name = line.words[0][1:].lower()
        if name in sections:
            raise broken(line, f"section {quote(':' + name)} is there twice")
        current = sections[name] = []
    return sections


def _by_key(section: Iterable[Line]) -> dict[str, Line]:
    """The rest of each line by its first word."""
    return {line.words[0].lower(): line.after() for line in section}


def _units(units: dict[str, Line], path: Path) -> tuple[float, float]:
    """Millimetres in the unit of length, radians in the unit of angles."""
    if "length" not in units:
        raise broken(path, "':units' has no 'length'", "add it, 0.45 for CMU's skeletons")
    (length,) = units["length"].numbers(1)
    if length < 1e-6:
        raise broken(units["length"], f"unit of length {length:g} is not positive")
    angle = " ".join(units["angle"].words).lower() if "angle" in units else "deg"
    if angle not in ("deg", "rad"):
        raise broken(units["angle"], f"unit of angles {quote(angle)}", "write 'deg' or 'rad'")
    return MM_PER_INCH / length, np.pi / 180 if angle == "deg" else 1.0


def _root(keys: dict[str, Line], angle_unit: float, path: Path) -> Bone:
    _require(keys, ("order", "axis"), path, "':root'")
    channels = _channels(keys["order"], (*TRANSLATIONS, *ROTATIONS), "root")
    axes = _axes(keys["axis"], "root")
    angles, position = (
        keys[key].numbers(3) if key in keys else np.zeros(3) for key in ("orientation", "position")
    )
    return Bone("root", channels, axes, position, frame=_frame(angles, axes, angle_unit))


def _blocks(section: list[Line]) -> Iterator[tuple[Line, dict[str, Line]]]:
    """The first line of each block from `begin` to `end`, and the rest of each line by its key."""
    start: Line | None = None
    block: list[Line] = []
    for line in section:
        key = line.words[0].lower()
        if key == "begin" and start is None:
            start, block = line, []
        elif key == "end" and start is not None:
            # Only the lines of the limits repeat a key; they are not used.
            yield start, _by_key(reversed(block))
            start = None
        elif start is None or key in ("begin", "end"):
            raise broken(line, f"{quote(line.words[0])}: 'begin' and 'end' do not pair")
        else:
            block.append(line)
    if start is not None:
        raise broken(start, "'begin' without an 'end'")


def _bone(begin: Line, keys: dict[str, Line], angle_unit: float) -> Bone:
    name = " ".join(keys["name"].words) if "name" in keys else ""
    if not name:
        raise broken(begin, "a bone has no 'name'")
    _require(keys, ("direction", "length", "axis"), begin, f"bone {quote(name)}")
    vector = keys["length"].numbers(1) * keys["direction"].numbers(3)
    axes = _axes(keys["axis"].after(3), name)
    angles = keys["axis"]._replace(words=keys["axis"].words[:3]).numbers(3)
    channels = _channels(keys["dof"], ROTATIONS, name) if "dof" in keys else ()
    return Bone(name, channels, axes, vector, frame=_frame(angles, axes, angle_unit))


def _require(keys: dict[str, Line], names: tuple[str, ...], place: object, owner: str) -> None:
    """Raise DataError where one of the keys is missing."""
    for name in names:
        if name not in keys:
            raise broken(place, f"{owner} has no {name!r}")


def _channels(line: Line, known: tuple[str, ...], bone: str) -> tuple[str, ...]:
    channels = tuple(word.lower() for word in line.words)
    unknown = [c for c in channels if c not in known]
    if unknown or len(set(channels)) < len(channels):
        what = f"channel {quote(unknown[0])}" if unknown else "a channel twice"
        raise broken(line, f"bone {quote(bone)} has {what}", f"allowed are {', '.join(known)}")
    return channels


def _axes(line: Line, bone: str) -> str:
    axes = "".join(line.words).lower()
    if sorted(axes) != ["x", "y", "z"]:
        problem = f"bone {quote(bone)} has the order of axes {quote(axes)}"
        raise broken(line, problem, "name the three, as in XYZ")
    return axes


def _frame(angles: np.ndarray, axes: str, angle_unit: float) -> np.ndarray:
    """[3, 3] rotation C; the angles are in the order of `axes`, and the first one acts first."""
    return euler_to_matrix(angles[::-1] * angle_unit, axes[::-1])


def _hierarchy(section: list[Line], bones: dict[str, Bone], path: Path) -> dict[str, list[str]]:
    """The children of each bone that has any; every bone has one parent."""
    children: dict[str, list[str]] = {}
    placed = {"root"}
    for line in section:
        parent, *names = line.words
        if [parent.lower(), *names] in (["begin"], ["end"]):
            continue
        for name in line.words:
            if name not in bones:
                raise broken(line, f"bone {quote(name)} is not in ':bonedata'")
        for name in names:
            if name in placed:
                raise broken(line, f"bone {quote(name)} has two parents")
            placed.add(name)
            children.setdefault(parent, []).append(name)
    for name in bones:
        if name not in placed:
            raise broken(path, f"bone {quote(name)} has no parent in ':hierarchy'")
    return children


def _ordered(
    bones: dict[str, Bone], children: dict[str, list[str]], path: Path
) -> tuple[Bone, ...]:
    """The bones with their parents' indices, parents first."""
    ordered = [bones["root"]]
    for index, bone in enumerate(ordered):  # The list grows during the loop.
        ordered += [replace(bones[name], parent=index) for name in children.get(bone.name, ())]
    reached = {bone.name for bone in ordered}
    for name in bones:
        if name not in reached:
            raise broken(path, f"bone {quote(name)} is its own ancestor: ':hierarchy' loops")
    return tuple(ordered)
