"""The page in a real browser: headless Chromium with software WebGL."""

import io
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from human_pose_util.skeleton import S24
from human_pose_util.vis import grid, html, style
from tests.helpers import walking_figure as walker

pytestmark = pytest.mark.slow
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
SWITCHES = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox"]
SPACE = (slice(80, 620), slice(20, 780))
IMAGE = (slice(95, 445), slice(815, 1255))


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as api:
        browser = api.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


class Page:
    """An open page that notes what it says and asks for."""

    def __init__(self, browser, path):
        self.page = browser.new_page(viewport={"width": 1280, "height": 720})
        self.said, self.asked = [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.until(lambda: self.page.evaluate("!!window.viewer"))
        assert self.page.locator("#space canvas").count() == 1

    def until(self, condition):
        """Wait; the page's policy forbids the browser's own waiting for an expression."""
        for _ in range(100):
            if condition():
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("nothing happened in the page")

    def shot(self):
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        with Image.open(io.BytesIO(self.page.screenshot())) as image:
            return np.array(image.convert("RGB")).astype(int)

    @property
    def frame(self):
        return self.page.evaluate("viewer.frame")

    def pause(self, frame=None):
        self.page.evaluate("viewer.play(false)")
        if frame is not None:
            self.page.evaluate(f"viewer.seek({frame})")


@pytest.fixture
def opened(chromium, tmp_path):
    scene = walker.scene(12, fps=10)
    noise = np.random.default_rng(3).normal(size=(3, 1, S24.n_joints, 3))
    path = tmp_path / "scene.html"
    std = np.full((12, S24.n_joints), 60.0)
    html.save(replace(scene, hypotheses_p3w=scene.p3w + 80 * noise, std=std), path)
    page = Page(chromium, path)
    yield page
    assert page.said == []
    assert page.asked == [path.as_uri()]
    page.page.close()


def changed(a, b, where):
    return (np.abs(a - b).max(axis=-1) > 40)[where].sum()


def pixels_of(image, color, where=(slice(None), slice(None))):
    return (np.abs(image / 255 - to_rgb(color)).max(axis=-1) < 0.1)[where].sum()


def test_it_plays_and_pauses(opened):
    start = opened.frame
    opened.until(lambda: opened.frame != start)
    opened.page.click("#play")
    paused = opened.frame
    before = opened.shot()
    opened.page.wait_for_timeout(400)
    assert opened.frame == paused
    assert changed(before, opened.shot(), SPACE) == 0
    opened.page.keyboard.press("ArrowRight")
    assert opened.frame == (paused + 1) % 12
    opened.page.click("#play")
    opened.until(lambda: opened.frame != (paused + 1) % 12)


def test_the_slider_moves_every_view(opened):
    opened.pause(0)
    first = opened.shot()
    opened.page.fill("#slider", "6")
    moved = opened.shot()
    assert opened.frame == 6
    assert "frame 6 / 11" in opened.page.text_content("#caption")
    assert changed(first, moved, SPACE) > 300
    assert changed(first, moved, IMAGE) > 300
    box = opened.page.locator("#curve").bounding_box()
    opened.page.mouse.click(box["x"] + box["width"] - 8, box["y"] + 30)
    assert opened.frame == 11


def test_the_film_plays_behind_the_poses(chromium, tmp_path):
    """It is black, apart from a white square that moves."""
    path = tmp_path / "film.html"
    html.save(walker.scene_in_film(tmp_path / "film.mp4", 12), path)
    page = Page(chromium, path)
    page.pause(0)
    dark = np.zeros(3)
    page.until(lambda: pixels_of(page.shot(), dark, IMAGE) > 10_000)
    first = page.shot()
    page.pause(10)
    page.until(lambda: changed(first, page.shot(), IMAGE) > 1000)
    page.page.uncheck("#toggle-film")
    assert pixels_of(page.shot(), dark, IMAGE) < 1000
    assert page.said == []
    page.page.close()


def test_a_strip_shows_which_poses_are_in_doubt(chromium, tmp_path):
    """A row for each person, above the slider, in which a click moves to a frame."""
    doubt = {"person 0": np.zeros(10), "person 3": np.full(10, np.nan)}
    doubt["person 0"][:5] = 1
    doubt["person 3"][6:] = 0
    path = tmp_path / "film.html"
    html.save(replace(walker.scene(10, fps=10), doubt=doubt, first_frame=90), path)
    page = Page(chromium, path)
    page.pause(0)
    box = page.page.locator("#doubt").bounding_box()
    x, y = round(box["x"]), round(box["y"])
    width, half = round(box["width"]), round(box["height"] / 2)
    upper, lower = ((slice(y + i * half, y + (i + 1) * half), slice(x, x + width)) for i in (0, 1))
    seen = page.shot()
    coloured, grey = pixels_of(seen, style.DOUBT, upper), pixels_of(seen, style.GROUND, upper)
    assert coloured == pytest.approx(grey, rel=0.15)
    assert pixels_of(seen, style.DOUBT, lower) == 0
    assert pixels_of(seen, style.GROUND, lower) == pytest.approx(0.7 * grey, rel=0.15)
    caption = page.page.text_content("#caption")
    assert caption.startswith("9.00 s  ·  frame 90 / 99")
    assert caption.endswith("in doubt: person 0")
    page.page.mouse.click(box["x"] + box["width"] - 2, box["y"] + 2)
    assert page.frame == 9
    assert "in doubt" not in page.page.text_content("#caption")
    assert "pose in doubt" in page.page.text_content("#legend")
    assert page.said == []
    page.page.close()


def test_limbs_have_their_colours_and_errors_others(opened):
    opened.pause(3)
    opened.page.uncheck("#toggle-hypotheses")
    plain = opened.shot()
    assert min(pixels_of(plain, style.LIMBS[side], IMAGE) for side in "lr") > 50
    blue = plain[SPACE][..., 2] - plain[SPACE][..., 0]
    assert (blue > 60).sum() > 100
    assert (blue < -60).sum() > 100
    opened.page.check("#toggle-errors")
    by_error = opened.shot()
    for side in "lr":
        before, after = (pixels_of(shot, style.LIMBS[side], IMAGE) for shot in (plain, by_error))
        assert after < 0.2 * before
    assert "mm" in opened.page.locator("#legend .by-error").inner_text()


@pytest.mark.parametrize("size", [(1280, 720), (1900, 600), (600, 1100)])
def test_floor_and_camera_are_in_view_and_the_pose_is_in_the_middle(opened, size):
    opened.page.set_viewport_size({"width": size[0], "height": size[1]})
    opened.pause(3)
    box = opened.page.locator("#space").bounding_box()
    left, top, width, height = (round(box[key]) for key in ("x", "y", "width", "height"))
    drawn = opened.shot()[top : top + height, left : left + width].min(axis=-1) < 245
    assert not drawn[[0, -1]].any()  # nothing leaves the view at its edges
    assert not drawn[:, [0, -1]].any()
    shown = opened.shot()
    opened.page.uncheck("#toggle-camera")
    assert (np.abs(shown - opened.shot()).max(axis=-1) > 15).sum() > 100
    opened.page.check("#toggle-camera")


def test_the_camera_moves_with_the_frames(chromium, tmp_path):
    """The pose stands still, and so does the camera until the last frame."""
    scene = walker.scene(3, fps=10)
    still = np.repeat(scene.p3w[:1], 3, axis=0)
    each = scene.camera.over_frames(3)
    camera = replace(each, t=each.t + [[0, 0, 0], [0, 0, 0], [0, 0, 800]])
    path = tmp_path / "film.html"
    html.save(replace(scene, p3w=still, truth_p3w=None, camera=camera), path)
    page = Page(chromium, path)
    shots = []
    for frame in range(3):
        page.pause(frame)
        shots.append(page.shot())
    assert changed(shots[0], shots[1], SPACE) == 0
    assert changed(shots[0], shots[2], SPACE) > 100
    page.page.uncheck("#toggle-camera")
    hidden = page.shot()
    page.pause(0)
    assert changed(hidden, page.shot(), SPACE) == 0
    assert page.said == []
    page.page.close()


@pytest.mark.parametrize("name", ["truth", "hypotheses", "std"])
def test_what_is_switched_off_is_gone(opened, name):
    opened.pause(3)
    shown = opened.shot()
    opened.page.uncheck(f"#toggle-{name}")
    hidden = opened.shot()
    assert (np.abs(shown - hidden).max(axis=-1) > 15)[SPACE].sum() > 200
    opened.page.check(f"#toggle-{name}")
    assert (np.abs(shown - opened.shot()).max(axis=-1) > 15)[SPACE].sum() == 0


def test_the_mouse_turns_the_view_and_the_button_resets_it(opened):
    opened.pause(3)
    home = opened.shot()
    opened.page.mouse.move(300, 300)
    opened.page.mouse.down()
    opened.page.mouse.move(420, 330, steps=4)
    opened.page.mouse.up()
    assert changed(home, opened.shot(), SPACE) > 1000
    opened.page.mouse.wheel(0, 400)
    assert changed(home, opened.shot(), SPACE) > 1000
    opened.page.click("#reset")
    assert changed(home, opened.shot(), SPACE) == 0


def test_a_crowd_turns_by_itself(chromium, tmp_path):
    path = tmp_path / "crowd.html"
    html.save(grid.crowd(walker.walk(8) / 1000, S24, "poses"), path)
    page = Page(chromium, path)
    first = page.shot()
    page.page.wait_for_timeout(500)
    assert (np.abs(first - page.shot()).max(axis=-1) > 40).sum() > 500
    assert page.page.locator("#slider").count() == 0
    assert page.said == []
    page.page.close()
