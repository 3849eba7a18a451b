"""Recordings, the cameras that see them, and the sequences of both."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.dataset.lens import LensCamera
from human_pose_util.dataset.mocap.rig import DEFAULT_RIG
from human_pose_util.dataset.sequence import MM_AND_PX, PoseSequence, camera_view
from human_pose_util.dataset.videopose3d.positions import Key, read_2d
from human_pose_util.dataset.videopose3d.resection import fit_camera
from human_pose_util.errors import DataError
from human_pose_util.sampling import evenly_spaced
from human_pose_util.transforms import fit_intrinsics

log = logging.getLogger(__name__)

_FITTED_POINTS = 600  # for each subject and camera
_TOLERANCE = 1.0  # px, between ground truth and the fitted camera


@dataclass(frozen=True)
class Recording:
    """The joints of a subject over time.

    Attributes:
        source: (subject, action) in the file.
        attrs: the attributes `subject_id`, `sequence_id`, `mode`, `action` and `fps` of all views.
        p3w: [n_frames, n_joints, 3] all joints of the file, world frame [mm], float32.
    """

    source: Key
    attrs: dict[str, Any]
    p3w: np.ndarray

    @property
    def subject_id(self) -> str:
        """The subject."""
        return self.attrs["subject_id"]


@dataclass(frozen=True)
class View:
    """A camera with its lens, and the pinhole that comes nearest to both.

    Attributes:
        camera: the camera with its lens.
        f: [2] focal lengths of the pinhole [px].
        c: [2] principal point of the pinhole [px].
    """

    camera: LensCamera
    f: np.ndarray
    c: np.ndarray


Cameras = Callable[[Recording], Mapping[str, View]]
"""Recording → camera's id → view."""


def find_cameras(
    recordings: Sequence[Recording],
    truth: Path,
    camera_ids: tuple[str, ...],
    symmetry: Mapping[int, tuple[int, ...]],
    joints: np.ndarray,
    root_index: int,
) -> Cameras:
    """The cameras of recordings: fitted to exact image points, or virtual ones without them.

    Args:
        recordings: all recordings.
        truth: the file of exact image points, which need not exist.
        camera_ids: the cameras in the order of that file.
        symmetry: number of joints in that file → indices of its left joints.
        joints: indices of the joints of a recording that the image points show.
        root_index: index of the joint around whose mean position virtual cameras stand.

    Raises:
        DataError: the file is damaged, a subject has no image points, or no camera can take them.
    """
    if not os.path.isfile(truth):
        log.warning("there is no %s: virtual cameras take the place of the real ones", truth)
        return partial(_rig_views, root_index=root_index)
    points = read_2d(truth, symmetry, len(camera_ids))
    views = {}
    for subject_id in sorted({recording.subject_id for recording in recordings}):
        own = [r for r in recordings if r.subject_id == subject_id and r.source in points]
        views[subject_id] = {
            camera_id: _fitted(own, i, points, joints, f"{truth}: {subject_id}, camera {camera_id}")
            for i, camera_id in enumerate(camera_ids)
        }
    return lambda recording: views[recording.subject_id]


def _fitted(
    recordings: list[Recording], i: int, truth: Mapping, joints: np.ndarray, where: str
) -> View:
    """One camera, which stands still in all recordings of a subject."""
    if not recordings:
        raise DataError(f"{where}: there are no image points")
    pairs = [_paired(r.p3w[:, joints], truth[r.source][i], len(recordings)) for r in recordings]
    p3w, p2 = (np.concatenate(points) for points in zip(*pairs, strict=True))
    try:
        camera, error = fit_camera(p3w, p2)
    except DataError as problem:
        raise DataError(f"{where}: {problem}") from problem
    if not error <= _TOLERANCE:
        raise DataError(f"{where}: the image points are no picture of the poses ({error:.1f} px)")
    p3c = camera.to_camera(p3w)
    f, c = fit_intrinsics(p3c.reshape(-1, 3), camera.project(p3c).reshape(-1, 2))
    return View(camera, f, c)


def _paired(p3w: np.ndarray, p2: np.ndarray, n_recordings: int) -> tuple[np.ndarray, np.ndarray]:
    """Points [n, 3] and their images [n, 2] in a few frames, spread evenly."""
    n_frames = min(len(p3w), len(p2))
    n_fitted = -(-_FITTED_POINTS // (n_recordings * p3w.shape[1]))
    frames = evenly_spaced(n_frames, n_fitted)
    return p3w[frames].reshape(-1, 3), p2[frames].reshape(-1, 2)


def _rig_views(recording: Recording, root_index: int) -> dict[str, View]:
    """The four cameras of the motion capture's rig, around the middle of a recording."""
    middle = np.asarray(np.nanmean(recording.p3w[:, root_index], axis=0, dtype=np.float64))
    views = {}
    for camera in DEFAULT_RIG:
        f, c = np.array(camera.f), np.array(camera.c)
        views[camera.id] = View(LensCamera(*camera.extrinsics(middle), f, c), f, c)
    return views


def sequences(
    recording: Recording, cameras: Cameras, joints: np.ndarray, observed: list | None = None
) -> Iterator[PoseSequence]:
    """A recording as one sequence for every camera.

    Args:
        recording: the recording.
        cameras: the cameras that see it.
        joints: indices of the recording's joints that the sequences have.
        observed: for every camera [n_frames, n_joints, 2] image points [px]; by default the points
            are projected through the camera. If the recording and the image points differ in
            length, both are cut to the shorter one.
    """
    for i, (camera_id, view) in enumerate(cameras(recording).items()):
        yield _sequence(recording, camera_id, view, joints, observed[i] if observed else None)


def _sequence(
    recording: Recording, camera_id: str, view: View, joints: np.ndarray, p2: np.ndarray | None
) -> PoseSequence:
    n_frames = len(recording.p3w) if p2 is None else min(len(recording.p3w), len(p2))
    camera = view.camera
    geometry = {"r": camera.r, "t": camera.t, "f": view.f, "c": view.c}
    own = {"camera_id": camera_id, "n_frames": n_frames}
    return camera_view(
        partial(np.take, recording.p3w[:n_frames], joints, axis=1),
        {**recording.attrs, **geometry, **own, **MM_AND_PX},
        lambda sequence: camera.project(sequence["p3c"]) if p2 is None else p2[:n_frames],
    )
