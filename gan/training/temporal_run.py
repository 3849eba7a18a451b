"""The training run of a GAN's proposal network for films."""

import tensorflow as tf

from gan.builder import GanBuilder
from gan.checkpoint import Checkpoint
from gan.training.block_trainer import Metrics
from gan.training.driver import with_xla
from gan.training.motion import load_motion
from gan.training.proposal_run import SHOWN
from gan.training.run import Run
from gan.training.temporal_trainer import BLOCK, TemporalTrainer
from gan.variables import arrays

STEPS_BETWEEN_SCALARS = 5 * BLOCK


class TemporalRun(Run):
    """The training run of a proposal network for films.

    Args:
        gan: the trained GAN; its parameters have a temporal proposal, and its proposal network for
            single frames is trained.
        resumed: the checkpoint from which training goes on; None to begin.
        jit: compile the loop with XLA; None to do so where it saves time.
    """

    shown = SHOWN

    def __init__(self, gan: GanBuilder, resumed: Checkpoint | None, jit: bool | None):
        motion, skeleton = load_motion(gan.params)
        n_steps = gan.params.required_temporal_proposal().steps
        trainer = TemporalTrainer(
            gan.params, skeleton, gan.generator, gan.proposal_network, with_xla(jit, n_steps)
        )
        super().__init__(trainer, motion, n_steps, f"training film proposals of {gan.gan_id}")
        trainer.begin(motion, resumed)
        self._gan = gan
        self._writer = tf.summary.create_file_writer(str(gan.model_dir / "logs" / "temporal"))

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
        gan.save_checkpoint(gan.temporal_dir, self.step, trainer.skeleton, arrays(trainer.state))

    def close(self) -> None:
        """See `Run.close`."""
        self._writer.close()
