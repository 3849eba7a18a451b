"""Random numbers of trainings, each of which says what it is for."""

import math
from collections.abc import Sequence

import tensorflow as tf

from gan.seeds import Pair, Purpose, Stage, stream


class Draw:
    """Random numbers for n examples.

    Args:
        n: number of examples.
        seed: the seed of the GAN.
        stage: in which part of a training they are drawn.
        block: the number of its block of steps, which may be a scalar tensor.
    """

    def __init__(self, n: int, seed: int, stage: Stage = Stage.NONE, block: int | tf.Tensor = 0):
        self.n, self._seed, self._stage, self._block = n, seed, stage, block

    def uniform(
        self, purpose: Purpose, low: float = 0.0, high: float = 1.0, shape: Sequence[int] = ()
    ) -> tf.Tensor:
        """[n, *shape] uniform numbers for a purpose."""
        return tf.random.stateless_uniform([self.n, *shape], self._stream(purpose), low, high)

    def log_uniform(self, purpose: Purpose, low: float, high: float) -> tf.Tensor:
        """[n] numbers for a purpose whose logarithms are uniform."""
        return tf.exp(self.uniform(purpose, math.log(low), math.log(high)))

    def normal(self, purpose: Purpose, std: float, shape: Sequence[int] = ()) -> tf.Tensor:
        """[n, *shape] normal numbers for a purpose."""
        return std * tf.random.stateless_normal([self.n, *shape], self._stream(purpose))

    def rows(self, n_rows: int | tf.Tensor) -> tf.Tensor:
        """[n] int32 numbers of rows, out of so many."""
        seed = self._stream(Purpose.ROW)
        return tf.random.stateless_uniform([self.n], seed, 0, n_rows, dtype=tf.int32)

    def order(self) -> tf.Tensor:
        """[n] the numbers of all examples in a random order."""
        return tf.random.experimental.stateless_shuffle(
            tf.range(self.n), self._stream(Purpose.ORDER)
        )

    def severity(self, purpose: Purpose, largest: float, share: float) -> tf.Tensor:
        """[n] 0 for most examples, uniform up to the largest for the share that is spoilt."""
        # Below the share, which a number u is with that probability, 1 − u/share is uniform.
        return largest * tf.nn.relu(1 - self.uniform(purpose) / share)

    def _stream(self, purpose: Purpose) -> Pair:
        """The seed of the numbers for a purpose."""
        return stream(self._seed, purpose, self._stage, self._block)
