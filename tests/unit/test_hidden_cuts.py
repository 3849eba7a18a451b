"""Cuts that keypoints do not show: the example's person before two cameras."""

import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.cuts import cuts, possible_cuts
from human_pose_util.skeleton import COCO_17
from human_pose_util.transforms import look_at
from lifting import FilmCamera
from lifting.fit.hidden_cuts import absences, shot_starts
from lifting.fit.takes import FilmContext
from lifting.input.keypoint_input import Film

FPS, SIZE = 25.0, (1920, 1080)
N, HALF = 150, 75
F, C = np.full(2, 1500.0), np.array([960.0, 540.0])


def camera_at(*position, aim):
    return Camera(*look_at(np.array(position) + aim * [1, 1, 0], aim), F, C, SIZE)


@pytest.fixture(scope="module")
def p3w():
    return example()[1][:N]


@pytest.fixture(scope="module")
def cameras(p3w):
    """Two cameras: one at the height of the hips, one high up and from the side."""
    aim = p3w.mean(axis=(0, 1))
    return camera_at(0, -5000, 1000, aim=aim), camera_at(4000, -2000, 3500, aim=aim)


@pytest.fixture(scope="module")
def views(p3w, cameras):
    """Keypoints of both cameras."""
    points = keypoint_positions(p3w, COCO_17)
    noise = np.random.default_rng(0).normal(0, 2, (N, 17, 2))
    return [
        np.concatenate([camera.project_world(points) + noise, np.ones((N, 17, 1))], axis=2)
        for camera in cameras
    ]


def with_absence(before, after, n_unseen):
    """A film that shows nobody in some frames, and another view after them."""
    keypoints = np.concatenate([before[:HALF], after[HALF:]])
    keypoints[HALF : HALF + n_unseen] = [np.nan, np.nan, 0]
    return keypoints


def starts(lifter, *people, camera=None):
    mapping = lifter.searches.keypoint_mapping("coco17")
    film = Film(SIZE, FPS, camera or FilmCamera())
    return shot_starts([Person(p, 0) for p in people], FilmContext(mapping, film, lifter.searches))


@pytest.mark.parametrize("n_unseen", [4, 12])
def test_another_view_after_an_absence_is_a_new_shot(lifter, views, n_unseen):
    assert starts(lifter, with_absence(*views, n_unseen)) == [HALF + n_unseen]


@pytest.mark.parametrize("n_unseen", [4, 12, 50])
@pytest.mark.parametrize("view", [0, 1])
def test_the_same_view_after_an_absence_is_no_new_shot(lifter, views, view, n_unseen):
    assert starts(lifter, with_absence(views[view], views[view], n_unseen)) == []


def test_a_similar_view_is_a_new_shot(lifter, p3w):
    """Both cameras aim at the person, so that keypoints do not jump far enough for a cut."""
    points, aim = keypoint_positions(p3w, COCO_17), p3w[HALF].mean(axis=0)
    cameras = camera_at(0, -5000, 1000, aim=aim), camera_at(4700, 1700, 1600, aim=aim)
    one, other = (
        np.concatenate([camera.project_world(points), np.ones((N, 17, 1))], axis=2)
        for camera in cameras
    )
    film = with_absence(one, other, 0)
    assert cuts([Person(film, 0)], COCO_17, FPS) == []
    assert starts(lifter, film) == [HALF]


def test_a_step_of_the_person_is_no_new_shot(lifter, views):
    """Someone who moves suddenly by 4 % of their size is shown by the same camera."""
    after = views[0] + [30.0, 0.0, 0.0]
    film = with_absence(views[0], after, 0)
    assert possible_cuts([Person(film, 0)], COCO_17, FPS) == [HALF]
    assert starts(lifter, film) == []


@pytest.mark.parametrize("n_unseen", [0, 4])
def test_a_cut_nearby_makes_no_other_one(lifter, views, n_unseen):
    """Before a step, or an absence, the film cuts: what it shows before the cut tells nothing."""
    film = with_absence(views[0], views[0] + [30.0, 0.0, 0.0], n_unseen)
    film[:40] = views[1][:40]
    assert starts(lifter, film) == [40]


def test_someone_who_is_unseen_for_longer_may_have_turned(lifter, views):
    """Another person is seen on both sides of a short absence, and stays as they are."""
    stays, turns = with_absence(views[0], views[0], 5), with_absence(*views, 5)
    stays[:, :, 0] += 300.0
    turns[20 : HALF + 5] = [np.nan, np.nan, 0]
    assert starts(lifter, stays, turns) == []


def test_nothing_hides_where_someone_is_seen_all_the_time(lifter, views):
    stays = views[0] + [400, 0, 0]
    assert starts(lifter, with_absence(*views, 12), stays) == []


def test_a_camera_whose_place_is_known_has_no_hidden_cuts(lifter, views):
    r, t = look_at(np.array([0, -5000, 1000.0]), np.array([0, 0, 900.0]))
    placed = FilmCamera(f=F.tolist(), r=r.tolist(), t=t.tolist())
    assert starts(lifter, with_absence(*views, 12), camera=placed) == []


def test_each_view_has_its_own_vertical(lifter, views, cameras):
    """As one shot they would share one, though the cameras look down by 1 and by 30 degrees."""
    lifted = lifter.lift(with_absence(*views, 12), size=SIZE, fps=FPS)
    assert lifted.cuts == (HALF + 12,)
    for row, camera in ((0, cameras[0]), (-1, cameras[1])):
        angle = np.degrees(np.arccos(lifted.cameras.r[row][:, 2] @ camera.r[:, 2]))
        assert angle < 9


def person(*seen, n=20, n_keypoints=17):
    """Keypoints [n, 17, 3] that are seen in ranges of frames."""
    keypoints = np.full((n, 17, 3), [np.nan, np.nan, 0.0])
    for low, high in seen:
        keypoints[low:high, :n_keypoints] = [5.0, 5.0, 1.0]
    return keypoints


def test_absences_are_between_frames_that_show_someone():
    one = Person(person((3, 8), (14, 18)), 10)
    assert absences([one], 30.0) == [(18, 24)]
    assert absences([one, Person(person((0, 2)), 19)], 30.0) == [(21, 24)]
    assert absences([one, Person(person((0, 3)), 19)], 30.0) == []  # 2 frames are too few
    assert absences([one], 60.0) == [(18, 24)]
    assert absences([one], 70.0) == []  # 6 frames are less than a tenth of a second
    few = Person(person((0, 20), n_keypoints=3), 10)  # three keypoints tell no place
    assert absences([one, few], 30.0) == [(18, 24)]
    assert absences([], 30.0) == []
    assert absences([Person(person(), 0)], 30.0) == []
