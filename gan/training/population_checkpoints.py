"""The checkpoints of a population whose members are trained at once, in one program.

Every member has checkpoints of its own, as if it were trained alone, but they are saved together
and can only be used together: all members of the program are at one step. A process that is killed
between two members' files leaves checkpoints that not all members have. A member that diverges has
no more checkpoints either. To tell the two apart, each checkpoint names the members of the
population, and those with which it is saved: all that have not diverged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gan import checkpoint
from gan.builder import GanBuilder
from gan.variables import arrays, name_of
from human_pose_util.errors import DataError


@dataclass(frozen=True)
class Standing:
    """How far a population is.

    Attributes:
        step: the newest step at which every member that has not diverged has a checkpoint; 0 where
            training has to begin.
        members: the members that have not diverged, by name.
    """

    step: int
    members: Mapping[str, GanBuilder]


def standing_of(members: Mapping[str, GanBuilder]) -> Standing:
    """How far the training of a population is; nothing is removed.

    Args:
        members: the members by name.

    Raises:
        DataError: there are checkpoints, but at no step does every member have one; or one is
            broken.
    """
    apart = False
    for step in sorted(_steps_of(members), reverse=True):
        file_name = checkpoint.file_name(step)
        present = {
            name: gan for name, gan in members.items() if (gan.checkpoint_dir / file_name).exists()
        }
        metas = [checkpoint.load(gan.checkpoint_dir / file_name).meta for gan in present.values()]
        saved = _names(metas, "saved_with")
        if members.keys() - present.keys() <= _names(metas, "members") - saved:
            return Standing(step, present)
        # Where a file is missing, a killed process has left it out: such a step does not count.
        one = next(iter(present.values()))
        others = (one.variant(one.model_dir.with_name(name)) for name in saved)
        apart |= all((other.checkpoint_dir / file_name).exists() for other in others)
    if apart:
        folder = next(iter(members.values())).model_dir.parent
        raise DataError(
            f"{folder}: its members have no step in common: go on training each by itself, with "
            "`scheduler` local"
        )
    return Standing(0, members)


def restore_members(
    variables: Iterable[tf.Variable], gans: Sequence[GanBuilder], step: int
) -> list[checkpoint.Checkpoint]:
    """Load the checkpoints of a step into the variables of a population.

    Args:
        variables: the variables of the population's trainer.
        gans: the GANs of the members.
        step: the step, one at which every member has a checkpoint.

    Returns:
        The checkpoints.

    Raises:
        SpecError: a checkpoint was trained with other parameters.
        DataError: a checkpoint is broken.
    """
    file_name = checkpoint.file_name(step)
    checkpoints = [checkpoint.load(gan.checkpoint_dir / file_name) for gan in gans]
    for gan, loaded in zip(gans, checkpoints, strict=True):
        gan.check_params(loaded)
    for v in variables:
        values = [loaded.arrays[name_of(v)] for loaded in checkpoints]
        v.assign(np.reshape(values, v.shape) if _has_members(v) else values[0])
    return checkpoints


def member_arrays(variables: Sequence[tf.Variable], n_members: int) -> list[dict[str, np.ndarray]]:
    """What the checkpoint of every member holds: the arrays that the member would have alone.

    Args:
        variables: the variables of the population's trainer.
        n_members: the number of members.

    Returns:
        One dictionary for each member: arrays by name.
    """
    per_member = {name_of(v) for v in variables if _has_members(v)}
    values = arrays(variables)
    return [
        {
            name: _alone(name, value[k]) if name in per_member else value
            for name, value in values.items()
        }
        for k in range(n_members)
    ]


def _steps_of(members: Mapping[str, GanBuilder]) -> set[int]:
    """The steps at which any member has a checkpoint."""
    paths = (checkpoint.checkpoints(gan.checkpoint_dir) for gan in members.values())
    return {checkpoint.step_of(path) for of_member in paths for path in of_member}


def _names(metas: Sequence[Mapping[str, Any]], key: str) -> set[str]:
    """The names of members that any checkpoint of a step has under a key; one may have none."""
    return {name for meta in metas for name in meta.get(key, ())}


def _has_members(v: tf.Variable) -> bool:
    """Whether a variable has an axis of members.

    Weights [n_members, n_in, n_out], biases [n_members, 1, n_out] and the optimisers' slots of
    both have one. Nothing else has three axes: the whitening, the step and the optimisers' counts
    are shared by all members.
    """
    return v.shape.rank == 3


def _alone(name: str, value: np.ndarray) -> np.ndarray:
    """A member's weights [n_in, n_out] as they are, its biases [1, n_out] as [n_out]."""
    return value[0] if name.endswith("/b") else value
