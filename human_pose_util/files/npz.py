"""NumPy's `.npz` files: zip archives of arrays, of bounded size; no code in them is run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from zipfile import ZipFile

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files import array_pickle
from human_pose_util.files.reading import readable

_MAX_BYTES = 2 << 30  # A few tens of kilobytes can unpack to more than the memory holds.


def read_arrays(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name.

    Args:
        path: the file; a pickled member is an error.

    Raises:
        DataError: the file is missing, damaged or far too large, or holds something else.
    """
    with _opened(path) as archive:
        return {name.removesuffix(".npy"): _array(archive, name) for name in archive.namelist()}


def load_npz(path: str | os.PathLike) -> dict[str, Any]:
    """The values of an `.npz` file by name, with Python objects in them.

    NumPy keeps an array of objects as a pickle, which `array_pickle` reads without running code.

    Args:
        path: the file.

    Returns:
        Name → array; an array of a single object is that object, made of dicts, lists, tuples,
        strings, numbers and arrays.

    Raises:
        DataError: the file is missing, damaged or far too large, or would run code.
    """
    with _opened(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".npy")]
        try:
            return {name.removesuffix(".npy"): _value(archive, name) for name in names}
        except array_pickle.ForbiddenError as error:
            raise DataError(f"{path} is refused: {error}") from None


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator[ZipFile]:
    """A context in which an `.npz` file is open."""
    with readable(path, ".npz file"), ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
            raise DataError(f"{path} unpacks to more than {_MAX_BYTES >> 30} GiB: it is damaged")
        yield archive


def _array(archive: ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as file:
        if _dtype(file).hasobject:
            raise ValueError(f"{name} is an array of Python objects, expected one of numbers")
        file.seek(0)
        return np.lib.format.read_array(file, allow_pickle=False)


def _value(archive: ZipFile, name: str) -> Any:
    with archive.open(name) as file:
        if _dtype(file).hasobject:
            value = array_pickle.load(file)
            return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return _array(archive, name)


def _dtype(file: IO[bytes]) -> np.dtype:
    """The type of the entries of an array in a file, which is read up to the entries."""
    version = np.lib.format.read_magic(file)
    read_header = getattr(np.lib.format, "read_array_header_{}_{}".format(*version))
    return read_header(file)[2]
