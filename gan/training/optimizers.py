"""Update rules, with the definitions of TensorFlow 1, which the paper used.

They differ from the rules of Keras 3 in values that change a training: RMSProp begins with s = 1,
not with s = 0, so that its first steps are small, and its ε is 1e-10, not 1e-7; the ε of Adam is
1e-8, not 1e-7.

The rules are plain modules of variables: they compile into the training loop, and their state is
saved and restored like weights.
"""

from collections.abc import Callable, Sequence

import tensorflow as tf

from gan.variables import name_of


class RmsProp(tf.Module):
    """RMSProp (Tieleman and Hinton 2012).

        s ← ρ·s + (1 − ρ)·g²,    θ ← θ − η·g / √(s + ε),    s = 1 at the start,

    with ρ = 0.9 and ε = 1e-10.

    Args:
        variables: the variables θ.
        learning_rate: η: a number, or a tensor that broadcasts with the variables.
        name: prefix of the names of the rule's own variables.

    Attributes:
        squares: the running means s of squared gradients, one for each variable.
    """

    _decay, _epsilon = 0.9, 1e-10

    def __init__(
        self, variables: Sequence[tf.Variable], learning_rate: float | tf.Tensor, name: str
    ):
        super().__init__(name=None)
        self._learning_rate = learning_rate
        self._variables = list(variables)
        self.squares = _slots(variables, tf.ones_like, f"{name}/square")

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """Make one update with the gradients g of the variables."""
        for v, g, s in zip(self._variables, gradients, self.squares, strict=True):
            s.assign(self._decay * s + (1 - self._decay) * tf.square(g))
            v.assign_sub(self._learning_rate * g * tf.math.rsqrt(s + self._epsilon))


class Adam(tf.Module):
    """Adam (Kingma and Ba 2015), in the more efficient order at the end of section 2.

        m ← β₁·m + (1 − β₁)·g,    s ← β₂·s + (1 − β₂)·g²,
        θ ← θ − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√s + ε),

    with ε = 1e-8. m and s are 0 at the start.

    Args:
        variables: the variables θ.
        learning_rate: η: a number, or a tensor that broadcasts with the variables.
        name: prefix of the names of the rule's own variables.
        betas: β₁ and β₂; the default is that of Gulrajani et al. 2017 for critics, without
            momentum.

    Attributes:
        powers: [2] β₁ᵗ and β₂ᵗ after t updates.
        means: the running means m of gradients, one for each variable.
        squares: the running means s of squared gradients, one for each variable.
    """

    _epsilon = 1e-8

    def __init__(
        self,
        variables: Sequence[tf.Variable],
        learning_rate: float | tf.Tensor,
        name: str,
        betas: tuple[float, float] = (0.0, 0.9),
    ):
        super().__init__(name=None)
        self._learning_rate, self._betas = learning_rate, betas
        self._variables = list(variables)
        self.powers = tf.Variable(tf.ones(2), name=f"{name}/powers")
        self.means = _slots(variables, tf.zeros_like, f"{name}/mean")
        self.squares = _slots(variables, tf.zeros_like, f"{name}/square")

    def apply(self, gradients: Sequence[tf.Tensor], learning_rate: tf.Tensor | None = None) -> None:
        """Make one update.

        Args:
            gradients: the gradients g of the variables.
            learning_rate: η of this update; by default the rule's own.
        """
        beta1, beta2 = self._betas
        self.powers.assign(self.powers * tf.constant(self._betas))
        eta = self._learning_rate if learning_rate is None else learning_rate
        rate = eta * tf.sqrt(1 - self.powers[1]) / (1 - self.powers[0])
        slots = zip(self._variables, gradients, self.means, self.squares, strict=True)
        for v, g, m, s in slots:
            m.assign(beta1 * m + (1 - beta1) * g)
            s.assign(beta2 * s + (1 - beta2) * tf.square(g))
            v.assign_sub(rate * m / (tf.sqrt(s) + self._epsilon))


OPTIMIZERS: dict[str, type[RmsProp] | type[Adam]] = {"rmsprop": RmsProp, "adam": Adam}


def _slots(
    variables: Sequence[tf.Variable], initial: Callable[[tf.Variable], tf.Tensor], name: str
) -> list[tf.Variable]:
    """One more variable for each variable, named after it."""
    return [tf.Variable(initial(v), name=f"{name}/{name_of(v)}") for v in variables]
