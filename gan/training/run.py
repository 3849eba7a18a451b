"""A training run, as the driver needs it: steps of a trainer, with logs and checkpoints."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from gan.checkpoint import Checkpoint
from gan.training.block_trainer import BlockTrainer
from gan.variables import restore


class Blocks:
    """The steps of a trainer up to a last one, trained a block at a time.

    Args:
        trainer: trains a GAN, a population or a proposal network.
        poses: [n_poses, n_joints, 3] the poses of the data.
        max_steps: the step at which training ends, steps of earlier runs counted.

    Attributes:
        max_steps: as in Args.
    """

    def __init__(self, trainer: BlockTrainer, poses: np.ndarray, max_steps: int):
        self._trainer, self._poses, self.max_steps = trainer, tf.constant(poses), max_steps

    @property
    def step(self) -> int:
        """The number of steps so far."""
        return int(self._trainer.step)

    def begin(self, resumed: Checkpoint | None) -> None:
        """Go on from a checkpoint; begin anew where it is None."""
        if resumed is None:
            self._trainer.start(self._poses)
        else:
            restore(self._trainer.state, resumed)

    def advance(self) -> dict[str, float]:
        """Train a block of steps; its metrics by name."""
        means = self._trainer.train(self._poses, self.max_steps)
        return {name: float(value) for name, value in means.items()}


class Run(Blocks, ABC):
    """A training run.

    Args:
        trainer: trains a GAN, a population or a proposal network.
        poses: [n_poses, n_joints, 3] the poses of the data.
        max_steps: the step at which training ends, steps of earlier runs counted.
        title: what the run trains, for the progress bar and for messages.

    Attributes:
        shown: the metrics that the progress bar shows → their names there.
        title: as in Args.
    """

    shown: Mapping[str, str]

    def __init__(self, trainer: BlockTrainer, poses: np.ndarray, max_steps: int, title: str):
        super().__init__(trainer, poses, max_steps)
        self.title = title

    @abstractmethod
    def log(self, step: int, metrics: Mapping[str, float]) -> bool:
        """Write what is due at a step to the logs.

        Args:
            step: the number of steps so far.
            metrics: the metrics of the last block, `steps_per_second` among them.

        Returns:
            Whether the run ends here, before `max_steps`.
        """

    @abstractmethod
    def save(self) -> None:
        """Write a checkpoint, unless training has diverged."""

    @abstractmethod
    def close(self) -> None:
        """Close the logs."""
