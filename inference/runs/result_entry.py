"""What results.hdf5 stores of the result of a sequence."""

from collections.abc import Mapping

import numpy as np

from human_pose_util.evaluate.data_signature import DATA_SIGNATURE
from human_pose_util.registry import get_skeleton
from inference.model.body import Bones
from inference.runs.entry import Entry
from inference.search.inference_result import InferenceResult

_ARRAYS = (
    "p3w",
    "z",
    "yaw",
    "rotation",
    "translation",
    "cost",
    "iterations",
    "status",
    "std",
    "aligned_std",
    "hypotheses_p3w",
    "hypotheses_cost",
)
"""Arrays of a result that are stored, where it has them."""


def entry_of(
    result: InferenceResult, attrs: Mapping, skeleton_id: str, signature: np.ndarray
) -> Entry:
    """A result as results.hdf5 stores it.

    Args:
        result: the result of a sequence.
        attrs: the attributes of the sequence.
        skeleton_id: skeleton of the poses.
        signature: the signature of the data (`human_pose_util.evaluate.data_signature`).

    Raises:
        DataError: it has values that are not finite.
    """
    arrays = {name: getattr(result, name) for name in _ARRAYS}
    described = {
        "frame": result.frame,
        "inference_time": result.seconds,
        "inference_fps": result.fps,
        "scale": result.scale,
        "space_scale": attrs["space_scale"],
        "pixel_scale": attrs["pixel_scale"],
        # The camera has them for every frame; they are equal unless it zooms.
        "f": result.camera.f.mean(axis=0),
        "c": result.camera.c.mean(axis=0),
        "skeleton_id": skeleton_id,
        "fps": attrs["fps"],
        DATA_SIGNATURE: signature,
    }
    if result.lengths.size:  # all frames share a body
        described |= Bones.of(get_skeleton(skeleton_id)).attributes(result.p3w)
    return Entry({name: array for name, array in arrays.items() if array is not None}, described)
