"""Looks over the structure of a `.mat` file before SciPy's reader trusts it.

That reader is compiled: types that it does not know, and cells in cells in cells, crash the
process. What is checked is what it follows: elements within their parents, known types, arrays of
numbers and text, and cells and structs of these. Values are none of it.

Format: MathWorks, "MAT-File Format", level 5.
"""

import math
import struct
import zlib
from collections.abc import Collection, Iterator

_MATRIX, _COMPRESSED = 14, 15
_INT8, _INT32, _UINT32 = 1, 5, 6
_NUMBERS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13}
_TEXT = {1, 2, 3, 4, 16, 17, 18}
_CELL, _STRUCT, _CHAR, _OPAQUE = 1, 2, 4, 17
_NUMERIC = range(6, 16)
_COMPLEX = 0x800

_HEADER = 128  # bytes before the first variable
_PEEK = 1024  # bytes that hold a variable's name
_MAX_DIMENSIONS = 32
_MAX_DEPTH = 16
_MAX_BYTES = 2 << 30


class BrokenError(Exception):
    """A structure that cannot be read; says why."""


def check_structure(data: bytes, names: Collection[str]) -> None:
    """See that variables of a file can be given to SciPy.

    Args:
        data: the file.
        names: the variables; others are skipped by SciPy, too.

    Raises:
        BrokenError: one is broken, nests too deeply or unpacks to too much.
    """
    if len(data) < _HEADER or 0 in data[:4]:  # version 4 has no structure
        return
    order = "<" if data[126:128] == b"IM" else ">"
    position = _HEADER
    while position < len(data):
        kind, start, size, position = _Part(data, order, position, len(data)).element()
        if kind == _COMPRESSED:
            position = start + size  # these are not padded
            _check_packed(data[start:position], order, names)
        else:
            _check_variable(_Part(data, order, start, start + size), names)


def _check_packed(packed: bytes, order: str, names: Collection[str]) -> None:
    try:
        head = zlib.decompressobj().decompress(packed, _PEEK)
        # A header says where the variable ends, which is not yet here.
        if not _is_wanted(_Part(head, order, 8, len(head)), names):
            return
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, _MAX_BYTES)
    except zlib.error as error:
        raise BrokenError(f"a variable cannot be unpacked ({error})") from None
    if unpacker.unconsumed_tail:
        raise BrokenError(f"a variable unpacks to more than {_MAX_BYTES >> 30} GiB")
    _, start, size, _ = _Part(data, order, 0, len(data)).element(_MATRIX)
    _check_variable(_Part(data, order, start, start + size), names)


def _check_variable(part: "_Part", names: Collection[str]) -> None:
    if _is_wanted(_Part(part.data, part.order, part.position, part.end), names):
        part.array(0)


def _is_wanted(part: "_Part", names: Collection[str]) -> bool:
    head = part.head()
    return head is not None and head[2].decode("latin1") in names


class _Part:
    """A stretch of a file, read from its start to its end."""

    def __init__(self, data: bytes, order: str, position: int, end: int):
        self.data, self.order, self.position, self.end = data, order, position, end

    def element(self, *kinds: int) -> tuple[int, int, int, int]:
        """The next element, of one of `kinds`: its type, start, size, and where the next begins."""
        if self.position + 8 > self.end:
            raise BrokenError("it ends too early")
        kind, size = struct.unpack_from(f"{self.order}II", self.data, self.position)
        start, small = self.position + 8, kind >> 16
        if small:  # the data stand where else the size does
            kind, size, start = kind & 0xFFFF, small, self.position + 4
        following = self.position + 8 if small else start + -(-size // 8) * 8
        if kinds and kind not in kinds:
            raise BrokenError(f"an element of type {kind} where {kinds[0]} is due")
        if small > 4 or start + size > self.end:
            raise BrokenError("an element is longer than what it is in")
        self.position = following
        return kind, start, size, following

    def _content(self, *kinds: int) -> bytes:
        _, start, size, _ = self.element(*kinds)
        return self.data[start : start + size]

    def _integers(self, kind: int) -> tuple[int, ...]:
        content = self._content(kind)
        if len(content) % 4:
            raise BrokenError("an integer is cut")
        letter = "I" if kind == _UINT32 else "i"
        return struct.unpack(f"{self.order}{len(content) // 4}{letter}", content)

    def head(self) -> tuple[int, tuple[int, ...], bytes] | None:
        """Flags, dimensions and name of an array; None for an object, which has no dimensions."""
        flags = self._integers(_UINT32)
        if len(flags) != 2:
            raise BrokenError("an array has no type")
        if flags[0] & 0xFF == _OPAQUE:
            return None
        dimensions = self._integers(_INT32)
        if not 2 <= len(dimensions) <= _MAX_DIMENSIONS or min(dimensions) < 0:
            raise BrokenError(f"an array has the dimensions {dimensions[:5]}")
        return flags[0], dimensions, self._content(_INT8, 16)

    def array(self, depth: int) -> None:
        """Check an array and what is in it."""
        flags, dimensions, _ = self.head() or (_OPAQUE, (), b"")
        kind, count = flags & 0xFF, math.prod(dimensions)
        if kind in _NUMERIC:
            for _ in range(2 if flags & _COMPLEX else 1):
                self.element(*_NUMBERS)
        elif kind == _CHAR:
            self.element(*_TEXT)
        elif kind in (_CELL, _STRUCT):
            n_fields = self._n_fields() if kind == _STRUCT else 1
            if depth == _MAX_DEPTH:
                raise BrokenError(f"it nests more than {_MAX_DEPTH} deep")
            for part in self._parts(count * n_fields):
                part.array(depth + 1)
        else:
            raise BrokenError(f"it holds an array of class {kind}, no numbers or text")

    def _n_fields(self) -> int:
        """How many fields a struct has, past their names."""
        (width,) = self._integers(_INT32) or (0,)
        _, _, size, _ = self.element(_INT8)
        if width <= 0 or size % width:
            raise BrokenError("the names of a struct's fields are broken")
        return size // width

    def _parts(self, count: int) -> Iterator["_Part"]:
        if count > (self.end - self.position) // 8:
            raise BrokenError(f"{count} parts are more than fit in")
        for _ in range(count):
            _, start, size, _ = self.element(_MATRIX)
            if size:
                yield _Part(self.data, self.order, start, start + size)
