"""Losses against their papers' formulas in NumPy; update rules against NumPy, step by step."""

import numpy as np
import pytest
import tensorflow as tf

from gan.networks import Critic
from gan.training.losses import LOSSES, gradient_penalty, loss_of, slope_penalty
from gan.training.optimizers import Adam, RmsProp

REAL = np.array([-2.0, 0.5, 3.0, 0.0])
FAKE = np.array([1.0, -0.7, 0.2, -4.0])


def probability(logits):
    return 1 / (1 + np.exp(-logits))


D_REAL, D_FAKE = probability(REAL), probability(FAKE)
CROSS_ENTROPY = -np.mean(np.log(D_REAL)) - np.mean(np.log(1 - D_FAKE))


@pytest.mark.parametrize(
    ("name", "critic", "generator"),
    [
        ("wasserstein", FAKE.mean() - REAL.mean(), -FAKE.mean()),
        ("minimax", CROSS_ENTROPY, np.mean(np.log(1 - D_FAKE))),
        ("modified", CROSS_ENTROPY, -np.mean(np.log(D_FAKE))),
        ("least_squares", np.mean((REAL - 1) ** 2 + FAKE**2) / 2, np.mean((FAKE - 1) ** 2) / 2),
        (
            "relativistic",
            -np.mean(np.log(probability(REAL - FAKE))),
            -np.mean(np.log(probability(FAKE - REAL))),
        ),
    ],
)
def test_losses(name, critic, generator):
    loss = LOSSES[name]
    np.testing.assert_allclose(loss.critic(tf.constant(REAL), tf.constant(FAKE)), critic)
    np.testing.assert_allclose(loss.generator(tf.constant(REAL), tf.constant(FAKE)), generator)


@pytest.mark.parametrize("name", ["minimax", "modified"])
def test_label_smoothing_doubts_real_poses_alone(name):
    """The cross-entropy with the probability 1 − 0.25/2 that a real pose is real."""
    loss = loss_of(name, label_smoothing=0.25)
    of_real = 0.875 * np.log(D_REAL) + 0.125 * np.log(1 - D_REAL)
    expected = -np.mean(of_real) - np.mean(np.log(1 - D_FAKE))
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    np.testing.assert_allclose(loss.critic(real, fake), expected)
    np.testing.assert_array_equal(loss.generator(real, fake), LOSSES[name].generator(real, fake))
    np.testing.assert_array_equal(loss_of(name).critic(real, fake), LOSSES[name].critic(real, fake))


@pytest.mark.parametrize("name", LOSSES)
def test_critic_raises_real_logits_and_generator_its_own(name):
    real, fake = tf.constant(0.3), tf.constant(0.3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        critic = LOSSES[name].critic(real[None], fake[None])
        generator = LOSSES[name].generator(real[None], fake[None])
    assert tape.gradient(critic, real) < 0
    assert tape.gradient(critic, fake) > 0
    assert tape.gradient(generator, fake) < 0


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_finite_for_huge_logits(name):
    huge = tf.constant([-1e4, 1e4])
    assert np.isfinite(LOSSES[name].critic(huge, huge))
    assert np.isfinite(LOSSES[name].generator(huge, -huge))


def batch(seed, n=6, n_joints=4):
    return tf.random.stateless_normal([n, n_joints, 3], [seed, 0])


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 0.0), (3.0, 4.0), (0.0, 1.0)])
def test_gradient_penalty_of_a_linear_critic(slope, expected):
    direction = tf.math.l2_normalize(batch(0)[0])
    mix = tf.linspace(0.0, 0.9, 6)
    penalty = gradient_penalty(
        lambda p: slope * tf.reduce_sum(p * direction, axis=[1, 2]), batch(1), batch(2), mix
    )
    np.testing.assert_allclose(penalty, expected, atol=1e-5)


def test_gradient_penalty_is_taken_between_real_and_fake():
    """D(x) = ‖x‖²/2 has the gradient x: the penalty shows where it was taken."""
    real, fake, mix = batch(3), batch(4), tf.linspace(0.0, 0.9, 6)
    penalty = gradient_penalty(lambda p: tf.reduce_sum(p * p, axis=[1, 2]) / 2, real, fake, mix)
    m = mix.numpy()[:, None, None]
    norms = np.linalg.norm((1 - m) * real.numpy() + m * fake.numpy(), axis=(1, 2))
    np.testing.assert_allclose(penalty, np.mean((norms - 1) ** 2), rtol=1e-5)


def test_losses_of_a_population_are_its_members():
    real, fake = (tf.constant([x, 2 * x, -x]) for x in (REAL, FAKE))
    for loss in LOSSES.values():
        for of in (loss.critic, loss.generator):
            together = of(real, fake)
            alone = [of(real[k], fake[k]) for k in range(3)]
            np.testing.assert_allclose(together, alone)


def test_the_slope_penalty_is_half_the_mean_squared_slope():
    """D(x) = ‖x‖²/2 has the gradient x."""
    poses = batch(7)
    penalty = slope_penalty(lambda p: tf.reduce_sum(p * p, axis=[1, 2]) / 2, poses)
    expected = 0.5 * np.mean(np.sum(poses.numpy() ** 2, axis=(1, 2)))
    np.testing.assert_allclose(penalty, expected, rtol=1e-5)


def test_gradient_penalty_reaches_the_critics_weights():
    critic = Critic(4, [8], "tanh", 0)
    real, fake, mix = batch(5), batch(6), tf.fill([6], 0.4)
    w = critic.network.layers[0].w
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(critic, real, fake, mix)
    gradient = tape.gradient(penalty, w).numpy()
    start, h = w.numpy(), 1e-2
    for index in [(0, 0), (5, 3), (11, 7)]:
        step = np.zeros_like(start)
        step[index] = h
        values = []
        for sign in (1, -1):
            w.assign(start + sign * step)
            values.append(gradient_penalty(critic, real, fake, mix).numpy())
        difference = (values[0] - values[1]) / (2 * h)
        np.testing.assert_allclose(gradient[index], difference, rtol=0.02, atol=1e-4)


def test_gradient_penalty_of_a_flat_critic_has_a_finite_gradient():
    slope = tf.Variable(0.0)
    with tf.GradientTape() as tape:
        penalty = gradient_penalty(
            lambda p: slope * tf.reduce_sum(p, axis=[1, 2]), batch(1), batch(2), tf.zeros(6)
        )
    assert np.isfinite(tape.gradient(penalty, slope))


def rms_prop(theta, gradients, rate):
    square = np.ones_like(theta)
    for g in gradients:
        square = 0.9 * square + 0.1 * g**2
        theta = theta - rate * g / np.sqrt(square + 1e-10)
        yield theta


def adam(theta, gradients, rate, betas=(0.0, 0.9)):
    mean, square = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, 1):
        mean = betas[0] * mean + (1 - betas[0]) * g
        square = betas[1] * square + (1 - betas[1]) * g**2
        step = rate * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
        theta = theta - step * mean / (np.sqrt(square) + 1e-8)
        yield theta


def momentum_adam(theta, gradients, rate):
    return adam(theta, gradients, rate, betas=(0.5, 0.99))


@pytest.mark.parametrize(
    ("rule", "options", "reference"),
    [
        (RmsProp, {}, rms_prop),
        (Adam, {}, adam),
        (Adam, {"betas": (0.5, 0.99)}, momentum_adam),
    ],
    ids=["rmsprop", "adam", "adam with momentum"],
)
def test_update_rules(rule, options, reference):
    rng = np.random.default_rng(0)
    start = [rng.normal(size=(3, 2)), rng.normal(size=4)]
    gradients = [[rng.normal(size=s.shape) for _ in range(12)] for s in start]
    gradients[0][4][:] = 0
    variables = [tf.Variable(s, dtype=tf.float32, name=f"v{i}") for i, s in enumerate(start)]
    optimizer = rule(variables, 0.01, "test", **options)
    expected = [list(reference(s, g, 0.01)) for s, g in zip(start, gradients, strict=True)]
    for step in range(12):
        optimizer.apply([tf.constant(g[step], tf.float32) for g in gradients])
        for v, values in zip(variables, expected, strict=True):
            np.testing.assert_allclose(v, values[step], atol=2e-6)


@pytest.mark.parametrize("rule", [RmsProp, Adam])
def test_all_state_of_a_rule_is_in_its_variables(rule):
    """Copying the variables in the middle copies the whole future."""
    gradients = [tf.random.stateless_normal([3], [i, 0]) for i in range(6)]
    results = []
    for stops in ((), (3,)):
        v = tf.Variable([1.0, 2, 3], name="v")
        optimizer = rule([v], 0.1, "test")
        for i, g in enumerate(gradients):
            if i in stops:
                stored = [x.numpy() for x in optimizer.variables]
                v = tf.Variable([0.0, 0, 0], name="v")
                optimizer = rule([v], 0.1, "test")
                for x, value in zip(optimizer.variables, stored, strict=True):
                    x.assign(value)
            optimizer.apply([g])
        results.append(v.numpy())
    np.testing.assert_array_equal(*results)
