"""Acclaim skeleton files (.asf): bones, their local axes, their channels and who hangs from whom.

Format: J. Lander, "Working with motion capture file formats", Game Developer, January 1998; and
the CMU Graphics Lab Motion Capture Database, mocap.cs.cmu.edu.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.kinematics import chain_positions, chain_rotations, turn
from human_pose_util.dataset.mocap.text import (
    MAX_BONES,
    broken,
    numbers,
    quote,
    read_text,
    token_lines,
)

MM_PER_INCH = 25.4
ROTATIONS = ("rx", "ry", "rz")
TRANSLATIONS = ("tx", "ty", "tz")

Lines = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Bone:
    """One bone, or the root.

    Attributes:
        name: its name, "root" for the root.
        channels: names of its channels in the order of the motion file ("rx", …, "tz").
        axes: the letters "x", "y", "z" of its turns; the first one acts on a point first.
        frame: [3, 3] rotation C from its local frame to the file's.
        vector: [3] from its start to its end in the rest pose, in the file's frame and unit;
            the root's position.
        parent: index of the bone at whose end it starts; −1 for the root.
    """

    name: str
    channels: tuple[str, ...]
    axes: str
    frame: np.ndarray
    vector: np.ndarray
    parent: int = -1


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

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the bones; a position's name is that of the bone that ends there."""
        return tuple(bone.name for bone in self.bones)

    def positions(self, channels: np.ndarray, angle_unit: float | None = None) -> np.ndarray:
        """Where the bones end: child rotation = parent rotation · C·M·C⁻¹, end = start + R·vector.

        Args:
            channels: [n_frames, n_channels] all bones' channels, in the order of the bones.
            angle_unit: radians in the channels' unit of angles, where it is not the skeleton's.

        Returns:
            [n_frames, n_bones, 3] ends of the bones (the root: its position) in mm, along the
            file's axes.
        """
        angle_unit = angle_unit or self.angle_unit
        parents = [bone.parent for bone in self.bones]
        local, column = [], 0
        for bone in self.bones:
            block = channels[:, column : column + len(bone.channels)]
            column += len(bone.channels)
            axes = [a for a in reversed(bone.axes) if f"r{a}" in bone.channels]
            angles = block[:, [bone.channels.index(f"r{a}") for a in axes]] * angle_unit
            local.append(bone.frame @ turn(angles, axes) @ bone.frame.T if axes else np.eye(3))
        rotations = chain_rotations(local, parents)
        segments = [r @ bone.vector for r, bone in zip(rotations, self.bones, strict=True)]
        segments[0] = self.bones[0].vector + self._translation(channels)
        return chain_positions(segments, parents) * self.unit_mm

    def _translation(self, channels: np.ndarray) -> np.ndarray:
        translation = np.zeros((len(channels), 3))
        for i, name in enumerate(self.bones[0].channels):
            if name in TRANSLATIONS:
                translation[:, TRANSLATIONS.index(name)] = channels[:, i]
        return translation


def read_asf(path: Path) -> AsfSkeleton:
    """The skeleton of a file. Raises DataError as `parse_asf`, or if it cannot be read."""
    return parse_asf(read_text(path), path)


def parse_asf(text: str, source: str | Path) -> AsfSkeleton:
    """The skeleton of an ASF file's text.

    Args:
        text: the text.
        source: the file's name for messages.

    Raises:
        DataError: it is no complete skeleton: a section, a bone's key or the root is missing, a
            value is no number, a parent is unknown or bones hang from themselves.
    """
    sections = _sections(text, source)
    unit_mm, angle_unit = _units(sections, source)
    root = _root(_section(sections, "root", source), angle_unit, source)
    bones = {"root": root}
    for line, keys in _blocks(_section(sections, "bonedata", source), source):
        bone = _bone(line, keys, angle_unit, source)
        if bone.name in bones:
            raise broken(source, line, f"bone {quote(bone.name)} is there twice")
        bones[bone.name] = bone
        if len(bones) > MAX_BONES:
            raise broken(source, line, f"more than {MAX_BONES} bones")
    children = _hierarchy(_section(sections, "hierarchy", source), bones, source)
    return AsfSkeleton(_ordered(bones, children, source), unit_mm, angle_unit)


def _sections(text: str, source: str | Path) -> dict[str, Lines]:
    """The lines below each `:keyword`."""
    sections: dict[str, Lines] = {}
    current: Lines = []
    for line, tokens in token_lines(text):
        if tokens[0].startswith(":"):
            name = tokens[0][1:].lower()
            if name in sections:
                raise broken(source, line, f"section {quote(':' + name)} is there twice")
            current = sections[name] = []
        else:
            current.append((line, tokens))
    return sections


def _section(sections: dict[str, Lines], name: str, source: str | Path) -> Lines:
    if name not in sections:
        raise broken(source, None, f"section ':{name}' is missing: no ASF skeleton")
    return sections[name]


def _units(sections: dict[str, Lines], source: str | Path) -> tuple[float, float]:
    """Millimetres in the unit of length, radians in the unit of angles."""
    units = {tokens[0].lower(): (line, tokens[1:]) for line, tokens in sections.get("units", [])}
    if "length" not in units:
        raise broken(source, None, "':units' has no 'length'", "add it, 0.45 for CMU's skeletons")
    line, tokens = units["length"]
    (length,) = numbers(tokens, 1, source, line)
    if length < 1e-6:
        raise broken(source, line, f"unit of length {length:g} is not positive")
    line, tokens = units.get("angle", (None, ["deg"]))
    angle = " ".join(tokens).lower()
    if angle not in ("deg", "rad"):
        raise broken(source, line, f"unit of angles {quote(angle)}", "write 'deg' or 'rad'")
    return MM_PER_INCH / length, np.pi / 180 if angle == "deg" else 1.0


def _root(section: Lines, angle_unit: float, source: str | Path) -> Bone:
    keys = {tokens[0].lower(): (line, tokens[1:]) for line, tokens in section}
    for key in ("order", "axis"):
        if key not in keys:
            raise broken(source, None, f"':root' has no {key!r}")
    line, tokens = keys["order"]
    channels = _channels(tokens, (*TRANSLATIONS, *ROTATIONS), "root", source, line)
    line, tokens = keys["axis"]
    axes = _axes(tokens, "root", source, line)
    line, tokens = keys.get("orientation", (0, ["0"] * 3))
    frame = _frame(numbers(tokens, 3, source, line), axes, angle_unit)
    line, tokens = keys.get("position", (0, ["0"] * 3))
    return Bone("root", channels, axes, frame, numbers(tokens, 3, source, line))


def _blocks(section: Lines, source: str | Path) -> Iterator[tuple[int, dict]]:
    """Each `begin` … `end` block: its line and its keys, {key: (line, words)}."""
    start, keys = None, {}
    for line, tokens in section:
        key = tokens[0].lower()
        if key == "begin" and start is None:
            start, keys = line, {}
        elif key == "end" and start is not None:
            yield start, keys
            start = None
        elif start is None or key in ("begin", "end"):
            raise broken(source, line, f"{quote(tokens[0])}: 'begin' and 'end' do not pair")
        elif key not in keys:  # a repeated key can only be one of the limits' lines, unused
            keys[key] = (line, tokens[1:])
    if start is not None:
        raise broken(source, start, "'begin' without an 'end'")


def _bone(start: int, keys: dict, angle_unit: float, source: str | Path) -> Bone:
    name = " ".join(keys.get("name", (start, []))[1])
    if not name:
        raise broken(source, start, "a bone has no 'name'")
    for key in ("direction", "length", "axis"):
        if key not in keys:
            raise broken(source, start, f"bone {quote(name)} has no {key!r}")
    line, tokens = keys["length"]
    (length,) = numbers(tokens, 1, source, line)
    line, tokens = keys["direction"]
    vector = numbers(tokens, 3, source, line) * length
    line, tokens = keys["axis"]
    axes = _axes(tokens[3:], name, source, line)
    frame = _frame(numbers(tokens[:3], 3, source, line), axes, angle_unit)
    line, tokens = keys.get("dof", (start, []))
    return Bone(name, _channels(tokens, ROTATIONS, name, source, line), axes, frame, vector)


def _channels(
    tokens: list[str], known: tuple[str, ...], bone: str, source: str | Path, line: int
) -> tuple[str, ...]:
    channels = tuple(token.lower() for token in tokens)
    unknown = [c for c in channels if c not in known]
    if unknown or len(set(channels)) < len(channels):
        what = f"channel {quote(unknown[0])}" if unknown else "a channel twice"
        allowed = f"allowed are {', '.join(known)}"
        raise broken(source, line, f"bone {quote(bone)} has {what}", allowed)
    return channels


def _axes(tokens: list[str], bone: str, source: str | Path, line: int) -> str:
    axes = "".join(tokens).lower()
    if sorted(axes) != ["x", "y", "z"]:
        problem = f"bone {quote(bone)} has the order of axes {quote(axes)}"
        raise broken(source, line, problem, "name the three, as in XYZ")
    return axes


def _frame(angles: np.ndarray, axes: str, angle_unit: float) -> np.ndarray:
    """[3, 3] rotation C; the angles are in the order of `axes`, the first one acts first."""
    return turn(angles[::-1] * angle_unit, axes[::-1])


def _hierarchy(section: Lines, bones: dict[str, Bone], source: str | Path) -> dict[str, list[str]]:
    """The children of each bone that has any; every bone has one parent."""
    children: dict[str, list[str]] = {}
    placed: set[str] = set()
    for line, (parent, *names) in section:
        if [parent.lower(), *names] in (["begin"], ["end"]):
            continue
        for name in (parent, *names):
            if name not in bones:
                raise broken(source, line, f"bone {quote(name)} is not in ':bonedata'")
        for name in names:
            if name in placed or name == "root":
                raise broken(source, line, f"bone {quote(name)} has two parents")
            placed.add(name)
            children.setdefault(parent, []).append(name)
    for name in bones:
        if name != "root" and name not in placed:
            raise broken(source, None, f"bone {quote(name)} has no parent in ':hierarchy'")
    return children


def _ordered(
    bones: dict[str, Bone], children: dict[str, list[str]], source: str | Path
) -> tuple[Bone, ...]:
    """The bones with their parents' indices, parents first."""
    ordered = [bones["root"]]
    for index, bone in enumerate(ordered):  # grows while it is walked
        ordered += [replace(bones[name], parent=index) for name in children.get(bone.name, ())]
    reached = {bone.name for bone in ordered}
    for name in bones:
        if name not in reached:
            raise broken(source, None, f"bone {quote(name)} hangs from itself: ':hierarchy' loops")
    return tuple(ordered)
