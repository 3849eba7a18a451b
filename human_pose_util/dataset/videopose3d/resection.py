"""Cameras from points in the world and their images (camera resection).

The direct linear transformation gives a pinhole camera, least squares then the lens too.
Hartley and Zisserman, Multiple View Geometry, 2nd edition, algorithm 7.1.
"""

import numpy as np

from human_pose_util.dataset.lens import LensCamera
from human_pose_util.errors import DataError
from human_pose_util.transforms import matrix_to_vector, vector_to_matrix

_OUTLIER = 3.0  # A residual of more than 3 times the noise counts little.
_LENS_SPREAD = 0.3  # the standard deviation of a lens's coefficients, before any point is seen
_EXACT = 1e-4  # the smallest noise of image points [px]


def fit_camera(p3w: np.ndarray, p2: np.ndarray) -> tuple[LensCamera, float]:
    """The camera whose pictures of points come nearest to given images of them.

    Args:
        p3w: [n, 3] points of the world, at least 6, not all in one plane [mm].
        p2: [n, 2] images of the points [px]. A pair with a NaN is left out.

    Returns:
        The camera, and the median distance [px] between its images and the given images.

    Raises:
        DataError: the points do not determine a camera.
    """
    good = np.isfinite(p3w).all(axis=-1) & np.isfinite(p2).all(axis=-1)
    p3w, p2 = p3w[good].astype(np.float64), p2[good].astype(np.float64)
    if len(p2) < 6:
        raise DataError(f"{len(p2)} points do not determine a camera")
    try:
        with np.errstate(all="ignore"):  # Wrong points lead to any number.
            camera, noise = _direct_linear_transformation(p3w, p2), 1.0
            for _ in range(2):  # The first fit finds the noise, which the second fit uses.
                camera = _refine(camera, p3w, p2, noise)
                error = np.linalg.norm(camera.project_world(p3w) - p2, axis=-1)
                noise = max(float(np.median(error)), _EXACT)
    except (np.linalg.LinAlgError, ValueError) as problem:
        raise DataError(f"the points do not determine a camera ({problem})") from problem
    return camera, noise


def _direct_linear_transformation(p3w: np.ndarray, p2: np.ndarray) -> LensCamera:
    import scipy.linalg

    world, image = _normalisation(p3w), _normalisation(p2)
    x = _homogeneous(p3w) @ world.T
    u, v = (_homogeneous(p2) @ image.T)[:, :2].T
    zero = np.zeros_like(x)
    equations = np.block([[x, zero, -u[:, None] * x], [zero, x, -v[:, None] * x]])
    _, spectrum, rows = np.linalg.svd(equations, full_matrices=False)
    if spectrum[-2] < 1e-6 * spectrum[0]:
        raise DataError("points in one plane do not determine a camera")
    p = np.linalg.inv(image) @ rows[-1].reshape(3, 4) @ world
    if np.median(_homogeneous(p3w) @ p[2]) * np.linalg.det(p[:, :3]) < 0:
        raise DataError("the image points are mirrored: no camera can take them")
    p *= np.sign(np.linalg.det(p[:, :3]))
    k, r = scipy.linalg.rq(p[:, :3])
    signs = np.sign(np.diag(k))  # Focal lengths are positive.
    k, r = k * signs, signs[:, None] * r
    t = np.linalg.solve(k, p[:, 3])
    k /= k[2, 2]
    return LensCamera(r, t, np.diag(k)[:2].copy(), k[:2, 2].copy())


def _normalisation(points: np.ndarray) -> np.ndarray:
    """Homogeneous matrix that puts the mean of points [n, d] at 0, at distance √d from it."""
    mean, d = points.mean(axis=0), points.shape[1]
    scale = np.sqrt(d) / np.linalg.norm(points - mean, axis=1).mean()
    matrix = np.eye(d + 1)
    matrix[:d, :d] *= scale
    matrix[:d, d] = -scale * mean
    return matrix


def _homogeneous(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points, np.ones((len(points), 1))], axis=1)


def _refine(start: LensCamera, p3w: np.ndarray, p2: np.ndarray, noise: float) -> LensCamera:
    """Robust least squares over rotation, translation, intrinsics and lens; noise in px."""
    from scipy.optimize import least_squares

    parts = (matrix_to_vector(start.r), start.t, start.f, start.c, start.distortion)
    scale = np.concatenate([np.full(3, 0.01), np.full(3, 10.0), np.full(4, 10.0), np.full(5, 0.1)])

    def camera(x: np.ndarray) -> LensCamera:
        vector, t, f, c, k = np.split(x, [3, 6, 8, 10])
        return LensCamera(vector_to_matrix(vector), t, f, c, distortion=k)

    def residuals(x: np.ndarray) -> np.ndarray:
        trial = camera(x)
        error = trial.project_world(p3w) - p2
        return np.concatenate([error.ravel() / noise, trial.distortion / _LENS_SPREAD])

    fit = least_squares(
        residuals, np.concatenate(parts), x_scale=scale, loss="cauchy", f_scale=_OUTLIER
    )
    return camera(fit.x)
