"""A training run: resume, loop, log, save; interrupted at any moment it goes on from there."""

from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow as tf

from gan import checkpoint
from gan.builder import arrays, restore
from gan.training.data import load_poses
from gan.training.driver import Patience, training_loop, with_xla
from gan.training.gan_trainer import Trainer
from gan.training.proposal_run import fit_proposal
from gan.training.summaries import Summaries
from human_pose_util.skeleton import Skeleton

if TYPE_CHECKING:
    from gan.builder import GanBuilder


def fit(
    builder: "GanBuilder",
    max_steps: int,
    jit: bool | None = None,
    progress: bool = True,
    patience: int | None = None,
) -> Path:
    """Train a GAN from its latest checkpoint up to a step, then its proposal network if it has one.

    Args:
        builder: the GAN.
        max_steps: steps in all, those of earlier runs counted.
        jit: compile the loops with XLA; by default where it saves more time than it costs.
        progress: show a bar.
        patience: end the GAN's training when its sliced Wasserstein distance, measured every
            10 000 steps, has not improved for so many steps.

    Returns:
        The GAN's last checkpoint.

    Raises:
        SpecError: the checkpoint was trained with other parameters.
        DataError: broken data or checkpoint, or another process trains this GAN.
    """
    with builder.exclusively():
        path = _fit_gan(builder, max_steps, jit, progress, Patience(patience))
        builder.forget()
        if builder.params.proposal is not None:
            fit_proposal(builder, jit, progress)
        return path


def _fit_gan(
    builder: "GanBuilder", max_steps: int, jit: bool | None, progress: bool, patience: Patience
) -> Path:
    resumed = builder.load_checkpoint() if builder.latest_checkpoint else None
    if resumed is not None and resumed.step >= max_steps:
        return resumed.path
    array, skeleton = load_poses(builder.params.dataset)
    poses = tf.constant(array)
    left = max_steps - (resumed.step if resumed else 0)
    trainer = Trainer(builder.params, skeleton, with_xla(jit, left))
    if resumed is None:
        trainer.start(poses)
    else:
        restore(trainer.variables, resumed)
    logs, step = builder.model_dir / "logs", int(trainer.step)
    with Summaries(logs, builder.params, array, skeleton, step) as summaries:

        def log(step: int, metrics: dict[str, float]) -> bool:
            found = summaries.log(step, metrics, trainer.poses, step == max_steps)
            return found is not None and patience.exhausted(step, found.sliced_wasserstein)

        return training_loop(
            lambda: trainer.train(poses, max_steps),
            lambda: int(trainer.step),
            max_steps,
            log,
            lambda: _save(builder, trainer, skeleton),
            f"training {builder.gan_id}",
            {"critic_loss": "critic", "generator_loss": "generator"},
            progress,
        )


def _save(builder: "GanBuilder", trainer: Trainer, skeleton: Skeleton) -> Path | None:
    """Save a checkpoint, unless training has diverged; the newest checkpoint's path."""
    meta = checkpoint.describe(builder.gan_id, int(trainer.step), skeleton.id, builder.params)
    return checkpoint.save_finite(builder.checkpoint_dir, meta, arrays(trainer.variables))
