"""The training run of a population whose members are trained at once, in one compiled program."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from gan import checkpoint
from gan.builder import GanBuilder
from gan.training.block_trainer import Metrics
from gan.training.data import load_training_poses
from gan.training.gan_run import SHOWN
from gan.training.gan_trainer import GanTrainer
from gan.training.learnt_poses import SIGNATURE, note_other_poses, signature
from gan.training.options import TrainingOptions
from gan.training.population_checkpoints import Standing, member_arrays, restore_members
from gan.training.run import Run
from gan.training.summaries import Summaries


class PopulationRun(Run):
    """The training run of a population.

    Members that diverge are left out of what is shown and saved; they do not stop the others.

    Args:
        gan: the GAN of which the members are variants.
        names: the names of all members, those that have diverged before among them.
        standing: the step from which training goes on, and the members to train.
        max_steps: the step at which training ends, steps of earlier runs counted.
        options: what the user chooses.
    """

    shown = SHOWN
    trainer: GanTrainer

    def __init__(
        self,
        gan: GanBuilder,
        names: Iterable[str],
        standing: Standing,
        max_steps: int,
        options: TrainingOptions,
    ):
        poses, skeleton = load_training_poses(gan.params, without_held_out=True)
        step, members = standing.step, standing.members
        parameters = [member.params for member in members.values()]
        compiled = options.is_compiled(max_steps)
        trainer = GanTrainer(gan.params, skeleton, compiled, parameters)
        title = f"training {len(members)} x {gan.gan_id} on {len(poses)} poses"
        super().__init__(trainer, poses, max_steps, title)
        self._signature = signature(poses)
        if step:
            resumed = restore_members(trainer.state, list(members.values()), step)
            note_other_poses(resumed, self._signature)
        else:
            trainer.begin(poses, None)
        self._names, self._members = list(names), members
        # Left by a process that was killed while it saved, or of a training that begins anew.
        self._stale = [
            path
            for member in members.values()
            for path in checkpoint.checkpoints(member.checkpoint_dir)
            if checkpoint.step_of(path) > step
        ]
        self._logs = [
            Summaries(member.model_dir / "logs", member.params, poses, skeleton, step)
            for member in members.values()
        ]

    def log(self, step: int, metrics: Metrics) -> bool:
        """Log a block into the logs of every member; False, since nothing ends the run early.

        Args:
            step: steps so far.
            metrics: means of the metrics over the last block, by name.
        """
        for k, logs in enumerate(self._logs):
            # The speed, alone among the metrics, is one number for all members.
            of_member = {n: v[k] if isinstance(v, np.ndarray) else v for n, v in metrics.items()}

            def generate(z: tf.Tensor, k: int = k) -> tf.Tensor:
                return self.trainer.generate(z)[k]

            logs.log(step, of_member, generate, step == self.max_steps)
        return False

    def save(self) -> bool:
        """Write a checkpoint of every member that has not diverged; False where all have."""
        values = member_arrays(self.trainer.state, len(self._members))
        by_name = zip(self._members, values, strict=True)
        finite = {name: arrays for name, arrays in by_name if checkpoint.all_finite(arrays)}
        together = {
            "members": self._names, "saved_with": list(finite), SIGNATURE: self._signature,
        }  # fmt: skip
        for name, arrays in finite.items():
            gan = self._members[name]
            gan.save_checkpoint(
                gan.checkpoint_dir, self.step, self.trainer.skeleton, arrays, **together
            )
            gan.forget()
        if finite:
            self._remove_stale(finite)
        return bool(finite)

    def _remove_stale(self, saved: Iterable[str]) -> None:
        """Remove what this run makes obsolete, but not the files that it has just written."""
        file_name = checkpoint.file_name(self.step)
        written = {self._members[name].checkpoint_dir / file_name for name in saved}
        for path in self._stale:
            if path not in written:
                path.unlink(missing_ok=True)
        self._stale = []

    def close(self) -> None:
        """See `Run.close`."""
        for logs in self._logs:
            logs.close()
