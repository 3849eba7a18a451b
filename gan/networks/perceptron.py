"""A multilayer perceptron, and its local model, which the optimiser of poses needs.

The Jacobian of a perceptron is a product of weight matrices with the activation's slopes in
between, so all tangents of a batch go through every layer in one matrix product. Its second
derivatives are sums over the hidden units, each a multiple of the outer product of the unit's
gradient with itself: a unit that bends the cost upwards adds a positive semi-definite curvature.
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from gan.networks.activations import ACTIVATIONS

Seed = int | Sequence[int]
"""Of one network, or of every member of a population of them."""


class Linear(tf.Module):
    """y = x·w + b, or as many such maps at once as there are members of a population.

    Args:
        n_in: size of x.
        n_out: size of y.
        seed: of the weights; for a population one for each member, and w and b have a leading
            axis of members.
        layer: tells layers of the same seed apart.
        name: prefix of the variables' names.
    """

    def __init__(self, n_in: int, n_out: int, seed: Seed, layer: int, name: str):
        super().__init__(name=None)
        if isinstance(seed, int):
            w, b = glorot_normal(n_in, n_out, (seed, layer)), tf.zeros(n_out)
        else:
            w = tf.stack([glorot_normal(n_in, n_out, (one, layer)) for one in seed])
            b = tf.zeros([len(seed), 1, n_out])
        self.w = tf.Variable(w, name=f"{name}/w")
        self.b = tf.Variable(b, name=f"{name}/b")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """[..., n_in] → [..., n_out]; the last axis but two of a population is that of members."""
        return x @ self.w + self.b


class _Hidden(NamedTuple):
    """A hidden layer around its inputs.

    Attributes:
        tangents: [batch or 1, k, width] derivatives of the units' inputs.
        slope: [batch, width] of the activation.
        curvature: [batch, width] its second derivative.
        w: [width, n_next] weights that lead on.
    """

    tangents: tf.Tensor
    slope: tf.Tensor
    curvature: tf.Tensor
    w: tf.Tensor


class Expansion(NamedTuple):
    """A perceptron around its inputs, along k directions.

    Attributes:
        value: [batch, n_out].
        tangents: [batch, k, n_out] derivatives.
        hidden: the layers in between.
    """

    value: tf.Tensor
    tangents: tf.Tensor
    hidden: tuple[_Hidden, ...]

    def bend(self, by_value: tf.Tensor) -> tf.Tensor:
        """Curvature of a function of the value that its hidden units cause, upwards only.

        Args:
            by_value: [batch, n_out] gradient of the function.

        Returns:
            [batch, k, k] positive semi-definite: the second derivatives along the directions, of
            which every unit that would bend the function downwards is left out.
        """
        k = self.tangents.shape[1]
        total = tf.zeros([1, k, k])
        for layer in reversed(self.hidden):
            by_unit = by_value @ tf.transpose(layer.w)
            total += _weighted_square(layer.tangents, tf.nn.relu(by_unit * layer.curvature))
            by_value = by_unit * layer.slope
        return tf.broadcast_to(total, [tf.shape(by_value)[0], k, k])


class Perceptron(tf.Module):
    """Linear layers with an activation in between.

    Args:
        sizes: widths from input to output.
        activation: name of the hidden layers' activation.
        seed: of the initial weights (Glorot and Bengio 2010, normal), or those of a population.
        name: prefix of the variables' names.
    """

    def __init__(self, sizes: Sequence[int], activation: str, seed: Seed, name: str):
        super().__init__(name=None)
        self._activation = ACTIVATIONS[activation]
        self.layers = [
            Linear(n_in, n_out, seed, i, f"{name}/{i}")
            for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes))
        ]

    @property
    def has_kinks(self) -> bool:
        """Whether its slope jumps anywhere."""
        return self._activation.has_kinks and len(self.layers) > 1

    def __call__(self, x: tf.Tensor, smoothing: tf.Tensor | None = None) -> tf.Tensor:
        """[..., n_in] → [..., n_out]; `smoothing` as in `expand`."""
        for layer in self.layers[:-1]:
            x = self._activation.value(layer(x), smoothing)
        return self.layers[-1](x)

    def expand(
        self,
        x: tf.Tensor,
        smoothing: tf.Tensor | None = None,
        outputs: Sequence[int] | None = None,
        tangents: tf.Tensor | None = None,
    ) -> Expansion:
        """Value, Jacobian, and what the curvature is made of.

        Args:
            x: [batch, n_in].
            smoothing: [batch, 1] widths by which the activation's kinks are rounded; None for
                the network as it was trained.
            outputs: which outputs, in which order; by default all.
            tangents: [batch, k, n_in] the directions in which x moves; by default along its own
                axes, k = n_in.
        """
        weights = [(layer.w, layer.b) for layer in self.layers]
        if outputs is not None:
            w, b = weights[-1]
            weights[-1] = tf.gather(w, outputs, axis=1), tf.gather(b, outputs)
        (w, b), *others = weights
        value = x @ w + b
        tangents = w[None] if tangents is None else _push(tangents, w)
        hidden = []
        for w, b in others:
            value, slope, curvature = self._activation.expand(value, smoothing)
            hidden.append(_Hidden(tangents, slope, curvature, w))
            value, tangents = value @ w + b, _through(tangents, slope, w)
        tangents = tf.broadcast_to(tangents, [tf.shape(x)[0], *tangents.shape[1:]])
        return Expansion(value, tangents, tuple(hidden))


def _push(tangents: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
    """Tangents through a matrix, as one product: [batch, k, n_in] → [batch, k, n_out]."""
    k, n_in = tangents.shape[1:]
    return tf.reshape(tf.reshape(tangents, [-1, n_in]) @ w, [-1, k, w.shape[1]])


def _through(tangents: tf.Tensor, slope: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
    """Tangents through slopes [batch, n_in] and a matrix [n_in, n_out].

    Tangents that all rows share become part of the matrix, which saves writing them out.
    """
    if tangents.shape[0] != 1:
        return _push(tangents * slope[:, None, :], w)
    k, n_out = tangents.shape[1], w.shape[1]
    joined = tf.transpose(tangents[0])[:, :, None] * w[:, None, :]
    return tf.reshape(slope @ tf.reshape(joined, [-1, k * n_out]), [-1, k, n_out])


def _weighted_square(tangents: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """T·diag(w)·Tᵀ of tangents [batch or 1, k, n] and weights [batch, n]: [batch, k, k]."""
    if tangents.shape[0] != 1:
        return tf.matmul(tangents * weights[:, None, :], tangents, transpose_b=True)
    return _through(tangents, weights, tf.transpose(tangents[0]))


def glorot_normal(n_in: int, n_out: int, seed: Sequence[int]) -> tf.Tensor:
    """Normal values of variance 2 / (n_in + n_out), cut at two standard deviations."""
    std_of_cut_normal = 0.87962566103423978
    std = math.sqrt(2.0 / (n_in + n_out)) / std_of_cut_normal
    return tf.random.stateless_truncated_normal([n_in, n_out], seed, stddev=std)
