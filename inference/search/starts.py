"""Starting points of a search: the proposal, and the mean pose at evenly spaced yaw angles.

Each pose is put where it would be observed: at the position whose projection is nearest to the
image points. That position is the solution of a linear least-squares problem, since a point that is
observed at u satisfies f·x + (c − u)·z = 0 in the camera's frame.
"""

import numpy as np
import tensorflow as tf

from gan.networks.proposal_network import Proposal
from human_pose_util.transforms import LEVEL, fit_rigid, fit_turn, matrix_to_vector, rotation_about
from inference.model.observations import Observations
from inference.model.placement import Free, Ground
from inference.model.pose_model import PoseModel
from inference.model.sequence_variables import SequenceValues


def starts(model: PoseModel, theta: np.ndarray, observed: Observations, n: int) -> np.ndarray:
    """Starting points of a sequence's frames: the proposal, if there is one, then yaw angles.

    Yaw angles are evenly spaced, the first is 0. For a camera whose extrinsics are unknown, the
    angle 0 faces the camera.

    Args:
        model: poses as a function of the variables.
        theta: [n_theta] sequence variables.
        observed: the observations, in the coordinates of the search.
        n: number of starting points.

    Returns:
        [n, n_frames, n_x] float32; each position is the best one for its pose.
    """
    n_frames, scale = len(observed), np.exp(SequenceValues.of(theta).log_scale)
    x = np.zeros((n, n_frames, model.n_x), np.float32)
    proposal = observed.proposal
    n_proposals = 0 if proposal is None else 1
    if proposal is not None:
        x[0, :, : model.n_z] = proposal.z
        local = _local_poses(model, proposal.z) * scale
        x[0, :, model.n_z :] = _place_at_proposal(model, local, proposal, observed)
    mean = np.tile(_local_poses(model, np.zeros((1, model.n_z))) * scale, (n_frames, 1, 1))
    place = _place_on_ground if model.placement.in_world else _place_before_camera
    for k in range(n_proposals, n):
        yaw = 2 * np.pi * (k - n_proposals) / (n - n_proposals)
        turned = mean @ rotation_about(yaw, "z").T
        # The latent vector stays 0, which is the mean pose; starts differ by how it is turned.
        x[k, :, model.n_z :] = place(turned, np.full(n_frames, yaw), observed)
    return x


def _local_poses(model: PoseModel, z: np.ndarray) -> np.ndarray:
    """Local poses [n, n_joints, 3] of latent vectors [n, n_z]."""
    generated = model.generator(tf.constant(z, tf.float32))
    return np.swapaxes(model.local(tf.linalg.matrix_transpose(generated)).numpy(), 1, 2)


def _place_at_proposal(
    model: PoseModel, local: np.ndarray, proposal: Proposal, observed: Observations
) -> np.ndarray:
    """Placements [n_frames, n_y] that turn local poses as the proposal, where it is observed.

    In the world they turn about the vertical, in the camera's frame in any way.
    """
    target = proposal.p3 - proposal.p3.mean(axis=1, keepdims=True)
    source = local - local.mean(axis=1, keepdims=True)
    if model.placement.in_world:
        yaw = fit_turn(source[..., :2], target[..., :2])
        turned = local @ np.swapaxes(rotation_about(yaw, "z"), 1, 2)
        return _place_on_ground(turned, yaw, observed)
    rotation, _ = fit_rigid(source, target)
    p3c = local @ np.swapaxes(rotation, 1, 2)
    return _place_freely(p3c, rotation, observed)


def _place_on_ground(turned: np.ndarray, yaw: np.ndarray, observed: Observations) -> np.ndarray:
    """Placements [n_frames, 3] of poses [n_frames, n_joints, 3] above the origin."""
    return Ground().pack(yaw, ground_position(turned, observed))


def _place_before_camera(turned: np.ndarray, yaw: np.ndarray, observed: Observations) -> np.ndarray:
    """Placements [n_frames, 6] of poses [n_frames, n_joints, 3] about their roots.

    The turn in the image is the best one under weak perspective, which ignores depth.
    """
    # LEVEL takes the world's axes (z up) to those of a camera that looks straight ahead (y down).
    upright = turned @ LEVEL.T
    _, rays = _centred_rays(observed)
    flat = _about_centre(upright, observed)[..., :2]
    roll = rotation_about(fit_turn(flat, rays, observed.weights), "z")
    rotation = roll @ LEVEL @ rotation_about(yaw, "z")
    return _place_freely(upright @ np.swapaxes(roll, 1, 2), rotation, observed)


def _place_freely(p3c: np.ndarray, rotation: np.ndarray, observed: Observations) -> np.ndarray:
    """Placements [n_frames, 6] of turned poses [n_frames, n_joints, 3] about their roots.

    The position is the least-squares solution. Where that would put a joint behind the camera, the
    position is that of weak perspective, which cannot: its depth is the ratio of the pose's size to
    that of the image, within bounds, and its centre is on the ray of the image's centre.
    """
    centre_ray, rays = _centred_rays(observed)
    weights = observed.weights[..., None]
    centred = _about_centre(p3c, observed)
    size = np.sqrt((weights * centred[..., :2] ** 2).sum(axis=(1, 2)))
    image_size = np.sqrt((weights * rays**2).sum(axis=(1, 2)))
    # At three times its reach, no joint of the pose is behind the camera. The other bound keeps the
    # depth finite where all image points are one.
    reach = np.maximum(np.abs(p3c).max(axis=(1, 2)), 1e-9)
    depth = np.clip(size / np.maximum(image_size, 1e-9), 3 * reach, 1e3 * reach)[:, None]
    centre = (p3c - centred)[:, 0]  # the same for every joint
    weak = depth * np.pad(centre_ray, [(0, 0), (0, 1)], constant_values=1.0) - centre
    exact, is_visible = _position(p3c, np.tile(np.eye(3), (len(p3c), 1, 1)), observed)
    position = np.where((is_visible & (exact[:, 2] > 0))[:, None], exact, weak)
    return Free().pack(matrix_to_vector(rotation), position)


def _centred_rays(observed: Observations) -> tuple[np.ndarray, np.ndarray]:
    """The weighted mean of the rays, [n_frames, 2], and [n_frames, n_joints, 2] rays about it."""
    rays = observed.rays
    centre = _weighted_mean(rays, observed)
    return centre, rays - centre[:, None]


def _about_centre(poses: np.ndarray, observed: Observations) -> np.ndarray:
    """Poses [n_frames, n_joints, 3] about the weighted mean of their observed joints."""
    return poses - _weighted_mean(poses, observed)[:, None]


def _weighted_mean(points: np.ndarray, observed: Observations) -> np.ndarray:
    """Means [n_frames, k] of points [n_frames, n_joints, k], weighted by confidence."""
    weights = observed.weights[..., None]
    return (weights * points).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)


def ground_position(p3w: np.ndarray, observed: Observations) -> np.ndarray:
    """The positions on the ground at which poses are observed as they are in the image.

    Args:
        p3w: [n_frames, n_joints, 3] poses above the origin.
        observed: image points and cameras.

    Returns:
        [n_frames, 2] x₀ and y₀; `observed.home` where nothing is observed, or where the camera
        would look away from the position.
    """
    camera = observed.camera
    p3c = p3w @ np.swapaxes(camera.r, 1, 2) + camera.t[:, None]
    position, is_visible = _position(p3c, camera.r[:, :, :2], observed)
    return np.where(is_visible[:, None], position, observed.home[:2])


def _position(p3c: np.ndarray, axes: np.ndarray, observed: Observations):
    """The shifts of poses along axes that bring them nearest to their image points.

    The equations f·x + (c − u)·z = 0 of all joints are linear in the shift; their weighted
    least-squares solution is returned.

    Args:
        p3c: [n_frames, n_joints, 3] poses in the camera's frame.
        axes: [n_frames, 3, k] directions in the camera's frame.
        observed: image points and intrinsics.

    Returns:
        [n_frames, k] lengths of the shifts along the axes, and [n_frames] whether all observed
        joints are in front of the camera then.
    """
    camera = observed.camera

    def equations(p3c: np.ndarray) -> np.ndarray:
        """Left sides [n_frames, 2·n_joints] for vectors [n_frames, n_joints, 3]."""
        offset = camera.c[:, None] - observed.p2
        sides = camera.f[:, None] * p3c[..., :2] + offset * p3c[..., 2:]
        return (np.sqrt(observed.weights)[..., None] * sides).reshape(len(p3c), -1)

    # The left sides e are linear: shifts s along axes a make e(p3c) into e(p3c) + Σ s_i·e(a_i).
    k = axes.shape[2]
    columns = [equations(np.broadcast_to(axes[:, None, :, i], p3c.shape)) for i in range(k)]
    a = np.stack(columns, axis=-1)
    normal = np.swapaxes(a, 1, 2) @ a
    # A frame without observations has a normal matrix of zeros: the ridge makes its shift 0.
    ridge = 1e-9 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(k)
    # 1e-30 makes the zeros of such a frame invertible; no other frame notices.
    target = -np.swapaxes(a, 1, 2) @ equations(p3c)[..., None]
    position = np.linalg.solve(normal + ridge + 1e-30 * np.eye(k), target)[..., 0]
    depth = p3c[..., 2] + np.einsum("nk,nk->n", axes[:, 2], position)[:, None]
    in_front = np.all((depth > 0) | (observed.weights <= 0), axis=1)
    return position, in_front & observed.has_joints
