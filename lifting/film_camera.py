"""The camera of a film: what is known of it."""

from typing import Annotated, Any

import numpy as np
from pydantic import Field, PositiveFloat, field_validator, model_validator

from human_pose_util.transforms import FROM_THREE_NUMBERS, is_rotation
from human_pose_util.validation import StrictModel


class FilmCamera(StrictModel):
    """What is known of a camera that does not move; the keys of a `camera.json`.

    Attributes:
        f: focal lengths [px]; by default unknown, and one focal length for both axes is solved for.
        c: principal point [px]; by default the middle of the image.
        r: rotation from the world's frame (z up) to the camera's, a matrix by rows; by default
            unknown.
        t: translation to the camera's frame [mm]; r and t are given together or not at all.
    """

    f: Annotated[list[PositiveFloat], Field(min_length=2, max_length=2)] | None = None
    c: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    r: list[list[float]] | None = None
    t: Annotated[list[float], Field(min_length=3, max_length=3)] | None = None

    @model_validator(mode="after")
    def _a_place_is_whole(self):
        if (self.r is None) != (self.t is None):
            raise ValueError("r and t go together: give both, or none")
        if self.r is not None and self.f is None:
            raise ValueError("a camera whose place is known needs f")
        return self

    @field_validator("r", mode="before")
    @classmethod
    def _r_is_a_rotation(cls, value: Any) -> Any:
        if value is not None and not _is_rotation(value):
            raise ValueError(f"expected 3 rows of an orthonormal matrix; {FROM_THREE_NUMBERS}")
        return value

    @property
    def is_placed(self) -> bool:
        """Whether the camera's place in the world is known."""
        return self.r is not None


def _is_rotation(r: Any) -> bool:
    """Whether r is an orthonormal matrix [3, 3]."""
    try:
        matrix = np.array(r, float)
    except (TypeError, ValueError):
        return False
    return matrix.shape == (3, 3) and bool(is_rotation(matrix))
