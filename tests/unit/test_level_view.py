"""The vertical and the floor of a film: known cameras, people who lean, and who do not balance."""

import numpy as np
import pytest

from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import S24, Skeleton
from human_pose_util.transforms import rotation_about
from lifting.stance.balance import Stance, can_balance, centre_of_mass, loads, step_weights
from lifting.stance.film_poses import FilmPoses
from lifting.stance.level_view import level_view
from lifting.stance.vertical import _of_feet, vertical
from tests.helpers.level_camera import (
    FPS,
    UP,
    degrees_off,
    in_camera,
    leaning,
    pitched,
    poses_of,
)
from tests.helpers.postures import standing, walking


def test_the_camera_stands_above_the_origin_and_looks_along_y():
    r, t = level_view([poses_of(walking())], S24, FPS)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(r) == pytest.approx(1)  # the world is no mirror image
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
    # The right of the image is the right of the world, and its top, −y, is ahead.
    np.testing.assert_allclose(r, np.diag([1.0, -1.0, -1.0]), atol=1e-12)


def test_a_few_wrong_poses_do_not_lift_the_camera():
    poses = poses_of(walking())
    expected = level_view([poses], S24, FPS)
    poses.p3c[20:30] -= 2000 * UP
    found = level_view([poses], S24, FPS)
    assert np.linalg.norm(found.t - expected.t) < 30


def test_balance_corrects_the_vertical_of_poses():
    found = vertical([poses_of(walking(), leaning(12))], S24, FPS)
    assert degrees_off(found, UP) < 5


def test_balance_counts_where_someone_accelerates_little():
    """By errors of the poses, places seem to jump from frame to frame: that is no acceleration."""
    still, time = np.tile(walking(1), (100, 1, 1)), np.arange(100) / FPS

    def off(path: np.ndarray) -> float:
        """The error [degrees] where someone moves on a path to the side [mm]."""
        p3w = still + path[:, None, None] * [1.0, 0.0, 0.0]
        return degrees_off(vertical([poses_of(p3w, pitched(-12))], S24, FPS), UP)

    def swaying(acceleration: float) -> np.ndarray:
        """Once a second, with an acceleration at the turning points [m/s²]."""
        return 1000 * acceleration / (2 * np.pi) ** 2 * np.sin(2 * np.pi * time)

    resting = off(0 * time)
    assert resting < 5
    assert off(swaying(0.3)) < resting + 0.5
    assert off(np.random.default_rng(0).normal(0, 3.0, 100)) < resting + 2
    assert off(swaying(10.0)) > 10


def test_the_lower_foot_tells_the_floor():
    """It is on a plane across the vertical; the foot that swings is anywhere above it."""
    rng, plane = np.random.default_rng(0), np.linalg.svd(UP[None])[2][1:]
    lower = rng.normal(0, 500, (60, 2)) @ plane
    higher = rng.normal(0, 500, (60, 2)) @ plane + rng.uniform(50, 400, (60, 1)) * UP
    left = rng.random((60, 1)) < 0.5
    both = np.stack([np.where(left, lower, higher), np.where(left, higher, lower)], axis=1)
    matrix = _of_feet(both, UP, FPS)
    assert UP @ matrix @ UP == pytest.approx(0, abs=1e-9)
    assert (np.linalg.eigvalsh(matrix)[1:] > 10).all()


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


def test_hands_that_are_not_seen_do_not_matter():
    hidden = poses_of(walking(), pitched(12))
    hidden.is_shown[:, [S24.joint_index(f"{side}_wrist") for side in "lr"]] = False
    seen = poses_of(walking(), pitched(12))
    np.testing.assert_array_equal(*(vertical([poses], S24, FPS) for poses in (hidden, seen)))


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
    for angle in (-30, 15, 60):
        poses = poses_of(walking()[..., [0, 2, 1]], pitched(angle))
        poses.is_shown[:, S24.joint_index("l_ankle")] = False  # nobody knows whether they lie
        found = vertical([poses], S24, FPS)
        np.testing.assert_allclose(found, pitched(angle), atol=1e-9)


def test_the_centre_of_mass_of_known_numbers():
    """Everything at the origin but the right leg: knee, ankle and toes are 1 m away."""
    p3 = np.zeros((1, 24, 3))
    for joint in ("r_knee", "r_ankle", "r_ball", "r_toes"):
        p3[0, S24.joint_index(joint), 0] = 1.0
    total = 0.497 + 0.081 + 2 * (0.100 + 0.061 + 0.028 + 0.022)
    expected = (0.100 * 0.433 + 0.061 * 1.0) / total
    np.testing.assert_allclose(centre_of_mass(p3, S24), [[expected, 0, 0]])


def test_the_centre_of_mass_is_a_mean_of_joints_with_winter_s_weights():
    """In each frame one joint is 1 m away from all others, which are at the origin."""
    p3 = np.zeros((24, 24, 3))
    p3[np.arange(24), np.arange(24), 1] = 1.0
    found = centre_of_mass(p3, S24)
    trunk = 0.497 / 4  # to either hip and either shoulder
    of_sides = {
        "hip": trunk + 0.100 * (1 - 0.433),
        "knee": 0.100 * 0.433 + 0.061 * (1 - 0.606),
        "ankle": 0.061 * 0.606,
        "shoulder": trunk + 0.028 * (1 - 0.436),
        "elbow": 0.028 * 0.436 + 0.022 * (1 - 0.682),
        "wrist": 0.022 * 0.682,
    }
    heads = [name for name in S24.joints if name.startswith("head")]
    weights = {f"{side}_{joint}": w for side in "lr" for joint, w in of_sides.items()}
    weights |= dict.fromkeys(heads, 0.081 / len(heads))
    assert sum(weights.values()) == pytest.approx(1)
    expected = np.array([weights.get(name, 0.0) for name in S24.joints])
    np.testing.assert_allclose(found, expected[:, None] * [0, 1, 0], atol=1e-12)


def test_a_foot_bears_weight_that_is_near_the_height_of_the_lower_one():
    """However high both are; it is a half of the weight at the end of the band."""
    heights = np.array([[0.0, 0.0], [500.0, 500.0], [-100.0, -20.0], [300.0, 0.0]])
    found = loads(heights, 80.0, 20.0)
    at_0 = 1 / (1 + np.exp(-4.0))
    np.testing.assert_allclose(found, [[at_0, at_0]] * 2 + [[at_0, 0.5], [0, at_0]], atol=1e-4)


def test_a_foot_bears_weight_in_a_step_that_is_seen_in_both_of_its_frames():
    """A foot that is 5 cm above the other one in the middle of the step moves, and bears little."""
    seen = np.ones((4, 2), bool)
    on_floor = step_weights(np.zeros((4, 2)), seen)
    assert on_floor.shape == (3, 2)
    assert on_floor.min() > 0.8
    seen[2, 0] = False
    np.testing.assert_array_equal(
        step_weights(np.zeros((4, 2)), seen) > 0, [[1, 1], [0, 1], [0, 1]]
    )
    lifts = np.array([[0.0, 0.0], [0.0, 100.0], [0.0, 0.0], [0.0, 20.0]])
    found = step_weights(lifts, np.ones((4, 2), bool))
    assert found[:2, 1].max() < 0.2
    assert found[0, 1] == pytest.approx(found[1, 1])
    assert found[2, 1] > 0.7


def test_the_arrow_of_balance_starts_at_the_foot_that_carries():
    p3 = walking(1)
    lifted = p3.copy()
    foot = [S24.joint_index(f"l_{part}") for part in ("ankle", "ball", "toes")]
    lifted[:, foot, 2] += 400
    arrow = Stance.of(lifted, S24).arrows(np.array([0.0, 0.0, 1.0]))[0]
    start = centre_of_mass(lifted, S24)[0] - arrow
    carrying = [S24.joint_index(f"r_{part}") for part in ("ankle", "toes")]
    np.testing.assert_allclose(start, p3[0, carrying].mean(axis=0), atol=5)


@pytest.mark.parametrize("skeleton_id", ["s24", "s14", "coco17"])
def test_skeletons_with_limbs_can_balance(skeleton_id):
    assert can_balance(get_skeleton(skeleton_id))


def test_of_a_skeleton_without_hands_poses_alone_tell_the_vertical():
    hands = ("wrist", "thumb", "little")
    links = tuple(link for link in S24.links if not link[0].endswith(hands))
    skeleton = Skeleton("without hands", links, S24.head, S24.feet, S24.hips)
    assert not can_balance(skeleton)
    p3c = in_camera(walking(20)[:, [S24.joint_index(name) for name in skeleton.joints]])
    tilted = np.array([leaning(3)] * 15 + [leaning(60)] * 5)
    poses = FilmPoses(p3c, tilted, np.ones(p3c.shape[:2], bool))
    np.testing.assert_allclose(vertical([poses], skeleton, FPS), leaning(3), atol=1e-9)


def test_someone_without_a_pose_tells_nothing():
    poses = poses_of(walking(), leaning(12))
    nobody = FilmPoses(np.zeros((0, 24, 3)), np.zeros((0, 3)), np.zeros((0, 24), bool))
    expected = vertical([poses], S24, FPS)
    np.testing.assert_array_equal(vertical([nobody, poses], S24, FPS), expected)
    for one, other in zip(
        level_view([nobody, poses], S24, FPS), level_view([poses], S24, FPS), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_people_whose_poses_follow_each_other_at_rates_of_their_own():
    """Every tenth frame at a tenth of the rate tells what all frames tell."""
    p3w = np.repeat(standing(), 4, axis=0)
    seconds = np.arange(len(p3w)) / FPS
    p3w = p3w + 100 * np.sin(2 * np.pi * seconds)[:, None, None] * [1.0, 0.0, 0.0]
    poses, few = poses_of(p3w, leaning(12)), poses_of(p3w[::5], leaning(12))
    both = vertical([poses, few], S24, [FPS, FPS / 5])
    np.testing.assert_allclose(both, vertical([poses, poses], S24, FPS), atol=0.01)
    assert np.abs(both - vertical([poses, few], S24, FPS)).max() > 0.02
