"""One sequence of Human3.6M: its arrays cut to one length and its cameras fitted."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from human_pose_util.dataset.h3m.cdf import read_pose
from human_pose_util.dataset.h3m.layout import SequenceFiles
from human_pose_util.errors import DataError
from human_pose_util.transforms import fit_intrinsics, fit_similarity

# Of the 32 joints those of skeleton s24, in its order.
S24_JOINTS = np.array(
    [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 14, 17, 18, 19, 21, 22, 25, 26, 27, 29, 30]
)

# A camera is fitted to this many frames, spread evenly: neighbours at 50 Hz hardly differ, and
# 720 points in float32 give the focal length to 1e-4 px and the translation to 1e-3 mm.
_FITTED_FRAMES = 30
_SCALE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class View:
    """What one camera sees of a sequence.

    Attributes:
        camera_id: the camera's name.
        p3c: [n_frames, 24, 3] positions in the camera's frame, mm, float32.
        p2: [n_frames, 24, 2] image points, px, float32.
        camera: `f` and `c` [2] in px, `r` [3, 3] and `t` [3] in mm: p3c = R·p3w + t.
        lengths: frames of the world's file, the camera's and the image's.
    """

    camera_id: str
    p3c: np.ndarray
    p2: np.ndarray
    camera: dict[str, np.ndarray]
    lengths: tuple[int, int, int]


def read_sequence(files: SequenceFiles) -> tuple[np.ndarray, Iterator[View]]:
    """The positions in the world, [n_frames, 24, 3] in mm, and the views one after the other.

    A view may be shorter than the world's positions, never longer.

    Raises:
        DataError: a damaged file, or a view whose files do not fit together; names it.
    """
    world = read_pose(files.world, 3)
    views = (_read_view(files, camera_id, world) for camera_id in files.views)
    return _stored(world), views


def _read_view(files: SequenceFiles, camera_id: str, world: np.ndarray) -> View:
    p3c_path, p2_path = files.views[camera_id]
    p3c, p2 = read_pose(p3c_path, 3), read_pose(p2_path, 2)
    lengths = len(world), len(p3c), len(p2)
    n_frames = min(lengths)
    p3c, p2 = p3c[:n_frames], p2[:n_frames]
    if p3c[..., 2].min() <= 0:
        raise DataError(f"{p3c_path}: joints with z <= 0, behind the camera, expected mm before it")
    frames = np.linspace(0, n_frames - 1, min(n_frames, _FITTED_FRAMES)).astype(int)
    try:
        camera = fit_camera(*(pose[frames[:, None], S24_JOINTS] for pose in (world, p3c, p2)))
    except DataError as error:
        raise DataError(f"{files.key}/{camera_id}: {error} ({p3c_path}, {p2_path})") from error
    return View(camera_id, _stored(p3c), _stored(p2), camera, lengths)


def fit_camera(p3w: np.ndarray, p3c: np.ndarray, p2: np.ndarray) -> dict[str, np.ndarray]:
    """The pinhole camera that took these points: `f`, `c` [2] and `r` [3, 3], `t` [3].

    Args:
        p3w: [..., 3] points in the world.
        p3c: [..., 3] the same in the camera's frame.
        p2: [..., 2] the same in the image.

    Raises:
        DataError: the points do not determine a camera, or p3c is p3w at another scale.
    """
    f, c = fit_intrinsics(p3c, p2)
    p3w, p3c = (p.reshape(-1, 3).astype(np.float64) for p in (p3w, p3c))
    scale, r, _ = fit_similarity(p3w, p3c)
    if not abs(scale - 1) <= _SCALE_TOLERANCE:  # NaN fails
        raise DataError(f"the camera frame's points are {scale:.4g} times the world's, expected 1")
    return {"f": f, "c": c, "r": r, "t": np.mean(p3c - p3w @ r.T, axis=0)}


def _stored(pose: np.ndarray) -> np.ndarray:
    return np.take(pose, S24_JOINTS, axis=1).astype(np.float32, copy=False)
