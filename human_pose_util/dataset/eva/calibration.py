"""Camera calibrations, `Calibration_Data/<camera>.cal`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset.eva.text import read_numbers
from human_pose_util.dataset.lens import project_through_lens
from human_pose_util.errors import DataError
from human_pose_util.transforms import is_rotation


@dataclass(frozen=True)
class Calibration:
    """A camera with its lens.

    Attributes:
        f: [2] focal lengths [px].
        c: [2] principal point [px].
        skew: u = f_x·(x + skew·y) + c_x.
        distortion: [5] k1, k2, p1, p2, k3.
        r: [3, 3] rotation, world to camera.
        t: [3] translation [mm], world to camera.
    """

    f: np.ndarray
    c: np.ndarray
    skew: float
    distortion: np.ndarray
    r: np.ndarray
    t: np.ndarray

    def project(self, p3c: np.ndarray) -> np.ndarray:
        """Image points [..., 2] (px, distorted) of points [..., 3] in the camera frame."""
        return project_through_lens(p3c, self.f, self.c, self.distortion, self.skew)


def read_calibration(path: Path) -> Calibration:
    """Read a `.cal` file: f, c, skew, 5 distortion coefficients, rotation by rows, translation.

    Raises:
        DataError: the file is missing or damaged, or its rotation is none.
    """
    numbers = read_numbers(path, 22)
    f, c, skew, distortion, r, t = np.split(numbers, [2, 4, 5, 10, 19])
    r = r.reshape(3, 3)
    if not is_rotation(r):
        raise DataError(f"{path}: lines 11 to 19 are no rotation matrix")
    if np.any(f <= 0):
        raise DataError(f"{path}: the focal lengths (lines 1 and 2) are to be positive")
    return Calibration(f, c, float(skew[0]), distortion, r, t)
