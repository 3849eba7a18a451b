"""One floor for all people: it tells how tall they are, compared with each other.

A film does not tell how tall a person is: someone twice as tall and twice as far away looks the
same. Every person is fitted with the height of most people, so two people of whom one is taller by
a tenth, or a child, end up on floors of their own, and too near or too far from each other.

About the centre of the camera, a person, the feet and the distances have one scale. If the fit puts
the camera at the height h above a person's feet, while it is at H above the floor, then the person
is H/h times as tall as fitted. H follows from all people together: most are about as tall as
fitted, which is what adults are (a log-normal distribution), a few are children, and a few stand on
something else than the floor, whose h tells nothing. H is the most likely height for this mixture.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from human_pose_util.skeleton import Skeleton
from lifting.fit.film_searches import FilmSearches
from lifting.fit.takes import Fit, by_shot
from lifting.stance.balance import Stance, can_balance
from lifting.stance.film_poses import FilmPoses
from lifting.stance.vertical import FOOT_HEIGHT_STD, shows_stance, vertical

ADULT_STD = 0.07
"""Standard deviation of the logarithm of an adult's height."""

CHILDREN, SMALLEST = 0.1, 0.7
"""Share of the people who are children, and by how much smaller than an adult, as a logarithm, the
smallest is; all sizes between are as likely."""

ELSEWHERE, RANGE = 0.02, 1.5
"""Share of the people who do not stand on the floor, and the range of the logarithms of H/h in
which theirs are, all as likely."""

LOWEST_CAMERA = 200.0
"""Least height of the camera above feet [mm] that tells anything: it divides."""

FLOOR_SHARE = 0.3
"""Share of the frames in which someone has to stand to tell of the floor."""


def on_one_floor(
    people: Mapping[int, Sequence[Fit]], searches: FilmSearches
) -> dict[int, list[Fit]]:
    """People, each as tall as the floor that they share tells.

    A person has one height in all shots: the mean of the logarithms that those tell which tell
    anything, weighted by numbers of frames.

    Args:
        people: what was fitted to the takes of each person, whose height is unknown, in the frame
            of a camera whose place is unknown.
        searches: the searches with the GAN.
    """
    if len(people) < 2 or not can_balance(searches.skeleton):
        return {number: list(fits) for number, fits in people.items()}
    totals, n_frames = dict.fromkeys(people, 0.0), dict.fromkeys(people, 0)
    numbered = ((number, fit) for number, fits in people.items() for fit in fits)
    for shown in by_shot(numbered, lambda pair: pair[1].take.shot).values():
        fps = shown[0][1].take.seen.film.fps
        poses = [searches.poses_in_camera(fit.result, fit.take.seen) for _, fit in shown]
        up = vertical(poses, searches.skeleton, fps)
        heights = np.array([camera_height(part, searches.skeleton, up) for part in poses])
        for (number, fit), factor in zip(shown, log_factors(heights), strict=True):
            if np.isfinite(factor):
                totals[number] += len(fit.take) * factor
                n_frames[number] += len(fit.take)
    factors = {n: float(np.exp(totals[n] / max(n_frames[n], 1))) for n in people}
    return {
        number: [fit._replace(result=fit.result.resized(factors[number])) for fit in fits]
        for number, fits in people.items()
    }


def camera_height(poses: FilmPoses, skeleton: Skeleton, up: np.ndarray) -> float:
    """Height of the camera above a person's feet [mm]; NaN for someone who is not seen to stand.

    Args:
        poses: the person.
        skeleton: the skeleton, for which `can_balance` holds.
        up: [3] the vertical in the camera's frame.
    """
    if not shows_stance(poses, skeleton):
        return np.nan
    stance = Stance.of(poses.p3c, skeleton)
    stands = stance.stands(up)
    if not stands.mean() > FLOOR_SHARE:
        return np.nan
    return float(-np.median((stance.feet[stands] @ up).min(axis=1)))


def log_factors(heights: np.ndarray) -> np.ndarray:
    """Logarithms of the factors by which people are taller than fitted.

    Args:
        heights: [n] heights of the camera above the feet of each person, in the person's scale
            [mm]; NaN where it is unknown.

    Returns:
        [n]; NaN for people of whom nothing is known, and where fewer than two tell anything.
    """
    factors = np.full(len(heights), np.nan)
    tells = heights > LOWEST_CAMERA  # False for NaN
    if tells.sum() < 2:
        return factors
    h = heights[tells]
    # The likelihood of H has several maxima, so all H are tried: 1 % apart is near enough.
    logs = np.arange(np.log(h.min()) - SMALLEST, np.log(h.max()) + SMALLEST, 0.01)
    a = logs[:, None] - np.log(h)
    variance = ADULT_STD**2 + (FOOT_HEIGHT_STD / h) ** 2
    adult = np.exp(-0.5 * a**2 / variance) / np.sqrt(2 * np.pi * variance)
    densities = np.stack(
        [
            (1 - CHILDREN - ELSEWHERE) * adult,
            CHILDREN / SMALLEST * ((a > -SMALLEST) & (a < 0)),
            np.full_like(a, ELSEWHERE / RANGE),
        ]
    )
    best = np.log(densities.sum(axis=0)).sum(axis=1).argmax()
    is_adult, is_child, _ = densities[:, best] / densities[:, best].sum(axis=0)
    # An adult's factor is the mean of what the floor tells and of 1, weighted by their variances;
    # all sizes of children are as likely, so theirs is what the floor tells.
    factors[tells] = (is_adult * ADULT_STD**2 / variance + is_child) * a[best]
    return factors
