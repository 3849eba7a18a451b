"""The frame around a command: one clear line for an error, and its exit status."""

import atexit
import errno
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from command_line import signals
from command_line.hints import with_flags
from human_pose_util.errors import DataError, PoseError

_DISK_FULL = errno.ENOSPC, errno.EDQUOT


def run(main: Callable[[], None], kept: str = "") -> None:
    """Run a command and exit.

    A `PoseError` becomes one line on stderr and the error's exit status (2 for a wrong
    identifier, key or flag, 1 for missing or broken data). Ctrl-C exits with 130 and SIGTERM with
    143, both within seconds and with everything saved that is finished. A reader that closes the
    pipe early (`| head`) is no error; a full disk is one.

    Args:
        main: the command.
        kept: what the command keeps when it is interrupted, for its message; "" for nothing.
    """
    signals.install(kept)
    status = None
    try:
        try:
            main()
            sys.stdout.flush()
        finally:
            signals.ignore()
    except PoseError as error:
        print(f"error: {' '.join(with_flags(str(error)).split())}", file=sys.stderr)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        _give_up_stdout()
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        _give_up_stdout()
        print(f"error: cannot write the output: {error.strerror}", file=sys.stderr)
        sys.exit(DataError.exit_status)
    except BaseException as error:
        status = signals.status_of(error)
        if status is None:
            raise
    # The error is gone here, and with it the frames of `main` and what they alone kept open.
    if status is not None:
        signals.ignore()  # a signal may have come before the first call was through
        _end_interrupted(status)


def _give_up_stdout() -> None:
    """Python flushes stdout once more at its end, and must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end_interrupted(status: int) -> NoReturn:
    """Ends the process as Python does, but leaves the interpreter as it is.

    TensorFlow may still compute what the signal interrupted. Where one of its threads needs the
    interpreter while Python takes that apart, it aborts the process with status 134. As in a child
    process of `multiprocessing`, threads are waited for, the functions of `atexit` are called, and
    output is written.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    # The reader of a pipe, or the terminal, may have ended with the command.
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        print(signals.message(), file=sys.stderr, flush=True)
    os._exit(status)
