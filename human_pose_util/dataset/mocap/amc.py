"""Acclaim motion files (.amc): the channels of a skeleton's bones, frame by frame."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.asf import AsfSkeleton
from human_pose_util.dataset.mocap.text import (
    MAX_FRAMES,
    broken,
    quote,
    read_text,
    table,
    token_lines,
)

_ANGLE_UNITS = {":degrees": np.pi / 180, ":radians": 1.0}
_REMEDY = "fetch the file again, or the .asf that it was recorded with"


@dataclass(frozen=True)
class AmcMotion:
    """A motion of a skeleton.

    Attributes:
        skeleton: the skeleton.
        channels: [n_frames, n_channels] all bones' channels, in the order of the bones.
        angle_unit: radians in the channels' unit of angles.
    """

    skeleton: AsfSkeleton
    channels: np.ndarray
    angle_unit: float

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return len(self.channels)

    def positions(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """[stop − start, n_bones, 3] ends of the bones in mm, along the file's axes."""
        return self.skeleton.positions(self.channels[start:stop], self.angle_unit)


def read_amc(path: Path, skeleton: AsfSkeleton) -> AmcMotion:
    """The motion of a file. Raises DataError as `parse_amc`, or if it cannot be read."""
    return parse_amc(read_text(path), skeleton, path)


def parse_amc(text: str, skeleton: AsfSkeleton, source: str | Path) -> AmcMotion:
    """The motion of an AMC file's text.

    Args:
        text: the text.
        skeleton: the skeleton that it moves.
        source: the file's name for messages.

    Raises:
        DataError: a frame lacks a bone or has one twice, a bone is not the skeleton's or has
            another number of values, a value is no number, a frame is left out, or there is none.
    """
    counts = {bone.name: len(bone.channels) for bone in skeleton.bones if bone.channels}
    angle_unit = skeleton.angle_unit
    rows: list[list[str]] = []
    lines: list[int] = []
    first = 0
    frame: dict[str, list[str]] | None = None
    for line, tokens in token_lines(text):
        name = tokens[0]
        if len(tokens) == 1 and name.isdecimal():
            if frame is not None:
                rows.append(_row(frame, counts, lines[-1], source))
            number = _frame_number(name, source, line)
            if not lines:
                first = number
            if number != first + len(lines):
                problem = f"frame {number} where {first + len(lines)} is due"
                raise broken(source, line, problem, _REMEDY)
            lines.append(line)
            frame = {}
        elif frame is None and name.startswith(":"):
            angle_unit = _ANGLE_UNITS.get(name.lower(), angle_unit)
        elif frame is None or counts.get(name) != len(tokens) - 1 or name in frame:
            raise _misplaced(tokens, frame, counts, source, line)
        else:
            frame[name] = tokens[1:]
    if frame is None:
        raise broken(source, None, "there are no frames")
    rows.append(_row(frame, counts, lines[-1], source))
    return AmcMotion(skeleton, table(rows, lines, source), angle_unit)


def _frame_number(token: str, source: str | Path, line: int) -> int:
    if len(token) > 9 or int(token) > MAX_FRAMES:
        raise broken(source, line, f"frame {quote(token)} is beyond {MAX_FRAMES}")
    return int(token)


def _row(
    frame: dict[str, list[str]], counts: dict[str, int], line: int, source: str | Path
) -> list[str]:
    """The values of a frame in the skeleton's order; the file may have another."""
    if len(frame) < len(counts):
        missing = next(name for name in counts if name not in frame)
        problem = f"the frame that begins here lacks bone {quote(missing)}"
        raise broken(source, line, problem, _REMEDY)
    return list(chain.from_iterable(map(frame.__getitem__, counts)))


def _misplaced(
    tokens: list[str], frame: dict | None, counts: dict[str, int], source: str | Path, line: int
) -> Exception:
    """What is wrong with a line that is no part of a frame."""
    name, n_values = tokens[0], len(tokens) - 1
    if frame is None:
        problem = f"{quote(name)} before the first frame's number"
    elif name not in counts:
        problem = f"the skeleton has no bone {quote(name)} with channels"
    elif counts[name] != n_values:
        problem = f"bone {quote(name)} has {n_values} values, its skeleton {counts[name]} channels"
    else:
        problem = f"bone {quote(name)} is there twice in a frame"
    return broken(source, line, problem, _REMEDY)
