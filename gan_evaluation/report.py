"""What there is to say of a trained GAN, in millimetres."""

import numpy as np

from gan import GanBuilder
from gan.training.data import load_poses, poses_of
from gan_evaluation.reconstruction import reconstruct
from human_pose_util.dataset import load_dataset
from human_pose_util.evaluate.distributions import LENGTHS, novelty, quality
from human_pose_util.evaluate.metrics import mpjpe


def measures(gan: GanBuilder, n: int = 2000, seed: int = 0) -> dict[str, float]:
    """The measures of `evaluate.distributions`, and how near the generator comes to unseen poses.

    Args:
        gan: a trained one.
        n: poses of each kind to compare, drawn at random; fewer where there are fewer.
        seed: of what is drawn.

    Returns:
        Measures by name, lengths in mm, and the GAN's `step`. Unseen poses are those of the data
        set's sequences of mode eval.

    Raises:
        DataError: not trained, or no data.
    """
    spec = gan.params.dataset
    generated = gan.sample(n, seed)
    dataset = load_dataset(spec, default_mode="train")
    learned, skeleton = poses_of(dataset, spec.type)
    kwargs = spec.filter_kwargs.model_copy(update={"modes": ["eval"], "sequence_ids": None})
    unseen, _ = load_poses(spec.model_copy(update={"filter_kwargs": kwargs}))
    rng = np.random.default_rng(seed)
    some = [poses[rng.permutation(len(poses))[:n]] for poses in (learned, unseen)]
    values = quality(generated, some[0], skeleton).as_dict()
    values["novelty"] = novelty(generated, learned)
    values["real_novelty"] = novelty(some[1], learned)
    values["reconstruction_error"] = mpjpe(reconstruct(gan.generator, some[1]), some[1]).mean()
    # A unit of the poses in mm: the mean over sequences, as heights differ.
    mm = np.mean([sequence.attrs["space_scale"] for sequence in dataset.values()])
    for name in (*LENGTHS, "novelty", "real_novelty", "reconstruction_error"):
        values[name] = float(values[name] * mm)
    return {**values, "step": gan.step}
