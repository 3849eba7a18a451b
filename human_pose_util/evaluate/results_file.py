"""The file of inferred poses, and what is in it while an inference writes to it.

A results file is HDF5: a group for each inference run, in it a group for each finished sequence.
An inference that is running puts finished sequences into small files of the same layout first,
the journal, and moves them into the results file now and then.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from human_pose_util.errors import DataError
from human_pose_util.files import exclusive, lock_of
from human_pose_util.files.reading import check_file

if TYPE_CHECKING:
    import h5py

POSES = "/p3w"
"""What the name of a finished sequence's poses has after the key of the sequence."""


class ResultsError(DataError):
    """Results of an inference run that are missing or outdated, so that it must run (again).

    Args:
        message: what is missing or outdated.
        outdated: whether stored results must be replaced; False if they only must be completed.
    """

    def __init__(self, message: str, outdated: bool = False):
        super().__init__(message)
        self.outdated = outdated


def exclusively(path: str | Path, patience: float = 0.0) -> AbstractContextManager[None]:
    """A context in which this process alone writes to a results file.

    Args:
        path: the results file; it need not exist.
        patience: seconds to wait for another process.

    Raises:
        DataError: another process writes to it for longer, or the lock file cannot be written.
    """
    busy = f"{path}: another process is writing to this file; wait, or use another (`results`)"
    return exclusive(lock_of(path), busy, patience, "use another file (`results`)")


def journal_of(path: str | Path) -> Path:
    """The folder beside a results file that holds its journal."""
    path = Path(path)
    return path.with_name(f"{path.name}.journal")


def journal_files(path: str | Path) -> list[Path]:
    """The files in the journal of a results file, oldest first."""
    return sorted(journal_of(path).glob("[!.]*.hdf5"))


def group_attrs(path: str | Path, inference_id: str) -> dict[str, Any] | None:
    """Read the attributes of an inference run as a whole.

    Args:
        path: results file.
        inference_id: id of the run.

    Returns:
        The attributes of the run's group; None if there is no such file or group.

    Raises:
        DataError: the file is broken.
    """
    try:
        with _open(path) as file:
            return dict(file[inference_id].attrs) if inference_id in file else None
    except FileNotFoundError:
        return None


def group_names(path: str | Path) -> list[str]:
    """The names of the groups of a results file, in order; none if there is no such file.

    Args:
        path: results file.

    Raises:
        DataError: the file is broken.
    """
    try:
        with _open(path) as file:
            return list(file)
    except FileNotFoundError:
        return []


def finished_keys(group: "h5py.Group") -> list[str]:
    """Keys of the finished sequences in the group of an inference run, at any depth."""
    names: list[str] = []
    group.visit(names.append)  # visits each group once, even if a damaged group contains itself
    return [name.removesuffix(POSES) for name in names if name.endswith(POSES)]


def visit_run(path: str | Path, inference_id: str, visit: Callable[["h5py.Group"], None]) -> None:
    """Call a function with the run's group in each journal file and in the results file.

    The journal comes first: a sequence that is moved meanwhile is then met twice, not missed.

    Args:
        path: results file.
        inference_id: id of the run, which is the name of its group in the file.
        visit: the function; the group is open only during the call.

    Raises:
        ResultsError: there is no such file, or no such group in it.
        DataError: a file is broken.
    """
    for entry in journal_files(path):
        with suppress(FileNotFoundError), _open(entry) as file:
            if inference_id in file:
                visit(file[inference_id])
    with run_group(path, inference_id) as group:
        visit(group)


@contextmanager
def run_group(path: str | Path, inference_id: str) -> Iterator["h5py.Group"]:
    """The group of an inference run in an open results file.

    Args:
        path: results file.
        inference_id: id of the run, which is the name of its group in the file.

    Raises:
        ResultsError: there is no such file, or no such group in it.
        DataError: the file is broken.
    """
    try:
        with _open(path) as file:
            if inference_id not in file:
                stored_ids = ", ".join(file) or "none"
                raise ResultsError(
                    f"{path}: no results yet for {inference_id!r} (it has: {stored_ids})"
                )
            group = file[inference_id]
            if not hasattr(group, "visit"):
                raise DataError(f"{path}: {inference_id!r} is no group: move the file away")
            yield group
    except FileNotFoundError:
        raise ResultsError(f"{path}: no results yet for {inference_id!r}") from None


@contextmanager
def _open(path: str | Path) -> Iterator["h5py.File"]:
    """An open HDF5 file. An error while it is open counts as damage to the file.

    Raises FileNotFoundError for a missing file, and DataError for any other problem.
    """
    import h5py

    if not os.path.exists(path):  # unlike Path.exists, False for a name that is too long
        raise FileNotFoundError(path)
    check_file(path)
    try:
        try:
            file = h5py.File(path, "r")
        except BlockingIOError:  # a writer holds the lock; finished sequences are readable anyway
            file = h5py.File(path, "r", locking=False)
        with file:
            yield file
    except (DataError, FileNotFoundError):
        raise
    except Exception as error:  # damage to an HDF5 file shows as almost any error
        raise DataError(
            f"{path} cannot be read as HDF5 ({error}): restore it from a copy, or move it away and "
            "infer again"
        ) from error
