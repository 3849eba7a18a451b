"""A finished sequence as results files store it, and the small files of the journal."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.evaluate.provenance import set_attrs
from human_pose_util.evaluate.results_file import finished_keys

LIBVER = ("v108", "latest")
"""HDF5's format with checksums: three times fewer files with a flipped byte are read wrongly, and
none of thousands crashed the library. Every HDF5 from 1.8 on reads it."""

BROKEN = (OSError, KeyError, RuntimeError, TypeError, ValueError)  # what h5py raises for damage


@dataclass(frozen=True)
class Entry:
    """A finished sequence as the file stores it.

    Attributes:
        arrays: arrays by name.
        attrs: attributes by name.

    Raises:
        DataError: a value is NaN, or a pose is not finite. (A cost may be infinite.)
    """

    arrays: Mapping[str, np.ndarray]
    attrs: Mapping[str, Any]

    def __post_init__(self):
        for name, values in {**self.arrays, **self.attrs}.items():
            values = np.asarray(values)
            if values.dtype.kind != "f":
                continue
            if np.isnan(values).any() or (name == "p3w" and not np.isfinite(values).all()):
                raise DataError(f"{name} has values that are not finite; nothing is saved")


def as_hdf5(inference_id: str, entries: Mapping[str, Entry], attrs: Mapping[str, Any]) -> bytes:
    """A results file, built in memory, since HDF5 does not survive a disk that is full."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=LIBVER) as file:
        file.create_group(inference_id).attrs.update(attrs)
        for key, entry in entries.items():
            group = file.create_group(f"{inference_id}/{key}")
            for name, values in entry.arrays.items():
                group[name] = values
            group.attrs.update(entry.attrs)
    return buffer.getvalue()


def copy_in(part: Path | io.BytesIO, file: h5py.File) -> None:
    """Copy sequences of whatever run into the results file, with the attributes of the run.

    Args:
        part: a file of the journal, or one in memory, as `as_hdf5` makes it.
        file: the results file, open for changes.

    Raises:
        DataError: the part is broken.
        OSError, KeyError, RuntimeError, TypeError, ValueError: the results file cannot be written,
            or is broken.
    """
    try:
        with h5py.File(part, "r") as source:
            for inference_id in source:
                set_attrs(file.require_group(inference_id), dict(source[inference_id].attrs))
            for key in finished_keys(source):
                if key in file:
                    del file[key]
                source.copy(source[key], file, name=key)
    except BROKEN as error:
        # The copy reads and writes at once, so its error does not tell which of both failed.
        if is_whole(part):
            raise
        raise DataError(
            f"{part} cannot be read as HDF5 ({error}): remove it, and run again"
        ) from error


def is_whole(file: Path | io.BytesIO) -> bool:
    """Whether everything in an HDF5 file can be read.

    Args:
        file: the file, or one in memory.
    """

    def read(_name: str, item: h5py.Group | h5py.Dataset) -> None:
        dict(item.attrs)
        if isinstance(item, h5py.Dataset):
            item[()]

    try:
        with h5py.File(file, "r") as opened:
            opened.visititems(read)
    except BROKEN:
        return False
    return True
