"""Whether the numbers of people in a file are those of a tracker."""

import numpy as np

from human_pose_util.keypoints.person_size import box_diagonals

APART = 0.3
"""Distance of two detections of one number, relative to the larger box's diagonal, from which on
they are of two people: detectors that find a person twice find the same keypoints."""

SHARE = 0.1
"""A number that two people have in more than this share of its frames is no number."""


def person_numbers(
    frame: np.ndarray, keypoints: np.ndarray, ids: np.ndarray | None
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The numbers of people that tell who is who.

    Args:
        frame: [n] frames, ascending.
        keypoints: [n, n_keypoints, 3] x, y [px] and confidence.
        ids: [n] numbers of people, −1 for none; None if the file has none.

    Returns:
        [n] numbers, −1 also for a number that two people have in many frames; None if no number is
        left; and notes for the user.
    """
    if ids is None or ids.max() < 0:
        return None, ()
    points = keypoints[..., :2]
    center, size = np.nanmedian(points, axis=1), box_diagonals(keypoints)
    order = np.lexsort((ids, frame))
    a, b = order[:-1], order[1:]
    same = (frame[a] == frame[b]) & (ids[a] == ids[b]) & (ids[a] >= 0)
    distance = np.linalg.norm(center[a] - center[b], axis=1)
    apart = same & (distance > APART * np.maximum(size[a], size[b]))
    shared = ids[a[apart]]
    if not len(shared):
        return ids, ()
    untrue = [
        number
        for number in np.unique(shared).tolist()
        if len(np.unique(frame[a[apart]][shared == number]))
        > SHARE * len(np.unique(frame[ids == number]))
    ]
    if not untrue:
        return ids, ()
    ids = np.where(np.isin(ids, untrue), -1, ids)
    listing = ", ".join(map(str, untrue[:3])) + (", …" if len(untrue) > 3 else "")
    note = f"several people have the number {listing} at once: they are followed by their places"
    return (ids if ids.max() >= 0 else None), (note,)
