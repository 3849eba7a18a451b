"""A run over a data set: what goes wrong with one sequence costs no other, and is said."""

import json

import h5py
import numpy as np
import pytest

from gan import GanBuilder
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, PoseSequence
from human_pose_util.errors import DataError
from inference.params import InferenceParams
from inference.runs import dataset_run as run
from inference.runs.dataset_run import generate_all
from tests.helpers.toy_dataset import DATASET, register_toy, toy_poses

PARAMS = {"dataset": DATASET, "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8}
KEYS = ("s/a/c", "s/b/c", "s/c/c", "s/d/c")
CAMERA = {"r": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), "t": np.array([0.0, 900, 5000])}


@pytest.fixture
def gan(tmp_path, monkeypatch):
    register_toy(monkeypatch, n=200)
    (tmp_path / "small.json").write_text(json.dumps(PARAMS))
    made = GanBuilder("small", tmp_path, tmp_path / "models")
    made.train(2, jit=False, progress=False)
    return made


def sequences(broken: str | None = None) -> Dataset:
    """Four sequences of ten frames each; the 2D joints of one may have another shape."""
    found = {}
    for seed, key in enumerate(KEYS):
        p3w = toy_poses(10, seed) * 0.1
        p3c = p3w @ CAMERA["r"].T + CAMERA["t"]
        p2 = 1000 * p3c[..., :2] / p3c[..., 2:] + 500
        attrs = {"subject_id": "s", "sequence_id": key, "camera_id": "c", "mode": "eval"}
        attrs |= {"fps": 10.0, "n_frames": 10, "f": np.full(2, 1000.0), "c": np.full(2, 500.0)}
        shown = p2[:, :2] if key == broken else p2
        found[key] = PoseSequence({"p3w": p3w, "p2": shown}, attrs | CAMERA)
    return Dataset(found, {"skeleton_id": "toy"})


def generate(gan, path, broken=None, **options):
    register.register_dataset("filmed", lambda: sequences(broken))
    units = {"space_scale": 1000, "pixel_scale": 1000}
    dataset = {"type": "filmed", "normalize_kwargs": units}
    params = InferenceParams.model_validate({"dataset": dataset, "gan_id": "small", **options})
    return generate_all("run", params, gan, path, progress=False)


def poses(path):
    with h5py.File(path, "r") as file:
        return {key: file["run"][key]["p3w"][()] for key in KEYS if key in file["run"]}


@pytest.mark.parametrize("together", [2048, 1])
def test_a_broken_sequence_costs_no_other(gan, tmp_path, monkeypatch, together):
    monkeypatch.setattr(run, "FRAMES_AT_A_TIME", together)
    path = tmp_path / "results.hdf5"
    summary = generate(gan, path, broken="s/b/c")
    assert list(summary.failures) == ["s/b/c"]
    assert sum(summary.outcomes.values()) == 30
    with pytest.raises(DataError, match=r"s/b/c could not be inferred: .*the same command tries"):
        summary.require_all()
    assert set(poses(path)) == {"s/a/c", "s/c/c", "s/d/c"}
    mended = generate(gan, path)
    mended.require_all()
    assert sum(mended.outcomes.values()) == 10
    assert set(poses(path)) == set(KEYS)


def test_a_run_that_was_stopped_ends_with_the_same_numbers(gan, tmp_path, monkeypatch):
    """Bit by bit: which sequences are fitted together does not depend on what is finished."""
    monkeypatch.setattr(run, "FRAMES_AT_A_TIME", 20)
    whole, stopped = tmp_path / "whole.hdf5", tmp_path / "stopped.hdf5"
    generate(gan, whole)
    write, calls = run.ResultsWriter.write, []

    def stop_after_one(self, entries):
        if calls:
            raise KeyboardInterrupt
        calls.append(write(self, entries))

    with monkeypatch.context() as patch:
        patch.setattr(run.ResultsWriter, "write", stop_after_one)
        with pytest.raises(KeyboardInterrupt):
            generate(gan, stopped)
    assert set(poses(stopped)) == {"s/a/c", "s/b/c"}
    assert sum(generate(gan, stopped).outcomes.values()) == 20
    for key, p3w in poses(whole).items():
        np.testing.assert_array_equal(poses(stopped)[key], p3w)
