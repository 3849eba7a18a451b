"""The two networks: a generator of poses and a critic of them, both multilayer perceptrons.

Besides its value, a network gives its Jacobian, which the optimiser needs: the Jacobian of a
perceptron is a product of weight matrices with the activation's slopes in between, so all tangents
of a batch go through every layer in one matrix product.
"""

import itertools
import math
from collections.abc import Sequence

import tensorflow as tf


def _relu(x: tf.Tensor, smoothing) -> tf.Tensor:
    """max(x, 0), or (x + √(x² + ε²))/2, which nears it as the smoothing ε goes to 0."""
    if smoothing is None:
        return tf.nn.relu(x)
    return 0.5 * (x + tf.sqrt(x * x + smoothing * smoothing + 1e-20))


def _leaky_relu(x: tf.Tensor, smoothing) -> tf.Tensor:
    return 0.2 * x + 0.8 * _relu(x, smoothing)


def _smooth(activation):
    """An activation without kinks needs no smoothing."""
    return lambda x, smoothing: activation(x)


_ACTIVATIONS = {
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _smooth(tf.nn.elu),
    "selu": _smooth(tf.nn.selu),
    "tanh": _smooth(tf.math.tanh),
    "softplus": _smooth(tf.math.softplus),
    "swish": _smooth(tf.nn.swish),
}


class Linear(tf.Module):
    """y = x·w + b."""

    def __init__(self, n_in: int, n_out: int, seed: Sequence[int], name: str):
        super().__init__(name=None)
        self.w = tf.Variable(glorot_normal(n_in, n_out, seed), name=f"{name}/w")
        self.b = tf.Variable(tf.zeros(n_out), name=f"{name}/b")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """[..., n_in] → [..., n_out]."""
        return x @ self.w + self.b


class Perceptron(tf.Module):
    """Linear layers with an activation in between.

    Args:
        sizes: widths from input to output.
        activation: name of the hidden layers' activation.
        seed: of the initial weights (Glorot and Bengio 2010, normal).
        name: prefix of the variables' names.
    """

    def __init__(self, sizes: Sequence[int], activation: str, seed: int, name: str):
        super().__init__(name=None)
        self._activation = _ACTIVATIONS[activation]
        self.layers = [
            Linear(n_in, n_out, (seed, i), f"{name}/{i}")
            for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes))
        ]

    def __call__(self, x: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """[..., n_in] → [..., n_out]; `smoothing` as in `linearize`."""
        for layer in self.layers[:-1]:
            x = self._activation(layer(x), smoothing)
        return self.layers[-1](x)

    def linearize(
        self,
        x: tf.Tensor,
        smoothing: tf.Tensor | None = None,
        outputs: Sequence[int] | None = None,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Value and Jacobian.

        Args:
            x: [batch, n_in].
            smoothing: [batch, 1] widths by which the activation's kinks are rounded; None for
                the network as it was trained.
            outputs: which outputs, in which order; by default all.

        Returns:
            [batch, n_out] the value and [batch, n_in, n_out] its derivatives, by input first.
        """
        weights = [(layer.w, layer.b) for layer in self.layers]
        if outputs is not None:
            w, b = weights[-1]
            weights[-1] = tf.gather(w, outputs, axis=1), tf.gather(b, outputs)
        (w, b), *others = weights
        value, tangents = x @ w + b, w[None]
        for w, b in others:
            value, slope = self._activate(value, smoothing)
            value, tangents = value @ w + b, _push(tangents * slope[:, None, :], w)
        return value, tf.broadcast_to(tangents, [tf.shape(x)[0], *tangents.shape[1:]])

    def _activate(self, x: tf.Tensor, smoothing) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = self._activation(x, smoothing)
        return y, tape.gradient(y, x)


class Generator(tf.Module):
    """From latent vectors to poses.

    Poses are in subject heights, z up, the root above the origin and the hips facing front.
    """

    def __init__(self, n_z: int, widths: Sequence[int], n_joints: int, activation: str, seed: int):
        super().__init__(name=None)
        self.n_z, self.n_joints = n_z, n_joints
        self.network = Perceptron([n_z, *widths, 3 * n_joints], activation, seed, "generator")

    def __call__(self, z: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """[..., n_z] → [..., n_joints, 3]; `smoothing` as in `Perceptron.linearize`."""
        flat = self.network(z, smoothing)
        return tf.reshape(flat, tf.concat([tf.shape(z)[:-1], [self.n_joints, 3]], axis=0))

    def linearize(
        self, z: tf.Tensor, smoothing: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Poses and their derivatives by z.

        Args:
            z: [batch, n_z].
            smoothing: [batch, 1] as in `Perceptron.linearize`.

        Returns:
            [batch, n_joints, 3] poses, and [batch, n_z, 3, n_joints] derivatives. These have the
            coordinate before the joint: what is done to them next runs along the joints.
        """
        value, tangents = self.network.linearize(z, smoothing, self._by_coordinate())
        poses = tf.reshape(value, [-1, 3, self.n_joints])
        return (
            tf.linalg.matrix_transpose(poses),
            tf.reshape(tangents, [-1, self.n_z, 3, self.n_joints]),
        )

    def _by_coordinate(self) -> list[int]:
        """Where the outputs are when sorted by coordinate first, then joint."""
        return [3 * j + k for k in range(3) for j in range(self.n_joints)]


class Critic(tf.Module):
    """How real a pose looks: the higher, the more."""

    def __init__(self, n_joints: int, widths: Sequence[int], activation: str, seed: int):
        super().__init__(name=None)
        self.n_joints = n_joints
        self.network = Perceptron([3 * n_joints, *widths, 1], activation, seed, "critic")

    def __call__(self, poses: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """[..., n_joints, 3] → [...] logits; `smoothing` as in `Perceptron.linearize`."""
        flat = tf.reshape(poses, tf.concat([tf.shape(poses)[:-2], [3 * self.n_joints]], axis=0))
        return self.network(flat, smoothing)[..., 0]


def _push(tangents: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
    """Tangents through a matrix, as one product: [batch, k, n_in] → [batch, k, n_out]."""
    k, n_in = tangents.shape[1:]
    return tf.reshape(tf.reshape(tangents, [-1, n_in]) @ w, [-1, k, w.shape[1]])


def glorot_normal(n_in: int, n_out: int, seed: Sequence[int]) -> tf.Tensor:
    """Normal values of variance 2 / (n_in + n_out), cut at two standard deviations."""
    std_of_cut_normal = 0.87962566103423978
    std = math.sqrt(2.0 / (n_in + n_out)) / std_of_cut_normal
    return tf.random.stateless_truncated_normal([n_in, n_out], seed, stddev=std)
