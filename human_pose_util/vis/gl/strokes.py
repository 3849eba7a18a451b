"""Poses, ground and curves as coloured strokes on the screen, in NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from human_pose_util.vis import style
from human_pose_util.vis.gl.camera import OrbitCamera

DOT = 1.8  # of a joint's dot to its bone: the ratio of the widths


@dataclass(frozen=True, eq=False)
class Strokes:
    """Segments in pixels, y down.

    Attributes:
        p0: (n, 2) start.
        p1: (n, 2) end.
        color: (n, 4) RGBA.
        width: (n,) px.
    """

    p0: np.ndarray
    p1: np.ndarray
    color: np.ndarray
    width: np.ndarray

    def __len__(self) -> int:
        return len(self.p0)

    def __add__(self, other: "Strokes") -> "Strokes":
        pairs = zip(self._parts, other._parts, strict=True)
        return Strokes(*(np.concatenate(pair) for pair in pairs))

    def sorted(self, depth: np.ndarray) -> "Strokes":
        """The same, those of the largest (n,) depth first."""
        order = np.argsort(-np.where(np.isfinite(depth), depth, np.inf), kind="stable")
        return Strokes(*(part[order] for part in self._parts))

    @property
    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.p0, self.p1, self.color, self.width


def strokes(p0, p1, color: str, width: float) -> Strokes:
    """Segments from (n, 2) to (n, 2) of one '#rrggbb' colour and one width."""
    n = len(p0)
    rgba = np.append(style.rgb(color), 1.0)
    return Strokes(np.asarray(p0, float), np.asarray(p1, float), np.tile(rgba, (n, 1)),
                   np.full(n, float(width)))  # fmt: skip


def path(points: np.ndarray, color: str, width: float) -> Strokes:
    """A polyline through (n, 2) points."""
    return strokes(points[:-1], points[1:], color, width)


def pose(
    p2: np.ndarray, skeleton, colors: Mapping[str, str], width: float, dot: float = DOT
) -> Strokes:
    """Bones, and a dot for each joint that a bone ends in; `p2` is (n_joints, 2) px."""
    child, parent = skeleton.bones.T
    ends = np.concatenate([child, child]), np.concatenate([parent, child])
    sides = 2 * style.bone_sides(skeleton)
    color = np.array([[*style.rgb(colors[side]), 1.0] for side in sides])
    widths = np.repeat([width, dot * width], len(child))
    return Strokes(p2[ends[0]], p2[ends[1]], color, widths)


def poses_in_space(
    bodies, skeleton, camera: OrbitCamera, panel: tuple[int, int, int, int]
) -> Strokes:
    """Poses in space as the camera sees them, the nearest drawn last.

    Args:
        bodies: (pose (n_joints, 3), colours of the sides, width, width of dots in widths) of
            each; of two at one place the later one is in front.
        skeleton: what joins the joints.
        camera: the eye.
        panel: x, y, width and height of the view, px.
    """
    child, parent = skeleton.bones.T
    drawn, depths = None, []
    for i, (p3, *look) in enumerate(bodies):
        p2, depth = camera.project(p3, panel)
        made = pose(p2, skeleton, *look)
        drawn = made if drawn is None else drawn + made
        middle = (depth[child] + depth[parent]) / 2
        depths += [middle - 1e-3 * i, np.fmin(depth[child], middle) - 1e-3 * i]
    return drawn.sorted(np.concatenate(depths))


def floor(bounds: np.ndarray, step: float, camera: OrbitCamera, panel) -> Strokes:
    """A grid on z = 0 inside `bounds` (2, 2), of squares that are `step` wide."""
    low, high = np.floor(bounds[:, 0] / step), np.ceil(bounds[:, 1] / step)
    x, y = (np.arange(a, b + 1) * step for a, b in zip(low, high, strict=True))
    nodes = np.stack([*np.meshgrid(x, y, indexing="ij"), np.zeros((len(x), len(y)))], axis=-1)
    seen, _ = camera.project(nodes, panel)
    ends = [(seen[:-1], seen[1:]), (seen[:, :-1], seen[:, 1:])]
    p0, p1 = (np.concatenate([pair[k].reshape(-1, 2) for pair in ends]) for k in (0, 1))
    return strokes(p0, p1, style.GROUND, 1.2)
