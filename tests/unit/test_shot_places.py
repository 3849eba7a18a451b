"""Where the cameras of shots stand, from people who go on after a cut."""

from types import SimpleNamespace

import numpy as np
import pytest

from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about
from lifting.fit.shot_places import motion_at_cut, shot_places
from lifting.fit.takes import Fit
from lifting.input.keypoint_input import Film
from lifting.stance.film_poses import FilmPoses
from tests.helpers.level_camera import FPS, UP, in_camera
from tests.helpers.postures import walking

FILMS = SimpleNamespace(
    skeleton=S24,
    in_camera=lambda p3c: p3c,
    poses_in_camera=lambda p3c, seen: FilmPoses(
        p3c, np.tile(UP, (len(p3c), 1)), np.ones(p3c.shape[:2], bool)
    ),
)
"""Searches whose results are poses in the camera's frame."""


def fit(shot: int, p3c: np.ndarray, is_seen: np.ndarray) -> Fit:
    """A fit in a shot: poses [n_frames, n_joints, 3] mm, and whether they are seen [n_frames]."""
    observed = SimpleNamespace(has_joints=is_seen)
    seen = SimpleNamespace(film=Film((1920, 1080), FPS))
    return Fit(SimpleNamespace(shot=shot, observed=observed, seen=seen), p3c)


@pytest.mark.parametrize("unseen", ["before", "after"])
def test_only_people_seen_next_to_a_cut_tell_how_the_world_goes_on(unseen):
    """The camera stands still at the cut; someone who is not seen there is guessed to be away."""
    p3c = in_camera(walking(40))
    seen = np.ones(20, bool)
    lost = np.where(np.arange(20) < 10, seen, False)
    away = in_camera(walking(40) @ rotation_about(1.0, "z").T + [3000.0, 2000.0, 0.0])
    first, second = p3c[:20], p3c[20:]
    walker = [fit(0, first, seen), fit(1, second, seen)]
    if unseen == "before":
        other = [fit(0, away[:20], lost), fit(1, second, seen)]
    else:
        other = [fit(0, first, seen), fit(1, away[20:], lost[::-1])]
    places = shot_places([walker, other], FILMS)
    last, after = places[0].to_world(first[-1]), places[1].to_world(second[0])
    assert np.linalg.norm(after - last, axis=1).mean() < 100


def level_motion() -> tuple[np.ndarray, np.ndarray]:
    """A turn about the vertical and a shift on the floor [mm]."""
    return rotation_about(2.2, "z"), np.array([400.0, -900.0, 0.0])


def test_people_tell_how_the_world_is_turned_and_moved_after_a_cut():
    """The floor stays, although the second person is higher right after the cut."""
    turn, shift = level_motion()
    first = walking(40)[[0, 20]] + [[[0.0, 0.0, 0.0]], [[1500.0, 300.0, 0.0]]]
    last = first @ turn.T + shift
    higher = first + [[[0.0, 0.0, 0.0]], [[0.0, 0.0, 120.0]]]
    for points in (first, higher):
        found_turn, found_shift = motion_at_cut(points, last, [True, True])
        np.testing.assert_allclose(found_turn, turn, atol=1e-9)
        np.testing.assert_allclose(found_shift, shift, atol=1e-6)


@pytest.mark.parametrize(("is_seen", "told"), [([True, False], 0), ([False, True], 1)])
def test_people_who_are_guessed_count_where_nobody_is_seen(is_seen, told):
    turn, shift = level_motion()
    first = walking(40)[[0, 20]]
    last = np.stack([first[0] @ turn.T + shift, first[1] + [0.0, 5000.0, 0.0]])
    found = motion_at_cut(first, last, is_seen)
    expected = [(turn, shift), (np.eye(3), [0.0, 5000.0, 0.0])][told]
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, other, atol=1e-6)
    of_both = motion_at_cut(first, last, [True, True])
    for own, other in zip(motion_at_cut(first, last, [False, False]), of_both, strict=True):
        np.testing.assert_array_equal(own, other)


def test_after_a_cut_to_a_camera_elsewhere_people_go_on_where_they_were():
    """The second camera sees the person from another side, and nearer to the edge of the image.

    A third shot shows another person, whom nothing joins to the first one.
    """
    p3w, (turn, shift) = walking(60), level_motion()
    parts = [p3w[:20], p3w[20:40] @ turn.T + shift, p3w[40:]]
    seen = np.ones(20, bool)
    walker = [fit(shot, in_camera(part), seen) for shot, part in enumerate(parts[:2])]
    places = shot_places([walker, [fit(2, in_camera(parts[2]), seen)]], FILMS)
    before, after = (places[i].to_world(in_camera(part)) for i, part in enumerate(parts[:2]))
    assert np.linalg.norm(after[0] - before[-1], axis=1).mean() < 70  # mm, in a frame
    # Had the first camera seen the rest, the person would have been at the same places.
    expected = places[0].to_world(in_camera(p3w[20:40]))
    assert np.linalg.norm(after - expected, axis=2).mean() < 70
    alone = shot_places([[fit(2, in_camera(parts[2]), seen)]], FILMS)
    np.testing.assert_array_equal(places[2].r, alone[2].r)
    np.testing.assert_array_equal(places[2].t, alone[2].t)
