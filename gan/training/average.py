"""Running means of weights, which make better poses than the weights (Karras et al. 2018).

Weights that are trained against a critic never come to rest: they circle around a good point, and
their mean is nearer to it.
"""

from collections.abc import Sequence

import tensorflow as tf

from gan.variables import name_of


class Average(tf.Module):
    """A running mean m ← d·m + (1 − d)·w of weights w.

    In step t (from 1 on) d is min(decay, (t − 1)/(t + 9)): 0 in the first step, so that the mean
    begins with the weights themselves, and small in the next ones, so that the weights of the
    start are soon forgotten.

    Args:
        means: the variables that hold the means m.
        sources: the variables w, in the order of `means`.
        decay: the largest d.

    Attributes:
        count: the number t of steps so far.
    """

    def __init__(self, means: Sequence[tf.Variable], sources: Sequence[tf.Variable], decay: float):
        super().__init__(name=None)
        self._pairs = list(zip(means, sources, strict=True))
        self._decay = decay
        self.count = tf.Variable(0.0, trainable=False, name=f"{name_of(means[0])}/count")

    def update(self) -> None:
        """Take the weights after a step into the means."""
        self.count.assign_add(1.0)
        decay = tf.minimum(self._decay, (self.count - 1) / (self.count + 9))
        for mean, new in self._pairs:
            mean.assign(decay * mean + (1 - decay) * new)
