from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from human_pose_util.errors import DataError
from human_pose_util.evaluate.metrics import p_mpjpe
from inference.model.camera_knowledge import Camera
from inference.model.observations import Proposals, observe
from inference.model.placement import Free, Ground
from inference.objective.frame_objective import Weights
from inference.objective.motion import joint_weights, motion_cost
from inference.objective.residuals import Frames
from inference.search.starts import ground_position, starts
from tests.helpers.inference_problems import (
    CENTRE,
    STANDING,
    C,
    F,
    R,
    T,
    make_objective,
    observations,
    seen,
    shared_of,
    true_variables,
)  # fmt: skip

ALL = {"consistency": 1.3, "critic": 0.02, "prior": 0.01}


def frames_of(observed) -> Frames:
    return Frames(*(tf.constant(a) for a in observed.arrays()))


def random_point(objective, n=4, seed=5):
    rng = np.random.default_rng(seed)
    x = true_variables(n) + rng.normal(0, 0.2, (n, objective.model.n_x)).astype(np.float32)
    return tf.constant(x), shared_of(rng.uniform(1.5, 1.8, n))


def test_cost_is_the_formula_term_by_term():
    objective = make_objective(**ALL)
    _, p2 = seen(objective, true_variables(4), noise=0.01)
    x, theta = random_point(objective)
    confidences = np.random.default_rng(0).uniform(0, 1, p2.shape[:2])
    cost = objective.cost(x, theta, None, frames_of(observations(p2, weights=confidences)))

    for i in range(4):
        z, yaw, ground = x[i, :5].numpy(), float(x[i, 5]), x[i, 6:].numpy()
        pose = objective.model.generator(tf.constant(z[None]))[0].numpy()
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
        world = np.exp(float(theta[i, 0])) * pose @ turn.T + [*ground, 0]
        camera = (world - CENTRE) @ R.T
        image = camera[:, :2] / camera[:, 2:] * F + C
        expected = 1.3 * 0.5 * np.sum(confidences[i][:, None] * (image - p2[i]) ** 2)
        expected -= 0.02 * float(objective.critic(tf.constant(pose[None]))[0])
        expected += 0.01 * 0.5 * np.sum(z**2)
        assert float(cost[i]) == pytest.approx(expected, rel=1e-4)


CAMERAS = {
    "known": Camera(),
    "focal": Camera(intrinsics="focal"),
    "unplaced": Camera(extrinsics="unknown"),
    "unknown": Camera(extrinsics="unknown", intrinsics="unknown", size=[1000, 1000]),
}
each_camera = pytest.mark.parametrize("camera", CAMERAS)


def proposals(camera, n=4, n_z=5, seed=8):
    rng = np.random.default_rng(seed)
    p3 = STANDING + rng.normal(0, 0.05, (n, 14, 3))
    if CAMERAS[camera].extrinsics == "unknown":
        p3 = p3 @ R.T
    return Proposals(p3, rng.uniform(0.02, 0.2, (n, 14)), np.zeros((n, n_z)))


def point_before(camera, activation="relu", n=4, **weights):
    """An objective, observations, and a point (x, θ) near what explains them."""
    objective = make_objective(activation, CAMERAS[camera], **weights)
    rng = np.random.default_rng(6)
    _, p2 = seen(make_objective(activation), true_variables(n), noise=0.01)
    observed = observations(p2).known(CAMERAS[camera], 1000)
    if weights.get("proposal"):
        observed = replace(observed, proposals=proposals(camera, n))
    theta = objective.model.shared.start
    x = starts(objective.model, theta, observed, 1)[0]
    x += rng.normal(0, 0.1, x.shape).astype(np.float32)
    theta = np.tile(theta, (n, 1))
    free = list(objective.model.shared.free)
    theta[:, free] += rng.normal(0, 0.05, (n, len(free)))
    return objective, tf.constant(x), tf.constant(theta, tf.float32), frames_of(observed)


@each_camera
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("proposal", [0.0, 1e-3])
def test_the_gradient_is_that_of_the_cost(activation, smoothing, camera, proposal):
    weights = ALL | {"proposal": proposal}
    objective, x, theta, frames = point_before(camera, activation, **weights)
    widths = tf.fill([4], smoothing)
    quadratic = objective.expand(x, theta, widths, frames)
    cost = objective.cost(x, theta, None if smoothing == 0 else widths, frames)
    np.testing.assert_allclose(quadratic.cost, cost, rtol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch([x, theta])
        total = tf.reduce_sum(objective.cost(x, theta, widths, frames))
    by_x, by_theta = tape.gradient(total, [x, theta])
    free = list(objective.model.shared.free)
    expected = np.concatenate([by_x, by_theta.numpy()[:, free]], axis=1)
    np.testing.assert_allclose(quadratic.gradient, expected, rtol=2e-3, atol=5e-4)
    step = 3e-3
    for k in (0, 3, 5, 6, 7):
        shift = step * np.eye(objective.model.n_x, dtype=np.float32)[k]
        up, down = (objective.cost(x + d, theta, widths, frames) for d in (shift, -shift))
        slope = (up - down) / (2 * step)
        np.testing.assert_allclose(quadratic.gradient[:, k], slope, rtol=0.05, atol=0.02)


@each_camera
def test_the_curvature_is_the_hessian_where_nothing_is_left(camera):
    """Without errors Gauss–Newton's curvature is exact, also across x and θ."""
    objective = make_objective("tanh", CAMERAS[camera])
    model = objective.model
    _, x, theta, frames = point_before(camera, "tanh", n=3)
    p3c = frames.r @ tf.linalg.matrix_transpose(model.decode(x, theta)) + frames.t[..., None]
    f = frames.f * tf.exp(theta[:, 1:2])
    shift = theta[:, 2:, None]  # p2 is about the principal point
    frames = frames._replace(p2=f[..., None] * p3c[:, :2] / p3c[:, 2:] + shift)
    quadratic = objective.expand(x, theta, tf.zeros(3), frames)
    step, free = 1e-3, list(model.shared.free)
    for k in range(model.n):
        shift = step * np.eye(model.n, dtype=np.float32)[k]
        by_theta = np.zeros(4, np.float32)
        by_theta[free] = shift[model.n_x :]
        up, down = (
            objective.expand(x + s * shift[: model.n_x], theta + s * by_theta, tf.zeros(3), frames)
            for s in (1, -1)
        )
        expected = (up.gradient - down.gradient) / (2 * step)
        np.testing.assert_allclose(quadratic.curvature[:, k], expected, rtol=0.05, atol=0.05)


@each_camera
def test_the_pull_of_a_proposal_is_its_formula(camera):
    objective, x, theta, frames = point_before(camera, proposal=2.0)
    alone = make_objective(camera=CAMERAS[camera]).cost(x, theta, None, frames)
    cost = (objective.cost(x, theta, None, frames) - alone).numpy()
    p3 = objective.model.decode(x, theta).numpy() / np.exp(theta.numpy()[:, :1, None])
    given = proposals(camera)
    for i in range(4):
        w = given.std[i, :, None] ** -2
        away = p3[i] - given.p3[i]
        away -= (w * away).sum(axis=0) / w.sum()
        assert cost[i] == pytest.approx(2.0 * 0.5 * np.sum(w * away**2), rel=1e-3)


def test_the_pull_depends_on_posture_alone():
    """Not on where the pose stands, nor on the subject's size."""
    objective, x, theta, frames = point_before("known", consistency=0.0, proposal=1.0)
    moved, larger = x.numpy().copy(), theta.numpy().copy()
    moved[:, 6:] += [0.3, -0.2]
    larger[:, 0] += 0.2
    before = objective.cost(x, theta, None, frames)
    np.testing.assert_allclose(objective.cost(moved, larger, None, frames), before, rtol=1e-4)
    turned = x.numpy().copy()
    turned[:, 5] += 0.5
    assert (np.abs(objective.cost(turned, theta, None, frames) - before) > 1).all()


@each_camera
def test_a_proposed_pose_is_a_start(camera):
    """Proposed as it is: the start explains what was seen without any search."""
    objective = make_objective(camera=CAMERAS[camera])
    x = true_variables(5)
    p3w, p2 = seen(make_objective(), x)
    observed = observations(p2).known(CAMERAS[camera], 1000)
    p3 = p3w if camera in ("known", "focal") else p3w @ R.T
    known = replace(observed, proposals=Proposals(p3 / 1.7, np.ones((5, 14)), x[:, :5]))
    theta = np.array([np.log(1.7), 0, 0, 0])
    first, *others = starts(objective.model, theta, known, 3)
    decoded = objective.model.decode(tf.constant(first), np.tile(np.float32(theta), (5, 1)))
    expected = p3w if camera in ("known", "focal") else p3w @ R.T + T
    if camera in ("known", "unplaced"):
        np.testing.assert_allclose(decoded, expected, atol=2e-3)
    else:  # the focal length is a guess, so the distance is
        assert 1000 * p_mpjpe(decoded.numpy(), expected).max() < 1
    plain = starts(objective.model, theta, observed, 2)
    np.testing.assert_array_equal(others, plain)


def test_kinks_add_curvature_and_never_take_any():
    objective, x, theta, frames = point_before("known", **ALL)
    rounded = objective.expand(x, theta, tf.fill([4], 0.1), frames).curvature.numpy()
    exact = objective.expand(x, theta, tf.zeros(4), frames).curvature.numpy()
    assert (np.linalg.eigvalsh(rounded) > -1e-5).all()
    assert (np.trace(rounded, axis1=1, axis2=2) > np.trace(exact, axis1=1, axis2=2)).any()


@pytest.mark.parametrize("placement", [Ground(), Free()])
def test_tangents_of_a_placement(placement):
    rng = np.random.default_rng(7)
    y = tf.constant(rng.normal(0, 0.8, (6, placement.n_y)), tf.float32)
    pose = tf.constant(rng.normal(size=(6, 3, 5)), tf.float32)

    def placed(y):
        turn, shift = placement.place(y)
        return 1.3 * turn @ pose + shift[..., None]

    turn, _ = placement.place(y)
    np.testing.assert_allclose(turn @ tf.linalg.matrix_transpose(turn), [np.eye(3)] * 6, atol=1e-5)
    tangents = placement.tangents(y, 1.3 * turn @ pose)
    for k in range(placement.n_y):
        shift = 1e-2 * np.eye(placement.n_y, dtype=np.float32)[k]
        expected = (placed(y + shift) - placed(y - shift)) / 2e-2
        np.testing.assert_allclose(tangents[:, k], expected, rtol=0.01, atol=3e-3)


@pytest.mark.parametrize("loss", ["huber", "geman_mcclure"])
def test_robust_losses_are_their_formulas_and_have_their_gradient(loss):
    sigma = 0.02
    objective = make_objective("tanh", robust_loss=loss, robust_scale=sigma)
    _, p2 = seen(objective, true_variables(3), noise=0.002)
    p2[1, 4] += [0.3, -0.2]  # an outlier
    x, theta = tf.constant(true_variables(3)), shared_of([1.7] * 3)
    frames = frames_of(observations(p2))
    cost = objective.cost(x, theta, None, frames).numpy()
    p3c = (objective.model.decode(x, theta).numpy() - CENTRE) @ R.T
    s = np.sum((p3c[..., :2] / p3c[..., 2:] * F + C - p2) ** 2, axis=-1)
    formulas = {
        "huber": np.where(s < sigma**2, s, 2 * sigma * np.sqrt(s) - sigma**2),
        "geman_mcclure": s * sigma**2 / (sigma**2 + s),
    }
    np.testing.assert_allclose(cost, 0.5 * formulas[loss].sum(axis=1), rtol=2e-3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(objective.cost(x, theta, None, frames))
    quadratic = objective.expand(x, theta, tf.zeros(3), frames)
    by_x = tape.gradient(total, x)
    np.testing.assert_allclose(quadratic.gradient[:, :8], by_x, rtol=2e-3, atol=1e-5)
    assert (np.linalg.eigvalsh(quadratic.curvature) > -1e-6).all()


def test_unseen_joints_do_not_enter():
    objective = make_objective()
    _, p2 = seen(objective, true_variables(3), noise=0.01)
    x, theta = random_point(objective, 3)
    p2[0, 4] = np.nan
    p2[1, 7, 0] = np.inf
    weights = np.ones(p2.shape[:2])
    weights[2, 9] = 0
    cost = objective.cost(x, theta, None, frames_of(observations(p2, weights=weights)))
    p2[0, 4], p2[1, 7], p2[2, 9] = 17.0, -3.0, 1e9
    weights[0, 4] = weights[1, 7] = 0
    again = objective.cost(x, theta, None, frames_of(observations(p2, weights=weights)))
    assert np.isfinite(cost).all()
    np.testing.assert_array_equal(cost, again)


def test_a_seen_joint_behind_the_camera_costs_infinity():
    objective = make_objective()
    _, p2 = seen(objective, true_variables(2))
    x = true_variables(2)
    x[0, 7] = CENTRE[1] + 2.0
    frames = frames_of(observations(p2))
    cost = objective.cost(tf.constant(x), shared_of([1.7] * 2), None, frames).numpy()
    assert np.isinf(cost[0])
    assert np.isfinite(cost[1])


def test_world_and_camera_turned_together_change_nothing():
    objective = make_objective(**ALL)
    _, p2 = seen(objective, true_variables(3), noise=0.01)
    x, theta = random_point(objective, 3)
    angle, shift = 0.7, np.array([1.3, -0.4, 0.0])
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    turned = x.numpy().copy()
    turned[:, 5] += angle
    turned[:, 6:] = x.numpy()[:, 6:] @ turn[:2, :2].T + shift[:2]
    moved = observe(p2, R @ turn.T, T - R @ turn.T @ shift, F, C, 0.1)
    before = objective.cost(x, theta, None, frames_of(observations(p2)))
    after = objective.cost(tf.constant(turned), theta, None, frames_of(moved))
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
