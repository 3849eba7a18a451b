"""Data sets whose files are converted once into an HDF5 file in the cache."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from human_pose_util.dataset.cache import cached
from human_pose_util.dataset.hdf5 import read_dataset, write_sequence
from human_pose_util.dataset.sequence import MM_AND_PX, Dataset, PoseSequence, camera_view
from human_pose_util.errors import DataError

log = logging.getLogger(__name__)

Parts = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""Key, arrays and attributes of a sequence."""


def converted_dataset(
    name: str,
    root: Path,
    sources: Iterable[str | os.PathLike],
    skeleton_id: str,
    read: Callable[[], Iterable[Parts]],
) -> Dataset:
    """The data set that `read` gives, from the cache where no source has changed since.

    Args:
        name: name of the conversion, with which the name of the file in the cache begins.
        root: the data set's folder.
        sources: every file that `read` reads.
        skeleton_id: skeleton of all sequences.
        read: returns the key, the arrays [mm and px] and the attributes of every sequence.

    Raises:
        DataError: a source is missing or damaged, or the cache folder cannot be written.
    """

    def build(path: Path) -> None:
        import h5py

        log.info("converting %s: this takes a minute or two, once", root)
        with h5py.File(path, "w") as file:
            file.attrs["skeleton_id"] = skeleton_id
            for key, arrays, attrs in read():
                write_sequence(file, key, arrays, {**MM_AND_PX, **attrs})
            if not len(file):
                raise DataError(f"{root} holds no sequence with poses")

    return read_dataset(cached(name, sources, build, root=root))


def with_camera_frame(sequence: PoseSequence, **attrs: Any) -> PoseSequence:
    """A converted sequence of p3w and p2, with its p3c.

    Args:
        sequence: the sequence, which has a camera.
        **attrs: further attributes.
    """
    all_attrs = {**sequence.attrs, **attrs}
    return camera_view(lambda: sequence["p3w"], all_attrs, lambda _: sequence["p2"])
