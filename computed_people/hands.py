"""What hands do: a vocabulary of places for a wrist, and hands that go from one to the next.

A place is a point in one of several frames that move with the body, so that a phone stays at the
ear when the head turns, and a hand on the thigh when the leg moves. Coordinates are forward,
outward (to the hand's own side) and up, in fractions of the stature.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.motion import Timeline, minimum_jerk, random_timeline

# Frames: origin, and what they turn with.
CHEST = 0  # base of the neck, chest
HEAD = 1  # between the ears, head
SHOULDER = 2  # shoulder joint, upright: only the chest's heading (and a walker's arm swing)
PELVIS = 3  # middle of the hips, pelvis
KNEE = 4  # own knee, forward along the thigh
FLOOR = 5  # on the floor below the pelvis, only the pelvis' heading
N_FRAMES = 6

_ELBOW = (-0.6, 0.7, -0.5)  # an elbow points back, out and down unless a place says otherwise


@dataclass(frozen=True)
class Place:
    """Where a wrist is held."""

    frame: int
    point: tuple[float, float, float]
    spread: tuple[float, float, float] = (0.012, 0.012, 0.012)
    elbow: tuple[float, float, float] = _ELBOW  # direction of the elbow, in the chest's frame
    shake: tuple[float, float, float] = (0.0, 0.0, 0.0)  # amplitude of moving to and fro
    pronation: float = 0.0  # radians, thumb inward
    flexion: float = 0.15  # of the wrist, radians


_BACK, _OUT, _DOWN = (-1.0, 0.35, 0.0), (0.0, 1.0, -0.3), (-0.1, 0.5, -0.9)

PLACES = {
    "hang": Place(SHOULDER, (0.02, 0.04, -0.320), (0.03, 0.02, 0.004), _BACK),
    "pocket": Place(PELVIS, (0.035, 0.118, 0.03), elbow=_BACK),
    "hip": Place(PELVIS, (0.0, 0.130, 0.080), elbow=(-0.4, 1.0, 0.0), flexion=0.6),
    "behind": Place(PELVIS, (-0.085, 0.015, 0.03), elbow=(-0.8, 0.8, 0.0), pronation=1.0),
    "crossed": Place(CHEST, (0.125, -0.035, -0.135), elbow=(-0.1, 1.0, -0.8)),
    "crossed under": Place(CHEST, (0.105, -0.055, -0.160), elbow=(-0.1, 1.0, -0.8)),
    "clasped": Place(CHEST, (0.140, 0.018, -0.190), (0.015, 0.004, 0.03), pronation=0.4),
    "talk": Place(CHEST, (0.190, 0.070, -0.120), (0.05, 0.07, 0.07), (-0.5, 0.7, -0.7)),
    "open": Place(CHEST, (0.190, 0.220, -0.090), (0.04, 0.06, 0.06), (-0.6, 0.4, -0.8)),
    "point": Place(CHEST, (0.270, 0.170, 0.0), (0.06, 0.13, 0.10), _DOWN, pronation=0.8),
    "point across": Place(CHEST, (0.250, -0.060, -0.01), (0.03, 0.05, 0.07), _DOWN),
    "point up": Place(CHEST, (0.180, 0.160, 0.190), (0.06, 0.07, 0.05), _OUT),
    "wave": Place(CHEST, (0.110, 0.200, 0.130), (0.03, 0.03, 0.05), _DOWN, (0.0, 0.05, 0.0)),
    "shake hands": Place(CHEST, (0.270, 0.020, -0.120), elbow=_DOWN, shake=(0.0, 0.0, 0.02)),
    "salute": Place(HEAD, (0.060, 0.075, 0.020), elbow=_OUT, pronation=1.2),
    "palms": Place(CHEST, (0.130, 0.016, -0.080), (0.02, 0.003, 0.03), elbow=(-0.2, 1.0, -0.6)),
    "ear": Place(HEAD, (0.072, 0.065, -0.042), (0.01, 0.006, 0.01), (0.3, 0.6, -0.8)),
    "mouth": Place(HEAD, (0.100, 0.040, -0.065), (0.01, 0.012, 0.012), _DOWN, pronation=0.5),
    "chin": Place(HEAD, (0.070, 0.025, -0.100), elbow=_DOWN),
    "behind head": Place(HEAD, (-0.060, 0.045, 0.030), elbow=(0.3, 1.0, 0.2), flexion=0.4),
    "plate": Place(CHEST, (0.190, 0.050, -0.180), (0.03, 0.03, 0.02), pronation=0.6),
    "camera": Place(HEAD, (0.130, 0.050, -0.020), (0.03, 0.008, 0.02), (0.1, 0.8, -0.7)),
    "camera low": Place(CHEST, (0.200, 0.045, -0.060), (0.03, 0.008, 0.04)),
    "camera high": Place(CHEST, (0.130, 0.045, 0.240), (0.04, 0.01, 0.03), (0.1, 1.0, -0.3)),
    "shelf high": Place(CHEST, (0.220, 0.090, 0.190), (0.03, 0.06, 0.06), _OUT),
    "shelf": Place(CHEST, (0.290, 0.090, -0.020), (0.03, 0.08, 0.07), _DOWN),
    "shelf low": Place(FLOOR, (0.260, 0.090, 0.190), (0.03, 0.05, 0.06)),
    "carry": Place(CHEST, (0.160, 0.090, -0.190), (0.02, 0.02, 0.03), pronation=-0.6),
    "thigh": Place(KNEE, (-0.080, 0.0, 0.055), (0.03, 0.015, 0.004), pronation=1.2),
    "knee": Place(KNEE, (-0.010, 0.0, 0.050), (0.01, 0.012, 0.004), pronation=1.2),
    "shin": Place(KNEE, (0.035, -0.015, -0.010), (0.01, 0.02, 0.02), (-0.2, 1.0, -0.4)),
    "lap": Place(PELVIS, (0.130, 0.025, 0.085), (0.015, 0.008, 0.006), pronation=1.0),
    "flexed": Place(CHEST, (0.060, 0.240, 0.110), (0.03, 0.03, 0.03), (0.0, 1.0, -0.5)),
    "spread": Place(CHEST, (0.030, 0.400, 0.0), (0.05, 0.03, 0.05), (-0.6, 0.0, -1.0)),
    "overhead": Place(CHEST, (0.060, 0.100, 0.290), (0.04, 0.04, 0.03), (0.3, 1.0, -0.2)),
    "forehead": Place(HEAD, (0.085, 0.040, 0.020), elbow=(0.6, 0.8, -0.1)),
    "watch": Place(CHEST, (0.190, -0.010, -0.080), (0.02, 0.02, 0.03), elbow=(-0.2, 1.0, -0.3)),
    "cigarette": Place(SHOULDER, (0.110, 0.070, -0.270), (0.03, 0.03, 0.01), _BACK),
    "floor behind": Place(
        FLOOR, (-0.170, 0.150, 0.035), (0.02, 0.03, 0.0), (-1.0, 0.5, 0.0), flexion=-1.1
    ),
    "floor beside": Place(
        FLOOR, (0.020, 0.190, 0.035), (0.04, 0.02, 0.0), (-0.8, 0.6, 0.0), flexion=-1.1
    ),
    "leash": Place(PELVIS, (0.190, 0.110, 0.080), (0.04, 0.04, 0.04), shake=(0.012, 0.0, 0.008)),
    "leash taut": Place(CHEST, (0.280, 0.060, -0.130), (0.02, 0.06, 0.05), _DOWN, (0.01, 0, 0.01)),
}


@dataclass(frozen=True)
class Hand:
    """One hand that goes from place to place."""

    timeline: Timeline
    window: tuple[float, float]  # the part of each move in which this hand is under way
    frames: np.ndarray  # [n_holds] of the places
    points: np.ndarray  # [n_holds, 3] in them, fractions of the stature
    elbows: np.ndarray  # [n_holds, 3]
    turns: np.ndarray  # [n_holds, 2] pronation and flexion
    shakes: np.ndarray  # [n_holds, 3]
    shaking: np.ndarray  # [n_frames] to and fro, from −1 to 1

    def ends(self, origins, axes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the hand comes from and goes to.

        Args:
            origins: [n_frames, N_FRAMES, 3] of this hand's frames,
            axes: [n_frames, N_FRAMES, 3, 3] and their axes (columns: forward, outward, up, each
                as long as the stature).

        Returns:
            start, stop: [n_frames, 3] wrist positions in the frame that origins and axes are
            given in, and weight: [n_frames] from 0 (at start) to 1 (at stop).
        """
        frame = np.arange(len(origins))
        start, stop = (
            origins[frame, self.frames[hold]]
            + np.einsum("tij,tj->ti", axes[frame, self.frames[hold]], self._point(hold))
            for hold in (self.timeline.before, self.timeline.before + 1)
        )
        return start, stop, minimum_jerk(self.timeline.progress(*self.window))

    def elbow_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Directions of the elbow where the hand comes from and goes to: [n_frames, 3] each."""
        return self.elbows[self.timeline.before], self.elbows[self.timeline.before + 1]

    def blend(self, values) -> np.ndarray:
        """Values over time, [n_frames, …], of values [n_holds, …] that move with the hand."""
        return self.timeline.blend(values, *self.window)

    def _point(self, hold) -> np.ndarray:
        return self.points[hold] + self.shakes[hold] * self.shaking[:, None]


def random_hands(rng: np.random.Generator, time, pairs, hold, move, lead: int) -> list[Hand]:
    """Hands that visit random pairs of places, one hand a little behind the other.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        pairs: the names of places for the leading and the other hand, to choose from.
        hold: the shortest and the longest hold, seconds.
        move: the shortest and the longest move, seconds.
        lead: the leading hand, 0 left or 1 right; the other one leads now and then.

    Returns:
        The left hand and the right.
    """
    timeline = random_timeline(rng, time, hold, move)
    chosen = np.array(pairs)[rng.integers(len(pairs), size=timeline.n_holds)]
    swapped = rng.uniform(size=timeline.n_holds) < 0.2
    chosen[swapped] = chosen[swapped, ::-1]
    for column in range(2):  # a hand goes behind the back, and comes from there, by the side
        behind = chosen[:, column] == "behind"
        beside = ~behind & (np.roll(behind, 1) | np.roll(behind, -1))
        chosen[beside, column] = "hang"
    shaking = np.sin(2 * np.pi * rng.uniform(1.6, 2.6) * time)
    hands = []
    for side in range(2):
        column = 0 if side == lead else 1
        places = [PLACES[name] for name in chosen[:, column]]
        spread = np.array([place.spread for place in places])
        hands.append(
            Hand(
                timeline,
                (0.0, 0.88) if side == lead else (0.12, 1.0),
                np.array([place.frame for place in places]),
                np.array([place.point for place in places])
                + spread * rng.uniform(-1.5, 1.5, spread.shape),
                np.array([place.elbow for place in places]),
                np.array([(place.pronation, place.flexion) for place in places]),
                np.array([place.shake for place in places]),
                shaking,
            )
        )
    return hands
