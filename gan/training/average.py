"""Running means of weights, which are steadier than the weights themselves (Karras et al. 2018)."""

from collections.abc import Sequence

import tensorflow as tf


class Average(tf.Module):
    """A running mean.

    m ← d·m + (1 − d)·w, where d is smaller in the first steps, so that the weights of the start
    are soon forgotten.

    Args:
        means: variables that hold the mean.
        sources: variables of which it is the mean.
        decay: d.
    """

    def __init__(self, means: Sequence[tf.Variable], sources: Sequence[tf.Variable], decay: float):
        super().__init__(name=None)
        self._pairs = list(zip(means, sources, strict=True))
        self._decay = decay
        name = means[0].name.split(":")[0]
        self.count = tf.Variable(0.0, trainable=False, name=f"{name}/count")

    def update(self) -> None:
        """Take in the weights after a step."""
        self.count.assign_add(1.0)
        kept = tf.minimum(self._decay, (self.count - 1) / (self.count + 9))
        for mean, new in self._pairs:
            mean.assign(kept * mean + (1 - kept) * new)
