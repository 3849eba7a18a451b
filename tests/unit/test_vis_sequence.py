import itertools
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from mpl_toolkits.mplot3d import proj3d
from PIL import Image, ImageSequence

from human_pose_util.dataset import PoseSequence
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.results_reader import InferredSequence
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import S24
from human_pose_util.transforms import project, transform_frame
from human_pose_util.vis import (
    film_writer,
    plot,
    sequence_figure,
    sequence_sheet,
    style,
)
from human_pose_util.vis.matplotlib_figure import agg_figure
from human_pose_util.vis.sequence_figure import SIZE, SequenceFigure
from human_pose_util.vis.sequence_scene import StoredUncertainty, sequence_scene
from human_pose_util.vis.style import bone_sides
from tests.helpers import walking_figure as walker
from tests.helpers.films import square_places


@pytest.fixture
def alone():
    """An inference without anything that could cover it."""
    return replace(
        walker.scene(4, fps=5.0),
        truth_p3w=None,
        p2=None,
        projected_p2=None,
        error=None,
        joint_error=None,
    )


def midpoints(pose, side):
    bones = S24.bones[np.array(bone_sides(S24)) == side]
    return pose[bones].mean(axis=1)


def has_color(image, xy, color, radius=3):
    """Whether a pixel near each of xy (n, 2) is of that colour."""
    near = np.abs(image.astype(float) / 255 - to_rgb(color)).max(axis=-1) < 0.12
    x, y = np.round(xy).astype(int).T
    return np.array(
        [
            near[b - radius : b + radius + 1, a - radius : a + radius + 1].any()
            for a, b in zip(x, y, strict=True)
        ]
    )


def pixels_of(ax, p3, height):
    u, v, _ = proj3d.proj_transform(*p3.T, ax.get_proj())
    x, y = ax.transData.transform(np.stack([u, v], axis=-1)).T
    return np.stack([x, height - y], axis=-1)


def read_gif(path):
    with Image.open(path) as film:
        frames = ImageSequence.Iterator(film)
        each = [(np.array(f.convert("RGB")), f.info["duration"]) for f in frames]
    return [frame for frame, _ in each], [duration for _, duration in each]


def read_png(path):
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def test_limbs_are_where_they_project_to_in_their_colour(alone):
    figure = SequenceFigure(alone, agg_figure(*SIZE))
    for i, image in enumerate(figure.frames()):
        for side, color in style.LIMBS.items():
            xy = pixels_of(figure.axes3d, midpoints(alone.display_poses[i], side), image.shape[0])
            assert has_color(image, xy, color).mean() > 0.85, f"frame {i}, side {side!r}"


def test_the_far_side_does_not_cover_the_near_one(alone):
    poses = walker.walk(1)
    poses[:, :, 0] *= 0.01  # both sides almost in one plane, the left nearer to +x
    poses = np.concatenate([poses[:, S24.mirror], poses])
    scene = replace(alone, p3w=poses, camera=None)
    figure = SequenceFigure(scene, agg_figure(600, 400))
    counts = [
        [(np.abs(image / 255 - to_rgb(c)).max(-1) < 0.1).sum() for c in style.LIMBS.values()]
        for image in figure.frames()
    ]
    assert counts[1][0] != counts[0][0]


def test_every_part_is_drawn_and_the_playhead_moves():
    scene = walker.scene(8)
    figure = SequenceFigure(scene, agg_figure(*SIZE))
    first, *_, last = list(figure.frames())
    assert first.shape == (720, 1280, 3)
    right = slice(840, None)
    assert (first[80:460, right] != last[80:460, right]).any()  # the 2D poses
    assert (first[510:650, right] != last[510:650, right]).any()  # the playhead
    grey = np.abs(first / 255 - to_rgb(style.TRUTH)).max(axis=-1) < 0.15
    assert grey[:, :760].sum() > 500


def test_frames_do_not_depend_on_those_before():
    scene = walker.scene(5)
    drawn = list(SequenceFigure(scene, agg_figure(640, 360)).frames())
    again = SequenceFigure(scene, agg_figure(640, 360))
    last = list(again.frames())[-1]
    again.draw(0)
    np.testing.assert_array_equal(next(again.frames()), drawn[0])
    np.testing.assert_array_equal(last, drawn[-1])


def test_axes_have_equal_units(alone):
    figure = SequenceFigure(alone, agg_figure(*SIZE))
    ax = figure.axes3d
    extents = np.array([np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim()), np.ptp(ax.get_zlim())])
    box = np.array(ax._box_aspect)
    np.testing.assert_allclose(box / box[0], extents / extents[0])
    assert [axis.get_label_text() for axis in (ax.xaxis, ax.yaxis, ax.zaxis)] == [
        "x [m]", "y [m]", "z [m]",
    ]  # fmt: skip


def test_vis2d_is_equal_and_has_v_down():
    p2 = walker.scene(1).p2[0]
    figure = agg_figure(500, 400)
    ax = figure.add_axes((0.2, 0.2, 0.7, 0.7))
    lines = plot.vis2d(ax, p2, S24)
    figure.canvas.draw()
    unit = ax.transData.transform([[0, 0], [1, 0], [0, 1]])
    right, down = unit[1] - unit[0], unit[2] - unit[0]
    np.testing.assert_allclose(right, [-down[1], 0], atol=1e-9)
    assert right[0] > 0
    image = np.array(figure.canvas.buffer_rgba())[..., :3]
    for side in "lr":
        x, y = ax.transData.transform(midpoints(p2, side)).T
        xy = np.stack([x, len(image) - y], axis=-1)
        assert has_color(image, xy, style.LIMBS[side]).mean() > 0.6
    lines.update(np.full_like(p2, np.nan))
    figure.canvas.draw()
    assert not has_color(np.array(figure.canvas.buffer_rgba())[..., :3], xy, style.RIGHT).any()


def test_frames_and_times_are_those_of_the_film():
    late = replace(walker.scene(12, fps=30), first_frame=90)
    assert late.caption(0).startswith("3.00 s   ·   frame 90 / 101   ·   P-MPJPE")
    assert late.caption(11, brief=True).startswith("3.37 s   ·   ")
    assert replace(late, first_frame=0).caption(0).startswith("0.00 s   ·   frame 0 / 11")
    ax = SequenceFigure(late, agg_figure(*SIZE)).figure.axes[-1]
    assert ax.get_xlim() == pytest.approx((3, 101 / 30))


def test_the_3d_box_fills_its_panel_but_does_not_leave_it(alone):
    figure = SequenceFigure(alone, agg_figure(*SIZE))
    ax = figure.axes3d
    corners = np.stack(np.meshgrid(ax.get_xlim(), ax.get_ylim(), ax.get_zlim()), -1).reshape(-1, 3)
    xy = pixels_of(ax, corners, 720)
    assert (xy > 0).all()
    assert (xy < [1280, 720]).all()
    filled = np.ptp(xy, axis=0) / [0.96 * 1280, 0.86 * 720]
    assert filled.max() > 0.75


@pytest.mark.parametrize("suffix", [".gif", ".mp4"])
def test_films_have_every_frame_and_the_rate(tmp_path, suffix):
    scene = walker.scene(5, fps=10)
    path = tmp_path / f"film{suffix}"
    sequence_figure.save(scene, path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    if suffix == ".gif":
        frames, durations = read_gif(path)
        assert durations == [100] * 5
    else:
        count, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
        assert (count, seconds) == (5, pytest.approx(0.5, abs=0.02))
        raw = ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        film = subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), *raw], capture_output=True, check=True
        )
        frames = np.frombuffer(film.stdout, np.uint8).reshape(5, 720, 1280, 3)
    for a, b in itertools.pairwise(frames):
        assert (np.abs(a.astype(int) - b) > 60).sum() > 100


def square_shows(image, ax, place):
    """Whether the square of a film, and black beside it, are at a place [px] of the film."""
    around = place + np.array([[0, 0], [3, 2], [-3, -2], [5.5, 0], [-5.5, 0]])
    x, y = ax.transData.transform(around).T
    light = image[np.round(len(image) - y).astype(int), np.round(x).astype(int)].mean(axis=-1)
    return (light[:3] > 200).all() and (light[3:] < 50).all()


def test_a_film_shows_behind_the_poses_observed_in_it(tmp_path):
    scene = walker.scene_in_film(tmp_path / "film.mp4", 4, first_frame=3)
    figure = SequenceFigure(scene, agg_figure(*SIZE))
    ax = figure.figure.axes[1]
    frames = list(figure.frames())
    assert len(frames) == 4
    places = square_places(7)[3:]
    for i, place in enumerate(places):
        assert [square_shows(frames[k], ax, place) for k in range(4)] == [k == i for k in range(4)]
    (u0, u1), (v0, v1) = ax.get_xlim(), ax.get_ylim()[::-1]
    assert (scene.p2 > [u0, v0]).all()
    assert (scene.p2 < [u1, v1]).all()


def test_a_film_shows_on_the_sheet(tmp_path):
    scene = walker.scene_in_film(tmp_path / "film.mp4", 4, first_frame=3)
    scene = replace(scene, p2=scene.p2 - [0, 12], projected_p2=None)  # about the square
    figure = sequence_sheet.sequence_sheet(scene, 2)
    figure.canvas.draw()
    image = np.array(figure.canvas.buffer_rgba())[..., :3]
    first, last = figure.axes[1], figure.axes[3]
    dark = [image_within(image, ax).mean(axis=-1) < 50 for ax in (first, last)]
    assert all(share.mean() > 0.3 for share in dark)
    for ax, place in ((first, square_places(7)[3]), (last, square_places(7)[6])):
        shown = ax.get_images()[0].get_array()
        middle = np.argwhere(np.asarray(shown).mean(axis=2) > 128).mean(axis=0)[::-1] + 0.5
        np.testing.assert_allclose(middle, place, atol=1)


def image_within(image, ax):
    """The pixels of axes."""
    (x0, y0), (x1, y1) = ax.get_window_extent().get_points().astype(int)
    return image[len(image) - y1 : len(image) - y0, x0:x1]


def test_gifs_keep_the_rate_on_average(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (60, 8, 8, 3), dtype=np.uint8)
    for fps in (24, 120):
        path = tmp_path / "film.gif"
        film_writer.write_film(path, iter(frames), fps)
        _, durations = read_gif(path)
        assert sum(durations) == pytest.approx(1000 * 60 / fps, abs=10)
        assert min(durations) >= 20


def test_films_of_odd_size_can_be_written(tmp_path):
    path = tmp_path / "film.mp4"
    film_writer.write_film(path, np.zeros((3, 101, 203, 3), np.uint8), 10)
    assert path.stat().st_size > 0


def test_ffmpeg_is_quiet_about_high_rates(tmp_path, capfd):
    film_writer.write_film(tmp_path / "film.mp4", np.zeros((4, 48, 64, 3), np.uint8), 120)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("suffix", film_writer.FILMS)
def test_a_film_without_frames_is_refused(tmp_path, suffix):
    with pytest.raises(DataError, match=rf"film\{suffix} would be a film without frames"):
        film_writer.write_film(tmp_path / f"film{suffix}", [], 25)
    assert not list(tmp_path.iterdir())


def test_sheet_shows_every_part(tmp_path):
    path = tmp_path / "sheet.png"
    sequence_figure.save(walker.scene(20), path)
    with_all = read_png(path)
    sequence_figure.save(replace(walker.scene(20), p2=None, projected_p2=None, error=None), path)
    only_3d = read_png(path)
    assert with_all.shape[1] == only_3d.shape[1] == 6 * sequence_sheet.COLUMN
    assert len(only_3d) < len(with_all)
    columns = only_3d.reshape(len(only_3d), 6, -1, 3)
    for color in (style.LEFT, style.RIGHT, style.TRUTH):
        near = np.abs(columns / 255 - to_rgb(color)).max(axis=-1) < 0.1
        assert (near[80:].sum(axis=(0, 2)) > 20).all()


def test_panels_of_the_image_share_the_vertical_axis_and_people_fill_them():
    scene = walker.scene(20)
    figure = sequence_sheet.sequence_sheet(scene)
    panels = [ax for ax in figure.axes if ax.get_xlabel() == "u [px]"]
    frames = np.linspace(0, 19, 6).round().astype(int)
    bodies = np.stack([scene.p2, scene.projected_p2])[:, frames]
    assert len(panels) == 6
    limits = [[*ax.get_ylim(), np.ptp(ax.get_xlim())] for ax in panels]
    np.testing.assert_allclose(limits, limits[:1] * 6)
    bottom, top = panels[0].get_ylim()
    for ax, body in zip(panels, np.moveaxis(bodies, 1, 0), strict=True):
        left, right = ax.get_xlim()
        u, v = body[..., 0], body[..., 1]
        assert left < u.min() < u.max() < right
        assert top < v.min() < v.max() < bottom
    filled = [np.ptp(bodies[..., 1]) / (bottom - top)]
    filled += [np.ptp(bodies[:, i, :, 0]) / np.ptp(panels[i].get_xlim()) for i in range(6)]
    assert max(filled) > 0.8


@pytest.mark.parametrize("height", [-1900.0, 1900.0])
def test_the_floor_is_inside_of_the_axes_wherever_people_are(height):
    scene = walker.scene(8)
    shift = np.array([0, 0, height])
    scene = replace(scene, p3w=scene.p3w + shift, truth_p3w=scene.truth_p3w + shift)
    axes = [ax for ax in sequence_sheet.sequence_sheet(scene).axes if ax.name == "3d"]
    for ax in [*axes, SequenceFigure(scene, agg_figure(*SIZE)).axes3d]:
        low, high = ax.get_zlim()
        assert low <= 0 <= high


@pytest.mark.parametrize("n", [1, 2, 4, 9])
def test_a_sheet_is_as_wide_as_its_frames_or_its_heading(n):
    figure = sequence_sheet.sequence_sheet(walker.scene(n))
    width = max(min(n, 6) * sequence_sheet.COLUMN, sequence_sheet.LEAST_WIDTH)
    assert figure.bbox.width == pytest.approx(width)
    figure.canvas.draw()
    panels = [ax for ax in figure.axes if ax.get_xlabel() == "u [px]"]
    assert len(panels) == min(n, 6)
    assert panels[-1].bbox.x1 > 0.9 * width
    assert panels[0].yaxis.label.get_window_extent().x0 > 0


def test_labels_of_space_and_image_do_not_overlap():
    scene = walker.scene(2)
    way = np.array([0, 4000.0])[:, None, None] * [1, 0.7, 0]
    scene = replace(scene, p3w=scene.p3w + way, truth_p3w=None)  # the floor fills its axes
    for azimuth in (-60, -30, 45, 120):
        scene = replace(scene, view=(14, azimuth))
        figure = SequenceFigure(scene, agg_figure(*SIZE)).figure
        figure.canvas.draw()
        space, image = figure.axes[:2]
        in_space = [axis.label for axis in (space.xaxis, space.yaxis, space.zaxis)]
        beside = image.yaxis.get_tightbbox()
        assert max(label.get_window_extent().x1 for label in in_space) < beside.x0


def test_one_frame_and_missing_joints_are_drawn(tmp_path):
    scene = walker.scene(1)
    scene.p3w[:, 3] = np.nan
    scene.p2[:, 5:] = np.nan
    sequence_figure.save(scene, tmp_path / "one.png")
    sequence_figure.save(replace(scene, error=np.full(1, np.nan)), tmp_path / "one.gif")
    sequence_figure.save(replace(scene, p3w=np.full((1, 24, 3), np.nan)), tmp_path / "nothing.png")
    assert len(list(tmp_path.iterdir())) == 3


def test_unknown_suffix_lists_the_allowed(tmp_path):
    with pytest.raises(SpecError, match=r"\.mp4, \.gif or \.png"):
        sequence_figure.save(walker.scene(2), tmp_path / "film.avi")
    assert not list(tmp_path.iterdir())


def test_an_interrupted_film_leaves_the_old_one(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"old")

    def frames():
        yield np.zeros((16, 16, 3), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        film_writer.write_film(path, frames(), 10)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]


@pytest.mark.parametrize("name, value", [
    ("truth_p3w", np.zeros((3, 24, 3))), ("p2", np.zeros((2, 24, 3))), ("error", np.zeros(1)),
    ("p3w", np.zeros((0, 24, 3))), ("hypotheses_p3w", np.zeros((4, 3, 24, 3))), ("fps", 0.0),
])  # fmt: skip
def test_scenes_that_do_not_fit_together_are_refused(name, value):
    with pytest.raises(DataError):
        replace(walker.scene(2), **{name: value})


def test_saving_leaves_pyplot_alone_and_a_window_needs_a_screen():
    code = """
import sys
from tests.helpers import walking_figure as walker
from tests.helpers.films import square_places
from human_pose_util.vis import sequence_figure
from human_pose_util.vis.display_error import DisplayError
sequence_figure.save(walker.scene(2), sys.argv[1])
assert 'matplotlib.pyplot' not in sys.modules and 'tensorflow' not in sys.modules
try:
    sequence_figure.show(walker.scene(2))
except DisplayError as error:
    assert 'no window' in str(error)
    print('refused')
"""
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        done = subprocess.run(
            [sys.executable, "-c", code, f"{folder}/a.png"],
            capture_output=True, text=True, env=env, check=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
    assert done.stdout == "refused\n"


def as_sequence(truth, camera, space, pixel):
    p2 = project(transform_frame(truth, camera.r, camera.t), camera.f, camera.c)
    attrs = {
        "r": camera.r, "t": camera.t / space, "f": camera.f / pixel, "c": camera.c / pixel,
        "fps": 10, "space_scale": space, "pixel_scale": pixel, "image_size": (1000, 1002),
    }  # fmt: skip
    return PoseSequence({"p3w": truth / space, "p2": p2 / pixel}, attrs)


def inferred(p3w, skeleton_id="s24", **attrs):
    """Inferred poses in mm."""
    return InferredSequence(p3w, 1.0, skeleton_id, attrs)


@pytest.mark.parametrize("space, pixel", [(1.0, 1.0), (1000.0, 1000.0), (1741.3, 500.0)])
def test_a_scene_is_in_mm_and_px_whatever_the_units(space, pixel):
    truth, camera = walker.walk(4), walker.camera()
    poses = InferredSequence(truth / space, space, "s24", {})
    scene = sequence_scene(poses, as_sequence(truth, camera, space, pixel), title="a")
    np.testing.assert_allclose(scene.truth_p3w, truth, atol=1e-6)
    np.testing.assert_allclose(scene.projected_p2, scene.p2, atol=1e-6)
    np.testing.assert_allclose(scene.error, 0, atol=1e-6)
    np.testing.assert_allclose(scene.camera.position, [-5000, -1000, 1500], atol=1e-6)
    assert scene.camera.image_size == (1000, 1002)


def test_errors_are_after_alignment_but_poses_stay_where_they_are():
    truth, camera = walker.walk(4), walker.camera()
    moved = 1.2 * truth + 100
    scene = sequence_scene(inferred(moved), as_sequence(truth, camera, 1000.0, 1.0))
    np.testing.assert_allclose(scene.error, 0, atol=1e-6)
    np.testing.assert_allclose(scene.joint_error, 0, atol=1e-6)
    np.testing.assert_allclose(scene.p3w, moved)


def test_poses_in_the_cameras_frame_are_shown_where_the_camera_was():
    truth, camera = walker.walk(4), walker.camera()
    p3c = transform_frame(truth, camera.r, camera.t)
    sequence_ = as_sequence(truth, camera, 1000.0, 1.0)
    others = StoredUncertainty(hypotheses=p3c[None])
    scene = sequence_scene(inferred(p3c, frame="camera"), sequence_, uncertainty=others)
    np.testing.assert_allclose(scene.p3w, truth, atol=1e-6)
    np.testing.assert_allclose(scene.hypotheses_p3w[0], truth, atol=1e-6)
    np.testing.assert_allclose(scene.projected_p2, scene.p2, atol=1e-6)


def test_a_camera_that_moves_is_shown_where_it_is_in_each_frame():
    truth, camera = walker.walk(4), walker.camera()
    sequence_ = as_sequence(truth, camera, 1000.0, 1000.0)
    step = np.arange(4)[:, None] * [0.1, 0.0, 0.2]
    r, t = np.stack([camera.r] * 4), sequence_.attrs["t"] + step
    sequence_.attrs.update(r=r, t=t)
    p3c = transform_frame(truth, r, 1000 * t)
    scene = sequence_scene(inferred(p3c, frame="camera"), sequence_)
    np.testing.assert_allclose(scene.p3w, truth, atol=1e-6)
    np.testing.assert_allclose(scene.projected_p2, project(p3c, camera.f, camera.c), atol=1e-6)
    np.testing.assert_allclose(scene.camera.position[0], camera.position, atol=1e-6)
    np.testing.assert_allclose(scene.camera.to_camera(truth), p3c, atol=1e-6)


def test_poses_are_projected_through_the_camera_that_the_inference_found():
    truth, camera = walker.walk(4), walker.camera()
    attrs = {"f": 1.3 * camera.f / 500, "c": camera.c / 500, "frame": "camera", "fps": 1.0}
    p3c = transform_frame(truth, camera.r, camera.t)
    given = as_sequence(truth, camera, 1000.0, 500.0)
    scene = sequence_scene(inferred(p3c, **attrs), given)
    expected = project(p3c, 1.3 * camera.f, camera.c)
    np.testing.assert_allclose(scene.projected_p2, expected, atol=1e-6)


def test_results_of_other_data_are_refused():
    truth, camera = walker.walk(4), walker.camera()
    with pytest.raises(DataError, match="on other data"):
        sequence_scene(inferred(truth[:3]), as_sequence(truth, camera, 1.0, 1.0))


def test_results_in_another_skeleton_are_compared_in_theirs():
    truth, camera = walker.walk(4), walker.camera()
    p3w = get_converter("s24", "s14").convert(truth)
    scene = sequence_scene(inferred(p3w, "s14"), as_sequence(truth, camera, 1.0, 1.0), "s24")
    assert scene.skeleton.id == "s14"
    assert scene.p2.shape == (4, 14, 2)
    np.testing.assert_allclose(scene.error, 0, atol=1e-6)


def test_a_film_that_ends_before_the_poses_stands_still(tmp_path):
    scene = walker.scene_in_film(tmp_path / "film.mp4", 6)
    last = list(scene.pictures(200))[-1]
    longer = walker.scene(10)
    longer = replace(scene, p3w=longer.p3w, p2=scene.p2[[*range(6), 5, 5, 5, 5]], projected_p2=None)
    pictures = list(longer.pictures(200))
    assert len(pictures) == 10
    for picture in pictures[6:]:
        np.testing.assert_array_equal(picture, last)
    with pytest.raises(DataError, match="ends before frame 20"):
        list(replace(scene, first_frame=20).pictures(200))


def test_a_dollar_in_a_title_is_no_formula(tmp_path):
    scene = replace(walker.scene(2), title="S1/take $5_$")
    sequence_figure.save(scene, tmp_path / "x.png")
    assert (tmp_path / "x.png").stat().st_size > 0
