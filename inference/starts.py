"""Where the optimiser starts: the mean pose, at several yaw angles, where the camera saw it."""

import numpy as np
import tensorflow as tf

from inference.objective import Objective
from inference.observations import Observations

FIRST_HEIGHT = 1650.0
"""The scale at which a fit starts [mm], as in the paper."""


def starts(objective: Objective, scale: np.ndarray, observed: Observations, n: int) -> np.ndarray:
    """Starting points at n yaw angles, the first of them 0.

    Args:
        objective: whose mean pose (z = 0) it is.
        scale: [n_frames] scale of each frame.
        observed: what was seen.
        n: how many.

    Returns:
        [n, n_frames, n_x] float32; positions on the ground are the best for the mean pose.
    """
    x = np.zeros((n, len(observed), objective.n_x), np.float32)
    for k in range(n):
        x[k, :, objective.n_z] = 2 * np.pi * k / n
        p3w = objective.decode(tf.constant(x[k]), tf.constant(scale, tf.float32)).numpy()
        x[k, :, objective.n_z + 1 :] = ground_position(p3w, observed)
    return x


def ground_position(p3w: np.ndarray, observed: Observations) -> np.ndarray:
    """Where on the ground poses have to stand to be seen where they were.

    A point seen at u satisfies f·x + (c − u)·z = 0 in the camera's frame, which is linear in the
    position; the least-squares solution over all joints is taken.

    Args:
        p3w: [n_frames, n_joints, 3] poses above the origin.
        observed: image points and cameras.

    Returns:
        [n_frames, 2] x₀ and y₀; 0 where nothing was seen, or the camera would look away from
        the position found.
    """

    def equations(p3c: np.ndarray) -> np.ndarray:
        """[n_frames, n_joints, 3] vectors in the camera frame → [n_frames, 2·n_joints]."""
        offset = observed.c[:, None] - observed.p2
        sides = observed.f[:, None] * p3c[..., :2] + offset * p3c[..., 2:]
        return (np.sqrt(observed.weights)[..., None] * sides).reshape(len(p3c), -1)

    p3c = p3w @ np.swapaxes(observed.r, 1, 2) + observed.t[:, None]
    along = [equations(np.broadcast_to(observed.r[:, None, :, axis], p3c.shape)) for axis in (0, 1)]
    a = np.stack(along, axis=-1)
    normal = np.swapaxes(a, 1, 2) @ a
    ridge = 1e-9 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(2)
    target = -np.swapaxes(a, 1, 2) @ equations(p3c)[..., None]
    position = np.linalg.solve(normal + ridge + 1e-30 * np.eye(2), target)[..., 0]
    depth = p3c[..., 2] + np.einsum("nk,nk->n", observed.r[:, 2, :2], position)[:, None]
    visible = np.all((depth > 0) | (observed.weights <= 0), axis=1) & observed.seen
    return np.where(visible[:, None], position, 0.0)
