"""The `dataset` part of a parameter file: which data set, which sequences, in which units."""

import os
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from human_pose_util.validation import OneOrMore, StrictModel

Mode = Literal["train", "eval"]
Positive = Annotated[float, Field(gt=0)]

_OPTIONS = {"joint_centres": "eva", "whole_trials": "eva", "annotation": "mpi_inf_test"}
"""Keys for one data set alone, and its id."""

VARIABLES = {"h3m": "H3M_DROP_CORRUPTED", "eva": "HUMAN_EVA_1_JOINT_CENTRES"}
"""Data set → the environment variable that decides which data it has, beside its folder."""


class FilterKwargs(StrictModel):
    """Which sequences to use; a sequence has to match every key that is given.

    Attributes:
        modes: "train", "eval" or both. Default: train for a GAN, eval for an inference.
        camera_idxs: positions in the sorted list of the data set's cameras.
        camera_ids: the cameras, as the data set names them; instead of `camera_idxs`.
        subject_ids: the subjects.
        sequence_ids: the sequences, as the data set names them.
        actions: the actions, as the data set names them.
    """

    modes: OneOrMore[Mode] | None = None
    camera_idxs: OneOrMore[int] | None = None
    camera_ids: OneOrMore[str] | None = None
    subject_ids: OneOrMore[str] | None = None
    sequence_ids: OneOrMore[str] | None = None
    actions: OneOrMore[str] | None = None


class NormalizeKwargs(StrictModel):
    """The skeleton, the units and the frame rate of normalised data.

    Attributes:
        skeleton_id: convert to this skeleton. Default: the skeleton of the data set.
        consistent_pose: recompute p3c from p3w through the extrinsics.
        consistent_projection: recompute p2 from p3c through the pinhole intrinsics.
        scale_to_height: divide lengths by the subject's height, the largest in its train frames.
        space_scale: the unit of lengths [mm]; 1000 for metres.
        pixel_scale: the unit of image coordinates [px].
        fps: keep only frames at this rate [Hz], which has to divide the data's rate.
    """

    skeleton_id: str | None = None
    consistent_pose: bool = False
    consistent_projection: bool = False
    scale_to_height: bool = False
    space_scale: Positive = 1.0
    pixel_scale: Positive = 1.0
    fps: Positive | None = None

    @property
    def unit(self) -> str:
        """The name of the unit of lengths."""
        if self.scale_to_height:
            return "subject heights"
        names = {1.0: "mm", 1000.0: "m"}
        return names.get(self.space_scale, f"{self.space_scale:g} mm")


class DatasetSpec(StrictModel):
    """A data set, filtered and normalised.

    Attributes:
        type: id under which the data set is registered: "h3m", "eva", "mpi_inf", "mpi_inf_test",
            "pw3d", "mocap", or the id of a data set of your own.
        filter_kwargs: which sequences.
        normalize_kwargs: in which skeleton, units and rate.
        image_points: "detected" demands image points that a detector found; null for any.
        joint_centres: for "eva" alone: "humaneva", the joints of the release's body model
            (default), or "plug-in-gait", the bare joint centres of the motion capture.
        whole_trials: for "eva" alone: both modes have all frames of trial 1, as in the original,
            which defines a partition and does not apply it. Then a GAN trains on the poses that it
            is evaluated on.
        annotation: for "mpi_inf_test" alone: "univ_annot3", in which all people have one size, as
            the release evaluates (default), or "annot3", in which they have their own.
    """

    type: str
    filter_kwargs: FilterKwargs = FilterKwargs()
    normalize_kwargs: NormalizeKwargs = NormalizeKwargs()
    image_points: Literal["detected"] | None = None
    joint_centres: Literal["humaneva", "plug-in-gait"] | None = None
    whole_trials: bool = False
    annotation: Literal["univ_annot3", "annot3"] | None = None

    @model_validator(mode="after")
    def _options_of_one_data_set(self):
        for name in self.options:
            if (owner := _OPTIONS[name]) != self.type:
                raise ValueError(f"{name} is for data set {owner!r}, not {self.type!r}")
        return self

    @model_validator(mode="after")
    def _image_points_that_are_not_computed(self):
        if self.image_points and self.normalize_kwargs.consistent_projection:
            raise ValueError(
                "image_points 'detected': normalize_kwargs.consistent_projection computes others"
            )
        return self

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of the data set's loader."""
        return {name: value for name in _OPTIONS if (value := getattr(self, name))}

    @property
    def description(self) -> str:
        """What decides which poses these are: keys, and the variable of the data set if it is set.

        The folder of the data set is no part of it, as results may be compared on other machines.
        """
        variable = VARIABLES.get(self.type, "")
        value = os.environ.get(variable)
        return self.model_dump_json(exclude={"image_points"}) + (
            f" {variable}={value}" if value else ""
        )
