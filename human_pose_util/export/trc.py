"""Track row column files (.trc), which OpenSim, Pose2Sim and Sports2D read."""

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from human_pose_util.export.axes import y_up
from human_pose_util.export.markers import markers_of
from human_pose_util.export.track import Track
from human_pose_util.files import atomic
from human_pose_util.units import MM_PER_M


def save_trc(tracks: Sequence[Track], path: str | os.PathLike) -> None:
    """Write tracks of one film as a `.trc` file.

    A joint is a marker. Positions are in metres, with five decimals and with y up: x, y and z in
    the file are y, z and x of the world, as in the files of Pose2Sim and Sports2D. Frame numbers
    are those of the film, from 0, and times are seconds from its first frame. With several people,
    labels begin with "person0:" and so on; where one of them is absent, the file has "NaN".

    Args:
        tracks: one or more tracks with one skeleton and one frame rate.
        path: file to write; an existing file is replaced once the new one is complete.

    Raises:
        DataError: the file cannot be written.
    """
    markers, fps = markers_of(tracks), f"{tracks[0].fps:.8g}"
    n_frames, n_markers = markers.is_seen.shape
    header = {
        "DataRate": fps, "CameraRate": fps, "NumFrames": n_frames, "NumMarkers": n_markers,
        "Units": "m", "OrigDataRate": fps, "OrigDataStartFrame": markers.first_frame,
        "OrigNumFrames": n_frames,
    }  # fmt: skip
    lines = [
        ["PathFileType", "4", "(X/Y/Z)", Path(path).name],
        header.keys(),
        map(str, header.values()),
        ["Frame#", "Time", "\t\t\t".join(markers.labels), "", ""],
        ["", "", *(f"{axis}{i}" for i in range(1, n_markers + 1) for axis in "XYZ")],
    ]
    frames = markers.first_frame + np.arange(n_frames)
    metres = y_up(markers.positions).reshape(n_frames, -1) / MM_PER_M
    rows = np.column_stack([frames, frames / tracks[0].fps, metres])
    text = io.StringIO()
    formats = ["%d", "%.6f", *["%.5f"] * metres.shape[1]]
    np.savetxt(text, rows, fmt=formats, delimiter="\t")
    with atomic(path) as temporary:
        content = "\n".join("\t".join(line) for line in lines) + "\n" + text.getvalue()
        content = content.replace("\tnan", "\tNaN")
        temporary.write_text(content, "utf-8", errors="replace", newline="\n")
