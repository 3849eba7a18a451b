"""Numbers that tell whether the data of a finished sequence are still those that were inferred.

A hash would do, but the image points of a data set may be computed, and then differ in the last
bit from machine to machine. Sums with fixed weights differ as little as the values do, so two
signatures are compared with a tolerance.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS
from human_pose_util.evaluate.results_file import finished_keys, visit_run
from inference.model.observations import Observations

if TYPE_CHECKING:
    import h5py

DATA_SIGNATURE = "data_signature"
"""The attribute of a finished sequence that holds the signature of its data."""

TOLERANCE = 1e-9
"""Difference of two sums, relative to the sum of the values' magnitudes, up to which they count as
equal: rounding leads to 1e-13, and one keypoint of 1000 frames that moves by a pixel to 1e-7."""

GOLDEN_ANGLE = np.pi * (3 - 5**0.5)


def data_signature(observed: Observations) -> np.ndarray:
    """The signature of what a data set tells of a sequence.

    Args:
        observed: the observations as the data set has them, n_frames frames.

    Returns:
        [n_quantities, 3] for image points, confidences, the arrays of the camera, the time between
        frames and the height: the sum of the magnitudes of all values, and the sums of the values
        weighted by the cosines and the sines of angles that look random.
    """
    camera = [getattr(observed.camera, name) for name in CAMERA_ARRAYS]
    height = 0.0 if observed.height is None else observed.height
    quantities = [observed.p2, observed.weights, *camera, [observed.dt], [height]]
    return np.array([_sums(np.ravel(values)) for values in quantities])


def is_signature_of(stored: np.ndarray, signature: np.ndarray) -> bool:
    """Whether a stored signature is that of the same data.

    Args:
        stored: the signature [n_quantities, 3] in a results file, or whatever is there.
        signature: [n_quantities, 3] the signature of the data as they are now.
    """
    if np.shape(stored) != signature.shape:
        return False
    return bool((np.abs(stored - signature) <= TOLERANCE * signature[:, :1]).all())


def keys_of_changed_data(
    path: Path, inference_id: str, observe: Callable[[str], Observations]
) -> list[str]:
    """Keys of finished sequences whose data are not those that were inferred.

    Results without a signature, which earlier versions wrote, and sequences whose data cannot be
    read, are not among them.

    Args:
        path: results file.
        inference_id: id of the run.
        observe: takes a key, and gives the observations of the sequence as the data set has them.
    """
    stored: dict[str, np.ndarray] = {}

    def read(group: "h5py.Group") -> None:
        for key in finished_keys(group):
            if DATA_SIGNATURE in group[key].attrs:
                stored.setdefault(key, group[key].attrs[DATA_SIGNATURE])

    visit_run(path, inference_id, read)
    return [key for key, values in stored.items() if _has_changed(key, values, observe)]


def _has_changed(key: str, stored: np.ndarray, observe: Callable[[str], Observations]) -> bool:
    try:
        observed = observe(key)
    except Exception:  # a damaged file may raise anything, and the poses remain what they are
        return False
    return not is_signature_of(stored, data_signature(observed))


def _sums(values: np.ndarray) -> tuple[float, float, float]:
    """The sum of magnitudes of [n] values, and two weighted sums.

    The angles grow with the square of the index, so that weights are as irregular as those of a
    random projection: values that all change by the same amount change the sums by √n times it,
    where angles in equal steps would let them cancel.
    """
    angles = GOLDEN_ANGLE * np.arange(len(values)) ** 2.0
    return np.abs(values).sum(), values @ np.cos(angles), values @ np.sin(angles)
