"""Balance: someone who stands has the centre of mass above the feet, which tells the vertical.

A pose alone tells the vertical badly: a network that has seen upright people straightens someone
who leans. Physics does not. Over some time, the centre of mass of a person who neither jumps nor
falls is above what supports the person. In the image that is precise, whatever the depths are.
"""

from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton

SEGMENTS = (
    (0.100, "hip", "knee", 0.433),
    (0.061, "knee", "ankle", 0.606),
    (0.028, "shoulder", "elbow", 0.436),
    (0.022, "elbow", "wrist", 0.682),
)
"""Segments of either side: share of the body's mass, the joints at its ends, and where between them
its centre of mass is. The last segments of a limb include the foot and the hand (Winter,
"Biomechanics and Motor Control of Human Movement", 2009, table 4.1)."""

TRUNK, HEAD = 0.497, 0.081
"""Shares of the trunk, whose centre is amid hips and shoulders, and of head and neck."""

BAND, SOFTNESS = 80.0, 20.0
"""Height [mm] above the lower foot up to which a foot bears weight, and over which that fades."""

LOWER, FADE = 25.0, 15.0
"""Height [mm] above the lower foot up to which a foot bears weight in a step in time, and over
which that fades. It is less than `BAND`: a foot that is lifted by 5 cm still tells where someone
stands, but it moves, and so it must not tell how the camera moves."""

STANDING_HEIGHT = 0.85
"""Height of the centre of mass above the feet, in lengths of a leg, from which someone stands:
about 1.1 for a person who stands upright, 0.75 for one who sits."""


def ankles(skeleton: Skeleton) -> list[int]:
    """Numbers of the left and of the right ankle.

    Args:
        skeleton: the skeleton, for which `can_balance` holds.
    """
    return [skeleton.joint_index(f"{side}_ankle") for side in "lr"]


def can_balance(skeleton: Skeleton) -> bool:
    """Whether a skeleton has the joints that tell the centre of mass.

    Args:
        skeleton: the skeleton.
    """
    needed = {f"{side}_{j}" for side in "lr" for _, *ends, _ in SEGMENTS for j in ends}
    return needed <= set(skeleton.joints)


def stance_joints(skeleton: Skeleton) -> list[int]:
    """Numbers of the joints that have to be seen to tell how a person stands; hands do not.

    Args:
        skeleton: the skeleton, for which `can_balance` holds.
    """
    names = {joint for _, *ends, _ in SEGMENTS for joint in ends} - {"wrist"}
    return [skeleton.joint_index(f"{side}_{name}") for side in "lr" for name in sorted(names)]


class Stance(NamedTuple):
    """What tells whether and how a person stands.

    Attributes:
        centre: [n_frames, 3] centres of mass [mm].
        feet: [n_frames, 2, 3] middles of both feet [mm].
        leg_length: length of a leg [mm].
    """

    centre: np.ndarray
    feet: np.ndarray
    leg_length: float

    @classmethod
    def of(cls, p3: np.ndarray, skeleton: Skeleton) -> "Stance":
        """The stance of poses.

        Args:
            p3: [n_frames, n_joints, 3] poses [mm].
            skeleton: their skeleton, for which `can_balance` holds.
        """
        return cls(centre_of_mass(p3, skeleton), feet_of(p3, skeleton), _leg_length(p3, skeleton))

    def arrows(self, up: np.ndarray) -> np.ndarray:
        """Vectors from what supports the person to the centre of mass, where the person stands.

        Args:
            up: [3] unit vector, the vertical as far as it is known: it tells which foot bears
                weight.

        Returns:
            [n_frames, 3] mm; NaN in frames in which the person does not stand.
        """
        share = loads(self.feet @ up, BAND, SOFTNESS)
        share /= share.sum(axis=1, keepdims=True)
        # What supports the person is a point between the feet, nearer to the one with more weight.
        arrows = self.centre - np.einsum("nf,nfk->nk", share, self.feet)
        is_standing = arrows @ up > STANDING_HEIGHT * self.leg_length
        return np.where(is_standing[:, None], arrows, np.nan)

    def stands(self, up: np.ndarray) -> np.ndarray:
        """Whether the person stands in each frame, [n_frames].

        Args:
            up: as for `arrows`.
        """
        return np.isfinite(self.arrows(up)).all(axis=1)


def centre_of_mass(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Centres of mass [n_frames, 3] of poses.

    Args:
        p3: [n_frames, n_joints, 3] poses.
        skeleton: their skeleton, for which `can_balance` holds.
    """

    def at(joint: str) -> np.ndarray:
        return p3[:, skeleton.joint_index(joint)]

    # The shares of SEGMENTS are those of one side. Both sides, trunk and head add up to 1.
    hips, shoulders = (0.5 * (at(f"l_{j}") + at(f"r_{j}")) for j in ("hip", "shoulder"))
    head = [j for j, name in enumerate(skeleton.joints) if name.startswith("head")]
    parts = [
        (TRUNK, 0.5 * (hips + shoulders)),
        (HEAD, p3[:, head].mean(axis=1) if head else shoulders),
    ]
    for side in "lr":
        for share, near, far, along in SEGMENTS:
            ends = at(f"{side}_{near}"), at(f"{side}_{far}")
            parts.append((share, (1 - along) * ends[0] + along * ends[1]))
    return sum(share * place for share, place in parts) / sum(share for share, _ in parts)


def loads(heights: np.ndarray, band: float, softness: float) -> np.ndarray:
    """How much each foot bears weight, [n, 2], 0 to 1.

    Args:
        heights: [n, 2] heights of both feet [mm].
        band: height above the lower foot up to which a foot bears weight [mm].
        softness: height over which that fades [mm].
    """
    # A logistic function falls from 1 to 0 about the band, so that a foot that is lifted loses its
    # weight gradually, and the vertical does not jump.
    above = heights - heights.min(axis=1, keepdims=True)
    return 1 / (1 + np.exp((above - band) / softness))


def step_weights(heights: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """How much each foot bears weight in each step in time, [n_frames − 1, 2], 0 to 1.

    Args:
        heights: [n_frames, 2] heights of both feet [mm].
        shown: [n_frames, 2] whether keypoints show the feet; a step that is not seen counts for
            nothing.
    """
    # The heights amid the step are those of its middle in time.
    weights = loads(0.5 * (heights[1:] + heights[:-1]), LOWER, FADE)
    return weights * (shown[1:] & shown[:-1])


def feet_of(p3: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Middles of both feet, [n_frames, 2, 3]: of ankle and toes, or the ankle alone.

    Args:
        p3: [n_frames, n_joints, 3] poses.
        skeleton: their skeleton, for which `can_balance` holds.
    """
    feet = []
    for side in "lr":
        joints = [f"{side}_{part}" for part in ("ankle", "toes")]
        known = [skeleton.joint_index(joint) for joint in joints if joint in skeleton.joints]
        feet.append(p3[:, known].mean(axis=1))
    return np.stack(feet, axis=1)


def _leg_length(p3: np.ndarray, skeleton: Skeleton) -> float:
    """Length of a leg, from the hip over the knee to the ankle: the median over frames and legs."""
    legs = []
    for side in "lr":
        joints = [skeleton.joint_index(f"{side}_{j}") for j in ("hip", "knee", "ankle")]
        legs.append(np.linalg.norm(np.diff(p3[:, joints], axis=1), axis=2).sum(axis=1))
    return float(np.median(legs))
