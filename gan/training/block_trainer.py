"""A compiled training loop: many steps in one call, without a way back to Python in between.

The networks are so small that a call from Python would cost more than a step. The loop therefore
runs inside one compiled function, a block of steps at a time.

Random numbers are drawn outside XLA. XLA on a processor takes 6 times as long for normal numbers
as TensorFlow without XLA, and twice as long for gathering rows, whereas updates of variables are
18 times faster inside. So `_draw`, which XLA does not compile, draws what a whole block needs, and
`_run_steps`, which XLA compiles, consumes it.

A run can be stopped anywhere and resumed exactly. What is drawn depends on nothing but the seed and
the number of the block (the random numbers are stateless: there is no generator whose state would
have to be saved). A block always draws for all of its steps, and a call that begins or ends within
a block uses a part of them. Ctrl-C takes effect between two calls. The step is a variable that the
compiled function itself advances, so it always fits the weights.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from gan.checkpoint import Checkpoint
from gan.variables import restore
from human_pose_util.skeleton import Skeleton

Metrics = Mapping[str, float | np.ndarray]
"""What is measured in a block, by name: scalars, or [n_members] for a population."""


class BlockTrainer(tf.Module):
    """What all trainers have in common. A subclass defines the class attributes and both methods.

    Args:
        skeleton: the skeleton of the poses.
        jit: compile the loop with XLA, which costs some seconds once.
        step_name: name of the variable that counts steps.

    Attributes:
        block: number of steps in a block.
        metrics: names of what is measured in a step.
        skeleton: the skeleton of the poses.
        step: the number of steps so far.
    """

    block: int
    metrics: tuple[str, ...]

    def __init__(self, skeleton: Skeleton, jit: bool, step_name: str):
        super().__init__(name=None)
        self.skeleton = skeleton
        self.step = tf.Variable(0, dtype=tf.int64, name=step_name)
        self._run = tf.function(self._run_steps, jit_compile=jit, autograph=False)

    @property
    def state(self) -> Sequence[tf.Variable]:
        """All variables that a training needs to go on; their names are the keys of checkpoints."""
        return self.variables

    def begin(self, data: Any, resumed: Checkpoint | None) -> None:
        """Go on from a checkpoint, or start a training.

        Args:
            data: what the trainer learns from: poses [n_poses, n_joints, 3], or another structure
                of arrays (`gan.training.motion.Motion`).
            resumed: the checkpoint; None to start.
        """
        if resumed is None:
            self.start(tf.nest.map_structure(tf.constant, data))
        else:
            restore(self.state, resumed)

    def start(self, data: Any) -> None:
        """Begin a training on tensors like the arrays of `begin`."""

    def train(self, data: Any, max_step: int) -> dict[str, np.ndarray]:
        """Train up to the end of the current block, or to a step within it.

        Args:
            data: tensors like the arrays of `begin`.
            max_step: the step at which to stop at the latest.

        Returns:
            Means of the metrics over the steps, by name: scalars, or [n_members] for a population.
        """
        block, start = divmod(int(self.step), self.block)
        stop = min(self.block, max_step - block * self.block)
        drawn = self._draw(data, tf.constant(block))
        sums = self._run(drawn, tf.constant(start), tf.constant(stop))
        return dict(zip(self.metrics, sums.numpy() / (stop - start), strict=True))

    def _draw(self, data: Any, block: tf.Tensor) -> Sequence[Any]:
        """What all steps of a block need: structures of arrays whose first axis is the steps'."""
        raise NotImplementedError

    def _run_steps(self, drawn: Sequence[Any], start: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
        """Train steps of a block, and add them to `step`.

        Args:
            drawn: what `_draw` returns.
            start: the first of the steps, a scalar so that another one does not compile the loop
                again.
            stop: the step behind the last one, likewise.

        Returns:
            Sums of the metrics over the steps: [n_metrics], or [n_metrics, n_members].
        """
        raise NotImplementedError
