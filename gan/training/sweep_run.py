"""A population whose members are trained one by one, by whoever does the work.

`gan.training.population_run` trains all members at once in one program; here each is a GAN
by itself, and goes to a worker piece by piece. Between two pieces its checkpoint is saved, and its
next piece goes on from there, on the same worker or on another. Only this process writes.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from gan import checkpoint
from gan.builder import arrays, restore
from gan.params import GanParams
from gan.training.data import load_learned
from gan.training.driver import with_xla
from gan.training.gan_trainer import Member, Trainer
from gan.training.population_run import builder_of
from gan.training.summaries import STEPS_BETWEEN_PICTURES, Summaries
from human_pose_util.errors import DataError
from human_pose_util.skeleton import Skeleton
from human_pose_util.workers import Workers

if TYPE_CHECKING:
    from gan.builder import GanBuilder

SECONDS_OF_A_PIECE = 30


@dataclass(frozen=True)
class Piece:
    """What a worker has trained.

    Attributes:
        step: the member's steps so far.
        arrays: its variables by name.
        metrics: steps and their metrics, block by block.
    """

    step: int
    arrays: dict[str, np.ndarray]
    metrics: list[tuple[int, dict[str, float]]]

    @property
    def finite(self) -> bool:
        """Whether it is worth keeping."""
        return all(np.isfinite(list(metrics.values())).all() for _, metrics in self.metrics)


class MemberJob:
    """Trains members for a while; pickled, it takes the poses along.

    Args:
        skeleton: of the poses.
        poses: [n_poses, n_joints, 3] that are learned.
        max_steps: where to end.
        jit: compile with XLA.
    """

    def __init__(self, skeleton: Skeleton, poses: np.ndarray, max_steps: int, jit: bool):
        self._skeleton, self._poses = skeleton, poses
        self._max_steps, self._jit = max_steps, jit
        self._compiled: tuple[GanParams, Trainer] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_compiled": None}

    def __call__(self, item: tuple[GanParams, checkpoint.Checkpoint | None]) -> Piece:
        """Train a member from a checkpoint, or from the beginning, for a piece's time."""
        params, loaded = item
        trainer, poses = self._trainer(params), tf.constant(self._poses)
        if loaded is None:
            trainer.start(poses)
        else:
            restore(trainer.variables, loaded)
        metrics, end = [], time.monotonic() + SECONDS_OF_A_PIECE
        while True:
            block_began, before = time.perf_counter(), int(trainer.step)
            means = trainer.train(poses, self._max_steps)
            step = int(trainer.step)
            seconds = time.perf_counter() - block_began
            values = {name: float(value) for name, value in means.items()}
            metrics.append((step, values | {"steps_per_second": (step - before) / seconds}))
            due = step >= self._max_steps or step % STEPS_BETWEEN_PICTURES == 0
            if due or time.monotonic() > end:
                return Piece(step, arrays(trainer.variables), metrics)

    def _trainer(self, params: GanParams) -> Trainer:
        """The member's; that of the last piece, where it was of the same member."""
        if self._compiled is None or self._compiled[0] != params:
            self._compiled = params, Trainer(params, self._skeleton, self._jit)
        return self._compiled[1]


def fit_members(
    builder: "GanBuilder",
    members: Mapping[str, Member],
    max_steps: int,
    workers: Callable[[MemberJob], AbstractContextManager[Workers]],
    jit: bool | None = None,
    progress: bool = True,
) -> None:
    """Train a population, each member from its latest checkpoint up to a step.

    Args:
        builder: the GAN of which they are variants.
        members: by name.
        max_steps: steps in all, those of earlier runs counted.
        workers: makes those who do the work.
        jit: compile with XLA; by default where it saves more time than it costs.
        progress: show a bar.

    Raises:
        SpecError: a checkpoint was trained with other parameters.
        DataError: broken data or checkpoint, a member that could not be trained (after the others
            have been), or another process trains this GAN.
    """
    with builder.exclusively(), ExitStack() as stack:
        builders = {name: builder_of(builder, name, m) for name, m in members.items()}
        steps = {name: _step(each) for name, each in builders.items()}
        waiting = deque(name for name, step in steps.items() if step < max_steps)
        if not waiting:
            return
        poses, skeleton = load_learned(builder.params.dataset)
        runs = {
            name: stack.enter_context(_MemberRun(builders[name], poses, skeleton))
            for name in waiting
        }
        job = MemberJob(skeleton, poses, max_steps, with_xla(jit, max_steps))
        bar = tqdm(
            total=max_steps * len(members),
            initial=sum(steps.values()),
            desc=f"training {len(members)} x {builder.gan_id}",
            unit="step",
            disable=not progress,
        )
        stack.enter_context(bar)
        staff, in_flight = stack.enter_context(workers(job)), 0
        failures: dict[str, str] = {}

        def submit() -> int:
            few = [waiting.popleft() for _ in range(min(len(waiting), staff.size - in_flight))]
            for name in few:
                staff.submit(name, runs[name].item)
            return len(few)

        in_flight += submit()
        for name, piece in staff.results():
            in_flight -= 1
            if isinstance(piece, Exception):
                failures[name] = f"{type(piece).__name__}: {piece}"
            elif not piece.finite:
                failures[name] = "diverged: lower the learning rate; what was finite is saved"
            else:
                bar.update(piece.step - runs[name].step)
                runs[name].take(piece, piece.step == max_steps)
                if piece.step < max_steps:
                    waiting.appendleft(name)  # goes on where it is compiled: who had it is free
            in_flight += submit()
    if failures:
        name, why = next(iter(failures.items()))
        raise DataError(f"{name} of {builder.gan_id}: {why} (members that failed: {len(failures)})")


def _step(builder: "GanBuilder") -> int:
    """Steps up to a GAN's newest checkpoint."""
    newest = builder.latest_checkpoint
    return 0 if newest is None else checkpoint.step_of(newest)


class _MemberRun:
    """A member's checkpoints and logs; a context that closes the logs."""

    def __init__(self, builder: "GanBuilder", poses: np.ndarray, skeleton: Skeleton):
        self._builder, self._skeleton = builder, skeleton
        logs = builder.model_dir / "logs"
        self._summaries = Summaries(logs, builder.params, poses, skeleton, self.step)

    def __enter__(self) -> "_MemberRun":
        return self

    def __exit__(self, *error) -> None:
        self._summaries.__exit__(*error)

    @property
    def step(self) -> int:
        """Steps up to its newest checkpoint."""
        return _step(self._builder)

    @property
    def item(self) -> tuple[GanParams, checkpoint.Checkpoint | None]:
        """What `MemberJob` is to go on from."""
        return self._builder.params, self._builder.load_checkpoint() if self.step else None

    def take(self, piece: Piece, last: bool) -> None:
        """Save a piece, and show it in TensorBoard."""
        gan = self._builder
        meta = checkpoint.describe(gan.gan_id, piece.step, self._skeleton.id, gan.params)
        checkpoint.save(gan.checkpoint_dir, meta, piece.arrays)
        gan.forget()
        for step, metrics in piece.metrics:
            end = last and step == piece.step
            self._summaries.log(step, metrics, lambda z: gan.generator(z), end)
