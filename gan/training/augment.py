"""Augmentation: poses that the training data could have held, mirrored or of other bodies."""

import tensorflow as tf

from gan.mirror import mirror_image
from gan.params import GanParams
from human_pose_util.skeleton import Skeleton


def augmented(
    poses: tf.Tensor, params: GanParams, skeleton: Skeleton, seed: tf.Tensor
) -> tf.Tensor:
    """Change poses at random, as the parameters of a GAN say.

    Args:
        poses: [n, n_joints, 3], z up, the root above the origin, facing front.
        params: the parameters; `mirror` and `bone_spread` matter.
        skeleton: the skeleton of the poses.
        seed: [2] integers.

    Returns:
        [n, n_joints, 3].
    """
    if params.mirror:
        poses = mirrored(poses, skeleton, seed)
    if params.bone_spread:
        poses = other_bodies(poses, skeleton, params.bone_spread, seed + 2**30)
    return poses


def mirrored(poses: tf.Tensor, skeleton: Skeleton, seed: tf.Tensor) -> tf.Tensor:
    """Mirror half of the poses, chosen at random.

    Args:
        poses: [n, n_joints, 3], facing front: the mirror is the plane x = 0.
        skeleton: the skeleton of the poses.
        seed: [2] integers.

    Returns:
        [n, n_joints, 3].
    """
    image = mirror_image(poses, skeleton)
    chosen = tf.random.stateless_uniform([tf.shape(poses)[0]], seed) < 0.5
    return tf.where(chosen[:, None, None], image, poses)


def other_bodies(poses: tf.Tensor, skeleton: Skeleton, spread: float, seed: tf.Tensor) -> tf.Tensor:
    """Give poses the bone lengths of other bodies, with the same directions of all bones.

    Each bone of a pose is scaled by a random factor exp(N(0, spread²)), the same one for a bone
    and its mirror image. The bones are put together again from the root, and the whole pose is
    raised or lowered so that its lowest joint keeps its height: feet stay on the floor.

    Args:
        poses: [n, n_joints, 3], z up.
        skeleton: the skeleton of the poses.
        spread: standard deviation of the logarithm of a bone's factor.
        seed: [2] integers.

    Returns:
        [n, n_joints, 3].
    """
    n_joints = skeleton.n_joints
    # factors[:, j] belongs to the bone that ends in joint j. Of a left and a right bone both take
    # the factor of the one with the lower index.
    factors = tf.exp(spread * tf.random.stateless_normal([tf.shape(poses)[0], n_joints], seed))
    one_side = [min(j, int(mirror)) for j, mirror in enumerate(skeleton.mirror)]
    factors = tf.gather(factors, one_side, axis=1)
    joints: dict[int, tf.Tensor] = {}

    def place(j: int) -> tf.Tensor:
        """Joint j of the other bodies [n, 3]: its parent's place and the scaled bone."""
        if j not in joints:
            parent = int(skeleton.parents[j])
            bone = poses[:, j] - poses[:, parent]
            joints[j] = poses[:, j] if parent < 0 else place(parent) + factors[:, j, None] * bone
        return joints[j]

    changed = tf.stack([place(j) for j in range(n_joints)], axis=1)
    lift = tf.reduce_min(poses[..., 2], axis=1) - tf.reduce_min(changed[..., 2], axis=1)
    return changed + tf.stack([0 * lift, 0 * lift, lift], axis=1)[:, None]
