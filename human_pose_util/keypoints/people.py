"""The people of a film, followed by their numbers or by the places of their keypoints."""

from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.keypoints.detections import FPS, Detections
from human_pose_util.keypoints.duplicates import box_diagonals, without_duplicates
from human_pose_util.keypoints.identity import joined_tracks
from human_pose_util.keypoints.tracker import Tracker

_MIN_FRAMES = 5
_MIN_SHARE = 0.05  # of the film's frames


@dataclass(frozen=True)
class Person:
    """The keypoints of one person, from the first to the last frame that shows the person.

    Attributes:
        keypoints: [n_frames, n_keypoints, 3] x, y [px] and confidence; NaN, NaN and 0 for a
            keypoint that is not visible.
        first_frame: the frame of the film at which `keypoints` begin.
    """

    keypoints: np.ndarray
    first_frame: int


def track_people(detections: Detections, fps: float | None = None) -> list[Person]:
    """The people of a film, the person with the largest sum of confidences first.

    Detections with a number belong to the person with that number. The tracker follows the others
    from frame to frame: a detection continues the track whose predicted keypoints are nearest. Of
    several detections of a person in a frame one is kept. Someone who vanishes and returns, or is
    alone before and after a cut, is the same person; see `joined_tracks`. A person who is visible
    in fewer than 5 frames, and in less than 5 % of the film, is left out, unless there is no other
    person.

    Args:
        detections: the people whom a detector finds in the film.
        fps: frames per second; None for those of the detections, or else `FPS`.

    Returns:
        At least one person.
    """
    rows = without_duplicates(detections)
    frame, keypoints = detections.frame[rows], detections.keypoints[rows]
    ids = np.full(len(rows), -1) if detections.ids is None else detections.ids[rows]
    numbered, mirror = ids >= 0, detections.skeleton.mirror
    fewest = min(_MIN_FRAMES, _MIN_SHARE * detections.n_frames)
    track = np.empty(len(rows), dtype=int)
    if not numbered.all():
        fps = fps or detections.fps or FPS
        seen = frame[~numbered], keypoints[~numbered]
        track[~numbered] = joined_tracks(*seen, _follow(*seen, mirror, fps), fps, fewest)
    track[numbered] = track[~numbered].max(initial=-1) + 1 + ids[numbered]
    order = np.argsort(track, kind="stable")
    tracks = np.split(order, np.flatnonzero(np.diff(track[order])) + 1)
    tracks = [indices for indices in tracks if len(indices) >= fewest] or tracks
    tracks.sort(key=lambda indices: -keypoints[indices, :, 2].sum())
    return [_person(frame[indices], keypoints[indices]) for indices in tracks]


def select_people(
    detections: Detections, number: int | None, fps: float | None = None
) -> list[tuple[int, Person]]:
    """The people of a film with their numbers (0, 1, …): all of them, or one.

    Args:
        detections: the people whom a detector finds in the film.
        number: the number of the only person to return; None for all people.
        fps: as for `track_people`.

    Raises:
        SpecError: there is no person with that number.
    """
    people = list(enumerate(track_people(detections, fps)))
    if number is None:
        return people
    if not 0 <= number < len(people):
        known = "is person 0 only" if len(people) == 1 else f"are persons 0 to {len(people) - 1}"
        raise SpecError(f"--person {number}: there {known}")
    return [people[number]]


def _person(frame: np.ndarray, keypoints: np.ndarray) -> Person:
    """A person whose detections [n, n_keypoints, 3] are in the frames [n]; gaps are filled."""
    first = frame[0]
    dense = np.full((frame[-1] - first + 1, *keypoints.shape[1:]), np.nan)
    dense[..., 2] = 0.0
    dense[frame - first] = keypoints
    return Person(dense, int(first))


def _follow(frame: np.ndarray, keypoints: np.ndarray, mirror: np.ndarray, fps: float) -> np.ndarray:
    """[n] number of the track, from 0, to which each detection [n, n_keypoints, 3] belongs."""
    track = np.empty(len(frame), dtype=int)
    tracker, size = Tracker(mirror, fps), box_diagonals(keypoints)
    starts = np.flatnonzero(np.diff(frame, prepend=-1))
    ends = np.flatnonzero(np.diff(frame, append=-1)) + 1
    for start, end in zip(starts, ends, strict=True):
        rows = slice(start, end)
        track[rows] = tracker.update(frame[start], keypoints[rows], size[rows])
    return track
