"""The floor of a sequence: the plane on which its feet stand, found in the poses of a first fit.

Joints of feet that stand still (`inference.model.contacts`) stand on the floor, each
kind of joint, such as the ankles, at a height of its own above it. The vertical u minimises

    Σ w·(u·(x − x̄))²/σ_f²  +  ‖u − d‖²/σ_d²

over the places x of the joints that stand, with the means x̄ of their kinds, and the vertical d that
the poses tell: a linear system, whose solution is scaled to length 1. A joint far from its plane
loses its weight w, since people also stand on steps and on chairs. Where most joints are far from
it, because the camera sways for instance, the floor as a whole loses its weight.
"""

from dataclasses import dataclass

import numpy as np

from human_pose_util.robust import robust_weights, weighted_median
from human_pose_util.transforms import unit

POSE_STD, FOOT_STD = np.radians(5.0), 0.03
"""Standard deviations of the vertical that poses tell [radians], and of the height of a joint that
stands [m]."""

FARTHEST = 0.06
"""Distance [m] from the plane at which a joint counts a quarter."""

UNEVENNESS = 0.007
"""Median of the distances [m] from the plane at which the floor as a whole counts a quarter. In
motion capture, half of the takes have less than 5 mm before a camera that stands still, and more
than 23 mm before a hand-held one, whose films a floor would make worse; real films have 1 to
10 mm."""

FOOT_TIME = 0.5
"""Time [s] for which the error of a foot stays: the frames of that time are one measurement."""

ROUNDS = 4
"""How often the plane is found, each time with weights by the distances from the one before."""


@dataclass(frozen=True)
class Floor:
    """A floor, as a plane for each joint that may stand on it.

    Attributes:
        up: [3] unit vector, the vertical in the frame in which poses are placed.
        heights: [n_joints] heights of the planes along the vertical [m].
        weights: [n_frames, n_joints] how sure it is that a joint is in its plane, 0 to 1.
    """

    up: np.ndarray
    heights: np.ndarray
    weights: np.ndarray

    @classmethod
    def unknown(cls, n_frames: int, n_joints: int) -> "Floor":
        """A floor on which nothing is known to stand."""
        return cls(np.array([0.0, 0.0, 1.0]), np.zeros(n_joints), np.zeros((n_frames, n_joints)))

    @classmethod
    def under(
        cls,
        p3: np.ndarray,
        contact: np.ndarray,
        kinds: np.ndarray,
        dt: float,
        up: np.ndarray,
        is_vertical_known: bool,
    ) -> "Floor":
        """The floor under the poses of a sequence.

        Args:
            p3: [n_frames, n_joints, 3] poses in order of time [m].
            contact: [n_frames, n_joints] how sure it is that a joint stands still in the step in
                time that ends at a frame, 0 to 1.
            kinds: [n_joints] numbers of the kinds of the joints, from 0: a left and a right ankle
                are of one kind.
            dt: time between frames [s].
            up: [3] the vertical, known, or as the poses tell it.
            is_vertical_known: whether the vertical is known, so that only heights are found.
        """
        # A joint stands in a frame if it does so in the step before or in the one after.
        stands = np.maximum(contact, np.roll(contact, -1, axis=0))
        stands[-1] = contact[-1]
        vertical = unit(up)
        trust = stands
        for _ in range(ROUNDS):
            if not is_vertical_known:
                vertical = _vertical(p3, trust, kinds, dt, up)
            heights = p3 @ vertical
            planes = _means(heights, trust, kinds)
            distances = heights - planes
            trust = stands * robust_weights(distances, FARTHEST)
        if not stands.any():
            return cls(vertical, planes, trust)
        unevenness = weighted_median(np.abs(distances), stands)
        return cls(vertical, planes, trust * robust_weights(unevenness, UNEVENNESS))


def _vertical(
    p3: np.ndarray, weights: np.ndarray, kinds: np.ndarray, dt: float, up: np.ndarray
) -> np.ndarray:
    """The vertical [3] that poses and the places of joints that stand tell."""
    offsets = p3 - _means(p3, weights, kinds)
    # Errors last, so only so many frames count as measurements of their own.
    scale = 1 / (max(FOOT_TIME / dt, 1.0) * FOOT_STD**2)
    matrix = scale * np.einsum("nj,njk,njl->kl", weights, offsets, offsets)
    pull = unit(up) / POSE_STD**2
    return unit(np.linalg.solve(matrix + np.eye(3) / POSE_STD**2, pull))


def _means(values: np.ndarray, weights: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """For each joint, the mean over frames and over the joints of its kind.

    Args:
        values: [n_frames, n_joints, ...].
        weights: [n_frames, n_joints].
        kinds: [n_joints].

    Returns:
        [n_joints, ...]; 0 for a kind without any weight.
    """
    is_kind = (kinds[:, None] == kinds).astype(float)
    totals = np.einsum("nj,nj...->j...", weights, values)
    per_kind = np.tensordot(is_kind, totals, axes=1)
    weight = is_kind @ weights.sum(axis=0)
    return per_kind / np.maximum(weight, 1e-9).reshape(-1, *[1] * (values.ndim - 2))
