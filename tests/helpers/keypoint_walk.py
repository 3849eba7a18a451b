"""Keypoints [px] of someone who walks across an image."""

import numpy as np

from human_pose_util.skeleton import COCO_17

FPS = 30.0


def walk(n=120, fps=FPS):
    """[n, 17, 2] px: someone about 500 px tall who walks across, swinging arms and legs."""
    rng = np.random.default_rng(3)
    pose = rng.uniform([0, 0], [120, 500], (17, 2))
    time = np.arange(n) / fps
    swing = np.sin(2 * np.pi * 0.9 * time)[:, None] * np.array(
        [{"l": 40.0, "r": -40.0}.get(side, 0.0) for side in COCO_17.sides]
    )
    p2 = pose + np.array([90.0, 0.0]) * time[:, None, None]
    p2[..., 0] += swing
    for pair in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist"):  # side by side
        left, right = COCO_17.joint_index(f"l_{pair}"), COCO_17.joint_index(f"r_{pair}")
        p2[:, left, 1] = p2[:, right, 1]
        p2[:, left, 0] = p2[:, right, 0] + 90 + 30 * np.sin(2 * np.pi * 0.9 * time)
    return p2


def sure(p2):
    """Keypoints with the confidence 1."""
    return np.concatenate([p2, np.ones_like(p2[..., :1])], axis=2)
