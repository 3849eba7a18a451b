"""What an inference knows of the camera, and what it has to solve for."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, model_validator

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
