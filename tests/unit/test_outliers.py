"""Keypoints that make limbs longer than they are, and those of people that do not."""

import numpy as np
import pytest

from computed_people.detector import DetectorErrors, detect
from human_pose_util.keypoints.outliers import without_outliers
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import COCO_17
from tests.helpers.detected_walk import detected_walk

FPS, N = 10.0, 40
WRIST, ELBOW, SHOULDER, HIP, KNEE, ANKLE = (
    COCO_17.joint_index(f"l_{part}")
    for part in ("wrist", "elbow", "shoulder", "hip", "knee", "ankle")
)


def removed(keypoints, skeleton=COCO_17):
    """[n_frames, n_keypoints] whether a keypoint is an outlier; the others stay as they are."""
    before = keypoints.copy()
    result = without_outliers(keypoints, skeleton, FPS)
    np.testing.assert_array_equal(keypoints, before)
    outlier = np.isnan(result[..., 0]) & np.isfinite(before[..., 0])
    assert (result[outlier, 2] == 0).all()
    np.testing.assert_array_equal(result[~outlier], before[~outlier])
    return outlier


@pytest.mark.parametrize("skeleton", ["coco17", "body25", "halpe26", "blazepose33", "h36m-17"])
def test_a_walk_has_none(skeleton):
    assert not removed(detected_walk(skeleton, N), get_skeleton(skeleton)).any()


def test_errors_of_detectors_are_none():
    walk = detected_walk("coco17", N).copy()
    errors = DetectorErrors(noise=5, missing=0.3, exchanged=0.05)
    assert not removed(detect(walk[..., :2], COCO_17, errors, np.random.default_rng(0))).any()


@pytest.mark.parametrize("joint", [WRIST, ELBOW, KNEE, ANKLE, SHOULDER, HIP])
def test_a_keypoint_of_someone_beside_is_one_for_seconds(joint):
    """It alone is taken away, and not its neighbours, whose limbs are as long."""
    walk = detected_walk("coco17", N).copy()
    height = np.ptp(walk[0, :, 1])
    walk[10:35, joint, :2] += [0.7 * height, -0.1 * height]
    expected = np.zeros((N, 17), bool)
    expected[10:35, joint] = True
    np.testing.assert_array_equal(removed(walk), expected)


def test_both_keypoints_of_a_false_arm_are_outliers():
    walk = detected_walk("coco17", N).copy()
    walk[20, [ELBOW, WRIST], :2] += [300.0, 40.0]
    assert np.argwhere(removed(walk)).tolist() == [[20, ELBOW], [20, WRIST]]


def test_someone_who_comes_near_grows_without_outliers():
    """Within two seconds the person is three times as large: limbs of one frame go together."""
    walk = detected_walk("coco17", N).copy()
    walk[..., :2] *= np.linspace(1, 3, N)[:, None, None]
    assert not removed(walk).any()


def test_a_hand_at_the_camera_may_be_half_as_long_again():
    walk = detected_walk("coco17", N).copy()
    walk[:, WRIST, :2] += 0.5 * (walk[:, WRIST, :2] - walk[:, ELBOW, :2])
    assert not removed(walk).any()


def test_few_limbs_tell_nothing():
    """Of one arm and a hip, nobody knows which is false."""
    walk = detected_walk("coco17", N).copy()
    walk[:, [j for j, name in enumerate(COCO_17.joints) if name[:2] == "r_"]] = np.nan
    walk[:, [KNEE, ANKLE]] = np.nan
    walk[:, WRIST, :2] += 400.0
    assert not removed(walk).any()


def test_frames_without_keypoints_stay():
    assert without_outliers(np.zeros((0, 17, 3)), COCO_17, FPS).shape == (0, 17, 3)
    assert not removed(np.full((3, 17, 3), np.nan)).any()
