"""Camera calibrations, `camera.calibration`: a text file with a few lines for each camera."""

from pathlib import Path

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.dataset.text import token_lines
from human_pose_util.errors import DataError
from human_pose_util.transforms import is_rotation

_HEADER = "Skeletool Camera Calibration File"
_LENGTHS = {"size": 2, "intrinsic": 16, "extrinsic": 16}

# In the file's world y points up. The project's axes x, y and z are the file's z, x and y.
_FROM_FILE = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def read_calibrations(path: Path) -> list[Camera]:
    """Read a `camera.calibration` file, in mm and px; the cameras keep its order.

    Raises:
        DataError: the file is missing or damaged.
    """
    lines = list(token_lines(path))
    if not lines or not " ".join(lines[0].words).startswith(_HEADER):
        raise DataError(f"{path} does not begin with {_HEADER!r}")
    cameras: list[dict] = []
    for line in lines[1:]:
        key, *values = line.words
        if key == "name":
            cameras.append({"name": " ".join(values)})
        elif key in _LENGTHS:
            if not cameras:
                raise DataError(f"{line}: {key} before any camera's name")
            cameras[-1][key] = line.after().numbers(_LENGTHS[key])
    if not cameras:
        raise DataError(f"{path} has no cameras")
    return [_calibration(camera, path) for camera in cameras]


def _calibration(camera: dict, path: Path) -> Camera:
    missing = [key for key in _LENGTHS if key not in camera]
    if missing:
        raise DataError(f"{path}: camera {camera['name']} has no {missing[0]}: it is damaged")
    intrinsic, extrinsic = (camera[k].reshape(4, 4) for k in ("intrinsic", "extrinsic"))
    rotation = extrinsic[:3, :3]
    if not is_rotation(rotation):
        raise DataError(f"{path}: the extrinsic of camera {camera['name']} has no rotation matrix")
    if not (np.diag(intrinsic)[:2] > 0).all():
        raise DataError(f"{path}: the focal lengths of camera {camera['name']} must be positive")
    if not (camera["size"] >= 1).all():
        raise DataError(f"{path}: the size of camera {camera['name']} is less than a pixel")
    width, height = map(int, camera["size"])
    f, c = np.diag(intrinsic)[:2].copy(), intrinsic[:2, 2].copy()
    return Camera(rotation @ _FROM_FILE.T, extrinsic[:3, 3].copy(), f, c, (width, height))
