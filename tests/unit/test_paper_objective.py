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
    """The paper's objective of a sequence: z [n, n_z], a number, phi, x0 and y0 [n]."""
    pose = forward(gan.generator.network, z).reshape(len(z), -1, 3)
    critic = forward(gan.critic.network, pose.reshape(len(z), -1))
    x, y, height = np.moveaxis(pose * scale, -1, 0)
    cos, sin = np.cos(phi)[:, None], np.sin(phi)[:, None]
    p3w = np.stack([cos * x - sin * y + x0[:, None], sin * x + cos * y + y0[:, None], height], -1)
    p3c = np.einsum("ij,nkj->nki", CAMERA.r, p3w) + CAMERA.t
    u = p3c[..., :2] / p3c[..., 2:] * CAMERA.f + CAMERA.c
    velocity = (p3w[1:] - p3w[:-1]) / DT
    speeds = (velocity**2).sum(axis=2)
    return (
        weights["consistency_weight"] * 0.5 * np.sum((u - p2) ** 2)
        - weights["critic_weight"] * critic.sum()
        + weights["smoothness_weight"] * 0.5 * np.sum(velocity**2)
        + weights["glide_weight"] * speeds.min(axis=1).sum()
    )


@pytest.fixture(scope="module")
def gan():
    return make_gan()


@pytest.mark.parametrize("names", [("consistency_weight",), tuple(WEIGHTS)], ids=["paper", "all"])
def test_it_ends_in_a_minimum_of_the_papers_objective(gan, names):
    weights = {name: value if name in names else 0.0 for name, value in WEIGHTS.items()}
    _, p2 = pose_and_image(true_variables(4), noise=0.004)
    search = make_search(**weights, optimizer="scipy")
    result = search.infer([observations(p2, dt=DT)])[0]
    n, n_z = result.z.shape

    def cost(flat):
        z, rest = flat[: n * n_z].reshape(n, n_z), flat[n * n_z + 1 :].reshape(3, n)
        return paper_cost(gan, weights, z, flat[n * n_z], *rest, p2)

    found = np.concatenate(
        [result.z.ravel(), [result.scale], result.yaw, *result.translation.T]
    ).astype(float)
    assert cost(found) == pytest.approx(result.cost.sum(), rel=1e-4)

    # Nearby there is nothing better, and from the paper's own start SciPy finds nothing better.
    again = minimize(cost, found, method="L-BFGS-B", tol=1e-9)
    assert again.fun > cost(found) - 0.01 * abs(cost(found))
    start = np.zeros_like(found)
    start[n * n_z] = 1.65
    from_the_origin = minimize(cost, start, method="L-BFGS-B", tol=1e-9)
    assert cost(found) < from_the_origin.fun + 0.01 * abs(from_the_origin.fun)
