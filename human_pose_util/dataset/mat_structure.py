"""A guard in front of SciPy's reader of `.mat` files, which two kinds of damage crash.

SciPy looks up an element's type in a C array without a check of the index, and reads a cell in a
cell in a cell ... with one C function call each; a wrong type or a deep nest is a segmentation
fault. `check_structure` walks along the elements that SciPy will follow: each ends within the
element around it, has a type that SciPy knows, and nests at most 16 deep. Whatever else is wrong
in a file, SciPy reports by itself.

Format: MathWorks, "MAT-File Format", level 5.
"""

import math
import struct
import zlib
from collections.abc import Collection

_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 5, 6, 14, 15  # types of elements
_NUMBERS = (1, 2, 3, 4, 5, 6, 7, 9, 12, 13)
_TEXT = (1, 2, 3, 4, 16, 17, 18)
_CELL, _STRUCT, _CHAR, _OPAQUE = 1, 2, 4, 17  # classes of arrays
_NUMERIC = range(6, 16)
_COMPLEX = 0x800  # a flag: a second element holds the imaginary parts

_HEADER = 128  # bytes before the first variable
_PEEK = 1024  # bytes of a compressed variable, among which its name is
_MAX_DEPTH = 16
_MAX_BYTES = 2 << 30


class BrokenError(Exception):
    """The structure of a file is broken; the message says why."""


def check_structure(data: bytes, names: Collection[str]) -> None:
    """Raise BrokenError for a file that would crash SciPy's reader.

    Args:
        data: the contents of the file.
        names: the variables that SciPy is to read; SciPy skips the others.

    Raises:
        BrokenError: a variable is broken, nests too deeply or unpacks to too much.
    """
    if len(data) < _HEADER or 0 in data[:4]:  # Files of version 4 have no elements.
        return
    file = _Elements(memoryview(data)[_HEADER:], "<" if data[126:128] == b"IM" else ">")
    while file.rest:
        kind, content = file.next()
        if kind == _COMPRESSED:
            content = _unpacked(content, file.order, names)
        if _is_wanted(content, file.order, names):
            _check_array(_Elements(content, file.order), 0)


def _unpacked(packed: memoryview, order: str, names: Collection[str]) -> memoryview:
    """The content of a compressed variable, only its head where SciPy is not to read it."""
    try:
        head = memoryview(zlib.decompressobj().decompress(packed, _PEEK))[8:]
        if not _is_wanted(head, order, names):
            return head
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, _MAX_BYTES)
    except zlib.error as error:
        raise BrokenError(f"a variable cannot be unpacked ({error})") from None
    if unpacker.unconsumed_tail:
        raise BrokenError(f"a variable unpacks to more than {_MAX_BYTES >> 30} GiB")
    return _Elements(memoryview(data), order).next(_MATRIX)[1]


def _is_wanted(variable: memoryview, order: str, names: Collection[str]) -> bool:
    head = _read_head(_Elements(variable, order))
    return head is not None and head[2].decode("latin1") in names


class _Elements:
    """The elements in a stretch of a file, read one after another."""

    def __init__(self, data: memoryview, order: str):
        self.rest, self.order = data, order

    def next(self, *kinds: int) -> tuple[int, memoryview]:
        """The type of the next element, which is one of `kinds`, and its content."""
        if len(self.rest) < 8:
            raise BrokenError("it ends too early")
        kind, size = struct.unpack_from(f"{self.order}II", self.rest)
        start, end = 8, 8 + -(-size // 8) * 8
        if small := kind >> 16:
            # The size is in the upper half of the type; the content is where the size is.
            kind, size, start, end = kind & 0xFFFF, small, 4, 8
        if kind == _COMPRESSED:
            end = start + size  # There is no padding after a compressed variable.
        if kinds and kind not in kinds:
            raise BrokenError(f"an element of type {kind} where type {kinds[0]} is expected")
        if small > 4 or start + size > len(self.rest):
            raise BrokenError("an element is longer than the element around it")
        content, self.rest = self.rest[start : start + size], self.rest[end:]
        return kind, content

    def integers(self, kind: int) -> tuple[int, ...]:
        """The integers of the next element, which is of type `kind`."""
        _, content = self.next(kind)
        letter = "I" if kind == _UINT32 else "i"
        return struct.unpack_from(f"{self.order}{len(content) // 4}{letter}", content)


def _read_head(variable: _Elements) -> tuple[int, int, bytes] | None:
    """Flags, number of entries and name of an array; None for an object, which has no entries."""
    flags, *_ = variable.integers(_UINT32) or (0,)
    if flags & 0xFF == _OPAQUE:
        return None
    dimensions = variable.integers(_INT32)
    _, name = variable.next(_INT8, 16)
    return flags, math.prod(dimensions), bytes(name)


def _check_array(array: _Elements, depth: int) -> None:
    flags, count, _ = _read_head(array) or (_OPAQUE, 0, b"")
    kind = flags & 0xFF
    if kind in _NUMERIC:
        for _ in range(2 if flags & _COMPLEX else 1):
            array.next(*_NUMBERS)
    elif kind == _CHAR:
        array.next(*_TEXT)
    elif kind in (_CELL, _STRUCT):
        if depth == _MAX_DEPTH:
            raise BrokenError(f"it nests more than {_MAX_DEPTH} deep")
        for _ in range(count * (_count_fields(array) if kind == _STRUCT else 1)):
            _, part = array.next(_MATRIX)
            if part:
                _check_array(_Elements(part, array.order), depth + 1)
    else:
        raise BrokenError(f"it holds an array of class {kind}, no numbers or text")


def _count_fields(struct_array: _Elements) -> int:
    """The number of fields of a struct; reads past their names."""
    (width,) = struct_array.integers(_INT32) or (0,)
    _, names = struct_array.next(_INT8)
    if width <= 0:
        raise BrokenError("the names of a struct's fields are broken")
    return len(names) // width
