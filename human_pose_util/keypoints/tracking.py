"""Following people through a film, by their numbers or by where their keypoints are."""

from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.duplicates import distinct, sizes
from human_pose_util.keypoints.trails import Trails

_FEW_FRAMES = 5
_SMALL_PART = 0.05  # of the film


@dataclass(frozen=True)
class Person:
    """Someone's keypoints, from the first to the last frame in which they are seen.

    Attributes:
        keypoints: [n_frames, n_keypoints, 3] x, y [px] and confidence; NaN, NaN and 0 where not
            seen.
        first_frame: the frame of the film in which they are seen first.
    """

    keypoints: np.ndarray
    first_frame: int


def people(detections: Detections) -> list[Person]:
    """The people of a film, those with the largest sum of confidences first.

    Whoever has a number in the file is followed by it. Others are followed from frame to frame by
    the distance of their keypoints from where their velocity takes them, the nearest pairs first.
    Of detections of the same person in a frame one is kept. Who is seen in fewer than 5 frames,
    and in less than 5 % of the film, is left out, unless there is nobody else.

    Returns:
        At least one person.
    """
    kept = distinct(detections)
    frame, keypoints = detections.frame[kept], detections.keypoints[kept]
    numbers = np.full(len(kept), -1) if detections.ids is None else detections.ids[kept]
    known, mirror = numbers >= 0, detections.skeleton.mirror
    track = np.empty(len(kept), dtype=int)
    track[~known] = _follow(frame[~known], keypoints[~known], mirror)
    track[known] = track[~known].max(initial=-1) + 1 + numbers[known]
    order = np.argsort(track, kind="stable")
    tracks = np.split(order, np.flatnonzero(np.diff(track[order])) + 1)
    seen = [rows for rows in tracks if not _is_ghost(len(rows), detections.n_frames)]
    found = [(keypoints[rows, :, 2].sum(), rows) for rows in seen or tracks]
    found.sort(key=lambda item: -item[0])
    return [_person(frame[rows], keypoints[rows]) for _, rows in found]


def choose(detections: Detections, person: int | None) -> list[tuple[int, Person]]:
    """The people asked for, numbered: all of them, or one.

    Raises:
        SpecError: there is no such person.
    """
    found = list(enumerate(people(detections)))
    if person is None:
        return found
    if not 0 <= person < len(found):
        there = "is person 0 only" if len(found) == 1 else f"are persons 0 to {len(found) - 1}"
        raise SpecError(f"--person {person}: there {there}")
    return [found[person]]


def _is_ghost(n_seen: int, n_frames: int) -> bool:
    return n_seen < _FEW_FRAMES and n_seen < _SMALL_PART * n_frames


def _person(frame: np.ndarray, keypoints: np.ndarray) -> Person:
    first = frame[0]
    filled = np.full((frame[-1] - first + 1, *keypoints.shape[1:]), np.nan)
    filled[..., 2] = 0.0
    filled[frame - first] = keypoints
    return Person(filled, int(first))


def _follow(frame: np.ndarray, keypoints: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """[n] number of the track, from 0, that each of the detections [n, n_keypoints, 3] is of."""
    track = np.empty(len(frame), dtype=int)
    trails, size = Trails(mirror), sizes(keypoints)
    starts = np.flatnonzero(np.diff(frame, prepend=-1))
    ends = np.flatnonzero(np.diff(frame, append=-1)) + 1
    for start, end in zip(starts, ends, strict=True):
        rows = slice(start, end)
        track[rows] = trails.follow(frame[start], keypoints[rows], size[rows])
    return track
