"""Arms: where hands may be, the ways they take, and the elbows that follow.

Frames: the chest's (x forward, y left, z up, origin at the base of the neck) unless said otherwise;
mm.
"""

import numpy as np

from computed_people.body import HIPS, LEGS, MAX_ELBOW_FLEXION, NECK, SIDES, Body
from computed_people.hands import CHEST, FLOOR, HEAD, KNEE, N_FRAMES, PELVIS, SHOULDER, Hand
from computed_people.limbs import two_bones, unit
from computed_people.motion import minimum_jerk
from human_pose_util.transforms import rotation_about


def hand_frames(body: Body, p3, side: int, chest, head, pelvic, heading, swing):
    """The frames in which a hand's places lie.

    Args:
        body: the person.
        p3: [n_frames, 32, 3] with trunk, head and legs in place.
        side: 0 left, 1 right.
        chest: [n_frames, 3, 3] rotation of the chest,
        head: of the head,
        pelvic: of the pelvis, and
        heading: of the pelvis about the vertical only.
        swing: [n_frames] of the hanging arm, radians forward.

    Returns:
        origins: [n_frames, N_FRAMES, 3], and axes: [n_frames, N_FRAMES, 3, 3], columns forward,
        outward and up, each as long as the person.
    """
    hip, knee = p3[:, LEGS[side, 0]], p3[:, LEGS[side, 1]]
    origins = np.empty((len(p3), N_FRAMES, 3))
    axes = np.empty((len(p3), N_FRAMES, 3, 3))

    origins[:, CHEST], axes[:, CHEST] = p3[:, NECK], chest
    origins[:, HEAD] = p3[:, NECK] + head @ [0.01 * body.stature, 0, body.nose]
    axes[:, HEAD] = head
    upright = rotation_about(np.arctan2(chest[:, 1, 0], chest[:, 0, 0]), "z")
    origins[:, SHOULDER] = p3[:, NECK] + SIDES[side] * body.shoulder * chest[..., 1]
    # An arm that swings forward also bends at the elbow, which lifts the hand.
    origins[:, SHOULDER, 2] += 0.05 * body.stature * np.maximum(swing, 0) ** 2
    axes[:, SHOULDER] = upright @ rotation_about(-swing, "y")
    origins[:, PELVIS], axes[:, PELVIS] = p3[:, HIPS], pelvic
    along = unit(knee - hip)
    across = unit(np.cross(heading[..., 2], along) + 1e-3 * heading[..., 1])
    origins[:, KNEE] = knee
    axes[:, KNEE] = np.stack([along, across, np.cross(along, across)], axis=-1)
    origins[:, FLOOR], axes[:, FLOOR] = p3[:, HIPS] * [1, 1, 0], heading
    return origins, axes * body.stature * np.array([1, SIDES[side], 1])


def place_arm(body: Body, neck, chest, side: int, movement: Hand, origins, axes):
    """Joints of an arm whose hand follows its places.

    Args:
        body: the person.
        neck: [n_frames, 3] base of the neck.
        chest: [n_frames, 3, 3] rotation of the chest.
        side: 0 left, 1 right.
        movement: of the hand.
        origins: [n_frames, N_FRAMES, 3] and
        axes: [n_frames, N_FRAMES, 3, 3] as `hand_frames` returns them.

    Returns:
        [n_frames, 5, 3] the shoulder, elbow, wrist, thumb and knuckles.
    """
    sign, world = SIDES[side], np.swapaxes(chest, -1, -2)
    centre = np.array([0, sign * body.shoulder, 0])
    start, stop, weight = movement.ends(origins, axes)
    start, stop = (((end - neck)[:, None] @ chest)[:, 0] - centre for end in (start, stop))
    distance = [np.linalg.norm(end, axis=-1, keepdims=True) for end in (start, stop)]
    start, stop = start / distance[0], stop / distance[1]

    def way(w):
        return _way(start, stop, w[:, None], sign)

    reach = distance[0] + weight[:, None] * (distance[1] - distance[0])
    target = centre + reach * way(weight)
    target = _outside_trunk(body, target, sign, movement.blend(movement.frames != KNEE))

    shoulder = _shoulder(body, target, sign)
    poles = [elbow * [1, sign, 1] for elbow in movement.elbow_ends()]
    now = unit(target - shoulder)
    first = start, way(weight / 2), now
    last = stop, way((1 + weight) / 2), now
    pole = _elbow_direction(*poles, first, last, weight, movement.timeline.before)
    elbow, wrist, out = two_bones(
        shoulder, target, body.upper_arm, body.forearm, pole, MAX_ELBOW_FLEXION
    )
    forearm = unit(wrist - elbow)
    # Half-way pronated the thumb lies in the plane in which the elbow bends, on the upper arm's
    # side.
    thumb = np.cross(forearm, unit(np.cross(wrist - shoulder, out)))
    palm = sign * np.cross(forearm, thumb)
    turns = movement.blend(movement.turns)
    cos, sin = np.cos(turns[:, :1]), np.sin(turns[:, :1])
    thumb, palm = cos * thumb + sin * palm, cos * palm - sin * thumb
    fingers = np.cos(turns[:, 1:]) * forearm + np.sin(turns[:, 1:]) * palm
    hand = np.stack([0.64 * fingers + 0.77 * thumb, 0.97 * fingers - 0.24 * thumb], axis=1)
    arm = neck[:, None] + np.stack([shoulder, elbow, wrist], axis=1) @ world
    tips = _above_floor(body.hand * hand @ world, arm[:, 2:, 2])
    return np.concatenate([arm, arm[:, 2:] + tips], axis=1)


def _above_floor(offset, height) -> np.ndarray:
    """Offsets [..., 3] from points at a height [...], turned up where they end below the floor."""
    z = np.maximum(offset[..., 2], np.minimum(5 - height, 0))
    length, flat = np.linalg.norm(offset, axis=-1), np.linalg.norm(offset[..., :2], axis=-1)
    stretched = np.sqrt(np.maximum(length**2 - z**2, 0)) / np.maximum(flat, 1e-9)
    return np.concatenate([offset[..., :2] * stretched[..., None], z[..., None]], axis=-1)


def _way(start, stop, weight, sign) -> np.ndarray:
    """Directions of a hand on its way, seen from the shoulder.

    A hand goes about the shoulder: in front of it and outside, or only outside where it comes from
    and goes to the back.

    Args:
        start: [n_frames, 3] unit vectors to the beginning and
        stop: to the end of the way.
        weight: [n_frames, 1] from 0 (start) to 1 (stop).
        sign: of the hand's side.

    Returns:
        [n_frames, 3] unit vectors.
    """
    apart = (1 - np.sum(start * stop, axis=-1, keepdims=True)) / 2
    forward = np.clip(0.8 + start[:, :1] + stop[:, :1], 0, 0.8)
    detour = forward * [1, 0, 0] + np.array([0, 0.8 * sign, -0.2])
    by = unit((start + stop) / 2 + 1.2 * apart * detour)
    return _slerp(_slerp(start, by, weight), _slerp(by, stop, weight), weight)


def _slerp(start, stop, weight) -> np.ndarray:
    """Unit vectors on the great circles between unit vectors [n_frames, 3]; not opposite ones."""
    angle = np.arccos(np.clip(np.sum(start * stop, axis=-1, keepdims=True), -1, 1))
    angle = np.maximum(angle, 1e-4)
    return unit(np.sin((1 - weight) * angle) * start + np.sin(weight * angle) * stop)


def _without(v, axis) -> np.ndarray:
    """The part of vectors [..., 3] that is perpendicular to unit vectors [..., 3]."""
    return v - np.sum(v * axis, axis=-1, keepdims=True) * axis


def _elbow_direction(start, stop, start_way, stop_way, weight, move) -> np.ndarray:
    """Directions of the elbow, perpendicular to the line to the hand, that turn steadily.

    The elbow's direction at either end of the move is carried along with the line, and the angle
    between the two is gone through: unlike a mean of directions this has no sudden flip.

    Args:
        start: [n_frames, 3] wished directions of the elbow at the beginning and
        stop: at the end of the move.
        start_way: three [n_frames, 3] unit vectors from the shoulder to the hand: at the beginning,
            halfway from there, and now.
        stop_way: the same from the end.
        weight: [n_frames] from 0 (start) to 1 (stop).
        move: [n_frames] number of the move, increasing.
    """
    start, stop = (
        _carried(_carried(unit(_without(pole, end)), end, halfway), halfway, now)
        for pole, (end, halfway, now) in ((start, start_way), (stop, stop_way))
    )
    across = np.cross(start_way[2], start)
    angle = np.arctan2(np.sum(across * stop, axis=-1), np.sum(start * stop, axis=-1))
    # One way round throughout a move: without jumps of 2π, from the shorter way at its beginning.
    angle = np.unwrap(angle)
    begin = np.searchsorted(move, move)
    angle = weight * (angle - 2 * np.pi * np.round(angle[begin] / (2 * np.pi)))
    return np.cos(angle)[:, None] * start + np.sin(angle)[:, None] * across


def _carried(v, start, stop) -> np.ndarray:
    """Vectors perpendicular to `start` turned by the smallest rotation from `start` to `stop`."""
    cosine = np.sum(start * stop, axis=-1, keepdims=True)
    along = np.sum(v * stop, axis=-1, keepdims=True) / np.maximum(1 + cosine, 1e-3)
    return unit(v - along * (start + stop))


def _shoulder(body, target, sign) -> np.ndarray:
    """The shoulder joint in the chest's frame: raised and drawn forward with the arm.

    About a third of the arm's elevation is the shoulder girdle's (Inman, Saunders and Abbott,
    "Observations of the function of the shoulder joint", 1944).
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


def _outside_trunk(body, point, sign, free) -> np.ndarray:
    """Points in the chest's frame moved smoothly out of the trunk, an elliptic cylinder.

    They leave it away from a line in the far half of the back, where a hand hardly ever is, so
    that a hand that goes behind the back goes around the body's own side.

    Args:
        body: the person.
        point: [n_frames, 3].
        sign: of the hand's side.
        free: [n_frames] 1, or 0 for a hand on a thigh, which is where it may be.
    """
    half = np.array([0.075, 0.095]) * body.stature
    centre = np.array([-0.4, -0.5 * sign])
    flat = point[:, :2] / half - centre
    # centre + flat / radius lies on the ellipse
    square, along = np.sum(flat**2, axis=-1), flat @ centre
    radius = (along + np.sqrt(along**2 + square * (1 - centre @ centre))) / (1 - centre @ centre)
    outside = (radius**6 + 1) ** (1 / 6) / np.maximum(radius, 1e-3)
    height = point[:, 2] / body.stature
    inside = free * minimum_jerk(-height / 0.06) * minimum_jerk((height + 0.34) / 0.06)
    moved = (centre + flat * (1 + inside * (outside - 1))[:, None]) * half
    return np.concatenate([moved, point[:, 2:]], axis=-1)
