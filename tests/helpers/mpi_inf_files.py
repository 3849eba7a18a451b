"""Writes MPI-INF-3DHP: calibrations of its cameras and annotations of its sequences."""

from pathlib import Path

import numpy as np
import scipy.io
from scipy.spatial.transform import Rotation

N_CAMERAS, N_FRAMES = 14, 6


def extrinsic(i: int) -> np.ndarray:
    """World (y up) to the camera, which looks at the middle from 4 m, at 1.5 m."""
    around = Rotation.from_euler("y", 360 * i / N_CAMERAS, degrees=True).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3] = np.diag([1.0, -1.0, -1.0]) @ around
    matrix[:3, 3] = [10 * i, 1500, 4000]
    return matrix


def intrinsic(i: int) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:2, :3] = [[1490 + i, 0, 1024.5], [0, 1488, 1050]]
    return matrix


def write_calibration(path: Path, n_cameras: int = N_CAMERAS) -> None:
    def row(matrix: np.ndarray) -> str:
        return " ".join(f"{value:.9g}" for value in matrix.ravel())

    lines = ["Skeletool Camera Calibration File V1.0"]
    for i in range(n_cameras):
        lines += [
            f"name          {i}",
            "  sensor      10 10",
            "  size        2048 2048",
            "  animated    0",
            f"  intrinsic   {row(intrinsic(i))} ",
            f"  extrinsic   {row(extrinsic(i))} ",
            "  radial      0",
        ]
    path.write_text("\n".join(lines) + "\n")


def world(seed: int) -> np.ndarray:
    """[n_frames, 28, 3] in the file's world, y up."""
    low, high = [-400, 0, -400], [400, 1800, 400]
    return np.random.default_rng(seed).uniform(low, high, size=(N_FRAMES, 28, 3))


def write_annotations(path: Path, points: np.ndarray, **other) -> None:
    cells = {name: np.empty((N_CAMERAS, 1), dtype=object) for name in ("annot2", "annot3")}
    for i in range(N_CAMERAS):
        p3c = points @ extrinsic(i)[:3, :3].T + extrinsic(i)[:3, 3]
        p2 = (p3c @ intrinsic(i)[:3, :3].T)[..., :2] / p3c[..., 2:]
        cells["annot3"][i, 0] = p3c.reshape(len(points), 84)
        cells["annot2"][i, 0] = p2.reshape(len(points), 56)
    univ = {"univ_annot3": cells["annot3"], "frames": np.arange(len(points))[:, None]}
    scipy.io.savemat(path, {**cells, **univ, **other})
