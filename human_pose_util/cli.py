"""What every command line shares: one clear line for an error, and its exit status."""

import os
import signal
import sys
from collections.abc import Callable

from human_pose_util.errors import PoseError

INTERRUPTED, TERMINATED = 130, 143

# Before anything imports TensorFlow: its start-up notes are not for our users.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def run(main: Callable[[], None]) -> None:
    """Run a command and exit.

    A `PoseError` becomes one line on stderr and the error's exit status (2 for a wrong
    identifier, key or flag, 1 for missing or broken data); Ctrl-C exits with 130; a reader
    that closes the pipe early (`| head`) is no error. SIGTERM ends the command as Ctrl-C does,
    with what is finished saved, and exits with 143.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        main()
        sys.stdout.flush()
    except PoseError as error:
        message = " ".join(str(error).split())
        sys.exit(_say(f"error: {message}", error.exit_status))
    except KeyboardInterrupt:
        sys.exit(_say("interrupted: what was finished is saved", INTERRUPTED))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status
