"""Films whose images are turned: they are lifted as if they were upright."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.rotation import rotate_image
from human_pose_util.skeleton import COCO_17
from human_pose_util.transforms import look_at, rotation_about
from lifting import FilmCamera
from lifting.camera_motion.image_turn import walks
from lifting.camera_motion.turned_image import TurnedImage
from lifting.input.keypoint_input import Film
from lifting.stance.balance import Stance

FPS, SIZE, N = 25.0, (1280, 720), 50
F, C = np.array([1100.0, 1000.0]), np.array([600.0, 380.0])


def walk_before(camera):
    """Keypoints [N, 17, 3] of the example's person, who walks by."""
    p3w = example()[1][:N].copy()
    p3w[..., :2] -= p3w[:, :1, :2].mean(axis=0)
    p2 = camera.project_world(keypoint_positions(p3w, COCO_17))
    return np.concatenate([p2, np.ones((N, 17, 1))], axis=2)


@pytest.fixture(scope="module")
def upright():
    """Keypoints of a film that is upright."""
    r, t = look_at(np.array([0.0, -5000.0, 1500.0]), np.array([0.0, 0.0, 900.0]), 0.0)
    return walk_before(Camera(r, t, F, C, SIZE))


@pytest.fixture(scope="module")
def of_upright(lifter, upright):
    """What is lifted from it."""
    return lifter.lift(upright, size=SIZE, fps=FPS, camera=FilmCamera(f=F.tolist(), c=C.tolist()))


@pytest.mark.parametrize("degrees", [90, 270])
def test_a_film_on_its_side_is_lifted_as_if_it_were_upright(degrees, lifter, upright, of_upright):
    """Here the image is turned by the rest of a full turn, as by a camera that was turned."""
    turned, size = rotate_image(upright, 360 - degrees, SIZE)
    c, _ = rotate_image(C, 360 - degrees, SIZE)
    f = F[::-1]
    camera = FilmCamera(f=f.tolist(), c=c.tolist())
    found = lifter.lift(turned, size=size, fps=FPS, camera=camera)
    assert found.image_turn == degrees
    assert of_upright.image_turn == 0
    assert found.quality.verdict == of_upright.quality.verdict
    np.testing.assert_allclose(found.p3w, of_upright.p3w, atol=1.0)  # mm
    # The camera is that of the film: it sees the keypoints where they are.
    np.testing.assert_allclose(found.camera.to_camera(found.p3w), found.p3c, atol=1e-6)
    np.testing.assert_allclose(found.camera.f, f)
    np.testing.assert_allclose(found.camera.c, c)
    assert found.camera.size == size
    limbs = found.keypoints(found.p3c)[:, COCO_17.joint_index("l_shoulder") :]
    off = found.camera.project(limbs) - turned[:, -limbs.shape[1] :, :2]
    assert np.median(np.linalg.norm(off, axis=2)) < 8  # px, of a person of 350


def test_an_image_that_is_known_to_be_upright_stays(lifter, upright):
    turned, size = rotate_image(upright, 90, SIZE)
    found = lifter.lift(turned, size=size, fps=FPS, is_upright=True)
    assert found.image_turn == 0


@pytest.mark.parametrize("roll", [-30, 22])
def test_a_film_of_a_camera_that_is_rolled_is_turned_back(roll, lifter):
    """Positive angles roll the camera so that people lean to the right in the image."""
    r, t = look_at(np.array([0.0, -5000.0, 1500.0]), np.array([0.0, 0.0, 900.0]), 0.0)
    level = Camera(r, t, np.full(2, 1100.0), np.array(SIZE) / 2, SIZE)
    turn = rotation_about(np.radians(roll), "z")
    rolled = replace(level, r=turn @ level.r, t=turn @ level.t)
    expected, found = (
        lifter.lift(walk_before(camera), size=SIZE, fps=FPS) for camera in (level, rolled)
    )
    assert expected.image_turn == 0
    assert abs(found.image_turn + roll) < 8
    truth = rolled.r[:, 2]
    assert np.degrees(np.arccos(found.camera.r[:, 2] @ truth)) < 8
    np.testing.assert_allclose(found.camera.to_camera(found.p3w), found.p3c, atol=1e-6)
    poses = (one.p3w - one.p3w.mean(axis=1, keepdims=True) for one in (found, expected))
    assert np.median(np.linalg.norm(np.subtract(*poses), axis=2)) < 40  # mm
    off = found.camera.project(found.keypoints(found.p3c)[:, 5:]) - walk_before(rolled)[:, 5:, :2]
    assert np.median(np.linalg.norm(off, axis=2)) < 8  # px, of a person of 350


def test_a_film_of_two_cameras_is_not_turned_for_one_of_them(lifter, upright):
    middle = np.array(SIZE) / 2
    turn = rotation_about(np.radians(25), "z")[:2, :2]
    film = np.tile(upright, (2, 1, 1))
    film[N:, :, :2] = (film[N:, :, :2] - middle) @ turn.T + middle
    assert lifter.lift(film, size=SIZE, fps=FPS).image_turn == 0


def moved(film, joints, path):
    """A film in which joints, such as "hip", move along a path [N, 2] px, too."""
    film = film.copy()
    for column, joint in enumerate(COCO_17.joints):
        if joint[2:] in joints:
            film[:, column, :2] += path
    return film


UPPER = ("shoulder", "elbow", "wrist", "eye", "ear", "se")  # "se" is the end of "nose"
SWING = 60 * np.sin(np.arange(N) / 4)[:, None]


@pytest.mark.parametrize(
    "joints, path",
    [
        ((), 0.0),
        (UPPER + ("hip", "knee", "ankle"), SWING * [1, 0.3]),  # the camera sways, or a bed moves
        (("wrist", "elbow"), SWING * [1, 0]),  # lifts weights
        (("hip", "knee"), SWING * [0, 0.4]),  # push-ups
        (UPPER, -np.abs(SWING) * [0, 1]),  # sits up
        (("knee", "ankle"), -np.abs(SWING) * [0, 1]),  # raises both legs
    ],
)
def test_people_who_lie_stay_where_they_are(joints, path, lifter, upright):
    """Someone who walks in a turned image walks up a wall, but others may lie there."""
    still = np.repeat(rotate_image(upright, 90, SIZE)[0][20:21], N, axis=0)
    still[..., :2] += np.random.default_rng(0).normal(0, 1.0, still[..., :2].shape)
    film = moved(still, joints, path)
    assert lifter.lift(film, size=SIZE[::-1], fps=FPS).image_turn == 0


@pytest.mark.parametrize(
    "ahead, is_walking",
    [
        ((-0.3, 0.3), True),
        ((-0.1, 0.5), True),
        ((0.1, 0.7), False),  # one foot moves, but stays ahead of the other
        ((-0.15, 0.15), False),  # feet pass each other, but hardly move
    ],
)
def test_feet_that_stride_pass_each_other(ahead, is_walking):
    """The left foot is ahead of the right one by a number of leg lengths from a range."""
    leg, up = 900.0, np.array([0.0, 0.0, 1.0])
    swing = 0.5 + 0.55 * np.sin(np.arange(60) / 5)  # the percentiles of a sine are not its ends
    feet = np.zeros((60, 2, 3))
    feet[:, 0, 1] = leg * (ahead[0] + (ahead[1] - ahead[0]) * swing)
    feet[:, :, 0] = [-80, 80]
    centre = feet.mean(axis=1) + leg * up
    assert walks(Stance(centre, feet, leg), up) == is_walking
    assert not walks(Stance(centre, feet, leg), -up)  # upside down, nobody stands


def test_a_trunk_that_is_upright_keeps_the_image_from_being_turned(lifter, upright):
    """One person walks up a wall, as it seems, before another who walks on the floor."""
    walls, _ = rotate_image(upright, 90, SIZE)
    film = Film((SIZE[0], SIZE[0]), FPS)
    people = [Person(walls, 0), Person(upright, 0)]
    assert [lifted.image_turn for lifted in lifter.lift_people(people, "coco17", film)] == [0, 0]
    assert lifter.lift_people(people[:1], "coco17", film)[0].image_turn == 270


def test_a_film_without_feet_stays_without_a_warning(lifter, upright):
    turned, size = rotate_image(upright, 90, SIZE)
    turned[:, [COCO_17.joint_index(f"{side}_ankle") for side in "lr"]] = [np.nan, np.nan, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lifter.lift(turned, size=size, fps=FPS).image_turn == 0


@pytest.mark.parametrize("degrees", [90, 270, -30, 17])
def test_what_a_turned_image_shows(degrees, upright):
    """Turned there and back, keypoints are where they were; absent ones stay absent."""
    keypoints = upright.copy()
    keypoints[3, 5] = [np.nan, np.nan, 0.0]
    camera = FilmCamera(f=F.tolist(), c=C.tolist())
    there = TurnedImage(Film(SIZE, FPS, camera), degrees)
    back = TurnedImage(there.film, -degrees)
    person = there.person(Person(keypoints, 4))
    assert person.first_frame == 4
    np.testing.assert_allclose(back.person(person).keypoints, keypoints, atol=1e-9)
    assert back.film.size == SIZE
    np.testing.assert_allclose(back.film.camera.f, F)
    np.testing.assert_allclose(back.film.camera.c, C)
