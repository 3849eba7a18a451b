"""A camera with a real lens: the pinhole of `human_pose_util.camera` with skew and distortion.

The model is Brown's, with the coefficients in the order of Bouguet's calibration toolbox and of
OpenCV: k1, k2 (radial), p1, p2 (tangential), k3 (radial).
"""

from dataclasses import dataclass, field

import numpy as np

from human_pose_util.camera import Camera


def distort(xy, k) -> np.ndarray:
    """Points of the image plane z = 1 after the distortion of a lens.

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
    distorted_x = x * radial + 2 * p1 * x * y + p2 * (square + 2 * x**2)
    distorted_y = y * radial + p1 * (square + 2 * y**2) + 2 * p2 * x * y
    return np.stack([distorted_x, distorted_y], axis=-1)


@dataclass(frozen=True, eq=False)
class LensCamera(Camera):
    """A camera with its lens.

    Attributes:
        distortion: [5] k1, k2, p1, p2, k3, as in `distort`.
        skew: u = f_x·(x + skew·y) + c_x.
    """

    distortion: np.ndarray = field(default_factory=lambda: np.zeros(5))
    skew: float = 0.0

    def project(self, p3c) -> np.ndarray:
        """Image points [..., 2] (with distortion) of points [..., 3] in the camera frame."""
        xy = distort(p3c[..., :2] / p3c[..., 2:], self.distortion)
        sheared = np.stack([xy[..., 0] + self.skew * xy[..., 1], xy[..., 1]], axis=-1)
        return sheared * self.f + self.c
