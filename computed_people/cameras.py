"""Four cameras around the capture space, much like those of Human3.6M."""

import numpy as np

from human_pose_util.camera import Camera

IMAGE_SIZE = (1000, 1002)
"""Width and height of every camera's image [px]."""

_AIM_HEIGHT = 900.0  # mm above the floor: the cameras look at the middle of the people


def look_at(position, target, roll: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Extrinsics of a camera that stands at a position and looks at a target.

    Args:
        position: [3] position of the camera in the world, z up.
        target: [3] world point at the centre of the image, in the unit of `position`; it must not
            lie right above or below the camera.
        roll: angle [rad] by which the camera is turned about its viewing direction.

    Returns:
        r: [3, 3] rotation and t: [3] translation, in the unit of `position`, with
        p3c = R·p3w + t and OpenCV axes (x right, y down, z forward).
    """
    # The rows of R are the camera's axes in the world: right is perpendicular to the viewing
    # direction and to the vertical, down to right and to the viewing direction.
    forward = np.subtract(target, position)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cos, sin = np.cos(roll), np.sin(roll)
    r = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
    return r, -r @ position


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
