"""What is known of the camera."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from human_pose_util.validation import StrictModel

Positive = Annotated[float, Field(gt=0)]
Size = Annotated[list[Positive], Field(min_length=2, max_length=2)]


class Camera(StrictModel):
    """What an inference may use of the camera that a data set names.

    Attributes:
        extrinsics: "known": poses are found in the world, on its floor; "unknown": in the
            camera's frame, whose place in the world is not asked for.
        intrinsics: "known"; "focal": the principal point is known, the focal length is solved
            for, one for a sequence; "unknown": both are solved for.
        size: [width, height] of the image in pixels. Unknown intrinsics start from
            f = max(width, height) and c = the middle. By default twice the principal point, where
            that is known.
    """

    extrinsics: Literal["known", "unknown"] = "known"
    intrinsics: Literal["known", "focal", "unknown"] = "known"
    size: Size | None = None

    @model_validator(mode="after")
    def _unknown_intrinsics_need_a_size(self):
        if self.intrinsics == "unknown" and self.size is None:
            raise ValueError("intrinsics 'unknown' needs size, [width, height] in pixels")
        return self
