"""Bodies of subjects: a sample of all sequences tells them, however they are inferred."""

import json
from dataclasses import replace
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from gan import GanBuilder
from gan.training import train
from human_pose_util import registry as register
from human_pose_util.camera import Camera
from human_pose_util.dataset import Dataset, PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.workers import LocalWorker
from inference.model.observations import Observations
from inference.model.observe import observe
from inference.params import InferenceParams
from inference.runs import dataset_run as run
from inference.runs import groups
from inference.runs.subject_bodies import (
    observer_with_bodies,
    params_with_bodies,
    sample_params,
    subject_bodies,
)
from inference.solvers.execution import TRACED
from tests.helpers.interrupted_runs import interruption_after_one_group
from tests.helpers.toy_dataset import register_toy, toy_poses

FILMED = {"type": "filmed", "normalize_kwargs": {"space_scale": 1000, "pixel_scale": 1000}}


def dataset_of(lengths: dict[str, int], subjects: dict[str, str]) -> Dataset:
    """A data set of which the attributes alone count.

    Args:
        lengths: key → number of frames.
        subjects: key → subject, where it is known.
    """
    attrs = {key: {"n_frames": n} for key, n in lengths.items()}
    for key, subject in subjects.items():
        attrs[key]["subject_id"] = subject
    return Dataset({key: PoseSequence({}, a) for key, a in attrs.items()}, {})


def observations(n_frames: int, is_seen=slice(None)) -> Observations:
    """Observations of a sequence whose joints are seen in some frames."""
    p2, weights = np.full((n_frames, 5, 2), 0.5), np.zeros((n_frames, 5))
    weights[is_seen] = 1.0
    return observe(p2, Camera(np.eye(3), np.zeros(3), np.ones(2), np.ones(2)), 0.1, weights)


def body_workers(tell) -> LocalWorker:
    """Workers whose job has no search: `tell` says what body (height, length) observations have."""

    def job(sequences: list[Observations]) -> list[SimpleNamespace]:
        bodies = [tell(observed) for observed in sequences]
        return [
            SimpleNamespace(
                p3w=observed.p2,
                scale=body[0],
                lengths=np.array(body[1:]),
                refined_lengths=2 * np.array(body[1:]),
            )
            for observed, body in zip(sequences, bodies, strict=True)
        ]

    return LocalWorker(job)


def test_a_body_is_the_mean_over_the_frames_of_its_subject_alone():
    """60 frames tell 1.7 m, and 40 frames 1.2 m."""
    frames = {"a": 60, "b": 20, "c": 20, "d": 4}
    dataset = dataset_of(frames, {"a": "s", "b": "s", "c": "s", "d": "other"})
    told = {60: (1.7, 0.25), 20: (1.2, 0.35), 4: (1.0, 0.1)}
    workers = body_workers(lambda observed: told[len(observed)])
    bodies = subject_bodies(dataset, ["b"], lambda key: observations(frames[key]), workers)
    assert list(bodies) == ["subject s"]
    assert bodies["subject s"].height == pytest.approx(0.6 * 1.7 + 0.4 * 1.2)
    np.testing.assert_allclose(bodies["subject s"].lengths, [0.6 * 0.25 + 0.4 * 0.35])
    np.testing.assert_allclose(bodies["subject s"].refined_lengths, [2 * (0.15 + 0.14)])


def test_a_sample_is_spread_over_the_frames_that_tell_a_pose():
    """A subject with many sequences has a few frames of each; they are as far apart as they can."""
    frames = {f"k{i:03d}": 100 for i in range(200)}
    dataset = dataset_of(frames, dict.fromkeys(frames, "s"))
    seen = []
    workers = body_workers(lambda observed: seen.append(observed.frames) or (1.7, 0.25))
    subject_bodies(dataset, ["k000"], lambda key: observations(100, slice(30, 100)), workers)
    assert len(seen) == 200
    for rows in seen:
        assert (rows[0], rows[-1], len(rows)) == (30, 99, 8)
        assert set(np.diff(rows)) <= {9, 10}


def test_sequences_without_a_subject_have_bodies_of_their_own():
    """The names of subjects and the keys of sequences may be alike."""
    frames = {"a": 11, "b": 12, "c": 13}
    dataset = dataset_of(frames, {"c": "a"})
    workers = body_workers(lambda observed: (len(observed), 0.25))
    watch = observer_with_bodies(dataset, frames, lambda key: observations(frames[key]), workers)
    assert [watch(key).height for key in frames] == [11, 12, 13]


def test_sequences_that_fail_tell_nothing():
    frames = {"a": 10, "b": 11, "c": 12, "d": 13}
    dataset = dataset_of(frames, {"a": "s", "b": "s", "c": "s", "d": "blind"})

    def look(key: str) -> Observations:
        if key == "a":
            raise DataError("a: damaged")
        return observations(frames[key], slice(0) if key == "d" else slice(None))

    def tell(observed: Observations) -> tuple[float, float]:
        if len(observed) == 11:
            raise ValueError("no solution")
        return 1.7, 0.25

    watch = observer_with_bodies(dataset, frames, look, body_workers(tell))
    for key in ("b", "c"):  # "c" alone tells the body of "s"
        assert watch(key).height == 1.7
        np.testing.assert_array_equal(watch(key).lengths, [0.25])
    with pytest.raises(DataError, match="damaged"):
        watch("a")
    with pytest.raises(DataError, match="no sequence tells the body of subject blind"):
        watch("d")


def test_a_height_that_an_observation_has_is_kept():
    """The lengths of bones are those of the body, in any case."""
    dataset = dataset_of({"a": 10, "b": 10}, {"a": "s", "b": "s"})

    def look(key: str) -> Observations:
        return replace(observations(10), height=1.9 if key == "a" else None)

    watch = observer_with_bodies(dataset, ["a", "b"], look, body_workers(lambda o: (1.7, 0.25)))
    assert [watch(key).height for key in "ab"] == [1.9, 1.7]
    for key in "ab":
        np.testing.assert_array_equal(watch(key).lengths, [0.25])


def test_samples_are_searched_frame_by_frame_for_one_pose_each():
    given = {"dataset": FILMED, "gan_id": "g", "body": "subject", "body_weight": 0.1}
    given |= {"keep_hypotheses": 4, "path_weight": 2.0, "uncertainty": True}
    sample = sample_params(InferenceParams.model_validate(given))
    assert (sample.keep_hypotheses, sample.path_weight, sample.uncertainty) == (1, 0.0, False)
    smooth = sample_params(
        InferenceParams.model_validate(
            {"dataset": FILMED, "gan_id": "g", "smoothness_weight": 1e-3}
        )
    )
    assert (smooth.smoothness_weight, smooth.optimizer) == (0.0, "lm")


def test_heights_that_are_known_stay():
    given = {"dataset": FILMED, "gan_id": "g", "body": "subject", "body_weight": 0.1}
    unknown, known, metres = (
        InferenceParams.model_validate({**given, "height": height, "smoothness_weight": 1e-3})
        for height in ("unknown", "known", 1.8)
    )
    for params, height in ((unknown, "known"), (known, "known"), (metres, 1.8)):
        assert (params_with_bodies(params).body, params_with_bodies(params).height) == (
            "known",
            height,
        )
        assert not sample_params(params).couples_frames
        assert (sample_params(params).body, sample_params(params).height) == (
            "unknown",
            params.height,
        )


@pytest.fixture
def gan(tmp_path, monkeypatch) -> GanBuilder:
    """A GAN, hardly trained, and the data set "filmed" of four sequences.

    Of these, "a" and "b" are of one subject, "c" is of another, and "d" names none.
    """
    register_toy(monkeypatch, n=200)
    spec = {"type": "toy", "normalize_kwargs": {"space_scale": 1000}}
    params = {"dataset": spec, "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8}
    (tmp_path / "small.json").write_text(json.dumps(params))
    gan = GanBuilder("small", tmp_path, tmp_path / "models")
    train(gan, 2, jit=False, progress=False)
    camera = {"r": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), "t": np.array([0.0, 900, 5000])}
    camera |= {"f": np.full(2, 1000.0), "c": np.full(2, 500.0)}
    found = {}
    for seed, (key, subject) in enumerate({"a": "one", "b": "one", "c": "two", "d": None}.items()):
        p3w = toy_poses(10, seed) * (1 + 0.1 * seed)
        p3c = p3w @ camera["r"].T + camera["t"]
        p2 = 1000 * p3c[..., :2] / p3c[..., 2:] + 500
        attrs = {"mode": "eval", "fps": 10.0, "n_frames": 10, **camera}
        if subject is not None:
            attrs["subject_id"] = subject
        found[key] = PoseSequence({"p3w": p3w, "p2": p2}, attrs)
    register.register_dataset("filmed", lambda: Dataset(found, {"skeleton_id": "toy"}))
    return gan


def test_bodies_do_not_depend_on_groups_or_on_what_is_finished(gan, tmp_path, monkeypatch):
    settings = {"dataset": FILMED, "gan_id": "small", "body": "subject", "body_weight": 0.1}
    params, make_search, searches = InferenceParams.model_validate(settings), run.search_for, {}

    def search_for(dataset, params, gan, *execution):
        """One search for each kind of body, which is traced once for all runs."""
        if params.body not in searches:
            searches[params.body] = make_search(dataset, params, gan, *execution)
        return searches[params.body]

    monkeypatch.setattr(run, "search_for", search_for)

    def infer(name: str, frames_of_a_group: int) -> dict[str, tuple[np.ndarray, float]]:
        """The poses and the scales of sequences."""
        monkeypatch.setattr(groups, "FRAMES_OF_A_GROUP", {TRACED: frames_of_a_group})
        path = tmp_path / f"{name}.hdf5"
        run.infer_dataset("run", params, gan, path, progress=False).require_all()
        with h5py.File(path, "r") as file:
            return {k: (v["p3w"][()], float(v.attrs["scale"])) for k, v in file["run"].items()}

    whole = infer("whole", 20)
    assert whole["a"][1] == whole["b"][1]
    assert len({scale for _, scale in whole.values()}) == 3

    with interruption_after_one_group():
        infer("stopped", 1)
    # "b" is inferred alone, after its subject's other sequence is finished.
    resumed = infer("stopped", 1)
    for key, (p3w, scale) in whole.items():
        assert resumed[key][1] == scale
        np.testing.assert_allclose(resumed[key][0], p3w, atol=1e-6)
