"""The keypoints of the last second of a stream, made clean anew with every frame."""

from copy import copy

import numpy as np

from human_pose_util.keypoints import Person
from human_pose_util.keypoints.clipped import without_clipped
from human_pose_util.keypoints.cuts import STAY, cuts
from human_pose_util.keypoints.detections import hidden, without_unsure
from human_pose_util.keypoints.exchanges import REACH, window_without_exchanges
from human_pose_util.keypoints.outliers import without_outliers
from human_pose_util.skeleton import Skeleton
from lifting.input.keypoint_input import FEWEST_IMAGES, Film, repeats

MEMORY = 1.0
"""Seconds of detections in which exchanges of left and right are undone and paths are smoothed,
with every frame anew: the detections that come in tell where sides are exchanged, how much
keypoints jitter, and how large the person is in the image. Which side is right, all frames so far
tell. With half of it errors are larger by 1 to 2 %, with twice as much by nothing."""


def without_invisible(keypoints: np.ndarray, skeleton: Skeleton, film: Film) -> np.ndarray:
    """Keypoints without those outside the image, and without guesses, as far as they show that.

    Args:
        keypoints: [n_frames, n_joints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        skeleton: their skeleton.
        film: what is known of the film.
    """
    if film.is_size_known:
        keypoints = without_clipped(keypoints, skeleton, film.size, film.fps)
    return without_unsure(keypoints)


class RecentKeypoints:
    """The keypoints of the last frames before one camera.

    Args:
        skeleton: their skeleton.
        film: what is known of the film.
        n_fitted: number of frames that are fitted together.

    Attributes:
        clean: [n_frames, n_joints, 3] x, y [px], confidence; NaN, NaN and 0 for a keypoint that is
            not visible or cannot be true. Left and right are as detected.
    """

    def __init__(self, skeleton: Skeleton, film: Film, n_fitted: int):
        self._skeleton, self._film = skeleton, film
        # The first frames of the memory, `REACH` seconds, only show what is usual.
        n_least = n_fitted + max(round(REACH * film.fps), 1)
        self._n_most = max(n_least, round(MEMORY * film.fps))
        self._detected = self.clean = np.full((0, skeleton.n_joints, 3), np.nan)
        self._n_images = 0  # that differ from the one before
        self._side_costs: np.ndarray | None = None
        self._next_side_costs: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self._detected)

    def add(self, points: np.ndarray) -> None:
        """Add a frame [1, n_joints, 3], with keypoints as `without_invalid` returns them."""
        if len(self) == self._n_most:
            # The first frame leaves; what it and those before it tell of the sides stays.
            self._side_costs = self._next_side_costs
        detected = np.concatenate([self._detected, points])[-self._n_most :]
        self._n_images += bool(np.isfinite(points).any() and not repeats(detected[-2:])[-1])
        self._keep(detected)

    def _keep(self, detected: np.ndarray) -> None:
        """Keep these frames alone, and make them clean."""
        self._detected, film = detected, self._film
        # Before, the stream may show a picture, of which all frames count.
        if self._n_images >= FEWEST_IMAGES:
            detected = hidden(detected, repeats(detected)[:, None])
        visible = without_invisible(detected, self._skeleton, film)
        self.clean = without_outliers(visible, self._skeleton, film.fps)

    def n_after_cut(self) -> int:
        """How many of the last frames another camera films, if they just prove that; else 0."""
        n = max(round(STAY * self._film.fps), 1)
        is_cut = len(self) - n in cuts([Person(self.clean, 0)], self._skeleton, self._film.fps)
        return n if is_cut else 0

    def cut_off(self, n: int) -> "RecentKeypoints":
        """Remove the last `n` frames, which another camera films, and return them."""
        after, first = copy(self), len(self) - n
        after._side_costs = None
        after._keep(self._detected[first:])
        self._keep(self._detected[:first])
        return after

    def with_sides(self) -> np.ndarray:
        """The clean keypoints, with exchanges of left and right undone."""
        keypoints, self._next_side_costs = window_without_exchanges(
            self.clean, self._skeleton, self._film.fps, self._side_costs
        )
        return keypoints
