"""The folders of a GAN's proposal networks in its model folder.

A name has the kind of the network and the step of the GAN, since a proposal network knows the
latent space of that step alone.
"""

import re
from pathlib import Path

FRAMES, FILMS = "proposal", "temporal-proposal"
"""The kinds of networks: for single frames, and for films."""


def folder_of(model_dir: Path, kind: str, step: int) -> Path:
    """The folder of a proposal network.

    Args:
        model_dir: the model folder of the GAN.
        kind: `FRAMES` or `FILMS`.
        step: the step of the GAN.
    """
    return model_dir / f"{kind}-{step:09d}"


def kind_of(folder: Path) -> str | None:
    """The kind of the network in a folder; None for a folder of another name.

    A user's own folder, such as "proposal-backup", is of no kind.
    """
    name = re.fullmatch(rf"({FRAMES}|{FILMS})-\d{{9,}}", folder.name)
    return None if name is None else name[1]


def other_steps(folder: Path) -> list[Path]:
    """The folders of the same kind of network that belong to the same GAN at other steps."""
    return [
        other
        for other in folder.parent.iterdir()
        if other != folder and other.is_dir() and kind_of(other) == kind_of(folder)
    ]
