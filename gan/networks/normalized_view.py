"""How a proposal network sees a person: in a view of its own, whatever the camera.

The camera is turned, about its own place, until the middle of what was seen lies on the optical
axis and the vertical of the world is upright in the image. Image points are rays there, about their
mean and in units of their spread, so that a network need not learn about focal lengths, places in
the image, sizes or rolls. What that takes away it is told: the spread (a large one is a subject
near by), where the vertical points, and whether that is known.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

LARGEST = 6.0
"""Bound of an image point in units of the spread: what is beyond is an error."""

UPRIGHT = (0.0, -1.0, 0.0)
"""Up in the frame of a camera that is held upright: what is assumed of an unknown one."""


class View(NamedTuple):
    """Frames in the view of the network.

    Attributes:
        features: [n, n_features(n_joints)] what the network is given.
        rotation: [n, 3, 3] from the camera's frame to the view's.
    """

    features: tf.Tensor
    rotation: tf.Tensor


def n_features(n_joints: int) -> int:
    """How many values describe a frame."""
    return 3 * n_joints + 5


def view(
    rays: tf.Tensor, seen: tf.Tensor, up: tf.Tensor, up_known: tf.Tensor, hops: np.ndarray
) -> View:
    """See frames as the network does.

    For a joint that was not seen the one that is fewest bones away stands in: that is nearer to the
    truth than any constant.

    Args:
        rays: [n, n_joints, 2] image points (x/z, y/z) in the camera's frame.
        seen: [n, n_joints] 1 for a joint that was seen, else 0.
        up: [n, 3] unit vector of the world's vertical in the camera's frame.
        up_known: [n] 1 where it is known, else 0; then `UPRIGHT` should stand for it.
        hops: [n_joints, n_joints] bones between joints, as `Skeleton.hops`.
    """
    n_joints = rays.shape[1]
    away = tf.constant(hops, tf.float32) + 2 * n_joints * (1 - seen[:, None])
    rays = tf.gather(rays, tf.argmin(away, axis=2), batch_dims=1)
    rays *= tf.reduce_max(seen, axis=1)[:, None, None]
    directions = tf.pad(rays, [[0, 0], [0, 0], [0, 1]], constant_values=1.0)
    middle = tf.reduce_mean(tf.math.l2_normalize(directions, axis=-1), axis=1)
    rotation = _look_at(middle, up)
    turned = tf.matmul(directions, rotation, transpose_b=True)
    points = turned[..., :2] / tf.maximum(turned[..., 2:], 1e-2)
    points -= tf.reduce_mean(points, axis=1, keepdims=True)
    spread = tf.sqrt(tf.reduce_mean(points**2, axis=[1, 2], keepdims=True) * 2 + 1e-8)
    points = tf.clip_by_value(points / spread, -LARGEST, LARGEST)
    known = up_known[:, None]
    parts = (
        tf.reshape(points, [-1, 2 * n_joints]),
        seen,
        tf.math.log(spread[:, 0]) + 1.5,
        known * tf.linalg.matvec(rotation, up),
        known,
    )
    return View(tf.concat(parts, axis=1), rotation)


def _look_at(axis: tf.Tensor, up: tf.Tensor) -> tf.Tensor:
    """Rotations [n, 3, 3] of frames: z along `axis`, the plane of y and z through `up`."""
    z = tf.math.l2_normalize(axis, axis=1)
    side = tf.linalg.cross(z, up)
    is_level = tf.reduce_sum(side**2, axis=1, keepdims=True) > 1e-4  # not straight up or down
    other = tf.linalg.cross(tf.constant([[0.0, 1.0, 0.0]]) + 0 * z, z)
    x = tf.math.l2_normalize(tf.where(is_level, side, other), axis=1)
    return tf.stack([x, tf.linalg.cross(z, x), z], axis=1)
