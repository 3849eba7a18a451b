"""Whether the arms, the legs or both are those of the other side in a film.

Exchanges that come and go are undone before (`human_pose_util.keypoints.exchanges`). Where left and
right are wrong through a film, nothing jumps. But the GAN knows how limbs join a body, so the fit
costs less once the limbs are exchanged. Limbs that the image shows in one place, as from the side,
do not tell it, and do no harm. Someone whose legs are exchanged is nearly someone seen from behind
whose arms are exchanged, so the fit does not tell which of the two it is. Someone whose legs and
arms are exchanged is nearly someone seen from behind, so the fit tells it of half of the films.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from human_pose_util.keypoints.exchanges import legs_and_arms
from human_pose_util.skeleton.mapping import KeypointMapping
from inference.model.observations import Observations

N_EXCHANGED, FEWEST_FRAMES = 20, 10
"""Number of frames that are fitted with limbs exchanged, and least number that tells anything."""

BOTH_SEEN = 0.5
"""Of the views of limbs of either side, the share above which the other side is seen in the same
frame, or the limbs are not exchanged: where one side is hidden, an exchange hides the other one
instead, and a fit to other joints may cost less."""


def with_limbs_exchanged(observed: Observations, mapping: KeypointMapping) -> list[Observations]:
    """Observations with left and right legs, left and right arms, and both exchanged.

    Limbs of which mostly one side is seen do not tell whether they are exchanged; they are left
    out.

    Args:
        observed: the observations of a film.
        mapping: which keypoints show which joints.
    """
    legs, arms = (_order(limbs, mapping) for limbs in legs_and_arms(mapping.keypoints))
    orders = [order for order in (legs, arms) if _shows_both(observed.weights > 0, order)]
    if len(orders) == 2:
        orders.append(legs[arms])
    return [
        replace(observed, p2=observed.p2[:, order], weights=observed.weights[:, order])
        for order in orders
    ]


def _order(limbs: Sequence[int], mapping: KeypointMapping) -> np.ndarray:
    """[n_joints] for each joint, the one in whose place it is once limbs are exchanged."""
    order = np.arange(len(mapping.columns))
    for joint, column in enumerate(mapping.columns):
        if column in limbs:
            [order[joint]] = np.flatnonzero(mapping.columns == mapping.keypoints.mirror[column])
    return order


def _shows_both(is_seen: np.ndarray, order: np.ndarray) -> bool:
    """Whether views [n_frames, n_joints] of the joints that `order` exchanges show both sides."""
    left = is_seen[:, order != np.arange(len(order))]
    right = is_seen[:, order][:, order != np.arange(len(order))]
    return bool((left & right).sum() > BOTH_SEEN * (left | right).sum())


def exchange_gain(cost: np.ndarray, exchanged: Sequence[np.ndarray]) -> float:
    """By what factor the cost of most frames falls if limbs are exchanged.

    It is 1 for too few frames, where most of them have no pose before the camera, and where no
    exchange is compared.

    Args:
        cost: [n_frames] costs of the fit.
        exchanged: costs [n_frames] of the same frames with limbs exchanged, for each exchange.
    """
    if len(cost) < FEWEST_FRAMES or not np.isfinite(np.median(cost)) or not exchanged:
        return 1.0
    return float(np.median(cost) / min(map(np.median, exchanged)))
