"""The files of a Human3.6M folder.

Either `D3_positions/S1/Directions.cdf`, or as the official archives unpack,
`S1/MyPoseFeatures/D3_Positions/Directions.cdf`; upper and lower case in folder names are one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from human_pose_util.dataset.h3m_protocol import CATEGORIES, SUBJECT_MODES, find_category
from human_pose_util.dataset.root import list_folder
from human_pose_util.errors import DataError

WORLD, CAMERA, IMAGE = KINDS = ("D3_positions", "D3_positions_mono", "D2_positions")


class ViewFiles(NamedTuple):
    """The CDF files of a sequence as one camera sees it.

    Attributes:
        p3c: file of the positions in the camera frame.
        p2: file of the image points.
    """

    p3c: Path
    p2: Path


@dataclass(frozen=True)
class SequenceFiles:
    """The CDF files of one sequence that is complete for at least one camera.

    Attributes:
        subject_id: the subject.
        sequence_id: name of the sequence, for example "Directions 1".
        world: file of the positions in the world.
        views: camera → its files.
    """

    subject_id: str
    sequence_id: str
    world: Path
    views: dict[str, ViewFiles]

    @property
    def key(self) -> str:
        """The sequence in the data set's keys, without the camera."""
        return f"{self.subject_id}/{self.sequence_id}"

    @property
    def paths(self) -> list[Path]:
        """All files of the sequence."""
        return [self.world, *(path for view in self.views.values() for path in view)]


def find_sequences(root: Path) -> tuple[list[SequenceFiles], list[str]]:
    """All sequences that have a world file and both files of at least one camera.

    Returns:
        The sequences, in order of subject and name; and a description of each that is left out.

    Raises:
        DataError: a folder cannot be listed, or no sequence is complete.
    """
    files = {kind: _files_of(root, kind) for kind in KINDS}
    cameras = sorted({camera for kind in (CAMERA, IMAGE) for _, _, camera in files[kind]})
    names = {key[:2] for kind in KINDS for key in files[kind]}
    order = list(SUBJECT_MODES)
    sequences, missing = [], []
    for subject, name in sorted(names, key=lambda key: (order.index(key[0]), key[1])):
        world = files[WORLD].get((subject, name, ""))
        if world is None:
            missing.append(f"{subject}/{name} (no {WORLD})")
            continue
        if find_category(name) is None:
            missing.append(f"{subject}/{name} (none of the actions {', '.join(CATEGORIES)})")
            continue
        views = {}
        for camera in cameras:
            p3c, p2 = (files[kind].get((subject, name, camera)) for kind in (CAMERA, IMAGE))
            if p3c and p2:
                views[camera] = ViewFiles(p3c, p2)
                continue
            kinds = [kind for kind, path in ((CAMERA, p3c), (IMAGE, p2)) if not path]
            missing.append(f"{subject}/{name}/{camera} (no {' and no '.join(kinds)})")
        if views:
            sequences.append(SequenceFiles(subject, name, world, views))
    if not sequences:
        counts = ", ".join(f"{len(files[kind])} files of {kind}" for kind in KINDS)
        raise DataError(f"H3M_PATH: no sequence of {root} is complete; it has {counts}")
    return sequences, missing


def video_paths(root: Path, subject_id: str, sequence_id: str, camera_id: str) -> list[Path]:
    """Where the video of a view may be, in either layout.

    Args:
        root: the Human3.6M folder.
        subject_id: the subject.
        sequence_id: name of the sequence.
        camera_id: the camera.
    """
    name = f"{sequence_id}.{camera_id}.mp4"
    return [root / "Videos" / subject_id / name, root / subject_id / "Videos" / name]


def _files_of(root: Path, kind: str) -> dict[tuple[str, str, str], Path]:
    """The files of one kind by subject, sequence and camera, which is "" for world files."""
    files = {}
    for subject in SUBJECT_MODES:
        official = _subfolders(root, subject, "MyPoseFeatures", kind)
        for folder in (*official, *_subfolders(root, kind, subject)):
            for path in list_folder(folder):
                if path.suffix.lower() == ".cdf":
                    name, camera = path.stem, ""
                    if kind != WORLD:
                        name, _, camera = path.stem.rpartition(".")
                    files[subject, name, camera] = path
    return files


def _subfolders(folder: Path, *names: str) -> Iterator[Path]:
    if not names:
        yield folder
        return
    for path in list_folder(folder):
        if path.name.lower() == names[0].lower() and os.path.isdir(path):
            yield from _subfolders(path, *names[1:])
