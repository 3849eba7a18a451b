"""Update rules of the two networks, with TensorFlow 1's definitions, which the paper used.

They are plain modules of variables: they compile into the training loop, and their slots are
saved and restored like weights.
"""

from collections.abc import Sequence

import tensorflow as tf


class RmsProp(tf.Module):
    """RMSProp (Tieleman and Hinton 2012), as TensorFlow 1 has it.

    s ← ρ·s + (1 − ρ)·g², θ ← θ − η·g / √(s + ε), with s = 1 at the start.

    Args:
        variables: what is optimised.
        learning_rate: η.
        name: prefix of the slots' names.
    """

    _decay, _epsilon = 0.9, 1e-10

    def __init__(self, variables: Sequence[tf.Variable], learning_rate: float, name: str):
        super().__init__(name=None)
        self._learning_rate = learning_rate
        self._variables = list(variables)
        self.squares = _slots(variables, tf.ones_like, f"{name}/square")

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """One update."""
        for v, g, s in zip(self._variables, gradients, self.squares, strict=True):
            s.assign(self._decay * s + (1 - self._decay) * tf.square(g))
            v.assign_sub(self._learning_rate * g * tf.math.rsqrt(s + self._epsilon))


class Adam(tf.Module):
    """Adam (Kingma and Ba 2015), the "more efficient" order of section 2, as TensorFlow 1 has it.

    m ← β₁·m + (1 − β₁)·g, s ← β₂·s + (1 − β₂)·g²,
    θ ← θ − η·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√s + ε).

    Args:
        variables: what is optimised.
        learning_rate: η.
        name: prefix of the slots' names.
        betas: β₁, β₂; by default those of Gulrajani et al. 2017 for critics.
    """

    _epsilon = 1e-8

    def __init__(
        self,
        variables: Sequence[tf.Variable],
        learning_rate: float,
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
        """One update, with another learning rate where it is given."""
        beta1, beta2 = self._betas
        self.powers.assign(self.powers * tf.constant(self._betas))
        given = self._learning_rate if learning_rate is None else learning_rate
        rate = given * tf.sqrt(1 - self.powers[1]) / (1 - self.powers[0])
        slots = zip(self._variables, gradients, self.means, self.squares, strict=True)
        for v, g, m, s in slots:
            m.assign(beta1 * m + (1 - beta1) * g)
            s.assign(beta2 * s + (1 - beta2) * tf.square(g))
            v.assign_sub(rate * m / (tf.sqrt(s) + self._epsilon))


OPTIMIZERS = {"rmsprop": RmsProp, "adam": Adam}


def _slots(variables: Sequence[tf.Variable], initial, name: str) -> list[tf.Variable]:
    return [tf.Variable(initial(v), name=f"{name}/{v.name.split(':')[0]}") for v in variables]
