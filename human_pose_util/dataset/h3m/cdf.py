"""Reads the poses of one CDF file."""

from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.spacepy_cdf import load_pycdf

_N_JOINTS = 32

# Of the 32 joints those of skeleton s24, in its order.
S24_JOINTS = np.array(
    [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 14, 17, 18, 19, 21, 22, 25, 26, 27, 29, 30]
)


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
    pycdf = load_pycdf()
    try:
        with pycdf.CDF(str(path)) as cdf:
            pose = cdf["Pose"][...]
    except KeyError:
        raise _damaged(path, "it has no variable Pose") from None
    except (pycdf.CDFException, OSError, ValueError) as error:
        raise _damaged(path, f"it cannot be read ({error})") from error
    width = _N_JOINTS * n_dims
    if pose.ndim != 3 or pose.shape[::2] != (1, width) or pose.dtype.kind not in "fiu":
        shape = f"shape {pose.shape} of {pose.dtype}"
        raise _damaged(path, f"Pose has {shape}, expected (1, n_frames, {width}) of numbers")
    joints = np.take(pose.reshape(-1, _N_JOINTS, n_dims), S24_JOINTS, axis=1)
    with np.errstate(over="ignore"):  # becomes infinity
        joints = joints.astype(np.float32, copy=False)
    if not np.isfinite(joints).all():
        n_bad = np.count_nonzero(~np.isfinite(joints).all(axis=(1, 2)))
        raise _damaged(path, f"{n_bad} of {len(joints)} frames of Pose hold NaN or infinity")
    return joints


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path}: {reason}; unpack it again, or remove it to go without it")
