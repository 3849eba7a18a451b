"""What is found with single precision, and how sure it is, against float64."""

import numpy as np
import pytest

from human_pose_util.registry import get_converter
from inference.model.camera_knowledge import Camera
from inference.objective.frame_objective import Weights
from inference.search.pose_search import Options, PoseOptimizer
from inference.search.uncertainty import Uncertainty
from inference.solvers.status import Status
from tests.helpers.extreme_cameras import EXTREMES, Extreme
from tests.helpers.extreme_problems import (
    CAMERAS,
    N,
    Point,
    each_extreme,
    known_of,
    objective_of,
    truth,
    units,
)
from tests.helpers.float64_objective import Reference, frames_of, jacobian, polished
from tests.helpers.inference_problems import make_critic, make_generator


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
