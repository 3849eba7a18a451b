"""Films of every kind: their size, rate and frames are those that a viewer shows."""

import subprocess
from fractions import Fraction

import numpy as np
import pytest

from human_pose_util.errors import DataError
from human_pose_util.film import is_film, open_film
from human_pose_util.film.film_file import _exact_rate
from human_pose_util.keypoints.rotation import rotate_image
from tests.helpers.films import SIZE, ffmpeg, square_film, square_places


def middles(film):
    """[n, 2] middle of the bright pixels of each frame."""
    return np.array(
        [np.argwhere(f.mean(axis=2) > 128).mean(axis=0)[::-1] + 0.5 for f in film.frames()]
    )


@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4v", "avi", "mkv", "webm", "gif"])
def test_films_by_suffix_and_by_content(tmp_path, suffix):
    path = square_film(tmp_path / f"film.{suffix}")
    unnamed = path.rename(tmp_path / "film")
    for candidate in (path, unnamed):
        assert is_film(candidate)
    film = open_film(unnamed)
    assert (film.size, film.fps, film.n_frames) == (SIZE, 25, 8)
    np.testing.assert_allclose(middles(film), square_places(8), atol=1)


@pytest.mark.parametrize(
    "said, rate",
    [
        (23.98, Fraction(24000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (47.95, Fraction(48000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        (14.98, Fraction(15000, 1001)),
        (15.02, Fraction(751, 50)),
    ],
)
def test_rates_that_ffmpeg_rounds(said, rate):
    assert _exact_rate(said) == rate


def test_what_is_no_film(tmp_path):
    for name in ("people.json", "keypoints.npy", "none"):
        assert not is_film(tmp_path / name)
    (tmp_path / "people.json").write_text("[]")
    (tmp_path / "folder.mp4").mkdir()
    assert not is_film(tmp_path / "people.json")
    assert not is_film(tmp_path / "folder.mp4")


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_frames_are_turned_as_the_film_says(tmp_path, turn):
    """A phone stores every film in one orientation, with the angle by which to turn it."""
    stored = square_film(tmp_path / "stored.mp4")
    turned = tmp_path / "turned.mp4"
    ffmpeg("-display_rotation", turn, "-i", stored, "-c", "copy", turned)
    film = open_film(turned)
    (width, height), (u, v) = SIZE, square_places(8).T
    # The angle is that by which the stored frame is turned anticlockwise.
    size, places = {
        90: ((height, width), (v, width - u)),
        180: ((width, height), (width - u, height - v)),
        270: ((height, width), (height - v, u)),
    }[turn]
    assert film.size == size
    np.testing.assert_allclose(middles(film), np.stack(places, axis=1), atol=1)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_frames_are_turned_clockwise_as_the_user_wants(tmp_path, turn):
    film = open_film(square_film(tmp_path / "film.mp4"), turn)
    places, size = rotate_image(square_places(8), turn, SIZE)
    assert film.size == size
    np.testing.assert_allclose(middles(film), places, atol=1)
    assert next(film.frames(width=size[0] // 2)).shape == (size[1] // 2, size[0] // 2, 3)


def test_pixels_that_are_not_square_become_square(tmp_path):
    film = open_film(square_film(tmp_path / "film.mp4", 8, 25, "-vf", "setsar=2"))
    assert film.size == (2 * SIZE[0], SIZE[1])
    np.testing.assert_allclose(middles(film), square_places(8) * [2, 1], atol=1)


def test_a_rate_of_television_is_exact(tmp_path):
    film = open_film(square_film(tmp_path / "film.mp4", 10, "30000/1001"))
    assert film.fps == Fraction(30000, 1001)
    assert len(list(film.frames())) == 10


def test_frames_of_different_durations_have_the_mean_rate_and_their_times(tmp_path):
    """20 frames in a second, then 4 of a quarter of a second; the last one is short."""
    times = "setpts='if(lt(N,20),N/20,1+(N-20)/4)/TB'"
    options = ["-vf", times, "-fps_mode", "vfr", "-bf", 0]  # as phones do, without B-frames
    path = square_film(tmp_path / "film.mp4", 24, 20, *options)
    film = open_film(path)
    assert film.fps == pytest.approx(24 / 1.8, rel=1e-3)
    places = middles(film)
    assert len(places) == pytest.approx(24, abs=1)
    shown_at = np.arange(len(places)) / float(film.fps)
    stored = np.where(shown_at < 1, 20 * shown_at, 20 + 4 * (shown_at - 1))
    u = square_places(1)[0, 0] + 2 * stored
    np.testing.assert_allclose(places[:, 0], u, atol=2.5)  # each frame moves by 2 px


def test_a_film_that_does_not_say_its_rate(tmp_path):
    """A raw stream has no header; ffmpeg takes 25 frames/s as its rate."""
    path = square_film(tmp_path / "film.h264", 10, 25, "-c:v", "libx264")
    film = open_film(path.rename(tmp_path / "film.mp4"))
    assert film.fps == pytest.approx(25)
    assert film.n_frames in (10, None)
    assert len(list(film.frames())) == 10


def test_frames_can_be_small(tmp_path):
    film = open_film(square_film(tmp_path / "film.mp4"))
    frames = list(film.frames(width=32))
    assert {frame.shape for frame in frames} == {(24, 32, 3)}
    assert len(frames) == 8


def test_a_name_that_ffmpeg_could_read_as_a_protocol(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = square_film(tmp_path / "film.mp4").rename("concat:a b.mp4")
    assert open_film(path).size == SIZE


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "ffmpeg cannot read"),
        (b"no film" * 100, "ffmpeg cannot read"),
        ("half", "ffmpeg cannot read"),
        ("sound", "holds no moving picture"),
        (None, "there is no file"),
    ],
)
def test_a_broken_film_is_one_line(tmp_path, content, words):
    path = tmp_path / "film.mp4"
    if content == "half":  # the index of an .mp4 file is at its end
        data = square_film(path).read_bytes()
        path.write_bytes(data[: len(data) // 2])
    elif content == "sound":
        ffmpeg("-f", "lavfi", "-i", "sine=d=0.1", path)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        open_film(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_frames_that_are_not_read_leave_no_process(tmp_path, monkeypatch):
    film = open_film(square_film(tmp_path / "film.mp4", 50))
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        "subprocess.Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    frames = film.frames()
    next(frames)
    frames.close()
    assert started[0].poll() is not None
