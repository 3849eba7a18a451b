"""The keys of an `inference_params/*.json`."""

from pathlib import Path
from typing import Any

from pydantic import field_validator, model_validator

from human_pose_util.dataset import DatasetSpec, refuse_original_name
from human_pose_util.units import MM_PER_M, PX_PER_UNIT
from inference.settings import LENGTH_WEIGHTS, SearchSettings
from serialization import INFERENCE_PARAMS_DIR, load_params

POSE_WEIGHTS = ("critic_weight", "prior_weight", "proposal_weight", "body_weight")
"""Names of the weights of terms that do not depend on the units of the data."""


class InferenceParams(SearchSettings):
    """One inference run: a data set, a GAN, and the settings of the search.

    Attributes:
        dataset: the sequences to infer; `filter_kwargs.modes` defaults to eval.
        gan_id: names the GAN whose generator, critic and proposal network are used.
    """

    dataset: DatasetSpec
    gan_id: str

    @property
    def doubt_of_units(self) -> str | None:
        """What to say of weights like those of the presets for data in other units; else None."""
        kwargs = self.dataset.normalize_kwargs
        opposed: list[tuple[str, float, tuple[str, ...]]]
        opposed = [("pixel_scale", PX_PER_UNIT, (*POSE_WEIGHTS, *LENGTH_WEIGHTS))]
        if not kwargs.scale_to_height:
            opposed.append(("space_scale", MM_PER_M, LENGTH_WEIGHTS))
        for name, unit, weights in opposed:
            is_opposed = any(getattr(self, weight) for weight in weights)
            scale, is_usual = getattr(kwargs, name), 0.1 <= self.consistency_weight <= 10
            if scale != unit and is_usual and is_opposed:
                return (
                    f"{name} is {scale:g}: weights count in the units of normalize_kwargs, and "
                    f"those of the presets are for {unit:g}"
                )
        return None

    @model_validator(mode="before")
    @classmethod
    def _refuse_the_originals_format(cls, values: Any) -> Any:
        """A message for whoever brings a parameter file of the original repository."""
        if isinstance(values, dict):
            refuse_original_name(values.get("dataset"), for_gan=False)
        return values

    @field_validator("body")
    @classmethod
    def _data_sets_tell_no_lengths(cls, value: str) -> str:
        if value == "known":
            raise ValueError(
                "no data set tells the lengths of bones: expected 'unknown' or 'subject'"
            )
        return value


def load_inference_params(inference_id: str, directory: Path | None = None) -> InferenceParams:
    """The parameters of an inference run.

    Args:
        inference_id: names the file `inference_id.json`.
        directory: folder of the file; by default the repository's `inference_params`.

    Raises:
        SpecError: there is no such inference, or the file has an unknown key or a wrong value.
    """
    return load_params(
        InferenceParams, "inference", inference_id, directory or INFERENCE_PARAMS_DIR
    )
