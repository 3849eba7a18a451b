"""The damping rule of the Levenberg–Marquardt solvers.

A step solves (H + λD)·δ = −g, with H the curvature, g the gradient, D a diagonal and λ the damping.
For single frames D is the largest element of H's diagonal times the identity: a latent dimension
that hardly moves the pose takes no long step. For a sequence D is the diagonal of H itself, because
its frames may differ by orders of magnitude (a frame of which much is seen, and one of which little
is), and each is to be damped in its own unit.

A network's cost is far from quadratic, and to evaluate it takes a tenth of the time of a new
linearisation. So shorter shares of a step are evaluated too, and the best of them is taken: for
single frames always, for a sequence where the whole step raises the cost.

λ follows two signs of how good the quadratic model is (Nielsen 1999, "Damping parameter in
Marquardt's method"): the gain ratio ϱ of the actual decrease of the cost to the predicted one, both
of the whole step, and the share that is best.

    the step is accepted    λ ← λ/12 where ϱ > 0.75, 2·λ where ϱ < 0.25; ν ← 4
                            λ ← 4·λ where the best share is below ½: the step was far too long
    no share is accepted    λ ← ν·λ, ν ← 2·ν

so that one failure after another raises λ ever faster.
"""

from types import ModuleType
from typing import Any

FIRST_DAMPING = 1e-4
"""The damping λ of the first step."""

MIN_DAMPING, MAX_DAMPING = 1e-9, 1e6
"""Bounds of λ. A problem whose damping passes the upper one is at its end: even a step along the
gradient, as short as that makes it, lowers the cost no more."""

FIRST_GROWTH = 4.0
"""The growth ν that the first failure of a step multiplies λ with."""

STEP_SHARES = (1.0, 0.5, 0.2)
"""Shares of a step whose costs are compared; the whole step is the first."""

_GOOD, _POOR = 0.75, 0.25
_LOWERING, _RAISING, _SHORTENING = 1 / 12, 2.0, 4.0


def next_damping(
    xp: ModuleType, damping: Any, growth: Any, accepted: Any, gain_ratio: Any, share: Any
) -> tuple[Any, Any]:
    """The damping λ and its growth ν after a step.

    Args:
        xp: `numpy` or `tensorflow`, of which the other arguments are scalars or arrays.
        damping: [...] λ of the step.
        growth: [...] ν of the step.
        accepted: [...] whether a share of the step lowered the cost.
        gain_ratio: [...] actual by predicted decrease, of the whole step.
        share: [...] the share that was best.

    Returns:
        λ, not limited to its bounds, and ν, [...] each.
    """
    factor = xp.where(gain_ratio > _GOOD, _LOWERING, xp.where(gain_ratio < _POOR, _RAISING, 1.0))
    factor = xp.where(share < 0.5, _SHORTENING, factor)
    return (
        damping * xp.where(accepted, factor, growth),
        xp.where(accepted, FIRST_GROWTH, 2 * growth),
    )
