"""Lock files: one process at a time writes where it holds one."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from human_pose_util.errors import DataError


@contextmanager
def exclusive(path: str | os.PathLike, busy: str) -> Iterator[None]:
    """Hold the lock file at `path`; the system releases it however the process ends.

    Args:
        path: the lock file; it stays there, empty.
        busy: what to tell the user when another process holds it.

    Raises:
        DataError: another process holds it, or it cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(busy) from None
        yield


def lock_of(path: str | os.PathLike) -> Path:
    """The lock file of a file: who writes to the one holds the other."""
    path = Path(path)
    return path.with_name(f"{path.name}.lock")
