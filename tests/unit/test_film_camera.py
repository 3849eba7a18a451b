"""Cameras of films: valid descriptions, files, and cameras that turn, zoom or move."""

import json
from dataclasses import replace

import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.metrics import p_mpjpe
from human_pose_util.keypoints import Person
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import look_at, rotation_about
from lifting import FilmCamera
from lifting.camera_motion.steady_camera import SteadyCamera
from lifting.camera_motion.turning_camera import CameraTurn
from lifting.input.camera_files import read_camera
from lifting.input.keypoint_input import Film
from tests.helpers.lifted_walker import walker

FPS, SIZE, C = 25.0, (1920, 1080), np.array([960.0, 540.0])
N = 80
ONE, IDENTITY = [1500.0, 1500.0], np.eye(3).tolist()


def turning_camera(n=N, zoom=1.0):
    """A camera 5 m away that turns by 40 degrees while it films, in every frame."""
    r0, t0 = look_at(np.array([0.0, -5000.0, 1500.0]), np.array([0.0, 0.0, 900.0]), 0.0)
    turn = np.stack([rotation_about(a, "y") for a in np.linspace(-0.35, 0.35, n)])
    f = np.linspace(1200, 1200 * zoom, n)[:, None] * [1.0, 1.0]
    return Camera(turn @ r0, (turn @ t0), f, np.tile(C, (n, 1)), SIZE)


def seen_by(camera, n=N):
    """Keypoints [n, 17, 3] of the example's person, who walks by, and the person [n, 24, 3]."""
    p3w = example()[1][:n].copy()
    p3w[..., :2] -= p3w[:, :1, :2].mean(axis=0)
    points = keypoint_positions(p3w, COCO_17)
    p2 = camera.project_world(points)
    return np.concatenate([p2, np.ones((n, 17, 1))], axis=2), p3w


def known(camera, *names):
    """A `FilmCamera` of parts of a camera's frames."""
    return FilmCamera(c=C.tolist(), **{name: getattr(camera, name).tolist() for name in names})


@pytest.mark.parametrize(
    "keys, message",
    [
        ({"r": IDENTITY, "f": ONE}, "r and t go together"),
        ({"t": [0, 0, 1], "f": ONE}, "r and t go together"),
        ({"r": IDENTITY, "t": [0.0, 0.0, 1.0]}, "needs f"),
        ({"r": [IDENTITY] * 3}, "needs f"),
        ({"r": [0.1, 0.2, 0.3], "t": [0.0, 0.0, 1.0], "f": [1, 1]}, "euler_to_matrix"),
        ({"r": [[1, 0, 0], [0, 1, 0], [0, 1, 0]], "t": [0, 0, 1], "f": [1, 1]}, "orthonormal"),
        ({"f": [0, 1000]}, "greater than 0"),
        ({"f": [1500]}, "two focal lengths"),
        ({"f": []}, "two focal lengths"),
        ({"f": "wide"}, "two focal lengths"),
        ({"c": [[1, 2], [3, 4]]}, "'c': expected two numbers"),
        ({"f": [ONE] * 3, "r": [IDENTITY] * 4}, "numbers of frames differ: f for 3, r for 4"),
        ({"focal": [1000, 1000]}, "unknown key"),
    ],
)
def test_a_camera_that_is_none(keys, message):
    from human_pose_util.validation import parse

    with pytest.raises(SpecError, match=message):
        parse(FilmCamera, keys, "camera.json")


def test_what_is_known_of_a_camera():
    placed = FilmCamera(f=[1, 1], r=rotation_about(0.3, "z").tolist(), t=[0, 0, 1])
    assert placed.is_placed
    assert placed.n_frames is None
    assert placed.part(3, 700) is placed
    turning = FilmCamera(f=ONE, r=[IDENTITY] * 5)
    assert turning.needs_steadying
    assert turning.n_frames == 5
    assert len(turning.part(1, 3).r) == 2
    assert turning.summary() == {"f": ONE, "c": None, "r": "of 5 frames", "t": None}
    with pytest.raises(DataError, match="described for 5 frames, and people are seen in frame 6"):
        turning.part(2, 7)
    assert not FilmCamera().needs_steadying


@pytest.mark.parametrize(
    "keys, message",
    [
        ({"f": [1000]}, r"key 'f': expected two focal lengths, .*, got \[1000\]"),
        ({"g": 1}, "unknown key 'g': allowed: c, f, r, t"),
        ({"t": [0, 0, 0]}, "r and t go together"),
    ],
)
def test_a_camera_from_python_that_cannot_be(keys, message):
    with pytest.raises(SpecError, match=f"^FilmCamera: {message}"):
        FilmCamera(**keys)
    with pytest.raises(SpecError, match=f"^camera: {message}"):
        FilmCamera.of(keys)


def test_the_steady_camera_sees_what_one_that_does_not_turn_would_see():
    camera = turning_camera(zoom=1.6)
    keypoints, _ = seen_by(camera)
    steady = SteadyCamera(Film(SIZE, FPS, known(camera, "f", "r")))
    found = steady.person(Person(keypoints, 0)).keypoints
    # The mean of rotations about one axis by angles that are evenly spaced is the middle one.
    middle = 0.5 * (camera.r[39] + camera.r[40])
    u, _, v = np.linalg.svd(middle)
    f = np.median(camera.f, axis=0)
    still = Camera(u @ v, u @ v @ camera.r[0].T @ camera.t[0], f, C)
    points = keypoint_positions(seen_by(camera)[1], COCO_17)
    np.testing.assert_allclose(found[..., :2], still.project_world(points), atol=0.1)


@pytest.mark.parametrize("first", [0, 10])
def test_poses_that_the_steady_camera_saw_are_those_of_the_camera_that_turns(first):
    """The person is in 40 frames of the film, and is in the same world before both cameras."""
    camera, rows = turning_camera(zoom=1.6), slice(first, first + 40)
    keypoints, p3w = seen_by(camera)
    steady = SteadyCamera(Film(SIZE, FPS, known(camera, "f", "r")))
    everyone = steady.person(Person(keypoints, 0)).keypoints
    part = steady.person(Person(keypoints[rows], first))
    np.testing.assert_array_equal(part.keypoints, everyone[rows])
    middle = 0.5 * (camera.r[39] + camera.r[40])
    u, _, v = np.linalg.svd(middle)
    f = np.median(camera.f, axis=0)
    still = Camera(u @ v, u @ v @ camera.r[0].T @ camera.t[0], f, C)
    lifted = replace(
        walker().part(0, 40), p3w=p3w[rows], p3c=still.to_camera(p3w[rows]), camera=still
    )
    found, own = steady.restore(lifted, first), camera.at(rows)
    np.testing.assert_allclose(found.p3c, own.to_camera(p3w[rows]), atol=1e-2)  # mm
    np.testing.assert_array_equal(found.p3w, p3w[rows])
    np.testing.assert_allclose(found.camera.to_camera(found.p3w), found.p3c, atol=1e-6)
    np.testing.assert_allclose(found.camera.project(found.p3c), own.project_world(p3w[rows]))
    assert found.camera.size == SIZE


def test_the_image_of_the_steady_camera_holds_all_that_counts():
    """A camera whose rotations are known does not move otherwise; whose zoom is known, may turn."""
    camera = turning_camera(zoom=1.6)
    turns, zooms = (
        SteadyCamera(Film(SIZE, FPS, known(camera, *names))).film for names in ("fr", "f")
    )
    assert (turns.is_still, zooms.is_still) == (True, False)
    edge = np.median(camera.f, axis=0) * np.tan(np.radians(64.0))
    assert (turns.image_size > 2 * edge).all()


def test_points_far_from_the_steady_camera_s_view_are_not_seen():
    camera = turning_camera()
    wide = camera.r.copy()
    wide[:2] = rotation_about(2.0, "y") @ wide[:2]
    keypoints, _ = seen_by(camera)
    far = FilmCamera(f=ONE, r=wide.tolist())
    found = SteadyCamera(Film(SIZE, FPS, far)).person(Person(keypoints, 0)).keypoints
    assert np.isnan(found[:2, :, 0]).all()
    assert np.isfinite(found[2:, :, 0]).all()
    with pytest.raises(DataError, match="more than 65 degrees"):
        SteadyCamera(Film(SIZE, FPS, far)).person(Person(keypoints[:2], 0))


def way(p3w):
    """How far someone goes along the floor from the first to the last frame [mm]."""
    return np.linalg.norm(np.diff(p3w[[0, -1], S24.root_index, :2], axis=0))


def test_a_camera_that_turns_follows_the_person_through_the_world(lifter):
    camera = turning_camera()
    keypoints, p3w = seen_by(camera)
    found = lifter.lift(keypoints, size=SIZE, fps=FPS, camera=known(camera, "f", "r"), height=1.8)
    assert found.camera.r.shape == (N, 3, 3)
    np.testing.assert_allclose(found.camera.to_camera(found.p3w), found.p3c, atol=1e-6)
    shown = found.keypoint_mapping.observed
    assert found.quality.verdict == "good"  # the poses explain the keypoints as they were
    off = found.camera.project(found.p3c) - camera.project_world(p3w)
    assert np.abs(off[:, shown]).mean() < 15
    assert p_mpjpe(found.p3w[:, shown], p3w[:, shown]).mean() < 50
    assert abs(way(found.p3w) / way(p3w) - 1) < 0.15
    assert found.turn == 0  # nothing had to be found


def test_feet_tell_that_a_camera_turns(lifter):
    camera = turning_camera()
    keypoints, p3w = seen_by(camera)
    focal = FilmCamera(f=[1200.0] * 2)
    found = lifter.lift(keypoints, size=SIZE, fps=FPS, camera=focal)
    assert found.turn == pytest.approx(np.degrees(0.7), rel=0.15)
    assert found.camera.r.shape == (N, 3, 3)
    np.testing.assert_allclose(found.camera.to_camera(found.p3w), found.p3c, atol=1e-6)
    assert abs(way(found.p3w) / way(p3w) - 1) < 0.15
    still = lifter.lift(keypoints, size=SIZE, fps=FPS, camera=focal, is_still=True)
    assert still.turn == 0
    assert still.camera.r.shape == (3, 3)
    assert abs(way(still.p3w) / way(p3w) - 1) > 0.3


def test_feet_tell_the_turn_of_a_camera_whose_zoom_is_known(lifter):
    camera = turning_camera(zoom=1.6)
    keypoints, p3w = seen_by(camera)
    zoom = known(camera, "f")
    found = lifter.lift(keypoints, size=SIZE, fps=FPS, camera=zoom)
    assert found.turn == pytest.approx(np.degrees(0.7), rel=0.15)
    np.testing.assert_allclose(found.camera.f, camera.f)
    np.testing.assert_allclose(found.camera.to_camera(found.p3w), found.p3c, atol=1e-6)
    assert abs(way(found.p3w) / way(p3w) - 1) < 0.15
    still = lifter.lift(keypoints, size=SIZE, fps=FPS, camera=zoom, is_still=True)
    assert still.turn == 0
    assert abs(way(still.p3w) / way(p3w) - 1) > 0.3


def test_someone_who_cannot_be_lifted_keeps_no_camera_from_turning(lifter):
    """The film goes on for the other person, of whom too little is seen."""
    keypoints, p3w = seen_by(turning_camera())
    nobody = np.full((30, 17, 3), np.nan)
    people = [Person(keypoints, 0), Person(nobody, N)]
    film = Film(SIZE, FPS, FilmCamera(f=[1200.0] * 2))
    found, reason = lifter.lift_people(people, "coco17", film)
    assert found.turn > 30
    assert isinstance(reason, DataError)
    assert abs(way(found.p3w) / way(p3w) - 1) < 0.15


def passer_by(keypoints):
    """The person before a camera that looked elsewhere when someone else was seen, in 15 frames."""
    r = np.stack([rotation_about(1.75 * (i < 15), "y") for i in range(100)])
    film = Film(SIZE, FPS, FilmCamera(f=ONE, r=r.tolist()))
    return [Person(keypoints[:75], 25), Person(keypoints[:15], 0)], film


def test_someone_outside_the_steady_view_keeps_nobody_from_being_lifted(lifter):
    keypoints, _ = seen_by(turning_camera().at(N // 2))
    people, film = passer_by(keypoints)
    found, reason = lifter.lift_people(people, "coco17", film)
    assert np.isfinite(found.p3w).all()
    assert isinstance(reason, DataError)
    assert "seen only more than 65 degrees" in str(reason)
    nobody = lifter.lift_people(people[1:], "coco17", film)
    assert isinstance(nobody[0], DataError)


def test_a_turn_is_not_found_that_would_lose_someone(lifter, monkeypatch):
    keypoints, _ = seen_by(turning_camera().at(N // 2))
    people, film = passer_by(keypoints)
    found_turn = CameraTurn(film.camera, 100.0)
    monkeypatch.setattr("lifting.film_lift.turning_camera", lambda *args: found_turn)
    found = lifter.lift_people(people, "coco17", Film(SIZE, FPS, FilmCamera(f=ONE)))
    assert [own.turn for own in found] == [0, 0]


def test_a_camera_that_stands_still_is_not_found_to_turn(lifter):
    keypoints, _ = seen_by(turning_camera().at(N // 2))
    found = lifter.lift(keypoints, size=SIZE, fps=FPS, camera=FilmCamera(f=[1200.0] * 2))
    assert found.turn == 0
    assert found.camera.r.shape == (3, 3)


def test_a_camera_whose_way_is_known_gives_poses_where_they_are(lifter):
    camera = turning_camera()
    keypoints, p3w = seen_by(camera)
    found = lifter.lift_people(
        [Person(keypoints[10:], 10)], "coco17", Film(SIZE, FPS, known(camera, "f", "r", "t"))
    )[0]
    off = np.linalg.norm(found.p3w[:, S24.root_index] - p3w[10:, S24.root_index], axis=1)
    assert np.median(off) < 300  # of 5 m
    assert abs(way(found.p3w) / way(p3w[10:]) - 1) < 0.15
    np.testing.assert_allclose(found.camera.r, camera.r[10:], atol=1e-6)


def test_one_image_of_colmap_tells_no_turn(tmp_path):
    (tmp_path / "images.txt").write_text(f"1 {quaternion(0.1)} 0 0 0 1 frame_0000.png\n\n")
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 1920 1080 1500 1500 960 540\n")
    with pytest.raises(DataError, match="one image only"):
        read_camera(tmp_path / "images.txt", 0, 8)


def test_two_images_of_colmap_for_one_frame_are_an_error(tmp_path):
    lines = [f"{i} {quaternion(i / 10)} 0 0 0 1 frame_0001.png\n\n" for i in (1, 2)]
    (tmp_path / "images.txt").write_text("".join(lines))
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 1920 1080 1500 1500 960 540\n")
    with pytest.raises(DataError, match="several images are of one frame"):
        read_camera(tmp_path / "images.txt", 0, 8)


@pytest.mark.parametrize("names", ["f", "fr", "frt"])
def test_too_few_frames_of_a_camera_are_an_error_whoever_else_is_there(lifter, names):
    camera = turning_camera()
    keypoints, _ = seen_by(camera)
    film = Film(SIZE, FPS, known(camera, *names))
    with pytest.raises(DataError, match="described for 80 frames, and people are seen in frame 89"):
        lifter.lift_people([Person(keypoints[:40], 0), Person(keypoints, 10)], "coco17", film)


IMAGES = """# Image list with two lines of data per image:
#   IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME
# Number of images: 2
2 {b} 0 0 0 1 film/frame_000003.png
10.5 20.5 -1
1 {a} 1 2 3 1 film/frame_000001.png

"""


def quaternion(angle):
    return f"{np.cos(angle / 2)} 0 {np.sin(angle / 2)} 0"


def test_rotations_of_colmap(tmp_path):
    images = IMAGES.format(a=quaternion(0.1), b=quaternion(0.3))
    (tmp_path / "images.txt").write_text(images)
    cameras = "# Camera list\n1 SIMPLE_RADIAL 1920 1080 1450.5 960 540 -0.01\n"
    (tmp_path / "cameras.txt").write_text(cameras)
    camera = read_camera(tmp_path / "images.txt")
    assert camera.f == [1450.5, 1450.5]
    assert camera.c == [960.0, 540.0]
    assert camera.needs_steadying
    expected = [rotation_about(angle, "y") for angle in (0.1, 0.2, 0.3)]
    np.testing.assert_allclose(camera.r, expected, atol=1e-12)


@pytest.mark.parametrize("first_image", [0, 1, 5, 12])
def test_images_of_colmap_are_the_frames_of_their_numbers(first_image, tmp_path):
    """COLMAP found images 10, 30, 50, …, which are turned by a hundredth of their number."""
    lines = [f"{i} {quaternion(i / 100)} 0 0 0 1 frame_{i:04}.png\n" for i in range(10, 100, 20)]
    (tmp_path / "images.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 1920 1080 1500 1500 960 540\n")
    camera = read_camera(tmp_path / "images.txt", first_image)
    images = np.clip(np.arange(first_image, 91), 10, None)
    expected = [rotation_about(image / 100, "y") for image in images]
    np.testing.assert_allclose(camera.r, expected, atol=1e-12)
    with pytest.raises(DataError, match="from before image 91"):
        read_camera(tmp_path / "images.txt", 91)


def test_images_of_colmap_that_show_another_part_of_the_film_are_an_error(tmp_path):
    lines = [f"{i} {quaternion(i / 100)} 0 0 0 1 frame_{i:04}.png\n" for i in (100, 110)]
    (tmp_path / "images.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 1920 1080 1500 1500 960 540\n")
    assert read_camera(tmp_path / "images.txt", 1, 100).n_frames == 110
    with pytest.raises(DataError, match="all images are from after frame 98, the last one"):
        read_camera(tmp_path / "images.txt", 1, 99)


def test_images_of_colmap_may_have_another_size(tmp_path):
    lines = [f"{i} {quaternion(i / 100)} 0 0 0 1 frame_{i:04}.png\n" for i in range(5)]
    (tmp_path / "images.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 640 360 500 510 320 180\n")
    camera = read_camera(tmp_path / "images.txt", 0, 5, (1920, 1080))
    np.testing.assert_allclose([camera.f, camera.c], [[1500, 1530], [960, 540]])
    assert read_camera(tmp_path / "images.txt", 0, 5).f == [500, 510]
    with pytest.raises(
        DataError, match=r"cameras\.txt: the images have 640x360 px, which is another"
    ):
        read_camera(tmp_path / "images.txt", 0, 5, (1080, 1920))


@pytest.mark.parametrize("n_frames, described", [(90, 91), (120, 120), (182, 182), (183, 91)])
def test_the_last_rotation_of_colmap_holds_as_long_as_it_describes_most_frames(
    n_frames, described, tmp_path
):
    lines = [f"{i} {quaternion(i / 100)} 0 0 0 1 frame_{i:04}.png\n" for i in (0, 90)]
    (tmp_path / "images.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "cameras.txt").write_text("1 PINHOLE 1920 1080 1500 1500 960 540\n")
    camera = read_camera(tmp_path / "images.txt", 0, n_frames)
    images = np.minimum(np.arange(described), 90)
    expected = [rotation_about(image / 100, "y") for image in images]
    np.testing.assert_allclose(camera.r, expected, atol=1e-12)


@pytest.mark.parametrize(
    "images, cameras, message",
    [
        ("1 1 0 0 0 0 0 0 1\n", "", "not a line of COLMAP's images"),
        ("1 x 0 0 0 0 0 0 1 a.png\n", "", "not a line of COLMAP's images"),
        ("", "", "expected images of one camera, found 0"),
        ("1 1 0 0 0 0 0 0 1 1.png\n2 1 0 0 0 0 0 0 1 2.png\n", "", "expected two lines"),
        ("1 0 0 0 0 0 0 0 1 1.png\n", "", "no quaternion"),
        ("1 1 0 0 0 0 0 0 1 1.png\n", "", "there is no camera 1"),
        ("1 1 0 0 0 0 0 0 1 1.png\n", "1 FISHEYE 4 3 1 2 3", "camera model 'FISHEYE'"),
        ("1 1 0 0 0 0 0 0 1 1.png\n", "1 PINHOLE 4 3 1", "not a line of COLMAP's cameras"),
    ],
)
def test_files_that_colmap_did_not_write(images, cameras, message, tmp_path):
    (tmp_path / "images.txt").write_text(images)
    (tmp_path / "cameras.txt").write_text(cameras)
    with pytest.raises((DataError, SpecError), match=message):
        read_camera(tmp_path / "images.txt")


def test_json_and_npz_describe_the_same_camera(tmp_path):
    camera = known(turning_camera(5), "f", "r", "t")
    (tmp_path / "camera.json").write_text(json.dumps(camera.model_dump()))
    np.savez(tmp_path / "camera.npz", **camera.model_dump())
    assert read_camera(tmp_path / "camera.json") == camera == read_camera(tmp_path / "camera.npz")
    np.savez(tmp_path / "bad.npz", rotations=np.eye(3))
    with pytest.raises(SpecError, match="unknown key 'rotations'"):
        read_camera(tmp_path / "bad.npz")
