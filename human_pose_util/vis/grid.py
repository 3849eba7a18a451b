"""Many poses side by side: a picture, or a film that turns them round."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.backend_bases import MouseButton
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from human_pose_util.errors import DataError
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.joined_skeleton import joined_skeleton
from human_pose_util.suffixes import check_suffix
from human_pose_util.vis import matplotlib_figure, style
from human_pose_util.vis.film_writer import FILMS, drawing_range, write_film
from human_pose_util.vis.plot import VIEW, PoseLines
from human_pose_util.vis.scene import Scene, direction, ground_bounds

SUFFIXES = (".png", *FILMS)
CELL = (190, 250)
"""Width and height of the cell of a pose [px]."""
HEAD = 60
"""Height of the title [px]."""
FILL = 0.95
"""Share of a cell that the floor and the tallest pose fill."""

_LINE: dict[str, Any] = {"linewidth": 2.5, "marker": "o", "markersize": 2.5}

TURN_SECONDS = 6.0
TURN_FPS = 15.0
CROWD_VIEW = (30.0, -75.0)
"""Elevation and azimuth of the eye for a crowd [degrees]."""


class PoseGrid:
    """Poses in rows, all to one scale and seen from one direction, which turn together.

    All poses are on one pair of 2D axes, whose unit is the pixel, in parallel projection: axes of
    mplot3d for each pose would take 40 ms each.

    Args:
        poses: [n, n_joints, 3] poses in any unit, z up, floor at z = 0.
        skeleton: the joints and bones.
        title: one line above the poses.
        figure: an empty matplotlib figure; by default a new one of suitable size.

    Raises:
        DataError: there are no poses, or they do not have the shape for the skeleton.

    Attributes:
        figure: the figure.
        azimuth: the direction of the eye [degrees].
    """

    def __init__(
        self, poses: np.ndarray, skeleton: Skeleton, title: str = "", figure: Figure | None = None
    ):
        poses = _checked(poses, skeleton)
        rows, columns = shape(len(poses))
        self.figure = figure or matplotlib_figure.agg_figure(*size(len(poses)))
        matplotlib_figure.draw_heading(self.figure, title)
        ax = self.figure.add_axes((0, 0, 1, rows * CELL[1] / (HEAD + rows * CELL[1])))
        ax.set(xlim=(0, max(columns, 3) * CELL[0]), ylim=(0, rows * CELL[1]), aspect="equal")
        ax.set_axis_off()

        (x0, x1), _, (z0, z1) = bounds = common_bounds(poses)
        middle = bounds.mean(axis=1)
        self._poses, self._floor = poses - middle, _floor_lines((x1 - x0) / 2, z=-middle[2])
        # A turn moves the corners of the floor on a circle, the widest part of what is shown.
        sine, cosine = np.sin(np.radians(VIEW[0])), np.cos(np.radians(VIEW[0]))
        diameter = np.sqrt(2) * (x1 - x0)
        room = diameter, diameter * sine + (z1 - z0) * cosine
        self._scale = min(np.divide(CELL, room)) * FILL
        places = cells(len(poses)) + [max(columns, 3) / 2, rows / 2]
        self._centres = places * CELL

        self._lines = [PoseLines(ax, skeleton, **_LINE) for _ in poses]
        self._grids = LineCollection([], colors=style.GROUND, linewidths=0.8, zorder=0.5)
        ax.add_collection(self._grids)
        self.turn(VIEW[1])
        self._mouse_x = 0.0  # until a button is pressed

    def turn(self, azimuth: float) -> None:
        """Show the poses from another direction.

        Args:
            azimuth: the direction of the eye [degrees].
        """
        self.azimuth = azimuth
        eye, angle = direction(VIEW[0], azimuth), np.radians(azimuth)
        right = np.array([-np.sin(angle), np.cos(angle), 0.0])
        # The axes of the picture: to the right, up, and towards the eye.
        axes = np.stack([right, np.cross(eye, right), eye], axis=-1)
        image = self._poses @ axes
        points = image[..., :2] * self._scale + self._centres[:, None]
        for lines, p2, nearness in zip(self._lines, points, image[..., 2], strict=True):
            lines.update(p2, nearness)
        floor = (self._floor @ axes)[..., :2] * self._scale
        self._grids.set_segments((floor + self._centres[:, None, None]).reshape(-1, 2, 2))

    def turn_with_mouse(self) -> None:
        """Let a mouse that is dragged in the window of the figure turn the poses."""
        self.figure.canvas.mpl_connect("button_press_event", self._follow)
        self.figure.canvas.mpl_connect("motion_notify_event", self._follow)

    def _follow(self, event: Any) -> None:
        """Turn the poses by half a degree for each pixel that the mouse is dragged."""
        if event.name == "motion_notify_event" and event.button == MouseButton.LEFT:
            self.turn(self.azimuth - 0.5 * (event.x - self._mouse_x))
            self.figure.canvas.draw_idle()
        self._mouse_x = event.x


def grid(poses: np.ndarray, skeleton: Skeleton, title: str = "") -> Figure:
    """Draw poses in rows, all to one scale; see `PoseGrid`."""
    return PoseGrid(poses, skeleton, title).figure


def save(poses: np.ndarray, skeleton: Skeleton, title: str, path: str | os.PathLike) -> None:
    """Save poses side by side: a picture (.png), or a film that turns them once (.mp4, .gif).

    Args:
        poses: [n, n_joints, 3] poses in any unit, z up, floor at z = 0.
        skeleton: the joints and bones.
        title: one line above the poses.
        path: file to write; an existing file is replaced once the new one is complete.

    Raises:
        SpecError: the file has another suffix.
        DataError: the poses do not have the shape for the skeleton, or the file cannot be
            written.
    """
    path = check_suffix(path, SUFFIXES)
    pose_grid = PoseGrid(poses, skeleton, title)
    if path.suffix.lower() == ".png":
        matplotlib_figure.save_figure(pose_grid.figure, path)
    else:
        write_film(path, _turn(pose_grid), TURN_FPS)


def show(poses: np.ndarray, skeleton: Skeleton, title: str) -> None:
    """Show poses side by side in a matplotlib window, where the mouse turns them.

    Args:
        poses: [n, n_joints, 3] poses in any unit, z up, floor at z = 0.
        skeleton: the joints and bones.
        title: one line above the poses.

    Raises:
        DisplayError: there is no screen, or matplotlib has no backend that opens windows.
    """
    import matplotlib.pyplot as plt

    figure = matplotlib_figure.window_figure(*size(len(poses)))
    PoseGrid(poses, skeleton, title, figure).turn_with_mouse()
    plt.show()


def crowd(poses: np.ndarray, skeleton: Skeleton, title: str = "", unit: str = "m") -> Scene:
    """Poses that stand in rows on one floor: a scene of a single frame, for any of the views.

    Args:
        poses: [n, n_joints, 3] poses, z up, floor at z = 0.
        skeleton: the joints and bones of each pose.
        title: one line that describes the scene.
        unit: unit of the poses.

    Returns:
        The scene.
    """
    poses = _checked(poses, skeleton)
    n, width = len(poses), 1.3 * np.ptp(common_bounds(poses)[0])
    place = np.concatenate([cells(n) * [1, -1], np.zeros((n, 1))], axis=1) * width
    p3w = (poses + place[:, None]).reshape(1, -1, 3)
    people = joined_skeleton(skeleton, n)
    return Scene(people, p3w, TURN_FPS, title=title, unit=unit, unit_scale=1.0, view=CROWD_VIEW)


def common_bounds(poses: np.ndarray) -> np.ndarray:
    """The box that has room for each of several poses, as wide in x as in y.

    Args:
        poses: [n, n_joints, 3] poses, z up, floor at z = 0.

    Returns:
        [3, 2] lower and upper bounds.
    """
    bounds = ground_bounds(poses, margin=0.0)
    half = 1.1 * max(np.ptp(bounds[:2], axis=1).max() / 2, 1e-6)
    bounds[:2] = bounds[:2].mean(axis=1, keepdims=True) + [-half, half]
    return bounds


def shape(n: int) -> tuple[int, int]:
    """Rows and columns of a grid of `n` cells, with as few empty cells as a handy shape has.

    Handy are grids with as many columns as rows, or up to three and a half times as many. Of those
    that leave the same number of cells empty, the one nearest to the shape of a screen is taken.
    """
    sizes = [(rows, -(-n // rows)) for rows in range(1, n + 1)]
    handy = [(r, c) for r, c in sizes if r <= c <= 3.5 * r] or [(1, n)]
    return min(handy, key=lambda size: (size[0] * size[1], abs(np.log(size[1] / size[0] / 1.6))))


def cells(n: int) -> np.ndarray:
    """Places of `n` cells in rows, from the upper left: a last row that is short is centred.

    Returns:
        [n, 2] the middle of each cell, to the right and up from the middle of the grid, in cells.
    """
    rows, columns = shape(n)
    row, column = np.divmod(np.arange(n), columns)
    in_row = np.bincount(row)[row]
    return np.stack([column - (in_row - 1) / 2, (rows - 1) / 2 - row], axis=-1)


def size(n: int) -> tuple[int, int]:
    """Width and height of a picture of `n` poses [px]."""
    rows, columns = shape(n)
    return max(columns, 3) * CELL[0], HEAD + rows * CELL[1]


def _checked(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Poses as floats; raises DataError for another shape than [1 or more, n_joints, 3]."""
    poses = np.asarray(poses, dtype=float)
    if len(poses) == 0 or poses.shape[1:] != (skeleton.n_joints, 3):
        raise DataError(
            f"poses have shape {poses.shape}, expected (1 or more, {skeleton.n_joints}, 3) "
            f"for skeleton {skeleton.id!r}"
        )
    return poses


def _floor_lines(half: float, z: float) -> np.ndarray:
    """[n_lines, 2, 3] the ends of the lines of a square grid on the floor, four squares wide.

    Args:
        half: half the width of the grid.
        z: height of the floor.
    """
    along, across = np.linspace(-half, half, 5), np.array([-half, half])
    x, y = (c.reshape(-1, 2) for c in np.meshgrid(along, across, indexing="ij"))
    height = np.full_like(x, z)
    return np.concatenate([np.stack([x, y, height], -1), np.stack([y, x, height], -1)])


def _turn(pose_grid: PoseGrid) -> Iterator[np.ndarray]:
    """[height, width, 3] uint8 images of a turn of all poses."""
    canvas: Any = pose_grid.figure.canvas
    n = round(TURN_SECONDS * TURN_FPS)
    for i in drawing_range(n):
        pose_grid.turn(VIEW[1] + 360 * i / n)
        canvas.draw()
        yield np.array(canvas.buffer_rgba())[..., :3]
