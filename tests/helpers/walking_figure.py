"""A walking figure on skeleton s24, computed by formulas, for the tests of pictures."""

from pathlib import Path

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.film import open_film
from human_pose_util.skeleton import S24
from human_pose_util.vis.scene import Scene
from tests.helpers.films import square_film

REST = {  # metres: x to the left, y to the back, z up
    "thorax": (0, 0, 1.0),
    "hip": (0.13, 0, 0.93), "knee": (0.13, 0, 0.48), "ankle": (0.13, 0.02, 0.08),
    "ball": (0.13, -0.14, 0.03), "toes": (0.13, -0.2, 0.03),
    "neck": (0, 0, 1.48), "head-back": (0, -0.03, 1.6), "head-center": (0, 0, 1.75),
    "shoulder": (0.18, 0, 1.42), "elbow": (0.24, 0, 1.14), "wrist": (0.26, -0.04, 0.88),
    "thumb": (0.24, -0.1, 0.84), "little": (0.27, -0.05, 0.78),
}  # fmt: skip


def walk(n: int = 30, fps: float = 10.0) -> np.ndarray:
    """[n, 24, 3] joints in the world [mm] of a walk at 1 m/s towards −y."""
    time = np.arange(n) / fps
    poses = np.empty((n, S24.n_joints, 3))
    for j, name in enumerate(S24.joints):
        side, base = {"l": (1, name[2:]), "r": (-1, name[2:])}.get(name[0], (0, name))
        if name[1:2] != "_":
            side, base = 0, name
        x, y, z = REST[base]
        poses[:, j] = side * x if side else x, y, z
        phase = np.sin(2 * np.pi * 0.9 * time) * side
        if base in ("knee", "ankle", "ball", "toes"):
            poses[:, j] = _swing(poses[:, j], REST["hip"][2], 0.45 * phase)
        if base in ("elbow", "wrist", "thumb", "little"):
            poses[:, j] = _swing(poses[:, j], REST["shoulder"][2], -0.5 * phase)
    poses[..., 1] -= time[:, None]
    return 1000 * poses


def _swing(p: np.ndarray, pivot: float, angle: np.ndarray) -> np.ndarray:
    """Points [n, 3] turned about the x axis at the height `pivot`."""
    y, z = p[:, 1], p[:, 2] - pivot
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([p[:, 0], c * y - s * z, pivot + s * y + c * z], axis=-1)


def camera() -> Camera:
    """A camera at a distance of 5 m and a height of 1.5 m, which looks along +x."""
    r = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
    position = np.array([-5000.0, -1000.0, 1500.0])
    return Camera(r, -r @ position, np.array([1145.0, 1145]), np.array([512.0, 512]), (1024, 1024))


def scene(n: int = 30, fps: float = 10.0, noise: float = 40.0) -> Scene:
    """A walk, and an inference of the walk with errors of `noise` mm."""
    truth, view = walk(n, fps), camera()
    offset = np.random.default_rng(0).normal(size=(1, S24.n_joints, 3)) * noise
    p3w = truth + offset * (1 + 0.5 * np.sin(np.arange(n) / 5))[:, None, None]
    observed, projected = view.project_world(truth), view.project_world(p3w)
    joint_error = np.linalg.norm(p3w - truth, axis=-1)
    return Scene(
        S24, p3w, fps, truth, observed, projected, joint_error.mean(axis=-1), joint_error,
        camera=view, title="h3m_big · S9/Walking 1/55011271",
    )  # fmt: skip


def scene_in_film(path: Path, n: int, first_frame: int = 0) -> Scene:
    """A walk that is observed in the lower half of a film, whose upper half shows a square.

    Args:
        path: where the film is written.
        n: number of frames of the walk.
        first_frame: number of frames that the film has before it.
    """
    walker = scene(n)
    low, extent = walker.p2.min(axis=(0, 1)), np.ptp(walker.p2, axis=(0, 1))
    p2 = [10, 23] + (walker.p2 - low) / extent * [45, 21]
    return Scene(
        S24, walker.p3w, walker.fps, p2=p2, projected_p2=p2 + 0.5, camera=walker.camera,
        film=open_film(square_film(path, first_frame + n, walker.fps)), first_frame=first_frame,
    )  # fmt: skip
