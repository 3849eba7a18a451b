"""How a camera sways that a hand holds, found from the feet of people who stand.

Before a camera that tilts upwards, people sink into the floor; before one that a hand holds, they
float up and down by decimetres. But who stands, stands on the floor. The foot that bears weight is
at the distance D ahead of the camera and at the height h above the floor, so the camera is tilted
down by the angle h/D, which all feet in the film tell alike. The camera is turned back by that
angle, people with it. Poses stay as they are, and people who are in the air stay there.

People also climb stairs. Their feet are then high above the floor, but stand still there. So the
angle counts only where it also explains how feet that bear weight move. A camera that tilts is not
on a tripod, so even small turns about the vertical that feet tell (`turn_rates`) count, too.
"""

from typing import NamedTuple

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.robust import robust_weights, weighted_median
from human_pose_util.time_windows import local_parabolas, time_average
from human_pose_util.transforms import unit_or_zero
from human_pose_util.units import MM_PER_M
from lifting.camera_motion.foot_motion import UP, feet_shown, fewest_steps
from lifting.camera_motion.paces import DRIFT, SHAKE, SWAY, Pace
from lifting.camera_motion.turn_rates import MOST, common_rate, explains, foot_rates, turn_of
from lifting.fit.lifted import Lifted
from lifting.stance.balance import FADE, LOWER, Stance, loads
from lifting.stance.posture import bends

NEAREST = 1000.0
"""Distance ahead of the camera [mm] from which on feet tell how it tilts."""

SCALES = (300.0, 200.0, 120.0, 80.0, 60.0, 60.0)
"""Distances from the floor [mm] at which a foot counts a quarter, in one round after the other: the
first makes room for the tilts, the last excludes feet in the air."""

BELOW = 0.3
"""Factor of the distances of feet that are below the floor, where none can be. Without it, before
hand-held cameras, jumps lose 12 cm of their height instead of 5."""

CLIMB = 0.8
"""Speed upwards or downwards [m/s] at which a foot counts a quarter. Feet that jump are faster,
those that stand before a hand-held camera slower. Without it, jumps lose 8 cm instead of 5."""

STEEPEST = np.radians(25.0)
"""Largest range of the tilts in a shot [radians]: on escalators people rise by more."""

BEND = 0.15
"""How far legs bend both before and after a rise, as a share of its height, from which on people
jump, in slow motion as well: legs throw the body, and catch it. Of twelve jumps at a half and a
quarter of their rate, it is 0.2 to 0.6, and up to 0.1 where the camera of 22 films sways."""

LOWEST_JUMP = 200.0
"""Height of a rise [mm] of which `BEND` is a share at least, 3 cm. Someone who stands and gestures
bends the legs by 1 to 2 cm; before a camera that tilts by 1.2 to 1.5° that counted as jumps, and
feet rose and sank by 17 to 25 cm instead of 3."""

FEWEST = 0.12
"""Share of the steps in time in which a camera has to have the least rate of a pace."""


class Feet(NamedTuple):
    """The feet of people, as the camera sees them; n_feet is twice the number of people.

    Attributes:
        offsets: [n_frames, n_feet, 3] places, from the camera, along the axes of the world [mm].
        distances: [n_frames, n_feet] distances ahead of the camera [mm].
        shown: [n_frames, n_feet] 1 where keypoints show the foot of a person who stands, else 0.
        loads: [n_frames, n_feet] how much such a foot bears, 0 to 1; 0 where it is not shown.
        legs: [n_frames, n_feet] heights of the person's centre of mass above the foot [mm]; 0 where
            the person is not in the film.
    """

    offsets: np.ndarray
    distances: np.ndarray
    shown: np.ndarray
    loads: np.ndarray
    legs: np.ndarray

    @property
    def pairs(self) -> list[slice]:
        """The columns of each person."""
        return [slice(i, i + 2) for i in range(0, self.shown.shape[1], 2)]

    @classmethod
    def nobody(cls, n_frames: int, n_people: int) -> "Feet":
        """The feet of people who are not seen."""
        zeros = np.zeros((n_frames, 2 * n_people))
        offsets, distances = np.zeros((*zeros.shape, 3)), np.full_like(zeros, NEAREST)
        return cls(offsets, distances, zeros.copy(), zeros.copy(), zeros.copy())

    @classmethod
    def of(cls, lifted: Lifted) -> "Feet":
        """The feet of one person in one shot.

        Args:
            lifted: the poses, of a skeleton for which `can_balance` holds.
        """
        stance, camera = Stance.of(lifted.p3w, lifted.skeleton), lifted.camera
        offsets = stance.feet - np.expand_dims(camera.position, -2)
        distances = np.sum(offsets * np.expand_dims(ahead(camera), -2), axis=2)
        # Nobody bends the hips all the time and stands: with a wrong vertical it may seem so.
        stands = stance.stands(UP) & (not bends(lifted.p3w, lifted.skeleton))
        shown = feet_shown(lifted) & stands[:, None] & (distances > NEAREST)
        own = np.where(shown, loads(stance.feet[..., 2], LOWER, FADE), 0.0)
        legs = stance.centre[:, None, 2] - stance.feet[..., 2]
        return cls(offsets, np.maximum(distances, NEAREST), 1.0 * shown, own, legs)


class Sway(NamedTuple):
    """How a camera sways, by how people would move around it if it stood still.

    Attributes:
        tilts: [n_frames] angles [radians] by which people would rise: the camera tilts down by as
            much.
        turns: [n_frames] angles [radians] by which people would turn about the vertical: the camera
            turns the other way by as much.
    """

    tilts: np.ndarray
    turns: np.ndarray

    @classmethod
    def none(cls, n_frames: int) -> "Sway":
        """The sway of a camera that stands still."""
        return cls(np.zeros(n_frames), np.zeros(n_frames))


def sway_of(feet: Feet, fps: float) -> Sway:
    """How a camera sways; not at all where feet tell of no tilt.

    Args:
        feet: the feet of everyone whom the camera sees.
        fps: frames per second.
    """
    n_frames = len(feet.offsets)
    for pace in (SHAKE, SWAY, DRIFT):
        # Seldomer than this, the frames of a window in time are one frame.
        if n_frames < max(3, pace.shortest * fps) or pace.window * fps <= 1:
            continue
        tilts, heights = _tilts(feet, fps, pace)
        is_tilt = pace.smallest < np.ptp(tilts) < STEEPEST
        is_tilt = is_tilt and _explains(tilts, heights, feet, fps, pace)
        if is_tilt and not _falls(tilts, feet, fps, pace) and not _is_jump(tilts, feet, fps, pace):
            return Sway(tilts, _turns(feet, fps))
    return Sway.none(n_frames)


def _tilts(feet: Feet, fps: float, pace: Pace) -> tuple[np.ndarray, np.ndarray]:
    """The tilts of a camera, if it tilts, and the heights of feet if it does not.

    Returns:
        Angles [n_frames] radians by which the camera tilts down, and heights [n_frames, n_feet]
        above the floor of each person [mm].
    """
    heights, tilts = feet.offsets[..., 2], np.zeros(len(feet.offsets))
    climbs = np.gradient(heights, axis=0) * fps / MM_PER_M
    weights = np.where(feet.shown > 0, feet.loads * robust_weights(climbs, CLIMB), 0.0)
    trust, floors = weights, np.zeros(feet.shown.shape[1])
    for scale in SCALES:
        # Someone who is seen while the camera tilts stands on the floor as well, so the floor of
        # each person is told by heights without the tilts so far. Vertical and floor of the world
        # are those of the usual tilt, which therefore is 0.
        tilts = tilts - np.median(tilts)
        level = heights - tilts[:, None] * feet.distances
        for own in feet.pairs:
            if trust[:, own].any():
                floors[own] = weighted_median(level[:, own], trust[:, own])
        angles = (heights - floors) / feet.distances
        tilts = local_parabolas(angles, trust, pace.window * fps)
        above = (angles - tilts[:, None]) * feet.distances
        trust = weights * robust_weights(np.where(above < 0, BELOW, 1) * above, scale)
    return tilts - np.median(tilts), heights - floors


def _turns(feet: Feet, fps: float) -> np.ndarray:
    """The turns [n_frames] radians, as in `Sway`; 0 where feet do not agree on them."""
    shown = feet.shown > 0
    of_people = [foot_rates(feet.offsets[:, own], shown[:, own], UP, fps) for own in feet.pairs]
    rates, weights = (np.concatenate(part, axis=1) for part in zip(*of_people, strict=True))
    rate = common_rate(rates, weights, fps)
    turns = turn_of(rate, fps)
    if np.ptp(turns) > MOST or not explains(rate, rates, weights):
        return np.zeros_like(turns)
    return turns - turns.mean()


def _falls(tilts: np.ndarray, feet: Feet, fps: float, pace: Pace) -> bool:
    """Whether tilts [n_frames] would move feet as sharply as jumps do."""
    changes = np.abs(np.diff(tilts)) * fps > pace.least
    changes = changes[1:] | changes[:-1]
    distance = np.median(feet.distances[feet.shown > 0]) / MM_PER_M
    accelerations = distance * np.diff(tilts, 2)[changes] * fps**2
    return bool(changes.any() and accelerations.std() > pace.fall)


def _is_jump(tilts: np.ndarray, feet: Feet, fps: float, pace: Pace) -> bool:
    """Whether legs bend before and after most rises that tilts [n_frames] would explain.

    `_falls` finds jumps at the right rate alone: at half of it, accelerations are a quarter.
    """
    rises, bends = tilts * np.median(feet.distances[feet.shown > 0]), []
    is_high = rises > 0.5 * rises.max()
    edges = np.flatnonzero(np.diff(is_high, prepend=False, append=False))
    for own in feet.pairs:
        legs = feet.legs[:, own].max(axis=1, keepdims=True)  # above the lower foot
        legs = local_parabolas(legs, legs > 0, pace.window * fps)
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            width = end - start
            if start >= width and end + width <= len(legs):
                ends = legs[start - width : start].min(), legs[end : end + width].min()
                bend = legs[start:end].mean() - max(ends)
                bends.append(bend / max(rises[start:end].max(), LOWEST_JUMP))
    return bool(bends) and float(np.median(bends)) > BEND


def _explains(tilts: np.ndarray, heights: np.ndarray, feet: Feet, fps: float, pace: Pace) -> bool:
    """Whether tilts [n_frames] explain how feet at heights [n_frames, n_feet] mm move at a pace."""
    speeds = np.linalg.norm(np.diff(feet.offsets, axis=0), axis=2) * fps / MM_PER_M
    steps = np.minimum(feet.shown[1:], feet.shown[:-1]) * robust_weights(speeds, pace.fastest)
    rates = np.diff(heights / feet.distances, axis=0) * fps
    rates = time_average(steps * rates, steps, pace.rate_window * fps)
    common = np.diff(tilts)[:, None] * fps
    # One foot of each person rests, unless the camera tilts: the slower one.
    residual, rate = (
        np.where(steps > 0, np.abs(values), np.inf).reshape(len(steps), -1, 2).min(axis=2)
        for values in (rates - common, rates)
    )
    seen = np.isfinite(rate)
    tells = seen & (np.abs(common) > pace.least)
    if tells.sum() < max(FEWEST * seen.sum(), fewest_steps(fps)):
        return False
    return bool(np.median(residual[tells]) < pace.explained * np.median(rate[tells]))


def ahead(camera: Camera) -> np.ndarray:
    """The horizontal directions [..., 3] in which cameras look, unit vectors.

    It is 0 for a camera that looks straight down: feet then tell nothing of its tilt.
    """
    return unit_or_zero(camera.r[..., 2, :] * [1.0, 1.0, 0.0])
