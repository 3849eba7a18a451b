"""How far poses can be trusted: what puts a frame in doubt, and the word for a film."""

from dataclasses import replace

import numpy as np
import pytest

from computed_people.example import example
from human_pose_util.camera import Camera
from human_pose_util.keypoints.detections import with_confidence
from human_pose_util.keypoints.exchanges import legs_and_arms
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.skeleton.mapping import keypoint_mapping
from inference.model.observations import Observations
from inference.model.observe import observe
from lifting.fit.exchanged_limbs import exchange_gain, with_limbs_exchanged
from lifting.fit.quality import Quality, quality
from lifting.input.keypoint_input import Film, Sighting

N = 50
COCO_MAPPING = keypoint_mapping(S24, COCO_17)
HAS_KEYPOINT = np.array(["head" not in name for name in S24.joints])


def sighting(p2: np.ndarray, has_keypoint=HAS_KEYPOINT) -> Sighting:
    """Someone of 1800 px, whose joints are seen at p2 [n_frames, 24, 2], but for the head."""
    columns = np.where(has_keypoint, np.arange(S24.n_joints), -1)
    mapping = replace(keypoint_mapping(S24, S24), columns=columns)
    return Sighting(with_confidence(p2), mapping, 1800.0, Film((1920, 1080), 25.0))


def measured(change=lambda poses, z, p2: None, std=0.02):
    """The quality of the example's poses, seen as they are, after a change of p3c, z or p2."""
    std = np.broadcast_to(std, (N, S24.n_joints))
    poses, z = example()[1][:N].copy(), np.ones((N, 8))
    p2 = poses[..., [0, 2]].copy()
    change(poses, z, p2)
    return quality(poses, z, poses[..., [0, 2]], std, sighting(p2), 1.0)


def test_poses_that_explain_keypoints_are_good():
    found = measured()
    assert found.misfit == pytest.approx(np.zeros(N))
    np.testing.assert_allclose(found.strangeness, 1)
    assert 0.1 < found.speed.max() < 10
    assert not found.is_doubtful.any()
    assert found.verdict == "good"


def test_misfit_is_the_mean_distance_in_sizes_of_the_person():
    """The offsets last, so that a frame in the middle of them has their mean."""

    def shift(poses, z, p2):
        p2[:20, S24.joint_index("l_knee")] += [0.0, 90.0]
        p2[30:] += [64.8, 86.4]
        p2[30:, 0] = np.nan

    found = measured(shift)
    assert found.misfit[7] == pytest.approx(90 / 1800 / HAS_KEYPOINT.sum())
    assert found.misfit[42] == pytest.approx(0.06)
    # The window has a standard deviation of 2.5 frames, and the offset fades within it.
    assert found.misfit[24] < 0.06 / 20
    np.testing.assert_array_equal(np.flatnonzero(found.is_doubtful), np.arange(30, N))


def test_a_frame_without_a_finite_pose_has_no_misfit_and_leaves_the_others_theirs():
    poses, z = example()[1][:N], np.ones((N, 8))
    projected, std = poses[..., [0, 2]].copy(), np.full((N, S24.n_joints), 0.02)
    p2 = projected + [0.0, 90.0]
    projected[20] = np.nan
    found = quality(poses, z, projected, std, sighting(p2), 1.0)
    assert np.isnan(found.misfit[20])
    np.testing.assert_allclose(np.delete(found.misfit, 20), 0.05)


def test_jitter_is_no_misfit():
    def jitter(poses, z, p2):
        p2 += np.random.default_rng(0).normal(0, 0.03 * 1800, p2.shape)

    found = measured(jitter)
    assert not found.is_doubtful.any()
    assert 0.005 < found.misfit.mean() < 0.02


def test_frames_in_which_nothing_is_seen_have_no_misfit():
    """They are in doubt where nothing is seen for long, or before the first or after the last view.

    At 25 frames per second a quarter of a second is six steps.
    """

    def hide(poses, z, p2):
        p2[:2] = p2[10:15] = p2[20:26] = p2[49] = np.nan

    found = measured(hide)
    unseen = [0, 1, *range(10, 15), *range(20, 26), 49]
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(found.misfit)), unseen)
    np.testing.assert_array_equal(np.flatnonzero(found.seen == 0), [0, 1, *range(20, 26), 49])
    np.testing.assert_array_equal(np.flatnonzero(found.is_doubtful), [0, 1, *range(20, 26), 49])


def test_a_frame_is_well_seen_that_shows_all_joints_that_keypoints_can_show():
    def hide(poses, z, p2):
        p2[10:30, np.flatnonzero(HAS_KEYPOINT)[::2]] = np.nan

    found = measured(hide)
    np.testing.assert_array_equal(found.seen[:10], 1)
    np.testing.assert_allclose(found.seen[12:28], (HAS_KEYPOINT.sum() // 2) / HAS_KEYPOINT.sum())


def test_strangeness_and_spread_are_means_of_squares():
    std = np.full((N, S24.n_joints), 0.01)
    std[:, ::2] = 0.03

    def change(poses, z, p2):
        z[:] = [2.0, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    found = measured(change, std)
    np.testing.assert_allclose(found.strangeness, 1.0)
    np.testing.assert_allclose(found.spread, np.sqrt((0.01**2 + 0.03**2) / 2))


@pytest.mark.parametrize(
    ("part", "good", "doubtful", "reason"),
    [
        ("misfit", 0.029, 0.031, "off by more than 3 %"),
        ("seen", 0.51, 0.49, "hardly seen"),
        ("strangeness", 5.3, 5.5, "in strange or uncertain poses"),
        ("stretch", 0.19, 0.21, "with bones that change"),
        ("speed", 14.9, 15.1, "faster than 15 m/s"),
        ("spread", 0.043, 0.045, "in strange or uncertain poses"),
        ("exchange_gain", 1.14, 1.16, "with legs or arms of the wrong side"),
    ],
)
def test_every_reason_puts_frames_in_doubt_from_its_bound_on(part, good, doubtful, reason):
    ones, zeros = np.ones(4), np.zeros(4)
    best = Quality(zeros, ones, ones, zeros, zeros, zeros, ones)
    assert best._replace(**{part: np.full(4, good)}).verdict == "good"
    found = best._replace(**{part: np.array([good, doubtful, doubtful, good])})
    np.testing.assert_array_equal(found.is_doubtful, [False, True, True, False])
    assert found.verdict == f"bad: 50 % of frames {reason}"


@pytest.mark.parametrize(
    ("strangeness", "spread", "is_doubtful"),
    [
        (2.4, 0.026, False),  # someone on the floor
        (2.0, 0.036, True),  # arms and legs of one another
        (1.75, np.nan, False),
        (1.85, np.nan, True),
    ],
)
def test_a_strange_pose_is_in_doubt_unless_the_image_tells_it_well(
    strangeness, spread, is_doubtful
):
    ones, zeros = np.ones(1), np.zeros(1)
    found = Quality(zeros, ones, strangeness * ones, zeros, zeros, spread * ones, ones)
    assert found.is_doubtful[0] == is_doubtful


def test_bones_are_judged_where_keypoints_show_both_ends():
    wrist = S24.joint_index("l_wrist")
    poses, p2 = example()[1][:N].copy(), np.zeros((N, S24.n_joints, 2))
    poses[5, wrist] *= 1.3
    for is_shown in (True, False):
        has_keypoint = HAS_KEYPOINT & (is_shown | (np.arange(S24.n_joints) != wrist))
        has_keypoint[[S24.joint_index(name) for name in ("l_thumb", "l_little")]] = False
        z, std = np.ones((N, 8)), np.full((N, S24.n_joints), 0.02)
        found = quality(poses, z, p2, std, sighting(p2, has_keypoint), 1.0)
        assert (found.stretch[5] > 0.2) == is_shown


def test_bones_are_judged_where_keypoints_show_them():
    def stretch(poses, z, p2):
        poses[5, S24.joint_index("l_wrist")] *= 1.3
        poses[9, S24.joint_index("head-back")] *= 1.3

    found = measured(stretch)
    assert found.stretch[5] > 0.2
    assert found.stretch[9] < 0.01


def test_the_speed_is_that_of_the_fastest_joint():
    def jump(poses, z, p2):
        poses[20:, S24.joint_index("l_wrist")] += [0.0, 1000.0, 0.0]

    found = measured(jump)
    assert found.speed[20] == pytest.approx(25.0, abs=2)
    assert found.doubts["faster than 15 m/s"][20]


def test_a_pose_that_the_image_hardly_tells_is_in_doubt():
    """Only joints that are seen count, and a deviation that is unknown raises no doubt."""
    std = np.full((N, S24.n_joints), 0.02)
    std[4], std[5, 3], std[6], std[7] = 0.06, 0.3, np.nan, 0.3

    def hide(poses, z, p2):
        p2[5, 3] = np.nan
        p2[7, 12:] = np.nan

    found = measured(hide, std)
    assert found.spread[:6] == pytest.approx([0.02] * 4 + [0.06, 0.02])
    assert np.isnan(found.spread[6])
    np.testing.assert_array_equal(np.flatnonzero(found.is_doubtful), [4, 7])
    assert found.doubts["in strange or uncertain poses"].sum() == 2


def test_one_frame_has_a_quality():
    poses, seen = example()[1][:1], np.zeros((1, 24, 2))
    z = np.ones((1, 8))
    found = quality(poses, z, seen, seen[..., 0], sighting(seen), 1.0)
    assert found.verdict == "good"


@pytest.mark.parametrize(
    "gain, verdict",
    [(1.1, "good"), (1.3, "bad: 100 % of frames with legs or arms of the wrong side")],
)
def test_limbs_of_the_wrong_side_put_all_frames_in_doubt(gain, verdict):
    poses, z = example()[1][:N], np.ones((N, 8))
    p2 = poses[..., [0, 2]]
    found = quality(poses, z, p2, 0 * p2[..., 0], sighting(p2), exchange_gain=gain)
    assert found.verdict == verdict


def observed(keypoints: np.ndarray) -> Observations:
    """Observations of keypoints [n_frames, 17, 3]."""
    camera = Camera(np.eye(3), np.zeros(3), np.ones(2), np.zeros(2))
    seen = COCO_MAPPING.observe(keypoints)
    return observe(seen.p2, camera, 0.04, seen.weights)


LEGS, ARMS = legs_and_arms(COCO_17)


@pytest.mark.parametrize(("variant", "limbs"), [(0, LEGS), (1, ARMS), (2, LEGS + ARMS)])
def test_exchanged_limbs_are_those_of_exchanged_keypoints(variant, limbs):
    """Places and confidences go together; what is not seen is then of the other side."""
    keypoints = np.random.default_rng(0).uniform(0.1, 0.9, (6, 17, 3))
    keypoints[2, COCO_17.joint_index("l_knee")] = [np.nan, np.nan, 0.0]
    keypoints[3, COCO_17.joint_index("r_wrist")] = [np.nan, np.nan, 0.0]
    found = with_limbs_exchanged(observed(keypoints), COCO_MAPPING)[variant]
    keypoints[:, limbs] = keypoints[:, COCO_17.mirror[limbs]]
    expected = observed(keypoints)
    np.testing.assert_array_equal(found.p2, expected.p2)
    np.testing.assert_array_equal(found.weights, expected.weights)


def test_limbs_of_which_one_side_is_unseen_are_not_exchanged():
    """They would show the other side, which is no evidence that they are of the wrong one."""
    keypoints = np.random.default_rng(0).uniform(0.1, 0.9, (6, 17, 3))
    right_leg, right_arm = (
        [j for j in limbs if COCO_17.joints[j].startswith("r_")] for limbs in (LEGS, ARMS)
    )
    keypoints[1:, right_leg] = [np.nan, np.nan, 0.0]
    [found] = with_limbs_exchanged(observed(keypoints), COCO_MAPPING)
    keypoints[:, ARMS] = keypoints[:, COCO_17.mirror[ARMS]]
    np.testing.assert_array_equal(found.p2, observed(keypoints).p2)
    keypoints[1:, right_arm] = [np.nan, np.nan, 0.0]
    assert with_limbs_exchanged(observed(keypoints), COCO_MAPPING) == []
    assert exchange_gain(np.ones(20), []) == 1.0


def test_the_gain_of_an_exchange_is_that_of_the_better_one():
    cost = np.full(20, 0.6)
    assert exchange_gain(cost, [0.5 * cost, 2.0 * cost]) == pytest.approx(2.0)
    assert exchange_gain(cost, [4.0 * cost, 1.25 * cost]) == pytest.approx(0.8)
    assert exchange_gain(cost[:9], [0.5 * cost[:9]] * 2) == 1.0  # too few frames


def test_limbs_are_of_the_right_side_where_no_pose_is_before_the_camera():
    cost = np.full(20, np.inf)
    assert exchange_gain(cost, [cost, cost]) == 1.0


@pytest.mark.parametrize(
    "n_off, verdict",
    [
        (5, "good"),
        (14, "doubtful: 14 % of frames off by more than 3 %"),
        (60, "bad: 60 % of frames off by more than 3 %"),
    ],
)
def test_the_verdict_names_the_most_frequent_reason(n_off, verdict):
    misfit = np.where(np.arange(100) < n_off, 0.04, 0.004)
    ones, zeros = np.ones(100), np.zeros(100)
    strange = np.where(np.arange(100) == 99, 3.0, 1.0)
    assert Quality(misfit, ones, strange, zeros, zeros, zeros, ones).verdict == verdict


def test_frames_that_are_in_doubt_for_several_reasons_have_one_share():
    frames, ones, zeros = np.arange(100), np.ones(100), np.zeros(100)
    misfit = np.where(frames < 20, 0.04, 0.004)
    speed = np.where(frames >= 85, 20.0, 1.0)
    found = Quality(misfit, ones, ones, zeros, speed, zeros, ones)
    assert found.verdict == "doubtful: 35 % of frames, mostly off by more than 3 %"
