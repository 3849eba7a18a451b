"""Where the optimiser starts: the mean pose, at several yaw angles, where the camera saw it."""

import numpy as np
import tensorflow as tf

from human_pose_util.transforms import matrix_to_vector, rotation_about
from inference.observations import Observations
from inference.placement import Ground
from inference.pose_model import PoseModel

FIRST_HEIGHT = 1650.0
"""The scale at which a fit starts [mm], as in the paper."""

LEVEL = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
"""From a frame with z up to that of a camera which looks along y and is held upright."""


def starts(model: PoseModel, theta: np.ndarray, observed: Observations, n: int) -> np.ndarray:
    """Starting points at n yaw angles, the first of them 0.

    For a camera whose extrinsics are not known, angle 0 faces the camera.

    Args:
        model: whose mean pose (z = 0) it is.
        theta: [4] what the frames share.
        observed: what was seen.
        n: how many.

    Returns:
        [n, n_frames, n_x] float32; positions are the best for the mean pose.
    """
    mean = model.generator(tf.zeros([1, model.n_z]))
    local = model.local(tf.linalg.matrix_transpose(mean)).numpy()[0].T * np.exp(theta[0])
    place = _on_the_ground if isinstance(model.placement, Ground) else _before_the_camera
    x = np.zeros((n, len(observed), model.n_x), np.float32)
    for k in range(n):
        yaw = 2 * np.pi * k / n
        x[k, :, model.n_z :] = place(local @ rotation_about(yaw, "z").T, yaw, observed)
    return x


def _on_the_ground(turned: np.ndarray, yaw: float, observed: Observations) -> np.ndarray:
    """Y [n_frames, 3] of a pose [n_joints, 3] above the origin."""
    position = ground_position(np.tile(turned, (len(observed), 1, 1)), observed)
    return np.concatenate([np.full((len(observed), 1), yaw), position], axis=1)


def _before_the_camera(turned: np.ndarray, yaw: float, observed: Observations) -> np.ndarray:
    """Y [n_frames, 6] of a pose [n_joints, 3] about its root.

    The turn in the image is the one that fits best when depth is ignored (weak perspective), the
    position the least-squares solution; where a joint would come to lie behind the camera, it is
    that of weak perspective, which cannot.
    """
    n, upright = len(observed), turned @ LEVEL.T
    rays = (observed.p2 - observed.c[:, None]) / observed.f[:, None]
    weights = observed.weights[..., None]
    total = np.maximum(weights.sum(axis=1), 1e-12)
    middle = (weights * rays).sum(axis=1) / total
    centre = (weights * upright).sum(axis=1) / total
    away, flat = rays - middle[:, None], (upright - centre[:, None])[..., :2]
    cross = (observed.weights * (flat[..., 0] * away[..., 1] - flat[..., 1] * away[..., 0])).sum(1)
    dot = (observed.weights * (flat * away).sum(axis=2)).sum(axis=1)
    roll = rotation_about(np.arctan2(cross, dot), "z")
    rotation = roll @ LEVEL @ rotation_about(yaw, "z")
    p3c = upright @ np.swapaxes(roll, 1, 2)

    size = np.sqrt((weights * flat**2).sum(axis=(1, 2)))
    seen_size = np.sqrt((weights * away**2).sum(axis=(1, 2)))
    reach = np.abs(upright).max()
    depth = np.clip(size / np.maximum(seen_size, 1e-9), 3 * reach, 1e3 * reach)[:, None]
    centre = (roll @ centre[..., None])[..., 0]
    weak = depth * np.pad(middle, [(0, 0), (0, 1)], constant_values=1.0) - centre
    exact, visible = _position(p3c, np.tile(np.eye(3), (n, 1, 1)), observed)
    position = np.where((visible & (exact[:, 2] > 0))[:, None], exact, weak)
    slopes = position[:, :2] / position[:, 2:]
    return np.concatenate([matrix_to_vector(rotation), slopes, np.log(position[:, 2:])], axis=1)


def ground_position(p3w: np.ndarray, observed: Observations) -> np.ndarray:
    """Where on the ground poses have to stand to be seen where they were.

    Args:
        p3w: [n_frames, n_joints, 3] poses above the origin.
        observed: image points and cameras.

    Returns:
        [n_frames, 2] x₀ and y₀; 0 where nothing was seen, or the camera would look away from
        the position found.
    """
    p3c = p3w @ np.swapaxes(observed.r, 1, 2) + observed.t[:, None]
    position, visible = _position(p3c, observed.r[:, :, :2], observed)
    return np.where(visible[:, None], position, 0.0)


def _position(p3c: np.ndarray, axes: np.ndarray, observed: Observations):
    """How far poses have to move along axes to be seen where they were.

    A point seen at u satisfies f·x + (c − u)·z = 0 in the camera's frame, which is linear in the
    position; the least-squares solution over all joints is taken.

    Args:
        p3c: [n_frames, n_joints, 3] in the camera's frame.
        axes: [n_frames, 3, k] directions there.
        observed: image points and intrinsics.

    Returns:
        [n_frames, k] ways along the axes, and [n_frames] whether all seen joints are then in
        front of the camera.
    """

    def equations(p3c: np.ndarray) -> np.ndarray:
        """[n_frames, n_joints, 3] vectors in the camera frame → [n_frames, 2·n_joints]."""
        offset = observed.c[:, None] - observed.p2
        sides = observed.f[:, None] * p3c[..., :2] + offset * p3c[..., 2:]
        return (np.sqrt(observed.weights)[..., None] * sides).reshape(len(p3c), -1)

    k = axes.shape[2]
    a = np.stack(
        [equations(np.broadcast_to(axes[:, None, :, i], p3c.shape)) for i in range(k)], axis=-1
    )
    normal = np.swapaxes(a, 1, 2) @ a
    ridge = 1e-9 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(k)
    target = -np.swapaxes(a, 1, 2) @ equations(p3c)[..., None]
    position = np.linalg.solve(normal + ridge + 1e-30 * np.eye(k), target)[..., 0]
    depth = p3c[..., 2] + np.einsum("nk,nk->n", axes[:, 2], position)[:, None]
    visible = np.all((depth > 0) | (observed.weights <= 0), axis=1) & observed.seen
    return position, visible
