"""People who sit, or crawl on hands and knees, whose limbs tell the vertical."""

import numpy as np
import pytest

from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about
from lifting.stance.posture import posture
from lifting.stance.vertical import vertical
from tests.helpers.level_camera import FPS, UP, degrees_off, in_camera, pitched, poses_of
from tests.helpers.postures import crawling, on_floor, sitting, standing


def cross_legged():
    """[n, 24, 3] mm: someone who sits on a cushion, with hands, knees and feet on the floor."""
    p3w = sitting()
    for side in "lr":
        hip = p3w[:, S24.joint_index(f"{side}_hip")]
        aside = np.sign(hip[:, :1]) * [1.0, 0.0, 0.0]
        for name, out, ahead in (("knee", 300, 200), ("ankle", -50, 350), ("wrist", 200, 50)):
            place = hip + out * aside + [0.0, -ahead, -250.0]
            p3w[:, S24.joint_index(f"{side}_{name}")] = place
    return on_floor(p3w)


@pytest.mark.parametrize("azimuth", [0, 45, 90, 180])
@pytest.mark.parametrize("arms_ahead", [False, True])
def test_trunk_and_shanks_of_someone_who_sits_are_upright(azimuth, arms_ahead):
    for angle in (-40, 15, 60):
        poses = poses_of(sitting(azimuth, arms_ahead), pitched(angle))
        assert degrees_off(vertical([poses], S24, FPS), UP) < 5


@pytest.mark.parametrize("lean", [-20, 10])
def test_someone_who_sits_may_lean(lean):
    poses = poses_of(sitting(30, lean=lean), pitched(40))
    assert degrees_off(vertical([poses], S24, FPS), UP) < 10


@pytest.mark.parametrize("azimuth", [0, 45, 90, 180])
def test_hands_knees_and_feet_of_someone_who_crawls_are_level(azimuth):
    for angle in (-50, 15, 50):
        poses = poses_of(crawling(azimuth), pitched(angle))
        assert degrees_off(vertical([poses], S24, FPS), UP) < 8


def test_others_do_neither():
    p3w = standing()
    on_back = crawling() @ rotation_about(np.pi, "x").T  # arms and thighs point upwards
    squatting = sitting()
    feet = [S24.joint_index(f"{s}_{name}") for s in "lr" for name in ("ankle", "ball", "toes")]
    squatting[:, feet] -= [0.0, -350.0, 0.0]  # beneath the body, which they bear
    for pose in (p3w, on_floor(on_back), squatting, cross_legged()):
        assert posture(in_camera(pose), S24) is None
    assert posture(in_camera(sitting()), S24)
    assert posture(in_camera(crawling()), S24)


def test_someone_who_stands_tells_the_vertical_of_all():
    sits, stands = poses_of(sitting(), pitched(40)), poses_of(standing(), UP)
    both = vertical([sits, stands], S24, FPS)
    assert degrees_off(both, UP) < 6
    alone = vertical([sits], S24, FPS)
    assert degrees_off(alone, both) > 0.1  # the limbs of the one who sits do not count here


def test_most_frames_decide():
    p3w = np.concatenate([sitting()[:20], standing()[:40]])
    assert posture(in_camera(p3w), S24) is None
    p3w = np.concatenate([crawling()[:40], standing()[:20]])
    found = posture(in_camera(p3w), S24)
    assert len(found.level) == 6 * 40
