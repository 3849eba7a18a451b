"""Whitened coordinates: what they are, and that networks can be freed of them."""

import numpy as np
import pytest
import tensorflow as tf

from gan.networks import Critic, Generator
from gan.networks.whitening import LEAST_STD, Whitening
from tests.helpers.toy_dataset import toy_poses


@pytest.fixture(scope="module")
def poses():
    return (toy_poses(3000) / 1700).astype(np.float32)


@pytest.fixture(scope="module")
def whitening(poses):
    measured = Whitening(4)
    measured.measure(poses)
    return measured


def test_white_poses_are_uncorrelated_and_of_unit_variance(poses, whitening):
    white = whitening.whiten(tf.constant(poses)).numpy()
    assert white.shape == poses.shape
    flat = white.reshape(len(white), -1)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-3)
    covariance = np.cov(flat, rowvar=False)
    np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-3)
    variances = np.diag(covariance)
    moves = np.linalg.eigvalsh(np.cov(poses.reshape(len(poses), -1), rowvar=False)) > LEAST_STD**2
    assert 0 < moves.sum() < len(moves)  # both feet stand at height 0
    np.testing.assert_allclose(variances[moves], 1, atol=2e-3)
    assert (variances[~moves] < 1).all()


def test_colouring_undoes_whitening(poses, whitening):
    again = whitening.colour(whitening.whiten(tf.constant(poses)))
    np.testing.assert_allclose(again, poses, atol=1e-5)


def test_folded_networks_work_on_plain_poses(poses, whitening):
    generator, critic = Generator(3, [8], 4, "tanh", 0), Critic(4, [8], "tanh", 1)
    z = tf.random.stateless_normal([20, 3], [0, 0])
    generated = whitening.colour(generator(z)).numpy()
    judged = critic(whitening.whiten(tf.constant(poses[:20]))).numpy()
    whitening.fold_into_generator(generator)
    whitening.fold_into_critic(critic)
    np.testing.assert_allclose(generator(z), generated, atol=1e-5)
    np.testing.assert_allclose(critic(tf.constant(poses[:20])), judged, rtol=1e-4, atol=1e-4)
