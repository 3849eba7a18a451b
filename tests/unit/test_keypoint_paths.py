"""Paths of keypoints: swaps of left and right, noise, gaps and outliers."""

import numpy as np
import pytest

from computed_people.detector import DetectorErrors, detect
from human_pose_util.keypoints.exchanges import (
    legs_and_arms,
    window_without_exchanges,
    without_exchanges,
)
from human_pose_util.keypoints.image_size import likely_size
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.keypoints.smoothing import smooth
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import BODY_25, COCO_17
from lifting.input.keypoint_paths import weighted_paths
from tests.helpers.keypoint_walk import FPS, sure, walk


def test_swaps_are_undone_and_nothing_else_is_touched():
    p2 = sure(walk())
    detections = p2.copy()
    legs = [j for j, name in enumerate(COCO_17.joints) if name[2:] in ("hip", "knee", "ankle")]
    limbs = [j for j, name in enumerate(COCO_17.joints) if j >= 5]
    for frame, columns in ((10, legs), (40, limbs), (41, limbs), (119, legs)):
        detections[frame, columns] = detections[frame][COCO_17.mirror[columns]]
    assert not np.array_equal(detections, p2)
    np.testing.assert_array_equal(without_exchanges(detections, COCO_17, FPS), p2)
    np.testing.assert_array_equal(without_exchanges(p2, COCO_17, FPS), p2)


def test_swaps_in_noise_with_gaps():
    rng = np.random.default_rng(0)
    p2 = walk(600)
    detections = detect(p2, COCO_17, DetectorErrors(noise=5, missing=0.3, exchanged=0.05), rng)

    def wrong(keypoints):
        return np.nanmean(np.linalg.norm(keypoints[..., :2] - p2, axis=2) > 40)

    assert wrong(detections) > 0.015
    assert wrong(without_exchanges(detections, COCO_17, FPS)) < 0.1 * wrong(detections)


def test_exchanges_that_last_a_second_are_undone():
    p2 = sure(walk(150))
    detections = p2.copy()
    legs, arms = legs_and_arms(COCO_17)
    for first, last, columns in ((30, 60, legs), (30, 60, arms), (120, 150, legs)):
        detections[first:last, columns] = detections[first:last][:, COCO_17.mirror[columns]]
    np.testing.assert_array_equal(without_exchanges(detections, COCO_17, FPS), p2)


def streamed(detections, n_window=30):
    """The last frame of every window of a stream, after the exchanges."""
    costs, following, points = None, None, []
    for end in range(1, len(detections) + 1):
        if end > n_window:
            costs = following
        window = detections[max(end - n_window, 0) : end]
        found, following = window_without_exchanges(window, COCO_17, FPS, costs)
        points.append(found[-1])
    return np.stack(points)


@pytest.mark.parametrize("length", [5, 25, 40])
def test_a_stream_knows_the_sides_of_frames_that_have_left_its_window(length):
    p2 = sure(walk(180))
    detections = p2.copy()
    legs, _ = legs_and_arms(COCO_17)
    exchange = slice(60, 60 + length)
    detections[exchange, legs] = detections[exchange][:, COCO_17.mirror[legs]]
    np.testing.assert_array_equal(streamed(detections), p2)
    np.testing.assert_array_equal(streamed(p2), p2)


@pytest.mark.parametrize("length", [20, 300])
def test_a_stream_that_begins_with_exchanged_sides_comes_to_know_it(length):
    """Nothing but the time tells which side is right: three seconds with the other one, at most."""
    p2 = sure(walk(length + 120))
    detections = p2.copy()
    legs, _ = legs_and_arms(COCO_17)
    detections[:length, legs] = detections[:length][:, COCO_17.mirror[legs]]
    found = streamed(detections)
    assert not np.array_equal(found[length : length + 10], p2[length : length + 10])
    np.testing.assert_array_equal(found[length + 90 :], p2[length + 90 :])


def test_a_window_begins_with_the_sides_of_the_frames_before_it():
    """Legs are known to be exchanged, arms not to be: that holds for the first frames, too."""
    p2 = sure(walk(30))
    legs, _ = legs_and_arms(COCO_17)
    expected = p2.copy()
    expected[:, legs] = p2[:, COCO_17.mirror[legs]]
    known = np.array([[3.0, 0.0], [0.0, 3.0]])
    np.testing.assert_array_equal(window_without_exchanges(p2, COCO_17, FPS, known)[0], expected)


@pytest.mark.parametrize("last", [43, 70])
def test_keypoints_that_are_not_seen_keep_no_exchange_from_being_undone(last):
    """One wrist and one ankle are not seen, before an exchange or while it lasts."""
    p2 = sure(walk())
    p2[38:42, COCO_17.joint_index("l_wrist")] = [np.nan, np.nan, 0.0]
    p2[41:45, COCO_17.joint_index("r_ankle")] = [np.nan, np.nan, 0.0]
    detections = p2.copy()
    detections[40:last, 5:] = p2[40:last][:, COCO_17.mirror[5:]]
    np.testing.assert_array_equal(without_exchanges(detections, COCO_17, FPS), p2)


def test_limbs_that_the_image_shows_in_one_place_stay_as_they_are():
    """Someone stands and is seen from the side: which limb is nearer to which is an accident."""
    p2 = np.repeat(walk(1), 90, axis=0)
    for left, right in enumerate(COCO_17.mirror):
        p2[:, left] = p2[:, min(left, right)]
    jitter = np.random.default_rng(0).normal(0, 1.5, p2.shape)
    stands = sure(p2 + jitter)
    np.testing.assert_array_equal(without_exchanges(stands, COCO_17, FPS), stands)


@pytest.mark.parametrize("fps", [10.0, 60.0])
def test_exchanges_are_undone_at_any_rate(fps):
    p2 = sure(walk(round(5 * fps), fps))
    detections = p2.copy()
    legs, arms = legs_and_arms(COCO_17)
    for first, last, columns in ((1.0, 1.1, legs), (2.0, 3.0, arms), (4.0, 5.0, legs)):
        frames = slice(round(first * fps), round(last * fps))
        detections[frames, columns] = detections[frames][:, COCO_17.mirror[columns]]
    np.testing.assert_array_equal(without_exchanges(detections, COCO_17, fps), p2)


def test_someone_who_turns_is_left_alone():
    # Seen from the front, then from the back, then from the front: left and right change places in
    # the image, and their paths cross.
    p2 = walk(180)
    yaw = 2 * np.pi * np.arange(180) / 150
    centre = p2.mean(axis=1, keepdims=True)
    p2[..., 0] = centre[..., 0] + np.cos(yaw)[:, None] * (p2 - centre)[..., 0]
    left, right = COCO_17.joint_index("l_shoulder"), COCO_17.joint_index("r_shoulder")
    assert len(np.unique(p2[:, left, 0] > p2[:, right, 0])) == 2
    turns = sure(p2)
    np.testing.assert_array_equal(without_exchanges(turns, COCO_17, FPS), turns)


def test_feet_go_with_the_legs():
    p2 = sure(np.tile(np.arange(25.0)[:, None] * [40, 10], (30, 1, 1)))
    detections = p2.copy()
    parts = ("hip", "knee", "ankle", "big_toe", "small_toe", "heel")
    legs = [j for j, name in enumerate(BODY_25.joints) if name[2:] in parts]
    detections[15, legs] = detections[15][BODY_25.mirror[legs]]
    np.testing.assert_array_equal(without_exchanges(detections, BODY_25, FPS), p2)


def test_hands_go_with_the_arms():
    skeleton = get_skeleton("blazepose33")
    p2 = sure(np.tile(np.arange(33.0)[:, None] * [40, 10], (30, 1, 1)))
    detections = p2.copy()
    parts = ("shoulder", "elbow", "wrist", "thumb", "index", "little")
    arms = [j for j, name in enumerate(skeleton.joints) if name[2:] in parts]
    assert len(arms) == 12
    detections[15, arms] = detections[15][skeleton.mirror[arms]]
    np.testing.assert_array_equal(without_exchanges(detections, skeleton, FPS), p2)


def test_person_size_is_the_longer_side_of_the_box():
    p2 = np.full((10, 17, 2), np.nan)
    p2[:, 0], p2[:, 16] = [100, 50], [180, 650]
    p2[3] = np.nan
    assert person_size(p2) == 600
    assert person_size(np.full((4, 17, 2), np.nan)) == 1


def test_someone_who_crouches_is_as_large_as_when_standing():
    """Within a film in which the person stands in a fifth of the frames."""
    p2 = np.full((50, 17, 2), np.nan)
    p2[:, 0], p2[:, 16] = [100, 50], [180, 350]
    p2[20:30, 16, 1] = 650
    assert person_size(p2) == 600


def test_parabolas_are_kept_as_they_are():
    time = np.arange(60.0)[:, None, None]
    p2 = 100 + 3 * time - 0.05 * time**2 + np.zeros((60, 17, 2))
    np.testing.assert_allclose(smooth(sure(p2), FPS, 500).keypoints[..., :2], p2, atol=0.2)


@pytest.mark.parametrize("fps, share", [(60, 0.4), (30, 0.55), (25, 0.65), (24, 0.65), (15, 0.8)])
def test_noise_shrinks_and_std_says_by_how_much(fps, share):
    rng = np.random.default_rng(1)
    p2 = walk(600, fps)
    detections = detect(p2, COCO_17, DetectorErrors(noise=6, missing=0.2, exchanged=0), rng)
    paths = smooth(detections, fps, person_size(detections))
    away = paths.keypoints[..., :2] - p2
    told = np.isfinite(away).all(axis=2)
    assert told.mean() > 0.99  # gaps of a frame or two are bridged
    rms = np.sqrt(np.mean(away[told] ** 2))
    assert rms < share * 6
    normalised = np.sqrt(np.mean((away[told] / paths.std[told][:, None]) ** 2))
    assert 0.5 < normalised < 1.3


def test_detections_stay_where_people_move_too_far_from_frame_to_frame():
    detections = sure(walk(100, 5.0))
    paths = smooth(detections, 5.0, 500)
    np.testing.assert_allclose(paths.keypoints[..., :2], detections[..., :2], atol=0.01)


@pytest.mark.parametrize("fps", [9.0, 10.0, 12.0, 13.5])
def test_fast_keypoints_stay_as_detected_at_low_rates(fps):
    """Feet swing by 0.8 of the person's size almost three times in a second; hips stay in place."""
    rng = np.random.default_rng(0)
    time = np.arange(60) / fps
    p2 = np.tile(rng.uniform(300, 700, (1, 17, 2)), (60, 1, 1))
    p2[:, 15, 0] += 200 * np.sin(5.6 * np.pi * time)
    noisy = p2 + rng.normal(0, 2, p2.shape)
    paths = smooth(sure(noisy), fps, 500)
    np.testing.assert_allclose(paths.keypoints[:, 15, :2], noisy[:, 15], atol=1)
    assert paths.std[:, 15].max() < 0.022 * 500
    off = (paths.keypoints[5:-5, 11, :2] - p2[5:-5, 11]).std()
    assert off < 0.8 * (noisy[5:-5, 11] - p2[5:-5, 11]).std()


def test_fast_joints_are_smoothed_less_than_slow_ones():
    rng = np.random.default_rng(2)
    time = np.arange(600) / FPS
    p2 = np.zeros((600, 2, 2)) + 300
    p2[:, 1, 0] += 150 * np.sin(2 * np.pi * 2.0 * time)
    detections = sure(p2 + rng.normal(0, 4, p2.shape))
    paths = smooth(detections, FPS, 500)
    slow, fast = np.sqrt(np.mean((paths.keypoints[..., :2] - p2) ** 2, axis=(0, 2)))
    assert slow < 1.7
    assert slow < fast < 4


def test_an_outlier_hardly_pulls():
    p2 = walk()
    detections = sure(p2 + np.random.default_rng(0).normal(0, 2, p2.shape))
    detections[60, 9, :2] += 300
    path = smooth(detections, FPS, 500).keypoints[60, 9, :2]
    assert np.linalg.norm(path - p2[60, 9]) < 8


def test_many_outliers_neither_pull_nor_spoil_the_precision():
    """A sixth of the detections are off by a third of the person: the others tell the paths."""
    truth, size = walk(), 400.0
    rng = np.random.default_rng(5)
    noisy = truth + rng.normal(0, 3.0, truth.shape)
    is_false = rng.random(truth.shape[:2]) < 1 / 6
    noisy[is_false] += rng.normal(0, 120.0, (is_false.sum(), 2))
    paths = smooth(sure(noisy), FPS, size)
    errors = np.linalg.norm(paths.keypoints[..., :2] - truth, axis=-1)
    assert np.nanpercentile(errors, 95) < 8
    assert np.isfinite(errors).mean() > 0.98
    assert np.median(paths.std) < 8


def test_long_gaps_stay_gaps():
    detections = sure(walk())
    detections[30:90, 7] = np.nan
    paths = smooth(detections, FPS, 500)
    assert np.isnan(paths.keypoints[45:75, 7, :2]).all()
    assert (paths.keypoints[45:75, 7, 2] == 0).all()
    assert np.isinf(paths.std[60, 7])
    assert np.isfinite(paths.keypoints[:, 8]).all()


def test_blocks_do_not_show(monkeypatch):
    from human_pose_util.keypoints import smoothing

    detections = sure(walk())
    whole = smooth(detections, FPS, 500)
    monkeypatch.setattr(smoothing, "BLOCK", 50)
    np.testing.assert_allclose(smooth(detections, FPS, 500).keypoints, whole.keypoints, atol=0.5)


@pytest.mark.parametrize("n", [1, 2])
def test_few_frames(n):
    detections = sure(walk())[:n]
    paths = smooth(without_exchanges(detections, COCO_17, FPS), FPS, 500)
    assert paths.keypoints.shape == (n, 17, 3)
    np.testing.assert_allclose(paths.keypoints[..., :2], detections[..., :2], atol=1.0)


@pytest.mark.parametrize(
    "corner, size",
    [((600, 400), (640, 480)), ((1900, 1070), (1920, 1080)), ((1000, 1900), (1080, 1920))],
)
def test_likely_size(corner, size):
    points = np.linspace([0, 0, 1], [*corner, 1], 200)[:, None]
    assert likely_size(points) == size
    assert likely_size(np.full((3, 17, 3), np.nan)) == (640, 480)


def test_weights_of_paths_fall_with_their_errors():
    """They do so for any scale of confidences; a keypoint that is never sure is a gap."""
    noise = np.random.default_rng(0).normal(size=walk().shape)
    exact, noisy = (sure(walk() + std * noise) for std in (2.0, 20.0))
    paths = weighted_paths(exact, FPS, 500.0)
    np.testing.assert_allclose(weighted_paths(exact * [1, 1, 0.1], FPS, 500.0), paths)
    assert (paths[5:-5, :, 2] > 0.8).all()
    assert (weighted_paths(noisy, FPS, 500.0)[5:-5, :, 2] < paths[5:-5, :, 2]).all()

    exact[:, 0, 2] = 0.01
    unsure = weighted_paths(exact, FPS, 500.0)
    assert np.isnan(unsure[:, 0, :2]).all()
    np.testing.assert_array_equal(unsure[:, 0, 2], 0)
    np.testing.assert_allclose(unsure[:, 1:], paths[:, 1:])


@pytest.mark.parametrize("fps", [2.0, 5.0, 8.0])
def test_at_low_rates_keypoints_count_by_their_confidence(fps):
    """No neighbours tell how precise they are: a sure one is taken to be off by 1 % of the size."""
    keypoints = sure(walk(40, fps))
    keypoints[:, 9, 2] = 0.5
    paths = smooth(keypoints, fps, 500.0)
    np.testing.assert_allclose(paths.std[:, :9], 5.0, rtol=0.02)
    np.testing.assert_allclose(paths.std[:, 9], 5.0 / np.sqrt(0.5), rtol=0.02)
    weights = weighted_paths(keypoints, fps, 500.0)[..., 2]
    assert weights[:, 9].max() < 0.8 * weights[:, :9].min()
    assert weights[:, :9].max() < 0.7
