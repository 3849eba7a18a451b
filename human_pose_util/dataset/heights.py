"""How tall the subjects of a data set are, in units of which a GAN learns poses."""

import logging
from collections.abc import Mapping

import numpy as np

from human_pose_util.dataset.filters import one_view_each
from human_pose_util.dataset.notes import note_once
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.errors import DataError
from human_pose_util.skeleton import Converter

log = logging.getLogger(__name__)

# The largest height of a subject in units of the usual one, which only so many frames exceed.
# People who mostly sit stand up to less than 1.5, and nobody who lies curled up reaches 3.
_USUAL = 0.95
_DOUBTFUL, _IMPOSSIBLE = 1.5, 3.0


def subject_height(dataset: Dataset, convert: Converter, subject_id: str | None) -> float:
    """The largest height of a subject in its train frames, or without such frames in all [mm].

    Args:
        dataset: the unfiltered data set.
        convert: converts its poses to the skeleton that defines the height.
        subject_id: the subject.

    Raises:
        DataError: no frame is complete, or the height is impossible.
    """
    views = {key: dataset[key] for key in dataset}
    own = {key: s for key, s in views.items() if s.attrs.get("subject_id") == subject_id}
    takes = one_view_each(Dataset(own, {}))
    train = [key for key in takes if takes[key].attrs.get("mode") == "train"]
    heights = {key: _heights(takes[key], convert) for key in train or takes}
    height = float(max(np.nanmax(of_take, initial=0.0) for of_take in heights.values()))
    if not height:
        raise DataError(f"subject {subject_id!r} has no frame from which to take its height")
    if not np.isfinite(height):
        raise DataError(f"subject {subject_id!r} is {height} mm tall: its poses cannot be right")
    _check_tallest(heights, height, f"subject {subject_id!r}")
    return height


def _heights(sequence, convert: Converter) -> np.ndarray:
    """[n_frames] distance from the head to the feet [mm]."""
    with np.errstate(invalid="ignore"):  # Poses may hold infinity.
        heights = convert.target.height(convert.convert(sequence["p3w"][:]))
    return sequence.attrs.get("space_scale", 1.0) * heights


def _check_tallest(heights: Mapping[str, np.ndarray], height: float, subject: str) -> None:
    """Compare a height with the usual one of the subject's takes: a note, or a DataError.

    Of one frame in which a joint is far off, the height of the subject, and so the size of all its
    poses, would be that of the mistake.
    """
    of_all = np.concatenate(list(heights.values()))
    usual = np.nanquantile(of_all, _USUAL, method="lower")
    if not height > _DOUBTFUL * usual:
        return
    key = next(key for key, of_take in heights.items() if (of_take == height).any())
    frame = int(np.nanargmax(heights[key]))
    problem = (
        f"{subject} is {height:.0f} mm tall in frame {frame} of {key}, and hardly ever more than "
        f"{usual:.0f} mm: a joint is far off in that frame; write NaN for a joint that is missing"
    )
    if height > _IMPOSSIBLE * usual:
        raise DataError(problem)
    note_once(log, problem)
