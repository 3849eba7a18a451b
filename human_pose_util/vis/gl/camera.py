"""The eye of a 3D view: it turns about a target and looks at it."""

from dataclasses import dataclass, field

import numpy as np

NEAR = 0.05
MOST_PITCH = 89.0
DEGREES_PER_PIXEL = 0.4


@dataclass
class OrbitCamera:
    """A perspective view of a target from a distance.

    Attributes:
        target: (3,) the point in the middle of the view.
        distance: from the eye to the target.
        yaw: azimuth of the eye as seen from the target, degrees.
        pitch: elevation of the eye, degrees.
        view_angle: vertical, degrees.
    """

    target: np.ndarray
    distance: float
    yaw: float
    pitch: float = 14.0
    view_angle: float = 35.0
    _home: tuple[float, float, float] = field(init=False)

    def __post_init__(self):
        self._home = self.distance, self.yaw, self.pitch

    def turn(self, dx: float, dy: float) -> None:
        """Turn by a drag of the mouse, px."""
        self.yaw -= DEGREES_PER_PIXEL * dx
        self.pitch += DEGREES_PER_PIXEL * dy
        self.pitch = min(max(self.pitch, -MOST_PITCH), MOST_PITCH)

    def zoom(self, clicks: float) -> None:
        """Go nearer (positive) or farther by clicks of the wheel."""
        self.distance = min(max(self.distance * 0.9**clicks, 0.2), 200.0)

    def reset(self) -> None:
        """Go back to where it was made."""
        self.distance, self.yaw, self.pitch = self._home

    def project(self, points: np.ndarray, panel: tuple[int, int, int, int]):
        """Where points are seen.

        Args:
            points: (..., 3) world.
            panel: x, y, width and height [px] of the view, y down.

        Returns:
            (..., 2) px, y down, NaN behind the eye; and (...,) depth.
        """
        yaw, pitch = np.radians([self.yaw, self.pitch])
        c, s = np.cos(pitch), np.sin(pitch)
        back = np.array([c * np.cos(yaw), c * np.sin(yaw), s])
        right = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
        axes = np.stack([right, np.cross(right, back), -back])  # right, down, forward
        seen = (points - self.target - self.distance * back) @ axes.T
        depth = np.where(seen[..., 2] > NEAR, seen[..., 2], np.nan)
        x, y, width, height = panel
        scale = self.pixels_per_unit(panel) * self.distance / depth
        return seen[..., :2] * scale[..., None] + [x + width / 2, y + height / 2], depth

    def pixels_per_unit(self, panel: tuple[int, int, int, int]) -> float:
        """How large a length of 1 is seen at the target's distance."""
        return panel[3] / 2 / np.tan(np.radians(self.view_angle) / 2) / self.distance
