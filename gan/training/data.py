"""The poses that a GAN learns."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gan.params import GanParams
from gan.seeds import Purpose, stream
from gan.training.rarity import rows_by_rarity
from human_pose_util.dataset import (
    Dataset,
    DatasetSpec,
    load_dataset,
    normalized_poses,
    one_view_each,
)
from human_pose_util.dataset.notes import note_once
from human_pose_util.errors import DataError, SpecError, about
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton

HELD_OUT = 8
"""One in so many recordings is held out from a population."""

LEAST_EXTENT, LARGEST_EXTENT = 0.2, 5.0
"""Bounds of the vertical extent of most poses, in the unit of the data, for networks whose
constants are in subject heights: data in metres pass, too, and data in millimetres do not."""

HIGHEST = 1.4
"""Vertical extent of most poses from which on their unit is hardly a subject's height: someone who
stretches the arms up is 1.25 heights high."""

LARGEST_LOSS = 0.1
"""Share of the frames that may be left out, for a missing joint, without a note."""

log = logging.getLogger(__name__)


def load_poses(spec: DatasetSpec) -> tuple[np.ndarray, Skeleton]:
    """Load the poses of all recordings that a GAN's parameters choose, each pose once.

    Args:
        spec: the data set and its filters; recordings of mode train, unless it names other modes.

    Returns:
        poses: [n_poses, n_joints, 3] float32, z up, the root above the origin, facing front;
            frames with a missing joint are left out.
        skeleton: the skeleton of the poses.

    Raises:
        SpecError: the specification does not fit the data set.
        DataError: files are missing or broken, or no complete pose is left.
    """
    return poses_of(load_dataset(spec, default_mode="train"), spec.type)


def load_training_poses(
    params: GanParams, without_held_out: bool = False
) -> tuple[np.ndarray, Skeleton]:
    """Load the poses that a GAN learns: of all its data sets, rare ones as often as it says.

    Args:
        params: the parameters of the GAN; its data sets, `rarity`, `more_weight` and `seed` matter.
        without_held_out: leave out the recordings that `split` holds out from a population.

    Returns:
        The poses and their skeleton, as `load_poses` returns them; with `rarity` or
        `more_weight` a pose occurs several times or not at all.

    Raises:
        SpecError: as `all_poses`, or a specification does not fit its data set.
        DataError: files are missing or broken, or no complete pose is left.
    """
    dataset = load_dataset(params.dataset, default_mode="train")
    poses = all_poses(params, split(dataset)[0] if without_held_out else dataset)
    return poses.drawn(params), poses.skeleton


class AllPoses(NamedTuple):
    """The poses of all data sets of a GAN, each once.

    Attributes:
        poses: [n_poses, n_joints, 3] the poses, as `load_poses` returns them.
        weight: [n_poses] how much each of them counts.
        skeleton: the skeleton of the poses.
    """

    poses: np.ndarray
    weight: np.ndarray
    skeleton: Skeleton

    def drawn(self, params: GanParams) -> np.ndarray:
        """The poses as often as a GAN learns them, [m, n_joints, 3].

        Args:
            params: the parameters of the GAN; its `rarity` and `seed` matter.
        """
        seed = stream(params.seed, Purpose.RARE_POSES)
        return self.poses[rows_by_rarity(self.poses, params.rarity, self.weight, seed)]


def all_poses(params: GanParams, dataset: Dataset) -> AllPoses:
    """The poses of a data set that is loaded, and of the further data sets of a GAN.

    Args:
        params: the parameters of the GAN; its data sets and its `more_weight` matter.
        dataset: the sequences of its first data set.

    Raises:
        SpecError: a further data set does not fit its specification, two differ in their skeleton,
            or the poses of one are not in subject heights where the parameters need that.
        DataError: files are missing or broken, or no complete pose is left.
    """
    spec = params.dataset
    poses, skeleton = poses_of(dataset, spec.type)
    parts = [poses]
    for other in params.more_datasets:
        with about("more_datasets"):
            poses, its_skeleton = load_poses(other)
            if its_skeleton != skeleton:
                raise SpecError(
                    f"the skeleton of {other.type!r} is {its_skeleton.id!r}, that of {spec.type!r} "
                    f"is {skeleton.id!r}: give both the same normalize_kwargs.skeleton_id"
                )
        parts.append(poses)
    needs_heights = params.proposal is not None or params.whiten
    for one, part in zip((spec, *params.more_datasets), parts, strict=True):
        _check_unit(one, part, needs_heights)
    poses = np.concatenate(parts)
    return AllPoses(poses, weights_of_poses(params, len(parts[0]), len(poses)), skeleton)


def weights_of_poses(params: GanParams, n_first: int, n: int) -> np.ndarray:
    """How much each of n poses counts, [n]: those of further data sets by `more_weight`.

    Args:
        params: the parameters of the GAN.
        n_first: number of the poses that belong to the first data set.
        n: number of all poses.
    """
    return np.repeat([1.0, params.more_weight], [n_first, n - n_first])


def poses_of(dataset: Dataset, name: str) -> tuple[np.ndarray, Skeleton]:
    """Collect the poses of all recordings of a data set, each pose once.

    Args:
        dataset: sequences by key; of several views of a recording one is used.
        name: the name of the data set, for the message of an error.

    Returns:
        The poses and their skeleton, as `load_poses` returns them.

    Raises:
        SpecError: the data set does not tell where the floor is.
        DataError: there is no complete pose.
    """
    skeleton = get_skeleton(dataset.attrs["skeleton_id"])
    if not all(s.attrs.get("has_floor", True) for s in dataset.values()):
        raise SpecError(
            f"data set {name!r} does not tell where the floor is, above which a GAN learns poses: "
            "train on another data set"
        )
    # Several cameras observe the same poses, which must not count once for each camera.
    arrays = [s["p3w"] for s in one_view_each(dataset).values()]
    with np.errstate(invalid="ignore", over="ignore"):  # Poses may hold infinity.
        parts = [normalized_poses(p3w, skeleton) for p3w in arrays]
        poses = np.concatenate(parts).astype(np.float32)
    poses = poses[np.isfinite(poses).all(axis=(1, 2))]
    if not len(poses):
        raise DataError(f"data set {name!r} has no complete pose to train on")
    _note_missing_joints(arrays, len(poses), name, skeleton)
    return poses, skeleton


def _note_missing_joints(
    arrays: Sequence[np.ndarray], n_kept: int, name: str, skeleton: Skeleton
) -> None:
    """Write a note where many frames of p3w [n_frames, n_joints, 3] are left out."""
    n_frames = sum(map(len, arrays))
    if n_frames - n_kept > LARGEST_LOSS * n_frames:
        n_missing = sum((~np.isfinite(p3w)).any(axis=-1).sum(axis=0) for p3w in arrays)
        worst = int(np.argmax(n_missing))
        note_once(
            log,
            f"{n_frames - n_kept} of {n_frames} frames of data set {name!r} lack a joint and are "
            f"left out: {skeleton.joints[worst]!r} is missing in {n_missing[worst]} frames",
        )


def _check_unit(spec: DatasetSpec, poses: np.ndarray, needs_heights: bool) -> None:
    """Compare the unit of poses [n_poses, n_joints, 3] with a subject's height.

    Proposal networks and whitening have constants in subject heights: for them, a unit that is far
    from it is a SpecError. Other GANs learn poses in any unit, which gets a note.
    """
    # A quantile rather than the mean or the maximum: most poses stand, some lie, a few are broken.
    extent = float(np.quantile(np.ptp(poses[..., 2], axis=1), 0.9))
    remedy = (
        "a joint is far off in the frame that gives a subject its height"
        if spec.normalize_kwargs.scale_to_height
        else "set normalize_kwargs.scale_to_height to true"
    )
    if needs_heights and not LEAST_EXTENT < extent < LARGEST_EXTENT:
        raise SpecError(
            f"the poses of data set {spec.type!r} are {extent:.3g} high, and proposal and whiten "
            f"need subject heights: {remedy}"
        )
    if extent > HIGHEST:
        log.warning(
            "note: the poses of data set %r are %.3g high, and an inference takes the unit of a "
            "GAN for the height of a subject: %s",
            spec.type,
            extent,
            remedy,
        )


def split(dataset: Dataset) -> tuple[Dataset, Dataset]:
    """Divide a data set into recordings to learn and recordings to judge by.

    Args:
        dataset: sequences by key.

    Returns:
        The recordings to learn, and, one in `HELD_OUT`, those that are held out; one view of each.

    Raises:
        DataError: there is only one recording.
    """
    recordings = one_view_each(dataset)
    if len(recordings) < 2:
        raise DataError("one recording is too few to hold one out: train without a population")
    # One recording in `HELD_OUT` is held out, or the last one of fewer recordings. A stride reaches
    # all subjects, since neighbouring recordings often show the same one.
    stride = min(HELD_OUT, len(recordings))
    keys = set(list(recordings)[stride - 1 :: stride])
    training, held_out = (
        Dataset({k: s for k, s in recordings.items() if (k in keys) == is_held_out}, dataset.attrs)
        for is_held_out in (False, True)
    )
    return training, held_out
