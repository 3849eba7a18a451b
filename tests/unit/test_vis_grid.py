import numpy as np
import pytest
from matplotlib.backend_bases import MouseButton, MouseEvent
from matplotlib.colors import to_rgb
from PIL import Image, ImageSequence

from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S24
from human_pose_util.vis import grid, style
from tests.helpers import walking_figure as walker


@pytest.fixture
def poses():
    made = walker.walk(10) / 1750
    made[..., 1] -= made[:, :1, 1]
    return made


def cells(image, rows, columns):
    """Per cell, how many pixels have the colour of each side."""
    body = image[grid.HEAD :]
    height, width = len(body) // rows, image.shape[1] // columns
    tiles = body[: rows * height, : columns * width].reshape(rows, height, columns, width, 3)
    near = [np.abs(tiles / 255 - to_rgb(c)).max(-1) < 0.1 for c in style.LIMBS.values()]
    return np.sum(near, axis=(2, 4))


def test_every_pose_has_its_cell(tmp_path, poses):
    path = tmp_path / "grid.png"
    grid.save(poses, S24, "ten poses", path)
    with Image.open(path) as image:
        assert image.size == grid.size(10)
        counts = cells(np.array(image.convert("RGB")), *grid.shape(10))
    assert grid.shape(10) == (2, 5)
    assert (counts > 20).all()


def test_letters_that_the_font_lacks_are_boxes_without_a_warning(poses, tmp_path):
    grid.save(poses, S24, "歩く人", tmp_path / "grid.png")
    grid.PoseGrid(poses, S24, "歩く人").figure.canvas.draw()


def test_poses_in_a_grid_are_apart_in_height(poses, tmp_path):
    path = tmp_path / "grid.png"
    grid.save(np.stack([poses[0], 0.5 * poses[0]]), S24, "", path)
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGB"))[grid.HEAD :]
    near = np.abs(pixels / 255 - to_rgb(style.CENTRE)).max(-1) < 0.1
    half = near.shape[1] // 2
    tops = [np.flatnonzero(side.any(axis=1))[0] for side in (near[:, :half], near[:, half:])]
    assert tops[1] > tops[0] + 60


def test_a_film_turns_the_poses_once(tmp_path, poses, monkeypatch):
    monkeypatch.setattr(grid, "TURN_SECONDS", 8 / grid.TURN_FPS)
    path = tmp_path / "grid.gif"
    grid.save(poses[:2], S24, "", path)
    with Image.open(path) as film:
        frames = [np.array(f.convert("RGB")).astype(int) for f in ImageSequence.Iterator(film)]
    assert len(frames) == 8
    change = [np.abs(frame - frames[0]).mean() for frame in frames[1:]]
    assert min(change) > 0.5


def test_a_mouse_turns_the_poses(poses):
    """A drag to the left by 180 pixels is a quarter turn: what was in front is then at the side."""
    pose_grid = grid.PoseGrid(poses[:1], S24)
    pose_grid.turn_with_mouse()
    canvas = pose_grid.figure.canvas
    before = pose_grid.azimuth
    for name, x, button in (
        ("motion_notify_event", 10, None),
        ("button_press_event", 300, MouseButton.LEFT),
        ("motion_notify_event", 200, MouseButton.LEFT),
        ("motion_notify_event", 120, MouseButton.LEFT),
        ("button_release_event", 120, MouseButton.LEFT),
        ("motion_notify_event", 20, None),
    ):
        canvas.callbacks.process(name, MouseEvent(name, canvas, x, 50, button))
    assert pose_grid.azimuth == pytest.approx(before + 90)


def test_the_nearer_side_is_drawn_over_the_other():
    """Seen from the left, the left leg covers the right one, and the other way round."""
    pose_grid = grid.PoseGrid(walker.walk(1) / 1750, S24)
    orders = []
    for azimuth in (0, 180):
        pose_grid.turn(azimuth)
        artists = {a.get_color(): a.get_zorder() for a in pose_grid.figure.axes[0].lines}
        orders.append(artists[style.LEFT] > artists[style.RIGHT])
    assert orders[0] != orders[1]


@pytest.mark.parametrize("n", range(1, 40))
def test_a_grid_has_room_for_all(n):
    rows, columns = grid.shape(n)
    assert (rows - 1) * columns < n <= rows * columns


def test_wrong_poses_and_suffixes_are_refused(tmp_path, poses):
    with pytest.raises(DataError, match="24"):
        grid.save(poses[:, :5], S24, "", tmp_path / "a.png")
    with pytest.raises(DataError):
        grid.save(poses[:0], S24, "", tmp_path / "a.png")
    with pytest.raises(SpecError, match=r"\.png, \.mp4 or \.gif"):
        grid.save(poses, S24, "", tmp_path / "a.bmp")


@pytest.mark.parametrize(
    ("n", "size"), [(1, (1, 1)), (4, (2, 2)), (12, (3, 4)), (16, (4, 4)), (32, (4, 8))]
)
def test_a_grid_has_no_holes_where_rows_can_be_full(n, size):
    assert grid.shape(n) == size


def test_a_short_last_row_is_centred():
    places = grid.cells(7)
    assert places[:4, 0].tolist() == [-1.5, -0.5, 0.5, 1.5]
    assert places[4:].tolist() == [[-1, -0.5], [0, -0.5], [1, -0.5]]
