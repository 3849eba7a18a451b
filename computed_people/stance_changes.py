"""Changes between stances: steps, turns, sitting down and getting up."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from computed_people.body import SIDES, Body
from computed_people.kinematics import LowerBodyMotion
from computed_people.limbs import Feet
from computed_people.motion import Range, Timeline, bump, drift
from computed_people.stances import STRAIGHT, Stance, route, varied_stance

_STANDING_HEIGHT = 0.53  # of the hips, in fractions of the stature
_RISE_TIME = 4.5  # seconds for a change of the height of the hips by one stature
_STEP_TIME = 2.0e-3  # seconds for a step by one mm
_PAUSE = 0.1  # seconds between moves
_STEP_LIFT = 0.04  # height of a step, in fractions of the stature
CAPTURE_RADIUS = 1000.0
"""Largest distance [mm] from the origin at which people stand or sit."""


@dataclass(frozen=True)
class Manner:
    """How a person changes between stances.

    Attributes:
        hold: duration of a hold [s].
        move: duration of a move [s].
        step: length of a step aside, in fractions of the stature.
        turn: largest change of the heading with a step [rad].
    """

    hold: Range
    move: Range
    step: float = 0.0
    turn: float = 0.0


@dataclass(frozen=True)
class _Hold:
    """A stance at a place."""

    place: np.ndarray  # [3] x, y [mm] and heading [rad]
    name: str
    stance: Stance

    @property
    def height(self) -> float:
        """Height of the hips, in fractions of the stature."""
        return min(self.stance.z, _STANDING_HEIGHT)

    def balls(self, stature: float) -> np.ndarray:
        """X and y [2, 2] of the balls of the feet in the world [mm]."""
        feet = np.stack([self.stance.forward, SIDES * self.stance.outward], axis=-1)
        return _to_world(self.place, stature * feet)


def random_stances(
    rng: np.random.Generator, time, body: Body, names: Sequence[str], manner: Manner
) -> LowerBodyMotion:
    """Random changes between stances, which begin with the first stance.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        body: the person.
        names: names of the stances to choose from, keys of `STANCES`.
        manner: how the person changes between stances.
    """
    holds = [_Hold(_random_place(rng), names[0], varied_stance(rng, names[0]))]
    starts: list[float] = []
    durations: list[float] = []
    clock = time[0] - rng.uniform(0, manner.hold[0])
    while clock <= time[-1] or not starts:
        clock += rng.uniform(*manner.hold)
        for hold in _next_holds(rng, body, holds[-1], names, manner):
            rise = _RISE_TIME * abs(hold.height - holds[-1].height)
            steps = hold.balls(body.stature) - holds[-1].balls(body.stature)
            stride = _STEP_TIME * np.max(np.linalg.norm(steps, axis=-1))
            starts.append(clock)
            durations.append(max(rng.uniform(*manner.move), rise, stride))
            clock += durations[-1] + _PAUSE
            holds.append(hold)
    return _motion(rng, time, body, Timeline(time, starts, durations), holds)


def _next_holds(rng, body, last: _Hold, names, manner: Manner) -> list[_Hold]:
    """The next hold, after those that the person has to pass through."""
    name = names[rng.integers(len(names))]
    stance, place = varied_stance(rng, name), last.place
    on_feet = last.stance.z == stance.z == STRAIGHT
    if on_feet and rng.uniform() < 0.35:  # the feet stay, and only the weight shifts
        of_feet = ("forward", "outward", "turn", "heel", "lift")
        stance = replace(stance, **{field: getattr(last.stance, field) for field in of_feet})
    elif min(stance.z, last.stance.z) > 0.4:
        place = _step(rng, last.place, manner, body)
    passed = [_Hold(last.place, via, varied_stance(rng, via)) for via in route(last.name, name)]
    return [*passed, _Hold(place, name, stance)]


def _random_place(rng) -> np.ndarray:
    """[3] x, y [mm] and heading [rad], evenly distributed over most of the capture space."""
    radius, azimuth = 0.8 * CAPTURE_RADIUS * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    heading = rng.uniform(-np.pi, np.pi)
    return np.array([radius * np.cos(azimuth), radius * np.sin(azimuth), heading])


def _step(rng, place, manner: Manner, body: Body) -> np.ndarray:
    """[3] the place after a random step from a place, within the capture space."""
    azimuth = rng.uniform(0, 2 * np.pi)
    length = manner.step * body.stature * rng.uniform(0.2, 1)
    turn = manner.turn * rng.uniform(-1, 1)
    place = place + [length * np.cos(azimuth), length * np.sin(azimuth), turn]
    place[:2] *= min(1.0, CAPTURE_RADIUS / np.linalg.norm(place[:2]))
    return place


def _motion(rng, time, body, timeline: Timeline, holds: list[_Hold]) -> LowerBodyMotion:
    """The motion of a body along a timeline of holds."""
    size = body.stature
    stance = {
        field.name: np.array([getattr(hold.stance, field.name) for hold in holds], dtype=float)
        for field in fields(Stance)
    }
    place = np.array([hold.place for hold in holds])
    heading = place[:, 2]
    balls = np.array([hold.balls(size) for hold in holds])
    feet, stepping = _feet(size, timeline, stance, heading, balls)

    pelvis = _to_world(place, size * np.stack([stance["x"], stance["y"]], axis=-1))
    height = np.minimum(stance["z"], _STANDING_HEIGHT + 0.02)
    # The trunk comes forward while a person gets up or down.
    rising = bump(timeline.progress()) * timeline.of_move(np.abs(np.diff(height)))
    sway = drift(rng, time, 5, 3.5) * [0.004 * size, 0.004 * size, 0.03, 0.015, 0.012]
    ground = timeline.blend(pelvis) + sway[:, :2]
    for side in range(2):  # the weight is on the other foot while one steps
        ground += 0.3 * stepping[:, side, None] * (feet.ball[:, 1 - side] - ground)
    turn = np.stack(
        [
            timeline.blend(heading) + sway[:, 2],
            timeline.blend(stance["pitch"]) + 1.6 * rising + sway[:, 3],
            timeline.blend(stance["roll"]) + sway[:, 4],
        ],
        axis=-1,
    )
    return LowerBodyMotion(
        pelvis=np.column_stack([ground, size * timeline.blend(height)]),
        turn=turn,
        bend=timeline.blend(stance["bend"]) + 0.8 * rising,
        feet=feet,
        knees=timeline.blend(stance["knees"]),
        arm_swing=0.06 * drift(rng, time, 2, 2.5),
        gaze_lead=np.zeros(len(time)),
    )


def _feet(size: float, timeline: Timeline, stance, heading, balls) -> tuple[Feet, np.ndarray]:
    """Feet that step one after the other, and [n_frames, 2] how much each is in a step, 0 to 1.

    Args:
        size: the stature [mm].
        timeline: moves between the holds.
        stance: name of a field of `Stance` → [n_holds, …] its values.
        heading: [n_holds] headings of the places [rad].
        balls: [n_holds, 2, 2] places of the balls of the feet [mm].
    """
    # One foot steps in the first half of a move, the other foot in the second half; the foot on
    # the side to which the person turns is the first.
    left_last = np.diff(heading) < 0
    shape = len(timeline.before), 2
    feet = Feet(np.empty((*shape, 2)), np.empty(shape), np.empty(shape), np.empty(shape))
    stepping = np.empty(shape)
    for side, begins in enumerate((0.5 * left_last, 0.5 * ~left_last)):
        begin = timeline.of_move(begins)
        window = begin, begin + 0.5
        distance = np.linalg.norm(np.diff(balls[:, side], axis=0), axis=-1)
        amplitude = timeline.of_move(np.tanh(distance / (0.08 * size)))  # 0: the foot stays
        step = stepping[:, side] = amplitude * bump(timeline.progress(*window))
        lift = timeline.blend(stance["lift"][:, side], *window) + _STEP_LIFT * step
        yaw = heading + SIDES[side] * stance["turn"][:, side]
        feet.ball[:, side] = timeline.blend(balls[:, side], *window)
        feet.lift[:, side] = size * lift
        feet.yaw[:, side] = timeline.blend(yaw, *window)
        feet.pitch[:, side] = timeline.blend(stance["heel"][:, side], *window) + 0.3 * step
    return feet, stepping


def _to_world(place, point) -> np.ndarray:
    """Points [..., 2] of a place's frame in the world [mm], for places [..., 3]."""
    x, y = point[..., :1], point[..., 1:]
    cos, sin = np.cos(place[..., 2:]), np.sin(place[..., 2:])
    return place[..., :2] + np.concatenate([cos * x - sin * y, sin * x + cos * y], axis=-1)
