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


def figure(height: float = 400.0) -> np.ndarray:
    """[N, 17, 3] someone across the view, with lengths of Winter's figure 4.1; no joint bends."""
    half = {"shoulder": 0.1295, "elbow": 0.1295, "wrist": 0.1295, "hip": 0.0955, "knee": 0.0955,
            "ankle": 0.0955}  # fmt: skip
    hips = np.sqrt(0.288**2 - (0.1295 - 0.0955) ** 2)  # beneath the shoulders
    down = {"shoulder": 0.0, "elbow": 0.186, "wrist": 0.332, "hip": hips, "knee": hips + 0.245,
            "ankle": hips + 0.491}  # fmt: skip
    keypoints = np.full((N, 17, 3), [np.nan, np.nan, 0.0])
    for part in half:
        for side, sign in (("l", 1), ("r", -1)):
            place = np.array([sign * half[part], down[part]])
            keypoints[:, COCO_17.joint_index(f"{side}_{part}")] = [*(1000 + height * place), 1.0]
    return keypoints


def stretched(keypoints: np.ndarray, factor: float, joint: int, towards: int) -> np.ndarray:
    """Keypoints in whose frame 20 a limb is so many times as long, since `joint` is farther off."""
    keypoints = keypoints.copy()
    limb = keypoints[20, joint, :2] - keypoints[20, towards, :2]
    keypoints[20, joint, :2] += (factor - 1) * limb
    return keypoints


@pytest.mark.parametrize(
    ("joint", "towards", "longest"), [(WRIST, ELBOW, 1.94), (ANKLE, KNEE, 1.80), (KNEE, HIP, 1.80)]
)
def test_short_limbs_may_be_stretched_by_a_larger_factor(joint, towards, longest):
    """A limb is too long from 1.6 times its length and 0.05 heights more on."""
    assert not removed(figure()).any()
    assert not removed(stretched(figure(), longest - 0.03, joint, towards)).any()
    outlier = removed(stretched(figure(), longest + 0.03, joint, towards))
    assert np.argwhere(outlier).tolist() == [[20, joint]]


def test_frames_around_tell_the_scale_of_someone_who_bends():
    """For half a second all limbs point to the camera, but for one forearm."""
    keypoints = figure()
    bent = slice(18, 23)
    keypoints[bent, :, :2] = 1000 + 0.4 * (keypoints[bent, :, :2] - 1000)
    for frame in range(18, 23):
        keypoints[frame, WRIST, 1] = keypoints[frame, ELBOW, 1] + 0.146 * 400
    assert not removed(keypoints).any()


def test_of_two_keypoints_that_are_equally_likely_to_be_false_both_are_outliers():
    """The shoulder is not seen, so that one limb alone is known of the elbow and of the wrist."""
    keypoints = figure()
    keypoints[:, SHOULDER] = [np.nan, np.nan, 0.0]
    keypoints[20, WRIST, :2] += 400.0
    assert np.argwhere(removed(keypoints)).tolist() == [[20, ELBOW], [20, WRIST]]


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
