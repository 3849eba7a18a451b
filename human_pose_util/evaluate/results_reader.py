"""Reading inferred poses from a results file, also while an inference writes to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.dataset.hdf5 import check_arrays
from human_pose_util.errors import DataError
from human_pose_util.files.reading import check_file

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


def journal_of(path: str | Path) -> Path:
    """The folder beside a results file in which finished sequences wait to be moved into it."""
    path = Path(path)
    return path.with_name(f"{path.name}.journal")


def waiting(path: str | Path) -> list[Path]:
    """The files of a journal, small ones of the results file's own layout, oldest first."""
    return sorted(journal_of(path).glob("[!.]*.hdf5"))


def require_inferences(path: str | Path, inference_id: str) -> None:
    """Check that there are results of an inference run; cheaper than reading a data set first.

    Raises:
        DataError: no such file or group yet, or the file is broken.
    """
    with _results_of(path, inference_id):
        pass


def read_inferences(path: str | Path, inference_id: str, keys: Iterable[str]) -> Inferences:
    """The sequences of an inference run, those that are still in the journal among them.

    Files are open only while this reads.

    Args:
        path: results file.
        inference_id: the run, a group of it.
        keys: the sequences that the run is to infer.

    Raises:
        DataError: no such file or group yet, nothing finished in it, or something is broken.
    """
    keys = list(keys)
    finished: dict[str, Inferred] = {}
    known: set[str] = set()
    _visit(path, inference_id, lambda group: _read_group(group, keys, finished, known))
    if not finished:
        raise DataError(
            f"{path}: no sequence of {inference_id!r} is finished yet: {_hint(inference_id)}"
        )
    missing = tuple(key for key in keys if key not in finished)
    return Inferences(finished, missing, tuple(sorted(known - set(keys))))


def read_hypotheses(path: str | Path, inference_id: str, key: str) -> np.ndarray | None:
    """Other poses that fitted a finished sequence, None where the run kept none.

    Args:
        path: results file.
        inference_id: the run, a group of it.
        key: of a finished sequence.

    Returns:
        (k, n_frames, n_joints, 3) poses in the frame and the units of the sequence's.

    Raises:
        DataError: no such file, group or sequence, or something is broken.
    """
    found = {}

    def look(group: "h5py.Group") -> None:
        if key not in found and f"{key}{_POSES}" in group:
            found[key] = _hypotheses_in(group[key])

    _visit(path, inference_id, look)
    if key not in found:
        raise DataError(f"{path}: sequence {key!r} of {inference_id!r} is not finished")
    return found[key]


def _hypotheses_in(sequence: "h5py.Group") -> np.ndarray | None:
    stored = sequence.get("hypotheses_p3w")
    if stored is None:
        return None
    shape, expected = getattr(stored, "shape", ()), sequence["p3w"].shape
    if shape[1:] != expected or stored.dtype.kind != "f":
        raise DataError(
            f"{sequence.file.filename}: {stored.name} has shape {shape}, expected (k, *{expected})"
        )
    return stored[()]


def group_attrs(path: str | Path, inference_id: str) -> dict[str, Any] | None:
    """What a results file says of a run as a whole; None where there is no such file or run.

    Raises:
        DataError: the file is broken.
    """
    try:
        with _opened(path) as file:
            return dict(file[inference_id].attrs) if inference_id in file else None
    except FileNotFoundError:
        return None


def _read_group(
    group: "h5py.Group", keys: Iterable[str], finished: dict[str, Inferred], known: set[str]
) -> None:
    """Add what a group has of `keys`, unless it is there already, and the keys it has."""
    known.update(finished_keys(group))
    for key in keys:
        if key not in finished and (sequence := _read_inferred(group, key)) is not None:
            finished[key] = sequence


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


def _visit(path: str | Path, inference_id: str, visit: Callable[["h5py.Group"], None]) -> None:
    """Show a run's groups, in the journal and in the results file, each while it is open.

    The journal first: what moves meanwhile is then met twice, and not never.
    """
    for entry in waiting(path):
        with suppress(FileNotFoundError), _opened(entry) as file:
            if inference_id in file:
                visit(file[inference_id])
    with _results_of(path, inference_id) as group:
        visit(group)


@contextmanager
def _results_of(path: str | Path, inference_id: str) -> Iterator["h5py.Group"]:
    """An inference run's group, open."""
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
    except FileNotFoundError:
        raise DataError(
            f"{path}: no results yet for {inference_id!r}: {_hint(inference_id)}"
        ) from None


@contextmanager
def _opened(path: str | Path) -> Iterator["h5py.File"]:
    """A file, open; what fails meanwhile is its damage. Raises FileNotFoundError."""
    import h5py

    if not Path(path).exists():
        raise FileNotFoundError(path)
    check_file(path)
    try:
        try:
            file = h5py.File(path, "r")
        except BlockingIOError:  # somebody holds the lock: what is finished can be read anyway
            file = h5py.File(path, "r", locking=False)
        with file:
            yield file
    except (DataError, FileNotFoundError):
        raise
    except Exception as error:  # damage shows as almost any error
        raise DataError(f"{path} cannot be read as HDF5: {error}") from error


def _hint(inference_id: str) -> str:
    return f"run `python generate_inferences.py {inference_id}`"
