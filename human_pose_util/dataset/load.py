"""Loading the data set that a parameter file describes."""

from human_pose_util.dataset.defaults import register_defaults
from human_pose_util.dataset.filters import filter_dataset
from human_pose_util.dataset.image_check import note_far_image_points
from human_pose_util.dataset.normalize import normalize_dataset
from human_pose_util.dataset.sequence import Dataset, check_keys
from human_pose_util.dataset.spec import DatasetSpec, Mode
from human_pose_util.dataset.vertical_check import note_people_not_upright
from human_pose_util.dataset.zero_check import note_zeros
from human_pose_util.errors import DataError
from human_pose_util.registry import get_dataset

_DETECTIONS = {"h3m": "H3M_PATH has to name VideoPose3D's data_2d_h36m_cpn_ft_h36m_dbb.npz"}
"""Data set → where its detected image points are, if they are not in its own files."""


def load_dataset(spec: DatasetSpec, default_mode: Mode) -> Dataset:
    """The data set that a parameter file describes, filtered and normalised.

    Args:
        spec: the `dataset` part of the file.
        default_mode: the value of `filter_kwargs.modes` where the file does not give it.

    Raises:
        SpecError: an unknown data set, filter value, skeleton, or an impossible rate.
        DataError: a file is missing or broken, a key cannot name a group in an HDF5 file, or image
            points are not those that the file demands.
    """
    register_defaults()
    whole = get_dataset(spec.type, **spec.options)
    check_keys(whole)
    filters = spec.filter_kwargs.model_dump()
    if filters["modes"] is None:
        filters["modes"] = [default_mode]
    chosen = filter_dataset(whole, **filters)
    _require_image_points(chosen, spec)
    # A GAN learns from no image points, and those that are computed are where the poses are.
    if default_mode == "eval" and not spec.normalize_kwargs.consistent_projection:
        note_far_image_points(chosen)
        note_zeros(chosen, "p2")
    note_people_not_upright(chosen)
    note_zeros(chosen, "p3w")
    try:
        return normalize_dataset(chosen, spec.normalize_kwargs, whole)
    except DataError as error:  # of a subject without a height
        raise DataError(f"data set {spec.type!r}: {error}") from error


def _require_image_points(dataset: Dataset, spec: DatasetSpec) -> None:
    """Raise DataError where image points are not those that the specification demands."""
    for key, sequence in dataset.items():
        if spec.image_points not in (None, sequence.attrs.get("image_points")):
            place = _DETECTIONS.get(spec.type, "give sequences the attribute image_points")
            raise DataError(
                f"image_points {spec.image_points!r}: no detector found those of data set "
                f"{spec.type!r} ({key}): {place}"
            )
