"""Cuts of a film, found in the keypoints of the people whom it shows."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import maximum_filter1d

from human_pose_util.keypoints.people import Person, end_of
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.keypoints.places import FASTEST, FEWEST, JUMP, distances, places_before
from human_pose_util.skeleton import Skeleton

RATIO = 6.0
"""At a cut, keypoints move by more than this number of times what they move in the frames around,
and by more than `JUMP`."""

SUDDEN, SUDDEN_RATIO = 0.03, 2.5
"""At a possible cut, after which the view may be similar, keypoints move by more than this share of
the person's size, and by more than this number of times what they move in the frames around."""

REACH = 0.5
"""Seconds before and after a frame that tell what keypoints usually move."""

LONGEST_GAP = 0.2
"""Seconds for which a keypoint may be unseen at a cut; later, its place before tells nothing."""

STAY = 0.1
"""Seconds before and after a cut over which the median places of keypoints are compared: a cut
changes them by more than `JUMP`, false detections that come and go do not."""

SHORTEST = 0.2
"""Seconds that a shot lasts at least: a shorter one is an error of the detector."""


def cuts(people: Sequence[Person], skeleton: Skeleton, fps: float) -> list[int]:
    """The frames of a film at which a new shot begins, in order of time.

    Args:
        people: the people of the film.
        skeleton: skeleton of their keypoints.
        fps: frames per second.
    """

    def of_person(person: Person) -> np.ndarray:
        p2, step, usual = _steps(person, skeleton, fps)
        fastest = FASTEST * _unseen_for(person.keypoints) / fps
        jumps = step > np.maximum(np.maximum(JUMP, RATIO * usual), fastest)
        change = _changes(p2, np.flatnonzero(jumps), skeleton, fps)
        jumps[jumps] = ~(change <= JUMP)  # an unknown change, NaN, is no reason against a cut
        return np.where(np.isfinite(step), jumps, np.nan)

    return _without_short_shots(_frames_of_most(people, of_person), SHORTEST * fps)


def possible_cuts(people: Sequence[Person], skeleton: Skeleton, fps: float) -> list[int]:
    """The frames in which most people move suddenly, whether at a cut to a similar view or not.

    Before two random cameras that both show the person in the middle of the image, these are 40 of
    44 cuts, of which `cuts` finds 22. Where nothing cuts, there is one in a minute and a half.

    Args:
        people: the people of the film.
        skeleton: skeleton of their keypoints.
        fps: frames per second.
    """

    def of_person(person: Person) -> np.ndarray:
        _, step, usual = _steps(person, skeleton, fps)
        moves = step > np.maximum(SUDDEN, SUDDEN_RATIO * usual)
        # A fast motion lasts for several frames, of which only the fastest one counts.
        moves &= step >= _largest_around(step, round(SHORTEST * fps))
        return np.where(np.isfinite(step), moves, np.nan)

    frames: list[int] = []
    for frame in _frames_of_most(people, of_person):
        if not frames or frame - frames[-1] >= SHORTEST * fps:
            frames.append(frame)
    return frames


def moving_absences(
    people: Sequence[Person], absences: Sequence[tuple[int, int]], skeleton: Skeleton
) -> list[tuple[int, int]]:
    """The absences after which most people are elsewhere than before, by more than `SUDDEN`.

    Where nobody is seen well on both sides, the absence is one of them.

    Args:
        people: the people of the film.
        absences: the first frame in which nobody is seen, and the first one after, of each.
        skeleton: skeleton of their keypoints.
    """
    # The size follows from all frames of a person, so it is computed once for all absences.
    people = [person for person in people if len(person.keypoints)]
    places = [p.keypoints[..., :2] / person_size(p.keypoints) for p in people]

    def is_moving(last: int, first: int) -> bool:
        moved = []
        for person, p2 in zip(people, places, strict=True):
            if person.first_frame <= last and first < person.end:
                here, there = (p2[frame - person.first_frame][None] for frame in (first, last))
                moved.append(distances(here, there, skeleton.mirror)[0])
        known = np.array(moved)[np.isfinite(moved)]
        return not len(known) or bool(2 * (known > SUDDEN).sum() > len(known))

    return [(begin, end) for begin, end in absences if is_moving(begin - 1, end)]


def shows_person(keypoints: np.ndarray) -> np.ndarray:
    """Whether frames show enough of a person to tell a cut, [n_frames].

    Args:
        keypoints: [n_frames, n_keypoints, 3] the person; NaN for a keypoint that is not visible.
    """
    return np.asarray(np.isfinite(keypoints[..., :2]).all(axis=2).sum(axis=1) >= FEWEST)


def _steps(
    person: Person, skeleton: Skeleton, fps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How a person moves from frame to frame.

    Returns:
        Keypoints [n_frames, n_keypoints, 2] in sizes of the person; how far they move in each
        frame, the median [n_frames] over the keypoints, NaN where it is unknown; and how far they
        usually move in the frames around.
    """
    p2 = person.keypoints[..., :2] / person_size(person.keypoints)
    step = distances(p2, places_before(p2, max(round(LONGEST_GAP * fps), 1)), skeleton.mirror)
    return p2, step, _usual(step, max(round(REACH * fps), 2))


def _frames_of_most(
    people: Sequence[Person], of_person: Callable[[Person], np.ndarray]
) -> list[int]:
    """The frames of a film in which something is true of more than half of the people.

    Args:
        people: the people of the film.
        of_person: returns 1 or 0 for each frame of a person, and NaN where it is unknown.
    """
    n = end_of(people)
    n_known, n_true = np.zeros(n, int), np.zeros(n, int)
    for person in people:
        if len(person.keypoints):
            values = of_person(person)
            frames = slice(person.first_frame, person.end)
            n_known[frames] += np.isfinite(values)
            n_true[frames] += values == 1
    return np.flatnonzero((n_true > 0) & (2 * n_true > n_known)).tolist()


def _changes(p2: np.ndarray, rows: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """How far median places right after the beginning of frames are from those right before it.

    Args:
        p2: [n_frames, n_keypoints, 2] places in sizes of the person; NaN for what is not visible.
        rows: [n] the frames.
        skeleton: skeleton of the keypoints.
        fps: frames per second.

    Returns:
        [n] distances in sizes of the person, as `distances` has them.
    """
    reach = max(round(STAY * fps), 1)
    places, before = np.full((2, len(rows), *p2.shape[1:]), np.nan)
    for i, row in enumerate(rows):
        before[i] = _places(p2[max(row - reach, 0) : row])
        places[i] = _places(p2[row : row + reach])
    return distances(places, before, skeleton.mirror)


def _places(p2: np.ndarray) -> np.ndarray:
    """Median places [n_keypoints, 2] of keypoints [n_frames, n_keypoints, 2]; NaN if never seen."""
    places = np.full(p2.shape[1:], np.nan)
    is_seen = np.isfinite(p2).all(axis=2).any(axis=0)
    places[is_seen] = np.nanmedian(p2[:, is_seen], axis=0)
    return places


def _unseen_for(keypoints: np.ndarray) -> np.ndarray:
    """The number of frames [n_frames] since the last one that showed the person."""
    frames = np.arange(len(keypoints))
    last = np.maximum.accumulate(np.where(shows_person(keypoints), frames, -1))
    return frames - np.concatenate([[-1], last[:-1]])


def _usual(step: np.ndarray, reach: int) -> np.ndarray:
    """Medians [n_frames] of the steps in the frames around each frame, without its own."""
    padded = np.pad(step, reach, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).copy()
    around[:, reach] = np.nan
    usual = np.zeros(len(step))
    is_known = np.isfinite(around).any(axis=1)
    usual[is_known] = np.nanmedian(around[is_known], axis=1)
    return usual


def _largest_around(step: np.ndarray, reach: int) -> np.ndarray:
    """The largest steps [n_frames] within so many frames of each frame; −∞ where none is known."""
    known = np.where(np.isfinite(step), step, -np.inf)
    return np.asarray(maximum_filter1d(known, 2 * reach + 1, mode="nearest"))


def _without_short_shots(candidates: list[int], shortest: float) -> list[int]:
    """The cuts, without both ends of what is too short for a shot."""
    found: list[int] = []
    for frame in candidates:
        if found and frame - found[-1] < shortest:
            found.pop()
        else:
            found.append(frame)
    return found
