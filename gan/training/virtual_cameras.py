"""Examples for a proposal network: 3D poses as virtual cameras and detectors would see them.

No real camera takes part, and none has to: distance, direction, pitch and roll are drawn at random
from ranges wide enough for any, so that one network serves every camera.
"""

import tensorflow as tf

from gan.networks.normalized_view import UPRIGHT, view
from gan.params import ProposalParams
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import LEVEL, rotation_about

NEAREST, FARTHEST = 1.3, 10.0
"""Bounds of the camera's distance [subject heights]; its logarithm is uniform."""

PITCH, PITCH_STD, ROLL_STD = 0.1, 0.25, 0.1
"""Mean pitch and standard deviations of pitch and roll [rad]; a positive pitch looks down."""

OFF_AXIS = 0.25
"""Standard deviation of the person's place in the image, as x/z and y/z."""

FOCAL_STD = 0.15
"""Standard deviation of the error of log f where the camera is unknown."""


def examples(
    poses: tf.Tensor, skeleton: Skeleton, params: ProposalParams, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """See every pose through a camera of its own.

    Args:
        poses: [n, n_joints, 3] in subject heights, z up.
        skeleton: the skeleton of the poses.
        params: how the observations are spoilt, as those of a detector are: `spoilt_share`,
            `missing`, `noise` and `unplaced_share` matter.
        seed: scalar integer.

    Returns:
        features: [n, n_features] what the network is given (`gan.networks.normalized_view`).
        viewed: [n, n_joints, 3] what it is to propose: poses relative to their mean, in the frame
            of the normalised view.
    """
    n, n_joints = tf.shape(poses)[0], poses.shape[1]

    def uniform(i: int, low: float = 0.0, high: float = 1.0, shape: tuple = ()) -> tf.Tensor:
        """[n, *shape] uniform numbers; i tells apart what they are for."""
        return tf.random.stateless_uniform([n, *shape], tf.stack([seed, i]), low, high)

    def normal(i: int, std: float, shape: tuple = ()) -> tf.Tensor:
        """[n, *shape] normal numbers."""
        return std * tf.random.stateless_normal([n, *shape], tf.stack([seed, i]))

    # The person turns about the vertical, z up becomes y down, and the camera pitches and rolls.
    centred = poses - tf.reduce_mean(poses, axis=1, keepdims=True)
    rotation = (
        rotation_about(normal(0, ROLL_STD), "z")
        @ rotation_about(PITCH + normal(1, PITCH_STD), "x")
        @ tf.constant(LEVEL, tf.float32)
        @ rotation_about(uniform(2, -3.1416, 3.1416), "z")
    )
    relative = tf.matmul(centred, rotation, transpose_b=True)
    depth = tf.exp(uniform(3, tf.math.log(NEAREST), tf.math.log(FARTHEST)))[:, None]
    place = tf.concat([depth * normal(4, OFF_AXIS, (2,)), depth], axis=1)
    p3c = relative + place[:, None]
    rays = p3c[..., :2] / tf.maximum(p3c[..., 2:], 0.1)

    # Of an unknown camera neither the focal length is right nor the vertical given.
    known = uniform(5) >= params.unplaced_share
    rays *= tf.where(known, 1.0, tf.exp(normal(6, FOCAL_STD)))[:, None, None]
    up = tf.where(known[:, None], rotation[:, :, 2], tf.constant([UPRIGHT]))

    def severity(i: int, largest: float) -> tf.Tensor:
        """[n] 0 for most examples, uniform up to the largest for the share that is spoilt."""
        return largest * tf.nn.relu(1 - uniform(i) / params.spoilt_share)

    missing = severity(7, params.missing)
    seen = tf.cast(uniform(8, shape=(n_joints,)) >= missing[:, None], tf.float32)
    spread = tf.math.reduce_std(rays, axis=[1, 2])
    std = (severity(9, params.noise) * spread)[:, None, None]
    rays += std * normal(10, 1.0, (n_joints, 2))
    frames = view(rays, seen, up, tf.cast(known, tf.float32), skeleton.hops)
    return frames.features, tf.matmul(centred, frames.rotation @ rotation, transpose_b=True)
