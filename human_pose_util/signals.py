"""Ctrl-C and SIGTERM: a command ends within seconds, whatever it is doing.

Python runs signal handlers in the main thread, between two instructions of its own; while
TensorFlow compiles, that can take a while. A thread that waits for signals does not let it take
longer than `GRACE` seconds. What is finished is on the disk by then: results and checkpoints are
written when they are made.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
MESSAGE = "interrupted: what was finished is saved"
GRACE = 8

_watched = False


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends a command as Ctrl-C does."""


def status_of(end: KeyboardInterrupt) -> int:
    """The exit status of a command that was ended so."""
    return STATUS[signal.SIGTERM if isinstance(end, Terminated) else signal.SIGINT]


def heed() -> None:
    """Make SIGTERM an exception as Ctrl-C is, and see to it that the process ends."""
    global _watched
    signal.signal(signal.SIGTERM, _terminate)
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

    def end(number: int, _) -> NoReturn:
        os.write(stderr, f"{MESSAGE}\n".encode())
        os._exit(STATUS[number])

    before = {n: handler for n in STATUS if (handler := signal.getsignal(n)) != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, end)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(*_) -> NoReturn:
    raise Terminated


def _watch(ear: int) -> None:
    while (number := os.read(ear, 1)[0]) not in STATUS:
        pass
    time.sleep(GRACE)
    os.write(2, f"\n{MESSAGE}\n".encode())
    os._exit(STATUS[number])


def _in_one_line(kind, error, trace) -> None:
    """What Python does with an exception that nobody has handled: Ctrl-C is no traceback."""
    if issubclass(kind, KeyboardInterrupt):
        os.write(2, f"{MESSAGE}\n".encode())
        os._exit(STATUS[signal.SIGINT])
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _in_one_line  # from here on: scripts import this before anything that takes long
