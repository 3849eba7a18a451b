"""Populations: variants of one GAN with other seeds or other learning rates.

How good a GAN becomes depends on luck. The remedy is to train several, which are the members of a
population, and to keep the best one. A member is the GAN that `train.py` would train alone with the
member's seed (but for rounding), and has a model folder of its own in `population/` of the GAN's.

Some training recordings are held out (`gan.training.data.split`), so that members can be judged by
poses that no member has learned.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from gan import checkpoint
from gan.builder import GanBuilder
from human_pose_util.errors import DataError


class Member(NamedTuple):
    """What distinguishes one member of a population from the others.

    Attributes:
        seed: seed of the initial weights, the latent samples and the batches.
        learning_rate: learning rate of all networks.
    """

    seed: int
    learning_rate: float


def members_of(
    gan: GanBuilder, n_seeds: int, learning_rates: Sequence[float] | None = None
) -> dict[str, Member]:
    """The members of a population: every seed with every learning rate.

    Args:
        gan: the GAN of which they are variants.
        n_seeds: the number of seeds; the first one is the GAN's own.
        learning_rates: the learning rates; by default the GAN's own alone.

    Returns:
        Members by name; the names name the members' model folders.
    """
    seeds = range(gan.params.seed, gan.params.seed + n_seeds)
    pairs = product(seeds, learning_rates or [gan.params.learning_rate])
    return {
        f"seed-{seed}" + (f"-rate-{rate:g}" if learning_rates else ""): Member(seed, rate)
        for seed, rate in pairs
    }


def member_gan(gan: GanBuilder, name: str, member: Member) -> GanBuilder:
    """The GAN of a member.

    Args:
        gan: the GAN of which the member is a variant.
        name: the name of the member.
        member: its seed and its learning rate.
    """
    directory = gan.model_dir / "population" / name
    return gan.variant(directory, seed=member.seed, learning_rate=member.learning_rate)


def member_gans(gan: GanBuilder, members: Mapping[str, Member]) -> dict[str, GanBuilder]:
    """The GANs of all members of a population.

    Args:
        gan: the GAN of which the members are variants.
        members: the members by name.

    Returns:
        GANs by the members' names; see `member_gan`.
    """
    return {name: member_gan(gan, name, member) for name, member in members.items()}


def check_selectable(gan: GanBuilder) -> None:
    """Raise DataError if a selection would overwrite a GAN that was trained by itself."""
    own = [checkpoint.load(path) for path in checkpoint.checkpoints(gan.checkpoint_dir)]
    if any("selected" not in loaded.meta for loaded in own):
        raise DataError(
            f"{gan.checkpoint_dir} holds a GAN that was trained alone: remove "
            f"{gan.model_dir}, or choose another gan_id"
        )


def select(
    gan: GanBuilder,
    members: Mapping[str, Member],
    error_of: Callable[[GanBuilder], float],
) -> dict[str, float]:
    """Make the best member the GAN itself: its checkpoint becomes the newest one of `gan`.

    Args:
        gan: the GAN of which the members are variants.
        members: the members by name, all of them trained.
        error_of: measures the error of a member's GAN; the smallest one wins.

    Returns:
        Errors by name, the smallest first.

    Raises:
        DataError: a member is not trained, the GAN has checkpoints of a training of its own, or
            another process trains it.
    """
    with gan.exclusively():
        check_selectable(gan)
        gans = member_gans(gan, members)
        errors = {name: error_of(each) for name, each in gans.items()}
        ranked = dict(sorted(errors.items(), key=lambda item: item[1]))
        best = next(iter(ranked))
        loaded = gans[best].load_checkpoint()
        meta = {**loaded.meta, "selected": best, "errors": ranked}
        selected = checkpoint.save(gan.checkpoint_dir, meta, loaded.arrays)
        for path in checkpoint.checkpoints(gan.checkpoint_dir):
            if path != selected:
                path.unlink()  # the checkpoint of an earlier selection
        gan.forget()
        return ranked
