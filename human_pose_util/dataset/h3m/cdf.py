"""Reads the poses of one CDF file."""

from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.spacepy_cdf import load_pycdf

N_JOINTS = 32


def read_pose(path: Path, n_dims: int) -> np.ndarray:
    """The variable `Pose` of a CDF file.

    Args:
        path: the file.
        n_dims: 3 for positions in mm, 2 for pixels.

    Returns:
        [n_frames, 32, n_dims], of the file's own type.

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
    width = N_JOINTS * n_dims
    if pose.ndim != 3 or pose.shape[::2] != (1, width) or pose.dtype.kind not in "fiu":
        shape = f"shape {pose.shape} of {pose.dtype}"
        raise _damaged(path, f"Pose has {shape}, expected (1, n_frames, {width}) of numbers")
    if not pose.size:
        raise _damaged(path, "Pose has no frames")
    if not np.isfinite(pose).all():
        bad = np.count_nonzero(~np.isfinite(pose[0]).all(axis=-1))
        raise _damaged(path, f"{bad} of {pose.shape[1]} frames of Pose hold NaN or infinity")
    return pose.reshape(-1, N_JOINTS, n_dims)


def _damaged(path: Path, reason: str) -> DataError:
    return DataError(f"{path}: {reason}; unpack it again, or remove it to go without it")
