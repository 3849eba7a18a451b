"""Recordings, the cameras that see them, and the sequences that come of both."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset.mocap.rig import DEFAULT_RIG
from human_pose_util.dataset.sequence import PoseSequence
from human_pose_util.dataset.videopose3d.positions import Key
from human_pose_util.dataset.videopose3d.resection import LensCamera, fit_camera
from human_pose_util.errors import DataError
from human_pose_util.transforms import fit_intrinsics

_FITTED_POINTS = 600  # of each subject and camera
_TOLERANCE = 1.0  # px, between ground truth and the fitted camera


@dataclass(frozen=True)
class Recording:
    """Someone's joints over time.

    Attributes:
        source: (subject, action) in the file.
        subject_id, sequence_id, mode, action: as in a sequence's attributes.
        p3w: [n_frames, n_joints, 3] all joints of the file, world frame [mm], float32.
    """

    source: Key
    subject_id: str
    sequence_id: str
    mode: str
    action: str
    p3w: np.ndarray


@dataclass(frozen=True)
class View:
    """A camera with its lens, and the pinhole (f, c [2], px) that is nearest to it."""

    camera: LensCamera
    f: np.ndarray
    c: np.ndarray


Cameras = Callable[[Recording], Mapping[str, View]]
"""Recording → camera's id → view."""


def fitted_cameras(
    recordings: Iterable[Recording],
    truth: Mapping[Key, list[np.ndarray]],
    path: Path,
    camera_ids: tuple[str, ...],
    joints: np.ndarray,
) -> Cameras:
    """Each subject's cameras, which stand still, fitted to exact image points.

    Args:
        recordings: all of them.
        truth: image points by (subject, action) and camera; recordings may be missing.
        path: the file that they come from.
        camera_ids: the cameras in the file's order.
        joints: the recordings' joints that the image points show.

    Raises:
        DataError: no image points of a subject, or no camera sees them like that.
    """
    of_subject: dict[str, list[Recording]] = {}
    for recording in recordings:
        of_subject.setdefault(recording.subject_id, []).append(recording)
    views = {
        subject_id: {
            camera_id: _fitted([r for r in own if r.source in truth], i, truth, joints, where)
            for i, camera_id in enumerate(camera_ids)
            if (where := f"{path}: {subject_id}, camera {camera_id}")
        }
        for subject_id, own in of_subject.items()
    }
    return lambda recording: views[recording.subject_id]


def _fitted(
    recordings: list[Recording], i: int, truth: Mapping, joints: np.ndarray, where: str
) -> View:
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
    """Points [n, 3] and their images [n, 2] of some frames, spread evenly."""
    n_frames = min(len(p3w), len(p2))
    wanted = -(-_FITTED_POINTS // (n_recordings * p3w.shape[1]))
    frames = np.unique(np.linspace(0, n_frames - 1, wanted).astype(int)) if n_frames else []
    return p3w[frames].reshape(-1, 3), p2[frames].reshape(-1, 2)


def rig_cameras(root_index: int) -> Cameras:
    """The four cameras that look at motion capture, around the middle of each recording."""

    def cameras(recording: Recording) -> dict[str, View]:
        middle = np.nanmean(recording.p3w[:, root_index], axis=0, dtype=np.float64)
        views = {}
        for camera in DEFAULT_RIG:
            f, c = np.array(camera.f), np.array(camera.c)
            lens = LensCamera(*camera.extrinsics(middle), f, c, np.zeros(5))
            views[camera.id] = View(lens, f, c)
        return views

    return cameras


def sequences(
    recording: Recording,
    cameras: Cameras,
    joints: np.ndarray,
    fps: float,
    observed: list[np.ndarray] | None = None,
) -> Iterator[PoseSequence]:
    """A sequence for every camera.

    Args:
        recording: the recording.
        cameras: the cameras.
        joints: the recording's joints that are wanted.
        fps: frame rate [Hz].
        observed: for every camera [n_frames, n_joints, 2] image points [px]; those of the camera
            by default. The shorter of recording and image points counts.
    """
    for i, (camera_id, view) in enumerate(cameras(recording).items()):
        n_frames = len(recording.p3w)
        if observed is not None:
            n_frames = min(n_frames, len(observed[i]))
        attrs = {
            "r": view.camera.r,
            "t": view.camera.t,
            "f": view.f,
            "c": view.c,
            "fps": fps,
            "subject_id": recording.subject_id,
            "sequence_id": recording.sequence_id,
            "camera_id": camera_id,
            "mode": recording.mode,
            "action": recording.action,
            "space_scale": 1.0,
            "pixel_scale": 1.0,
            "n_frames": n_frames,
        }
        p2 = None if observed is None else observed[i][:n_frames]
        yield _sequence(recording.p3w[:n_frames], joints, view.camera, p2, attrs)


def _sequence(
    raw: np.ndarray, joints: np.ndarray, camera: LensCamera, p2: np.ndarray | None, attrs: dict
) -> PoseSequence:
    sequence = PoseSequence(
        {
            "p3w": lambda: raw[:, joints],
            "p3c": lambda: camera.to_camera(sequence["p3w"].astype(np.float64)),
            "p2": lambda: camera.project(sequence["p3c"]) if p2 is None else p2,
        },
        attrs,
    )
    return sequence
