"""Looks how deep a `.mat` file nests before SciPy follows it.

SciPy's reader calls itself for a cell in a cell, and at some ten thousand of them the process
crashes.

Format: MathWorks, "MAT-File Format", level 5; all parts of an array are tagged elements.
"""

import struct
import zlib

_MATRIX, _COMPRESSED = 14, 15
_HEADER = 128
_MAX_DEPTH = 32
_MAX_BYTES = 2 << 30


def is_sane(data: bytes) -> bool:
    """Whether a `.mat` file nests, and unpacks to, no more than any data set's."""
    if len(data) < _HEADER or 0 in data[:4]:  # version 4 does not nest
        return True
    order = "<" if data[126:128] == b"IM" else ">"
    return _is_shallow(data, _HEADER, struct.Struct(f"{order}II"))


def _is_shallow(data: bytes, position: int, tag: struct.Struct) -> bool:
    """Whether the elements from a position on nest little; what is cut short is SciPy's to find."""
    ends: list[int] = []
    while position + tag.size <= len(data):
        while ends and position >= ends[-1]:
            ends.pop()
        kind, size = tag.unpack_from(data, position)
        position += tag.size
        if kind >> 16:  # a small element: its data are in the tag
            continue
        if kind == _MATRIX:
            ends.append(position + size)
            if len(ends) > _MAX_DEPTH:
                return False
        elif kind == _COMPRESSED:
            if not _is_shallow_packed(data[position : position + size], tag):
                return False
            position += size
        else:
            position += -(-size // 8) * 8
    return True


def _is_shallow_packed(packed: bytes, tag: struct.Struct) -> bool:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, _MAX_BYTES)
    except zlib.error:
        return True  # SciPy will say so
    return not unpacker.unconsumed_tail and _is_shallow(unpacked, 0, tag)
