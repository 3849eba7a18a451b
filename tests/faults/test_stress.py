"""The same faults at random moments, many times: `make stress`, not among the other tests.

Every run has a seed, which is part of the test's name. `STRESS_SEED=17 STRESS_RUNS=1` repeats run
17 of every command, as far as a moment can be repeated; STRESS_RUNS=40 runs ten times as many. The
tests print what each signal interrupted, and how long the command took to end.
"""

import os
import random
from signal import SIGINT, SIGKILL, SIGTERM

import pytest

from tests.helpers.fault_jobs import (
    CommandJob,
    ConversionJob,
    InferenceJob,
    KeypointsJob,
    ReportJob,
    TrainingJob,
)
from tests.helpers.fault_processes import appears, imports, later, shows, small_disk
from tests.helpers.fault_workspace import FaultWorkspace

pytestmark = [pytest.mark.stress, pytest.mark.slow]

FIRST = int(os.environ.get("STRESS_SEED", "0"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("STRESS_RUNS", "4")))
FAULTS = 4  # in a run
QUICK = ("--max_steps", "1600", "--no-jit")
JOBS = {
    "inference": (InferenceJob, "lm"),
    "coupled": (InferenceJob, "coupled"),
    "conversion": (ConversionJob, "h3m"),
    "report": (ReportJob, "lm"),
    "training": (TrainingJob, "alone", QUICK),
    "compiled": (TrainingJob, "compiled", ("--max_steps", "1600", "--jit")),
    "proposals": (TrainingJob, "proposing", ("--max_steps", "400", "--no-jit")),
    "population": (TrainingJob, "many", (*QUICK, "--n_seeds", "3")),
    "selection": (TrainingJob, "selected", (*QUICK, "--n_seeds", "2", "--select")),
    "keypoints": (KeypointsJob, "film"),
}
ROOM = {
    "inference": (16, 6000),
    "coupled": (16, 6000),
    "report": (1500, 4400),  # with the results of which it is
    "training": (16, 160),
    "proposals": (16, 200),
}
"""Smallest and largest disk [KiB] that is too small for the command at some point."""


@pytest.fixture
def job(request, fault_workspace) -> CommandJob:
    """The job that the parameter `name` of a test names."""
    kind, *args = JOBS[request.getfixturevalue("name")]
    return kind(FaultWorkspace(fault_workspace.folder, fresh=True), *args)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", JOBS)
def test_signals(job, name, seed, tmp_path):
    """A command that is ended several times, in different ways, still completes its work."""
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
    """A command completes its work after its disk was full."""
    rng, folder = random.Random(f"disk {name} {seed}"), tmp_path / "disk"
    size = rng.randrange(*ROOM[name], 4)
    with small_disk(folder, f"{size}k") as remount:
        ended = job.start(folder).end()
        print(f"{name}, {size} KiB, seed {seed}: {ended.status} {ended.lines}")
        if ended.status:
            ended.failed("No space left on device")
        remount("size=64m")
        job.complete(folder)


def _wait(run, rng: random.Random, job: CommandJob, folder) -> None:
    """Wait for a random moment after the first import, by the clock or after visible progress."""
    if not run.until(imports):
        return
    how = rng.choice(("clock", "bar", "file"))
    if how == "clock":
        run.until(later(rng.uniform(0, 0.9 * job.seconds)))
        return
    share = rng.choice((r"\b0", r" [1-9]\d?", "100"))
    run.until(shows(rf"{share}%\|") if how == "bar" else appears(folder, "*"))
    run.until(later(rng.expovariate(5)))
