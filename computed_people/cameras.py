"""Four cameras around the capture space, much like those of Human3.6M."""

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.transforms import look_at

IMAGE_SIZE = (1000, 1002)
"""Width and height of every camera's image [px]."""

_AIM_HEIGHT = 900.0  # mm above the floor: the cameras look at the middle of the people


def _camera(x, y, height, roll, f, c) -> Camera:
    """A camera at (x, y, height) mm that looks at the centre of the capture space."""
    r, t = look_at([x, y, height], [0.0, 0.0, _AIM_HEIGHT], roll)
    return Camera(r, t, np.array(f), np.array(c), IMAGE_SIZE)


CAMERAS = {
    "54138969": _camera(1850.0, 4950.0, 1560.0, 0.010, (1145.1, 1143.7), (512.6, 515.4)),
    "55011271": _camera(1780.0, -5050.0, 1610.0, -0.012, (1149.6, 1147.5), (508.9, 508.0)),
    "58860488": _camera(-1870.0, 5150.0, 1490.0, 0.006, (1149.2, 1148.7), (519.7, 501.5)),
    "60457274": _camera(-1820.0, -4800.0, 1570.0, -0.008, (1145.4, 1144.9), (514.9, 501.8)),
}
"""Human3.6M's name of each camera → the camera, in mm and px."""
