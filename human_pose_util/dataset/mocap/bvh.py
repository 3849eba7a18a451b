"""Biovision hierarchical motion files (.bvh): a tree of joints, and its channels frame by frame.

Format: M. Meredith and S. Maddock, "Motion capture file formats explained", University of
Sheffield, CS-01-11, 2001.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.kinematics import (
    MAX_BONES,
    MAX_FRAMES,
    ROTATIONS,
    Bone,
    Motion,
)
from human_pose_util.dataset.text import Line, broken, quote, table, token_lines

END_SITE = " end"
"""End of the name of a joint's end site, after the name of the joint."""

_CHANNELS = "Xposition, Yposition, Zposition, Xrotation, Yrotation, Zrotation"

Words = Iterator[Line]  # each with one word


@dataclass
class _Block:
    """A joint or end site while its block in the file, which begins at `line`, is read."""

    name: str
    parent: int
    line: Line
    is_end: bool
    offset: np.ndarray | None = None
    channels: tuple[str, ...] | None = None

    def bone(self) -> Bone:
        """The joint; DataError where the block lacks a part of it."""
        if self.offset is None or self.channels is None:
            key = "OFFSET" if self.offset is None else "CHANNELS"
            raise broken(self.line, f"joint {quote(self.name)} has no {key!r}")
        # The last rotation acts on a point first.
        axes = "".join(name[1] for name in reversed(self.channels) if name in ROTATIONS)
        return Bone(self.name, self.channels, axes, self.offset, self.parent)


def read_bvh(path: Path) -> Motion:
    """The motion in a BVH file.

    Raises:
        DataError: the file cannot be read, the hierarchy is not complete, the frame time is
            missing, the number of frames or of values in a frame differs from the announced number,
            or a value is no number.
    """
    lines = list(token_lines(path))
    start = next((i for i, line in enumerate(lines) if line.words[0].upper() == "MOTION"), None)
    if start is None:
        raise broken(path, "there is no 'MOTION'")
    words = (line._replace(words=[word]) for line in lines[:start] for word in line.words)
    bones = _hierarchy(words, path)
    header, frames = lines[start + 1 : start + 3], lines[start + 3 :]
    n_frames, fps = _header(header, path)
    if len(frames) != n_frames:
        problem = f"{n_frames} frames announced, {len(frames)} found"
        raise broken(path, problem, "fetch the file again, or correct its 'Frames:'")
    n_channels = sum(len(bone.channels) for bone in bones)
    for i, line in enumerate(frames, 1):
        if len(line.words) != n_channels:
            problem = f"frame {i} has {len(line.words)} values, the joints {n_channels} channels"
            raise broken(line, problem)
    values = table([line.words for line in frames], frames)
    return Motion(bones, values, np.pi / 180, moves_itself=False, fps=fps)


def frame_rate(frame_time: str) -> float:
    """Frames per second for a printed frame time [s].

    It is the rate with the fewest decimals that the printed digits allow: 0.0333333 gives 30, not
    30.00003, and 0.0333667 gives 29.97.

    Raises:
        ValueError: the text is no number that gives a rate between 0.001 and 10⁶ per second.
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


def _header(lines: list[Line], path: Path) -> tuple[int, float]:
    """The number of frames and the frame rate."""
    texts = [" ".join(line.words) for line in lines] + ["", ""]
    places = [*lines, path, path]
    count = re.fullmatch(r"frames ?: ?(\d{1,9})", texts[0], re.IGNORECASE)
    time = re.fullmatch(r"frame time ?: ?(\S+)", texts[1], re.IGNORECASE)
    if not count or not 0 < int(count[1]) <= MAX_FRAMES:
        problem = f"'Frames:' and a number from 1 to {MAX_FRAMES} must follow 'MOTION'"
        raise broken(places[0], problem)
    if not time:
        raise broken(places[1], "'Frame Time:' and a number must follow 'Frames:'")
    try:
        return int(count[1]), frame_rate(time[1])
    except ValueError:
        problem = f"frame time {quote(time[1])} is no sensible number of seconds"
        raise broken(places[1], problem) from None


def _hierarchy(words: Words, path: Path) -> tuple[Bone, ...]:
    """The joints and end sites in the order of the file."""
    blocks: list[_Block] = []
    open_blocks: list[int] = []
    bones: dict[int, Bone] = {}
    line = next(words, None)
    if line is None or line.words[0].upper() != "HIERARCHY":
        raise broken(line or path, "'HIERARCHY' is missing: no BVH file")
    for line in words:
        keyword = line.words[0].upper()
        parent = open_blocks[-1] if open_blocks else -1
        if keyword == "}" and open_blocks:
            bones[open_blocks.pop()] = blocks[parent].bone()
        elif keyword in ("ROOT", "JOINT", "END") and (keyword == "ROOT") == (not blocks):
            block = _begin(line, parent, blocks, words)
            open_blocks.append(len(blocks))
            blocks.append(block)
        elif keyword == "OFFSET" and open_blocks and blocks[parent].offset is None:
            blocks[parent].offset = _take(line, words, 3).numbers(3)
        elif keyword == "CHANNELS" and open_blocks and blocks[parent].channels is None:
            blocks[parent].channels = _channels(line, blocks[parent], words)
        else:
            raise broken(line, f"{quote(line.words[0])} is not expected here")
    if open_blocks or not blocks:
        raise broken(line, "the hierarchy ends before its last '}'")
    return tuple(bones[i] for i in range(len(blocks)))


def _take(line: Line, words: Words, count: int) -> Line:
    """The next words, as a line in the place of `line`."""
    return line._replace(words=[word.words[0] for word in islice(words, count)])


def _begin(line: Line, parent: int, blocks: list[_Block], words: Words) -> _Block:
    """The block that begins: `ROOT name {`, `JOINT name {` or `End Site {`.

    A name may have several words: 3ds Max writes `Bip01 L Thigh`.
    """
    name = " ".join(word.words[0] for word in takewhile(_is_of_name, words))
    is_end = line.words[0].upper() == "END"
    if is_end:
        name = blocks[parent].name + END_SITE
    if not name or (blocks and (parent < 0 or blocks[parent].is_end)):
        raise broken(line, f"{quote(name)} has no '{{', or no parent")
    if any(block.name == name for block in blocks):
        raise broken(line, f"{quote(name)} is there twice")
    if len(blocks) == MAX_BONES:
        raise broken(line, f"more than {MAX_BONES} joints")
    return _Block(name, parent, line, is_end, channels=() if is_end else None)


def _is_of_name(word: Line) -> bool:
    """Whether a word is part of a name, which ends with the block's brace."""
    if word.words[0].upper() in ("OFFSET", "CHANNELS", "}"):
        raise broken(word, f"{quote(word.words[0])} is not expected here: a '{{' is missing")
    return word.words[0] != "{"


def _channels(line: Line, block: _Block, words: Words) -> tuple[str, ...]:
    count = (*_take(line, words, 1).words, "")[0]
    if not re.fullmatch(r"\d", count):
        raise broken(line, f"{quote(count)} is no number of channels")
    tokens = _take(line, words, int(count)).words
    channels = tuple(map(_channel, tokens))
    if "" in channels or len(channels) < int(count) or len(set(channels)) < len(channels):
        problem = f"joint {quote(block.name)} has the channels {quote(' '.join(tokens))}"
        raise broken(line, problem, f"allowed are {_CHANNELS}")
    return channels


def _channel(token: str) -> str:
    """The name of a channel as in `kinematics`, "tx" for "Xposition"; "" for another word."""
    match = re.fullmatch("([xyz])(position|rotation)", token, re.IGNORECASE)
    return f"{'t' if match[2].lower() == 'position' else 'r'}{match[1].lower()}" if match else ""
