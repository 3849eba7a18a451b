"""The fifteen actions of Human3.6M: their stances, the places of their hands, and their pace."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from computed_people.body import SUBJECTS, Body
from computed_people.gait import Style, walk
from computed_people.hands import random_hands
from computed_people.kinematics import LowerBodyMotion, UpperBodyMotion, joint_positions
from computed_people.motion import Range, drift, random_timeline
from computed_people.stance_changes import Manner, random_stances

FPS = 50
"""Frames per second."""

_UNHURRIED = Manner(hold=(0.8, 2.5), move=(0.9, 1.4))


@dataclass(frozen=True)
class Action:
    """What distinguishes an action from the others. A range is that of random values.

    Attributes:
        hands: names of places for the leading hand and the other hand, to choose from.
        stances: lists of names of stances; a take uses one list and begins with its first stance.
            An action without stances is a walk.
        further: further such lists, for takes after the first: stances in which nobody is seen in
            Human3.6M's own takes, but which a prior of people should know.
        manner: how the person changes between stances.
        hold: range of the time for which hands stay at a place [s].
        move: range of the time in which hands move to another place [s].
        gaze: how far the head turns, nods and tilts [rad].
        nod: mean pitch of the head [rad].
        trunk: how far the spine twists, bends and leans [rad].
        stride: range of a walker's angles of the hips, relative to those of the mean walker.
        arms: range of the amplitude of a walker's arm swing [rad].
        lean: range of a walker's lean forward [rad].
        haste: relative variation of a walker's cadence over time.
    """

    hands: Sequence[tuple[str, str]]
    stances: Sequence[Sequence[str]] = ()
    further: Sequence[Sequence[str]] = ()
    manner: Manner = _UNHURRIED
    hold: Range = (0.3, 1.6)
    move: Range = (0.6, 1.1)
    gaze: tuple[float, float, float] = (0.5, 0.15, 0.1)
    nod: float = 0.0
    trunk: tuple[float, float, float] = (0.2, 0.06, 0.06)
    stride: Range = (0.8, 1.1)
    arms: Range = (0.25, 0.5)
    lean: Range = (0.0, 0.08)
    haste: float = 0.04


_ON_FEET = ("stand", "stand easy", "stand wide")
_ROAM = Manner(hold=(0.4, 2.0), move=(0.8, 1.3), step=0.25, turn=1.0)
_SETTLED = Manner(hold=(1.0, 3.0), move=(0.9, 1.5))
_CHAIR = ("chair", "chair back", "chair forward", "chair tucked", "chair stretched", "chair apart",
          "chair ankles", "chair knees", "chair ankle on knee")  # fmt: skip
_ON_ONE_LEG = ("balance aside", "balance far aside", "balance knee up", "balance ahead",
               "balance back", "tandem")  # fmt: skip
_AT_TABLE = ("chair", "chair forward", "chair tucked", "chair ankles", "chair")

ACTIONS = {
    "Directions": Action(
        hands=(("point", "hang"), ("point", "hip"), ("point up", "hang"), ("point across", "hang"),
               ("point", "point"), ("talk", "hang"), ("point", "talk")),
        stances=((*_ON_FEET, "stand astride"),),
        manner=_ROAM,
        trunk=(0.35, 0.08, 0.08),
    ),
    "Discussion": Action(
        hands=(("talk", "talk"), ("talk", "hang"), ("open", "open"), ("talk", "hip"),
               ("crossed", "crossed under"), ("clasped", "clasped"), ("open", "talk"),
               ("chin", "crossed under"), ("point", "hang")),
        stances=(_ON_FEET, (*_ON_FEET, "stand astride")),
        manner=_ROAM,
        hold=(0.1, 1.0),
        move=(0.4, 0.8),
    ),
    "Eating": Action(
        hands=(("mouth", "plate"), ("plate", "plate"), ("mouth", "plate"), ("mouth", "lap"),
               ("plate", "hang"), ("mouth", "hang")),
        stances=(_AT_TABLE, _AT_TABLE, ("stand", "stand easy")),
        manner=_SETTLED,
        hold=(0.2, 0.9),
        move=(0.6, 1.0),
        gaze=(0.25, 0.15, 0.06),
        nod=0.15,
    ),
    "Greeting": Action(
        hands=(("wave", "hang"), ("shake hands", "hang"), ("salute", "hang"), ("palms", "palms"),
               ("open", "open"), ("wave", "wave"), ("hang", "hang"), ("spread", "spread")),
        stances=(("stand", "stand", "bow", "stand easy", "stand astride"),),
        manner=Manner(hold=(0.3, 1.5), move=(0.8, 1.2), step=0.25, turn=1.0),
        hold=(0.4, 1.2),
        move=(0.7, 1.1),
    ),
    "Phoning": Action(
        hands=(("ear", "hang"), ("ear", "talk"), ("ear", "hip"), ("ear", "crossed under"),
               ("ear", "pocket"), ("ear", "open")),
        stances=(_ON_FEET, (*_ON_FEET, "stand astride"), _CHAIR),
        manner=_ROAM,
        hold=(0.8, 2.5),
    ),
    "Photo": Action(
        hands=(("camera", "camera"), ("camera", "camera"), ("camera low", "camera low"),
               ("camera high", "camera high"), ("camera", "hang")),
        stances=(("stand", "stand wide", "stand astride", "crouch", "tiptoe"),
                 ("stand", "kneel on one", "lunge"), ("crouch", "stand astride", "squat", "bow")),
        manner=Manner(hold=(0.4, 1.5), move=(0.8, 1.3), step=0.25, turn=0.9),
        hold=(0.6, 1.8),
        move=(0.8, 1.2),
        gaze=(0.15, 0.2, 0.12),
        trunk=(0.3, 0.1, 0.12),
    ),
    "Posing": Action(
        hands=(("hip", "hip"), ("crossed", "crossed under"), ("behind head", "behind head"),
               ("behind head", "hip"), ("overhead", "overhead"), ("flexed", "flexed"),
               ("spread", "spread"), ("overhead", "hip"), ("chin", "hip"), ("hang", "hip"),
               ("point up", "hip"), ("spread", "flexed"), ("pocket", "pocket")),
        stances=(("stand wide", "lunge", "stand easy", "stand astride", "tiptoe"),
                 ("stand easy", "stand wide", "kneel on one", "stand")),
        further=(("stand", *_ON_ONE_LEG), _ON_ONE_LEG),
        manner=Manner(hold=(0.5, 1.5), move=(0.8, 1.3), step=0.2, turn=1.2),
        move=(0.8, 1.2),
        gaze=(0.6, 0.25, 0.2),
        trunk=(0.35, 0.1, 0.18),
    ),
    "Purchases": Action(
        hands=(("shelf", "carry"), ("shelf high", "carry"), ("shelf", "shelf"), ("carry", "carry"),
               ("shelf low", "carry"), ("shelf high", "shelf high"), ("carry", "hang")),
        stances=(("stand", "stand astride", "reach down", "stand"),
                 ("reach down", "crouch", "stand", "stand astride")),
        manner=Manner(hold=(0.2, 1.0), move=(0.8, 1.3), step=0.32, turn=1.1),
        gaze=(0.3, 0.2, 0.1),
        trunk=(0.3, 0.1, 0.1),
    ),
    "Sitting": Action(
        hands=(("thigh", "thigh"), ("knee", "knee"), ("lap", "lap"), ("chin", "thigh"),
               ("crossed", "crossed under"), ("behind head", "behind head"), ("talk", "thigh"),
               ("hang", "lap")),
        stances=(_CHAIR, _CHAIR, ("stand", *_CHAIR)),
        manner=Manner(hold=(0.5, 2.0), move=(0.9, 1.4)),
        move=(0.8, 1.2),
    ),
    "SittingDown": Action(
        hands=(("floor behind", "floor behind"), ("knee", "knee"), ("thigh", "thigh"),
               ("floor beside", "shin"), ("shin", "shin"), ("floor behind", "talk"),
               ("lap", "lap"), ("floor beside", "thigh")),
        stances=(("floor knees up", "floor crossed", "floor stretched", "floor aside"),
                 ("stand", "floor crossed", "floor one up", "kneel low", "kneel"),
                 ("floor leaning back", "floor one up", "floor stretched", "floor knees up"),
                 ("squat", "kneel", "kneel low", "floor aside", "kneel on one")),
        manner=Manner(hold=(0.4, 1.5), move=(1.0, 1.6)),
        gaze=(0.5, 0.2, 0.15),
    ),
    "Smoking": Action(
        hands=(("mouth", "hang"), ("cigarette", "hang"), ("mouth", "pocket"),
               ("cigarette", "crossed under"), ("cigarette", "hip"), ("mouth", "crossed under")),
        stances=(_ON_FEET, _CHAIR, ("stand easy", "squat", "stand", "crouch")),
        manner=_SETTLED,
        hold=(0.4, 1.6),
        move=(0.7, 1.2),
    ),
    "Waiting": Action(
        hands=(("hang", "hang"), ("crossed", "crossed under"), ("hip", "hip"), ("behind", "behind"),
               ("watch", "watch"), ("pocket", "pocket"), ("clasped", "clasped"), ("hip", "hang"),
               ("forehead", "hang"), ("pocket", "chin")),
        stances=(("stand easy", "stand", "stand wide", "stand astride"), _ON_FEET, _CHAIR),
        manner=Manner(hold=(0.2, 2.5), move=(0.7, 1.2), step=0.3, turn=1.3),
        hold=(1.0, 3.0),
        gaze=(0.7, 0.2, 0.12),
    ),
    "WalkDog": Action(
        hands=(("leash", "hang"), ("leash taut", "hang"), ("leash", "pocket"), ("leash", "leash")),
        hold=(0.6, 2.0),
        gaze=(0.4, 0.15, 0.08),
        nod=0.2,
        stride=(0.7, 1.1),
        arms=(0.1, 0.3),
        lean=(-0.04, 0.14),
        haste=0.12,
    ),
    "Walking": Action(
        hands=(("hang", "hang"),),
        gaze=(0.2, 0.06, 0.04),
        trunk=(0.05, 0.03, 0.03),
        stride=(0.85, 1.25),
        arms=(0.3, 0.6),
    ),
    "WalkTogether": Action(
        hands=(("hang", "hang"), ("hang", "hang"), ("talk", "hang"), ("open", "hang"),
               ("pocket", "hang"), ("behind", "behind")),
        hold=(0.8, 2.5),
        gaze=(0.8, 0.1, 0.1),
        trunk=(0.15, 0.04, 0.04),
        stride=(0.8, 1.05),
    ),
}  # fmt: skip
"""Human3.6M's name of an action → the action."""


def perform(
    body: Body, subject: str, action: str, take: int, n_frames: int, seed: int
) -> np.ndarray:
    """One take of an action.

    Args:
        body: the body of the subject.
        subject: one of `SUBJECTS`; the random motion depends on it.
        action: one of `ACTIONS`.
        take: number of the take of this subject and action, from 0.
        n_frames: number of frames, at `FPS`.
        seed: seed of the data set.

    Returns:
        [n_frames, 32, 3] positions of Human3.6M's joints in the world [mm].
    """
    key = [seed, SUBJECTS.index(subject), list(ACTIONS).index(action), take]
    rng = np.random.default_rng(key)
    time = np.arange(n_frames) / FPS
    spec = ACTIONS[action]
    lower = _lower(rng, time, body, spec, take)
    return joint_positions(body, lower, _upper(rng, time, spec, lower))


def _lower(rng, time, body: Body, spec: Action, take: int) -> LowerBodyMotion:
    """The random motion of the pelvis and the legs in an action."""
    if spec.stances:
        lists = [*spec.stances, *(spec.further if take else ())]
        stances = lists[rng.integers(len(lists))]
        return random_stances(rng, time, body, stances, spec.manner)
    style = Style(
        stride=rng.uniform(*spec.stride),
        cadence=rng.uniform(0.70, 0.88),
        arms=rng.uniform(*spec.arms),
        width=rng.uniform(0.022, 0.042),
        lean=rng.uniform(*spec.lean),
        haste=spec.haste,
    )
    return walk(rng, time, body, style)


def _upper(rng, time, spec: Action, lower: LowerBodyMotion) -> UpperBodyMotion:
    """The random motion of the trunk, the head and the hands in an action."""
    timeline = random_timeline(rng, time, (0.3, 1.8), (0.4, 0.9))
    scale = np.array([*spec.trunk, *spec.gaze])
    hold_angles = scale * np.clip(rng.standard_normal((timeline.n_holds, 6)), -1.6, 1.6)
    angles = timeline.blend(hold_angles) + 0.12 * scale * drift(rng, time, 6, 2.0)
    spine, gaze = angles[:, :3], angles[:, 3:]
    # The shoulders of a walker turn against the hips; the head stays level and looks ahead.
    spine[:, 0] -= 0.35 * (lower.arm_swing[:, 0] - lower.arm_swing[:, 1]) / 2
    gaze[:, 0] += 0.6 * lower.gaze_lead
    gaze[:, 1] += spec.nod + 0.12 - 0.6 * (lower.turn[:, 1] + lower.bend + spine[:, 1])
    lead = 1 if rng.uniform() < 0.85 else 0
    hands = random_hands(rng, time, spec.hands, spec.hold, spec.move, lead)
    return UpperBodyMotion(spine, gaze, hands)
