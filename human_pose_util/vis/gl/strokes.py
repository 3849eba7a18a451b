"""Poses, the floor and curves as coloured strokes on the screen, computed with NumPy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgba_array

from human_pose_util.skeleton import Skeleton
from human_pose_util.vis import style
from human_pose_util.vis.gl.orbit_camera import OrbitCamera, Panel

DOT = 1.8
"""Width of the dot of a joint, relative to the width of its bone."""


Strokes = np.ndarray
"""Segments on the screen: an array [n] of `STROKE`, in drawing order."""
STROKE = np.dtype([("p0", float, 2), ("p1", float, 2), ("color", float, 4), ("width", float)])
"""A segment: start point and end point [px] with y down, RGBA from 0 to 1, and width [px]."""


@dataclass(frozen=True, eq=False)
class Body:
    """A pose in space and its look.

    Attributes:
        p3: [n_joints, 3] the pose.
        colors: colours by side ('l', 'r' and '').
        width: width of the bones [px].
        dot: width of the joints' dots, relative to the bones.
    """

    p3: np.ndarray
    colors: Mapping[str, str]
    width: float
    dot: float = DOT


def strokes(
    p0: np.ndarray, p1: np.ndarray, colors: Sequence[str], width: float | np.ndarray
) -> Strokes:
    """Segments with given ends and looks.

    Args:
        p0: [n, 2] start points [px].
        p1: [n, 2] end points [px].
        colors: [n] colours '#rrggbb', or [1] colour of all segments.
        width: [n] widths [px], or the width of all segments.
    """
    segments = np.empty(len(p0), STROKE)
    segments["p0"], segments["p1"], segments["width"] = p0, p1, width
    segments["color"] = to_rgba_array(colors)
    return segments


def path(points: np.ndarray, color: str, width: float) -> Strokes:
    """A polyline.

    Args:
        points: [n, 2] its points [px].
        color: '#rrggbb'.
        width: width [px].
    """
    return strokes(points[:-1], points[1:], [color], width)


def pose(
    p2: np.ndarray, skeleton: Skeleton, colors: Mapping[str, str], width: float, dot: float = DOT
) -> Strokes:
    """The bones of a pose, then a dot at the child joint of each bone.

    Args:
        p2: [n_joints, 2] joints [px].
        skeleton: the joints and bones.
        colors: colours by side ('l', 'r' and '').
        width: width of the bones [px].
        dot: width of the dots, relative to the bones.
    """
    child, parent = skeleton.bones.T
    start, end = np.concatenate([child, child]), np.concatenate([parent, child])
    bone_colors = [colors[side] for side in style.bone_sides(skeleton)]
    widths = np.repeat([width, dot * width], len(child))
    return strokes(p2[start], p2[end], 2 * bone_colors, widths)


def poses_in_space(
    bodies: Sequence[Body], skeleton: Skeleton, camera: OrbitCamera, panel: Panel
) -> Strokes:
    """Poses as the camera sees them, the nearest stroke last (the painter's algorithm).

    Args:
        bodies: the poses; of two bodies at one place, the later one is in front.
        skeleton: the joints and bones of all poses.
        camera: the eye.
        panel: the panel that the view fills.
    """
    child, parent = skeleton.bones.T
    parts, depths = [], []
    for i, body in enumerate(bodies):
        p2, depth = camera.project(body.p3, panel)
        parts.append(pose(p2, skeleton, body.colors, body.width, body.dot))
        # A bone has the depth of its middle. A dot must not be hidden by its own bone, so it is
        # at least as near as that. The offset puts later bodies in front where depths are equal.
        middle, offset = (depth[child] + depth[parent]) / 2, 1e-3 * i
        depths += [middle - offset, np.fmin(depth[child], middle) - offset]
    # NaN, behind the eye, sorts as the farthest depth.
    order = np.argsort(-np.nan_to_num(np.concatenate(depths), nan=np.inf), kind="stable")
    return np.concatenate(parts)[order]


MOST_SQUARES = 28
"""Squares of the floor along x and along y, but for two that are partly outside."""

MOST_SIDES = 2 * (MOST_SQUARES + 2) * (MOST_SQUARES + 3)
"""Sides of the squares of a floor: those along x and those along y."""


def floor(bounds: np.ndarray, step: float, camera: OrbitCamera, panel: Panel) -> Strokes:
    """A grid on the floor z = 0 as the camera sees it.

    Each side of each square is a stroke of its own, so that a corner behind the eye, which is NaN,
    removes no more than the sides that meet there.

    Args:
        bounds: [2, 2] lower and upper limits of x and y that the grid covers.
        step: width of the squares; a wide floor has squares that are 2, 4, 8, … times as wide, at
            most `MOST_SQUARES` from side to side.
        camera: the eye.
        panel: the panel that the view fills.
    """
    step *= 2 ** max(0, np.ceil(np.log2(np.ptp(bounds, axis=1).max() / step / MOST_SQUARES)))
    low, high = np.floor(bounds[:, 0] / step), np.ceil(bounds[:, 1] / step)
    x, y = (np.arange(a, b + 1) * step for a, b in zip(low, high, strict=True))
    nodes = np.stack([*np.meshgrid(x, y, indexing="ij"), np.zeros((len(x), len(y)))], axis=-1)
    pixels, _ = camera.project(nodes, panel)
    p0 = np.concatenate([pixels[:-1].reshape(-1, 2), pixels[:, :-1].reshape(-1, 2)])
    p1 = np.concatenate([pixels[1:].reshape(-1, 2), pixels[:, 1:].reshape(-1, 2)])
    return strokes(p0, p1, [style.GROUND], 1.2)
