"""The training loop: bounds, learning, and that it can be stopped anywhere without a trace."""

import os
import signal
import threading
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from gan.params import GanParams
from gan.training import data
from gan.training.data import load_poses, load_training_poses
from gan.training.gan_trainer import BLOCK, METRICS, GanTrainer
from gan.training.losses import LOSSES
from gan.variables import arrays
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, DatasetSpec, PoseSequence
from human_pose_util.errors import DataError, SpecError
from tests.helpers.quick_training import set_back
from tests.helpers.toy_dataset import DATASET, TOY, register_toy, toy_dataset

SMALL = {"dataset": DATASET, "n_z": 3, "n_g": [6], "n_c": [6], "batch_size": 8}
FAST = {"learning_rate": 2e-3, "batch_size": 64, "n_z": 4, "n_g": [32], "n_c": [32]}


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    register_toy(monkeypatch)


@pytest.fixture
def poses():
    return load_poses(DatasetSpec.model_validate(DATASET))[0]


def trainer(jit=False, **keys):
    return GanTrainer(GanParams.model_validate(SMALL | keys), TOY, jit)


def train(tested, poses, *stops):
    """Train, with a new call at every stop."""
    for stop in stops:
        while int(tested.step) < stop:
            metrics = tested.train(tf.constant(poses), stop)
    return metrics


def test_poses_to_learn_are_the_complete_ones_of_one_view(poses):
    loaded, skeleton = load_poses(DatasetSpec.model_validate(DATASET))
    assert skeleton is TOY
    assert loaded.dtype == np.float32
    assert loaded.shape == (2 * 900, 4, 3)  # two takes, a tenth of the frames misses a joint
    assert np.isfinite(loaded).all()
    np.testing.assert_allclose(loaded[:, 0, :2], 0, atol=1e-5)
    np.testing.assert_allclose(loaded[:, 1, 1], loaded[:, 2, 1], atol=1e-5)
    assert (loaded[:, 1, 0] > loaded[:, 2, 0]).all()


def test_no_pose_to_learn():
    p3w = np.full((5, 4, 3), np.nan)
    sequence = PoseSequence({"p3w": p3w}, {"mode": "train"})
    register.register_dataset("toy", lambda: Dataset({"a": sequence}, {"skeleton_id": "toy"}))
    with pytest.raises(DataError, match="'toy' has no complete pose to train on"):
        load_poses(DatasetSpec.model_validate(DATASET))


@pytest.mark.parametrize("clip", [0.01, 0.3])
def test_weights_of_the_critic_are_clipped_at_every_step(poses, clip):
    tested = trainer(discriminator_clip_val=clip, learning_rate=0.01, n_critic_steps=2)
    for step in range(1, 9):
        train(tested, poses, step)
        largest = [np.abs(v).max() for v in tested.critic.trainable_variables]
        assert max(largest) == np.float32(clip)
    assert max(np.abs(v).max() for v in tested.generator.trainable_variables) > clip


def test_without_clipping_weights_are_free(poses):
    tested = trainer(gradient_penalty_weight=10)
    train(tested, poses, 3)
    assert max(np.abs(v).max() for v in tested.critic.trainable_variables) > 0.3


def test_one_step_by_hand(poses):
    """Two critic updates and one of the generator, with the batches and rules written out."""
    tested = trainer(n_critic_steps=2, loss_type="wasserstein", seed=5)
    reference = trainer(n_critic_steps=2, loss_type="wasserstein", seed=5)
    real, z, _ = tested._draw(tf.constant(poses), tf.constant(0))
    metrics = train(tested, poses, 1)

    loss, clip, rate = LOSSES["wasserstein"], 0.01, 1e-4
    generator, critic = reference.generator, reference.critic
    squares = [np.ones(v.shape) for v in critic.trainable_variables]
    for k in range(2):
        with tf.GradientTape() as tape:
            logits = critic(real[0, k]), critic(generator(z[0, k]))
            critic_loss = loss.critic(*logits)
        gradients = tape.gradient(critic_loss, critic.trainable_variables)
        for i, (v, g) in enumerate(zip(critic.trainable_variables, gradients, strict=True)):
            squares[i] = 0.9 * squares[i] + 0.1 * g.numpy() ** 2
            step = rate * g.numpy() / np.sqrt(squares[i] + 1e-10)
            v.assign(np.clip(v.numpy() - step, -clip, clip))
    with tf.GradientTape() as tape:
        generator_loss = loss.generator(critic(real[0, 1]), critic(generator(z[0, 2])))
    gradients = tape.gradient(generator_loss, generator.trainable_variables)
    for v, g in zip(generator.trainable_variables, gradients, strict=True):
        v.assign_sub(rate * g / np.sqrt(0.9 + 0.1 * g.numpy() ** 2 + 1e-10))

    expected = [critic_loss, *(np.mean(x) for x in logits), generator_loss]
    np.testing.assert_allclose([metrics[name] for name in METRICS], expected, rtol=1e-4)
    for network, own in ((critic, tested.critic), (generator, tested.generator)):
        for a, b in zip(network.variables, own.variables, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def equal(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_allclose(array, other[name], rtol=1e-5, atol=1e-6, err_msg=name)


def same(one, other):
    equal(arrays(one.variables), arrays(other.variables))


@pytest.mark.parametrize("keys", [{}, {"gradient_penalty_weight": 10, "n_critic_steps": 2}])
def test_training_stopped_anywhere_ends_where_it_would_have(poses, keys):
    end = 2 * BLOCK + 50
    first, second = (trainer(**keys) for _ in range(2))
    new = arrays(first.variables)
    train(first, poses, end)
    through = arrays(first.variables)
    set_back(first, new)
    for stop in (1, 37):
        train(first, poses, stop)
        assert int(first.step) == stop
    set_back(second, arrays(first.variables))
    for stop in (BLOCK, BLOCK + 1, 2 * BLOCK - 1, end):
        train(second, poses, stop)
        assert int(second.step) == stop
    equal(through, arrays(second.variables))


@pytest.fixture
def interruptible():
    """Python's tested handling of Ctrl-C, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_after_an_interruption_the_step_fits_the_weights(poses):
    tested = trainer()
    new = arrays(tested.variables)
    train(tested, poses, BLOCK)
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        train(tested, poses, 10**9)
    interrupted = arrays(tested.variables)
    set_back(tested, new)
    train(tested, poses, int(interrupted["step"]))
    equal(interrupted, arrays(tested.variables))


def test_names_of_variables_are_all_different():
    """They are the keys of a checkpoint."""
    for keys in ({}, {"gradient_penalty_weight": 1}):
        variables = trainer(**keys).variables
        assert len(arrays(variables)) == len(variables)


def test_the_seed_decides(poses):
    one, other = trainer(seed=1), trainer(seed=2)
    for tested in (one, other):
        train(tested, poses, 3)
    assert not np.allclose(one.generator.variables[0], other.generator.variables[0])


def test_batches_are_drawn_evenly_and_anew():
    tested = trainer(batch_size=50, n_critic_steps=4)
    indices = np.arange(100, dtype=np.float32)[:, None, None] * np.ones((1, 4, 3), np.float32)
    draws = [tested._draw(tf.constant(indices), tf.constant(block)) for block in (0, 1, 0)]
    for first, second, again in zip(*draws, strict=True):
        assert not np.array_equal(first, second)
        np.testing.assert_array_equal(first, again)
    real, z, mix = draws[0]
    assert real.shape == (BLOCK, 4, 50, 4, 3)
    counts = np.bincount(real[..., 0, 0].numpy().ravel().astype(int), minlength=100)
    assert 0.8 * 400 < counts.min() < counts.max() < 1.2 * 400
    assert z.shape == (BLOCK, 5, 50, 3)
    np.testing.assert_allclose([np.mean(z), np.std(z)], [0, 1], atol=0.02)
    assert 0 <= np.min(mix) < 0.01 < 0.99 < np.max(mix) < 1


def distance(a, b):
    """Sliced Wasserstein distance between sets of poses."""
    directions = np.random.default_rng(0).normal(size=(a[0].size, 64))
    directions /= np.linalg.norm(directions, axis=0)
    levels = np.linspace(0.01, 0.99, 50)
    a, b = (np.quantile(x.reshape(len(x), -1) @ directions, levels, axis=0) for x in (a, b))
    return np.abs(a - b).mean()


@pytest.mark.parametrize(
    "keys",
    [
        {"loss_type": "wasserstein", "discriminator_clip_val": 0.1, "n_critic_steps": 3},
        {"loss_type": "wasserstein", "gradient_penalty_weight": 10, "n_critic_steps": 3},
        {"loss_type": "least_squares", "n_critic_steps": 1},
        {"loss_type": "modified", "n_critic_steps": 1},
        {"loss_type": "minimax", "n_critic_steps": 1},
        {"loss_type": "relativistic", "n_critic_steps": 1, "r1_weight": 0.1, "r2_weight": 0.1},
    ],
    ids=[
        "clipped wasserstein",
        "gradient penalty",
        "least squares",
        "modified",
        "minimax",
        "relativistic",
    ],
)
def test_training_learns_the_distribution(poses, keys):
    """The generated poses come much nearer than they were, and nearer than the mean pose."""
    tested = trainer(**FAST, **keys)
    z = tf.random.stateless_normal([2000, 4], [9, 9])
    before = distance(tested.generator(z).numpy(), poses)
    train(tested, poses, 400)
    after = distance(tested.generator(z).numpy(), poses)
    assert after < before / 5
    assert after < 0.75 * distance(np.repeat(poses.mean(0, keepdims=True), 2000, axis=0), poses)


AUTOENCODER = {
    "loss_type": "relativistic",
    "n_critic_steps": 1,
    "r1_weight": 0.1,
    "r2_weight": 0.1,
    "n_e": [32],
    "reconstruction_weight": 1000.0,
    "kl_weight": 0.03,
    "whiten": True,
    "generator_average": 0.99,
}


def test_an_encoder_makes_the_generator_able_to_make_every_pose(poses):
    tested = trainer(**FAST, **AUTOENCODER)
    tested.start(tf.constant(poses))
    train(tested, poses, 600)
    white = tested.whitening.whiten(tf.constant(poses[:500]))
    decoded = tested.whitening.colour(tested.generator(tested.encoder(white)[0])).numpy()
    errors = np.linalg.norm(decoded - poses[:500], axis=-1).mean()
    spread = np.linalg.norm(poses[:500] - poses.mean(axis=0), axis=-1).mean()
    assert errors < 0.2 * spread


def test_the_mean_generator_is_the_running_mean_of_the_weights(poses):
    tested = trainer(generator_average=0.5)
    expected = None
    for step in range(1, 8):
        train(tested, poses, step)
        weights = [v.numpy() for v in tested.generator.variables]
        kept = min(0.5, (step - 1) / (step + 9))
        if expected is None:
            expected = weights
        else:
            pairs = zip(expected, weights, strict=True)
            expected = [kept * mean + (1 - kept) * new for mean, new in pairs]
        for v, mean in zip(tested.mean_generator.variables, expected, strict=True):
            np.testing.assert_allclose(v, mean, rtol=1e-5, atol=1e-7)


def test_several_data_sets_are_learnt_together(poses):
    other = DATASET | {"filter_kwargs": {"modes": ["eval"]}}
    params = GanParams.model_validate({"dataset": DATASET, "more_datasets": [other]})
    learned, skeleton = load_training_poses(params)
    more, _ = load_poses(DatasetSpec.model_validate(other))
    np.testing.assert_array_equal(learned, np.concatenate([poses, more]))
    assert skeleton == TOY

    drawn, _ = load_training_poses(params.model_copy(update={"rarity": 0.5}))
    assert set(np.unique(drawn)) <= set(np.unique(learned))
    assert len(drawn) > len(learned)

    drawn, _ = load_training_poses(params.model_copy(update={"more_weight": 0.25}))
    is_of_first = (drawn[:, None] == poses[None]).all(axis=(2, 3)).any(axis=1)
    expected = len(poses) / (len(poses) + 0.25 * len(more))
    assert is_of_first.mean() == pytest.approx(expected, abs=0.01)

    register.register_skeleton(replace(TOY, id="odd"))
    register.register_dataset("others", lambda: Dataset(toy_dataset(20), {"skeleton_id": "odd"}))
    odd = params.model_copy(update={"more_datasets": [DatasetSpec(type="others")]})
    with pytest.raises(SpecError, match="skeleton of 'others' is 'odd', that of 'toy' is 'toy'"):
        load_training_poses(odd)


def test_a_unit_that_is_no_height_gets_a_note_or_is_refused(caplog):
    def learn(**keys):
        caplog.clear()
        load_training_poses(GanParams.model_validate(keys))
        return caplog.messages

    in_mm, in_heights = {"type": "toy"}, DATASET | {"normalize_kwargs": {"scale_to_height": True}}
    assert learn(dataset=in_heights) == []
    (note,) = learn(dataset=in_mm)
    assert "takes the unit of a GAN for the height of a subject" in note
    with pytest.raises(SpecError, match="need subject heights"):
        learn(dataset=in_mm, whiten=True)


def test_a_unit_that_is_that_of_heights_has_another_remedy():
    spec = DatasetSpec.model_validate(DATASET | {"normalize_kwargs": {"scale_to_height": True}})
    small = np.zeros((3, 4, 3)) + np.linspace(0, 0.1, 4)[:, None]
    with pytest.raises(SpecError, match=r"are 0\.1 high, .* need subject heights: a joint is far"):
        data._check_unit(spec, small, needs_heights=True)


@pytest.mark.filterwarnings("error")
def test_frames_that_are_left_out_are_counted(caplog):
    p3w = np.random.default_rng(0).uniform(size=(40, 14, 3))
    p3w[:3, 4], p3w[0, 2] = np.nan, np.inf
    sequences = [PoseSequence({"p3w": p3w[rows]}, {}) for rows in (slice(2), slice(2, None))]
    dataset = Dataset(dict(zip("ab", sequences, strict=True)), {"skeleton_id": "s14"})
    assert len(data.poses_of(dataset, "own")[0]) == 37
    assert not caplog.messages
    p3w[10:15, 3] = -np.inf
    p3w[10:12, [6, 9]] = np.nan
    assert len(data.poses_of(dataset, "own")[0]) == 32
    joint = register.get_skeleton("s14").joints[3]
    assert caplog.messages == [
        "note: 8 of 40 frames of data set 'own' lack a joint and are left out: "
        f"{joint!r} is missing in 5 frames"
    ]
    p3w[:, 3] = np.inf
    with pytest.raises(DataError, match="'own' has no complete pose"):
        data.poses_of(dataset, "own")


def test_poses_to_learn_are_augmented(poses):
    trainers = trainer(mirror=True, bone_spread=0.1), trainer()
    changed, same = (t._draw(tf.constant(poses), tf.constant(0))[0].numpy() for t in trainers)
    assert not np.allclose(changed, same)
    lengths = [np.linalg.norm(p[..., 1, :] - p[..., 0, :], axis=-1) for p in (changed, same)]
    assert 0.08 < np.std(np.log(lengths[0]) - np.log(lengths[1])) < 0.4


@pytest.mark.slow
def test_the_xla_loop_trains_and_stops_alike(poses):
    """At first it gives what the plain loop does; later rounding drives the two apart."""
    compiled, plain = trainer(jit=True, **FAST), trainer(**FAST)
    new = arrays(compiled.variables)
    train(plain, poses, 3)
    train(compiled, poses, 1, 3)
    same(plain, compiled)
    train(compiled, poses, 150, 200, 260)
    assert int(compiled.step) == 260
    in_parts = arrays(compiled.variables)
    set_back(compiled, new)
    train(compiled, poses, 260)
    assert int(compiled.step) == 260
    equal(in_parts, arrays(compiled.variables))
