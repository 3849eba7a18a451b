"""Commands on files made to do harm, as a user runs them: one line, no traceback, no waiting."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from human_pose_util.errors import DataError, SpecError

ROOT = Path(__file__).parents[2]


def damaged_results(path: Path) -> None:
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\xff" * 200)


def deep(path: Path) -> None:
    path.write_text("[" * 100_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "command", "status", "said"),
    [
        (os.mkfifo, ["infer_keypoints.py", "FILE"], DataError, "it is a pipe or a device"),
        (deep, ["infer_keypoints.py", str(ROOT / "examples/walk.json"), "--camera", "FILE"],
         SpecError, "nested too deeply"),
        (damaged_results, ["report.py", "h3m_best", "--results", "FILE"], DataError, "as HDF5"),
        (os.mkfifo, ["vis_sequence.py", "h3m_best", "--save", "a.png", "--results", "FILE"],
         DataError, "it is a pipe or a device"),
    ],
)  # fmt: skip
def test_one_line(tmp_path, make, command, status, said):
    path = tmp_path / "file"
    make(path)
    script, *arguments = [str(path) if word == "FILE" else word for word in command]
    done = subprocess.run(
        [sys.executable, ROOT / script, *arguments],
        capture_output=True, text=True, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert done.returncode == status.exit_status, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert str(path) in line
    assert said in line
