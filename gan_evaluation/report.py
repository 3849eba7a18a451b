"""The measures of a trained GAN, in millimetres."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from gan import GanBuilder
from gan.params import GanParams
from gan.training.data import all_poses, load_poses
from gan.training.learnt_poses import doubt_of_poses, signature
from gan_evaluation.reconstruction import reconstruct
from human_pose_util.dataset import load_dataset
from human_pose_util.dataset.defaults import register_defaults
from human_pose_util.dataset.spec import FilterKwargs
from human_pose_util.evaluate.distributions import LENGTHS, novelty, quality
from human_pose_util.evaluate.metrics import mpjpe
from human_pose_util.progress import progress_bar
from human_pose_util.registry import get_dataset

log = logging.getLogger(__name__)


def measures(gan: GanBuilder, n: int, seed: int) -> dict[str, float]:
    """Measure how good a GAN's poses are, and how near it comes to poses that it has not learnt.

    Args:
        gan: a trained GAN.
        n: number of poses of each kind (generated, training, unseen), drawn at random; all poses
            where there are fewer.
        seed: seed of what is drawn.

    Returns:
        Measures by name, lengths in mm: those of `SampleQuality`
        (`human_pose_util.evaluate.distributions`), the `novelty` of generated poses, the
        `real_novelty` and the `reconstruction_error` of unseen poses, and the `step` of the GAN.
        Unseen poses are those of the data set's sequences of mode eval, of all subjects and
        cameras. Where the GAN's parameters choose actions, unseen poses are of these actions, too.
        Where there are no unseen poses (`why_nothing_is_unseen`), their two measures are missing.

    Raises:
        DataError: the GAN is not trained, or there are no data.
    """
    spec, rng = gan.params.dataset, np.random.default_rng(seed)

    def drawn(poses: np.ndarray) -> np.ndarray:
        return poses[rng.permutation(len(poses))[:n]]

    generated = gan.sample(n, seed)
    dataset = load_dataset(spec, default_mode="train")
    poses = all_poses(gan.params, dataset)
    training = poses.drawn(gan.params.model_copy(update={"rarity": 0.0}))
    learnt = poses.drawn(gan.params) if gan.params.rarity else training
    if doubt := doubt_of_poses(gan.gan_checkpoint, signature(learnt)):
        log.warning("note: %s: the measures are of a GAN of other poses", doubt)
    real = drawn(training)
    parts: dict[str, Callable[[], Any]] = {
        "quality": lambda: quality(generated, real, poses.skeleton).as_dict(),
        "novelty": lambda: novelty(generated, training),
    }
    if why_nothing_is_unseen(gan.params) is None:
        # Other keys would choose sequences to learn, which those of mode eval need not resemble. A
        # GAN of some actions, however, is not meant to make poses of others.
        kwargs = FilterKwargs(modes=["eval"], actions=spec.filter_kwargs.actions)
        new = drawn(load_poses(spec.model_copy(update={"filter_kwargs": kwargs}))[0])
        parts |= {
            "real_novelty": lambda: novelty(new, training),
            "reconstruction_error": lambda: mpjpe(reconstruct(gan.generator, new), new).mean(),
        }
    measured = {}
    with progress_bar("evaluating", len(parts), unit="measure") as bar:
        for name, measure in parts.items():
            bar.set_postfix_str(name)
            measured[name] = measure()
            bar.update()
    values = measured.pop("quality")
    lengths = measured | {name: values[name] for name in LENGTHS}
    # The unit of the poses in mm is a mean over sequences, because subjects' heights differ.
    mm = np.mean([sequence.attrs["space_scale"] for sequence in dataset.values()])
    values |= {name: float(length * mm) for name, length in lengths.items()}
    return {**values, "step": gan.step}


def why_nothing_is_unseen(params: GanParams) -> str | None:
    """Why the first data set of a GAN has no poses that it has not learnt; None where it has some.

    Args:
        params: the parameters of the GAN.
    """
    spec = params.dataset
    specs = [s for s in (spec, *params.more_datasets) if s.type == spec.type]
    if any("eval" in (one.filter_kwargs.modes or ()) for one in specs):
        return "the GAN has learnt sequences of mode eval"
    register_defaults()
    sequences = get_dataset(spec.type, **spec.options).values()
    unseen = [sequence.attrs for sequence in sequences if sequence.attrs.get("mode") == "eval"]
    if not unseen:
        return f"the data set {spec.type!r} has no sequences of mode eval"
    actions = spec.filter_kwargs.actions
    if actions is not None and not any(attrs.get("action") in actions for attrs in unseen):
        return f"the data set {spec.type!r} has no sequences of mode eval with a learnt action"
    return None
