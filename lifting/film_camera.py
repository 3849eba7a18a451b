"""The camera of a film: what is known of it, and how it stands to the floor if that is not."""

from typing import Annotated

import numpy as np
from pydantic import Field, model_validator

from human_pose_util.transforms import as_matrix, is_rotation, vector_to_matrix
from human_pose_util.validation import StrictModel
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from inference.solvers.status import Status

Positive = Annotated[float, Field(gt=0)]


class FilmCamera(StrictModel):
    """What is known of a camera that does not move, as a `camera.json` says it.

    Attributes:
        f: focal lengths [px]; by default not known, and solved for, one for both axes.
        c: principal point [px]; by default the middle of the image.
        r: rotation from the world, z up, to the camera's frame: a vector, or a matrix by rows; by
            default not known.
        t: translation to the camera's frame [mm]; r and t go together.
    """

    f: Annotated[list[Positive], Field(min_length=2, max_length=2)] | None = None
    c: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    r: Annotated[list[float] | list[list[float]], Field(min_length=3, max_length=3)] | None = None
    t: Annotated[list[float], Field(min_length=3, max_length=3)] | None = None

    @model_validator(mode="after")
    def _a_place_is_whole(self):
        if (self.r is None) != (self.t is None):
            raise ValueError("r and t go together: give both, or none")
        if self.r is not None and self.f is None:
            raise ValueError("a camera whose place is known needs f")
        if self.r is not None and not _is_rotation(self.r):
            raise ValueError("r is no rotation: 3 numbers, or 3 rows of an orthonormal matrix")
        return self

    @property
    def is_placed(self) -> bool:
        """Whether its place in the world is known."""
        return self.r is not None


def _is_rotation(r) -> bool:
    try:
        with np.errstate(all="ignore"):  # of a vector too long for a number comes NaN
            matrix = as_matrix(np.array(r, float))
    except ValueError:
        return False
    return matrix.shape == (3, 3) and bool(is_rotation(matrix))


def place_of(observed: Observations) -> tuple[np.ndarray, np.ndarray]:
    """R [3, 3] and t [3], mm, of the camera that observed."""
    return observed.r[0], 1000 * observed.t[0]


def floor_seen(result: InferenceResult, p3c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The vertical and the lowest joint of every frame that was seen, in the camera's frame.

    Args:
        result: poses in the camera's frame.
        p3c: [n_frames, n_joints, 3] the same.

    Returns:
        [n, 3] and [n, 3].
    """
    rows = np.flatnonzero(result.status != Status.NO_OBSERVATIONS)
    up = vector_to_matrix(result.rotation[rows].astype(np.float64))[:, :, 2]
    heights = np.einsum("njk,nk->nj", p3c[rows], up)
    lowest = np.take_along_axis(p3c[rows], heights.argmin(axis=1)[:, None, None], axis=1)
    return up, lowest[:, 0]


def level_view(up: np.ndarray, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How a camera stands to the floor of a world in which it looks along y from x = y = 0.

    Args:
        up: [n_frames, 3] the vertical in the camera's frame, as each frame has it.
        floor: [n_frames, 3] points on the floor in the camera's frame, likewise.

    Returns:
        r: [3, 3] and t: [3] with p3c = R·p3w + t; medians over the frames.
    """
    z = _unit(np.median(up, axis=0))
    is_steep = abs(z[2]) > 0.999  # then the top of the image is ahead
    ahead = np.array([0.0, -1.0, 0.0] if is_steep else [0.0, 0.0, 1.0])
    y = _unit(ahead - (ahead @ z) * z)
    return np.stack([np.cross(y, z), y, z], axis=1), np.median(floor @ z) * z


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)
