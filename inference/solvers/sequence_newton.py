"""Newton's method for what the frames of a sequence share.

With F(θ) the sum over a sequence's frames of the least cost at θ, at the frames' minima F' = Σ f_θ,
and F'' = Σ (f_θθ − f_xθᵀ·f_xx⁻¹·f_xθ), the curvature that is left when every frame gives way. The
frames follow a step of θ to first order. Where they are not at their minima, their own Newton step
is counted in, so that θ need not wait for them.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from inference.objective.frame_objective import Objective
from inference.objective.residuals import Frames
from inference.solvers.batches import SIZES, in_batches

MOST_AGAIN, SHARES = 0.75, (1.0, 0.25)
RIDGE = 1e-5


class SharedNewton:
    """Steps of what is shared, for one objective, compiled once.

    Args:
        objective: of single frames.
        cost: (x [n_frames, n_x], (θ [n_frames, 4], *frames), easing) → [n_frames], the objective's.
    """

    def __init__(self, objective: Objective, cost: Callable[..., np.ndarray]):
        shared, self._n_x = objective.model.shared, objective.model.n_x
        self._free, self._largest = list(shared.free), shared.largest_step[list(shared.free)]
        self._expand = tf.function(objective.expand, jit_compile=True, autograph=False)
        self._respond = in_batches(self._response, SIZES[:1])  # seldom called, slow to compile
        self._cost = cost

    def step(
        self,
        x: np.ndarray,
        theta: np.ndarray,
        segments: np.ndarray,
        frames: Sequence[np.ndarray],
        easing: float,
        last: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """One step, where it lowers a sequence's cost.

        Kinks make Newton's steps too short, each a like share of the one before; so a step is
        made as long as all that would follow.

        Args:
            x: [n_frames, n_x].
            theta: [n_sequences, 4].
            segments: [n_frames] which sequence each frame belongs to.
            frames: observations, arrays [n_frames, ...] in the order of `Frames`.
            easing: of the frames.
            last: [n_sequences, k] the step before this one, to learn from.

        Returns:
            x and θ afterwards, the step [n_sequences, k], and the relative gain [n_sequences]
            that was expected of it; 0 for a sequence that does not move.
        """
        n, k = len(theta), len(self._free)
        if not k:
            return x, theta, np.zeros((n, 0)), np.zeros(n)
        widths = np.full(len(segments), easing, np.float32)
        thetas = theta[segments].astype(np.float32)
        parts = self._respond(x, thetas, widths, tuple(frames))
        valid = np.all(
            [np.isfinite(part.reshape(len(x), -1)).all(axis=1) for part in parts], axis=0
        )
        cost, slope, curvature, follow = (np.where(_like(valid, p), p, 0.0) for p in parts)
        slopes, curvatures = np.zeros((n, k)), np.zeros((n, k, k))
        np.add.at(slopes, segments, slope)
        np.add.at(curvatures, segments, curvature)
        curvatures += 1e-9 * np.eye(k)
        step = -np.linalg.solve(curvatures, slopes[..., None])[..., 0]
        if last is not None:
            square = np.maximum(np.sum(last * last, axis=1), 1e-30)
            step /= 1 - np.clip(np.sum(step * last, axis=1) / square, 0, MOST_AGAIN)[:, None]
        step = np.clip(step, -self._largest, self._largest)
        total = np.bincount(segments, cost, n)
        gain = -0.5 * (slopes * step).sum(axis=1) / np.maximum(total, 1e-30)
        x, theta, step = self._lowered(x, theta, segments, frames, easing, follow, step)
        return x, theta, step, np.where(step.any(axis=1), gain, 0.0)

    def _lowered(self, x, theta, segments, frames, easing, follow, step):
        """Take the shares of steps [n_sequences, k] that lower costs: x, θ, and what was taken."""
        n = len(theta)

        def costs(x: np.ndarray, theta: np.ndarray) -> np.ndarray:
            return self._cost(x, (theta[segments].astype(np.float32), *frames), easing)

        before = costs(x, theta)
        seen = np.isfinite(before)  # a frame behind the camera does not keep the others back

        def totals(cost: np.ndarray) -> np.ndarray:
            return np.bincount(segments[seen], cost[seen], n)

        taken = np.zeros_like(step)
        for share in SHARES:
            new = theta.copy()
            new[:, self._free] += share * step
            there = x + (share * follow @ step[segments][..., None])[..., 0].astype(np.float32)
            lower = (totals(costs(there, new)) <= totals(before)) & ~taken.any(axis=1)
            taken[lower] = share * step[lower]
            x = np.where(lower[segments][:, None], there, x)
            theta = np.where(lower[:, None], new, theta)
            step = np.where(lower[:, None], 0.0, step)
            if not step.any():
                break
        return x, theta, taken

    def _response(self, x, theta, easing, frames):
        """Costs, reduced slopes [batch, k] and curvatures [batch, k, k] by θ, and dx/dθ."""
        n_x = self._n_x
        cost, gradient, curvature = self._expand(x, theta, easing, Frames(*frames))
        by_xx, by_x_theta = curvature[:, :n_x, :n_x], curvature[:, :n_x, n_x:]
        diagonal = tf.linalg.diag_part(by_xx)
        ridge = RIDGE * tf.reduce_max(diagonal, axis=1, keepdims=True) + 1e-12
        factor = tf.linalg.cholesky(tf.linalg.set_diag(by_xx, diagonal + ridge))
        sides = tf.concat([by_x_theta, gradient[:, :n_x, None]], axis=2)
        solved = tf.linalg.cholesky_solve(factor, sides)
        slope = gradient[:, n_x:] - tf.reduce_sum(by_x_theta * solved[..., -1:], axis=1)
        reduced = tf.matmul(by_x_theta, solved[..., :-1], transpose_a=True)
        return cost, slope, curvature[:, n_x:, n_x:] - reduced, -solved[..., :-1]


def _like(condition: np.ndarray, array: np.ndarray) -> np.ndarray:
    """A condition [n] with as many axes as an array [n, ...]."""
    return condition.reshape(-1, *[1] * (array.ndim - 1))
