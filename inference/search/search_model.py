"""The poses among which a search chooses, as its settings say what is known."""

import numpy as np
import tensorflow as tf

from gan.networks import Generator
from human_pose_util.skeleton import Converter
from inference.model.body import BoneLengths, Bones
from inference.model.placement import Free, Ground
from inference.model.pose_model import PoseModel
from inference.model.sequence_variables import SequenceVariables
from inference.settings import SearchSettings

N_BODIES = 1024
"""Number of generated poses that tell how long bones are."""


def pose_model(
    generator: Generator, converter: Converter, settings: SearchSettings, pixel_scale: float
) -> PoseModel:
    """The poses among which settings let a search choose.

    Args:
        generator: latent vectors → poses.
        converter: from the generator's skeleton to that of the observations.
        settings: what is known of the camera and the subject.
        pixel_scale: the unit of image points [px].
    """
    bones, lengths = None, None
    if settings.body_weight:
        bones = Bones.of(converter.target)
        # A generator has no list of its people: latent vectors as in training tell their bones.
        z = np.random.default_rng(0).standard_normal((N_BODIES, generator.n_z))
        poses = generator(tf.constant(z, tf.float32)).numpy()
        lengths = BoneLengths.of(bones, converter.convert(poses))
    variables = SequenceVariables.of(
        settings.camera,
        settings.height != "unknown",
        pixel_scale,
        lengths,
        settings.body == "known",
    )
    placement = Ground() if settings.camera.extrinsics == "known" else Free()
    return PoseModel(generator, converter, placement, variables, bones)
