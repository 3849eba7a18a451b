"""People who lie stretched out, whom poses take for people who stand before another camera."""

import numpy as np
import pytest

from computed_people.actions import perform
from computed_people.body import make_body
from computed_people.detector import keypoint_positions
from human_pose_util.camera import Camera
from human_pose_util.dataset.h3m_protocol import S24_JOINTS
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at, rotation_about
from lifting.stance.film_poses import FilmPoses
from lifting.stance.lying import falls, may_lie
from lifting.stance.vertical import vertical
from tests.helpers.level_camera import FPS, UP, degrees_off, in_camera, leaning, pitched, poses_of
from tests.helpers.postures import STANDING, standing


def lying(azimuth, n=60):
    """[n, 24, 3] mm: that person on the back; at azimuth 0° the feet point at the camera."""
    p3w = standing(n) @ rotation_about(np.radians(-90), "x").T
    p3w -= [0.0, p3w[..., 1].mean(), p3w[..., 2].min()]
    return p3w @ rotation_about(np.radians(azimuth), "z").T


def along(p3w, angle):
    """A vertical as of someone who stands, but for an angle [degrees] of the true one."""
    ends = [S24.joint_index("l_ankle"), S24.joint_index("l_shoulder")]
    body = np.diff(in_camera(p3w)[0, ends], axis=0)[0]
    axis = np.cross(UP, body) / np.linalg.norm(np.cross(UP, body))
    return np.cos(np.radians(angle)) * UP + np.sin(np.radians(angle)) * np.cross(axis, UP)


@pytest.mark.parametrize("azimuth", [0, 30, 90, 150, 180])
@pytest.mark.parametrize("angle", [45, 60])
def test_the_body_of_someone_who_lies_is_level(azimuth, angle):
    """Feet towards the camera (0), the head towards it (180), or across the image (90)."""
    p3w = lying(azimuth)
    assert degrees_off(vertical([poses_of(p3w, along(p3w, angle))], S24, FPS), UP) < 20


def test_no_camera_far_below_the_floor_looks_up_steeply():
    p3w = lying(0)
    for angle in (60, 75, 85):  # then the body is nearly upright, and supported by the feet
        assert degrees_off(vertical([poses_of(p3w, along(p3w, angle))], S24, FPS), UP) < 10


def test_poses_that_tell_how_someone_lies_count():
    for azimuth in (0, 90, 180):
        poses = poses_of(lying(azimuth), pitched(4))
        np.testing.assert_allclose(vertical([poses], S24, FPS), pitched(4), atol=1e-9)


@pytest.mark.parametrize("looks_up", [10, 25])
def test_someone_stands_before_a_camera_below_the_floor(looks_up):
    """As on a stage: the poses and the balance tell the same vertical."""
    a = np.radians(looks_up)
    up = np.array([0.0, -np.cos(a), np.sin(a)])
    r = np.stack([[1.0, 0.0, 0.0], np.cross(up, [1.0, 0.0, 0.0]), up], axis=1)
    p3c = (standing() + [0.0, 4000.0, 1500.0]) @ r.T
    poses = FilmPoses(p3c, np.tile(up, (len(p3c), 1)), np.ones(p3c.shape[:2], bool))
    assert degrees_off(vertical([poses], S24, FPS), up) < 3


@pytest.mark.parametrize("roll", [-40, 25, 40])
def test_someone_who_stands_before_a_rolled_camera_does_not_lie(roll):
    """The poses take the camera for level, and the body leans so far that nobody could stand."""
    found = vertical([poses_of(standing(), leaning(roll))], S24, FPS)
    assert degrees_off(found, UP) < abs(roll) + 1


def test_one_person_who_stands_keeps_others_from_lying():
    lies, stands = poses_of(lying(0), along(lying(0), 60)), poses_of(standing(), UP)
    assert degrees_off(vertical([lies, stands], S24, FPS), UP) < 5
    assert may_lie(lies.p3c, S24)
    assert not may_lie(stands.p3c, S24)


def test_someone_who_sits_is_not_stretched_out():
    p3w = lying(0)
    for joint in ("knee", "ankle", "ball", "toes"):  # legs that hang down
        for side in "lr":
            j, hip = (S24.joint_index(f"{side}_{name}") for name in (joint, "hip"))
            down = np.linalg.norm(p3w[:, j] - p3w[:, hip], axis=1)
            p3w[:, j] = p3w[:, hip] - down[:, None] * STANDING
    assert not may_lie(in_camera(p3w), S24)


def test_people_fall_who_are_not_supported():
    for azimuth in (0, 90):
        assert not falls(lying(azimuth), S24, STANDING)
    assert not falls(standing(), S24, STANDING)
    tilted = rotation_about(np.radians(40), "x") @ STANDING
    assert falls(standing(), S24, tilted)
    assert falls(lying(0), S24, tilted)
    assert not falls(standing(), S24, rotation_about(np.radians(10), "x") @ STANDING)


def test_a_film_of_someone_who_lies_is_neither_turned_nor_tilted(lifter):
    """The feet point towards the camera, obliquely, and the arms gesture."""
    n, size = 50, (1920, 1080)
    p3w = perform(make_body("S9", 0), "S9", "Directions", 0, 2 * n, 0)[::2, S24_JOINTS]
    across = p3w[0, S24.joint_index("l_shoulder")] - p3w[0, S24.joint_index("r_shoulder")]
    turn = rotation_about(np.radians(25), "z") @ rotation_about(np.radians(-90), "x")
    p3w = (p3w - p3w[:, :1].mean(axis=0)) @ rotation_about(-np.arctan2(*across[1::-1]), "z").T
    p3w = p3w @ turn.T
    p3w[..., 2] -= p3w[..., 2].min()
    r, t = look_at(np.array([0.0, -4000.0, 1700.0]), np.array([0.0, 0.0, 200.0]), 0.0)
    camera = Camera(r, t, np.full(2, 1500.0), np.array(size) / 2, size)
    p2 = camera.project_world(keypoint_positions(p3w, COCO_17))
    film = np.concatenate([p2, np.ones((n, 17, 1))], axis=2)
    found = lifter.lift(film, size=size, fps=25.0, is_still=True)
    assert found.image_turn == 0
    assert degrees_off(found.camera.r[:, 2], r[:, 2]) < 20
    assert found.camera.position[2] > 500
