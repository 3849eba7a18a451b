"""The turns of a camera, from feet whose places on the floor are known."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from human_pose_util.skeleton import S24
from lifting.camera_motion.turning_camera import Shot, ShotFeet, _angles, turning_camera
from lifting.input.keypoint_input import Film

FPS, N = 30.0, 120
UP = np.array([0.0, -np.cos(0.2), -np.sin(0.2)])
"""The vertical in the frame of a camera that looks down by 0.2 radians."""

AHEAD, RIGHT = np.cross([1.0, 0.0, 0.0], UP), np.array([1.0, 0.0, 0.0])


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


@pytest.mark.parametrize("turn", [0.5, -0.5])
def test_angles_are_those_of_the_camera(turn):
    true = turn * np.sin(np.linspace(-1.5, 1.5, N))
    found = angles_of(turned(steps(), true))
    assert found.mean() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(found, true - true.mean(), atol=0.06)


def test_a_camera_that_stands_still_has_no_angles():
    np.testing.assert_array_equal(angles_of(steps()), 0)


def test_a_small_turn_is_taken_for_error():
    np.testing.assert_array_equal(angles_of(turned(steps(), np.linspace(-0.03, 0.03, N))), 0)


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
    """The `CameraTurn` of people, who have for each take the number of its shot and its feet."""
    monkeypatch.setattr(ShotFeet, "of", lambda fit, up, films: fit.feet)

    def fit(shot, feet):
        camera = SimpleNamespace(f=np.full((1, 2), 1500.0 + 100 * shot))
        take = SimpleNamespace(shot=shot, seen=SimpleNamespace(unit=1.0))
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
    np.testing.assert_array_equal(np.array(found.camera.f)[:, 0], np.repeat([1500.0, 1600.0], N))
    assert found.degrees == pytest.approx(np.degrees(0.8), rel=0.1)


def test_the_angle_of_a_turn_is_that_of_one_shot(monkeypatch):
    """Directions before and after a cut have nothing to do with each other."""
    shown, true = np.ones((N, 2), bool), np.linspace(-0.3, 0.3, N)
    left = ShotFeet(0, turned(steps(), true), shown)
    right = ShotFeet(N, turned(steps(), -1.5 * true), shown)
    found = turn_of_shots([[(0, left), (1, right)]], monkeypatch)
    assert found.degrees == pytest.approx(np.degrees(0.9), rel=0.1)
