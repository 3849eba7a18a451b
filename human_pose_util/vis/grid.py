"""Many poses side by side: a picture, or a film that turns them round."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.vis import figures, writer
from human_pose_util.vis.plot import VIEW, ground_bounds, vis3d
from human_pose_util.vis.scene import Scene

SUFFIXES = (".png", ".mp4", ".gif")
CELL = (190, 250)  # px
HEAD = 60
TURN_SECONDS = 6.0
TURN_FPS = 15.0
CROWD_VIEW = (30.0, -75.0)


def grid(poses: np.ndarray, skeleton, title: str = "", figure=None):
    """Draw poses in rows, all to one scale.

    Args:
        poses: (n, n_joints, 3), z up, floor at 0, in any unit.
        skeleton: what joins the joints.
        title: a line above.
        figure: an empty matplotlib figure; by default a new one of the right size.

    Returns:
        The figure.

    Raises:
        DataError: no poses, or of another shape than the skeleton's.
    """
    poses = _checked(poses, skeleton)
    rows, columns = shape(len(poses))
    if figure is None:
        figure = figures.agg_figure(*size(len(poses)))
    figure.patch.set_facecolor("white")
    figures.heading(figure, title, [])
    bounds = common_bounds(poses)
    head = HEAD / (HEAD + rows * CELL[1])
    for i, pose in enumerate(poses):
        row, column = divmod(i, columns)
        height = (1 - head) / rows
        box = (column / columns, (rows - 1 - row) * height, 1 / columns, height)
        ax = figure.add_axes(box, projection="3d")
        step = np.ptp(bounds[0]) / 4
        vis3d(ax, pose, skeleton, bounds=bounds, unit=None, grid=step, markersize=2.5)
    return figure


def save(poses: np.ndarray, skeleton, title: str, path, progress: bool = True) -> None:
    """Save poses side by side: a picture (.png), or a film that turns them once (.mp4, .gif).

    Args:
        poses: (n, n_joints, 3), z up, floor at 0, in any unit.
        skeleton: what joins the joints.
        title: a line above.
        path: file to write, replaced once it is complete.
        progress: whether to show a progress bar on a terminal.

    Raises:
        SpecError: another suffix.
        DataError: poses of another shape than the skeleton's, or the file cannot be written.
    """
    path = writer.check_suffix(path, SUFFIXES)
    figure = grid(poses, skeleton, title)
    if path.suffix.lower() == ".png":
        figures.save_figure(figure, path)
    else:
        writer.write_film(path, _turn(figure, progress), TURN_FPS)


def show(poses: np.ndarray, skeleton, title: str) -> None:
    """Show poses side by side in a matplotlib window; the mouse turns each.

    Raises:
        SpecError: there is no screen, or matplotlib has no backend that opens windows.
    """
    import matplotlib.pyplot as plt

    grid(poses, skeleton, title, figures.window_figure(*size(len(poses))))
    plt.show()


def crowd(poses: np.ndarray, skeleton, title: str = "", unit: str = "m") -> Scene:
    """Poses standing in rows on one floor: a scene of a single frame, for any of the views.

    Args:
        poses: (n, n_joints, 3), z up, floor at 0.
        skeleton: what joins the joints.
        title: one line that says what is seen.
        unit: what the poses are in.
    """
    poses = _checked(poses, skeleton)
    n, (rows, columns) = len(poses), shape(len(poses))
    row, column = np.divmod(np.arange(n), columns)
    width = 1.3 * np.ptp(common_bounds(poses)[0])
    place = np.stack([column - (columns - 1) / 2, row - (rows - 1) / 2, 0 * row], axis=-1) * width
    every = np.arange(n)[:, None, None] * skeleton.n_joints + skeleton.bones
    group = Crowd(n * skeleton.n_joints, every.reshape(-1, 2), n * skeleton.sides, skeleton.id)
    p3w = (poses + place[:, None]).reshape(1, -1, 3)
    return Scene(group, p3w, TURN_FPS, title=title, unit=unit, unit_scale=1.0, view=CROWD_VIEW)


@dataclass(frozen=True, eq=False)
class Crowd:
    """Several skeletons as one: what the views need of it."""

    n_joints: int
    bones: np.ndarray
    sides: tuple[str, ...]
    id: str


def common_bounds(poses: np.ndarray) -> np.ndarray:
    """(3, 2) limits that hold each of poses (n, n_joints, 3), with the same width in x and y."""
    bounds = ground_bounds(poses, margin=0.0)
    half = 1.1 * max(np.abs(bounds[:2] - bounds[:2].mean(axis=1, keepdims=True)).max(), 1e-6)
    bounds[:2] = bounds[:2].mean(axis=1, keepdims=True) + [-half, half]
    return bounds


def shape(n: int) -> tuple[int, int]:
    """Rows and columns of a grid of `n` that is about as wide as a screen."""
    columns = min(n, int(np.ceil(np.sqrt(2 * n))))
    return -(-n // columns), columns


def size(n: int) -> tuple[int, int]:
    """Width and height [px] of a picture of `n` poses."""
    rows, columns = shape(n)
    return max(columns * CELL[0], 3 * CELL[0]), HEAD + rows * CELL[1]


def _checked(poses: np.ndarray, skeleton) -> np.ndarray:
    poses = np.asarray(poses, dtype=float)
    if len(poses) == 0 or poses.shape[1:] != (skeleton.n_joints, 3):
        raise DataError(
            f"poses have shape {poses.shape}, expected (1 or more, {skeleton.n_joints}, 3) "
            f"for skeleton {skeleton.id!r}"
        )
    return poses


def _turn(figure, progress: bool) -> Iterator[np.ndarray]:
    from tqdm import tqdm

    n = round(TURN_SECONDS * TURN_FPS)
    for i in tqdm(range(n), "drawing", disable=None if progress else True, unit="frame"):
        for ax in figure.axes:
            ax.view_init(VIEW[0], VIEW[1] + 360 * i / n)
        figure.canvas.draw()
        yield np.array(figure.canvas.buffer_rgba())[..., :3]
