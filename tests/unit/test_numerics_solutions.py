"""Solutions in single precision, and their standard deviations, against float64."""

from types import SimpleNamespace

import numpy as np
import pytest

from human_pose_util.evaluate.status import Status
from human_pose_util.registry import get_converter
from inference.model.camera_knowledge import CameraKnowledge
from inference.search.joint_deviations import CURVATURE, NOISE, PLACED_CURVATURE
from inference.search.pose_search import PoseSearch
from inference.search.uncertainty import Uncertainty
from inference.settings import SearchSettings
from inference.solvers.execution import TRACED
from tests.helpers.extreme_cameras import EXTREMES, Extreme
from tests.helpers.extreme_problems import (
    CAMERAS,
    N,
    Point,
    each_extreme,
    objective_of,
    prepare,
    units_of,
    variables_and_observations,
)
from tests.helpers.float64_objective import Reference, frames_of, jacobian, polished
from tests.helpers.inference_problems import make_gan


@pytest.fixture(scope="module")
def search_before():
    """A function that makes one search for each kind of camera and units, compiled once."""
    searches = {}

    def search(extreme: Extreme, camera: CameraKnowledge) -> tuple[PoseSearch, SearchSettings]:
        key = camera.extrinsics, *units_of(extreme)
        settings = SearchSettings(
            consistency_weight=(extreme.pixel_scale / 1000) ** 2,
            prior_weight=1e-7,
            camera=camera,
            n_starts=4,
            uncertainty=True,
        )
        if key not in searches:
            converter = get_converter("s14", "s14")
            searches[key] = PoseSearch(
                make_gan("tanh"), settings, converter, *units_of(extreme), TRACED
            )
        return searches[key], settings

    return search


SOLVED = [
    *((name, "known") for name in EXTREMES if name != "subject heights"),
    *((name, "unplaced") for name, e in EXTREMES.items() if e.space_scale == 1000),
]


@pytest.mark.parametrize("name, camera", SOLVED)
def test_solutions_are_minima_in_float64(search_before, name, camera):
    """A fit in float64 from the solution moves no joint by more than 1/100 px of noise would.

    Joints are compared with their move by a pixel of noise: at 50 m that is metres. Where errors
    are left at the minimum, the shared variables rest at 0.1 % of the cost by design, the root of
    which is 3 % of the errors.
    """
    extreme, camera = EXTREMES[name], CAMERAS[camera]
    search, settings = search_before(extreme, camera)
    _, observed = variables_and_observations(extreme, "tanh")
    result = search.infer([observed])[0]
    assert (result.status == Status.CONVERGED).all()

    objective = objective_of(extreme, "tanh", settings)
    reference = Reference(objective, "tanh", settings, units_of(extreme))
    frames = frames_of(prepare(observed, extreme, camera)[0])
    placement = result.placement.astype(float)
    if camera.extrinsics == "known":
        placement[:, 1:] /= extreme.unit
    else:
        placement[:, 5] -= np.log(extreme.unit)
    x = np.concatenate([result.z, placement], axis=1)
    v = np.append(x, np.log(result.scale / extreme.unit))

    def parts(v):
        rows = v[..., :-1].reshape(*v.shape[:-1], *x.shape)
        return [
            reference.split(np.concatenate([rows[..., i, :], v[..., -1:]], axis=-1))
            for i in range(N)
        ]

    def residuals(v):
        pairs = zip(parts(v), frames, strict=True)
        image = [reference.residuals(*point, frame, 0.0)[0] for point, frame in pairs]
        flat = [part.reshape(*v.shape[:-1], -1) for part in image]
        weight = N * settings.consistency_weight * reference.prior_weight[0]
        scale = np.sqrt(weight) * (v[..., -1:] - reference.start[0])
        latent = [np.sqrt(settings.prior_weight) * x[..., :5] for x, _ in parts(v)]
        return np.concatenate([*flat, *latent, scale], axis=-1)

    def poses(v):
        p3w = [reference.pose(*point, 0.0) for point in parts(v)]
        return np.concatenate([p.reshape(*v.shape[:-1], -1) for p in p3w], axis=-1)

    best = polished(residuals, v)
    distance = np.linalg.norm(poses(best).reshape(N, 14, 3) - result.p3w, axis=-1)
    pixel = np.sqrt(settings.consistency_weight) / extreme.pixel_scale
    rows, tangents = jacobian(residuals, best), jacobian(poses, best)
    variance = np.einsum("ij,ji->i", tangents, np.linalg.solve(rows.T @ rows, tangents.T))
    by_a_pixel = pixel * np.sqrt(variance.reshape(N, 14, 3).sum(axis=-1))
    squares = (residuals(best) ** 2).sum()
    limit = 0.01 + np.sqrt(1e-3 * squares / (N * 28)) / pixel
    assert (distance < limit * by_a_pixel).all()
    gain = (residuals(v) ** 2).sum() - squares
    assert np.sqrt(max(gain, 0.0) / (N * 28)) < limit * pixel
    assert np.isfinite(result.std).all()
    assert (result.aligned_std <= 1.001 * result.std).all()


@pytest.fixture(scope="module")
def uncertainty_of():
    """A function that gives the one `Uncertainty` of points in the same units, traced once."""
    made = {}

    def uncertainty(point: Point, units: tuple[float, float]) -> Uncertainty:
        if units not in made:
            made[units] = Uncertainty(point.objective, TRACED)
        return made[units]

    return uncertainty


@each_extreme
def test_standard_deviations_are_laplaces_approximation(uncertainty_of, extreme):
    """The approximation is computed in float64; image points have 3 px of noise."""
    point = Point(extreme, CAMERAS["known"], "tanh")
    pixel = extreme.pixel_scale
    x, theta = point.x, point.theta[0]
    result = SimpleNamespace(x=x, hypotheses_p3w=None, hypotheses_cost=None)
    std, aligned_std = uncertainty_of(point, units_of(extreme))(result, theta, point.single)
    reference = Reference(
        point.objective, "tanh", SearchSettings(), units_of(extreme), point.reference.origin
    )
    squares = freedom = 0.0
    curvatures = []
    for i, frame in enumerate(point.double):
        v = np.append(x[i], theta[0]).astype(float)
        rows = reference.rows(v, frame)
        curvatures.append(rows.T @ rows)
        errors = reference.residuals(*reference.split(v), frame, 0.0)[0]
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

        tangents, p3w = jacobian(pose, v) / extreme.unit, pose(v).reshape(14, 3)
        covariance = np.linalg.inv(curvatures[i] / variance + prior)
        frame = point.double[i]
        depth = (p3w @ frame["r"].T + frame["t"])[:, 2] / extreme.unit
        noise = variance * (depth / frame["f"][0]) ** 2
        aligned = CURVATURE * joint_variances(covariance, without_similarities(p3w) @ tangents)
        aligned += NOISE * noise
        np.testing.assert_allclose(aligned_std[i], np.sqrt(aligned), rtol=2e-3)
        placed = np.maximum(PLACED_CURVATURE * joint_variances(covariance, tangents), aligned)
        np.testing.assert_allclose(std[i], np.sqrt(placed), rtol=2e-3)


def joint_variances(covariance, tangents):
    """[n_joints] sums of the variances of coordinates with derivatives [3·n_joints, n]."""
    return np.diag(tangents @ covariance @ tangents.T).reshape(-1, 3).sum(axis=1)


def without_similarities(p3w):
    """[3·n_joints]² projection onto the moves of joints that no similarity transform makes."""
    centred = p3w - p3w.mean(axis=0)
    axes = np.eye(3)
    moves = [np.tile(axis, (len(p3w), 1)) for axis in axes]
    moves += [np.cross(axis, centred) for axis in axes]
    basis, _ = np.linalg.qr(np.stack([*moves, centred]).reshape(7, -1).T)
    return np.eye(len(basis)) - basis @ basis.T
