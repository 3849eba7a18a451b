"""What the sequence pictures share: looks, the 2D poses to draw, the error over time."""

from collections.abc import Iterator

import numpy as np

from human_pose_util.vis import style
from human_pose_util.vis.scene import Scene

TRUTH_LOOK = {"colors": style.GREY, "linewidth": 4, "alpha": 0.8, "marker": "", "zorder": 2}


def draw_error(ax, scene: Scene) -> None:
    """The error of every frame over time, with its mean."""
    time = np.arange(scene.n_frames) / scene.fps
    ax.fill_between(time, scene.error, color=style.ERROR, alpha=0.15, linewidth=0)
    ax.plot(time, scene.error, color=style.ERROR, linewidth=1.6)
    finite = scene.error[np.isfinite(scene.error)]
    top = 1.25 * finite.max() if finite.size and finite.max() > 0 else 1.0
    if finite.size:
        ax.axhline(finite.mean(), color=style.ERROR, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.set_title(f"mean {finite.mean():.1f} mm", fontsize=9, color=style.ERROR, loc="right")
    ax.set_xlim(0, max(time[-1], 1 / scene.fps))
    ax.set_ylim(0, top)
    ax.set_xlabel("time [s]", color=style.TEXT)
    ax.set_ylabel(f"{scene.error_name} [mm]", color=style.TEXT, fontsize=9)
    ax.tick_params(labelsize=8, color=style.GROUND)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(style.GROUND)


def poses_2d(scene: Scene) -> Iterator[tuple[np.ndarray, dict]]:
    """The 2D poses and their looks: observations below, the re-projection over them."""
    if scene.p2 is not None:
        look = {"colors": style.GREY, "linewidth": 3.5, "markersize": 5, "alpha": 0.8}
        yield scene.p2, look if scene.projected_p2 is not None else {}
    if scene.projected_p2 is not None:
        yield scene.projected_p2, {"linewidth": 1.8, "markersize": 2.5}


def greys(scene: Scene) -> list[str]:
    """What the grey lines are."""
    names = ["truth"] * (scene.truth_p3w is not None)
    return names + ["observed 2D"] * (scene.p2 is not None and scene.projected_p2 is not None)
