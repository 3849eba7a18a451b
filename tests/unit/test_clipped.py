"""Keypoints on the border of the image: those that lie outside, and those that stand there."""

import numpy as np
import pytest

from human_pose_util.keypoints import Person
from human_pose_util.keypoints.checks import check_detections
from human_pose_util.keypoints.clipped import without_clipped
from human_pose_util.keypoints.detections import RawDetections
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import COCO_17
from lifting.input.keypoint_input import Film, valid_person
from tests.helpers.detected_walk import detected_walk

FPS, N, WIDTH = 10.0, 40, 1920
ANKLES = [COCO_17.joint_index(f"{side}_ankle") for side in "lr"]
KNEES = [COCO_17.joint_index(f"{side}_knee") for side in "lr"]
UNDER_KNEES = 760
"""Height of an image whose lower border is just below the knees of the person who walks."""


def removed(keypoints, height, skeleton=COCO_17, left=0.0):
    """[n_frames, n_keypoints] whether a keypoint counts as clipped; the others stay as they are."""
    before = keypoints.copy()
    before[..., 0] -= left
    result = without_clipped(before, skeleton, (WIDTH, height), FPS)
    is_clipped = np.isnan(result[..., 0]) & np.isfinite(before[..., 0])
    assert (result[is_clipped, 2] == 0).all()
    np.testing.assert_array_equal(result[~is_clipped], before[~is_clipped])
    return is_clipped


def clipped(height, skeleton="coco17", jitter=0.0):
    """Someone who walks, with the keypoints below an image of that height on its border."""
    walk = detected_walk(skeleton, N).copy()
    off = jitter * np.abs(np.random.default_rng(0).normal(size=walk.shape[:2]))
    walk[..., 1] = np.where(walk[..., 1] >= height, height - 1 - off, walk[..., 1])
    return walk


@pytest.mark.parametrize("jitter", [0.0, 0.5])
def test_ankles_below_the_image_are_clipped(jitter):
    walk = clipped(UNDER_KNEES, jitter=jitter)
    expected = np.zeros((N, 17), bool)
    expected[:, ANKLES] = True
    np.testing.assert_array_equal(removed(walk, UNDER_KNEES), expected)
    walk[:, ANKLES, 2] = 0.3
    walk[15:18, KNEES] = [np.nan, np.nan, 0.0]  # the frames around tell
    np.testing.assert_array_equal(removed(walk, UNDER_KNEES), expected)


def test_whole_legs_below_the_image_are_clipped():
    """The knees are beside each other on the border, as are the ankles."""
    found = removed(clipped(680), 680)
    assert found[:, ANKLES].all()
    assert found[:, KNEES].all()
    assert not np.delete(found, ANKLES + KNEES, axis=1).any()


def test_feet_go_with_the_ankles():
    skeleton = get_skeleton("body25")
    found = removed(clipped(UNDER_KNEES, "body25"), UNDER_KNEES, skeleton)
    feet = ("ankle", "heel", "big_toe", "small_toe")
    np.testing.assert_array_equal(found, np.tile(np.isin(skeleton.parts, feet), (N, 1)))


def test_limbs_beside_the_image_are_clipped():
    """All of someone is on the left border, so that the limbs there are as long as they are."""
    walk = detected_walk("coco17", N)
    walk = np.concatenate([np.maximum(walk[..., :1], 300.0), walk[..., 1:]], axis=2)
    found = removed(walk, 1080, left=300.0)
    outside = detected_walk("coco17", N)[..., 0] < 290
    limbs = [j for j, part in enumerate(COCO_17.parts) if part in ("elbow", "wrist", "knee")]
    assert found[:, limbs][outside[:, limbs]].all()
    assert not found[(walk[..., 0] > 310)].any()


@pytest.mark.parametrize("skeleton", ["coco17", "body25", "halpe26", "blazepose33"])
def test_feet_that_stand_at_the_border_stay(skeleton):
    """All the lowest keypoints of each frame are within a pixel or two of the border."""
    walk = detected_walk(skeleton, N).copy()
    walk[..., 1] += 900.0 - walk[..., 1].max(axis=1, keepdims=True)
    assert not removed(walk, 901, get_skeleton(skeleton)).any()
    walk[:20, :, 1] -= 150.0
    assert not removed(walk, 901, get_skeleton(skeleton)).any()


@pytest.mark.parametrize("height", [870, 800, UNDER_KNEES, 700, 650])
def test_keypoints_that_the_image_shows_stay_where_others_are_not_detected(height):
    walk = detected_walk("coco17", N).copy()
    walk[walk[..., 1] >= height] = [np.nan, np.nan, 0.0]
    assert not removed(walk, height).any()


def test_keypoints_outside_the_image_show_that_nothing_is_clipped():
    walk = clipped(UNDER_KNEES)
    walk[3, ANKLES[0], 1] = UNDER_KNEES + 30
    assert not removed(walk, UNDER_KNEES).any()
    assert not removed(detected_walk("coco17", N), UNDER_KNEES).any()
    assert not removed(detected_walk("coco17", N), 1080, left=300.0).any()


def test_no_keypoints_stay_none():
    assert without_clipped(np.zeros((0, 17, 3)), COCO_17, (640, 480), FPS).shape == (0, 17, 3)
    assert not removed(np.full((3, 17, 3), np.nan), 480).any()


def test_the_border_of_a_guessed_size_tells_nothing():
    person = Person(clipped(UNDER_KNEES), 0)
    size = (WIDTH, UNDER_KNEES)
    guessed = valid_person(person, COCO_17, Film(size, FPS, is_size_known=False))
    np.testing.assert_array_equal(guessed.keypoints, person.keypoints)
    known = valid_person(person, COCO_17, Film(size, FPS)).keypoints
    assert np.isnan(known[:, ANKLES, :2]).all()


@pytest.mark.parametrize("rotation", [0, 90, 180])
def test_a_size_that_is_assumed_to_turn_an_image_is_guessed(rotation):
    raw = RawDetections(np.arange(N), clipped(UNDER_KNEES), N)
    for size in (None, (WIDTH, UNDER_KNEES)):
        found = check_detections(raw, "array", "film.npy", None, size, rotation)
        assert found.is_size_known == (size is not None)


def test_shares_of_the_image_and_placeholders_are_as_pixels():
    """Ankles at (0, 0) are missing in the file, and no proof of a border."""
    keypoints = clipped(UNDER_KNEES)
    keypoints[..., :2] /= [WIDTH, UNDER_KNEES - 1]
    keypoints[::2, ANKLES] = [0.0, 0.0, 0.9]
    raw = RawDetections(np.arange(N), keypoints, N)
    size = (WIDTH, UNDER_KNEES)
    read = check_detections(raw, "array", "film.npy", None, size, 0)
    found = valid_person(Person(read.keypoints, 0), COCO_17, Film(size, FPS)).keypoints
    assert np.isnan(found[:, ANKLES, :2]).all()
    np.testing.assert_array_equal(np.delete(found, ANKLES, 1), np.delete(read.keypoints, ANKLES, 1))


def test_someone_outside_the_image_is_clipped_as_a_whole():
    """Trunk and head, too, which may be on the border where the limbs are inside."""
    walk = detected_walk("coco17", N).copy()
    walk[10:20, :, 0] = 0.0
    found = removed(walk, 1080)
    assert found[10:20].all()
    assert not found[:10].any()
    assert not found[20:].any()
