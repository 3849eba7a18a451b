"""The objective: its formulas, term by term, and its derivatives."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from gan.networks.proposal_network import Proposal
from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from human_pose_util.evaluate.metrics import p_mpjpe
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.frame_batch import FrameBatch
from inference.model.observe import observe
from inference.model.placement import Free, Ground
from inference.objective.frame_objective import FrameObjective
from inference.objective.motion import MotionTerms
from inference.search.starts import ground_position, starts
from inference.settings import SearchSettings
from tests.helpers.inference_problems import (
    CAMERA,
    CENTRE,
    STANDING,
    C,
    F,
    R,
    T,
    make_objective,
    observations,
    point_near_start,
    pose_and_image,
    tensors_of,
    theta_of,
    true_variables,
)  # fmt: skip

ALL_TERMS = {"consistency_weight": 1.3, "critic_weight": 0.02, "prior_weight": 0.01}


def objective_of(activation: str = "relu", **settings) -> FrameObjective:
    return make_objective(activation, SearchSettings(**settings))


def random_point(objective: FrameObjective, n=4, seed=5) -> tuple[tf.Tensor, tf.Tensor]:
    """Variables x [n, n_x] near the true ones, and θ [n, 4]."""
    rng = np.random.default_rng(seed)
    x = true_variables(n) + rng.normal(0, 0.2, (n, objective.model.n_x)).astype(np.float32)
    return tf.constant(x), theta_of(rng.uniform(1.5, 1.8, n))


def test_cost_is_its_formula():
    objective = objective_of(**ALL_TERMS)
    _, p2 = pose_and_image(true_variables(4), noise=0.01)
    x, theta = random_point(objective)
    confidences = np.random.default_rng(0).uniform(0, 1, p2.shape[:2])
    cost = objective.cost(x, theta, tensors_of(observations(p2, weights=confidences)), None)

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
    "known": CameraKnowledge(),
    "focal": CameraKnowledge(intrinsics="focal"),
    "unplaced": CameraKnowledge(extrinsics="unknown"),
    "unknown": CameraKnowledge(extrinsics="unknown", intrinsics="unknown", size=[1000, 1000]),
}
each_camera = pytest.mark.parametrize("camera", CAMERAS)


def random_proposal(camera, n=4, n_z=5, seed=8) -> Proposal:
    rng = np.random.default_rng(seed)
    p3 = STANDING + rng.normal(0, 0.05, (n, 14, 3))
    if CAMERAS[camera].extrinsics == "unknown":
        p3 = p3 @ R.T
    return Proposal(p3, rng.uniform(0.02, 0.2, (n, 14)), np.zeros((n, n_z)))


def problem_before(camera, activation="relu", n=4, **settings):
    """An objective, a point (x, θ) near what explains observations, and these observations."""
    objective = objective_of(activation, camera=CAMERAS[camera], **settings)
    rng = np.random.default_rng(6)
    _, p2 = pose_and_image(true_variables(n), activation, noise=0.01)
    observed = observations(p2).without_unknown(CAMERAS[camera], 1000)
    if settings.get("proposal_weight"):
        observed = replace(observed, proposal=random_proposal(camera, n))
    free = list(objective.model.sequence_variables.free)
    return objective, *point_near_start(objective, observed, rng, free, 0.05)


def many_times(n: int, theta, frames: FrameBatch, widths, x: list[tf.Tensor]) -> tuple:
    """The points x [n][batch, n_x] of the same frames, as the rows of one batch."""
    thetas, widths = (tf.concat([part] * n, axis=0) for part in (theta, widths))
    return (
        tf.concat(x, axis=0),
        thetas,
        FrameBatch(*(tf.concat([a] * n, 0) for a in frames)),
        widths,
    )


@each_camera
@pytest.mark.parametrize("kink_width", [0.0, 0.1])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("proposal_weight", [0.0, 1e-3])
def test_gradient_is_the_slope_of_the_cost(activation, kink_width, camera, proposal_weight):
    settings = ALL_TERMS | {"proposal_weight": proposal_weight}
    objective, x, theta, frames = problem_before(camera, activation, **settings)
    widths = tf.fill([4], kink_width)
    quadratic = objective.expand(x, theta, frames, widths)
    cost = objective.cost(x, theta, frames, None if kink_width == 0 else widths)
    np.testing.assert_allclose(quadratic.cost, cost, rtol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch([x, theta])
        total = tf.reduce_sum(objective.cost(x, theta, frames, widths))
    by_x, by_theta = tape.gradient(total, [x, theta])
    free = list(objective.model.sequence_variables.free)
    expected = np.concatenate([by_x, by_theta.numpy()[:, free]], axis=1)
    np.testing.assert_allclose(quadratic.gradient, expected, rtol=2e-3, atol=5e-4)
    step, columns = 3e-3, [0, 3, 5, 6, 7]
    shifts = step * np.eye(objective.model.n_x, dtype=np.float32)[columns]
    moved = [x + d for d in (*shifts, *-shifts)]
    costs = objective.cost(*many_times(10, theta, frames, widths, x=moved)).numpy()
    up, down = costs.reshape(2, 5, 4)
    slopes = (up - down) / (2 * step)
    gradients = quadratic.gradient.numpy()[:, columns].T
    np.testing.assert_allclose(gradients, slopes, rtol=0.05, atol=0.02)


@each_camera
def test_curvature_is_the_hessian_where_no_error_is_left(camera):
    """Without errors Gauss–Newton's curvature is exact, also across x and θ."""
    objective, x, theta, frames = problem_before(camera, "tanh", n=3)
    model = objective.model
    p3c = frames.r @ tf.linalg.matrix_transpose(model.decode(x, theta)) + frames.t[..., None]
    f = frames.f * tf.exp(theta[:, 1:2])
    shift = theta[:, 2:, None]  # p2 is about the principal point
    frames = frames._replace(p2=f[..., None] * p3c[:, :2] / p3c[:, 2:] + shift)
    quadratic = objective.expand(x, theta, frames, tf.zeros(3))
    step, free = 1e-3, list(model.sequence_variables.free)
    shifts = step * np.eye(model.n, dtype=np.float32)
    shifts = np.concatenate([shifts, -shifts])
    by_theta = np.zeros((len(shifts), 4), np.float32)
    by_theta[:, free] = shifts[:, model.n_x :]
    moved = [x + shift[: model.n_x] for shift in shifts]
    _, _, repeated, widths = many_times(len(shifts), theta, frames, tf.zeros(3), x=moved)
    thetas = tf.concat([theta + shift for shift in by_theta], axis=0)
    gradients = objective.expand(tf.concat(moved, axis=0), thetas, repeated, widths).gradient
    up, down = gradients.numpy().reshape(2, model.n, 3, model.n)
    expected = ((up - down) / (2 * step)).swapaxes(0, 1)
    np.testing.assert_allclose(quadratic.curvature, expected, rtol=0.05, atol=0.05)


@each_camera
def test_proposal_term_is_its_formula(camera):
    objective, x, theta, frames = problem_before(camera, proposal_weight=2.0)
    others = objective_of(camera=CAMERAS[camera]).cost(x, theta, frames, None)
    cost = (objective.cost(x, theta, frames, None) - others).numpy()
    p3 = objective.model.decode(x, theta).numpy() / np.exp(theta.numpy()[:, :1, None])
    proposal = random_proposal(camera)
    for i in range(4):
        w = proposal.std[i, :, None] ** -2
        difference = p3[i] - proposal.p3[i]
        difference -= (w * difference).sum(axis=0) / w.sum()
        assert cost[i] == pytest.approx(2.0 * 0.5 * np.sum(w * difference**2), rel=1e-3)


def test_proposal_term_depends_on_posture_alone():
    """It depends neither on where the pose stands, nor on the size of the subject."""
    # Settings need one positive weight besides the proposal's. This one's term is next to nothing.
    weights = {"consistency_weight": 0.0, "prior_weight": 1e-9, "proposal_weight": 1.0}
    objective, x, theta, frames = problem_before("known", **weights)
    moved, larger = x.numpy().copy(), theta.numpy().copy()
    moved[:, 6:] += [0.3, -0.2]
    larger[:, 0] += 0.2
    before = objective.cost(x, theta, frames, None)
    np.testing.assert_allclose(objective.cost(moved, larger, frames, None), before, rtol=1e-4)
    turned = x.numpy().copy()
    turned[:, 5] += 0.5
    assert (np.abs(objective.cost(turned, theta, frames, None) - before) > 1).all()


@each_camera
def test_start_at_the_proposal_explains_the_image(camera):
    """Where the true pose is proposed, no search is needed; the other starts are as ever."""
    objective = objective_of(camera=CAMERAS[camera])
    x = true_variables(5)
    p3w, p2 = pose_and_image(x)
    observed = observations(p2).without_unknown(CAMERAS[camera], 1000)
    p3 = p3w if camera in ("known", "focal") else p3w @ R.T
    proposal = Proposal(p3 / 1.7, np.ones((5, 14)), x[:, :5])
    theta = np.array([np.log(1.7), 0, 0, 0])
    first, *others = starts(objective.model, theta, replace(observed, proposal=proposal), 3)
    decoded = objective.model.decode(tf.constant(first), np.tile(np.float32(theta), (5, 1)))
    expected = p3w if camera in ("known", "focal") else p3w @ R.T + T
    if camera in ("known", "unplaced"):
        np.testing.assert_allclose(decoded, expected, atol=2e-3)
    else:  # the focal length is a guess, and so is the distance
        assert 1000 * p_mpjpe(decoded.numpy(), expected).max() < 1
    plain = starts(objective.model, theta, observed, 2)
    np.testing.assert_array_equal(others, plain)


def test_rounded_kinks_only_add_curvature():
    objective, x, theta, frames = problem_before("known", **ALL_TERMS)
    rounded = objective.expand(x, theta, frames, tf.fill([4], 0.1)).curvature.numpy()
    exact = objective.expand(x, theta, frames, tf.zeros(4)).curvature.numpy()
    assert (np.linalg.eigvalsh(rounded) > -1e-5).all()
    assert (np.trace(rounded, axis1=1, axis2=2) > np.trace(exact, axis1=1, axis2=2)).any()


@pytest.mark.parametrize("placement", [Ground(), Free()])
def test_tangents_of_a_placement_are_its_derivatives(placement):
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
def test_robust_losses_are_their_formulas_and_have_their_gradients(loss):
    sigma = 0.02  # in the unit of image points, a thousand pixels
    objective = objective_of("tanh", robust_loss=loss, robust_scale=1000 * sigma)
    _, p2 = pose_and_image(true_variables(3), "tanh", noise=0.002)
    p2[1, 4] += [0.3, -0.2]  # an outlier
    x, theta = tf.constant(true_variables(3)), theta_of([1.7] * 3)
    frames = tensors_of(observations(p2))
    cost = objective.cost(x, theta, frames, None).numpy()
    p3c = (objective.model.decode(x, theta).numpy() - CENTRE) @ R.T
    s = np.sum((p3c[..., :2] / p3c[..., 2:] * F + C - p2) ** 2, axis=-1)
    formulas = {
        "huber": np.where(s < sigma**2, s, 2 * sigma * np.sqrt(s) - sigma**2),
        "geman_mcclure": s * sigma**2 / (sigma**2 + s),
    }
    np.testing.assert_allclose(cost, 0.5 * formulas[loss].sum(axis=1), rtol=2e-3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(objective.cost(x, theta, frames, None))
    quadratic = objective.expand(x, theta, frames, tf.zeros(3))
    by_x = tape.gradient(total, x)
    np.testing.assert_allclose(quadratic.gradient[:, :8], by_x, rtol=2e-3, atol=1e-5)
    assert (np.linalg.eigvalsh(quadratic.curvature) > -1e-6).all()


def test_joints_that_are_not_observed_do_not_enter_the_cost():
    objective = objective_of()
    _, p2 = pose_and_image(true_variables(3), noise=0.01)
    x, theta = random_point(objective, 3)
    p2[0, 4] = np.nan
    p2[1, 7, 0] = np.inf
    weights = np.ones(p2.shape[:2])
    weights[2, 9] = 0
    cost = objective.cost(x, theta, tensors_of(observations(p2, weights=weights)), None)
    p2[0, 4], p2[1, 7], p2[2, 9] = 17.0, -3.0, 1e9
    weights[0, 4] = weights[1, 7] = 0
    again = objective.cost(x, theta, tensors_of(observations(p2, weights=weights)), None)
    assert np.isfinite(cost).all()
    np.testing.assert_array_equal(cost, again)


def test_observed_joint_behind_the_camera_costs_infinity():
    objective = objective_of()
    _, p2 = pose_and_image(true_variables(2))
    x = true_variables(2)
    x[0, 7] = CENTRE[1] + 2.0
    frames = tensors_of(observations(p2))
    cost = objective.cost(tf.constant(x), theta_of([1.7] * 2), frames, None).numpy()
    assert np.isinf(cost[0])
    assert np.isfinite(cost[1])


def test_world_and_camera_turned_together_leave_the_cost():
    objective = objective_of(**ALL_TERMS)
    _, p2 = pose_and_image(true_variables(3), noise=0.01)
    x, theta = random_point(objective, 3)
    angle, shift = 0.7, np.array([1.3, -0.4, 0.0])
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    turned = x.numpy().copy()
    turned[:, 5] += angle
    turned[:, 6:] = x.numpy()[:, 6:] @ turn[:2, :2].T + shift[:2]
    moved = observations(p2, camera=Camera(R @ turn.T, T - R @ turn.T @ shift, F, C))
    before = objective.cost(x, theta, tensors_of(observations(p2)), None)
    after = objective.cost(tf.constant(turned), theta, tensors_of(moved), None)
    np.testing.assert_allclose(before, after, rtol=1e-4)


@pytest.mark.parametrize("has_trend", [False, True], ids=["about rest", "about a trend"])
def test_motion_cost_is_its_formula_and_its_expansion_has_its_derivatives(has_trend):
    rng = np.random.default_rng(0)
    p3w = rng.normal(size=(5, 14, 3)).cumsum(axis=0)
    terms = MotionTerms(SearchSettings(smoothness_weight=0.3, glide_weight=0.7, contact_weight=5.0))
    velocity, contact = np.diff(p3w, axis=0) / 0.1, rng.uniform(size=(5, 14))
    trend = rng.normal(0, 10, (5, 14, 3)) if has_trend else np.zeros((5, 0, 3))
    frames = observations(np.zeros((5, 14, 2))).frame_batch()
    frames = frames._replace(contact=contact, trend=np.swapaxes(trend, 1, 2))
    tensors = FrameBatch(*map(tf.constant, frames))
    cost = terms.cost(tf.constant(velocity), tensors).numpy()
    for t in range(4):
        squares = np.array([v @ v for v in velocity[t]])
        changes = velocity[t] - trend[t + 1] if has_trend else velocity[t]
        held = 0.5 * 5.0 * sum(contact[t + 1] * squares)
        expected = 0.5 * 0.3 * sum(change @ change for change in changes)
        assert cost[t] == pytest.approx(expected + 0.7 * min(squares) + held)
    motion = terms.expand(velocity, frames)
    np.testing.assert_allclose(motion.cost, cost)

    def total(flat):
        moved = flat.reshape(-1, 4, 14, 3)
        return np.stack([terms.expand(v, frames).cost.sum() for v in moved])

    unit = np.eye(velocity.size)[::7] * 1e-4
    around = velocity.ravel()
    slope = (total(around + unit) - total(around - unit)) / 2e-4
    np.testing.assert_allclose(slope, motion.slope.ravel()[::7], rtol=1e-6, atol=1e-6)
    bend = (total(around + unit) - 2 * motion.cost.sum() + total(around - unit)) / 1e-8
    stiffness = np.repeat(motion.stiffness.ravel(), 3)[::7]
    np.testing.assert_allclose(bend, stiffness, rtol=1e-2, atol=1e-2)


def test_ground_position_is_where_the_pose_stands():
    x = true_variables(6)
    p3w, p2 = pose_and_image(x)
    local = p3w - np.pad(x[:, 6:], [(0, 0), (0, 1)])[:, None]
    p2[2, 3:] = np.nan
    p2[4] = np.nan
    position = ground_position(local, observations(p2))
    good = [0, 1, 2, 3, 5]
    np.testing.assert_allclose(position[good], x[good, 6:], atol=1e-4)
    np.testing.assert_array_equal(position[4], 0)


def test_observations_of_wrong_shapes_are_refused():
    p2 = np.zeros((3, 14, 2))
    with pytest.raises(DataError, match=r"p2 has shape \(14, 2\)"):
        observe(p2[0], CAMERA, 0.1)
    with pytest.raises(DataError, match="p2 has no frames"):
        observe(p2[:0], CAMERA, 0.1)
    with pytest.raises(DataError, match="camera does not fit 3 frames"):
        observe(p2, replace(CAMERA, t=np.zeros((2, 3))), 0.1)
    with pytest.raises(DataError, match="not finite"):
        observe(p2, replace(CAMERA, c=C * np.nan), 0.1)
    with pytest.raises(DataError, match="weights have shape"):
        observe(p2, CAMERA, 0.1, weights=np.ones(14))
