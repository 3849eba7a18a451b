"""Whether image points are where the cameras of a data set see its poses."""

import logging

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, camera_moves
from human_pose_util.dataset.notes import note_once
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.sampling import evenly_spaced
from human_pose_util.transforms import project, transform_frame

log = logging.getLogger(__name__)

_SEQUENCES, _FRAMES = 8, 5  # what is compared, as the same mistake is mostly in all sequences
# In extents of the person: detectors and lenses err by less, and left and right that are exchanged
# lead to 0.05 to 0.2.
_TOLERANCE = 0.1


def note_far_image_points(dataset: Dataset) -> None:
    """Write a note where the image points of a data set are far from the images of its poses.

    Args:
        dataset: a `Dataset`, or an `h5py.Group` of that shape, in any units. Some of its sequences
            are compared. Those without image points or a camera, and those that cannot be read,
            pass: whoever needs them reports that.
    """
    keys = list(dataset)
    sample = [keys[i] for i in evenly_spaced(len(keys), _SEQUENCES)]
    distances = {key: _distance(dataset[key]) for key in sample}
    if far := [key for key, distance in distances.items() if distance > _TOLERANCE]:
        note_once(
            log,
            f"p2 is far from the projection of p3w, {distances[far[0]]:.2g} times the extent of "
            f"the person (median) in {far[0]} ({len(far)} of {len(sample)} sequences that were "
            "compared): check r, t, f, c, the units and the order of the joints",
        )


def _distance(sequence) -> float:
    """The median distance of image points from those of the poses, in extents of the person."""
    attrs = sequence.attrs
    if "p2" not in sequence or any(name not in attrs for name in CAMERA_ARRAYS):
        return 0.0
    try:
        rows = evenly_spaced(len(sequence["p3w"]), _FRAMES)
        p3w, p2 = sequence["p3w"][rows], sequence["p2"][rows]
        r, t = (attrs[name][rows] if camera_moves(attrs) else attrs[name] for name in ("r", "t"))
        with np.errstate(all="ignore"):  # Points may be anywhere, or NaN.
            images = project(transform_frame(p3w, r, t), attrs["f"], attrs["c"])
            extents = np.linalg.norm(np.fmax.reduce(p2, 1) - np.fmin.reduce(p2, 1), axis=-1)
            distances = np.linalg.norm(p2 - images, axis=-1) / extents[:, None]
    except Exception:  # Damaged files and wrong arrays may raise anything.
        return 0.0
    is_known = ~np.isnan(distances)
    # A few joints do not show how large the person is.
    known = distances[is_known & (is_known.mean(axis=1, keepdims=True) >= 0.5)]
    return float(np.median(known)) if known.size else 0.0
