"""Points with a depth, a confidence, both or neither."""

import numpy as np

from human_pose_util.keypoints.detections import is_placeholder, with_confidence

DEPTH_SHARE = 0.1
"""Share of negative values from which on a value is a depth and no confidence."""


def visible_points(points: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Points as keypoints.

    Of three values the third is the confidence, unless it is negative too often: then it is a
    depth, as in MediaPipe's landmarks. Of four values the third is a depth.

    Args:
        points: [n, n_keypoints, 2 to 4] x, y, and depth, confidence, both or neither.

    Returns:
        [n, n_keypoints, 3] x, y and confidence, and notes for the user.
    """
    if points.shape[-1] == 4:
        return points[..., [0, 1, 3]], ()
    # Keypoints that are not found may have −1 in place of every value.
    third = points[~is_placeholder(points)][..., 2:]
    if points.shape[-1] == 3 and third.size and (third < 0).mean() > DEPTH_SHARE:
        note = "the third value of the points is negative for many, so it is no confidence"
        return with_confidence(points[..., :2]), (note,)
    return with_confidence(points), ()
