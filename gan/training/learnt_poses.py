"""Numbers that tell whether the poses of a GAN's data are still those that it has learnt.

A GAN whose data have changed is trained further and judged all the same, with a note.
"""

import logging
from collections.abc import Iterable

import numpy as np

from gan.checkpoint import Checkpoint
from human_pose_util.evaluate.data_signature import GOLDEN_ANGLE, sums

SIGNATURE = "poses_signature"
"""The key of a checkpoint's description that holds the signature of the poses."""

TOLERANCE = 1e-6
"""Difference of two sums, relative to the sum of magnitudes, up to which poses count as equal. They
are in single precision, and whole data sets differ, not a keypoint."""

log = logging.getLogger(__name__)


def signature(poses: np.ndarray) -> list[float]:
    """The number of poses, and the three `sums` of a combination of each pose's coordinates.

    Args:
        poses: [n_poses, n_joints, 3] poses.
    """
    flat = poses.reshape(len(poses), -1)
    weights = np.cos(GOLDEN_ANGLE * np.arange(flat.shape[1]) ** 2.0).astype(flat.dtype)
    return [float(len(poses)), *map(float, sums(flat @ weights))]


def doubt_of_poses(loaded: Checkpoint, now: list[float]) -> str | None:
    """What to say where a GAN has learnt other poses than those of its data now; else None.

    Args:
        loaded: its checkpoint. One of an earlier version, or one that was selected from a
            population, tells nothing.
        now: the `signature` of the poses now.
    """
    then = loaded.meta.get(SIGNATURE)
    if then is None or np.allclose(then, now, rtol=0, atol=TOLERANCE * now[1]):
        return None
    numbers = f"{then[0]:.0f} poses then, {now[0]:.0f} now"
    return f"the data have changed since {loaded.path} was trained ({numbers})"


def note_other_poses(resumed: Iterable[Checkpoint | None], now: list[float]) -> None:
    """Write a note where a training goes on from checkpoints, and one of them has other poses.

    Args:
        resumed: the checkpoints; the first one with other poses is named. None is a training from
            the start.
        now: the `signature` of the poses now.
    """
    doubts = (doubt_of_poses(one, now) for one in resumed if one is not None)
    if doubt := next(filter(None, doubts), None):
        log.warning("note: %s: another gan_id begins anew", doubt)
