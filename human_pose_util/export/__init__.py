"""Lifted poses as files for other programs: NumPy archives, tables, motion capture, JSON lines."""

import os
from collections.abc import Sequence
from pathlib import Path

from human_pose_util.export.bvh import save_bvh
from human_pose_util.export.lines import lines
from human_pose_util.export.npz import save_npz
from human_pose_util.export.rig import fit_skeleton, positions
from human_pose_util.export.table import save_table
from human_pose_util.export.track import Track, check_film
from human_pose_util.vis.writer import check_suffix

SUFFIXES = (".npz", ".csv", ".bvh")

__all__ = [
    "SUFFIXES",
    "Track",
    "fit_skeleton",
    "lines",
    "positions",
    "save",
    "save_bvh",
    "save_npz",
    "save_table",
]


def save(tracks: Sequence[Track], path: str | os.PathLike) -> list[Path]:
    """Write the tracks of one film, in the format that the suffix of `path` names.

    Args:
        tracks: one per person, with one skeleton and one frame rate.
        path: ends in .npz (`save_npz`), .csv (`save_table`) or .bvh (`save_bvh`). A BVH file holds
            one person: several go to `name-person0.bvh`, `name-person1.bvh`, …

    Returns:
        The files that were written.

    Raises:
        SpecError: another suffix, or for .bvh a skeleton with several roots.
        DataError: there is no track, the tracks do not fit together, or a file cannot be written.
    """
    path = check_suffix(path, SUFFIXES)
    check_film(tracks)
    suffix = path.suffix.lower()
    if suffix != ".bvh":
        {".npz": save_npz, ".csv": save_table}[suffix](tracks, path)
        return [path]
    paths = [path]
    if len(tracks) > 1:
        paths = [path.with_name(f"{path.stem}-person{t.person}{path.suffix}") for t in tracks]
    for track, target in zip(tracks, paths, strict=True):
        save_bvh(track, target)
    return paths
