"""Numbers that tell whether the data of a finished sequence are still those that were inferred.

A hash would do, but the image points of a data set may be computed, and then differ in the last
bit from machine to machine. Sums with fixed weights differ as little as the values do, so two
signatures are compared with a tolerance.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS
from human_pose_util.dataset import PoseSequence
from human_pose_util.evaluate.results_file import finished_keys, visit_run

if TYPE_CHECKING:
    import h5py

DATA_SIGNATURE = "data_signature"
"""The attribute of a finished sequence that holds the signature of its data."""

TOLERANCE = 1e-9
"""Difference of two sums, relative to the sum of the values' magnitudes, up to which they count as
equal: rounding leads to 1e-13, and one keypoint of 1000 frames that moves by a pixel to 1e-7."""

GOLDEN_ANGLE = np.pi * (3 - 5**0.5)


def data_signature(sequence: PoseSequence) -> np.ndarray:
    """The signature of what an inference takes from a sequence of a data set.

    Args:
        sequence: its `p2`, camera and `fps` count; one that it lacks has zeros.

    Returns:
        [6, 3] for the image points, the four arrays of the camera and the rate: the sum of the
        magnitudes of all values, and the sums of the values weighted by the cosines and the sines
        of angles that look random.
    """
    attrs = [sequence.attrs.get(name, ()) for name in (*CAMERA_ARRAYS, "fps")]
    return np.array([sums(values) for values in (sequence.get("p2", ()), *attrs)])


def tells_change(attrs: Mapping[str, Any], signature: np.ndarray) -> bool:
    """Whether the attributes of a finished sequence tell that it was inferred from other data.

    Results of earlier versions have no signature, and tell nothing.

    Args:
        attrs: the attributes of the sequence in the results file.
        signature: the `data_signature` of the data as they are now.
    """
    stored = attrs.get(DATA_SIGNATURE)
    if stored is None:
        return False
    is_alike = np.shape(stored) == signature.shape
    return not (is_alike and (np.abs(stored - signature) <= TOLERANCE * signature[:, :1]).all())


def keys_of_changed_data(
    path: Path, inference_id: str, dataset: Mapping[str, PoseSequence]
) -> list[str]:
    """Keys of finished sequences whose data are not those that were inferred.

    Sequences whose data cannot be read are not among them.

    Args:
        path: results file.
        inference_id: id of the run.
        dataset: the data as they are now, by key.
    """
    finished: dict[str, Mapping[str, Any]] = {}

    def read(group: "h5py.Group") -> None:
        for key in finished_keys(group):
            finished.setdefault(key, dict(group[key].attrs))

    visit_run(path, inference_id, read)
    return [
        key
        for key, attrs in finished.items()
        # The copy's arrays are freed after their use.
        if key in dataset and _has_changed(attrs, copy(dataset[key]))
    ]


def doubt_of_data(keys: Sequence[str]) -> str | None:
    """What to say of finished sequences whose data have changed; None where there are none.

    Args:
        keys: the keys of the sequences.
    """
    if not keys:
        return None
    others = f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
    return f"the data of {keys[0]}{others} have changed since the inference"


def _has_changed(attrs: Mapping[str, Any], sequence: PoseSequence) -> bool:
    """Whether a finished sequence with such attributes was inferred from other data."""
    try:
        return tells_change(attrs, data_signature(sequence))
    except Exception:  # a damaged file may raise anything, and the poses remain what they are
        return False


def sums(values: Any) -> tuple[float, float, float]:
    """The sum of magnitudes of an array, and two weighted sums; NaN and infinity count as 0.

    The angles grow with the square of the index, so that weights are as irregular as those of a
    random projection: n values that all change by the same amount change the sums by √n times it,
    where angles in equal steps would let them cancel.

    Args:
        values: numbers, an array of any shape.
    """
    flat = np.ravel(np.asarray(values, np.float64))
    flat = np.where(np.isfinite(flat), flat, 0.0)
    angles = GOLDEN_ANGLE * np.arange(len(flat)) ** 2.0
    return np.abs(flat).sum(), flat @ np.cos(angles), flat @ np.sin(angles)
