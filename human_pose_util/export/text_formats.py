"""Tracks as text: comma-separated values for tables, and JSON lines for programs."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from human_pose_util.export.track import Track
from human_pose_util.files import atomic

DECIMALS = 4
"""Number of decimals of times [s] and positions [m]."""


COLUMNS = ("person", "frame", "time", "joint", "x", "y", "z", "extrapolated", "doubtful", "std_mm")
"""The columns of a table."""


def save_table(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks as a `.csv` file with a header.

    The columns are person, frame (its number in the film, from 0), time [s from the first frame of
    the film], joint (its name), x, y, z [m, in the world: right-handed, z up, floor z = 0],
    extrapolated (1 if no keypoint showed the joint, 0 otherwise), doubtful (1 if the pose of the
    frame is in doubt) and std_mm (standard deviation of the joint in whole mm, empty where it is
    unknown). Times and positions have four decimals. Rows are in the order of the tracks, then of
    the frames, then of the joints.

    Args:
        tracks: the tracks.
        path: file to write; an existing file is replaced once the table is complete.

    Raises:
        DataError: the file cannot be written.
    """
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for track in tracks:
            writer.writerows(_rows(track))


def json_lines(tracks: Iterable[Track], film: str = "") -> Iterator[str]:
    """Tracks as JSON, one line (without its end) for each person and frame.

        {"person": 0, "frame": 12, "time": 0.4, "joints": {"neck": [x, y, z], …},
         "extrapolated": ["l_wrist", …], "doubtful": false, "std_mm": {"neck": 21, …}}

    `frame` is the number of the frame in the film, from 0, and `time` the seconds from the first
    frame of the film. Joints are in metres in the world (right-handed, z up, floor z = 0), and
    `extrapolated` names the joints that no keypoint showed. `doubtful` is true where the pose of
    the frame is in doubt. `std_mm` has the standard deviations of the joints in mm, where they are
    known. Times and positions have at most four decimals.

    Args:
        tracks: the tracks.
        film: name of the film, as "film" in each line; "" for no name.
    """
    head = {"film": film} if film else {}
    for track in tracks:
        names = np.array(track.skeleton.joints)
        poses = np.round(track.metres, DECIMALS).tolist()
        doubts = track.doubtful_mask.tolist()
        columns = track.frames.tolist(), poses, track.extrapolated_mask, doubts, _deviations(track)
        for frame, pose, extrapolated, doubtful, std in zip(*columns, strict=True):
            line = head | {
                "person": track.person,
                "frame": frame,
                "time": round(frame / track.fps, DECIMALS),
                "joints": dict(zip(track.skeleton.joints, pose, strict=True)),
                "extrapolated": names[extrapolated].tolist(),
                "doubtful": doubtful,
            }
            if track.std is not None:
                line["std_mm"] = dict(zip(track.skeleton.joints, std, strict=True))
            yield json.dumps(line, ensure_ascii=False, allow_nan=False)


def _deviations(track: Track) -> list[list[int | None]]:
    """Standard deviations of every joint of every frame in whole mm; None where unknown."""
    if track.std is None:
        return [[None] * track.skeleton.n_joints] * track.n_frames
    return [[int(v) if np.isfinite(v) else None for v in row] for row in np.round(track.std)]


def _rows(track: Track) -> Iterator[tuple]:
    """The rows of one person."""
    metres, extrapolated = track.metres.tolist(), track.extrapolated_mask.astype(int).tolist()
    doubts = track.doubtful_mask.astype(int).tolist()
    columns = track.frames.tolist(), metres, extrapolated, doubts, _deviations(track)
    for frame, pose, flags, doubtful, deviations in zip(*columns, strict=True):
        time = f"{frame / track.fps:.{DECIMALS}f}"
        for joint, point, flag, std in zip(
            track.skeleton.joints, pose, flags, deviations, strict=True
        ):
            position = (f"{value:.{DECIMALS}f}" for value in point)
            yield (track.person, frame, time, joint, *position, flag, doubtful, std)
