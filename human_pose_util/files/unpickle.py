"""Reads `.npz` files with Python objects in them, without running what they say.

NumPy keeps an array of objects as a pickle; `plain_pickle` reads that. What comes out is made of
dicts, lists, tuples, strings, numbers and numeric arrays.
"""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files import plain_pickle
from human_pose_util.files.npz import opened


def load_npz(path: Path) -> dict[str, Any]:
    """The arrays of an `.npz` file by name; one that holds a single object is that object.

    Raises:
        DataError: the file is missing, damaged or far too large, or would run code.
    """
    with opened(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".npy")]
        try:
            return {name.removesuffix(".npy"): _load_member(archive, name) for name in names}
        except plain_pickle.ForbiddenError as error:
            raise DataError(
                f"{path} is refused: its pickle calls {error}, which is no part of an array"
            ) from None


def _load_member(archive: ZipFile, name: str) -> Any:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        _, _, dtype = read_header(file)
        if dtype.hasobject:
            value = plain_pickle.load(file)
            return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
