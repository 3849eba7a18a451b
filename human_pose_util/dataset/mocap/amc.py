"""Acclaim motion files (.amc): the channels of a skeleton's bones, frame by frame."""

from itertools import chain
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.asf import AsfSkeleton
from human_pose_util.dataset.mocap.kinematics import MAX_FRAMES, Motion
from human_pose_util.dataset.text import Line, broken, quote, table, token_lines

_ANGLE_UNITS = {":degrees": np.pi / 180, ":radians": 1.0}
_REMEDY = "fetch the file again, or the .asf that it was recorded with"


def read_amc(path: Path, skeleton: AsfSkeleton) -> Motion:
    """The motion in an AMC file.

    Args:
        path: the file.
        skeleton: the skeleton that moves.

    Raises:
        DataError: the file cannot be read, a frame lacks a bone or has it twice, the skeleton lacks
            a bone or has another number of channels for it, a value is no number, a frame is left
            out, or there are no frames.
    """
    counts = {bone.name: len(bone.channels) for bone in skeleton.bones if bone.channels}
    angle_unit = skeleton.angle_unit
    rows: list[list[str]] = []
    lines: list[Line] = []
    first = 0
    frame: dict[str, list[str]] | None = None
    for line in token_lines(path):
        name = line.words[0]
        if len(line.words) == 1 and name.isdecimal():
            if frame is not None:
                rows.append(_row(frame, counts, lines[-1]))
            number = _frame_number(line)
            first = first if lines else number
            if number != first + len(lines):
                raise broken(line, f"frame {number} where {first + len(lines)} is due", _REMEDY)
            lines.append(line)
            frame = {}
        elif frame is None and name.startswith(":"):
            angle_unit = _ANGLE_UNITS.get(name.lower(), angle_unit)
        elif frame is None or counts.get(name) != len(line.words) - 1 or name in frame:
            raise _misplaced(line, frame, counts)
        else:
            frame[name] = line.words[1:]
    if frame is None:
        raise broken(path, "there are no frames")
    rows.append(_row(frame, counts, lines[-1]))
    channels = table(rows, lines)
    return Motion(skeleton.bones, channels, angle_unit, moves_itself=True, unit=skeleton.unit_mm)


def _frame_number(line: Line) -> int:
    digits = line.words[0]
    if len(digits) > 9 or int(digits) > MAX_FRAMES:
        raise broken(line, f"frame {quote(digits)} is beyond {MAX_FRAMES}")
    return int(digits)


def _row(frame: dict[str, list[str]], counts: dict[str, int], line: Line) -> list[str]:
    """The values of a frame in the order of the skeleton; the file may have another order."""
    missing = next((name for name in counts if name not in frame), None)
    if missing is not None:
        raise broken(line, f"the frame that begins here lacks bone {quote(missing)}", _REMEDY)
    return list(chain.from_iterable(map(frame.__getitem__, counts)))


def _misplaced(line: Line, frame: dict | None, counts: dict[str, int]) -> Exception:
    """The error for a line that is no part of a frame."""
    name, n_values = line.words[0], len(line.words) - 1
    if frame is None:
        problem = f"{quote(name)} comes before the number of the first frame"
    elif name not in counts:
        problem = f"the skeleton has no bone {quote(name)} with channels"
    elif counts[name] != n_values:
        problem = f"bone {quote(name)} has {n_values} values, its skeleton {counts[name]} channels"
    else:
        problem = f"bone {quote(name)} is there twice in a frame"
    return broken(line, problem, _REMEDY)
