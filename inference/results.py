"""Writing results.hdf5 so that nothing that is finished can be lost.

One process at a time writes, under a lock. Finished sequences go into a copy of the file that then
takes its place, so the file is whole at every moment, and readers are never in the way. Copying
is not free: while it would take more than a small share of the run's time, finished sequences wait
in a journal beside the file, one small file each, and are folded in later, at the latest by the
next run.
"""

import importlib.metadata
import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import h5py
import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.evaluate.results import finished_keys
from human_pose_util.files import atomic, exclusive, lock_of

if TYPE_CHECKING:
    from gan import GanBuilder

SHARE_FOR_COPYING = 0.05
QUICK = 0.02  # seconds: a copy that takes no longer is always made


class ResultsWriter:
    """A context that writes the sequences of one inference run.

    Args:
        path: the results file; made if missing.
        inference_id: the run's group.
        attrs: attributes of the group.
        overwrite: forget what the group holds.

    Raises:
        DataError: another run writes to this file, or it is broken or cannot be written.
    """

    def __init__(
        self, path: Path, inference_id: str, attrs: Mapping[str, Any], overwrite: bool = False
    ):
        self._path, self._inference_id = Path(path), inference_id
        self._attrs, self._overwrite = dict(attrs), overwrite
        self._journal = self._path.with_name(f"{self._path.name}.journal")
        self._finished: set[str] = set()
        self._last_fold, self._fold_cost = time.monotonic(), 0.0
        self._stack = ExitStack()

    def __enter__(self) -> "ResultsWriter":
        if self._path.exists() and not os.access(self._path, os.W_OK):
            raise DataError(f"{self._path} is read-only: make it writable, or use --results")
        busy = f"{self._path}: another process is writing to this file; wait, or use --results"
        self._stack.enter_context(exclusive(lock_of(self._path), busy))
        try:
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

    def write(self, key: str, arrays: Mapping[str, Any], attrs: Mapping[str, Any]) -> None:
        """Save a finished sequence: from now on nothing can lose it.

        Raises:
            DataError: an array with a NaN, or a disk that is full. (A cost may be infinite.)
        """
        for name, values in arrays.items():
            if np.isnan(values).any():
                raise DataError(f"{key}: {name} has NaN values; nothing is saved")
        entry = self._journal / quote(self._inference_id, "") / f"{quote(key, '')}.hdf5"
        with atomic(entry) as temporary, h5py.File(temporary, "w") as file:
            for name, values in arrays.items():
                file[name] = values
            file.attrs.update(attrs)
        self._finished.add(key)
        idle = time.monotonic() - self._last_fold
        if self._fold_cost <= max(SHARE_FOR_COPYING * idle, QUICK):
            self._fold()

    def _prepare(self, file: h5py.File) -> None:
        if self._overwrite and self._inference_id in file:
            del file[self._inference_id]
        group = file.require_group(self._inference_id)
        group.attrs.update(self._attrs)

    def _fold(self, change=None) -> None:
        """Move the journal into the file, by way of a copy."""
        began = time.monotonic()
        if self._overwrite and change is not None:
            shutil.rmtree(self._journal / quote(self._inference_id, ""), ignore_errors=True)
        entries = sorted(self._journal.glob("*/*.hdf5"))
        if entries or change is not None:
            with atomic(self._path) as copy:
                if self._path.exists():
                    shutil.copyfile(self._path, copy)
                with _opened(copy, self._path) as file:
                    if change is not None:
                        change(file)
                    for entry in entries:
                        _copy_in(entry, file)
                    self._finished.update(finished_keys(file[self._inference_id]))
            shutil.rmtree(self._journal, ignore_errors=True)
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


def _opened(copy: Path, path: Path) -> h5py.File:
    try:
        return h5py.File(copy, "a" if copy.stat().st_size else "w")
    except OSError as error:
        raise DataError(
            f"{path} cannot be read as HDF5 ({error}): move it away, and run again"
        ) from error


def _copy_in(entry: Path, file: h5py.File) -> None:
    group = file.require_group(unquote(entry.parent.name))
    key = unquote(entry.stem)
    if key in group:
        del group[key]
    with h5py.File(entry, "r") as source:
        target = group.create_group(key)
        for name in source:
            source.copy(name, target)
        target.attrs.update(source.attrs)
