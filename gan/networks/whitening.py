"""Coordinates in which poses vary alike in all directions.

Joint positions are badly conditioned for a network: bone lengths vary by millimetres, limbs move by
a metre, and an eye (like a skeleton) is strict about the former. The critic therefore sees, and the
generator makes, poses in the axes of their principal components, each divided by its standard
deviation.

With the mean m of flat poses x and the eigenvectors V and eigenvalues λ of their covariance,

    white = (x − m)·A,   A = V·diag(1/s),      s = √max(λ, LEAST_STD²),
    x = white·A⁻¹ + m,   A⁻¹ = diag(s)·Vᵀ,     because V is orthogonal.

The bound of s keeps directions in which poses hardly vary at all (with constant bone lengths there
are some) from being blown up to noise of unit variance.

Both maps are affine, and so are the first and the last layer of a perceptron, so that after
training they are folded into the networks, which then take and return plain poses:

    generator:  (h·W + b)·A⁻¹ + m  =  h·(W·A⁻¹) + (b·A⁻¹ + m),
    critic:     ((x − m)·A)·W + b  =  x·(A·W) + (b − m·A·W).
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from gan.networks.pose_networks import Critic, Generator

LEAST_STD = 2e-3
"""The least standard deviation [subject heights] by which a component is divided: 3.5 mm for an
adult."""


class Whitening(tf.Module):
    """The affine map from poses to white coordinates, and its inverse.

    Its variables are not trained; they are saved with the networks.

    Args:
        n_joints: number of joints of a pose.

    Attributes:
        mean: [3·n_joints] the mean m of flat poses.
        matrix: [3·n_joints, 3·n_joints] the matrix A.
        inverse: [3·n_joints, 3·n_joints] the matrix A⁻¹.
    """

    def __init__(self, n_joints: int):
        super().__init__(name=None)
        n = 3 * n_joints
        self.mean = tf.Variable(tf.zeros(n), trainable=False, name="whitening/mean")
        self.matrix = tf.Variable(tf.eye(n), trainable=False, name="whitening/matrix")
        self.inverse = tf.Variable(tf.eye(n), trainable=False, name="whitening/inverse")

    def measure(self, poses: np.ndarray) -> None:
        """Measure the mean and the principal components of poses [n_poses, n_joints, 3]."""
        flat = np.reshape(poses, [len(poses), -1]).astype(np.float64)
        mean = flat.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(flat, rowvar=False))
        std = np.sqrt(np.maximum(variances, LEAST_STD**2))
        self.mean.assign(mean)
        self.matrix.assign(axes / std)
        self.inverse.assign((axes * std).T)

    def whiten(self, poses: tf.Tensor) -> tf.Tensor:
        """Poses [..., n_joints, 3] → white coordinates of the same shape."""
        return _flat(poses, lambda flat: (flat - self.mean) @ self.matrix)

    def colour(self, white: tf.Tensor) -> tf.Tensor:
        """White coordinates [..., n_joints, 3] → poses of the same shape."""
        return _flat(white, lambda flat: flat @ self.inverse + self.mean)

    def fold_into_generator(self, generator: Generator) -> None:
        """Make a generator of white coordinates one of plain poses, by changing its last layer."""
        last = generator.network.layers[-1]
        last.w.assign(last.w @ self.inverse)
        last.b.assign(tf.linalg.matvec(self.inverse, last.b, transpose_a=True) + self.mean)

    def fold_into_critic(self, critic: Critic) -> None:
        """Make a critic of white coordinates one of plain poses, by changing its first layer."""
        first = critic.network.layers[0]
        first.b.assign(
            first.b - tf.linalg.matvec(self.matrix @ first.w, self.mean, transpose_a=True)
        )
        first.w.assign(self.matrix @ first.w)


def _flat(poses: tf.Tensor, change: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    """Poses [..., n_joints, 3], changed as flat rows [n, 3·n_joints]."""
    shape = tf.shape(poses)
    return tf.reshape(change(tf.reshape(poses, [-1, poses.shape[-2] * 3])), shape)
