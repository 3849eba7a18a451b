"""The error of a GAN in its own task: inference on recordings that it has not learnt."""

import numpy as np

from gan import GanBuilder
from gan.training.data import split
from human_pose_util.dataset import Dataset, DatasetSpec, PoseSequence, every, load_dataset
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.metrics import p_mpjpe
from human_pose_util.units import MM_PER_M, PX_PER_UNIT
from inference.model.observations import Observations
from inference.model.observe import observe_sequence
from inference.params import InferenceParams
from inference.runs.dataset_search import search_for

N_FRAMES = 400
"""About how many frames a GAN is judged by."""

N_STARTS, PRIOR_WEIGHT = 4, 1e-5
"""The search that judges: starts of each frame, and weight of the penalty ½‖z‖²."""


class HeldOut:
    """The recordings that a population does not learn, each as one camera sees it.

    Args:
        spec: the data set of the GAN.

    Raises:
        SpecError: the data set has no cameras.
        DataError: the data set has too few recordings, or one that cannot be observed.
    """

    def __init__(self, spec: DatasetSpec):
        kwargs = spec.normalize_kwargs
        metres = kwargs.model_copy(
            update={
                "scale_to_height": False,
                "space_scale": MM_PER_M if kwargs.scale_to_height else kwargs.space_scale,
                "pixel_scale": PX_PER_UNIT,
                "consistent_pose": True,
                "consistent_projection": True,
            }
        )
        self._spec = spec.model_copy(update={"normalize_kwargs": metres})
        _, recordings = split(load_dataset(self._spec, default_mode="train"))
        if not all("r" in one.attrs and "f" in one.attrs for one in recordings.values()):
            raise SpecError(f"data set {spec.type!r} has no cameras to judge inference by")
        stride = max(sum(len(one["p3w"]) for one in recordings.values()) // N_FRAMES, 1)
        thinned = {key: every(one, stride) for key, one in recordings.items()}
        self._recordings = Dataset(thinned, recordings.attrs)
        self._observations = [_observed(key, one) for key, one in thinned.items()]

    def error(self, gan: GanBuilder) -> float:
        """Infer the recordings with a GAN.

        Args:
            gan: a trained GAN.

        Returns:
            The mean joint error [mm] after Procrustes alignment, over about `N_FRAMES` frames.
        """
        params = InferenceParams(
            dataset=self._spec, gan_id=gan.gan_id, n_starts=N_STARTS, prior_weight=PRIOR_WEIGHT
        )
        search = search_for(self._recordings, params, gan)
        results = search.infer(self._observations)
        errors = [
            one.attrs["space_scale"] * p_mpjpe(result.p3w, np.asarray(one["p3w"]))
            for result, one in zip(results, self._recordings.values(), strict=True)
        ]
        return float(np.nanmean(np.concatenate(errors)))


def _observed(key: str, sequence: PoseSequence) -> Observations:
    """The observations of a sequence; an error names it."""
    try:
        return observe_sequence(sequence)
    except DataError as error:
        raise DataError(f"{key}: {error}") from error
