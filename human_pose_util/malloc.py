"""Freed memory is kept for what comes next.

The working memory of a batch is tens of MB. glibc would give it back to the system after every
call, and have every page of the next one made anew, which takes up to a quarter of the time; as a
worker of Dask, which tells glibc to give back more, a third.
"""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # malloc.h
_LARGEST_THRESHOLD, _LARGEST_HEAP = 2**25, 2**26  # that glibc takes, and has


def keep_freed() -> None:
    """Have glibc keep blocks of up to 32 MB; does nothing where the C library is another."""
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGEST_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, _LARGEST_HEAP)
        mallopt(_TOP_PAD, _LARGEST_HEAP)
