"""Whether the arms or the legs of a film are those of the other side.

Exchanges that come and go are undone before (`human_pose_util.keypoints.exchanges`). Where left and
right are wrong through a film, nothing jumps. But the GAN knows how limbs join a body, so the fit
costs less once the limbs are exchanged. Limbs that the image shows in one place, as from the side,
do not tell it, and do no harm. Someone whose legs are exchanged is nearly someone seen from behind
whose arms are exchanged, so the fit does not tell which of the two it is.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from human_pose_util.keypoints.exchanges import legs_and_arms
from human_pose_util.skeleton.mapping import KeypointMapping
from inference.model.observations import Observations

N_EXCHANGED, FEWEST_FRAMES = 24, 10
"""Number of frames that are fitted with limbs exchanged, and least number that tells anything."""


def with_limbs_exchanged(observed: Observations, mapping: KeypointMapping) -> list[Observations]:
    """Observations with left and right legs, and with left and right arms exchanged.

    Args:
        observed: the observations of a film.
        mapping: which keypoints show which joints.
    """
    exchanged = []
    for limbs in legs_and_arms(mapping.keypoints):
        order = np.arange(len(mapping.columns))
        for joint, column in enumerate(mapping.columns):
            if column in limbs:
                [order[joint]] = np.flatnonzero(mapping.columns == mapping.keypoints.mirror[column])
        p2, weights = observed.p2[:, order], observed.weights[:, order]
        exchanged.append(replace(observed, p2=p2, weights=weights))
    return exchanged


def exchange_gain(cost: np.ndarray, exchanged: Sequence[np.ndarray]) -> float:
    """By what factor the cost of most frames falls if limbs are exchanged.

    It is 1 for too few frames, and where most of them have no pose before the camera.

    Args:
        cost: [n_frames] costs of the fit.
        exchanged: costs [n_frames] of the same frames with limbs exchanged, for each exchange.
    """
    if len(cost) < FEWEST_FRAMES or not np.isfinite(np.median(cost)):
        return 1.0
    return float(np.median(cost) / min(map(np.median, exchanged)))
