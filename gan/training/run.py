"""A training run, as the driver needs it: a trainer and its data, with logs and checkpoints."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from gan.training.block_trainer import BlockTrainer, Metrics


class Run(ABC):
    """A training run.

    Args:
        trainer: trains a GAN, a population or a proposal network.
        data: what the trainer learns from (`BlockTrainer.begin`).
        max_steps: the step at which training ends, steps of earlier runs counted.
        title: what the run trains, for the progress bar and for messages.

    Attributes:
        shown: the metrics that the progress bar shows → their names there.
        trainer: as in Args.
        data: as in Args.
        max_steps: as in Args.
        title: as in Args.
    """

    shown: Mapping[str, str]

    def __init__(self, trainer: BlockTrainer, data: Any, max_steps: int, title: str):
        self.trainer, self.data, self.max_steps, self.title = trainer, data, max_steps, title

    @property
    def step(self) -> int:
        """The number of steps so far."""
        return int(self.trainer.step)

    @abstractmethod
    def log(self, step: int, metrics: Metrics) -> bool:
        """Write what is due at a step to the logs.

        Args:
            step: the number of steps so far.
            metrics: the metrics of the last block, `steps_per_second` among them.

        Returns:
            Whether the run ends here, before `max_steps`.
        """

    @abstractmethod
    def save(self) -> bool:
        """Write a checkpoint; False, without a checkpoint, where training has diverged."""

    @abstractmethod
    def close(self) -> None:
        """Close the logs."""
