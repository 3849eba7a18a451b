"""A sequence of 3DPW, `sequenceFiles/test/downtown_arguing_00.pkl`: people before a moving camera.

The files are pickles of Python 2, which can run any code when they are loaded in the usual way.
`files.array_pickle` reads them without running code.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.plausible import check_person_size, is_plausible
from human_pose_util.errors import DataError
from human_pose_util.files import array_pickle
from human_pose_util.files.reading import read_file, readable
from human_pose_util.skeleton import COCO_18, SMPL24
from human_pose_util.transforms import is_rotation, transform_frame
from human_pose_util.units import MM_PER_M

_MAX_BYTES = 1 << 30
_LARGEST = 1e5  # m or px

# In the file's world y points up. The project's axes x, y and z are the file's x, −z and y.
_FROM_FILE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])

_OF_PEOPLE = {
    "jointPositions": (3 * SMPL24.n_joints,),
    "poses2d": (3, COCO_18.n_joints),
    "campose_valid": (),
}
"""The values of the file that are a list over the people, and the shape of a frame's value."""


@dataclass(frozen=True)
class PersonTrack:
    """One person in the frames in which the camera is known.

    Attributes:
        p3w: [n_frames, 24, 3] joints of SMPL in the world, z up [mm].
        keypoints: [n_frames, 18, 3] x, y [px] and confidence of the keypoints `coco18` that a
            detector found; the confidence is 0 for one that it did not find.
        r: [n_frames, 3, 3] rotations from the world to the camera.
        t: [n_frames, 3] translations to the camera [mm].
        f: [2] focal lengths [px].
        c: [2] principal point [px].
    """

    p3w: np.ndarray
    keypoints: np.ndarray
    r: np.ndarray
    t: np.ndarray
    f: np.ndarray
    c: np.ndarray


def read_people(path: Path) -> list[PersonTrack]:
    """Read the people of a sequence file, in the order of the file.

    A frame is left out where `campose_valid` is 0 or where a joint is not in front of the camera;
    a person may have no frame left.

    Raises:
        DataError: the file is missing or damaged, would run code, or holds something else.
    """
    content = _content(path)
    poses = _array(content["cam_poses"], "cam_poses", (None, 4, 4), path)
    intrinsics = _array(content["cam_intrinsics"], "cam_intrinsics", (3, 3), path)
    if not (np.isfinite(intrinsics).all() and (np.diag(intrinsics)[:2] > 0).all()):
        raise DataError(f"{path}: cam_intrinsics has no positive focal lengths")
    return [
        _track(joints[valid > 0], keypoints[valid > 0], poses[valid > 0], intrinsics, path)
        for joints, keypoints, valid in _people(content, len(poses), path)
    ]


def _track(
    joints: np.ndarray, keypoints: np.ndarray, poses: np.ndarray, intrinsics: np.ndarray, path: Path
) -> PersonTrack:
    """A person from the values of the file in the valid frames."""
    for name, array in {"jointPositions": joints, "poses2d": keypoints, "cam_poses": poses}.items():
        if not is_plausible(array, _LARGEST).all():
            raise DataError(f"{path}: {name} of a valid frame holds NaN or far too large numbers")
    r, t = poses[:, :3, :3] @ _FROM_FILE.T, MM_PER_M * poses[:, :3, 3]
    if not is_rotation(r).all():
        raise DataError(f"{path}: cam_poses of a valid frame has no rotation matrix")
    p3w = MM_PER_M * joints.reshape(len(joints), SMPL24.n_joints, 3) @ _FROM_FILE.T
    check_person_size(p3w, f"{path}: jointPositions")
    rows = (transform_frame(p3w, r, t)[..., 2] > 0).all(axis=1)
    f, c = np.diag(intrinsics)[:2].copy(), intrinsics[:2, 2].copy()
    return PersonTrack(p3w[rows], keypoints[rows].swapaxes(1, 2), r[rows], t[rows], f, c)


def _content(path: Path) -> dict[str, Any]:
    with readable(path, "pickle of arrays"):
        try:
            # The strings of Python 2 are bytes, which latin1 maps to characters one by one.
            file = io.BytesIO(read_file(path, _MAX_BYTES))
            content = array_pickle.load(file, encoding="latin1")
        except array_pickle.ForbiddenError as error:
            raise DataError(f"{path} is refused: {error}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path} holds a {type(content).__name__}, expected a dict")
    for name in (*_OF_PEOPLE, "cam_poses", "cam_intrinsics"):
        if name not in content:
            raise DataError(f"{path} has no {name}: it is no sequence file of 3DPW")
    return content


def _people(content: dict, n_frames: int, path: Path) -> Iterator[tuple[np.ndarray, ...]]:
    """The values of `_OF_PEOPLE` for each person, as arrays over the frames."""
    lists = [content[name] for name in _OF_PEOPLE]
    if not all(isinstance(values, list | tuple | np.ndarray) for values in lists):
        raise DataError(f"{path}: {', '.join(_OF_PEOPLE)} are no lists over the people")
    if len(set(map(len, lists))) != 1:
        raise DataError(f"{path}: {', '.join(_OF_PEOPLE)} are of different numbers of people")
    for i in range(len(lists[0])):
        yield tuple(
            _array(content[name][i], f"{name}[{i}]", (n_frames, *shape), path)
            for name, shape in _OF_PEOPLE.items()
        )


def _array(value: Any, name: str, shape: tuple[int | None, ...], path: Path) -> np.ndarray:
    """An array of a shape, in which None stands for any number but 0, as float64."""
    array = np.asarray(value)
    expected = f"expected numbers of shape {shape}".replace("None", "n_frames")
    if array.dtype.kind not in "fiub":
        raise DataError(f"{path}: {name} is no array of numbers, {expected}")
    fits = array.ndim == len(shape) and all(
        n == m if m is not None else n > 0 for n, m in zip(array.shape, shape, strict=True)
    )
    if not fits:
        raise DataError(f"{path}: {name} has shape {array.shape}, {expected}")
    return array.astype(np.float64)
