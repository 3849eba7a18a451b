"""Judging a GAN by what it is for: inference on recordings that it has not learned."""

import numpy as np

from gan import GanBuilder
from gan.training.data import split
from human_pose_util.dataset import Dataset, DatasetSpec, load_dataset
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.metrics import p_mpjpe
from inference.model.observations import observe_sequence
from inference.params import InferenceParams
from inference.runs.sequence_job import InferenceJob

N_FRAMES = 400
SEARCH = {"n_starts": 4, "prior_weight": 1e-5}


class HeldOut:
    """The recordings that a population does not learn, as one camera sees them.

    Args:
        spec: the GAN's data set.

    Raises:
        SpecError: it has no cameras.
        DataError: it has too few recordings.
    """

    def __init__(self, spec: DatasetSpec):
        kwargs = spec.normalize_kwargs
        metres = kwargs.model_copy(
            update={
                "scale_to_height": False,
                "space_scale": 1000.0 if kwargs.scale_to_height else kwargs.space_scale,
                "pixel_scale": 1000.0,
                "consistent_pose": True,
                "consistent_projection": True,
            }
        )
        self._spec = spec.model_copy(update={"normalize_kwargs": metres})
        _, takes = split(load_dataset(self._spec, default_mode="train"))
        if not all("r" in take.attrs and "f" in take.attrs for take in takes.values()):
            raise SpecError(f"data set {spec.type!r} has no cameras to judge inference by")
        stride = max(sum(len(take["p3w"]) for take in takes.values()) // N_FRAMES, 1)
        thinned = {key: _every(take, stride) for key, take in takes.items()}
        self._takes = Dataset(thinned, takes.attrs)

    def error(self, gan: GanBuilder) -> float:
        """Mean joint error [mm] after Procrustes alignment, of about `N_FRAMES` frames."""
        params = InferenceParams(dataset=self._spec, gan_id=gan.gan_id, **SEARCH)
        infer = InferenceJob(params, gan, self._takes)
        results = infer([observe_sequence(take) for take in self._takes.values()])
        errors = [
            take.attrs["space_scale"] * p_mpjpe(result.p3w, np.asarray(take["p3w"]))
            for result, take in zip(results, self._takes.values(), strict=True)
        ]
        return float(np.nanmean(np.concatenate(errors)))


def _every(take, stride: int):
    """Of a sequence every `stride`th frame."""
    arrays = {name: np.asarray(take[name])[::stride] for name in ("p3w", "p2")}
    return type(take)(arrays, take.attrs)
