"""Joints from the virtual markers of Vicon's Plug-in-Gait model.

For every segment the motion capture has four virtual markers: the origin `xxxO` of the segment,
and points on its axes, `xxxP` (proximal, z), `xxxA` (anterior, x) and `xxxL` (lateral, y). Joint
centres are origins of segments. HumanEva's own body model, which the release and the published
results use, moves the torso and the arms away from these centres. This module has both models.
"""

from collections.abc import Callable, Mapping

import numpy as np
from scipy.spatial.transform import Rotation

from human_pose_util.dataset.eva.markers import Markers
from human_pose_util.skeleton import S20
from human_pose_util.transforms import rotation_about

HEAD_LENGTH = 316.103
"""From the base to the top of the head [mm], for all subjects."""

MARKER_RADIUS = 7.0
"""Radius of a marker [mm]."""

PELVIS_SHIFT = np.array([-50.0, 0.0, 0.0])
"""From the pelvis's origin to the lower end of HumanEva's torso, along the pelvis's axes [mm]."""

Points = dict[str, np.ndarray]


def humaneva_joints(markers: Markers, frames, offsets: Mapping[str, float]) -> np.ndarray:
    """Joints of HumanEva's body model (release code 1.1, `@mocap_stream/cur_frame.m`).

    Args:
        markers: the motion capture.
        frames: [n] fractional frames of the motion capture, within [0, n_frames − 1].
        offsets: shoulder offset [mm] by side, 'L' and 'R'.

    Returns:
        [n, 20, 3] joints of `s20`, world frame [mm]; NaN where a marker is missing.

    Raises:
        DataError: the motion capture lacks a marker altogether.
    """
    at = _Interpolated(markers, frames)
    arms = _arm(at, "L", offsets["L"]) | _arm(at, "R", offsets["R"])
    return _stack(_legs_and_head(at) | _torso(at) | arms)


def plug_in_gait_joints(markers: Markers, frames) -> np.ndarray:
    """The bare joint centres of the Plug-in-Gait model.

    Args:
        markers: the motion capture.
        frames: [n] fractional frames of the motion capture, within [0, n_frames − 1].

    Returns:
        [n, 20, 3] joints of `s20`, world frame [mm]; NaN where a marker is missing.

    Raises:
        DataError: the motion capture lacks a marker altogether.
    """
    at = _Interpolated(markers, frames)
    torso = {"torso_distal": at.point("PELO"), "torso_proximal": at.point("TRXO")}
    points = _legs_and_head(at) | torso
    for side in "LR":
        elbow = at.point(f"{side}HUO")
        points |= _limb(side, "arm", at.point(f"{side}CLO"), elbow, elbow, at.point(f"{side}RAO"))
    return _stack(points)


JOINT_CENTRES: dict[str, Callable[..., np.ndarray]] = {
    "humaneva": humaneva_joints,
    "plug-in-gait": lambda markers, frames, _: plug_in_gait_joints(markers, frames),
}
"""Name of a body model → function that returns its joints, with the arguments of
`humaneva_joints`."""


class _Interpolated:
    """Markers, distances and axes at fractional frames."""

    def __init__(self, markers: Markers, frames):
        self.markers = markers
        frames = np.asarray(frames, dtype=np.float64)
        self._before = np.floor(frames).astype(int)
        self._after = np.ceil(frames).astype(int)
        self._alpha = frames - self._before

    def point(self, label: str) -> np.ndarray:
        """Positions [n, 3] of a marker, interpolated linearly."""
        track, alpha = self.markers[label], self._alpha[:, None]
        return (1 - alpha) * track[self._before] + alpha * track[self._after]

    def distance(self, a: str, b: str) -> np.ndarray:
        """Distance [n] of two markers, the mean over the two neighbouring frames."""
        d = np.linalg.norm(self.markers[a] - self.markers[b], axis=-1)
        return (d[self._before] + d[self._after]) / 2

    def axes(self, segment: str) -> np.ndarray:
        """Axes [n, 3, 3] of a segment as columns, interpolated by slerp; NaN where they are bad."""
        axes, good = _segment_axes(self.markers, segment)
        before, after = Rotation.from_matrix(axes[self._before]), axes[self._after]
        turn = (before.inv() * Rotation.from_matrix(after)).as_rotvec()
        between = (before * Rotation.from_rotvec(turn * self._alpha[:, None])).as_matrix()
        good = good[self._before] & good[self._after]
        return np.where(good[:, None, None], between, np.nan)


def _segment_axes(markers: Markers, segment: str) -> tuple[np.ndarray, np.ndarray]:
    """Axes of a segment in every mocap frame, and whether they are orthonormal to 1e-5.

    Returns:
        [n_frames, 3, 3] rotations with the axes x, y, z as columns, the identity where the axes
        are not orthonormal; [n_frames] bool.
    """
    origin = markers[f"{segment}O"]
    axes = np.stack([markers[f"{segment}{axis}"] - origin for axis in "ALP"], axis=-1)
    with np.errstate(invalid="ignore"):
        axes = axes / np.linalg.norm(axes, axis=-2, keepdims=True)
    known = np.isfinite(axes).all(axis=(-1, -2))
    axes = np.where(known[:, None, None], axes, np.eye(3))
    u, _, vt = np.linalg.svd(axes)
    nearest = u @ vt
    error = np.linalg.norm(axes - nearest, axis=(-1, -2))
    good = known & (error <= 1e-5) & (np.linalg.det(nearest) > 0)
    return np.where(good[:, None, None], nearest, np.eye(3)), good


def _legs_and_head(at: _Interpolated) -> Points:
    base = at.point("TRXO")
    points = {"head_proximal": base, "head_distal": base + HEAD_LENGTH * at.axes("HED")[..., 2]}
    for side in "LR":
        knee = at.point(f"{side}FEO")
        points |= _limb(side, "leg", at.point(f"{side}FEP"), knee, knee, at.point(f"{side}TIO"))
    return points


def _torso(at: _Interpolated) -> Points:
    """The torso: the frame of the pelvis, moved back by 50 mm and turned to the chest's middle."""
    length = at.distance("TRXO", "PELO")
    shoulders = np.linalg.norm(at.markers["LSHO"] - at.markers["RSHO"], axis=-1)
    radius = np.nanmean(shoulders) / 2 - MARKER_RADIUS if np.isfinite(shoulders).any() else np.nan
    axes = at.axes("PEL")
    distal = at.point("PELO") + axes @ PELVIS_SHIFT
    up = (axes @ rotation_about(np.arctan2(radius / 2, length), "y"))[..., 2]
    return {"torso_distal": distal, "torso_proximal": distal + length[:, None] * up}


def _arm(at: _Interpolated, side: str, offset: float) -> Points:
    """The arm: the upper arm turned by the shoulder's offset, the lower arm turned back."""
    shoulder = at.point(f"{side}CLO")
    upper = at.distance(f"{side}CLO", f"{side}HUO")[:, None]
    lower = at.distance(f"{side}HUO", f"{side}RAO")[:, None]
    angle = np.arctan2(offset / 2, upper[:, 0])
    humerus = at.axes(f"{side}HU")
    unturned_end = shoulder - upper * humerus[..., 2]
    end = shoulder - upper * (humerus @ rotation_about(-angle, "y"))[..., 2]
    elbow = end + at.point(f"{side}HUO") - unturned_end
    wrist = elbow - lower * (at.axes(f"{side}RA") @ rotation_about(angle, "y"))[..., 2]
    return _limb(side, "arm", shoulder, end, elbow, wrist)


def _limb(side: str, kind: str, *ends: np.ndarray) -> Points:
    """Names for the ends of the upper and the lower arm or leg, from proximal to distal."""
    names = ("upper_{}_proximal", "upper_{}_distal", "lower_{}_proximal", "lower_{}_distal")
    return {f"{side.lower()}_{name.format(kind)}": p for name, p in zip(names, ends, strict=True)}


def _stack(points: Points) -> np.ndarray:
    return np.stack([points[joint] for joint in S20.joints], axis=1)
