"""Where the optimiser starts: as proposed, or the mean pose at yaw angles, where it was seen."""

import numpy as np
import tensorflow as tf

from human_pose_util.transforms import LEVEL, fit_rigid, matrix_to_vector, rotation_about
from inference.model.observations import Observations
from inference.model.placement import Ground
from inference.model.pose_model import PoseModel

FIRST_HEIGHT = 1650.0
"""The scale at which a fit starts [mm], as in the paper."""


def starts(model: PoseModel, theta: np.ndarray, observed: Observations, n: int) -> np.ndarray:
    """Starting points: what a network proposes, if it does, then the mean pose at yaw angles.

    Angles are evenly spaced, the first is 0. For a camera whose extrinsics are not known, angle 0
    faces the camera.

    Args:
        model: whose poses they are.
        theta: [4] what the frames share.
        observed: what was seen.
        n: how many.

    Returns:
        [n, n_frames, n_x] float32; positions are the best for the pose.
    """
    count, size = len(observed), np.exp(theta[0])
    x = np.zeros((n, count, model.n_x), np.float32)
    proposed = 0 if observed.proposals is None else 1
    if proposed:
        x[0, :, : model.n_z] = observed.proposals.z
        local = _decoded(model, observed.proposals.z) * size
        x[0, :, model.n_z :] = _proposed_place(model, local, observed)
    mean = np.tile(_decoded(model, np.zeros((1, model.n_z))) * size, (count, 1, 1))
    place = _on_the_ground if isinstance(model.placement, Ground) else _before_the_camera
    for k in range(proposed, n):
        yaw = 2 * np.pi * (k - proposed) / (n - proposed)
        turned = mean @ rotation_about(yaw, "z").T
        x[k, :, model.n_z :] = place(turned, np.full(count, yaw), observed)
    return x


def _decoded(model: PoseModel, z: np.ndarray) -> np.ndarray:
    """Local poses [n, n_joints, 3] of latent vectors."""
    generated = model.generator(tf.constant(z, tf.float32))
    return np.swapaxes(model.local(tf.linalg.matrix_transpose(generated)).numpy(), 1, 2)


def _proposed_place(model: PoseModel, local: np.ndarray, observed: Observations) -> np.ndarray:
    """Y [n_frames, n_y] that puts local poses as they were proposed, where they were seen."""
    there = observed.proposals.p3 - observed.proposals.p3.mean(axis=1, keepdims=True)
    here = local - local.mean(axis=1, keepdims=True)
    if isinstance(model.placement, Ground):
        cross = here[..., 0] * there[..., 1] - here[..., 1] * there[..., 0]
        dot = (here[..., :2] * there[..., :2]).sum(axis=(1, 2))
        yaw = np.arctan2(cross.sum(axis=1), dot)
        turned = local @ np.swapaxes(rotation_about(yaw, "z"), 1, 2)
        return _on_the_ground(turned, yaw, observed)
    rotation, _ = fit_rigid(here, there)
    p3c = local @ np.swapaxes(rotation, 1, 2)
    return _free_place(p3c, rotation, observed)


def _on_the_ground(turned: np.ndarray, yaw: np.ndarray, observed: Observations) -> np.ndarray:
    """Y [n_frames, 3] of poses [n_frames, n_joints, 3] above the origin."""
    return np.concatenate([yaw[:, None], ground_position(turned, observed)], axis=1)


def _before_the_camera(turned: np.ndarray, yaw: np.ndarray, observed: Observations) -> np.ndarray:
    """Y [n_frames, 6] of poses [n_frames, n_joints, 3] about their roots.

    The turn in the image is the one that fits best when depth is ignored (weak perspective).
    """
    upright = turned @ LEVEL.T
    _, away = _rays(observed)
    flat = _about_centre(upright, observed)[..., :2]
    cross = (observed.weights * (flat[..., 0] * away[..., 1] - flat[..., 1] * away[..., 0])).sum(1)
    dot = (observed.weights * (flat * away).sum(axis=2)).sum(axis=1)
    roll = rotation_about(np.arctan2(cross, dot), "z")
    rotation = roll @ LEVEL @ rotation_about(yaw, "z")
    return _free_place(upright @ np.swapaxes(roll, 1, 2), rotation, observed)


def _free_place(p3c: np.ndarray, rotation: np.ndarray, observed: Observations) -> np.ndarray:
    """Y [n_frames, 6] of poses [n_frames, n_joints, 3] about their roots, turned as they are.

    The position is the least-squares solution; where a joint would come to lie behind the camera,
    it is that of weak perspective, which cannot.
    """
    middle, away = _rays(observed)
    weights = observed.weights[..., None]
    away_p3 = _about_centre(p3c, observed)
    size = np.sqrt((weights * away_p3[..., :2] ** 2).sum(axis=(1, 2)))
    seen_size = np.sqrt((weights * away**2).sum(axis=(1, 2)))
    reach = np.maximum(np.abs(p3c).max(axis=(1, 2)), 1e-9)
    depth = np.clip(size / np.maximum(seen_size, 1e-9), 3 * reach, 1e3 * reach)[:, None]
    centre = (p3c - away_p3)[:, 0]
    weak = depth * np.pad(middle, [(0, 0), (0, 1)], constant_values=1.0) - centre
    exact, visible = _position(p3c, np.tile(np.eye(3), (len(p3c), 1, 1)), observed)
    position = np.where((visible & (exact[:, 2] > 0))[:, None], exact, weak)
    slopes = position[:, :2] / position[:, 2:]
    return np.concatenate([matrix_to_vector(rotation), slopes, np.log(position[:, 2:])], axis=1)


def _rays(observed: Observations) -> tuple[np.ndarray, np.ndarray]:
    """The middle [n_frames, 2] of what was seen as rays, and rays [..., n_joints, 2] about it."""
    rays = observed.rays
    middle = _weighted_mean(rays, observed)
    return middle, rays - middle[:, None]


def _about_centre(poses: np.ndarray, observed: Observations) -> np.ndarray:
    """Poses [n_frames, n_joints, 3] about the mean of their seen joints."""
    return poses - _weighted_mean(poses, observed)[:, None]


def _weighted_mean(points: np.ndarray, observed: Observations) -> np.ndarray:
    weights = observed.weights[..., None]
    return (weights * points).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)


def ground_position(p3w: np.ndarray, observed: Observations) -> np.ndarray:
    """Where on the ground poses have to stand to be seen where they were.

    Args:
        p3w: [n_frames, n_joints, 3] poses above the origin.
        observed: image points and cameras.

    Returns:
        [n_frames, 2] x₀ and y₀; home where nothing was seen, or the camera would look away from
        the position found.
    """
    p3c = p3w @ np.swapaxes(observed.r, 1, 2) + observed.t[:, None]
    position, visible = _position(p3c, observed.r[:, :, :2], observed)
    return np.where(visible[:, None], position, observed.home[:2])


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
