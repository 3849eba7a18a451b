"""Lock files: one process at a time works where it holds the lock."""

import fcntl
import logging
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from human_pose_util.errors import DataError

log = logging.getLogger(__name__)

FOREVER = math.inf
"""The patience of who waits until the lock is free."""

_PAUSE = 0.1
"""Seconds between two attempts to get a lock."""


@contextmanager
def exclusive(
    path: str | os.PathLike, busy: str, patience: float = 0.0, advice: str = ""
) -> Iterator[None]:
    """Hold the lock file at `path`; the system releases it however the process ends.

    Args:
        path: the lock file; it stays there, empty.
        busy: the message for the user while another process or thread holds the lock.
        patience: seconds to wait, with a warning, while another process holds the lock; after them
            that is an error.
        advice: what the user can do where the lock file cannot be written.

    Raises:
        DataError: another process holds the lock for longer, or the lock file cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        reason = "; ".join(filter(None, [error.strerror or str(error), advice]))
        raise DataError(f"cannot write {path}: {reason}") from error
    with file:
        _lock(file.fileno(), busy, patience)
        yield


def _lock(file: int, busy: str, patience: float) -> None:
    """Lock an open file; the arguments are those of `exclusive`."""
    deadline, has_warned = time.monotonic() + patience, False
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise DataError(busy) from None
        if not has_warned:
            log.warning("%s", busy)
            has_warned = True
        time.sleep(_PAUSE)


def lock_of(path: str | os.PathLike) -> Path:
    """The lock file of a file: a process that writes to the file holds this lock."""
    path = Path(path)
    return path.with_name(f"{path.name}.lock")
