"""What it takes to infer sequences, in one object that other processes can be given."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from gan import GanBuilder
from human_pose_util.registry import get_converter
from inference.model.observations import Observations
from inference.objective.frame_objective import Weights
from inference.params import InferenceParams
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import Options, PoseOptimizer
from inference.search.proposals import proposer_for


class InferenceJob:
    """Infers sequences as a parameter file says; pickled, it takes the trained GAN along.

    Args:
        params: what to do.
        builder: the trained GAN.
        dataset: whose sequences are to be inferred; only its skeleton and its units are kept.

    Raises:
        SpecError: no conversion between the skeletons, or a proposal that the GAN does not have.
        DataError: the GAN is not trained, or not to its end.
    """

    def __init__(self, params: InferenceParams, builder: GanBuilder, dataset: Mapping):
        units = next(iter(dataset.values())).attrs
        self._params, self._builder = params, builder
        self._converter = get_converter(builder.skeleton.id, dataset.attrs["skeleton_id"])
        self._space_scale = float(units["space_scale"])
        self._pixel_scale = float(units["pixel_scale"])
        proposer_for(builder, params.proposal_weight)  # loaded, it is taken along

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def __call__(self, observed: Sequence[Observations]) -> list[InferenceResult]:
        """The poses of sequences, fitted together where that is faster."""
        return self.optimizer.infer(observed)

    @cached_property
    def optimizer(self) -> PoseOptimizer:
        """Compiled at its first use, wherever that is."""
        params, builder = self._params, self._builder
        return PoseOptimizer(
            builder.generator,
            builder.critic,
            self._converter,
            weights_of(params, self._pixel_scale),
            options_of(params),
            self._space_scale,
            self._pixel_scale,
            params.camera,
            params.height != "unknown",
            proposer_for(builder, params.proposal_weight),
        )

    @property
    def groups_sequences(self) -> bool:
        """Whether it pays to give it several sequences at a time."""
        return options_of(self._params).single_frames(weights_of(self._params, self._pixel_scale))


def weights_of(params: InferenceParams, pixel_scale: float) -> Weights:
    """The objective's weights in a parameter file, for images in units of `pixel_scale` pixels."""
    terms = ("consistency", "critic", "smoothness", "glide", "prior")
    return Weights(
        **{name: getattr(params, f"{name}_weight") for name in terms},
        proposal=params.proposal_weight or 0.0,
        robust_loss=params.robust_loss,
        robust_scale=params.robust_scale / pixel_scale,
    )


def options_of(params: InferenceParams) -> Options:
    """The optimiser's options in a parameter file."""
    return Options(**{name: getattr(params, name) for name in Options.__dataclass_fields__})
