"""Gaps: frames of a sequence that tell nothing, between frames that do."""

from typing import NamedTuple

import numpy as np


class Around(NamedTuple):
    """The frames around each frame of a sequence that tell something; itself, if it tells.

    Attributes:
        before: [n_frames] the last one up to a frame; where there is none, the first one of all.
        after: [n_frames] the first one from a frame on; where there is none, the last one of all.
        share: [n_frames] how far the frame is from `before` to `after`, from 0 to 1. It means
            nothing before the first and after the last frame that tells, where both are one.
    """

    before: np.ndarray
    after: np.ndarray
    share: np.ndarray


def around(is_told: np.ndarray) -> Around:
    """The frames around each frame that tell something.

    Args:
        is_told: [n_frames] which frames tell something, at least one.
    """
    rows, frames = np.flatnonzero(is_told), np.arange(len(is_told))
    before = rows[np.maximum(np.searchsorted(rows, frames, side="right") - 1, 0)]
    after = rows[np.minimum(np.searchsorted(rows, frames), len(rows) - 1)]
    return Around(before, after, (frames - before) / np.maximum(after - before, 1))
