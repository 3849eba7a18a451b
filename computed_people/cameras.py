"""Four cameras around the capture space, much like Human3.6M's."""

from dataclasses import dataclass

import numpy as np

from human_pose_util.transforms import project, transform_frame

IMAGE_SIZE = (1000, 1002)  # width, height in pixels
_AIM_HEIGHT = 900.0  # mm


@dataclass(frozen=True)
class Camera:
    """A pinhole camera: p3c = R·p3w + t, u = f·x/z + c."""

    id: str
    r: np.ndarray  # [3, 3]
    t: np.ndarray  # [3] mm
    f: np.ndarray  # [2] pixels
    c: np.ndarray  # [2] pixels

    def view(self, p3w) -> tuple[np.ndarray, np.ndarray]:
        """What the camera sees.

        Args:
            p3w: [..., n_joints, 3] world positions, mm.

        Returns:
            p3c: [..., n_joints, 3] mm, and p2: [..., n_joints, 2] pixels.
        """
        p3c = transform_frame(p3w, self.r, self.t)
        return p3c, project(p3c, self.f, self.c)


def look_at(position, target, roll: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Extrinsics of a camera at a position (x right, y down, z forward).

    Args:
        position: [3] of the camera in the world, z up.
        target: [3] world point at the image's centre.
        roll: radians by which the camera is turned about its viewing direction.

    Returns:
        r: [3, 3], t: [3], with p3c = R·p3w + t.
    """
    forward = np.subtract(target, position)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cos, sin = np.cos(roll), np.sin(roll)
    r = np.stack([cos * right + sin * down, cos * down - sin * right, forward])
    return r, -r @ position


def _camera(name, x, y, height, roll, f, c) -> Camera:
    r, t = look_at([x, y, height], [0.0, 0.0, _AIM_HEIGHT], roll)
    return Camera(name, r, t, np.array(f), np.array(c))


CAMERAS = (
    _camera("54138969", 1850.0, 4950.0, 1560.0, 0.010, (1145.1, 1143.7), (512.6, 515.4)),
    _camera("55011271", 1780.0, -5050.0, 1610.0, -0.012, (1149.6, 1147.5), (508.9, 508.0)),
    _camera("58860488", -1870.0, 5150.0, 1490.0, 0.006, (1149.2, 1148.7), (519.7, 501.5)),
    _camera("60457274", -1820.0, -4800.0, 1570.0, -0.008, (1145.4, 1144.9), (514.9, 501.8)),
)
