"""The training steps of a proposal network, whatever it sees: Adam, and a running mean of weights.

A subclass draws the examples and says what the loss of a step is.
"""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from gan.training.average import Average
from gan.training.block_trainer import BlockTrainer
from gan.training.optimizers import Adam
from human_pose_util.skeleton import Skeleton

WARM_UP = 200
"""Number of steps in which the learning rate rises."""

AVERAGE_DECAY = 0.995
"""Decay, per step, of the running mean of the weights."""

LARGEST_GRADIENT = 5.0
"""Bound of the norm of the gradient of all weights together."""


class NetworkTrainer(BlockTrainer):
    """A network, and what it takes to train it.

    Args:
        learner: the network that is trained.
        network: another one of its kind, which becomes the running mean of the learner.
        n_steps: number of training steps.
        learning_rate: the highest learning rate.
        skeleton: the skeleton of the poses.
        jit: compile the loop with XLA.
        name: prefix of the names of variables that belong to the training.

    Attributes:
        network: the running mean of the network that is trained, which is the result.
    """

    metrics = ("loss", "error")
    """Names of what is measured in a step: the loss, and the mean joint error of the proposals in
    subject heights."""

    def __init__(
        self,
        learner: tf.Module,
        network: tf.Module,
        n_steps: int,
        learning_rate: float,
        skeleton: Skeleton,
        jit: bool,
        name: str,
    ):
        super().__init__(skeleton, jit, f"{name}/step")
        self._learner, self.network = learner, network
        self._n_steps, self._learning_rate = n_steps, learning_rate
        self._weights = learner.trainable_variables
        self._rule = Adam(self._weights, learning_rate, name, betas=(0.9, 0.99))
        self._average = Average(network.trainable_variables, self._weights, AVERAGE_DECAY)

    @property
    def state(self) -> tuple[tf.Variable, ...]:
        """See `BlockTrainer.state`; the generator is not part of it, as it does not change."""
        parts = (self._learner, self.network, self._rule, self._average)
        distinct = {v.ref(): v for part in parts for v in part.variables}  # parts share some
        return (self.step, *distinct.values())

    def _loss(self, *drawn: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """The loss of the learner and its mean joint error, on what `_draw` returns of one step."""
        raise NotImplementedError

    def _run_steps(self, drawn: Sequence[Any], start: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
        """See `BlockTrainer`."""

        def step(i, sums):
            with tf.GradientTape() as tape:
                loss, error = self._loss(*tf.nest.map_structure(lambda part: part[i], drawn))
            # The loss is steep where the network is sure and wrong: one such batch must not throw
            # the weights far off.
            gradients = tape.gradient(loss, self._weights)
            gradients, _ = tf.clip_by_global_norm(gradients, LARGEST_GRADIENT)
            self._rule.apply(gradients, self._rate())
            self._average.update()
            self.step.assign_add(1)
            return i + 1, sums + tf.stack([loss, error])

        return tf.while_loop(lambda i, _: i < stop, step, (start, tf.zeros(2)))[1]

    def _rate(self) -> tf.Tensor:
        """The learning rate: a short rise, then half a cosine wave to 0 (Loshchilov, Hutter 2017).

        The rise gives Adam time to measure gradients before it takes large steps.
        """
        done = tf.cast(self.step, tf.float32)
        rise = tf.minimum((done + 1) / min(WARM_UP, self._n_steps), 1.0)
        return self._learning_rate * rise * 0.5 * (1 + tf.cos(math.pi * done / self._n_steps))
