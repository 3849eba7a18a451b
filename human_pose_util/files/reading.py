"""Files that others wrote: looked at before they are read, so that none can stall or flood us."""

import os
import stat
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError


def check_file(path: str | os.PathLike, largest: int | None = None) -> None:
    """See that a path leads to an ordinary file; to open a pipe would be to wait for a writer.

    Args:
        path: the file.
        largest: how many bytes it may have.

    Raises:
        DataError: it is missing, out of reach, no ordinary file, or too large.
    """
    try:
        found = os.stat(path)
    except (FileNotFoundError, ValueError):  # ValueError: a name that no file can have
        raise DataError(f"there is no file {path}") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
        raise DataError(f"cannot read {path}: it is {what}, expected a file")
    if largest is not None and found.st_size > largest:
        raise DataError(
            f"{path}: {found.st_size >> 20} MiB is too large, at most {largest >> 20} are read"
        )


def repeated_key(pairs: list[tuple[str, Any]]) -> str | None:
    """The first key of a JSON object that stands there twice; None where all are different."""
    if len(dict(pairs)) == len(pairs):
        return None
    keys = [key for key, _ in pairs]
    return next(key for key in keys if keys.count(key) > 1)


def read_file(path: str | os.PathLike, largest: int | None = None) -> bytes:
    """The contents of a file. Arguments and errors as of `check_file`."""
    check_file(path, largest)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
