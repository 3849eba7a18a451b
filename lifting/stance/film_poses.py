"""The poses of a person before one camera, which are the evidence of how the person stands."""

from typing import NamedTuple

import numpy as np


class FilmPoses(NamedTuple):
    """The poses of a person in the camera's frame, as each frame was fitted.

    Attributes:
        p3c: [n_frames, n_joints, 3] mm.
        up: [n_frames, 3] unit vectors, the vertical as the pose of each frame tells it.
        is_shown: [n_frames, n_joints] whether the image shows a joint.
    """

    p3c: np.ndarray
    up: np.ndarray
    is_shown: np.ndarray

    def lowest(self, up: np.ndarray) -> np.ndarray:
        """[n_frames] heights of the lowest joints above the camera [mm], if a direction is up."""
        return np.asarray((self.p3c @ up).min(axis=1))


NO_POSES = FilmPoses(np.zeros((0, 0, 3)), np.zeros((0, 3)), np.zeros((0, 0), bool))
"""Poses of no frame."""
