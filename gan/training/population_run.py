"""Many GANs trained at once in one compiled program: other seeds, or other learning rates.

Training a GAN is a matter of luck; the remedy is to train several and keep the best. Every member
of a population is the GAN that `train.py` would have trained alone with its seed (but for rounding)
and has a checkpoint of its own like that one's, in `models/<gan_id>/population/<member>`.

A few training sequences are held out, for a judgement on poses that no member has learned.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from gan import checkpoint
from gan.builder import arrays
from gan.training.data import load_learned
from gan.training.driver import training_loop, with_xla
from gan.training.gan_trainer import Member, Trainer
from gan.training.summaries import Summaries
from human_pose_util.errors import DataError

if TYPE_CHECKING:
    from gan.builder import GanBuilder


def members_of(
    builder: "GanBuilder", n_seeds: int, learning_rates: Sequence[float] | None = None
) -> dict[str, Member]:
    """Members of a population by name: seeds from the GAN's own on, each with every rate."""
    first, own = builder.params.seed, builder.params.learning_rate
    pairs = product(range(first, first + n_seeds), learning_rates or [own])
    return {
        f"seed-{seed}" + (f"-rate-{rate:g}" if learning_rates else ""): Member(seed, rate)
        for seed, rate in pairs
    }


def builder_of(builder: "GanBuilder", name: str, member: Member) -> "GanBuilder":
    """The GAN of a member."""
    directory = builder.model_dir / "population" / name
    return builder.variant(directory, seed=member.seed, learning_rate=member.learning_rate)


def fit_population(
    builder: "GanBuilder",
    members: Mapping[str, Member],
    max_steps: int,
    jit: bool | None = None,
    progress: bool = True,
) -> None:
    """Train a population from its latest checkpoints up to a step.

    Args:
        builder: the GAN of which they are variants.
        members: by name.
        max_steps: steps in all, those of earlier runs counted.
        jit: compile the loop with XLA; by default where it saves more time than it costs.
        progress: show a bar.

    Raises:
        SpecError: a checkpoint was trained with other parameters.
        DataError: broken data or checkpoint, or another process trains this GAN.
    """
    with builder.exclusively(), ExitStack() as stack:
        builders = [builder_of(builder, *item) for item in members.items()]
        step = _common_step(builders)
        if step >= max_steps:
            return
        array, skeleton = load_learned(builder.params.dataset)
        poses = tf.constant(array)
        compiled = with_xla(jit, max_steps - step)
        trainer = Trainer(builder.params, skeleton, compiled, list(members.values()))
        if step:
            _restore(trainer, builders, step)
        else:
            trainer.start(poses)
        summaries = [
            stack.enter_context(
                Summaries(each.model_dir / "logs", each.params, array, skeleton, step)
            )
            for each in builders
        ]
        latest: dict[str, np.ndarray] = {}

        def advance() -> dict[str, float]:
            """A block; the means over members, without those that have diverged."""
            latest.update(trainer.train(poses, max_steps))
            return {name: _finite_mean(values) for name, values in latest.items()}

        def log(step: int, metrics: dict[str, float]) -> None:
            for k, summary in enumerate(summaries):
                own = metrics | {name: float(values[k]) for name, values in latest.items()}
                summary.log(step, own, lambda z, k=k: trainer.poses(z)[k], step == max_steps)

        training_loop(
            advance,
            lambda: int(trainer.step),
            max_steps,
            log,
            lambda: _save(trainer, builders, skeleton.id),
            f"training {len(members)} x {builder.gan_id}",
            {"critic_loss": "critic", "generator_loss": "generator"},
            progress,
        )


def check_selectable(builder: "GanBuilder") -> None:
    """Raise DataError if a selection would overwrite a GAN that was trained by itself."""
    own = [checkpoint.load(path) for path in checkpoint.checkpoints(builder.checkpoint_dir)]
    if any("selected" not in loaded.meta for loaded in own):
        raise DataError(
            f"{builder.checkpoint_dir} holds a GAN that was trained alone: remove "
            f"{builder.model_dir}, or choose another gan_id"
        )


def select(
    builder: "GanBuilder",
    members: Mapping[str, Member],
    error_of: Callable[["GanBuilder"], float],
) -> dict[str, float]:
    """Make the best member the GAN itself: its checkpoint becomes the newest of `builder`.

    Args:
        builder: the GAN of which they are variants.
        members: by name, all trained.
        error_of: judges a member's GAN; the smaller, the better.

    Returns:
        Errors by name, the best first.

    Raises:
        DataError: a member is not trained, the GAN has checkpoints of a training of its own, or
            another process trains it.
    """
    with builder.exclusively():
        check_selectable(builder)
        builders = {name: builder_of(builder, name, member) for name, member in members.items()}
        errors = {name: error_of(each) for name, each in builders.items()}
        ranked = dict(sorted(errors.items(), key=lambda item: item[1]))
        best = next(iter(ranked))
        loaded = builders[best].load_checkpoint()
        meta = {**loaded.meta, "selected": best, "errors": ranked}
        kept = checkpoint.save(builder.checkpoint_dir, meta, loaded.arrays)
        for path in checkpoint.checkpoints(builder.checkpoint_dir):
            if path != kept:
                path.unlink()  # of an earlier selection
        builder.forget()
        return ranked


def _common_step(builders: Sequence["GanBuilder"]) -> int:
    """The newest step of which every member has a checkpoint; 0 where none has any.

    Raises:
        DataError: some have been trained, but at no step are there checkpoints of all.
    """
    for each in builders:
        _remove_unfinished(each)
    paths = [checkpoint.checkpoints(each.checkpoint_dir) for each in builders]
    steps = [set(map(checkpoint.step_of, own)) for own in paths]
    common = max(set.intersection(*steps), default=0)
    if not common and any(steps):
        raise DataError(
            f"{builders[0].model_dir.parent}: its members have no step in common: go on training "
            "each by itself, with --scheduler local"
        )
    return common


def _remove_unfinished(builder: "GanBuilder") -> None:
    """Remove checkpoints of a member that were saved when others of their time were not."""
    for path in reversed(checkpoint.checkpoints(builder.checkpoint_dir)):
        together = checkpoint.load(path).meta.get("saved_with", ())
        places = (builder.variant(builder.model_dir.with_name(name)) for name in together)
        if all((place.checkpoint_dir / path.name).exists() for place in places):
            return  # and so are those before it
        path.unlink()


def _restore(trainer: Trainer, builders: Sequence["GanBuilder"], step: int) -> None:
    name = checkpoint.file_name(step)
    loaded = [checkpoint.load(each.checkpoint_dir / name) for each in builders]
    for each, one in zip(builders, loaded, strict=True):
        each.check_params(one)
        for path in checkpoint.checkpoints(each.checkpoint_dir):
            if checkpoint.step_of(path) > step:
                path.unlink()  # of a run that was stopped between two members' checkpoints
    for v in trainer.variables:
        values = [one.arrays[v.name.split(":")[0]] for one in loaded]
        v.assign(np.reshape(values, v.shape) if _is_members(v) else values[0])


def _save(trainer: Trainer, builders: Sequence["GanBuilder"], skeleton_id: str) -> None:
    """Save every member's checkpoint, but those of members that have diverged."""
    own = {v.name.split(":")[0] for v in trainer.variables if _is_members(v)}
    values = arrays(trainer.variables)
    finite = {}
    for k, each in enumerate(builders):
        mine = {
            name: _alone(name, value[k]) if name in own else value for name, value in values.items()
        }
        if checkpoint.all_finite(mine):
            finite[each.model_dir.name] = each, mine
    for each, mine in finite.values():
        meta = checkpoint.describe(each.gan_id, int(trainer.step), skeleton_id, each.params)
        checkpoint.save(each.checkpoint_dir, {**meta, "saved_with": list(finite)}, mine)


def _is_members(v: tf.Variable) -> bool:
    """Whether a variable has an axis of members: weights and biases, and what follows them."""
    return v.shape.rank == 3


def _alone(name: str, value: np.ndarray) -> np.ndarray:
    """A member's weights [n_in, n_out], or biases [n_out] of [1, n_out]."""
    return value[0] if name.endswith("/b") else value


def _finite_mean(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
