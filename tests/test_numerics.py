"""Single precision against float64: the objective, its derivatives, and what is found with it.

The cameras are those of `tests.extreme_cameras`; the reference works in their worlds and units.
"""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from human_pose_util.register import get_converter
from inference.camera import Camera
from inference.coordinates import Coordinates
from inference.motion import sequence_cost
from inference.objective import Objective, Weights
from inference.observations import Proposals, observe
from inference.optimizer import Options, PoseOptimizer
from inference.placement import Free, Ground
from inference.pose_model import PoseModel
from inference.shared import shared_variables
from inference.starts import ground_position, starts
from inference.status import Status
from inference.terms import Frames
from inference.uncertainty import Uncertainty
from tests.extreme_cameras import EXTREMES, Extreme
from tests.float64_reference import Reference, frames_of, jacobian, motion, polished
from tests.inference_problems import STANDING, make_critic, make_generator

N = 3
WIDTH = 0.05
CAMERAS = {
    "known": Camera(),
    "focal": Camera(intrinsics="focal"),
    "unplaced": Camera(extrinsics="unknown"),
    "unknown": Camera(extrinsics="unknown", intrinsics="unknown", size=[1024, 1030]),
}
each_extreme = pytest.mark.parametrize("extreme", EXTREMES.values(), ids=EXTREMES)
each_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)


def objective_of(extreme: Extreme, camera: Camera, activation: str, weights: Weights) -> Objective:
    placement = Ground() if camera.extrinsics == "known" else Free()
    shared = shared_variables(camera, 1.65, False, extreme.pixel_scale)
    generator = make_generator(activation)
    model = PoseModel(generator, get_converter("s14", "s14"), placement, shared)
    return Objective(model, make_critic(), weights.in_unit(extreme.unit))


def units(extreme: Extreme) -> tuple[float, float]:
    return extreme.space_scale, extreme.pixel_scale


def truth(extreme: Extreme, activation: str, noise: float = 0.0, seed: int = 0):
    """X of N poses about the subject's place, and what is seen of them, with noise [px]."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(0, 0.3, (N, 5)), rng.uniform(-0.4, 0.4, (N, 1)), rng.normal(0, 0.2, (N, 2))
    x = np.concatenate(parts, axis=1)
    known, place = Camera(), extreme.unit * extreme.subject
    plain = objective_of(extreme, known, activation, Weights())
    reference = Reference(plain, activation, Weights(), known, units(extreme), place)
    r, t, f, c = extreme.camera()
    theta = np.tile([np.log(extreme.height), 0.0, 0.0, 0.0], (N, 1))
    frame = {"r": r, "t": t, "f": f, "c": c}
    p2 = reference.image(x, theta, frame, 0.0) + 0.0
    p2 += noise / extreme.pixel_scale * rng.normal(size=p2.shape)
    return x, observe(p2, r, t, f, c, 0.1)


def known_of(observed, extreme: Extreme, camera: Camera):
    """What an optimiser may know, and the coordinates in which it searches."""
    if camera.size is not None:  # about the camera's principal point, wherever that is
        camera = camera.model_copy(update={"size": [2 * abs(c) for c in extreme.centre]})
    known = observed.known(camera, extreme.pixel_scale)
    placement = Ground() if camera.extrinsics == "known" else Free()
    return known, Coordinates.of(known, extreme.unit, placement)


class Point:
    """A point near the solution of a noisy problem, for both precisions."""

    def __init__(self, extreme: Extreme, camera: Camera, activation: str, **weights):
        pixel = extreme.pixel_scale
        consistency, scale = (pixel / 1000) ** 2, 10 / pixel
        self.weights = Weights(consistency=consistency, robust_scale=scale, **weights)
        self.objective = objective_of(extreme, camera, activation, self.weights)
        _, observed = truth(extreme, activation, noise=3.0)
        self.known, coordinates = known_of(observed, extreme, camera)
        inside = coordinates.observations(self.known)
        rng = np.random.default_rng(1)
        start = self.objective.model.shared.start.copy()
        start[0] = np.log(extreme.height)
        x = starts(self.objective.model, start, inside, 1)[0]
        x[:, :5] += rng.normal(0, 0.3, (N, 5)).astype(np.float32)
        self.free = list(self.objective.model.shared.free)
        theta = np.tile(start, (N, 1))
        spread = np.array([0.05, 0.05, 10 / pixel, 10 / pixel])[self.free]
        theta[:, self.free] += spread * rng.normal(size=(N, len(self.free)))
        self.x, self.theta = x, theta.astype(np.float32)
        p3 = STANDING + rng.normal(0, 0.05, (N, 14, 3))
        proposals = Proposals(p3, rng.uniform(0.02, 0.2, (N, 14)), np.zeros((N, 5)))
        self.single = Frames(*replace(inside, proposals=proposals).arrays())
        self.double = frames_of(self.known, proposals)
        self.reference = Reference(
            self.objective, activation, self.weights, camera, units(extreme), coordinates.origin
        )

    def variables(self, i: int) -> np.ndarray:
        return np.concatenate([self.x[i], self.theta[i, self.free]]).astype(np.float64)


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


@pytest.fixture(scope="module")
def optimizers():
    """One optimiser for each kind of camera and units, compiled once."""
    made = {}

    def optimizer(extreme: Extreme, camera: Camera) -> tuple[PoseOptimizer, Weights]:
        key, pixel = (camera.extrinsics, *units(extreme)), extreme.pixel_scale
        weights = Weights(consistency=(pixel / 1000) ** 2, prior=1e-7)
        if key not in made:
            networks = make_generator("tanh"), make_critic(), get_converter("s14", "s14")
            options = Options(n_starts=4, uncertainty=True)
            made[key] = PoseOptimizer(*networks, weights, options, *units(extreme), camera)
        return made[key], weights

    return optimizer


SOLVED = [
    *((name, "known") for name in EXTREMES if name != "subject heights"),
    *((name, "unplaced") for name, e in EXTREMES.items() if e.space_scale == 1000),
]


@pytest.mark.parametrize("name, camera", SOLVED)
def test_a_solution_is_that_of_float64(optimizers, name, camera):
    """From where the search ends, float64 moves nothing by more than a hundredth of a pixel does.

    Joints are compared with what a pixel of noise would move them by: at 50 m that is metres. Where
    the minimum leaves errors, what is shared has come to rest at 0.1 % of the cost by design, the
    root of which is 3 % of the errors.
    """
    extreme, camera = EXTREMES[name], CAMERAS[camera]
    optimizer, weights = optimizers(extreme, camera)
    _, observed = truth(extreme, "tanh")
    result = optimizer.infer([observed])[0]
    assert (result.status == Status.CONVERGED).all()

    objective = objective_of(extreme, camera, "tanh", weights)
    reference = Reference(objective, "tanh", weights, camera, units(extreme))
    frames = frames_of(known_of(observed, extreme, camera)[0])
    place = result.place.astype(float)
    if camera.extrinsics == "known":
        place[:, 1:] /= extreme.unit
    else:
        place[:, 5] -= np.log(extreme.unit)
    x = np.concatenate([result.z, place], axis=1)
    v = np.append(x, np.log(result.scale / extreme.unit))

    def parts(v):
        rows = v[..., :-1].reshape(*v.shape[:-1], *x.shape)
        return [
            reference.split(np.concatenate([rows[..., i, :], v[..., -1:]], axis=-1))
            for i in range(N)
        ]

    def errors(v):
        seen = [reference.errors(*at, f, 0.0)[0] for at, f in zip(parts(v), frames, strict=True)]
        flat = [part.reshape(*v.shape[:-1], -1) for part in seen]
        held = N * weights.consistency * reference.held[0]
        away = np.sqrt(held) * (v[..., -1:] - reference.start[0])
        latent = [np.sqrt(weights.prior) * x[..., :5] for x, _ in parts(v)]
        return np.concatenate([*flat, *latent, away], axis=-1)

    def poses(v):
        posed = [reference.pose(*at, 0.0) for at in parts(v)]
        return np.concatenate([p.reshape(*v.shape[:-1], -1) for p in posed], axis=-1)

    best = polished(errors, v)
    moved = np.linalg.norm(poses(best).reshape(N, 14, 3) - result.p3w, axis=-1)
    pixel = np.sqrt(weights.consistency) / extreme.pixel_scale
    rows, tangents = jacobian(errors, best), jacobian(poses, best)
    variance = np.einsum("ij,ji->i", tangents, np.linalg.solve(rows.T @ rows, tangents.T))
    by_a_pixel = pixel * np.sqrt(variance.reshape(N, 14, 3).sum(axis=-1))
    squares = (errors(best) ** 2).sum()
    limit = 0.01 + np.sqrt(1e-3 * squares / (N * 28)) / pixel
    assert (moved < limit * by_a_pixel).all()
    gain = (errors(v) ** 2).sum() - squares
    assert np.sqrt(max(gain, 0.0) / (N * 28)) < limit * pixel
    assert np.isfinite(result.std).all()
    assert (result.aligned_std <= 1.001 * result.std).all()


@each_extreme
def test_standard_deviations(extreme):
    """Laplace's approximation in float64; the objective's errors are 3 px of noise."""
    point = Point(extreme, CAMERAS["known"], "tanh")
    pixel = extreme.pixel_scale
    x, theta = point.x, point.theta[0]
    given = Uncertainty(point.objective, pixel)(x, theta, point.single)
    plain = Weights()
    reference = Reference(
        point.objective, "tanh", plain, CAMERAS["known"], units(extreme), point.reference.origin
    )
    squares = freedom = 0.0
    curvatures = []
    for i, frame in enumerate(point.double):
        v = np.append(x[i], theta[0]).astype(float)
        rows = reference.rows(v, frame)
        curvatures.append(rows.T @ rows)
        errors = reference.errors(*reference.split(v), frame, 0.0)[0]
        squares += (errors**2).sum()
        ridge = 1e-6 * np.trace(curvatures[-1]) + 1e-9
        fitted = np.trace(np.linalg.solve(curvatures[-1] + ridge * np.eye(9), curvatures[-1]))
        freedom += 28 - fitted
    variance = max(squares / freedom, (1 / pixel) ** 2)
    latent = 1 / max(np.mean(x[:, :5].astype(float) ** 2), 1)
    prior = np.diag([*[latent] * 5, *[1e-2] * 3, 0.07**-2])
    for i in range(N):
        v = np.append(x[i], theta[0]).astype(float)

        def pose(v):
            return reference.pose(*reference.split(v), 0.0).reshape(*v.shape[:-1], -1)

        tangents = jacobian(pose, v) / extreme.unit
        covariance = np.linalg.inv(curvatures[i] / variance + prior)
        joints = np.diag(tangents @ covariance @ tangents.T).reshape(14, 3).sum(axis=1)
        np.testing.assert_allclose(given[0][i], np.sqrt(5 * joints), rtol=2e-3)
