"""Data sets: reading them, choosing sequences, putting them into a model's units."""

from human_pose_util.dataset.filters import filter_dataset, one_view_each
from human_pose_util.dataset.normalize import normalize_dataset, normalized_poses
from human_pose_util.dataset.sequence import Dataset, PoseSequence, check_keys
from human_pose_util.dataset.spec import DatasetSpec, FilterKwargs, Mode, NormalizeKwargs

__all__ = [
    "Dataset",
    "DatasetSpec",
    "FilterKwargs",
    "NormalizeKwargs",
    "PoseSequence",
    "filter_dataset",
    "load_dataset",
    "normalize_dataset",
    "normalized_poses",
    "one_view_each",
]


def load_dataset(spec: DatasetSpec, default_mode: Mode) -> Dataset:
    """The data set that a parameter file describes, filtered and normalised.

    Args:
        spec: the `dataset` part of the file.
        default_mode: what `filter_kwargs.modes` is where the file does not say.

    Raises:
        SpecError: an unknown data set, filter value, skeleton, or an impossible rate.
        DataError: the data set's files are missing or broken, or a key cannot be a place.
    """
    from human_pose_util.register import get_dataset, register_defaults

    register_defaults()
    whole = get_dataset(spec.type, **spec.options)
    check_keys(whole)
    filters = spec.filter_kwargs.model_dump()
    if filters["modes"] is None:
        filters["modes"] = [default_mode]
    return normalize_dataset(filter_dataset(whole, **filters), spec.normalize_kwargs, whole)
