"""Reads the poses of one CDF file."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.h3m.cdf_index import is_sane
from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf
from human_pose_util.dataset.h3m_protocol import N_JOINTS, S24_JOINTS
from human_pose_util.dataset.plausible import LARGEST, is_plausible
from human_pose_util.dataset.text import broken
from human_pose_util.files.reading import check_file

_MAX_FRAMES = 1_000_000

damaged = partial(broken, remedy="unpack it again, or remove it to go without it")
"""The error for a file that cannot be used, with the arguments of `broken`."""


def read_pose(path: Path, n_dims: int) -> np.ndarray:
    """The joints of skeleton s24 in the variable `Pose` of a CDF file.

    Args:
        path: the file.
        n_dims: 3 for positions in mm, 2 for pixels.

    Returns:
        [n_frames, 24, n_dims], float32.

    Raises:
        DataError: the file is damaged, has no `Pose`, or one of another shape or with NaN.
    """
    check_file(path)
    pycdf = load_pycdf()
    width = N_JOINTS * n_dims
    expected = f"expected (1, n_frames, {width}) of numbers"
    try:
        if not is_sane(path):
            raise damaged(path, "it cannot be read (its index is broken)")
        with pycdf.CDF(str(path)) as cdf, warnings.catch_warnings(action="ignore"):
            variable = cdf["Pose"]
            shape = variable.shape  # The array may not fit into the memory.
            if len(shape) != 3 or shape[::2] != (1, width) or not 0 < shape[1] <= _MAX_FRAMES:
                raise damaged(path, f"Pose has shape {shape}, {expected}")
            pose = variable[...]
    except KeyError:
        raise damaged(path, "it has no variable Pose") from None
    except (pycdf.CDFException, OSError, ValueError) as error:
        raise damaged(path, f"it cannot be read ({error})") from error
    if pose.dtype.kind not in "fiu":
        raise damaged(path, f"Pose is of {pose.dtype}, {expected}")
    joints = np.take(pose.reshape(-1, N_JOINTS, n_dims), S24_JOINTS, axis=1)
    with np.errstate(over="ignore"):  # A number beyond float32 becomes infinity.
        joints = joints.astype(np.float32, copy=False)
    is_good = is_plausible(joints).all(axis=(1, 2))
    if not is_good.all():
        n_bad = np.count_nonzero(~is_good)
        problem = f"frames of Pose hold NaN, infinity, or numbers beyond {LARGEST:g}"
        raise damaged(path, f"{n_bad} of {len(joints)} {problem}")
    return joints
