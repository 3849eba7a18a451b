"""Where the camera of each shot stands, so that nobody jumps at a cut."""

import itertools
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from human_pose_util.transforms import fit_turn, rotation_about
from lifting.fit.film_searches import FilmSearches
from lifting.fit.takes import Fit, by_shot
from lifting.stance.level_view import Place, level_view


def shot_places(people: Collection[Sequence[Fit]], searches: FilmSearches) -> dict[int, Place]:
    """The camera's place in each shot of a film in which it is unknown; it is that of all people.

    Each shot tells a vertical and a floor. Which way its camera looks and where it stands on the
    floor, nothing tells but the people: after a cut, they go on where and as they were before it.

    Args:
        people: what was fitted to the takes of each person.
        searches: the searches with the GAN.
    """
    places: dict[int, Place] = {}
    of_shots = by_shot(itertools.chain.from_iterable(people), lambda fit: fit.take.shot)
    for shot, fits in of_shots.items():
        poses = [searches.poses_in_camera(fit.result, fit.take.seen) for fit in fits]
        place = level_view(poses, searches.skeleton, fits[0].take.seen.film.fps)
        cuts = [
            (before, after)
            for fits_of_person in people
            for before, after in itertools.pairwise(fits_of_person)
            if after.take.shot == shot
        ]
        places[shot] = _after_cut(place, cuts, places, searches) if cuts else place
    return places


def _after_cut(
    place: Place,
    cuts: Sequence[tuple[Fit, Fit]],
    places: Mapping[int, Place],
    searches: FilmSearches,
) -> Place:
    """The place of a shot's camera in the world of the shots before, in which people go on.

    Args:
        place: the place in a world of its own.
        cuts: for each person of the shot who is in one before, the fits before and after the cut.
        places: the places in the shots before.
        searches: the searches with the GAN.
    """
    last = [places[b.take.shot].to_world(searches.in_camera(b.result)[-1]) for b, _ in cuts]
    first = [place.to_world(searches.in_camera(a.result)[0]) for _, a in cuts]
    is_seen = [
        bool(b.take.observed.has_joints[-1] and a.take.observed.has_joints[0]) for b, a in cuts
    ]
    turn, shift = motion_at_cut(np.stack(first), np.stack(last), is_seen)
    # The new world is p' = turn·p + shift, so p3c = R·p + t = R·turnᵀ·(p' − shift) + t.
    r = place.r @ turn.T
    return Place(r, place.t - r @ shift)


def motion_at_cut(
    first: np.ndarray, last: np.ndarray, is_seen: Sequence[bool]
) -> tuple[np.ndarray, np.ndarray]:
    """How the world after a cut is turned and moved so that people go on where they were before it.

    It is turned about the vertical and moved on the floor, which brings the joints right after the
    cut nearest to the same joints right before it.

    Args:
        first: [n_people, n_joints, 3] poses right after the cut, in a world whose floor is at 0.
        last: [n_people, n_joints, 3] poses right before it, in another such world.
        is_seen: for each person, whether they are seen on both sides of the cut. Where others are
            is a guess, which counts only if nobody is seen.

    Returns:
        [3, 3] and [3], for which p' = turn·p + shift; the shift is level.
    """
    counts = np.array(is_seen) | (not any(is_seen))
    points, target = first[counts].reshape(-1, 3), last[counts].reshape(-1, 3)
    a, b = points - points.mean(axis=0), target - target.mean(axis=0)
    turn = rotation_about(fit_turn(a[:, :2], b[:, :2]), "z")
    shift = target.mean(axis=0) - turn @ points.mean(axis=0)
    shift[2] = 0.0  # both worlds have the floor at 0
    return turn, shift
