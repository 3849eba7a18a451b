"""The networks of a GAN: a generator of poses, a critic and an encoder of them, all perceptrons.

With a seed for each member of a population they are as many networks at once; what goes in and
comes out then has an axis of members before that of the batch.
"""

from collections.abc import Sequence

import tensorflow as tf

from gan.networks.perceptron import Expansion, Perceptron
from gan.seeds import Purpose, Seed, layer_streams


class Generator(tf.Module):
    """Makes poses from latent vectors.

    Poses are in subject heights, z up, the root above the origin and the hips facing front.

    Args:
        n_z: number of latent dimensions.
        widths: widths of the hidden layers.
        n_joints: number of joints of a pose.
        activation: name of the hidden layers' activation.
        seed: seed of the GAN, or the seeds of a population: the initial weights follow it.
        name: prefix of the variables' names.
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
        seeds = layer_streams(seed, Purpose.GENERATOR)
        self.network = Perceptron([n_z, *widths, 3 * n_joints], activation, seeds, name)

    def __call__(self, z: tf.Tensor, kink_width: tf.Tensor | None = None) -> tf.Tensor:
        """Make poses.

        Args:
            z: [..., n_z] latent vectors.
            kink_width: as in `Perceptron.__call__`.

        Returns:
            [..., n_joints, 3] poses.
        """
        flat = self.network(z, kink_width)
        # The leading axes may be unknown until the graph runs, so the shape is a tensor.
        return tf.reshape(flat, tf.concat([tf.shape(flat)[:-1], [self.n_joints, 3]], axis=0))

    def expand(self, z: tf.Tensor, kink_width: tf.Tensor | None = None) -> Expansion:
        """Make poses with their derivatives by the latent vectors.

        Args:
            z: [batch, n_z] latent vectors.
            kink_width: [batch, 1] widths of the rounded kinks, as in `Perceptron.expand`.

        Returns:
            The expansion of the 3·n_joints coordinates of poses, k = n_z. Coordinates are sorted
            by axis first: x of all joints, then y, then z. A projection works along the joints, so
            this order keeps its reads contiguous.
        """
        # The network's outputs are sorted by joint: output 3·j + axis is a coordinate of joint j.
        # Sorting the columns of the last layer costs less than sorting all values and tangents.
        by_coordinate = [3 * j + axis for axis in range(3) for j in range(self.n_joints)]
        return self.network.expand(z, kink_width, by_coordinate)


class Critic(tf.Module):
    """Says how real poses look.

    Args:
        n_joints: number of joints of a pose.
        widths: widths of the hidden layers.
        activation: name of the hidden layers' activation.
        seed: seed of the GAN, or the seeds of a population: the initial weights follow it.
    """

    def __init__(self, n_joints: int, widths: Sequence[int], activation: str, seed: Seed):
        super().__init__(name=None)
        self.n_joints = n_joints
        seeds = layer_streams(seed, Purpose.CRITIC)
        self.network = Perceptron([3 * n_joints, *widths, 1], activation, seeds, "critic")

    def __call__(self, poses: tf.Tensor, kink_width: tf.Tensor | None = None) -> tf.Tensor:
        """Logits of poses: the higher, the more real.

        Args:
            poses: [..., n_joints, 3], as the generator makes them.
            kink_width: as in `Perceptron.__call__`.

        Returns:
            [...] logits.
        """
        return self.network(_flat(poses), kink_width)[..., 0]

    def slope_by_coordinate(
        self, coordinates: tf.Tensor, kink_width: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Logits of poses and their derivatives, with coordinates as `Generator.expand` sorts them.

        Args:
            coordinates: [batch, 3·n_joints] x of all joints, then y, then z.
            kink_width: [batch, 1] widths of the rounded kinks.

        Returns:
            [batch] logits and [batch, 3·n_joints] derivatives.
        """
        flat = tf.reshape(self._by_joint(coordinates), [-1, 3 * self.n_joints])
        logits, slope = self.network.slope(flat, kink_width)
        slope = tf.linalg.matrix_transpose(tf.reshape(slope, [-1, self.n_joints, 3]))
        return logits, tf.reshape(slope, [-1, 3 * self.n_joints])

    def expand(self, poses: Expansion, kink_width: tf.Tensor | None = None) -> Expansion:
        """Logits of generated poses, with derivatives by what the poses depend on.

        Args:
            poses: an expansion of poses along k directions, as `Generator.expand` returns it.
            kink_width: [batch, 1] widths of the rounded kinks, as in `Perceptron.expand`.

        Returns:
            The expansion of the logits [batch, 1] along the same directions. Its hidden layers are
            the critic's own.
        """
        # The critic's inputs are sorted by joint, as the generator makes poses in training.
        k = poses.tangents.shape[1]
        value = tf.reshape(self._by_joint(poses.value), [-1, 3 * self.n_joints])
        tangents = tf.reshape(self._by_joint(poses.tangents), [-1, k, 3 * self.n_joints])
        return self.network.expand(value, kink_width, tangents=tangents)

    def _by_joint(self, coordinates: tf.Tensor) -> tf.Tensor:
        """[..., 3·n_joints] sorted by axis first → [..., n_joints, 3]."""
        shape = tf.concat([tf.shape(coordinates)[:-1], [3, self.n_joints]], axis=0)
        return tf.linalg.matrix_transpose(tf.reshape(coordinates, shape))


class Encoder(tf.Module):
    """Estimates which latent vectors may have made a pose, as normal distributions.

    Args:
        n_joints: number of joints of a pose.
        widths: widths of the hidden layers.
        n_z: number of latent dimensions.
        activation: name of the hidden layers' activation.
        seed: seed of the GAN, or the seeds of a population: the initial weights follow it.
    """

    def __init__(self, n_joints: int, widths: Sequence[int], n_z: int, activation: str, seed: Seed):
        super().__init__(name=None)
        seeds = layer_streams(seed, Purpose.ENCODER)
        self.network = Perceptron([3 * n_joints, *widths, 2 * n_z], activation, seeds, "encoder")

    def __call__(self, poses: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """[..., n_joints, 3] poses → means and logarithms of variances, [..., n_z] each."""
        mean, log_variance = tf.split(self.network(_flat(poses)), 2, axis=-1)
        return mean, log_variance


def _flat(poses: tf.Tensor) -> tf.Tensor:
    """[..., n_joints, 3] → [..., 3·n_joints]."""
    size = 3 * poses.shape[-2]
    return tf.reshape(poses, tf.concat([tf.shape(poses)[:-2], [size]], axis=0))
