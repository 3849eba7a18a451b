"""Single precision against float64: the objective, its derivatives, and where a search starts.

The cameras are those of `tests.helpers.extreme_cameras`; the reference works in their
worlds and units.
"""

import numpy as np
import pytest
import tensorflow as tf

from inference.model.camera_knowledge import Camera
from inference.model.observations import observe
from inference.objective.frame_objective import Weights
from inference.objective.motion import sequence_cost
from inference.objective.residuals import Frames
from inference.search.starts import ground_position
from tests.helpers.extreme_cameras import EXTREMES, Extreme
from tests.helpers.extreme_problems import (
    CAMERAS,
    N,
    Point,
    each_camera,
    each_extreme,
    known_of,
    objective_of,
    truth,
)
from tests.helpers.float64_objective import Reference, jacobian, motion

WIDTH = 0.05
"""By which kinks are rounded."""

TERMS = {
    "plain": {},
    "huber": {"robust_loss": "huber", "prior": 1e-3},
    "geman_mcclure": {"robust_loss": "geman_mcclure", "proposal": 1e-3, "critic": 2e-3},
}


@each_extreme
@each_camera
def test_the_objective_and_its_derivatives(extreme, camera):
    """Gradient and curvature in units in which every variable has curvature 1."""
    terms = TERMS["geman_mcclure" if extreme.focal == 300 else "huber"]
    check_derivatives(Point(extreme, camera, "relu", **terms))


@each_camera
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
def test_every_term_of_the_objective(camera, activation, terms):
    check_derivatives(Point(EXTREMES["far off in millimetres"], camera, activation, **terms))


def check_derivatives(point: Point) -> None:
    widths = tf.fill([N], WIDTH)
    given = tf.constant(point.x), tf.constant(point.theta), widths, Frames(*point.single)
    quadratic, cost = point.objective.expand(*given), point.objective.cost(*given)
    for i, frame in enumerate(point.double):
        v = point.variables(i)
        expected = point.reference.cost(*point.reference.split(v), frame, WIDTH)
        np.testing.assert_allclose([cost[i], quadratic.cost[i]], expected, rtol=2e-4)
        curvature = point.reference.curvature(v, frame, WIDTH)
        unit = np.diag(curvature) ** -0.5
        away = (quadratic.gradient[i] - point.reference.gradient(v, frame, WIDTH)) * unit
        assert np.abs(away).max() < 2e-4 * np.sqrt(2 * abs(expected))
        away = (quadratic.curvature[i] - curvature) * unit * unit[:, None]
        assert np.abs(away).max() < 1e-3


@each_extreme
def test_the_motion_of_a_sequence(extreme):
    """Velocities are differences of positions, which a far origin would swallow."""
    terms = {"smoothness": 1e-4 / extreme.unit**2, "glide": 3e-4 / extreme.unit**2}
    point = Point(extreme, CAMERAS["known"], "tanh", **terms)
    theta, dt = point.theta[0], 0.02
    reference, v = point.reference, [point.variables(i) for i in range(N)]

    def total(flat):
        """[...] of all x, one after the other."""
        x = flat.reshape(*flat.shape[:-1], N, -1)
        thetas = np.broadcast_to(theta.astype(float), (*x.shape[:-2], 4))
        costs = sum(reference.cost(x[..., i, :], thetas, point.double[i]) for i in range(N))
        poses = np.stack([reference.pose(x[..., i, :], thetas, 0.0) for i in range(N)])
        if flat.ndim == 1:
            return costs + motion(poses, dt, point.weights)
        return costs + [motion(poses[:, k], dt, point.weights) for k in range(len(flat))]

    x = tf.constant(point.x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        cost = tf.reduce_sum(
            sequence_cost(point.objective, x, tf.constant(theta), 0.0, point.single, dt)
        )
    flat = np.concatenate([one[: point.x.shape[1]] for one in v])
    assert float(cost) == pytest.approx(total(flat), rel=1e-4)
    slope = jacobian(lambda flat: total(flat)[..., None], flat)[0]
    away = np.abs(np.ravel(tape.gradient(cost, x)) - slope)
    assert (away < 1e-4 * np.abs(slope).max()).all()


@pytest.mark.parametrize("space_scale", [1.0, 1000.0, 1700.0])
@pytest.mark.parametrize("origin", [0.0, 100.0, 1e5])
def test_neither_origin_nor_unit_of_a_world_enters(space_scale, origin):
    """What the search is given is the same to single precision, and what it finds is taken back."""
    usual, moved = Extreme(), Extreme(space_scale=space_scale, origin=origin)
    given = []
    for extreme in (usual, moved):
        r, t, f, c = extreme.camera()
        observed = observe(np.tile(c, (N, 14, 1)), r, t, f, c, height=1.7 * extreme.unit)
        known, coordinates = known_of(observed, extreme, CAMERAS["known"])
        inside = coordinates.observations(known)
        assert inside.height == pytest.approx(1.7)
        given.append(inside.arrays())
    for one, other in zip(*given, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9 + 1e-14 * origin)
    x = np.random.default_rng(0).normal(size=(N, 8)) + np.append(
        np.zeros(6), coordinates.origin[:2]
    )
    place = coordinates.placement.moved(
        coordinates.variables(x)[:, 5:], coordinates.unit, coordinates.origin
    )
    np.testing.assert_allclose(place, x[:, 5:], rtol=1e-12)
    eye = np.array([0.3, -0.95]) * 5 + moved.subject[:2]
    np.testing.assert_allclose(coordinates.origin, moved.unit * np.append(eye, 0), rtol=1e-9)


@each_extreme
def test_starts_stand_where_they_were_seen(extreme):
    """The closed form gives back the very place of a pose, to a share of its distance."""
    x, observed = truth(extreme, "tanh")
    known, coordinates = known_of(observed, extreme, CAMERAS["known"])
    objective = objective_of(extreme, CAMERAS["known"], "tanh", Weights())
    metres = Reference(objective, "tanh", Weights(), Camera(), (1000.0, 1000.0))
    upright = np.concatenate([x[:, :6], np.zeros((N, 2))], axis=1)
    theta = np.tile([np.log(extreme.height), 0.0, 0.0, 0.0], (N, 1))
    local = metres.pose(upright, theta, 0.0)
    found = ground_position(local, coordinates.observations(known))
    expected = x[:, 6:] + extreme.subject[:2] - coordinates.origin[:2] / extreme.unit
    np.testing.assert_allclose(found, expected, atol=1e-5 * extreme.distance)
