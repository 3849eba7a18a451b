"""Writes the test set of MPI-INF-3DHP: HDF5 files, as MATLAB's `save -v7.3` writes them."""

from pathlib import Path

import h5py
import numpy as np

# The universal person is 0.9 times as large as this one, seen from the camera.
UNIVERSAL = 0.9
CAMERAS = {
    "TS1": ((1500.0, 1500.7), (1017.4, 1043.1)),
    "TS5": ((1684.0, 1672.6), (939.9, 550.0)),
}  # f, c [px]
# The published order of the joints.
_NAMES = (
    "head_top neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist "
    "r_hip r_knee r_ankle l_hip l_knee l_ankle pelvis spine head"
)
JOINTS = _NAMES.split()
# Metres to the right, up and ahead of a person who faces the camera.
_STANDING = np.array([
    [0, 1.8, 0], [0, 1.5, 0], [-0.2, 1.45, 0], [-0.25, 1.15, 0], [-0.25, 0.9, 0.1],
    [0.2, 1.45, 0], [0.25, 1.15, 0], [0.25, 0.9, 0.1], [-0.1, 0.95, 0], [-0.1, 0.5, 0.02],
    [-0.1, 0.08, 0], [0.1, 0.95, 0], [0.1, 0.5, 0.02], [0.1, 0.08, 0], [0, 0.97, 0], [0, 1.2, 0],
    [0, 1.65, 0],
])  # fmt: skip


def person(n_frames: int, seed: int = 0) -> np.ndarray:
    """[n_frames, 17, 3] a person 4 m before the camera, who moves all joints [mm]."""
    sway = np.random.default_rng(seed).normal(scale=0.03, size=(n_frames, 17, 3))
    body = (_STANDING + sway) * [1, -1, -1] + [0.2, 1.0, 4.0]
    return 1000 * body


def image(p3c: np.ndarray, f, c) -> np.ndarray:
    return p3c[..., :2] / p3c[..., 2:] * f + c


def write_annotations(
    path: Path, p3c: np.ndarray, valid: np.ndarray, f, c, leave_out: str = "", **other
) -> None:
    """One `annot_data.mat`; MATLAB's 3 × 17 × 1 × n arrays come with their axes reversed."""
    n = len(p3c)
    content = {
        "annot2": image(p3c, f, c)[:, None],
        "annot3": p3c[:, None],
        "univ_annot3": UNIVERSAL * p3c[:, None],
        "valid_frame": valid.reshape(n, 1),
        "activity_annotation": np.ones((n, 1)),
        "bb_crop": np.zeros((n, 34)),
        **other,
    }
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in content.items():
            if name != leave_out:
                file[name] = array
                file[name].attrs["MATLAB_class"] = np.bytes_("double")
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")


def write_test_set(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Two recordings; returns the joints [mm] of all frames of each, and which are valid."""
    written = {}
    for seed, (name, (f, c)) in enumerate(CAMERAS.items()):
        p3c, valid = person(12, seed), (np.arange(12) % 3 == seed).astype(float)
        (folder / name).mkdir(parents=True)
        write_annotations(folder / name / "annot_data.mat", p3c, valid, f, c)
        written[name] = p3c, valid
    return written
