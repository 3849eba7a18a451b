"""Many poses side by side: a picture, or a film that turns them round."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from human_pose_util.errors import DataError
from human_pose_util.skeleton import Skeleton
from human_pose_util.suffixes import check_suffix
from human_pose_util.vis import matplotlib_figure
from human_pose_util.vis.film_writer import FILMS, drawing_range, write_film
from human_pose_util.vis.plot import VIEW, vis3d
from human_pose_util.vis.scene import Scene, ground_bounds

SUFFIXES = (".png", *FILMS)
CELL = (190, 250)
"""Width and height of the cell of a pose [px]."""
HEAD = 60
"""Height of the title [px]."""
TURN_SECONDS = 6.0
TURN_FPS = 15.0
CROWD_VIEW = (30.0, -75.0)
"""Elevation and azimuth of the eye for a crowd [degrees]."""


def grid(
    poses: np.ndarray, skeleton: Skeleton, title: str = "", figure: Figure | None = None
) -> Figure:
    """Draw poses in rows, all to one scale.

    Args:
        poses: [n, n_joints, 3] poses in any unit, z up, floor at z = 0.
        skeleton: the joints and bones.
        title: one line above the poses.
        figure: an empty matplotlib figure; by default a new one of suitable size.

    Returns:
        The figure.

    Raises:
        DataError: there are no poses, or they do not have the shape for the skeleton.
    """
    poses = _checked(poses, skeleton)
    rows, columns = shape(len(poses))
    figure = figure or matplotlib_figure.agg_figure(*size(len(poses)))
    matplotlib_figure.draw_heading(figure, title)
    bounds = common_bounds(poses)
    head = HEAD / (HEAD + rows * CELL[1])
    height, step = (1 - head) / rows, np.ptp(bounds[0]) / 4
    for i, pose in enumerate(poses):
        row, column = divmod(i, columns)
        box = (column / columns, (rows - 1 - row) * height, 1 / columns, height)
        ax = figure.add_axes(box, projection="3d")
        vis3d(ax, pose, skeleton, bounds=bounds, unit=None, grid=step, markersize=2.5)
    return figure


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
    figure = grid(poses, skeleton, title)
    if path.suffix.lower() == ".png":
        matplotlib_figure.save_figure(figure, path)
    else:
        write_film(path, _turn(figure), TURN_FPS)


def show(poses: np.ndarray, skeleton: Skeleton, title: str) -> None:
    """Show poses side by side in a matplotlib window, where the mouse turns each of them.

    Args:
        poses: [n, n_joints, 3] poses in any unit, z up, floor at z = 0.
        skeleton: the joints and bones.
        title: one line above the poses.

    Raises:
        DisplayError: there is no screen, or matplotlib has no backend that opens windows.
    """
    import matplotlib.pyplot as plt

    grid(poses, skeleton, title, matplotlib_figure.window_figure(*size(len(poses))))
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
    n, (rows, columns) = len(poses), shape(len(poses))
    row, column = np.divmod(np.arange(n), columns)
    width = 1.3 * np.ptp(common_bounds(poses)[0])
    place = np.stack([column - (columns - 1) / 2, row - (rows - 1) / 2, 0 * row], axis=-1) * width
    p3w = (poses + place[:, None]).reshape(1, -1, 3)
    # The skeletons of all people together are one skeleton with several roots.
    links: list[tuple[str, str | None]] = []
    for i in range(n):
        links += [(f"{joint} {i}", parent and f"{parent} {i}") for joint, parent in skeleton.links]
    people = Skeleton(skeleton.id, tuple(links))
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
    """Rows and columns of a grid of `n` cells that is about as wide as a screen."""
    columns = min(n, int(np.ceil(np.sqrt(2 * n))))
    return -(-n // columns), columns


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


def _turn(figure: Figure) -> Iterator[np.ndarray]:
    """[height, width, 3] uint8 images of a turn of all 3D axes of a figure."""
    canvas: Any = figure.canvas
    axes: Any = figure.axes
    n = round(TURN_SECONDS * TURN_FPS)
    for i in drawing_range(n):
        for ax in axes:
            ax.view_init(VIEW[0], VIEW[1] + 360 * i / n)
        canvas.draw()
        yield np.array(canvas.buffer_rgba())[..., :3]
