"""One pose on matplotlib axes, in the image or in space, which can be moved cheaply."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import MultipleLocator
from matplotlib.transforms import Bbox
from mpl_toolkits.mplot3d import Axes3D, proj3d

from human_pose_util.film.film_file import FilmFile
from human_pose_util.skeleton import Skeleton
from human_pose_util.vis import style
from human_pose_util.vis.scene import direction, ground_bounds, limits

VIEW = (12.0, -60.0)
"""Elevation and azimuth of a new 3D view [degrees]."""


class PoseLines:
    """The bones of a pose as one matplotlib line for each side, which are updated in place.

    Three lines for the skeleton, instead of one for each bone, let an animation redraw in
    milliseconds. Bones with an end that is NaN are not drawn.

    Args:
        ax: matplotlib axes, 2D or 3D.
        skeleton: the joints and bones.
        colors: colours by side ('l', 'r' and '').
        **line: properties of the matplotlib lines.

    Attributes:
        lines: the three lines.
    """

    def __init__(
        self, ax: Axes, skeleton: Skeleton, colors: Mapping[str, str] = style.LIMBS, **line: Any
    ):
        self._is_3d = hasattr(ax, "get_zlim")
        self._ax: Any = ax
        sides = np.array(style.bone_sides(skeleton))
        # A line that passes through a NaN point is interrupted there: after the two ends of each
        # bone comes the index of a row of NaN, which `update` appends to the joints.
        gap = np.full((len(skeleton.bones), 1), skeleton.n_joints)
        strokes = np.concatenate([skeleton.bones, gap], axis=1)
        look = {"solid_capstyle": "round", "dash_capstyle": "round", "zorder": 3, **line}
        self._zorder = look["zorder"]
        empty: Any = [[]] * (3 if self._is_3d else 2)
        self._strokes: list[np.ndarray] = []
        self.lines: list[Any] = []
        for side in ("", "r", "l"):
            self._strokes.append(strokes[sides == side].ravel())
            self.lines += ax.plot(*empty, color=colors[side], clip_on=not self._is_3d, **look)

    def update(self, pose: np.ndarray, nearness: np.ndarray | None = None) -> "PoseLines":
        """Move the lines to a pose, and return them.

        Args:
            pose: [n_joints, d] joints, with d = 2 or 3 as the axes have.
            nearness: [n_joints] how near the joints are to the eye, in any unit, for 2D axes; by
                default the sides keep their order. 3D axes know where their eye is.
        """
        if self._is_3d:
            nearness = pose @ direction(self._ax.elev, self._ax.azim)
        padded = np.concatenate([pose, np.full((1, pose.shape[-1]), np.nan)])
        for artist, strokes in zip(self.lines, self._strokes, strict=True):
            points = padded[strokes].T
            if self._is_3d:
                artist.set_data_3d(*points)
            else:
                artist.set_data(*points)
            if nearness is not None:  # matplotlib does not sort lines by their distance
                ends = nearness[strokes[strokes < len(nearness)]]
                artist.set_zorder(self._zorder + _rank(ends))
        return self


def _rank(nearness: np.ndarray) -> float:
    """How near joints are to the eye on average, from 0 to 1; 0 if no joint is known."""
    known = nearness[np.isfinite(nearness)]
    return 0.5 + np.arctan(known.mean()) / np.pi if known.size else 0.0


def vis2d(
    ax: Axes, p2: np.ndarray, skeleton: Skeleton, *, bounds: np.ndarray | None = None, **line: Any
) -> PoseLines:
    """Draw a 2D pose in image coordinates: axes with equal units, v down.

    Args:
        ax: matplotlib axes.
        p2: [n_joints, 2] joints [px]; joints that are NaN are not drawn.
        skeleton: the joints and bones.
        bounds: [2, 2] lower and upper limits of u and v [px], which are visible at least; by
            default those of the pose with a margin of 10 %.
        **line: `colors` and properties of the matplotlib lines, see `PoseLines`.

    Returns:
        The lines; their method `update` moves them to another pose.
    """
    p2 = np.asarray(p2, dtype=float)
    if bounds is None:
        bounds = limits(p2, margin=0.1 * np.ptp(limits(p2), axis=1).max() + 1)
    bounds = _widen(ax, bounds)
    ax.set_aspect("equal", adjustable="box")
    ax.set(xlim=bounds[0], ylim=bounds[1][::-1], xlabel="u [px]", ylabel="v [px]")
    ax.tick_params(labelsize=8, color=style.GROUND)
    ax.locator_params(nbins=5)
    ax.spines[:].set_color(style.GROUND)
    look = {"linewidth": 2, "marker": "o", "markersize": 3, **line}
    return PoseLines(ax, skeleton, **look).update(p2)


def film_picture(ax: Axes, film: FilmFile, picture: np.ndarray | None = None) -> AxesImage:
    """Draw a frame of a film behind the 2D poses. `vis2d` then sets the limits of the axes.

    Args:
        ax: matplotlib axes.
        film: the film, for the size that its frames have in the image coordinates of the poses.
        picture: [height, width, 3] the frame, of any size; by default white.

    Returns:
        The picture; its method `set_data` takes another frame.
    """
    width, height = film.size
    content = np.full((1, 1, 3), 255, np.uint8) if picture is None else picture
    return ax.imshow(content, extent=(0, width, height, 0), zorder=0)


def vis3d(
    ax: Axes3D,
    p3: np.ndarray,
    skeleton: Skeleton,
    *,
    bounds: np.ndarray | None = None,
    unit: str | None = "m",
    grid: float = 0.5,
    view: tuple[float, float] = VIEW,
    **line: Any,
) -> PoseLines:
    """Draw a 3D pose over a grid on the floor: axes with equal units, z up.

    Args:
        ax: matplotlib axes with `projection="3d"`.
        p3: [n_joints, 3] joints; joints that are NaN are not drawn.
        skeleton: the joints and bones.
        bounds: [3, 2] lower and upper limits of the axes; by default those of the pose and the
            floor.
        unit: unit of the pose, for the labels; None draws neither labels nor ticks.
        grid: width of the squares of the grid, in the unit of the pose.
        view: elevation and azimuth of the eye [degrees].
        **line: `colors` and properties of the matplotlib lines, see `PoseLines`.

    Returns:
        The lines; their method `update` moves them to another pose.
    """
    p3 = np.asarray(p3, dtype=float)
    if bounds is None:
        bounds = ground_bounds(p3, margin=0.3 * grid)
    ground(ax, bounds, unit=unit, grid=grid, view=view)
    look = {"linewidth": 2.5, "marker": "o", "markersize": 3.5, **line}
    return PoseLines(ax, skeleton, **look).update(p3)


def ground(
    ax: Axes3D, bounds: np.ndarray, *, unit: str | None, grid: float, view: tuple[float, float]
) -> None:
    """Give 3D axes equal units and a grid on the floor z = 0, and fit the box into the axes.

    Args:
        ax: matplotlib axes with `projection="3d"`.
        bounds: [3, 2] lower and upper limits of the axes.
        unit: unit for the labels; None draws neither labels nor ticks.
        grid: width of the squares of the grid.
        view: elevation and azimuth of the eye [degrees].
    """
    area = ax.get_position(original=True)
    ax.set(xlim=bounds[0], ylim=bounds[1], zlim=bounds[2])
    ax.view_init(*view)
    ax.set_facecolor("none")
    ax.grid(False)
    for name, size in zip("xyz", np.ptp(bounds, axis=1), strict=True):
        axis = getattr(ax, f"{name}axis")
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(style.GROUND)
        axis.set_major_locator(MultipleLocator(grid * np.ceil(size / (5 * grid))))
        axis.set_label_text(f"{name} [{unit}]")
        axis.labelpad = 8
    ax.tick_params(labelsize=8, color=style.GROUND)
    if unit is None:
        ax.set_axis_off()
    (x0, x1), (y0, y1), _ = bounds
    # The grid is below the poses.
    line = {"color": style.GROUND, "linewidth": 0.8, "clip_on": False, "zorder": 0.5}
    for x in _grid_lines(x0, x1, grid):
        ax.plot([x, x], [y0, y1], [0, 0], **line)
    for y in _grid_lines(y0, y1, grid):
        ax.plot([x0, x1], [y, y], [0, 0], **line)
    _fit_box(ax, bounds, area, border=0.0 if unit is None else 0.09)


def _widen(ax: Axes, bounds: np.ndarray) -> np.ndarray:
    """[2, 2] the smallest bounds around `bounds` that have the proportions of the axes."""
    size = ax.get_position(original=True).transformed(ax.figure.transFigure).size
    half = size * (np.ptp(bounds, axis=1) / size).max() / 2
    centre = np.mean(bounds, axis=1)
    return np.stack([centre - half, centre + half], axis=1)


def _fit_box(ax: Axes3D, bounds: np.ndarray, area: Bbox, border: float) -> None:
    """Zoom and shift 3D axes so that their box fills `area`, apart from a border.

    mplot3d draws into the largest square inside the axes, with ample margins, so that a long
    floor would become a small strip.
    """
    corners = np.array(np.meshgrid(*bounds, indexing="ij")).reshape(3, -1)
    target = area.transformed(ax.figure.transFigure)
    room = np.multiply(1 - 2 * border, target.size)
    zoom = 1.0
    # The size on the screen is nearly proportional to the zoom, but not quite, because the eye
    # comes nearer: a few corrections by the ratio of the wanted size to the size converge.
    for _ in range(4):
        ax.set_box_aspect(np.ptp(bounds, axis=1), zoom=zoom)
        ax.apply_aspect()
        u, v, _ = proj3d.proj_transform(*corners, ax.get_proj())
        pixels = ax.transData.transform(np.stack([u, v], axis=-1))
        zoom *= (room / np.ptp(pixels, axis=0)).min()
    middle = (pixels.min(axis=0) + pixels.max(axis=0)) / 2
    shift = (np.mean([target.min, target.max], axis=0) - middle) / ax.figure.bbox.size
    ax.set_position(area.translated(*shift))


def _grid_lines(low: float, high: float, step: float) -> np.ndarray:
    """The multiples of a step between two bounds, and the bounds, which are the floor's edges."""
    between = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    return np.unique([low, *between, high])
