"""Scripts as users run them: in a process of their own, or, which is faster, in this one."""

import io
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from human_pose_util import registry
from tests.helpers.forked_scripts import ForkedScript


def run_in_process(
    script: Path, arguments: Sequence, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess:
    """Run a script in this process, in which TensorFlow is imported already.

    Args:
        script: the script.
        arguments: its arguments.
        folder: the working directory.
        environment: variables that differ from those of the tests.

    Returns:
        What `subprocess.run` would return for a process of its own.
    """
    out, err = io.StringIO(), io.StringIO()
    arguments = [str(script), *map(str, arguments)]
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        patch.setattr(sys, "argv", arguments)
        patch.setattr(sys, "path", [str(script.parent), *sys.path])
        patch.setattr(registry, "_datasets", {})  # another process would read them anew
        with redirect_stdout(out), redirect_stderr(err):
            try:
                runpy.run_path(str(script), run_name="__main__")
                status = 0
            except SystemExit as end:
                status = end.code or 0
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def run_as_process(
    script: Path, arguments: Sequence, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess:
    """Run a script in a process of its own; arguments as for `run_in_process`."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        script = ForkedScript(
            script, arguments, folder, os.environ | environment, out.fileno(), err.fileno()
        )
        status = script.wait()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(script.args, status, out.read(), err.read())
