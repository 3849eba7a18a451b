"""Reads `.npz` files with Python objects in them, without running what they say.

NumPy keeps an array of objects as a pickle, and a pickle may call any function. This reader
knows the few names that arrays need, and builds plain arrays for them itself; every other name is
refused. What comes out is made of dicts, lists, tuples, strings, numbers and numeric arrays.
"""

import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError

_PLAIN_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|[SU]\d+|O8?)")
_CORES = ("numpy.core", "numpy._core")  # before and since NumPy 2


def load_npz(path: Path) -> dict[str, Any]:
    """The arrays of an `.npz` file by name; one that holds a single object is that object.

    Raises:
        DataError: the file is missing or damaged, or would run code.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.endswith(".npy")]
            return {name.removesuffix(".npy"): _load_member(archive, name) for name in names}
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except _ForbiddenError as error:
        raise DataError(
            f"{path} is refused: its pickle calls {error}, which is no part of an array"
        ) from None
    except Exception as error:  # a damaged pickle or archive shows as almost any error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is no readable .npz file: {reason}") from error


class _ForbiddenError(Exception):
    pass


def _load_member(archive: zipfile.ZipFile, name: str) -> Any:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        _, _, dtype = read_header(file)
        if dtype.hasobject:
            value = _plain(_Unpickler(file).load())
            return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    with archive.open(name) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _ForbiddenError(f"{module}.{name}") from None


class _Dtype:
    """Stands for a NumPy dtype in a pickle; only plain ones."""

    def __init__(self, spec: str, *_: Any):
        if not _PLAIN_DTYPE.fullmatch(spec):
            raise _ForbiddenError(f"numpy.dtype({spec!r})")
        self.value = np.dtype(spec)

    def __setstate__(self, state: tuple) -> None:
        self.value = self.value.newbyteorder(state[1])


class _Array:
    """Stands for a NumPy array in a pickle."""

    value: np.ndarray

    def __init__(self, *_: Any):
        pass

    def __setstate__(self, state: tuple) -> None:
        _, shape, dtype, is_fortran, data = state
        if dtype.value.hasobject:
            array = np.empty(len(data), dtype=object)
            array[:] = data
        else:
            array = np.frombuffer(data, dtype.value)
        self.value = array.reshape(shape, order="F" if is_fortran else "C")


class _NoClass:
    """Stands for `numpy.ndarray`, which a pickle names but need not call."""


def _scalar(dtype: _Dtype, data: bytes) -> Any:
    return np.frombuffer(data, dtype.value)[0]


def _from_buffer(data: bytes, dtype: _Dtype, shape: tuple, order: str) -> np.ndarray:
    """How pickles of protocol 5 spell arrays."""
    return np.frombuffer(bytes(data), dtype.value).reshape(shape, order=order)


def _encode(text: str, encoding: str) -> bytes:
    """How pickles of protocol 2 spell bytes."""
    if encoding != "latin1":
        raise _ForbiddenError(f"_codecs.encode(…, {encoding!r})")
    return text.encode("latin1")


_ALLOWED = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _NoClass,
    ("_codecs", "encode"): _encode,
    **{(f"{core}.multiarray", "_reconstruct"): _Array for core in _CORES},
    **{(f"{core}.multiarray", "scalar"): _scalar for core in _CORES},
    **{(f"{core}.numeric", "_frombuffer"): _from_buffer for core in _CORES},
}


def _plain(value: Any) -> Any:
    """What was unpickled with arrays in place of what stands for them."""
    if isinstance(value, _Array):
        value = value.value
        if value.dtype == object:
            plain = np.empty(value.shape, dtype=object)
            plain.ravel()[:] = [_plain(item) for item in value.ravel()]
            return plain
        return value
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return value
