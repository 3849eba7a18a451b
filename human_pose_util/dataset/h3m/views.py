"""One sequence of Human3.6M: arrays that are cut to one length, and cameras fitted to them."""

from typing import Any, NamedTuple

import numpy as np

from human_pose_util.dataset.h3m.cdf import damaged, read_pose
from human_pose_util.dataset.h3m.files import SequenceFiles
from human_pose_util.dataset.h3m_protocol import CORRUPTED
from human_pose_util.dataset.plausible import check_person_size
from human_pose_util.errors import DataError
from human_pose_util.sampling import evenly_spaced
from human_pose_util.transforms import fit_intrinsics, fit_similarity, project

# A camera is fitted to 30 frames, spread evenly: neighbouring frames at 50 Hz hardly differ, and
# 720 points in float32 determine the focal length to 1e-4 px and the translation to 1e-3 mm.
_FITTED_FRAMES = 30
_SCALE_TOLERANCE = 1e-3
_DISTANCE_TOLERANCE = 10.0  # mm, between positions in the camera frame and those of the world
# Between image points and those of the nearest pinhole [px]. The lens bends them by less than 1 px;
# those of other poses, as of 0.1 s later in a walk, are 15 px off or need a negative f.
_IMAGE_TOLERANCE = 10.0


class View(NamedTuple):
    """A sequence as one camera sees it.

    Attributes:
        p3c: [n_frames, 24, 3] positions in the camera frame [mm], float32.
        p2: [n_frames, 24, 2] image points [px], float32.
        attrs: lists `f` and `c` [2] in px, `r` [3, 3] and `t` [3] in mm, so that p3c = R·p3w + t;
            `n_frames`; and `lengths`, the numbers of frames in the world, the camera and the image
            file.
    """

    p3c: np.ndarray
    p2: np.ndarray
    attrs: dict[str, Any]


def read_sequence(files: SequenceFiles) -> tuple[np.ndarray, dict[str, View]]:
    """The arrays of one sequence and its cameras.

    Args:
        files: the CDF files of the sequence.

    Returns:
        [n_frames, 24, 3] positions in the world [mm], float32; and camera → view. A view may
        have fewer frames.

    Raises:
        DataError: a file is damaged, or the files of a view do not fit together; the message names
            the file.
    """
    p3w = read_pose(files.world, 3)
    check_person_size(p3w, files.world)
    views = {}
    for camera_id, paths in files.views.items():
        p3c, p2 = read_pose(paths.p3c, 3), read_pose(paths.p2, 2)
        lengths = len(p3w), len(p3c), len(p2)
        n_frames = min(lengths)
        p3c, p2 = p3c[:n_frames], p2[:n_frames]
        if p3c[..., 2].min() <= 0:
            raise DataError(f"{paths.p3c}: joints with z <= 0, behind the camera, expected mm")
        frames = evenly_spaced(n_frames, _FITTED_FRAMES)
        camera = _fit_camera(p3w[frames], p3c[frames], p2[frames], files, camera_id)
        attrs = {name: value.tolist() for name, value in camera.items()}
        views[camera_id] = View(p3c, p2, attrs | {"n_frames": n_frames, "lengths": lengths})
    return p3w, views


def _fit_camera(
    p3w: np.ndarray, p3c: np.ndarray, p2: np.ndarray, files: SequenceFiles, camera_id: str
) -> dict[str, np.ndarray]:
    """`f`, `c`, `r`, `t` of the pinhole camera that took these points.

    Args:
        p3w: [..., 3] points in the world.
        p3c: [..., 3] these points in the camera frame.
        p2: [..., 2] their images.
        files: the files of the points, for error messages.
        camera_id: the camera, for error messages.
    """
    p3w, p3c, p2 = p3w.reshape(-1, 3).astype(np.float64), p3c.reshape(-1, 3), p2.reshape(-1, 2)
    paths = files.views[camera_id]
    where = f"{files.key}/{camera_id} ({paths.p3c}, {paths.p2})"
    try:
        f, c = fit_intrinsics(p3c, p2)
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    fit = fit_similarity(p3w, p3c)
    distance = _median_distance(fit.apply(p3w), p3c)
    if not distance <= _DISTANCE_TOLERANCE:  # A comparison with NaN is False.
        raise damaged(
            paths.p3c, f"its poses are not those of {files.world} ({distance:.0f} mm off)"
        )
    if not abs(fit.s - 1) <= _SCALE_TOLERANCE:
        raise DataError(
            f"{where}: points in the camera frame are {fit.s:.4g} times those in the world of "
            f"{files.world}, expected 1"
        )
    pixels = _median_distance(project(p3c, f, c), p2)
    tolerance = np.inf if files.key == CORRUPTED else _IMAGE_TOLERANCE
    if not ((f > 0).all() and pixels <= tolerance):
        nearest = f"the nearest camera has f = {f[0]:.0f}, {f[1]:.0f} and is {pixels:.0f} px off"
        raise damaged(paths.p2, f"it is no picture of the poses in {paths.p3c} ({nearest})")
    return {"f": f, "c": c, "r": fit.r, "t": np.mean(p3c - p3w @ fit.r.T, axis=0)}


def _median_distance(a: np.ndarray, b: np.ndarray) -> float:
    """The median distance of points [n, d] from others."""
    return float(np.median(np.linalg.norm(a - b, axis=-1)))
