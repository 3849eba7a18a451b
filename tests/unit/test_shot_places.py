"""Where the cameras of shots stand, from people who go on after a cut."""

from types import SimpleNamespace

import numpy as np
import pytest

from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about
from lifting.fit.shot_places import Fit, shot_places
from lifting.input.keypoint_input import Film
from lifting.stance.vertical import FilmPoses
from tests.unit.test_level_view import FPS, UP, in_camera, walking

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
