"""Lock files: one process at a time works where it holds the lock."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from human_pose_util.errors import DataError

log = logging.getLogger(__name__)


@contextmanager
def exclusive(path: str | os.PathLike, busy: str, wait: bool = False) -> Iterator[None]:
    """Hold the lock file at `path`; the system releases it however the process ends.

    Args:
        path: the lock file; it stays there, empty.
        busy: the message for the user while another process or thread holds the lock.
        wait: wait for the lock, with a warning, instead of raising an error.

    Raises:
        DataError: another process holds the lock, or the lock file cannot be written.
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
            if not wait:
                raise DataError(busy) from None
            log.warning("%s", busy)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def lock_of(path: str | os.PathLike) -> Path:
    """The lock file of a file: a process that writes to the file holds this lock."""
    path = Path(path)
    return path.with_name(f"{path.name}.lock")
