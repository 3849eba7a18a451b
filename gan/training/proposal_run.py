"""The training run of a GAN's proposal network, after the GAN's own."""

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow as tf

from gan import checkpoint
from gan.builder import arrays, restore
from gan.training.data import load_poses
from gan.training.driver import training_loop, with_xla
from gan.training.proposal_trainer import BLOCK, ProposerTrainer

if TYPE_CHECKING:
    from gan.builder import GanBuilder

STEPS_BETWEEN_SCALARS = 4 * BLOCK


def fit_proposal(builder: "GanBuilder", jit: bool | None = None, progress: bool = True) -> Path:
    """Train the proposal network of a trained GAN, or go on training it.

    Args:
        builder: the GAN; its parameters have a proposal.
        jit: compile the loop with XLA; by default where it saves more time than it costs.
        progress: show a bar.

    Returns:
        The last checkpoint.
    """
    params, directory = builder.params, builder.proposal_dir
    for stale in set(builder.model_dir.glob("proposal-*")) - {directory}:
        shutil.rmtree(stale)  # of the GAN at an earlier step: its latent space was another
    resumed = checkpoint.load_newest(directory)
    if resumed is not None:
        builder.check_params(resumed)
        if resumed.step >= params.proposal.steps:
            return resumed.path
    array, skeleton = load_poses(params.dataset)
    poses = tf.constant(array)
    compiled = with_xla(jit, params.proposal.steps)
    trainer = ProposerTrainer(params, skeleton, builder.generator, compiled)
    if resumed is not None:
        restore(trainer.state, resumed)

    def save() -> Path | None:
        meta = checkpoint.describe(builder.gan_id, int(trainer.step), skeleton.id, params)
        return checkpoint.save_finite(directory, meta, arrays(trainer.state))

    writer = tf.summary.create_file_writer(str(builder.model_dir / "logs" / "proposal"))

    def log(step: int, metrics: dict[str, float]) -> None:
        if step % STEPS_BETWEEN_SCALARS == 0 or step == params.proposal.steps:
            with writer.as_default(step=step):
                for name, value in metrics.items():
                    tf.summary.scalar(f"proposal/{name}", value)

    with contextlib.closing(writer):
        return training_loop(
            lambda: trainer.train(poses),
            lambda: int(trainer.step),
            params.proposal.steps,
            log,
            save,
            f"training proposals of {builder.gan_id}",
            {"loss": "loss", "error": "error"},
            progress,
        )
