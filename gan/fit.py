"""A training run: resume, loop, log, save; interrupted at any moment it goes on from there."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from gan import checkpoint
from gan.builder import arrays, restore
from gan.data import load_poses
from gan.summaries import Summaries
from gan.training import BLOCK, Trainer
from human_pose_util.errors import DataError
from human_pose_util.files import exclusive
from human_pose_util.skeleton import Skeleton

if TYPE_CHECKING:
    from gan.builder import GanBuilder

SECONDS_BETWEEN_CHECKPOINTS = 60
STEPS_BETWEEN_SCALARS = 5 * BLOCK
STEPS_BETWEEN_PICTURES = 50 * BLOCK


def fit(builder: "GanBuilder", max_steps: int, jit: bool = True, progress: bool = True) -> Path:
    """Train a GAN from its latest checkpoint up to a step.

    Args:
        builder: the GAN.
        max_steps: steps in all, those of earlier runs counted.
        jit: compile the loop with XLA.
        progress: show a bar.

    Returns:
        The last checkpoint.

    Raises:
        SpecError: the checkpoint was trained with other parameters.
        DataError: broken data or checkpoint, or another process trains this GAN.
    """
    busy = f"{builder.model_dir}: another process is training this GAN"
    with exclusive(builder.model_dir / "train.lock", busy):
        resumed = builder.load_checkpoint() if builder.latest_checkpoint else None
        if resumed is not None and resumed.step >= max_steps:
            return resumed.path
        poses, skeleton = load_poses(builder.params.dataset)
        trainer = Trainer(builder.params, skeleton.n_joints, jit)
        if resumed is not None:
            restore(trainer.variables, resumed)
        logs, step = builder.model_dir / "logs", int(trainer.step)
        with Summaries(logs, builder.params, poses, skeleton, step) as summaries:
            return _loop(
                builder, trainer, tf.constant(poses), skeleton, summaries, max_steps, progress
            )


def _loop(builder, trainer, poses, skeleton, summaries, max_steps, progress) -> Path:
    saved_at = time.monotonic()
    try:
        for step, metrics in _blocks(trainer, poses, max_steps, builder.gan_id, progress):
            if not np.isfinite(list(metrics.values())).all():
                raise DataError(
                    f"GAN {builder.gan_id!r} diverged before step {step}: lower its learning_rate "
                    "under another gan_id; what was finite is saved"
                )
            if step % STEPS_BETWEEN_SCALARS == 0 or step == max_steps:
                summaries.scalars(step, metrics)
            if step % STEPS_BETWEEN_PICTURES == 0 or step == max_steps:
                summaries.pictures(step, trainer.generator)
            if time.monotonic() - saved_at > SECONDS_BETWEEN_CHECKPOINTS:
                _save(builder, trainer, skeleton)
                saved_at = time.monotonic()
    finally:  # an interruption too leaves what was trained
        path = _save(builder, trainer, skeleton)
    return path


def _blocks(trainer, poses, max_steps, name, progress) -> Iterator[tuple[int, dict[str, float]]]:
    """Train block by block; yields the step and the metrics, steps per second among them."""
    step = int(trainer.step)
    with tqdm(
        total=max_steps, initial=step, desc=f"training {name}", unit="step", disable=not progress
    ) as bar:
        while step < max_steps:
            began, before = time.perf_counter(), step
            metrics = trainer.train(poses, max_steps)
            step = int(trainer.step)
            metrics["steps_per_second"] = (step - before) / (time.perf_counter() - began)
            bar.set_postfix(
                critic=f"{metrics['critic_loss']:.4f}",
                generator=f"{metrics['generator_loss']:.4f}",
                refresh=False,
            )
            bar.update(step - before)
            yield step, metrics


def _save(builder: "GanBuilder", trainer: Trainer, skeleton: Skeleton) -> Path | None:
    """Save a checkpoint, unless training has diverged; the newest checkpoint's path."""
    values = arrays(trainer.variables)
    if not all(np.isfinite(value).all() for value in values.values()):
        return builder.latest_checkpoint
    meta = {
        "gan_id": builder.gan_id,
        "step": int(trainer.step),
        "skeleton_id": skeleton.id,
        "params": builder.params.model_dump(),
        "versions": {"tensorflow": tf.__version__, "numpy": np.__version__},
    }
    return checkpoint.save(builder.checkpoint_dir, meta, values)
