"""Bodies: the joints of Human3.6M, and segment lengths that vary from subject to subject.

The mean proportions are those of Drillis and Contini, "Body segment parameters" (1966), as
printed in Winter, "Biomechanics and Motor Control of Human Movement" (4th ed., 2009, figure 4.1).
Where a joint of Human3.6M's skeleton is no landmark of theirs (the hip joint's centre lies inside
the hip's breadth, the knuckles halfway down the hand) the fraction says of what it is a part.
"""

from dataclasses import dataclass, fields

import numpy as np

SUBJECTS = ("S1", "S5", "S6", "S7", "S8", "S9", "S11")
STATURE = dict(zip(SUBJECTS, (1660, 1590, 1770, 1840, 1900, 1720, 1795), strict=True))  # mm

SIDES = np.array([1.0, -1.0])  # left, right: the sign of a body's y

# Human3.6M's 32 joints; the rest repeat one of them.
N_JOINTS = 32
HIPS, SPINE, NECK, NOSE, CROWN = 0, 12, 13, 14, 15
LEGS = np.array([[6, 7, 8, 9, 10], [1, 2, 3, 4, 5]])  # hip, knee, ankle, ball, toes
ARMS = np.array([[17, 18, 19, 21, 22], [25, 26, 27, 29, 30]])  # shoulder, elbow, wrist, thumb, end
REPEATED = {11: HIPS, 16: NECK, 24: NECK, 20: 19, 23: 22, 28: 27, 31: 30}

# Ends of the comfortable range of a hinge (Norkin & White, "Measurement of Joint Motion"), radians.
MAX_KNEE_FLEXION = np.radians(150)
MAX_HIP_FLEXION = np.radians(115)
MAX_ELBOW_FLEXION = np.radians(145)
MAX_DORSIFLEXION = np.radians(30)
MAX_PLANTARFLEXION = np.radians(55)
MAX_TOE_EXTENSION = np.radians(55)

_LENGTH_VARIATION = 0.03
_BREADTH_VARIATION = 0.06


@dataclass(frozen=True)
class Body:
    """Lengths of one person, mm; both sides are alike."""

    stature: float
    ankle: float  # height of the ankle above the sole
    shank: float
    thigh: float
    hip: float  # from the pelvis' middle to a hip joint
    lumbar: float  # from the pelvis to the spine's joint
    thoracic: float  # from there to the base of the neck
    shoulder: float  # from the base of the neck to a shoulder joint
    upper_arm: float
    forearm: float
    hand: float  # from the wrist to the knuckles
    heel: float  # from below the ankle back to the heel's end
    ball: float  # from below the ankle forward to the ball of the foot
    toes: float
    nose: float  # height of the nose above the base of the neck
    crown: float  # and of the top of the head

    @property
    def leg(self) -> float:
        """From hip to ankle with a straight knee, mm."""
        return self.thigh + self.shank

    @property
    def arm(self) -> float:
        """From shoulder to wrist with a straight elbow, mm."""
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
_BREADTHS = {"hip", "shoulder"}


def make_body(subject: str, seed: int) -> Body:
    """A subject's body: the stature is the subject's own, the proportions vary with the seed.

    Args:
        subject: one of `SUBJECTS`.
        seed: of the data set.
    """
    rng = np.random.default_rng([seed, SUBJECTS.index(subject)])
    stature = STATURE[subject]
    lengths = {}
    for field in fields(Body)[1:]:
        spread = _BREADTH_VARIATION if field.name in _BREADTHS else _LENGTH_VARIATION
        factor = 1 + spread * np.clip(rng.standard_normal(), -2, 2)
        lengths[field.name] = float(stature * PROPORTIONS[field.name] * factor)
    return Body(float(stature), **lengths)
