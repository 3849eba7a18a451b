"""The damped step of a sequence: a block-tridiagonal system, bordered by what all frames share.

A motion term couples a frame to the next alone, so the curvature is block-tridiagonal over frames,

    [ D₀  B₁ᵀ          ]        D_i [n_x, n_x] of frame i, B_i [n_x, n_x] of frames i and i − 1,
    [ B₁  D₁  B₂ᵀ      ]        bordered by the columns E_i [n_x, k] of the k free variables that
    [     B₂  D₂  …    ]        all frames share, and by their own block S [k, k].
    [          …       ]

Its half bandwidth is 2·n_x − 1, whatever the number of frames, so a banded Cholesky factorisation
takes time and memory in proportion to that number (Anderson et al. 1999, LAPACK Users' Guide,
routine pbsv). The border is eliminated by k further right-hand sides: with A the banded matrix, the
step of the sequence variables solves the small system (S − EᵀA⁻¹E)·δθ = −(g_θ − EᵀA⁻¹g_x), and then
δx = −A⁻¹(g_x + E·δθ).
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, solveh_banded

DIAGONAL_FLOOR = 1e-6
"""Least damped element of the diagonal, as a share of the largest: an element may be 0."""


class SequenceQuadratic(NamedTuple):
    """A quadratic model of a sequence's cost around a point, float64.

    Attributes:
        gradient: [n_frames, n_x] by the frames' variables.
        diagonal: [n_frames, n_x, n_x] blocks D of the curvature.
        below: [n_frames − 1, n_x, n_x] blocks B, of a later frame and the one before it.
        shared_gradient: [k] by the free sequence variables.
        border: [n_frames, n_x, k] blocks E.
        shared: [k, k] block S.
    """

    gradient: np.ndarray
    diagonal: np.ndarray
    below: np.ndarray
    shared_gradient: np.ndarray
    border: np.ndarray
    shared: np.ndarray


class SequenceStep(NamedTuple):
    """A damped step.

    Attributes:
        x: [n_frames, n_x] step of the frames' variables.
        theta: [k] step of the free sequence variables.
        decrease: the decrease of the cost that the quadratic model predicts.
    """

    x: np.ndarray
    theta: np.ndarray
    decrease: float


def sequence_step(q: SequenceQuadratic, damping: float, largest: np.ndarray) -> SequenceStep | None:
    """The damped step; None where the damped matrix is not positive definite, or not finite.

    Args:
        q: the quadratic model.
        damping: λ; each variable is damped by λ times its own element of the diagonal.
        largest: [k] bound of the step of each sequence variable.
    """
    # Poses far from where they belong may have a finite cost whose derivatives overflow.
    if not all(np.isfinite(part).all() for part in q):
        return None
    n_frames, n_x = q.gradient.shape
    diagonal = np.diagonal(q.diagonal, axis1=1, axis2=2)
    added = damping * np.maximum(diagonal, DIAGONAL_FLOOR * diagonal.max()) + 1e-12
    damped = q.diagonal + added[..., None] * np.eye(n_x)
    border = q.border.reshape(n_frames * n_x, -1)
    sides = np.concatenate([q.gradient.reshape(-1, 1), border], axis=1)
    try:
        solution = solveh_banded(_banded(damped, q.below), sides, lower=True, check_finite=False)
        added_shared = damping * np.diag(q.shared)
        reduced = q.shared + np.diag(added_shared) - border.T @ solution[:, 1:]
        theta = -np.linalg.solve(reduced, q.shared_gradient - border.T @ solution[:, 0])
    except LinAlgError:
        return None
    if (np.diag(reduced) <= 0).any():
        theta = np.zeros_like(theta)  # the model bends downwards: frames alone move
    theta = np.clip(theta, -largest, largest)
    x = -(solution[:, 0] + solution[:, 1:] @ theta).reshape(n_frames, n_x)
    # The model's decrease −g·δ − ½δᵀHδ. With A = D + μ the damped band, A·δx = −(g_x + E·δθ), which
    # takes the band itself out of it. This holds for any δθ, a clipped one too.
    moved = border @ theta
    decrease = -q.shared_gradient @ theta - 0.5 * float(
        np.sum(x * (q.gradient - added * x)) + np.ravel(x) @ moved + theta @ q.shared @ theta
    )
    return SequenceStep(x, theta, decrease)


def _banded(diagonal: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Block-tridiagonal blocks in LAPACK's lower banded form, [2·n_x, n_frames·n_x].

    Row r of that form holds the r-th subdiagonal: element (j + r, j) of the matrix stands in row r
    and column j. Column j of frame i consists of column j of the blocks D_i and B_{i+1}, one below
    the other, from the diagonal element on.
    """
    n_frames, n, _ = diagonal.shape
    columns = np.zeros((n_frames, 3 * n, n))
    columns[:, :n], columns[:-1, n : 2 * n] = diagonal, below
    banded = np.empty((2 * n, n_frames, n))
    for j in range(n):
        banded[:, :, j] = columns[:, j : j + 2 * n, j].T
    return banded.reshape(2 * n, -1)
