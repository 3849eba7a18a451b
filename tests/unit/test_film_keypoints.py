"""A film's keypoints: detected by a process, written beside the film, and read from there."""

import io
import json
import os
from contextlib import redirect_stderr

import numpy as np
import pytest
from matplotlib.cbook import get_sample_data
from PIL import Image

from human_pose_util.errors import DataError
from human_pose_util.film import detector, film_keypoints, open_film
from tests.helpers.films import (
    BRIGHTEST,
    N_LANDMARKS,
    SIZE,
    fake_environment,
    ffmpeg,
    square_film,
    square_places,
    write_film,
    zoomed,
)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A function that installs a detector of the test."""

    def install(program=BRIGHTEST):
        environment = fake_environment(tmp_path / "detector", program)
        monkeypatch.setenv(detector.ENVIRONMENT, str(environment))

    install()
    return install


@pytest.fixture
def film(tmp_path):
    return open_film(square_film(tmp_path / "film.mp4"))


def detect(film):
    """The content of the file of keypoints."""
    return json.loads(film_keypoints(film).path.read_text())


def test_keypoints_and_what_the_film_says_are_written_beside_it(film, fake):
    found = film_keypoints(film)
    assert found.path == film.path.with_name("film.mp4.keypoints.json")
    assert any(str(found.path) in note for note in found.notes)
    content = json.loads(found.path.read_text())
    assert (content["format"], content["film"], content["detector"]) == (
        "mediapipe", "film.mp4", "brightest 1.0",
    )  # fmt: skip
    assert (content["fps"], content["size"]) == (25, list(SIZE))
    landmarks = np.array(content["landmarks"])
    assert landmarks.shape == (8, N_LANDMARKS, 3)
    np.testing.assert_allclose(landmarks[:, 0, :2], square_places(8), atol=1)
    assert sorted(os.listdir(film.path.parent)) == ["detector", "film.mp4", found.path.name]


def test_keypoints_of_a_turned_film_are_those_of_the_upright_frames(tmp_path, film, fake):
    turned = tmp_path / "turned.mov"
    ffmpeg("-display_rotation", 90, "-i", film.path, "-c", "copy", turned)
    content = detect(open_film(turned))
    assert content["size"] == [SIZE[1], SIZE[0]]
    u, v = np.array(content["landmarks"])[:, 0, :2].T
    stored_u, stored_v = square_places(8).T
    np.testing.assert_allclose(u, stored_v, atol=1)
    np.testing.assert_allclose(v, SIZE[0] - stored_u, atol=1)


def test_a_second_run_needs_no_detector(film, fake, monkeypatch):
    first = detect(film)
    monkeypatch.setenv(detector.ENVIRONMENT, "/nowhere")
    again = film_keypoints(film)
    assert json.loads(again.path.read_text()) == first
    assert any("as detected before" in note for note in again.notes)


def test_another_film_of_the_same_name_is_detected(film, fake):
    assert len(detect(film)["landmarks"]) == 8
    changed = open_film(square_film(film.path, n=5))
    assert len(detect(changed)["landmarks"]) == 5


def test_a_film_that_is_to_be_turned_is_detected_again(film, fake):
    assert detect(film)["size"] == list(SIZE)
    for _ in range(2):
        assert detect(open_film(film.path, 90))["size"] == [SIZE[1], SIZE[0]]


def test_a_copy_of_film_and_keypoints_is_not_detected_again(tmp_path, film, fake, monkeypatch):
    content = detect(film)
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("film.mp4", "film.mp4.keypoints.json"):
        (folder / name).write_bytes((tmp_path / name).read_bytes())
    monkeypatch.setenv(detector.ENVIRONMENT, "/nowhere")
    assert detect(open_film(folder / "film.mp4")) == content


@pytest.mark.parametrize("content", [b"[1, 2]", b"{", b'{"format": "mediapipe"}', b"\xff"])
def test_a_file_of_someone_else_is_not_replaced(film, fake, content):
    path = film.path.with_name("film.mp4.keypoints.json")
    path.write_bytes(content)
    with pytest.raises(DataError, match="is in the way"):
        detect(film)
    assert path.read_bytes() == content


@pytest.mark.parametrize("left", [{}, {"landmarks": None}, {"landmarks": 8}])
def test_a_film_whose_keypoints_are_gone_is_detected_again(film, fake, left):
    first = detect(film)
    path = film.path.with_name("film.mp4.keypoints.json")
    path.write_text(json.dumps({name: first[name] for name in first if name != "landmarks"} | left))
    assert detect(film) == first


def test_a_folder_that_cannot_be_written_leaves_the_current_one(tmp_path, film, fake, monkeypatch):
    """Both the first and the second run find their place, and the second detects nothing."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(os, "access", lambda folder, mode: folder != film.path.parent)
    found = film_keypoints(film)
    assert found.path == here / "film.mp4.keypoints.json"
    monkeypatch.setenv(detector.ENVIRONMENT, "/nowhere")
    assert film_keypoints(film).path == found.path


def test_frames_without_anybody_are_null_and_a_film_without_anybody_is_an_error(tmp_path, fake):
    frames = np.zeros((3, SIZE[1], SIZE[0], 3), np.uint8)
    path = write_film(tmp_path / "black.mp4", frames, 25)
    for _ in range(2):  # the second time from the file
        with pytest.raises(DataError, match="sees nobody in any of 3 frames"):
            detect(open_film(path))
    frames[1, 10:20, 10:20] = 255
    landmarks = detect(open_film(write_film(path, frames, 25)))["landmarks"]
    assert [entry is None for entry in landmarks] == [True, False, True]


def test_the_bar_counts_frames(film, fake):
    stream = io.StringIO()
    with redirect_stderr(stream):
        film_keypoints(film)
    assert "detecting: 100%" in stream.getvalue()
    assert "8/8" in stream.getvalue()


def test_a_film_that_breaks_off_is_said(tmp_path, fake):
    data = square_film(tmp_path / "whole.mkv", 100, 25, "-g", 5).read_bytes()
    path = tmp_path / "film.mkv"
    path.write_bytes(data[: len(data) // 2])
    found = film_keypoints(open_film(path))
    n = len(json.loads(found.path.read_text())["landmarks"])
    assert 10 < n < 90
    assert any(f"{n} of 100 frames" in note for note in found.notes)


def test_without_an_environment_the_message_is_the_command(film, monkeypatch, tmp_path):
    monkeypatch.setenv(detector.ENVIRONMENT, str(tmp_path / "none"))
    with pytest.raises(DataError, match=r"make -C \S+ detector"):
        detect(film)


@pytest.mark.parametrize(
    "program, words",
    [
        ("import mediapipe_that_is_not_there", "No module named 'mediapipe_that_is_not_there'"),
        (BRIGHTEST.replace("while", "sys.exit('out of memory')\nwhile"), "out of memory"),
        ("import os; os.kill(os.getpid(), 9)", "status -9"),
        ("print('hello')", "expected JSON"),
        (BRIGHTEST + "\n    if u.mean() > 15: break", "gave 4 answers, not"),
    ],
)
def test_a_detector_that_fails_is_one_line(film, fake, program, words):
    fake(program)
    with pytest.raises(DataError, match=words) as caught:
        detect(film)
    assert "\n" not in str(caught.value)
    assert not film.path.with_name("film.mp4.keypoints.json").exists()


def test_a_film_that_vanishes_is_one_line(film, fake):
    content = film.path.read_bytes()
    film.path.write_bytes(content[:40])
    with pytest.raises(DataError, match="ffmpeg cannot read"):
        detect(film)


def test_an_interruption_ends_the_detector(tmp_path, fake):
    film = open_film(square_film(tmp_path / "film.mp4", 200))
    fake(f"import os; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n" + BRIGHTEST)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        detector.detect(film, detector.detector_python(), interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.skipif(
    not (detector.environment() / "bin").is_dir(),
    reason="no environment of the detector: make detector",
)
def test_mediapipe_follows_a_person_through_a_film(tmp_path):
    """A photograph that moves and grows: the landmarks move and grow with it."""
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as image:
        frames, maps = zoomed(image.convert("RGB"), 12, (640, 480))
    film = open_film(write_film(tmp_path / "film.mp4", frames, 25, "-crf", 12))
    content = detect(film)
    assert content["detector"] == "mediapipe 0.10.14"
    landmarks = np.array(content["landmarks"])
    assert landmarks.shape == (12, N_LANDMARKS, 3)
    # Nose, left eye, right eye, left and right shoulder in the picture, as one sees them.
    shown = {0: (270, 225), 2: (306, 190), 5: (227, 195), 11: (455, 425), 12: (97, 415)}
    scale, shift = maps[:, :1], maps[:, 1:]
    for landmark, place in shown.items():
        expected = scale * np.array(place) + shift
        distances = np.linalg.norm(landmarks[:, landmark, :2] - expected, axis=1)
        assert np.median(distances) < 20 * scale.max(), landmark
        assert landmarks[:, landmark, 2].min() > 0.5
