"""What a page holds; `test_vis_browser` opens it."""

import base64
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from human_pose_util.errors import DataError, SpecError
from human_pose_util.vis import html
from human_pose_util.vis.html import film_pictures
from human_pose_util.vis.html.scene_page import pack
from tests.helpers import walking_figure as walker
from tests.helpers.films import square_places


def content(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def unpack(packed):
    integers = np.frombuffer(base64.b64decode(packed["data"]), "<i2").astype(float)
    values = np.where(integers == -32768, np.nan, integers * packed["step"])
    return values.reshape(packed["shape"])


def test_arrays_survive_packing():
    rng = np.random.default_rng(0)
    array = rng.normal(size=(5, 4, 3)) * 3
    array[2, 1] = np.nan
    array[3, 0, 0] = np.inf
    packed = pack(array)
    expected = np.where(np.isfinite(array), array, np.nan)
    np.testing.assert_allclose(unpack(packed), expected, atol=packed["step"])
    assert packed["step"] < 1e-3
    np.testing.assert_array_equal(unpack(pack(np.zeros((2, 3)))), 0)
    assert pack(None) is None


def test_a_page_holds_the_scene_in_metres():
    scene = walker.scene(5)
    data = content(html.page(scene))
    np.testing.assert_allclose(unpack(data["p3w"]), scene.p3w / 1000, atol=1e-3)
    np.testing.assert_allclose(unpack(data["truth_p3w"]), scene.truth_p3w / 1000, atol=1e-3)
    np.testing.assert_allclose(unpack(data["projected_p2"]), scene.projected_p2, atol=0.1)
    np.testing.assert_allclose(unpack(data["error"]), scene.error, atol=0.01)
    [(eye, *corners)] = np.array(data["camera"])
    np.testing.assert_allclose(eye, [-5, -1, 1.5])
    seen = (np.array(corners) * 1000) @ scene.camera.r.T + scene.camera.t
    pixels = seen[:, :2] / seen[:, 2:] * scene.camera.f + scene.camera.c
    np.testing.assert_allclose(pixels, [[0, 0], [1024, 0], [1024, 1024], [0, 1024]], atol=1e-6)


def test_a_page_holds_the_camera_of_each_frame():
    scene = walker.scene(3)
    single = np.array(content(html.page(scene))["camera"])
    each = scene.camera.over_frames(3)
    moving = replace(each, t=each.t + [[0, 0, 0], [0, 0, 0], [0, 0, 700]])
    first, second, third = np.array(content(html.page(replace(scene, camera=moving)))["camera"])
    np.testing.assert_allclose([first, second], np.repeat(single, 2, axis=0), atol=1e-9)
    np.testing.assert_allclose(third, single[0] - 0.7 * scene.camera.r[2], atol=1e-9)
    with pytest.raises(DataError, match=r"camera has shape \(2, 3\)"):
        replace(scene, camera=moving.at(slice(2)))


def test_a_page_holds_the_doubt_of_each_person():
    doubt = {"person 0": np.array([0.0, 1.0, 0.0]), "person 2": np.array([np.nan, 0.0, 1.0])}
    page = content(html.page(replace(walker.scene(3), doubt=doubt)))
    assert list(page["doubt"]) == list(doubt)
    for name, values in doubt.items():
        np.testing.assert_allclose(unpack(page["doubt"][name]), values, atol=1e-4)
    assert content(html.page(walker.scene(3)))["doubt"] == {}
    with pytest.raises(DataError, match=r"doubt of person 0 has shape \(2,\)"):
        replace(walker.scene(3), doubt={"person 0": np.zeros(2)})


def test_a_page_is_small():
    scene = walker.scene(1000, fps=30)
    scene = replace(scene, hypotheses_p3w=np.stack([scene.p3w] * 5))
    assert len(html.page(scene).encode()) < 3e6


def test_titles_cannot_break_the_page():
    title = "</script><script>alert(1)</script><!--script--> & \u2028 S9/Directions 1"
    page = html.page(replace(walker.scene(2), title=title))
    assert content(page)["title"] == title
    assert "alert(1)</script>" not in page.replace("alert(1)&lt;/script&gt;", "")


def test_a_page_asks_for_nothing_from_elsewhere():
    page = html.page(walker.scene(2))
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", page)
    assert "default-src 'none'" in page


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(SpecError, match=r"\.html"):
        html.save(walker.scene(2), tmp_path / "a.htm")


def test_a_page_of_a_film_holds_its_pictures(tmp_path, monkeypatch):
    """The part of each frame in which the poses are, at its place in the film."""
    scene = walker.scene_in_film(tmp_path / "film.mp4", 6, first_frame=2)
    data = content(html.page(scene))["pictures"]
    (u0, u1), (v0, v1) = scene.image_bounds
    assert data["box"] == [u0, v0, u1, v1]
    assert (data["step"], len(data["jpegs"])) == (1, 6)
    for jpeg, place in zip(data["jpegs"], square_places(8)[2:], strict=True):
        with Image.open(io.BytesIO(base64.b64decode(jpeg))) as image:
            bright = np.argwhere(np.array(image.convert("L")) > 128)[:, ::-1]
            scale = image.width / (u1 - u0)
        middle = bright.mean(axis=0) + 0.5
        np.testing.assert_allclose(middle / scale + [u0, v0], place, atol=1.5)
    monkeypatch.setattr(film_pictures, "MAX_BYTES", 3 * len(jpeg))
    fewer = content(html.page(scene))["pictures"]
    assert 1 < fewer["step"] <= 4
    assert len(fewer["jpegs"]) == -(-6 // fewer["step"])
    assert fewer["jpegs"][1] == data["jpegs"][fewer["step"]]
    assert content(html.page(walker.scene(2)))["pictures"] is None
