"""The recordings in a motion capture folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from human_pose_util.dataset.root import list_folder
from human_pose_util.errors import DataError


@dataclass(frozen=True)
class Recording:
    """One recording.

    Attributes:
        subject: name of the folder.
        path: the motion file.
        skeleton: the .asf file of an .amc file; None for a .bvh file, which needs none.
    """

    subject: str
    path: Path
    skeleton: Path | None = None

    @property
    def key(self) -> str:
        """`<subject>/<file stem>`."""
        return f"{self.subject}/{self.path.stem}"


def find_recordings(root: Path) -> list[Recording]:
    """The recordings in a folder, sorted by key; hidden files and deeper folders are left out.

    Args:
        root: the folder, with one folder for each subject.

    Raises:
        DataError: there are no recordings, or the folder of a subject holds neither one .asf file
            with its .amc files nor .bvh files.
    """
    folders = [folder for folder in list_folder(root) if os.path.isdir(folder)]
    recordings = [recording for folder in folders for recording in _recordings_of(folder)]
    if not recordings:
        raise DataError(
            f"{root} holds no recordings: put .asf and .amc, or .bvh, files in a folder per subject"
        )
    return sorted(recordings, key=lambda recording: recording.key)


def _recordings_of(folder: Path) -> list[Recording]:
    files = [path for path in list_folder(folder) if os.path.isfile(path)]
    suffixes = (".asf", ".amc", ".bvh")
    asf, amc, bvh = ([p for p in files if p.suffix.lower() == suffix] for suffix in suffixes)
    if not (asf or amc or bvh):
        return []
    if bvh and (asf or amc):
        raise DataError(f"{folder} mixes .bvh with .asf and .amc files: give each a folder")
    if not bvh and len(asf) != 1:
        raise DataError(f"{folder} holds .amc files and {len(asf)} .asf skeletons: it needs one")
    if asf and not amc:
        raise DataError(f"{folder} holds {asf[0].name} but no .amc motion: put its motions there")
    motions = amc or bvh
    if len({path.stem for path in motions}) < len(motions):
        raise DataError(f"{folder} holds two motions of one name: rename one")
    recordings = [Recording(folder.name, path, asf[0] if asf else None) for path in motions]
    for recording in recordings:
        if not recording.key.isprintable():  # A name that is no UTF-8 is not printable.
            raise DataError(f"the name of {str(recording.path)!a} cannot be a key: rename it")
    return recordings
