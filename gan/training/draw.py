"""Random numbers of trainings, each of which says what it is for."""

from collections.abc import Sequence
from enum import IntEnum

import tensorflow as tf


class Purpose(IntEnum):
    """What random numbers are for: a part of their seed, so that they do not depend on each other.

    A new purpose gets a new number; those that stand here decide what trainings draw.
    """

    ROLL = 0
    PITCH = 1
    YAW = 2
    DEPTH = 3
    PLACE = 4
    KNOWN = 5
    ZOOM = 6
    MISSING_SHARE = 7
    MISSING = 8
    NOISE_STD = 9
    NOISE = 10
    IS_SLOW = 11
    SLOW_MISSING = 12
    SLOW_NOISE = 13
    EXCHANGE_LENGTH = 14
    EXCHANGED = 15
    STEADY = 16
    EXCHANGE_START = 17
    LAYOUT = 18
    DETECTOR = 19
    ROLLED = 20


class Draw:
    """Random numbers for n examples.

    Args:
        n: number of examples.
        seed: scalar integer.
    """

    def __init__(self, n: int | tf.Tensor, seed: tf.Tensor):
        self.n, self._seed = n, seed

    def uniform(
        self, purpose: Purpose, low: float = 0.0, high: float = 1.0, shape: Sequence[int] = ()
    ) -> tf.Tensor:
        """[n, *shape] uniform numbers for a purpose."""
        seed = self._seed_for(purpose)
        return tf.random.stateless_uniform([self.n, *shape], seed, low, high)

    def normal(self, purpose: Purpose, std: float, shape: Sequence[int] = ()) -> tf.Tensor:
        """[n, *shape] normal numbers for a purpose."""
        return std * tf.random.stateless_normal([self.n, *shape], self._seed_for(purpose))

    def severity(self, purpose: Purpose, largest: float, share: float) -> tf.Tensor:
        """[n] 0 for most examples, uniform up to the largest for the share that is spoilt."""
        # Below the share, which a number u is with that probability, 1 − u/share is uniform.
        return largest * tf.nn.relu(1 - self.uniform(purpose) / share)

    def _seed_for(self, purpose: Purpose) -> tf.Tensor:
        """[2] the seed of the numbers for a purpose."""
        return tf.stack([self._seed, int(purpose)])
