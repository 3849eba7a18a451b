"""A guard in front of NASA's CDF library, which one kind of damage keeps busy for hours.

The library unpacks as many records as the index of a compressed variable says, into the temporary
folder if need be: with one wrong number in an index it works until the disk is full. `is_sane`
looks at these numbers. Whatever else is wrong in a file, the library reports by itself.

Format: NASA GSFC, "CDF Internal Format Description", version 3.
"""

import os
import struct
from pathlib import Path

_VERSION_3 = b"\xcd\xf3\x00\x01"
_INDEX = 6  # the type of a record that is part of an index
_HEAD = struct.Struct(">qi")  # the head of every record: its size and type
_MAX_RECORDS = 1_000_000


def is_sane(path: Path) -> bool:
    """Whether the indices of a version 3 file can be true; True for a file of another version."""
    with path.open("rb") as file:
        if not file.read(8).startswith(_VERSION_3):
            return True
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
    last_records = struct.unpack_from(f">{n_used}i", index, 16 + 4 * n_entries)
    return all(record < _MAX_RECORDS for record in last_records)
