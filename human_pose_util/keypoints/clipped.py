"""Keypoints on the border of the image, where some programs put those that lie outside.

Such a keypoint is in the wrong place, and its confidence may be as high as others. That a keypoint
lies on the border is no proof: feet may stand there. But a leg that goes on outside the image is
too short in it, or runs along the border.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import maximum_filter1d

from human_pose_util.keypoints.detections import hidden
from human_pose_util.keypoints.limbs import Limbs, heights_in_image, limb_lengths, limbs_of
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.skeleton import Skeleton

SHARE, LEAST = 0.01, 3.0
"""How far from the border a keypoint lies on it: this share of the person's size, and so many px at
least."""

SHORT = 0.5
"""A limb is too short if it appears shorter than this many times what the other limbs allow: few
true ones are foreshortened so much where they end on the border."""

REACH = 0.5
"""Seconds before and after a frame that proves that a keypoint lies outside, in which it does so
wherever it is on the border: a leg that swings sideways is long enough."""


def without_clipped(
    keypoints: np.ndarray, skeleton: Skeleton, size: Sequence[float], fps: float
) -> np.ndarray:
    """Keypoints without those on the border of the image that lie outside.

    These are keypoints on the border whose neighbour towards the trunk, on the same side of the
    body, lies on the same border, or is too near for the limb between them, at that time or within
    `REACH`. Where half of the keypoints of a frame or more are such, so are all others on the
    border. Where any keypoint of the person lies outside, the program leaves them there, and none
    is taken away.

    Args:
        keypoints: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
        skeleton: skeleton of the keypoints.
        size: (width, height) of the image [px].
        fps: frames per second.

    Returns:
        [n_frames, n_keypoints, 3], with NaN, NaN and 0 for a keypoint that lies outside.
    """
    band = max(SHARE * person_size(keypoints), LEAST)
    points = keypoints[..., :2]
    # How far inside the left, the upper, the right and the lower border keypoints are.
    inside = np.concatenate([points, np.asarray(size, float) - points], axis=2)
    if (inside < -band).any():
        return keypoints.copy()
    is_at = inside <= band
    is_on = np.asarray(is_at.any(axis=2))
    limbs, ends = _bones(skeleton)
    outer, inner = limbs.ends.T
    is_along = (is_at[:, outer] & is_at[:, inner]).any(axis=2)
    possible = heights_in_image(keypoints, skeleton, fps)[:, None] * limbs.lengths
    is_short = limb_lengths(keypoints, limbs.ends) < SHORT * possible
    is_clipped = np.zeros(is_on.shape, bool)
    is_clipped[:, outer] = is_on[:, outer] & (is_along | is_short)
    around = 2 * max(round(REACH * fps), 1) + 1
    is_clipped = is_on & maximum_filter1d(is_clipped, around, axis=0, mode="constant")
    for outer, inner in ends:
        is_clipped[:, outer] = is_on[:, outer] & is_clipped[:, inner]
    # No bone proves that a trunk or a head on the border lies outside. But where most of someone
    # is known to lie outside, they do as well.
    is_away = 2 * is_clipped.sum(axis=1) >= np.isfinite(points[..., 0]).sum(axis=1)
    is_clipped |= is_on & is_away[:, None]
    return hidden(keypoints, is_clipped)


def _bones(skeleton: Skeleton) -> tuple[Limbs, np.ndarray]:
    """The bones of arms and legs, from the outer to the inner end.

    Returns:
        Those that are limbs; and those [n_bones, 2] of feet and hands, the inner ones first.
    """
    bones, limbs = skeleton.bones[skeleton.limb_bones], limbs_of(skeleton)
    known = dict(zip(map(frozenset, limbs.ends.tolist()), limbs.lengths, strict=True))
    lengths = np.array([known.get(frozenset(bone), np.nan) for bone in bones.tolist()])
    is_limb = np.isfinite(lengths)
    ends = bones[~is_limb]
    order = np.argsort(skeleton.hops[skeleton.root_index, ends[:, 0]], kind="stable")
    return Limbs(bones[is_limb], lengths[is_limb]), ends[order]
