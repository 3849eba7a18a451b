"""VideoPose3D's `data_2d_*.npz`: `positions_2d[subject][action][camera]`, with metadata."""

from functools import partial
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints.detections import RawDetections, Size
from human_pose_util.keypoints.files.array import one_person
from human_pose_util.keypoints.files.film_facts import size_of
from human_pose_util.keypoints.files.source import Films, Format, Source


def _recognise(source: Source) -> bool:
    return source.kind == "npz" and "positions_2d" in source.npz


def _read(source: Source) -> Films:
    positions, path = source.npz["positions_2d"], source.path
    if not isinstance(positions, dict) or not all(isinstance(a, dict) for a in positions.values()):
        raise DataError(f"{path}: positions_2d is no dict of subjects and their actions")
    views = {
        (str(subject), str(action), str(i)): view
        for subject, actions in positions.items()
        for action, cameras in actions.items()
        for i, view in enumerate(cameras if isinstance(cameras, list | np.ndarray) else [])
    }
    return {"/".join(key): partial(_read_view, source, key, view) for key, view in views.items()}


def _read_view(source: Source, key: tuple[str, ...], view: Any) -> RawDetections:
    """The person in a film.

    Args:
        source: the file.
        key: subject, action and number of the camera.
        view: the value of the file for them.
    """
    metadata = source.npz.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return one_person(
        view,
        f"{source.path}: {'/'.join(key)!r:.80}",
        size=_video_size(metadata, key[0], str(source.path)),
        left=_left_joints(metadata, str(source.path)),
    )


def _video_size(metadata: dict, subject: str, where: str) -> Size | None:
    """(width, height) of a subject's film, if the metadata have it."""
    try:
        video = metadata["video_metadata"][subject]
        size: Any = [video["w"], video["h"]]
    except (KeyError, TypeError, IndexError):
        return None
    return size_of(size, where)


def _left_joints(metadata: dict, where: str) -> tuple[int, ...] | None:
    """The left joints, which distinguish skeletons with equal numbers of joints."""
    if "keypoints_symmetry" not in metadata:
        return None
    try:
        return tuple(sorted(int(i) for i in metadata["keypoints_symmetry"][0]))
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise DataError(f"{where}: keypoints_symmetry does not list joints") from None


FORMAT = Format("videopose3d", _recognise, _read, synonyms=("array",))
