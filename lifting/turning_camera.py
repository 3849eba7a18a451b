"""How a camera turns, found from the feet of people who walk.

A foot that bears weight does not move on the floor. In the frame of a camera that turns about the
vertical u with the rate ω, a foot at the place x has the velocity ω·u×x. So each foot tells a rate:
its velocity along u×x over the length of u×x. Where the camera turns, all feet that bear weight
tell the same rate. The velocity along u×x is one across the image, where poses are precise.

Someone who glides over the floor while the camera stands still looks alike: for such films the user
can say that the camera stands still (`Film.is_still`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from human_pose_util.robust import robust_weights
from human_pose_util.units import MM_PER_M
from inference.model.trend import time_average
from lifting.balance import Stance, ankles, can_balance, step_weights
from lifting.film_camera import FilmCamera
from lifting.film_search import FilmSearch
from lifting.keypoint_input import Film
from lifting.level_view import Place
from lifting.shot_places import Fit

LIFTED = 0.3
"""Speed upwards or downwards [m/s] at which a foot counts a quarter: it is about to leave the
floor, or to reach it."""

CALM = 0.3
"""Standard deviation [s] of the Gaussian window over which rates are averaged."""

SPREAD = np.radians(3.0)
"""Difference [radians/s] from the camera's rate at which the rate of a foot counts a quarter."""

ROUNDS = 6
"""How often the rate is averaged, each time with weights by the distance from the one before."""

SLOW = np.radians(1.5)
"""Rate [radians/s] of a camera at which half of it is taken for error. Of cameras that stand still,
rates of 0.1 to 0.6 degrees/s are found, and 2 where someone runs or gets up."""

LEAST, MOST = np.radians(8.0), np.radians(100.0)
"""Range of angles [radians] in a shot from which on a camera is taken to turn, and the largest one
that a steady camera in the middle can see."""

EXPLAINED = 0.5
"""Share to which the rates of feet have to shrink, in the median, without the camera's."""


class ShotFeet(NamedTuple):
    """Feet of a person in a shot.

    Attributes:
        first: the frame of the film at which they begin.
        feet: [n_frames, 2, 3] middles of both feet in the camera's frame [mm].
        shown: [n_frames, 2] whether keypoints show them, of a person who stands: the feet of
            someone who rolls bear no weight.
    """

    first: int
    feet: np.ndarray
    shown: np.ndarray

    @classmethod
    def of(cls, first: int, fit: Fit, up: np.ndarray, films: FilmSearch) -> "ShotFeet":
        """The feet of a fit.

        Args:
            first: the frame of the film at which the fit begins.
            fit: the fit, of a skeleton for which `can_balance` holds.
            up: [3] the vertical in the camera's frame.
            films: the searches.
        """
        stance = Stance.of(films.in_camera(fit.result), films.skeleton)
        shown = fit.take.observed.weights[:, ankles(films.skeleton)] > 0
        return cls(first, stance.feet, shown & stance.stands(up)[:, None])


class Shot(NamedTuple):
    """What a shot shows.

    Attributes:
        up: [3] the vertical in the camera's frame.
        f: [2] focal lengths [px].
        people: the feet of the people in it; at least one person.
    """

    up: np.ndarray
    f: np.ndarray
    people: Sequence[ShotFeet]


def turning_camera(
    people: Sequence[tuple[int, Sequence[Fit]]],
    places: Mapping[int, Place],
    film: Film,
    films: FilmSearch,
    n_frames: int,
) -> FilmCamera | None:
    """The camera of a film whose camera turns in some shot; None where none is found to.

    Args:
        people: for each person, the first frame, and what was fitted to each take from there on.
        places: where the camera stands in each shot, as if it did not turn.
        film: what is known of the film.
        films: the searches.
        n_frames: number of frames up to the last in which anyone is seen.
    """
    if not can_balance(films.skeleton):
        return None
    shots = _shots(people, places, films)
    f, turns = np.tile(shots[0].f, (n_frames, 1)), np.zeros((n_frames, 3))
    for shot in shots:
        rows, angles = _angles(shot, film.fps)
        f[rows], turns[rows] = shot.f, angles[:, None] * shot.up
    if not turns.any():
        return None
    r = Rotation.from_rotvec(turns).as_matrix()
    return FilmCamera(f=f.tolist(), c=film.camera.c, r=r.tolist())


def _shots(
    people: Sequence[tuple[int, Sequence[Fit]]], places: Mapping[int, Place], films: FilmSearch
) -> list[Shot]:
    """What each shot shows."""
    feet: dict[int, list[ShotFeet]] = {}
    focal: dict[int, np.ndarray] = {}
    for first, fits in people:
        for fit in fits:
            shot, unit = fit.take.shot, fit.take.seen.unit
            feet.setdefault(shot, []).append(ShotFeet.of(first, fit, places[shot].r[:, 2], films))
            focal[shot] = fit.result.camera.f[0] * unit
            first += len(fit.take)
    return [Shot(places[shot].r[:, 2], focal[shot], feet[shot]) for shot in sorted(feet)]


def _angles(shot: Shot, fps: float) -> tuple[slice, np.ndarray]:
    """The frames of a shot, and the angles [n_frames] radians by which the camera is turned.

    The angles are about their mean; all are 0 where the camera is not found to turn.
    """
    first = min(person.first for person in shot.people)
    last = max(person.first + len(person.feet) for person in shot.people)
    if last - first < 2:
        return slice(first, last), np.zeros(last - first)
    # A row for each step in time, two columns for each person; where someone is not, weights are 0.
    rates, weights = np.zeros((2, last - first - 1, 2 * len(shot.people)))
    for i, person in enumerate(shot.people):
        rows = slice(person.first - first, person.first - first + len(person.feet) - 1)
        own = slice(2 * i, 2 * i + 2)
        rates[rows, own], weights[rows, own] = _foot_rates(person, shot.up, fps)
    rate = _common_rate(rates, weights, CALM * fps)
    # Errors of small rates add up to a turn in a long film: what decides is the turn without them.
    sure = rate**3 / (rate**2 + SLOW**2)
    is_found = LEAST < np.ptp(_turn(sure, fps)) < MOST and _explains(sure, rates, weights)
    angles = _turn(rate, fps)
    return slice(first, last), (angles - angles.mean()) * is_found


def _turn(rate: np.ndarray, fps: float) -> np.ndarray:
    """The angles [n_steps + 1] from the first frame on, of rates [n_steps] in radians/s."""
    return np.concatenate([[0.0], np.cumsum(rate) / fps])


def _foot_rates(person: ShotFeet, up: np.ndarray, fps: float) -> tuple[np.ndarray, np.ndarray]:
    """The rates of a camera [radians/s] that feet tell, and their weights, both [n_steps, 2]."""
    feet, heights = person.feet, person.feet @ up
    middle, velocity = 0.5 * (feet[1:] + feet[:-1]), np.diff(feet, axis=0) * fps
    lever = np.cross(up, middle)
    # A foot below the camera has no lever, and tells nothing.
    squares = np.maximum((lever**2).sum(axis=2), 1.0)
    climbs = np.diff(heights, axis=0) * fps / MM_PER_M
    weights = step_weights(heights, person.shown) * robust_weights(climbs, LIFTED)
    return (velocity * lever).sum(axis=2) / squares, weights


def _common_rate(rates: np.ndarray, weights: np.ndarray, width: float) -> np.ndarray:
    """The rate [n_steps] on which the rates of feet [n_steps, n] agree, over a width [frames]."""
    common, trust = np.zeros(len(rates)), weights
    for _ in range(ROUNDS):
        common = time_average((trust * rates).sum(axis=1), trust.sum(axis=1), width)
        # A foot that swings or slides disagrees with the others, and loses its weight.
        trust = weights * robust_weights(rates - common[:, None], SPREAD)
    return common


def _explains(rate: np.ndarray, rates: np.ndarray, weights: np.ndarray) -> bool:
    """Whether the rate of the camera [n_steps] explains how feet that bear weight move."""
    turns = (weights > 0.5) & (np.abs(rate) > SLOW)[:, None]
    if not turns.any():
        return False
    rest = np.abs(rates - rate[:, None])[turns]
    return bool(np.median(rest) < EXPLAINED * np.median(np.abs(rates[turns])))
