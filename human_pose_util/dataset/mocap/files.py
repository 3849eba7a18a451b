"""Which recordings a motion capture folder holds."""

import os
from dataclasses import dataclass
from pathlib import Path

from human_pose_util.errors import DataError


@dataclass(frozen=True)
class Take:
    """One recording.

    Attributes:
        subject: the folder's name.
        path: the motion file.
        skeleton: its .asf file; None for a .bvh, which needs none.
    """

    subject: str
    path: Path
    skeleton: Path | None = None

    @property
    def key(self) -> str:
        """`<subject>/<file stem>`."""
        return f"{self.subject}/{self.path.stem}"


def find_root(root: str | os.PathLike | None) -> Path:
    """The folder of the data set, by default the environment variable `MOCAP_PATH`.

    Raises:
        DataError: it is not set, or no folder.
    """
    root = root or os.environ.get("MOCAP_PATH")
    if not root:
        raise DataError(
            "MOCAP_PATH is not set: set it to the folder that holds one folder of .asf and .amc, "
            "or .bvh, files per subject"
        )
    if not os.path.isdir(root):
        raise DataError(f"MOCAP_PATH: {root} is no folder; set it to the motion capture's folder")
    return Path(root)


def find_takes(root: Path) -> list[Take]:
    """The recordings below a folder, sorted by key; hidden files and other folders are left out.

    Raises:
        DataError: there are none, or a subject's folder is neither one .asf with its .amc files
            nor .bvh files.
    """
    takes = [
        take for folder in _entries(root) if os.path.isdir(folder) for take in _takes_of(folder)
    ]
    if not takes:
        raise DataError(
            f"{root} holds no recordings: put .asf and .amc, or .bvh, files in a folder per subject"
        )
    return sorted(takes, key=lambda take: take.key)


def _takes_of(folder: Path) -> list[Take]:
    files = [path for path in _entries(folder) if os.path.isfile(path)]
    asf, amc, bvh = (
        [path for path in files if path.suffix.lower() == suffix]
        for suffix in (".asf", ".amc", ".bvh")
    )
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
    takes = [Take(folder.name, path, asf[0] if asf else None) for path in motions]
    for take in takes:
        if not take.key.isprintable():  # a name that is no UTF-8 is not, either
            raise DataError(f"the name of {str(take.path)!a} cannot be a key: rename it")
    return takes


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"cannot read {folder}: {error.strerror}") from error
