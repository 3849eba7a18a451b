"""Arms: the frames of the places of hands, the paths of hands, and the elbows that follow.

All lengths are in mm. Unless a docstring names another frame, positions are in the frame of the
chest: x forward, y left, z up, the origin at the base of the neck.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.body import HIPS, LEGS, MAX_ELBOW_FLEXION, NECK, SIDES, Body
from computed_people.hands import (
    CHEST,
    FLOOR,
    HEAD,
    KNEE,
    N_PLACE_FRAMES,
    PELVIS,
    SHOULDER,
    HandMotion,
    PlaceFrames,
)
from computed_people.limbs import two_bones
from computed_people.motion import minimum_jerk
from human_pose_util.transforms import rotation_about, unit


@dataclass(frozen=True)
class Orientations:
    """Rotations [n_frames, 3, 3] from parts of the body (x forward, y left, z up) to the world.

    Attributes:
        chest: rotations of the chest.
        head: rotations of the head.
        pelvis: rotations of the pelvis.
        heading: rotations about the vertical that turn x to the heading of the pelvis.
    """

    chest: np.ndarray
    head: np.ndarray
    pelvis: np.ndarray
    heading: np.ndarray


def place_frames(
    body: Body, p3w: np.ndarray, side: int, orientations: Orientations, arm_swing: np.ndarray
) -> PlaceFrames:
    """The frames in which the places of a hand lie.

    Args:
        body: the person.
        p3w: [n_frames, 32, 3] joints in the world [mm]; trunk, head and legs are set.
        side: 0 for the left hand, 1 for the right hand.
        orientations: orientations of the parts of the body.
        arm_swing: [n_frames] angle of a hanging arm [rad], positive forward.
    """
    chest, head, heading = orientations.chest, orientations.head, orientations.heading
    origins = np.empty((len(p3w), N_PLACE_FRAMES, 3))
    axes = np.empty((len(p3w), N_PLACE_FRAMES, 3, 3))
    neck, hips = p3w[:, NECK], p3w[:, HIPS]

    origins[:, CHEST], axes[:, CHEST] = neck, chest
    origins[:, HEAD] = neck + head @ [0.01 * body.stature, 0, body.nose]
    axes[:, HEAD] = head
    origins[:, PELVIS], axes[:, PELVIS] = hips, orientations.pelvis
    origins[:, FLOOR], axes[:, FLOOR] = hips * [1, 1, 0], heading

    upright = rotation_about(np.arctan2(chest[:, 1, 0], chest[:, 0, 0]), "z")
    origins[:, SHOULDER] = neck + SIDES[side] * body.shoulder * chest[..., 1]
    # An arm that swings forward also bends at the elbow, which lifts the hand.
    origins[:, SHOULDER, 2] += 0.05 * body.stature * np.maximum(arm_swing, 0) ** 2
    axes[:, SHOULDER] = upright @ rotation_about(-arm_swing, "y")

    # Forward is along the thigh, outward is horizontal; a vertical thigh has no horizontal
    # perpendicular of its own, and the small term makes outward that of the pelvis there.
    knee = p3w[:, LEGS[side, 1]]
    thigh = unit(knee - p3w[:, LEGS[side, 0]])
    across = unit(np.cross(heading[..., 2], thigh) + 1e-3 * heading[..., 1])
    origins[:, KNEE] = knee
    axes[:, KNEE] = np.stack([thigh, across, np.cross(thigh, across)], axis=-1)
    return PlaceFrames(origins, axes * body.stature * np.array([1, SIDES[side], 1]))


def place_arm(
    body: Body,
    neck: np.ndarray,
    chest: np.ndarray,
    side: int,
    hand: HandMotion,
    frames: PlaceFrames,
) -> np.ndarray:
    """Joints of an arm whose hand moves from place to place.

    The wrist goes along an arc about the shoulder and around the trunk; two-bone inverse kinematics
    puts the elbow, and the forearm with the wrist's angles the thumb and the knuckles.

    Args:
        body: the person.
        neck: [n_frames, 3] base of the neck in the world [mm].
        chest: [n_frames, 3, 3] rotation from the chest to the world.
        side: 0 for the left arm, 1 for the right arm.
        hand: motion of the hand.
        frames: the frames of the places of the hand.

    Returns:
        [n_frames, 5, 3] shoulder, elbow, wrist, thumb and knuckles in the world [mm].
    """
    sign, to_world = SIDES[side], np.swapaxes(chest, -1, -2)
    centre = np.array([0, sign * body.shoulder, 0])  # the shoulder joint of a hanging arm
    start, stop = (((end - neck)[:, None] @ chest)[:, 0] - centre for end in hand.ends(frames))
    start_distance, stop_distance = (
        np.linalg.norm(end, axis=-1, keepdims=True) for end in (start, stop)
    )
    start, stop = start / start_distance, stop / stop_distance
    weight = hand.weight()
    distance = start_distance + weight[:, None] * (stop_distance - start_distance)
    target = centre + distance * _arc(start, stop, weight, sign)
    target = _outside_trunk(body, target, sign, hand.blend(hand.frames != KNEE))

    shoulder = _shoulder(body, target, sign)
    direction = unit(target - shoulder)
    start_pole, stop_pole = (elbow * [1, sign, 1] for elbow in hand.elbow_ends())
    # The pole of either end is carried along the hand's arc by way of a direction in between.
    start_pole = _carry_along(start_pole, start, _arc(start, stop, weight / 2, sign), direction)
    stop_pole = _carry_along(stop_pole, stop, _arc(start, stop, (1 + weight) / 2, sign), direction)
    pole = _turn_steadily(start_pole, stop_pole, direction, weight, hand.timeline.before)
    elbow, wrist, out = two_bones(
        shoulder, target, body.upper_arm, body.forearm, pole, MAX_ELBOW_FLEXION
    )
    arm = neck[:, None] + np.stack([shoulder, elbow, wrist], axis=1) @ to_world
    plane = unit(np.cross(wrist - shoulder, out))
    tips = _hand_tips(unit(wrist - elbow), plane, hand.blend(hand.turns), sign)
    tips = _above_floor(body.hand * tips @ to_world, arm[:, 2:, 2])
    return np.concatenate([arm, arm[:, 2:] + tips], axis=1)


def _hand_tips(forearm, plane, turns, sign) -> np.ndarray:
    """Offsets [n_frames, 2, 3] of the thumb and the knuckles from the wrist, in hand lengths.

    Args:
        forearm: [n_frames, 3] unit vectors along the forearm.
        plane: [n_frames, 3] unit normals of the plane in which the elbow is bent.
        turns: [n_frames, 2] pronation of the forearm and flexion of the wrist [rad].
        sign: 1 for the left hand, −1 for the right hand.
    """
    # Halfway pronated, the thumb lies in the plane in which the elbow is bent, on the side of the
    # upper arm; pronation turns thumb and palm about the forearm, flexion bends the fingers
    # towards the palm.
    thumb = np.cross(forearm, plane)
    palm = sign * np.cross(forearm, thumb)
    pronation, flexion = turns[:, :1], turns[:, 1:]
    cos, sin = np.cos(pronation), np.sin(pronation)
    thumb, palm = cos * thumb + sin * palm, cos * palm - sin * thumb
    fingers = np.cos(flexion) * forearm + np.sin(flexion) * palm
    return np.stack([0.64 * fingers + 0.77 * thumb, 0.97 * fingers - 0.24 * thumb], axis=1)


def _above_floor(offset, height) -> np.ndarray:
    """Offsets [..., 3] [mm] from points at heights [...], tilted up where they end below the floor.

    The length of an offset stays: its horizontal part is stretched as its vertical part shrinks.
    """
    z = np.maximum(offset[..., 2], np.minimum(5 - height, 0))
    length, flat = np.linalg.norm(offset, axis=-1), np.linalg.norm(offset[..., :2], axis=-1)
    stretch = np.sqrt(np.maximum(length**2 - z**2, 0)) / np.maximum(flat, 1e-9)
    return np.concatenate([offset[..., :2] * stretch[..., None], z[..., None]], axis=-1)


def _arc(start, stop, weight, sign) -> np.ndarray:
    """Directions [n_frames, 3] from the shoulder to a hand on its way between two directions.

    A hand passes the shoulder in front and outside, or only outside where it comes from the back or
    goes there: the arc is a Bézier curve on the sphere whose control point is moved there, further
    the more the hand has to turn.

    Args:
        start: [n_frames, 3] unit vectors to the beginning of the way.
        stop: [n_frames, 3] unit vectors to the end of the way.
        weight: [n_frames] from 0 (start) to 1 (stop).
        sign: 1 for the left hand, −1 for the right hand.
    """
    weight = weight[:, None]
    angle_share = (1 - np.sum(start * stop, axis=-1, keepdims=True)) / 2  # 1: opposite directions
    forward = np.clip(0.8 + start[:, :1] + stop[:, :1], 0, 0.8)
    detour = forward * [1, 0, 0] + np.array([0, 0.8 * sign, -0.2])
    control = unit((start + stop) / 2 + 1.2 * angle_share * detour)
    # De Casteljau's construction, with arcs of great circles for straight lines.
    return _slerp(_slerp(start, control, weight), _slerp(control, stop, weight), weight)


def _slerp(start, stop, weight) -> np.ndarray:
    """Unit vectors on great circles between unit vectors [n_frames, 3] that are not opposite.

    Spherical linear interpolation: Shoemake, "Animating rotation with quaternion curves" (1985).
    """
    angle = np.arccos(np.clip(np.sum(start * stop, axis=-1, keepdims=True), -1, 1))
    angle = np.maximum(angle, 1e-4)
    return unit(np.sin((1 - weight) * angle) * start + np.sin(weight * angle) * stop)


def _turn_steadily(start, stop, axis, weight, move) -> np.ndarray:
    """Directions [n_frames, 3] of the elbow that turn steadily from `start` to `stop`.

    The angle between the two about the axis is interpolated: unlike a weighted mean of the two
    directions, this never flips suddenly.

    Args:
        start: [n_frames, 3] unit vectors at the beginning of the move, carried to the frame.
        stop: [n_frames, 3] unit vectors at the end of the move, carried to the frame.
        axis: [n_frames, 3] unit vectors from the shoulder to the hand, perpendicular to both.
        weight: [n_frames] from 0 (start) to 1 (stop).
        move: [n_frames] number of the move, ascending.
    """
    across = np.cross(axis, start)
    angle = np.arctan2(np.sum(across * stop, axis=-1), np.sum(start * stop, axis=-1))
    # Throughout a move the elbow turns the same way round, which is the shorter way at the
    # beginning of the move: unwrapping removes jumps by 2π between frames.
    angle = np.unwrap(angle)
    first_frame = np.searchsorted(move, move)
    angle = weight * (angle - 2 * np.pi * np.round(angle[first_frame] / (2 * np.pi)))
    return np.cos(angle)[:, None] * start + np.sin(angle)[:, None] * across


def _carry_along(pole, start, halfway, stop) -> np.ndarray:
    """A direction of the elbow [n_frames, 3] carried along the way of the hand.

    The part of `pole` that is perpendicular to `start` turns with the direction of the hand, from
    `start` by way of `halfway` to `stop` (unit vectors [n_frames, 3]).
    """
    pole = unit(pole - np.sum(pole * start, axis=-1, keepdims=True) * start)
    return _carry(_carry(pole, start, halfway), halfway, stop)


def _carry(v, start, stop) -> np.ndarray:
    """Vectors perpendicular to `start`, turned by the smallest rotation from `start` to `stop`.

    For v ⟂ start, Rodrigues' formula comes down to v − (v·stop)/(1 + start·stop)·(start + stop).
    """
    cosine = np.sum(start * stop, axis=-1, keepdims=True)
    along = np.sum(v * stop, axis=-1, keepdims=True) / np.maximum(1 + cosine, 1e-3)
    return unit(v - along * (start + stop))


def _shoulder(body, target, sign) -> np.ndarray:
    """Positions [n_frames, 3] of the shoulder joint, raised and drawn forward with the arm.

    The shoulder girdle contributes about a third of the elevation of an arm (Inman, Saunders and
    Abbott, "Observations on the function of the shoulder joint", 1944).

    Args:
        body: the person.
        target: [n_frames, 3] positions of the hand.
        sign: 1 for the left arm, −1 for the right arm.
    """
    reach = (target - [0, sign * body.shoulder, 0]) / body.arm
    raised = 0.45 * minimum_jerk((reach[:, 2] + 0.6) / 1.6)
    forward = 0.30 * minimum_jerk((reach[:, 0] - 0.2) / 0.9)
    direction = np.stack(
        [
            np.sin(forward) * np.cos(raised),
            sign * np.cos(forward) * np.cos(raised),
            np.sin(raised),
        ],
        axis=-1,
    )
    return body.shoulder * direction


def _outside_trunk(body, point, sign, outside_share) -> np.ndarray:
    """Points moved smoothly out of the trunk, an elliptic cylinder.

    Points move away from a line in the far half of the back, where a hand hardly ever is, so that
    a hand on its way behind the back passes the side of the body on which its arm is.

    Args:
        body: the person.
        point: [n_frames, 3] positions of a hand.
        sign: 1 for the left hand, −1 for the right hand.
        outside_share: [n_frames] 1 to move points as far as needed, 0 to leave them (a hand on a
            thigh may be inside of the cylinder).
    """
    half_axes = np.array([0.075, 0.095]) * body.stature
    # In units of the half axes the ellipse is the unit circle, and `centre` lies inside of it.
    centre = np.array([-0.4, -0.5 * sign])
    offset = point[:, :2] / half_axes - centre
    # The ray from `centre` through the point meets the circle at centre + offset/radius: with
    # x = 1/radius, ‖centre + x·offset‖ = 1 is a quadratic equation. radius < 1 is inside.
    square, along = np.sum(offset**2, axis=-1), offset @ centre
    inside_square = 1 - centre @ centre
    radius = (along + np.sqrt(along**2 + square * inside_square)) / inside_square
    # (radius⁶ + 1)^(1/6) is a smooth maximum of radius and 1.
    stretch = (radius**6 + 1) ** (1 / 6) / np.maximum(radius, 1e-3)
    height = point[:, 2] / body.stature
    # The cylinder ends softly at the base of the neck and at the hips.
    inside = outside_share * minimum_jerk(-height / 0.06) * minimum_jerk((height + 0.34) / 0.06)
    flat = (centre + offset * (1 + inside * (stretch - 1))[:, None]) * half_axes
    return np.concatenate([flat, point[:, 2:]], axis=-1)
