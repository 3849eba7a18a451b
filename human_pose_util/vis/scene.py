"""What a sequence's pictures show: poses, truth, observations, camera and errors, as arrays."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError


@dataclass(frozen=True, eq=False)
class Scene:
    """An inferred sequence and what there is to compare it with.

    Positions are in the world frame (z up, floor at 0) in mm; NaN joints are not drawn.

    Attributes:
        skeleton: the joints' names, parents and sides.
        p3w: (n_frames, n_joints, 3) inferred poses.
        fps: frames per second.
        truth_p3w: (n_frames, n_joints, 3) true poses.
        p2: (n_frames, n_joints, 2) observed joints, px.
        projected_p2: (n_frames, n_joints, 2) the inferred poses as the camera sees them, px.
        error: (n_frames,) error of each pose, mm.
        joint_error: (n_frames, n_joints) error of each joint, mm.
        hypotheses_p3w: (k, n_frames, n_joints, 3) other poses that fit the observations.
        camera: what took the observations.
        error_name: what `error` measures.
        title: one line that says what is seen.
        unit: what positions are shown in, `unit_scale` times those stored.
        unit_scale: 0.001, from mm to m, unless the poses are in something else.
        view: elevation and azimuth of the eye, degrees; by default beside the camera.

    Raises:
        DataError: no frames, or arrays whose shapes disagree.
    """

    skeleton: Any
    p3w: np.ndarray
    fps: float
    truth_p3w: np.ndarray | None = None
    p2: np.ndarray | None = None
    projected_p2: np.ndarray | None = None
    error: np.ndarray | None = None
    joint_error: np.ndarray | None = None
    hypotheses_p3w: np.ndarray | None = None
    camera: Camera | None = None
    error_name: str = "P-MPJPE"
    title: str = ""
    unit: str = "m"
    unit_scale: float = 1e-3
    view: tuple[float, float] | None = None

    def __post_init__(self):
        n, j = np.shape(self.p3w)[0], self.skeleton.n_joints
        if n == 0:
            raise DataError(f"{self.title or 'the scene'} has no frames to show")
        shapes = {
            "p3w": (n, j, 3),
            "truth_p3w": (n, j, 3),
            "p2": (n, j, 2),
            "projected_p2": (n, j, 2),
            "error": (n,),
            "joint_error": (n, j),
        }
        if self.hypotheses_p3w is not None:
            shapes["hypotheses_p3w"] = (len(self.hypotheses_p3w), n, j, 3)
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value is not None and np.shape(value) != shape:
                raise DataError(
                    f"{self.title or 'the scene'}: {name} has shape {np.shape(value)}, "
                    f"expected {shape} for skeleton {self.skeleton.id!r}"
                )
        if not self.fps > 0:
            raise DataError(f"{self.title or 'the scene'}: fps is {self.fps}, expected > 0")

    @property
    def n_frames(self) -> int:
        """How many frames it lasts."""
        return len(self.p3w)

    @cached_property
    def shown(self) -> np.ndarray:
        """The inferred poses in the unit that pictures are in."""
        return np.asarray(self.p3w, dtype=float) * self.unit_scale

    @cached_property
    def shown_truth(self) -> np.ndarray | None:
        """The true poses in the unit that pictures are in."""
        truth = self.truth_p3w
        return None if truth is None else np.asarray(truth, dtype=float) * self.unit_scale

    @property
    def eye(self) -> tuple[float, float]:
        """Elevation and azimuth of the eye, degrees: its `view`, or beside the camera."""
        if self.view is not None:
            return self.view
        if self.camera is None:
            return 14.0, -60.0
        target = limits(self.p3w).mean(axis=1)
        x, y, _ = self.camera.position - target
        return 14.0, float(np.degrees(np.arctan2(y, x))) + 35.0  # aside, where depth shows

    @cached_property
    def image_bounds(self) -> np.ndarray | None:
        """(2, 2) limits of u and v around all 2D poses, px; None without any."""
        poses = [p2 for p2 in (self.p2, self.projected_p2) if p2 is not None]
        if not poses:
            return None
        extent = np.ptp(limits(*poses), axis=1).max()
        return limits(*poses, margin=0.12 * max(extent, 1.0))

    def caption(self, i: int, brief: bool = False) -> str:
        """Time and error at frame `i` in one line; with the frame's number unless `brief`."""
        parts = [f"{i / self.fps:.2f} s"] if self.n_frames > 1 else []
        if parts and not brief:
            parts.append(f"frame {i + 1} / {self.n_frames}")
        if self.error is not None and np.isfinite(self.error[i]):
            name = "" if brief else f"{self.error_name} "
            parts.append(f"{name}{self.error[i]:.0f} mm")
        return "   ·   ".join(parts)


def limits(*positions: np.ndarray, margin: float = 0.0, least: float = 0.0) -> np.ndarray:
    """The box around positions.

    Args:
        positions: (..., d) arrays; NaN is left out.
        margin: added on every side.
        least: smallest extent of a side; a smaller one grows about its centre.

    Returns:
        (d, 2) lower and upper bounds.
    """
    flat = np.concatenate([np.reshape(p, (-1, np.shape(p)[-1])) for p in positions])
    finite = flat[np.isfinite(flat).all(axis=-1)]
    if not len(finite):
        finite = np.zeros((1, flat.shape[-1]))
    low, high = finite.min(axis=0) - margin, finite.max(axis=0) + margin
    grow = np.maximum(least - (high - low), 0) / 2
    return np.stack([low - grow, high + grow], axis=-1)
