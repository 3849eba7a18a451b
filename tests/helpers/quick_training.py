"""Trainings of toy GANs whose programs are made once, for tests of what surrounds the steps.

Tracing the training loop takes far longer than the few steps that tests train.
"""

from collections.abc import Sequence

import pytest

from gan.params import GanParams
from gan.training import distributed_population, gan_run, population_run, summaries
from gan.training.block_trainer import BlockTrainer
from gan.training.gan_trainer import GanTrainer
from gan.variables import arrays
from human_pose_util.skeleton import Skeleton


class QuickTraining:
    """Makes trainers in place of the class `GanTrainer`: for equal arguments the same one again.

    A trainer that is used again begins with the values that its variables had when it was new.
    """

    def __init__(self):
        self._trainers = {}

    def __call__(
        self,
        params: GanParams,
        skeleton: Skeleton,
        jit: bool,
        members: Sequence[GanParams] | None = None,
    ) -> GanTrainer:
        """See `GanTrainer`."""
        key = repr((params, skeleton.id, jit, members))
        if key not in self._trainers:
            trainer = GanTrainer(params, skeleton, jit, members)
            self._trainers[key] = trainer, arrays(trainer.state)
        trainer, new = self._trainers[key]
        set_back(trainer, new)
        return trainer

    def start(self, patch: pytest.MonkeyPatch) -> None:
        """Have all runs use these trainers, and draw and compare few poses for TensorBoard.

        Args:
            patch: undoes it.
        """
        for module in (gan_run, population_run, distributed_population):
            patch.setattr(module, "GanTrainer", self)
        patch.setattr(summaries, "N_POSES", 2)
        patch.setattr(summaries, "N_SAMPLES", 100)


def set_back(trainer: BlockTrainer, values: dict) -> None:
    """Give the variables of a trainer the values that they had at another moment.

    Args:
        trainer: the trainer.
        values: what `arrays` returned for its `state` at that moment.
    """
    stored = arrays(trainer.state).keys()
    assert stored == values.keys()
    for v, value in zip(trainer.state, values.values(), strict=True):
        v.assign(value)
