import numpy as np
import pytest
import tensorflow as tf

from human_pose_util.errors import DataError
from inference.motion import joint_weights, motion_cost
from inference.objective import Frames, Weights
from inference.observations import observe
from inference.starts import ground_position
from tests.inference_problems import (
    CENTRE,
    C,
    F,
    R,
    T,
    make_objective,
    observations,
    seen,
    true_variables,
)  # fmt: skip

ALL = {"consistency": 1.3, "critic": 0.02, "prior": 0.01}


def frames_of(observed) -> Frames:
    return Frames(*(tf.constant(a) for a in observed.arrays()))


def random_point(objective, n=4, seed=5):
    rng = np.random.default_rng(seed)
    x = true_variables(n) + rng.normal(0, 0.2, (n, objective.n_x)).astype(np.float32)
    return tf.constant(x), tf.constant(rng.uniform(1.5, 1.8, n).astype(np.float32))


def test_cost_is_the_formula_term_by_term():
    objective = make_objective(**ALL)
    _, p2 = seen(objective, true_variables(4), noise=0.01)
    x, scale = random_point(objective)
    confidences = np.random.default_rng(0).uniform(0, 1, p2.shape[:2])
    cost = objective.cost(x, scale, frames_of(observations(p2, weights=confidences)))

    for i in range(4):
        z, yaw, ground = x[i, :5].numpy(), float(x[i, 5]), x[i, 6:].numpy()
        pose = objective.generator(tf.constant(z[None]))[0].numpy()
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        world = float(scale[i]) * pose @ turn.T + [*ground, 0]
        camera = (world - CENTRE) @ R.T
        image = camera[:, :2] / camera[:, 2:] * F + C
        expected = 1.3 * 0.5 * np.sum(confidences[i][:, None] * (image - p2[i]) ** 2)
        expected -= 0.02 * float(objective.critic(tf.constant(pose[None]))[0])
        expected += 0.01 * 0.5 * np.sum(z**2)
        assert float(cost[i]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_quadratic_has_the_gradient_of_the_cost(activation, smoothing):
    objective = make_objective(activation, **ALL)
    _, p2 = seen(objective, true_variables(4), noise=0.01)
    frames = frames_of(observations(p2))
    x, scale = random_point(objective)
    widths = tf.fill([4], smoothing)
    quadratic = objective.quadratic(x, scale, widths, frames)

    def cost(x, scale):
        return objective.quadratic(x, scale, widths, frames).cost.numpy().astype(np.float64)

    if smoothing == 0:
        np.testing.assert_allclose(cost(x, scale), objective.cost(x, scale, frames), rtol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch([x, scale])
        total = tf.reduce_sum(objective.quadratic(x, scale, widths, frames).cost)
    by_x, by_s = tape.gradient(total, [x, scale])
    np.testing.assert_allclose(quadratic.by_x, by_x, rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(quadratic.by_s, by_s, rtol=2e-3, atol=2e-4)
    step = 3e-3
    for k in (0, 3, 5, 6, 7):
        shift = step * np.eye(objective.n_x, dtype=np.float32)[k]
        slope = (cost(x + shift, scale) - cost(x - shift, scale)) / (2 * step)
        np.testing.assert_allclose(quadratic.by_x[:, k], slope, rtol=0.05, atol=0.01)


def test_curvature_is_that_of_the_residuals():
    objective = make_objective("tanh")
    x_true = tf.constant(true_variables(3))
    _, p2 = seen(objective, x_true.numpy())
    scale, zeros = tf.fill([3], 1.7), tf.zeros(3)
    frames = frames_of(observations(p2))
    # Where the residuals vanish, Gauss–Newton's curvature is the Hessian.
    quadratic = objective.quadratic(x_true, scale, zeros, frames)
    step = 2e-3
    for k in range(objective.n_x):
        shift = step * np.eye(objective.n_x, dtype=np.float32)[k]
        up = objective.quadratic(x_true + shift, scale, zeros, frames).by_x
        down = objective.quadratic(x_true - shift, scale, zeros, frames).by_x
        np.testing.assert_allclose(
            quadratic.by_xx[:, k], (up - down) / (2 * step), rtol=0.05, atol=0.03
        )
    up = objective.quadratic(x_true, scale + step, zeros, frames)
    down = objective.quadratic(x_true, scale - step, zeros, frames)
    np.testing.assert_allclose(
        quadratic.by_xs, (up.by_x - down.by_x) / (2 * step), rtol=0.05, atol=0.03
    )
    np.testing.assert_allclose(quadratic.by_ss, (up.by_s - down.by_s) / (2 * step), rtol=0.05)


@pytest.mark.parametrize("loss", ["huber", "geman_mcclure"])
def test_robust_losses_are_their_formulas_and_have_their_gradient(loss):
    sigma = 0.02
    objective = make_objective("tanh", robust_loss=loss, robust_scale=sigma)
    _, p2 = seen(objective, true_variables(3), noise=0.002)
    p2[1, 4] += [0.3, -0.2]  # an outlier
    x, scale = tf.constant(true_variables(3)), tf.fill([3], 1.7)
    frames = frames_of(observations(p2))
    cost = objective.cost(x, scale, frames).numpy()
    p3c = (objective.decode(x, scale).numpy() - CENTRE) @ R.T
    s = np.sum((p3c[..., :2] / p3c[..., 2:] * F + C - p2) ** 2, axis=-1)
    formulas = {
        "huber": np.where(s < sigma**2, s, 2 * sigma * np.sqrt(s) - sigma**2),
        "geman_mcclure": s * sigma**2 / (sigma**2 + s),
    }
    np.testing.assert_allclose(cost, 0.5 * formulas[loss].sum(axis=1), rtol=2e-3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(objective.cost(x, scale, frames))
    quadratic = objective.quadratic(x, scale, tf.zeros(3), frames)
    np.testing.assert_allclose(quadratic.by_x, tape.gradient(total, x), rtol=2e-3, atol=1e-5)
    assert (np.linalg.eigvalsh(quadratic.by_xx) > -1e-6).all()


def test_unseen_joints_do_not_enter():
    objective = make_objective()
    _, p2 = seen(objective, true_variables(3), noise=0.01)
    x, scale = random_point(objective, 3)
    p2[0, 4] = np.nan
    p2[1, 7, 0] = np.inf
    weights = np.ones(p2.shape[:2])
    weights[2, 9] = 0
    cost = objective.cost(x, scale, frames_of(observations(p2, weights=weights)))
    p2[0, 4], p2[1, 7], p2[2, 9] = 17.0, -3.0, 1e9
    weights[0, 4] = weights[1, 7] = 0
    again = objective.cost(x, scale, frames_of(observations(p2, weights=weights)))
    assert np.isfinite(cost).all()
    np.testing.assert_array_equal(cost, again)


def test_a_seen_joint_behind_the_camera_costs_infinity():
    objective = make_objective()
    _, p2 = seen(objective, true_variables(2))
    x = true_variables(2)
    x[0, 7] = CENTRE[1] + 2.0
    frames = frames_of(observations(p2))
    cost = objective.cost(tf.constant(x), tf.fill([2], 1.7), frames).numpy()
    assert np.isinf(cost[0])
    assert np.isfinite(cost[1])


def test_world_and_camera_turned_together_change_nothing():
    objective = make_objective(**ALL)
    _, p2 = seen(objective, true_variables(3), noise=0.01)
    x, scale = random_point(objective, 3)
    angle, shift = 0.7, np.array([1.3, -0.4, 0.0])
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    turned = x.numpy().copy()
    turned[:, 5] += angle
    turned[:, 6:] = x.numpy()[:, 6:] @ turn[:2, :2].T + shift[:2]
    moved = observe(p2, R @ turn.T, T - R @ turn.T @ shift, F, C, 0.1)
    before = objective.cost(x, scale, frames_of(observations(p2)))
    after = objective.cost(tf.constant(turned), scale, frames_of(moved))
    np.testing.assert_allclose(before, after, rtol=1e-4)


def test_motion_cost_is_its_formula_and_quadratic_for_fixed_joints():
    rng = np.random.default_rng(0)
    p3w = rng.normal(size=(5, 14, 3)).cumsum(axis=0)
    weights = Weights(smoothness=0.3, glide=0.7)
    velocity = np.diff(p3w, axis=0) / 0.1
    cost = motion_cost(tf.constant(p3w), 0.1, weights).numpy()
    for t in range(4):
        squares = [v @ v for v in velocity[t]]
        assert cost[t] == pytest.approx(0.5 * 0.3 * sum(squares) + 0.7 * min(squares))
    a = joint_weights(velocity, weights)
    np.testing.assert_allclose(0.5 * np.sum(a[..., None] * velocity**2, axis=(1, 2)), cost)


def test_ground_position_is_where_the_pose_was_seen():
    objective = make_objective()
    x = true_variables(6)
    p3w, p2 = seen(objective, x)
    local = p3w - np.pad(x[:, 6:], [(0, 0), (0, 1)])[:, None]
    p2[2, 3:] = np.nan
    p2[4] = np.nan
    position = ground_position(local, observations(p2))
    good = [0, 1, 2, 3, 5]
    np.testing.assert_allclose(position[good], x[good, 6:], atol=1e-4)
    np.testing.assert_array_equal(position[4], 0)


def test_observations_say_what_does_not_fit():
    with pytest.raises(DataError, match=r"p2 has shape \(14, 2\)"):
        observe(np.zeros((14, 2)), R, T, F, C)
    with pytest.raises(DataError, match="camera does not fit 3 frames"):
        observe(np.zeros((3, 14, 2)), R, np.zeros((2, 3)), F, C)
    with pytest.raises(DataError, match="not finite"):
        observe(np.zeros((3, 14, 2)), R, T, F, C * np.nan)
    with pytest.raises(DataError, match="weights have shape"):
        observe(np.zeros((3, 14, 2)), R, T, F, C, weights=np.ones(14))
