"""Writing results.hdf5 so that no finished sequence can be lost.

One process at a time writes, under a lock. Finished sequences go into a copy of the file that then
replaces it, so the file is whole at every moment, and readers never wait. Copying has a price:
while it would take more than a small share of the run's time, finished sequences wait in a journal
beside the file, in small files of the same layout, and are moved in later, at the latest by the
next run. Readers look into the journal too.
"""

import io
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py

from human_pose_util.errors import DataError
from human_pose_util.evaluate.provenance import several_of
from human_pose_util.evaluate.results_file import (
    exclusively,
    finished_keys,
    journal_files,
    journal_of,
)
from human_pose_util.files import atomic, remove_temporary
from human_pose_util.files.writing import require_room
from inference.runs.entry import BROKEN, LIBVER, Entry, as_hdf5, copy_in, is_whole

COPYING_SHARE = 0.05
"""Largest share of a run's time that copying the results file may take."""

QUICK_COPY = 0.02
"""Duration of a copy [s] up to which it is made whatever its share of the time."""


RESERVE = 2**20
"""Bytes that HDF5 may need beyond the size of what it stores."""


class ResultsWriter:
    """A context that writes the sequences of one inference run.

    Args:
        path: the results file; the context creates it where it is missing.
        inference_id: the run, whose group has this name.
        attrs: attributes of the group.
        overwrite: remove what the group holds, as soon as there is something in its place: the
            first sequences replace it. Where the context ends without any, the group stays.
        patience: seconds to wait while another process writes to the file.

    Attributes:
        notes: what the user should know about the sequences that were finished before.

    Raises:
        DataError: another process writes to this file, or it is broken or cannot be written.
    """

    def __init__(
        self,
        path: Path,
        inference_id: str,
        attrs: Mapping[str, Any],
        overwrite: bool = False,
        patience: float = 0.0,
    ):
        # The file behind a link is replaced, and the link stays one.
        self._path, self._inference_id = Path(path).resolve(), inference_id
        self._attrs, self._overwrite, self._patience = dict(attrs), overwrite, patience
        self._replaces = False  # whether the group holds what is still to be removed
        self._finished: set[str] = set()
        self._n_writes = 0
        self.notes: list[str] = []
        self._last_fold, self._fold_seconds = time.monotonic(), 0.0
        self._stack = ExitStack()

    def __enter__(self) -> "ResultsWriter":
        if self._path.exists() and not _is_writable(self._path):
            raise DataError(f"{self._path} is read-only: make it writable, or use --results")
        self._stack.enter_context(exclusively(self._path, self._patience))
        try:
            remove_temporary(self._path.parent, re.escape(self._path.name))
            self._fold(self._prepare)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *error) -> None:
        try:
            self._fold()
        finally:
            self._stack.close()

    def __contains__(self, key: str) -> bool:
        """Whether a sequence is finished."""
        return key in self._finished

    def write(self, entries: Mapping[str, Entry]) -> None:
        """Save finished sequences, all of them or none: from now on nothing can lose them.

        Args:
            entries: the sequences by key.

        Raises:
            DataError: the disk is full.
        """
        stored = as_hdf5(self._inference_id, entries, self._attrs)
        if self._replaces:
            # One copy removes the former sequences and has the new ones.
            self._fold(lambda file: self._replace(file, stored), len(stored))
            self._replaces = False
            self._finished.update(entries)
            return
        self._n_writes += 1
        # Names sort by time, so that of two results of a sequence the later one is moved in last.
        name = f"{time.time_ns():020d}-{self._n_writes:06d}.hdf5"
        with atomic(journal_of(self._path) / name) as temporary:
            temporary.write_bytes(stored)
        self._finished.update(entries)
        # The next copy will take about as long as the last one took.
        since_fold = time.monotonic() - self._last_fold
        if self._fold_seconds <= max(COPYING_SHARE * since_fold, QUICK_COPY):
            with suppress(DataError):  # no room for a copy now: the journal keeps the sequences
                self._fold()

    def _prepare(self, file: h5py.File) -> None:
        """Bring the run's group into its first state, in the copy that will replace the file.

        The attributes of a group that has finished sequences are those that made them. They change
        as soon as another sequence is finished.
        """
        self._replaces = self._overwrite and self._inference_id in file
        if self._replaces:
            return
        if isinstance(file.get(self._inference_id), h5py.Dataset):
            raise DataError(f"{self._path}: {self._inference_id!r} is no group: move the file away")
        group = file.require_group(self._inference_id)
        if not finished_keys(group):
            group.attrs.update(self._attrs)
        elif several := several_of(group, self._attrs):
            self.notes.append(
                f"note: some finished sequences were made with another {', '.join(several)}: "
                "-o starts anew"
            )

    def _replace(self, file: h5py.File, stored: bytes) -> None:
        """Put sequences, a results file in memory, in the place of what the run's group holds."""
        del file[self._inference_id]
        file.create_group(self._inference_id).attrs.update(self._attrs)
        copy_in(io.BytesIO(stored), file)

    def _fold(self, change: Callable[[h5py.File], None] | None = None, n_bytes: int = 0) -> None:
        """Move the journal into the file, by way of a copy, and apply a change to the copy.

        Args:
            change: the change; None for none.
            n_bytes: what it adds to the file.
        """
        began, journal = time.monotonic(), journal_files(self._path)
        try:
            if journal or change is not None:
                with atomic(self._path) as copy:
                    if self._path.exists():
                        shutil.copyfile(self._path, copy)
                    # HDF5 does not survive a disk that is full.
                    n_moved = sum(file.stat().st_size for file in journal)
                    require_room(copy, n_moved + n_bytes + RESERVE)
                    with _open(copy, self._path) as file:
                        for part in journal:
                            copy_in(part, file)
                        if change is not None:
                            change(file)
                        if not self._replaces:
                            self._finished.update(finished_keys(file[self._inference_id]))
                # The copy has replaced the file. A journal that stays here, because the process
                # ends now, is moved in again by the next run, which changes nothing.
                shutil.rmtree(journal_of(self._path), ignore_errors=True)
        finally:
            self._last_fold = time.monotonic()
            self._fold_seconds = self._last_fold - began


def _is_writable(path: Path) -> bool:
    """Whether the file's mode permits writing: the superuser could write to any file."""
    return os.access(path, os.W_OK) and bool(path.stat().st_mode & 0o222)


@contextmanager
def _open(copy: Path, path: Path) -> Iterator[h5py.File]:
    """The copy of a results file, open for changes; errors name the file itself."""
    try:
        with h5py.File(copy, "a" if copy.stat().st_size else "w", libver=LIBVER) as file:
            yield file
    except BROKEN as error:
        # A limit of the disk ends in the same errors as damage. Then the file itself is whole.
        if not path.exists() or is_whole(path):
            problem = f"{path} cannot be written ({error}): the file is as it was"
            if journal_files(path):
                problem += f", and the next run moves in what is finished in {journal_of(path)}"
            raise DataError(problem) from error
        raise DataError(
            f"{path} cannot be read as HDF5 ({error}): move it away, and run again"
        ) from error
