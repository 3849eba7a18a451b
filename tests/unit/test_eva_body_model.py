"""HumanEva's joints against the release's construction, frame by frame with 4×4 transforms."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from human_pose_util.dataset.eva.body_model import humaneva_joints, plug_in_gait_joints
from human_pose_util.dataset.eva.markers import Markers
from human_pose_util.errors import DataError
from human_pose_util.skeleton import S20
from tests.helpers.humaneva_tree import LABELS, OFFSETS, stacked, walk

FRAMES = np.array([0.0, 3.25, 7.5, 17.999, 40.0])


@pytest.fixture(scope="module")
def markers() -> Markers:
    columns = {label: i for i, label in enumerate(LABELS)}
    return Markers(Path("Walking_1.mat"), stacked(walk(60)), columns)


def y_rotation(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s, 0], [0, 1, 0, 0], [-s, 0, c, 0], [0, 0, 0, 1]])


def quaternion(m: np.ndarray) -> np.ndarray:
    """Bar-Itzhack: the eigenvector of the largest eigenvalue."""
    xx, yx, zx, xy, yy, zy, xz, yz, zz = m.T.ravel()
    k = np.array(
        [
            [xx - yy - zz, yx + xy, zx + xz, yz - zy],
            [yx + xy, yy - xx - zz, zy + yz, zx - xz],
            [zx + xz, zy + yz, zz - xx - yy, xy - yx],
            [yz - zy, zx - xz, xy - yx, xx + yy + zz],
        ]
    )
    x, y, z, w = np.linalg.eigh(k)[1][:, -1]
    return np.array([w, -x, -y, -z])


def matrix(q: np.ndarray) -> np.ndarray:
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def slerp(a: np.ndarray, b: np.ndarray, alpha: float) -> np.ndarray:
    qa, qb = quaternion(a), quaternion(b)
    qb = qb if qa @ qb >= 0 else -qb
    angle = np.arccos(min(qa @ qb, 1.0))
    if angle < 1e-9:
        return a
    return matrix((np.sin((1 - alpha) * angle) * qa + np.sin(alpha * angle) * qb) / np.sin(angle))


class Reference:
    """One frame of the release's model."""

    def __init__(self, markers: Markers, frame: float):
        self.m, self.lo, self.hi = markers, int(np.floor(frame)), int(np.ceil(frame))
        self.alpha = frame - self.lo

    def transform(self, segment: str, origin: str) -> np.ndarray:
        def rotation(frame: int) -> np.ndarray:
            o, p, a, lateral = (self.m[segment + x][frame] for x in "OPAL")
            return np.stack([(v - o) / np.linalg.norm(v - o) for v in (a, lateral, p)], axis=1)

        out = np.eye(4)
        out[:3, :3] = slerp(rotation(self.lo), rotation(self.hi), self.alpha)
        track = self.m[origin]
        out[:3, 3] = (1 - self.alpha) * track[self.lo] + self.alpha * track[self.hi]
        return out

    def length(self, a: str, b: str) -> float:
        return np.mean([np.linalg.norm(self.m[a][i] - self.m[b][i]) for i in (self.lo, self.hi)])

    def joints(self) -> dict[str, np.ndarray]:
        def end(transform, z):
            return (transform @ [0, 0, z, 1])[:3]

        spread = np.linalg.norm(self.m["LSHO"] - self.m["RSHO"], axis=1).mean()
        torso = self.length("TRXO", "PELO")
        shift = np.eye(4)
        shift[0, 3] = -50
        pelvis = self.transform("PEL", "PELO") @ shift
        pelvis = pelvis @ y_rotation(np.arctan2((spread / 2 - 7) / 2, torso))
        head = self.transform("HED", "TRXO")
        out = {
            "torso_distal": end(pelvis, 0),
            "torso_proximal": end(pelvis, torso),
            "head_proximal": end(head, 0),
            "head_distal": end(head, 316.103),
        }
        for s in "LR":
            thigh = self.transform(f"{s}FE", f"{s}FEP")
            shin = self.transform(f"{s}TI", f"{s}FEO")
            upper = self.transform(f"{s}HU", f"{s}CLO")
            lower = self.transform(f"{s}RA", f"{s}HUO")
            length = self.length(f"{s}CLO", f"{s}HUO")
            angle = np.arctan2(OFFSETS[s] / 2, length)
            difference = lower[:3, 3] - end(upper, -length)
            upper = upper @ y_rotation(-angle)
            lower[:3, 3] = end(upper, -length) + difference
            lower = lower @ y_rotation(angle)
            s_ = s.lower()
            out |= {
                f"{s_}_upper_leg_proximal": end(thigh, 0),
                f"{s_}_upper_leg_distal": end(thigh, -self.length(f"{s}FEP", f"{s}FEO")),
                f"{s_}_lower_leg_proximal": end(shin, 0),
                f"{s_}_lower_leg_distal": end(shin, -self.length(f"{s}FEO", f"{s}TIO")),
                f"{s_}_upper_arm_proximal": end(upper, 0),
                f"{s_}_upper_arm_distal": end(upper, -length),
                f"{s_}_lower_arm_proximal": end(lower, 0),
                f"{s_}_lower_arm_distal": end(lower, -self.length(f"{s}HUO", f"{s}RAO")),
            }
        return out


def test_joints_of_the_release(markers):
    computed = humaneva_joints(markers, FRAMES, OFFSETS)
    for frame, pose in zip(FRAMES, computed, strict=True):
        expected = Reference(markers, frame).joints()
        for joint, point in zip(S20.joints, pose, strict=True):
            # The release turns the axes of the leg where we average its end: 1/20 mm apart.
            tolerance = 0.05 if joint.endswith("leg_distal") else 1e-6
            np.testing.assert_allclose(point, expected[joint], atol=tolerance, err_msg=joint)


def test_bare_joint_centres(markers):
    pose = dict(zip(S20.joints, plug_in_gait_joints(markers, [12.25])[0], strict=True))
    for joint, label in {
        "torso_distal": "PELO",
        "torso_proximal": "TRXO",
        "head_proximal": "TRXO",
        "l_upper_leg_proximal": "LFEP",
        "r_upper_leg_distal": "RFEO",
        "r_lower_leg_distal": "RTIO",
        "l_upper_arm_proximal": "LCLO",
        "l_upper_arm_distal": "LHUO",
        "r_lower_arm_proximal": "RHUO",
        "r_lower_arm_distal": "RRAO",
    }.items():
        expected = 0.75 * markers[label][12] + 0.25 * markers[label][13]
        np.testing.assert_allclose(pose[joint], expected, atol=1e-9, err_msg=joint)


def with_marker(markers: Markers, label: str, frame: int, value) -> Markers:
    positions = markers.positions.copy()
    positions[frame, markers.columns[label]] = value
    return dataclasses.replace(markers, positions=positions)


@pytest.mark.parametrize(
    "label, joints",
    [
        ("LTIO", {"l_lower_leg_distal"}),
        ("HEDP", {"head_distal"}),
        ("RRAO", {"r_lower_arm_distal"}),
        ("PELA", {"torso_distal", "torso_proximal"}),
        (
            "LHUO",
            {f"l_{a}" for a in ("upper_arm_distal", "lower_arm_proximal", "lower_arm_distal")},
        ),
    ],
)
def test_a_missing_marker_spoils_only_its_joints_and_frames(markers, label, joints):
    spoilt = with_marker(markers, label, 5, np.nan)
    pose = humaneva_joints(spoilt, [4.0, 4.5, 5.0, 5.5, 6.0], OFFSETS)
    bad = np.isnan(pose).any(axis=-1)
    assert not bad[[0, 4]].any()
    assert {S20.joints[j] for j in np.nonzero(bad[1:4].any(axis=0))[0]} == joints
    assert (bad[1] == bad[3]).all()


def test_axes_that_are_not_orthonormal_are_bad(markers):
    bent = with_marker(markers, "LHUP", 5, markers["LHUP"][5] + [0.5, 0.5, 0])
    pose = humaneva_joints(bent, [5.0, 8.0], OFFSETS)
    assert np.isnan(pose[0, S20.joint_index("l_upper_arm_distal")]).all()
    assert np.isfinite(pose[1]).all()


def test_left_handed_axes_are_bad(markers):
    mirrored = 2 * markers["HEDO"][5] - markers["HEDA"][5]
    pose = humaneva_joints(with_marker(markers, "HEDA", 5, mirrored), [5.0], OFFSETS)
    assert np.isnan(pose[0, S20.joint_index("head_distal")]).all()


def test_an_absent_marker_is_named(markers):
    columns = {label: i for label, i in markers.columns.items() if label != "TRXO"}
    with pytest.raises(DataError, match=r"Walking_1\.mat has no marker 'TRXO'"):
        humaneva_joints(dataclasses.replace(markers, columns=columns), [0.0], OFFSETS)
