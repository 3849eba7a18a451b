"""Walking: a gait cycle from measured joint angles, taken along a curved path.

The joint angles of hip, knee and ankle over a stride follow the natural cadence curves of Winter,
"The Biomechanics and Motor Control of Human Gait" (2nd ed., 1991), as Fourier series. They give
the stride's length (what the standing foot is left behind by), the foot's roll, and the height of
the pelvis; the feet are then held where they stand, so that they do not slide, and the legs
follow them.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.body import SIDES, Body
from computed_people.limbs import STRETCH, Feet, place_feet
from computed_people.motion import drift
from computed_people.pose import Lower

# Degrees at 0, 5, …, 95 % of a stride that begins with the heel's contact. Positive: hip and knee
# flexed, foot bent up.
HIP = (20, 18.5, 16, 12, 8, 4.5, 1, -2, -5, -8, -10, -10, -6, 2, 9.5, 15, 19, 21.5, 22, 21)
KNEE = (4, 10, 17, 20, 18.5, 14.5, 11, 8.5, 7, 8, 12, 20, 37, 54, 63.5, 62, 50, 31, 14, 4)
ANKLE = (0, -4.5, -2, 1, 3.5, 5, 6, 8, 9.3, 9, 4.5, -5, -17, -18, -12, -5, -1.5, 0, 0.5, 1)
_N_HARMONICS = 6

TOE_OFF = 0.62  # part of the stride after which a foot leaves the floor
_GRID = 200


@dataclass(frozen=True)
class Style:
    """How somebody walks."""

    stride: float  # amplitude of the hips' angles relative to the mean walker's
    cadence: float  # strides a second
    arms: float  # amplitude of the arms' swing, radians
    width: float  # from the path to a foot, fractions of the stature
    lean: float  # of the trunk forward, radians
    haste: float = 0.05  # relative variation of the cadence over time


def fourier(samples, phase) -> np.ndarray:
    """A periodic curve through evenly spaced samples, smoothed to its first harmonics.

    Args:
        samples: [n_samples] over one period.
        phase: [...] in periods.

    Returns:
        [...] the curve's values.
    """
    coefficients = np.fft.rfft(samples)[: _N_HARMONICS + 1] / len(samples)
    coefficients[1:] *= 2
    turns = np.exp(2j * np.pi * np.asarray(phase)[..., None] * np.arange(_N_HARMONICS + 1))
    return (turns @ coefficients).real


class Path:
    """A closed smooth curve on the floor, by arc length in mm."""

    _KNOTS = 4096

    def __init__(self, rng: np.random.Generator):
        u = np.linspace(0, 2 * np.pi, self._KNOTS + 1)
        size, squeeze = rng.uniform(800, 1050), rng.uniform(0.75, 1)
        if rng.uniform() < 0.4:  # a figure of eight
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

    def at(self, along):
        """Points [..., 2] and headings [...] (continuous over laps) at arc lengths [...]."""
        laps, along = np.divmod(along, self.length)
        xy = np.stack([np.interp(along, self._along, self._xy[:, i]) for i in range(2)], axis=-1)
        turned = self._heading[-1] - self._heading[0]
        return xy, np.interp(along, self._along, self._heading) + laps * turned


@dataclass(frozen=True)
class Stride:
    """One person's stride on a grid of phases, for a foot whose heel touches at phase 0."""

    length: float  # mm
    height: np.ndarray  # [_GRID] of the pelvis, mm, the same for both feet
    pitch: np.ndarray  # [_GRID] of the foot, radians, positive: heel up
    ahead: float  # mm, how far before the pelvis the ball of the foot stands at phase 0


def make_stride(body: Body, style: Style) -> Stride:
    """The stride that the joint angles of `style` make of a body."""
    phase = np.arange(_GRID) / _GRID
    hip, knee, ankle = (np.radians(fourier(curve, phase)) for curve in (HIP, KNEE, ANKLE))
    hip, knee = style.stride * hip, (1 + style.stride) / 2 * knee
    pitch = knee - hip - ankle
    # The standing foot is flat: the small remainder is the model's (and the shoe's).
    pitch = np.sign(pitch) * np.maximum(np.abs(pitch) - np.radians(4), 0)

    still = np.zeros((_GRID, 1))
    foot = Feet(np.zeros((_GRID, 1, 2)), still, still, pitch[:, None])
    ankle, ball, _ = (joint[:, 0] for joint in place_feet(body, foot))
    forward = body.thigh * np.sin(hip) + body.shank * np.sin(hip - knee)
    ahead = forward - ankle[:, 0] + ball[:, 0]  # of the ball before the hip

    flat, off, middle = (int(part * _GRID) for part in (0.05, 0.58, 0.30))
    length = (ahead[flat] - ahead[off]) / (off - flat) * _GRID
    start = ahead[middle] + length * 0.3
    stands_at = start + length * (_advance(phase) - phase) + ankle[:, 0]
    height = _pelvis_height(body, stands_at, ankle[:, 2] + _lift(body, phase))
    return Stride(length, height, pitch, start)


def _pelvis_height(body: Body, ankle_ahead, ankle_height) -> np.ndarray:
    """As high as the legs reach, with two smooth rises a stride; all arguments [_GRID], mm."""
    reach = (STRETCH * body.leg) ** 2 - ankle_ahead**2
    reach = ankle_height + np.sqrt(np.maximum(reach, (0.5 * body.leg) ** 2))
    reach = np.minimum(reach, np.roll(reach, _GRID // 2))
    spectrum = np.fft.rfft(reach)
    spectrum[3:] = 0
    height = np.fft.irfft(spectrum, _GRID)
    return height - np.max(height - reach)


def _advance(part) -> np.ndarray:
    """How far a foot has got in its stride, from 0 (heel contact, standing) to 1."""
    swing = np.clip((part - TOE_OFF) / (1 - TOE_OFF), 0, 1)
    return swing**2 * (3 - 2 * swing)


def _lift(body: Body, part) -> np.ndarray:
    """Height of the foot's lowest point, mm."""
    swing = np.clip((part - TOE_OFF) / (1 - TOE_OFF), 0, 1)
    return 0.030 * body.stature * np.sin(np.pi * swing**0.8) ** 2


def walk(rng: np.random.Generator, time, body: Body, style: Style) -> Lower:
    """Legs that walk along a random closed path.

    Args:
        rng: random generator.
        time: [n_frames] seconds.
        body: whose legs.
        style: how.
    """
    path, stride = Path(rng), make_stride(body, style)
    cadence = style.cadence * (1 + style.haste * drift(rng, time, 1, 4.0)[:, 0])
    step = np.diff(time, prepend=2 * time[0] - time[1])
    strides = rng.uniform(0, 10) + np.cumsum(np.maximum(cadence, 0.3 * style.cadence) * step)
    phase = strides[:, None] + [0.5, 0.0]  # of the left and the right foot

    along = stride.length * strides
    feet = _feet(body, style, stride, path, phase)
    xy, heading = path.at(along)
    _, later = path.at(along + 350)

    def wave(offset, harmonic=1):
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
    arm = style.arms * np.stack([wave(0.03), -wave(0.03)], axis=-1) + 0.08
    return Lower(
        pelvis=np.column_stack([ground, height]),
        turn=turn + wobble,
        bend=0.06 + 0.5 * style.lean + 0.015 * wave(0.05, 2),
        feet=feet,
        knees=np.broadcast_to([1.0, 0.06, 0.1], (len(time), 2, 3)),
        swing=arm,
        ahead=later - heading,
    )


def _feet(body, style, stride: Stride, path: Path, phase) -> Feet:
    """Feet that stand still until `TOE_OFF` and then swing one stride length on."""
    whole, part = np.divmod(phase, 1)
    # The left foot's cycle count runs half a stride ahead: take the half back.
    along = stride.length * (whole - [0.5, 0.0] + _advance(part)) + stride.ahead
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
    return np.stack([-np.sin(heading), np.cos(heading)], axis=-1)
