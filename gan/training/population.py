"""Populations: variants of one GAN with other seeds or other learning rates.

How good a GAN becomes depends on luck. The remedy is to train several, which are the members of a
population, and to keep the best one. A member is trained as `train.py` trains one GAN with the
member's seed (but for rounding), and has a model folder of its own in `population/` of the GAN's.

Some training recordings are held out (`gan.training.data.split`), so that members can be judged by
poses that no member has learnt. Poses that are drawn by their rarity are the same for all members.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np

from gan import checkpoint
from gan.builder import GanBuilder
from gan.training.learnt_poses import SIGNATURE
from human_pose_util.errors import DataError
from human_pose_util.progress import progress_bar


def members_of(
    gan: GanBuilder, n_seeds: int, learning_rates: Sequence[float] | None = None
) -> dict[str, GanBuilder]:
    """The members of a population: every seed with every learning rate.

    Args:
        gan: the GAN of which they are variants.
        n_seeds: the number of seeds; the first one is the GAN's own.
        learning_rates: the learning rates; by default the GAN's own alone.

    Returns:
        Members by name; the names name the members' model folders.
    """
    seeds = range(gan.params.seed, gan.params.seed + n_seeds)
    members = {}
    for seed, rate in product(seeds, learning_rates or [gan.params.learning_rate]):
        name = f"seed-{seed}" + (f"-rate-{rate}" if learning_rates else "")
        folder = gan.model_dir / "population" / name
        members[name] = gan.variant(folder, seed=seed, learning_rate=rate)
    return members


def check_selectable(gan: GanBuilder) -> None:
    """Raise DataError if a selection would overwrite a GAN that was trained by itself."""
    checkpoints = [checkpoint.load(path) for path in checkpoint.checkpoints(gan.checkpoint_dir)]
    if any("selected" not in loaded.meta for loaded in checkpoints):
        raise DataError(
            f"{gan.checkpoint_dir} holds a GAN that was trained alone: remove "
            f"{gan.model_dir}, or choose another gan_id"
        )


def select(
    gan: GanBuilder,
    members: Mapping[str, GanBuilder],
    error_of: Callable[[GanBuilder], float],
) -> dict[str, float]:
    """Make the best member the GAN itself: its checkpoint becomes the newest one of `gan`.

    Args:
        gan: the GAN of which the members are variants.
        members: the members by name, without those that have diverged; one without a checkpoint
            is left out.
        error_of: measures the error of a member's GAN; the smallest one wins.

    Returns:
        Errors by name, the smallest first.

    Raises:
        DataError: no member is trained, the GAN has checkpoints of a training of its own, or
            another process trains it.
    """
    members = {name: member for name, member in members.items() if member.latest_checkpoint}
    if not members:
        raise DataError(f"{gan.model_dir / 'population'} holds no trained GAN")
    with gan.exclusively():
        check_selectable(gan)
        errors = {}
        with progress_bar("comparing", len(members), unit="GAN") as bar:
            for name, member in members.items():
                errors[name] = error_of(member)
                bar.update()
        # A comparison with NaN is false, so that a sort would leave it anywhere, first as well.
        ranked = dict(sorted(errors.items(), key=lambda item: (np.isnan(item[1]), item[1])))
        if np.isnan(list(ranked.values())).all():
            raise DataError(
                f"{gan.model_dir / 'population'}: no trained GAN has an error that is a number"
            )
        best = next(iter(ranked))
        loaded = members[best].gan_checkpoint
        # The signature is that of the poses without those held out, and so not that of the data.
        meta = {key: value for key, value in loaded.meta.items() if key != SIGNATURE}
        meta |= {"selected": best, "errors": ranked}
        selected = checkpoint.save(gan.checkpoint_dir, meta, loaded.arrays)
        for path in checkpoint.checkpoints(gan.checkpoint_dir):
            if path != selected:
                path.unlink()  # the checkpoint of an earlier selection
        gan.forget()
        return ranked
