"""Tracks of people: detections of a frame are matched with the positions that tracks predict."""

import numpy as np

LONGEST_LOSS = 0.5
"""Seconds for which a person may be invisible and keep the track."""

_REACH = 0.4  # largest distance of a detection from its prediction, relative to the person's size
_REACH_GROWTH = 0.9  # growth of the reach with every second in which the person is invisible
_HALF_LIFE = 2.0  # seconds in which the size falls to a half, where less of the person is visible
_GAIN = 0.25  # share of the prediction's error that corrects a velocity: detections jitter


class Tracker:
    """Tracks of people, each with its last keypoints and one velocity, the same for all of them.

    This is an alpha-beta filter with alpha = 1: a detection replaces the keypoints of its track,
    and a share of the prediction's error corrects the velocity. Keypoints that a detection lacks
    keep their place relative to the others. Tracks that have had no detection
    for more than `LONGEST_LOSS` end.

    Args:
        mirror: [n_keypoints] the permutation that swaps left and right.
        fps: frames per second.
    """

    def __init__(self, mirror: np.ndarray, fps: float):
        self._mirror, self._fps = mirror, fps
        self._n_tracks = 0  # all tracks, those that have ended too
        # One row for each track that has not ended.
        self._tracks = np.empty(
            0,
            dtype=[
                ("number", int),
                ("frame", int),  # frame of the last detection
                ("points", float, (len(mirror), 2)),  # last keypoints [px]; NaN: never visible
                ("velocity", float, 2),  # px per frame
                ("size", float),  # px
            ],
        )

    def update(self, frame: int, keypoints: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Match the people in a frame with the tracks, and begin tracks for the others.

        Args:
            frame: number of the frame, larger than in all calls before.
            keypoints: [n, n_keypoints, 3] x, y [px] and confidence; NaN, NaN and 0 for a keypoint
                that is not visible.
            size: [n] size of each person [px].

        Returns:
            [n] number of each person's track; tracks are numbered from 0 in the order in which
            they begin.
        """
        absence = (frame - self._tracks["frame"] - 1) / self._fps
        self._tracks = tracks = self._tracks[absence <= LONGEST_LOSS]
        gap = frame - tracks["frame"]
        predicted = tracks["points"] + (gap[:, None] * tracks["velocity"])[:, None]
        distance = self._distances(keypoints, predicted)
        distance /= np.maximum(size[:, None], tracks["size"])
        detection, row = np.nonzero(distance <= _REACH + _REACH_GROWTH * (gap - 1) / self._fps)
        chosen = nearest_pairs(detection, row, distance[detection, row])
        detection, row = detection[chosen], row[chosen]
        number = np.full(len(keypoints), -1)
        number[detection] = tracks["number"][row]
        self._move(row, frame, predicted[row], keypoints[detection], size[detection])
        new = number < 0
        if new.any():
            number[new] = self._begin(frame, keypoints[new], size[new])
        return number

    def _distances(self, keypoints: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """[n, n_tracks] mean distances [px], infinite for pairs without a common keypoint.

        Detectors exchange left and right, of the whole person or of one limb: each keypoint counts
        with the smaller of its distances from the predicted keypoint and from its mirror image.
        """
        points, confidence = keypoints[:, None, :, :2], keypoints[:, None, :, 2]
        direct = np.square(points - predicted).sum(axis=-1)
        mirrored = np.square(points - predicted[:, self._mirror]).sum(axis=-1)
        distance = np.sqrt(np.fmin(direct, mirrored))
        common = ~np.isnan(distance)
        weight = np.where(common, confidence, 0.0)
        total = weight.sum(axis=-1)
        weighted = np.where(common, weight * distance, 0.0).sum(axis=-1)
        return np.where(total > 0, weighted / np.maximum(total, 1e-300), np.inf)

    def _move(
        self,
        rows: np.ndarray,
        frame: int,
        predicted: np.ndarray,
        keypoints: np.ndarray,
        size: np.ndarray,
    ) -> None:
        """Continue tracks with a detection each; keypoints that it lacks move with the others."""
        points, confidence = keypoints[..., :2], keypoints[..., 2:]
        error = (points - predicted) * confidence
        common = ~np.isnan(error)
        mean = np.where(common, error, 0.0).sum(axis=1)
        mean /= np.maximum(np.where(common, confidence, 0.0).sum(axis=1), 1e-300)
        tracks = self._tracks
        tracks["velocity"][rows] += _GAIN * mean / (frame - tracks["frame"][rows])[:, None]
        # Where the image ends within the person, the visible part is no measure of the size.
        seconds = (frame - tracks["frame"][rows]) / self._fps
        former = tracks["size"][rows] * 0.5 ** (seconds / _HALF_LIFE)
        tracks["size"][rows] = np.maximum(size, former)
        tracks["points"][rows] = np.where(np.isnan(points), predicted + mean[:, None], points)
        tracks["frame"][rows] = frame

    def _begin(self, frame: int, keypoints: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Begin a track at rest for each detection; returns the numbers of the tracks."""
        new = np.zeros(len(keypoints), dtype=self._tracks.dtype)
        new["number"] = self._n_tracks + np.arange(len(new))
        new["frame"], new["points"], new["size"] = frame, keypoints[..., :2], size
        self._n_tracks += len(new)
        self._tracks = np.concatenate([self._tracks, new])
        return new["number"]


def nearest_pairs(one: np.ndarray, other: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Choose pairs greedily, the nearest first, so that nobody is in two of them.

    Args:
        one: [n] numbers of one side of possible pairs.
        other: [n] numbers of their other side.
        distance: [n] how far the two sides are apart.

    Returns:
        [n_chosen] indices of the pairs, the nearest first.
    """
    chosen: list[int] = []
    ones: set[int] = set()
    others: set[int] = set()
    for pair in np.argsort(distance, kind="stable").tolist():
        if one[pair] not in ones and other[pair] not in others:
            chosen.append(pair)
            ones.add(one[pair])
            others.add(other[pair])
    return np.array(chosen, dtype=int)
