"""The training run of one GAN."""

from typing import Any

from gan.builder import GanBuilder
from gan.checkpoint import Checkpoint
from gan.training.block_trainer import Metrics
from gan.training.data import load_training_poses
from gan.training.gan_trainer import GanTrainer
from gan.training.learnt_poses import SIGNATURE, note_other_poses, signature
from gan.training.options import TrainingOptions
from gan.training.patience import Patience
from gan.training.run import Run
from gan.training.summaries import Summaries
from gan.variables import arrays
from human_pose_util.errors import DataError

SHOWN = {"critic_loss": "critic", "generator_loss": "generator"}


class GanRun(Run):
    """The training run of one GAN.

    Args:
        gan: the GAN.
        resumed: the checkpoint from which training goes on; None to begin.
        max_steps: the step at which training ends, steps of earlier runs counted.
        options: what the user chooses.
    """

    shown = SHOWN
    trainer: GanTrainer

    def __init__(
        self,
        gan: GanBuilder,
        resumed: Checkpoint | None,
        max_steps: int,
        options: TrainingOptions,
    ):
        if resumed is not None and "step" not in resumed.arrays:
            raise DataError(
                f"{resumed.path} is packed: it can be used, but not trained further (pack_gan.py)"
            )
        poses, skeleton = load_training_poses(gan.params)
        self._signature = signature(poses)
        note_other_poses([resumed], self._signature)
        step = 0 if resumed is None else resumed.step
        trainer = GanTrainer(gan.params, skeleton, options.is_compiled(max_steps))
        super().__init__(trainer, poses, max_steps, f"training {gan.gan_id} on {len(poses)} poses")
        trainer.begin(poses, resumed)
        self._gan, self._patience = gan, Patience(options.patience)
        self._is_exhausted = False
        self._logs = Summaries(gan.model_dir / "logs", gan.params, poses, skeleton, step)

    def log(self, step: int, metrics: Metrics) -> bool:
        """Log a block; True, which ends the run, once the patience with the GAN is exhausted.

        Args:
            step: steps so far.
            metrics: means of the metrics over the last block, by name.
        """
        is_last = step == self.max_steps
        quality = self._logs.log(step, metrics, self.trainer.generate, is_last)
        if quality is not None:
            self._is_exhausted = self._patience.exhausted(step, quality.sliced_wasserstein)
        return self._is_exhausted

    def save(self) -> bool:
        """See `Run.save`; the checkpoint tells the poses, and the patience if that ended it."""
        gan, trainer = self._gan, self.trainer
        meta: dict[str, Any] = {SIGNATURE: self._signature}
        if self._is_exhausted:
            meta["patience"] = self._patience.steps
        state = arrays(trainer.state)
        return gan.save_checkpoint(gan.checkpoint_dir, self.step, trainer.skeleton, state, **meta)

    def close(self) -> None:
        """See `Run.close`."""
        self._logs.close()
