"""The frame around a command: one clear line for an error, and its exit status."""

import os
import sys
from collections.abc import Callable

from command_line import signals
from human_pose_util.errors import PoseError


def run(main: Callable[[], None]) -> None:
    """Run a command and exit.

    A `PoseError` becomes one line on stderr and the error's exit status (2 for a wrong
    identifier, key or flag, 1 for missing or broken data). Ctrl-C exits with 130 and SIGTERM with
    143, both within seconds and with everything saved that is finished. A reader that closes the
    pipe early (`| head`) is no error.
    """
    signals.install()
    try:
        main()
        sys.stdout.flush()
    except PoseError as error:
        message = " ".join(str(error).split())
        _exit(f"error: {message}", error.exit_status)
    except BrokenPipeError:
        # Python flushes stdout once more at its end, and must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except BaseException as error:
        status = signals.status_of(error)
        if status is None:
            raise
        _exit(signals.MESSAGE, status)
    finally:
        signals.ignore()


def _exit(message: str, status: int) -> None:
    """Exits with one line on stderr."""
    print(message, file=sys.stderr)
    sys.exit(status)
