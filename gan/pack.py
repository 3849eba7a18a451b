"""A trained GAN in a small file: the networks alone, in half precision."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gan import checkpoint
from gan.builder import GanBuilder
from human_pose_util.errors import SpecError

_LAYER = re.compile(r"(average|generator|critic|temporal)/\d+/[wb]|proposer/(\w+/)+[wb]")
_EXACT = re.compile(r"whitening/\w+")  # small arrays of numbers that differ by powers of ten


def pack(gan: GanBuilder, folder: Path) -> list[Path]:
    """Write a trained GAN's networks, which is all that inference needs.

    The packed GAN is used like any other one, but it cannot be trained further, because the state
    of its optimisers is missing.

    Args:
        gan: the trained GAN.
        folder: the model folder of the packed GAN.

    Returns:
        The files that are written.

    Raises:
        SpecError: `folder` is the GAN's own model folder, or holds a model of a later step, which
            would be read in place of the packed one.
        DataError: the GAN or its proposal network is not trained to its end, or a file cannot be
            written.
    """
    if Path(folder).resolve() == gan.model_dir.resolve():
        raise SpecError(f"{folder} is the GAN's own folder: pack it into another one")
    # All of them, before anything is written.
    targets = {Path(folder) / part.path.parent.name: part for part in gan.load()}
    for directory, part in targets.items():
        newest = checkpoint.newest(directory)
        if newest is not None and checkpoint.step_of(newest) > part.step:
            raise SpecError(f"{newest} is newer than the model to pack: remove it first")
    return [
        checkpoint.save(directory, part.meta, _small(part.arrays))
        for directory, part in targets.items()
    ]


def _small(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The variables that inference reads; where there is an average, not the generator itself."""
    averaged = any(name.startswith("average/") for name in arrays)
    layers = {
        name: array.astype(np.float16)
        for name, array in arrays.items()
        if _LAYER.fullmatch(name) and not (averaged and name.startswith("generator/"))
    }
    return layers | {name: array for name, array in arrays.items() if _EXACT.fullmatch(name)}
