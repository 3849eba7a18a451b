"""Observations of frames as arrays, which is how the objective and the solvers take them."""

from typing import Any, NamedTuple

import numpy as np


class FrameBatch(NamedTuple):
    """Observations as the objective and the solvers take them, one row for each frame.

    The fields are float32 arrays outside compiled functions and tensors inside. Coordinates stand
    before joints, so that what is done to all joints alike runs along contiguous memory.

    Attributes:
        p2: [batch, 2, n_joints] image points about the given principal point.
        weights: [batch, n_joints] confidences; 0 for a joint that was not observed.
        r: [batch, 3, 3] rotations from the world's frame to the camera's.
        t: [batch, 3] translations to the camera's frame.
        f: [batch, 2] focal lengths.
        proposal_p3: [batch, 3, n_joints] proposed joints in subject heights, in the frame in which
            poses are placed; only their positions relative to each other count. n_joints is 0 where
            there are no proposals.
        proposal_precision: [batch, n_joints] reciprocals of the variances of proposed joints.
        contact: [batch, n_joints] how sure it is that joints stand still from the frame before;
            n_joints is 0 where nothing is known of contacts.
        trend: [batch, 3, n_joints] velocities of the steps in time that end at the frames, against
            which smoothness counts; n_joints is 0 where it counts against rest.
        firmness: [batch] factors of the weight with which bones are held to shared lengths.
        floor_slope: [batch, 3, n_joints] the vertical times the root of the weight with which a
            joint is held to its plane above the floor; n_joints is 0 where there is no floor.
        floor_height: [batch, n_joints] the height of that plane times the same root.
    """

    p2: Any
    weights: Any
    r: Any
    t: Any
    f: Any
    proposal_p3: Any
    proposal_precision: Any
    contact: Any
    trend: Any
    firmness: Any
    floor_slope: Any
    floor_height: Any


def rows_of(frames: FrameBatch, rows) -> FrameBatch:
    """The observations of some frames.

    Args:
        frames: arrays [n_frames, ...].
        rows: index array, mask or slice.
    """
    return FrameBatch(*(part[rows] for part in frames))


def repeat_frames(frames: FrameBatch, n: int) -> FrameBatch:
    """The observations of all frames, n times one after another.

    Args:
        frames: arrays [n_frames, ...].
        n: how often.
    """
    return FrameBatch(*(np.concatenate([part] * n) for part in frames))
