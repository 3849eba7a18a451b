"""Cuts that places of keypoints do not tell.

Behind black frames, a fade, or a shot of something else, no keypoint jumps: whoever is seen again
may have moved meanwhile. And where both views show people at the same place and in the same size,
keypoints jump by little more than people move. Three changes tell that another camera shows the
person:

- the angle between the verticals in the camera's frame, where someone stands on both sides;
- the angle by which the first pose after is turned from the last one before;
- the change of the person's size in the image, that is of the distance in focal lengths.

Each is divided by a standard deviation, which grows with the time where people change by
themselves. A cut is where the sum of the squares is larger than before one camera.
"""

from collections.abc import Sequence

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.cuts import (
    SHORTEST,
    cuts,
    moving_absences,
    possible_cuts,
    shows_person,
)
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import fit_rigid
from lifting.fit.calibration import sample_takes
from lifting.fit.shot_stance import shot_stance
from lifting.fit.takes import FilmContext, Take, takes_of
from lifting.stance.balance import can_balance

SHORTEST_ABSENCE = 0.1
"""Seconds for which nobody is seen where a cut may hide: fewer frames hide no jump."""

AROUND = 3.0
"""Seconds before and after a possible cut whose poses are compared."""

N_POSES, FEWEST_POSES = 24, 8
"""Number of poses on each side that are compared, and number from which on they tell anything."""

TILT = 6.0
"""Standard deviation [degrees] of the angle between verticals that are found before one camera,
where someone stands on both sides: where someone gets up from the floor, it is up to 43 degrees."""

SHORTEST_SIDE = 1.0
"""Seconds that people have to be seen on either side, or the verticals tell nothing."""

TURN, TURN_RATE = 20.0, 80.0
"""Standard deviation [degrees] of the angle by which someone turns, and what each second adds."""

GROWTH, GROWTH_RATE = 0.06, 0.06
"""Standard deviation of the change of the logarithm of a size, and what each second adds."""

LARGEST = 12.0
"""Sum of the squares from which on there is a cut. In 22 sequences of motion capture before
hand-held cameras and before tripods, with 0.13 to 2 seconds without anyone or without a gap, it is
never as large. Before two random cameras that both aim at the person, 39 of 44 cuts are found
without a gap (places of keypoints alone tell 22), 14 of 20 behind 0.13 s, 7 of 16 behind 0.5 s, and
1 of 9 behind 2 s. At 10 Hz, 11 of 22 are found without a gap (places alone tell 3). With a `TILT`
of 5 degrees, 3 of 9 are found behind 2 s, but at 10 Hz one camera is taken for two."""


def shot_starts(people: Sequence[Person], context: FilmContext) -> list[int]:
    """The frames of a film at which a new shot begins, in order of time, hidden cuts among them.

    Args:
        people: the people; keypoints that cannot be true are NaN.
        context: the film.
    """
    skeleton, fps = context.mapping.keypoints, context.film.fps
    starts = cuts(people, skeleton, fps)
    if context.film.camera.is_placed or not can_balance(context.searches.skeleton):
        return starts
    candidates = [(frame, frame) for frame in possible_cuts(people, skeleton, fps)]
    # A search takes half a second, so absences across which nobody moves are no candidates.
    candidates += moving_absences(people, absences(people, fps), skeleton)
    for begin, end in sorted(candidates):
        if any(abs(end - start) < SHORTEST * fps for start in starts):
            continue
        # Other shots tell nothing of the views on either side.
        low = max([begin - round(AROUND * fps), *(start for start in starts if start <= begin)])
        high = min([end + round(AROUND * fps), *(start for start in starts if start > end)])
        before, after = _parts(people, low, begin), _parts(people, end, high)
        if _is_cut(before, after, context):
            starts.append(end)
    return sorted(starts)


def absences(people: Sequence[Person], fps: float) -> list[tuple[int, int]]:
    """The frames in which nobody is seen, between frames that show someone.

    Args:
        people: the people.
        fps: frames per second.

    Returns:
        The first frame of each absence that is long enough to hide a cut, and the first one after.
    """
    shown = [p.first_frame + np.flatnonzero(shows_person(p.keypoints)) for p in people]
    frames = np.unique(np.concatenate(shown)) if shown else np.zeros(0, int)
    n_unseen = np.diff(frames) - 1
    rows = np.flatnonzero(n_unseen >= max(round(SHORTEST_ABSENCE * fps), 1))
    return [(int(frames[row]) + 1, int(frames[row + 1])) for row in rows]


def _parts(people: Sequence[Person], begin: int, end: int) -> list[Person]:
    """The people in the frames of the film from `begin` to before `end`, empty where they are not.

    Everyone has a part, so that the parts of one person have the same number.
    """
    parts = []
    for person in people:
        low, high = (max(frame - person.first_frame, 0) for frame in (begin, end))
        parts.append(Person(person.keypoints[low:high], person.first_frame + low))
    return parts


def _is_cut(before: Sequence[Person], after: Sequence[Person], context: FilmContext) -> bool:
    """Whether another camera films after a possible cut.

    Args:
        before: the people before it.
        after: the same people after it.
        context: the film.
    """
    searches = context.searches
    pairs = []
    for sides in zip(before, after, strict=True):
        if not all(len(part.keypoints) for part in sides):
            continue
        try:
            takes = [take for part in sides for take in takes_of(part, [], context)]
        except DataError:
            continue  # too little is seen of the person on one side
        last, first = sample_takes(takes, N_POSES, searches)
        if min(len(last.sample_frames), len(first.sample_frames)) >= FEWEST_POSES:
            pairs.append((last, first))
    if not pairs:
        return False
    # Someone may spin, or be followed wrongly, but all have one camera: the median counts.
    changes = [_change(last, first, context.film.fps) for last, first in pairs]
    lasts, firsts = zip(*pairs, strict=True)
    return bool(np.median(changes) + _tilt(lasts, firsts, searches.skeleton) > LARGEST)


def _change(before: Take, after: Take, fps: float) -> float:
    """The sum of the squares of a person's turn and growth, in standard deviations."""
    begin, end = before.sample_frames[-1], after.sample_frames[0]
    seconds = (after.first_frame + end - before.first_frame - begin) / fps
    last, first = before.sample.p3c[-1:], after.sample.p3c[:1]
    turn, _ = fit_rigid(last, first)
    # The trace of a rotation by an angle is 1 + 2·cos(angle).
    angle = np.degrees(np.arccos(np.clip((np.trace(turn[0]) - 1) / 2, -1, 1)))
    # An image shows a size over a distance in focal lengths, whatever both are: each side has found
    # a focal length of its own, and only this ratio of distance and focal length is comparable.
    distance_before, distance_after = (
        pose[..., 2].mean() / (np.mean(take.observed.camera.f) * take.seen.unit)
        for pose, take in ((last, before), (first, after))
    )
    turns = angle / (TURN + TURN_RATE * seconds)
    growth = np.log(distance_before / distance_after) / (GROWTH + GROWTH_RATE * seconds)
    return float(turns**2 + growth**2)


def _tilt(before: Sequence[Take], after: Sequence[Take], skeleton: Skeleton) -> float:
    """The square of the angle between both verticals in standard deviations; 0 if unknown."""
    if min(len(take) * take.observed.dt for take in (*before, *after)) < SHORTEST_SIDE:
        return 0.0
    one, other = (shot_stance(takes, skeleton) for takes in (before, after))
    if not (one.stands and other.stands):
        return 0.0
    return float((np.degrees(np.arccos(np.clip(one.up @ other.up, -1, 1))) / TILT) ** 2)
