"""From what a person does to the 32 joints of Human3.6M.

World: right-handed, z up, floor z = 0, mm. A body's own frame: x forward, y to its left, z up.
Pelvis, chest and head turn by heading (about z), pitch (about y, positive: forward) and roll
(about x, positive: to the right), in this order.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.arms import hand_frames, place_arm
from computed_people.body import (
    ARMS,
    CROWN,
    HIPS,
    LEGS,
    MAX_HIP_FLEXION,
    N_JOINTS,
    NECK,
    NOSE,
    REPEATED,
    SIDES,
    SPINE,
    Body,
)
from computed_people.hands import Hand
from computed_people.limbs import Feet, place_legs, smooth_above
from human_pose_util.transforms import euler_to_matrix, rotation_about


@dataclass
class Lower:
    """What the pelvis and the legs do."""

    pelvis: np.ndarray  # [n_frames, 3] mm, wished; lowered where the legs do not reach
    turn: np.ndarray  # [n_frames, 3] heading, pitch, roll of the pelvis, radians
    bend: np.ndarray  # [n_frames] of the spine forward that goes with the posture, radians
    feet: Feet
    knees: np.ndarray  # [n_frames, 2, 3] directions of the knees: forward, outward, up
    swing: np.ndarray  # [n_frames, 2] of hanging arms, left and right, radians forward
    ahead: np.ndarray  # [n_frames] where the eyes lead, radians to the left


@dataclass
class Upper:
    """What the trunk, the head and the hands do on top of it."""

    spine: np.ndarray  # [n_frames, 3] twist, bend forward and to the right, radians
    gaze: np.ndarray  # [n_frames, 3] of the head against the chest: heading, pitch, roll, radians
    hands: list[Hand]


def pose(body: Body, lower: Lower, upper: Upper) -> np.ndarray:
    """Joint positions.

    Args:
        body: whose.
        lower: movement of pelvis and legs.
        upper: movement of trunk, head and arms.

    Returns:
        [n_frames, 32, 3] mm in the world.
    """
    p3 = np.empty((len(lower.pelvis), N_JOINTS, 3))
    pelvic = euler_to_matrix(lower.turn, "zyx")
    heading = rotation_about(lower.turn[:, 0], "z")

    hips = SIDES[:, None] * body.hip * pelvic[:, None, :, 1]
    knees = _outward(lower.knees) @ np.swapaxes(heading, -1, -2)
    pelvis, p3[:, LEGS] = place_legs(body, lower.pelvis, hips, lower.feet, knees)
    p3[:, HIPS] = pelvis
    pelvic = _lean_back(pelvic, p3[:, LEGS[:, 1]] - p3[:, LEGS[:, 0]])

    spine = upper.spine + lower.bend[:, None] * [0, 1, 0]
    half = euler_to_matrix(spine / 2, "zyx")
    lumbar = pelvic @ half
    chest = lumbar @ half
    p3[:, SPINE] = pelvis + body.lumbar * lumbar[..., 2]
    p3[:, NECK] = p3[:, SPINE] + body.thoracic * chest[..., 2]
    head = chest @ euler_to_matrix(upper.gaze, "zyx")
    p3[:, NOSE] = p3[:, NECK] + head @ [0.04 * body.stature, 0, body.nose]
    p3[:, CROWN] = p3[:, NECK] + head @ [0, 0, body.crown]

    for side in range(2):
        frames = hand_frames(body, p3, side, chest, head, pelvic, heading, lower.swing[:, side])
        p3[:, ARMS[side]] = place_arm(body, p3[:, NECK], chest, side, upper.hands[side], *frames)
    for joint, original in REPEATED.items():
        p3[:, joint] = p3[:, original]
    p3[..., 2] += smooth_above(np.maximum(-p3[..., 2].min(axis=1), 0))[:, None]
    return p3


def _lean_back(pelvic, thighs) -> np.ndarray:
    """Pelves [n_frames, 3, 3] tipped back where a thigh would come too near to the trunk."""
    forward, up = (np.einsum("tsi,ti->ts", thighs, pelvic[..., axis]) for axis in (0, 2))
    flexion = np.max(np.arctan2(forward, -up), axis=1)
    excess = np.maximum(flexion - MAX_HIP_FLEXION, 0) * (flexion < np.pi)
    return pelvic @ rotation_about(-smooth_above(excess), "y")


def _outward(v) -> np.ndarray:
    # [n_frames, 2, 3] forward, outward, up -> forward, left, up
    return v * np.stack([np.ones(2), SIDES, np.ones(2)], axis=-1)
