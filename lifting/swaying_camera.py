"""How a camera sways that a hand holds, found from the feet of people who stand.

Before a camera that tilts upwards, people sink into the floor; before one that a hand holds, they
float up and down by decimetres. But who stands, stands on the floor. The foot that bears weight is
at the distance D ahead of the camera and at the height h above the floor, so the camera is tilted
by the angle h/D, which all feet in the film tell alike. The camera is turned back by that angle,
people with it. Poses stay as they are, and people who are in the air stay there.

People climb and walk stairs, too. Their feet are high then, but rest where they are. So the angle
counts only where it explains how feet that bear weight move. A camera that tilts is on no tripod:
then the turns about the vertical count, too, that feet tell (`lifting.turn_rates`), however small.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from human_pose_util.camera import Camera
from human_pose_util.robust import robust_weights
from human_pose_util.units import MM_PER_M
from inference.model.trend import time_average
from lifting.balance import FADE, LOWER, Stance, can_balance, loads
from lifting.foot_motion import FEWEST_STEPS, UP, feet_shown
from lifting.lifted import Lifted
from lifting.local_parabolas import local_parabolas
from lifting.turn_rates import common_rate, foot_rates, turn_of

NEAREST = 1000.0
"""Distance ahead of the camera [mm] from which on feet tell how it tilts."""

SWAY_TIME = 0.3
"""Standard deviation [s] of the Gaussian window in which angles are smoothed: hands sway once in
two seconds or more. With 0.2 s, jumps before cameras that stand still lose 22 cm."""

SCALES = (300.0, 200.0, 120.0, 80.0, 60.0, 60.0)
"""Distances from the floor [mm] at which a foot counts a quarter, in one round after the other: the
first makes room for the tilts, the last excludes feet in the air."""

BELOW = 0.3
"""Factor of the distances of feet that are below the floor, where none can be. Without it, before
hand-held cameras, jumps lose 12 cm of their height instead of 5."""

CLIMB = 0.8
"""Speed upwards or downwards [m/s] at which a foot counts a quarter. Feet that jump are faster,
those that stand before a hand-held camera slower. Without it, jumps lose 8 cm instead of 5."""

RATE_TIME = 0.1
"""Standard deviation [s] of the Gaussian window over which rates of feet are averaged."""

SLOW = np.radians(1.0)
"""Rate [radians/s] from which on a tilt is compared with the motion of feet."""

SMALLEST = np.radians(1.2)
"""Range of the tilts in a shot [radians] from which on a camera is on no tripod: as much is found
in error before cameras that stand still."""

EXPLAINED, FEWEST = 0.45, 0.12
"""Share to which the rates of feet have to shrink without the camera's, in the median, and share of
the steps in time in which the camera has to have such a rate. Before hand-held cameras rates shrink
to 0.3, in the median of films; where someone climbs or walks stairs before a camera that stands
still, to 0.5 to 3. Someone who climbs before a hand-held camera loses the height."""


class Feet(NamedTuple):
    """The feet of people, as the camera sees them; n_feet is twice the number of people.

    Attributes:
        offsets: [n_frames, n_feet, 3] places, from the camera, along the axes of the world [mm].
        heights: [n_frames, n_feet] heights above the floor of each person [mm].
        distances: [n_frames, n_feet] distances ahead of the camera [mm].
        shown: [n_frames, n_feet] 1 where keypoints show the foot of a person who stands, else 0.
        loads: [n_frames, n_feet] how much such a foot bears, 0 to 1; 0 where it is not shown.
    """

    offsets: np.ndarray
    heights: np.ndarray
    distances: np.ndarray
    shown: np.ndarray
    loads: np.ndarray

    @classmethod
    def nobody(cls, n_frames: int, n_people: int) -> "Feet":
        """The feet of people who are not seen."""
        none = np.zeros((n_frames, 2 * n_people))
        distances = np.full_like(none, NEAREST)
        return cls(np.zeros((*none.shape, 3)), none.copy(), distances, none.copy(), none.copy())

    @classmethod
    def of(cls, lifted: Lifted) -> "Feet":
        """The feet of one person in one shot.

        Args:
            lifted: the poses, of a skeleton for which `can_balance` holds.
        """
        stance, camera = Stance.of(lifted.p3w, lifted.skeleton), lifted.camera
        stands, heights = stance.stands(UP), stance.feet[..., 2]
        offsets = stance.feet - np.expand_dims(camera.position, -2)
        distances = np.sum(offsets * np.expand_dims(_ahead(camera), -2), axis=2)
        shown = 1.0 * (feet_shown(lifted) & stands[:, None] & (distances > NEAREST))
        # Whoever is never seen to stand tells nothing, wherever the floor is.
        floor = np.median(heights.min(axis=1)[stands]) if stands.any() else 0.0
        own = shown * loads(heights, LOWER, FADE)
        return cls(offsets, heights - floor, np.maximum(distances, NEAREST), shown, own)


class Sway(NamedTuple):
    """How a camera sways.

    Attributes:
        tilts: [n_frames] angles [radians] by which it tilts up.
        turns: [n_frames] angles [radians] by which it turns about the vertical, as what it sees
            turns.
    """

    tilts: np.ndarray
    turns: np.ndarray


def without_sway(people: Sequence[tuple[int, Lifted]], cuts: Sequence[int]) -> list[Lifted]:
    """People before a camera that sways as their feet tell.

    Args:
        people: for each person of a film, the frame at which the poses begin, and the poses as
            before a camera that does not sway.
        cuts: frames at which a new shot begins.

    Returns:
        The poses of each person, with `tilt`, the range of the camera's angles. Where feet tell of
        no tilt, the poses are as they were.
    """
    if not people or not can_balance(people[0][1].skeleton):
        return [lifted for _, lifted in people]
    n_frames = max(first + len(lifted) for first, lifted in people)
    edges = [0, *(cut for cut in cuts if 0 < cut < n_frames), n_frames]
    fps = people[0][1].fps
    shots = [_sway(_together(people, low, high), fps) for low, high in pairwise(edges)]
    tilts, turns = map(np.concatenate, zip(*shots, strict=True))
    rows = [slice(first, first + len(lifted)) for first, lifted in people]
    return [
        _steadied(lifted, Sway(tilts[own], turns[own]))
        for (_, lifted), own in zip(people, rows, strict=True)
    ]


def _together(people: Sequence[tuple[int, Lifted]], low: int, high: int) -> Feet:
    """The feet of people in the frames of a film from `low` to before `high`."""
    feet = Feet.nobody(high - low, len(people))
    for i, (first, lifted) in enumerate(people):
        start, end = max(first, low), min(first + len(lifted), high)
        if start < end:
            own = Feet.of(lifted.part(start - first, end - first))
            for of_all, values in zip(feet, own, strict=True):
                of_all[start - low : end - low, 2 * i : 2 * i + 2] = values
    return feet


def _sway(feet: Feet, fps: float) -> Sway:
    """How a camera sways; not at all where feet tell of no tilt."""
    rest = np.zeros(len(feet.heights))
    if len(rest) < 2:
        return Sway(rest, rest)
    tilts = _tilts(feet, fps)
    if np.ptp(tilts) < SMALLEST or not _explains(tilts, feet, fps):
        return Sway(rest, rest)
    pairs = [slice(i, i + 2) for i in range(0, feet.shown.shape[1], 2)]
    told = [foot_rates(feet.offsets[:, own], feet.shown[:, own] > 0, UP, fps) for own in pairs]
    rates, weights = (np.concatenate(part, axis=1) for part in zip(*told, strict=True))
    turns = turn_of(common_rate(rates, weights, fps), fps)
    return Sway(tilts, turns - turns.mean())


def _tilts(feet: Feet, fps: float) -> np.ndarray:
    """The angles [n_frames] radians by which a camera tilts up, if it does."""
    angles = feet.heights / feet.distances
    climbs = np.gradient(feet.heights, axis=0) * fps / MM_PER_M
    weights = feet.loads * robust_weights(climbs, CLIMB)
    tilts, trust = np.zeros(len(angles)), weights
    for scale in SCALES:
        tilts = local_parabolas(angles, trust, SWAY_TIME * fps)
        heights = (angles - tilts[:, None]) * feet.distances
        trust = weights * robust_weights(np.where(heights < 0, BELOW, 1) * heights, scale)
    return tilts


def _explains(tilts: np.ndarray, feet: Feet, fps: float) -> bool:
    """Whether tilts [n_frames] explain how feet move."""
    steps = np.minimum(feet.shown[1:], feet.shown[:-1])
    own = np.diff(feet.heights / feet.distances, axis=0) * fps
    own = time_average(steps * own, steps, RATE_TIME * fps)
    # One foot of each person rests, unless the camera tilts: the slower one.
    common = np.diff(tilts)[:, None] * fps
    rest, alone = (
        np.where(steps > 0, np.abs(rates), np.inf).reshape(len(steps), -1, 2).min(axis=2)
        for rates in (own - common, own)
    )
    seen = np.isfinite(alone)
    tells = seen & (np.abs(common) > SLOW)
    if tells.sum() < max(FEWEST * seen.sum(), FEWEST_STEPS):
        return False
    return bool(np.median(rest[tells]) < EXPLAINED * np.median(alone[tells]))


def _steadied(lifted: Lifted, sway: Sway) -> Lifted:
    """Poses before a camera that sways, and was taken not to."""
    if not sway.tilts.any():
        return lifted
    camera = lifted.cameras
    # About the axis to the right, a positive angle takes what is ahead upwards.
    right = np.cross(_ahead(camera), UP)
    upright = Rotation.from_rotvec(-sway.tilts[:, None] * right)
    back = (Rotation.from_rotvec(-sway.turns[:, None] * UP) * upright).as_matrix()
    # The world turns about the camera, which stays where it is: p3c = R·backᵀ·(p3w − C).
    r = camera.r @ np.swapaxes(back, 1, 2)
    t = -(r @ camera.position[..., None])[..., 0]
    camera = replace(camera, r=r, t=t)
    tilt = float(np.degrees(np.ptp(sway.tilts)))
    return replace(lifted, p3w=camera.to_world(lifted.p3c), camera=camera, tilt=tilt)


def _ahead(camera: Camera) -> np.ndarray:
    """The horizontal directions [..., 3] in which cameras look, unit vectors.

    It is 0 for a camera that looks straight down: feet then tell nothing of its tilt.
    """
    ahead = camera.r[..., 2, :] * [1.0, 1.0, 0.0]
    return ahead / np.maximum(np.linalg.norm(ahead, axis=-1, keepdims=True), 1e-9)
