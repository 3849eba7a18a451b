"""A pinhole camera as one value: where it stands, and how it projects."""

from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.transforms import (
    camera_centre,
    inverse_transform_frame,
    project,
    transform_frame,
)


@dataclass(frozen=True, eq=False)
class Camera:
    """Pinhole cameras: p3c = R·p3w + t, u = f·x/z + c, in OpenCV axes (x right, y down, z ahead).

    One camera, or one for each frame: then every array has leading dimensions [A1, ..., An].
    Lengths are in any one unit (that of `t`), image points in another (that of `f` and `c`).

    Attributes:
        r: [..., 3, 3] rotations from the world's frame to the camera's.
        t: [..., 3] translations to the camera's frame.
        f: [..., 2] focal lengths.
        c: [..., 2] principal points.
        image_size: (width, height) of the image; None where it is not known.
    """

    r: np.ndarray
    t: np.ndarray
    f: np.ndarray
    c: np.ndarray
    image_size: tuple[float, float] | None = None

    @property
    def position(self) -> np.ndarray:
        """[..., 3] where the camera stands in the world, −Rᵀ·t."""
        return camera_centre(self.r, self.t)

    @property
    def size(self) -> tuple[float, float]:
        """(width, height) of one camera's image: twice the principal point if it is not known."""
        width, height = self.image_size if self.image_size else 2 * np.asarray(self.c)
        return float(width), float(height)

    def to_camera(self, p3w) -> np.ndarray:
        """World points [..., n_points, 3] in the camera's frame, the same shape."""
        return transform_frame(p3w, self.r, self.t)

    def to_world(self, p3c) -> np.ndarray:
        """Points [..., n_points, 3] of the camera's frame in the world, the same shape."""
        return inverse_transform_frame(p3c, self.r, self.t)

    def project(self, p3c) -> np.ndarray:
        """Image points [..., n_points, 2] of points [..., n_points, 3] in the camera's frame."""
        return project(p3c, self.f, self.c)

    def at(self, rows) -> "Camera":
        """The cameras of some frames, of those that have a leading axis of frames.

        Args:
            rows: an index array or a slice of the frames.
        """
        return replace(self, r=self.r[rows], t=self.t[rows], f=self.f[rows], c=self.c[rows])
