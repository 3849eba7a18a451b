"""Bodies: the joints of Human3.6M, and segment lengths that vary from subject to subject.

The mean proportions are those of Drillis and Contini, "Body segment parameters" (1966), as
printed in Winter, "Biomechanics and Motor Control of Human Movement" (4th ed., 2009, figure 4.1).
Some joints of Human3.6M lie between the landmarks of that figure (the centre of the hip joint lies
within the breadth of the hips, the knuckles are halfway down the hand): their proportions are
written as a share of the length in the figure.
"""

from dataclasses import dataclass, fields

import numpy as np

SUBJECTS = ("S1", "S5", "S6", "S7", "S8", "S9", "S11")
"""Human3.6M's names of its subjects with 3D poses."""

STATURE = dict(zip(SUBJECTS, (1660, 1590, 1770, 1840, 1900, 1720, 1795), strict=True))
"""Subject → height of the person [mm]."""

SIDES = np.array([1.0, -1.0])
"""The sign of y, in the frame of a body, on the left and on the right."""

# Indices of Human3.6M's 32 joints.
N_JOINTS = 32
HIPS, SPINE, NECK, NOSE, CROWN = 0, 12, 13, 14, 15
LEGS = np.array([[6, 7, 8, 9, 10], [1, 2, 3, 4, 5]])
"""[2, 5] hip, knee, ankle, ball of the foot and toes of the left and of the right leg."""

ARMS = np.array([[17, 18, 19, 21, 22], [25, 26, 27, 29, 30]])
"""[2, 5] shoulder, elbow, wrist, thumb and knuckles of the left and of the right arm."""

REPEATED = {11: HIPS, 16: NECK, 24: NECK, 20: 19, 23: 22, 28: 27, 31: 30}
"""Joint → the joint that it repeats."""

# The comfortable ranges of joints (Norkin and White, "Measurement of Joint Motion") [rad].
MAX_KNEE_FLEXION = np.radians(150)
MAX_HIP_FLEXION = np.radians(115)
MAX_ELBOW_FLEXION = np.radians(145)
MAX_DORSIFLEXION = np.radians(30)
MAX_PLANTARFLEXION = np.radians(55)
MAX_TOE_EXTENSION = np.radians(55)

# Standard deviations of lengths and of breadths, relative to their means.
_LENGTH_VARIATION = 0.03
_BREADTH_VARIATION = 0.06


@dataclass(frozen=True)
class Body:
    """Lengths of one person [mm]; left and right are alike.

    Attributes:
        stature: height of the person.
        ankle: height of the ankle above the sole.
        shank: length of the shank.
        thigh: length of the thigh.
        hip: distance of a hip joint from the middle between the hips.
        lumbar: distance of the joint of the spine from the middle between the hips.
        thoracic: distance of the base of the neck from the joint of the spine.
        shoulder: distance of a shoulder joint from the base of the neck.
        upper_arm: length of the upper arm.
        forearm: length of the forearm.
        hand: distance of the knuckles from the wrist.
        heel: distance of the end of the heel from the point below the ankle, back.
        ball: distance of the ball of the foot from the point below the ankle, forward.
        toes: length of the toes.
        nose: height of the nose above the base of the neck.
        crown: height of the top of the head above the base of the neck.
    """

    stature: float
    ankle: float
    shank: float
    thigh: float
    hip: float
    lumbar: float
    thoracic: float
    shoulder: float
    upper_arm: float
    forearm: float
    hand: float
    heel: float
    ball: float
    toes: float
    nose: float
    crown: float

    @property
    def leg(self) -> float:
        """Distance of the ankle from the hip with a straight knee [mm]."""
        return self.thigh + self.shank

    @property
    def arm(self) -> float:
        """Distance of the wrist from the shoulder with a straight elbow [mm]."""
        return self.upper_arm + self.forearm


PROPORTIONS = {
    "ankle": 0.039,
    "shank": 0.246,
    "thigh": 0.245,
    "hip": 0.8 * 0.191 / 2,
    "lumbar": 0.46 * 0.288,
    "thoracic": 0.54 * 0.288,
    "shoulder": 0.85 * 0.129,
    "upper_arm": 0.186,
    "forearm": 0.146,
    "hand": 0.53 * 0.108,
    "heel": 0.27 * 0.152,
    "ball": 0.47 * 0.152,
    "toes": 0.25 * 0.152,
    "nose": 0.45 * 0.182,
    "crown": 0.93 * 0.182,
}
"""Field of `Body` → its mean, in fractions of the stature."""

_BREADTHS = {"hip", "shoulder"}


def make_body(subject: str, seed: int) -> Body:
    """The body of a subject: every subject has a fixed stature, the proportions are random.

    Args:
        subject: one of `SUBJECTS`.
        seed: seed of the data set.
    """
    rng = np.random.default_rng([seed, SUBJECTS.index(subject)])
    stature = STATURE[subject]
    lengths = {}
    for field in fields(Body)[1:]:
        spread = _BREADTH_VARIATION if field.name in _BREADTHS else _LENGTH_VARIATION
        factor = 1 + spread * np.clip(rng.standard_normal(), -2, 2)
        lengths[field.name] = float(stature * PROPORTIONS[field.name] * factor)
    return Body(float(stature), **lengths)
