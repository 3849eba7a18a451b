"""Changing between stances: steps, turns, sitting down and getting up."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from computed_people.body import SIDES, Body
from computed_people.limbs import Feet
from computed_people.motion import Timeline, bump, drift
from computed_people.pose import Lower
from computed_people.stances import STRAIGHT, Pair, Stance, route, varied_stance

_REACH = 0.53  # height of the hips of one who stands
_RISE_TIME = 4.5  # seconds a change of height by one stature would take
_STEP_TIME = 2.0e-3  # seconds for both feet to move by one mm
_PAUSE = 0.1  # seconds at least between moves
_STEP_LIFT = 0.04
CAPTURE_RADIUS = 1000.0  # mm: how far from the origin people stand or sit


@dataclass(frozen=True)
class Manner:
    """How somebody changes between stances."""

    hold: Pair  # the shortest and the longest, seconds
    move: Pair
    step: float = 0.0  # length of a step aside, fractions of the stature
    turn: float = 0.0  # by how much a step turns, radians


@dataclass(frozen=True)
class _Hold:
    place: np.ndarray  # x, y in mm, heading in radians
    name: str
    stance: Stance

    @property
    def height(self) -> float:
        return min(self.stance.z, _REACH)

    def balls(self, size: float) -> np.ndarray:
        """Of the feet, [2, 2] mm on the floor of the world, for somebody of that stature."""
        feet = np.stack([self.stance.forward, SIDES * self.stance.outward], axis=-1)
        return _from_place(self.place, size * feet)


def random_stances(
    rng: np.random.Generator, time, body: Body, names: Sequence[str], manner: Manner
) -> Lower:
    """Legs that go from stance to stance, beginning with the first.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        body: whose legs.
        names: of `STANCES`.
        manner: of changing between them.
    """
    holds = [_Hold(_random_place(rng), names[0], varied_stance(rng, names[0]))]
    starts, durations = [], []
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
    return _follow(rng, time, body, Timeline(time, starts, durations), holds)


def _next_holds(rng, body, last: _Hold, names, manner: Manner) -> list[_Hold]:
    name = names[rng.integers(len(names))]
    stance, place = varied_stance(rng, name), last.place
    on_feet = last.stance.z == stance.z == STRAIGHT
    if on_feet and rng.uniform() < 0.35:  # only the weight shifts
        kept = ("forward", "outward", "turn", "heel", "lift")
        stance = replace(stance, **{name: getattr(last.stance, name) for name in kept})
    elif min(stance.z, last.stance.z) > 0.4:
        place = _step(rng, last.place, manner, body)
    between = [_Hold(last.place, via, varied_stance(rng, via)) for via in route(last.name, name)]
    return [*between, _Hold(place, name, stance)]


def _random_place(rng) -> np.ndarray:
    radius, azimuth = 0.8 * CAPTURE_RADIUS * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    heading = rng.uniform(-np.pi, np.pi)
    return np.array([radius * np.cos(azimuth), radius * np.sin(azimuth), heading])


def _step(rng, place, manner: Manner, body: Body) -> np.ndarray:
    azimuth = rng.uniform(0, 2 * np.pi)
    length = manner.step * body.stature * rng.uniform(0.2, 1)
    stepped = place + [
        length * np.cos(azimuth),
        length * np.sin(azimuth),
        manner.turn * rng.uniform(-1, 1),
    ]
    radius = np.linalg.norm(stepped[:2])
    stepped[:2] *= min(1.0, CAPTURE_RADIUS / radius)
    return stepped


def _follow(rng, time, body, timeline: Timeline, holds: list[_Hold]) -> Lower:
    size = body.stature
    stance = {
        field.name: np.array([getattr(hold.stance, field.name) for hold in holds], dtype=float)
        for field in fields(Stance)
    }
    place = np.array([hold.place for hold in holds])
    heading = place[:, 2]
    balls = np.array([hold.balls(size) for hold in holds])
    feet, stepping = _feet(size, timeline, stance, heading, balls)

    pelvis = _from_place(place, size * np.stack([stance["x"], stance["y"]], axis=-1))
    height = np.minimum(stance["z"], _REACH + 0.02)
    # The trunk comes forward to get up or down.
    rising = bump(timeline.progress()) * timeline.move(np.abs(np.diff(height)))
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
    return Lower(
        pelvis=np.column_stack([ground, size * timeline.blend(height)]),
        turn=turn,
        bend=timeline.blend(stance["bend"]) + 0.8 * rising,
        feet=feet,
        knees=timeline.blend(stance["knees"]),
        swing=0.06 * drift(rng, time, 2, 2.5),
        ahead=np.zeros(len(time)),
    )


def _feet(size: float, timeline: Timeline, stance, heading, balls) -> tuple[Feet, np.ndarray]:
    """Feet that step one after the other, and [n_frames, 2] how far each is into a step, 0 to 1."""
    # The foot on the side one turns to goes first.
    left_last = np.diff(heading) < 0
    feet, stepping = [], []
    for side, begins in enumerate((0.5 * left_last, 0.5 * ~left_last)):
        begin = timeline.move(begins)
        window = begin, begin + 0.5
        distance = np.linalg.norm(np.diff(balls[:, side], axis=0), axis=-1)
        step = timeline.move(np.tanh(distance / (0.08 * size))) * bump(timeline.progress(*window))
        feet.append(
            (
                timeline.blend(balls[:, side], *window),
                size * (timeline.blend(stance["lift"][:, side], *window) + _STEP_LIFT * step),
                timeline.blend(heading + SIDES[side] * stance["turn"][:, side], *window),
                timeline.blend(stance["heel"][:, side], *window) + 0.3 * step,
            )
        )
        stepping.append(step)
    both = (np.stack(values, axis=1) for values in zip(*feet, strict=True))
    return Feet(*both), np.stack(stepping, axis=1)


def _from_place(place, point) -> np.ndarray:
    cos, sin = np.cos(place[..., 2:]), np.sin(place[..., 2:])
    turned = np.concatenate(
        [
            cos * point[..., :1] - sin * point[..., 1:],
            sin * point[..., :1] + cos * point[..., 1:],
        ],
        axis=-1,
    )
    return place[..., :2] + turned
