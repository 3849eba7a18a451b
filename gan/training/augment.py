"""Poses that training data could have held: mirrored ones, and those of other bodies."""

import tensorflow as tf

from gan.params import GanParams
from human_pose_util.skeleton import Skeleton


def augmented(
    poses: tf.Tensor, params: GanParams, skeleton: Skeleton, seed: tf.Tensor
) -> tf.Tensor:
    """Poses [n, n_joints, 3], changed at random as a GAN's parameters want; seed [2]."""
    if params.mirror:
        poses = mirrored(poses, skeleton, seed)
    if params.bone_spread:
        poses = other_bodies(poses, skeleton, params.bone_spread, seed + 2**30)
    return poses


def mirror_image(points: tf.Tensor, skeleton: Skeleton) -> tf.Tensor:
    """Joints [..., n_joints, 2 or 3] with x reversed, left and right swapped."""
    sign = [-1.0] + [1.0] * (points.shape[-1] - 1)
    return tf.gather(points, skeleton.mirror, axis=-2) * tf.constant(sign)


def mirrored(poses: tf.Tensor, skeleton: Skeleton, seed: tf.Tensor) -> tf.Tensor:
    """Every other pose [n, n_joints, 3], at random, in the mirror: left and right swapped."""
    image = mirror_image(poses, skeleton)
    chosen = tf.random.stateless_uniform([tf.shape(poses)[0]], seed) < 0.5
    return tf.where(chosen[:, None, None], image, poses)


def other_bodies(poses: tf.Tensor, skeleton: Skeleton, spread: float, seed: tf.Tensor) -> tf.Tensor:
    """The same postures with other bone lengths, alike left and right, the feet where they were.

    Args:
        poses: [n, n_joints, 3], z up.
        skeleton: theirs.
        spread: standard deviation of the logarithm of a bone's factor.
        seed: [2].

    Returns:
        [n, n_joints, 3]; the lowest joint keeps its height.
    """
    n_joints = skeleton.n_joints
    factors = tf.exp(spread * tf.random.stateless_normal([tf.shape(poses)[0], n_joints], seed))
    one_side = [min(j, mirror) for j, mirror in enumerate(skeleton.mirror)]
    factors = tf.gather(factors, one_side, axis=1)
    joints: dict[int, tf.Tensor] = {}

    def place(j: int) -> tf.Tensor:
        if j not in joints:
            parent = int(skeleton.parents[j])
            bone = poses[:, j] - poses[:, parent]
            joints[j] = poses[:, j] if parent < 0 else place(parent) + factors[:, j, None] * bone
        return joints[j]

    changed = tf.stack([place(j) for j in range(n_joints)], axis=1)
    floor = tf.reduce_min(poses[..., 2], axis=1) - tf.reduce_min(changed[..., 2], axis=1)
    return changed + tf.stack([0 * floor, 0 * floor, floor], axis=1)[:, None]
