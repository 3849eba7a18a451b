"""Reading inferred poses from a results file, also while an inference writes to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.camera import camera_moves
from human_pose_util.dataset.stored_sequence import check_arrays
from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_file import (
    POSES,
    ResultsError,
    finished_keys,
    run_group,
    visit_run,
)

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True)
class InferredSequence:
    """One inferred sequence.

    Attributes:
        p3w: [n_frames, n_joints, 3] poses in the coordinate frame `frame`, in the unit in which
            they are stored.
        space_scale: factor that turns the unit of the poses into mm.
        skeleton_id: id of the skeleton of the poses.
        attrs: all attributes of the sequence's HDF5 group.
        n_hypotheses: number of hypotheses that are stored beside the poses.
    """

    p3w: np.ndarray
    space_scale: float
    skeleton_id: str
    attrs: Mapping[str, Any]
    n_hypotheses: int = 0

    @property
    def intrinsics(self) -> dict[str, Any]:
        """`f` and `c` that the inference used or found, in the unit of its sequence, if stored."""
        return {name: self.attrs[name] for name in ("f", "c") if name in self.attrs}

    def is_still(self, attrs: Mapping[str, Any]) -> bool:
        """Whether the frame of the poses does not move: the world's, or that of a standing camera.

        Args:
            attrs: attributes of the sequence of the data set.
        """
        return self.frame == "world" or not camera_moves(attrs)

    @property
    def frame(self) -> str:
        """Coordinate frame of the poses: "world", or "camera" if the extrinsics were unknown."""
        return str(self.attrs.get("frame", "world"))


@dataclass(frozen=True)
class Inferences:
    """The state of an inference run.

    Attributes:
        finished: key → inferred sequence.
        missing: keys of the sequences that are not finished.
        unknown: keys of finished sequences that the run's parameters do not ask for.
    """

    finished: dict[str, InferredSequence]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def require_inferences(path: str | Path, inference_id: str) -> None:
    """Check that there are results of an inference run, which is faster than to read a data set.

    Args:
        path: results file.
        inference_id: id of the run.

    Raises:
        ResultsError: there is no such file, or no such group in it.
        DataError: the file is broken.
    """
    with run_group(path, inference_id):
        pass


def read_inferences(
    path: str | Path, inference_id: str, keys: Iterable[str] | None = None
) -> Inferences:
    """Read the finished sequences of an inference run, those in the journal included.

    The files are open only during the call.

    Args:
        path: results file.
        inference_id: id of the run, which is the name of its group in the file.
        keys: keys of the sequences that the run is to infer; by default all that are finished.

    Returns:
        The finished sequences, and the keys of missing and unknown sequences.

    Raises:
        ResultsError: there is no such file, no such group in it, or no sequence is finished.
        DataError: a file is broken.
    """
    keys = None if keys is None else list(keys)
    finished: dict[str, InferredSequence] = {}
    stored_keys: set[str] = set()

    def read(group: "h5py.Group") -> None:
        in_group = finished_keys(group)
        stored_keys.update(in_group)
        for key in in_group if keys is None else keys:
            if key not in finished and (sequence := _read_sequence(group, key)) is not None:
                finished[key] = sequence

    visit_run(path, inference_id, read)
    if not finished:
        others = f"; its {len(stored_keys)} finished sequences are others" if stored_keys else ""
        problem = f"no sequence of {inference_id!r} is finished yet{others}"
        raise ResultsError(f"{path}: {problem}")
    asked = finished if keys is None else keys
    missing = tuple(key for key in asked if key not in finished)
    return Inferences(finished, missing, tuple(sorted(stored_keys - set(asked))))


def read_hypotheses(path: str | Path, inference_id: str, key: str) -> np.ndarray | None:
    """Read the other poses that an inference run stored beside the inferred ones of a sequence.

    Args:
        path: results file.
        inference_id: id of the run, which is the name of its group in the file.
        key: key of a finished sequence.

    Returns:
        [k, n_frames, n_joints, 3] poses of k hypotheses, in the coordinate frame and the unit of
        the inferred poses; None if the run stored none.

    Raises:
        ResultsError: there is no such file or group, or the sequence is not finished.
        DataError: a file is broken.
    """
    return _read_beside_poses(path, inference_id, key, "hypotheses_p3w", 1, slice(None))


def read_deviations(path: str | Path, inference_id: str, key: str) -> np.ndarray | None:
    """Read how sure the poses of a sequence are.

    Args:
        path: results file.
        inference_id: id of the run, which is the name of its group in the file.
        key: key of a finished sequence.

    Returns:
        [n_frames, n_joints] standard deviations of the joints after alignment, in the unit of the
        inferred poses; None if the run stored none.

    Raises:
        ResultsError: there is no such file or group, or the sequence is not finished.
        DataError: a file is broken.
    """
    return _read_beside_poses(path, inference_id, key, "aligned_std", 0, slice(2))


def _read_sequence(group: "h5py.Group", key: str) -> InferredSequence | None:
    """One sequence in the group of a run; None if it is not finished."""
    try:
        sequence = group.get(key)
        if sequence is None or "p3w" not in sequence:
            return None
        attrs, poses = dict(sequence.attrs), sequence["p3w"]
        check_arrays({"p3w": poses}, key)
        space_scale = float(attrs["space_scale"])
        if not 0 < space_scale < np.inf:
            raise ValueError(f"space_scale is {space_scale}")
        n_hypotheses = len(sequence["hypotheses_p3w"]) if "hypotheses_p3w" in sequence else 0
        skeleton_id = str(attrs["skeleton_id"])
        return InferredSequence(poses[()], space_scale, skeleton_id, attrs, n_hypotheses)
    except Exception as error:  # damage to an HDF5 file shows as almost any error
        raise ResultsError(
            f"{group.file.filename}: {group.name}/{key} cannot be read ({error}): if an "
            "inference is running, try again in a moment; otherwise the sequence must be "
            "inferred again",
            outdated=True,
        ) from error


def _read_beside_poses(
    path: str | Path, inference_id: str, key: str, name: str, n_leading: int, axes: slice
) -> np.ndarray | None:
    """Read an array that a run may store beside the poses of a sequence.

    Args:
        path: results file.
        inference_id: id of the run.
        key: key of a finished sequence.
        name: name of the array.
        n_leading: number of axes, of any length, before those that the array shares with the poses.
        axes: the axes of the poses [n_frames, n_joints, 3] that the array shares.

    Returns:
        The array; None if the run stored none.
    """
    arrays: dict[str, np.ndarray | None] = {}

    def read(group: "h5py.Group") -> None:
        if key not in arrays and f"{key}{POSES}" in group:
            arrays[key] = _read_array(group[key], name, n_leading, axes)

    visit_run(path, inference_id, read)
    if key not in arrays:
        raise ResultsError(f"{path}: sequence {key!r} of {inference_id!r} is not finished")
    return arrays[key]


def _read_array(
    sequence: "h5py.Group", name: str, n_leading: int, axes: slice
) -> np.ndarray | None:
    """An array in the group of a sequence, as `_read_beside_poses` has it; None without it."""
    stored = sequence.get(name)
    if stored is None:
        return None
    shape, expected = getattr(stored, "shape", ()), sequence["p3w"].shape[axes]
    is_whole = len(shape) == n_leading + len(expected) and shape[n_leading:] == expected
    if not is_whole or stored.dtype.kind != "f":
        wanted = ", ".join(["k"] * n_leading + [str(n) for n in expected])
        raise DataError(
            f"{sequence.file.filename}: {stored.name} has shape {shape}, expected ({wanted})"
        )
    return stored[()]
