"""Windows and the OpenGL view, for real: in memory (OSMesa), on a virtual screen (Xvfb)."""

import ctypes.util
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import ImageGrab

from human_pose_util.extras import install_command
from human_pose_util.skeleton import S24
from human_pose_util.vis import style
from human_pose_util.vis.gl import strokes
from human_pose_util.vis.gl.orbit_camera import OrbitCamera
from human_pose_util.vis.style import bone_sides
from tests.helpers import walking_figure as walker

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
WAYS = {
    "osmesa": ctypes.util.find_library("OSMesa") is not None,
    "xvfb": shutil.which("Xvfb") is not None,
}
if not any(WAYS.values()):
    pytest.skip("neither OSMesa nor Xvfb is installed", allow_module_level=True)

DRAW = """
import numpy as np, sys
from tests.helpers import walking_figure as walker
from dataclasses import replace
from human_pose_util.vis.gl.scene_view import SceneView
from human_pose_util.vis.gl.window import open_window, read_pixels
window = open_window(800, 500, "test", visible=False)
scene = walker.scene(4)
alone = replace(scene, truth_p3w=None)
images = []
for s in (scene, alone):
    view = SceneView(s, window)
    for i in range(s.n_frames):
        view.draw(i)
        images.append(read_pixels(800, 500))
camera = view.camera
np.savez(sys.argv[1], images=images, panel=view.panel_3d, panel_2d=view.panel_2d,
         p2=view.image_to_panel(scene.projected_p2), target=camera.target,
         eye=[camera.distance, camera.yaw, camera.pitch, camera.view_angle])
"""
SHOW = """
from tests.helpers import walking_figure as walker
from human_pose_util.vis.gl import player
player.show(walker.scene(40))
"""


@pytest.fixture(scope="module")
def screen():
    """Environment with a virtual screen of its own."""
    if not WAYS["xvfb"]:
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        display = ":" + pipe.readline().strip()
    yield environment(DISPLAY=display)
    server.terminate()
    server.wait()


def environment(**extra):
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "PYOPENGL_PLATFORM")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**env, "PYTHONPATH": str(HERE.parents[1]), **extra}


def python(code, *args, env, **kwargs):
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, **kwargs)


def xdotool(env, *command):
    subprocess.run(["xdotool", *command], env=env, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def draw(request, tmp_path_factory):
    """A function that returns what the view drew in another process, in one of the ways."""

    @cache
    def drawn_by(way):
        path = tmp_path_factory.mktemp("gl") / "drawn.npz"
        env = request.getfixturevalue("screen") if way == "xvfb" else environment()
        done = python(DRAW, path, env=env)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        with np.load(path) as file:
            return dict(file)

    return drawn_by


@pytest.fixture(scope="module", params=list(WAYS))
def drawn(request, draw):
    """What the view drew, in either way."""
    if not WAYS[request.param]:
        pytest.skip(f"{request.param} is not installed")
    return draw(request.param)


def look_at(points, drawn):
    """Pixels of (n, 3) world points by the usual view and projection matrices."""
    distance, yaw, pitch, angle = drawn["eye"]
    yaw, pitch = np.radians([yaw, pitch])
    towards_eye = [np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)]
    eye = drawn["target"] + distance * np.array(towards_eye)
    forward = (drawn["target"] - eye) / distance
    side = np.cross(forward, [0, 0, 1])
    side /= np.linalg.norm(side)
    up = np.cross(side, forward)
    x, y, width, height = drawn["panel"]
    seen = (points - eye) @ np.stack([side, up, forward]).T
    ndc = seen[:, :2] / seen[:, 2:] / np.tan(np.radians(angle / 2)) / [width / height, 1]
    return np.array([x, y]) + (ndc * [1, -1] + 1) / 2 * [width, height]


def share_of_color(image, xy, color):
    """Share of the points (n, 2) with a pixel of that colour within 2 px."""
    near = np.abs(image / 255 - to_rgb(color)).max(axis=-1) < 0.08
    found = [
        near[b - 2 : b + 3, a - 2 : a + 3].any() for a, b in np.round(xy).astype(int)
    ]  # fmt: skip
    return np.mean(found)


def midpoints(pose, side):
    return pose[S24.bones[np.array(bone_sides(S24)) == side]].mean(axis=1)


def test_limbs_are_where_they_project_to_in_their_colour(drawn):
    scene = walker.scene(4)
    for i, image in enumerate(drawn["images"][4:]):
        for side, color in style.LIMBS.items():
            xy = look_at(midpoints(scene.display_poses[i], side), drawn)
            assert share_of_color(image, xy, color) > 0.75, f"frame {i}, side {side!r}"


def test_the_truth_is_grey_and_only_there_when_known(drawn):
    left, right = drawn["panel"][0], drawn["panel"][2]
    grey = np.abs(drawn["images"] / 255 - to_rgb(style.TRUTH)).max(axis=-1) < 0.05
    counts = grey[:, 84:, left:right].sum(axis=(1, 2))
    assert (counts[:4] > 100).all()
    assert (counts[4:] < 0.2 * counts[:4]).all()


def test_the_image_shows_the_reprojection(drawn):
    x, y, width, height = drawn["panel_2d"]
    p2 = drawn["p2"]
    assert ((p2 > [x, y]) & (p2 < [x + width, y + height])).all()
    for i, image in enumerate(drawn["images"][:4]):
        for side in "lr":
            assert share_of_color(image, midpoints(p2[i], side), style.LIMBS[side]) > 0.6


def test_frames_differ_as_the_pose_moves(drawn):
    images = drawn["images"][:4].astype(int)
    changed = np.abs(np.diff(images, axis=0)).max(axis=-1) > 60
    assert (changed.sum(axis=(1, 2)) > 300).all()


def test_the_same_picture_with_and_without_a_screen(draw):
    if not all(WAYS.values()):
        pytest.skip("needs both OSMesa and Xvfb")
    without, screened = (draw(way)["images"].astype(int) for way in ("osmesa", "xvfb"))
    assert (np.abs(without - screened) > 8).mean() < 1e-3


def test_a_film_without_a_screen(tmp_path):
    if not WAYS["osmesa"]:
        pytest.skip("OSMesa is not installed")
    path = tmp_path / "film.mp4"
    code = """
import sys
from tests.helpers import walking_figure as walker
from human_pose_util.vis.gl import player
player.save(walker.scene(6, fps=10), sys.argv[1])
"""
    done = python(code, path, env=environment())
    assert (done.returncode, done.stderr) == (0, "")
    count, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert (count, seconds) == (6, pytest.approx(0.6, abs=0.02))
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


def test_a_window_without_a_screen_says_what_to_do():
    code = """
from command_line import run
from command_line.views import save_or_show
def main():
    from tests.helpers import walking_figure as walker
    from human_pose_util.vis.gl import player
    save_or_show(player, (walker.scene(40),), None, "use --save or --use_plt")
run(main)
"""
    done = python(code, env=environment())
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--save" in done.stderr
    assert "--use_plt" in done.stderr


@pytest.mark.parametrize("library", ["glumpy", "glfw"])
def test_a_missing_library_says_what_to_do(library):
    code = f"""
import os, sys
from command_line import run
from command_line.views import save_or_show
os.environ["PYOPENGL_PLATFORM"] = "egl"  # loaded, but no context comes of it
import OpenGL.platform
def main():
    from tests.helpers import walking_figure as walker
    from human_pose_util.vis.gl import player
    sys.modules["{library}"] = None
    save_or_show(player, (walker.scene(2),), "/tmp/never.mp4", "use --use_plt")
run(main)
"""
    done = python(code, env=environment())
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert install_command("gl") in done.stderr
    assert "--use_plt" in done.stderr


def test_keys_and_mouse_in_a_real_window(screen):
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is not installed")
    shown = subprocess.Popen(
        [sys.executable, "-c", SHOW], env=screen, stderr=subprocess.PIPE, text=True
    )

    def do(*command):
        xdotool(screen, *command)
        time.sleep(0.1)

    def grab():
        image = ImageGrab.grab(xdisplay=screen["DISPLAY"])
        return np.asarray(image)[..., :3].astype(int)

    def changed(since, least):
        return (np.abs(grab() - since).max(axis=-1) > 40).sum() > least

    def until(condition, *act):
        for _ in range(40):
            if act:
                do(*act)
            if condition():
                return grab()
            time.sleep(0.2)
        raise AssertionError("nothing happened in the window")

    def still():
        before = grab()
        time.sleep(0.6)
        return not changed(before, 0)

    try:
        do("search", "--sync", "--onlyvisible", "--name", "h3m_big", "windowfocus")
        until(lambda: grab()[200, 200].min() == 255)  # its ground is white
        first = grab()
        until(lambda: changed(first, 300))
        do("key", "space")
        paused = until(still)
        do("key", "Right")
        stepped = until(lambda: changed(paused, 300))
        do("mousemove", "300", "400")
        do("mousedown", "1")
        turned = until(lambda: changed(stepped, 2000), "mousemove_relative", "--", "9", "3")
        do("mouseup", "1")
        until(lambda: changed(turned, 2000), "click", "4")
        far = until(still)
        do("key", "r")
        until(lambda: changed(far, 2000))
        do("key", "space")
        until(still)
        do("key", "Escape")
        assert shown.wait(10) == 0
        assert shown.stderr.read() == ""
    finally:
        shown.kill()
        shown.stderr.close()
        shown.wait()


def test_a_matplotlib_window_plays_and_steps(screen):
    pytest.importorskip("tkinter", reason="Python has no Tk", exc_type=ImportError)
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is not installed")
    code = SHOW.replace("vis.gl import player", "vis import sequence_figure as player")
    shown = subprocess.Popen([sys.executable, "-c", code], env={**screen, "MPLBACKEND": "TkAgg"})
    try:
        command = [
            "xdotool",
            "search",
            "--sync",
            "--onlyvisible",
            "--name",
            "Figure",
            "windowfocus",
        ]
        subprocess.run(command, env=screen, check=True, capture_output=True)
        seen = set()
        for _ in range(40):
            seen.add(ImageGrab.grab(xdisplay=screen["DISPLAY"]).tobytes())
            if len(seen) > 3:
                break
            time.sleep(0.2)
        assert len(seen) > 3
        assert shown.poll() is None
        xdotool(screen, "key", "q")
        assert shown.wait(10) == 0
    finally:
        shown.kill()
        shown.wait()


def test_projection_leaves_out_what_is_behind_the_eye():
    camera = OrbitCamera(np.zeros(3), 4.0, yaw=30.0)
    eye = 4.0 * np.array([np.cos(np.radians(14)) * np.cos(np.radians(30)), 0, 0])
    pixels, depth = camera.project(np.stack([np.zeros(3), 10 * eye]), (0, 0, 640, 480))
    np.testing.assert_allclose(pixels[0], [320, 240])
    np.testing.assert_allclose(depth[0], 4.0)
    assert np.isnan(pixels[1]).all()


def test_nearer_bones_are_drawn_later():
    camera = OrbitCamera(np.array([0, 0, 1.0]), 5.0, yaw=0.0, pitch=0.0)
    pose = walker.walk(1)[0] / 1000
    far, near = pose - [1, 0, 0], pose
    for order in ((far, near), (near, far)):
        bodies = [strokes.Body(p, style.LIMBS if p is near else style.GREY, 3, 1.0) for p in order]
        drawn = strokes.poses_in_space(bodies, S24, camera, (0, 0, 640, 480))
        grey = np.isclose(drawn["color"][:, :3], to_rgb(style.TRUTH)).all(axis=1)
        assert np.flatnonzero(grey).max() < np.flatnonzero(~grey).min()


@pytest.mark.parametrize("width", [0.1, 5.0, 17.0, 400.0, 2e4])
def test_a_floor_of_any_width_has_few_squares(width):
    camera, panel = OrbitCamera(np.zeros(3), 10.0, yaw=30.0), (0, 0, 100, 100)
    for bounds in ([[-0.3, width], [0.7, 1.0]], [[-0.3, width], [-0.3, width]]):
        sides = strokes.floor(np.array(bounds), 0.5, camera, panel)
        assert 4 <= len(sides) <= strokes.MOST_SIDES
