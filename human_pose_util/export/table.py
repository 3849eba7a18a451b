"""Comma-separated values: one row per person, frame and joint."""

import csv
import os
from collections.abc import Iterator, Sequence

from human_pose_util.export.track import Track
from human_pose_util.files import atomic

COLUMNS = ("person", "frame", "time", "joint", "x", "y", "z", "extrapolated")
DECIMALS = 4


def save_table(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks as a `.csv` file with a header.

    The columns are person, frame (its number in the film, from 0), time [s from the film's first
    frame], joint (its name), x, y, z [m, in the world: right-handed, z up, floor z = 0] and
    extrapolated (1 where no keypoint showed the joint, 0 elsewhere). Times and positions have
    four decimals. Rows are in the order of the tracks, then of the frames, then of the joints.

    Raises:
        DataError: the file cannot be written.
    """
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for track in tracks:
            writer.writerows(_rows(track))


def _rows(track: Track) -> Iterator[tuple]:
    metres, unseen = track.metres.tolist(), track.unseen.astype(int).tolist()
    for frame, pose, flags in zip(track.frames.tolist(), metres, unseen, strict=True):
        time = f"{frame / track.fps:.{DECIMALS}f}"
        for joint, point, flag in zip(track.skeleton.joints, pose, flags, strict=True):
            point = (f"{value:.{DECIMALS}f}" for value in point)
            yield (track.person, frame, time, joint, *point, flag)
