"""A picture of a report: errors by category, their distribution, and errors by joint."""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from human_pose_util.evaluate.metrics import AUC_THRESHOLDS, defined_mean
from human_pose_util.evaluate.render import MEASURES, TOTAL, title
from human_pose_util.evaluate.report import JointErrors, Report
from human_pose_util.transforms import rotation_about
from human_pose_util.vis import style

VIEW = rotation_about(np.radians(30.0), "z")  # poses face front; from there feet are short
COLORS = dict(zip(MEASURES, (style.LEFT, style.RIGHT), strict=True))


def draw(report: Report, joints: JointErrors, form: str) -> bytes:
    """The three panels side by side.

    Args:
        report: errors by category.
        joints: errors by joint.
        form: "png", "pdf" or "svg".

    Returns:
        The picture file's content.
    """
    n_rows = len(report.rows) + 1
    figure = Figure(figsize=(16, max(5.0, 1.5 + 0.36 * n_rows)), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title(report), color=style.TEXT)
    by_category, distribution, by_joint = figure.subplots(1, 3, width_ratios=(1.1, 1, 1.3))
    draw_categories(by_category, report)
    draw_distribution(distribution, joints.distances)
    draw_joints(by_joint, joints)
    figure.legend(loc="outside lower left", ncols=len(MEASURES), frameon=False)
    out = io.BytesIO()
    figure.savefig(out, format=form, dpi=120)
    return out.getvalue()


def draw_categories(ax: Axes, report: Report) -> None:
    """Bars of both errors for each category, the total last."""
    labels = [*report.rows, TOTAL]
    summaries = [*(report.summary(row) for row in report.rows), report.total]
    y = np.arange(len(labels))
    for offset, (measure, name) in zip((-0.2, 0.2), MEASURES.items(), strict=True):
        values = np.array([getattr(summary, measure) for summary in summaries])
        bars = ax.barh(y + offset, np.nan_to_num(values), 0.38, color=COLORS[measure], label=name)
        shown = ["–" if np.isnan(value) else f"{value:.0f}" for value in values]
        ax.bar_label(bars, shown, padding=2, fontsize=8, color=style.TEXT)
    ax.set_yticks(y, labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.margins(x=0.1)
    ax.axhline(len(labels) - 1.5, color=style.GROUND, linewidth=1)
    ax.set_xlabel("mean error [mm]")
    ax.set_title(f"By {report.layout.row_title.lower()}")
    _plain(ax)


def draw_distribution(ax: Axes, distances: np.ndarray) -> None:
    """How many joints lie within a distance: the PCK curve."""
    errors = np.sort(distances[np.isfinite(distances)])
    if not errors.size:
        ax.text(0.5, 0.5, "no errors", transform=ax.transAxes, ha="center", color=style.TEXT)
        return

    def within(threshold):
        return 100 * np.searchsorted(errors, threshold, side="right") / errors.size

    last = AUC_THRESHOLDS[-1]
    limit = max(last, 50 * np.ceil(np.quantile(errors, 0.99) / 50))
    thresholds = np.linspace(0, limit, 400)
    ax.plot(thresholds, within(thresholds), color=style.LEFT, linewidth=2)
    ax.axvline(last, color=style.TRUTH, linestyle=":", linewidth=1)
    auc = within(AUC_THRESHOLDS).mean() / 100
    ax.text(
        0.97,
        0.05,
        f"median {np.median(errors):.0f} mm\n"
        f"PCK at {last:.0f} mm {within(last):.1f} %\nAUC 0–{last:.0f} mm {auc:.3f}",
        transform=ax.transAxes,
        ha="right",
        color=style.TEXT,
        backgroundcolor="white",
    )
    ax.set(xlim=(0, limit), ylim=(0, 101))
    ax.set_xlabel("joint error, each frame aligned [mm]")
    ax.set_ylabel("joints within it [%]")
    ax.set_title("Distribution")
    _plain(ax)


def draw_joints(ax: Axes, joints: JointErrors) -> None:
    """The mean true pose, each joint in the colour of its mean error, with the numbers beside."""
    errors = defined_mean(joints.distances.T)
    points = (joints.pose @ VIEW)[:, [0, 2]]
    bones = [points[list(bone)] for bone in joints.skeleton.bones]
    ax.add_collection(LineCollection(bones, colors=style.GROUND, linewidths=4, zorder=1))
    dots = ax.scatter(*points.T, c=errors, s=90, cmap="cividis_r", vmin=0, edgecolor="w", zorder=3)
    is_right = np.array([side == "r" for side in joints.skeleton.sides])
    names = [
        f"{name}  {'–' if np.isnan(error) else f'{error:.0f}'}"
        for name, error in zip(joints.skeleton.joints, errors, strict=True)
    ]
    _label(ax, points, names, np.flatnonzero(is_right), side=-1)
    _label(ax, points, names, np.flatnonzero(~is_right), side=1)
    ax.figure.colorbar(dots, ax=ax, label="mean error, each frame aligned [mm]", shrink=0.8)
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_title("By joint")


def _label(ax: Axes, points: np.ndarray, names: list[str], chosen: np.ndarray, side: int) -> None:
    """Names in a column on one side (−1 left, 1 right), from top to bottom as their points are."""
    if not np.isfinite(points).any():
        return
    bottom, top = np.nanmin(points[:, 1]), np.nanmax(points[:, 1])
    column = side * (np.nanmax(np.abs(points[:, 0])) + 0.12 * (top - bottom))
    order = chosen[np.argsort(-np.nan_to_num(points[chosen, 1]))]
    for j, height in zip(order, np.linspace(top, bottom, len(order)), strict=True):
        ax.plot(*zip(points[j], (column, height), strict=True), color=style.GROUND, linewidth=0.7)
        ax.text(
            column * 1.04,
            height,
            names[j],
            ha="left" if side > 0 else "right",
            va="center",
            fontsize=8,
            color=style.TEXT,
        )


def _plain(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
