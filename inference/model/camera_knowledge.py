"""What an inference knows of the camera, and what it has to solve for."""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, PositiveFloat, model_validator

from human_pose_util.camera import Camera, likely_focal_length
from human_pose_util.errors import DataError
from human_pose_util.validation import Parsed, StrictModel

Size = Annotated[list[PositiveFloat], Field(min_length=2, max_length=2)]


class CameraKnowledge(StrictModel, metaclass=Parsed):
    """Which parameters of a camera an inference may use; it solves for the others.

    Attributes:
        extrinsics: "known": poses are found in the world, on its floor. "unknown": poses are found
            in the camera's frame, and the camera's place in the world stays unknown.
        intrinsics: "known": focal lengths and principal point are used. "focal": the principal
            point is used, and the search solves for one factor of the focal lengths for each
            sequence. "unknown": the search solves for that factor and for the principal point.
        size: [width, height] of the image in pixels. A search for intrinsics starts from
            f = max(width, height) and, where the principal point is unknown, from the middle of
            the image. Default: twice the principal point, where that is known.

    Raises:
        SpecError: an unknown key, a value that is not allowed, unknown intrinsics without size, or
            size with known intrinsics.
    """

    extrinsics: Literal["known", "unknown"] = "known"
    intrinsics: Literal["known", "focal", "unknown"] = "known"
    size: Size | None = None

    @model_validator(mode="after")
    def _a_size_is_for_unknown_intrinsics(self):
        if self.intrinsics == "unknown" and self.size is None:
            raise ValueError("intrinsics 'unknown' needs size, [width, height] in pixels")
        if self.intrinsics == "known" and self.size is not None:
            raise ValueError("size needs intrinsics 'focal' or 'unknown', which it is a guess for")
        return self

    def usable(self, camera: Camera, pixel_scale: float) -> Camera:
        """Cameras with what is likely in place of the parameters that may not be used.

        Unknown extrinsics become those of the camera's own frame. Unknown intrinsics become what
        is likely for the size of the image.

        Args:
            camera: the cameras of frames: arrays [n_frames, ...].
            pixel_scale: the unit of image points [px].

        Raises:
            DataError: nothing tells the size of the image.
        """
        if self.extrinsics == "unknown":
            n = len(camera.t)
            camera = replace(camera, r=np.tile(np.eye(3), (n, 1, 1)), t=np.zeros((n, 3)))
        if self.intrinsics != "known":
            size = self._image_size(camera, pixel_scale)
            c = size / 2 if self.intrinsics == "unknown" else camera.c
            camera = replace(camera, f=likely_focal_length(size), c=c)
        return camera

    def _image_size(self, camera: Camera, pixel_scale: float) -> np.ndarray:
        """[n_frames, 2] width and height of the image, in the unit of image points."""
        n = len(camera.c)
        if self.size is not None:
            return np.tile(np.array(self.size) / pixel_scale, (n, 1))
        if camera.image_size is not None:
            return np.tile(camera.image_size, (n, 1))
        if (camera.c.max(axis=1) <= 0).any():
            raise DataError(
                "intrinsics 'focal' takes the image for twice the principal point c, neither "
                "coordinate of which is positive: give the image's size (camera.size)"
            )
        return 2 * camera.c
