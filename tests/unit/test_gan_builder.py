"""A GAN by its id: training runs, checkpoints, what TensorBoard shows, sampling."""

import json
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from gan import GanBuilder, checkpoint, training
from gan.networks import Generator
from gan.networks.proposal_inputs import FilmInputs, FrameInputs
from gan.pack import pack
from gan.training import driver, gan_run, summaries
from gan.training.data import load_poses
from gan.training.options import FILMS_WORTH_COMPILING, TrainingOptions
from gan.training.patience import Patience
from gan.variables import arrays
from human_pose_util.errors import DataError, SpecError
from human_pose_util.files import atomic, exclusive
from tests.helpers.toy_dataset import DATASET, TOY, register_toy

PARAMS = {"dataset": DATASET, "n_z": 3, "n_g": [6], "n_c": [5], "batch_size": 8}


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    register_toy(monkeypatch, n=200)


def specify(folder, **keys):
    (folder / "small.json").write_text(json.dumps(PARAMS | keys))


def build(folder, **keys):
    specify(folder, **keys)
    return GanBuilder("small", folder, folder / "models")


def train(gan, steps):
    return training.train(gan, steps, jit=False, progress=False)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder in which the GAN "small" was trained to step 30."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        register_toy(patch, n=200)
        train(build(folder), 30)
    return folder


def copied(trained, folder, **keys):
    """A GAN of its own with the trained one's checkpoint."""
    gan = build(folder, **keys)
    gan.checkpoint_dir.mkdir(parents=True)
    path = GanBuilder("small", trained, trained / "models").latest_checkpoint
    (gan.checkpoint_dir / path.name).write_bytes(path.read_bytes())
    return gan


def test_what_a_run_leaves(trained):
    gan = GanBuilder("small", trained, trained / "models")
    assert gan.latest_checkpoint == trained / "models/small/checkpoints/step-000000030.npz"
    assert sorted(os.listdir(gan.model_dir)) == ["checkpoints", "logs", "train.lock"]
    assert gan.step == 30
    assert gan.skeleton is TOY
    meta = gan.gan_checkpoint.meta
    assert meta["gan_id"] == "small"
    assert meta["versions"]["tensorflow"] == tf.__version__
    json.dumps(meta)


@pytest.mark.parametrize("n, seed", [(-1, 0), (1.5, 0), ("3", 0), (None, 0), (1, -1), (1, "a")])
def test_numbers_of_samples_are_whole(trained, n, seed):
    gan = GanBuilder("small", trained, trained / "models")
    with pytest.raises(SpecError, match=r"^(n|seed) .*: expected a whole number of 0 or more"):
        gan.sample(n, seed)


def test_samples(trained):
    gan = GanBuilder("small", trained, trained / "models")
    poses = gan.sample(7, seed=4)
    assert poses.shape == (7, 4, 3)
    assert poses.dtype == np.float32
    np.testing.assert_array_equal(poses, gan.sample(7, seed=4))
    assert not np.allclose(poses, gan.sample(7, seed=5))
    again = GanBuilder("small", trained, trained / "models")
    np.testing.assert_array_equal(poses, again.sample(7, seed=4))
    untrained = Generator(3, [6], 4, "relu", 0)
    z = tf.random.stateless_normal([7, 3], [4, 0])
    np.testing.assert_array_equal(poses, gan.generator(z))
    assert not np.allclose(poses, untrained(z))
    assert gan.critic(poses).shape == (7,)


def test_networks_are_the_checkpoints(trained):
    gan = GanBuilder("small", trained, trained / "models")
    stored = checkpoint.load(gan.latest_checkpoint).arrays
    for v in (*gan.generator.variables, *gan.critic.variables):
        np.testing.assert_array_equal(v, stored[v.name.split(":")[0]])
    assert {"step", "critic/square/critic/0/w"} <= set(stored)


def test_resuming_is_going_on(trained, tmp_path):
    (tmp_path / "through").mkdir()
    through = build(tmp_path / "through")
    train(through, 45)
    resumed = copied(trained, tmp_path)
    before = resumed.sample(3)
    assert train(resumed, 30) == resumed.latest_checkpoint  # nothing to do, and nothing is written
    assert not (resumed.model_dir / "train.lock").exists()
    train(resumed, 45)
    assert resumed.step == 45
    assert not np.array_equal(resumed.sample(3), before)
    np.testing.assert_allclose(resumed.sample(3), through.sample(3), atol=1e-6)


def test_without_a_checkpoint(tmp_path):
    gan = build(tmp_path)
    assert gan.latest_checkpoint is None
    with pytest.raises(
        DataError, match=r"'small' has no checkpoint in .* `python train.py small`.*`models_dir`"
    ):
        gan.sample(1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_g": [6, 6]}, r"n_g = \[6\], small\.json says \[6, 6\]"),
        ({"seed": 1}, r"seed = 0, small\.json says 1"),
        ({"loss_type": "modified"}, r"loss_type = 'wasserstein', small\.json says 'modified'"),
    ],
)
def test_changed_parameters_are_refused_by_name(trained, tmp_path, change, message):
    copied(trained, tmp_path)
    gan = build(tmp_path, **change)
    for use in (lambda: gan.sample(1), lambda: train(gan, 40)):
        with pytest.raises(SpecError, match=rf"step-000000030\.npz was trained with {message}"):
            use()


def test_spelling_out_a_default_changes_nothing(trained, tmp_path):
    copied(trained, tmp_path)
    assert build(tmp_path, optimizer="rmsprop", discriminator_clip_val=0.01).step == 30


@pytest.mark.usefixtures("quick")
def test_a_broken_checkpoint_is_named_and_the_one_before_it_can_be_used(trained, tmp_path):
    gan = copied(trained, tmp_path)
    whole = gan.latest_checkpoint.read_bytes()
    broken = gan.checkpoint_dir / "step-000000031.npz"
    for content in (b"", b"nonsense", whole[:100], whole[: len(whole) // 2], whole[:-1]):
        broken.write_bytes(content)
        for use in (lambda: gan.sample(1), lambda: train(gan, 40)):
            with pytest.raises(DataError, match=r"step-000000031\.npz is not a readable .*remove"):
                use()
    broken.unlink()
    assert gan.step == 30


def test_a_broken_checkpoint_that_is_the_only_one_is_to_be_replaced(trained, tmp_path):
    gan = copied(trained, tmp_path)
    for path in checkpoint.checkpoints(gan.checkpoint_dir):
        path.unlink()
    (gan.checkpoint_dir / "step-000000031.npz").write_bytes(b"half")
    with pytest.raises(DataError, match=r"step-000000031\.npz is not a readable .*: replace it"):
        gan.sample(1)


def test_a_checkpoint_of_other_software_is_named(trained, tmp_path):
    gan = copied(trained, tmp_path)
    loaded = gan.gan_checkpoint
    params = loaded.meta["params"] | {"n_heads": 8}
    checkpoint.save(gan.checkpoint_dir, loaded.meta | {"params": params, "step": 31}, loaded.arrays)
    gan.forget()
    advice = ": another version of this project made it; move .*checkpoints away, and train again"
    refused = r"step-000000031\.npz has parameters that this version does not take" + advice
    with pytest.raises(DataError, match=refused):
        gan.sample(1)
    fewer = {k: v for k, v in loaded.arrays.items() if k != "generator/1/w"}
    checkpoint.save(gan.checkpoint_dir, loaded.meta | {"step": 32}, fewer)
    missing = r"000032\.npz has no array generator/1/w of shape \(6, 12\)" + advice
    with pytest.raises(DataError, match=missing):
        gan.sample(1)


META = {"params": {}, "skeleton_id": "toy"}


def test_checkpoints_keep_the_newest_five(tmp_path):
    (tmp_path / "step-best.npz").write_text("the user's own")
    for step in (1, 20, 300, 5, 1_000_000_000, 7, 8):
        checkpoint.save(tmp_path, META | {"step": step}, {"a": np.arange(step % 10)})
    kept = checkpoint.checkpoints(tmp_path)
    assert [checkpoint.load(path).step for path in kept] == [7, 8, 20, 300, 1_000_000_000]
    assert len(os.listdir(tmp_path)) == 6


def test_what_a_killed_run_was_saving_goes_with_the_next_checkpoint(tmp_path):
    context = atomic(tmp_path / "step-000000003.npz")
    context.__enter__().write_text("half")
    checkpoint.save(tmp_path, META | {"step": 4}, {"a": np.arange(3)})
    assert os.listdir(tmp_path) == ["step-000000004.npz"]


def test_checkpoints_hold_arrays_and_nothing_else(tmp_path):
    arrays = {"net/0/w": np.ones((2, 3), np.float32), "step": np.int64(4)}
    path = checkpoint.save(tmp_path, META | {"step": 4}, arrays)
    loaded = checkpoint.load(path)
    assert loaded.meta == META | {"step": 4}
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded.arrays[name], array)
        assert loaded.arrays[name].dtype == array.dtype
    np.savez(path, meta=np.array(json.dumps(loaded.meta)), evil=np.array({"a": 1}, dtype=object))
    with pytest.raises(DataError, match="not a readable checkpoint"):
        checkpoint.load(path)
    for meta in ("{}", "[1]", "3", "x"):
        np.savez(path, meta=np.array(meta))
        with pytest.raises(DataError, match="not a readable checkpoint"):
            checkpoint.load(path)


def test_two_trainings_of_one_gan(tmp_path):
    gan = build(tmp_path)
    with (
        exclusive(gan.model_dir / "train.lock", ""),
        pytest.raises(DataError, match="models/small: another process is training this GAN"),
    ):
        train(gan, 5)


@pytest.mark.usefixtures("quick")
def test_checkpoints_are_written_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(driver, "SECONDS_BETWEEN_CHECKPOINTS", 0)
    gan = build(tmp_path)
    train(gan, 700)
    steps = [checkpoint.load(path).step for path in checkpoint.checkpoints(gan.checkpoint_dir)]
    assert steps == [200, 400, 600, 700]


def events(gan, logs="logs"):
    accumulator = EventAccumulator(str(gan.model_dir / logs))
    accumulator.Reload()
    return accumulator


def test_tensorboard_shows_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(summaries, "STEPS_BETWEEN_SCALARS", 200)
    gan = build(tmp_path)
    train(gan, 250)
    shown = events(gan)
    tags = set(shown.Tags()["tensors"])
    scalars = ["loss/critic", "loss/generator", "value/real", "value/fake"]
    for tag in [*scalars, "speed/steps_per_second"]:
        assert [event.step for event in shown.Tensors(tag)] == [200, 250]
    loss, real, fake = (
        tf.make_ndarray(shown.Tensors(tag)[-1].tensor_proto)
        for tag in ("loss/critic", "value/real", "value/fake")
    )
    np.testing.assert_allclose(loss, fake - real, atol=1e-6)
    bones = {f"skeleton/{kind}/{j}" for kind in ("real", "generated") for j in TOY.joints[1:]}
    layout = {"custom_scalars__config__", "_hparams_/session_start_info"}
    names = ("bone_length_error", "sliced_wasserstein", "density", "coverage")
    quality = {f"quality/{name}" for name in names}
    shown_once = {"speed/steps_per_second", "parameters", "poses"}
    assert tags == {*scalars, *shown_once, *bones, *layout, *quality}
    own = {tag.split("/")[0] for tag in tags if not tag.startswith(("custom_scalars", "_hparams"))}
    assert sorted(own - {"parameters"})[:2] == ["loss", "poses"]  # what TensorBoard opens on
    width, height, png = tf.make_ndarray(shown.Tensors("poses")[0].tensor_proto)
    assert int(width) > 100
    assert int(height) > 100
    assert np.ptp(tf.io.decode_png(png).numpy()) > 100
    text = tf.make_ndarray(shown.Tensors("parameters")[0].tensor_proto).item().decode()
    assert '"n_z": 3' in text

    train(gan, 400)
    # Files of events that begin in the same second are read in any order.
    assert sorted(e.step for e in events(gan).Tensors("loss/critic")) == [200, 250, 400]


def test_an_unwritable_place(tmp_path):
    gan = build(tmp_path)
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot write .*train\.lock"):
        train(gan, 5)


def test_unknown_gans_and_data_sets(tmp_path):
    specify(tmp_path)
    with pytest.raises(SpecError, match="no GAN 'smal'"):
        GanBuilder("smal", tmp_path)
    gan = build(tmp_path, dataset={"type": "tou"})
    with pytest.raises(SpecError, match=r"small\.json: unknown data set 'tou': did you mean 'toy'"):
        train(gan, 5)


def test_a_training_that_diverges_says_so_and_keeps_what_was_finite(tmp_path):
    gan = build(tmp_path, loss_type="least_squares", learning_rate=1e30, optimizer="rmsprop")
    with pytest.raises(DataError, match=r"diverged before step \d+: lower the learning_rate"):
        train(gan, 1000)
    assert gan.latest_checkpoint is None


def test_a_training_for_which_memory_is_too_small_says_what_to_lower(tmp_path, monkeypatch):
    def allocate(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "failed to allocate memory")

    monkeypatch.setattr(gan_run.GanTrainer, "train", allocate)
    message = r"training small on \d+ poses: out of memory \(failed to .*\): lower batch_size, n_z"
    with pytest.raises(DataError, match=message):
        train(build(tmp_path), 20)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seconds", [60, 0])
def test_a_variable_that_is_not_finite_is_a_divergence(trained, tmp_path, monkeypatch, seconds):
    def arrays_of(variables):
        return arrays(variables) | {"optimizer/slot": np.array([np.inf])}

    monkeypatch.setattr(gan_run, "arrays", arrays_of)
    monkeypatch.setattr(driver, "SECONDS_BETWEEN_CHECKPOINTS", seconds)
    gan = copied(trained, tmp_path)
    with pytest.raises(DataError, match=r"small on \d+ poses: training diverged before step \d+"):
        train(gan, 40)
    assert gan.step == 30


@pytest.mark.usefixtures("quick")
def test_an_interruption_stays_one_where_a_variable_is_not_finite(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(gan_run, "arrays", lambda variables: {"w": np.array([np.nan])})
    monkeypatch.setattr(gan_run.GanRun, "log", stop)
    with pytest.raises(KeyboardInterrupt):
        train(build(tmp_path), 20)


PROPOSAL = {"n_hidden": 16, "n_blocks": 1, "steps": 60, "batch_size": 16}
TEMPORAL = {"n_hidden": 8, "steps": 20, "batch_size": 2, "n_frames": 6}
PROPOSALS = {"proposal": PROPOSAL, "temporal_proposal": TEMPORAL}


@pytest.fixture(scope="module")
def proposed(trained, tmp_path_factory):
    """A folder in which the GAN of `trained` has got proposal networks, by a second run."""
    folder = tmp_path_factory.mktemp("proposed")
    gan = copied(trained, folder, **PROPOSALS)
    before = gan.latest_checkpoint.read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        register_toy(patch, n=200)
        train(gan, 30)
    assert gan.latest_checkpoint.read_bytes() == before
    return folder


@pytest.mark.usefixtures("quick")
def test_the_proposal_networks_are_trained_after_the_gan(proposed, tmp_path):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, **PROPOSALS)
    assert gan.proposal_dir.name == "proposal-000000030"
    assert gan.temporal_dir.name == "temporal-proposal-000000030"
    assert checkpoint.load(checkpoint.newest(gan.proposal_dir)).step == 60
    assert checkpoint.load(checkpoint.newest(gan.temporal_dir)).step == 20
    rays = tf.random.stateless_normal([3, 4, 2], [0, 0], stddev=0.1)
    up = tf.constant([[0.0, -1.0, 0.0]] * 3)
    given = FrameInputs(rays, tf.ones([3, 4]), up, tf.ones(3))
    proposal = gan.proposal_network.propose(given)
    assert proposal.p3.shape == (3, 4, 3)
    assert proposal.z.shape == (3, 3)

    film = FilmInputs(given, tf.eye(3, batch_shape=[3]), tf.constant([0.0, 0.1, 0.2]))
    of_film = gan.temporal_network.propose_film(film)
    assert of_film.p3.shape == (3, 4, 3)
    assert of_film.z.shape == (3, 3)

    again = GanBuilder("small", tmp_path, tmp_path / "models")
    np.testing.assert_array_equal(again.proposal_network.propose(given).p3, proposal.p3)
    np.testing.assert_array_equal(again.temporal_network.propose_film(film).p3, of_film.p3)
    train(again, 40)  # of another latent space: learnt anew
    assert not gan.proposal_dir.exists()
    assert not gan.temporal_dir.exists()
    assert again.proposal_dir.name == "proposal-000000040"
    assert checkpoint.load(checkpoint.newest(again.proposal_dir)).step == 60
    assert checkpoint.load(checkpoint.newest(again.temporal_dir)).step == 20


def test_checkpoints_are_read_once(proposed, tmp_path, monkeypatch):
    gan, read = build(proposed, **PROPOSALS), []
    load = checkpoint.load
    monkeypatch.setattr(checkpoint, "load", lambda path: read.append(path) or load(path))
    pack(gan, tmp_path / "small")
    assert len(read) == len(set(read)) == 3
    read.clear()
    train(gan, 30)  # nothing to do
    assert len(read) == len(set(read)) == 3


def test_only_proposals_of_earlier_steps_are_removed(proposed, tmp_path):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, **PROPOSALS)
    (gan.model_dir / "proposal-2").mkdir()
    (gan.model_dir / "proposal-notes.txt").write_text("")
    (gan.model_dir / "proposal-000000020").mkdir()
    shutil.rmtree(gan.temporal_dir)  # so that there is something to train
    train(gan, 30)
    names = {path.name for path in gan.model_dir.glob("proposal-*")}
    assert names == {"proposal-000000030", "proposal-2", "proposal-notes.txt"}


def test_nothing_is_packed_beneath_a_newer_model(proposed, tmp_path):
    gan = build(proposed, **PROPOSALS)
    [first, *_] = pack(gan, tmp_path / "small")
    newer = first.with_name("step-000000040.npz")
    first.rename(newer)
    with pytest.raises(SpecError, match=r"step-000000040\.npz is newer than the model to pack"):
        pack(gan, tmp_path / "small")
    assert list(newer.parent.iterdir()) == [newer]


def test_packed_networks_propose_the_same(proposed, tmp_path):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, **PROPOSALS)
    assert len(pack(gan, tmp_path / "packed/small")) == 3
    packed = GanBuilder("small", tmp_path, tmp_path / "packed")
    rays = tf.random.stateless_normal([3, 4, 2], [0, 0], stddev=0.1)
    up = tf.constant([[0.0, -1.0, 0.0]] * 3)
    frames = FrameInputs(rays, tf.ones([3, 4]), up, tf.ones(3))
    film = FilmInputs(frames, tf.eye(3, batch_shape=[3]), tf.constant([0.0, 0.1, 0.2]))
    own, other = (g.temporal_network.propose_film(film) for g in (gan, packed))
    np.testing.assert_allclose(own.p3, other.p3, atol=5e-3)
    assert not np.array_equal(own.p3, other.p3)  # half precision
    own, other = (g.proposal_network.propose(frames) for g in (gan, packed))
    for part, packed_part in zip(own, other, strict=True):
        np.testing.assert_allclose(part, packed_part, rtol=1e-2, atol=5e-3)
    np.testing.assert_allclose(gan.sample(5), packed.sample(5), atol=5e-3)
    critics = [g.critic(tf.constant(gan.sample(5))) for g in (gan, packed)]
    np.testing.assert_allclose(*critics, rtol=1e-2, atol=5e-3)


def test_an_unfinished_proposal_network_is_an_error_until_it_is_trained_further(
    proposed, tmp_path, monkeypatch
):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, **PROPOSALS)
    path = checkpoint.newest(gan.proposal_dir)
    whole = checkpoint.load(path)
    path.unlink()
    checkpoint.save(gan.proposal_dir, {**whole.meta, "step": 50}, whole.arrays)
    with pytest.raises(DataError, match=r"not trained to its end: run `python train.py small"):
        _ = gan.proposal_network
    counts = []
    with monkeypatch.context() as patch:
        patch.setattr(TrainingOptions, "is_compiled", lambda self, n_steps: counts.append(n_steps))
        assert not training.is_trained(gan, 30)
        train(gan, 30)
    assert counts == [60]  # all steps decide on XLA, so that the rest is computed as the first
    assert training.is_trained(gan, 30)
    assert checkpoint.newest(gan.proposal_dir).name == "step-000000060.npz"
    shutil.rmtree(gan.temporal_dir)
    gan.forget()
    with pytest.raises(DataError, match="the proposal network for films of GAN 'small' is not"):
        _ = gan.temporal_network


@pytest.mark.parametrize("n", [200, 300])
def test_a_proposal_network_that_goes_on_with_other_data_gets_a_note(
    proposed, tmp_path, monkeypatch, caplog, n
):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, **PROPOSALS)
    for directory, step in ((gan.proposal_dir, 59), (gan.temporal_dir, 19)):
        whole = checkpoint.load(checkpoint.newest(directory))
        whole.path.unlink()
        checkpoint.save(directory, {**whole.meta, "step": step}, whole.arrays)
    register_toy(monkeypatch, n)
    train(gan, 30)
    notes = [text for text in caplog.messages if "the data have changed" in text]
    assert len(notes) == (0 if n == 200 else 2)
    assert all("proposal-000000030/step-" in text for text in notes)


def test_long_trainings_are_compiled_unless_the_user_says_otherwise():
    assert [TrainingOptions().is_compiled(n) for n in (4999, 5000)] == [False, True]
    assert TrainingOptions(jit=True).is_compiled(1)
    assert not TrainingOptions(jit=False).is_compiled(10**7)
    assert not TrainingOptions().is_compiled(10**7, FILMS_WORTH_COMPILING)
    assert TrainingOptions(jit=True).is_compiled(1, FILMS_WORTH_COMPILING)


def test_tensorboard_shows_proposal_networks_that_are_trained_anew_alone(proposed, tmp_path):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, **PROPOSALS)
    for directory in (gan.proposal_dir, gan.temporal_dir):
        shutil.rmtree(directory)
    train(gan, 30)
    for name, steps in (("proposal", 60), ("film_proposal", 20)):
        shown = events(gan, f"logs/{name}")
        assert [event.step for event in shown.Tensors("proposal/loss")] == [steps]


def test_another_proposal_network_needs_no_other_gan(proposed, tmp_path):
    shutil.copytree(proposed, tmp_path, dirs_exist_ok=True)
    gan = build(tmp_path, proposal=PROPOSAL)
    assert gan.proposal_network is not None
    assert gan.temporal_network is None
    other = build(tmp_path, proposal=PROPOSAL | {"n_hidden": 8})
    with pytest.raises(SpecError, match=r"proposal\.n_hidden = 16, small\.json says 8") as raised:
        train(other, 30)
    assert str(raised.value).endswith(f"or remove {gan.proposal_dir}")  # not the whole GAN
    other = build(tmp_path, **PROPOSALS | {"temporal_proposal": TEMPORAL | {"n_hidden": 4}})
    with pytest.raises(SpecError, match=r"proposal\.n_hidden = 8, small\.json says 4") as raised:
        train(other, 30)
    assert str(raised.value).endswith(f"or remove {gan.temporal_dir}")
    other = build(tmp_path, proposal=PROPOSAL, learning_rate=1e-5)
    with pytest.raises(SpecError, match="learning_rate") as raised:
        train(other, 30)
    assert str(raised.value).endswith(f"or remove {gan.model_dir}")
    assert build(tmp_path).proposal_network is None
    with pytest.raises(SpecError, match="temporal_proposal needs proposal"):
        build(tmp_path, temporal_proposal=TEMPORAL)


def test_the_mean_generator_in_plain_coordinates_is_the_trained_one(tmp_path):
    gan = build(tmp_path, whiten=True, generator_average=0.9)
    train(gan, 30)
    poses = gan.sample(500)
    learned = load_poses(gan.params.dataset)[0]
    assert np.abs(poses.mean(axis=0) - learned.mean(axis=0)).max() < 0.2  # not white
    real = tf.constant(learned[:20])
    stored = gan.gan_checkpoint.arrays
    white = (learned[:20].reshape(20, -1) - stored["whitening/mean"]) @ stored["whitening/matrix"]
    hidden = np.maximum(white @ stored["critic/0/w"] + stored["critic/0/b"], 0)
    expected = (hidden @ stored["critic/1/w"] + stored["critic/1/b"])[:, 0]
    np.testing.assert_allclose(gan.critic(real), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("quick")
def test_training_stops_early_when_poses_become_no_better(tmp_path, monkeypatch):
    monkeypatch.setattr(summaries, "STEPS_BETWEEN_PICTURES", 200)
    gan = build(tmp_path, learning_rate=1e-30)  # no pose changes, not even by rounding
    for _ in range(2):  # the same command again
        training.train(gan, 5000, jit=False, progress=False, patience=400)
        assert gan.step == 600
    assert training.is_trained(gan, 10_000, 400)
    assert not training.is_trained(gan, 5000, 500)
    train(gan, 800)  # without patience
    assert gan.step == 800
    assert not training.is_trained(gan, 5000, 400)
    patience = Patience(30)
    # 2.999 at step 74 is better than 3.0 by less than a thousandth, which is no improvement.
    values = {10: 5.0, 20: 4.0, 40: 4.5, 45: 3.0, 70: 3.5, 74: 2.999, 75: 3.1}
    assert [patience.exhausted(*item) for item in values.items()] == [False] * 6 + [True]
    assert not Patience(None).exhausted(10**9, 1.0)
