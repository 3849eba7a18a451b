"""Ctrl-C and SIGTERM end a command within seconds, whatever the command is doing.

Python runs a signal handler in the main thread, between two instructions of its own. While
TensorFlow compiles, the next instruction can be far away, so a thread waits for signals too and
ends the process `GRACE` seconds after the first one. Nothing is lost by that: results and
checkpoints are written as soon as they are computed.

Importing this module changes nothing. `command_line.run` calls `install`, and `ignore` at the end.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn

STATUS: dict[int, int] = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit status of a command that a signal ends, as a shell reports it."""

GRACE = 8  # seconds

_command_pid = 0  # the process that `install` was called in; a forked child inherits the number
_received: list[int] = []
_message = "interrupted"


def status_of(error: BaseException) -> int | None:
    """The exit status of a command that `error` ended.

    A KeyboardInterrupt can become another error on its way out, for instance in an import that it
    cuts short, so a signal that was received counts, whatever the error is.

    Returns:
        130 or 143 if a signal was the cause; None if it was not.
    """
    if _received:
        return STATUS[_received[0]]
    return STATUS[signal.SIGINT] if isinstance(error, KeyboardInterrupt) else None


def message() -> str:
    """The line on stderr of a command that a signal ends."""
    return _message


def install(kept: str = "") -> None:
    """Let SIGINT and SIGTERM raise KeyboardInterrupt, and start the thread that sees to the end.

    A signal that is ignored so far stays ignored: a shell starts background jobs that way.

    Args:
        kept: what an interrupted command keeps, for its message; "" where it keeps nothing.
    """
    global _command_pid, _message
    _message = f"interrupted: {kept}" if kept else "interrupted"
    for number in STATUS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)
    if not _command_pid:
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        threading.Thread(target=_watch, args=(read_end,), name="signals", daemon=True).start()
    _command_pid = os.getpid()


def ignore() -> None:
    """Ignore both signals from now on: the command has ended, and Python is shutting down."""
    for number in STATUS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def ends_at_once(stderr: int) -> Iterator[None]:
    """A context in which a signal ends the process on the spot.

    It is for imports: there is nothing to save yet, and a library whose import is cut short by an
    exception may raise another one, or print it.

    Args:
        stderr: file descriptor that the message is written to.
    """
    before = {n: handler for n in STATUS if (handler := signal.getsignal(n)) != signal.SIG_IGN}
    try:
        for number in before:
            signal.signal(number, partial(_end, stderr))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(stderr: int, number: int, _: FrameType | None) -> NoReturn:
    """Ends the process; the command itself writes the message, none of its child processes."""
    if os.getpid() == _command_pid:
        # A clock or a progress bar may stand in the last line; tqdm keeps the open bars here.
        bars = getattr(getattr(sys.modules.get("tqdm"), "tqdm", None), "_instances", ())
        after_a_bar = "\n" if os.isatty(stderr) or len(bars) else ""
        os.write(stderr, f"{after_a_bar}{_message}\n".encode())
    os._exit(STATUS[number])


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Raises KeyboardInterrupt, or ends the process if it is still importing what it needs."""
    # Once TensorFlow is there, a later import may interrupt work that has something to save.
    if "tensorflow" not in sys.modules and _is_import(frame):
        _end(2, number, frame)
    _received.append(number)
    # Objects that the exception leaves half initialised may complain when they are deleted.
    sys.unraisablehook = lambda _: None
    raise KeyboardInterrupt


def _is_import(frame: FrameType | None) -> bool:
    """Whether an import statement is among the callers of a frame."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _watch(read_end: int) -> None:
    """Waits for a signal, then ends the process after `GRACE` seconds."""
    # Python writes the number of every signal that it handles to the pipe, others' too.
    while (number := os.read(read_end, 1)[0]) not in STATUS:
        pass
    time.sleep(GRACE)
    os.write(2, f"\n{_message}\n".encode())
    os._exit(STATUS[number])
