"""A scene as OpenGL draws it: 3D at the left, 2D and the error curve at the right."""

import numpy as np

from human_pose_util.vis import style
from human_pose_util.vis.gl.camera import OrbitCamera
from human_pose_util.vis.gl.compat import import_glumpy
from human_pose_util.vis.gl.draw import Overlay, Segments
from human_pose_util.vis.gl.strokes import DOT, Strokes, floor, path, pose, poses_in_space, strokes
from human_pose_util.vis.gl.text import text
from human_pose_util.vis.plot import ground_bounds
from human_pose_util.vis.scene import Scene

HEAD = 84  # px for title and caption
GAP = 24
GRID = 0.5
BONE = 0.028  # thickness, in the unit shown
HELP = "space: pause    arrows: step, speed    mouse: turn, zoom    R: reset    Esc: close"
Panel = tuple[int, int, int, int]  # x, y, width, height, px, y down


class View:
    """Draws frames of a scene into a glumpy window.

    Args:
        scene: what to show.
        window: where.
        help_line: whether to name the keys.
    """

    def __init__(self, scene: Scene, window, help_line: bool = False):
        self.scene, self.window = scene, window
        self._help = HELP if help_line else ""
        self._bounds = ground_bounds(
            *(p for p in (scene.shown, scene.shown_truth) if p is not None), margin=0.25
        )
        self.camera = _overview(scene, self._bounds)
        most = 4 * len(scene.skeleton.bones) * 5 + scene.n_frames + 2000
        self._segments, self._overlay = Segments(most, window), Overlay(window)

    @property
    def panel_3d(self) -> Panel:
        """Where the poses in space are drawn."""
        width = round((0.62 if self._has_right else 1.0) * self.window.width)
        return 0, HEAD, width, self.window.height - HEAD

    @property
    def panel_2d(self) -> Panel:
        """Where the poses in the image are drawn."""
        x = self.panel_3d[2] + GAP
        height = self.window.height - HEAD - GAP
        if self.scene.error is not None:
            height = round(0.7 * height)
        return x, HEAD, self.window.width - x - GAP, height

    @property
    def panel_curve(self) -> Panel:
        """Where the error is drawn."""
        x, y, width, height = self.panel_2d
        if not self._has_2d:
            height = 0
        top = y + height + 2 * GAP
        return x, top, width, self.window.height - top - GAP

    @property
    def _has_2d(self) -> bool:
        return self.scene.p2 is not None or self.scene.projected_p2 is not None

    @property
    def _has_right(self) -> bool:
        return self._has_2d or self.scene.error is not None

    def draw(self, i: int, note: str = "") -> None:
        """Draw frame `i`, with `note` behind the caption."""
        self.window.clear()
        self._clipped(self.panel_3d, self._space(i))
        if self._has_2d:
            self._clipped(self.panel_2d, self._image(i))
        if self.scene.error is not None:
            self._put(_curve(self.scene, i, self.panel_curve))
        self._overlay.draw(self._texts(i, note))

    def image_to_panel(self, p2: np.ndarray) -> np.ndarray:
        """Where the image points (..., 2) are drawn, px."""
        x, y, width, height = self.panel_2d
        bounds = self.scene.image_bounds
        scale = (np.array([width, height]) / np.ptp(bounds, axis=1)).min()
        return (p2 - bounds.mean(axis=1)) * scale + [x + width / 2, y + height / 2]

    def _space(self, i: int) -> Strokes:
        scene, panel = self.scene, self.panel_3d
        width = self.camera.pixels_per_unit(panel) * BONE
        width = min(max(width, 2.0), 8.0)
        drawn = floor(self._bounds[:2], GRID, self.camera, panel)
        shadow, _ = self.camera.project(scene.shown[i] * [1, 1, 0], panel)
        drawn += pose(shadow, scene.skeleton, style.SHADOWS, 0.8 * width)
        bodies = [(scene.shown[i], style.LIMBS, width, DOT)]
        if scene.shown_truth is not None:
            bodies.insert(0, (scene.shown_truth[i], style.GREY, 0.8 * width, 1.0))
        return drawn + poses_in_space(bodies, scene.skeleton, self.camera, panel)

    def _image(self, i: int) -> Strokes:
        scene = self.scene
        drawn = _frame(self.panel_2d)
        both = scene.p2 is not None and scene.projected_p2 is not None
        if scene.p2 is not None:
            look = (style.GREY, 5) if both else (style.LIMBS, 3)
            drawn += pose(self.image_to_panel(scene.p2[i]), scene.skeleton, *look)
        if scene.projected_p2 is not None:
            seen = self.image_to_panel(scene.projected_p2[i])
            drawn += pose(seen, scene.skeleton, style.LIMBS, 2.5)
        return drawn

    def _texts(self, i: int, note: str) -> np.ndarray:
        """The overlay: title, caption, what the colours mean."""
        scene, (width, height) = self.scene, (self.window.width, self.window.height)
        lines = [
            (18, 14, text(scene.title, 20, bold=True)),
            (18, 48, text(scene.caption(i) + note, 16)),
            (18, height - 26, text(self._help, 13, style.TRUTH)),
        ]
        named = [("truth", style.TRUTH)] if scene.truth_p3w is not None else []
        x = width - 18
        for name, color in [("right", style.RIGHT), ("left", style.LEFT), *named]:
            label = text(name, 16, color, bold=True)
            x -= label.shape[1] + 14
            lines.append((x, 17, label))
        if scene.error is not None:
            left, top, *_ = self.panel_curve
            finite = scene.error[np.isfinite(scene.error)]
            mean = f", mean {finite.mean():.1f} mm" if finite.size else ""
            lines.append((left, top - 21, text(f"{scene.error_name}{mean}", 13, style.ERROR)))
        overlay = np.zeros((height, width, 4), np.uint8)
        for x, y, line in lines:
            room = overlay[max(y, 0) : y + len(line), x : x + line.shape[1]]
            room[...] = line[: room.shape[0], : room.shape[1]]
        return overlay

    def _clipped(self, panel: Panel, drawn: Strokes) -> None:
        gl = import_glumpy().gl
        x, y, width, height = panel
        gl.glEnable(gl.GL_SCISSOR_TEST)
        gl.glScissor(x, self.window.height - y - height, width, height)
        self._put(drawn)
        gl.glDisable(gl.GL_SCISSOR_TEST)

    def _put(self, drawn: Strokes) -> None:
        self._segments.draw(drawn.p0, drawn.p1, drawn.color, drawn.width)


def _overview(scene: Scene, bounds: np.ndarray) -> OrbitCamera:
    """A camera that sees all that happens, from beside the one that filmed it."""
    pitch, yaw = scene.eye
    radius = np.linalg.norm(np.ptp(bounds, axis=1)) / 2
    camera = OrbitCamera(bounds.mean(axis=1), 1.0, yaw, pitch)
    distance = 0.8 * radius / np.sin(np.radians(camera.view_angle / 2))
    return OrbitCamera(bounds.mean(axis=1), distance, yaw, pitch)


def _frame(panel: Panel) -> Strokes:
    x, y, width, height = panel
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * [width - 2, height - 2]
    return path(corners + [x + 1, y + 1], style.GROUND, 1.5)


def _curve(scene: Scene, i: int, panel: Panel) -> Strokes:
    x, y, width, height = panel
    n = scene.n_frames
    finite = scene.error[np.isfinite(scene.error)]
    top = 1.2 * finite.max() if finite.size and finite.max() > 0 else 1.0
    u = x + width * np.arange(n) / max(n - 1, 1)
    points = np.stack([u, y + height * (1 - scene.error / top)], axis=-1)
    axis = np.array([[x, y + height], [x + width, y + height]])
    now = points[[i]]
    head = np.array([[u[i], y], [u[i], y + height]])
    return (
        path(axis, style.GROUND, 1.5)
        + path(points, style.ERROR, 2)
        + path(head, style.TEXT, 1.5)
        + strokes(now, now, style.ERROR, 9)
    )
