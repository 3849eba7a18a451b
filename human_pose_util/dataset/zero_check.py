"""Whether joints that are missing are written as zeros, which would count as observations."""

import logging

import numpy as np

from human_pose_util.dataset.notes import note_once
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.sampling import evenly_spaced

log = logging.getLogger(__name__)

_SEQUENCES, _FRAMES = 8, 50  # what is looked at
_LARGEST_SHARE = 0.005  # of points that are exactly at the origin
_NAMES = {"p3w": "joints in p3w are exactly (0, 0, 0)", "p2": "image points are exactly (0, 0)"}


def note_zeros(dataset: Dataset, name: str) -> None:
    """Write a note where points of a data set are exactly at the origin.

    Args:
        dataset: a `Dataset`, or an `h5py.Group` of that shape, in any units. Some of its sequences
            count. Those that lack the array or cannot be read pass.
        name: the array, "p3w" or "p2".
    """
    keys = list(dataset)
    sample = [keys[i] for i in evenly_spaced(len(keys), _SEQUENCES)]
    zeros = {key: _zeros(dataset[key], name) for key in sample}
    n_zeros = {key: int(is_zero.sum()) for key, is_zero in zeros.items()}
    share = sum(n_zeros.values()) / max(sum(is_zero.size for is_zero in zeros.values()), 1)
    if share > _LARGEST_SHARE:
        worst = max(sample, key=n_zeros.__getitem__)
        note_once(
            log,
            f"{100 * share:.1f} % of the {_NAMES[name]} (as in {worst}): write NaN for a joint "
            "that is missing",
        )


def _zeros(sequence, name: str) -> np.ndarray:
    """[n, n_joints] which points are at the origin, in some frames, but for that of a pose."""
    try:
        points = np.asarray(sequence[name][evenly_spaced(len(sequence[name]), _FRAMES)])
        is_zero = (points == 0).all(axis=-1)
        # Around the hips, poses have one joint at the origin, and others below.
        is_always = is_zero.all(axis=0)
        has_origin = name == "p3w" and is_always.sum() == 1
        if has_origin and np.median(np.fmin.reduce(points[..., 2], axis=1)) < 0:
            is_zero[:, is_always] = False
    except Exception:  # Damaged files and wrong arrays may raise anything.
        return np.zeros((0, 0), bool)
    return is_zero
