"""How much each latent dimension moves the pose, against weights and differences."""

import numpy as np
import pytest

from gan.latent import latent_importance
from gan.networks import Generator


def test_a_linear_generator_moves_joints_by_its_weights():
    generator = Generator(5, [], n_joints=4, activation="relu", seed=1)
    w = generator.network.layers[0].w.numpy().astype(float)
    expected = np.sqrt(np.square(w).sum(axis=1) / 4)
    np.testing.assert_allclose(latent_importance(generator, 8), expected, rtol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "elu"])
def test_a_deep_generator_against_differences(activation):
    generator = Generator(5, [16, 8], n_joints=4, activation=activation, seed=2)
    z = np.random.default_rng(0).standard_normal((4000, 5)).astype(np.float32)
    h = 1e-2
    expected = []
    for step in h * np.eye(5, dtype=np.float32):
        moved = generator(z + step).numpy() - generator(z - step).numpy()
        way = np.linalg.norm(moved.astype(float), axis=-1) / (2 * h)
        expected.append(np.sqrt(np.mean(way**2)))
    np.testing.assert_allclose(latent_importance(generator, 4000), expected, rtol=0.03)


def test_samples_depend_on_the_seed_alone():
    generator = Generator(5, [16], n_joints=4, activation="relu", seed=3)
    first, again = (latent_importance(generator, 10, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != latent_importance(generator, 10, seed=5))


def test_a_dead_dimension_is_of_no_importance():
    generator = Generator(5, [16], n_joints=4, activation="relu", seed=6)
    w = generator.network.layers[0].w
    w[2].assign(0 * w[2])
    importance = latent_importance(generator)
    assert importance[2] == 0
    assert np.all(np.delete(importance, 2) > 0)
