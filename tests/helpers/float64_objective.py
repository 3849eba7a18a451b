"""The objective in float64, written from its formulas alone; derivatives by complex steps.

It follows docs/inference.md and the docstrings of the modules: one frame at a time, in the world
and the units of the data, without TensorFlow. Every function is analytic in its variables, so the
imaginary part of f(x + ih)/h is the derivative to the last digit (Squire and Trapp 1998). Leading
dimensions of variables are a batch.
"""

import itertools

import numpy as np
from scipy.optimize import least_squares

from inference.model.camera_knowledge import CameraKnowledge
from inference.model.observations import Observations
from inference.objective.frame_objective import FrameObjective
from inference.settings import SearchSettings

STEP = 1e-30
PRIOR_STD = np.array([0.07, 0.6, 50.0, 50.0])
"""Standard deviations of the priors of log s, of the log focal factor, and of c [px]."""

IMAGE_ERROR = 3.0
"""Standard deviation of an image point [px] against which the priors are weighed."""


def jacobian(function, x: np.ndarray) -> np.ndarray:
    """Derivatives [m, n] of a function of points [..., n] → [..., m] at x [n]."""
    return (function(x + 1j * STEP * np.eye(len(x))).imag / STEP).T


class Network:
    """A perceptron's values, and the second derivatives that its units add to a cost.

    Args:
        perceptron: the network of which the weights are taken.
        activation: "relu", rounded to a width, or "tanh".
    """

    def __init__(self, perceptron, activation: str):
        self._layers = [
            (layer.w.numpy().astype(float), layer.b.numpy().astype(float))
            for layer in perceptron.layers
        ]
        self._activation = activation

    def __call__(self, x: np.ndarray, kink_width: float) -> np.ndarray:
        (w, b), *others = self._layers
        x = x @ w + b
        for w, b in others:
            x = self._activate(x, kink_width) @ w + b
        return x

    def _activate(self, x, kink_width):
        return (
            np.tanh(x) if self._activation == "tanh" else 0.5 * (x + np.sqrt(x * x + kink_width**2))
        )

    def unit_curvature(
        self, x: np.ndarray, tangents: np.ndarray, by_value: np.ndarray, kink_width: float
    ) -> np.ndarray:
        """[k, k] Σ max(0, ∂cost/∂unit·σ'')·∇u·∇uᵀ over units, along tangents [k, n_in].

        Args:
            x: [n_in] input.
            tangents: [k, n_in] derivatives of the input.
            by_value: [n_out] derivative of the cost by the output.
            kink_width: the width by which kinks are rounded.
        """
        hidden = []
        for w, b in self._layers[:-1]:
            x, tangents = x @ w + b, tangents @ w
            if self._activation == "tanh":
                slope, second = 1 - np.tanh(x) ** 2, -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)
            else:
                root = np.sqrt(x * x + kink_width**2)
                slope, second = 0.5 * (1 + x / root), 0.5 * kink_width**2 / root**3
            hidden.append((tangents, slope, second))
            x, tangents = self._activate(x, kink_width), tangents * slope
        total = 0.0
        for (inputs, slope, second), (w, _) in zip(
            reversed(hidden), reversed(self._layers[1:]), strict=True
        ):
            by_unit = w @ by_value
            total = total + (inputs * np.maximum(by_unit * second, 0)) @ inputs.T
            by_value = by_unit * slope
        return total


def rotation_of(v: np.ndarray) -> np.ndarray:
    """Rotation matrices of rotation vectors [..., 3], by squaring a Taylor series of exp."""
    x, y, z = np.moveaxis(v, -1, 0) / 64
    o = 0 * x
    k = np.moveaxis(np.array([[o, -z, y], [z, o, -x], [-y, x, o]]), (0, 1), (-2, -1))
    r = power = np.eye(3) + 0 * k
    for i in range(1, 13):
        power = power @ k / i
        r = r + power
    for _ in range(6):
        r = r @ r
    return r


LOSSES = {
    "none": (lambda s, q: s, lambda s, q: 1 + 0 * s),
    "huber": (
        lambda s, q: np.where(s.real <= q, s, 2 * np.sqrt(q * s) - q),
        lambda s, q: np.where(s.real <= q, 1 + 0 * s, np.sqrt(q / np.maximum(s.real, q))),
    ),
    "geman_mcclure": (lambda s, q: s / (1 + s / q), lambda s, q: (1 + s / q) ** -2),
}
"""ρ(s, σ²) and ρ'(s, σ²) of every robust loss."""


class Reference:
    """The cost of one frame, in the world and the units of the data.

    Args:
        objective: an objective of whose networks the numbers are taken, and nothing else.
        activation: the activation of the generator; the critic has rectified linear units.
        settings: the weights of the terms, for lengths in the unit of the data.
        units: space_scale [mm] and pixel_scale [px] of the data.
        origin: [3] the point about which the variables x place poses, in the unit of the data.
    """

    def __init__(
        self,
        objective: FrameObjective,
        activation: str,
        settings: SearchSettings,
        units: tuple[float, float],
        origin=(0.0, 0.0, 0.0),
    ):
        generator, camera = objective.model.generator, settings.camera
        self._generator = Network(generator.network, activation)
        self._critic = Network(objective.critic.network, "relu")
        self.n_z, self.settings, self.origin = generator.n_z, settings, np.asarray(origin)
        self._unit, self._in_world = 1000.0 / units[0], camera.extrinsics == "known"
        self._robust_square = (settings.robust_scale / units[1]) ** 2
        self._proposal_weight = settings.proposal_weight or 0.0
        self.free = _free_variables(camera)
        std = PRIOR_STD * [1, 1, 1 / units[1], 1 / units[1]]
        weight = np.isin(np.arange(4), self.free) * (IMAGE_ERROR / units[1] / std) ** 2
        if self._in_world and camera.intrinsics == "known":
            weight[0] = 0.0
        self.prior_weight, self.start = weight, np.array([np.log(1.65), 0.0, 0.0, 0.0])

    def pose(self, x, theta, kink_width):
        """[..., n_joints, 3] in the data's world and unit, or in the camera's frame."""
        local = self._generator(x[..., : self.n_z], kink_width)
        local = local.reshape(*local.shape[:-1], -1, 3)
        scale, y = np.exp(theta[..., :1, None]), x[..., self.n_z :]
        if self._in_world:
            rotation = rotation_of(y[..., :1] * np.array([0.0, 0.0, 1.0]))
            position = np.concatenate([y[..., 1:], 0 * y[..., :1]], axis=-1)
        else:
            local = local - local[..., :1, :]
            rotation, one = rotation_of(y[..., :3]), 1 + 0 * y[..., :1]
            position = np.exp(y[..., 5:]) * np.concatenate([y[..., 3:5], one], axis=-1)
        metres = scale * (local @ np.swapaxes(rotation, -1, -2)) + position[..., None, :]
        return self._unit * metres + self.origin

    def image(self, x, theta, frame, kink_width):
        """[..., n_joints, 2] image points of the pose."""
        p3c = self.pose(x, theta, kink_width) @ frame["r"].T + frame["t"]
        f = frame["f"] * np.exp(theta[..., 1:2])
        c = frame["c"] + theta[..., 2:]
        return f[..., None, :] * p3c[..., :2] / p3c[..., 2:] + c[..., None, :]

    def residuals(self, x, theta, frame, kink_width):
        """Residuals of image points, and of the proposal, each times the root of its weight."""
        errors = self.image(x, theta, frame, kink_width) - frame["p2"]
        errors = np.sqrt(self.settings.consistency_weight * frame["weights"])[:, None] * errors
        if not self._proposal_weight:
            return errors, np.zeros((*errors.shape[:-2], 0, 3))
        height = self._unit * np.exp(theta[..., :1, None])
        offset = (self.pose(x, theta, kink_width) - self.origin) / height - frame["p3"]
        precision = frame["std"][:, None] ** -2
        offset = offset - (precision * offset).sum(axis=-2, keepdims=True) / precision.sum()
        return errors, np.sqrt(self._proposal_weight * precision) * offset

    def cost(self, x, theta, frame, kink_width=0.0):
        """[...] the objective."""
        settings, loss = self.settings, LOSSES[self.settings.robust_loss][0]
        errors = self.image(x, theta, frame, kink_width) - frame["p2"]
        losses = loss((errors**2).sum(axis=-1), self._robust_square)
        total = 0.5 * settings.consistency_weight * (frame["weights"] * losses).sum(axis=-1)
        proposal = self.residuals(x, theta, frame, kink_width)[1]
        total = total + 0.5 * (proposal**2).sum(axis=(-2, -1))
        prior = (self.prior_weight * (theta - self.start) ** 2).sum(axis=-1)
        total = total + 0.5 * settings.consistency_weight * prior
        total = total + 0.5 * settings.prior_weight * (x[..., : self.n_z] ** 2).sum(axis=-1)
        generated = self._generator(x[..., : self.n_z], kink_width)
        return total - settings.critic_weight * self._critic(generated, kink_width)[..., 0]

    def split(self, v):
        """Variables [..., n] → x [..., n_x] and θ [..., 4], whose known ones are at the start."""
        n_x, theta = v.shape[-1] - len(self.free), np.zeros((*v.shape[:-1], 4), v.dtype)
        theta += self.start
        theta[..., self.free] = v[..., n_x:]
        return v[..., :n_x], theta

    def gradient(self, v, frame, kink_width=0.0):
        """[n] by x and the free shared variables."""
        return jacobian(lambda v: self.cost(*self.split(v), frame, kink_width)[..., None], v)[0]

    def rows(self, v, frame, kink_width=0.0):
        """[m, n] derivatives of the residuals, which a robust loss weighs by its slope."""
        errors = self.image(*self.split(v), frame, kink_width) - frame["p2"]
        slope = LOSSES[self.settings.robust_loss][1]
        root = np.sqrt(slope((errors**2).sum(axis=-1), self._robust_square))[:, None]

        def residuals(v):
            image, proposal = self.residuals(*self.split(v), frame, kink_width)
            parts = (part.reshape(*v.shape[:-1], -1) for part in (image * root, proposal))
            return np.concatenate(list(parts), axis=-1)

        return jacobian(residuals, v)

    def curvature(self, v, frame, kink_width):
        """[n, n] Gauss–Newton's, the priors', and what the units of both networks add."""
        rows, settings, n_z = self.rows(v, frame, kink_width), self.settings, self.n_z
        total = rows.T @ rows
        n_y = len(v) - n_z - len(self.free)
        shared = settings.consistency_weight * self.prior_weight[self.free]
        total += np.diag([*[settings.prior_weight] * n_z, *[0.0] * n_y, *shared])
        z, generated = v[:n_z], self._generator(v[:n_z], kink_width)
        tangents = jacobian(lambda z: self._generator(z, kink_width), z).T

        def cost_of_pose(generated):
            """The cost with this generated pose, while z stays what it is in the other terms."""
            generator = self._generator
            self._generator = lambda z, kink_width: generated
            try:
                return self.cost(*self.split(v), frame, kink_width)[..., None]
            finally:
                self._generator = generator

        by_generated = jacobian(cost_of_pose, generated)[0]
        total[:n_z, :n_z] += self._generator.unit_curvature(
            z, np.eye(n_z), by_generated, kink_width
        )
        by_logit = -np.array([settings.critic_weight])
        total[:n_z, :n_z] += self._critic.unit_curvature(generated, tangents, by_logit, kink_width)
        return total


def _free_variables(camera: CameraKnowledge) -> list[int]:
    """Indices of the shared variables that are solved for where the height is unknown."""
    focal = [] if camera.intrinsics == "known" else [1]
    centre = [2, 3] if camera.intrinsics == "unknown" else []
    return [0, *focal, *centre]


def frames_of(observed: Observations) -> list[dict]:
    """The observations of every frame by name, in float64, with its proposal where it has one."""
    camera, proposal = observed.camera, observed.proposal
    arrays = {"p2": observed.p2, "weights": observed.weights}
    arrays |= {"r": camera.r, "t": camera.t, "f": camera.f, "c": camera.c}
    if proposal is not None:
        arrays |= {"p3": proposal.p3, "std": proposal.std}
    return [{name: array[i] for name, array in arrays.items()} for i in range(len(observed))]


def motion(poses: np.ndarray, dt: float, settings: SearchSettings) -> float:
    """Smoothness and glide of poses [n_frames, n_joints, 3]."""
    total = 0.0
    for before, after in itertools.pairwise(poses):
        squares = [(v @ v) for v in (after - before) / dt]
        total += 0.5 * settings.smoothness_weight * sum(squares)
        total += settings.glide_weight * min(squares, key=lambda s: s.real)
    return total


def polished(residuals, v: np.ndarray) -> np.ndarray:
    """The least-squares solution next to v in float64, of residuals [..., n] → [..., m]."""
    solution = least_squares(
        residuals,
        v,
        lambda v: jacobian(residuals, v),
        x_scale="jac",
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
    )
    return solution.x
