"""Scripts in processes of their own, in which TensorFlow is imported already.

That import takes longer than most of what the tests let a script do. So a server process imports
the libraries once, and each script runs in a fork of it. The server itself does not compute: it has
no threads that a fork would lose, and a script finds TensorFlow as it is after its import.
"""

import atexit
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.helpers.script_libraries"])


class ForkedScript:
    """A script that runs in a fork; with the methods of `subprocess.Popen` that tests use.

    Args:
        script: the script.
        arguments: its arguments.
        folder: the working directory.
        environment: all variables of its environment.
        out: file descriptor of this process that gets what the script writes to stdout.
        err: the same for stderr.
    """

    def __init__(
        self,
        script: Path,
        arguments: Sequence,
        folder: Path,
        environment: Mapping[str, str],
        out: int,
        err: int,
    ):
        self.args = [str(script), *map(str, arguments)]
        # The fork is no child of this process, so it opens the descriptors by their names.
        names = [f"/proc/{os.getpid()}/fd/{number}" for number in (out, err)]
        self._process = _SERVER.Process(
            target=_run, args=(self.args, str(folder), dict(environment), names)
        )
        self._process.start()
        while self.poll() is None and os.getsid(self.pid) != self.pid:
            time.sleep(0.001)

    @property
    def pid(self) -> int:
        """The number of the process, of its group and of its session."""
        return self._process.pid

    def poll(self) -> int | None:
        """The return code, or None as long as the script runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, and return the return code.

        Raises:
            subprocess.TimeoutExpired: if the script runs for longer than `timeout` seconds.
        """
        self._process.join(timeout)
        if self.poll() is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.poll()


def _run(
    arguments: list[str], folder: str, environment: dict[str, str], outputs: list[str]
) -> None:
    """Runs a script in this process as `python SCRIPT` would in a new session."""
    for number, name in enumerate([os.devnull, *outputs]):
        file = os.open(name, os.O_APPEND | (os.O_WRONLY if number else os.O_RDONLY))
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = arguments
    sys.path.insert(0, os.path.dirname(arguments[0]))
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(n, "w", buffering=1, closefd=False) for n in (1, 2))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()  # last: it tells `ForkedScript` that everything is in place
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
