"""Smooth paths of keypoints with weights by how sure they are, as the searches take them.

A path bridges short gaps, and says how far each of its points may be off. A joint that a detector
misses in every fifth frame is thereby seen in all, and a keypoint that jumps hardly counts.
"""

import numpy as np

from human_pose_util.keypoints.detections import sure_confidence
from human_pose_util.keypoints.smoothing import smooth
from lifting.settings import PERSON

MISFIT, USELESS = 5.0, 12.0
"""Errors of a keypoint [px, of a person of `PERSON` px] that halve its weight, and that make it
useless."""


def weighted_paths(keypoints: np.ndarray, fps: float, size: float) -> np.ndarray:
    """Smooth paths of a person's keypoints.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence, which counts relative to that
            of the surest ones; NaN and confidence 0 for a keypoint that is not visible.
        fps: frames per second.
        size: size of the person in the image [px].

    Returns:
        [n_frames, n_keypoints, 3] x, y [px] and weight, from 0 to 1; the weight of a point that
        may be off by `MISFIT` is ½, it falls with the square of the error beyond, and from
        `USELESS` on it is 0. NaN, NaN and 0 in gaps that are too long to bridge.
    """
    confidence = keypoints[..., 2]
    relative = np.minimum(confidence / sure_confidence(confidence), 1.0)
    paths = smooth(np.concatenate([keypoints[..., :2], relative[..., None]], axis=2), fps, size)
    std = paths.std * PERSON / size
    weights = np.where(std < USELESS, 1 / (1 + (std / MISFIT) ** 2), 0.0)
    return np.concatenate([paths.keypoints[..., :2], weights[..., None]], axis=2)
