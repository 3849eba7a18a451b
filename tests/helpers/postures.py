"""People who walk, stand, sit and crawl: poses [mm] on skeleton s24, in the world."""

import numpy as np

from computed_people.example import example
from human_pose_util.skeleton import S24
from human_pose_util.transforms import rotation_about

STANDING = np.array([0.0, 0.0, 1.0])


def walking(n=200):
    """[n, 24, 3] mm: the example's person."""
    return example()[1][:n]


def standing(n=60):
    """[n, 24, 3] mm: the example's person with straight legs, as in the first frame."""
    p3w = np.repeat(example()[1][:1].astype(float), n, axis=0)
    for side in "lr":
        hip = p3w[:, S24.joint_index(f"{side}_hip")]
        for joint, height in (("knee", -440.0), ("ankle", -870.0), ("ball", -940.0)):
            p3w[:, S24.joint_index(f"{side}_{joint}")] = hip + [0.0, 0.0, height]
    p3w -= p3w[:, S24.root_index].mean(axis=0)
    return p3w - [0.0, 0.0, p3w[..., 2].min()]


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


def on_floor(p3w):
    """Poses moved onto the floor, above the origin."""
    p3w = p3w - [0.0, p3w[..., 1].mean(), p3w[..., 2].min()]
    return p3w - [p3w[..., 0].mean(), 0.0, 0.0]
