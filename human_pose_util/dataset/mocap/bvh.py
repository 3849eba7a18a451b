"""Biovision hierarchical motion files (.bvh): a tree of joints, and its channels frame by frame.

Format: M. Meredith and S. Maddock, "Motion capture file formats explained", University of
Sheffield, CS-01-11, 2001.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.kinematics import chain_positions, chain_rotations, turn
from human_pose_util.dataset.mocap.text import (
    MAX_BONES,
    MAX_FRAMES,
    broken,
    numbers,
    quote,
    read_text,
    table,
    token_lines,
)

END_SITE = " end"  # a joint's end site is named after it; no joint's own name has a space
TRANSLATIONS = ("Xposition", "Yposition", "Zposition")
ROTATIONS = ("Xrotation", "Yrotation", "Zrotation")
_CHANNELS = {name.lower(): name for name in (*TRANSLATIONS, *ROTATIONS)}

Words = Iterator[tuple[int, str]]


@dataclass
class Node:
    """One joint, or an end site.

    Attributes:
        name: its name; an end site's is its joint's and " end".
        parent: index of its parent; −1 for the root.
        line: where it begins in the file.
        offset: [3] from its parent in the rest pose, in the file's unit.
        channels: names of its channels in the order of the motion ("Xposition", "Zrotation", …).
            The last rotation acts on a point first.
    """

    name: str
    parent: int
    line: int
    offset: np.ndarray | None = None
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class BvhMotion:
    """A motion and the joints that it moves.

    Attributes:
        nodes: joints and end sites, the root first and parents before their children.
        channels: [n_frames, n_channels] all joints' channels, in the order of the nodes; angles
            in degrees.
        fps: frames per second.
    """

    nodes: tuple[Node, ...]
    channels: np.ndarray
    fps: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the joints and end sites."""
        return tuple(node.name for node in self.nodes)

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return len(self.channels)

    def positions(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """[stop − start, n_nodes, 3] positions in the file's unit, along the file's axes."""
        channels = self.channels[start:stop]
        parents = [node.parent for node in self.nodes]
        local, column = [], 0
        for node in self.nodes:
            turns = [i for i, name in enumerate(node.channels, column) if name in ROTATIONS]
            axes = [name[0].lower() for name in node.channels if name in ROTATIONS]
            local.append(turn(np.deg2rad(channels[:, turns]), axes) if axes else np.eye(3))
            column += len(node.channels)
        rotations = chain_rotations(local, parents)
        segments = [rotations[node.parent] @ node.offset for node in self.nodes[1:]]
        return chain_positions([self._root(channels), *segments], parents)

    def _root(self, channels: np.ndarray) -> np.ndarray:
        """[n_frames, 3] positions of the root, its offset and its translation."""
        position = np.tile(self.nodes[0].offset, (len(channels), 1))
        for i, name in enumerate(self.nodes[0].channels):
            if name in TRANSLATIONS:
                position[:, TRANSLATIONS.index(name)] += channels[:, i]
        return position


def read_bvh(path: Path) -> BvhMotion:
    """The motion of a file. Raises DataError as `parse_bvh`, or if it cannot be read."""
    return parse_bvh(read_text(path), path)


def parse_bvh(text: str, source: str | Path) -> BvhMotion:
    """The motion of a BVH file's text.

    Args:
        text: the text.
        source: the file's name for messages.

    Raises:
        DataError: the hierarchy is not complete or does not close, the frame time is missing,
            the number of frames or of values in one is not what is announced, or a value is no
            number.
    """
    lines = list(token_lines(text))
    start = next((i for i, (_, words) in enumerate(lines) if words[0].upper() == "MOTION"), None)
    if start is None:
        raise broken(source, None, "there is no 'MOTION'")
    nodes = _hierarchy(((line, w) for line, words in lines[:start] for w in words), source)
    header, frames = lines[start + 1 : start + 3], lines[start + 3 :]
    n_frames, fps = _header(header, source)
    if len(frames) != n_frames:
        problem = f"{n_frames} frames announced, {len(frames)} found"
        raise broken(source, None, problem, "fetch the file again, or correct its 'Frames:'")
    n_channels = sum(len(node.channels) for node in nodes)
    for i, (line, words) in enumerate(frames, 1):
        if len(words) != n_channels:
            problem = f"frame {i} has {len(words)} values, the joints {n_channels} channels"
            raise broken(source, line, problem)
    values = table([words for _, words in frames], [line for line, _ in frames], source)
    return BvhMotion(nodes, values, fps)


def frame_rate(frame_time: str) -> float:
    """Frames per second of a printed frame time [s].

    The rate with the fewest decimals that the printed digits admit: 0.0333333 is 30, not
    30.00003, and 0.0333667 is 29.97.

    Raises:
        ValueError: it is no number that rounds to a rate between 0.001 and 10⁶ per second.
    """
    if not re.fullmatch(r"\d*\.?\d*(e[-+]?\d{1,3})?", frame_time, re.IGNORECASE):
        raise ValueError(f"{frame_time!r} is no frame time")
    seconds = float(frame_time)
    if not 1e-6 <= seconds <= 1e3:
        raise ValueError(f"{frame_time!r} is no sensible frame time")
    mantissa, _, exponent = frame_time.lower().partition("e")
    last_digit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    tolerance = max(last_digit, 1e-12 * seconds)
    rates = (round(1 / seconds, decimals) for decimals in range(7))
    near = (rate for rate in rates if rate > 0 and abs(1 / rate - seconds) <= tolerance)
    return float(next(near, 1 / seconds))


def _header(lines: list[tuple[int, list[str]]], source: str | Path) -> tuple[int, float]:
    """The number of frames and the frame rate."""
    texts = [" ".join(words) for _, words in lines] + ["", ""]
    count = re.fullmatch(r"frames ?: ?(\d{1,9})", texts[0], re.IGNORECASE)
    time = re.fullmatch(r"frame time ?: ?(\S+)", texts[1], re.IGNORECASE)
    if not count or not 0 < int(count[1]) <= MAX_FRAMES:
        problem = f"'Frames:' and a number from 1 to {MAX_FRAMES} have to follow 'MOTION'"
        raise broken(source, lines[0][0] if lines else None, problem)
    line = lines[1][0] if len(lines) > 1 else None
    if not time:
        raise broken(source, line, "'Frame Time:' and a number have to follow 'Frames:'")
    try:
        return int(count[1]), frame_rate(time[1])
    except ValueError:
        problem = f"frame time {quote(time[1])} is no sensible number of seconds"
        raise broken(source, line, problem) from None


def _hierarchy(words: Words, source: str | Path) -> tuple[Node, ...]:
    """The joints and end sites in the order of the file."""
    nodes: list[Node] = []
    open_nodes: list[int] = []
    line, keyword = next(words, (None, ""))
    if keyword.upper() != "HIERARCHY":
        raise broken(source, line, "'HIERARCHY' is missing: no BVH file")
    for line, word in words:
        keyword = word.upper()
        parent = open_nodes[-1] if open_nodes else -1
        if keyword == "}" and open_nodes:
            _check_complete(nodes[open_nodes.pop()], source)
        elif keyword in ("ROOT", "JOINT", "END") and (keyword == "ROOT") == (not nodes):
            node = _begin(keyword, parent, nodes, line, words, source)
            open_nodes.append(len(nodes))
            nodes.append(node)
        elif keyword == "OFFSET" and open_nodes and nodes[parent].offset is None:
            nodes[parent].offset = numbers(_take(words, 3), 3, source, line)
        elif keyword == "CHANNELS" and open_nodes and nodes[parent].channels is None:
            nodes[parent].channels = _channels(nodes[parent], words, source, line)
        else:
            raise broken(source, line, f"{quote(word)} is not expected here")
    if open_nodes or not nodes:
        raise broken(source, line, "the hierarchy ends before its last '}'")
    return tuple(nodes)


def _take(words: Words, count: int) -> list[str]:
    return [word for _, word in islice(words, count)]


def _begin(
    keyword: str, parent: int, nodes: list[Node], line: int, words: Words, source: str | Path
) -> Node:
    """The node whose block begins: `ROOT name {`, `JOINT name {` or `End Site {`."""
    name, brace = (*_take(words, 2), "", "")[:2]
    if keyword == "END":
        name = nodes[parent].name + END_SITE
    orphan = nodes and (parent < 0 or nodes[parent].name.endswith(END_SITE))
    if brace != "{" or orphan:
        raise broken(source, line, f"{quote(name)} has no '{{', or no joint to hang from")
    if any(node.name == name for node in nodes):
        raise broken(source, line, f"{quote(name)} is there twice")
    if len(nodes) == MAX_BONES:
        raise broken(source, line, f"more than {MAX_BONES} joints")
    return Node(name, parent, line, channels=() if keyword == "END" else None)


def _check_complete(node: Node, source: str | Path) -> None:
    for key, value in {"OFFSET": node.offset, "CHANNELS": node.channels}.items():
        if value is None:
            raise broken(source, node.line, f"joint {quote(node.name)} has no {key!r}")


def _channels(node: Node, words: Words, source: str | Path, line: int) -> tuple[str, ...]:
    count = (*_take(words, 1), "")[0]
    if not re.fullmatch(r"\d", count):
        raise broken(source, line, f"{quote(count)} is no number of channels")
    tokens = _take(words, int(count))
    channels = tuple(_CHANNELS.get(token.lower(), "") for token in tokens)
    if "" in channels or len(channels) < int(count) or len(set(channels)) < len(channels):
        problem = f"joint {quote(node.name)} has the channels {quote(' '.join(tokens))}"
        raise broken(source, line, problem, f"allowed are {', '.join(_CHANNELS.values())}")
    if node.parent >= 0 and set(channels) & set(TRANSLATIONS):
        problem = f"joint {quote(node.name)} has position channels"
        raise broken(source, line, problem, "export it with rotations only, but for the root")
    return channels
