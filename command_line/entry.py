"""What every command line shares: one clear line for an error, and its exit status."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from command_line import signals
from command_line.stderr import quiet_stderr
from command_line.tensorflow_start import import_tensorflow
from human_pose_util.errors import PoseError, SpecError


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
    identifier, key or flag, 1 for missing or broken data); Ctrl-C exits with 130, SIGTERM with
    143, both within seconds and with what is finished saved; a reader that closes the pipe early
    (`| head`) is no error.
    """
    signals.heed()
    try:
        main()
        sys.stdout.flush()
    except PoseError as error:
        message = " ".join(str(error).split())
        sys.exit(_say(f"error: {message}", error.exit_status))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except BaseException as error:
        status = signals.status_of(error)
        if status is None:
            raise
        sys.exit(_say(signals.MESSAGE, status))
    finally:
        signals.ignore()


def start_tensorflow() -> None:
    """Import TensorFlow without the notes on libraries that it writes to stderr at its start."""
    with quiet_stderr() as stderr, signals.ends_at_once(stderr):
        import_tensorflow()


def _say(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status
