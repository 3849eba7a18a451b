"""The same faults at random moments, many times: `make stress`, not among the other tests.

Every run has a seed, which is in its name: `STRESS_SEED=17 STRESS_RUNS=1` does run 17 alone, on
every command, as far as a moment can be met twice; STRESS_RUNS=40 does ten times as many. What
each signal met, and how long the end took, is written to stdout.
"""

import os
import random
from signal import SIGINT, SIGKILL, SIGTERM

import pytest

from tests.helpers.fault_jobs import Caching, Conversion, Inference, Job, Keypoints, Training
from tests.helpers.fault_processes import appears, imports, later, shows, small_disk

pytestmark = [pytest.mark.stress, pytest.mark.slow]

FIRST = int(os.environ.get("STRESS_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("STRESS_RUNS", "4")))
FAULTS = 4  # in a run
QUICK = ("--max_steps", "1600", "--no-jit")
JOBS = {
    "inference": (Inference, "lm"),
    "coupled": (Inference, "coupled"),
    "conversion": (Conversion, "h3m"),
    "report": (Caching, "lm"),
    "training": (Training, "alone", QUICK),
    "compiled": (Training, "compiled", ("--max_steps", "1600", "--jit")),
    "proposals": (Training, "proposing", ("--max_steps", "400", "--no-jit")),
    "population": (Training, "many", (*QUICK, "--n_seeds", "3")),
    "selection": (Training, "selected", (*QUICK, "--n_seeds", "2", "--select")),
    "keypoints": (Keypoints, "film"),
}
ROOM = {
    "inference": (16, 6000),
    "coupled": (16, 6000),
    "report": (1500, 4400),  # with the results of which it is
    "training": (16, 160),
    "proposals": (16, 200),
}
"""Disks [KiB], from and to, on which those run into trouble at one point or another."""


@pytest.fixture
def job(request, fault_place) -> Job:
    """What a test's `name` names."""
    kind, *args = JOBS[request.getfixturevalue("name")]
    return kind(fault_place, *args)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", JOBS)
def test_signals(job, name, seed, tmp_path):
    """A run that is ended again and again, in different ways, and then goes on to its end."""
    rng = random.Random(f"{name} {seed}")
    # Half of them convert the data set first, which undisturbed runs have done already.
    fresh = {"POSE_CACHE": tmp_path / "cache"} if rng.random() < 0.5 else {}
    for _ in range(FAULTS):
        before = job.finished(tmp_path)
        run = job.start(tmp_path, **fresh)
        _wait(run, rng, job, tmp_path)
        signals = rng.choices((SIGINT, SIGTERM, SIGKILL), (3, 2, 3), k=rng.choice((1, 1, 2)))
        ended = job.disturb(run, tmp_path, *signals, gap=rng.expovariate(10))
        print(f"{name}, seed {seed}: {ended}")
        job.check_kept(before, job.finished(tmp_path))
    job.complete(tmp_path, **fresh)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ROOM)
def test_full_disk(job, name, seed, tmp_path):
    """A disk that is full sooner or later, and then has room again."""
    rng, folder = random.Random(f"disk {name} {seed}"), tmp_path / "disk"
    size = rng.randrange(*ROOM[name], 4)
    with small_disk(folder, f"{size}k") as remount:
        ended = job.start(folder).end()
        print(f"{name}, {size} KiB, seed {seed}: {ended.status} {ended.lines}")
        if ended.status:
            ended.failed("No space left on device")
        remount("size=64m")
        job.complete(folder)


def _wait(run, rng: random.Random, job: Job, folder) -> None:
    """Any moment from the first import on: by the clock, or soon after something can be seen."""
    if not run.until(imports):
        return
    how = rng.choice(("clock", "bar", "file"))
    if how == "clock":
        run.until(later(rng.uniform(0, 0.9 * job.seconds)))
        return
    share = rng.choice((r"\b0", r" [1-9]\d?", "100"))
    run.until(shows(rf"{share}%\|") if how == "bar" else appears(folder, "*"))
    run.until(later(rng.expovariate(5)))
