"""Looks over a CDF file's index before the CDF library trusts it.

The library unpacks as many records as the index of a compressed variable says, into the temporary
folder if need be: one wrong number there would keep it busy until the disk is full.

Format: NASA GSFC, "CDF Internal Format Description", version 3.
"""

import os
import struct
from pathlib import Path

_VERSION_3, _COMPRESSED = b"\xcd\xf3\x00\x01", b"\xcc\xcc\x00\x01"
_INDEX = 6  # the type of a record that is part of an index
_HEAD = struct.Struct(">qi")  # of every record: its size and type
_MAX_RECORDS = 1_000_000
_MAX_BYTES = 1 << 30


def is_sane(path: Path) -> bool:
    """Whether what a version 3 file says of its unpacked size can be true; others are not read."""
    with path.open("rb") as file:
        magic = file.read(8)
        if not magic.startswith(_VERSION_3):
            return True
        if magic.endswith(_COMPRESSED):  # as a whole: its size stands in its first record
            (size,) = struct.unpack(">20xq", file.read(28).ljust(28, b"\0"))
            return 0 <= size <= _MAX_BYTES
        position, end = 8, os.fstat(file.fileno()).st_size
        while position + _HEAD.size <= end:
            file.seek(position)
            size, kind = _HEAD.unpack(file.read(_HEAD.size))
            if size < _HEAD.size:
                return False
            if kind == _INDEX and not _is_short(file.read(min(size, 1 << 20))):
                return False
            position += size
        return True


def _is_short(index: bytes) -> bool:
    """Whether a part of an index, without its head, ends at a sensible record."""
    if len(index) < 16:
        return False
    _, n_entries, n_used = struct.unpack_from(">qii", index)
    if not 0 <= n_used <= n_entries or 16 + 8 * n_entries > len(index):
        return False
    last = struct.unpack_from(f">{n_used}i", index, 16 + 4 * n_entries)
    return all(record < _MAX_RECORDS for record in last)
