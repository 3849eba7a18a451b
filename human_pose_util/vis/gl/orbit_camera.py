"""The eye of a 3D view, which turns about a target and looks at it."""

from dataclasses import dataclass, field

import numpy as np

from human_pose_util.vis.scene import direction

NEAR = 0.05
"""Depth below which points are not visible."""
MAX_PITCH = 89.0
"""Largest elevation of the eye [degrees]."""
DEGREES_PER_PIXEL = 0.4

Panel = tuple[int, int, int, int]
"""x, y, width and height of a part of a window [px], y down."""


@dataclass
class OrbitCamera:
    """A perspective view of a target from a distance, z up.

    glumpy calls the methods whose names begin with `on_`.

    Attributes:
        target: [3] the point in the middle of the view.
        distance: distance of the eye from the target.
        yaw: azimuth of the eye as seen from the target [degrees].
        pitch: elevation of the eye as seen from the target [degrees].
        view_angle: vertical angle of view [degrees].
    """

    target: np.ndarray
    distance: float
    yaw: float
    pitch: float = 14.0
    view_angle: float = 35.0
    _home: tuple[float, float, float] = field(init=False)

    def __post_init__(self):
        self._home = self.distance, self.yaw, self.pitch

    def on_mouse_drag(self, x: float, y: float, dx: float, dy: float, button: int) -> None:
        """Turn about the target by a drag of the mouse.

        Args:
            x: position of the mouse [px]; unused, as is `y`.
            y: position of the mouse [px].
            dx: drag to the right [px].
            dy: drag downwards [px].
            button: glumpy's code of the mouse button; unused.
        """
        self.yaw -= DEGREES_PER_PIXEL * dx
        self.pitch = min(max(self.pitch + DEGREES_PER_PIXEL * dy, -MAX_PITCH), MAX_PITCH)

    def on_mouse_scroll(self, x: float, y: float, dx: float, dy: float) -> None:
        """Move nearer or farther by the mouse wheel.

        Args:
            x: position of the mouse [px]; unused, as are `y` and `dx`.
            y: position of the mouse [px].
            dx: clicks of the wheel to the side.
            dy: clicks of the wheel; nearer for positive ones.
        """
        self.distance = min(max(self.distance * 0.9**dy, 0.2), 200.0)

    def reset(self) -> None:
        """Return to the initial distance, yaw and pitch."""
        self.distance, self.yaw, self.pitch = self._home

    def project(self, points: np.ndarray, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
        """Project points of the world into a panel.

        Args:
            points: [..., 3] points in the world.
            panel: the panel that the view fills.

        Returns:
            pixels: [..., 2] points in the window [px], y down; NaN behind the eye.
            depth: [...] distance along the optical axis; NaN behind the eye.
        """
        backward = direction(self.pitch, self.yaw)
        right = direction(0.0, self.yaw + 90)
        # Rows of the rotation to the eye's axes: right, down, forward.
        rotation = np.stack([right, np.cross(right, backward), -backward])
        in_eye = (points - self.target - self.distance * backward) @ rotation.T
        depth = np.where(in_eye[..., 2] > NEAR, in_eye[..., 2], np.nan)
        x, y, width, height = panel
        scale = self.pixels_per_unit(panel) * self.distance / depth
        return in_eye[..., :2] * scale[..., None] + [x + width / 2, y + height / 2], depth

    def pixels_per_unit(self, panel: Panel) -> float:
        """Size of a length of 1 at the distance of the target in a panel [px]."""
        return panel[3] / 2 / np.tan(np.radians(self.view_angle) / 2) / self.distance
