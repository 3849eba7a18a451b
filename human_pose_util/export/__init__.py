"""Lifted poses as files for other programs: arrays, tables, motion capture, animated skeletons."""

import os
from collections.abc import Sequence
from pathlib import Path

from human_pose_util.export.bvh import save_bvh
from human_pose_util.export.c3d import save_c3d
from human_pose_util.export.glb import save_glb
from human_pose_util.export.npz import save_npz
from human_pose_util.export.rig import Rig, fit_skeleton
from human_pose_util.export.text_formats import json_lines, save_table
from human_pose_util.export.track import Track, check_film
from human_pose_util.export.trc import save_trc
from human_pose_util.suffixes import check_suffix

_FORMATS = {
    ".npz": save_npz, ".csv": save_table, ".glb": save_glb, ".trc": save_trc, ".c3d": save_c3d,
}  # fmt: skip
SUFFIXES = (*_FORMATS, ".bvh")

__all__ = ["SUFFIXES", "Rig", "Track", "fit_skeleton", "json_lines", "save"]


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
