"""The networks: a generator of poses, a critic and an encoder of them, all perceptrons.

Given a seed for each member of a population they are as many networks at once; what goes in and
comes out then has an axis of members before that of the batch.
"""

from collections.abc import Sequence

import tensorflow as tf

from gan.networks.perceptron import Expansion, Perceptron, Seed


class Generator(tf.Module):
    """From latent vectors to poses.

    Poses are in subject heights, z up, the root above the origin and the hips facing front.
    """

    def __init__(
        self,
        n_z: int,
        widths: Sequence[int],
        n_joints: int,
        activation: str,
        seed: Seed,
        name: str = "generator",
    ):
        super().__init__(name=None)
        self.n_z, self.n_joints = n_z, n_joints
        self.network = Perceptron([n_z, *widths, 3 * n_joints], activation, seed, name)

    def __call__(self, z: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """[..., n_z] → [..., n_joints, 3]; `smoothing` as in `Perceptron.expand`."""
        flat = self.network(z, smoothing)
        return tf.reshape(flat, tf.concat([tf.shape(flat)[:-1], [self.n_joints, 3]], axis=0))

    def expand(self, z: tf.Tensor, smoothing: tf.Tensor | None = None) -> Expansion:
        """Poses around latent vectors [batch, n_z], with derivatives by z.

        Their 3·n_joints values are sorted by coordinate first, then joint, unlike a pose's: what
        is done to them next runs along the joints. `smoothing` as in `Perceptron.expand`.
        """
        by_coordinate = [3 * j + k for k in range(3) for j in range(self.n_joints)]
        return self.network.expand(z, smoothing, by_coordinate)


class Critic(tf.Module):
    """How real a pose looks: the higher, the more."""

    def __init__(self, n_joints: int, widths: Sequence[int], activation: str, seed: Seed):
        super().__init__(name=None)
        self.n_joints = n_joints
        self.network = Perceptron([3 * n_joints, *widths, 1], activation, seed, "critic")

    def __call__(self, poses: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """[..., n_joints, 3] → [...] logits; `smoothing` as in `Perceptron.expand`."""
        return self.network(_flat(poses), smoothing)[..., 0]

    def judge(self, flat: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """Logits [batch] of poses [batch, 3·n_joints] sorted as `Generator.expand` sorts them."""
        return self(self._by_joint(flat), smoothing)

    def expand(self, poses: Expansion, smoothing: tf.Tensor | None = None) -> Expansion:
        """Logits [batch, 1] around generated poses, with derivatives by what those depend on.

        Args:
            poses: as `Generator.expand` gives them.
            smoothing: as in `Perceptron.expand`.
        """
        k = poses.tangents.shape[1]
        value = tf.reshape(self._by_joint(poses.value), [-1, 3 * self.n_joints])
        tangents = tf.reshape(self._by_joint(poses.tangents), [-1, k, 3 * self.n_joints])
        return self.network.expand(value, smoothing, tangents=tangents)

    def _by_joint(self, flat: tf.Tensor) -> tf.Tensor:
        """[..., 3·n_joints] sorted by coordinate first → [..., n_joints, 3]."""
        shape = tf.concat([tf.shape(flat)[:-1], [3, self.n_joints]], axis=0)
        return tf.linalg.matrix_transpose(tf.reshape(flat, shape))


class Encoder(tf.Module):
    """From poses to normal distributions of the latent vectors that may have made them."""

    def __init__(self, n_joints: int, widths: Sequence[int], n_z: int, activation: str, seed: Seed):
        super().__init__(name=None)
        self.n_joints = n_joints
        self.network = Perceptron([3 * n_joints, *widths, 2 * n_z], activation, seed, "encoder")

    def __call__(self, poses: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """[..., n_joints, 3] → means and logarithms of variances, [..., n_z] each."""
        return tuple(tf.split(self.network(_flat(poses)), 2, axis=-1))


def _flat(poses: tf.Tensor) -> tf.Tensor:
    """[..., n_joints, 3] → [..., 3·n_joints]."""
    size = 3 * poses.shape[-2]
    return tf.reshape(poses, tf.concat([tf.shape(poses)[:-2], [size]], axis=0))
