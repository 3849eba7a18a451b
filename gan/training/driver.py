"""What every training run does around its steps: progress, logs, checkpoints, the end."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from tqdm import tqdm

from human_pose_util.errors import DataError

SECONDS_BETWEEN_CHECKPOINTS = 60
WORTH_COMPILING = 5000
"""Steps that take as much longer without XLA as XLA takes to compile, about."""


def with_xla(asked: bool | None, n_steps: int) -> bool:
    """Whether to compile a run of so many steps: as asked, else where it is then faster."""
    return n_steps >= WORTH_COMPILING if asked is None else asked


class Patience:
    """Says when a measure, the lower the better, has not improved for some steps."""

    def __init__(self, steps: int | None):
        self._steps, self._best, self._at = steps, float("inf"), 0

    def exhausted(self, step: int, value: float) -> bool:
        """Take in the value at a step; whether it has been too long. Never without a limit."""
        if value < self._best:
            self._best, self._at = value, step
        return self._steps is not None and step - self._at >= self._steps


def training_loop(
    advance: Callable[[], dict[str, float]],
    step_of: Callable[[], int],
    max_steps: int,
    log: Callable[[int, dict[str, float]], bool | None],
    save: Callable[[], Path | None],
    title: str,
    shown: Mapping[str, str],
    progress: bool = True,
) -> Path | None:
    """Train to the end, or until something stops it, and save what was trained in either case.

    Args:
        advance: trains a block of steps and gives its metrics.
        step_of: steps so far.
        max_steps: where to end.
        log: takes the step and the metrics, steps per second among them; True ends the training.
        save: writes a checkpoint, unless values are not finite, and gives the newest one.
        title: of the progress bar.
        shown: metric → its name in the progress bar.
        progress: show a bar.

    Returns:
        What `save` gave last.

    Raises:
        DataError: training has diverged.
    """
    saved_at, step = time.monotonic(), step_of()
    bar = tqdm(total=max_steps, initial=step, desc=title, unit="step", disable=not progress)
    try:
        with bar:
            while step < max_steps:
                began, before = time.perf_counter(), step
                metrics = advance()
                step = step_of()
                metrics["steps_per_second"] = (step - before) / (time.perf_counter() - began)
                bar.set_postfix(
                    {name: f"{metrics[key]:.4f}" for key, name in shown.items()}, refresh=False
                )
                bar.update(step - before)
                if not np.isfinite(list(metrics.values())).all():
                    raise DataError(
                        f"{title}: diverged before step {step}: lower the learning_rate under "
                        "another gan_id; what was finite is saved"
                    )
                if log(step, metrics):
                    break
                if time.monotonic() - saved_at > SECONDS_BETWEEN_CHECKPOINTS:
                    save()
                    saved_at = time.monotonic()
    finally:  # an interruption too leaves what was trained
        path = save() if step_of() else None
    return path
