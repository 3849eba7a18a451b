"""A sequence on one sheet: evenly spaced frames, and the error over the whole sequence.

The film of a sequence, `sequence_figure`, shares the panels of the 2D poses and of the error.
"""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from human_pose_util.sampling import evenly_spaced
from human_pose_util.vis import style
from human_pose_util.vis.matplotlib_figure import agg_figure, draw_heading
from human_pose_util.vis.plot import PoseLines, film_picture, vis2d, vis3d
from human_pose_util.vis.scene import Scene, limits

TRUTH_LOOK: dict[str, Any] = {
    "colors": style.GREY, "linewidth": 4, "alpha": 0.8, "marker": "", "zorder": 2,
}  # fmt: skip
"""Arguments of `PoseLines` for a true pose."""
LOOKS_2D: dict[bool, dict[str, Any]] = {
    True: {"colors": style.GREY, "linewidth": 3.5, "markersize": 5, "alpha": 0.8},
    False: {"linewidth": 1.8, "markersize": 2.5},
}
"""Arguments of `vis2d` for a 2D pose, by whether it is drawn in grey."""
MARGIN_2D = 1.12
"""Size of the panel of an image relative to the people in it."""
COLUMN = 250
"""Width of the column of a frame [px]."""
LEAST_WIDTH = 3 * COLUMN
"""Width that the heading of a sheet needs [px]."""


def sequence_sheet(scene: Scene, n: int = 6) -> Figure:
    """Draw evenly spaced frames, 3D over 2D, and the error over the whole sequence.

    Args:
        scene: the scene to show.
        n: number of frames. With several people, half as many frames are shown, in columns of
            twice the width. A shorter sequence is shown completely.

    Returns:
        A matplotlib figure.
    """
    width = COLUMN
    if sum(parent < 0 for parent in scene.skeleton.parents) > 1:
        n, width = max(n // 2, 1), 2 * COLUMN
    frames = evenly_spaced(scene.n_frames, n)
    n_columns = len(frames)
    poses_2d = scene.poses_2d
    film = scene.pictures(4 * width) if scene.film and poses_2d else ()
    pictures = {i: picture for i, picture in enumerate(film) if i in frames}
    rows = [300, *([260] if poses_2d else []), *([130] if scene.error is not None else [])]
    size = max(width * n_columns, LEAST_WIDTH), sum(rows) + 145 + 75 * (len(rows) - 1)
    figure = agg_figure(*size)
    draw_heading(figure, scene.title, grey_names(scene))
    grid = figure.add_gridspec(
        len(rows), n_columns, height_ratios=rows, left=0.75 / figure.get_figwidth(), right=0.985,
        top=1 - 0.95 / figure.get_figheight(), bottom=0.5 / figure.get_figheight(),
        wspace=0.25, hspace=0.3,
    )  # fmt: skip
    for column, i in enumerate(frames):
        _draw_3d(figure.add_subplot(grid[0, column], projection="3d"), scene, i, frames)
        if poses_2d:
            ax = figure.add_subplot(grid[1, column])
            if scene.film:
                film_picture(ax, scene.film, pictures[i])
            bounds = _image_bounds([p2 for p2, _ in poses_2d], i, frames)
            for p2, is_grey in poses_2d:
                vis2d(ax, p2[i], scene.skeleton, bounds=bounds, **LOOKS_2D[is_grey])
            ax.set_ylabel("" if column else "v [px]")
            ax.tick_params(labelleft=not column)
    if scene.error is not None:
        ax = figure.add_subplot(grid[-1, :])
        draw_error(ax, scene)
        ax.plot(scene.times[frames], scene.error[frames], "o", color=style.TEXT, clip_on=False)
    return figure


def draw_error(ax: Axes, scene: Scene) -> None:
    """Draw the error of every frame over time, with its mean.

    Args:
        ax: matplotlib axes.
        scene: the scene, which has errors; NaN leaves a gap.
    """
    time, error = scene.times, np.asarray(scene.error)
    ax.fill_between(time, error, color=style.ERROR, alpha=0.15, linewidth=0)
    ax.plot(time, error, color=style.ERROR, linewidth=1.6)
    finite = scene.finite_error
    if finite.size:
        ax.axhline(finite.mean(), color=style.ERROR, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.set_title(f"mean {finite.mean():.1f} mm", fontsize=9, color=style.ERROR, loc="right")
    top = 1.25 * finite.max(initial=0) or 1.0
    ax.set(xlim=(time[0], max(time[-1], time[0] + 1 / scene.fps)), ylim=(0, top))
    ax.set_xlabel("time [s]", color=style.TEXT)
    ax.set_ylabel(f"{scene.error_name} [mm]", color=style.TEXT, fontsize=9)
    ax.tick_params(labelsize=8, color=style.GROUND)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[:].set_color(style.GROUND)


def grey_names(scene: Scene) -> list[str]:
    """What is drawn in grey."""
    names = ["truth"] * (scene.truth_p3w is not None)
    return names + ["observed 2D"] * any(is_grey for _, is_grey in scene.poses_2d)


def _draw_3d(ax: Axes3D, scene: Scene, i: int, frames: np.ndarray) -> None:
    """Draw frame `i` in space, with its caption above."""
    cell = ax.get_position(original=True)  # `vis3d` moves the axes, the caption stays in the cell
    bounds = _bounds(scene.bodies, i, frames, margin=1.05)
    # The floor beneath one person is a square; people far apart need a longer one.
    half = np.ptp(bounds, axis=1) / 2
    half = np.maximum(half[:2], min(half[:2].max(), half[2]))[:, None]
    bounds[:2] = bounds[:2].mean(axis=1, keepdims=True) + np.hstack([-half, half])
    bounds[2] = min(0.0, bounds[2, 0]), max(0.0, bounds[2, 1])
    view: dict[str, Any] = {"bounds": bounds, "unit": None, "view": scene.eye}
    *truth, poses = scene.bodies
    vis3d(ax, poses[i], scene.skeleton, **view)
    for p3w in truth:
        PoseLines(ax, scene.skeleton, **TRUTH_LOOK).update(p3w[i])
    look = {"fontsize": 10, "color": style.TEXT, "ha": "center", "va": "bottom"}
    ax.figure.text((cell.x0 + cell.x1) / 2, cell.y1, scene.caption(i, brief=True), **look)


def _bounds(poses: list[np.ndarray], i: int, frames: np.ndarray, margin: float) -> np.ndarray:
    """[d, 2] limits around frame `i`, of one size for all `frames`: that of the largest pose."""
    boxes = [limits(*(p[frame] for p in poses)) for frame in frames]
    half = margin * np.max([np.ptp(box, axis=1) for box in boxes], axis=0) / 2
    centre = limits(*(p[i] for p in poses)).mean(axis=1)
    return np.stack([centre - half, centre + half], axis=1)


def _image_bounds(poses: list[np.ndarray], i: int, frames: np.ndarray) -> np.ndarray:
    """[2, 2] limits of u around frame `i`, and of v, which all `frames` share."""
    bounds = _bounds(poses, i, frames, margin=MARGIN_2D)
    v = limits(*(p[frames] for p in poses))[1]
    bounds[1] = v.mean() + MARGIN_2D * (v - v.mean())
    return bounds
