"""The focal length of a shot in which people come nearer or go away.

The calibration fits single frames, and they hardly tell it (`lifting.fit.calibration`): it stays
near the usual one, and before a wide-angle lens the paths of people who come nearer are wrong by
metres. The motion tells more. With the right focal length f, the fit of the film costs least, since
motion is smooth and feet stand on a floor; and feet that stand move least along the optical axis
(`foot_depths`). With f too long they move so fast that the fit does not take them for feet that
stand, and the cost falls again: so both are needed. The score of a focal length is

    COST·log(mean cost) + FEET·log(1 + (speed/STANDING)²) + ½·(log(f / usual f)/STD)².

The search multiplies or divides the calibrated f by ¾ as long as the score falls. A parabola
through the least score and its neighbours tells f.
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
from inference.model.observations import tells_pose
from inference.search.inference_result import InferenceResult
from lifting.fit.film_searches import FilmSearches
from lifting.fit.foot_depths import MOVING, FootDepths
from lifting.fit.takes import Fit, Take, by_shot

APPROACH, SHORTEST = 0.35, 1.5
"""Speed [m/s] at which people have to come nearer or go away, and time [s] for which they have to
do so, or the motion tells nothing."""

N_PARTS, PART = 3, 256
"""Number of takes of a shot by which focal lengths are compared, and number of neighbouring frames
of each: the takes and the frames in which people come nearer or go away fastest."""

SIZE_TIME = 0.3
"""Standard deviation [s] of the Gaussian window over which sizes in the image are averaged."""

STEP, MOST_STEPS = np.log(0.75), 4
"""Logarithm of the ratio of one focal length to the one before, and largest number of such steps in
one direction."""

COST, FEET, STANDING = 6.0, 4.0, 0.5
"""Weights of the cost and of feet in the score, and the speed [m/s] about which feet no longer
stand. They were chosen by 91 films of motion capture, as were `USUAL` and `STD`, but half or twice
as much does nearly as well."""

USUAL, STD = 0.9, 1.0
"""Usual focal length, relative to that of a camera of which nothing is known, and standard
deviation of its logarithm."""

TOO_SHORT = 0.88
"""Focal length with the least score, relative to the true one, in the mean of the 91 films: poses
of people who walk along the optical axis are too flat, so a short way fits them best."""

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


class _Trial(NamedTuple):
    """What one focal length leads to.

    Attributes:
        feet: how feet move with it.
        score: its score.
    """

    feet: FootDepths
    score: float


def _factor(takes: Sequence[Take], fit: FitTake, searches: FilmSearches) -> float:
    """By what factor the focal length of a shot should be longer; 1 where nothing tells it."""
    parts = sorted(filter(None, map(_part, takes)), key=lambda part: part.evidence, reverse=True)
    if not parts:
        return 1.0
    chosen = [part.take for part in parts[:N_PARTS]]

    # The loop and the parabola below ask for the same focal lengths, each of which costs fits.
    @cache
    def trial(steps: int) -> _Trial:
        """The trial so many steps from the calibrated focal length."""
        return _trial([_with_factor(take, np.exp(steps * STEP)) for take in chosen], fit, searches)

    # Sizes in the image chose the parts; only the fit tells whether someone walks or bends there.
    feet = trial(0).feet
    if feet.time < SHORTEST or feet.approach < APPROACH:
        return 1.0
    # STEP is negative, so 1 leads to shorter focal lengths. Most that are wrong are too long.
    best = 0
    for way in (1, -1):
        while abs(best) < MOST_STEPS and trial(best + way).score < trial(best).score:
            best += way
        if best:
            break
    # Where the score still falls at the last step, nothing beyond it is known for a parabola.
    around = (trial(best + step).score for step in (-1, 0, 1))
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
    # Differences of running sums are the sums over all parts at once. The 0 before makes the first
    # part begin at frame 0; those behind stand for parts that the take ends within.
    total = np.cumsum(np.pad(squares, (1, PART)))
    evidence = total[PART:] - total[:-PART]
    first = int(evidence.argmax())
    rows = slice(first, first + PART)
    if (speeds[rows] > MOVING).sum() * take.observed.dt < SHORTEST:
        return None
    # The fit and the feet need nothing but what is observed: the rest stays that of the whole take.
    part = replace(take, observed=take.observed.at(rows))
    return _Part(part, float(evidence[first]))


def _approaches(take: Take) -> np.ndarray:
    """How fast the person comes nearer or goes away, [n_frames] m/s, as sizes in the image tell.

    That is rough, as people also bend and stretch: it only tells which part to fit.
    """
    # The size in the image is inversely proportional to the distance d, so that |d log(size)/dt|·d
    # is the speed along the optical axis.
    frames, seen = np.arange(len(take)), np.flatnonzero(take.observed.has_joints)
    logs = np.cumsum(_log_growths(take.observed.p2[seen], take.observed.weights[seen]))
    logs = gaussian_filter1d(np.interp(frames, seen, logs), SIZE_TIME / take.observed.dt)
    distance = np.median(take.sample.p3c[..., 2]) / MM_PER_M
    return np.abs(np.gradient(logs)) / take.observed.dt * distance


def _log_growths(p2: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The logarithms [n] of how much larger a person is than in the frame before; 0 first.

    The size is the spread of those joints that both frames show: someone whose legs go out of the
    image does not become smaller. Frames with fewer than `FEWEST_JOINTS` such joints tell nothing.

    Args:
        p2: [n, n_joints, 2] image points.
        weights: [n, n_joints] their confidences.
    """
    both = np.minimum(weights[1:], weights[:-1])

    def spreads(points: np.ndarray) -> np.ndarray:
        share = both[..., None] / np.maximum(both.sum(axis=1), 1e-12)[:, None, None]
        offsets = points - (share * points).sum(axis=1, keepdims=True)
        return np.asarray((share * offsets**2).sum(axis=(1, 2)))

    growths = 0.5 * (np.log(spreads(p2[1:]) + 1e-12) - np.log(spreads(p2[:-1]) + 1e-12))
    return np.concatenate([[0.0], np.where(tells_pose(both), growths, 0.0)])


def _with_factor(take: Take, factor: float) -> Take:
    """The take with focal lengths that are longer by a factor."""
    camera = take.observed.camera
    observed = replace(take.observed, camera=replace(camera, f=factor * camera.f))
    return replace(take, observed=observed)


def _trial(takes: Sequence[Take], fit: FitTake, searches: FilmSearches) -> _Trial:
    """The trial of the focal length that takes of a shot have in common."""
    fits = [Fit(take, fit(take)) for take in takes]
    camera, seen = takes[0].observed.camera, takes[0].seen
    usual = USUAL * likely_focal_length(seen.film.image_size)[0]
    surplus = np.log(camera.f[0, 0] * seen.unit / usual)
    feet = _foot_depths(fits, searches)
    costs = np.concatenate([searches.comparable(own.result.cost) for own in fits])
    cost = np.mean(costs[np.isfinite(costs)])  # that of a frame without a pose is not finite
    of_feet = FEET * np.log1p((feet.speed / STANDING) ** 2)
    score = COST * np.log(cost) + of_feet + 0.5 * (surplus / STD) ** 2
    return _Trial(feet, float(score))


def _foot_depths(fits: Sequence[Fit], searches: FilmSearches) -> FootDepths:
    """How feet move in what is fitted to takes."""
    skeleton, people = searches.skeleton, []
    for take, result in fits:
        # The vertical is that of the calibration: feet of all trials stand by the same one.
        up, is_shown = unit(np.median(take.sample.up, axis=0)), take.observed.weights > 0
        p3c, fps = searches.in_camera(result), take.seen.film.fps
        people.append(FootDepths.of(p3c, up, is_shown, skeleton, fps))
    return FootDepths.joined(people)


def _vertex(before: float, least: float, after: float) -> float:
    """Where the parabola through values at −1, 0 and 1 is least, if that at 0 is the least one."""
    curvature = before - 2 * least + after
    return 0.5 * (before - after) / curvature if curvature > 0 else 0.0
