"""What a command says of a camera, and of the file that describes it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from human_pose_util.camera import Camera
from human_pose_util.evaluate.status import Status
from human_pose_util.skeleton import S24
from human_pose_util.transforms import look_at
from lifting import FilmCamera
from lifting.camera_motion.foot_motion import glide, rise, slide
from lifting.film.camera_notes import (
    camera_note,
    doubt_of_height,
    doubt_of_lens,
    doubt_of_motion,
    doubt_of_place,
    doubt_of_rise,
    doubt_of_vertical,
)
from lifting.fit.lifted import Lifted
from tests.helpers.level_camera import in_camera
from tests.helpers.lifted_walker import FPS, N, walker
from tests.helpers.postures import crawling, sitting

ANKLES = [S24.joint_index(f"{side}_ankle") for side in "lr"]


def without_feet(lifted: Lifted) -> Lifted:
    extrapolated = lifted.extrapolated.copy()
    extrapolated[:, ANKLES] = True
    return replace(lifted, extrapolated=extrapolated)


@pytest.mark.parametrize("fps, is_told", [(1.0, False), (2.0, False), (5.0, True)])
def test_below_5_frames_per_second_no_foot_is_seen_to_stand(fps, is_told):
    assert (slide(replace(walker(2.0), fps=fps)) is not None) == is_told


def test_feet_of_a_walker_hardly_slide():
    assert slide(walker()) < 0.3


@pytest.mark.parametrize("speed", [1.5, -3.0])
def test_feet_slide_as_fast_as_the_world(speed):
    assert slide(walker(speed)) == pytest.approx(abs(speed), abs=0.3)


def test_feet_that_are_not_seen_tell_nothing():
    assert slide(without_feet(walker())) is None
    assert slide(walker().at(0)) is None


@pytest.mark.parametrize("fps", [5.0, FPS, 100.0])
def test_feet_have_to_be_seen_for_a_fifth_of_a_second(fps):
    """At any rate; at low ones in two steps in time."""
    film = replace(walker(), fps=fps)
    n = round(0.2 * fps)
    assert slide(film.part(0, max(n, 2) + 3)) is not None
    assert slide(film.part(0, max(n // 2, 2))) is None


def test_nothing_is_said_where_someone_stands_on_the_floor():
    assert camera_note([walker()]) is None
    assert camera_note([walker(3.0), walker(), without_feet(walker())]) is None


def test_a_film_in_which_all_slide_gets_a_note():
    note = camera_note([walker(3.0), walker(2.0)])
    assert "slide by 2." in note or "slide by 1.9" in note
    assert "--camera" in note


def test_feet_contradict_a_camera_whose_motion_is_described_wrongly():
    assert doubt_of_motion([walker(2.0), walker()], True) is None  # one person may glide
    assert doubt_of_motion([without_feet(walker(2.0))], True) is None
    doubt = doubt_of_motion([walker(2.0)], True)
    assert "standing feet slide by 2" in doubt
    assert "for each frame" in doubt
    # A file leaves no errors of how the camera turns, so slower feet contradict it, too.
    assert camera_note([walker(0.5)]) is None
    assert "standing feet slide by 0.5" in doubt_of_motion([walker(0.5)], True)
    # A camera on a tripod has one rotation.
    doubt = doubt_of_motion([walker(2.0)], False)
    assert "the camera moves, or r, t" in doubt
    assert "frame" not in doubt


def test_a_film_without_feet_gets_a_note():
    assert "too few steps in time show feet" in camera_note([without_feet(walker())])


def test_one_frame_shows_no_motion_and_gets_no_note():
    one = without_feet(walker()).at(0)
    assert camera_note([one, one]) is None
    assert "too few" in camera_note([one, without_feet(walker())])


def test_a_turn_that_is_found_is_said():
    note = camera_note([replace(walker(), turn=31.4)])
    assert "turns by 31 degrees" in note
    assert note.count("if its lens has a wide angle, give f in px (--camera)") == 1
    assert "if it stands still (a treadmill, skates, stairs): --still" in note
    assert "turns by 31 and tilts by 12 degrees" in camera_note(
        [replace(walker(), turn=31.4, tilt=12.3)]
    )


@pytest.mark.parametrize("metres", [3, 6])
def test_a_sway_that_changes_heights_is_said(metres):
    """A tilt of 3 degrees moves feet by 5 % of their distance."""
    middle = walker().p3w.mean(axis=(0, 1))
    r, t = look_at(middle + [1000 * metres, 0, 600], middle)
    sways = replace(walker(), tilt=3.0, camera=Camera(r, t, np.ones(2), np.zeros(2)))
    note = camera_note([sways])
    assert "tilts by 3 degrees, as the feet tell" in note
    assert f"changes heights by up to {metres * 0.052:.1f} m; if it stands still" in note
    assert "--still" in note
    assert camera_note([replace(sways, tilt=0.5 * 3 / metres)]) is None  # 3 cm


@pytest.mark.parametrize("change, is_said", [(0.047, False), (0.053, True)])
def test_a_sway_is_said_that_changes_heights_by_5_cm(change, is_said):
    """The camera is 4 m from someone who stands."""
    stands = replace(walker(), p3w=np.repeat(walker().p3w[:1], N, axis=0))
    middle = stands.p3w.mean(axis=(0, 1))
    r, t = look_at(middle + [4000, 0, 600], middle)
    camera = Camera(r, t, np.ones(2), np.zeros(2))
    note = camera_note([replace(stands, tilt=np.degrees(change / 4), camera=camera)])
    assert (note is not None) == is_said


def test_feet_that_slide_before_a_camera_that_is_found_to_turn_are_said():
    """It walks along, for instance, which a turn explains in part."""
    note = camera_note([replace(walker(1.5), turn=31.4), replace(walker(2.0), turn=31.4)])
    assert "turns by 31 degrees" in note
    assert "but standing feet slide by 1.5 m/s" in note
    assert "slide" not in camera_note([replace(walker(speed), turn=31.4) for speed in (1.5, 0)])
    unseen = without_feet(replace(walker(), turn=31.4))
    assert "too few" not in camera_note([unseen])


def moved(lifted: Lifted, way: np.ndarray) -> Lifted:
    """Poses in a world that moves by [n_frames, 3] m."""
    return replace(lifted, p3w=lifted.p3w + 1000 * way[:, None])


def test_someone_who_stands_and_comes_nearer_makes_a_zoom_likely():
    stands = replace(walker(), p3w=np.repeat(walker().p3w[:1], N, axis=0))
    assert glide(stands) == pytest.approx(0, abs=1e-6)
    way = np.zeros((N, 3))
    way[:, 0] = 0.3 * np.arange(N) / FPS
    assert glide(moved(stands, way)) == pytest.approx(0.3 * (N - 1) / FPS, rel=1e-6)
    assert "glide 1.2 m without a step" in camera_note([moved(stands, way)])
    assert camera_note([moved(stands, way), walker()]) is None  # the other one stands
    assert "glide" in camera_note([moved(stands, way), without_feet(walker()), walker().at(0)])
    # Steps are no glide, and neither is what is faster than a zoom.
    assert glide(walker()) < 0.3
    assert glide(moved(stands, 10 * way)) == 0


def standing() -> Lifted:
    """Someone who does not move."""
    return replace(walker(), p3w=np.repeat(walker().p3w[:1], N, axis=0))


def lying(lifted: Lifted) -> Lifted:
    """The poses of someone, turned so that the person lies."""
    return replace(lifted, p3w=lifted.p3w[..., [0, 2, 1]])


def drift(speed: float) -> np.ndarray:
    """A way [N, 3] m along x at a speed [m/s]."""
    return speed * np.arange(N)[:, None] / FPS * [1.0, 0.0, 0.0]


def test_feet_slide_over_the_floor_whatever_their_height():
    rising = np.linspace(0, 4, N)[:, None] * [0.0, 0.0, 1.0]
    assert slide(moved(walker(), rising)) == pytest.approx(slide(walker()))
    assert glide(moved(standing(), rising / 4)) == pytest.approx(0, abs=1e-6)


def test_feet_of_people_who_lie_neither_glide_nor_rise():
    assert glide(lying(moved(standing(), drift(0.3)))) is None
    assert rise(lying(walker())) is None


def test_feet_that_a_detector_shows_in_every_second_frame_tell_as_much():
    extrapolated = walker().extrapolated.copy()
    extrapolated[1:-1:2] = True
    film = replace(walker(), extrapolated=extrapolated)
    assert slide(film) == pytest.approx(slide(walker()))
    assert rise(film) == pytest.approx(rise(walker()))


def test_a_glide_is_the_way_that_both_feet_go():
    """One that drags behind at a tenth of a metre in a second moves the middle by half of that."""
    film = standing()
    left = [S24.joint_index(f"l_{part}") for part in ("ankle", "ball", "toes")]
    p3w = film.p3w.copy()
    p3w[:, left] += 1000 * drift(0.1)[:, None]
    way = 0.1 * (N - 1) / FPS
    assert glide(replace(film, p3w=p3w)) == pytest.approx(way / 2, rel=1e-6)


def test_who_shuffles_foot_by_foot_does_not_glide():
    """Each foot rests for 0.8 s, in which the other one slides ahead by a third of a metre."""
    film, time = standing(), np.arange(N) / FPS
    p3w = film.p3w.copy()
    for side, start in (("l", 0.0), ("r", 0.8)):
        way = 320 * np.floor((time - start) / 1.6)
        way += 320 * np.clip((time - start) % 1.6 / 0.8, 0, 1)
        feet = [S24.joint_index(f"{side}_{part}") for part in ("ankle", "ball", "toes")]
        p3w[:, feet, 0] += way[:, None]
    assert glide(replace(film, p3w=p3w)) < 0.3  # of 0.8 m


def test_errors_of_feet_hide_no_glide():
    film = moved(standing(), drift(0.3))
    noise = np.random.default_rng(0).normal(0, 10.0, film.p3w.shape)
    found = glide(replace(film, p3w=film.p3w + noise))
    assert found == pytest.approx(0.3 * (N - 1) / FPS, rel=0.1)


def test_a_glide_is_the_way_while_feet_are_seen():
    film = moved(standing(), drift(0.3))
    extrapolated = film.extrapolated.copy()
    extrapolated[30:60, ANKLES] = True
    found = glide(replace(film, extrapolated=extrapolated))
    assert found == pytest.approx(0.3 * (N - 1 - 31) / FPS, rel=1e-6)


def test_someone_who_stands_and_rises_makes_a_tilt_likely():
    assert rise(walker()) < 0.05
    height = np.zeros((N, 3))
    height[:, 2] = np.linspace(0, 0.5, N)
    assert rise(moved(walker(), height)) == pytest.approx(0.4, abs=0.05)  # 80 % of the frames
    assert "rise and sink by 0.4 m" in camera_note([moved(walker(), height)])
    assert "but feet" in camera_note([replace(moved(walker(), height), turn=31.4)])
    assert "rise and sink by 0.3 m" in camera_note([moved(walker(), 0.67 * height)])
    assert camera_note([moved(walker(), 0.55 * height)]) is None
    assert rise(without_feet(walker())) is None


def test_feet_that_rise_contradict_a_camera_whose_rotations_are_transposed():
    height = np.zeros((N, 3))
    height[:, 2] = np.linspace(0, 0.6, N)
    rises = moved(walker(), height)
    doubt = doubt_of_motion([rises], True)
    assert "feet of people who stand rise and sink by 0.5 m" in doubt
    assert "r is from the world to the camera" in doubt
    assert doubt_of_motion([rises, walker()], True) is None  # one person may climb
    assert doubt_of_motion([without_feet(rises)], True) is None


def test_people_who_rise_are_named_before_a_camera_that_stands_still():
    height = np.zeros((N, 3))
    height[:, 2] = np.linspace(0, 0.6, N)
    rises = moved(walker(), height)
    doubt = doubt_of_rise([rises], "the vertical is wrong")
    assert doubt.endswith("rise and sink by 0.5 m: they jump or climb, or the vertical is wrong")
    assert doubt_of_rise([rises, walker()], "the vertical is wrong") is None


def posed(p3w: np.ndarray) -> Lifted:
    """The walker in a pose [n, n_joints, 3] in the camera's frame."""
    film = walker()
    pose = np.repeat(p3w[:1], N, axis=0)
    return replace(film, p3w=pose, p3c=in_camera(pose))


def test_the_vertical_is_in_doubt_where_people_sit_and_their_legs_do_not_tell_it():
    on_floor = sitting()
    for side in "lr":
        foot = [S24.joint_index(f"{side}_{name}") for name in ("ankle", "ball", "toes")]
        on_floor[:, foot] += [0.0, -420.0, 420.0]  # the legs are stretched out
    doubt = doubt_of_vertical([posed(on_floor)])
    assert "give r and t (--camera)" in doubt
    assert doubt_of_vertical([posed(on_floor), posed(sitting())]) == doubt
    assert doubt_of_vertical([posed(on_floor), walker()]) is None
    assert doubt_of_vertical([without_feet(posed(on_floor))]) is None
    for told in (sitting(), crawling()):
        assert doubt_of_vertical([posed(told)]) is None


PLACED = FilmCamera(f=[1500, 1500], r=np.eye(3).tolist(), t=[0, 0, 1])


@pytest.mark.parametrize(
    "camera, advice", [(FilmCamera(f=[1500, 1500]), "check f (px)"), (PLACED, "check t (mm) and r")]
)
def test_a_doubt_of_the_height_names_what_the_file_has(camera, advice):
    giant, nowhere = replace(walker(), height=17000.0), np.full(N, Status.NOT_FINITE)
    assert doubt_of_height(camera, walker(), None) is None
    assert doubt_of_height(camera, giant, 1.7) is None
    doubt = doubt_of_height(camera, giant, None)
    assert "is 17.00 m tall" in doubt
    assert advice in doubt
    few = np.where(np.arange(N) < N // 2, nowhere, Status.CONVERGED)
    assert doubt_of_height(camera, replace(walker(), status=few), 1.7) is None
    doubt = doubt_of_height(camera, replace(walker(), status=nowhere), 1.7)
    assert "no pose before the camera" in doubt
    assert advice in doubt


@pytest.mark.parametrize(
    "height, upwards, is_said", [(-0.5, 13, True), (-0.5, 5, False), (0.2, 25, False)]
)
def test_a_camera_below_the_floor_that_looks_up_is_said(height, upwards, is_said):
    place = np.array([0.0, -5000.0, 1000 * height])
    ahead = np.array([0.0, np.cos(np.radians(upwards)), np.sin(np.radians(upwards))])
    r, t = look_at(place, place + 1000 * ahead)
    note = doubt_of_place(replace(walker(), camera=Camera(r, t, np.ones(2), np.zeros(2))))
    assert (note is not None) == is_said
    if is_said:
        assert "0.5 m below the floor, and to look up by 13 degrees" in note


@pytest.mark.parametrize(
    "camera, doubt",
    [
        ({}, None),
        ({"f": [1500, 1500], "c": [960, 540]}, None),
        ({"f": [1500, 1500], "c": [0, 0]}, None),  # image points about the optical axis
        ({"f": [[1500, 1500], [3000, 3000]]}, None),
        ({"f": [1500, 1500], "c": [0.5, 0.5]}, r"c = \[0.5, 0.5\] is in the corner"),
        ({"f": [1500, 300]}, "differ much"),
        ({"f": [26, 26]}, "f = 26 is no usual focal length in an image of 1920x1080 px"),
        ({"f": [[1500, 1500], [30000, 30000]]}, "f = 30000 is no usual focal length"),
    ],
)
def test_lenses_that_none_has_are_in_doubt(camera, doubt):
    found = doubt_of_lens(FilmCamera.of(camera), (1920, 1080))
    assert (found is None) == (doubt is None)
    assert doubt is None or re.search(doubt, found)
