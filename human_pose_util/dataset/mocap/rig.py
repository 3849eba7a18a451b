"""The virtual cameras of motion capture, which is recorded without cameras.

By default there are four, as in Human3.6M, around the middle of each recording; `dataset.json` can
list others. World: z up, mm. Camera: OpenCV axes (x right, y down, z forward).
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Field, Tag, field_validator

from human_pose_util.transforms import is_rotation
from human_pose_util.validation import StrictModel

Length = Annotated[float, Field(gt=-1e6, lt=1e6)]
Positive = Annotated[float, Field(gt=0, lt=1e6)]
Pixels = Annotated[int, Field(gt=0, lt=100_000)]


def look_at(position: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Extrinsics of a level camera that looks at a point.

    Args:
        position: [3] where the camera is in the world; not straight above or below the target.
        target: [3] the point in the world that is on the optical axis.

    Returns:
        r: [3, 3] and t: [3] with p3c = R·p3w + t.
    """
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    r = np.stack([right, np.cross(forward, right), forward])
    return r, -r @ position


class _Camera(StrictModel):
    """The fields of every camera; f, c and image_size are in px."""

    id: Annotated[str, Field(pattern=r"^\w[\w.-]{0,63}$")] = ""
    f: tuple[Positive, Positive] = (1145.0, 1145.0)
    c: tuple[Length, Length] = (512.0, 512.0)
    image_size: tuple[Pixels, Pixels] = (1024, 1024)


class RigCamera(_Camera):
    """A camera beside each recording, aimed at its middle.

    Attributes:
        azimuth: direction from the middle to the camera, degrees from x towards y.
        distance: horizontal distance from the middle, mm.
        height: height of the camera above the floor, mm.
        aim_height: height of the point at which the camera aims, mm.
    """

    azimuth: Annotated[float, Field(ge=-360, le=360)]
    distance: Annotated[float, Field(ge=1, lt=1e6)] = 5000.0  # A nearer camera looks straight down.
    height: Length = 1500.0
    aim_height: Length = 900.0

    def extrinsics(self, middle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """r: [3, 3] and t: [3], mm, for a recording whose mean root is at `middle` [3], mm."""
        azimuth = np.deg2rad(self.azimuth)
        offset = self.distance * np.array([np.cos(azimuth), np.sin(azimuth)])
        target = np.array([middle[0], middle[1], self.aim_height])
        return look_at(np.array([*(target[:2] + offset), self.height]), target)


class FixedCamera(_Camera):
    """A camera that stands in one place for all recordings, p3c = R·p3w + t.

    Attributes:
        r: the rows of R.
        t: translation, mm.
    """

    r: tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
    t: tuple[Length, Length, Length]

    @field_validator("r")
    @classmethod
    def _is_rotation(cls, r: tuple) -> tuple:
        if not is_rotation(r, atol=1e-5):
            raise ValueError("the rows are no rotation matrix (to 1e-5)")
        return r

    def extrinsics(self, _: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """r: [3, 3] and t: [3], mm, which are the same for every recording."""
        return np.array(self.r), np.array(self.t)


def _kind(value: object) -> Literal["fixed", "rig"]:
    return "fixed" if isinstance(value, dict) and ("r" in value or "t" in value) else "rig"


Camera = Annotated[
    Annotated[RigCamera, Tag("rig")] | Annotated[FixedCamera, Tag("fixed")], Discriminator(_kind)
]

_AZIMUTHS = (40.0, 130.0, 220.0, 310.0)
DEFAULT_RIG = tuple(RigCamera(id=f"cam{i}", azimuth=a) for i, a in enumerate(_AZIMUTHS))
