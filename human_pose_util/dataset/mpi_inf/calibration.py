"""Camera calibrations, `camera.calibration`: text, some lines for each camera."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import read_file
from human_pose_util.transforms import is_rotation

_HEADER = "Skeletool Camera Calibration File"
_LARGEST = 1 << 20  # bytes
_MAX_NUMBER = 1e7  # no pixel or millimetre comes near
_LENGTHS = {"size": 2, "intrinsic": 16, "extrinsic": 16}

# The file's world has y up, ours z: (x, y, z) of ours are (z, x, y) of the file's.
_FROM_FILE = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Calibration:
    """A camera.

    Attributes:
        name: as in the file, the camera's number.
        image_size: width and height [px].
        f, c: [2] focal lengths and principal point [px].
        r: [3, 3] rotation and t: [3] translation [mm], from the world (z up) to the camera.
    """

    name: str
    image_size: tuple[int, int]
    f: np.ndarray
    c: np.ndarray
    r: np.ndarray
    t: np.ndarray


def read_calibrations(path: Path) -> list[Calibration]:
    """Read a `camera.calibration` file, cameras in its order.

    Raises:
        DataError: the file is missing or damaged.
    """
    try:
        lines = read_file(path, _LARGEST).decode("ascii").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no text file: {error.reason}") from error
    if not lines or not lines[0].startswith(_HEADER):
        raise DataError(f"{path} does not begin with {_HEADER!r}")
    cameras: list[dict] = []
    for i, line in enumerate(lines[1:], 2):
        key, *values = line.split() or [""]
        if key == "name":
            cameras.append({"name": " ".join(values)})
        elif key in _LENGTHS:
            if not cameras:
                raise DataError(f"{path}, line {i}: {key} before any camera's name")
            cameras[-1][key] = _numbers(values, _LENGTHS[key], f"{path}, line {i}: {key}")
    if not cameras:
        raise DataError(f"{path} has no cameras")
    return [_calibration(camera, path) for camera in cameras]


def _numbers(values: list[str], n: int, where: str) -> np.ndarray:
    if len(values) != n:
        raise DataError(f"{where} has {len(values)} numbers, expected {n}")
    try:
        numbers = np.array([float(value) for value in values])
    except ValueError as error:
        raise DataError(f"{where}: {error}"[:200]) from error
    if not (np.abs(numbers) <= _MAX_NUMBER).all():
        raise DataError(f"{where}: expected numbers within ±{_MAX_NUMBER:g}")
    return numbers


def _calibration(camera: dict, path: Path) -> Calibration:
    missing = [key for key in _LENGTHS if key not in camera]
    if missing:
        raise DataError(f"{path}: camera {camera['name']} has no {missing[0]}: it is damaged")
    intrinsic, extrinsic = (camera[k].reshape(4, 4) for k in ("intrinsic", "extrinsic"))
    rotation = extrinsic[:3, :3]
    if not is_rotation(rotation):
        raise DataError(f"{path}: the extrinsic of camera {camera['name']} has no rotation matrix")
    if not (np.diag(intrinsic)[:2] > 0).all():
        raise DataError(f"{path}: the focal lengths of camera {camera['name']} are to be positive")
    if not (camera["size"] >= 1).all():
        raise DataError(f"{path}: the size of camera {camera['name']} is less than a pixel")
    width, height = camera["size"].astype(int)
    return Calibration(
        name=camera["name"],
        image_size=(int(width), int(height)),
        f=np.diag(intrinsic)[:2].copy(),
        c=intrinsic[:2, 2].copy(),
        r=rotation @ _FROM_FILE.T,
        t=extrinsic[:3, 3].copy(),
    )
