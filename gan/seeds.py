"""The seeds of random numbers: every stream of numbers has one of its own.

TensorFlow's stateless functions make a stream of a pair of integers. The first one here is the seed
of the GAN. The second one says what the numbers are for, in which stage of the training, and for
which layer or block. So no two streams meet, neither of one GAN nor of two with other seeds. The
whitening alone has the seed 0 for all GANs.
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import count
from typing import Any

import tensorflow as tf

MOST_PURPOSES, MOST_STAGES = 64, 8
"""Bounds of the numbers of purposes and of stages, which are digits of the second integer."""

Seed = int | Sequence[int]
"""The seed of one GAN, or the seeds of all members of a population of GANs."""

Pair = tuple[int, int | tf.Tensor]
"""The seed of a stream, as TensorFlow's stateless functions and NumPy's generators take it."""


class Purpose(IntEnum):
    """What random numbers are for.

    A new purpose gets a new number; those that stand here decide what trainings draw.
    """

    # Latent vectors of poses that a user asks for.
    SAMPLE = 0
    # Cameras, and what detectors get wrong.
    PITCH = 1
    YAW = 2
    DEPTH = 3
    PLACE = 4
    KNOWN = 5
    ZOOM = 6
    MISSING_SHARE = 7
    MISSING = 8
    NOISE_STD = 9
    NOISE = 10
    IS_SLOW = 11
    SLOW_MISSING = 12
    SLOW_NOISE = 13
    EXCHANGE_LENGTH = 14
    EXCHANGED = 15
    STEADY = 16
    EXCHANGE_START = 17
    LAYOUT = 18
    DETECTOR = 19
    ROLLED = 20
    ROLL = 21
    # Initial weights.
    GENERATOR = 22
    CRITIC = 23
    ENCODER = 24
    PROPOSAL_NETWORK = 25
    TEMPORAL_NETWORK = 26
    # Poses and latent vectors, and how poses are changed.
    ROW = 27
    ORDER = 28
    LATENT = 29
    MIX = 30
    MIRRORED = 31
    LIMBS = 32
    LEAN = 33
    NEAR_LEAN = 34
    BONES = 35
    # Films that are cut out of motion.
    RATE = 36
    SPEED = 37
    SHOWN = 38
    # Poses by their rarity, and poses for TensorBoard.
    RARE_POSES = 39
    RARE_FRAMES = 40
    PICTURES = 41


class Stage(IntEnum):
    """In which part of a training random numbers are drawn; NONE outside of its blocks."""

    NONE = 0
    WHITENING = 1
    GAN = 2
    PROPOSAL = 3
    TEMPORAL_PROPOSAL = 4


def stream(
    seed: int, purpose: Purpose, stage: Stage = Stage.NONE, index: int | tf.Tensor = 0
) -> Pair:
    """The seed of a stream of random numbers.

    Args:
        seed: the seed of the GAN.
        purpose: what the numbers are for.
        stage: in which part of a training they are drawn.
        index: the number of the layer or block, which may be a scalar tensor.
    """
    return seed, purpose + MOST_PURPOSES * (stage + MOST_STAGES * index)


def layer_streams(seed: Seed, network: Purpose) -> Iterator[Any]:
    """The seeds of the initial weights of a network's layers, one after the other.

    Args:
        seed: the seed of the GAN, or the seeds of a population's members.
        network: which network it is.

    Yields:
        The seed of the next layer, a `Pair`; for a population a list, with one for each member.
    """
    for layer in count():
        if isinstance(seed, int):
            yield stream(seed, network, index=layer)
        else:
            yield [stream(member, network, index=layer) for member in seed]
