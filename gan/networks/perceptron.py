"""A multilayer perceptron, and the derivatives of it that the search for poses needs.

Notation. A perceptron maps x to y by layers a₁ = x·W₁ + b₁, h = σ(a₁), a₂ = h·W₂ + b₂, …, y = the
last a. Let T = ∂a/∂x [k, width] be the tangents of the inputs of a layer's units: how they change
as x moves along k directions (usually the axes of x).

First derivatives. By the chain rule the tangents pass through a layer as

    T ← (T·diag(σ'(a)))·W,

beginning with W₁. They go forward with the value, all k directions of all rows of a batch in one
matrix product for each layer. (Reverse accumulation would need a pass for each of the outputs, of
which the generator has more, 3 for each joint, than it has inputs.)

Second derivatives. Let f be a function of y with the gradient g = ∂f/∂y. The linear maps have no
second derivatives, so all curvature of f∘y in x, apart from that of f itself, enters at the
activations of hidden units. The unit u has the input a_u(x), and f depends on its output h_u =
σ(a_u) with the slope g_u, which is g carried backwards to the unit. Differentiating σ(a_u(x)) twice
gives σ''(a_u)·∇a_u·∇a_uᵀ + σ'(a_u)·∇²a_u; the second part belongs to the units of earlier layers.
By induction over the layers

    ∇²(f∘y) = Jᵀ·∇²f·J + Σ_u g_u·σ''(a_u)·t_u·t_uᵀ,

where t_u = ∇a_u is column u of the layer's tangents. The sum is what `Expansion.curvature` returns,
except that a unit is left out if g_u·σ''(a_u) < 0. What is left is positive semi-definite, term by
term, and so is the Gauss-Newton part Jᵀ·∇²f·J of a convex f: together they make a matrix with which
a Newton step goes downhill. Gauss-Newton alone would not see that a step crosses a (rounded) kink
behind which the cost rises; the kinks that bend the cost upwards are in the kept part. A kink that
bends the cost downwards only makes the true cost lower than the model says.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tensorflow as tf

from gan.networks.activations import ACTIVATIONS
from gan.networks.linear import Linear
from gan.seeds import Pair


class _Hidden(NamedTuple):
    """A hidden layer around its inputs a.

    Attributes:
        tangents: [batch or 1, k, width] derivatives of a along k directions.
        slope: [batch, width] σ'(a).
        second: [batch, width] σ''(a).
        w: [width, n_next] the weights that lead to the next layer.
    """

    tangents: tf.Tensor
    slope: tf.Tensor
    second: tf.Tensor
    w: tf.Tensor


class Expansion(NamedTuple):
    """A perceptron around its inputs, along k directions in which the inputs can move.

    Attributes:
        value: [batch, n_out] the outputs.
        tangents: [batch, k, n_out] derivatives of the outputs along the directions.
        hidden: the hidden layers, from the first to the last.
    """

    value: tf.Tensor
    tangents: tf.Tensor
    hidden: tuple[_Hidden, ...]

    def curvature(self, gradient: tf.Tensor) -> tf.Tensor:
        """The upward curvature that hidden units give to a function f of the outputs.

        This is Σ max(g_u·σ''(a_u), 0)·t_u·t_uᵀ over all hidden units u; the module's docstring
        derives it.

        Args:
            gradient: [batch, n_out] ∂f by the outputs.

        Returns:
            [batch, k, k] positive semi-definite second derivatives along the directions.
        """
        k = self.tangents.shape[1]
        total = 0.0
        for layer in reversed(self.hidden):
            by_unit = gradient @ tf.transpose(layer.w)  # g_u: the slope of f by a unit's output
            total += _weighted_square(layer.tangents, tf.nn.relu(by_unit * layer.second))
            gradient = by_unit * layer.slope  # the slope of f by a unit's input
        return total if self.hidden else tf.zeros([tf.shape(gradient)[0], k, k])


class Perceptron(tf.Module):
    """Linear layers with an activation in between.

    Args:
        sizes: widths of the layers from the input to the output.
        activation: name of the hidden layers' activation (`gan.networks.activations`).
        seeds: seeds of the initial weights (Glorot and Bengio 2010, normal) of one layer after the
            other (`gan.seeds.layer_streams`).
        name: prefix of the variables' names.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str,
        seeds: Iterator[Pair | list[Pair]],
        name: str,
    ):
        super().__init__(name=None)
        self._activation = ACTIVATIONS[activation]
        self.layers = [
            Linear(n_in, n_out, next(seeds), f"{name}/{i}")
            for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes))
        ]

    @property
    def has_kinks(self) -> bool:
        """Whether the slope of the perceptron jumps anywhere."""
        return self._activation.has_kinks and len(self.layers) > 1

    def __call__(self, x: tf.Tensor, kink_width: tf.Tensor | None = None) -> tf.Tensor:
        """Apply the perceptron.

        Args:
            x: [..., n_in]; for a population [n_members, batch, n_in], or [batch, n_in] for the
                same inputs to all members.
            kink_width: widths by which the activation's kinks are rounded, of a shape that
                broadcasts with [..., 1]; None for the network as it is trained.

        Returns:
            [..., n_out].
        """
        for layer in self.layers[:-1]:
            x = self._activation.value(layer(x), kink_width)
        return self.layers[-1](x)

    def slope(
        self, x: tf.Tensor, kink_width: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Value of a perceptron with one output, and its derivatives, by reverse accumulation.

        Args:
            x: [batch, n_in].
            kink_width: [batch, 1] widths of the rounded kinks, as in `expand`.

        Returns:
            [batch] values and [batch, n_in] derivatives.
        """
        slopes = []
        for layer in self.layers[:-1]:
            x, slope, _ = self._activation.expand(layer(x), kink_width)
            slopes.append(slope)
        gradient = tf.transpose(self.layers[-1].w)
        for layer, slope in zip(self.layers[-2::-1], reversed(slopes), strict=True):
            gradient = tf.matmul(gradient * slope, layer.w, transpose_b=True)
        return self.layers[-1](x)[:, 0], gradient

    def expand(
        self,
        x: tf.Tensor,
        kink_width: tf.Tensor | None = None,
        outputs: Sequence[int] | None = None,
        tangents: tf.Tensor | None = None,
    ) -> Expansion:
        """Value, first derivatives, and what second derivatives consist of.

        Args:
            x: [batch, n_in].
            kink_width: [batch, 1] widths by which the activation's kinks are rounded; None for
                the network as it is trained.
            outputs: which outputs are wanted, in which order; by default all.
            tangents: [batch, k, n_in] the k directions in which x moves; by default the axes of x,
                k = n_in.

        Returns:
            The expansion around x.
        """
        weights = [(layer.w, layer.b) for layer in self.layers]
        if outputs is not None:
            w, b = weights[-1]
            weights[-1] = tf.gather(w, outputs, axis=1), tf.gather(b, outputs)
        (w, b), *others = weights
        value = x @ w + b
        # Along the axes of x the tangents of the first layer are W₁ itself, the same for all rows
        # of the batch. They stay one matrix [1, k, width] until an activation's slopes, which
        # differ from row to row, are applied to them.
        tangents = w[None] if tangents is None else _through_matrix(tangents, w)
        hidden = []
        for w, b in others:
            value, slope, second = self._activation.expand(value, kink_width)
            hidden.append(_Hidden(tangents, slope, second, w))
            value, tangents = value @ w + b, _through_matrix(tangents * slope[:, None], w)
        if not hidden:  # there was no layer whose slopes differ from row to row
            tangents = tf.broadcast_to(tangents, [tf.shape(x)[0], *tangents.shape[1:]])
        return Expansion(value, tangents, tuple(hidden))


def _through_matrix(tangents: tf.Tensor, w: tf.Tensor) -> tf.Tensor:
    """T·W as one product over all rows: [batch, k, n_in] → [batch, k, n_out]."""
    k, n_in = tangents.shape[1:]
    return tf.reshape(tf.reshape(tangents, [-1, n_in]) @ w, [-1, k, w.shape[1]])


def _weighted_square(tangents: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """T·diag(weights)·Tᵀ of tangents [batch or 1, k, n] and weights [batch, n]: [batch, k, k]."""
    if tangents.shape[0] != 1:
        return tf.matmul(tangents * weights[:, None], tangents, transpose_b=True)
    # Tangents that all rows share allow one product over all rows.
    return _through_matrix(tangents * weights[:, None], tf.transpose(tangents[0]))
