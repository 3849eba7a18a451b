"""C3D files (.c3d, c3d.org), the format of laboratories of motion capture."""

import os
import warnings
from collections.abc import Sequence

import numpy as np

from human_pose_util.export.markers import markers_of
from human_pose_util.export.track import Track
from human_pose_util.files import atomic

LONGEST = 255
"""Largest number of labels in a parameter, whose dimensions are bytes."""
ABSENT = -1.0
"""The residual that marks a point without a position."""


def save_c3d(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks of one film as a `.c3d` file.

    A joint is a point. Positions are in mm in the world (z up). The first frame of the film has
    the number 1. A joint that a keypoint shows has the residual 1 and camera 1, which only flags
    it: the residual is no error. An extrapolated joint has the residual 0 and no camera, which C3D
    provides for points that are not measured. With several people, labels begin with "person0:"
    and so on, and the residual −1 marks the points of a person who is absent.

    Args:
        tracks: one or more tracks with one skeleton and one frame rate.
        path: file to write; an existing file is replaced once the new one is complete.

    Raises:
        DataError: the file cannot be written.
    """
    import c3d

    markers = markers_of(tracks)
    is_absent = np.isnan(markers.positions).any(axis=-1, keepdims=True)
    is_seen = markers.is_seen[..., None].astype(float)
    # Programs disagree on which byte of the flags is the residual: both bytes are the same here.
    residual, cameras = np.where(is_absent, ABSENT, is_seen), is_seen
    points = np.concatenate([np.nan_to_num(markers.positions), residual, cameras], axis=-1)
    writer = c3d.Writer(point_rate=tracks[0].fps, point_units="mm")
    writer.set_start_frame(_as_set(markers.first_frame + 1))
    writer.set_screen_axis("+X", "+Z")
    # A parameter LABELS2 goes on where LABELS ends. Descriptions, which the library would write
    # for all points, are left empty.
    for part, start in enumerate(range(0, len(markers.labels), LONGEST), 1):
        labels = markers.labels[start : start + LONGEST]
        text, width = writer.pack_labels(labels)
        name = f"LABELS{part if part > 1 else ''}"
        writer.point_group.add_str(name, "", text, width, len(labels))
    writer.point_group.add_str("DESCRIPTIONS", "", "", 0)
    no_analog = np.zeros((0, 1))
    writer.add_frames([(frame, no_analog) for frame in points])
    no_warnings = warnings.catch_warnings(action="ignore")  # that there are no analog signals
    with atomic(path) as temporary, temporary.open("wb") as file, no_warnings:
        writer.write(file)


def _as_set(frame: int) -> int:
    """The number to set as the first frame, so that the library writes `frame`.

    The file has the number as two words of 16 bits. The library reads what is set once more before
    it writes, and takes the upper word for multiples of 65 535 instead of 65 536. So it takes 1 off
    for every 65 536 of the number; as much is added here.
    """
    return frame + frame // 65_535
