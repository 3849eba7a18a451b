"""Lifted poses as files for other programs: arrays, tables, motion capture, animated skeletons."""

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

from human_pose_util.errors import DataError
from human_pose_util.export.bvh import save_bvh
from human_pose_util.export.c3d import save_c3d
from human_pose_util.export.glb import save_glb
from human_pose_util.export.npz import save_npz
from human_pose_util.export.rig import Rig, fit_skeleton
from human_pose_util.export.text_formats import json_lines, save_table
from human_pose_util.export.track import Track, check_film
from human_pose_util.export.trc import save_trc
from human_pose_util.extras import install_command
from human_pose_util.suffixes import check_suffix

_FORMATS = {
    ".npz": save_npz, ".csv": save_table, ".glb": save_glb, ".trc": save_trc, ".c3d": save_c3d,
}  # fmt: skip
SUFFIXES = (*_FORMATS, ".bvh")
_PACKAGES = {".glb": "pygltflib", ".c3d": "c3d"}
"""Suffix → the optional package that writes such files."""

__all__ = ["SUFFIXES", "Rig", "Track", "check_packages", "fit_skeleton", "json_lines", "save"]


def check_packages(paths: Iterable[str | os.PathLike]) -> None:
    """Check that the optional packages that write files are installed.

    Args:
        paths: the files to write; their suffixes name the formats.

    Raises:
        DataError: a package is missing.
    """
    for path in paths:
        package = _PACKAGES.get(Path(path).suffix.lower())
        try:
            if package:
                import_module(package)
        except ImportError as error:
            needed = f"{path} needs the package {package}: {install_command('export')}"
            raise DataError(needed) from error


def save(tracks: Sequence[Track], path: str | os.PathLike) -> list[Path]:
    """Write the tracks of one film, in the format that the suffix of `path` names.

    Args:
        tracks: one track for each person, all with one skeleton and one frame rate.
        path: file whose suffix is one of `SUFFIXES`. A BVH file holds one person: several go to
            `name-person0.bvh`, `name-person1.bvh`, …; other files hold all.

    Returns:
        The files that were written.

    Raises:
        SpecError: the file has another suffix, or the skeleton has several roots (.bvh and .glb).
        DataError: there is no track, the tracks do not fit together, a package for the format is
            missing, or a file cannot be written.
    """
    path = check_suffix(path, SUFFIXES)
    check_film(tracks)
    check_packages([path])
    suffix = path.suffix.lower()
    if suffix in _FORMATS:
        _FORMATS[suffix](tracks, path)
        return [path]
    paths = [path]
    if len(tracks) > 1:
        paths = [path.with_name(f"{path.stem}-person{t.person}{path.suffix}") for t in tracks]
    for track, target in zip(tracks, paths, strict=True):
        save_bvh(track, target)
    return paths
