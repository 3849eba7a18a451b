"""A film itself: keypoints of a detector of the test, poses, and pictures over the film."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import pytest

from human_pose_util.film import detector
from tests.helpers.commands import run_in_process
from tests.helpers.films import (
    BRIGHTEST,
    WALK_FPS,
    WALK_SIZE,
    fake_environment,
    square_film,
    walker_film,
)

pytestmark = pytest.mark.usefixtures("shared_lifters")
ROOT = Path(__file__).resolve().parents[2]
N = 20


def run_script(script, workspace, *args):
    return run_in_process(ROOT / script, args, workspace, {"PYTHONWARNINGS": "ignore"})


def pictures_of(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])["pictures"]


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A folder with a film and a detector that sees the walker of the example in it."""
    environment = walker_film(tmp_path / "walk.mp4", N)
    monkeypatch.setenv(detector.ENVIRONMENT, str(environment))
    return tmp_path


def test_a_film_becomes_poses_and_a_page_over_the_film(workspace, caplog):
    flags = ["--results=r.hdf5", "--save=walk.html"]
    ran = run_script("infer_keypoints.py", workspace, "walk.mp4", *flags)
    assert ran.returncode == 0, ran.stderr
    assert "person 0: frames 0 to 19: 20 converged" in ran.stderr
    assert "25 frames per second" in ran.stderr
    assert (
        f"keypoints for the next run are in {workspace / 'walk.mp4.keypoints.json'}" in ran.stderr
    )
    with h5py.File(workspace / "r.hdf5", "r") as file:
        person = file["walk/person0"]
        made = json.loads(file["walk"].attrs["lifting"])
        assert person.attrs["fps"] == WALK_FPS
        assert len(person["p3w"]) == N
    assert made["size"] == list(WALK_SIZE)
    assert made["format"] == "mediapipe"
    assert made["detections"] == str(workspace / "walk.mp4")
    page = (workspace / "walk.html").read_text()
    assert len(pictures_of(page)["jpegs"]) == N

    again = run_script(
        "vis_sequence.py", workspace, "walk", "--results=r.hdf5", "--save=again.html"
    )
    assert again.returncode == 0, again.stderr
    assert pictures_of((workspace / "again.html").read_text()) == pictures_of(page)

    (workspace / "walk.mp4").rename(workspace / "elsewhere.mp4")
    flags = ["--from-results=walk", "--results=r.hdf5", "--save=without.html"]
    without = run_script("infer_keypoints.py", workspace, *flags)
    assert without.returncode == 0, without.stderr
    assert pictures_of((workspace / "without.html").read_text()) is None
    note = f"note: {workspace / 'walk.mp4'} is not shown behind the poses: it has moved or changed"
    assert caplog.messages == [note]

    # A film that takes its place is not that of the poses, even with the same size and length.
    content = bytearray((workspace / "elsewhere.mp4").read_bytes())
    content[len(content) // 2] ^= 255
    (workspace / "walk.mp4").write_bytes(content)
    run_script("infer_keypoints.py", workspace, *flags)
    assert pictures_of((workspace / "without.html").read_text()) is None
    assert caplog.messages == [note, note]


def test_without_a_detector_one_line_says_the_command(workspace, monkeypatch):
    monkeypatch.setenv(detector.ENVIRONMENT, str(workspace / "none"))
    ran = run_script("infer_keypoints.py", workspace, "walk.mp4")
    assert ran.returncode == 1
    assert re.fullmatch(r"error: no detector in .*: make -C .* detector .*\n", ran.stderr)


@pytest.mark.parametrize(
    "name, flags, status, words",
    [
        ("none.mp4", [], 1, "there is no file none.mp4"),
        ("text.mov", [], 1, "ffmpeg cannot read text.mov"),
        ("walk.mp4", ["--skeleton=coco71"], 2, "unknown skeleton 'coco71'"),
        ("walk.mp4", ["--camera=none.json"], 1, "there is no file none.json"),
        ("walk.mp4", ["--gan=cmux"], 2, "did you mean 'cmu'?"),
        ("walk.mp4", ["--models_dir=."], 1, "GAN 'cmu' has no checkpoint in cmu/checkpoints"),
        ("walk.mp4", ["--person=-1"], 2, "expected a whole number from 0 on"),
        ("walk.mp4", ["--save=walk.mp4"], 2, "walk.mp4 is what the command reads"),
        ("walk.mp4", ["--save=./sub/../walk.mp4"], 2, "is what the command reads"),
    ],
)
def test_bad_films_are_one_line(workspace, monkeypatch, name, flags, status, words):
    monkeypatch.setenv(detector.ENVIRONMENT, str(workspace / "none"))  # nothing is detected before
    (workspace / "sub").mkdir()
    (workspace / "text.mov").write_text("no film")
    before = (workspace / "walk.mp4").read_bytes()
    ran = run_script("infer_keypoints.py", workspace, name, *flags)
    assert ran.returncode == status, ran.stderr
    assert words in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert (workspace / "walk.mp4").read_bytes() == before


def test_ctrl_c_ends_the_command_and_its_detector(tmp_path, monkeypatch):
    film = square_film(tmp_path / "film.mp4", 50)
    slow = "import os, time\nopen('pid', 'w').write(str(os.getpid()))\n" + BRIGHTEST
    environment = fake_environment(tmp_path / "detector", slow + "    time.sleep(600)\n")
    monkeypatch.setenv(detector.ENVIRONMENT, str(environment))
    command = [sys.executable, ROOT / "infer_keypoints.py", film]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    pid = tmp_path / "pid"
    deadline = time.monotonic() + 300
    while not (pid.exists() and pid.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not Path("/proc", pid.read_text()).exists()
    assert not (tmp_path / "film.mp4.keypoints.json").exists()
