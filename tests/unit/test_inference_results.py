"""The results file is whole at every moment, loses nothing finished, and has one writer."""

import resource

import h5py
import numpy as np
import pytest

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_file import finished_keys, group_attrs, journal_files
from human_pose_util.evaluate.results_reader import (
    read_deviations,
    read_hypotheses,
    read_inferences,
)
from human_pose_util.registry import get_skeleton
from inference.model.body import Bones
from inference.runs import results_writer as results
from inference.runs.entry import Entry
from inference.runs.result_entry import entry_of
from inference.runs.results_writer import ResultsWriter
from inference.search.inference_result import InferenceResult
from tests.helpers.commands import run_as_process

ATTRS = {"inference_params": "{}"}
UNITS = {"space_scale": 1000.0, "skeleton_id": "s14"}


def entry(value: float, **attrs) -> Entry:
    arrays = {"p3w": np.full((4, 3, 3), value, np.float32), "cost": np.zeros(4, np.float32)}
    return Entry(arrays, UNITS | attrs)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.hdf5"


def test_written_sequences_have_their_attributes(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"S9/Walking 1/c1": entry(2.0, fps=10.0)})
    with h5py.File(path, "r") as file:
        assert file["run"].attrs["inference_params"] == "{}"
        sequence = file["run/S9/Walking 1/c1"]
        np.testing.assert_array_equal(sequence["p3w"], 2.0)
        assert sequence.attrs["skeleton_id"] == "s14"
        assert set(finished_keys(file["run"])) == {"S9/Walking 1/c1"}


def test_headers_of_the_file_have_checksums(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"S9/Walking 1/c1": entry(2.0)})
    data = path.read_bytes()
    assert data[8] >= 2  # the superblock's version, from which on it and all headers have one
    at = data.index(b"OHDR", data.index(b"space_scale") - 400)  # a sequence's or an array's
    flipped = path.with_name("flipped.hdf5")
    flipped.write_bytes(data[: at + 16] + bytes([data[at + 16] ^ 4]) + data[at + 17 :])
    with pytest.raises(DataError, match="cannot be read"):
        read_inferences(flipped, "run", ["S9/Walking 1/c1"])


def test_second_run_continues_and_leaves_the_other_run(path):
    with ResultsWriter(path, "other", ATTRS) as writer:
        writer.write({"a": entry(7.0)})
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    with ResultsWriter(path, "run", ATTRS) as writer:
        assert "a" in writer
        assert "b" not in writer
        writer.write({"b": entry(2.0)})
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"a", "b"}
        np.testing.assert_array_equal(file["other/a/p3w"], 7.0)


def test_overwrite_removes_the_sequences_of_this_run_only(path):
    for run in ("run", "other"):
        with ResultsWriter(path, run, ATTRS) as writer:
            writer.write({"a": entry(1.0)})
    with ResultsWriter(path, "run", ATTRS, overwrite=True) as writer:
        assert "a" not in writer
        writer.write({"b": entry(2.0)})
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"b"}
        assert set(finished_keys(file["other"])) == {"a"}


def test_a_run_that_finishes_nothing_replaces_nothing(path):
    """Every sequence may have failed, after hours in which the former results were made."""
    with ResultsWriter(path, "run", {"checkpoint_step": 10}) as writer:
        writer.write({"a": entry(1.0)})
    with ResultsWriter(path, "run", {"checkpoint_step": 20}, overwrite=True) as writer:
        assert "a" not in writer
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"a"}
        assert dict(file["run"].attrs) == {"checkpoint_step": 10}


@pytest.mark.parametrize("quick", [0.0, np.inf])
def test_overwriting_keeps_what_was_there_until_something_replaces_it(path, monkeypatch, quick):
    monkeypatch.setattr(results, "QUICK_COPY", quick)
    monkeypatch.setattr(results, "COPYING_SHARE", 0.0)
    with ResultsWriter(path, "run", {"checkpoint_step": 10}) as writer:
        writer.write({"a": entry(1.0), "b": entry(2.0)})
    interrupted = ResultsWriter(path, "run", {"checkpoint_step": 20}, overwrite=True)
    interrupted.__enter__()
    assert "a" not in interrupted
    interrupted.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    found = read_inferences(path, "run", ["a", "b"]).finished
    np.testing.assert_array_equal(found["b"].p3w, 2.0)
    with ResultsWriter(path, "run", {"checkpoint_step": 20}, overwrite=True) as writer:
        assert set(read_inferences(path, "run", ["a", "b"]).finished) == {"a", "b"}
        writer.write({"a": entry(3.0)})
        assert "a" in writer
        assert "b" not in writer
        # Nobody reads a mixture of former sequences and new ones.
        assert read_inferences(path, "run", ["a", "b"]).missing == ("b",)
        writer.write({"c": entry(4.0)})
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"a", "c"}
        assert dict(file["run"].attrs) == {"checkpoint_step": 20}
        np.testing.assert_array_equal(file["run/a/p3w"], 3.0)


def test_overwriting_that_fails_keeps_what_was_there(path, monkeypatch):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})

    def full(*args):
        raise DataError("the disk is full")

    def replace():
        with ResultsWriter(path, "run", ATTRS, overwrite=True) as writer:
            writer.write({"b": entry(2.0)})

    for name in ("as_hdf5", "copy_in"):
        with monkeypatch.context() as patch:
            patch.setattr(results, name, full)
            with pytest.raises(DataError, match="disk is full"):
                replace()
        assert read_inferences(path, "run", ["a"]).missing == ()


def test_file_is_readable_while_it_is_written(path, monkeypatch):
    monkeypatch.setattr(results, "QUICK_COPY", np.inf)  # the file has every sequence at once
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
        with h5py.File(path, "r") as reader:
            writer.write({"b": entry(2.0)})
            np.testing.assert_array_equal(reader["run/a/p3w"], 1.0)


def test_killed_writer_loses_no_finished_sequence(path, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, signal, sys\n"
        "from inference.runs import results_writer as results\n"
        "from tests.unit.test_inference_results import entry\n"
        "results.COPYING_SHARE = results.QUICK_COPY = 0.0\n"  # all wait in the journal
        "with results.ResultsWriter(sys.argv[1], 'run', {}) as writer:\n"
        "    writer.write({'ab/c': entry(1.0, fps=10), 'ab/e': entry(2.0)})\n"
        "    writer.write({'d': entry(3.0)})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = run_as_process(script, [path], tmp_path, {})
    assert killed.returncode == -9, killed.stderr
    with h5py.File(path, "r") as file:  # whole, whatever it holds
        assert "run" in file
    found = read_inferences(path, "run", ["ab/c", "d", "x"])  # readers look into the journal
    assert found.missing == ("x",)
    assert found.unknown == ("ab/e",)
    np.testing.assert_array_equal(found.finished["d"].p3w, 3.0)
    assert found.finished["ab/c"].attrs["fps"] == 10
    with ResultsWriter(path, "run", {}) as writer:
        assert all(key in writer for key in ("ab/c", "ab/e", "d"))
    with h5py.File(path, "r") as file:
        assert file["run/ab/c"].attrs["fps"] == 10
    assert not path.with_name("results.hdf5.journal").exists()


def test_temporary_files_of_a_killed_writer_are_removed(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    journal = path.with_name("results.hdf5.journal")
    journal.mkdir()
    half = f"-{'0123456789abcdef' * 2}.hdf5"
    mine = [path.with_name(f".results{half}"), journal / f".00001{half}"]
    another = path.with_name(f".errors{half}")
    for file in (*mine, another):
        file.write_bytes(b"half")
    assert set(read_inferences(path, "run", ["a"]).finished) == {"a"}
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"b": entry(1.0)})
    assert not any(file.exists() for file in mine)
    assert another.exists()  # a temporary file of another program, which may still be at work


def test_broken_file_of_the_journal_is_named(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    journal = path.with_name("results.hdf5.journal")
    journal.mkdir()
    (journal / "1.hdf5").write_bytes(b"no HDF5 at all")
    with pytest.raises(DataError, match=r"1\.hdf5 cannot be read as HDF5 .*: remove it"):
        ResultsWriter(path, "run", ATTRS).__enter__()
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"a"}


def test_without_room_for_a_copy_sequences_wait_in_the_journal(path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    writer = ResultsWriter(path, "run", ATTRS).__enter__()
    monkeypatch.setattr(results, "require_room", full)
    writer.write({"b": entry(2.0)})
    writer.write({"c": entry(3.0)})
    with pytest.raises(DataError, match="No space left"):
        writer.__exit__(None, None, None)
    assert set(read_inferences(path, "run", "abc").finished) == {"a", "b", "c"}
    monkeypatch.undo()
    with ResultsWriter(path, "run", ATTRS) as writer:
        assert all(key in writer for key in "abc")


def test_hypotheses_are_read_from_the_file_and_from_the_journal(path, monkeypatch):
    several = np.arange(2 * 4 * 3 * 3, dtype=np.float32).reshape(2, 4, 3, 3)
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"in file": Entry(entry(1.0).arrays | {"hypotheses_p3w": several}, UNITS)})
        writer.write({"alone": entry(1.0)})
    with ResultsWriter(path, "run", ATTRS) as writer:
        monkeypatch.setattr(results, "COPYING_SHARE", 0.0)
        monkeypatch.setattr(results, "QUICK_COPY", 0.0)
        more = Entry(entry(1.0).arrays | {"hypotheses_p3w": several + 1}, UNITS)
        writer.write({"in journal": more})
        assert len(journal_files(path)) == 1
        np.testing.assert_array_equal(read_hypotheses(path, "run", "in journal"), several + 1)
        np.testing.assert_array_equal(read_hypotheses(path, "run", "in file"), several)
    np.testing.assert_array_equal(read_hypotheses(path, "run", "in journal"), several + 1)
    assert read_hypotheses(path, "run", "alone") is None
    with pytest.raises(DataError, match="'other' of 'run' is not finished"):
        read_hypotheses(path, "run", "other")
    with h5py.File(path, "r+") as file:
        del file["run/in file/hypotheses_p3w"]
        file["run/in file/hypotheses_p3w"] = several[:, :, :2]
    with pytest.raises(DataError, match=r"hypotheses_p3w has shape .* expected"):
        read_hypotheses(path, "run", "in file")


def test_deviations_are_read_and_checked(path):
    deviations = np.arange(4 * 3, dtype=np.float32).reshape(4, 3)
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"sure": Entry(entry(1.0).arrays | {"aligned_std": deviations}, UNITS)})
        writer.write({"unknown": entry(1.0)})
    np.testing.assert_array_equal(read_deviations(path, "run", "sure"), deviations)
    assert read_deviations(path, "run", "unknown") is None
    with h5py.File(path, "r+") as file:
        del file["run/sure/aligned_std"]
        file["run/sure/aligned_std"] = deviations[None]
    with pytest.raises(DataError, match=r"aligned_std has shape .* expected \(4, 3\)"):
        read_deviations(path, "run", "sure")


def test_attributes_of_a_run_are_read(path, tmp_path):
    assert group_attrs(path, "run") is None
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    assert group_attrs(path, "run")["inference_params"] == "{}"
    assert group_attrs(path, "other") is None
    (tmp_path / "broken").write_bytes(b"no results")
    with pytest.raises(DataError, match="cannot be read"):
        group_attrs(tmp_path / "broken", "run")


def test_read_only_file_is_refused_and_left_as_it_is(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(DataError, match=r"results\.hdf5 is read-only"):
        ResultsWriter(path, "run", ATTRS).__enter__()
    assert path.read_bytes() == before
    assert set(read_inferences(path, "run", "a").finished) == {"a"}


def test_run_that_continues_with_another_checkpoint_has_a_note(path):
    with ResultsWriter(path, "run", {"checkpoint_step": 10}) as writer:
        writer.write({"a": entry(1.0)})
        assert writer.notes == []
    with ResultsWriter(path, "run", {"checkpoint_step": 10}) as writer:
        assert writer.notes == []
    with ResultsWriter(path, "run", {"checkpoint_step": 20}) as writer:
        assert "made with another checkpoint_step" in writer.notes[0]
    with h5py.File(path, "r") as file:
        assert dict(file["run"].attrs) == {"checkpoint_step": 10}  # nothing was made with 20
    with ResultsWriter(path, "run", {"checkpoint_step": 10}) as writer:
        assert writer.notes == []
    with ResultsWriter(path, "run", {"checkpoint_step": 20}) as writer:
        writer.write({"b": entry(1.0)})
    with ResultsWriter(path, "run", {"checkpoint_step": 20}) as writer:  # a remains as it was
        assert "made with another checkpoint_step" in writer.notes[0]
    with h5py.File(path, "r") as file:
        attrs = {"checkpoint_step": 20, "differs_between_sequences": "checkpoint_step"}
        assert dict(file["run"].attrs) == attrs
    with ResultsWriter(path, "run", {"checkpoint_step": 30}, overwrite=True) as writer:
        assert writer.notes == []


def test_second_writer_is_refused(path, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom inference.runs.results_writer import ResultsWriter\n"
        "from human_pose_util.errors import DataError\n"
        "try:\n    ResultsWriter(sys.argv[1], 'other', {}).__enter__()\n"
        "except DataError as error:\n    print(error)\n"
    )
    with ResultsWriter(path, "run", ATTRS):
        second = run_as_process(script, [path], tmp_path, {})
    assert second.returncode == 0, second.stderr
    assert "another process is writing" in second.stdout
    with ResultsWriter(path, "other", ATTRS):
        pass


def test_a_limit_of_the_disk_is_no_damage(path):
    """Nobody is told to move away a file that is whole because another part does not fit."""
    large = Entry({"p3w": np.ones((20_000, 3, 3), np.float32)}, UNITS)
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": large})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = ResultsWriter(path, "run", ATTRS).__enter__()
    try:
        # Each part fits, and the file with both of them does not, as under a quota.
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100_000, limits[1]))
        writer.write({"b": large})
        with pytest.raises(
            DataError, match=r"results\.hdf5 cannot be written .*as it was, and the"
        ):
            writer.__exit__(None, None, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"a"}
    with ResultsWriter(path, "run", ATTRS) as again:
        assert "b" in again


def test_a_results_file_that_cannot_take_a_part_is_blamed_instead_of_the_part(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write({"a": entry(1.0)})
    journal = path.with_name("results.hdf5.journal")
    journal.mkdir()
    path.rename(journal / "1.hdf5")
    with h5py.File(path, "w") as file:
        file["run"] = np.zeros(3)  # an array, where a run is a group
    with pytest.raises(DataError, match=r"results\.hdf5 cannot be written .*Dataset"):
        ResultsWriter(path, "other", ATTRS).__enter__()
    assert (journal / "1.hdf5").exists()
    (journal / "1.hdf5").unlink()
    with pytest.raises(DataError, match=r"results\.hdf5: 'run' is no group: move the file away"):
        ResultsWriter(path, "run", ATTRS).__enter__()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_poses_that_are_not_finite_are_refused(value):
    with pytest.raises(DataError, match="p3w has values that are not finite"):
        entry(value)


def test_nan_is_refused():
    with pytest.raises(DataError, match="scale has values that are not finite"):
        entry(1.0, scale=np.nan)
    with pytest.raises(DataError, match="cost has values"):
        Entry({"cost": np.array([1.0, np.nan])}, {})
    Entry({"cost": np.array([1.0, np.inf]), "status": np.zeros(2, np.int8)}, {"frame": "world"})


def test_broken_file_is_named_and_left_as_it_is(path):
    path.write_bytes(b"no HDF5 at all")
    with pytest.raises(DataError, match=r"results\.hdf5 cannot be read as HDF5"):
        ResultsWriter(path, "run", ATTRS).__enter__()
    assert path.read_bytes() == b"no HDF5 at all"


def test_link_to_a_results_file_stays_a_link(path, tmp_path):
    link = tmp_path / "link.hdf5"
    for place in (path, link):
        link.unlink(missing_ok=True)
        link.symlink_to(path)
        with ResultsWriter(place, "run", ATTRS) as writer:
            writer.write({place.stem: entry(1.0)})
    assert link.is_symlink()
    assert set(read_inferences(path, "run", ["results", "link"]).finished) == {"results", "link"}


@pytest.mark.parametrize("n_lengths", [0, 6])
def test_an_entry_holds_what_the_result_and_the_sequence_tell(n_lengths):
    """The camera zooms: its mean focal lengths are stored."""
    rng = np.random.default_rng(0)
    n, skeleton = 5, get_skeleton("s14")
    f = np.linspace([1000.0, 1100.0], [2000.0, 2100.0], n)
    camera = Camera(
        np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3)), f, np.tile([960.0, 540.0], (n, 1))
    )
    result = InferenceResult(
        rng.normal(size=(n, 14, 3)), "camera", rng.normal(size=(n, 8)), 2, 1.6,
        np.full(n_lengths, 0.2), camera, np.arange(5.0), np.full(n, 7), np.zeros(n, int),
        seconds=2.0, std=rng.uniform(size=(n, 14)),
    )  # fmt: skip
    attrs, signature = {"space_scale": 1700.0, "pixel_scale": 500.0, "fps": 25.0}, np.eye(3)
    entry = entry_of(result, attrs, "s14", signature)
    expected = {
        "frame": "camera", "scale": 1.6, "space_scale": 1700.0, "pixel_scale": 500.0, "fps": 25.0,
        "inference_time": 2.0, "inference_fps": 2.5, "skeleton_id": "s14",
    }  # fmt: skip
    assert {name: entry.attrs[name] for name in expected} == expected
    np.testing.assert_allclose(entry.attrs["f"], [1500.0, 1600.0])
    np.testing.assert_allclose(entry.attrs["c"], [960.0, 540.0])
    np.testing.assert_array_equal(entry.attrs["data_signature"], signature)
    names = {"p3w", "z", "rotation", "translation", "cost", "iterations", "status", "std"}
    assert set(entry.arrays) == names
    for name in names:
        np.testing.assert_array_equal(entry.arrays[name], getattr(result, name))
    assert ("bones" in entry.attrs) == (n_lengths > 0)
    if n_lengths:
        bones = Bones.of(skeleton)
        assert entry.attrs["bones"] == ",".join(bones.names)
        lengths = [bones.norms(result.p3w)[:, bones.kinds == i].mean() for i in range(6)]
        np.testing.assert_allclose(entry.attrs["bone_lengths"], lengths)
