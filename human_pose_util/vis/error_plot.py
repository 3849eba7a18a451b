"""A picture of an error report: errors by category, their distribution, and errors by joint."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.joint_errors import JointErrors
from human_pose_util.evaluate.measures import MEASURES, PROCRUSTES
from human_pose_util.evaluate.metrics import AUC_THRESHOLDS, defined_mean
from human_pose_util.evaluate.report_formats import TOTAL, title
from human_pose_util.transforms import rotation_about
from human_pose_util.vis import style
from human_pose_util.vis.matplotlib_figure import QuietFigure, picture
from human_pose_util.vis.scene import limits

VIEW = rotation_about(np.radians(30.0), "z") @ rotation_about(np.radians(-15.0), "x")
"""Rotation of a pose that faces front to a view, from aside and above, that shows its feet."""
ROOM = 0.045
"""Least distance of two joints in the picture, relative to the size of the person."""
COLORS = dict(zip(PROCRUSTES, (style.LEFT, style.RIGHT), strict=True))


def draw(report: ErrorReport, joints: JointErrors, form: str) -> bytes:
    """Draw the three panels side by side.

    Args:
        report: errors by category.
        joints: errors by joint.
        form: format of the picture file: "png", "pdf" or "svg".

    Returns:
        The contents of the picture file.
    """
    n_rows = len(report.rows) + 1
    figure = QuietFigure(figsize=(16, max(5.0, 1.5 + 0.36 * n_rows)), layout="constrained")
    figure.suptitle(title(report), color=style.TEXT, parse_math=False)  # names may hold a $
    by_category, distribution, by_joint = figure.subplots(1, 3, width_ratios=(1.0, 0.8, 1.6))
    draw_categories(by_category, report)
    draw_distribution(distribution, joints.distances)
    draw_joints(by_joint, joints)
    figure.legend(loc="outside lower left", ncols=len(PROCRUSTES), frameon=False)
    return picture(figure, form, dpi=120)


def draw_categories(ax: Axes, report: ErrorReport) -> None:
    """Draw bars of both errors for each category and, last, for the total.

    Args:
        ax: matplotlib axes.
        report: errors by category.
    """
    labels = [*report.rows, TOTAL]
    summaries = [*map(report.summary, report.rows), report.total]
    y = np.arange(len(labels))
    for offset, measure in zip((-0.2, 0.2), PROCRUSTES, strict=True):
        name, values = MEASURES[measure].title, np.array([s.value(measure) for s in summaries])
        bars = ax.barh(y + offset, np.nan_to_num(values), 0.38, color=COLORS[measure], label=name)
        ax.bar_label(bars, [*map(_number, values)], padding=2, fontsize=8, color=style.TEXT)
    ax.set_yticks(y, labels)
    ax.set(ylim=(len(labels) - 0.4, -0.6), xmargin=0.1)
    ax.axhline(len(labels) - 1.5, color=style.GROUND, linewidth=1)
    ax.set(xlabel="mean error [mm]", title=f"By {report.layout.row_title.lower()}")
    ax.spines[["top", "right"]].set_visible(False)


def draw_distribution(ax: Axes, distances: np.ndarray) -> None:
    """Draw the PCK curve: the percentage of joints with an error below a threshold.

    Args:
        ax: matplotlib axes.
        distances: [...] errors of joints [mm]; NaN is left out.
    """
    errors = np.sort(distances[np.isfinite(distances)])
    if not errors.size:
        ax.text(0.5, 0.5, "no errors", transform=ax.transAxes, ha="center", color=style.TEXT)
        return

    def pck(threshold):
        return 100 * np.searchsorted(errors, threshold, side="left") / errors.size

    last = AUC_THRESHOLDS[-1]
    limit = max(25 * np.ceil(np.quantile(errors, 0.99) / 25), 25)
    thresholds = np.linspace(0, limit, 400)
    ax.plot(thresholds, pck(thresholds), color=style.LEFT, linewidth=2)
    if limit >= last:
        ax.axvline(last, color=style.TRUTH, linestyle=":", linewidth=1)
    auc = pck(AUC_THRESHOLDS).mean() / 100
    numbers = (
        f"median {np.median(errors):.0f} mm\n"
        f"PCK at {last:.0f} mm {pck(last):.1f} %\nAUC 0–{last:.0f} mm {auc:.3f}"
    )
    look: dict[str, Any] = {"ha": "right", "color": style.TEXT, "backgroundcolor": "white"}
    ax.text(0.97, 0.05, numbers, transform=ax.transAxes, **look)
    ax.set(xlim=(0, limit), xlabel="joint error, each frame aligned [mm]", title="Distribution")
    ax.set(ylim=(0, 101), ylabel="joints with less than this error [%]")
    ax.spines[["top", "right"]].set_visible(False)


def draw_joints(ax: Axes, joints: JointErrors) -> None:
    """Draw a person with joints in the colours of their mean errors, and the numbers.

    The colours go from the least error to the largest.

    Args:
        ax: matplotlib axes.
        joints: errors by joint.
    """
    errors = defined_mean(joints.distances.T)
    points = _apart((joints.pose @ VIEW)[:, [0, 2]])
    bones = [points[list(bone)] for bone in joints.skeleton.bones]
    ax.add_collection(LineCollection(bones, colors=style.GROUND, linewidths=4, zorder=1))
    x, y = points.T
    dots = ax.scatter(x, y, c=errors, s=90, cmap="cividis_r", edgecolor=style.TEXT, zorder=3)
    is_right = np.array([side == "r" for side in joints.skeleton.sides])
    names = joints.skeleton.joints
    labels = [f"{name}  {_number(error)}" for name, error in zip(names, errors, strict=True)]
    _label(ax, points, labels, np.flatnonzero(is_right), side=-1)
    _label(ax, points, labels, np.flatnonzero(~is_right), side=1)
    ax.figure.colorbar(dots, ax=ax, label="mean error, each frame aligned [mm]", shrink=0.8)
    ax.set(aspect="equal", title="By joint")
    ax.set_axis_off()


def _apart(points: np.ndarray) -> np.ndarray:
    """Points [n, 2], of which those that are too near to each other are moved apart."""
    distance = ROOM * np.linalg.norm(np.ptp(limits(points), axis=1))
    # In one place, points have no direction to part in: an angle of its own gives each one.
    angles = np.arange(len(points))
    points = points + 1e-3 * distance * np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    for _ in range(100):
        between = points[:, None] - points
        apart = np.linalg.norm(between, axis=-1) + np.eye(len(points))
        push = np.maximum(distance / apart - 1, 0)
        np.fill_diagonal(push, 0)
        points = points + np.nansum(push[..., None] * between, axis=1) / 2
    return points


def _label(ax: Axes, points: np.ndarray, labels: list[str], joints: np.ndarray, side: int) -> None:
    """Write labels of joints (indices) in a column at one side (−1 left, 1 right) of the points.

    The labels are in the vertical order of the points [n_joints, 2], so that the lines from the
    points to the labels hardly cross.
    """
    if not np.isfinite(points).any():
        return
    bottom, top = np.nanmin(points[:, 1]), np.nanmax(points[:, 1])
    column = side * (np.nanmax(np.abs(points[:, 0])) + 0.12 * (top - bottom))
    order = joints[np.argsort(-np.nan_to_num(points[joints, 1]))]
    for j, height in zip(order, np.linspace(top, bottom, len(order)), strict=True):
        ax.plot(*zip(points[j], (column, height), strict=True), color=style.GROUND, linewidth=0.7)
        ha = "left" if side > 0 else "right"
        ax.text(column * 1.04, height, labels[j], ha=ha, va="center", fontsize=8, color=style.TEXT)


def _number(error: float) -> str:
    """An error in whole mm, a dash for NaN."""
    return "–" if np.isnan(error) else f"{error:.0f}"
