"""Where a film's camera stands: one vertical and one floor, from all people and frames."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit
from lifting.stance.film_poses import FilmPoses
from lifting.stance.vertical import vertical


class Place(NamedTuple):
    """Where a camera stands: p3c = R·p3w + t.

    Attributes:
        r: [3, 3] rotation from the world's frame to the camera's.
        t: [3] translation to the camera's frame [mm].
    """

    r: np.ndarray
    t: np.ndarray

    def to_world(self, p3c: np.ndarray) -> np.ndarray:
        """Points of the camera's frame [..., 3] in the world [mm]."""
        return (p3c - self.t) @ self.r


def level_view(people: Sequence[FilmPoses], skeleton: Skeleton, fps: float) -> Place:
    """The place of a camera in a world in which it stands above the origin and looks along y.

    The height of the camera is a median over all frames, so that some may be wrong.

    Args:
        people: the poses of people in one shot; at least one has a frame.
        skeleton: their skeleton.
        fps: frames per second.
    """
    z = vertical(people, skeleton, fps)
    is_steep = abs(z[2]) > 0.999  # then the top of the image is ahead
    ahead = np.array([0.0, -1.0, 0.0] if is_steep else [0.0, 0.0, 1.0])
    y = unit(ahead - (ahead @ z) * z)
    floor = np.median(np.concatenate([poses.lowest(z) for poses in people]))
    return Place(np.stack([np.cross(y, z), y, z], axis=1), floor * z)
