"""Converts Human3.6M's CDF files to HDF5.

The converted file links to parts, one HDF5 file for each sequence in a folder beside it, and holds
an index of them. The name of a part has a fingerprint of the files that it was converted from: a
conversion that was interrupted keeps the parts that are complete.
"""

import json
import logging
import os
from functools import partial
from pathlib import Path

from human_pose_util.dataset.cache import cache_path, cached, fingerprint
from human_pose_util.dataset.h3m.conversion_processes import convert_sequences
from human_pose_util.dataset.h3m.files import SequenceFiles, find_sequences
from human_pose_util.dataset.h3m.sequence_part import Views, read_views
from human_pose_util.progress import progress_bar

log = logging.getLogger(__name__)

_NAME = "h3m"


def converted(root: Path) -> Path:
    """The HDF5 file converted from the Human3.6M folder `root`; made first where it is missing.

    Groups `S9/Directions 1` hold `p3w` and groups `55011271` with `p3c` and `p2`, float32; the
    data set `index` is JSON (`read_index`).

    Raises:
        DataError: there is no data, a file is damaged, or the cache folder cannot be written.
    """
    sequences, missing = find_sequences(root)
    sources = [path for files in sequences for path in files.paths]
    build = partial(_convert, root, sequences, missing)
    return cached(_NAME, sources, build, root, is_intact=_is_intact)


def read_index(path: Path) -> dict[str, dict]:
    """The index of a converted file: a dictionary for each sequence, in the data set's order.

    A dictionary has the `file` and `size` of the part, and its `views` (`sequence_part.Views`).
    """
    import h5py

    with h5py.File(path, "r") as file:
        return json.loads(file["index"][()])


def _convert(root: Path, sequences: list[SequenceFiles], missing: list[str], path: Path) -> None:
    if missing:
        log.warning("Human3.6M: left out: %s", ", ".join(missing))
    folder = cache_path(_NAME, root).with_suffix(".parts")
    folder.mkdir(exist_ok=True)
    parts = {files.key: folder / _part_name(files, root) for files in sequences}
    views = _write_missing(sequences, parts)
    _write_index(path, parts, views)
    cuts = [
        f"{key}/{camera} {tuple(view['lengths'])}"
        for key in parts
        for camera, view in views[key].items()
        if len(set(view["lengths"])) > 1
    ]
    if cuts:
        log.warning("Human3.6M: files of unequal length, cut to the shortest: %s", ", ".join(cuts))
    for stale in set(folder.iterdir()) - set(parts.values()):
        stale.unlink()


def _part_name(files: SequenceFiles, root: Path) -> str:
    return f"{files.key.replace('/', ' ')} {fingerprint(files.paths, root)[:16]}.h5"


def _write_missing(sequences: list[SequenceFiles], parts: dict[str, Path]) -> dict[str, Views]:
    """The views in all parts, by sequence; parts that are missing are written first."""
    views = {key: stored for key, part in parts.items() if (stored := read_views(part))}
    jobs = [(files, parts[files.key]) for files in sequences if files.key not in views]
    results = convert_sequences(jobs)
    with progress_bar("Human3.6M", len(parts), initial=len(views), unit="sequence") as bar:
        for files, result in results:
            views[files.key] = result
            bar.update()
    return views


def _write_index(path: Path, parts: dict[str, Path], views: dict[str, Views]) -> None:
    import h5py

    index = {}
    with h5py.File(path, "w") as file:
        for key, part in parts.items():
            name = f"{part.parent.name}/{part.name}"
            file[key] = h5py.ExternalLink(name, "/")
            size = part.stat().st_size
            index[key] = {"file": name, "size": size, "views": views[key]}
        file["index"] = json.dumps(index)


def _is_intact(path: Path) -> bool:
    """Whether all parts of a converted file are there, with the sizes in its index."""
    try:
        return all(
            os.path.getsize(path.parent / part["file"]) == part["size"]
            for part in read_index(path).values()
        )
    except Exception:  # A damaged file can raise almost any exception.
        return False
