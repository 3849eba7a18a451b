"""The training runs of a GAN's proposal networks: for single frames, and for films."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from gan.builder import GanBuilder
from gan.checkpoint import Checkpoint
from gan.training.block_trainer import BlockTrainer, Metrics
from gan.training.data import load_training_poses
from gan.training.learnt_poses import SIGNATURE, note_other_poses, signature
from gan.training.motion import load_motion
from gan.training.options import FILMS_WORTH_COMPILING, TrainingOptions
from gan.training.proposal_trainer import ProposalTrainer
from gan.training.run import Run
from gan.training.summaries import forget_after
from gan.training.temporal_trainer import TemporalTrainer
from gan.variables import arrays

BLOCKS_BETWEEN_SCALARS = 4
SHOWN = {"loss": "loss", "error": "error"}


class ProposalRun(Run):
    """The training run of a proposal network.

    Args:
        gan: the trained GAN.
        trainer: trains the network.
        data: what it learns from.
        poses: the poses in `data`, [n_poses, n_joints, 3].
        n_steps: the number of its steps.
        directory: the folder of its checkpoints.
        name: what is trained, for the progress bar and the folder of the logs.
        resumed: the checkpoint from which training goes on; None to begin.
    """

    shown = SHOWN

    def __init__(
        self,
        gan: GanBuilder,
        trainer: BlockTrainer,
        data: Any,
        poses: np.ndarray,
        n_steps: int,
        directory: Path,
        name: str,
        resumed: Checkpoint | None,
    ):
        super().__init__(trainer, data, n_steps, f"training {name}s of {gan.gan_id}")
        self._signature = signature(poses)
        note_other_poses([resumed], self._signature)
        trainer.begin(data, resumed)
        self._gan, self._directory = gan, directory
        logs = gan.model_dir / "logs" / name.replace(" ", "_")
        forget_after(self.step, logs)  # a network that is trained anew forgets the one before
        self._writer = tf.summary.create_file_writer(str(logs))

    def log(self, step: int, metrics: Metrics) -> bool:
        """Log a block; False, since nothing ends the run early.

        Args:
            step: steps so far.
            metrics: means of the metrics over the last block, by name.
        """
        if step % (BLOCKS_BETWEEN_SCALARS * self.trainer.block) == 0 or step == self.max_steps:
            with self._writer.as_default(step=step):
                for name, value in metrics.items():
                    tf.summary.scalar(f"proposal/{name}", value)
        return False

    def save(self) -> bool:
        """See `Run.save`; the checkpoint tells the poses."""
        trainer, meta = self.trainer, {SIGNATURE: self._signature}
        state = arrays(trainer.state)
        return self._gan.save_checkpoint(
            self._directory, self.step, trainer.skeleton, state, **meta
        )

    def close(self) -> None:
        """See `Run.close`."""
        self._writer.close()


def frame_run(gan: GanBuilder, resumed: Checkpoint | None, options: TrainingOptions) -> ProposalRun:
    """The training run of the proposal network for single frames.

    Args:
        gan: the trained GAN; its parameters have a proposal.
        resumed: the checkpoint from which training goes on; None to begin.
        options: what the user chooses.
    """
    poses, skeleton = load_training_poses(gan.params)
    steps = gan.params.required_proposal().steps
    trainer = ProposalTrainer(gan.params, skeleton, gan.generator, options.is_compiled(steps))
    return ProposalRun(gan, trainer, poses, poses, steps, gan.proposal_dir, "proposal", resumed)


def film_run(gan: GanBuilder, resumed: Checkpoint | None, options: TrainingOptions) -> ProposalRun:
    """The training run of the proposal network for films.

    Args:
        gan: the trained GAN; its parameters have a temporal proposal, and its proposal network for
            single frames is trained.
        resumed: see `frame_run`.
        options: see `frame_run`.
    """
    motion, skeleton = load_motion(gan.params)
    steps = gan.params.required_temporal_proposal().steps
    of_frames = gan.proposal_network
    if of_frames is None:
        raise ValueError("the parameters of this GAN have no proposal")
    compiled = options.is_compiled(steps, FILMS_WORTH_COMPILING)
    trainer = TemporalTrainer(gan.params, skeleton, gan.generator, of_frames, compiled)
    return ProposalRun(
        gan, trainer, motion, motion.poses, steps, gan.temporal_dir, "film proposal", resumed
    )
