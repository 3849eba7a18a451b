"""Results survive: whole at every moment, nothing finished is lost, one writer at a time."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

from human_pose_util.errors import DataError
from human_pose_util.evaluate.results import finished_keys
from inference.results import ResultsWriter

ATTRS = {"inference_params": "{}"}


def entry(value: float) -> dict:
    return {"p3w": np.full((4, 3, 3), value, np.float32), "cost": np.zeros(4, np.float32)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "results.hdf5"


def test_what_is_written_is_there_with_its_attributes(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write("S9/Walking 1/c1", entry(2.0), {"fps": 10.0, "skeleton_id": "s14"})
    with h5py.File(path, "r") as file:
        assert file["run"].attrs["inference_params"] == "{}"
        sequence = file["run/S9/Walking 1/c1"]
        np.testing.assert_array_equal(sequence["p3w"], 2.0)
        assert sequence.attrs["skeleton_id"] == "s14"
        assert set(finished_keys(file["run"])) == {"S9/Walking 1/c1"}


def test_a_second_run_goes_on_and_another_run_stays(path):
    with ResultsWriter(path, "other", ATTRS) as writer:
        writer.write("a", entry(7.0), {})
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write("a", entry(1.0), {})
    with ResultsWriter(path, "run", ATTRS) as writer:
        assert "a" in writer
        assert "b" not in writer
        writer.write("b", entry(2.0), {})
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == {"a", "b"}
        np.testing.assert_array_equal(file["other/a/p3w"], 7.0)


def test_overwrite_forgets_this_run_only(path):
    for run in ("run", "other"):
        with ResultsWriter(path, run, ATTRS) as writer:
            writer.write("a", entry(1.0), {})
    with ResultsWriter(path, "run", ATTRS, overwrite=True) as writer:
        assert "a" not in writer
    with h5py.File(path, "r") as file:
        assert set(finished_keys(file["run"])) == set()
        assert set(finished_keys(file["other"])) == {"a"}


def test_readers_see_a_whole_file_while_it_is_written(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        writer.write("a", entry(1.0), {})
        with h5py.File(path, "r") as reader:
            writer.write("b", entry(2.0), {})
            np.testing.assert_array_equal(reader["run/a/p3w"], 1.0)


def test_a_killed_writer_leaves_every_finished_sequence(path):
    script = (
        "import os, signal, sys, numpy as np\n"
        "from inference import results\n"
        "results.SHARE_FOR_COPYING = results.QUICK = 0.0\n"  # all wait in the journal
        "with results.ResultsWriter(sys.argv[1], 'run', {}) as writer:\n"
        "    for key in 'ab/c', 'd':\n"
        "        writer.write(key, {'p3w': np.ones((2, 3, 3), np.float32)}, {'fps': 10})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert killed.returncode == -9
    with h5py.File(path, "r") as file:  # whole, whatever it holds
        assert "run" in file
    with ResultsWriter(path, "run", {}) as writer:
        assert "ab/c" in writer
        assert "d" in writer
    with h5py.File(path, "r") as file:
        assert file["run/ab/c"].attrs["fps"] == 10
    assert not path.with_name("results.hdf5.journal").exists()


def test_a_second_writer_is_refused(path):
    with ResultsWriter(path, "run", ATTRS):
        script = (
            "import sys\nfrom inference.results import ResultsWriter\n"
            "from human_pose_util.errors import DataError\n"
            "try:\n    ResultsWriter(sys.argv[1], 'other', {}).__enter__()\n"
            "except DataError as error:\n    print(error)\n"
        )
        second = subprocess.run(
            [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
        )
    assert "another process is writing" in second.stdout
    with ResultsWriter(path, "other", ATTRS):
        pass


def test_nan_never_gets_in(path):
    with ResultsWriter(path, "run", ATTRS) as writer:
        bad = entry(1.0)
        bad["p3w"][1, 1, 1] = np.nan
        with pytest.raises(DataError, match="a: p3w has NaN values"):
            writer.write("a", bad, {})
        assert "a" not in writer


def test_a_broken_file_is_named_and_left_alone(path):
    path.write_bytes(b"no HDF5 at all")
    with pytest.raises(DataError, match=r"results\.hdf5 cannot be read as HDF5"):
        ResultsWriter(path, "run", ATTRS).__enter__()
    assert path.read_bytes() == b"no HDF5 at all"
