"""Keeping libraries that write to stderr while they are imported from doing so."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[int]:
    """A context in which what is written to file descriptor 2 is lost; gives another that is not.

    Redirecting `sys.stderr` would not do: C++ writes to the descriptor.
    """
    sys.stderr.flush()
    kept, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        yield kept
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(devnull)
