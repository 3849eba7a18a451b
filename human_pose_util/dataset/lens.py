"""Pictures through a real lens: the pinhole of `transforms.camera` with skew and distortion.

The model is Brown's, with the coefficients in the order of Bouguet's calibration toolbox and of
OpenCV: k1, k2 (radial), p1, p2 (tangential), k3 (radial).
"""

import numpy as np


def distort(xy, k) -> np.ndarray:
    """Where a lens puts the points of the undistorted image plane z = 1.

    x' = x·(1 + k1 ρ² + k2 ρ⁴ + k3 ρ⁶) + 2 p1 x y + p2 (ρ² + 2x²), y' likewise with p1 and p2
    exchanged (Bouguet, Camera Calibration Toolbox; OpenCV, `projectPoints`).

    Args:
        xy: [A1, ..., An, 2] points x/z, y/z.
        k: [5] k1, k2, p1, p2, k3.

    Returns:
        [A1, ..., An, 2] distorted points.
    """
    k1, k2, p1, p2, k3 = k
    x, y = xy[..., 0], xy[..., 1]
    square = x**2 + y**2
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (square + 2 * x**2),
            y * radial + p1 * (square + 2 * y**2) + 2 * p2 * x * y,
        ],
        axis=-1,
    )


def project_through_lens(p3c, f, c, k, skew: float = 0.0) -> np.ndarray:
    """Image points of points in the camera frame, with the lens distortion.

    Args:
        p3c: [A1, ..., An, 3] points in the camera frame (x right, y down, z forward).
        f: [2] focal lengths [px].
        c: [2] principal point [px].
        k: [5] distortion, as in `distort`.
        skew: u = f_x·(x + skew·y) + c_x.

    Returns:
        [A1, ..., An, 2] image points [px].
    """
    xy = distort(p3c[..., :2] / p3c[..., 2:], k)
    sheared = np.stack([xy[..., 0] + skew * xy[..., 1], xy[..., 1]], axis=-1)
    return sheared * f + c
