"""Detections of several people who walk through a film, for the tests of tracks."""

import numpy as np

from human_pose_util.keypoints import Detections
from human_pose_util.skeleton import COCO_17

T = 90
"""Number of frames."""


def body(seed: int = 0) -> np.ndarray:
    """[17, 2] someone about 180 px tall, left and right on their sides."""
    rng = np.random.default_rng(seed)
    height = np.array([0, 0, 0, 5, 5, 30, 30, 60, 60, 85, 85, 90, 90, 130, 130, 175, 175.0])
    width = np.array([0, 3, -3, 6, -6, 18, -18, 25, -25, 25, -25, 12, -12, 12, -12, 12, -12.0])
    return np.column_stack([width, height]) + rng.normal(0, 3, (17, 2))


def walk(start, velocity, seed=0, jitter=1.0, n=T) -> np.ndarray:
    """[n, 17, 3] someone who goes straight on."""
    rng = np.random.default_rng(seed + 50)
    path = np.array(start) + np.arange(n)[:, None] * np.array(velocity)
    points = body(seed) + path[:, None] + rng.normal(0, jitter, (n, 17, 2))
    return np.concatenate([points, np.full((n, 17, 1), 0.8)], axis=2)


def film(*persons, seed=0, ids=None) -> Detections:
    """Everyone's [T, 17, 3], NaN for a frame without them, in a random order in each frame."""
    rng = np.random.default_rng(seed)
    rows = [
        (frame, person[frame], -1 if ids is None else ids[i][frame])
        for frame in range(len(persons[0]))
        for i in rng.permutation(len(persons))
        for person in [persons[i]]
        if not np.isnan(person[frame, :, :2]).all()
    ]
    return Detections(
        frame=np.array([row[0] for row in rows]),
        keypoints=np.array([row[1] for row in rows]),
        n_frames=len(persons[0]),
        skeleton=COCO_17,
        ids=None if ids is None else np.array([row[2] for row in rows]),
    )


def hidden(person: np.ndarray, frames) -> np.ndarray:
    """Keypoints of someone who is not seen in some frames."""
    person = person.copy()
    person[frames] = [np.nan, np.nan, 0]
    return person
