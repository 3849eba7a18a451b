"""Checkpoints: one `.npz` file each, holding the weights, the optimisers and the configuration.

Written atomically, read without pickle. A folder keeps the newest few.
"""

import importlib.metadata
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan.params import GanParams
from human_pose_util.errors import DataError
from human_pose_util.files import atomic, remove_temporary
from human_pose_util.files.npz import read_arrays

KEPT = 5
_NAME = re.compile(r"step-(\d+)\.npz")


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        path: the file.
        meta: the configuration: `params`, `skeleton_id`, `step` and package versions.
        arrays: variables by name.
    """

    path: Path
    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]

    @property
    def step(self) -> int:
        """Training step at which it was written."""
        return self.meta["step"]


def save(directory: Path, meta: dict[str, Any], arrays: dict[str, np.ndarray]) -> Path:
    """Write a checkpoint and remove all but the newest `KEPT`. `meta["step"]` names it.

    One process at a time saves in a folder; what a killed one has left there goes too.
    """
    remove_temporary(directory, _NAME.pattern)
    path = Path(directory) / file_name(meta["step"])
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, meta=np.array(json.dumps(meta)), **arrays)
    for old in checkpoints(directory)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def save_finite(
    directory: Path, meta: dict[str, Any], arrays: dict[str, np.ndarray]
) -> Path | None:
    """The same, unless a value is not finite: training has diverged. The newest checkpoint."""
    if all_finite(arrays):
        return save(directory, meta, arrays)
    return newest(directory)


def all_finite(arrays: dict[str, np.ndarray]) -> bool:
    """Whether training has not diverged."""
    return all(np.isfinite(array).all() for array in arrays.values())


def file_name(step: int) -> str:
    """Name of the checkpoint of a step."""
    return f"step-{step:09d}.npz"


def describe(gan_id: str, step: int, skeleton_id: str, params: GanParams) -> dict[str, Any]:
    """What a checkpoint says of itself."""
    packages = ("tensorflow", "numpy")
    return {
        "gan_id": gan_id,
        "step": step,
        "skeleton_id": skeleton_id,
        "params": params.model_dump(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }


def newest(directory: Path) -> Path | None:
    """The newest checkpoint file of a folder, None where there is none."""
    return next(reversed(checkpoints(directory)), None)


def load_newest(directory: Path) -> Checkpoint | None:
    """What `newest` holds, None where there is none. Raises DataError where it is broken."""
    path = newest(directory)
    return None if path is None else load(path)


def step_of(path: Path) -> int:
    """The step in a checkpoint file's name."""
    return int(_NAME.fullmatch(path.name)[1])


def checkpoints(directory: Path) -> list[Path]:
    """The checkpoint files of a folder, oldest step first."""
    found = [p for p in Path(directory).glob("step-*.npz") if _NAME.fullmatch(p.name)]
    return sorted(found, key=step_of)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        DataError: it is missing, cut short, or not one of ours.
    """
    try:
        arrays = read_arrays(path)
        meta = _meta(arrays.pop("meta"))
        for name, array in arrays.items():
            if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
                raise ValueError(f"{name} holds something else than finite numbers")
        return Checkpoint(Path(path), meta, arrays)
    except (DataError, KeyError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path} is not a readable checkpoint ({error}): remove it to use the one before"
        ) from error


def _meta(stored: np.ndarray) -> dict[str, Any]:
    meta = json.loads(str(stored))
    types = {"params": dict, "skeleton_id": str, "step": int}
    if not isinstance(meta, dict) or any(type(meta.get(k)) is not t for k, t in types.items()):
        raise ValueError(f"meta does not say {', '.join(types)}")
    return meta
