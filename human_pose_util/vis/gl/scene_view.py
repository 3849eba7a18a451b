"""A scene as OpenGL draws it: 3D at the left, 2D and the error curve at the right."""

from typing import Any

import numpy as np
from PIL import Image

from human_pose_util.vis import style
from human_pose_util.vis.gl.compat import import_glumpy
from human_pose_util.vis.gl.orbit_camera import OrbitCamera, Panel
from human_pose_util.vis.gl.primitives import Overlay, Segments, write_text
from human_pose_util.vis.gl.strokes import (
    MOST_SIDES,
    Body,
    Strokes,
    floor,
    path,
    pose,
    poses_in_space,
    strokes,
)
from human_pose_util.vis.scene import Scene

HEAD = 84
"""Height of the title and the caption [px]."""
GAP = 24
"""Space around the panels at the right [px]."""
GRID = 0.5
"""Width of the squares on the floor, in the unit of the scene."""
BONE = 0.028
"""Width of a bone, in the unit of the scene."""
HELP = "space: pause    arrows: step, speed    mouse: turn, zoom    R: reset    Esc: close"


class SceneView:
    """Draws frames of a scene into a glumpy window.

    Args:
        scene: the scene to show.
        window: the glumpy window, whose context is current.
        help_line: whether to show a line that names the keys.

    Attributes:
        scene: the scene.
        window: the window.
        camera: the eye of the 3D view.
    """

    def __init__(self, scene: Scene, window: Any, help_line: bool = False):
        self.scene, self.window = scene, window
        self._help = HELP if help_line else ""
        self.camera = _overview(scene)
        # At most five poses of bones and dots, the curve, and the floor are drawn.
        n_segments = 4 * len(scene.skeleton.bones) * 5 + scene.n_frames + MOST_SIDES
        self._segments, self._overlay = Segments(n_segments, window), Overlay()

    @property
    def panel_3d(self) -> Panel:
        """The panel of the poses in space."""
        has_right = self.scene.poses_2d or self.scene.error is not None
        width = round((0.62 if has_right else 1.0) * self.window.width)
        return 0, HEAD, width, self.window.height - HEAD

    @property
    def panel_2d(self) -> Panel:
        """The panel of the poses in the image."""
        x = self.panel_3d[2] + GAP
        height = self.window.height - HEAD - GAP
        if self.scene.error is not None:
            height = round(0.7 * height)
        return x, HEAD, self.window.width - x - GAP, height

    @property
    def panel_curve(self) -> Panel:
        """The panel of the error curve."""
        x, y, width, height = self.panel_2d
        if not self.scene.poses_2d:
            height = 0
        top = y + height + 2 * GAP
        return x, top, width, self.window.height - top - GAP

    def draw(self, i: int, note: str = "") -> None:
        """Draw a frame.

        Args:
            i: index of the frame.
            note: text after the caption.
        """
        self.window.clear()
        self._draw_clipped(self.panel_3d, self._strokes_3d(i))
        if self.scene.poses_2d:
            self._draw_clipped(self.panel_2d, self._strokes_2d(i))
        if self.scene.error is not None:
            self._segments.draw(_curve(self.scene.error, i, self.panel_curve))
        self._overlay.draw(self._texts(i, note))

    def image_to_panel(self, p2: np.ndarray) -> np.ndarray:
        """Where image points are drawn. The scene must have 2D poses.

        Args:
            p2: [..., 2] points in the image [px].

        Returns:
            [..., 2] points in the window [px], y down.
        """
        x, y, width, height = self.panel_2d
        bounds = np.asarray(self.scene.image_bounds)
        scale = (np.array([width, height]) / np.ptp(bounds, axis=1)).min()
        return (p2 - bounds.mean(axis=1)) * scale + [x + width / 2, y + height / 2]

    def _strokes_3d(self, i: int) -> Strokes:
        """The floor, the shadow of the pose, the truth and the pose."""
        scene, panel = self.scene, self.panel_3d
        p3 = scene.display_poses[i]
        width = min(max(self.camera.pixels_per_unit(panel) * BONE, 2.0), 8.0)
        shadow, _ = self.camera.project(p3 * [1, 1, 0], panel)
        *truth, _ = scene.bodies
        bodies = [Body(p3w[i], style.GREY, 0.8 * width, dot=1.0) for p3w in truth]
        bodies.append(Body(p3, style.LIMBS, width))
        parts = [
            floor(scene.bounds[:2], GRID, self.camera, panel),
            pose(shadow, scene.skeleton, style.SHADOWS, 0.8 * width),
            poses_in_space(bodies, scene.skeleton, self.camera, panel),
        ]
        return np.concatenate(parts)

    def _strokes_2d(self, i: int) -> Strokes:
        """A border, the observed joints, and the projected pose."""
        looks = {True: (style.GREY, 5.0), False: (style.LIMBS, 2.5)}
        poses = [
            pose(self.image_to_panel(p2[i]), self.scene.skeleton, *looks[is_grey])
            for p2, is_grey in self.scene.poses_2d
        ]
        return np.concatenate([_border(self.panel_2d), *poses])

    def _texts(self, i: int, note: str) -> np.ndarray:
        """The overlay as an RGBA image: title, caption, legend, and the heading of the curve."""
        scene, (width, height) = self.scene, (self.window.width, self.window.height)
        overlay = Image.new("RGBA", (width, height))
        write_text(overlay, (18, 14), scene.title, 20, bold=True)
        write_text(overlay, (18, 48), scene.caption(i) + note, 16)
        write_text(overlay, (18, height - 26), self._help, 13, style.TRUTH)
        legend = [("right", style.RIGHT), ("left", style.LEFT)]
        if scene.truth_p3w is not None:
            legend.append(("truth", style.TRUTH))
        x = float(width)
        for name, color in legend:  # from the right to the left
            x = write_text(overlay, (x - 18, 17), name, 16, color, bold=True, anchor="ra")
        if scene.error is not None:
            left, top, *_ = self.panel_curve
            finite = scene.finite_error
            mean = f", mean {finite.mean():.1f} mm" if finite.size else ""
            heading = f"{scene.error_name}{mean}"
            write_text(overlay, (left, top - 21), heading, 13, style.ERROR)
        return np.array(overlay)

    def _draw_clipped(self, panel: Panel, strokes: Strokes) -> None:
        """Draw strokes and cut them off at the border of a panel."""
        gl = import_glumpy().gl
        x, y, width, height = panel
        gl.glEnable(gl.GL_SCISSOR_TEST)
        gl.glScissor(x, self.window.height - y - height, width, height)  # OpenGL's y is up
        self._segments.draw(strokes)
        gl.glDisable(gl.GL_SCISSOR_TEST)


def _overview(scene: Scene) -> OrbitCamera:
    """An eye that sees the whole scene, in the direction of `scene.eye`.

    A sphere of radius r fills an angle of view α at the distance r / sin(α / 2); the sphere around
    the box of the scene is larger than what is in the box, so 0.8 of that is enough.
    """
    pitch, yaw = scene.eye
    radius = np.linalg.norm(np.ptp(scene.bounds, axis=1)) / 2
    distance = 0.8 * radius / np.sin(np.radians(OrbitCamera.view_angle / 2))
    return OrbitCamera(scene.bounds.mean(axis=1), distance, yaw, pitch)


def _border(panel: Panel) -> Strokes:
    """A rectangle just inside a panel."""
    x, y, width, height = panel
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * [width - 2, height - 2]
    return path(corners + [x + 1, y + 1], style.GROUND, 1.5)


def _curve(error: np.ndarray, i: int, panel: Panel) -> Strokes:
    """The error [n_frames] over time, with a line and a dot at frame `i`."""
    x, y, width, height = panel
    n = len(error)
    top = 1.2 * error[np.isfinite(error)].max(initial=0) or 1.0
    u = x + width * np.arange(n) / max(n - 1, 1)
    points = np.stack([u, y + height * (1 - error / top)], axis=-1)
    parts = [
        path(np.array([[x, y + height], [x + width, y + height]]), style.GROUND, 1.5),
        path(points, style.ERROR, 2),
        path(np.array([[u[i], y], [u[i], y + height]]), style.TEXT, 1.5),
        strokes(points[[i]], points[[i]], [style.ERROR], 9),
    ]
    return np.concatenate(parts)
