"""The tables of benches whose trainings take hours, here with methods that take no time."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPARE = """
import numpy as np

from bench import accuracy
from bench.motion import KINDS, Evaluation, scores
from human_pose_util.evaluate.measures import Mean

accuracy.sequences = list
accuracy._methods = lambda seed, *others: [("first", 10.0 * seed, 60.0), ("second", 40.0, 5.0)]
accuracy.evaluation_of = lambda error, takes: Evaluation(
    scores(np.full(2, error), 1.0), dict.fromkeys(KINDS, error), {"mpjpe": Mean(error, 2)}
)
accuracy.compare([1, 2], None, 0, {})
"""


def test_methods_are_compared_in_two_tables():
    command = [sys.executable, "-c", COMPARE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith(("first", "second"))]
    assert len(rows) == 4
    assert "15.0 ± 7.1" in rows[0]
    assert "40.0 ± 0.0" in rows[1]
    assert [row.split()[1] for row in rows[2:]] == ["15.0", "40.0"]
