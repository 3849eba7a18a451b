"""People who sit, or crawl on hands and knees: how their limbs lie tells the vertical.

The networks have seen few of them, and nobody there balances on the feet. But the trunk and the
shanks of someone who sits on a chair are upright on average, and the thighs are level; the hands,
knees and feet of someone who crawls are on one floor. Both are nearly the same pose: someone who
crawls looks like someone who sits on a chair, stretches out the arms, and is turned by 90°. Which
of them it is, a camera as people hold it tells.
"""

from typing import NamedTuple

import numpy as np

from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit, unit_or_zero
from lifting.stance.balance import Stance
from lifting.stance.lying import USUAL_UP, falls, middle

PARALLEL, ACROSS = np.cos(np.radians(40.0)), np.sin(np.radians(40.0))
"""Cosine of the angle up to which limbs are parallel, and of that from which on they are at right
angles. In 60 films of people who sit or crawl, they are up to 30 and 35° off in the median; people
who squat are as those who sit in a third of the frames."""

SITTING_UP, CRAWLING_UP = np.cos(np.radians([30.0, 35.0]))
"""Cosines of the angles up to which the vertical is the usual one before cameras, if trunk and
shanks of someone who sits are upright, and the floor of someone who crawls is level. With 45°, some
people who crouch and climb sit and crawl before cameras that look down by 34° or are rolled."""

FLAT, ABOVE = 0.35, 0.4
"""How far hands, knees and feet of someone who crawls are from one plane at most, and the hips from
their middle at least, in lengths of a thigh. It is up to 0.3, and 0.5 at least. Trunk
and shanks are parallel, as well as arms and thighs: those of someone who sits cross-legged and has
the hands on the feet, which are in one plane with the knees, too, are not."""


STEPS, OUTLIERS = 0.5, 10
"""Range of the place of one foot seen from the other, in lengths of a leg, from which on someone
steps, and the percentage of the frames at either end that do not count. Feet of people who sit
move by up to 0.24, those of someone who walks with bent knees by 1.5."""


class Posture(NamedTuple):
    """What the limbs of someone who sits or crawls tell of the vertical.

    Attributes:
        level: [n, 3] unit vectors that are level on average.
        upright: [k, 3] unit vectors that point upwards.
    """

    level: np.ndarray
    upright: np.ndarray


def posture(p3: np.ndarray, skeleton: Skeleton) -> Posture | None:
    """What the limbs of someone tell who sits or crawls in most frames; None of others.

    Args:
        p3: [n_frames, n_joints, 3] poses in the camera's frame [mm], one at least.
        skeleton: their skeleton, for which `can_balance` holds.
    """
    return _sitting(p3, skeleton) or _crawling(p3, skeleton)


def bends(p3: np.ndarray, skeleton: Skeleton) -> bool:
    """Whether someone bends the hips to about a right angle in most frames, as people who sit.

    Args:
        p3: [n_frames, n_joints, 3] poses [mm], one at least.
        skeleton: their skeleton, for which `can_balance` holds.
    """
    hips = middle(p3, "hip", skeleton)
    trunk, thighs = (
        unit_or_zero(middle(p3, name, skeleton) - hips) for name in ("shoulder", "knee")
    )
    return bool(np.mean(np.abs(_dot(trunk, thighs)) < ACROSS) > 0.5)


def _sitting(p3: np.ndarray, skeleton: Skeleton) -> Posture | None:
    """What trunk, shanks and thighs of someone tell who sits on a chair.

    Someone who squats is much like that, but has the centre of mass above the feet, and balances.
    Someone who walks with bent knees is, too, but steps.
    """
    hips, knees = middle(p3, "hip", skeleton), middle(p3, "knee", skeleton)
    trunk = unit_or_zero(middle(p3, "shoulder", skeleton) - hips)
    shanks, thighs = unit_or_zero(knees - middle(p3, "ankle", skeleton)), unit_or_zero(knees - hips)
    across = np.abs([_dot(trunk, thighs), _dot(shanks, thighs)]).max(axis=0)
    sits = (_dot(trunk, shanks) > PARALLEL) & (across < ACROSS)
    sits &= unit_or_zero(trunk + shanks) @ USUAL_UP > SITTING_UP
    if np.mean(sits) <= 0.5 or _steps(p3[sits], skeleton) > STEPS:
        return None
    *upright, ahead = (unit(np.median(limb[sits], axis=0)) for limb in (trunk, shanks, thighs))
    up = sum(upright)
    if not falls(p3[sits], skeleton, unit(up - (up @ ahead) * ahead)):
        return None
    return Posture(thighs[sits], np.array(upright))


def _steps(p3: np.ndarray, skeleton: Skeleton) -> float:
    """How far one foot moves, seen from the other, in lengths of a leg."""
    stance = Stance.of(p3, skeleton)
    apart = stance.feet[:, 0] - stance.feet[:, 1]
    low, high = np.percentile(apart, [OUTLIERS, 100 - OUTLIERS], axis=0)
    return float(np.linalg.norm(high - low) / stance.leg_length)


def _crawling(p3: np.ndarray, skeleton: Skeleton) -> Posture | None:
    """What hands, knees and feet of someone tell who is on hands and knees."""
    names = [f"{side}_{name}" for side in "lr" for name in ("wrist", "knee", "ankle")]
    supports = p3[:, [skeleton.joint_index(name) for name in names]]
    offsets = supports - supports.mean(axis=1, keepdims=True)
    hips, shoulders, wrists, knees, ankles = (
        middle(p3, name, skeleton) - supports.mean(axis=1)
        for name in ("hip", "shoulder", "wrist", "knee", "ankle")
    )
    thigh = np.median(np.linalg.norm(hips - knees, axis=1))
    # The normal of the plane through the supports is where they reach least.
    normal = np.linalg.eigh(np.swapaxes(offsets, 1, 2) @ offsets)[1][..., 0]
    normal *= np.sign(_dot(hips, normal))[:, None]
    crawls = np.abs(offsets @ normal[..., None]).max(axis=(1, 2)) < FLAT * thigh
    crawls &= _dot(unit_or_zero(shoulders - hips), unit_or_zero(knees - ankles)) > PARALLEL
    crawls &= _dot(unit_or_zero(wrists - shoulders), unit_or_zero(knees - hips)) > PARALLEL
    # Arms are longer than thighs: the shoulders of a climber who crouches are not above the hips.
    heights = _dot(hips, normal), _dot(shoulders, normal)
    crawls &= (heights[0] > ABOVE * thigh) & (heights[1] > heights[0])
    crawls &= normal @ USUAL_UP > CRAWLING_UP
    if np.mean(crawls) <= 0.5:
        return None
    return Posture(unit(offsets[crawls]).reshape(-1, 3), np.zeros((0, 3)))


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n] the scalar products of vectors [n, 3]."""
    return np.einsum("ni,ni->n", a, b)
