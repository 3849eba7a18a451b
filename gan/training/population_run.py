"""The training run of a population whose members are trained at once, in one compiled program."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from gan.builder import GanBuilder
from gan.checkpoint import all_finite
from gan.training.data import load_learned
from gan.training.driver import with_xla
from gan.training.gan_run import SHOWN
from gan.training.gan_trainer import GanTrainer
from gan.training.population import Member, member_gans
from gan.training.population_checkpoints import member_arrays, restore_members
from gan.training.run import Run
from gan.training.summaries import Summaries


class PopulationRun(Run):
    """The training run of a population.

    Members that diverge are left out of what is shown and saved; they do not stop the others.

    Args:
        gan: the GAN of which the members are variants.
        members: the members by name.
        step: the step from which training goes on; every member has a checkpoint of it, unless it
            is 0.
        max_steps: the step at which training ends, steps of earlier runs counted.
        jit: compile the loop with XLA; None to do so where it saves time.
    """

    shown = SHOWN

    def __init__(
        self,
        gan: GanBuilder,
        members: Mapping[str, Member],
        step: int,
        max_steps: int,
        jit: bool | None,
    ):
        poses, skeleton = load_learned(gan.params.dataset)
        compiled = with_xla(jit, max_steps - step)
        trainer = GanTrainer(gan.params, skeleton, compiled, list(members.values()))
        super().__init__(trainer, poses, max_steps, f"training {len(members)} x {gan.gan_id}")
        self._gan_trainer, self._gans = trainer, member_gans(gan, members)
        if step:
            restore_members(trainer.state, list(self._gans.values()), step)
        else:
            self.begin(None)
        self._metrics: dict[str, np.ndarray] = {}
        self._logs = [
            Summaries(each.model_dir / "logs", each.params, poses, skeleton, step)
            for each in self._gans.values()
        ]

    def advance(self) -> dict[str, float]:
        """See `Blocks.advance`; metrics are means over the members that have not diverged."""
        self._metrics = self._trainer.train(self._poses, self.max_steps)
        return {name: _finite_mean(values) for name, values in self._metrics.items()}

    def log(self, step: int, metrics: Mapping[str, float]) -> bool:
        """Log a block into the logs of every member; False, since nothing ends the run early.

        Args:
            step: steps so far.
            metrics: means of the metrics over the last block, by name.
        """
        for k, logs in enumerate(self._logs):
            own = {name: float(values[k]) for name, values in self._metrics.items()}

            def poses(z: tf.Tensor, k: int = k) -> tf.Tensor:
                return self._gan_trainer.poses(z)[k]

            logs.log(step, {**metrics, **own}, poses, step == self.max_steps)
        return False

    def save(self) -> None:
        """See `Run.save`; every member that has not diverged gets a checkpoint."""
        values = member_arrays(self._trainer.state, len(self._gans))
        by_name = dict(zip(self._gans, values, strict=True))
        finite = {name: own for name, own in by_name.items() if all_finite(own)}
        skeleton, together = self._trainer.skeleton, list(finite)
        for name, own in finite.items():
            gan = self._gans[name]
            gan.save_checkpoint(gan.checkpoint_dir, self.step, skeleton, own, saved_with=together)

    def close(self) -> None:
        """See `Run.close`."""
        for logs in self._logs:
            logs.close()


def _finite_mean(values: np.ndarray) -> float:
    """The mean of the finite values; NaN where there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
