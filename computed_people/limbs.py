"""Limbs: two-bone inverse kinematics, and the foot on the floor.

Frames: world z up, floor z = 0, mm. A foot is held by its ball: turned by `yaw` about the
vertical, and by `pitch` (positive: heel up) about the ball or, toes up, about the heel.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from computed_people.body import (
    MAX_DORSIFLEXION,
    MAX_KNEE_FLEXION,
    MAX_PLANTARFLEXION,
    MAX_TOE_EXTENSION,
    Body,
)

STRETCH = 0.997  # a leg is never quite straight: 9 degrees at the knee are left
_WINDOW = 6  # frames on either side over which limits act ahead and die away


@dataclass
class Feet:
    """Where the feet are held; axis 1 is left, right."""

    ball: np.ndarray  # [n_frames, 2, 2] mm, the ball's place on the floor
    lift: np.ndarray  # [n_frames, 2] mm, of the foot's lowest point above the floor
    yaw: np.ndarray  # [n_frames, 2] radians
    pitch: np.ndarray  # [n_frames, 2] radians, positive: heel up


def unit(v: np.ndarray) -> np.ndarray:
    """Vectors [..., 3] scaled to length 1."""
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def shortest(first: float, second: float, max_flexion: float) -> float:
    """Distance between the ends of a limb whose middle joint is bent as far as it goes."""
    return float(np.sqrt(first**2 + second**2 + 2 * first * second * np.cos(max_flexion)))


def two_bones(root, target, first: float, second: float, pole, max_flexion: float):
    """Joints of a limb of two bones whose end is to be at a target.

    Args:
        root: [..., 3] where the limb begins.
        target: [..., 3] where it is to end; the end is moved along the line from the root where
            the limb is too short, or would be bent too far.
        first: length of the bone at the root,
        second: and of the other.
        pole: [..., 3] direction towards which the middle joint points.
        max_flexion: of the middle joint, radians; 0 is straight.

    Returns:
        middle: [..., 3], end: [..., 3], and out: [..., 3] the unit vector from the line between
        the ends towards the middle joint.
    """
    line = target - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / np.maximum(distance, 1e-9)
    distance = np.clip(distance, shortest(first, second, max_flexion), STRETCH * (first + second))
    out = unit(pole - np.sum(pole * axis, axis=-1, keepdims=True) * axis)
    along = (distance**2 + first**2 - second**2) / (2 * distance)
    middle = root + along * axis + np.sqrt(first**2 - along**2) * out
    return middle, root + distance * axis, out


def place_feet(body: Body, feet: Feet):
    """Joints of feet that touch the floor with their lowest point (or hang `lift` above it).

    Args:
        body: the person.
        feet: where the feet are held.

    Returns:
        ankle, ball, toes: [n_frames, 2, 3] each.
    """
    toe_pitch = np.minimum(feet.pitch, np.maximum(feet.pitch - MAX_TOE_EXTENSION, 0))
    cos, sin = np.cos(feet.pitch), np.sin(feet.pitch)
    # Relative to the ball, in the plane of the foot: forward and up.
    ankle = np.stack([-body.ball * cos + body.ankle * sin, body.ball * sin + body.ankle * cos], -1)
    toes = body.toes * np.stack([np.cos(toe_pitch), -np.sin(toe_pitch)], axis=-1)
    heel_height = (body.ball + body.heel) * sin
    lowest = np.minimum.reduce(
        [np.zeros_like(sin), heel_height, toes[..., 1], ankle[..., 1] - 0.6 * body.ankle]
    )
    forward = np.stack([np.cos(feet.yaw), np.sin(feet.yaw)], axis=-1)
    ball = np.concatenate([feet.ball, (feet.lift - lowest)[..., None]], axis=-1)

    def beside_ball(point):
        return ball + np.concatenate([point[..., :1] * forward, point[..., 1:]], axis=-1)

    return beside_ball(ankle), ball, beside_ball(toes)


def reachable_height(body: Body, pelvis, hips, ankles) -> np.ndarray:
    """Heights of the pelvis from which both feet can be reached, smooth in time.

    Args:
        body: the person.
        pelvis: [n_frames, 3] wished position.
        hips: [n_frames, 2, 3] hip joints relative to the pelvis.
        ankles: [n_frames, 2, 3] positions.

    Returns:
        [n_frames] the wished height; less where a leg would be too short, more where a knee
        would be bent too far.
    """
    away = np.sum((pelvis[:, None, :2] + hips[..., :2] - ankles[..., :2]) ** 2, axis=-1)
    base = ankles[..., 2] - hips[..., 2]
    bent = shortest(body.thigh, body.shank, MAX_KNEE_FLEXION)
    too_low = base + np.sqrt(np.maximum(bent**2 - away, 0))
    lowest = np.max(np.where(away < bent**2, too_low, -np.inf), axis=1)
    reach = np.sqrt(np.maximum((STRETCH * body.leg) ** 2 - away, (0.2 * body.leg) ** 2))
    highest = np.min(base + reach, axis=1)
    height = pelvis[:, 2] + smooth_above(np.maximum(lowest - pelvis[:, 2], 0))
    return height - smooth_above(np.maximum(height - highest, 0))


def smooth_above(x) -> np.ndarray:
    """A smooth curve in time that is nowhere below `x`, [n_frames]."""
    # A mean over maxima that all include the frame itself is never below the frame's own.
    highest = maximum_filter1d(x, 2 * _WINDOW + 1, mode="nearest")
    return gaussian_filter1d(highest, _WINDOW / 3, radius=_WINDOW, mode="nearest")


def place_legs(body: Body, pelvis, hips, feet: Feet, pole):
    """Joints of both legs, the pelvis lowered where a leg would not reach its foot.

    A foot is turned where the ankle would be bent too far, and the pelvis raised where a knee would
    sink into the floor.

    Args:
        body: the person.
        pelvis: [n_frames, 3] wished position.
        hips: [n_frames, 2, 3] hip joints relative to the pelvis.
        feet: where the feet are held.
        pole: [n_frames, 2, 3] directions towards which the knees point.

    Returns:
        pelvis: [n_frames, 3], and legs: [n_frames, 2, 5, 3] the hip, knee, ankle, ball and toes.
    """
    for _ in range(4):
        ankle, ball, toes = place_feet(body, feet)
        height = reachable_height(body, pelvis, hips, ankle)
        held = np.concatenate([pelvis[:, :2], height[:, None]], axis=-1)
        hip = held[:, None] + hips
        knee, end, _ = two_bones(hip, ankle, body.thigh, body.shank, pole, MAX_KNEE_FLEXION)
        ankle, ball, toes = (joint + end - ankle for joint in (ankle, ball, toes))
        bent = dorsiflexion(body, knee, ankle, ball)
        excess = bent - np.clip(bent, -MAX_PLANTARFLEXION, MAX_DORSIFLEXION)
        turned = gaussian_filter1d(excess, 3, axis=0, mode="nearest")
        feet = Feet(feet.ball, feet.lift, feet.yaw, feet.pitch + turned)
        sunk = np.maximum(0.7 * body.ankle - knee[..., 2].min(axis=1), 0)
        pelvis = pelvis + smooth_above(sunk)[:, None] * [0, 0, 1.2]
    return held, np.stack([hip, knee, ankle, ball, toes], axis=2)


def dorsiflexion(body: Body, knee, ankle, ball) -> np.ndarray:
    """Angles by which the foot is bent up towards the shin; 0 when the shin stands upright on it.

    Args:
        body: the person, whose ankle is above the sole.
        knee: [..., 3],
        ankle: [..., 3] and
        ball: [..., 3] positions.

    Returns:
        [...] radians, negative when the foot points down.
    """
    between = np.sum(unit(knee - ankle) * unit(ball - ankle), axis=-1)
    return np.pi / 2 + np.arctan2(body.ankle, body.ball) - np.arccos(np.clip(between, -1, 1))
