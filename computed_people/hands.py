"""A vocabulary of places for a wrist, and the motion of hands from place to place.

A place is a point in one of several frames that move with the body, so that a phone stays at the
ear when the head turns, and a hand stays on the thigh when the leg moves. The coordinates of a
place are forward, outward (to the side of the hand) and up, in fractions of the stature.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from computed_people.motion import Range, Timeline, minimum_jerk, random_timeline

# The frames of places: the origin of each, and the part of the body with which it turns.
CHEST = 0  # at the base of the neck, turns with the chest
HEAD = 1  # between the ears, turns with the head
SHOULDER = 2  # at the shoulder joint, upright: only the heading of the chest, and the arm swing
PELVIS = 3  # in the middle between the hips, turns with the pelvis
KNEE = 4  # at the knee on the side of the hand, forward along the thigh
FLOOR = 5  # on the floor below the pelvis, upright: only the heading of the pelvis
N_PLACE_FRAMES = 6

Vector = tuple[float, float, float]
"""A vector forward, outward (to the side of the hand) and up."""

_ELBOW = (-0.6, 0.7, -0.5)  # by default an elbow points back, out and down


@dataclass(frozen=True)
class Place:
    """A place where a wrist may be held.

    Vectors are forward, outward and up, in fractions of the stature where they are lengths.

    Attributes:
        frame: the frame of the place, `CHEST` to `FLOOR`.
        point: the position of the wrist in that frame.
        spread: how far the position varies from time to time.
        elbow: direction of the elbow from the line between shoulder and wrist, in the frame of
            the chest.
        shake: amplitude of a quick motion to and fro.
        pronation: rotation of the forearm that turns the thumb inward [rad].
        flexion: flexion of the wrist [rad].
    """

    frame: int
    point: Vector
    spread: Vector = (0.012, 0.012, 0.012)
    elbow: Vector = _ELBOW
    shake: Vector = (0.0, 0.0, 0.0)
    pronation: float = 0.0
    flexion: float = 0.15


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
"""Name of a place → the place."""


@dataclass(frozen=True)
class PlaceFrames:
    """The frames of places, for one hand.

    Attributes:
        origins: [n_frames, N_PLACE_FRAMES, 3] origins of the frames in the world [mm].
        axes: [n_frames, N_PLACE_FRAMES, 3, 3] axes of the frames in the world: the columns are
            forward, outward and up, each with the length of the stature [mm].
    """

    origins: np.ndarray
    axes: np.ndarray


@dataclass(frozen=True)
class HandMotion:
    """The motion of one hand from place to place.

    Attributes:
        timeline: holds at places, and moves between them.
        window: the beginning and the end of the part of each move in which this hand moves.
        frames: [n_holds] frames of the places.
        points: [n_holds, 3] positions of the wrist in these frames, in fractions of the stature.
        elbows: [n_holds, 3] directions of the elbow in the frame of the chest.
        turns: [n_holds, 2] pronation and flexion of the wrist [rad].
        shakes: [n_holds, 3] amplitudes of the motion to and fro, in fractions of the stature.
        shaking: [n_frames] phase of the motion to and fro, from −1 to 1.
    """

    timeline: Timeline
    window: Range
    frames: np.ndarray
    points: np.ndarray
    elbows: np.ndarray
    turns: np.ndarray
    shakes: np.ndarray
    shaking: np.ndarray

    def ends(self, place_frames: PlaceFrames) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the wrist at the beginning and at the end of the move of each frame.

        Args:
            place_frames: the frames of the places.

        Returns:
            start and stop, [n_frames, 3] positions in the world [mm].
        """
        before = self.timeline.before
        return self._wrist(before, place_frames), self._wrist(before + 1, place_frames)

    def weight(self) -> np.ndarray:
        """[n_frames] how far the hand has got in its move, from 0 (start) to 1 (stop)."""
        return minimum_jerk(self.timeline.progress(*self.window))

    def elbow_ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Directions [n_frames, 3] of the elbow at the beginning and the end of each move."""
        return self.elbows[self.timeline.before], self.elbows[self.timeline.before + 1]

    def blend(self, values) -> np.ndarray:
        """Values over time [n_frames, …] of values [n_holds, …] that change as the hand moves."""
        return self.timeline.blend(values, *self.window)

    def _wrist(self, hold: np.ndarray, place_frames: PlaceFrames) -> np.ndarray:
        """Positions [n_frames, 3] of the wrist [mm] at the place of one hold for each frame."""
        rows, frame = np.arange(len(hold)), self.frames[hold]
        point = self.points[hold] + self.shakes[hold] * self.shaking[:, None]
        offset = np.einsum("tij,tj->ti", place_frames.axes[rows, frame], point)
        return place_frames.origins[rows, frame] + offset


def random_hands(
    rng: np.random.Generator,
    time,
    pairs: Sequence[tuple[str, str]],
    hold: Range,
    move: Range,
    lead: int,
) -> list[HandMotion]:
    """Hands that visit random pairs of places, one hand a little behind the other.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        pairs: names of places for the leading hand and the other hand, to choose from.
        hold: duration of a hold [s].
        move: duration of a move [s].
        lead: the leading hand, 0 left or 1 right; the other hand leads now and then.

    Returns:
        The motion of the left hand and of the right hand.
    """
    timeline = random_timeline(rng, time, hold, move)
    names = np.array(pairs)[rng.integers(len(pairs), size=timeline.n_holds)]
    swapped = rng.uniform(size=timeline.n_holds) < 0.2
    names[swapped] = names[swapped, ::-1]
    for column in range(2):  # the way to a place behind the back leads past the side of the body
        behind = names[:, column] == "behind"
        beside = ~behind & (np.roll(behind, 1) | np.roll(behind, -1))
        names[beside, column] = "hang"
    shaking = np.sin(2 * np.pi * rng.uniform(1.6, 2.6) * time)
    hands = []
    for side in range(2):
        places = [PLACES[name] for name in names[:, 0 if side == lead else 1]]
        spread = np.array([place.spread for place in places])
        variation = spread * rng.uniform(-1.5, 1.5, spread.shape)
        hands.append(
            HandMotion(
                timeline,
                window=(0.0, 0.88) if side == lead else (0.12, 1.0),
                frames=np.array([place.frame for place in places]),
                points=np.array([place.point for place in places]) + variation,
                elbows=np.array([place.elbow for place in places]),
                turns=np.array([(place.pronation, place.flexion) for place in places]),
                shakes=np.array([place.shake for place in places]),
                shaking=shaking,
            )
        )
    return hands
