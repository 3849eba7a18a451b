"""Linear layers, their initial weights, and populations of them."""

import math

import tensorflow as tf

from gan.seeds import Pair


class Linear(tf.Module):
    """The map y = x·w + b, or as many such maps as there are members in a population.

    Args:
        n_in: size of x.
        n_out: size of y.
        seed: seed of the weights. With a list of seeds, one for each member of a population, w and
            b have a leading axis of members.
        name: prefix of the variables' names.

    Attributes:
        w: [n_in, n_out] or [n_members, n_in, n_out] weights.
        b: [n_out] or [n_members, 1, n_out] biases.
    """

    def __init__(self, n_in: int, n_out: int, seed: Pair | list[Pair], name: str):
        super().__init__(name=None)
        if isinstance(seed, list):
            w = tf.stack([glorot_normal(n_in, n_out, one) for one in seed])
            b = tf.zeros([len(seed), 1, n_out])
        else:
            w, b = glorot_normal(n_in, n_out, seed), tf.zeros(n_out)
        self.w = tf.Variable(w, name=f"{name}/w")
        self.b = tf.Variable(b, name=f"{name}/b")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """[..., n_in] → [..., n_out]; for a population [..., n_members, batch, n_in]."""
        return x @ self.w + self.b


def glorot_normal(n_in: int, n_out: int, seed: Pair) -> tf.Tensor:
    """Initial weights after Glorot and Bengio 2010: normal, cut at two standard deviations.

    Args:
        n_in: number of inputs.
        n_out: number of outputs.
        seed: two integers.

    Returns:
        [n_in, n_out] values of variance 2/(n_in + n_out). Cutting narrows the distribution, so the
        standard deviation before the cut is larger, by a constant.
    """
    std_of_cut_normal = 0.87962566103423978
    std = math.sqrt(2.0 / (n_in + n_out)) / std_of_cut_normal
    return tf.random.stateless_truncated_normal([n_in, n_out], seed, stddev=std)
