"""A population whose members are trained one by one, by workers.

`gan.training.population_run` trains all members at once in one program. Here each member is a GAN
by itself and goes to a worker piece by piece: between two pieces its checkpoint is saved, and its
next piece goes on from that checkpoint, on the same worker or on another one. Workers write
nothing; this process alone writes checkpoints and logs.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from gan import checkpoint
from gan.builder import GanBuilder
from gan.params import GanParams
from gan.training.block_trainer import Metrics
from gan.training.data import load_training_poses
from gan.training.driver import train_blocks
from gan.training.gan_trainer import GanTrainer
from gan.training.learnt_poses import SIGNATURE, note_other_poses, signature
from gan.training.options import TrainingOptions
from gan.training.summaries import STEPS_BETWEEN_PICTURES, Summaries
from gan.variables import arrays
from human_pose_util.errors import DataError, about
from human_pose_util.progress import progress_bar
from human_pose_util.skeleton import Skeleton
from human_pose_util.workers import Workers

SECONDS_OF_A_PIECE = 30

Item = tuple[GanParams, checkpoint.Checkpoint | None]
"""What a worker trains: a member's parameters, and the checkpoint from which it goes on."""


@dataclass(frozen=True)
class Piece:
    """A piece of a member's training, as a worker returns it.

    Attributes:
        step: the member's number of steps after the piece.
        arrays: its variables by name.
        metrics: for every block of the piece the step at its end, and its metrics.
    """

    step: int
    arrays: dict[str, np.ndarray]
    metrics: list[tuple[int, Metrics]]

    @property
    def finite(self) -> bool:
        """Whether training has not diverged."""
        measured = (values for _, values in self.metrics)
        return all(map(checkpoint.all_finite, (self.arrays, *measured)))


class MemberJob:
    """Trains one piece of a member at a time. It is pickled, with the poses, to reach a worker.

    Args:
        skeleton: the skeleton of the poses.
        poses: [n_poses, n_joints, 3] the poses that members learn.
        max_steps: the step at which training ends.
        jit: compile with XLA.
    """

    def __init__(self, skeleton: Skeleton, poses: np.ndarray, max_steps: int, jit: bool):
        self._skeleton, self._poses = skeleton, poses
        self._max_steps, self._jit = max_steps, jit
        self._latest: tuple[GanParams, GanTrainer] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What goes to a worker: everything but the trainer, which has compiled functions."""
        return self.__dict__ | {"_latest": None}

    def __call__(self, item: Item) -> Piece:
        """Train a member for `SECONDS_OF_A_PIECE`, or until it has to be saved for its pictures."""
        params, resumed = item
        trainer = self._trainer(params)
        trainer.begin(self._poses, resumed)
        end, metrics = time.monotonic() + SECONDS_OF_A_PIECE, []
        for step, values in train_blocks(trainer, self._poses, self._max_steps):
            metrics.append((step, values))
            if step % STEPS_BETWEEN_PICTURES == 0 or time.monotonic() > end:
                break
        return Piece(int(trainer.step), arrays(trainer.state), metrics)

    def _trainer(self, params: GanParams) -> GanTrainer:
        """The trainer of the latest piece if that was of the same member, else a new one.

        A trainer is compiled when it is first used, so it is kept for the member's next piece.
        """
        if self._latest is None or self._latest[0] != params:
            self._latest = params, GanTrainer(params, self._skeleton, self._jit)
        return self._latest[1]


def train_by_workers(
    gan: GanBuilder,
    members: Mapping[str, GanBuilder],
    max_steps: int,
    make_workers: Callable[[MemberJob], AbstractContextManager[Workers]],
    jit: bool | None = None,
    progress: bool = True,
) -> dict[str, GanBuilder]:
    """Train a population, each member from its own latest checkpoint up to a step.

    Args:
        gan: the GAN of which the members are variants.
        members: the members by name (`gan.training.population.members_of`).
        max_steps: the step at which training ends, steps of earlier calls counted.
        make_workers: makes the workers for a job, as a context.
        jit: compile with XLA; by default where that saves more time than it costs.
        progress: show a progress bar.

    Returns:
        The members that have not diverged, by name.

    Raises:
        SpecError: a checkpoint was trained with other parameters.
        DataError: the data or a checkpoint are broken, another process trains this GAN, all
            members diverge, or a member cannot be trained; the latter is raised after the other
            members are trained.
    """
    # The stack closes the workers, the progress bar and the logs, in this order, whatever happens.
    with gan.exclusively(), ExitStack() as stack:
        steps = {name: _step(member) for name, member in members.items()}
        if min(steps.values()) >= max_steps:
            return dict(members)
        with about(f"{gan.gan_id}.json"):
            poses, skeleton = load_training_poses(gan.params, without_held_out=True)
        resumed = [m.gan_checkpoint for k, m in members.items() if 0 < steps[k] < max_steps]
        note_other_poses(resumed, signature(poses))
        runs = {
            name: stack.enter_context(closing(_MemberRun(member, poses, skeleton, max_steps)))
            for name, member in members.items()
            if steps[name] < max_steps
        }
        title = f"training {len(members)} x {gan.gan_id} on {len(poses)} poses"
        counts = {"initial": sum(steps.values())}
        bar = stack.enter_context(
            progress_bar(title, max_steps * len(members), progress, unit="step", **counts)
        )
        compiled = TrainingOptions(jit).is_compiled(max_steps)
        job = MemberJob(skeleton, poses, max_steps, compiled)
        diverged, failures = _train_pieces(runs, stack.enter_context(make_workers(job)), bar)
    if failures:
        name, reason = next(iter(failures.items()))
        raise DataError(f"{name} of {gan.gan_id}: {reason} (members that failed: {len(failures)})")
    if len(diverged) == len(members):
        raise DataError(f"training {gan.gan_id}: all members diverged: lower the learning rate")
    return {name: member for name, member in members.items() if name not in diverged}


class _MemberRun:
    """The run of one member, of which workers train pieces."""

    def __init__(self, gan: GanBuilder, poses: np.ndarray, skeleton: Skeleton, max_steps: int):
        self._gan, self._skeleton, self.max_steps = gan, skeleton, max_steps
        self._signature = signature(poses)
        self._logs = Summaries(gan.model_dir / "logs", gan.params, poses, skeleton, self.step)

    @property
    def step(self) -> int:
        """The number of steps up to the newest checkpoint."""
        return _step(self._gan)

    @property
    def item(self) -> Item:
        """What a worker trains next."""
        return self._gan.params, self._gan.gan_checkpoint if self.step else None

    def record(self, piece: Piece) -> None:
        """Save a piece and write its logs."""
        gan, meta = self._gan, {SIGNATURE: self._signature}
        gan.save_checkpoint(gan.checkpoint_dir, piece.step, self._skeleton, piece.arrays, **meta)
        gan.forget()
        # A piece ends where pictures are due, so they are of the checkpoint that is saved just now;
        # the generator is loaded only when they are.
        for step, metrics in piece.metrics:
            self._logs.log(step, metrics, lambda z: gan.generator(z), step == self.max_steps)

    def close(self) -> None:
        """Close the logs."""
        self._logs.close()


def _train_pieces(
    runs: Mapping[str, _MemberRun], workers: Workers, bar: tqdm
) -> tuple[set[str], dict[str, str]]:
    """Have workers train all members to their ends; who diverged, and why others failed."""
    # At most one piece of a member is at the workers: its next one needs the result of this one.
    waiting, in_flight = deque(runs), 0
    diverged: set[str] = set()
    failures: dict[str, str] = {}

    def submit() -> int:
        """Give every idle worker a piece; the number of pieces."""
        names = [waiting.popleft() for _ in range(min(len(waiting), workers.size - in_flight))]
        for name in names:
            workers.submit(name, runs[name].item)
        return len(names)

    in_flight += submit()
    for name, piece in workers.results():
        in_flight -= 1
        run = runs[name]
        if isinstance(piece, Exception):
            failures[name] = f"{type(piece).__name__}: {piece}"
        elif not piece.finite:
            diverged.add(name)
        else:
            bar.update(piece.step - run.step)
            run.record(piece)
            if piece.step < run.max_steps:
                # The member is next in line, so that it goes to the worker that has just become
                # idle: that worker has compiled the member's trainer.
                waiting.appendleft(name)
        in_flight += submit()
    return diverged, failures


def _step(gan: GanBuilder) -> int:
    """The number of steps up to a GAN's newest checkpoint."""
    newest = gan.latest_checkpoint
    return 0 if newest is None else checkpoint.step_of(newest)
