"""A vocabulary of stances, in which legs are when they do not walk, and the ways between them.

Lengths are in fractions of the stature. The frame of a stance has x forward, y to the left and its
origin on the floor between the feet of a standing person. The place of a foot is that of its ball,
forward of the origin and outward, to the side of the foot.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

Pair = tuple[float, float]
"""Values for the left and the right foot."""

STRAIGHT = 0.6
"""A height of the pelvis that is higher than any hip: as high as the legs reach."""

# Directions in which the knees point: forward, outward, up.
_AHEAD = ((1.0, 0.12, 0.15), (1.0, 0.12, 0.15))
_APART = ((0.8, 0.6, 0.4), (0.8, 0.6, 0.4))
_UP = ((0.4, 0.12, 1.0), (0.4, 0.12, 1.0))
_FLAT_OUT = ((0.4, 1.0, 0.25), (0.4, 1.0, 0.25))


@dataclass(frozen=True)
class Stance:
    """Pelvis and feet at rest.

    Attributes:
        x: position of the pelvis forward.
        y: position of the pelvis to the left.
        z: height of the pelvis.
        pitch: pitch of the pelvis [rad], positive forward.
        roll: roll of the pelvis [rad], positive to the right.
        bend: flexion of the spine [rad], positive forward.
        forward: positions of the feet forward.
        outward: positions of the feet outward.
        lift: heights of the lowest points of the feet.
        turn: rotations of the toes outward [rad].
        heel: pitch of the feet [rad], positive: heel up; negative: toes up.
        knees: directions in which the knees point (forward, outward, up).
    """

    x: float = 0.0
    y: float = 0.0
    z: float = STRAIGHT
    pitch: float = 0.03
    roll: float = 0.0
    bend: float = 0.08
    forward: Pair = (0.0, 0.0)
    outward: Pair = (0.055, 0.055)
    lift: Pair = (0.0, 0.0)
    turn: Pair = (0.14, 0.14)
    heel: Pair = (0.0, 0.0)
    knees: tuple[tuple[float, float, float], tuple[float, float, float]] = _AHEAD


# Standard deviations of the values of a stance.
_SPREAD = Stance(
    x=0.008, y=0.008, z=0.004, pitch=0.05, roll=0.02, bend=0.06,
    forward=(0.02, 0.02), outward=(0.008, 0.008), turn=(0.1, 0.1), heel=(0.01, 0.01),
    knees=((0.04, 0.08, 0.04), (0.04, 0.08, 0.04)),
)  # fmt: skip

_CHAIR = Stance(x=-0.20, z=0.290, pitch=-0.08, bend=0.22, knees=((1.0, 0.15, 0.6),) * 2)
_FLOOR = Stance(x=-0.32, z=0.058, pitch=-0.25, bend=0.30, outward=(0.06, 0.06), knees=_UP)

STANCES = {
    "stand": Stance(x=-0.025),
    "stand wide": Stance(x=-0.02, outward=(0.10, 0.10), turn=(0.25, 0.25)),
    "stand easy": Stance(
        x=-0.025, y=0.030, roll=-0.07, forward=(0.0, 0.045), outward=(0.045, 0.09),
        turn=(0.1, 0.4), heel=(0.0, 0.12), z=STRAIGHT,
    ),
    "stand astride": Stance(forward=(0.08, -0.09), outward=(0.05, 0.06), heel=(0.0, 0.25)),
    "tiptoe": Stance(x=0.0, pitch=0.0, bend=0.0, heel=(0.6, 0.6)),
    "lunge": Stance(
        x=0.02, z=0.42, pitch=0.12, forward=(0.19, -0.20), heel=(0.0, 0.75), outward=(0.06, 0.06)
    ),
    "bow": Stance(x=-0.055, pitch=0.45, bend=0.55),
    "reach down": Stance(
        x=-0.06, z=0.43, pitch=0.60, bend=0.60, forward=(0.04, -0.04), heel=(0.0, 0.2)
    ),
    "crouch": Stance(x=-0.07, z=0.34, pitch=0.35, bend=0.40, forward=(0.06, -0.05),
                     heel=(0.05, 0.4)),
    "squat": Stance(x=-0.075, z=0.215, pitch=0.25, bend=0.45, heel=(0.35, 0.45), knees=_APART,
                    outward=(0.07, 0.07), turn=(0.35, 0.35)),
    "kneel on one": Stance(x=-0.02, z=0.285, pitch=0.05, bend=0.15, forward=(0.20, -0.25),
                           outward=(0.08, 0.05), heel=(0.0, 1.25), turn=(0.1, 0.0),
                           knees=((1.0, 0.2, 0.15), (1.0, 0.4, 0.0))),
    "kneel": Stance(x=0.0, z=0.282, pitch=0.03, bend=0.12, forward=(-0.26, -0.26),
                    heel=(1.3, 1.3), turn=(0.0, 0.0), knees=((1.0, 0.4, 0.0),) * 2),
    "kneel low": Stance(x=-0.16, z=0.158, pitch=0.05, bend=0.20, forward=(-0.28, -0.28),
                        heel=(2.2, 2.2), turn=(-0.1, -0.1), outward=(0.045, 0.045),
                        knees=((1.0, 0.35, -0.1),) * 2),
    "chair": _CHAIR,
    "chair back": replace(_CHAIR, x=-0.18, pitch=-0.30, bend=0.20, forward=(0.06, 0.03)),
    "chair forward": replace(_CHAIR, pitch=0.25, bend=0.40, outward=(0.09, 0.09),
                             forward=(-0.03, -0.02)),
    "chair tucked": replace(_CHAIR, forward=(-0.12, -0.10), heel=(0.45, 0.45), pitch=0.05),
    "chair stretched": replace(_CHAIR, pitch=-0.25, forward=(0.17, 0.10), heel=(-0.35, 0.0)),
    "chair apart": replace(_CHAIR, outward=(0.15, 0.15), turn=(0.4, 0.4),
                           knees=((1.0, 0.6, 0.6),) * 2),
    "chair ankles": replace(_CHAIR, forward=(0.14, 0.17), outward=(0.010, -0.035),
                            lift=(0.0, 0.035), heel=(-0.1, -0.4), pitch=-0.15),
    "chair knees": replace(_CHAIR, lift=(0.0, 0.10), forward=(0.02, 0.13), heel=(0.0, 0.35),
                           outward=(0.04, -0.07), turn=(0.05, 0.0), pitch=-0.12,
                           knees=((1.0, 0.10, 0.6), (0.7, -0.05, 1.0))),
    "chair ankle on knee": replace(_CHAIR, lift=(0.0, 0.275), forward=(0.02, 0.055),
                                   outward=(0.07, -0.15), turn=(0.1, -1.2), pitch=-0.2,
                                   heel=(0.0, 0.1),
                                   knees=((1.0, 0.15, 0.6), (0.5, 1.0, 0.5))),
    "tandem": Stance(x=-0.01, forward=(0.07, -0.075), outward=(0.0, 0.0), turn=(0.05, 0.05)),
    "balance aside": Stance(y=0.055, roll=-0.12, outward=(0.055, 0.25), lift=(0.0, 0.10),
                            heel=(0.0, 0.3)),
    "balance far aside": Stance(y=0.025, roll=-0.45, outward=(0.055, 0.40), lift=(0.0, 0.26),
                                heel=(0.0, 0.4), knees=(_AHEAD[0], (0.6, 0.1, 0.8))),
    "balance knee up": Stance(y=0.05, pitch=-0.05, forward=(0.0, 0.10), outward=(0.055, 0.05),
                              lift=(0.0, 0.22), heel=(0.0, 0.4), knees=(_AHEAD[0], _UP[0])),
    "balance ahead": Stance(y=0.05, pitch=-0.20, forward=(0.0, 0.34), outward=(0.055, 0.05),
                            lift=(0.0, 0.16), heel=(0.0, 0.2)),
    "balance back": Stance(x=-0.06, y=0.05, pitch=0.75, bend=0.2, forward=(0.0, -0.40),
                           outward=(0.055, 0.05), lift=(0.0, 0.30), heel=(0.0, 1.3)),
    "floor knees up": replace(_FLOOR, forward=(0.05, 0.01)),
    "floor stretched": replace(_FLOOR, forward=(0.155, 0.155), heel=(-1.15, -1.15), turn=(0.2, 0.2),
                               pitch=-0.20),
    "floor one up": replace(_FLOOR, forward=(0.02, 0.165), heel=(0.0, -1.1), pitch=-0.3),
    "floor crossed": replace(_FLOOR, x=-0.17, forward=(0.05, -0.01), outward=(-0.03, -0.04),
                             heel=(0.4, 0.4), turn=(0.3, 0.3), knees=_FLAT_OUT, bend=0.30),
    "floor aside": replace(_FLOOR, x=-0.15, forward=(0.03, -0.28), outward=(-0.03, 0.19),
                           heel=(0.4, 2.0), turn=(0.3, 0.2), roll=0.08,
                           knees=((0.4, 1.0, 0.25), (1.0, 0.7, 0.1))),
    "floor leaning back": replace(_FLOOR, forward=(0.14, 0.05), heel=(-1.0, 0.0), pitch=-0.55,
                                  bend=0.15),
}  # fmt: skip


def varied_stance(rng: np.random.Generator, name: str) -> Stance:
    """A random variation of a stance, mirrored half of the time.

    Args:
        rng: random generator.
        name: one of `STANCES`.
    """
    stance, variation = STANCES[name], {}
    mirrored = rng.uniform() < 0.5
    for field in fields(Stance):
        value, spread = np.array(getattr(stance, field.name)), getattr(_SPREAD, field.name)
        value = value + np.clip(rng.standard_normal(value.shape), -2, 2) * spread
        if mirrored and value.ndim:
            value = value[::-1]
        elif mirrored and field.name in ("y", "roll"):
            value = -value
        variation[field.name] = value
    if stance.z == STRAIGHT:
        variation["z"] = STRAIGHT
    return Stance(**variation)


# Nobody gets from every posture to every other one directly. Stances belong to postures, between
# which there are ways; who passes a posture on the way takes the stance given here.
_STANCE_OF_POSTURE = {
    "up": "crouch",
    "floor": "floor knees up",
    **{name: name for name in ("squat", "chair", "kneel on one", "kneel", "kneel low")},
}
_NEIGHBOURS = {
    "up": ("kneel on one", "squat", "chair"),
    "squat": ("up", "floor"),
    "floor": ("squat", "kneel low"),
    "kneel low": ("kneel", "floor"),
    "kneel": ("kneel on one", "kneel low"),
    "kneel on one": ("up", "kneel"),
    "chair": ("up", "legs crossed"),
    "legs crossed": ("chair",),
}


def _posture(name: str) -> str:
    """The posture to which the stance `name` belongs."""
    if name in ("chair knees", "chair ankle on knee"):
        return "legs crossed"
    seat = name.split()[0]
    if seat in ("floor", "chair"):
        return seat
    return name if name in _STANCE_OF_POSTURE else "up"


def route(start: str, stop: str) -> list[str]:
    """Names of the stances to pass through on the shortest way between two stances.

    Args:
        start: name of the first stance.
        stop: name of the last stance.
    """
    goal, ways = _posture(stop), [[_posture(start)]]
    # From legs crossed to legs crossed, perhaps the other way round, the legs are uncrossed first.
    if ways == [[goal]] and goal != "legs crossed":
        return []
    # Breadth-first search: the ways are tried in the order of their lengths.
    while ways[0][-1] != goal or len(ways[0]) == 1:
        way = ways.pop(0)
        ways += [[*way, posture] for posture in _NEIGHBOURS[way[-1]]]
    return [_STANCE_OF_POSTURE[posture] for posture in ways[0][1:-1]]
