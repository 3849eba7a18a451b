"""Single precision against float64: the objective, its derivatives, and where a search starts.

The cameras are those of `tests.helpers.extreme_cameras`; the reference works in their worlds and
units.
"""

import numpy as np
import pytest
import tensorflow as tf

from inference.model.observe import observe
from inference.objective.motion import MotionTerms
from inference.search.starts import ground_position
from inference.settings import SearchSettings
from inference.solvers.scipy_lbfgsb import sequence_cost
from tests.helpers.extreme_cameras import EXTREMES, Extreme
from tests.helpers.extreme_problems import (
    CAMERAS,
    N,
    Point,
    each_camera,
    each_extreme,
    objective_of,
    prepare,
    variables_and_observations,
)
from tests.helpers.float64_objective import Reference, jacobian, motion

WIDTH = 0.05
"""The width by which kinks are rounded."""

TERMS = {
    "plain": {},
    "huber": {"robust_loss": "huber", "prior_weight": 1e-3},
    "geman_mcclure": {
        "robust_loss": "geman_mcclure",
        "proposal_weight": 1e-3,
        "critic_weight": 2e-3,
    },
}


@each_extreme
@each_camera
def test_cost_and_derivatives_before_every_camera(extreme, camera):
    terms = TERMS["geman_mcclure" if extreme.focal == 300 else "huber"]
    check_derivatives(Point(extreme, camera, "relu", **terms))


@each_camera
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
def test_cost_and_derivatives_of_every_term(camera, activation, terms):
    check_derivatives(Point(EXTREMES["far off in millimetres"], camera, activation, **terms))


def check_derivatives(point: Point) -> None:
    """Compare gradient and curvature in units in which every variable has the curvature 1."""
    widths = tf.fill([N], WIDTH)
    given = tf.constant(point.x), tf.constant(point.theta), point.single, widths
    quadratic, cost = point.objective.expand(*given), point.objective.cost(*given)
    for i, frame in enumerate(point.double):
        v = point.variables(i)
        expected = point.reference.cost(*point.reference.split(v), frame, WIDTH)
        np.testing.assert_allclose([cost[i], quadratic.cost[i]], expected, rtol=2e-4)
        curvature = point.reference.curvature(v, frame, WIDTH)
        unit = np.diag(curvature) ** -0.5
        error = (quadratic.gradient[i] - point.reference.gradient(v, frame, WIDTH)) * unit
        assert np.abs(error).max() < 2e-4 * np.sqrt(2 * abs(expected))
        error = (quadratic.curvature[i] - curvature) * unit * unit[:, None]
        assert np.abs(error).max() < 1e-3


@each_extreme
def test_cost_and_gradient_of_motion_far_from_the_origin(extreme):
    """Velocities are differences of positions, which a far origin would swallow."""
    square = extreme.unit**2
    terms = {"smoothness_weight": 1e-4 / square, "glide_weight": 3e-4 / square}
    point = Point(extreme, CAMERAS["known"], "tanh", **terms)
    theta, dt = point.theta[0], 0.02
    reference, v = point.reference, [point.variables(i) for i in range(N)]

    def total(flat):
        """[...] costs of the sequence, of the variables of all its frames one after another."""
        x = flat.reshape(*flat.shape[:-1], N, -1)
        thetas = np.broadcast_to(theta.astype(float), (*x.shape[:-2], 4))
        costs = sum(reference.cost(x[..., i, :], thetas, point.double[i]) for i in range(N))
        poses = np.stack([reference.pose(x[..., i, :], thetas, 0.0) for i in range(N)])
        if flat.ndim == 1:
            return costs + motion(poses, dt, point.settings)
        return costs + [motion(poses[:, k], dt, point.settings) for k in range(len(flat))]

    x, terms = tf.constant(point.x), MotionTerms(point.objective.settings)
    with tf.GradientTape() as tape:
        tape.watch(x)
        cost = tf.reduce_sum(
            sequence_cost(point.objective, terms, x, tf.constant(theta), point.single, dt)
        )
    flat = np.concatenate([one[: point.x.shape[1]] for one in v])
    assert float(cost) == pytest.approx(total(flat), rel=1e-4)
    slope = jacobian(lambda flat: total(flat)[..., None], flat)[0]
    error = np.abs(np.ravel(tape.gradient(cost, x)) - slope)
    assert (error < 1e-4 * np.abs(slope).max()).all()


@pytest.mark.parametrize("space_scale", [1.0, 1000.0, 1700.0])
@pytest.mark.parametrize("origin", [0.0, 100.0, 1e5])
def test_the_search_sees_neither_origin_nor_unit_of_the_world(space_scale, origin):
    """Its observations are equal to single precision, and its results return to the world."""
    usual, moved = Extreme(), Extreme(space_scale=space_scale, origin=origin)
    batches = []
    for extreme in (usual, moved):
        camera = extreme.camera
        observed = observe(np.tile(camera.c, (N, 14, 1)), camera, 0.1, height=1.7 * extreme.unit)
        usable, coordinates = prepare(observed, extreme, CAMERAS["known"])
        inside = coordinates.observations(usable)
        assert inside.height == pytest.approx(1.7)
        batches.append(inside.frame_batch())
    for one, other in zip(*batches, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9 + 1e-14 * origin)
    x = np.random.default_rng(0).normal(size=(N, 8)) + np.append(
        np.zeros(6), coordinates.origin[:2]
    )
    placement = coordinates.placement.change_coordinates(
        coordinates.variables(x)[:, 5:], coordinates.unit, coordinates.origin
    )
    np.testing.assert_allclose(placement, x[:, 5:], rtol=1e-12)
    eye = np.array([0.3, -0.95]) * 5 + moved.subject[:2]
    np.testing.assert_allclose(coordinates.origin, moved.unit * np.append(eye, 0), rtol=1e-9)


@each_extreme
def test_ground_position_recovers_the_place_of_a_pose(extreme):
    """The closed form is exact to a small share of the distance."""
    x, observed = variables_and_observations(extreme, "tanh")
    usable, coordinates = prepare(observed, extreme, CAMERAS["known"])
    objective = objective_of(extreme, "tanh", SearchSettings())
    metres = Reference(objective, "tanh", SearchSettings(), (1000.0, 1000.0))
    upright = np.concatenate([x[:, :6], np.zeros((N, 2))], axis=1)
    theta = np.tile([np.log(extreme.height), 0.0, 0.0, 0.0], (N, 1))
    local = metres.pose(upright, theta, 0.0)
    position = ground_position(local, coordinates.observations(usable))
    expected = x[:, 6:] + extreme.subject[:2] - coordinates.origin[:2] / extreme.unit
    np.testing.assert_allclose(position, expected, atol=1e-5 * extreme.distance)
