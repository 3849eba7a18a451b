"""One sequence of Human3.6M: its arrays cut to one length and its cameras fitted."""

from dataclasses import dataclass

import numpy as np

from human_pose_util.dataset.h3m.cdf import read_pose
from human_pose_util.dataset.h3m.layout import SequenceFiles
from human_pose_util.errors import DataError
from human_pose_util.transforms import fit_intrinsics, fit_similarity

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


def read_sequence(files: SequenceFiles) -> tuple[np.ndarray, list[View]]:
    """The positions in the world, [n_frames, 24, 3] in mm, float32, and the views.

    A view may be shorter than the world's positions, never longer.

    Raises:
        DataError: a damaged file, or a view whose files do not fit together; names it.
    """
    p3w = read_pose(files.world, 3)
    stored, samples = [], []
    for p3c_path, p2_path in files.views.values():
        p3c, p2 = read_pose(p3c_path, 3), read_pose(p2_path, 2)
        lengths = len(p3w), len(p3c), len(p2)
        n_frames = min(lengths)
        p3c, p2 = p3c[:n_frames], p2[:n_frames]
        if p3c[..., 2].min() <= 0:
            raise DataError(f"{p3c_path}: joints with z <= 0, behind the camera, expected mm")
        frames = np.linspace(0, n_frames - 1, _FITTED_FRAMES).astype(int)
        samples.append((p3w[frames], p3c[frames], p2[frames]))
        stored.append((p3c, p2, lengths))
    cameras = _fit_cameras(files, *(np.stack(sample) for sample in zip(*samples, strict=True)))
    views = [
        View(camera_id, p3c, p2, camera, lengths)
        for camera_id, camera, (p3c, p2, lengths) in zip(files.views, cameras, stored, strict=True)
    ]
    return p3w, views


def _fit_cameras(
    files: SequenceFiles, p3w: np.ndarray, p3c: np.ndarray, p2: np.ndarray
) -> list[dict[str, np.ndarray]]:
    """The pinhole cameras that took these points, a dictionary of `f`, `c`, `r`, `t` per view.

    Args:
        files: for messages.
        p3w: [n_views, ..., 3] points in the world.
        p3c: [n_views, ..., 3] the same in the cameras' frames.
        p2: [n_views, ..., 2] the same in the images.
    """
    p3w, p3c = (p.reshape(len(p), -1, 3).astype(np.float64) for p in (p3w, p3c))
    scales, r, _ = fit_similarity(p3w, p3c)
    t = np.mean(p3c - p3w @ np.swapaxes(r, -1, -2), axis=-2)
    cameras = []
    for i, (camera_id, paths) in enumerate(files.views.items()):
        view = f"{files.key}/{camera_id} ({paths[0]}, {paths[1]})"
        try:
            f, c = fit_intrinsics(p3c[i], p2[i].reshape(-1, 2))
        except DataError as error:
            raise DataError(f"{view}: {error}") from error
        if not abs(scales[i] - 1) <= _SCALE_TOLERANCE:  # NaN fails
            raise DataError(
                f"{view}: points in the camera's frame are {scales[i]:.4g} times those in the "
                f"world of {files.world}, expected 1"
            )
        cameras.append({"f": f, "c": c, "r": r[i], "t": t[i]})
    return cameras
