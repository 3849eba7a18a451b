"""The vertical and the floor of a stream, from the poses of its last frames."""

from collections import deque

import numpy as np

from human_pose_util.skeleton import Skeleton
from lifting.stance.film_poses import FilmPoses
from lifting.stance.level_view import Place, level_view

N_FLOOR, FLOOR_STEP = 300, 4
"""Number of frames from which the vertical and the floor are taken, and number of frames after
which they are taken anew: they change slowly."""

FLOOR_RATE = 30.0
"""Frames per second at most that count for the floor. Of a stream with twice as many, every second
one counts, so that the frames cover ten seconds."""


class RecentFloor:
    """Where the camera of a stream stands, by the poses of the last frames.

    Args:
        skeleton: skeleton of the poses.
        fps: frames per second of the stream.

    Attributes:
        place: where the camera stands; None before a frame shows the person.
    """

    def __init__(self, skeleton: Skeleton, fps: float):
        self._skeleton, self._every = skeleton, max(round(fps / FLOOR_RATE), 1)
        self._fps = fps / self._every
        self._poses: deque[FilmPoses] = deque(maxlen=N_FLOOR)
        self._n_fits = 0
        self.place: Place | None = None

    def add(self, poses: FilmPoses) -> None:
        """Add the poses of the newest frames, as far as they were observed, where it is time."""
        if self._n_fits % self._every == 0:
            self._poses.extend(map(FilmPoses._make, zip(*poses, strict=True)))
        if self._poses and self._n_fits % (self._every * FLOOR_STEP) == 0:
            together = FilmPoses(*map(np.stack, zip(*self._poses, strict=True)))
            self.place = level_view([together], self._skeleton, self._fps)
        self._n_fits += 1
