"""Checkpoints: one `.npz` file each, with the weights, the optimisers' state and the parameters.

Files are written atomically and read without pickle. A folder keeps the newest few.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files import atomic, remove_temporary
from human_pose_util.files.npz import read_arrays

KEPT = 5
"""How many checkpoints a folder keeps."""

Arrays = Mapping[str, np.ndarray]
"""Variables by name."""

_NAME = re.compile(r"step-(\d+)\.npz")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that is read.

    Attributes:
        path: the file.
        meta: what it says about itself (`GanBuilder.save_checkpoint`).
        arrays: variables by name.
    """

    path: Path
    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def step(self) -> int:
        """The training step at which it was written."""
        return self.meta["step"]

    def refused(self, problem: str) -> DataError:
        """The error that this version of the project cannot use the checkpoint.

        Args:
            problem: what the checkpoint has or lacks, which follows the name of its file.
        """
        return DataError(
            f"{self.path} {problem}: another version of this project made it; move "
            f"{self.path.parent} away, and train again"
        )


def save(directory: Path, meta: Mapping[str, Any], arrays: Arrays) -> Path:
    """Write a checkpoint, and remove all but the newest `KEPT` of its folder.

    One process at a time may save in a folder: temporary files of a process that was killed are
    removed.

    Args:
        directory: the folder.
        meta: what the checkpoint says about itself, values for JSON; `meta["step"]` names the file.
        arrays: variables by name.

    Returns:
        The file.

    Raises:
        DataError: the file cannot be written.
    """
    remove_temporary(directory, _NAME.pattern)
    path = Path(directory) / file_name(meta["step"])
    contents: dict[str, Any] = {"meta": np.array(json.dumps(meta)), **arrays}
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **contents)
    for old in checkpoints(directory)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def all_finite(values: Mapping[str, float | np.ndarray]) -> bool:
    """Whether no variable, or no metric, shows that training has diverged."""
    return all(np.isfinite(value).all() for value in values.values())


def file_name(step: int) -> str:
    """The name of the checkpoint of a step."""
    return f"step-{step:09d}.npz"


def step_of(path: Path) -> int:
    """The step in the name of a checkpoint file."""
    return int(path.stem.removeprefix("step-"))


def checkpoints(directory: Path) -> list[Path]:
    """The checkpoint files of a folder, oldest step first."""
    paths = [p for p in Path(directory).glob("step-*.npz") if _NAME.fullmatch(p.name)]
    return sorted(paths, key=step_of)


def newest(directory: Path) -> Path | None:
    """The newest checkpoint file of a folder; None where there is none."""
    return next(reversed(checkpoints(directory)), None)


def load_newest(directory: Path) -> Checkpoint | None:
    """Read the newest checkpoint of a folder; None where there is none.

    Raises:
        DataError: the file is broken.
    """
    path = newest(directory)
    return None if path is None else load(path)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        DataError: the file is missing or cut short, or is not a checkpoint of this package.
    """
    try:
        arrays = read_arrays(path)
        meta = _meta(arrays.pop("meta"))
        for name, array in arrays.items():
            if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
                raise ValueError(f"{name} holds something else than finite numbers")
        return Checkpoint(Path(path), meta, arrays)
    except (DataError, KeyError, ValueError, RecursionError) as error:
        advice = "remove it to use the one before" if _has_earlier(path) else "replace it"
        raise DataError(f"{path} is not a readable checkpoint ({error}): {advice}") from error


def _has_earlier(path: Path) -> bool:
    """Whether the folder of a checkpoint has one of an earlier step, which a packed GAN has not."""
    oldest = next(iter(checkpoints(Path(path).parent)), None)
    return oldest not in (None, Path(path))


def _meta(stored: np.ndarray) -> dict[str, Any]:
    """The description of a checkpoint, checked for the keys that this package reads."""
    meta = json.loads(str(stored))
    types = {"params": dict, "skeleton_id": str, "step": int}
    if not isinstance(meta, dict) or any(type(meta.get(k)) is not t for k, t in types.items()):
        raise ValueError(f"meta does not say {', '.join(types)}")
    return meta
