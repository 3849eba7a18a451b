"""`"optimizer": "scipy"` against the objective of the paper, written in NumPy alone.

The formulas are those of section 3.3 of the paper and of its code: a pose is scaled, turned about
the vertical, put on the floor, taken to the frame of the camera and projected; the terms are half
the squared image error, minus the critic's value, half the squared velocities, and the smallest
squared speed of a joint in every time step.
"""

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.helpers.inference_problems import (
    CAMERA,
    make_gan,
    make_search,
    observations,
    pose_and_image,
    true_variables,
)

DT = 0.1
WEIGHTS = {
    "consistency_weight": 1.0,
    "critic_weight": 1e-3,
    "smoothness_weight": 1e-4,
    "glide_weight": 1e-4,
}


def forward(network, x):
    """A perceptron of rectified linear units, in float64."""
    *hidden, last = [(layer.w.numpy().astype(float), layer.b.numpy()) for layer in network.layers]
    for w, b in hidden:
        x = np.maximum(x @ w + b, 0)
    return x @ last[0] + last[1]


def paper_cost(gan, weights, z, scale, phi, x0, y0, p2):
    """The paper's objective [m] of m candidates for a sequence of n frames.

    Args:
        gan: the GAN.
        weights: the weights of the terms.
        z: [m, n, n_z] latent vectors.
        scale: [m] heights of the subject.
        phi: [m, n] angles about the vertical.
        x0: [m, n] first coordinates on the ground.
        y0: [m, n] second ones.
        p2: [n, 14, 2] image points.
    """
    pose = forward(gan.generator.network, z).reshape(*z.shape[:2], -1, 3)
    critic = forward(gan.critic.network, pose.reshape(*z.shape[:2], -1))
    x, y, height = np.moveaxis(pose * scale[:, None, None, None], -1, 0)
    cos, sin, x0, y0 = (each[..., None] for each in (np.cos(phi), np.sin(phi), x0, y0))
    p3w = np.stack([cos * x - sin * y + x0, sin * x + cos * y + y0, height], -1)
    p3c = p3w @ CAMERA.r.T + CAMERA.t
    u = p3c[..., :2] / p3c[..., 2:] * CAMERA.f + CAMERA.c
    velocity = (p3w[:, 1:] - p3w[:, :-1]) / DT
    speeds = (velocity**2).sum(axis=-1)
    return (
        weights["consistency_weight"] * 0.5 * np.sum((u - p2) ** 2, axis=(1, 2, 3))
        - weights["critic_weight"] * critic.sum(axis=(1, 2))
        + weights["smoothness_weight"] * 0.5 * np.sum(velocity**2, axis=(1, 2, 3))
        + weights["glide_weight"] * speeds.min(axis=-1).sum(axis=-1)
    )


@pytest.fixture(scope="module")
def gan():
    return make_gan()


@pytest.mark.parametrize("names", [("consistency_weight",), tuple(WEIGHTS)], ids=["paper", "all"])
def test_it_ends_in_a_minimum_of_the_papers_objective(gan, names):
    weights = {name: value if name in names else 0.0 for name, value in WEIGHTS.items()}
    _, p2 = pose_and_image(true_variables(3), noise=0.004)
    search = make_search(**weights, optimizer="scipy")
    result = search.infer([observations(p2, dt=DT)])[0]
    n, n_z = result.z.shape

    def costs(flat):
        z, rest = flat[:, : n * n_z].reshape(-1, n, n_z), flat[:, n * n_z + 1 :].reshape(-1, 3, n)
        return paper_cost(gan, weights, z, flat[:, n * n_z], *rest.swapaxes(0, 1), p2)

    def cost(x):
        return costs(x[None])[0]

    def gradient(x):
        step = 1e-6 * np.eye(len(x))
        return (costs(x + step) - costs(x - step)) / 2e-6

    def minimum(x):
        return minimize(cost, x, jac=gradient, method="L-BFGS-B", tol=1e-9).fun

    found = np.concatenate(
        [result.z.ravel(), [result.scale], result.yaw, *result.translation.T]
    ).astype(float)
    assert cost(found) == pytest.approx(result.cost.sum(), rel=1e-4)

    # Nearby there is nothing better, and from the paper's own start SciPy finds nothing better.
    assert minimum(found) > cost(found) - 0.01 * abs(cost(found))
    start = np.zeros_like(found)
    start[n * n_z] = 1.65
    from_the_origin = minimum(start)
    assert cost(found) < from_the_origin + 0.01 * abs(from_the_origin)
