"""NumPy's `.npz` files: zip archives of arrays, of bounded size and without pickles."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import check_file

_MAX_BYTES = 2 << 30  # unpacked: some tens of kilobytes can unpack to more than the memory holds


@contextmanager
def opened(path: str | os.PathLike) -> Iterator[ZipFile]:
    """A context in which an `.npz` file is open, and everything that fails is its damage.

    Raises:
        DataError: it is missing, damaged, or unpacks to too much; or what the context raises.
    """
    check_file(path)
    try:
        with ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
                raise DataError(
                    f"{path} unpacks to more than {_MAX_BYTES >> 30} GiB: it is damaged"
                )
            yield archive
    except DataError:
        raise
    except Exception as error:  # a damaged archive shows as almost any error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is no readable .npz file: {reason:.200}") from error


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name.

    Raises:
        DataError: the file is missing, damaged or far too large, or holds something else.
    """
    with opened(path) as archive:
        return {name.removesuffix(".npy"): _array(archive, name) for name in archive.namelist()}


def _array(archive: ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
