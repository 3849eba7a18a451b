"""The networks against NumPy in double precision, and their Jacobians against differences."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from gan.networks import Critic, Generator, activations
from gan.networks.linear import glorot_normal
from gan.networks.perceptron import Perceptron
from gan.seeds import Purpose, layer_streams

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def _elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


ACTIVATIONS = {
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": _elu,
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * _elu(x)),
    "tanh": np.tanh,
    "softplus": lambda x: np.logaddexp(x, 0),
    "swish": lambda x: x / (1 + np.exp(-x)),
}
KINKED = ("relu", "leaky_relu")
each_activation = pytest.mark.parametrize("name", ACTIVATIONS)


def smoothed(name, width):
    """The activation with its kink rounded."""
    if name not in KINKED:
        return ACTIVATIONS[name]
    slope = 0.2 if name == "leaky_relu" else 0.0
    return lambda x: slope * x + (1 - slope) * (x + np.sqrt(x**2 + width**2)) / 2


def forward(network, activation, x):
    """A perceptron in NumPy, double precision."""
    weights = [(layer.w.numpy().astype(float), layer.b.numpy()) for layer in network.layers]
    for w, b in weights[:-1]:
        x = activation(x @ w + b)
    w, b = weights[-1]
    return x @ w + b


def differences(function, x, h=1e-6):
    """[batch, n_in, n_out] derivatives of a function of [batch, n_in] by central differences."""
    steps = h * np.eye(x.shape[-1])
    return np.stack([(function(x + d) - function(x - d)) / (2 * h) for d in steps], axis=1)


def perceptron(name, sizes=(5, 16, 8, 7), seed=3):
    network = Perceptron(sizes, name, layer_streams(seed, Purpose.CRITIC), "test")
    rng = np.random.default_rng(0)
    for layer in network.layers:  # biases start at 0, which would hide them
        layer.b.assign(rng.normal(size=layer.b.shape).astype(np.float32))
    return network


X = np.random.default_rng(1).normal(size=(9, 5)).astype(np.float32)


@each_activation
def test_value_and_jacobian(name):
    network, activation = perceptron(name), ACTIVATIONS[name]
    value, jacobian, _ = network.expand(tf.constant(X))
    np.testing.assert_allclose(network(X), forward(network, activation, X), atol=1e-5)
    np.testing.assert_allclose(value, network(X), atol=1e-6)
    expected = differences(lambda x: forward(network, activation, x), X.astype(float))
    np.testing.assert_allclose(jacobian, expected, atol=1e-5)


@each_activation
@pytest.mark.parametrize("smoothing", [None, 0.3])
def test_jacobian_is_that_of_automatic_differentiation(name, smoothing):
    network, x = perceptron(name), tf.constant(X)
    widths = None if smoothing is None else smoothing * tf.ones([len(X), 1])
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = network(x, widths)
    expected = tf.transpose(tape.batch_jacobian(value, x), [0, 2, 1])
    linear, jacobian, _ = network.expand(x, widths)
    np.testing.assert_allclose(linear, value, atol=1e-6)
    np.testing.assert_allclose(jacobian, expected, atol=1e-5)


@each_activation
def test_value_and_jacobian_with_smoothing_of_every_row(name):
    network = perceptron(name)
    widths = np.linspace(0.01, 1, len(X))[:, None]
    value, jacobian, _ = network.expand(tf.constant(X), tf.constant(widths, tf.float32))
    for i, width in enumerate(widths[:, 0]):
        activation, x = smoothed(name, width), X[i : i + 1].astype(float)
        np.testing.assert_allclose(value[i], forward(network, activation, x)[0], atol=1e-5)
        expected = differences(lambda x, a=activation: forward(network, a, x), x)[0]
        np.testing.assert_allclose(jacobian[i], expected, atol=1e-4)


@pytest.mark.parametrize("name", KINKED)
def test_less_smoothing_comes_nearer_to_the_network_itself(name):
    network = perceptron(name)
    errors = []
    for width in (1.0, 0.1, 0.01, 0.0):
        value = network(X, width * tf.ones([len(X), 1]))
        errors.append(np.abs(value - network(X)).max())
    assert all(later < earlier for earlier, later in itertools.pairwise(errors))
    assert errors[-1] < 1e-6


@pytest.mark.parametrize("name", KINKED)
def test_slope_at_the_kink_is_finite(name):
    network = Perceptron([2, 3, 1], name, layer_streams(0, Purpose.CRITIC), "test")
    for widths in (None, tf.zeros([1, 1])):
        assert np.isfinite(network.expand(tf.zeros([1, 2]), widths).tangents).all()


@pytest.mark.parametrize("sizes", [(5, 16, 7), (5, 7)])
def test_some_outputs_only(sizes):
    network, outputs = perceptron("tanh", sizes), [6, 0, 3]
    value, jacobian, _ = network.expand(tf.constant(X), outputs=outputs)
    whole_value, whole_jacobian, _ = network.expand(tf.constant(X))
    np.testing.assert_allclose(value, whole_value.numpy()[:, outputs], atol=1e-6)
    np.testing.assert_allclose(jacobian, whole_jacobian.numpy()[..., outputs], atol=1e-6)


def test_without_hidden_layers_a_network_is_linear():
    network = perceptron("relu", (5, 4))
    value, jacobian, _ = network.expand(tf.constant(X))
    np.testing.assert_allclose(value, forward(network, None, X), atol=1e-6)
    np.testing.assert_array_equal(jacobian, np.broadcast_to(network.layers[0].w, (9, 5, 4)))


@each_activation
@pytest.mark.parametrize("sizes", [(5, 16, 8, 7), (5, 16, 7), (5, 7)])
def test_bend_is_the_part_of_the_hessian_that_bends_up(name, sizes):
    """Unit by unit: its gradient's outer product, times the cost's slope and the curvature."""
    network, smoothing = perceptron(name, sizes), 0.3
    rng = np.random.default_rng(4)
    by_value = rng.normal(size=(len(X), 7)).astype(np.float32)
    bend = (
        network.expand(tf.constant(X), smoothing * tf.ones([len(X), 1])).curvature(by_value).numpy()
    )
    activation = smoothed(name, smoothing)
    layers = [(layer.w.numpy().astype(float), layer.b.numpy()) for layer in network.layers]

    def slope(a, h=1e-5):
        return (activation(a + h) - activation(a - h)) / (2 * h)

    def second(a, h=1e-4):
        return (slope(a + h) - slope(a - h)) / (2 * h)

    for row, x in enumerate(X.astype(float)):
        inputs, gradients, value, tangents = [], [], x, np.eye(5)
        for w, b in layers[:-1]:
            a, tangents = value @ w + b, tangents @ w
            inputs.append(a)
            gradients.append(tangents)
            value, tangents = activation(a), tangents * slope(a)
        expected, back = np.zeros((5, 5)), by_value[row].astype(float)
        for (w, _), a, tangents in zip(layers[:0:-1], inputs[::-1], gradients[::-1], strict=True):
            by_unit = w @ back
            expected += tangents * np.maximum(by_unit * second(a), 0) @ tangents.T
            back = by_unit * slope(a)
        np.testing.assert_allclose(bend[row], expected, atol=2e-3 * max(1, np.abs(expected).max()))
        assert np.linalg.eigvalsh(bend[row]).min() > -1e-4


def test_tangents_given_are_carried_through():
    network = perceptron("tanh")
    rng = np.random.default_rng(5)
    directions = rng.normal(size=(len(X), 3, 5)).astype(np.float32)
    whole = network.expand(tf.constant(X))
    along = network.expand(tf.constant(X), tangents=tf.constant(directions))
    np.testing.assert_allclose(along.tangents, directions @ whole.tangents.numpy(), atol=1e-5)
    by_value = np.ones((len(X), 7), np.float32)
    expected = directions @ whole.curvature(by_value).numpy() @ directions.swapaxes(1, 2)
    np.testing.assert_allclose(along.curvature(by_value), expected, rtol=1e-3, atol=1e-3)


def test_the_critic_of_generated_poses():
    generator, critic = Generator(5, [16], 4, "relu", 3), Critic(4, [16, 8], "tanh", 3)
    z = tf.constant(X)
    logits = critic.expand(generator.expand(z))
    with tf.GradientTape() as tape:
        tape.watch(z)
        expected = critic(generator(z))
    np.testing.assert_allclose(logits.value[:, 0], expected, atol=1e-5)
    np.testing.assert_allclose(logits.tangents[..., 0], tape.gradient(expected, z), atol=1e-5)


@pytest.mark.parametrize("widths", [[16, 8], []])
def test_generator(widths):
    generator = Generator(5, widths, 4, "relu", 3)
    poses = generator(X)
    assert poses.shape == (9, 4, 3)
    flat = forward(generator.network, ACTIVATIONS["relu"], X)
    np.testing.assert_allclose(poses, flat.reshape(9, 4, 3), atol=1e-5)
    np.testing.assert_allclose(generator(X.reshape(3, 3, 5))[1, 2], poses[5], atol=1e-6)
    value, jacobian, _ = generator.expand(tf.constant(X))
    assert jacobian.shape == (9, 5, 12)
    by_coordinate = poses.numpy().swapaxes(1, 2).reshape(9, 12)
    np.testing.assert_allclose(value, by_coordinate, atol=1e-6)
    shifted = forward(generator.network, ACTIVATIONS["relu"], X + [0, 0, 1e-6, 0, 0])
    expected = (shifted - flat).reshape(9, 4, 3) / 1e-6
    expected = expected.swapaxes(1, 2).reshape(9, 12)
    np.testing.assert_allclose(jacobian[:, 2], expected, atol=1e-4)


def test_critic():
    critic = Critic(4, [16, 8], "elu", 3)
    poses = np.random.default_rng(2).normal(size=(2, 3, 4, 3)).astype(np.float32)
    logits = critic(poses)
    assert logits.shape == (2, 3)
    flat = forward(critic.network, ACTIVATIONS["elu"], poses.reshape(6, 12))
    np.testing.assert_allclose(logits, flat.reshape(2, 3), atol=1e-5)


def test_initial_weights_are_glorots_cut_normal():
    w = glorot_normal(300, 500, (1, 2)).numpy()
    std = np.sqrt(2 / 800)
    np.testing.assert_allclose(w.std(), std, rtol=0.01)
    np.testing.assert_allclose(w.mean(), 0, atol=5e-4)
    assert np.abs(w).max() <= 2.0001 * std / 0.8796
    assert np.abs(w).max() > 2 * std


def test_weights_follow_the_seed_and_differ_between_layers():
    one, same, other = (Generator(6, [6, 6], 2, "relu", seed) for seed in (1, 1, 2))
    for a, b, c in zip(one.variables, same.variables, other.variables, strict=True):
        np.testing.assert_array_equal(a, b)
        assert "b" in a.name or not np.array_equal(a, c)
    first, second, _ = one.network.layers
    assert not np.array_equal(first.w, second.w)


def test_the_largest_seed():
    assert np.isfinite(Generator(2, [2], 2, "relu", 2**31 - 1).network.layers[0].w).all()


def test_names_of_variables_are_all_different():
    networks = Generator(6, [6, 6], 2, "relu", 0), Critic(2, [6], "relu", 1)
    names = [v.name for network in networks for v in network.variables]
    assert len(names) == len(set(names)) == 10


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_slope_of_one_output_is_that_of_automatic_differentiation(name):
    network = Perceptron([4, 6, 5, 1], name, layer_streams(0, Purpose.CRITIC), "critic")
    x = tf.random.stateless_normal([7, 4], (0, 1))
    width = tf.fill([7, 1], 0.1)
    with tf.GradientTape() as tape:
        tape.watch(x)
        expected = network(x, width)[:, 0]
    value, slope = network.slope(x, width)
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(slope, tape.gradient(expected, x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_derivatives_of_activations_are_those_of_automatic_differentiation(name):
    activation = activations.ACTIVATIONS[name]
    x = tf.constant(np.linspace(-4, 4, 40)[None], tf.float32)  # 0 is none of them
    width = tf.constant([[0.1]])
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = activation.value(x, width)
        slope = inner.gradient(y, x)
    curvature = outer.gradient(slope, x)
    for part, expected in zip(activation.expand(x, width), (y, slope, curvature), strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-4, atol=1e-5)
