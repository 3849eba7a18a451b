"""Data of one's own: HDF5 files, folders of .npz files, and the example that trains on them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from human_pose_util import registry
from human_pose_util.dataset import one_view_each
from human_pose_util.dataset.hdf5 import read_dataset, write_dataset
from human_pose_util.dataset.normalize import normalize_dataset
from human_pose_util.dataset.npz_folder import read_npz_folder
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.spec import NormalizeKwargs
from human_pose_util.errors import DataError
from tests.helpers.commands import run_in_process

ROOT = Path(__file__).parents[2]


def poses(seed: int = 0, n_frames: int = 5) -> np.ndarray:
    """[n_frames, 14, 3] upright figures [mm]."""
    rng = np.random.default_rng(seed)
    return rng.uniform([-300, -300, 0], [300, 300, 1800], size=(n_frames, 14, 3))


def test_hdf5_round_trip(tmp_path):
    camera = {"r": np.eye(3), "t": np.zeros(3), "f": np.ones(2), "c": np.ones(2)}
    attrs = {"fps": 25.0, "mode": "eval", "subject_id": "anna", "action": None, **camera}
    sequences = {
        "anna/dance/left": PoseSequence({"p3w": poses(), "p2": lambda: poses()[..., :2]}, attrs),
        "bob/walk": PoseSequence({"p3w": poses(1)}, {"mode": "train"}),
    }
    write_dataset(tmp_path / "own.h5", Dataset(sequences, {"skeleton_id": "own"}))
    assert os.listdir(tmp_path) == ["own.h5"]

    dataset = read_dataset(tmp_path / "own.h5")
    assert list(dataset) == list(sequences)
    assert dataset.attrs["skeleton_id"] == "own"
    dance, walk = dataset.values()
    assert list(dance) == ["p3w", "p2"]
    np.testing.assert_array_equal(dance["p3w"], poses())
    np.testing.assert_array_equal(dance["p2"], poses()[..., :2])
    np.testing.assert_array_equal(dance.attrs["r"], np.eye(3))
    assert dance.attrs["fps"] == 25
    assert dance.attrs["mode"] == "eval"
    assert dance.attrs["camera_id"] == "left"
    filled = {"subject_id": "bob", "sequence_id": "walk", "n_frames": 5, "space_scale": 1.0}
    assert filled.items() <= walk.attrs.items()
    assert "camera_id" not in walk.attrs


def test_hdf5_that_is_no_data_set(tmp_path):
    path = tmp_path / "own.h5"
    with pytest.raises(DataError, match=r"there is no file .*own\.h5"):
        read_dataset(path)
    path.write_bytes(b"hello")
    with pytest.raises(DataError, match=r"own\.h5 is no readable HDF5 file"):
        read_dataset(path)
    with h5py.File(path, "w") as file:
        file["a/p2"] = np.zeros((4, 3, 2))
    with pytest.raises(DataError, match="holds no sequence"):
        read_dataset(path)
    with h5py.File(path, "w") as file:
        file["a/p3w"] = np.zeros((4, 3, 3))
    with pytest.raises(DataError, match="attribute skeleton_id is missing"):
        read_dataset(path)
    with h5py.File(path, "w") as file:
        file["a/p3w"], file["a/p2"] = np.zeros((4, 3, 3)), np.zeros((5, 3, 2))
    with pytest.raises(DataError, match=r"own\.h5: a: p2 has shape \(5, 3, 2\), expected \(4, 3"):
        read_dataset(path)


def test_lengths_in_another_unit_are_refused_where_nothing_names_it(tmp_path):
    metres = {"p3w": np.random.default_rng(0).normal(size=(4, 3, 3)), "fps": np.array(25.0)}
    np.savez(tmp_path / "walk.npz", **metres)
    with pytest.raises(DataError, match=r"walk\.npz: the poses are .* mm large, .* give the attr"):
        read_npz_folder(tmp_path, "toy")
    with h5py.File(tmp_path / "own.h5", "w") as file:
        file.attrs["skeleton_id"], file["a/p3w"] = "toy", metres["p3w"]
    with pytest.raises(DataError, match=r"own\.h5: a: the poses are .* mm large"):
        read_dataset(tmp_path / "own.h5")
    np.savez(tmp_path / "walk.npz", **metres, space_scale=1000.0)
    assert read_npz_folder(tmp_path, "toy")["walk"].attrs["space_scale"] == 1000
    np.savez(tmp_path / "walk.npz", **metres | {"p3w": np.full((4, 3, 3), np.nan)})
    assert len(read_npz_folder(tmp_path, "toy")) == 1  # the poses tell nothing


def test_half_precision_is_computed_with_in_single_precision(tmp_path):
    """Squares of mm are beyond the range of half precision."""
    p3w = poses()
    np.savez(tmp_path / "walk.npz", p3w=p3w.astype(np.float16), mode="train")
    half = read_npz_folder(tmp_path, "s14")
    np.testing.assert_allclose(half["walk"]["p3w"], p3w, rtol=1e-3)
    kwargs = NormalizeKwargs(scale_to_height=True, space_scale=1.0)
    made = normalize_dataset(half, kwargs, half)["walk"]
    assert made["p3w"].dtype == np.float32
    np.testing.assert_allclose(made["p3w"] * made.attrs["space_scale"], p3w, rtol=1e-3)


def test_arrays_of_objects_are_refused_in_words(tmp_path):
    np.savez(tmp_path / "walk.npz", p3w=poses().astype(object))
    with pytest.raises(DataError, match=r"walk\.npz .*: p3w.* is an array of Python objects, exp"):
        read_npz_folder(tmp_path, "s14")


def test_lengths_in_centimetres_are_refused_where_nothing_names_the_unit(tmp_path):
    """A hand is as large as a person in centimetres, so a unit that is named counts."""
    centimetres = {"p3w": 170 * np.random.default_rng(0).uniform(size=(4, 14, 3))}
    np.savez(tmp_path / "walk.npz", **centimetres)
    with pytest.raises(DataError, match=r"walk\.npz: the poses are .* space_scale.*10 for centim"):
        read_npz_folder(tmp_path, "s14")
    for unit in (10.0, 1.0):
        np.savez(tmp_path / "walk.npz", **centimetres, space_scale=unit)
        assert read_npz_folder(tmp_path, "s14")["walk"].attrs["space_scale"] == unit
    np.savez(tmp_path / "walk.npz", **centimetres, space_scale=1000.0)
    with pytest.raises(DataError, match=r"walk\.npz: the poses are 1.* mm large, unlike people"):
        read_npz_folder(tmp_path, "s14")


def test_poses_of_other_joints_than_the_skeleton_are_refused_by_file(tmp_path):
    p3w = poses()[:, :13]
    np.savez(tmp_path / "walk.npz", p3w=p3w)
    with pytest.raises(DataError, match=r"walk\.npz: p3w has 13 joints, but .* 's14' has 14"):
        read_npz_folder(tmp_path, "s14")
    dataset = Dataset({"a/b": PoseSequence({"p3w": p3w}, {})}, {"skeleton_id": "s14"})
    write_dataset(tmp_path / "own.h5", dataset)
    with pytest.raises(DataError, match=r"own\.h5: a/b: p3w has 13 joints, but .* 's14' has 14"):
        read_dataset(tmp_path / "own.h5")


def test_npz_folder(tmp_path):
    (tmp_path / "anna").mkdir()
    np.savez(tmp_path / "anna/dance.npz", p3w=poses(), fps=25.0, mode="eval", t=np.ones(3))
    np.savez(tmp_path / "wave.npz", p3w=poses(1).astype(np.float32))
    dataset = read_npz_folder(tmp_path, "own")
    assert list(dataset) == ["anna/dance", "wave"]
    dance, wave = dataset.values()
    np.testing.assert_array_equal(dance["p3w"], poses())
    assert dance.attrs["mode"] == "eval"
    assert dance.attrs["fps"] == 25
    np.testing.assert_array_equal(dance.attrs["t"], np.ones(3))
    assert (wave.attrs["subject_id"], wave.attrs["sequence_id"]) == ("wave", "wave")
    assert wave["p3w"].dtype == np.float32


def test_files_of_one_folder_are_views_only_where_they_have_a_camera(tmp_path):
    camera = {"r": np.eye(3), "t": np.ones(3), "f": np.ones(2), "c": np.ones(2)}
    (tmp_path / "anna/walk").mkdir(parents=True)
    (tmp_path / "anna/run/fast").mkdir(parents=True)
    for i in range(3):
        np.savez(tmp_path / f"anna/walk/{i}.npz", p3w=poses(i))
        np.savez(tmp_path / f"anna/run/fast/cam{i}.npz", p3w=poses(9), **camera)
    dataset = read_npz_folder(tmp_path, "own")
    assert dataset["anna/walk/2"].attrs["sequence_id"] == "walk/2"
    assert "camera_id" not in dataset["anna/walk/2"].attrs
    assert dataset["anna/run/fast/cam1"].attrs["sequence_id"] == "run/fast"
    assert dataset["anna/run/fast/cam1"].attrs["camera_id"] == "cam1"
    assert list(one_view_each(dataset)) == [
        "anna/run/fast/cam0",
        *(f"anna/walk/{i}" for i in range(3)),
    ]


CAMERA = {"r": np.eye(3), "t": np.ones(3), "f": np.ones(2), "c": np.ones(2)}


def written(folder, as_hdf5: bool, sequences: dict) -> Dataset:
    """The data set that is read of (poses, attributes) by key, from HDF5 or from .npz files."""
    if as_hdf5:
        made = {key: PoseSequence({"p3w": p3w}, attrs) for key, (p3w, attrs) in sequences.items()}
        write_dataset(folder / "own.h5", Dataset(made, {"skeleton_id": "own"}))
        return read_dataset(folder / "own.h5")
    for key, (p3w, attrs) in sequences.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        np.savez(folder / f"{key}.npz", p3w=p3w, **attrs)
    return read_npz_folder(folder, "own")


@pytest.mark.parametrize("as_hdf5", [True, False], ids=["hdf5", "npz"])
@pytest.mark.parametrize(
    "attrs",
    [{}, CAMERA, CAMERA | {"camera_id": "left"}, {"sequence_id": "day1"}],
    ids=["no camera", "camera", "camera with a name", "one name for all"],
)
def test_no_recording_is_left_out_as_a_view_of_another(tmp_path, as_hdf5, attrs):
    keys = ["anna/day1/jump", "anna/day1/run", "anna/day1/walk"]
    sequences = {key: (poses(i, 5 + i), attrs) for i, key in enumerate(keys)}
    dataset = written(tmp_path, as_hdf5, sequences)
    assert list(one_view_each(dataset)) == keys
    if "sequence_id" not in attrs:
        assert [s.attrs["sequence_id"] for s in dataset.values()] == [k[5:] for k in keys]


@pytest.mark.parametrize("as_hdf5", [True, False], ids=["hdf5", "npz"])
def test_views_of_one_recording_count_once(tmp_path, as_hdf5):
    """Poses of views may differ by errors of the cameras, in their joints, unit and length."""
    p3w = poses(1, 9)
    lacking = p3w + 3.0
    lacking[:, 4] = np.nan
    views = {
        "anna/day1/walk/a": (p3w, CAMERA),
        "anna/day1/walk/b": (lacking, CAMERA | {"camera_id": "b"}),
        "anna/day1/walk/c": (p3w[:7] / 1000, CAMERA | {"space_scale": 1000.0}),
        "anna/run/a": (poses(2), CAMERA),
        "anna/run/b": (poses(2), CAMERA),
        "ben/named a": (poses(3), CAMERA | {"camera_id": "a", "sequence_id": "named"}),
        "ben/named b": (poses(3), CAMERA | {"camera_id": "b", "sequence_id": "named"}),
    }
    dataset = written(tmp_path, as_hdf5, views)
    assert list(one_view_each(dataset)) == ["anna/day1/walk/a", "anna/run/a", "ben/named a"]
    assert [s.attrs["sequence_id"] for s in dataset.values()] == [
        *["day1/walk"] * 3, *["run"] * 2, *["named"] * 2,
    ]  # fmt: skip
    assert [s.attrs["camera_id"] for s in dataset.values()] == [*"abc", *"abab"]


@pytest.mark.parametrize(
    "content, message",
    [
        ({"p2": np.zeros((2, 3, 2))}, r"bad\.npz has no array p3w"),
        ({"p3w": np.zeros((2, 9))}, r"p3w has shape \(2, 9\), expected \(n, n_joints, 3\)"),
        ({"p3w": np.zeros((0, 3, 3))}, r"p3w has shape \(0, 3, 3\)"),
        (
            {"p3w": np.zeros((2, 3, 3)), "x": np.array({}, object)},
            r"no readable .npz file: x\.npy is an array of Python objects",
        ),
        (None, "no readable .npz file"),
    ],
)
def test_npz_files_that_are_no_sequences(tmp_path, content, message):
    path = tmp_path / "bad.npz"
    if content is None:
        path.write_bytes(b"PK\x03\x04")
    else:
        np.savez(path, **content)
    with pytest.raises(DataError, match=message) as error:
        read_npz_folder(tmp_path, "own")
    assert "bad.npz" in str(error.value)


def test_an_empty_folder(tmp_path):
    with pytest.raises(DataError, match=r"holds no \.npz files"):
        read_npz_folder(tmp_path, "own")


@pytest.mark.slow
def test_the_example_trains(tmp_path, monkeypatch):
    for name in ("anna/dance", "bob/walk"):
        path = tmp_path / "poses" / f"{name}.npz"
        path.parent.mkdir(parents=True)
        np.savez(path, p3w=poses(len(name), 60), fps=25.0)
    for name in ("_skeletons", "_converters", "_loaders"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    arguments = ["train", "own", "--max_steps=3", "--gan_params_dir=examples",
                 f"--models_dir={tmp_path}", "--no-jit"]  # fmt: skip
    environment = {"OWN_POSES": str(tmp_path / "poses")}
    done = run_in_process(ROOT / "examples" / "own_dataset.py", arguments, ROOT, environment)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.split()[1]).is_file()


@pytest.mark.parametrize("name", ["train", "train.py"])
def test_the_example_is_a_module_that_runs_a_command(name):
    command = [sys.executable, "-m", "examples.own_dataset", name, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--gan_params_dir" in done.stdout


@pytest.mark.parametrize("name", ["os", "examples", "trian"])
def test_the_example_runs_nothing_but_commands(name):
    command = [sys.executable, "-m", "examples.own_dataset", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.fullmatch(f"error: no command '{name}': known: train, .*\n", done.stderr)
