"""Examples for a proposal network: 3D poses as virtual cameras and detectors would see them.

No real camera enters: distance, yaw, pitch and roll are drawn at random, wide enough for any.
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks.normalized_view import UPRIGHT, view
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import LEVEL, rotation_about

NEAREST, FARTHEST = 1.3, 10.0  # of the camera, in subject heights
PITCH, PITCH_STD, ROLL_STD = 0.1, 0.25, 0.1  # [rad]; positive looks down
OFF_AXIS = 0.25  # standard deviation of where in the image, as a slope
FOCAL_STD = 0.15  # of log f, where the camera is not known


class Spoiling(NamedTuple):
    """How what was seen is spoilt.

    Attributes:
        share: of the examples that miss joints, and, apart from that, of those that have noise.
        missing: the largest share of joints that such an example misses.
        noise: the largest standard deviation of such an example's image points, in units of the
            spread of the person in the image; 0.05 is 4 pixels for a person of 300.
        unplaced: share of the examples whose camera is not known.
    """

    share: float
    missing: float
    noise: float
    unplaced: float


def examples(
    poses: tf.Tensor, skeleton: Skeleton, spoiling: Spoiling, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """See every pose through a camera of its own.

    Args:
        poses: [n, n_joints, 3] in subject heights, z up.
        skeleton: theirs.
        spoiling: how the image is spoilt.
        seed: scalar int.

    Returns:
        [n, n_features] what the network is given, and [n, n_joints, 3] the poses about their mean
        in the view's frame.
    """
    n, n_joints = tf.shape(poses)[0], poses.shape[1]

    def uniform(i: int, low: float = 0.0, high: float = 1.0, shape=()) -> tf.Tensor:
        return tf.random.stateless_uniform([n, *shape], tf.stack([seed, i]), low, high)

    def normal(i: int, std: float, shape=()) -> tf.Tensor:
        return std * tf.random.stateless_normal([n, *shape], tf.stack([seed, i]))

    centred = poses - tf.reduce_mean(poses, axis=1, keepdims=True)
    rotation = (
        rotation_about(normal(0, ROLL_STD), "z")
        @ rotation_about(PITCH + normal(1, PITCH_STD), "x")
        @ tf.constant(LEVEL, tf.float32)
        @ rotation_about(uniform(2, -3.1416, 3.1416), "z")
    )
    p3c = tf.matmul(centred, rotation, transpose_b=True)
    depth = tf.exp(uniform(3, tf.math.log(NEAREST), tf.math.log(FARTHEST)))[:, None]
    at = tf.concat([depth * normal(4, OFF_AXIS, (2,)), depth], axis=1)
    seen_at = p3c + at[:, None]
    rays = seen_at[..., :2] / tf.maximum(seen_at[..., 2:], 0.1)

    placed = uniform(5) >= spoiling.unplaced
    rays *= tf.where(placed, 1.0, tf.exp(normal(6, FOCAL_STD)))[:, None, None]
    up = tf.where(placed[:, None], rotation[:, :, 2], tf.constant([UPRIGHT]))

    def up_to(i: int, most: float) -> tf.Tensor:
        """0 for most examples, uniform up to a bound for the share that is spoilt."""
        return most * tf.nn.relu(1 - uniform(i) / spoiling.share)

    missing = up_to(7, spoiling.missing)
    seen = tf.cast(uniform(8, shape=(n_joints,)) >= missing[:, None], tf.float32)
    spread = tf.math.reduce_std(rays, axis=[1, 2])
    std = (up_to(9, spoiling.noise) * spread)[:, None, None]
    rays += std * normal(10, 1.0, (n_joints, 2))
    viewed = view(rays, seen, up, tf.cast(placed, tf.float32), skeleton.hops)
    return viewed.features, tf.matmul(centred, viewed.rotation @ rotation, transpose_b=True)
