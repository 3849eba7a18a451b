"""The virtual cameras of motion capture, which is recorded without cameras.

By default there are four, as in Human3.6M, around the middle of each recording; `dataset.json` can
list others. World: z up, mm. Camera: OpenCV axes (x right, y down, z forward).
"""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from human_pose_util.transforms import is_rotation, look_at
from human_pose_util.validation import StrictModel

Length = Annotated[float, Field(gt=-1e6, lt=1e6)]
Positive = Annotated[float, Field(gt=0, lt=1e6)]
Pixels = Annotated[int, Field(gt=0, lt=100_000)]
_LIST = Field(strict=False)  # A tuple is a list in JSON.
_Row = Annotated[tuple[float, float, float], _LIST]


class RigCamera(StrictModel):
    """A camera, either beside each recording and aimed at its middle, or in one place for all.

    Attributes:
        id: the name of the camera.
        f: focal lengths, px.
        c: principal point, px.
        image_size: width and height, px.
        azimuth: direction from the middle to the camera, degrees from x towards y.
        distance: horizontal distance from the middle, mm.
        height: height of the camera above the floor, mm.
        aim_height: height of the point at which the camera aims, mm.
        r: the rows of R for a camera in one place, p3c = R·p3w + t.
        t: its translation, mm.
    """

    id: Annotated[str, Field(pattern=r"^\w[\w.-]{0,63}$")] = ""
    f: Annotated[tuple[Positive, Positive], _LIST] = (1145.0, 1145.0)
    c: Annotated[tuple[Length, Length], _LIST] = (512.0, 512.0)
    image_size: Annotated[tuple[Pixels, Pixels], _LIST] = (1024, 1024)
    azimuth: Annotated[float, Field(ge=-360, le=360)] | None = None
    distance: Annotated[float, Field(ge=1, lt=1e6)] = 5000.0  # A nearer camera looks straight down.
    height: Length = 1500.0
    aim_height: Length = 900.0
    r: Annotated[tuple[_Row, _Row, _Row], _LIST] | None = None
    t: Annotated[tuple[Length, Length, Length], _LIST] | None = None

    @model_validator(mode="after")
    def _has_one_place(self):
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        beside, fixed = {"azimuth", "distance", "height", "aim_height"} & given, {"r", "t"} & given
        if (fixed and (beside or len(fixed) < 2)) or not (fixed or "azimuth" in beside):
            raise ValueError("give azimuth, distance, height and aim_height, or r and t")
        if self.r is not None and not is_rotation(self.r, atol=1e-5):
            raise ValueError("the rows of r are no rotation matrix (to 1e-5)")
        return self

    def extrinsics(self, middle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """r: [3, 3] and t: [3], mm, for a recording whose mean root is at `middle` [3], mm."""
        if self.azimuth is None:
            return np.array(self.r), np.array(self.t)
        azimuth = np.deg2rad(self.azimuth)
        offset = self.distance * np.array([np.cos(azimuth), np.sin(azimuth)])
        target = np.array([middle[0], middle[1], self.aim_height])
        return look_at(np.array([*(target[:2] + offset), self.height]), target)


_AZIMUTHS = (40.0, 130.0, 220.0, 310.0)
DEFAULT_RIG = tuple(RigCamera(id=f"cam{i}", azimuth=a) for i, a in enumerate(_AZIMUTHS))
