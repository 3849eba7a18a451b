"""The camera of a film: what is known of it, for the whole film or for each frame."""

from typing import Any

import numpy as np
from pydantic import field_validator, model_validator

from human_pose_util.errors import DataError
from human_pose_util.transforms import FROM_THREE_NUMBERS, is_rotation
from human_pose_util.validation import Parsed, StrictModel, parse

_SHAPES = {"f": (2,), "c": (2,), "r": (3, 3), "t": (3,)}
"""The shape of each key for the whole film; one for each frame has an axis of frames before it."""

_EXPECTED = {
    "f": "two focal lengths, or two for each frame",
    "c": "two numbers",
    "r": f"3 rows of an orthonormal matrix, or a matrix for each frame; {FROM_THREE_NUMBERS}",
    "t": "three numbers, or three for each frame",
}
"""What an error says that a key should be."""

_PER_FRAME = ("f", "r", "t")
"""The keys that may be known for each frame: a film has one principal point."""


# The metaclass makes FilmCamera(...) in Python raise SpecError, as a file does.
class FilmCamera(StrictModel, metaclass=Parsed):
    """What is known of a camera; the keys of a `camera.json`, all of them optional.

    `f`, `r` and `t` are those of the whole film, or lists of those of each frame of a film whose
    camera zooms, turns or moves.

    Attributes:
        f: focal lengths [px]; by default unknown, and one focal length for both axes is solved for.
        c: principal point [px]; by default the middle of the image.
        r: rotation from the world's frame to the camera's, a matrix by rows; by default unknown.
            With `t`, the world has z up and its floor at 0. Rotations of each frame may be given
            without `t`. Their world need not have z up then: only how the camera turns counts.
        t: translation to the camera's frame [mm].

    Raises:
        SpecError: no camera has these values; the message names the key.
    """

    f: list | None = None
    c: list | None = None
    r: list | None = None
    t: list | None = None

    @field_validator("f", "c", "r", "t", mode="before")
    @classmethod
    def _has_a_known_shape(cls, value: Any, info) -> Any:
        """A key as nested lists; ValueError where no camera has such a value."""
        if value is None:
            return value
        name, shape = info.field_name, _SHAPES[info.field_name]
        problem = ValueError(f"expected {_EXPECTED[name]}")
        # NumPy refuses lists of unequal lengths, so every shape that passes is that of an array.
        try:
            array = np.array(value, float)
        except (TypeError, ValueError):
            raise problem from None
        is_of_frames = name in _PER_FRAME and array.shape[1:] == shape and len(array) > 0
        if not (array.shape == shape or is_of_frames) or not np.isfinite(array).all():
            raise problem
        if name == "r" and not is_rotation(array).all():
            raise problem
        if name == "f" and not (array > 0).all():
            raise ValueError("expected focal lengths greater than 0")
        # Lists, not arrays: they can be compared and written as JSON.
        return array.tolist()

    @model_validator(mode="after")
    def _parts_fit_together(self):
        """The camera; ValueError where keys contradict each other, or lack one that they need."""
        numbers = {name: len(values) for name, values in self._of_frames.items()}
        if len(set(numbers.values())) > 1:
            parts = ", ".join(f"{name} for {n}" for name, n in numbers.items())
            raise ValueError(f"the numbers of frames differ: {parts}")
        if not self.has_rotations and (self.r is None) != (self.t is None):
            raise ValueError("r and t go together: give both, or none, or r of each frame")
        # f is found only with a camera whose place is unknown.
        if self.r is not None and self.f is None:
            raise ValueError("a camera whose place or rotation is known needs f")
        return self

    @classmethod
    def of(cls, camera: Any) -> "FilmCamera":
        """What a caller gives as the camera: a `FilmCamera`, a dict of its keys, or None.

        Args:
            camera: the camera; None where nothing is known of it.

        Raises:
            SpecError: it is something else.
        """
        return parse(cls, {} if camera is None else camera, "camera")

    @property
    def is_placed(self) -> bool:
        """Whether the camera's place in the world is known."""
        return self.t is not None

    @property
    def needs_steadying(self) -> bool:
        """Whether the camera is known to turn or to zoom, and nothing is known of its place."""
        return self.n_frames is not None and not self.is_placed

    @property
    def has_rotations(self) -> bool:
        """Whether the rotation of each frame is known."""
        return "r" in self._of_frames

    @property
    def n_frames(self) -> int | None:
        """Number of frames that are described; None where all frames are described alike."""
        # All keys that are known for each frame have equal numbers of frames: the first one tells.
        return next(map(len, self._of_frames.values()), None)

    def part(self, first: int, last: int) -> "FilmCamera":
        """The camera of the frames from `first` to before `last`.

        Args:
            first: the first frame.
            last: the end, one after the last frame.

        Raises:
            DataError: fewer frames are described.
        """
        if self.n_frames is None:
            return self
        self.check_frames(last)
        parts = {name: values[first:last] for name, values in self._of_frames.items()}
        return self.model_copy(update=parts)

    def check_frames(self, last: int) -> None:
        """Check that every frame before `last` is described.

        Args:
            last: the end, one after the last frame.

        Raises:
            DataError: fewer frames are described.
        """
        if self.n_frames is not None and last > self.n_frames:
            raise DataError(
                f"the camera is described for {self.n_frames} frames, and people are seen in "
                f"frame {last - 1}: describe every frame of the film, or none"
            )

    def summary(self) -> dict[str, Any]:
        """The keys, with the number of frames in place of what is known of each frame."""
        counts = {name: f"of {len(values)} frames" for name, values in self._of_frames.items()}
        return self.model_dump() | counts

    @property
    def _of_frames(self) -> dict[str, list]:
        """The keys that are known for each frame, with a value for each."""
        values = {name: getattr(self, name) for name in _PER_FRAME}
        return {
            name: value
            for name, value in values.items()
            if value is not None and np.ndim(value) > len(_SHAPES[name])
        }
