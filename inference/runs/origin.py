"""What made a run of results: the GAN, the versions of the packages, and the time."""

import importlib.metadata
import time
from typing import Any

from gan import GanBuilder
from human_pose_util.evaluate.provenance import GAN_PARAMS, STEP, as_json


def made_by(gan: GanBuilder) -> dict[str, Any]:
    """The attributes of a group that name the GAN, the package versions and the time.

    Args:
        gan: the trained GAN.
    """
    packages = ("tensorflow", "numpy", "scipy", "h5py")
    return {
        GAN_PARAMS: as_json(gan.params.model_dump()),
        "gan_id": gan.gan_id,
        STEP: gan.step,
        "versions": as_json({name: importlib.metadata.version(name) for name in packages}),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }
