"""Walking: a gait cycle from measured joint angles, along a curved path.

The joint angles of hip, knee and ankle over a stride follow the curves for natural cadence in
Winter, "The Biomechanics and Motor Control of Human Gait" (2nd ed., 1991), as Fourier series. The
angles determine the length of the stride (the distance by which the body passes the standing foot),
the pitch of the foot and the height of the pelvis. The feet are then fixed where they stand, so
that they do not slide, and the legs follow the feet by inverse kinematics.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.body import SIDES, Body
from computed_people.kinematics import LowerBodyMotion
from computed_people.limbs import STRETCH, Feet, place_feet
from computed_people.motion import drift

# Joint angles in degrees at 0, 5, …, 95 % of a stride, which begins with the contact of the heel;
# positive: hip and knee are flexed, the foot is bent up.
HIP = (20, 18.5, 16, 12, 8, 4.5, 1, -2, -5, -8, -10, -10, -6, 2, 9.5, 15, 19, 21.5, 22, 21)
KNEE = (4, 10, 17, 20, 18.5, 14.5, 11, 8.5, 7, 8, 12, 20, 37, 54, 63.5, 62, 50, 31, 14, 4)
ANKLE = (0, -4.5, -2, 1, 3.5, 5, 6, 8, 9.3, 9, 4.5, -5, -17, -18, -12, -5, -1.5, 0, 0.5, 1)
_N_HARMONICS = 6

TOE_OFF = 0.62
"""Fraction of the stride after which a foot leaves the floor."""

_GRID = 200  # phases of a stride


@dataclass(frozen=True)
class Style:
    """How a person walks.

    Attributes:
        stride: amplitude of the angles of the hips, relative to that of the mean walker.
        cadence: strides per second.
        arms: amplitude of the swing of the arms [rad].
        width: distance of a foot from the path, in fractions of the stature.
        lean: lean of the trunk forward [rad].
        haste: relative variation of the cadence over time.
    """

    stride: float
    cadence: float
    arms: float
    width: float
    lean: float
    haste: float = 0.05


def fourier(samples, phase) -> np.ndarray:
    """A periodic curve through evenly spaced samples, smoothed to its first harmonics.

    Args:
        samples: [n_samples] values over one period, in any unit.
        phase: [...] phases in periods: the first sample has the phase 0, or 1, 2, ….

    Returns:
        [...] values of the curve, in the unit of `samples`.
    """
    coefficients = np.fft.rfft(samples)[: _N_HARMONICS + 1] / len(samples)
    coefficients[1:] *= 2
    turns = np.exp(2j * np.pi * np.asarray(phase)[..., None] * np.arange(_N_HARMONICS + 1))
    return (turns @ coefficients).real


class Path:
    """A random closed smooth curve on the floor, by arc length [mm].

    Attributes:
        length: length of the curve [mm].
    """

    _KNOTS = 4096

    def __init__(self, rng: np.random.Generator):
        """A figure of eight, or a circle with two waves of random size in its radius."""
        u = np.linspace(0, 2 * np.pi, self._KNOTS + 1)
        size, squeeze = rng.uniform(800, 1050), rng.uniform(0.75, 1)
        if rng.uniform() < 0.4:
            x, y = size * np.sin(u), 1.5 * squeeze * size * np.sin(u) * np.cos(u)
        else:
            radius = 1 + sum(
                rng.uniform(0.02, 0.25 / k**1.5) * np.cos(k * u + rng.uniform(0, 2 * np.pi))
                for k in (2, 3)
            )
            radius *= size / radius.max()
            x, y = radius * np.cos(u), squeeze * radius * np.sin(u)
        if rng.uniform() < 0.5:
            y = -y
        angle = rng.uniform(0, 2 * np.pi)
        self._xy = np.stack([np.cos(angle) * x - np.sin(angle) * y,
                             np.sin(angle) * x + np.cos(angle) * y], axis=-1)  # fmt: skip
        self._heading = np.unwrap(np.arctan2(*np.gradient(self._xy, axis=0).T[::-1]))
        steps = np.linalg.norm(np.diff(self._xy, axis=0), axis=-1)
        self._along = np.concatenate([[0], np.cumsum(steps)])
        self.length = self._along[-1]

    def at(self, along) -> tuple[np.ndarray, np.ndarray]:
        """Points and headings on the curve.

        Args:
            along: [...] arc lengths [mm], over any number of laps.

        Returns:
            [..., 2] points [mm] and [...] headings [rad], continuous over the laps.
        """
        laps, along = np.divmod(along, self.length)
        xy = np.stack([np.interp(along, self._along, self._xy[:, i]) for i in range(2)], axis=-1)
        turn = self._heading[-1] - self._heading[0]
        return xy, np.interp(along, self._along, self._heading) + laps * turn


@dataclass(frozen=True)
class Stride:
    """The stride of one person on a grid of phases, from 0 (the contact of the heel) to 1.

    Attributes:
        length: length of the stride [mm].
        height: [n_phases] height of the pelvis [mm], the same for both feet.
        pitch: [n_phases] pitch of the foot [rad], positive: heel up.
        ahead: distance [mm] of the ball of the foot in front of the pelvis at phase 0.
    """

    length: float
    height: np.ndarray
    pitch: np.ndarray
    ahead: float


def make_stride(body: Body, style: Style) -> Stride:
    """The stride of a body whose joints follow the measured angles.

    Args:
        body: the person.
        style: how the person walks; `stride` scales the angles.
    """
    phase = np.arange(_GRID) / _GRID
    hip, knee, ankle = (np.radians(fourier(curve, phase)) for curve in (HIP, KNEE, ANKLE))
    hip, knee = style.stride * hip, (1 + style.stride) / 2 * knee
    # The angles along the leg add up to that of the foot. A standing foot is flat: pitch below
    # 4 degrees is an error of the model of the foot, or comes from the shoe.
    pitch = knee - hip - ankle
    pitch = np.sign(pitch) * np.maximum(np.abs(pitch) - np.radians(4), 0)

    still = np.zeros((_GRID, 1))
    foot = Feet(np.zeros((_GRID, 1, 2)), still, still, pitch[:, None])
    ankle, ball, _ = (joint[:, 0] for joint in place_feet(body, foot))
    forward = body.thigh * np.sin(hip) + body.shank * np.sin(hip - knee)
    ahead = forward - ankle[:, 0] + ball[:, 0]  # distance of the ball in front of the hip

    # While the foot stands flat, the hip passes it by the share of the stride's length that is the
    # share of the time; at mid-stance the foot is where the angles put it.
    flat, off, middle = (int(part * _GRID) for part in (0.05, 0.58, 0.30))
    length = (ahead[flat] - ahead[off]) / (off - flat) * _GRID
    start = ahead[middle] + length * 0.3
    ankle_ahead = start + length * (_advance(phase) - phase) + ankle[:, 0]
    height = _pelvis_height(body, ankle_ahead, ankle[:, 2] + _lift(body, phase))
    return Stride(length, height, pitch, start)


def _pelvis_height(body: Body, ankle_ahead, ankle_height) -> np.ndarray:
    """Heights [n_phases] of the pelvis [mm]: as high as both legs reach, and smooth.

    The first two harmonics remain: the pelvis rises twice in a stride, over each standing leg.

    Args:
        body: the person.
        ankle_ahead: [n_phases] distances of an ankle in front of the pelvis [mm].
        ankle_height: [n_phases] heights of the ankle [mm].
    """
    reach = (STRETCH * body.leg) ** 2 - ankle_ahead**2
    reach = ankle_height + np.sqrt(np.maximum(reach, (0.5 * body.leg) ** 2))
    reach = np.minimum(reach, np.roll(reach, _GRID // 2))  # the other leg is half a stride ahead
    spectrum = np.fft.rfft(reach)
    spectrum[3:] = 0
    height = np.fft.irfft(spectrum, _GRID)
    return height - np.max(height - reach)  # nowhere higher than the legs reach


def _swing(phase) -> np.ndarray:
    """How much of the swing is over at phases [...] of a stride, from 0 (toe-off) to 1."""
    return np.clip((phase - TOE_OFF) / (1 - TOE_OFF), 0, 1)


def _advance(phase) -> np.ndarray:
    """How far a foot has got at phases [...] of a stride: 0 while it stands, 1 at the next contact.

    The polynomial 3·s² − 2·s³ of the swing s is smooth, and at rest at both ends.
    """
    swing = _swing(phase)
    return swing**2 * (3 - 2 * swing)


def _lift(body: Body, phase) -> np.ndarray:
    """Heights [mm] of the lowest point of a foot at phases [...] of a stride."""
    return 0.030 * body.stature * np.sin(np.pi * _swing(phase) ** 0.8) ** 2


def walk(rng: np.random.Generator, time, body: Body, style: Style) -> LowerBodyMotion:
    """Walking along a random closed path.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        body: the person.
        style: how the person walks.
    """
    path, stride = Path(rng), make_stride(body, style)
    # The body moves on steadily with the cadence; the feet follow by their phases.
    cadence = style.cadence * (1 + style.haste * drift(rng, time, 1, 4.0)[:, 0])
    # A single frame has no step; otherwise time runs before the first frame as after it.
    step = np.diff(time, prepend=2 * time[0] - time[:2][-1])
    strides = rng.uniform(0, 10) + np.cumsum(np.maximum(cadence, 0.3 * style.cadence) * step)
    phase = strides[:, None] + [0.5, 0.0]  # of the left and of the right foot

    along = stride.length * strides
    feet = _feet(body, style, stride, path, phase)
    xy, heading = path.at(along)
    _, heading_ahead = path.at(along + 350)  # walkers look at the path 350 mm ahead

    def wave(offset, harmonic=1):
        """A cosine in the phase of the right foot, at its maximum at the phase `offset`."""
        return np.cos(2 * np.pi * harmonic * (phase[:, 1] - offset))

    sway = 0.011 * body.stature * wave(0.3)  # over the standing foot
    ground = xy - sway[:, None] * _left(heading)
    grid = np.arange(_GRID + 1) / _GRID
    height = np.interp(phase[:, 1] % 1, grid, np.append(stride.height, stride.height[0]))
    wobble = drift(rng, time, 3, 3.0) * [0.02, 0.012, 0.008]
    turn = np.stack(
        [heading + 0.08 * style.stride * wave(0.0), style.lean + 0.02 * wave(0.1, 2),
         -0.05 * wave(0.13)],
        axis=-1,
    )  # fmt: skip
    arm_swing = style.arms * np.stack([wave(0.03), -wave(0.03)], axis=-1) + 0.08
    return LowerBodyMotion(
        pelvis=np.column_stack([ground, height]),
        turn=turn + wobble,
        bend=0.06 + 0.5 * style.lean + 0.015 * wave(0.05, 2),
        feet=feet,
        knees=np.broadcast_to([1.0, 0.06, 0.1], (len(time), 2, 3)),
        arm_swing=arm_swing,
        gaze_lead=heading_ahead - heading,
    )


def _feet(body, style, stride: Stride, path: Path, phase) -> Feet:
    """Feet that stand still until `TOE_OFF`, and then swing on by the length of a stride.

    Args:
        body: the person.
        style: how the person walks.
        stride: the stride of the person.
        path: the path.
        phase: [n_frames, 2] strides of the left and of the right foot since the beginning.
    """
    n_strides, part = np.divmod(phase, 1)
    # The phase of the left foot is half a stride ahead, its place on the path is not.
    along = stride.length * (n_strides - [0.5, 0.0] + _advance(part)) + stride.ahead
    xy, heading = path.at(along)
    side = style.width * body.stature * SIDES
    grid = np.arange(_GRID + 1) / _GRID
    return Feet(
        ball=xy + side[:, None] * _left(heading),
        lift=_lift(body, part),
        yaw=heading + SIDES * 0.12,
        pitch=np.interp(part, grid, np.append(stride.pitch, stride.pitch[0])),
    )


def _left(heading) -> np.ndarray:
    """Unit vectors [..., 2] to the left of headings [...] [rad]."""
    return np.stack([-np.sin(heading), np.cos(heading)], axis=-1)
