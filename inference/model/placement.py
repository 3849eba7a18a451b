"""Placement: the variables of a frame, besides z, that put a generated pose where it stands.

A placement y maps a local pose X by p = s·M(y)·X + o(y), with the scale s that a sequence shares.
`Ground` is for cameras whose extrinsics are known: a pose stands on the floor of the world, so it
has a yaw and a position on the ground. `Free` is for cameras whose extrinsics are unknown: a pose
has any rotation and position in the camera's frame. Only this module knows where in y they stand.
Poses and tangents here have the coordinate before the joint, [batch, ..., 3, n_joints].
"""

import numpy as np
import tensorflow as tf
from scipy.spatial.transform import Rotation

from human_pose_util.transforms import cross_matrix, rotation_about, vector_to_matrix
from human_pose_util.transforms.backend import backend


class Ground:
    """Placement in the world: y = (φ, x₀, y₀), M = Rz(φ) and o = (x₀, y₀, 0).

    Attributes:
        n_y: number of variables.
        frame: name of the frame in which poses are placed.
        in_world: whether that is the world, whose vertical and floor are known.
        about_root: whether a local pose X is taken about its root. Here it stands on the floor.
    """

    n_y = 3
    frame = "world"
    in_world = True
    about_root = False

    def place(self, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """M [batch, 3, 3] and o [batch, 3] of y [batch, 3]."""
        position = tf.pad(self.position(y), [[0, 0], [0, 1]])
        return rotation_about(self.orientation(y), "z"), position

    def orientation(self, y):
        """Yaw angles φ [n] of y [n, 3], an array or a tensor."""
        return y[:, 0]

    def position(self, y):
        """Positions (x₀, y₀) [n, 2] on the ground of y [n, 3], an array or a tensor."""
        return y[:, 1:]

    def pack(self, orientation: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Placements y [n, 3] of yaw angles [n] and positions [n, 2] on the ground."""
        return np.concatenate([orientation[:, None], position], axis=1)

    def tangents(self, y: tf.Tensor, turned: tf.Tensor) -> tf.Tensor:
        """Derivatives of placed poses by y, [batch, 3, 3, n_joints].

        Args:
            y: [batch, 3].
            turned: [batch, 3, n_joints] the poses s·M·X before they are shifted.
        """
        # d(Rz(φ)·X)/dφ is the turned pose after a quarter turn about z: (x, y, z) → (−y, x, 0).
        zero = tf.zeros_like(turned[:, 0])
        by_yaw = tf.stack([-turned[:, 1], turned[:, 0], zero], axis=1)
        by_position = tf.zeros_like(turned)[:, None] + tf.eye(3)[:2, :, None]
        return tf.concat([by_yaw[:, None], by_position], axis=1)

    def change_coordinates(self, y: np.ndarray, unit: float, origin: np.ndarray) -> np.ndarray:
        """Placements of the same poses in the coordinates unit·p + origin, [n, 3] float64.

        Args:
            y: [n, 3].
            unit: factor of lengths.
            origin: [3] on the floor.
        """
        position = unit * np.asarray(self.position(y), float) + origin[:2]
        return self.pack(self.orientation(y), position)

    def between(self, before: np.ndarray, after: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Placements between others, [n, 3]; a pose turns the shorter way.

        Args:
            before: [n, 3] placements.
            after: [n, 3] placements.
            share: [n, 1] shares of the ways from one to the other, 0 to 1.
        """
        step = after - before
        step[:, 0] = (step[:, 0] + np.pi) % (2 * np.pi) - np.pi
        return before + share * step


class Free:
    """Placement in the camera's frame: y = (ω, a, b, d), M = exp(ω), the root at o = e^d·(a, b, 1).

    The position is a direction (a, b, 1) and the logarithm of a depth, so that a root in front of
    the camera stays there. An image hardly tells a large person far away from a small one near by:
    that is the one direction (d, log s).

    Attributes:
        n_y: number of variables.
        frame: name of the frame in which poses are placed.
        in_world: whether that is the world, whose vertical and floor are known.
        about_root: whether a local pose X is taken about its root.
    """

    n_y = 6
    frame = "camera"
    in_world = False
    about_root = True

    def place(self, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """M [batch, 3, 3] and o [batch, 3] of y [batch, 6]."""
        return vector_to_matrix(self.orientation(y)), self.position(y)

    def orientation(self, y):
        """Rotation vectors ω [n, 3] of y [n, 6], an array or a tensor."""
        return y[:, :3]

    def position(self, y):
        """Positions o [n, 3] of roots of y [n, 6], an array or a tensor."""
        xp = backend(y)
        return xp.exp(y[:, 5:]) * xp.pad(y[:, 3:5], [[0, 0], [0, 1]], constant_values=1.0)

    def pack(self, orientation: np.ndarray, position: np.ndarray) -> np.ndarray:
        """Placements y [n, 6] of rotation vectors and positions [n, 3] in front of the camera."""
        depth = position[:, 2:]
        return np.concatenate([orientation, position[:, :2] / depth, np.log(depth)], axis=1)

    def tangents(self, y: tf.Tensor, turned: tf.Tensor) -> tf.Tensor:
        """Derivatives of placed poses by y, [batch, 6, 3, n_joints].

        Args:
            y: [batch, 6].
            turned: [batch, 3, n_joints] the poses s·M·X before they are shifted.
        """
        # exp(ω + dω)·X = exp(J·dω)·exp(ω)·X, so a step along axis k of ω turns the turned pose
        # about the k-th column of the left Jacobian J: its derivative is J_k × turned.
        axes = tf.linalg.matrix_transpose(_left_jacobian(self.orientation(y)))
        by_rotation = cross_matrix(axes) @ turned[:, None]
        # o = e^d·(a, b, 1): by a and b it moves along x and y by the depth, by d along itself.
        position = self.position(y)
        depth = position[:, 2, None, None]
        by_position = tf.concat([depth * tf.eye(3)[:2], position[:, None]], axis=1)
        by_position = tf.zeros_like(by_rotation) + by_position[..., None]
        return tf.concat([by_rotation, by_position], axis=1)

    def change_coordinates(self, y: np.ndarray, unit: float, origin: np.ndarray) -> np.ndarray:
        """Placements of the same poses in another unit, [n, 6] float64.

        Args:
            y: [n, 6].
            unit: factor of lengths.
            origin: does not matter: the camera stays the origin.
        """
        return y + [0.0, 0.0, 0.0, 0.0, 0.0, np.log(unit)]

    def between(self, before: np.ndarray, after: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Placements between others, [n, 6]; a pose turns the shorter way.

        Args:
            before: [n, 6] placements.
            after: [n, 6] placements.
            share: [n, 1] shares of the ways from one to the other, 0 to 1.
        """
        first, last = (Rotation.from_rotvec(y[:, :3]) for y in (before, after))
        turn = Rotation.from_rotvec(share * (last * first.inv()).as_rotvec())
        position = before[:, 3:] + share * (after[:, 3:] - before[:, 3:])
        return np.concatenate([(turn * first).as_rotvec(), position], axis=1)


Placement = Ground | Free
"""How poses are placed; both classes have the same methods."""

PLACEMENTS: dict[str, Placement] = {p.frame: p for p in (Ground(), Free())}
"""The placements by the names of their frames."""


def _left_jacobian(v: tf.Tensor) -> tf.Tensor:
    """J with exp(v + dv) = exp(J·dv)·exp(v) to first order, [batch, 3, 3].

    J = I + (1 − cos θ)/θ²·K + (θ − sin θ)/θ³·K², K the cross-product matrix of v, θ = ‖v‖ (Solà et
    al. 2018, "A micro Lie theory", equation 145). Near θ = 0 both factors are 0/0, so their Taylor
    series take over; `safe` keeps the unused branch of `tf.where` finite there.
    """
    square = tf.reduce_sum(v * v, axis=1)[:, None, None]
    is_small = square < 1e-4
    safe = tf.where(is_small, tf.ones_like(square), square)
    theta = tf.sqrt(safe)
    a = tf.where(is_small, 0.5 - square / 24, (1 - tf.cos(theta)) / safe)
    b = tf.where(is_small, 1 / 6 - square / 120, (theta - tf.sin(theta)) / (safe * theta))
    k = cross_matrix(v)
    return tf.eye(3) + a * k + b * (k @ k)
