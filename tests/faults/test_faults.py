"""Commands that are killed, interrupted, or run out of room, and what must hold afterwards.

What is finished stays unchanged, and a restart does the rest, with the result of an undisturbed
run. `tests/faults/test_stress.py` does this at random moments, many times.
"""

import os
import shutil
from signal import SIGINT, SIGKILL, SIGTERM

import h5py
import pytest

from tests.helpers.fault_jobs import (
    ConversionJob,
    InferenceJob,
    KeypointsJob,
    ReportJob,
    TrainingJob,
    temporary_files,
)
from tests.helpers.fault_processes import appears, imports, later, shows, small_disk
from tests.helpers.fault_workspace import FaultWorkspace

pytestmark = pytest.mark.slow
BEGINS, WORKS = r"(?m)\b0%\|", r" [1-9]\d?%\|"


@pytest.fixture(scope="module")
def lm(fault_workspace):
    """An inference whose sequences are fitted in groups."""
    return InferenceJob(fault_workspace, "lm")


@pytest.fixture(scope="module")
def coupled(fault_workspace):
    """An inference of one sequence after the other."""
    return InferenceJob(fault_workspace, "coupled")


@pytest.mark.parametrize("script", ["generate_inferences.py", "train.py", "infer_keypoints.py"])
def test_ended_during_imports(fault_workspace, tmp_path, script):
    assert fault_workspace.models  # a fork trains them more quickly
    workspace = FaultWorkspace(fault_workspace.folder, fresh=True)
    for number in (SIGINT, SIGTERM):
        run = workspace.start(tmp_path, script, "none")
        assert run.until(imports)
        run.signal(number).end().stopped()
    assert os.listdir(tmp_path) == []


def test_killed_inference_goes_on(lm, tmp_path):
    run = lm.start(tmp_path)
    assert run.until(shows(WORKS))
    lm.disturb(run, tmp_path, SIGKILL)
    assert lm.finished(tmp_path)
    lm.complete(tmp_path)


def test_ended_while_compiling(fault_workspace, tmp_path):
    compiled = InferenceJob(fault_workspace, "compiled")
    run = compiled.start(tmp_path)
    assert run.until(shows("compiling"))
    run.until(later(0.5))
    assert compiled.disturb(run, tmp_path, SIGTERM).status == 143
    assert temporary_files(tmp_path) == []


@pytest.mark.stress
def test_a_second_interrupt_while_saving(coupled, tmp_path):
    run = coupled.start(tmp_path)
    assert run.until(shows(WORKS))
    assert coupled.disturb(run, tmp_path, SIGINT, SIGINT, gap=0.01).status == 130
    coupled.complete(tmp_path)


def test_readers_and_a_second_writer_during_an_inference(lm, fault_workspace, tmp_path):
    run, results = lm.start(tmp_path), ("--results", tmp_path / "results.hdf5")
    assert run.until(shows(WORKS))
    writer = fault_workspace.start(tmp_path, "generate_inferences.py", "lm", *results)
    report = fault_workspace.start(tmp_path, "report.py", "lm", *results)
    picture = fault_workspace.start(tmp_path, "vis_sequence.py", "lm", *results, "--save", "a.html")
    assert " of 9 sequences" in report.end().finished().out
    picture.end().finished()
    ended = run.end().finished()
    if (second := writer.end()).status:  # it came while the first one was at work
        second.failed("another process is writing")
    assert "sequences are finished already" not in ended.out
    lm.complete(tmp_path)


def test_a_sequence_that_cannot_be_read(lm, fault_workspace, tmp_path):
    """All others are saved, and it follows when it is mended."""
    assert lm.undisturbed  # the data set is converted
    cache = tmp_path / "cache"
    shutil.copytree(fault_workspace.cache, cache)
    (converted,) = cache.glob("mocap-*.h5")
    with h5py.File(converted, "r+") as file:
        p3w = file["01/01_4/p3w"][()]
        del file["01/01_4/p3w"]
        chunks = {"chunks": (1, *p3w.shape[1:]), "compression": "gzip"}
        stored = file.create_dataset("01/01_4/p3w", data=p3w, **chunks)
        stored.id.write_direct_chunk((1, 0, 0), b"damaged")  # the second frame
    lm.start(tmp_path, POSE_CACHE=cache).end().failed("01_4")
    assert set(lm.finished(tmp_path)) == set(fault_workspace.keys) - {"01/01_4/cam0"}
    lm.complete(tmp_path)


def test_inference_on_a_full_disk(lm, tmp_path):
    with small_disk(tmp_path / "disk", "1500k") as remount:
        lm.start(tmp_path / "disk").end().failed("No space left on device")
        assert lm.finished(tmp_path / "disk")
        remount("size=64m")
        lm.complete(tmp_path / "disk")


def test_results_that_cannot_be_written(lm, tmp_path):
    results = tmp_path / "results.hdf5"
    shutil.copyfile(lm.undisturbed / results.name, results)
    results.chmod(0o444)
    lm.start(tmp_path, "-o").end().failed("is read-only")
    with small_disk(tmp_path / "disk", "8m") as remount:
        shutil.copyfile(results, tmp_path / "disk" / results.name)
        remount("ro")
        lm.start(tmp_path / "disk", "-o").end().failed("[Rr]ead-only")
        assert len(lm.finished(tmp_path / "disk")) == 9


@pytest.fixture(scope="module")
def alone(fault_workspace):
    """A GAN."""
    return TrainingJob(fault_workspace, "alone", ("--max_steps", "1000", "--no-jit"))


@pytest.fixture(scope="module")
def proposing(fault_workspace):
    """A GAN and its proposal network."""
    return TrainingJob(fault_workspace, "proposing", ("--max_steps", "400", "--no-jit"))


@pytest.fixture(scope="module")
def many(fault_workspace):
    """Several GANs at once."""
    return TrainingJob(
        fault_workspace, "many", ("--max_steps", "800", "--no-jit", "--n_seeds", "2")
    )


def test_training_interrupted_then_killed(alone, tmp_path):
    run = alone.start(tmp_path)
    assert run.until(shows(WORKS))
    alone.disturb(run, tmp_path, SIGINT)
    before = alone.finished(tmp_path)
    assert before
    run = alone.start(tmp_path)
    # A temporary file may come and go between two looks; then the run ends before the signal.
    run.until(appears(tmp_path, ".*.npz"))
    alone.disturb(run, tmp_path, SIGKILL)
    alone.check_kept(before, alone.finished(tmp_path))
    alone.complete(tmp_path)


@pytest.mark.stress
def test_training_of_proposals_interrupted_twice(proposing, tmp_path):
    run = proposing.start(tmp_path)
    assert run.until(shows(r"proposals of .* [1-9]\d?%\|"))
    proposing.disturb(run, tmp_path, SIGINT, SIGINT, gap=0.01)
    assert proposing.finished(tmp_path)["proposing/checkpoints"] == 400
    proposing.complete(tmp_path)


def test_population_killed_between_two_members(many, tmp_path):
    run = many.start(tmp_path)
    assert run.until(appears(tmp_path, "step-*.npz"))
    many.disturb(run, tmp_path, SIGKILL)
    many.complete(tmp_path)


@pytest.mark.stress
def test_training_on_a_full_disk(alone, tmp_path):
    with small_disk(tmp_path / "disk", "48k") as remount:
        alone.start(tmp_path / "disk").end().failed("No space left on device")
        remount("size=64m")
        alone.complete(tmp_path / "disk")


@pytest.mark.parametrize("number", [SIGKILL, SIGINT], ids=["killed", "interrupted"])
def test_conversion_goes_on(fault_workspace, tmp_path, number):
    job = ConversionJob(fault_workspace, "h3m")
    run = job.start(tmp_path)
    assert run.until(appears(tmp_path, "*.parts/[!.]*.h5"))
    job.disturb(run, tmp_path, number)
    assert job.finished(tmp_path)
    job.complete(tmp_path)


def test_report_killed_while_it_keeps_errors(fault_workspace, tmp_path):
    job = ReportJob(fault_workspace, "lm")
    run = job.start(tmp_path)
    # A temporary file may come and go between two looks; then the run ends before the signal.
    run.until(appears(tmp_path, ".results-*"))
    job.disturb(run, tmp_path, SIGKILL)
    job.complete(tmp_path)


@pytest.mark.stress
def test_lifting_ended_while_compiling(fault_workspace, tmp_path):
    job = KeypointsJob(fault_workspace, "film")
    run = job.start(tmp_path)
    assert run.until(shows("lifting: "))
    job.disturb(run, tmp_path, SIGTERM)
    assert temporary_files(tmp_path) == []
