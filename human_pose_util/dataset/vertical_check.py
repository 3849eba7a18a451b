"""Whether the people of a data set stand upright: whether z points up in its world."""

import logging

import numpy as np

from human_pose_util.dataset.sequence import Dataset
from human_pose_util.registry import find_skeleton
from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton

log = logging.getLogger(__name__)

_SEQUENCES, _FRAMES = 8, 5  # what is looked at, as the same mistake is mostly in all sequences
# Cosine of the angle between z and the line from the feet to the head of most people.
_LEAST_COSINE = 0.5


def note_people_not_upright(dataset: Dataset) -> None:
    """Write a note where the heads of a data set are not above the feet in most frames.

    Args:
        dataset: a `Dataset`, or an `h5py.Group` of that shape, in any units. Some of its sequences
            count. Those that cannot be read pass: whoever needs them reports that. So do those that
            are known to have no floor, as where z need not point up.
    """
    skeleton = find_skeleton(dataset.attrs["skeleton_id"])
    keys = [key for key in dataset if dataset[key].attrs.get("has_floor", True)]
    if skeleton is None or not keys:
        return
    sample = [dataset[keys[i]] for i in evenly_spaced(len(keys), _SEQUENCES)]
    cosines = np.concatenate([_cosines(sequence, skeleton) for sequence in sample])
    if len(cosines) and np.median(cosines) < _LEAST_COSINE:
        log.warning(
            "note: the heads are not above the feet in most frames (as in %s): z has to point up "
            "in p3w",
            keys[0],
        )


def _cosines(sequence, skeleton: Skeleton) -> np.ndarray:
    """[n] cosines between z and the line from the feet to the head, in some frames."""
    try:
        p3w = np.asarray(sequence["p3w"][evenly_spaced(len(sequence["p3w"]), _FRAMES)], np.float64)
        left, right = (p3w[:, skeleton.joint_index(foot)] for foot in skeleton.feet)
        up = p3w[:, skeleton.joint_index(skeleton.head)] - (left + right) / 2
        with np.errstate(all="ignore"):  # Points may be anywhere, or NaN.
            cosines = up[:, 2] / np.linalg.norm(up, axis=1)
    except Exception:  # Damaged files and wrong arrays may raise anything.
        return np.zeros(0)
    return cosines[np.isfinite(cosines)]
