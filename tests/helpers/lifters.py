"""Lifters that are made once in a process, because tracing the searches of one takes seconds."""

import functools
from pathlib import Path

from lifting.pose_lifter import PoseLifter
from lifting.settings import CONTACTS, SMOOTHNESS
from serialization import GAN_PARAMS_DIR, MODELS_DIR, SHIPPED_GAN

_lifter = functools.cache(PoseLifter)


def shared_lifter(
    gan_id: str = SHIPPED_GAN,
    gan_params_dir: Path = GAN_PARAMS_DIR,
    models_dir: Path = MODELS_DIR,
    smoothness: float = SMOOTHNESS,
    contacts: float = CONTACTS,
) -> PoseLifter:
    """The lifter with these arguments of `PoseLifter`: for equal ones the same one again."""
    return _lifter(gan_id, gan_params_dir, models_dir, smoothness, contacts)
