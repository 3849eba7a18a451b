"""Writes the `.npz` files of VideoPose3D, with people who are made of random joints."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

H36M_17_OF_32 = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
H36M_METADATA = {
    "num_joints": 17,
    "keypoints_symmetry": [[4, 5, 6, 11, 12, 13], [1, 2, 3, 14, 15, 16]],
}
COCO_METADATA = {
    "layout_name": "coco",
    "num_joints": 17,
    "keypoints_symmetry": [[1, 3, 5, 7, 9, 11, 13, 15], [2, 4, 6, 8, 10, 12, 14, 16]],
}
EVA_METADATA = {
    "layout_name": "humaneva15",
    "num_joints": 15,
    "keypoints_symmetry": [[2, 3, 4, 8, 9, 10], [5, 6, 7, 11, 12, 13]],
}


class Camera:
    """Brown's lens on a camera that looks at the middle of the room."""

    def __init__(self, azimuth: float, i: int):
        around = Rotation.from_rotvec([0, 0, -np.deg2rad(azimuth)]).as_matrix()
        down = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
        tilt = Rotation.from_rotvec([np.deg2rad(5 + i), 0, 0]).as_matrix()
        self.r = tilt @ down @ around
        self.t = np.array([40.0 * i, 1200.0, 5000.0])  # mm
        self.f, self.c = np.array([1145.0 + i, 1143.0]), np.array([512.0, 515.0 + i])
        self.k = np.array([-0.2, 0.24, -0.001, -0.0015, -0.003])

    def project(self, metres: np.ndarray) -> np.ndarray:
        x, y, z = np.moveaxis(metres * 1000 @ self.r.T + self.t, -1, 0)
        x, y = x / z, y / z
        k1, k2, p1, p2, k3 = self.k
        s = x * x + y * y
        radial = 1 + k1 * s + k2 * s**2 + k3 * s**3 + 2 * (p1 * y + p2 * x)
        return np.stack([x * radial + p2 * s, y * radial + p1 * s], -1) * self.f + self.c


def people(n_frames: int, n_joints: int, seed: int) -> np.ndarray:
    """[n_frames, n_joints, 3] float32, metres, about 1.8 m tall, walking about."""
    rng = np.random.default_rng(seed)
    body = rng.uniform([-0.4, -0.4, 0], [0.4, 0.4, 1.8], size=(n_joints, 3))
    time = np.arange(n_frames)[:, None, None] / 50
    sway = 0.1 * np.sin(time * rng.uniform(1, 3, (n_joints, 3)) + rng.uniform(0, 6, (n_joints, 3)))
    path = np.stack([np.sin(time[:, 0, 0]), np.cos(time[:, 0, 0]), 0 * time[:, 0, 0]], -1)
    return (body + sway + path[:, None]).astype(np.float32)


CAMERAS = [Camera(azimuth, i) for i, azimuth in enumerate((40, 130, 220, 310))]


def images(metres: np.ndarray, cameras: list[Camera]) -> list[np.ndarray]:
    return [camera.project(metres).astype(np.float32) for camera in cameras]


def write_3d(path: Path, positions: dict) -> None:
    np.savez_compressed(path, positions_3d=positions)


def write_2d(path: Path, positions: dict, metadata: dict) -> None:
    np.savez_compressed(path, positions_2d=positions, metadata=metadata)


def write_h36m(folder: Path, with_truth: bool = True) -> tuple[Path, dict]:
    """`data_3d_h36m.npz` with three recordings and, beside it, the ground truth in 2D."""
    poses = {
        "S1": {"Directions": people(60, 32, 0), "WalkDog 1": people(50, 32, 1)},
        "S9": {"Photo": people(40, 32, 2)},
    }
    path = folder / "data_3d_h36m.npz"
    write_3d(path, poses)
    if with_truth:
        points = {
            subject: {a: images(p[:, H36M_17_OF_32], CAMERAS) for a, p in actions.items()}
            for subject, actions in poses.items()
        }
        write_2d(folder / "data_2d_h36m_gt.npz", points, H36M_METADATA)
    return path, poses


def write_humaneva(folder: Path) -> tuple[Path, dict]:
    poses = {
        "Train/S1": {"Walking 1 chunk0": people(40, 15, 0), "Box 1 chunk2": people(30, 15, 1)},
        "Validate/S1": {"Walking 1 chunk0": people(40, 15, 2)},
    }
    path = folder / "data_3d_humaneva15.npz"
    write_3d(path, poses)
    points = {s: {a: images(p, CAMERAS[:3]) for a, p in v.items()} for s, v in poses.items()}
    write_2d(folder / "data_2d_humaneva15_gt.npz", points, EVA_METADATA)
    return path, poses


def write_pickle(path: Path, name: str, pickled: bytes) -> None:
    """An `.npz` whose array `name` is that pickle, as `numpy.save` frames one."""
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (), }"
    header = header.ljust((-len(header) - 11) % 64 + len(header)) + b"\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        length = len(header).to_bytes(2, "little")
        archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + length + header + pickled)


def as_object_array(value) -> np.ndarray:
    array = np.empty((), dtype=object)
    array[()] = value
    return array


def dumps(value, protocol: int) -> bytes:
    return pickle.dumps(as_object_array(value), protocol=protocol)
