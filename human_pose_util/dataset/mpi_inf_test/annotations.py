"""The annotations of a test sequence, `annot_data.mat`: the frames that are evaluated."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mat73 import load_mat73
from human_pose_util.dataset.plausible import check_person_size, is_plausible
from human_pose_util.errors import DataError
from human_pose_util.skeleton import MPI17
from human_pose_util.transforms import fit_intrinsics, project

ANNOTATIONS = ("annot3", "univ_annot3")
"""The 3D annotations: of true size, and scaled to the size of one universal person."""

_NEAREST = 1.0  # mm before the camera
_TOLERANCE = 20.0  # px, between image points and a pinhole; the lens of TS5 and TS6 bends lines


@dataclass(frozen=True)
class ValidFrames:
    """The frames of a test sequence that are evaluated.

    Attributes:
        p3c: [n_frames, 17, 3] joints in the camera's frame [mm].
        p2: [n_frames, 17, 2] joints in the image [px].
        f: [2] focal lengths of the pinhole that comes nearest [px].
        c: [2] principal point of that pinhole [px].
    """

    p3c: np.ndarray
    p2: np.ndarray
    f: np.ndarray
    c: np.ndarray


def read_annotations(path: Path, annotation: str) -> ValidFrames:
    """Read the valid frames of an `annot_data.mat` file, and fit the camera to them.

    The file has no camera. As `annot2` are images of `annot3`, they tell the intrinsics.

    Args:
        path: the file.
        annotation: the 3D annotation to read, one of `ANNOTATIONS`.

    Raises:
        DataError: the file is missing or damaged, lacks a variable or has no valid frame, or the
            image points are no images of the joints.
    """
    names = dict.fromkeys(("valid_frame", "annot2", "annot3", annotation))
    content = load_mat73(path, tuple(names))
    is_valid = content["valid_frame"].ravel() != 0
    if not is_valid.any():
        raise DataError(f"{path}: valid_frame marks no frame as valid")
    p2 = _joints(content, "annot2", is_valid, path)
    p3c = _joints(content, "annot3", is_valid, path)
    evaluated = _joints(content, annotation, is_valid, path)
    for name, joints in {"annot3": p3c, annotation: evaluated}.items():
        check_person_size(joints, f"{path}: {name}")
    if not (p3c[..., 2] > _NEAREST).all():
        raise DataError(f"{path}: annot3 has a joint that is not in front of the camera")
    f, c = fit_intrinsics(p3c.reshape(-1, 3), p2.reshape(-1, 2))
    error = np.median(np.linalg.norm(project(p3c, f, c) - p2, axis=-1))
    if not ((f > 0).all() and error <= _TOLERANCE):
        raise DataError(f"{path}: annot2 are no images of annot3 ({error:.1f} px off)")
    return ValidFrames(evaluated, p2, f, c)


def _joints(content: dict, name: str, is_valid: np.ndarray, path: Path) -> np.ndarray:
    """[n_valid, 17, 3 or 2] the joints of a variable in the valid frames."""
    n, n_dims = len(is_valid), 2 if name == "annot2" else 3
    expected = (n, 1, MPI17.n_joints, n_dims)
    if content[name].shape != expected:
        shape = tuple(reversed(content[name].shape))
        raise DataError(f"{path}: {name} is {shape}, expected {tuple(reversed(expected))}")
    joints = content[name][is_valid, 0].astype(np.float64)
    if not is_plausible(joints).all():
        raise DataError(f"{path}: {name} holds NaN, or numbers that are no mm or px")
    return joints
