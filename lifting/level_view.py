"""Where a film's camera stands: one vertical and one floor, from all people and frames."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton
from lifting.balance import Stance, can_balance

POSE_STD, BALANCE_STD = 8.0, 3.5
"""Standard deviations [degrees] of the vertical that the poses of a person tell together, and of
the one that the person's balance tells."""

FARTHEST = 25.0
"""Angle [degrees] between both from which balance tells nothing: someone sits, leans against
something or is carried."""

UNSTEADY = 2.0
"""Acceleration of the centre of mass [m/s²] at which balance counts half."""

STEADY_TIME = 1 / 6
"""Seconds over which accelerations are measured, so that they are those of the motion and not those
of errors."""

ROUNDS = 4
"""How often the vertical is found, each time with the feet that carry along the one before."""


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


class FilmPoses(NamedTuple):
    """The poses of a person in the camera's frame, as each frame was fitted.

    Attributes:
        p3c: [n_frames, n_joints, 3] mm.
        up: [n_frames, 3] unit vectors, the vertical as the pose of each frame tells it.
    """

    p3c: np.ndarray
    up: np.ndarray


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
    y = _unit(ahead - (ahead @ z) * z)
    floor = np.median(np.concatenate([(poses.p3c @ z).min(axis=1) for poses in people]))
    return Place(np.stack([np.cross(y, z), y, z], axis=1), floor * z)


def vertical(people: Sequence[FilmPoses], skeleton: Skeleton, fps: float) -> np.ndarray:
    """The vertical in the camera's frame, a unit vector [3].

    Every person gives one vertical by the poses and one by balance. The unit vector u that
    minimises Σ ‖u − d‖²/σ² over these directions d is that of their weighted sum.

    Args:
        people: the poses of people in one shot; at least one has a frame.
        skeleton: their skeleton.
        fps: frames per second.
    """
    of_poses = [_unit(np.median(poses.up, axis=0)) for poses in people]
    up = _unit(np.sum(of_poses, axis=0))
    if not can_balance(skeleton):
        return up
    stances = [Stance.of(p3c, skeleton) for p3c, _ in people]
    steadiness = [_steadiness(stance.centre, fps) for stance in stances]
    poses = np.sum(of_poses, axis=0) / POSE_STD**2
    for _ in range(ROUNDS):
        balances = [
            steady * _of_balance(stance, up, of_pose) / BALANCE_STD**2
            for stance, of_pose, steady in zip(stances, of_poses, steadiness, strict=True)
        ]
        up = _unit(poses + np.sum(balances, axis=0))
    return up


def _of_balance(stance: Stance, up: np.ndarray, of_pose: np.ndarray) -> np.ndarray:
    """The vertical [3] that a person's balance tells, as long as its weight, 0 to 1.

    Balance counts by the share of the frames in which the person stands, and the less the more it
    contradicts `of_pose` [3], the vertical of the person's poses. `up` [3] is the vertical so far.
    """
    arrows = stance.arrows(up)
    arrows = arrows[np.isfinite(arrows).all(axis=1)]
    if not len(arrows):
        return np.zeros(3)
    direction = _unit(_unit(arrows).mean(axis=0))
    angle = np.degrees(np.arccos(np.clip(direction @ of_pose, -1, 1)))
    agreement = max(0.0, 1 - (angle / FARTHEST) ** 2)
    return agreement * len(arrows) / len(stance.centre) * direction


def _steadiness(centre: np.ndarray, fps: float) -> float:
    """How little a centre of mass [n_frames, 3] mm accelerates, 1 for not at all."""
    step = max(round(STEADY_TIME * fps), 1)
    second = np.diff(centre[::step], 2, axis=0)
    if not len(second):
        return 1.0
    acceleration = np.median(np.linalg.norm(second, axis=1)) * (fps / step) ** 2 / 1000
    return float(1 / (1 + (acceleration / UNSTEADY) ** 2))


def _unit(v: np.ndarray) -> np.ndarray:
    """Vectors [..., 3] of length 1."""
    return v / np.linalg.norm(v, axis=-1, keepdims=True)
