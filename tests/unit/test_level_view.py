"""The vertical and the floor of a film: known cameras, people who lean, and who do not balance."""

import numpy as np
import pytest

from computed_people.example import example
from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about
from lifting.stance.balance import Stance, can_balance, centre_of_mass
from lifting.stance.level_view import level_view
from lifting.stance.vertical import FilmPoses, vertical

FPS = 25.0
DOWN = np.radians(20)
UP = np.array([0.0, -np.cos(DOWN), -np.sin(DOWN)])
"""The vertical in the frame of a camera that looks 20 degrees down."""

R = np.stack([[1.0, 0.0, 0.0], np.cross(UP, [1.0, 0.0, 0.0]), UP], axis=1)


def in_camera(p3w, height=1500.0):
    """Poses [n, n_joints, 3] of the world, 4 m before a camera at a height [mm]."""
    return (p3w + [0.0, 4000.0, -height]) @ R.T


def walking(n=200):
    """[n, 24, 3] mm: the example's person."""
    return example()[1][:n]


def poses_of(p3w, up=UP):
    return FilmPoses(in_camera(p3w), np.tile(up, (len(p3w), 1)), np.ones(p3w.shape[:2], bool))


def degrees_off(a, b):
    return np.degrees(np.arccos(np.clip(a @ b, -1, 1)))


def leaning(angle):
    """The vertical as poses tell it, wrong by an angle [degrees] to the side."""
    return rotation_about(np.radians(angle), "z") @ UP


def pitched(angle):
    """The vertical as poses tell it, wrong by an angle [degrees] to the front."""
    return rotation_about(np.radians(angle), "x") @ UP


def test_the_camera_stands_above_the_origin_and_looks_along_y():
    r, t = level_view([poses_of(walking())], S24, FPS)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-9)
    position = -r.T @ t
    np.testing.assert_allclose(position[:2], 0, atol=1e-6)
    assert abs(position[2] - 1500) < 150
    ahead = r.T @ [0.0, 0.0, 1.0]
    assert abs(ahead[0]) < 1e-9
    assert ahead[1] > 0.8


def test_a_camera_that_looks_straight_down_has_a_place():
    shown = np.ones((3, 24), bool)
    down = FilmPoses(np.zeros((3, 24, 3)), np.tile([0.0, 0.0, -1.0], (3, 1)), shown)
    r, _ = level_view([down], S24, FPS)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-12)


def test_balance_corrects_the_vertical_of_poses():
    found = vertical([poses_of(walking(), leaning(12))], S24, FPS)
    assert degrees_off(found, UP) < 5


def test_several_people_tell_one_vertical_between_theirs():
    falling = walking() * [1.0, 1.0, 0.1]  # nobody stands: poses alone tell
    people = [poses_of(falling, leaning(angle)) for angle in (10, -10, 0)]
    assert degrees_off(vertical(people, S24, FPS), UP) < 0.2


def test_poses_that_are_far_off_hardly_tilt_the_world_of_others():
    falling = walking() * [1.0, 1.0, 0.1]
    people = [poses_of(falling, leaning(angle)) for angle in (0, 1, 60)]
    assert degrees_off(vertical(people, S24, FPS), leaning(0.5)) < 2


def test_the_feet_of_someone_who_walks_far_tell_the_vertical():
    """The poses lean, and so do the bodies; only the floor under the feet is level."""
    way = np.linspace(-3000, 3000, 200)[:, None, None] * [1.0, 0.0, 0.0]
    bent = walking() @ rotation_about(np.radians(8), "y").T
    bent += walking()[:, :1] - bent[:, :1]
    off = [
        degrees_off(vertical([poses_of(p3w, leaning(8))], S24, FPS), UP)
        for p3w in (bent - bent[:, :1] * [1, 1, 0], bent + way)
    ]
    assert off[1] < 0.5 * off[0]


def test_someone_whose_legs_are_not_seen_tells_by_poses_alone():
    poses = poses_of(walking(), pitched(12))
    poses.is_shown[:, S24.joint_index("l_ankle")] = False
    np.testing.assert_allclose(vertical([poses], S24, FPS), pitched(12), atol=1e-9)


def test_someone_who_does_not_stand_tells_by_poses_alone():
    lying = walking()[..., [0, 2, 1]]
    found = vertical([poses_of(lying, pitched(7))], S24, FPS)
    np.testing.assert_allclose(found, pitched(7), atol=1e-9)


def test_balance_that_contradicts_poses_counts_for_nothing():
    still = np.tile(walking(1), (50, 1, 1))
    found = vertical([poses_of(still, pitched(40))], S24, FPS)
    np.testing.assert_allclose(found, pitched(40), atol=1e-9)


def falling_before(up):
    """Someone who does not stand, whose poses tell the vertical `up`."""
    return poses_of(walking() * [1.0, 1.0, 0.1], up)


def test_a_camera_is_likely_to_be_level():
    # Poses with σ = 7° against a level camera with σ = 5°, hardly less at such an angle.
    found = vertical([falling_before(leaning(6))], S24, FPS)
    shares = np.array([1 / 7**2, 1 / 5**2 / (1 + (6 / 20) ** 2) ** 2])
    roll = np.degrees(np.arcsin(found[0] / np.linalg.norm(found[:2])))
    assert roll == pytest.approx(6 * shares[0] / shares.sum(), abs=0.5)


def test_a_camera_that_is_rolled_far_is_not_taken_for_level():
    assert degrees_off(vertical([falling_before(leaning(60))], S24, FPS), leaning(60)) < 3


def test_a_level_camera_tells_nothing_of_how_far_it_looks_down():
    lying = walking()[..., [0, 2, 1]]
    for angle in (-30, 15, 60):
        found = vertical([poses_of(lying, pitched(angle))], S24, FPS)
        np.testing.assert_allclose(found, pitched(angle), atol=1e-9)


def test_the_centre_of_mass_of_known_numbers():
    """Everything at the origin but the right leg: knee, ankle and toes are 1 m away."""
    p3 = np.zeros((1, 24, 3))
    for joint in ("r_knee", "r_ankle", "r_ball", "r_toes"):
        p3[0, S24.joint_index(joint), 0] = 1.0
    total = 0.497 + 0.081 + 2 * (0.100 + 0.061 + 0.028 + 0.022)
    expected = (0.100 * 0.433 + 0.061 * 1.0) / total
    np.testing.assert_allclose(centre_of_mass(p3, S24), [[expected, 0, 0]])


def test_the_arrow_of_balance_starts_at_the_foot_that_carries():
    p3 = walking(1)
    lifted = p3.copy()
    foot = [S24.joint_index(f"l_{part}") for part in ("ankle", "ball", "toes")]
    lifted[:, foot, 2] += 400
    arrow = Stance.of(lifted, S24).arrows(np.array([0.0, 0.0, 1.0]))[0]
    start = centre_of_mass(lifted, S24)[0] - arrow
    carrying = [S24.joint_index(f"r_{part}") for part in ("ankle", "toes")]
    np.testing.assert_allclose(start, p3[0, carrying].mean(axis=0), atol=5)


@pytest.mark.parametrize("skeleton_id, expected", [("s24", True), ("s14", True), ("coco17", True)])
def test_skeletons_with_limbs_can_balance(skeleton_id, expected):
    from human_pose_util.registry import get_skeleton

    assert can_balance(get_skeleton(skeleton_id)) is expected
