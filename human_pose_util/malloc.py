"""Has the C library keep freed memory for the next allocation.

The working memory of a batch is tens of MB. By default, glibc returns this memory to the system
after every call, and the system prepares every page anew for the next call. That takes up to a
quarter of the time; in a worker of Dask, which tells glibc to return more, it takes a third.
"""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # from malloc.h
_LARGEST_THRESHOLD = 2**25  # the largest threshold that glibc accepts, in bytes
_LARGEST_HEAP = 2**26  # the largest heap of a thread, in bytes


def keep_freed() -> None:
    """Have glibc keep freed blocks of up to 32 MB; another C library stays as it is."""
    with suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGEST_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, _LARGEST_HEAP)
        mallopt(_TOP_PAD, _LARGEST_HEAP)
