"""Converts Human3.6M's CDF files to HDF5.

The cached file links to part files, one per sequence, in a folder beside it, and holds an index
of them. A part's name tells the state of the files that it was made from: a conversion that was
interrupted goes on where it was.
"""

import json
import logging
import os
import threading
from functools import partial
from pathlib import Path

from human_pose_util.dataset.cache import cached, fingerprint
from human_pose_util.dataset.h3m.layout import SequenceFiles, find_sequences
from human_pose_util.dataset.h3m.parts import Views, read_views, write_parts

log = logging.getLogger(__name__)

_VERSION = 1


def converted(root: Path) -> Path:
    """The HDF5 file made from the Human3.6M folder `root`; made first where there is none.

    Groups `S9/Directions 1` hold `p3w` and groups `55011271` with `p3c` and `p2`, float32; the
    data set `index` is JSON (`read_index`).

    Raises:
        DataError: no data, damaged data, or a cache folder that cannot be written.
    """
    sequences, missing = find_sequences(root)
    return cached(
        "h3m",
        [path for files in sequences for path in files.paths],
        partial(_convert, root, sequences, missing),
        root=root,
        version=_VERSION,
        is_intact=_is_intact,
    )


def read_index(path: Path) -> dict[str, dict]:
    """What a converted file holds: a dictionary per sequence, in the data set's order.

    Each has the part's `file` and `size`, and its `views` (`parts.read_views`).
    """
    import h5py

    with h5py.File(path, "r") as file:
        return json.loads(file["index"][()])


def _convert(root: Path, sequences: list[SequenceFiles], missing: list[str], path: Path) -> None:
    if missing:
        log.warning("Human3.6M: left out: %s", ", ".join(missing))
    folder = path.with_suffix("").with_suffix(".parts")
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
    return f"{files.key.replace('/', ' ')} {fingerprint(files.paths, root, _VERSION)[:16]}.h5"


def _write_missing(sequences: list[SequenceFiles], parts: dict[str, Path]) -> dict[str, Views]:
    """Write the parts that are not there; returns the views in all of them, by sequence."""
    from tqdm import tqdm

    views = {key: found for key, part in parts.items() if (found := read_views(part))}
    jobs = [(files, parts[files.key]) for files in sequences if files.key not in views]
    lock = threading.Lock()
    with tqdm(desc="Human3.6M", total=len(parts), initial=len(views), unit="sequence") as progress:

        def done(files: SequenceFiles, result: Views) -> None:
            with lock:
                views[files.key] = result
                progress.update()

        write_parts(jobs, done)
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
    try:
        return all(
            os.path.getsize(path.parent / part["file"]) == part["size"]
            for part in read_index(path).values()
        )
    except Exception:  # damage shows as almost any error
        return False
