"""Ctrl-C and SIGTERM: a command ends within seconds, whatever it is doing.

Python runs signal handlers in the main thread, between two instructions of its own; while
TensorFlow compiles, that can take a while. A thread that waits for signals does not let it take
longer than `GRACE` seconds. What is finished is on the disk by then: results and checkpoints are
written when they are made.

Importing this module makes signals end the process at once, until `heed` is called: a script
imports it before what takes time. Whoever does not want that restores Python's own handlers.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import parent_process
from typing import NoReturn

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
DEFAULTS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
MESSAGE = "interrupted: what was finished is saved"
GRACE = 8

_watched = False
_received: list[int] = []


def status_of(error: BaseException) -> int | None:
    """The exit status of a command that ended so because of a signal; None for another reason.

    What a signal raised can have become another error, in an import that it cut short.
    """
    if _received:
        return STATUS[_received[0]]
    return STATUS[signal.SIGINT] if isinstance(error, KeyboardInterrupt) else None


def heed() -> None:
    """Make signals raise KeyboardInterrupt, and see to it that the process ends."""
    global _watched
    for number in STATUS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as SIGINT is in a shell's background
            signal.signal(number, _interrupt)
    if not _watched:
        _watched, (ear, mouth) = True, os.pipe()
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        threading.Thread(target=_watch, args=(ear,), name="signals", daemon=True).start()


def ignore() -> None:
    """Heed no signal any more: the command has ended, and Python is shutting down."""
    for number in STATUS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def ends_at_once(stderr: int) -> Iterator[None]:
    """A context in which a signal ends the process on the spot, for there is nothing to save.

    It is for imports, out of which an exception could come as another one.

    Args:
        stderr: file descriptor that takes the message.
    """
    before = {n: handler for n in STATUS if (handler := signal.getsignal(n)) != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, partial(_end, stderr))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(stderr: int, number: int, _) -> NoReturn:
    if parent_process() is None:  # what another process has begun leaves it to that one to say so
        os.write(stderr, f"{MESSAGE}\n".encode())
    os._exit(STATUS[number])


def _interrupt(number: int, _) -> NoReturn:
    _received.append(number)
    sys.unraisablehook = lambda _: None  # what it leaves half made may fail to close, for nobody
    raise KeyboardInterrupt


def _watch(ear: int) -> None:
    while (number := os.read(ear, 1)[0]) not in STATUS:
        pass
    time.sleep(GRACE)
    os.write(2, f"\n{MESSAGE}\n".encode())
    os._exit(STATUS[number])


def _until_heeded() -> None:
    """End at once while a script imports what it needs: it imports this module first."""
    if threading.current_thread() is threading.main_thread():
        for number, default in DEFAULTS.items():
            if signal.getsignal(number) == default:
                signal.signal(number, partial(_end, 2))


_until_heeded()
