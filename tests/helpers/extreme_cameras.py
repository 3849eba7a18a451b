"""Cameras at the ends of what exists, for tests of numbers: focal lengths, distances, places."""

from typing import NamedTuple

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.transforms import rotation_about


class Extreme(NamedTuple):
    """A camera, a subject before it, and the units in which both are given.

    Attributes:
        focal: focal length [px].
        distance: distance of the subject from the camera [m].
        height: height of the subject [m].
        centre: principal point [px].
        roll: turn about the optical axis [rad]; π is upside down.
        origin: distance of the world's origin from the subject [m].
        space_scale: the unit of lengths [mm].
        pixel_scale: the unit of image points [px].
    """

    focal: float = 1145.0
    distance: float = 5.0
    height: float = 1.7
    centre: tuple[float, float] = (512.0, 515.0)
    roll: float = 0.0
    origin: float = 0.0
    space_scale: float = 1000.0
    pixel_scale: float = 1000.0

    @property
    def unit(self) -> float:
        """A metre in the unit of lengths."""
        return 1000.0 / self.space_scale

    @property
    def subject(self) -> np.ndarray:
        """[3] the position of the subject [m]."""
        return self.origin * np.array([0.8, -0.6, 0.0])

    @property
    def camera(self) -> Camera:
        """The camera in these units: 1.5 m high, the subject's middle on its optical axis."""
        eye = self.subject + [0.3 * self.distance, -0.95 * self.distance, 1.5]
        ahead = self.subject + [0.0, 0.0, 0.5 * self.height] - eye
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        r = rotation_about(self.roll, "z") @ np.stack([right, np.cross(ahead, right), ahead])
        f = np.full(2, self.focal / self.pixel_scale)
        return Camera(r, -self.unit * (r @ eye), f, np.array(self.centre) / self.pixel_scale)


EXTREMES = {
    "usual": Extreme(),
    "wide and near": Extreme(focal=300, distance=1.2, height=0.8),
    "long and far": Extreme(focal=5000, distance=50, height=2.2),
    "a few pixels": Extreme(focal=300, distance=50, height=0.8),
    "far off centre": Extreme(focal=5000, distance=50, centre=(-20000, 9000)),
    "upside down": Extreme(roll=np.pi, focal=2000, distance=10),
    "far from the origin": Extreme(origin=100, focal=5000, distance=3),
    "millimetres and pixels": Extreme(space_scale=1, pixel_scale=1),
    "far off in millimetres": Extreme(
        origin=100, space_scale=1, pixel_scale=1, focal=5000, distance=20, roll=2.0
    ),
    "subject heights": Extreme(space_scale=800, height=0.8, origin=100, distance=20),
}
