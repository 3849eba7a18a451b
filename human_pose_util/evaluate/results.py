"""Reading inferred poses from a results file, also while an inference writes to it."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.dataset.hdf5 import check_arrays
from human_pose_util.errors import DataError
from human_pose_util.sources import check_file

if TYPE_CHECKING:
    import h5py

_POSES = "/p3w"


@dataclass(frozen=True)
class Inferred:
    """One inferred sequence.

    Attributes:
        p3w: (n_frames, n_joints, 3) poses in their `frame`, as stored.
        space_scale: multiply by it for mm.
        skeleton_id: skeleton of the poses.
        attrs: every attribute of its group.
    """

    p3w: np.ndarray
    space_scale: float
    skeleton_id: str
    attrs: Mapping[str, Any]

    @property
    def frame(self) -> str:
        """That of the poses: "world", or "camera" where the camera's place was not known."""
        return str(self.attrs.get("frame", "world"))


@dataclass(frozen=True)
class Inferences:
    """What there is of an inference run.

    Attributes:
        finished: key → inferred sequence.
        missing: keys that are not finished.
        unknown: keys of finished sequences that were not asked for.
    """

    finished: dict[str, Inferred]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def require_inferences(path: str | Path, inference_id: str) -> None:
    """Check that there are results of an inference run; cheaper than reading a data set first.

    Raises:
        DataError: no such file or group yet, or the file is broken.
    """
    with _group(path, inference_id):
        pass


def read_inferences(path: str | Path, inference_id: str, keys: Iterable[str]) -> Inferences:
    """The sequences of an inference run; the file is open only while this reads.

    Args:
        path: results file.
        inference_id: the run, a group of it.
        keys: the sequences that the run is to infer.

    Raises:
        DataError: no such file or group yet, nothing finished in it, or something is broken.
    """
    keys = list(keys)
    with _group(path, inference_id) as group:
        sequences = {key: _read_inferred(group, key) for key in keys}
        unknown = sorted(set(finished_keys(group)) - set(keys))
    finished = {key: s for key, s in sequences.items() if s is not None}
    if not finished:
        raise DataError(
            f"{path}: no sequence of {inference_id!r} is finished yet: {_hint(inference_id)}"
        )
    missing = tuple(key for key in keys if key not in finished)
    return Inferences(finished, missing, tuple(unknown))


def _read_inferred(group: "h5py.Group", key: str) -> Inferred | None:
    """One sequence; None where it is not finished."""
    try:
        sequence = group.get(key)
        if sequence is None or "p3w" not in sequence:
            return None
        attrs, stored = dict(sequence.attrs), {"p3w": sequence["p3w"]}
        check_arrays(stored, key)
        inferred = Inferred(
            stored["p3w"][()], float(attrs["space_scale"]), str(attrs["skeleton_id"]), attrs
        )
        if not 0 < inferred.space_scale < np.inf:
            raise ValueError(f"space_scale is {inferred.space_scale}")
        return inferred
    except Exception as error:  # damage shows as almost any error
        raise DataError(
            f"{group.file.filename}: {group.name}/{key} cannot be read ({error}): if an "
            "inference is running, try again in a moment; otherwise infer it again with "
            f"`python generate_inferences.py {group.name[1:]} -o`"
        ) from error


def finished_keys(group: "h5py.Group") -> list[str]:
    """Keys of the finished sequences of an inference run, at any depth."""
    names: list[str] = []
    group.visit(names.append)  # every group once, even if a damaged one holds itself
    return [name.removesuffix(_POSES) for name in names if name.endswith(_POSES)]


@contextmanager
def _group(path: str | Path, inference_id: str) -> Iterator["h5py.Group"]:
    """An inference run's group, open; what fails meanwhile is the file's damage."""
    if not os.path.lexists(path):
        raise DataError(f"{path}: no results yet for {inference_id!r}: {_hint(inference_id)}")
    check_file(path)
    try:
        with _opened(path) as file:
            if inference_id not in file:
                others = ", ".join(file) or "none"
                raise DataError(
                    f"{path}: no results yet for {inference_id!r} (it has: {others}): "
                    f"{_hint(inference_id)}"
                )
            group = file[inference_id]
            if not hasattr(group, "visit"):
                raise DataError(f"{path}: {inference_id!r} is no group: move the file away")
            yield group
    except DataError:
        raise
    except Exception as error:  # damage shows as almost any error
        raise DataError(f"{path} cannot be read as HDF5: {error}") from error


def _opened(path: str | Path) -> "h5py.File":
    import h5py

    try:
        return h5py.File(path, "r")
    except BlockingIOError:  # an inference holds the lock: what is finished can be read anyway
        return h5py.File(path, "r", locking=False)


def _hint(inference_id: str) -> str:
    return f"run `python generate_inferences.py {inference_id}`"
