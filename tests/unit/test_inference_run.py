"""A run over a data set: a sequence that fails is reported, and costs no other."""

import json
import pickle
from collections import Counter
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from gan import GanBuilder
from gan.training import train
from gan.training.data import load_poses
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, FilterKwargs, PoseSequence, load_dataset
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.status import Status
from inference.model.observe import observe_sequence
from inference.params import InferenceParams
from inference.runs import dataset_run as run
from inference.runs import groups
from inference.runs.dataset_run import Summary, infer_dataset
from inference.runs.dataset_search import search_for
from inference.runs.origin import made_by
from inference.solvers.execution import TRACED
from tests.helpers.interrupted_runs import interruption_after_one_group
from tests.helpers.toy_dataset import DATASET, register_toy, toy_poses

PARAMS = {"dataset": DATASET, "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8}
KEYS = ("s/a/c", "s/b/c", "s/c/c", "s/d/c")
CAMERA = {"r": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), "t": np.array([0.0, 900, 5000])}


@pytest.fixture(scope="module")
def gan(tmp_path_factory):
    """A trained GAN; it is registered what it is trained on, until the end of the module."""
    folder = tmp_path_factory.mktemp("gan")
    with pytest.MonkeyPatch.context() as patch:
        register_toy(patch, n=200)
        (folder / "small.json").write_text(json.dumps(PARAMS))
        made = GanBuilder("small", folder, folder / "models")
        train(made, 2, jit=False, progress=False)
        yield made


@pytest.fixture(scope="module")
def search(gan):
    """The search of a run. It keeps nothing of what it has fitted, so that runs can share it."""
    params = params_of()
    return search_for(load_dataset(params.dataset, default_mode="eval"), params, gan)


@pytest.fixture
def one_search(monkeypatch, search):
    """Runs use the one search, which is traced once."""
    monkeypatch.setattr(run, "search_for", lambda *_: search)


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


def params_of(broken: str | None = None, **settings) -> InferenceParams:
    """Parameters of a run over the four sequences, in metres and thousands of pixels."""
    register.register_dataset("filmed", lambda: sequences(broken))
    units = {"space_scale": 1000, "pixel_scale": 1000}
    dataset = {"type": "filmed", "normalize_kwargs": units}
    return InferenceParams.model_validate({"dataset": dataset, "gan_id": "small", **settings})


def infer(gan, path, broken: str | None = None) -> run.Summary:
    return infer_dataset("run", params_of(broken), gan, path, progress=False)


def poses(path) -> dict[str, np.ndarray]:
    """The poses of the finished sequences."""
    with h5py.File(path, "r") as file:
        return {key: file["run"][key]["p3w"][()] for key in KEYS if key in file["run"]}


def registered_with(**attrs) -> None:
    """The four sequences, with other attributes."""
    found = sequences()
    for sequence in found.values():
        sequence.attrs.update(attrs)
    register.register_dataset("filmed", lambda: found)


@pytest.mark.usefixtures("one_search")
def test_a_camera_that_moves_has_values_for_each_frame(gan, tmp_path):
    still, moving = tmp_path / "still.hdf5", tmp_path / "moving.hdf5"
    infer(gan, still)
    params = params_of()
    registered_with(**{name: np.stack([value] * 10) for name, value in CAMERA.items()})
    infer_dataset("run", params, gan, moving, progress=False).require_all()
    for key, p3w in poses(still).items():
        np.testing.assert_array_equal(poses(moving)[key], p3w)


def test_poses_do_not_stand_on_a_floor_that_is_not_known(gan, tmp_path):
    params = params_of()
    registered_with(has_floor=False)
    with pytest.raises(
        SpecError, match=r"run\.json: .*'filmed' does not tell where the floor is \(s/a/c\): set"
    ):
        infer_dataset("run", params, gan, tmp_path / "results.hdf5", progress=False)
    with pytest.raises(SpecError, match="'filmed' does not tell where the floor is, above which"):
        load_poses(params.dataset.model_copy(update={"filter_kwargs": FilterKwargs(modes="eval")}))


@pytest.mark.usefixtures("one_search")
def test_a_run_knows_whether_it_has_saved_anything(gan, tmp_path):
    path, params = tmp_path / "results.hdf5", params_of()
    good = sequences()
    bad = {
        key: PoseSequence({"p3w": s["p3w"], "p2": s["p2"][:, :2]}, s.attrs)
        for key, s in good.items()
    }
    for found, saved_nothing in ((bad, True), (good, False), (good, True)):
        register.register_dataset("filmed", lambda found=found: Dataset(found, good.attrs))
        summary = infer_dataset("run", params, gan, path, progress=False)
        assert summary.saved_nothing == saved_nothing


@pytest.mark.usefixtures("one_search")
def test_a_run_that_goes_on_names_sequences_whose_data_have_changed(gan, tmp_path, capsys):
    path, params = tmp_path / "results.hdf5", params_of()
    infer_dataset("run", params, gan, path, progress=False)
    before = poses(path)
    infer_dataset("run", params, gan, path, progress=False)
    assert "have changed" not in "".join(capsys.readouterr())

    data = sequences()
    for key in KEYS[1:3]:
        data[key]["p2"][4, 0] += 3.0  # one keypoint of one frame, by 3 px
    register.register_dataset("filmed", lambda: data)
    infer_dataset("run", params, gan, path, progress=False)
    said = "".join(capsys.readouterr())
    assert "the data of s/b/c (and 1 more) have changed since the inference: -o infers" in said
    for key, p3w in poses(path).items():
        np.testing.assert_array_equal(p3w, before[key])  # only the user decides what is replaced

    infer_dataset("run", params, gan, path, overwrite=True, progress=False)
    infer_dataset("run", params, gan, path, progress=False)
    assert "have changed" not in "".join(capsys.readouterr())


def test_the_digest_of_a_gan_changes_with_its_weights_alone(gan):
    digest = made_by(gan, with_proposals=True)["gan_weights"]
    gan.forget()  # it is read again
    assert made_by(gan, with_proposals=True)["gan_weights"] == digest
    gan.gan_checkpoint.arrays["generator/0/w"][0, 0] += 1e-3
    assert made_by(gan, with_proposals=True)["gan_weights"] != digest
    gan.forget()


@pytest.mark.usefixtures("one_search")
def test_data_that_cannot_be_read_leave_finished_sequences_alone(gan, tmp_path, capsys):
    path, params = tmp_path / "results.hdf5", params_of()
    infer_dataset("run", params, gan, path, progress=False)
    infer(gan, path, broken="s/b/c")
    said = "".join(capsys.readouterr())
    assert "4 of 4 sequences are finished already" in said
    assert "have changed" not in said


@pytest.mark.parametrize(
    ("joins", "expected"),
    [(True, [["a", "b"], ["c"], ["d", "e"]]), (False, [[k] for k in "abcde"])],
)
def test_groups_are_full_from_so_many_frames_on(joins, expected):
    """Here from 512 on; the last group need not be full, and some searches join no sequences."""
    lengths = {"a": 300, "b": 212, "c": 600, "d": 511, "e": 0}
    dataset = Dataset({key: PoseSequence({}, {"n_frames": n}) for key, n in lengths.items()}, {})
    search = SimpleNamespace(execution=TRACED, joins_sequences=joins)
    assert list(groups.groups_of(dataset, search)) == expected


def test_outcomes_are_lines():
    outcomes = Counter({Status.ITERATION_LIMIT: 1, Status.CONVERGED: 20})
    lines = ["20 frames: converged", "1 frame: stopped at the iteration limit"]
    assert Summary(outcomes).outcome_lines == lines


def test_wrong_parameters_that_a_sequence_shows_are_errors_of_parameters():
    failures = {
        "s/a/c": SpecError("normalize_kwargs.fps: 7 does not divide 10"),
        "s/b/c": DataError(),
    }
    with pytest.raises(
        SpecError, match=r"^s/a/c \(and 1 more\) could not be inferred: normalize_k"
    ):
        Summary(failures=failures).require_all()


@pytest.mark.parametrize("frames_of_a_group", [2048, 1])
@pytest.mark.usefixtures("one_search")
def test_broken_sequence_costs_no_other(gan, tmp_path, monkeypatch, frames_of_a_group):
    monkeypatch.setattr(groups, "FRAMES_OF_A_GROUP", {TRACED: frames_of_a_group})
    path = tmp_path / "results.hdf5"
    summary = infer(gan, path, broken="s/b/c")
    assert list(summary.failures) == ["s/b/c"]
    assert sum(summary.outcomes.values()) == 30
    with pytest.raises(DataError, match=r"s/b/c could not be inferred: .*the same command tries"):
        summary.require_all()
    assert set(poses(path)) == {"s/a/c", "s/c/c", "s/d/c"}
    mended = infer(gan, path)
    mended.require_all()
    assert sum(mended.outcomes.values()) == 10
    assert set(poses(path)) == set(KEYS)


@pytest.mark.usefixtures("one_search")
def test_interrupted_run_ends_with_equal_numbers(gan, tmp_path, monkeypatch):
    """Every bit is equal: finished sequences do not change which others are fitted together."""
    monkeypatch.setattr(groups, "FRAMES_OF_A_GROUP", {TRACED: 20})
    whole, stopped = tmp_path / "whole.hdf5", tmp_path / "stopped.hdf5"
    infer(gan, whole)
    with interruption_after_one_group():
        infer(gan, stopped)
    assert set(poses(stopped)) == {"s/a/c", "s/b/c"}
    assert sum(infer(gan, stopped).outcomes.values()) == 20
    for key, p3w in poses(whole).items():
        np.testing.assert_array_equal(poses(stopped)[key], p3w)


def test_pickled_search_takes_the_gan_along_and_has_equal_results(gan):
    """Other processes are given a search: before its first use, or after it."""
    params = params_of(n_starts=2)
    dataset = load_dataset(params.dataset, default_mode="eval")
    search = search_for(dataset, params, gan)
    observed = [observe_sequence(dataset[KEYS[0]])]
    unused = pickle.dumps(search)
    expected = search.infer(observed)[0]
    used = pickle.dumps(search)
    assert len(used) < 1.1 * len(unused)  # nothing that is compiled goes along
    result = pickle.loads(used).infer(observed)[0]
    assert (result.frame, result.n_z, result.scale) == ("world", 3, expected.scale)
    for name in ("p3w", "x", "cost", "iterations", "status"):
        np.testing.assert_array_equal(getattr(result, name), getattr(expected, name))
    assert pickle.loads(unused).joins_sequences
