"""The training run of a GAN's proposal network."""

import tensorflow as tf

from gan.builder import GanBuilder
from gan.checkpoint import Checkpoint
from gan.training.block_trainer import Metrics
from gan.training.data import load_learned
from gan.training.driver import with_xla
from gan.training.proposal_trainer import BLOCK, ProposalTrainer
from gan.training.run import Run
from gan.variables import arrays

STEPS_BETWEEN_SCALARS = 4 * BLOCK
SHOWN = {"loss": "loss", "error": "error"}


class ProposalRun(Run):
    """The training run of a proposal network.

    Args:
        gan: the trained GAN; its parameters have a proposal.
        resumed: the checkpoint from which training goes on; None to begin.
        jit: compile the loop with XLA; None to do so where it saves time.
    """

    shown = SHOWN

    def __init__(self, gan: GanBuilder, resumed: Checkpoint | None, jit: bool | None):
        poses, skeleton = load_learned(gan.params)
        n_steps = gan.params.required_proposal().steps
        trainer = ProposalTrainer(gan.params, skeleton, gan.generator, with_xla(jit, n_steps))
        super().__init__(trainer, poses, n_steps, f"training proposals of {gan.gan_id}")
        trainer.begin(poses, resumed)
        self._gan = gan
        self._writer = tf.summary.create_file_writer(str(gan.model_dir / "logs" / "proposal"))

    def log(self, step: int, metrics: Metrics) -> bool:
        """Log a block; False, since nothing ends the run early.

        Args:
            step: steps so far.
            metrics: means of the metrics over the last block, by name.
        """
        if step % STEPS_BETWEEN_SCALARS == 0 or step == self.max_steps:
            with self._writer.as_default(step=step):
                for name, value in metrics.items():
                    tf.summary.scalar(f"proposal/{name}", value)
        return False

    def save(self) -> None:
        """See `Run.save`."""
        gan, trainer = self._gan, self.trainer
        gan.save_checkpoint(gan.proposal_dir, self.step, trainer.skeleton, arrays(trainer.state))

    def close(self) -> None:
        """See `Run.close`."""
        self._writer.close()
