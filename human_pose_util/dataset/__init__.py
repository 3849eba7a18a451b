"""Data sets: read them, choose sequences, and convert them to the units of a model."""

from human_pose_util.dataset.filters import filter_dataset, one_view_each
from human_pose_util.dataset.load import load_dataset
from human_pose_util.dataset.normalize import every, normalize_dataset, normalized_poses
from human_pose_util.dataset.original_names import refuse_original_name
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.spec import DatasetSpec, FilterKwargs, NormalizeKwargs

__all__ = [
    "Dataset",
    "DatasetSpec",
    "FilterKwargs",
    "NormalizeKwargs",
    "PoseSequence",
    "every",
    "filter_dataset",
    "load_dataset",
    "normalize_dataset",
    "normalized_poses",
    "one_view_each",
    "refuse_original_name",
]
