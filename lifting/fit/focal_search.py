"""The focal length of a shot in which people come nearer or go away.

The calibration fits single frames, and they hardly tell it (`lifting.fit.calibration`): it stays
near the usual one, and before a wide-angle lens the paths of people who come nearer are wrong by
metres. The motion tells more. With the right focal length f, the fit of the film costs least, since
motion is smooth and feet stand on a floor; and feet that stand move least along the optical axis
(`foot_depths`). With f too long they move so fast that the fit does not take them for feet that
stand, and the cost falls again: so both are needed. The score of a focal length is

    COST·log(mean cost) + FEET·log(1 + (speed/STANDING)²) + ½·(log(f / usual f)/STD)²,

and the search goes from the calibrated f in steps of a quarter to the least score. A parabola
through the scores around it tells f.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d

from human_pose_util.camera import likely_focal_length
from human_pose_util.transforms import unit
from human_pose_util.units import MM_PER_M
from inference.search.inference_result import InferenceResult
from lifting.fit.film_searches import FilmSearches
from lifting.fit.foot_depths import MOVING, FootDepths
from lifting.fit.takes import Fit, Take, by_shot

APPROACH, SHORTEST = 0.35, 1.5
"""Speed [m/s] at which people have to come nearer or go away, and time [s] for which they have to
do so, or the motion tells nothing."""

N_PARTS, PART = 3, 256
"""Number of takes of a shot, those that tell most, by which focal lengths are compared, and number
of frames of each, those that tell most."""

SIZE_TIME = 0.3
"""Standard deviation [s] of the Gaussian window over which sizes in the image are averaged."""

STEP, MOST_STEPS = np.log(0.75), 4
"""Logarithm of the ratio of one focal length to the next, and largest number of such steps."""

COST, FEET, STANDING = 6.0, 4.0, 0.5
"""Weights of the cost and of feet in the score, and the speed [m/s] about which feet no longer
stand. They were chosen by 91 films of motion capture, as were `USUAL` and `STD`, but half or twice
as much does nearly as well."""

USUAL, STD = 0.9, 1.0
"""Usual focal length, in those of a camera of which nothing is known, and standard deviation of its
logarithm."""

TOO_SHORT = 0.88
"""By what factor the focal length with the least score is too short, in the mean: the poses of
people who walk in depth are too flat, and so are their ways."""

FitTake = Callable[[Take], InferenceResult]
"""Fits a take, whose camera has the focal lengths to use."""


def with_focal_lengths(
    people: Mapping[int, Sequence[Take]], fit: FitTake, searches: FilmSearches
) -> dict[int, list[Take]]:
    """The takes of people, with the focal lengths that their motion tells.

    Shots of which the motion tells nothing keep their focal lengths.

    Args:
        people: the takes of each person, calibrated, before a camera whose focal lengths and place
            are unknown.
        fit: fits a take.
        searches: the searches with the GAN.
    """
    of_shots = by_shot(chain.from_iterable(people.values()), lambda take: take.shot)
    factors = {shot: _factor(takes, fit, searches) for shot, takes in of_shots.items()}
    return {
        number: [_with_factor(take, factors[take.shot]) for take in takes]
        for number, takes in people.items()
    }


def _factor(takes: Sequence[Take], fit: FitTake, searches: FilmSearches) -> float:
    """By what factor the focal length of a shot should be longer; 1 where nothing tells it."""
    parts = sorted(filter(None, map(_part, takes)), key=lambda part: -part.evidence)
    if not parts:
        return 1.0

    @cache
    def fits(steps: int) -> list[Fit]:
        """What is fitted to the parts so many steps from the calibrated focal length."""
        trial = [_with_factor(part.take, np.exp(steps * STEP)) for part in parts[:N_PARTS]]
        return [Fit(take, fit(take)) for take in trial]

    told = _foot_depths(fits(0), searches)
    if told.time < SHORTEST or told.approach < APPROACH:
        return 1.0

    @cache
    def score(steps: int) -> float:
        return _score(fits(steps), searches)

    best = 0
    for way in (1, -1):  # first to shorter ones
        while abs(best) < MOST_STEPS and score(best + way) < score(best):
            best += way
        if best:
            break
    around = (score(best + step) for step in (-1, 0, 1))
    steps = best + (_vertex(*around) if abs(best) < MOST_STEPS else 0)
    return float(np.exp(steps * STEP) / TOO_SHORT)


class _Part(NamedTuple):
    """Part of a take in which the person comes nearer or goes away.

    Attributes:
        take: the part as a take.
        evidence: how much it tells: the integral of the squared speed [m²/s].
    """

    take: Take
    evidence: float


def _part(take: Take) -> _Part | None:
    """The part of a take that tells most; None where none tells anything."""
    if not len(take.sample.p3c) or len(take) < 2:
        return None
    speeds = _approaches(take)
    squares = np.where(speeds > MOVING, speeds, 0.0) ** 2 * take.observed.dt
    total = np.cumsum(np.pad(squares, (1, PART)))
    evidence = total[PART:] - total[:-PART]
    rows = slice(int(evidence.argmax()), int(evidence.argmax()) + PART)
    if (speeds[rows] > MOVING).sum() * take.observed.dt < SHORTEST:
        return None
    part = replace(take, observed=take.observed.at(rows))
    return _Part(part, float(evidence.max()))


def _approaches(take: Take) -> np.ndarray:
    """How fast the person comes nearer or goes away, [n_frames] m/s, as sizes in the image tell.

    That is rough, as people also bend and stretch: it only tells which part to fit.
    """
    frames, seen = np.arange(len(take)), np.flatnonzero(take.observed.has_joints)
    p2, weights = take.observed.p2[seen], take.observed.weights[seen, :, None]
    weights = weights / weights.sum(axis=1, keepdims=True)
    offsets = p2 - (weights * p2).sum(axis=1, keepdims=True)
    logs = 0.5 * np.log((weights * offsets**2).sum(axis=(1, 2)) + 1e-12)
    logs = gaussian_filter1d(np.interp(frames, seen, logs), SIZE_TIME / take.observed.dt)
    distance = np.median(take.sample.p3c[..., 2]) / MM_PER_M
    return np.abs(np.gradient(logs)) / take.observed.dt * distance


def _with_factor(take: Take, factor: float) -> Take:
    """The take with focal lengths that are longer by a factor."""
    camera = take.observed.camera
    observed = replace(take.observed, camera=replace(camera, f=factor * camera.f))
    return replace(take, observed=observed)


def _score(fits: Sequence[Fit], searches: FilmSearches) -> float:
    """The score of the focal length with which parts of takes of a shot are fitted."""
    take = fits[0].take
    usual = USUAL * likely_focal_length(take.seen.film.image_size)[0]
    surplus = np.log(take.observed.camera.f[0, 0] * take.seen.unit / usual)
    speed = _foot_depths(fits, searches).speed
    cost = np.nanmean(np.concatenate([searches.comparable(own.result.cost) for own in fits]))
    of_feet = FEET * np.log1p((speed / STANDING) ** 2)
    return float(COST * np.log(cost) + of_feet + 0.5 * (surplus / STD) ** 2)


def _foot_depths(fits: Sequence[Fit], searches: FilmSearches) -> FootDepths:
    """How feet move in what is fitted to parts of takes."""
    skeleton, people = searches.skeleton, []
    for take, result in fits:
        up, is_shown = unit(np.median(take.sample.up, axis=0)), take.observed.weights > 0
        p3c, fps = searches.in_camera(result), take.seen.film.fps
        people.append(FootDepths.of(p3c, up, is_shown, skeleton, fps))
    return FootDepths.joined(people)


def _vertex(before: float, least: float, after: float) -> float:
    """Where the parabola through values at −1, 0 and 1 is least, if that at 0 is the least one."""
    curvature = before - 2 * least + after
    return 0.5 * (before - after) / curvature if curvature > 0 else 0.0
