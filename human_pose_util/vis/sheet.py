"""A sequence on one sheet: evenly spaced frames, and the error over all of it."""

import numpy as np

from human_pose_util.vis import style
from human_pose_util.vis.figures import agg_figure, heading
from human_pose_util.vis.panels import TRUTH_LOOK, draw_error, greys, poses_2d
from human_pose_util.vis.plot import PoseLines, vis2d, vis3d
from human_pose_util.vis.scene import Scene, limits

COLUMN = 250  # px


def sheet(scene: Scene, n: int = 6):
    """A figure of `n` evenly spaced frames, 3D over 2D, and the error over the whole sequence."""
    picks = np.unique(np.linspace(0, scene.n_frames - 1, n).round().astype(int))
    two_d = list(poses_2d(scene))
    rows = [300, *([260] if two_d else []), *([130] if scene.error is not None else [])]
    figure = agg_figure(COLUMN * n, sum(rows) + 145 + 75 * (len(rows) - 1))
    figure.patch.set_facecolor("white")
    heading(figure, scene.title, greys(scene))
    grid = figure.add_gridspec(
        len(rows), n, height_ratios=rows, left=0.05, right=0.985,
        top=1 - 0.95 / figure.get_figheight(), bottom=0.5 / figure.get_figheight(),
        wspace=0.25, hspace=0.3,
    )  # fmt: skip
    for column, i in enumerate(picks):
        _sheet_3d(figure.add_subplot(grid[0, column], projection="3d"), scene, i, picks)
        if two_d:
            ax = figure.add_subplot(grid[1, column])
            bounds = _window([p2 for p2, _ in two_d], i, picks, margin=1.15)
            for p2, look in two_d:
                vis2d(ax, p2[i], scene.skeleton, bounds=bounds, **look)
            ax.set_ylabel("" if column else "v [px]")
    if scene.error is not None:
        ax = figure.add_subplot(grid[-1, :])
        draw_error(ax, scene)
        ax.plot(picks / scene.fps, scene.error[picks], "o", color=style.TEXT, clip_on=False)
    return figure


def _sheet_3d(ax, scene: Scene, i: int, picks: np.ndarray) -> None:
    cell = ax.get_position(original=True)
    truth, p3w = scene.shown_truth, scene.shown
    poses = [p for p in (truth, p3w) if p is not None]
    bounds = _window(poses, i, picks, margin=1.05)
    bounds[2] = min(0.0, bounds[2, 0]), bounds[2, 1]
    vis3d(ax, p3w[i], scene.skeleton, bounds=bounds, unit=None, view=scene.eye)
    if truth is not None:
        PoseLines(ax, scene.skeleton, **TRUTH_LOOK).update(truth[i])
    ax.figure.text(
        (cell.x0 + cell.x1) / 2, cell.y1, scene.caption(i, brief=True), fontsize=10,
        color=style.TEXT, horizontalalignment="center", verticalalignment="bottom",
    )  # fmt: skip


def _window(poses: list[np.ndarray], i: int, picks: np.ndarray, margin: float) -> np.ndarray:
    """(d, 2) limits around frame `i`, as wide as those of the widest of `picks`."""
    boxes = [limits(*(p[pick] for p in poses)) for pick in picks]
    half = margin * np.max([np.ptp(box, axis=1) for box in boxes], axis=0) / 2
    half[:2] = half[:2].max()
    centre = limits(*(p[i] for p in poses)).mean(axis=1)
    return np.stack([centre - half, centre + half], axis=1)
