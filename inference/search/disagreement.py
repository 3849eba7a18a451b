"""Disagreement of hypotheses: how uncertain joints are because other poses explain the image too.

The curvature of the cost tells how sure a pose is among the poses near it. It does not know of
other minima: an arm that reaches forwards explains nearly the same image as one that reaches back.
Hypotheses are such minima. With them the posterior of a frame is a mixture of normal distributions
about the hypotheses m_k, whose weights are their likelihoods: a cost c is half the sum of squared
errors of image points with the variance σ², times `consistency_weight` λ, so

    w_k ∝ exp(−c_k / (T·λ·σ²)),        Σ w_k = 1.

The mean squared distance of a joint from the pose x̂ that is reported is then the variance within
the normal distributions plus the variance between them, about x̂ (the law of total variance; Bishop
2006, equation 5.160 has it for mixture density networks):

    E‖x − x̂‖² = s² + Σ w_k ‖m_k − x̂‖².

The s² of the reported pose stands for that of every hypothesis.
"""

import numpy as np

from human_pose_util.transforms import fit_similarity

TEMPERATURE = 2.0
"""Factor T of the costs' unit: errors of image points are not independent, so that they tell less
than their number. The likelihood of the true joints is largest at 1.5 to 2 over 32 training
sequences of motion capture with `mocap_best`, with its proposals and without (exact image points,
5 px noise, 30 % missing, both; 8 starts, 6 hypotheses). With proposals, a factor of the second term
would be 1.6 and raise the mean logarithm of the likelihood by less than 0.002: there is none."""


OTHER_MINIMUM = 0.03
"""Mean distance of joints, in subject heights, from which on a hypothesis counts: nearer ones are
about the reported pose, where the curvature of the cost tells the variance."""

ROUNDING = 1e-4
"""Mean distance of joints, in subject heights, up to which two poses are the same one. Batches of
other sizes may round the joints of the same variables differently."""


def disagreement(
    p3w: np.ndarray,
    hypotheses_p3w: np.ndarray,
    hypotheses_cost: np.ndarray,
    cost_unit: float,
    scale: float,
) -> tuple[np.ndarray, np.ndarray]:
    """The variance between hypotheses, about the reported poses.

    Args:
        p3w: [n_frames, n_joints, 3] the reported poses.
        hypotheses_p3w: [k, n_frames, n_joints, 3] the hypotheses, the reported pose among them. One
            that is the same as the one before it only fills the array, and does not count.
        hypotheses_cost: [k, n_frames] their costs; one that is not finite does not count.
        cost_unit: λ·σ²; an image point that errs by σ in one coordinate costs half of it.
        scale: the height of the subject, in the unit of the poses.

    Returns:
        [n_frames, n_joints] Σ w_k ‖m_k − x̂‖² in the squared unit of the poses, of the joints as
        they are, and [n_frames, n_joints] of the joints once every hypothesis is aligned with the
        reported pose by a similarity transform.
    """
    is_new = np.ones(hypotheses_cost.shape, bool)
    is_new[1:] = _distance(hypotheses_p3w[1:], hypotheses_p3w[:-1]) > ROUNDING * scale
    distance = _distance(hypotheses_p3w, p3w)
    is_other, is_reported = distance > OTHER_MINIMUM * scale, distance <= ROUNDING * scale
    counts = is_new & (is_other | is_reported) & np.isfinite(hypotheses_cost)
    cost = np.where(counts, hypotheses_cost.astype(np.float64), np.inf)
    lowest = np.where(counts.any(axis=0), cost.min(axis=0), 0.0)
    likelihood = np.exp(-(cost - lowest) / (TEMPERATURE * cost_unit))
    weights = likelihood / np.maximum(likelihood.sum(axis=0), 1.0)
    aligned = fit_similarity(hypotheses_p3w, p3w).apply(hypotheses_p3w)
    placed, aligned = (
        np.einsum("kn,knj->nj", weights, ((poses - p3w) ** 2).sum(axis=3))
        for poses in (hypotheses_p3w, aligned)
    )
    return placed, aligned


def _distance(poses: np.ndarray, others: np.ndarray) -> np.ndarray:
    """[k, n_frames] mean distances between joints of two arrays that broadcast to poses."""
    return np.linalg.norm(poses - others, axis=3).mean(axis=2)
