"""What made a run of results: the GAN, the versions of the project and packages, and the time."""

import hashlib
import time
from importlib.metadata import version
from typing import Any

import numpy as np

from gan import GanBuilder
from human_pose_util.evaluate.provenance import GAN_PARAMS, STEP, WEIGHTS, as_json
from human_pose_util.version import __version__


def made_by(gan: GanBuilder, with_proposals: bool) -> dict[str, Any]:
    """The attributes of a group that name the GAN, the versions and the time.

    Args:
        gan: the trained GAN.
        with_proposals: whether its proposal networks are used, too.

    Raises:
        DataError: a network is not trained to its end yet.
    """
    packages = ("tensorflow", "numpy", "scipy", "h5py")
    versions = {"project": __version__, **{name: version(name) for name in packages}}
    return {
        GAN_PARAMS: as_json(gan.params.model_dump()),
        "gan_id": gan.gan_id,
        STEP: gan.step,
        WEIGHTS: _digest(gan, with_proposals),
        "versions": as_json(versions),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def _digest(gan: GanBuilder, with_proposals: bool) -> str:
    """A hexadecimal SHA-256 digest of the variables of a GAN, and of its proposal networks."""
    digest = hashlib.sha256()
    for trained in gan.load() if with_proposals else [gan.gan_checkpoint]:
        for name, array in sorted(trained.arrays.items()):
            digest.update(f"{name} {array.shape} {array.dtype}".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
