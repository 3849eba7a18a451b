"""Where people were seen last, and who of them is seen now."""

import numpy as np

LONGEST_LOSS = 15
"""Frames for which someone may be unseen, about half a second, and still be the same person."""

_REACH = 0.4  # of a person's size: so far from where they are expected they may be found
_REACH_GROWTH = 0.03  # more of it for every frame in which they were not seen
_GAIN = 0.25  # how much of its error corrects a velocity: detections jitter


class Trails:
    """People who are followed; those unseen for too long are forgotten.

    Each has a point for every keypoint, where it was seen last, and moves at one velocity.
    """

    def __init__(self, mirror: np.ndarray):
        """`mirror`: [n_keypoints] the permutation that swaps left and right."""
        self._mirror = mirror
        self._n_begun = 0
        self._track = np.empty(0, dtype=int)
        self._frame = np.empty(0, dtype=int)  # in which they were seen last
        self._points = np.empty((0, len(mirror), 2))
        self._velocity = np.empty((0, 2))  # px per frame
        self._size = np.empty(0)

    def follow(self, frame: int, keypoints: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Who the people in a frame are.

        Args:
            frame: later than all before.
            keypoints: [n, n_keypoints, 3] x, y [px], confidence; NaN, NaN and 0 where not seen.
            size: [n] of each person [px].

        Returns:
            [n] numbers of people, from 0 in the order in which they appeared.
        """
        self._keep(frame - self._frame <= LONGEST_LOSS + 1)
        gap = frame - self._frame
        expected = self._points + (gap[:, None] * self._velocity)[:, None]
        distance = self._distances(keypoints, expected)
        distance /= np.maximum(size[:, None], self._size)
        seen, trails = _nearest_pairs(distance, _REACH + _REACH_GROWTH * (gap - 1))
        self._move(trails, frame, expected[trails], keypoints[seen], size[seen])
        track = np.full(len(keypoints), -1)
        track[seen] = self._track[trails]
        new = track < 0
        if new.any():
            track[new] = self._begin(frame, keypoints[new], size[new])
        return track

    def _keep(self, kept: np.ndarray) -> None:
        if not kept.all():
            self._track, self._frame = self._track[kept], self._frame[kept]
            self._points, self._velocity = self._points[kept], self._velocity[kept]
            self._size = self._size[kept]

    def _distances(self, keypoints: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """[n, n_trails] mean distances [px]; infinite where no keypoint is known of both.

        Detectors mistake left for right, all over or in one limb: the nearer one counts.
        """
        points, confidence = keypoints[:, None, :, :2], keypoints[:, None, :, 2]
        given = np.square(points - expected).sum(axis=-1)
        mirrored = np.square(points - expected[:, self._mirror]).sum(axis=-1)
        apart = np.sqrt(np.fmin(given, mirrored))
        known = ~np.isnan(apart)
        weight = np.where(known, confidence, 0.0)
        total = weight.sum(axis=-1)
        distance = np.where(known, weight * apart, 0.0).sum(axis=-1)
        return np.where(total > 0, distance / np.maximum(total, 1e-300), np.inf)

    def _move(
        self,
        trails: np.ndarray,
        frame: int,
        expected: np.ndarray,
        keypoints: np.ndarray,
        size: np.ndarray,
    ) -> None:
        points, confidence = keypoints[..., :2], keypoints[..., 2:]
        error = (points - expected) * confidence
        both = ~np.isnan(error)
        mean = np.where(both, error, 0.0).sum(axis=1)
        mean /= np.maximum(np.where(both, confidence, 0.0).sum(axis=1), 1e-300)
        self._velocity[trails] += _GAIN * mean / (frame - self._frame[trails])[:, None]
        self._points[trails] = np.where(np.isnan(points), expected, points)
        self._frame[trails], self._size[trails] = frame, size

    def _begin(self, frame: int, keypoints: np.ndarray, size: np.ndarray) -> np.ndarray:
        n = len(keypoints)
        track = np.arange(self._n_begun, self._n_begun + n)
        self._n_begun += n
        self._track = np.concatenate([self._track, track])
        self._frame = np.concatenate([self._frame, np.full(n, frame)])
        self._points = np.concatenate([self._points, keypoints[..., :2]])
        self._velocity = np.concatenate([self._velocity, np.zeros((n, 2))])
        self._size = np.concatenate([self._size, size])
        return track


def _nearest_pairs(distance: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of distances [n, m] within reach [m], nearest first, none twice."""
    rows, columns = np.nonzero(distance <= reach)
    order = np.argsort(distance[rows, columns], kind="stable")
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if row not in pairs and column not in taken:
            pairs[row] = column
            taken.add(column)
    return np.array(list(pairs), dtype=int), np.array(list(pairs.values()), dtype=int)
