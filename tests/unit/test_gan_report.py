"""The measures of a trained GAN; those of unseen poses are missing if it has learnt all poses."""

import json
from pathlib import Path

import numpy as np
import pytest

from gan import GanBuilder
from gan.checkpoint import Checkpoint
from gan.training import train
from gan.training.data import poses_of
from gan.training.learnt_poses import SIGNATURE, doubt_of_poses, signature
from gan_evaluation.report import measures, why_nothing_is_unseen
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset
from tests.helpers.commands import run_in_process
from tests.helpers.toy_dataset import DATASET, register_toy, toy_dataset, toy_poses

SCRIPT = Path(__file__).parents[2] / "evaluate_gan.py"
OF_UNSEEN = {"real_novelty", "reconstruction_error"}


@pytest.fixture
def make_gan(tmp_path, monkeypatch):
    """A function from a data set to a GAN of it, hardly trained."""
    register_toy(monkeypatch, n=200)

    def trained(dataset: dict, **keys: float) -> GanBuilder:
        params = {"dataset": dataset, "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8, **keys}
        (tmp_path / "small.json").write_text(json.dumps(params))
        gan = GanBuilder("small", tmp_path, tmp_path / "models")
        train(gan, 2, jit=False, progress=False)
        return gan

    return trained


@pytest.mark.usefixtures("quick")
def test_a_gan_is_judged_by_unseen_poses(make_gan):
    gan = make_gan(DATASET)
    assert why_nothing_is_unseen(gan.params) is None
    values = measures(gan, 100, 0)
    assert values.keys() > OF_UNSEEN
    assert all(np.isfinite(value) for value in values.values())


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("rarity", [0.0, 0.5])
def test_poses_are_loaded_once(make_gan, monkeypatch, rarity, caplog):
    gan = make_gan(DATASET, rarity=rarity)
    loaded = []

    def counted(*args):
        loaded.append(args)
        return poses_of(*args)

    monkeypatch.setattr("gan.training.data.poses_of", counted)
    measures(gan, 100, 0)
    assert len(loaded) == 2  # those learnt, and those unseen
    assert not [text for text in caplog.messages if "the data have changed" in text]


@pytest.mark.usefixtures("quick")
def test_a_gan_of_data_without_unseen_poses_is_judged_by_the_others(make_gan):
    toy = toy_dataset(200)
    learned = {key: s for key, s in toy.items() if s.attrs["mode"] == "train"}
    register.register_dataset("learned", lambda: Dataset(learned, toy.attrs))
    gan = make_gan(DATASET | {"type": "learned"})
    assert why_nothing_is_unseen(gan.params) == (
        "the data set 'learned' has no sequences of mode eval"
    )
    values = measures(gan, 100, 0)
    assert values.keys().isdisjoint(OF_UNSEEN)
    assert "coverage" in values


def acting(**actions: str) -> Dataset:
    """The toy data set with an action for each recording; those of mode eval have one camera."""
    toy = toy_dataset(200)
    sequences = {}
    for key, sequence in toy.items():
        sequence.attrs["action"] = actions[sequence.attrs["sequence_id"]]
        if sequence.attrs["mode"] == "train" or sequence.attrs["camera_id"] == "c2":
            sequences[key] = sequence
    return Dataset(sequences, toy.attrs)


@pytest.mark.usefixtures("quick")
def test_a_gan_of_an_action_is_judged_by_unseen_poses_of_the_action(make_gan):
    data = acting(a="walk", b="sit", c="walk")
    register.register_dataset("acting", lambda: data)
    filters = {"actions": "walk", "camera_ids": "c1"}
    gan = make_gan(DATASET | {"type": "acting", "filter_kwargs": filters})
    assert measures(gan, 100, 0).keys() > OF_UNSEEN


@pytest.mark.usefixtures("quick")
def test_a_gan_of_an_action_that_nobody_unseen_does_is_judged_by_the_others(make_gan):
    data = acting(a="walk", b="sit", c="walk")
    register.register_dataset("acting", lambda: data)
    gan = make_gan(DATASET | {"type": "acting", "filter_kwargs": {"actions": "sit"}})
    assert why_nothing_is_unseen(gan.params) == (
        "the data set 'acting' has no sequences of mode eval with a learnt action"
    )
    assert measures(gan, 100, 0).keys().isdisjoint(OF_UNSEEN)


@pytest.mark.usefixtures("quick")
def test_measures_that_need_more_poses_are_null_and_a_dash(make_gan, tmp_path):
    register.register_dataset("few", lambda: toy_dataset(6))
    make_gan(DATASET | {"type": "few"})
    call = ["small", "--n=100", f"--gan_params_dir={tmp_path}", f"--models_dir={tmp_path}/models"]
    done = run_in_process(SCRIPT, [*call, "--json"], tmp_path, {})

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    values = json.loads(done.stdout, parse_constant=refuse)
    assert values["precision"] is values["coverage"] is None
    assert values["novelty"] > 0
    shown = run_in_process(SCRIPT, call, tmp_path, {}).stdout.splitlines()
    assert [line.split() for line in shown if line.startswith("precision")] == [["precision", "–"]]
    assert (
        "too few learnt poses for precision, recall, density and coverage: they need" in shown[-1]
    )


@pytest.mark.usefixtures("quick")
def test_a_gan_that_is_judged_or_trained_further_by_other_data_gets_a_note(make_gan, caplog):
    def data_set(lift: float) -> None:
        data = toy_dataset(200)
        for sequence in data.values():
            sequence["p3w"][...] += [0, 0, lift]
        register.register_dataset("changing", lambda: data)

    def notes() -> list[str]:
        said = [message for message in caplog.messages if "the data have changed" in message]
        caplog.clear()
        return said

    data_set(0.0)
    gan = make_gan(DATASET | {"type": "changing"})
    measures(gan, 100, 0)
    train(gan, 4, jit=False, progress=False)
    assert notes() == []
    data_set(20.0)
    measures(gan, 100, 0)
    assert len(notes()) == 1
    train(gan, 6, jit=False, progress=False)
    assert "was trained (180 poses then, 180 now): another gan_id begins anew" in notes()[0]
    train(gan, 8, jit=False, progress=False)
    assert notes() == []


def test_poses_that_differ_by_rounding_are_the_same():
    poses = toy_poses(1000).astype(np.float32) / 1000
    rounded = (poses * np.float32(3)) / np.float32(3)
    assert (rounded != poses).any()
    tells = Checkpoint(Path("step-1.npz"), {SIGNATURE: signature(poses)}, {})
    assert doubt_of_poses(tells, signature(rounded)) is None
    assert doubt_of_poses(tells, signature(poses[1:])) is not None
    assert doubt_of_poses(Checkpoint(Path("step-1.npz"), {}, {}), signature(poses)) is None
