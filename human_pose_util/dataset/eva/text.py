"""HumanEva's small text files: calibrations, synchronisations and body measurements."""

from pathlib import Path

import numpy as np

from human_pose_util.dataset.lens import LensCamera
from human_pose_util.dataset.text import Line, broken, read_text, token_lines
from human_pose_util.errors import DataError
from human_pose_util.transforms import is_rotation


def read_numbers(path: Path, count: int) -> np.ndarray:
    """The numbers of a file that has one number on each line; blank lines do not count.

    Args:
        path: the file.
        count: how many numbers the file is expected to have.

    Returns:
        [count] numbers.

    Raises:
        DataError: the file is missing, has more or fewer numbers, or other text.
    """
    lines = list(token_lines(path))
    if len(lines) != count:
        raise broken(path, f"it has {len(lines)} lines of numbers, expected {count}")
    return np.concatenate([line.numbers(1) for line in lines])


def read_calibration(path: Path) -> LensCamera:
    """Read the calibration of a camera, `Calibration_Data/<camera>.cal`.

    The lines are f, c, skew, 5 coefficients of distortion, rotation by rows, and translation.

    Raises:
        DataError: the file is missing or damaged, or its rotation is no rotation matrix.
    """
    numbers = read_numbers(path, 22)
    f, c, skew, distortion, r, t = np.split(numbers, [2, 4, 5, 10, 19])
    r = r.reshape(3, 3)
    if not is_rotation(r):
        raise DataError(f"{path}: lines 11 to 19 are no rotation matrix")
    if np.any(f <= 0):
        raise DataError(f"{path}: the focal lengths (lines 1 and 2) must be positive")
    return LensCamera(r, t, f, c, distortion=distortion, skew=float(skew[0]))


def read_mocap_frames(path: Path, image_frames) -> np.ndarray:
    """The mocap frames of image frames, by the synchronisation of a view.

    The lines of `Sync_Data/<sequence>_(<camera>).ofs` are the first
    image frame, its mocap frame, and mocap frames per image frame.

    Args:
        path: the file.
        image_frames: [n] frames of the video, counted from 0.

    Returns:
        [n] fractional frames of the motion capture, counted from 0.

    Raises:
        DataError: the file is missing or damaged.
    """
    image_start, mocap_start, mocap_scale = read_numbers(path, 3)
    if mocap_scale <= 0:
        raise DataError(
            f"{path}, line 3: mocap frames per image frame is {mocap_scale:g}, not positive"
        )
    return mocap_start + (np.asarray(image_frames, np.float64) - image_start) * mocap_scale


def read_shoulder_offsets(path: Path) -> dict[str, float]:
    """Distance from the shoulder marker to the joint's centre [mm], by side 'L' and 'R'.

    The measurements of a subject, `Mocap_Data/<subject>.mp`, are lines `$Name = value`; other lines
    are comments.

    Raises:
        DataError: the file is missing, a value is no number, or there is no line for a side.
    """
    measurements = {}
    for i, line in enumerate(read_text(path).splitlines(), 1):
        name, equals, value = line.strip().partition("=")
        if name.startswith("$") and equals:
            number = Line(path, i, value.split()).numbers(1)
            measurements[name[1:].strip()] = float(number[0])
    try:
        return {side: measurements[f"{side}ShoulderOffset"] for side in "LR"}
    except KeyError as error:
        raise DataError(f"{path} has no line ${error.args[0]} = <mm>") from None
