"""Freed memory is kept, also where Dask has told glibc otherwise."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAULTS_OF_TWENTY = """
import resource, sys, threading
from human_pose_util.malloc import keep_freed

SIZE = 20_000_000  # bytes, 4883 pages

def work(n):
    for _ in range(n):
        b"x" * SIZE

def count():
    work(2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    work(20)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)

if sys.argv[1] == "keep":
    keep_freed()
if sys.argv[2] == "thread":
    thread = threading.Thread(target=count)
    thread.start()
    thread.join()
else:
    count()
"""


def faults(*arguments: str) -> int:
    environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", FAULTS_OF_TWENTY, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about glibc")
@pytest.mark.parametrize("where", ["main", "thread"])
def test_pages_are_made_once(where):
    assert faults("leave", where) > 20 * 4000  # or there would be nothing to cure
    assert faults("keep", where) < 4000
