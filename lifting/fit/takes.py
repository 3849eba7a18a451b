"""Takes: what one shot of a film shows of one person, ready for the search."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.detections import HIDDEN, without_unsure
from human_pose_util.keypoints.exchanges import without_exchanges
from human_pose_util.keypoints.outliers import without_outliers
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.skeleton.mapping import KeypointMapping
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from lifting.fit.film_searches import FilmSearches
from lifting.input.keypoint_input import SMALLEST_PERSON, Film, Sighting
from lifting.input.keypoint_paths import weighted_paths
from lifting.stance.film_poses import NO_POSES, FilmPoses

T = TypeVar("T")


@dataclass(frozen=True)
class FilmContext:
    """What the takes of a film have in common.

    Attributes:
        mapping: which keypoints show which joints.
        film: what is known of the film.
        searches: the searches with the GAN.
    """

    mapping: KeypointMapping
    film: Film
    searches: FilmSearches


FEWEST_EVER = 3
"""Number of joints that have to be observed, each in any frame."""


@dataclass(frozen=True)
class Take:
    """What one shot shows of one person.

    Attributes:
        shot: number of the shot.
        first_frame: the frame of the film at which it begins.
        seen: the keypoints, before they are smoothed.
        observed: smooth paths of the keypoints, as the search takes them.
        exchange_gain: by what factor the cost of the fit falls if left and right legs, arms, or
            both are exchanged.
        sample: the poses of some frames that show how the person stands, in order of time; none
            before the calibration, and of a skeleton for which `can_balance` does not hold.
        sample_frames: [n_poses] the frames of the take that show these poses.
    """

    shot: int
    first_frame: int
    seen: Sighting
    observed: Observations
    exchange_gain: float = 1.0
    sample: FilmPoses = NO_POSES
    sample_frames: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    def __len__(self) -> int:
        return len(self.observed)

    @property
    def sample_fps(self) -> float:
        """The rate at which the poses of the sample follow each other [1/s]."""
        steps = np.diff(self.sample_frames)
        return 1 / (np.median(steps) * self.observed.dt) if len(steps) else 1 / self.observed.dt


class Fit(NamedTuple):
    """A take and the result of its search."""

    take: Take
    result: InferenceResult


def by_shot(things: Iterable[T], shot: Callable[[T], int]) -> dict[int, list[T]]:
    """What belongs to each shot, by the number of the shot and in order of it.

    Args:
        things: takes, or what belongs to takes.
        shot: returns the number of a thing's shot.
    """
    groups: dict[int, list[T]] = {}
    for thing in sorted(things, key=shot):  # which keeps the order within a shot
        groups.setdefault(shot(thing), []).append(thing)
    return groups


def takes_of(person: Person, starts: Sequence[int], context: FilmContext) -> list[Take]:
    """The takes of a person, which have every frame of the person once, in order of time.

    A shot that shows too little of the person belongs to the take before, or, where there is none,
    to the one after, as frames in which the person is not seen.

    Args:
        person: the person; keypoints that cannot be true are NaN.
        starts: frames of the film at which a new shot begins.
        context: the film.

    Raises:
        DataError: no shot shows enough of the person.
    """
    n, first, keypoints = len(person.keypoints), person.first_frame, person.keypoints.copy()
    edges = [0, *(start - first for start in starts if 0 < start - first < n), n]

    def take(low: int, high: int) -> Take:
        shot = int(np.searchsorted(starts, first + low, side="right"))
        camera = context.film.camera.part(first + low, first + high)
        in_shot = replace(context, film=replace(context.film, camera=camera))
        return _take(keypoints[low:high], shot, first + low, in_shot)

    takes, problems, seen_from = [], [], []
    for low, high in itertools.pairwise(edges):
        try:
            takes.append(take(low, high))
        except DataError as problem:
            problems.append(problem)
            keypoints[low:high] = HIDDEN
        else:
            seen_from.append(low)
    if not seen_from:
        raise problems[0]
    if not problems:
        return takes
    # The frames of a shot that shows too little are blank now, and go to the take beside it, which
    # is made anew. The number of a shot is that of the frames that show the person, which need not
    # be its first.
    merged = itertools.pairwise([0, *seen_from[1:], n])
    shots = [shown.shot for shown in takes]
    return [
        replace(take(low, high), shot=shot) for shot, (low, high) in zip(shots, merged, strict=True)
    ]


def _take(detected: np.ndarray, shot: int, first_frame: int, context: FilmContext) -> Take:
    """The take of keypoints [n_frames, n_keypoints, 3]: outliers away, exchanges undone, smoothed.

    Raises:
        DataError: the keypoints show no person.
    """
    mapping, film, searches = context.mapping, context.film, context.searches
    # Outliers go first: they would widen the size of the person, against which exchanges and smooth
    # paths are judged.
    detected = without_outliers(without_unsure(detected), mapping.keypoints, film.fps)
    weights = mapping.observe(detected).weights[:, mapping.own_joints]
    n_observed = (weights > 0).any(axis=0).sum()
    if n_observed < FEWEST_EVER:
        raise DataError(f"the keypoints show no person: fewer than {FEWEST_EVER} joints are seen")
    size = person_size(detected)
    if size < SMALLEST_PERSON:
        raise DataError(f"the keypoints show no person: all lie within {size:.0f} pixels")
    seen = Sighting(without_exchanges(detected, mapping.keypoints, film.fps), mapping, size, film)
    if not searches.observe(seen).has_joints.any():
        raise DataError("no keypoint lies before the camera: its f or c cannot be right")
    paths = weighted_paths(seen.keypoints, film.fps, size)
    observed = searches.observe(replace(seen, keypoints=paths))
    if not observed.has_joints.any():
        raise DataError(
            "the keypoints jump about so much that they show no motion: false detections, or a "
            "wrong number of frames per second"
        )
    return Take(shot, first_frame, seen, observed)
