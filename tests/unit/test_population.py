"""Populations: every member is the GAN that it would be alone; the best one is kept."""

import json
import pickle
import re
from contextlib import nullcontext

import numpy as np
import pytest
import tensorflow as tf

from gan import GanBuilder, checkpoint, training
from gan.params import GanParams
from gan.training import distributed_population, population_run
from gan.training.data import load_poses, poses_of, split
from gan.training.distributed_population import train_by_workers
from gan.training.gan_trainer import GanTrainer
from gan.training.learnt_poses import SIGNATURE
from gan.training.options import TrainingOptions
from gan.training.population import members_of, select
from gan.training.population_checkpoints import member_arrays
from gan.training.population_run import PopulationRun
from gan.training.sessions import train_population
from gan.variables import arrays
from gan_evaluation import held_out
from gan_evaluation.held_out import HeldOut
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, DatasetSpec, PoseSequence, load_dataset
from human_pose_util.errors import DataError, SpecError
from human_pose_util.workers import LocalWorker
from tests.helpers.inference_problems import C, F, R, T
from tests.helpers.toy_dataset import DATASET, TOY, register_toy, toy_dataset

PARAMS = {"dataset": DATASET, "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8}
RICH = {
    "loss_type": "relativistic",
    "r1_weight": 0.1,
    "r2_weight": 0.1,
    "gradient_penalty_weight": 10.0,
    "n_e": [7],
    "reconstruction_weight": 100.0,
    "kl_weight": 0.1,
    "whiten": True,
    "mirror": True,
    "bone_spread": 0.03,
    "generator_average": 0.9,
    "n_critic_steps": 2,
}


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    register_toy(monkeypatch, n=200)


@pytest.fixture
def gan(tmp_path):
    (tmp_path / "small.json").write_text(json.dumps(PARAMS))
    return GanBuilder("small", tmp_path, tmp_path / "models")


def with_adam(gan):
    """The GAN with an optimiser that moves its generator from the first steps on."""
    gan.params = GanParams.model_validate(PARAMS | {"optimizer": "adam"})
    return gan


def advance(trainer, poses, stop):
    while int(trainer.step) < stop:
        metrics = trainer.train(tf.constant(poses), stop)
    return metrics


@pytest.mark.parametrize("keys", [{}, RICH])
def test_a_member_is_the_gan_that_it_would_be_alone(keys):
    params = GanParams.model_validate(PARAMS | keys)
    poses, _ = load_poses(DatasetSpec.model_validate(DATASET))
    members = [
        params.model_copy(update={"seed": seed, "learning_rate": rate})
        for seed, rate in ((3, 1e-3), (4, 1e-4))
    ]
    together = GanTrainer(params, TOY, False, members)
    together.start(poses)
    metrics = advance(together, poses, 5)
    values = arrays(together.variables)
    for k, member in enumerate(members):
        alone = GanTrainer(member, TOY, False)
        alone.start(poses)
        expected = advance(alone, poses, 5)
        for name, value in expected.items():
            assert metrics[name][k] == pytest.approx(value, rel=1e-3, abs=1e-5)
        for name, value in arrays(alone.variables).items():
            mine = values[name][k] if values[name].ndim == 3 else values[name]
            mine = np.reshape(mine, value.shape)
            np.testing.assert_allclose(mine, value, rtol=1e-3, atol=2e-5, err_msg=name)


def train(gan, members, steps):
    return train_population(gan, members, steps, jit=False, progress=False)


def two_members(gan):
    """Two members that differ in their seeds and learning rates."""
    members = members_of(gan, 2, [1e-3, 1e-4])
    assert list(members) == [
        f"seed-{seed}-rate-{rate}" for seed in (0, 1) for rate in ("0.001", "0.0001")
    ]
    return {name: members[name] for name in ("seed-0-rate-0.001", "seed-1-rate-0.0001")}


def test_members_have_checkpoints_and_logs_of_their_own_and_go_on(gan, tmp_path):
    members = two_members(with_adam(gan))
    train(gan, members, 20)
    for one in members.values():
        assert one.step == 20
        assert one.sample(4).shape == (4, 4, 3)
        assert any((one.model_dir / "logs").glob("*tfevents*"))
    samples = [one.sample(3) for one in members.values()]
    assert not np.allclose(*samples)

    other = gan.variant(tmp_path / "through")
    others = two_members(other)
    train(other, others, 30)
    train(gan, members, 30)
    for in_parts, through in zip(members.values(), others.values(), strict=True):
        assert in_parts.step == 30
        np.testing.assert_allclose(in_parts.sample(3), through.sample(3), atol=1e-5)


@pytest.mark.usefixtures("quick")
def test_a_run_stopped_between_two_checkpoints_goes_on_from_the_common_one(gan):
    members = members_of(gan, 2)
    train(gan, members, 20)
    train(gan, members, 30)
    first, second = members.values()
    expected = second.sample(3)
    second.latest_checkpoint.unlink()
    train(gan, members, 30)
    second.forget()
    assert [path.name for path in checkpoint.checkpoints(first.checkpoint_dir)] == [
        checkpoint.file_name(step) for step in (20, 30)
    ]
    np.testing.assert_allclose(second.sample(3), expected, atol=1e-5)


@pytest.mark.usefixtures("quick")
def test_a_run_stopped_at_its_first_checkpoints_begins_again(gan, tmp_path):
    members, other = members_of(with_adam(gan), 3), gan.variant(tmp_path / "undisturbed")
    train(gan, members, 20)
    *_, last = members.values()
    last.latest_checkpoint.unlink()
    for steps in (10, 30):  # at fewer steps than are there, and at more
        train(gan, members, steps)
    others = members_of(other, 3)
    train(other, others, 30)
    for mine, undisturbed in zip(members.values(), others.values(), strict=True):
        assert mine.step == 30
        np.testing.assert_allclose(mine.sample(3), undisturbed.sample(3), atol=1e-5)


@pytest.mark.usefixtures("quick")
def test_more_members_are_trained_by_themselves(gan):
    train(gan, members_of(gan, 2), 20)
    more = members_of(gan, 3)
    with pytest.raises(DataError, match="its members have no step in common"):
        train(gan, more, 20)
    train_by_one_worker(gan, more, 20)
    assert all(one.step == 20 for one in more.values())


@pytest.mark.usefixtures("quick")
def test_a_run_stopped_before_its_first_step_leaves_nothing(gan, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    members = members_of(gan, 2)
    with monkeypatch.context() as patch:
        patch.setattr(GanTrainer, "train", stop)
        with pytest.raises(KeyboardInterrupt):
            train(gan, members, 20)
    assert not list(gan.model_dir.rglob("*.npz"))
    train(gan, members, 20)
    assert all(one.step == 20 for one in members.values())


@pytest.mark.usefixtures("quick")
def test_a_member_that_diverges_does_not_stop_the_others(gan):
    gan.params = GanParams.model_validate(
        PARAMS | {"loss_type": "least_squares", "optimizer": "rmsprop"}
    )
    members = members_of(gan, 1, [1e-4, 1e30])
    train(gan, members, 400)
    good, bad = members.values()
    assert good.step == 400
    assert bad.latest_checkpoint is None
    assert select(gan, members, lambda one: 1.0) == {"seed-0-rate-0.0001": 1.0}
    with pytest.raises(DataError, match="holds no trained GAN"):
        select(gan, {"bad": bad}, lambda one: 1.0)


@pytest.mark.usefixtures("quick")
def test_a_population_goes_on_without_a_member_that_diverged_at_once(gan):
    members = members_of(gan, 1, [1e-4, 1e38])
    good, bad = members
    for steps in (20, 20, 40):  # the same command again, and more steps
        assert list(train(gan, members, steps)) == [good]
        assert members[good].step == steps
    assert members[bad].latest_checkpoint is None


@pytest.mark.usefixtures("quick")
def test_a_population_goes_on_without_a_member_that_diverged_later(gan, monkeypatch):
    members = members_of(gan, 2)
    good, bad = members
    train(gan, members, 10)
    with monkeypatch.context() as patch:
        diverge_at_the_end(patch, 1)
        assert list(train(gan, members, 20)) == [good]
    assert members[bad].step == 10
    finished = members[good].latest_checkpoint.read_bytes()
    assert list(train(gan, members, 20)) == [good]
    assert members[good].latest_checkpoint.read_bytes() == finished
    for steps in (30, 30):
        assert list(train(gan, members, steps)) == [good]
        assert members[good].step == 30
    assert members[bad].step == 10
    with monkeypatch.context() as patch:
        diverge_at_the_end(patch, 0)
        with pytest.raises(DataError, match="diverged before step 40"):
            train(gan, members, 40)
    assert members[good].step == 30


@pytest.mark.usefixtures("quick")
def test_checkpoints_that_a_run_makes_obsolete_stay_until_it_has_saved(gan, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    members = members_of(gan, 2)
    train(gan, members, 20)
    train(gan, members, 30)
    first, second = members.values()
    second.latest_checkpoint.unlink()
    later = first.latest_checkpoint
    with monkeypatch.context() as patch:
        patch.setattr(PopulationRun, "save", lambda self: None)
        patch.setattr(GanTrainer, "train", stop)
        with pytest.raises(KeyboardInterrupt):
            train(gan, members, 25)
    assert later.exists()
    train(gan, members, 25)
    assert not later.exists()
    assert first.step == second.step == 25


def diverge_at_the_end(patch, k):
    """The member number k has a weight that is not finite when a run saves it."""

    def arrays_of(variables, n_members):
        values = member_arrays(variables, n_members)
        values[k]["generator/0/w"] = np.full_like(values[k]["generator/0/w"], np.nan)
        return values

    patch.setattr(population_run, "member_arrays", arrays_of)


@pytest.mark.usefixtures("quick")
def test_the_best_member_becomes_the_gan(gan):
    members = members_of(gan, 3)
    train(gan, members, 10)
    errors = {f"seed-{seed}": error for seed, error in ((0, 3.0), (1, 1.0), (2, 2.0))}
    found = select(gan, members, lambda one: errors[one.model_dir.name])
    assert list(found.items()) == [("seed-1", 1.0), ("seed-2", 2.0), ("seed-0", 3.0)]
    np.testing.assert_array_equal(gan.sample(5), members["seed-1"].sample(5))
    meta = gan.gan_checkpoint.meta
    assert meta["selected"] == "seed-1"
    assert meta["errors"] == found
    assert SIGNATURE not in meta  # it is trained without the poses that are held out
    select(gan, members, lambda one: -errors[one.model_dir.name])  # another choice replaces it
    assert gan.gan_checkpoint.meta["selected"] == "seed-0"
    with pytest.raises(SpecError, match="best of a population at step 10: to train further"):
        training.train(gan, 20, jit=False, progress=False)


@pytest.mark.usefixtures("quick")
def test_a_member_whose_error_is_no_number_is_the_last_choice(gan):
    members = members_of(gan, 3)
    train(gan, members, 10)
    errors = {f"seed-{seed}": error for seed, error in ((0, np.nan), (1, 2.0), (2, 1.0))}
    found = select(gan, members, lambda one: errors[one.model_dir.name])
    assert list(found) == ["seed-2", "seed-1", "seed-0"]
    with pytest.raises(DataError, match="no trained GAN has an error that is a number"):
        select(gan, members, lambda one: np.nan)


def test_the_seed_of_a_member_is_one_that_a_file_may_have(gan):
    gan.params = GanParams.model_validate(PARAMS | {"seed": 2**31 - 1})
    with pytest.raises(SpecError, match="'seed': input should be less than 2147483648"):
        members_of(gan, 2)


@pytest.mark.usefixtures("quick")
def test_a_gan_that_was_trained_alone_is_not_overwritten(gan):
    training.train(gan, 10, jit=False, progress=False)
    members = members_of(gan, 2)
    train(gan, members, 10)
    before = gan.sample(3)
    with pytest.raises(DataError, match="holds a GAN that was trained alone"):
        select(gan, members, lambda one: 0.0)
    np.testing.assert_array_equal(gan.sample(3), before)


def test_one_recording_in_eight_is_held_out():
    still = np.zeros((3, 4, 3))
    sequences = {
        f"{i}/{camera}": PoseSequence(
            {"p3w": still},
            {"subject_id": "s", "sequence_id": str(i), "mode": "train", "camera_id": camera},
        )
        for i in range(20)
        for camera in "ab"
    }
    learned, judged = split(Dataset(sequences, {"skeleton_id": "toy"}))
    assert list(judged) == ["7/a", "15/a"]
    assert len(learned) == 18
    two, one = split(Dataset({k: sequences[k] for k in ("0/a", "0/b", "1/a")}, {}))
    assert (list(two), list(one)) == (["0/a"], ["1/a"])
    with pytest.raises(DataError, match="one recording is too few"):
        split(Dataset({k: sequences[k] for k in ("0/a", "0/b")}, {}))


def test_a_data_set_without_cameras_cannot_judge():
    with pytest.raises(SpecError, match="'toy' has no cameras"):
        HeldOut(DatasetSpec.model_validate(DATASET))


def with_cameras(cameras):
    """The toy data set "filmed", whose recordings have the cameras that a function returns."""
    toy = toy_dataset(200)
    filmed = {
        key: PoseSequence({"p3w": s["p3w"]}, {**s.attrs, **cameras(len(s["p3w"]))})
        for key, s in toy.items()
    }
    register.register_dataset("filmed", lambda: Dataset(filmed, toy.attrs))
    return DatasetSpec.model_validate(DATASET | {"type": "filmed"})


def still(n):
    """A camera that stands."""
    return {"r": R, "t": 1000 * T, "f": 1000 * F, "c": 1000 * C}


def moving(n):
    """The sequence with an array of extrinsics, as a moving camera has, that do not change."""
    return still(n) | {"r": np.tile(R, (n, 1, 1)), "t": np.tile(1000 * T, (n, 1))}


@pytest.mark.usefixtures("quick")
def test_recordings_of_a_camera_that_moves_judge_as_those_of_one_that_stands(gan, monkeypatch):
    monkeypatch.setattr(held_out, "N_FRAMES", 20)  # of 100
    training.train(gan, 10, jit=False, progress=False)
    error = HeldOut(with_cameras(still)).error(gan)
    assert HeldOut(with_cameras(moving)).error(gan) == pytest.approx(error, rel=1e-4)


def test_recordings_that_cannot_be_observed_are_an_error_at_once():
    spec = with_cameras(lambda n: still(n) | {"f": np.full(2, 1e30)})
    with pytest.raises(DataError, match=r"s/b/c1: the camera's f is not finite, or beyond"):
        HeldOut(spec)


@pytest.mark.usefixtures("quick")
def test_members_learn_nothing_that_is_held_out(gan, monkeypatch):
    takes = load_dataset(gan.params.dataset, "train")
    learned, judged = split(takes)
    seen = []
    monkeypatch.setattr(GanTrainer, "start", lambda self, poses: seen.append(poses.numpy()))
    train(gan, members_of(gan, 2), 1)
    (poses,) = seen
    assert len(poses) == len(load_poses(gan.params.dataset)[0]) // 2
    expected = poses_of(learned, "toy")[0]
    np.testing.assert_array_equal(poses, expected)
    assert set(learned).isdisjoint(judged)


@pytest.mark.usefixtures("quick")
def test_members_trained_one_by_one_are_those_trained_at_once(gan, tmp_path, monkeypatch):
    monkeypatch.setattr(distributed_population, "SECONDS_OF_A_PIECE", 0.0)  # a piece is a block
    members = two_members(gan)
    other = gan.variant(tmp_path / "by one")
    others = two_members(other)
    train(gan, members, 450)
    for steps in (300, 450):  # and going on is nothing else
        train_by_one_worker(other, others, steps)
    for at_once, by_one in zip(members.values(), others.values(), strict=True):
        assert by_one.step == 450
        np.testing.assert_allclose(by_one.sample(5), at_once.sample(5), atol=1e-4)
        assert any((by_one.model_dir / "logs").glob("*tfevents*"))


@pytest.mark.usefixtures("quick")
def test_members_that_go_on_with_other_data_get_one_note(gan, monkeypatch, caplog):
    def n_notes(run, steps) -> int:
        caplog.clear()
        run(gan, members, steps)
        said = [text for text in caplog.messages if "the data have changed" in text]
        named = "seed-0/checkpoints/step-0000000.0.npz was trained .*: another gan_id begins anew"
        assert all(re.search(named, text) for text in said)
        return len(said)

    members = members_of(gan, 2)
    assert [n_notes(train, 10), n_notes(train, 20)] == [0, 0]
    register_toy(monkeypatch, n=300)
    assert [n_notes(train, 30), n_notes(train, 40), n_notes(train_by_one_worker, 50)] == [1, 0, 0]
    register_toy(monkeypatch, n=400)
    assert [n_notes(train_by_one_worker, 60), n_notes(train_by_one_worker, 70)] == [1, 0]
    assert n_notes(train_by_one_worker, 70) == 0


@pytest.mark.usefixtures("quick")
def test_a_member_that_workers_see_diverge_does_not_stop_the_others(gan):
    members = members_of(gan, 1, [1e-3, 1e30])
    good, bad = members
    for _ in range(2):  # the same command again
        assert list(train_by_one_worker(gan, members, 20)) == [good]
    assert members[good].step == 20
    with pytest.raises(DataError, match="small: all members diverged"):
        train_by_one_worker(gan, {bad: members[bad]}, 20)


@pytest.mark.usefixtures("quick")
def test_a_member_that_fails_is_an_error_once_the_others_are_trained(gan, monkeypatch):
    def fail(job, item):
        if item[0].seed == 0:
            raise OSError("no memory")
        return job_of(job, item)

    job_of = distributed_population.MemberJob.__call__
    monkeypatch.setattr(distributed_population.MemberJob, "__call__", fail)
    members = members_of(gan, 2)
    with pytest.raises(DataError, match="seed-0 of small: OSError: no memory"):
        train_by_one_worker(gan, members, 20)
    assert members["seed-1"].step == 20


@pytest.mark.usefixtures("quick")
def test_members_at_steps_of_their_own_are_not_trained_at_once(gan):
    members = members_of(gan, 2)
    for steps, item in zip((20, 30), members.items(), strict=True):
        train_by_one_worker(gan, dict([item]), steps)
    with pytest.raises(DataError, match=r"no step in common: go on .* with `scheduler` local"):
        train(gan, members, 40)
    train_by_one_worker(gan, members, 40)
    train(gan, members, 50)


@pytest.mark.usefixtures("quick")
def test_all_steps_decide_on_xla(gan, monkeypatch):
    """Not those that are left: a training that was interrupted is computed as one that was not."""
    counts = []
    monkeypatch.setattr(TrainingOptions, "is_compiled", lambda _, n_steps: counts.append(n_steps))
    members = members_of(gan, 2)
    for steps in (20, 30):
        train_by_one_worker(gan, members, steps)
    assert counts == [20, 30]


def test_a_job_takes_everything_along(gan):
    poses, skeleton = load_poses(gan.params.dataset)
    job = pickle.loads(
        pickle.dumps(distributed_population.MemberJob(skeleton, poses, 5, jit=False))
    )
    piece = job((gan.params, None))
    assert piece.step == 5
    assert piece.finite


def train_by_one_worker(gan, members, steps):
    def with_one_worker(job):
        return nullcontext(LocalWorker(job))

    return train_by_workers(gan, members, steps, with_one_worker, jit=False, progress=False)
