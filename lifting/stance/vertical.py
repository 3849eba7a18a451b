"""The vertical of a shot in the camera's frame, from four kinds of evidence.

- Poses: the GAN generates people as they stand, and its proposal network knows how they lean and
  lie before cameras (`inference.search.pose_vertical`).
- Balance: the centre of mass of someone who stands is above what supports it (`balance`).
- Feet: those that bear weight, one after the other, stand on one plane. That tells the more of the
  vertical, the farther someone walks.
- The camera: most are held or mounted so that the image is level. That does not tell how far a
  camera looks down.

Every person gives a direction d by the poses and one by balance, with standard deviations σ. The
heights u·x of the person's feet x differ from their mean with the standard deviation σ_f. The
camera's x axis is level, so that u_x is 0, with the standard deviation σ_c. The vertical u
minimises Σ ‖u − d‖²/σ² + Σ (u·(x − x̄))²/σ_f² + u_x²/σ_c². Where the derivative by u is 0, u solves
the linear system

    (Σ I/σ² + Σ (x − x̄)·(x − x̄)ᵀ/σ_f² + e_x·e_xᵀ/σ_c²)·u = Σ d/σ²,      e_x = (1, 0, 0),

and is scaled to length 1. Below, each kind of evidence adds to the `matrix` on the left and to the
`pull` on the right. Evidence that contradicts the vertical so far counts less, which needs rounds.

People who lie stretched out may be taken for people who stand before a camera at another place
(`lying`). Where that is impossible, the vertical is the one across their bodies. Where everyone
sits or crawls, the vertical is the one that their limbs tell (`posture`).
"""

import itertools
from collections.abc import Sequence

import numpy as np

from human_pose_util.robust import robust_weights
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit
from human_pose_util.units import MM_PER_M
from inference.model.floor import FOOT_TIME
from lifting.stance.balance import Stance, can_balance, stance_joints
from lifting.stance.film_poses import FilmPoses
from lifting.stance.lying import USUAL_UP, axes, falls, may_lie
from lifting.stance.posture import posture

POSE_STD, BALANCE_STD = np.radians(7.0), np.radians(3.5)
"""Standard deviations [radians] of the vertical that the poses of a person tell together, and of
the one that the person's balance tells."""

POSE_REACH = np.radians(15.0)
"""Angle [radians] from the vertical at which the poses of a person count half: people in strange
poses, or seen in part, must not tilt the world of others."""

FARTHEST = np.radians(25.0)
"""Angle [radians] between both from which balance tells nothing: someone sits, leans against
something or is carried."""

UNSTEADY = 1.0
"""Acceleration of the centre of mass [m/s²] at which balance counts half. With 2, the verticals of
hand-held films are off by 5.6° on average instead of 4.9°, those of others by about the same."""

STEADY_TIME = 1 / 6
"""Seconds over which accelerations are measured, so that they are those of the motion and not those
of errors."""

FOOT_HEIGHT_STD = 60.0
"""Standard deviation of the height of feet above the floor [mm], by errors of the pose and of the
vertical. A foot that is farther from it counts less: it may step on something or be in the air."""

LEVEL_STD, LEVEL_REACH = np.radians(5.0), np.radians(8.0)
"""Standard deviation [radians] of the angle by which a camera is rolled, and angle [radians] at
which that counts a quarter: some cameras are rolled on purpose. In 22 films of motion capture, the
vertical is off by 4.3° before cameras that are level, and by 5.1 and 4.8° before cameras that are
rolled by 13 and 26°. Without this evidence it is off by 4.6, 4.2 and 4.6°, and with a reach of 20°
by 4.1, 7.2 and 8.5°."""

LYING_STD = np.radians(5.0)
"""Standard deviation [radians] of the angle by which the body of someone who lies is not level."""

USUAL_STD = np.radians(20.0)
"""Standard deviation [radians] of how far cameras look down, as the networks learn it. It decides
where the poses of people who lie tell a vertical along their bodies."""

STEEPEST = np.radians(35.0)
"""Angle [radians] by which no camera below the floor looks up. Someone who stands before one that
looks up by 45° looks like someone who lies before one that looks down by 45°, and more cameras do
that. Of people who stand, cameras 1.5 m below the floor are found to look up by up to 25°."""

SHOWN = 0.5
"""Share of the frames that have to show each joint of arms and legs, or balance and feet tell
nothing."""

ROUNDS = 4
"""How often the vertical is found, each time with the feet that bear weight by the one before."""


def vertical(
    people: Sequence[FilmPoses], skeleton: Skeleton, fps: float | Sequence[float]
) -> np.ndarray:
    """The vertical in the camera's frame, a unit vector [3].

    Someone whose legs or shoulders are out of the image gives no evidence but the poses. Of a
    skeleton without the joints that balance needs, the poses alone tell the vertical.

    Args:
        people: the poses of people in one shot; at least one has a frame.
        skeleton: their skeleton.
        fps: frames per second, those of each person where they differ.
    """
    rates = np.broadcast_to(fps, len(people))
    # Someone of whom no frame has a pose tells nothing.
    has_poses = [len(poses.up) > 0 for poses in people]
    people, rates = list(itertools.compress(people, has_poses)), rates[has_poses]
    of_poses = [unit(np.median(poses.up, axis=0)) for poses in people]
    up = unit(np.sum(of_poses, axis=0))
    if not can_balance(skeleton):
        return up
    shown = [shows_stance(poses, skeleton) for poses in people]
    bodies = [poses.p3c for poses in itertools.compress(people, shown)]
    stances = [Stance.of(p3c, skeleton) for p3c in bodies]
    of_bodies = list(itertools.compress(of_poses, shown))
    up = _of_standing(stances, of_bodies, of_poses, up, rates[shown].tolist())
    if not bodies:
        return up
    postures = [found for p3c in bodies if (found := posture(p3c, skeleton))]
    if len(postures) == len(bodies):
        level, upright = zip(*postures, strict=True)
        return _across(level, np.concatenate(upright), USUAL_UP)
    if _lie(people, bodies, up, skeleton):
        return _across([axes(p3c, skeleton) for p3c in bodies], of_poses, up)
    return up


def shows_stance(poses: FilmPoses, skeleton: Skeleton) -> bool:
    """Whether enough frames show each joint that tells how a person stands.

    Args:
        poses: the person.
        skeleton: the skeleton, for which `can_balance` holds.
    """
    return bool((poses.is_shown[:, stance_joints(skeleton)].mean(axis=0) >= SHOWN).all())


def _of_standing(
    stances: Sequence[Stance],
    of_bodies: Sequence[np.ndarray],
    of_poses: Sequence[np.ndarray],
    up: np.ndarray,
    fps: Sequence[float],
) -> np.ndarray:
    """The vertical [3] of people who stand: that of poses, a level camera, balance and feet.

    Args:
        stances: how each person stands of whom enough is seen.
        of_bodies: [3] the vertical that the poses of each of these people tell.
        of_poses: the same of everyone.
        up: [3] the vertical to begin with.
        fps: frames per second of each person of whom enough is seen.
    """
    steadiness = [
        _steadiness(stance.centre, rate) for stance, rate in zip(stances, fps, strict=True)
    ]
    # Which foot bears weight, and who stands, depends on the vertical, and so rounds are needed.
    for _ in range(ROUNDS):
        pull, matrix = _of_poses_and_camera(of_poses, up)
        for stance, of_pose, steady, rate in zip(stances, of_bodies, steadiness, fps, strict=True):
            arrows = stance.arrows(up)
            stands = np.isfinite(arrows).all(axis=1)
            if not stands.any():
                continue
            balance = steady * stands.mean() * _of_balance(arrows[stands], of_pose)
            # The length of this vector is the weight of its direction.
            pull += balance / BALANCE_STD**2
            matrix += np.linalg.norm(balance) / BALANCE_STD**2 * np.eye(3)
            matrix += _of_feet(stance.feet[stands], up, rate)
        up = unit(np.linalg.solve(matrix, pull))
    return up


def _lie(
    people: Sequence[FilmPoses], bodies: Sequence[np.ndarray], up: np.ndarray, skeleton: Skeleton
) -> bool:
    """Whether everyone lies, although the vertical is one of people who stand.

    Args:
        people: the poses of everyone.
        bodies: [n_frames, n_joints, 3] mm, those of each person of whom enough is seen; at least
            one.
        up: [3] the vertical of people who stand.
        skeleton: their skeleton.
    """
    if not all(may_lie(p3c, skeleton) for p3c in bodies):
        return False
    floor = np.median(np.concatenate([poses.lowest(up) for poses in people]))
    looks_up_from_below = floor > 0 and up[2] > np.sin(STEEPEST)
    return bool(looks_up_from_below or all(falls(p3c, skeleton, up) for p3c in bodies))


def _of_poses_and_camera(
    directions: Sequence[np.ndarray] | np.ndarray, up: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The pull [3] of poses on the vertical, and the matrix [3, 3] of poses and a level camera.

    Args:
        directions: [3] the vertical that the poses of each person tell.
        up: [3] the vertical so far.
    """
    # The squared angle from the vertical so far: poses that are far off count less.
    squares = np.array([np.arccos(np.clip(d @ up, -1, 1)) for d in directions]) ** 2
    trust = 1 / (1 + squares / POSE_REACH**2) / POSE_STD**2
    matrix = trust.sum() * np.eye(3)
    matrix[0, 0] += _of_level_camera(up)
    return trust @ np.reshape(directions, (-1, 3)), matrix


def _across(
    bodies: Sequence[np.ndarray], of_poses: Sequence[np.ndarray] | np.ndarray, up: np.ndarray
) -> np.ndarray:
    """The vertical [3] across the bodies of people who lie, or limbs of those who sit or crawl.

    Args:
        bodies: [n, 3] directions of each person that are level.
        of_poses: [3] directions that poses tell to point upwards; there may be none.
        up: [3] the vertical to begin with.
    """
    level = sum(np.einsum("ni,nj->ij", body, body) / len(body) for body in bodies) / LYING_STD**2
    for _ in range(ROUNDS):
        pull, matrix = _of_poses_and_camera(of_poses, up)
        matrix += level + np.eye(3) / USUAL_STD**2
        up = unit(np.linalg.solve(matrix, pull + USUAL_UP / USUAL_STD**2))
    return up


def _of_level_camera(up: np.ndarray) -> float:
    """The weight of u_x² that a level camera gives, less for one that is rolled.

    Args:
        up: [3] the vertical so far.
    """
    roll = np.arcsin(np.clip(up[0], -1, 1))
    return float(robust_weights(roll, LEVEL_REACH) / LEVEL_STD**2)


def _of_balance(arrows: np.ndarray, of_pose: np.ndarray) -> np.ndarray:
    """The vertical [3] that a person's balance tells, as long as its weight, 0 to 1.

    Balance counts the less the more it contradicts the vertical of the person's poses.

    Args:
        arrows: [n, 3] vectors from what supports the person to the centre of mass, n at least 1.
        of_pose: [3] the vertical of the person's poses.
    """
    direction = unit(unit(arrows).mean(axis=0))
    angle = np.arccos(np.clip(direction @ of_pose, -1, 1))
    agreement = max(0.0, 1 - (angle / FARTHEST) ** 2)
    return agreement * direction


def _of_feet(both: np.ndarray, up: np.ndarray, fps: float) -> np.ndarray:
    """The matrix S [3, 3] for which the feet that bear weight cost uᵀ·S·u.

    The lower foot bears weight. Its weight falls with its distance from the median height.

    Args:
        both: [n, 2, 3] both feet of someone who stands [mm], n at least 1.
        up: [3] the vertical so far.
        fps: frames per second.
    """
    feet = both[np.arange(len(both)), (both @ up).argmin(axis=1)]
    heights = feet @ up
    weights = robust_weights(heights - np.median(heights), FOOT_HEIGHT_STD)
    offsets = feet - np.average(feet, axis=0, weights=weights)
    # Errors last, so only so many frames count as measurements of their own.
    weights = weights / max(FOOT_TIME * fps, 1.0) / FOOT_HEIGHT_STD**2
    return np.einsum("n,ni,nj->ij", weights, offsets, offsets)


def _steadiness(centre: np.ndarray, fps: float) -> float:
    """How little a centre of mass [n_frames, 3] mm accelerates, 1 for not at all."""
    step = max(round(STEADY_TIME * fps), 1)
    second = np.diff(centre[::step], 2, axis=0)
    if not len(second):
        return 1.0
    acceleration = np.median(np.linalg.norm(second, axis=1)) * (fps / step) ** 2 / MM_PER_M
    return float(1 / (1 + (acceleration / UNSTEADY) ** 2))
