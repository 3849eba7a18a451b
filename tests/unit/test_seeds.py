"""Streams of random numbers: no two meet, and no two layers begin with the same weights."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from gan.networks import Critic, Encoder, Generator
from gan.networks.proposal_network import ProposalNetwork
from gan.networks.temporal_network import TemporalNetwork
from gan.params import GanParams
from gan.seeds import MOST_PURPOSES, MOST_STAGES, Purpose, Stage, layer_streams, stream
from gan.training.draw import Draw
from human_pose_util.skeleton import S14
from tests.helpers.toy_dataset import DATASET


def test_no_two_streams_meet():
    parts = (0, 1, 2**31 - 1), Purpose, Stage, (0, 1, 2, 1000)
    streams = [stream(*part) for part in itertools.product(*parts)]
    assert len(set(streams)) == len(streams)


def test_purposes_and_stages_have_room():
    assert 0 <= min(Purpose) <= max(Purpose) < MOST_PURPOSES
    assert 0 <= min(Stage) <= max(Stage) < MOST_STAGES


def test_a_block_in_a_graph_has_the_stream_of_its_number():
    @tf.function
    def drawn(block):
        return Draw(5, 2**31 - 1, Stage.GAN, block).uniform(Purpose.MIX)

    expected = Draw(5, 2**31 - 1, Stage.GAN, 7).uniform(Purpose.MIX)
    np.testing.assert_array_equal(drawn(tf.constant(7)), expected)
    assert not np.array_equal(drawn(tf.constant(8)), expected)


def test_layers_of_members_are_those_of_each_seed():
    together = next(layer_streams([3, 4], Purpose.CRITIC))
    assert together == [next(layer_streams(seed, Purpose.CRITIC)) for seed in (3, 4)]


def networks(seed):
    """All networks of a GAN, with layers as wide as each other where the parameters allow it."""
    params = GanParams.model_validate(
        {
            "dataset": DATASET,
            "seed": seed,
            "n_z": 8,
            "proposal": {"n_hidden": 8, "n_told": 8, "n_blocks": 1},
            "temporal_proposal": {"n_hidden": 8},
        }
    )
    of_frames = ProposalNetwork(params, S14)
    return (
        Generator(8, [8, 8], S14.n_joints, "relu", seed),
        Critic(S14.n_joints, [8, 8], "relu", seed),
        Encoder(S14.n_joints, [8, 8], 8, "relu", seed),
        of_frames,
        TemporalNetwork(params, of_frames, S14),
    )


@pytest.mark.parametrize("seeds", [(0, 1), (1, 1_000_004)])
def test_layers_have_different_initial_weights(seeds):
    weights = [
        w
        for seed in seeds
        for network in networks(seed)
        for v in network.trainable_variables
        if v.name.split(":")[0].endswith("/w")
        for w in np.reshape(v, [-1, *v.shape[-2:]])
    ]
    # Two layers of one stream begin with the same numbers, but for a factor that depends on shape.
    starts = [np.float32(w.ravel()[:8] / np.abs(w.ravel()[0])) for w in weights]
    for one, other in itertools.combinations(starts, 2):
        assert not np.allclose(one, other, rtol=1e-3)
