"""Mirror images of joints: the reflection x → −x, which turns a left limb into a right one."""

import tensorflow as tf

from human_pose_util.skeleton import Skeleton


def mirror_image(points: tf.Tensor, skeleton: Skeleton) -> tf.Tensor:
    """Reflect joints at the plane x = 0, and name the joints as the mirrored person would.

    Args:
        points: [..., n_joints, 2 or 3] joints in an image or in space.
        skeleton: the skeleton of the joints; its `mirror` pairs left joints with right ones.

    Returns:
        Joints of the shape of `points`: x is reversed, left and right are swapped.
    """
    sign = [-1.0] + [1.0] * (points.shape[-1] - 1)
    return tf.gather(points, skeleton.mirror, axis=-2) * tf.constant(sign)
