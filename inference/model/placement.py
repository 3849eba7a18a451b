"""How a generated pose gets its place: which variables besides z a frame has.

A placement maps a local pose X by p = s·M(y)·X + o(y), with the scale s that a sequence shares.

`Ground` is for cameras whose extrinsics are known: a pose stands on the floor of the world, so it
has a yaw and a position on the ground. `Free` is for those whose extrinsics are not: a pose has any
rotation and position in the camera's frame. Poses and tangents here have the coordinate before the
joint, [batch, ..., 3, n_joints].
"""

import numpy as np
import tensorflow as tf

from human_pose_util.transforms import cross_matrix, rotation_about, vector_to_matrix


class Ground:
    """y = (φ, x₀, y₀): M = Rz(φ) and o = (x₀, y₀, 0), in the world."""

    n_y = 3
    frame = "world"

    def local(self, pose: tf.Tensor, root: int) -> tf.Tensor:
        """The pose that is placed: as generated, on the floor."""
        return pose

    def place(self, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """M [batch, 3, 3] and o [batch, 3] of y [batch, 3]."""
        return rotation_about(y[:, 0], "z"), tf.pad(y[:, 1:], [[0, 0], [0, 1]])

    def tangents(self, y: tf.Tensor, turned: tf.Tensor) -> tf.Tensor:
        """[batch, n_y, 3, n_joints] derivatives by y, given s·M·X."""
        zero = tf.zeros_like(turned[:, 0])
        by_yaw = tf.stack([-turned[:, 1], turned[:, 0], zero], axis=1)
        along = tf.zeros_like(turned)[:, None] + tf.eye(3)[:2, :, None]
        return tf.concat([by_yaw[:, None], along], axis=1)

    def moved(self, y: np.ndarray, unit: float, origin: np.ndarray) -> np.ndarray:
        """Y [n, 3], float64, of poses [n] after p → unit·p + origin [3], whose height stays 0."""
        return np.concatenate([y[:, :1], unit * np.asarray(y[:, 1:], float) + origin[:2]], axis=1)


class Free:
    """y = (ω, a, b, d): M = exp(ω) about the root, which is at o = e^d·(a, b, 1).

    In the camera's frame. A root in front of the camera stays there, and depth against scale, which
    an image tells apart only by perspective, is one direction, (d, log s).
    """

    n_y = 6
    frame = "camera"

    def local(self, pose: tf.Tensor, root: int) -> tf.Tensor:
        """The pose that is placed: relative to its root."""
        return pose - pose[..., root : root + 1]

    def place(self, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """M [batch, 3, 3] and o [batch, 3] of y [batch, 6]."""
        return vector_to_matrix(y[:, :3]), self._position(y)

    def tangents(self, y: tf.Tensor, turned: tf.Tensor) -> tf.Tensor:
        """[batch, n_y, 3, n_joints] derivatives by y, given s·M·X."""
        axes = tf.linalg.matrix_transpose(_left_jacobian(y[:, :3]))
        by_rotation = cross_matrix(axes) @ turned[:, None]
        position = self._position(y)
        depth = position[:, 2, None, None]
        by_position = tf.concat([depth * tf.eye(3)[:2], position[:, None]], axis=1)
        along = tf.zeros_like(by_rotation) + by_position[..., None]
        return tf.concat([by_rotation, along], axis=1)

    def moved(self, y: np.ndarray, unit: float, origin: np.ndarray) -> np.ndarray:
        """Y [n, 6], float64, after p → unit·p; the camera stays the origin."""
        return y + [0.0, 0.0, 0.0, 0.0, 0.0, np.log(unit)]

    def _position(self, y: tf.Tensor) -> tf.Tensor:
        return tf.exp(y[:, 5:]) * tf.concat([y[:, 3:5], tf.ones_like(y[:, :1])], axis=1)


def _left_jacobian(v: tf.Tensor) -> tf.Tensor:
    """J with exp(v + dv) = exp(J·dv)·exp(v) to first order, [batch, 3, 3].

    J = I + (1 − cos θ)/θ²·K + (θ − sin θ)/θ³·K², K the cross-product matrix of v, θ = ‖v‖ (Solà et
    al. 2018, "A micro Lie theory", equation 145).
    """
    square = tf.reduce_sum(v * v, axis=1)[:, None, None]
    small = square < 1e-4
    safe = tf.where(small, tf.ones_like(square), square)
    theta = tf.sqrt(safe)
    a = tf.where(small, 0.5 - square / 24, (1 - tf.cos(theta)) / safe)
    b = tf.where(small, 1 / 6 - square / 120, (theta - tf.sin(theta)) / (safe * theta))
    k = cross_matrix(v)
    return tf.eye(3) + a * k + b * (k @ k)
