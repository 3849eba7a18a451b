"""Legs and feet on the floor, and the inverse kinematics of limbs of two bones.

In the world z points up and the floor is at z = 0; lengths are in mm. The place of a foot is that
of its ball: the foot is turned by `yaw` about the vertical, and by `pitch` (positive: heel up)
about the ball or, where the toes point up, about the heel.
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
from human_pose_util.transforms import unit

STRETCH = 0.997
"""Largest distance between the ends of a limb, relative to the length of its bones: about 9 degrees
of flexion remain at the knee."""

_WINDOW = 6  # frames before and after a frame in which a limit acts


@dataclass
class Feet:
    """Where the feet are; axis 1 is left, right.

    Attributes:
        ball: [n_frames, 2, 2] x and y of the balls of the feet [mm].
        lift: [n_frames, 2] heights of the lowest points of the feet [mm].
        yaw: [n_frames, 2] headings of the feet [rad].
        pitch: [n_frames, 2] pitch of the feet [rad], positive: heel up.
    """

    ball: np.ndarray
    lift: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray


def shortest(first: float, second: float, max_flexion: float) -> float:
    """Distance between the ends of a limb whose middle joint is bent as far as it goes.

    Args:
        first: length of the first bone.
        second: length of the second bone, in the unit of `first`.
        max_flexion: largest flexion of the middle joint [rad]; 0 is straight.
    """
    # The law of cosines; the angle between the bones is π − flexion.
    return float(np.sqrt(first**2 + second**2 + 2 * first * second * np.cos(max_flexion)))


def two_bones(
    root, target, first: float, second: float, pole, max_flexion: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints of a limb of two bones whose end is to be at a target.

    Args:
        root: [..., 3] beginning of the limb, in any frame.
        target: [..., 3] wanted end of the limb; the end is moved along the line from the root
            where the limb is too short, or would be bent too far.
        first: length of the bone at the root, in the unit of `root`.
        second: length of the other bone, likewise.
        pole: [..., 3] direction in which the middle joint points.
        max_flexion: largest flexion of the middle joint [rad]; 0 is straight.

    Returns:
        middle: [..., 3] the middle joint, end: [..., 3] the end, and out: [..., 3] unit vectors
        from the line between the ends towards the middle joint.
    """
    line = target - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / np.maximum(distance, 1e-9)
    distance = np.clip(distance, shortest(first, second, max_flexion), STRETCH * (first + second))
    out = unit(pole - np.sum(pole * axis, axis=-1, keepdims=True) * axis)
    # The middle joint lies on two spheres, about the root and about the end; `along` is the
    # distance from the root of the plane that holds their intersection.
    along = (distance**2 + first**2 - second**2) / (2 * distance)
    middle = root + along * axis + np.sqrt(first**2 - along**2) * out
    return middle, root + distance * axis, out


def place_feet(body: Body, feet: Feet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints of feet whose lowest point is `lift` above the floor.

    Args:
        body: the person.
        feet: where the feet are.

    Returns:
        ankle, ball and toes: [n_frames, 2, 3] positions in the world [mm].
    """
    # The toes stay flat while the heel rises, up to their largest extension.
    toe_pitch = np.minimum(feet.pitch, np.maximum(feet.pitch - MAX_TOE_EXTENSION, 0))
    cos, sin = np.cos(feet.pitch), np.sin(feet.pitch)
    # Forward and up from the ball, in the vertical plane of the foot.
    ankle = np.stack([-body.ball * cos + body.ankle * sin, body.ball * sin + body.ankle * cos], -1)
    toes = body.toes * np.stack([np.cos(toe_pitch), -np.sin(toe_pitch)], axis=-1)
    heel_height = (body.ball + body.heel) * sin
    lowest = np.minimum.reduce(
        [np.zeros_like(sin), heel_height, toes[..., 1], ankle[..., 1] - 0.6 * body.ankle]
    )
    forward = np.stack([np.cos(feet.yaw), np.sin(feet.yaw)], axis=-1)
    ball = np.concatenate([feet.ball, (feet.lift - lowest)[..., None]], axis=-1)

    def to_world(point):
        return ball + np.concatenate([point[..., :1] * forward, point[..., 1:]], axis=-1)

    return to_world(ankle), ball, to_world(toes)


def reachable_height(body: Body, pelvis, hips, ankles) -> np.ndarray:
    """Heights of the pelvis from which both feet can be reached, smooth in time.

    Args:
        body: the person.
        pelvis: [n_frames, 3] wanted positions [mm].
        hips: [n_frames, 2, 3] hip joints relative to the pelvis [mm].
        ankles: [n_frames, 2, 3] positions [mm].

    Returns:
        [n_frames] heights [mm]: the wanted height, less where a leg would be too short, more where
        a knee would be bent too far.
    """
    # By Pythagoras: a leg of the length l and the horizontal extent d has the height √(l² − d²).
    extent = np.sum((pelvis[:, None, :2] + hips[..., :2] - ankles[..., :2]) ** 2, axis=-1)
    base = ankles[..., 2] - hips[..., 2]
    bent = shortest(body.thigh, body.shank, MAX_KNEE_FLEXION)
    too_low = base + np.sqrt(np.maximum(bent**2 - extent, 0))
    lowest = np.max(np.where(extent < bent**2, too_low, -np.inf), axis=1)
    reach = np.sqrt(np.maximum((STRETCH * body.leg) ** 2 - extent, (0.2 * body.leg) ** 2))
    highest = np.min(base + reach, axis=1)
    height = pelvis[:, 2] + smooth_above(np.maximum(lowest - pelvis[:, 2], 0))
    return height - smooth_above(np.maximum(height - highest, 0))


def smooth_above(x) -> np.ndarray:
    """A smooth curve in time [n_frames] that is nowhere below the curve `x` [n_frames]."""
    # A weighted mean of maxima over windows that all hold the frame is at least its value there.
    highest = maximum_filter1d(x, 2 * _WINDOW + 1, mode="nearest")
    return gaussian_filter1d(highest, _WINDOW / 3, radius=_WINDOW, mode="nearest")


def place_legs(body: Body, pelvis, hips, feet: Feet, pole) -> tuple[np.ndarray, np.ndarray]:
    """Joints of both legs, the pelvis lowered where a leg would not reach its foot.

    A foot is pitched where the ankle would be bent too far, and the pelvis is raised where a knee
    would sink into the floor. Each correction changes what the other one has to do, hence several
    rounds.

    Args:
        body: the person.
        pelvis: [n_frames, 3] wanted positions of the pelvis [mm].
        hips: [n_frames, 2, 3] hip joints relative to the pelvis [mm].
        feet: where the feet are.
        pole: [n_frames, 2, 3] directions in which the knees point.

    Returns:
        pelvis: [n_frames, 3] positions [mm], and legs: [n_frames, 2, 5, 3] positions of the hips,
        knees, ankles, balls of the feet and toes [mm].
    """
    for _ in range(4):
        ankle, ball, toes = place_feet(body, feet)
        height = reachable_height(body, pelvis, hips, ankle)
        reachable = np.concatenate([pelvis[:, :2], height[:, None]], axis=-1)
        hip = reachable[:, None] + hips
        knee, end, _ = two_bones(hip, ankle, body.thigh, body.shank, pole, MAX_KNEE_FLEXION)
        ankle, ball, toes = (joint + end - ankle for joint in (ankle, ball, toes))
        flexion = dorsiflexion(body, knee, ankle, ball)
        excess = flexion - np.clip(flexion, -MAX_PLANTARFLEXION, MAX_DORSIFLEXION)
        correction = gaussian_filter1d(excess, 3, axis=0, mode="nearest")
        feet = Feet(feet.ball, feet.lift, feet.yaw, feet.pitch + correction)
        depth = np.maximum(0.7 * body.ankle - knee[..., 2].min(axis=1), 0)
        pelvis = pelvis + smooth_above(depth)[:, None] * [0, 0, 1.2]
    return reachable, np.stack([hip, knee, ankle, ball, toes], axis=2)


def dorsiflexion(body: Body, knee, ankle, ball) -> np.ndarray:
    """Angles by which the foot is bent up towards the shin; 0 when the shin stands upright on it.

    Args:
        body: the person.
        knee: [..., 3] positions [mm].
        ankle: [..., 3] positions [mm].
        ball: [..., 3] positions of the ball of the foot [mm].

    Returns:
        [...] angles [rad], negative when the foot points down.
    """
    # The line from the ankle to the ball slopes down by arctan(ankle/ball) on a flat foot, because
    # the ankle is above the sole.
    between = np.sum(unit(knee - ankle) * unit(ball - ankle), axis=-1)
    return np.pi / 2 + np.arctan2(body.ankle, body.ball) - np.arccos(np.clip(between, -1, 1))
