"""The people of a film, followed by their numbers or by the places of their keypoints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from human_pose_util.arguments import check_fps
from human_pose_util.errors import SpecError
from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.duplicates import without_duplicates
from human_pose_util.keypoints.identity import Tracks, joined_tracks
from human_pose_util.keypoints.number_exchanges import with_true_numbers
from human_pose_util.keypoints.person_size import box_diagonals
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

    @property
    def end(self) -> int:
        """The frame of the film after the last one of `keypoints`."""
        return self.first_frame + len(self.keypoints)


def end_of(people: Sequence[Person]) -> int:
    """The end of the frames in which people are, one after the last frame; 0 without people.

    Args:
        people: the people.
    """
    return max((person.end for person in people), default=0)


def track_people(detections: Detections, fps: float | None = None) -> list[Person]:
    """The people of a film, the person with the largest sum of confidences first.

    Detections with a number belong to the person with that number, as far as numbers stay with
    people (`with_true_numbers`). The tracker follows the others from frame to frame: a detection
    continues the track whose predicted keypoints are nearest, and has the number of the detections
    before in this track, if they have one. Of several detections of a person in a frame one is
    kept. Someone who vanishes and returns, or is alone before and after a cut, is the same person;
    see `joined_tracks`. A person who is visible in fewer than 5 frames, and in less than 5 % of the
    film, is left out, unless there is no other person.

    Args:
        detections: the people whom a detector finds in the film.
        fps: frames per second; None for those of the detections.

    Returns:
        At least one person.

    Raises:
        SpecError: `fps` is no rate.
    """
    if fps is not None:
        check_fps(fps)
    fps = fps or detections.rate
    detections = with_true_numbers(detections, fps)
    rows = without_duplicates(detections)
    frame, keypoints = detections.frame[rows], detections.keypoints[rows]
    ids = np.full(len(rows), -1) if detections.ids is None else detections.ids[rows]
    fewest = min(_MIN_FRAMES, _MIN_SHARE * detections.n_frames)
    track = ids
    if (ids < 0).any():
        followed = _follow(frame, keypoints, detections.skeleton.mirror, fps)
        ids = _numbers_of_tracks(frame, followed, ids)
        track = _tracks_of_everyone(frame, keypoints, followed, ids, fps, fewest)
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
        SpecError: there is no person with that number, or `fps` is no rate.
    """
    people = list(enumerate(track_people(detections, fps)))
    if number is None:
        return people
    if number not in range(len(people)):
        known = "is person 0 only" if len(people) == 1 else f"are persons 0 to {len(people) - 1}"
        raise SpecError(f"person {number!r}: there {known}")
    return [people[int(number)]]


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


def _numbers_of_tracks(frame: np.ndarray, track: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Numbers of people, where those of a track go on: detectors leave them out when in doubt.

    Args:
        frame: [n] frames of the detections, ascending.
        track: [n] tracks of all detections.
        ids: [n] numbers; −1 for a detection without a number.

    Returns:
        [n] numbers; a detection without one has the last number of its track before, unless the
        frame shows another detection with that number.
    """
    numbers, last = ids.copy(), {}
    used = set(zip(frame[ids >= 0].tolist(), ids[ids >= 0].tolist(), strict=True))
    for row, (at, of, number) in enumerate(zip(frame, track, ids, strict=True)):
        if number >= 0:
            last[of] = number
        elif of in last and (at, last[of]) not in used:
            numbers[row] = last[of]
            used.add((at, last[of]))
    return numbers


def _tracks_of_everyone(
    frame: np.ndarray,
    keypoints: np.ndarray,
    followed: np.ndarray,
    ids: np.ndarray,
    fps: float,
    fewest: float,
) -> np.ndarray:
    """[n] tracks: `joined_tracks` of people without a number, then one for each number."""
    unnumbered = ids < 0
    _, first, number = np.unique(followed[unnumbered], return_index=True, return_inverse=True)
    begun = np.argsort(np.argsort(first))[number]  # numbered in the order in which tracks begin
    track = ids.copy()
    tracks = Tracks(frame[unnumbered], keypoints[unnumbered], begun, frame[~unnumbered], fps)
    track[unnumbered] = joined_tracks(tracks, fewest)
    track[~unnumbered] += track[unnumbered].max(initial=-1) + 1
    return track
