"""A pinhole camera as one value: where it stands, and how it projects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from human_pose_util.transforms import (
    camera_centre,
    checked_matrix,
    inverse_transform_frame,
    project,
    transform_frame,
)

CAMERA_ARRAYS = ("r", "t", "f", "c")
"""Names of the arrays of a camera, under which files store them as well."""


def likely_focal_length(size: ArrayLike) -> np.ndarray:
    """The focal lengths [..., 2] of a camera of which nothing is known, in the unit of the image.

    They are as long as the longer side, whose field of view is 53 degrees.

    Args:
        size: [..., 2] width and height of the image.
    """
    return np.repeat(np.max(size, axis=-1, keepdims=True), 2, axis=-1)


def camera_moves(attrs: Mapping[str, Any]) -> bool:
    """Whether the attributes of a sequence hold a camera for each frame, and not one for all."""
    return np.ndim(attrs.get("r", ())) == 3


@dataclass(frozen=True, eq=False)
class Camera:
    """Pinhole cameras: p3c = R·p3w + t, u = f·x/z + c, in OpenCV axes (x right, y down, z forward).

    The value holds one camera, or one camera for each frame of a film that a moving camera takes:
    then every array has the leading dimensions [A1, ..., An]. World points and `t` share one unit
    of length (mm, say), image points share the unit of `f` and `c` (px, say).

    Attributes:
        r: [A1, ..., An, 3, 3] rotations from the frame of the world to the frame of the camera;
            an array of another shape is a DataError.
        t: [A1, ..., An, 3] translations to the frame of the camera, in the unit of world points.
        f: [A1, ..., An, 2] focal lengths, in the unit of image points.
        c: [A1, ..., An, 2] principal points, in the unit of image points.
        image_size: (width, height) of the image, in the unit of image points; None where nobody
            knows it.
    """

    r: np.ndarray
    t: np.ndarray
    f: np.ndarray
    c: np.ndarray
    image_size: tuple[float, float] | None = None

    def __post_init__(self):
        checked_matrix(self.r)

    @property
    def is_of_frames(self) -> bool:
        """Whether the value holds a camera for each frame."""
        return np.ndim(self.r) == 3

    @property
    def first(self) -> "Camera":
        """The camera of the first frame, where the value holds a camera for each frame."""
        return self.at(0) if self.is_of_frames else self

    @property
    def position(self) -> np.ndarray:
        """[A1, ..., An, 3] positions of the cameras in the world, −Rᵀ·t."""
        return camera_centre(self.r, self.t)

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) of the image of one camera: `image_size`, else twice its `c`."""
        width, height = self.image_size if self.image_size else 2 * np.asarray(self.c)
        return float(width), float(height)

    def to_camera(self, p3w: ArrayLike) -> np.ndarray:
        """Points of the world [A1, ..., An, n_points, 3] in the frame of the camera."""
        return transform_frame(p3w, self.r, self.t)

    def to_world(self, p3c: ArrayLike) -> np.ndarray:
        """Points of the camera's frame [A1, ..., An, n_points, 3] in the frame of the world."""
        return inverse_transform_frame(p3c, self.r, self.t)

    def project(self, p3c: ArrayLike) -> np.ndarray:
        """Image points [A1, ..., An, n_points, 2] of points in the frame of the camera.

        Args:
            p3c: [A1, ..., An, n_points, 3] points in the frame of the camera, in front of it
                (z > 0).
        """
        return project(p3c, self.f, self.c)

    def project_world(self, p3w: ArrayLike) -> np.ndarray:
        """Image points [A1, ..., An, n_points, 2] of points in the world.

        Args:
            p3w: [A1, ..., An, n_points, 3] points in the frame of the world, in front of the
                camera.
        """
        return self.project(self.to_camera(p3w))

    def at(self, rows) -> "Camera":
        """The cameras of chosen frames, for a value that has a leading axis of frames.

        Args:
            rows: an index array or a slice of the frames.
        """
        return self._with_arrays(lambda name: getattr(self, name)[rows])

    def over_frames(self, n: int) -> "Camera":
        """The camera of each of `n` frames, which is the same unless the value has one for each.

        Args:
            n: number of frames.
        """
        if self.is_of_frames:
            return self
        return self._with_arrays(lambda name: np.stack([getattr(self, name)] * n))

    @classmethod
    def concatenated(cls, cameras: Sequence["Camera"]) -> "Camera":
        """The cameras of frames one after another; the size of the image is that of the first.

        Args:
            cameras: cameras of frames, at least one.
        """
        return cameras[0]._with_arrays(
            lambda name: np.concatenate([getattr(camera, name) for camera in cameras])
        )

    def _with_arrays(self, array: Callable[[str], np.ndarray]) -> "Camera":
        """The camera with other arrays, as a function of their names returns them."""
        arrays: dict[str, Any] = {name: array(name) for name in CAMERA_ARRAYS}
        return replace(self, **arrays)
