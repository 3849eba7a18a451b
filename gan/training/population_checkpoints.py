"""The checkpoints of a population whose members are trained at once, in one program.

Every member has checkpoints of its own, as if it were trained alone, but they are saved together
and can only be used together: all members of the program are at one step. A process that is killed
between two members' files leaves checkpoints that not all members have. Each checkpoint therefore
names the members with which it is saved, and what is incomplete is removed before training goes on.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import tensorflow as tf

from gan import checkpoint
from gan.builder import GanBuilder
from gan.variables import arrays, name_of
from human_pose_util.errors import DataError


def common_step(gans: Sequence[GanBuilder]) -> int:
    """The newest step at which every member has a checkpoint; incomplete steps are removed.

    Args:
        gans: the GANs of the members.

    Returns:
        The step; 0 where no member has a checkpoint.

    Raises:
        DataError: there are checkpoints, but at no step does every member have one.
    """
    for gan in gans:
        _remove_incomplete(gan)
    paths = [checkpoint.checkpoints(gan.checkpoint_dir) for gan in gans]
    steps = [set(map(checkpoint.step_of, own)) for own in paths]
    common = max(set.intersection(*steps), default=0)
    if not common and any(steps):
        raise DataError(
            f"{gans[0].model_dir.parent}: its members have no step in common: go on training each "
            "by itself, with --scheduler local"
        )
    return common


def restore_members(
    variables: Iterable[tf.Variable], gans: Sequence[GanBuilder], step: int
) -> None:
    """Load the checkpoints of a step into the variables of a population, and remove later ones.

    Args:
        variables: the variables of the population's trainer.
        gans: the GANs of the members.
        step: the step, one at which every member has a checkpoint.

    Raises:
        SpecError: a checkpoint was trained with other parameters.
        DataError: a checkpoint is broken.
    """
    name = checkpoint.file_name(step)
    loaded = [checkpoint.load(gan.checkpoint_dir / name) for gan in gans]
    for gan, own in zip(gans, loaded, strict=True):
        gan.check_params(own)
        for path in checkpoint.checkpoints(gan.checkpoint_dir):
            if checkpoint.step_of(path) > step:
                path.unlink()  # left by a run that was stopped between two members' checkpoints
    for v in variables:
        values = [own.arrays[name_of(v)] for own in loaded]
        v.assign(np.reshape(values, v.shape) if _has_members(v) else values[0])


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


def _remove_incomplete(gan: GanBuilder) -> None:
    """Remove checkpoints of a member that are saved with others that are missing."""
    for path in reversed(checkpoint.checkpoints(gan.checkpoint_dir)):
        together = checkpoint.load(path).meta.get("saved_with", ())
        others = (gan.variant(gan.model_dir.with_name(name)) for name in together)
        if all((other.checkpoint_dir / path.name).exists() for other in others):
            return  # the earlier ones are complete as well
        path.unlink()


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
