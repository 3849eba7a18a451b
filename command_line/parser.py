"""The parser of every command line."""

import argparse
import sys
from typing import Any, NoReturn

from human_pose_util.errors import SpecError
from human_pose_util.extras import PROJECT
from human_pose_util.version import __version__


class _Quiet(argparse.Action):
    """The flag that hides progress bars."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_) -> None:
        """Hide the bars, and note it."""
        from human_pose_util import progress  # imports tqdm, which a mere --help does not need

        progress.hide()
        namespace.quiet = True


class Parser(argparse.ArgumentParser):
    """A parser whose help keeps its layout and whose errors are one line.

    It has the flags `--version` and `--quiet`.

    Args:
        description: what the command does, such as the docstring of a script; the text from the
            line "examples:" on stands after the flags.
        prog: name of the command; by default the name of the script.
    """

    def __init__(self, description: str, prog: str | None = None):
        about, *examples = description.partition("\n\nexamples:")
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(prog, description=about, epilog="".join(examples), formatter_class=layout)
        self.add_argument("--version", action="version", version=f"{PROJECT} {__version__}",
                          help="show the version and exit")  # fmt: skip
        quiet_help = "show no progress bars"
        self.add_argument("--quiet", action=_Quiet, nargs=0, default=False, help=quiet_help)

    def error(self, message: str) -> NoReturn:
        """Exit with status 2 and one line on stderr.

        Args:
            message: what is wrong with the command line.
        """
        self.exit(SpecError.exit_status, f"error: {message} (see {self.prog} --help)\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write a message; a help text that cannot be written is an error, which argparse hides."""
        if file is sys.stdout:
            print(message, end="", flush=True)
        else:
            super()._print_message(message, file)
