"""Coordinates in which poses vary alike in all directions.

Joint positions are badly conditioned for a network: bone lengths vary by millimetres, limbs by a
metre, and the eye (like a skeleton) is strict about the former. The critic therefore sees, and the
generator makes, poses in the axes of their principal components, each divided by its standard
deviation. After training both are folded into the networks, which then take and give plain poses.
"""

import numpy as np
import tensorflow as tf

from gan.networks import Critic, Generator

LEAST_STD = 2e-3
"""Standard deviations [subject heights] below this count as this: 3.5 mm of an adult."""


class Whitening(tf.Module):
    """An affine map x → (x − mean)·matrix of flat poses, and its inverse.

    Its variables are not trained; they are saved with the networks.
    """

    def __init__(self, n_joints: int):
        super().__init__(name=None)
        n = 3 * n_joints
        self.mean = tf.Variable(tf.zeros(n), trainable=False, name="whitening/mean")
        self.matrix = tf.Variable(tf.eye(n), trainable=False, name="whitening/matrix")
        self.inverse = tf.Variable(tf.eye(n), trainable=False, name="whitening/inverse")

    def measure(self, poses: np.ndarray) -> None:
        """Learn mean and components of poses [n_poses, n_joints, 3]."""
        flat = np.reshape(poses, [len(poses), -1]).astype(np.float64)
        mean = flat.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(flat, rowvar=False))
        std = np.sqrt(np.maximum(variances, LEAST_STD**2))
        self.mean.assign(mean)
        self.matrix.assign(axes / std)
        self.inverse.assign((axes * std).T)

    def whiten(self, poses: tf.Tensor) -> tf.Tensor:
        """Poses [..., n_joints, 3] → white ones, of the same shape."""
        return self._flat(poses, lambda flat: (flat - self.mean) @ self.matrix)

    def colour(self, white: tf.Tensor) -> tf.Tensor:
        """The inverse of `whiten`."""
        return self._flat(white, lambda flat: flat @ self.inverse + self.mean)

    def fold_into_generator(self, generator: Generator) -> None:
        """Have a generator of white poses make plain ones."""
        last = generator.network.layers[-1]
        last.w.assign(last.w @ self.inverse)
        last.b.assign(tf.linalg.matvec(self.inverse, last.b, transpose_a=True) + self.mean)

    def fold_into_critic(self, critic: Critic) -> None:
        """Have a critic of white poses judge plain ones."""
        first = critic.network.layers[0]
        first.b.assign(
            first.b - tf.linalg.matvec(self.matrix @ first.w, self.mean, transpose_a=True)
        )
        first.w.assign(self.matrix @ first.w)

    @staticmethod
    def _flat(poses: tf.Tensor, change) -> tf.Tensor:
        shape = tf.shape(poses)
        return tf.reshape(change(tf.reshape(poses, [-1, poses.shape[-2] * 3])), shape)
