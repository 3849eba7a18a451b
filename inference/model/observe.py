"""Observations of image points and a camera that anyone gives, which are checked."""

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, Camera
from human_pose_util.dataset import PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.transforms import is_rotation
from inference.model.observations import Observations

STEEPEST = 20.0
"""Slope of a ray against the optical axis beyond which an image point is an error (87°)."""

LARGEST = 1e9
"""Largest confidence, and largest value of a camera in any unit: beyond it a value is an error,
and single precision could not hold its square."""


def observe(
    p2, camera: Camera, dt: float, weights=None, height: float | None = None
) -> Observations:
    """Observations of a sequence by one camera, or by a camera that moves.

    Args:
        p2: [n_frames, n_joints, 2] image points. A point that is NaN, infinite, or farther from the
            principal point than `STEEPEST` focal lengths counts as not observed.
        camera: one camera, or one for each frame: r is [3, 3] or [n_frames, 3, 3], t is [3] or
            [n_frames, 3], f and c are [2] or [n_frames, 2], f positive.
        dt: time between frames [s].
        weights: [n_frames, n_joints] confidences, at most `LARGEST`; by default 1. A joint whose
            confidence is not positive counts as not observed.
        height: height of the subject, in the unit of t; None where it is unknown.

    Raises:
        DataError: shapes do not fit, or a camera, confidence, time or height is impossible.
    """
    p2 = np.asarray(p2, np.float64)
    if p2.ndim != 3 or p2.shape[-1] != 2:
        raise DataError(f"p2 has shape {p2.shape}: expected (n_frames, n_joints, 2)")
    if not len(p2):
        raise DataError("p2 has no frames")
    weights = np.ones(p2.shape[:2]) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != p2.shape[:2]:
        raise DataError(f"weights have shape {weights.shape}: expected {p2.shape[:2]}")
    if (weights > LARGEST).any():
        raise DataError(f"a confidence of {np.nanmax(weights):g}: expected at most {LARGEST:g}")
    if not 0 < dt < np.inf:
        raise DataError(f"{dt} seconds between frames: expected a positive number")
    if height is not None and not 0 < height <= LARGEST:
        raise DataError(f"height = {height}: expected a positive number")
    camera = _camera_of_frames(camera, len(p2))
    # A comparison with NaN is false, so a point that is not a number is not observed either.
    slopes = np.abs(p2 - camera.c[:, None]) / camera.f[:, None]
    is_observed = (slopes < STEEPEST).all(axis=-1) & (weights > 0)
    # 0 is a number that solvers can compute with; the weight 0 makes it count for nothing.
    p2 = np.where(is_observed[..., None], p2, 0.0)
    weights = np.where(is_observed, weights, 0.0)
    return Observations(p2, weights, camera, dt=float(dt), height=height)


def observe_sequence(sequence: PoseSequence, height: float | None = None) -> Observations:
    """Observations of a data set's sequence: its image points, camera and rate.

    Args:
        sequence: a sequence, or an `h5py.Group` of its shape, with the array `p2` and the
            attributes `r`, `t`, `f`, `c` and `fps`.
        height: height of the subject, in the unit of lengths; None where it is unknown.

    Raises:
        DataError: as `observe`, or the sequence lacks one of them.
    """
    a = sequence.attrs
    missing = [name for name in (*CAMERA_ARRAYS, "fps") if name not in a]
    if "p2" not in sequence:
        missing.append("p2 (normalize_kwargs.consistent_projection computes it)")
    if missing:
        raise DataError(f"an inference needs {', '.join(missing)}, which the data lack")
    camera = Camera(a["r"], a["t"], a["f"], a["c"])
    return observe(sequence["p2"], camera, dt=1.0 / a["fps"], height=height)


def _camera_of_frames(camera: Camera, n: int) -> Camera:
    """The camera as float64 arrays with a leading axis [n]; DataError where it is impossible."""
    arrays = []
    for name, shape in zip(CAMERA_ARRAYS, ((3, 3), (3,), (2,), (2,)), strict=True):
        value = np.asarray(getattr(camera, name), np.float64)
        if not (np.abs(value) <= LARGEST).all():
            raise DataError(f"the camera's {name} is not finite, or beyond {LARGEST:g}")
        if value.ndim and value.shape not in (shape, (1, *shape), (n, *shape)):
            raise DataError(
                f"the camera does not fit {n} frames: {name} has shape {value.shape}, expected "
                f"{shape} or {(n, *shape)}"
            )
        arrays.append(np.broadcast_to(value, (n, *shape)))
    r, t, f, c = arrays
    if not is_rotation(r).all():
        raise DataError("the camera's r is no rotation: expected orthonormal matrices")
    if not (f > 0).all():
        raise DataError(f"the camera has the focal lengths {f.min():g}: expected positive ones")
    return Camera(r, t, f, c, camera.image_size)
