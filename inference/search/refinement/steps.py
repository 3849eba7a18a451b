"""Gauss–Newton steps of a refinement."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, solveh_banded

from inference.search.refinement.objective import Model, RefinementObjective

MOST_STEPS, SMALLEST_STEP = 8, 3e-4
"""Largest number of steps, and largest move of a joint [subject heights] at which they end. The
cost would not tell that: an image point that is far off may be most of it."""

FIRST_DAMPING, MORE, MOST_DAMPING = 1.0, 10.0, 1e6
"""Damping [1 / subject heights²] after a step that raises the cost, its factor after each further
one, and damping at which the steps end. Springs have 1e3 to 1e5, so most steps need none."""


class Minimum(NamedTuple):
    """Where the steps end.

    Attributes:
        offsets: [n, k, 3] offsets [subject heights].
        lengths: [n_kinds] lengths of bones [subject heights].
    """

    offsets: np.ndarray
    lengths: np.ndarray


def minimize(objective: RefinementObjective) -> Minimum:
    """The minimum of an objective, which is near the fit.

    Where numbers overflow, as for a joint in the plane of the camera, the steps end.

    Args:
        objective: the objective.
    """
    offsets, lengths = np.zeros_like(objective.poses), objective.first_lengths.copy()
    cost, damping = objective.cost(offsets, lengths), 0.0
    for _ in range(MOST_STEPS):
        model = objective.expand(offsets, lengths)
        while True:
            try:
                by_offset, by_length = _step(model, objective.coupling, damping)
            except LinAlgError:
                return Minimum(offsets, lengths)
            moved, longer = offsets + by_offset.reshape(offsets.shape), lengths.copy()
            longer[objective.free] += by_length
            now = objective.cost(moved, longer)
            if now <= cost:
                break
            damping = max(MORE * damping, FIRST_DAMPING)
            if damping > MOST_DAMPING:
                return Minimum(offsets, lengths)
        damping = damping / MORE if damping > FIRST_DAMPING else 0.0
        offsets, lengths, cost = moved, longer, now
        if np.abs(by_offset).max() < SMALLEST_STEP:
            break
    return Minimum(offsets, lengths)


def _step(model: Model, coupling: np.ndarray, damping: float) -> tuple[np.ndarray, np.ndarray]:
    """The step of offsets [n, 3k] and of the free lengths [n_free].

    The lengths, which all frames share, are eliminated as in `inference.solvers.bordered_band`.
    """
    sides = np.concatenate([model.gradient[..., None], model.border], axis=2)
    damped = model.curvature + damping * np.eye(model.gradient.shape[1])
    if coupling.any():
        solution = _solve_coupled(damped, sides, coupling)
    else:
        solution = np.linalg.solve(damped, sides)
    gradient, border = solution[..., 0], solution[..., 1:]
    reduced = np.diag(model.of_length) - np.einsum("nia,nib->ab", model.border, border)
    by_length = -np.linalg.solve(
        reduced, model.by_length - np.einsum("nia,ni->a", model.border, gradient)
    )
    return -(gradient + border @ by_length), by_length


def _solve_coupled(blocks: np.ndarray, sides: np.ndarray, coupling: np.ndarray) -> np.ndarray:
    """The solution [n, m, q] of blocks of frames that differences of offsets couple.

    A coordinate is coupled to itself in the next frame alone, so the half bandwidth is m, that of
    the blocks, and not 2m.

    Args:
        blocks: [n, m, m] blocks of the frames, without the coupling.
        sides: [n, m, q] right-hand sides.
        coupling: [n − 1, m/3] weights of half the squared changes from a frame to the next.
    """
    n, m, _ = blocks.shape
    coupling = np.repeat(coupling, 3, axis=1)  # of a joint → of its three coordinates
    # Row r of the band holds the r-th subdiagonal (LAPACK's layout for lower matrices).
    band = np.zeros((m + 1, n, m))
    for j in range(m):
        band[: m - j, :, j] = blocks[:, j:, j].T
    band[0, 1:] += coupling
    band[0, :-1] += coupling
    band[m, :-1] = -coupling
    flat = sides.reshape(n * m, -1)
    solution = solveh_banded(band.reshape(m + 1, -1), flat, lower=True, check_finite=False)
    return solution.reshape(sides.shape)
