"""Whether the people of a data set stand upright on the floor: whether z points up from z = 0."""

import logging

import numpy as np

from human_pose_util.dataset.notes import note_once
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.registry import find_skeleton
from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton

log = logging.getLogger(__name__)

_SEQUENCES, _FRAMES = 8, 5  # what is looked at, as the same mistake is mostly in all sequences
# Cosine of the angle between z and the line from the feet to the head of most people.
_LEAST_COSINE = 0.5
# Height of the lowest joint above z = 0, in extents of the person; ankles are at 0.05.
_LARGEST_GAP = 0.25
_ON_FLOOR = 0.25  # share of the frames


def note_people_not_upright(dataset: Dataset) -> None:
    """Write a note where the heads are not above the feet in most frames, or z = 0 is no floor.

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
    cosines, gaps = np.concatenate([_measured(sequence, skeleton) for sequence in sample], axis=1)
    if not len(cosines):
        return
    if np.median(cosines) < _LEAST_COSINE:
        note_once(
            log,
            f"the heads are not above the feet in most frames (as in {keys[0]}): z has to point up "
            "in p3w",
        )
    # Someone who climbs or hangs is on the floor in other frames, and nobody is below it.
    elif abs(gap := np.quantile(gaps, _ON_FLOOR)) > _LARGEST_GAP:
        where = "above" if gap > 0 else "below"
        note_once(
            log,
            f"the lowest joints are {abs(gap):.2g} times the size of the person {where} z = 0 in "
            f"many frames (as in {keys[0]}): p3w has to be in the world, with the floor at z = 0",
        )


def _measured(sequence, skeleton: Skeleton) -> np.ndarray:
    """[2, n] cosines and gaps of some frames.

    The cosine is that between z and the line from the feet to the head; the gap is the height of
    the lowest joint above z = 0, in extents of the person.
    """
    try:
        p3w = np.asarray(sequence["p3w"][evenly_spaced(len(sequence["p3w"]), _FRAMES)], np.float64)
        left, right = (p3w[:, skeleton.joint_index(foot)] for foot in skeleton.feet)
        with np.errstate(all="ignore"):  # Points may be anywhere, or NaN.
            up = p3w[:, skeleton.joint_index(skeleton.head)] - (left + right) / 2
            lowest = np.fmin.reduce(p3w, axis=1)
            extents = np.max(np.fmax.reduce(p3w, axis=1) - lowest, axis=1)
            measured = np.stack([up[:, 2] / np.linalg.norm(up, axis=1), lowest[:, 2] / extents])
    except Exception:  # Damaged files and wrong arrays may raise anything.
        return np.zeros((2, 0))
    return measured[:, np.isfinite(measured).all(axis=0)]
