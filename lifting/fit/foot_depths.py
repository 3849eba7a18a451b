"""How feet that stand move along the optical axis, which tells of the focal length.

Perspective tells little of it. With a focal length x times as long, people who are x times as far
away look nearly the same in the same poses. But where someone comes nearer or goes away, hips and
feet move along the optical axis, and a foot that stands must not: relative to the hips, it moves as
fast as they do, the other way. If the focal length is too long, the hips move too fast for that.

Motion across the optical axis has no part in it: it also tells how the camera pans or sways.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from human_pose_util.robust import weighted_median
from human_pose_util.skeleton import Skeleton
from human_pose_util.units import MM_PER_M
from lifting.stance.balance import FADE, LOWER, Stance, ankles, loads

STEP_TIME = 0.15
"""Time [s] over which speeds are measured, through all of which a foot has to stand."""

MOVING = 0.2
"""Speed of the hips [m/s] above which a foot that stands tells of the focal length. Someone who
stays in place for most of a shot must not hide how they come nearer in the rest of it."""


class FootDepths(NamedTuple):
    """Speeds along the optical axis, of feet that stand and of the hips above them.

    A row tells of the time from its frame to `STEP_TIME` later.

    Attributes:
        feet: [n, 2] speeds of both feet [m/s].
        hips: [n, 1] speeds of the hips [m/s].
        weights: [n, 2] how much each foot stands, times the time between two frames [s]; 0 where
            the hips do not move (`MOVING`).
    """

    feet: np.ndarray
    hips: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(
        cls, p3c: np.ndarray, up: np.ndarray, is_shown: np.ndarray, skeleton: Skeleton, fps: float
    ) -> "FootDepths":
        """The feet of a person in a shot; no rows where the shot is shorter than `STEP_TIME`.

        Args:
            p3c: [n_frames, n_joints, 3] poses in the camera's frame [mm].
            up: [3] the vertical in the camera's frame.
            is_shown: [n_frames, n_joints] whether the image shows a joint.
            skeleton: the skeleton, for which `can_balance` holds.
            fps: frames per second.
        """
        lag = max(1, round(STEP_TIME * fps))
        if len(p3c) <= lag:
            return cls(*(np.zeros((0, n)) for n in (2, 1, 2)))
        stance = Stance.of(p3c, skeleton)
        stands = is_shown[:, ankles(skeleton)] & stance.stands(up)[:, None]
        bears = loads(stance.feet @ up, LOWER, FADE) * stands
        # The least value in a window: a foot counts if it stands in all of its frames.
        weights = sliding_window_view(bears, lag + 1, axis=0).min(axis=-1) / fps
        hips = [skeleton.joint_index(hip) for hip in skeleton.hips]

        def speeds(depths: np.ndarray) -> np.ndarray:
            return np.abs(depths[lag:] - depths[:-lag]) * fps / lag / MM_PER_M

        of_hips = speeds(p3c[:, hips, 2].mean(axis=1, keepdims=True))
        return cls(speeds(stance.feet[..., 2]), of_hips, weights * (of_hips > MOVING))

    @classmethod
    def joined(cls, people: Sequence["FootDepths"]) -> "FootDepths":
        """The feet of several people, at least one."""
        return cls(*(np.concatenate(columns) for columns in zip(*people, strict=True)))

    @property
    def time(self) -> float:
        """Time [s] for which feet stand while the hips move."""
        return float(self.weights.sum())

    @property
    def speed(self) -> float:
        """Speed of feet that stand [m/s], a median; infinite where none stands."""
        return weighted_median(self.feet, self.weights) if self.time else np.inf

    @property
    def approach(self) -> float:
        """Speed of the hips [m/s], the root of the mean square; 0 where no foot stands."""
        squares = (self.weights * self.hips**2).sum()
        return float(np.sqrt(squares / self.time)) if self.time else 0.0
