"""The objective in float64, from its formulas alone; derivatives by complex steps.

Written from docs/inference.md and the modules' docstrings: one frame at a time, in the world and
units of the data, without TensorFlow. Every function is analytic in its variables, so the imaginary
part of f(x + ih)/h is the derivative to the last digit (Squire and Trapp 1998). Leading dimensions
of variables are a batch.
"""

import itertools

import numpy as np
from scipy.optimize import least_squares

STEP = 1e-30
SPREADS = np.array([0.07, 0.25, 50.0, 50.0])  # priors of log s, log f-factor, c [px]
IMAGE_ERROR = 3.0  # [px], which they are weighed against


def jacobian(function, x: np.ndarray) -> np.ndarray:
    """Derivatives [m, n] of a function of points [..., n] → [..., m] at x [n]."""
    return (function(x + 1j * STEP * np.eye(len(x))).imag / STEP).T


class Network:
    """A perceptron's values and the second derivatives that its units add to a cost."""

    def __init__(self, perceptron, activation: str):
        self._layers = [
            (layer.w.numpy().astype(float), layer.b.numpy().astype(float))
            for layer in perceptron.layers
        ]
        self._activation = activation

    def __call__(self, x: np.ndarray, smoothing: float) -> np.ndarray:
        (w, b), *others = self._layers
        x = x @ w + b
        for w, b in others:
            x = self._activate(x, smoothing) @ w + b
        return x

    def _activate(self, x, smoothing):
        return (
            np.tanh(x) if self._activation == "tanh" else 0.5 * (x + np.sqrt(x * x + smoothing**2))
        )

    def bend(self, x: np.ndarray, tangents: np.ndarray, by_value: np.ndarray, smoothing: float):
        """Σ max(0, ∂cost/∂unit·σ'')·∇u·∇uᵀ over units, along tangents [k, n_in]: [k, k]."""
        hidden = []
        for w, b in self._layers[:-1]:
            x, tangents = x @ w + b, tangents @ w
            if self._activation == "tanh":
                slope, second = 1 - np.tanh(x) ** 2, -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)
            else:
                root = np.sqrt(x * x + smoothing**2)
                slope, second = 0.5 * (1 + x / root), 0.5 * smoothing**2 / root**3
            hidden.append((tangents, slope, second))
            x, tangents = self._activate(x, smoothing), tangents * slope
        total = 0.0
        for (inputs, slope, second), (w, _) in zip(
            reversed(hidden), reversed(self._layers[1:]), strict=True
        ):
            by_unit = w @ by_value
            total = total + (inputs * np.maximum(by_unit * second, 0)) @ inputs.T
            by_value = by_unit * slope
        return total


def turn_of(v: np.ndarray) -> np.ndarray:
    """Exp of the cross-product matrices of vectors [..., 3], by squaring a Taylor series."""
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


LOSSES = {  # ρ and ρ' of s, σ²
    "none": (lambda s, q: s, lambda s, q: 1 + 0 * s),
    "huber": (
        lambda s, q: np.where(s.real <= q, s, 2 * np.sqrt(q * s) - q),
        lambda s, q: np.where(s.real <= q, 1 + 0 * s, np.sqrt(q / np.maximum(s.real, q))),
    ),
    "geman_mcclure": (lambda s, q: s / (1 + s / q), lambda s, q: (1 + s / q) ** -2),
}


class Reference:
    """One frame's cost, in the data's world and units.

    Args:
        objective: an `Objective`, whose networks' numbers are taken, and nothing else.
        activation: of its generator; the critic has rectified linear units.
        weights: the terms', for the data's units.
        camera: what is known.
        units: space_scale [mm] and pixel_scale [px].
        origin: [3] from where the x that are given measure positions, in metres.
    """

    def __init__(self, objective, activation, weights, camera, units, origin=(0.0, 0.0, 0.0)):
        generator = objective.model.generator
        self._generator = Network(generator.network, activation)
        self._critic = Network(objective.critic.network, "relu")
        self.n_z, self.weights, self.origin = generator.n_z, weights, np.asarray(origin)
        self._unit, self._in_world = 1000.0 / units[0], camera.extrinsics == "known"
        spread = SPREADS * [1, 1, 1 / units[1], 1 / units[1]]
        focal, centre = camera.intrinsics != "known", camera.intrinsics == "unknown"
        self.free = [0, *[1] * focal, *[2, 3] * centre]
        held = np.isin(np.arange(4), self.free) * (IMAGE_ERROR / units[1] / spread) ** 2
        if self._in_world and not focal:
            held[0] = 0.0
        self.held, self.start = held, np.array([np.log(1.65), 0.0, 0.0, 0.0])

    def pose(self, x, theta, smoothing):
        """[..., n_joints, 3] in the data's world and unit, or in the camera's frame."""
        local = self._generator(x[..., : self.n_z], smoothing)
        local = local.reshape(*local.shape[:-1], -1, 3)
        size, y = np.exp(theta[..., :1, None]), x[..., self.n_z :]
        if self._in_world:
            turn = turn_of(y[..., :1] * np.array([0.0, 0.0, 1.0]))
            at = np.concatenate([y[..., 1:], 0 * y[..., :1]], axis=-1)
        else:
            local = local - local[..., :1, :]
            turn, one = turn_of(y[..., :3]), 1 + 0 * y[..., :1]
            at = np.exp(y[..., 5:]) * np.concatenate([y[..., 3:5], one], axis=-1)
        metres = size * (local @ np.swapaxes(turn, -1, -2)) + at[..., None, :]
        return self._unit * metres + self.origin

    def image(self, x, theta, frame, smoothing):
        """[..., n_joints, 2] where the pose is seen."""
        p3c = self.pose(x, theta, smoothing) @ frame["r"].T + frame["t"]
        f = frame["f"] * np.exp(theta[..., 1:2])
        c = frame["c"] + theta[..., 2:]
        return f[..., None, :] * p3c[..., :2] / p3c[..., 2:] + c[..., None, :]

    def errors(self, x, theta, frame, smoothing):
        """Errors of image points, and of the proposal, each times the root of its weight."""
        w = self.weights
        away = self.image(x, theta, frame, smoothing) - frame["p2"]
        seen = np.sqrt(w.consistency * frame["weights"])[:, None] * away
        if not w.proposal:
            return seen, np.zeros((*away.shape[:-2], 0, 3))
        size = self._unit * np.exp(theta[..., :1, None])
        off = (self.pose(x, theta, smoothing) - self.origin) / size - frame["p3"]
        sure = frame["std"][:, None] ** -2
        off = off - (sure * off).sum(axis=-2, keepdims=True) / sure.sum()
        return seen, np.sqrt(w.proposal * sure) * off

    def cost(self, x, theta, frame, smoothing=0.0):
        """[...] the objective."""
        w, value = self.weights, LOSSES[self.weights.robust_loss][0]
        away = self.image(x, theta, frame, smoothing) - frame["p2"]
        losses = value((away**2).sum(axis=-1), w.robust_scale**2)
        total = 0.5 * w.consistency * (frame["weights"] * losses).sum(axis=-1)
        total = total + 0.5 * (self.errors(x, theta, frame, smoothing)[1] ** 2).sum(axis=(-2, -1))
        held = (self.held * (theta - self.start) ** 2).sum(axis=-1)
        total = total + 0.5 * w.consistency * held
        total = total + 0.5 * w.prior * (x[..., : self.n_z] ** 2).sum(axis=-1)
        made = self._generator(x[..., : self.n_z], smoothing)
        return total - w.critic * self._critic(made, smoothing)[..., 0]

    def split(self, v):
        """Variables [..., n] → x [..., n_x] and θ [..., 4] that start at `start`."""
        n_x, out = v.shape[-1] - len(self.free), np.zeros((*v.shape[:-1], 4), v.dtype)
        out += self.start
        out[..., self.free] = v[..., n_x:]
        return v[..., :n_x], out

    def gradient(self, v, frame, smoothing=0.0):
        """[n] by x and the free of θ."""
        return jacobian(lambda v: self.cost(*self.split(v), frame, smoothing)[..., None], v)[0]

    def rows(self, v, frame, smoothing=0.0):
        """[m, n] derivatives of the weighted errors, a robust loss's slope among the weights."""
        x, theta = self.split(v)
        away = self.image(x, theta, frame, smoothing) - frame["p2"]
        slope = LOSSES[self.weights.robust_loss][1]
        pull = np.sqrt(slope((away**2).sum(axis=-1), self.weights.robust_scale**2))[:, None]

        def errors(v):
            seen, off = self.errors(*self.split(v), frame, smoothing)
            parts = (part.reshape(*v.shape[:-1], -1) for part in (seen * pull, off))
            return np.concatenate(list(parts), axis=-1)

        return jacobian(errors, v)

    def curvature(self, v, frame, smoothing):
        """[n, n] Gauss–Newton's, the priors', and what both networks' units bend upwards."""
        rows, w, n_z = self.rows(v, frame, smoothing), self.weights, self.n_z
        total = rows.T @ rows
        n_place = len(v) - n_z - len(self.free)
        hold = w.consistency * self.held[self.free]
        total += np.diag([*[w.prior] * n_z, *[0.0] * n_place, *hold])
        z, made = v[:n_z], self._generator(v[:n_z], smoothing)
        tangents = jacobian(lambda z: self._generator(z, smoothing), z).T

        def with_pose(made):
            """The cost of a generated pose, with z in no other part."""
            frozen = self._generator
            self._generator = lambda z, smoothing: made
            try:
                return self.cost(*self.split(v), frame, smoothing)[..., None]
            finally:
                self._generator = frozen

        by_made = jacobian(with_pose, made)[0]
        total[:n_z, :n_z] += self._generator.bend(z, np.eye(n_z), by_made, smoothing)
        critic = -np.array([w.critic])
        total[:n_z, :n_z] += self._critic.bend(made, tangents, critic, smoothing)
        return total


def frames_of(observed, proposals=None) -> list[dict]:
    """Frames of `Observations`, float64 as they are."""
    names = ("p2", "weights", "r", "t", "f", "c")
    frames = [{name: getattr(observed, name)[i] for name in names} for i in range(len(observed))]
    if proposals is not None:
        for i, frame in enumerate(frames):
            frame["p3"], frame["std"] = proposals.p3[i], proposals.std[i]
    return frames


def motion(poses: np.ndarray, dt: float, weights) -> float:
    """Smoothness and glide of poses [n_frames, n_joints, 3]."""
    total = 0.0
    for before, after in itertools.pairwise(poses):
        squares = [(v @ v) for v in (after - before) / dt]
        total += 0.5 * weights.smoothness * sum(squares) + weights.glide * min(
            squares, key=lambda s: s.real
        )
    return total


def polished(errors, v: np.ndarray) -> np.ndarray:
    """The least-squares solution next to v in float64, of errors [..., n] → [..., m]."""
    found = least_squares(
        errors, v, lambda v: jacobian(errors, v), x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15
    )
    return found.x
