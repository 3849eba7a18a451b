"""Offsets: by how much joints move away from a fit, and what holds them near it.

Neighbouring joints move alike, and the root hardly moves. With the offset δ_j [3] of joint j, that
costs

    ½ Σ ‖δ_child − δ_parent‖² / LINK²  +  ½ ‖δ_root‖² / PLACE²        over the links of the skeleton

for each coordinate alike, which is the quadratic form ½ Σ δᵀKδ over the coordinates, with one
matrix K [n_joints, n_joints]. No other term concerns a joint U that no image shows. It moves so
that the form is least, as the joints S that images show move: δ_U = −K_UU⁻¹·K_US·δ_S. What remains
is the form of δ_S with the matrix K_SS − K_SU·K_UU⁻¹·K_US (the Schur complement), so a search has
the joints S alone for its variables.
"""

from dataclasses import dataclass

import numpy as np

from human_pose_util.skeleton import Skeleton

LINK, PLACE = 0.024, 0.01
"""Standard deviations of the offset of a joint from that of its neighbour, and of the offset of the
root [subject heights]. Twice the first one lowers errors of exact image points by 0.2 mm, and
raises those of real films by 0.5. The second one holds the distance from the camera, which images
hardly tell: poses are the same with ten times as much."""


@dataclass(frozen=True)
class OffsetPrior:
    """What holds the joints that images show near a fit, and how all others follow them.

    Attributes:
        joints: [k] indices of the joints that images show.
        stiffness: [k, k] matrix of the quadratic form of their offsets [1 / subject heights²].
        follow: [n_joints, k] the matrix that takes their offsets to those of all joints.
    """

    joints: np.ndarray
    stiffness: np.ndarray
    follow: np.ndarray

    @classmethod
    def of(cls, skeleton: Skeleton, is_shown: np.ndarray) -> "OffsetPrior":
        """The prior of a skeleton.

        Args:
            skeleton: the skeleton.
            is_shown: [n_joints] whether an image shows a joint, for one at least.
        """
        form = np.zeros((skeleton.n_joints, skeleton.n_joints))
        form[skeleton.root_index, skeleton.root_index] = PLACE**-2
        for child, parent in skeleton.bones:
            difference = np.zeros(skeleton.n_joints)
            difference[child], difference[parent] = 1 / LINK, -1 / LINK
            form += np.outer(difference, difference)
        shown, hidden = np.flatnonzero(is_shown), np.flatnonzero(~np.asarray(is_shown))
        between = form[np.ix_(hidden, shown)]
        followers = -np.linalg.solve(form[np.ix_(hidden, hidden)], between)
        follow = np.zeros((skeleton.n_joints, len(shown)))
        follow[shown], follow[hidden] = np.eye(len(shown)), followers
        return cls(shown, form[np.ix_(shown, shown)] + between.T @ followers, follow)
