"""How a camera turns, found from the feet of people who walk.

Where the camera turns about the vertical, all feet that bear weight tell the same rate
(`turn_rates`). Someone who glides over the floor while the camera stands still looks alike, and so
does someone on a treadmill: for such films the user can say that the camera stands still
(`Film.is_still`).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from lifting.camera_motion.turn_rates import (
    CALM,
    LEAST,
    MOST,
    SLOW,
    common_rate,
    explains,
    foot_rates,
    turn_of,
)
from lifting.fit.film_searches import FilmSearches
from lifting.fit.takes import Fit, by_shot
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_input import Film
from lifting.stance.balance import Stance, ankles, can_balance
from lifting.stance.level_view import Place


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
    def of(cls, fit: Fit, up: np.ndarray, searches: FilmSearches) -> "ShotFeet":
        """The feet of a fit.

        Args:
            fit: the fit, of a skeleton for which `can_balance` holds.
            up: [3] the vertical in the camera's frame.
            searches: the searches with the GAN.
        """
        stance = Stance.of(searches.in_camera(fit.result), searches.skeleton)
        shown = fit.take.observed.weights[:, ankles(searches.skeleton)] > 0
        return cls(fit.take.first_frame, stance.feet, shown & stance.stands(up)[:, None])

    def within(self, first: int, last: int) -> "ShotFeet":
        """The feet in the frames of the film from `first` to before `last`."""
        rows = slice(max(first - self.first, 0), max(last - self.first, 0))
        return ShotFeet(max(first, self.first), self.feet[rows], self.shown[rows])


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


class CameraTurn(NamedTuple):
    """How a camera is found to turn.

    Attributes:
        camera: the camera, with its rotation in every frame.
        degrees: the largest angle between two of its directions in one shot.
    """

    camera: FilmCamera
    degrees: float


def turning_camera(
    people: Iterable[Sequence[Fit]],
    places: Mapping[int, Place],
    edges: Sequence[int],
    film: Film,
    searches: FilmSearches,
) -> CameraTurn | None:
    """How the camera of a film turns; None where it is found to turn in no shot.

    Args:
        people: for each person, what was fitted to each take.
        places: where the camera stands in each shot, as if it did not turn.
        edges: the frames of the film at which shots begin, and the end of the last frame in which
            anyone is seen.
        film: what is known of the film.
        searches: the searches with the GAN.
    """
    if not can_balance(searches.skeleton):
        return None
    shots, n_frames = _shots(people, places, edges, searches), edges[-1]
    f, turns = np.tile(shots[0].f, (n_frames, 1)), np.zeros((n_frames, 3))
    largest = 0.0
    for shot in shots:
        rows, angles = _angles(shot, film.fps)
        f[rows], turns[rows] = shot.f, angles[:, None] * shot.up
        largest = max(largest, angles.max(initial=0.0) - angles.min(initial=0.0))
    if largest == 0:
        return None
    r = Rotation.from_rotvec(turns).as_matrix()
    camera = FilmCamera(f=f.tolist(), c=film.camera.c, r=r.tolist())
    return CameraTurn(camera, float(np.degrees(largest)))


def _shots(
    people: Iterable[Sequence[Fit]],
    places: Mapping[int, Place],
    edges: Sequence[int],
    searches: FilmSearches,
) -> list[Shot]:
    """What each shot shows of people, between its edges.

    A take also covers frames of other shots in which the person is not seen.
    """
    shots = []
    for shot, fits in by_shot(chain.from_iterable(people), lambda fit: fit.take.shot).items():
        up, edge = places[shot].r[:, 2], edges[shot : shot + 2]
        feet = [ShotFeet.of(fit, up, searches).within(*edge) for fit in fits]
        # All takes of a shot have one focal length (`lifting.fit.calibration`).
        f = fits[0].result.camera.f[0] * fits[0].take.seen.unit
        shots.append(Shot(up, f, feet))
    return shots


def _angles(shot: Shot, fps: float) -> tuple[slice, np.ndarray]:
    """The frames of a shot, and the angles [n_frames] radians of what rests, as the camera sees it.

    The angles are about the vertical, and about their mean; all are 0 where the camera is not found
    to turn.
    """
    first = min(person.first for person in shot.people)
    last = max(person.first + len(person.feet) for person in shot.people)
    # Seldomer than this, the frames of a window in time are one frame.
    if last - first < 2 or CALM * fps < 1:
        return slice(first, last), np.zeros(last - first)
    # A row for each step in time, two columns for each person; where someone is not, weights are 0.
    rates, weights = np.zeros((2, last - first - 1, 2 * len(shot.people)))
    for i, person in enumerate(shot.people):
        rows = slice(person.first - first, person.first - first + len(person.feet) - 1)
        own = slice(2 * i, 2 * i + 2)
        rates[rows, own], weights[rows, own] = foot_rates(person.feet, person.shown, shot.up, fps)
    rate = common_rate(rates, weights, fps)
    # Errors of small rates add up to a turn in a long film: what decides is the turn without them.
    sure = rate**3 / (rate**2 + SLOW**2)
    angles = turn_of(rate, fps)
    is_found = np.ptp(turn_of(sure, fps)) > LEAST and np.ptp(angles) < MOST
    is_found &= explains(sure, rates, weights)
    return slice(first, last), (angles - angles.mean()) * is_found
