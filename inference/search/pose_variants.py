"""Variants of a pose that look alike: limbs mirrored in depth, and draws from a spread in depth.

An image tells where joints are across the line of sight, and hardly how far away they are. An elbow
that is bent towards the camera looks like one that is bent away from it by the same angle
(Sminchisescu and Triggs 2003, "Kinematic Jump Processes for Monocular 3D Human Tracking").
"""

import numpy as np

from human_pose_util.skeleton import Skeleton

CORRELATION = 0.8
"""Correlation of the depths of neighbouring joints in a draw: who is wrong about an elbow is wrong
about the wrist."""


def depth_flips(p3: np.ndarray, sight: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Poses with one part mirrored in depth: the whole body, each limb, and each lower limb.

    Args:
        p3: [n, n_joints, 3] poses.
        sight: [n, 3] unit vectors along the line of sight.
        skeleton: of the poses.

    Returns:
        [1 + 2·n_limbs, n, n_joints, 3] poses; a limb is mirrored about the joint where it hangs, a
        lower limb about the joint after that.
    """
    depth = np.einsum("njk,nk->nj", p3, sight)
    shifts = [-2 * (depth - depth.mean(axis=1, keepdims=True))]
    for limb in skeleton.limbs:
        for i in (0, 1):
            beyond = list(limb[i + 1 :])
            shift = np.zeros_like(depth)
            shift[:, beyond] = -2 * (depth[:, beyond] - depth[:, limb[i], None])
            shifts.append(shift)
    return p3 + np.stack(shifts)[..., None] * sight[:, None]


def depth_draws(
    p3: np.ndarray,
    std: np.ndarray,
    sight: np.ndarray,
    skeleton: Skeleton,
    k: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Poses whose joints are drawn from their spread, which is taken to be an error of depth.

    Args:
        p3: [n, n_joints, 3] poses.
        std: [n, n_joints] standard deviation of each coordinate, in the unit of the poses.
        sight: [n, 3] unit vectors along the line of sight.
        skeleton: of the poses.
        k: number of draws.
        rng: source of random numbers.

    Returns:
        [k, n, n_joints, 3] poses.
    """
    noise = rng.standard_normal((k, *std.shape))
    order = np.argsort(skeleton.hops[skeleton.root_index], kind="stable")  # parents come first
    for joint in order[1:]:
        inherited = CORRELATION * noise[..., skeleton.parents[joint]]
        noise[..., joint] = inherited + np.sqrt(1 - CORRELATION**2) * noise[..., joint]
    # The variances of the three coordinates together.
    depth = np.sqrt(3) * std * noise
    return p3 + depth[..., None] * sight[:, None]
