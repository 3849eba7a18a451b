"""Numbers that do not stay with people, as those of trackers where people cross.

Where people go on, and only their numbers change, the numbers are exchanged back. Where a number
goes to someone elsewhere while others go on, that person has a new number from then on. Where most
people jump, the film is cut, and the numbers are believed.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from human_pose_util.keypoints.detections import Detections
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.keypoints.places import FASTEST, JUMP, distances
from human_pose_util.keypoints.tracker import LONGEST_LOSS

MOVE, RATIO = 0.06, 3.0
"""Numbers are exchanged back where someone moves with them by more than this share of the person's
size, and all who exchange them move by more than this many times what they move otherwise. Where
two walkers cross who keep their numbers, this ratio is a quarter; where they exchange them, it is
4.6."""

ELSEWHERE = 0.4
"""Someone new has a number that moves by more than this share of the person's size."""

TREND = 0.25
"""Seconds before someone vanishes that tell where the person goes on."""

IMPOSSIBLE = 1e6
"""Cost of a movement that nobody makes, in sizes: the assignment of numbers needs finite costs."""

MOST_FRAMES = 5
"""Number of frames that a note names."""


class _Numbered(NamedTuple):
    """Detections with numbers, one of each number in a frame.

    Attributes:
        frame: [n] their frames, ascending.
        ids: [n] their numbers.
        p2: [n, n_keypoints, 2] their keypoints [px]; NaN for a keypoint that is not visible.
        size: [n] the size of the person with the number [px].
        mirror: [n_keypoints] the permutation that swaps left and right.
        fps: frames per second.
    """

    frame: np.ndarray
    ids: np.ndarray
    p2: np.ndarray
    size: np.ndarray
    mirror: np.ndarray
    fps: float

    def moved(self, rows: np.ndarray, before: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """How far detections [n] are from those before [n], in sizes, given velocities [n, 2]."""
        gap = (self.frame[rows] - self.frame[before])[:, None, None]
        expected = self.p2[before] + gap * velocity[:, None]
        return distances(self.p2[rows], expected, self.mirror) / self.size[before]

    def farthest(self, rows: np.ndarray, before: np.ndarray) -> np.ndarray:
        """How far people suddenly move at most, [n], in sizes, to detections from those before."""
        return FASTEST * (self.frame[rows] - self.frame[before]) / self.fps


def with_true_numbers(detections: Detections, fps: float) -> Detections:
    """Detections whose numbers stay with people, and notes on those that do not in the file.

    Args:
        detections: the people whom a detector finds in the film.
        fps: frames per second.
    """
    if detections.ids is None or len(np.unique(detections.ids[detections.ids >= 0])) < 2:
        return detections
    numbered, ids = _numbered(detections, fps), detections.ids.copy()
    exchanges: dict[tuple[int, ...], list[int]] = {}
    notes = []
    frames_of_jumps = set(_frames_of_jumps(numbered))
    while frames_of_jumps:
        frame = min(frames_of_jumps)
        frames_of_jumps.remove(frame)
        moves, strangers = _changes(numbered, frame)
        if moves:
            exchanges.setdefault(tuple(sorted(moves)), []).append(frame)
        for number in strangers:
            moves[number] = int(max(ids.max(), *moves.values(), 0)) + 1
            notes.append(f"the number {number} goes to another person at frame {frame}")
        for frames, numbers in ((detections.frame, ids), (numbered.frame, numbered.ids)):
            later = numbers[np.searchsorted(frames, frame) :]
            places = {number: later == number for number in moves}
            for number, where in places.items():
                later[where] = moves[number]
        # The loop goes on with the numbers as they are now, so the order of the frames matters: who
        # is not seen at this frame may jump at a later one.
        if moves:
            frames_of_jumps.update(f for f in _frames_of_jumps(numbered, frame) if f > frame)
    notes = [_note_on(*exchange) for exchange in exchanges.items()] + notes
    return replace(detections, ids=ids, notes=(*detections.notes, *notes)) if notes else detections


def _note_on(numbers: tuple[int, ...], frames: list[int]) -> str:
    """What to say of people who exchange their numbers in frames."""
    who = " and ".join([", ".join(map(str, numbers[:-1])), str(numbers[-1])])
    when = ", ".join(map(str, frames[:MOST_FRAMES]))
    if len(frames) > MOST_FRAMES:
        when += f" and {len(frames) - MOST_FRAMES} more"
    return f"the numbers {who} of people change places at frame {when}: they are exchanged back"


def _numbered(detections: Detections, fps: float) -> _Numbered:
    """The detections that have numbers."""
    assert detections.ids is not None
    pairs = np.column_stack([detections.frame, detections.ids])
    _, first = np.unique(pairs, axis=0, return_index=True)
    rows = first[detections.ids[first] >= 0]
    frame, ids = detections.frame[rows], detections.ids[rows]
    p2, size = detections.keypoints[rows, :, :2], np.empty(len(rows))
    for number in np.unique(ids):
        size[ids == number] = person_size(p2[ids == number])
    return _Numbered(frame, ids, p2, size, detections.skeleton.mirror, fps)


def _frames_of_jumps(numbered: _Numbered, around: int | None = None) -> list[int]:
    """The frames in which a number moves faster than people do: all, or those around a frame."""
    reach = 1 + LONGEST_LOSS * numbered.fps
    low, high = 0, len(numbered.frame)
    if around is not None:
        low, high = np.searchsorted(numbered.frame, [around - reach, around + reach + 1])
    order = low + np.lexsort((numbered.frame[low:high], numbered.ids[low:high]))
    before, after = order[:-1], order[1:]
    is_next = numbered.frame[after] - numbered.frame[before] <= reach
    is_next &= numbered.ids[before] == numbered.ids[after]
    before, after = before[is_next], after[is_next]
    step = numbered.moved(after, before, np.zeros((len(after), 2)))
    jumps = step > np.maximum(numbered.farthest(after, before), MOVE)
    return np.unique(numbered.frame[after[jumps]]).tolist()


def _changes(numbered: _Numbered, frame: int) -> tuple[dict[int, int], list[int]]:
    """What changes with the numbers at a frame; those of the frames before are true.

    Returns:
        Number → the true one, a permutation, which is empty where nobody exchanges numbers; and the
        numbers that go to someone new.
    """
    since = frame - 1 - LONGEST_LOSS * numbered.fps
    low, start, end = np.searchsorted(numbered.frame, [since, frame, frame + 1])
    people, last = np.unique(numbered.ids[low:start][::-1], return_index=True)
    last = start - 1 - last  # the last detection of each number
    rows = start + np.flatnonzero(np.isin(numbered.ids[start:end], people))
    if not len(rows):
        return {}, []
    numbers = numbered.ids[rows]
    steps, farthest = _steps(numbered, rows, last, low)
    own = np.arange(len(rows)), np.searchsorted(people, numbers)
    chosen = _people_behind(steps, farthest, own)
    moved, farthest_own, stays = steps[own], farthest[own], chosen == own[1]
    # Most who keep their numbers jump: a cut.
    if 2 * (stays & (moved > np.maximum(farthest_own, JUMP))).sum() > len(rows):
        return {}, []
    moves = dict(zip(numbers.tolist(), people[chosen].tolist(), strict=True))
    starts = numbers[moved > np.maximum(farthest_own, MOVE)]
    is_new = stays & (moved > np.maximum(farthest_own, ELSEWHERE))
    # Someone is new only while all others move as people do.
    is_new &= np.nanmax(steps[~is_new, chosen[~is_new]], initial=0) <= JUMP
    return _exchange(moves, starts.tolist()), numbers[is_new].tolist()


def _steps(
    numbered: _Numbered, rows: np.ndarray, last: np.ndarray, low: int
) -> tuple[np.ndarray, np.ndarray]:
    """[n, n_people] how far people would have moved to detections, in sizes, and how far they can.

    Args:
        numbered: the detections.
        rows: [n] those at a frame.
        last: [n_people] the last ones of people before it.
        low: the first row that tells a velocity.
    """
    pairs = np.repeat(rows, len(last)), np.tile(last, len(rows))
    velocity = np.tile(_velocities(numbered, last, low), (len(rows), 1))
    # Of two predictions, going on and standing still, the nearer counts.
    steps = np.fmin(*(numbered.moved(*pairs, v) for v in (velocity, np.zeros_like(velocity))))
    steps, farthest = (part.reshape(len(rows), -1) for part in (steps, numbered.farthest(*pairs)))
    return steps, farthest


def _people_behind(
    steps: np.ndarray, farthest: np.ndarray, own: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """[n] the person whom each detection shows: those who move least altogether.

    Args:
        steps: [n, n_people] as `_steps` returns them.
        farthest: likewise.
        own: row and column of each detection and the person who has its number.
    """
    cost = np.where(steps <= np.maximum(farthest, JUMP), steps, IMPOSSIBLE)
    # To keep a number costs a third (RATIO) of its movement; where too few keypoints tell the
    # movement (NaN), it costs nothing.
    cost[own] = np.nan_to_num(steps[own]) / RATIO
    return np.asarray(linear_sum_assignment(np.minimum(cost, IMPOSSIBLE))[1])


def _velocities(numbered: _Numbered, last: np.ndarray, low: int) -> np.ndarray:
    """The velocities [n, 2] of people [px per frame] before their last detections [n].

    Args:
        numbered: the detections.
        last: the rows of the detections.
        low: the first row that counts.
    """
    velocities = np.zeros((len(last), 2))
    for velocity, row in zip(velocities, last, strict=True):
        since = numbered.frame[row] - TREND * numbered.fps
        recent = slice(max(low, int(np.searchsorted(numbered.frame, since))), row)
        first = recent.start + np.flatnonzero(numbered.ids[recent] == numbered.ids[row])[:1]
        if len(first):
            way = numbered.p2[row] - numbered.p2[first[0]]
            seen = way[np.isfinite(way).all(axis=1)]
            if len(seen):
                n_frames = numbered.frame[row] - numbered.frame[first]
                velocity[:] = np.median(seen, axis=0) / n_frames
    return velocities


def _exchange(moves: dict[int, int], starts: list[int]) -> dict[int, int]:
    """The part of moves that some numbers have a part in, closed to a permutation.

    Args:
        moves: number → the true one, each of which is different.
        starts: numbers, some of which may keep their places.
    """
    former = {new: number for number, new in moves.items()}
    closed = dict(moves)
    # An open chain a → b → c, in which nobody has the number c now, closes with c → a.
    for last in set(former) - set(moves):
        first = last
        while first in former:
            first = former[first]
        closed[last] = first
    exchange: dict[int, int] = {}
    for number in starts:
        while number not in exchange and closed[number] != number:
            exchange[number] = number = closed[number]
    return exchange
