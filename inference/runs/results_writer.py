"""Writing results.hdf5 so that nothing that is finished can be lost.

One process at a time writes, under a lock. Finished sequences go into a copy of the file that then
takes its place, so the file is whole at every moment, and readers are never in the way. Copying
is not free: while it would take more than a small share of the run's time, finished sequences wait
in a journal beside the file, in small files of the same layout, and are moved in later, at the
latest by the next run. Readers look there too.
"""

import errno
import importlib.metadata
import io
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_reader import finished_keys, journal_of, waiting
from human_pose_util.files import atomic, exclusive, lock_of, remove_temporary

if TYPE_CHECKING:
    from gan import GanBuilder

SHARE_FOR_COPYING = 0.05
QUICK = 0.02  # seconds: a copy that takes no longer is always made
DECISIVE = ("inference_params", "gan_params", "checkpoint_step")
"""Attributes of a run without which poses would have been others."""

LIBVER = ("v108", "latest")
"""HDF5's format with checksums: three times fewer files with a flipped byte are read wrongly, and
none of thousands crashed the library. Every HDF5 from 1.8 on reads it."""

ROOM = 2**20  # bytes that HDF5 may need beyond what it is given
_BROKEN = (OSError, KeyError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Entry:
    """What is stored of a finished sequence.

    Attributes:
        arrays: data sets by name.
        attrs: attributes.

    Raises:
        DataError: a value is NaN, or a pose is not finite. (A cost may be infinite.)
    """

    arrays: Mapping[str, np.ndarray]
    attrs: Mapping[str, Any]

    def __post_init__(self):
        for name, values in {**self.arrays, **self.attrs}.items():
            values = np.asarray(values)
            if values.dtype.kind != "f":
                continue
            if np.isnan(values).any() or (name == "p3w" and not np.isfinite(values).all()):
                raise DataError(f"{name} has values that are not finite; nothing is saved")


class ResultsWriter:
    """A context that writes the sequences of one inference run.

    Args:
        path: the results file; made if missing.
        inference_id: the run's group.
        attrs: attributes of the group.
        overwrite: forget what the group holds.

    Attributes:
        notes: what the user should know of what was finished before.

    Raises:
        DataError: another run writes to this file, or it is broken or cannot be written.
    """

    def __init__(
        self, path: Path, inference_id: str, attrs: Mapping[str, Any], overwrite: bool = False
    ):
        self._path, self._inference_id = Path(path).resolve(), inference_id  # a link stays one
        self._attrs, self._overwrite = dict(attrs), overwrite
        self._finished: set[str] = set()
        self._written = 0
        self.notes: list[str] = []
        self._last_fold, self._fold_cost = time.monotonic(), 0.0
        self._stack = ExitStack()

    def __enter__(self) -> "ResultsWriter":
        if self._path.exists() and not _is_writable(self._path):
            raise DataError(f"{self._path} is read-only: make it writable, or use --results")
        busy = f"{self._path}: another process is writing to this file; wait, or use --results"
        self._stack.enter_context(exclusive(lock_of(self._path), busy))
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

        Raises:
            DataError: the disk is full.
        """
        self._written += 1
        name = f"{time.time_ns():020d}-{self._written:06d}.hdf5"
        with atomic(journal_of(self._path) / name) as temporary:
            temporary.write_bytes(_as_hdf5(self._inference_id, entries))
        self._finished.update(entries)
        idle = time.monotonic() - self._last_fold
        if self._fold_cost <= max(SHARE_FOR_COPYING * idle, QUICK):
            with suppress(DataError):  # no room for a copy now: they wait where they are
                self._fold()

    def _prepare(self, file: h5py.File) -> None:
        if self._overwrite and self._inference_id in file:
            del file[self._inference_id]
        group = file.require_group(self._inference_id)
        changed = [n for n in DECISIVE if str(group.attrs.get(n)) != str(self._attrs.get(n))]
        if changed and finished_keys(group):
            self.notes.append(
                f"note: what is finished was made with another {', '.join(changed)}: -o starts anew"
            )
        group.attrs.update(self._attrs)

    def _fold(self, change=None) -> None:
        """Move the journal into the file, by way of a copy."""
        began, journal = time.monotonic(), waiting(self._path)
        try:
            if journal or change is not None:
                with atomic(self._path) as copy:
                    if self._path.exists():
                        shutil.copyfile(self._path, copy)
                    _require_room(copy, sum(entry.stat().st_size for entry in journal))
                    with _opened(copy, self._path) as file:
                        for entry in journal:
                            _copy_in(entry, file)
                        if change is not None:
                            change(file)
                        self._finished.update(finished_keys(file[self._inference_id]))
                shutil.rmtree(journal_of(self._path), ignore_errors=True)
        finally:
            self._last_fold, self._fold_cost = time.monotonic(), time.monotonic() - began


def made_by(gan: "GanBuilder") -> dict[str, Any]:
    """What a group's attributes say of the GAN and the packages that made it, and when."""
    packages = ("tensorflow", "numpy", "scipy", "h5py")
    return {
        "gan_params": as_json(gan.params.model_dump()),
        "gan_id": gan.gan_id,
        "checkpoint_step": gan.step,
        "versions": as_json({name: importlib.metadata.version(name) for name in packages}),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def as_json(value: Any) -> str:
    """A value as the JSON text that an attribute holds."""
    return json.dumps(value, indent=1)


def _is_writable(path: Path) -> bool:
    """Whether the file says so: whose process is the superuser's is allowed everything."""
    return os.access(path, os.W_OK) and bool(path.stat().st_mode & 0o222)


def _as_hdf5(inference_id: str, entries: Mapping[str, Entry]) -> bytes:
    """A results file. It is made in memory, for HDF5 does not survive a disk that is full."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=LIBVER) as file:
        for key, entry in entries.items():
            group = file.create_group(f"{inference_id}/{key}")
            for name, values in entry.arrays.items():
                group[name] = values
            group.attrs.update(entry.attrs)
    return buffer.getvalue()


def _require_room(copy: Path, n_bytes: int) -> None:
    """Raise OSError where HDF5 would run out of room, which it does not survive."""
    if shutil.disk_usage(copy.parent).free < n_bytes + ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def _opened(copy: Path, path: Path) -> Iterator[h5py.File]:
    try:
        with h5py.File(copy, "a" if copy.stat().st_size else "w", libver=LIBVER) as file:
            yield file
    except _BROKEN as error:
        raise DataError(
            f"{path} cannot be read as HDF5 ({error}): move it away, and run again"
        ) from error


def _copy_in(entry: Path, file: h5py.File) -> None:
    """Copy the sequences of a journal's file, whatever run they are of."""
    try:
        with h5py.File(entry, "r") as source:
            for key in finished_keys(source):
                if key in file:
                    del file[key]
                source.copy(source[key], file, name=key)
    except _BROKEN as error:
        raise DataError(
            f"{entry} cannot be read as HDF5 ({error}): remove it, and run again"
        ) from error
