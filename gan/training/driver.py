"""The driver: what every training run needs around its steps.

A run trains a block of steps, writes logs and saves checkpoints; `drive` decides when. It shows the
progress, notices that training diverges, saves once a minute, and saves at the end, whether the run
is finished, interrupted or broken.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np
import tensorflow as tf

from gan.checkpoint import all_finite
from gan.training.block_trainer import BlockTrainer, Metrics
from gan.training.run import Run
from human_pose_util.errors import DataError
from human_pose_util.progress import progress_bar

SECONDS_BETWEEN_CHECKPOINTS = 60


def drive(run: Run, progress: bool) -> None:
    """Train to the end, or until something stops the run; in either case save what is trained.

    Args:
        run: the run; it is closed afterwards.
        progress: show a progress bar.

    Raises:
        DataError: training has diverged, or needs more memory than there is.
    """
    saved_at = time.monotonic()
    counts = {"initial": run.step, "unit": "step"}
    with closing(run), progress_bar(run.title, run.max_steps, progress, **counts) as bar:
        bar.set_postfix_str("compiling")
        try:
            for step, metrics in train_blocks(run.trainer, run.data, run.max_steps):
                means = {name: _finite_mean(values) for name, values in metrics.items()}
                postfix = {name: f"{means[metric]:.4f}" for metric, name in run.shown.items()}
                bar.set_postfix(postfix, refresh=False)
                bar.update(step - bar.n)
                if not all_finite(means):
                    raise _diverged(run)
                if run.log(step, metrics):
                    break
                if time.monotonic() - saved_at > SECONDS_BETWEEN_CHECKPOINTS:
                    if not run.save():
                        raise _diverged(run)
                    saved_at = time.monotonic()
        except tf.errors.ResourceExhaustedError as error:
            raise DataError(
                f"{run.title}: out of memory ({str(error).splitlines()[0]}): lower batch_size, n_z "
                "or the sizes of the networks under another gan_id"
            ) from error
        finally:  # an interruption, too, leaves what is trained
            refused = run.step > 0 and not run.save()
        # Metrics can be finite where a variable, such as one of an optimiser, is not.
        if refused:
            raise _diverged(run)


def train_blocks(trainer: BlockTrainer, data: Any, max_steps: int) -> Iterator[tuple[int, Metrics]]:
    """Train block by block up to the last step.

    Args:
        trainer: trains a GAN, a population or a proposal network.
        data: what the trainer learns from (`BlockTrainer.begin`).
        max_steps: the step at which training ends, steps of earlier runs counted.

    Yields:
        After every block the number of steps so far and the metrics of the block, among them
        `steps_per_second`.
    """
    tensors = tf.nest.map_structure(tf.constant, data)
    while (before := int(trainer.step)) < max_steps:
        began = time.perf_counter()
        metrics = trainer.train(tensors, max_steps)
        step = int(trainer.step)
        yield step, metrics | {"steps_per_second": (step - before) / (time.perf_counter() - began)}


def _diverged(run: Run) -> DataError:
    """The error that a run has diverged before its present step."""
    return DataError(
        f"{run.title}: training diverged before step {run.step}: lower the learning_rate under "
        "another gan_id; the last checkpoint, if there is one, is from before"
    )


def _finite_mean(values: float | np.ndarray) -> float:
    """The mean over the members that have not diverged; NaN where all have."""
    finite = np.extract(np.isfinite(values), values)
    return float(finite.mean()) if len(finite) else float("nan")
