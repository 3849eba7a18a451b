"""One pose on matplotlib axes, in the plane or in space, that can be moved cheaply."""

from collections.abc import Mapping

import numpy as np

from human_pose_util.vis import scene, style

VIEW = (12.0, -60.0)  # elevation and azimuth of a fresh 3D view, degrees


class PoseLines:
    """The bones of a pose as one line a side, updated in place.

    Three lines for the whole skeleton instead of one for each bone: an animation redraws in
    milliseconds. Bones with a NaN end are left out.
    """

    def __init__(self, ax, skeleton, colors: Mapping[str, str], **line):
        self._three_d = hasattr(ax, "get_zlim")
        self._ax = ax
        sides = np.array(style.bone_sides(skeleton))
        gap = np.full((len(skeleton.bones), 1), skeleton.n_joints)  # index of the NaN row: pen up
        strokes = np.concatenate([skeleton.bones, gap], axis=1)
        self._zorder = line.pop("zorder", 3)
        self._strokes, self.lines = [], []
        for side in ("", "r", "l"):
            self._strokes.append(strokes[sides == side].ravel())
            (artist,) = ax.plot(
                *([[]] * (3 if self._three_d else 2)),
                color=colors[side],
                zorder=self._zorder,
                clip_on=not self._three_d,
                **{"solid_capstyle": "round", "dash_capstyle": "round", **line},
            )
            self.lines.append(artist)

    def update(self, pose: np.ndarray) -> None:
        """Move to `pose` (n_joints, d), d = 2 or 3 as the axes."""
        padded = np.concatenate([pose, np.full((1, pose.shape[-1]), np.nan)])
        for artist, strokes in zip(self.lines, self._strokes, strict=True):
            points = padded[strokes].T
            if self._three_d:
                artist.set_data_3d(*points)
                artist.set_zorder(self._zorder + self._nearness(points))
            else:
                artist.set_data(*points)

    def _nearness(self, points: np.ndarray) -> float:
        """How near to the eye, in (0, 1): mplot3d does not sort lines by depth."""
        elevation, azimuth = np.radians([self._ax.elev, self._ax.azim])
        towards = [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ]
        depth = towards @ points[:, np.isfinite(points).all(axis=0)]
        return 0.5 + np.arctan(depth.mean()) / np.pi if depth.size else 0.0


def vis2d(
    ax,
    p2: np.ndarray,
    skeleton,
    *,
    colors: Mapping[str, str] = style.LIMBS,
    bounds: np.ndarray | None = None,
    **line,
) -> PoseLines:
    """Draw a 2D pose in image coordinates: equal axes, v down.

    Args:
        ax: matplotlib axes.
        p2: (n_joints, 2) px; NaN joints are left out.
        skeleton: what joins the joints.
        colors: of the sides 'l', 'r' and ''.
        bounds: (2, 2) lower and upper limits of u and v, px, that are seen at least; those of the
            pose and 10 % if None.
        **line: matplotlib line properties.

    Returns:
        The lines, whose `update(p2)` moves them.
    """
    p2 = np.asarray(p2, dtype=float)
    if bounds is None:
        tight = scene.limits(p2)
        bounds = scene.limits(p2, margin=0.1 * np.ptp(tight, axis=1).max() + 1)
    bounds = _widen(ax, bounds)
    ax.set_aspect("equal", adjustable="box")
    ax.set(xlim=bounds[0], ylim=bounds[1][::-1], xlabel="u [px]", ylabel="v [px]")
    ax.tick_params(labelsize=8, color=style.GROUND)
    ax.locator_params(nbins=5)
    for spine in ax.spines.values():
        spine.set_color(style.GROUND)
    lines = PoseLines(
        ax, skeleton, colors, **{"linewidth": 2, "marker": "o", "markersize": 3, **line}
    )
    lines.update(p2)
    return lines


def vis3d(
    ax,
    p3: np.ndarray,
    skeleton,
    *,
    colors: Mapping[str, str] = style.LIMBS,
    bounds: np.ndarray | None = None,
    unit: str | None = "m",
    grid: float = 0.5,
    view: tuple[float, float] = VIEW,
    **line,
) -> PoseLines:
    """Draw a 3D pose over a ground grid: equal axes, z up.

    Args:
        ax: matplotlib axes with `projection="3d"`.
        p3: (n_joints, 3) pose; NaN joints are left out.
        skeleton: what joins the joints.
        colors: of the sides 'l', 'r' and ''.
        bounds: (3, 2) lower and upper limits; those of the pose and the floor if None.
        unit: of the axes' labels; None draws neither labels nor ticks.
        grid: width of the ground grid's squares, in the pose's unit.
        view: elevation and azimuth of the eye, degrees.
        **line: matplotlib line properties.

    Returns:
        The lines, whose `update(p3)` moves them.
    """
    p3 = np.asarray(p3, dtype=float)
    if bounds is None:
        bounds = ground_bounds(p3, margin=0.3 * grid)
    ground(ax, bounds, unit=unit, grid=grid, view=view)
    lines = PoseLines(
        ax, skeleton, colors, **{"linewidth": 2.5, "marker": "o", "markersize": 3.5, **line}
    )
    lines.update(p3)
    return lines


def _widen(ax, bounds: np.ndarray) -> np.ndarray:
    """Bounds (2, 2) of the axes' own proportions around `bounds`."""
    area = ax.get_position(original=True).transformed(ax.figure.transFigure)
    size = np.array([area.width, area.height])
    half = size * (np.ptp(bounds, axis=1) / size).max() / 2
    centre = np.mean(bounds, axis=1)
    return np.stack([centre - half, centre + half], axis=1)


def ground_bounds(*poses: np.ndarray, margin: float) -> np.ndarray:
    """(3, 2) limits around poses, with the floor, `margin` at the sides and above."""
    bounds = scene.limits(*poses, margin=margin)
    bounds[2, 0] = min(0.0, bounds[2, 0] + margin)
    bounds[2, 1] = max(bounds[2, 1], margin)
    return bounds


def ground(ax, bounds, *, unit, grid, view=VIEW) -> None:
    """Give 3D axes equal units, a grid on the floor z = 0 and, where `unit` is set, labels."""
    area = ax.get_position(original=True)
    ax.set(xlim=bounds[0], ylim=bounds[1], zlim=bounds[2])
    ax.view_init(*view)
    ax.set_facecolor("none")
    ax.grid(False)
    axes = (ax.xaxis, ax.yaxis, ax.zaxis)
    for axis, size in zip(axes, np.ptp(bounds, axis=1), strict=True):
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(style.GROUND)
        axis.set_major_locator(_ticks(grid * np.ceil(size / (5 * grid))))
    if unit is None:
        ax.set_axis_off()
    else:
        for axis, name in zip(axes, "xyz", strict=True):
            axis.set_label_text(f"{name} [{unit}]")
            axis.labelpad = 8
        ax.tick_params(labelsize=8, color=style.GROUND)
    (x0, x1), (y0, y1), _ = bounds
    look = {"color": style.GROUND, "linewidth": 0.8, "zorder": 0.5, "clip_on": False}
    for x in _multiples(x0, x1, grid):
        ax.plot([x, x], [y0, y1], [0, 0], **look)
    for y in _multiples(y0, y1, grid):
        ax.plot([x0, x1], [y, y], [0, 0], **look)
    _fill(ax, bounds, area, border=0.0 if unit is None else 0.09)


def _fill(ax, bounds, area, border: float) -> None:
    """Zoom and shift 3D axes so that their box fills `area` but for a border.

    mplot3d draws into the largest square inside the axes, with ample margins: as it is, a long
    floor would be a small strip.
    """
    from mpl_toolkits.mplot3d import proj3d

    corners = np.array(np.meshgrid(*bounds, indexing="ij")).reshape(3, -1)
    target = area.transformed(ax.figure.transFigure)
    room = (1 - 2 * border) * np.array([target.width, target.height])
    zoom = 1.0
    for _ in range(4):  # the perspective depends on the zoom, a little
        ax.set_box_aspect(np.ptp(bounds, axis=1), zoom=zoom)
        ax.apply_aspect()
        u, v, _ = proj3d.proj_transform(*corners, ax.get_proj())
        pixels = ax.transData.transform(np.stack([u, v], axis=-1))
        zoom *= (room / np.ptp(pixels, axis=0)).min()
    middle = (pixels.min(axis=0) + pixels.max(axis=0)) / 2
    shift = (np.array([target.x0 + target.x1, target.y0 + target.y1]) / 2 - middle) / [
        ax.figure.bbox.width,
        ax.figure.bbox.height,
    ]
    ax.set_position([area.x0 + shift[0], area.y0 + shift[1], area.width, area.height])


def _ticks(grid: float):
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(grid)


def _multiples(low: float, high: float, step: float) -> np.ndarray:
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
