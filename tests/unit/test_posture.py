"""People who sit, or crawl on hands and knees, whose limbs tell the vertical."""

import numpy as np
import pytest

from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about
from lifting.stance.posture import posture
from lifting.stance.vertical import vertical
from tests.unit.test_level_view import FPS, UP, degrees_off, in_camera, pitched
from tests.unit.test_lying import STANDING, before, standing


def sitting(azimuth=0, arms_ahead=False, lean=0.0):
    """[n, 24, 3] mm: someone on a chair, who faces the camera at azimuth 0°."""
    p3w = standing()
    left = p3w[:, S24.joint_index("l_hip")] - p3w[:, S24.joint_index("r_hip")]
    ahead = np.cross(left, STANDING) / np.linalg.norm(left[:, :2], axis=1)[:, None]
    ahead[:, 2] = 0
    for side in "lr":
        hip, knee, *foot = (
            S24.joint_index(f"{side}_{name}") for name in ("hip", "knee", "ankle", "ball", "toes")
        )
        shift = p3w[:, hip] + 440 * ahead - p3w[:, knee]
        p3w[:, [knee, *foot]] += shift[:, None]
        if arms_ahead:
            shoulder = p3w[:, S24.joint_index(f"{side}_shoulder")]
            for name, reach in (("elbow", 250), ("wrist", 540), ("thumb", 620), ("little", 620)):
                p3w[:, S24.joint_index(f"{side}_{name}")] = shoulder + reach * ahead
    p3w = p3w @ rotation_about(-np.pi / 2 - np.arctan2(*ahead[0, 1::-1]), "z").T  # faces −y
    legs = [S24.joint_index(f"{s}_{n}") for s in "lr" for n in ("knee", "ankle", "ball", "toes")]
    hips = p3w[:1, [S24.joint_index(f"{side}_hip") for side in "lr"]].mean(axis=1)
    leaning = (p3w - hips) @ rotation_about(np.radians(lean), "x").T + hips
    leaning[:, legs] = p3w[:, legs]
    return on_floor(leaning @ rotation_about(np.radians(azimuth), "z").T)


def crawling(azimuth=0):
    """[n, 24, 3] mm: that person, who leans back, turned by 90°, with the hands on the floor."""
    p3w = sitting(arms_ahead=True, lean=-12.0) @ rotation_about(np.radians(90), "x").T
    return on_floor(p3w @ rotation_about(np.radians(azimuth), "z").T)


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


def on_floor(p3w):
    p3w = p3w - [0.0, p3w[..., 1].mean(), p3w[..., 2].min()]
    return p3w - [p3w[..., 0].mean(), 0.0, 0.0]


@pytest.mark.parametrize("azimuth", [0, 45, 90, 180])
@pytest.mark.parametrize("arms_ahead", [False, True])
def test_trunk_and_shanks_of_someone_who_sits_are_upright(azimuth, arms_ahead):
    for angle in (-40, 15, 60):
        poses = before(sitting(azimuth, arms_ahead), pitched(angle))
        assert degrees_off(vertical([poses], S24, FPS), UP) < 5


@pytest.mark.parametrize("lean", [-20, 10])
def test_someone_who_sits_may_lean(lean):
    poses = before(sitting(30, lean=lean), pitched(40))
    assert degrees_off(vertical([poses], S24, FPS), UP) < 10


@pytest.mark.parametrize("azimuth", [0, 45, 90, 180])
def test_hands_knees_and_feet_of_someone_who_crawls_are_level(azimuth):
    for angle in (-50, 15, 50):
        poses = before(crawling(azimuth), pitched(angle))
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
    sits, stands = before(sitting(), pitched(40)), before(standing(), UP)
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
