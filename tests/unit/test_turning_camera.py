"""The turns of a camera, from feet whose places on the floor are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from computed_people.example import example
from human_pose_util.skeleton import S24
from lifting.camera_motion.turn_rates import LIFTED, SLOW, common_rate, explains, foot_rates
from lifting.camera_motion.turning_camera import Shot, ShotFeet, _angles, turning_camera
from lifting.input.keypoint_input import Film
from lifting.stance.balance import FADE, LOWER, loads

FPS, N = 30.0, 120
UP = np.array([0.0, -np.cos(0.2), -np.sin(0.2)])
"""The vertical in the frame of a camera that looks down by 0.2 radians."""

AHEAD, RIGHT = np.cross(UP, [1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])


def steps(speed=0.0):
    """Feet [N, 2, 3] mm of someone who walks to the right, 5 m away and 1.5 m below the camera.

    A foot stands for half a second while the other one swings; then both slide at a speed [mm/s].
    """
    time = np.arange(N) / FPS
    feet = np.zeros((N, 2, 3))
    for side in (0, 1):
        phase = time + 0.5 * side
        swing = np.clip(phase % 1.0, 0.5, 1.0) * 2 - 1
        place = 1200 * (np.floor(phase) + swing) + speed * time
        lift = 150 * np.sin(np.pi * swing)
        feet[:, side] = 5000 * AHEAD + place[:, None] * RIGHT + (lift - 1500)[:, None] * UP
    return feet


def turned(feet, angles):
    """Feet in the frame of a camera that is turned about the vertical by angles [N]."""
    turns = Rotation.from_rotvec(angles[:, None] * UP)
    return np.stack([turns.apply(feet[:, side]) for side in (0, 1)], axis=1)


def angles_of(*people, up=UP):
    shown = np.ones((N, 2), bool)
    shot = Shot(up, np.full(2, 1500.0), [ShotFeet(10, feet, shown) for feet in people])
    rows, angles = _angles(shot, FPS)
    assert rows == slice(10, 10 + N)
    return angles


def test_a_foot_that_rests_on_the_floor_tells_the_rate_of_the_camera():
    """Its weight is a quarter where it rises by 0.3 m/s; below the camera it tells nothing."""
    time, rate = np.arange(N) / FPS, 0.4
    rests = np.tile(4000 * AHEAD - 1500 * UP, (N, 1))
    rises = rests + 1000 * LIFTED * time[:, None] * UP
    feet = turned(np.stack([rests, rises], axis=1), rate * time)
    shown = np.ones((N, 2), bool)
    for foot, share in ((0, 1.0), (1, 0.25)):
        rates, weights = foot_rates(feet[:, [foot, foot]], shown, UP, FPS)
        np.testing.assert_allclose(rates, rate, rtol=1e-3)
        np.testing.assert_allclose(weights, share * loads(np.zeros((N - 1, 2)), LOWER, FADE))
    below = -1500 * UP + 0.01 * RIGHT + np.linspace(0, 40, N)[:, None] * AHEAD  # 10 mm/s
    rates, _ = foot_rates(np.stack([below, below], axis=1)[:2], shown[:2], UP, FPS)
    assert np.abs(rates).max() < 0.2  # radians/s


def test_a_foot_that_disagrees_has_no_part_in_the_rate():
    rates = np.tile([0.3, 0.3, 1.5], (60, 1))
    np.testing.assert_allclose(common_rate(rates, np.ones((60, 3)), FPS), 0.3, atol=0.005)


@pytest.mark.parametrize(("turning", "expected"), [(slice(0, 40), False), (slice(0, 60), True)])
def test_a_turn_has_to_explain_how_feet_move_that_come_to_stand_one_after_the_other(
    turning, expected
):
    """The right foot comes to stand in the step 40: before, the left one may be a pivot."""
    weights = np.zeros((80, 2))
    weights[:40, 0] = weights[40:, 1] = 1.0
    rate = np.zeros(80)
    rate[turning] = 10 * SLOW
    rates = np.repeat(rate[:, None], 2, axis=1)
    assert explains(rate, rates, weights) == expected
    assert not explains(rate, 3 * rates, weights)  # feet move by more than the camera explains


@pytest.mark.parametrize("turn", [0.5, -0.5])
def test_angles_are_those_of_the_camera(turn):
    true = turn * np.sin(np.linspace(-1.5, 1.5, N))
    found = angles_of(turned(steps(), true))
    assert found.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(found, true - true.mean(), atol=0.06)


def test_a_camera_that_stands_still_has_no_angles():
    np.testing.assert_array_equal(angles_of(steps()), 0)


@pytest.mark.parametrize("degrees", [3.5, 9.0, 120.0])
def test_a_turn_that_is_small_slow_or_too_large_is_taken_for_error(degrees):
    """Within four seconds. At 2 degrees per second, a third of it may be error."""
    half = np.radians(degrees) / 2
    np.testing.assert_array_equal(angles_of(turned(steps(), np.linspace(-half, half, N))), 0)


@pytest.mark.parametrize("degrees", [14.0, 80.0])
def test_a_turn_that_is_neither_is_found(degrees):
    true = np.linspace(-0.5, 0.5, N) * np.radians(degrees)
    found = angles_of(turned(steps(), true))
    np.testing.assert_allclose(found, true, atol=0.06)
    assert np.ptp(found) == pytest.approx(np.ptp(true), rel=0.15)


def test_feet_of_someone_who_stands_and_whose_ankles_are_seen_bear_weight():
    """The person falls at the frame 12; each ankle is unseen in one frame."""
    p3w = example()[1][:20].astype(float)
    p3w[12:] = p3w[12:][..., [0, 2, 1]]
    weights = np.ones((20, S24.n_joints))
    weights[3, S24.joint_index("l_ankle")] = weights[5, S24.joint_index("r_ankle")] = 0
    take = SimpleNamespace(first_frame=7, observed=SimpleNamespace(weights=weights))
    searches = SimpleNamespace(skeleton=S24, in_camera=lambda result: result)
    found = ShotFeet.of(SimpleNamespace(take=take, result=p3w), np.array([0.0, 0.0, 1.0]), searches)
    expected = np.ones((20, 2), bool)
    expected[3, 0] = expected[5, 1] = expected[12:] = False
    assert found.first == 7
    np.testing.assert_array_equal(found.shown, expected)
    ankle = p3w[:, S24.joint_index("r_ankle")]
    assert np.linalg.norm(found.feet[:, 1] - ankle, axis=1).max() < 150


def test_feet_within_frames_of_a_film():
    whole = ShotFeet(10, steps(), np.arange(2 * N).reshape(N, 2) % 3 > 0)
    for first, last, rows in (
        (5, 12, slice(0, 2)),
        (12, 15, slice(2, 5)),
        (0, 10, slice(0)),
        (10 + N - 3, 500, slice(N - 3, N)),
    ):
        part = whole.within(first, last)
        np.testing.assert_array_equal(part.feet, whole.feet[rows])
        np.testing.assert_array_equal(part.shown, whole.shown[rows])
        assert part.first == max(first, 10)


def test_feet_that_are_not_seen_tell_nothing():
    feet = turned(steps(), np.linspace(-0.4, 0.4, N))
    shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(0, feet, np.zeros((N, 2), bool))])
    np.testing.assert_array_equal(_angles(shot, FPS)[1], 0)


@pytest.mark.parametrize("seen", [slice(0, 60), slice(60, N), slice(30, 90)])
def test_a_pan_is_not_drawn_out_while_feet_are_not_seen(seen):
    """The camera turns while feet are seen, and stands still before and after, for seconds."""
    true = np.interp(np.arange(N), [seen.start, seen.stop], [0.0, 0.7])
    shown = np.zeros((N, 2), bool)
    shown[seen] = True
    shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(0, turned(steps(), true), shown)])
    angles = _angles(shot, FPS)[1]
    assert np.ptp(angles[seen]) == pytest.approx(0.7, abs=0.1)
    assert np.ptp(angles) < 1.0


def test_a_pan_goes_on_in_a_short_gap():
    true = np.linspace(-0.4, 0.4, N)
    shown = np.ones((N, 2), bool)
    shown[55:61] = False
    shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(0, turned(steps(), true), shown)])
    np.testing.assert_allclose(_angles(shot, FPS)[1], true, atol=0.06)


def test_one_foot_alone_tells_no_turn():
    """Someone may pivot on it. Two that stand side by side all the time tell it."""
    true = np.linspace(-0.4, 0.4, N)
    stand = np.stack([5000 * AHEAD - 1500 * UP + x * RIGHT for x in (-100, 100)])
    feet, shown = turned(np.tile(stand, (N, 1, 1)), true), np.ones((N, 2), bool)
    shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(0, feet, shown)])
    np.testing.assert_allclose(_angles(shot, FPS)[1], true, atol=0.06)
    to_and_fro = turned(np.tile(stand, (N, 1, 1)), 0.3 * np.sin(np.linspace(0, 2 * np.pi, N)))
    for pivot in (feet, to_and_fro):
        shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(0, pivot, shown & [True, False])])
        np.testing.assert_array_equal(_angles(shot, FPS)[1], 0)


def test_a_walk_at_few_frames_a_second_tells_no_turn():
    """At 2.5 Hz, a foot that stands in one frame swings in the next: steps would make turns."""
    for first in range(40):
        feet = steps()[first::12][:6]
        shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(0, feet, np.ones((6, 2), bool))])
        np.testing.assert_array_equal(_angles(shot, FPS / 12)[1], 0)


def test_two_people_tell_one_camera():
    """One of them slides; the one who walks, and the other's agreement, decide."""
    true = np.linspace(-0.4, 0.4, N)
    found = angles_of(turned(steps(), true), turned(steps() - 800 * AHEAD, true))
    np.testing.assert_allclose(found, true, atol=0.06)


def test_people_whose_feet_slide_each_in_their_way_are_no_turning_camera():
    feet = steps(900), steps(-900)
    np.testing.assert_array_equal(angles_of(*feet), 0)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_frames_tell_no_turn(n):
    shown = np.ones((n, 2), bool)
    shot = Shot(UP, np.full(2, 1500.0), [ShotFeet(5, steps()[:n], shown)])
    rows, angles = _angles(shot, FPS)
    assert rows == slice(5, 5 + n)
    np.testing.assert_array_equal(angles, np.zeros(n))


def turn_of_shots(people, monkeypatch):
    """The `CameraTurn` of people, who have for each take the number of its shot and its feet.

    The unit of image points is 400 px; focal lengths are 1500 px and 100 px more in each shot.
    """
    monkeypatch.setattr(ShotFeet, "of", lambda fit, up, films: fit.feet)

    def fit(shot, feet):
        camera = SimpleNamespace(f=np.full((1, 2), (1500.0 + 100 * shot) / 400))
        take = SimpleNamespace(shot=shot, seen=SimpleNamespace(unit=400.0))
        return SimpleNamespace(feet=feet, take=take, result=SimpleNamespace(camera=camera))

    place = SimpleNamespace(r=np.stack([RIGHT, AHEAD, UP], axis=1))
    film, films = Film((1920, 1080), FPS), SimpleNamespace(skeleton=S24)
    fits = [[fit(shot, feet) for shot, feet in takes] for takes in people]
    return turning_camera(fits, {0: place, 1: place}, [0, N, 2 * N], film, films)


def test_someone_unseen_in_a_shot_is_no_part_of_it(monkeypatch):
    """The camera turns in the first shot; the take of the second person covers it as well."""
    true = np.linspace(-0.4, 0.4, N)
    late = np.concatenate([np.zeros((N, 2, 3)), steps()])
    shown = np.ones((N, 2), bool)
    pans, stands = ShotFeet(0, turned(steps(), true), shown), ShotFeet(N, steps(), shown)
    comes_late = ShotFeet(0, late, np.concatenate([~shown, shown]))
    found = turn_of_shots([[(0, pans), (1, stands)], [(1, comes_late)]], monkeypatch)
    turns = Rotation.from_matrix(found.camera.r).as_rotvec() @ UP
    np.testing.assert_allclose(turns[:N], true, atol=0.06)
    np.testing.assert_array_equal(turns[N:], 0)
    np.testing.assert_allclose(np.array(found.camera.f)[:, 0], np.repeat([1500.0, 1600.0], N))
    assert found.degrees == pytest.approx(np.degrees(0.8), rel=0.1)


def test_the_angle_of_a_turn_is_that_of_one_shot(monkeypatch):
    """Directions before and after a cut have nothing to do with each other."""
    shown, true = np.ones((N, 2), bool), np.linspace(-0.3, 0.3, N)
    left = ShotFeet(0, turned(steps(), true), shown)
    right = ShotFeet(N, turned(steps(), -1.5 * true), shown)
    found = turn_of_shots([[(0, left), (1, right)]], monkeypatch)
    assert found.degrees == pytest.approx(np.degrees(0.9), rel=0.1)
