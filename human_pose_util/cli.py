"""What every command line shares: one clear line for an error, and its exit status."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from human_pose_util.errors import PoseError, SpecError

INTERRUPTED, TERMINATED = 130, 143


class Parser(argparse.ArgumentParser):
    """A parser whose help keeps its layout, and whose errors are one line."""

    def __init__(self, description: str, epilog: str | None = None, prog: str | None = None):
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(prog, description=description, epilog=epilog, formatter_class=layout)

    def error(self, message: str) -> NoReturn:
        """Exit with status 2 and one line on stderr."""
        self.exit(SpecError.exit_status, f"error: {message} (see {self.prog} --help)\n")


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


def start_tensorflow() -> None:
    """Import TensorFlow without the notes on libraries that it writes to stderr at its start."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept, devnull = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    try:
        importlib.import_module("tensorflow")
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(devnull)


def _say(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status
