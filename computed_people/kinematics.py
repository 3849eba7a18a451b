"""From the motion of a body to the 32 joints of Human3.6M.

The world is right-handed with z up and the floor at z = 0; lengths are in mm. In the frame of a
body, x points forward, y to the left and z up. Pelvis, chest and head are turned by heading
(about z), pitch (about y, positive: forward) and roll (about x, positive: to the right), in this
order: R = Rz(heading)·Ry(pitch)·Rx(roll).
"""

from dataclasses import dataclass

import numpy as np

from computed_people.arms import Orientations, place_arm, place_frames
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
from computed_people.hands import HandMotion
from computed_people.limbs import Feet, place_legs, smooth_above
from human_pose_util.transforms import euler_to_matrix, rotation_about


@dataclass
class LowerBodyMotion:
    """The motion of the pelvis and the legs, and what the upper body does along with it.

    Attributes:
        pelvis: [n_frames, 3] wanted positions of the pelvis [mm]; it is lowered where the legs do
            not reach the feet.
        turn: [n_frames, 3] heading, pitch and roll of the pelvis [rad].
        bend: [n_frames] flexion of the spine that goes with the posture [rad], positive forward.
        feet: where the feet are.
        knees: [n_frames, 2, 3] directions in which the knees point: forward, outward, up.
        arm_swing: [n_frames, 2] angles of the hanging arms, left and right [rad], positive forward.
        gaze_lead: [n_frames] angle by which the eyes look ahead on the path [rad], positive to the
            left.
    """

    pelvis: np.ndarray
    turn: np.ndarray
    bend: np.ndarray
    feet: Feet
    knees: np.ndarray
    arm_swing: np.ndarray
    gaze_lead: np.ndarray


@dataclass
class UpperBodyMotion:
    """The motion of the trunk, the head and the hands.

    Attributes:
        spine: [n_frames, 3] twist, flexion forward and flexion to the right of the spine [rad].
        gaze: [n_frames, 3] heading, pitch and roll of the head relative to the chest [rad].
        hands: motion of the left hand and of the right hand.
    """

    spine: np.ndarray
    gaze: np.ndarray
    hands: list[HandMotion]


def joint_positions(body: Body, lower: LowerBodyMotion, upper: UpperBodyMotion) -> np.ndarray:
    """Positions of Human3.6M's joints.

    Args:
        body: the person.
        lower: motion of the pelvis and the legs.
        upper: motion of the trunk, the head and the hands.

    Returns:
        [n_frames, 32, 3] positions in the world [mm].
    """
    p3 = np.empty((len(lower.pelvis), N_JOINTS, 3))
    pelvis_turn = euler_to_matrix(lower.turn, "zyx")
    heading = rotation_about(lower.turn[:, 0], "z")

    hips = SIDES[:, None] * body.hip * pelvis_turn[:, None, :, 1]
    outward_to_left = np.stack([np.ones(2), SIDES, np.ones(2)], axis=-1)
    knees = (lower.knees * outward_to_left) @ np.swapaxes(heading, -1, -2)
    pelvis, p3[:, LEGS] = place_legs(body, lower.pelvis, hips, lower.feet, knees)
    p3[:, HIPS] = pelvis
    pelvis_turn = _lean_back(pelvis_turn, p3[:, LEGS[:, 1]] - p3[:, LEGS[:, 0]])

    # The spine has two segments, of which each turns by half of its angles.
    spine = upper.spine + lower.bend[:, None] * [0, 1, 0]
    half = euler_to_matrix(spine / 2, "zyx")
    lumbar = pelvis_turn @ half
    chest = lumbar @ half
    p3[:, SPINE] = pelvis + body.lumbar * lumbar[..., 2]
    p3[:, NECK] = p3[:, SPINE] + body.thoracic * chest[..., 2]
    head = chest @ euler_to_matrix(upper.gaze, "zyx")
    p3[:, NOSE] = p3[:, NECK] + head @ [0.04 * body.stature, 0, body.nose]
    p3[:, CROWN] = p3[:, NECK] + head @ [0, 0, body.crown]

    orientations = Orientations(chest, head, pelvis_turn, heading)
    for side in range(2):
        frames = place_frames(body, p3, side, orientations, lower.arm_swing[:, side])
        p3[:, ARMS[side]] = place_arm(body, p3[:, NECK], chest, side, upper.hands[side], frames)
    for joint, original in REPEATED.items():
        p3[:, joint] = p3[:, original]
    # A person of whom a joint is below the floor is lifted.
    p3[..., 2] += smooth_above(np.maximum(-p3[..., 2].min(axis=1), 0))[:, None]
    return p3


def _lean_back(pelvis_turn, thighs) -> np.ndarray:
    """Rotations of the pelvis, tipped back where a hip would be flexed too far.

    Args:
        pelvis_turn: [n_frames, 3, 3] rotations from the pelvis to the world.
        thighs: [n_frames, 2, 3] vectors from the hips to the knees in the world.
    """
    forward, up = (np.einsum("tsi,ti->ts", thighs, pelvis_turn[..., axis]) for axis in (0, 2))
    flexion = np.max(np.arctan2(forward, -up), axis=1)
    excess = np.maximum(flexion - MAX_HIP_FLEXION, 0) * (flexion < np.pi)
    return pelvis_turn @ rotation_about(-smooth_above(excess), "y")
