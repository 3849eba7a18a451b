"""Measures between two sets of poses: generated poses against real ones.

Poses are compared in the form in which a GAN learns them: hips above the origin, facing front.
Lengths are in the unit of the poses.
"""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.spatial import cKDTree

from human_pose_util.evaluate.metrics.bones import bone_lengths, mirrored_bones
from human_pose_util.skeleton import Skeleton

NEIGHBOURS = 5
"""k of the k-nearest-neighbour balls that precision, recall, density and coverage use."""
DIRECTIONS = 256
"""Number of random directions of the sliced Wasserstein distance."""
LEVELS = (np.arange(200) + 0.5) / 200
"""Quantile levels at which one-dimensional distributions are compared."""
LIMIT_QUANTILE = 1e-3
"""Share of the real poses that may bend a joint beyond its limit, at either end of its range."""
LIMIT_MARGIN = np.radians(2.0)
"""How far beyond the limit a joint of a generated pose may bend before it counts [rad]."""


@dataclass(frozen=True)
class SampleQuality:
    """Measures of generated poses against real poses.

    Attributes:
        bone_length_error: Wasserstein-1 distance between the generated and the real lengths of a
            bone, mean over the bones.
        asymmetry: absolute difference between the lengths of a bone and of its mirror image, mean
            over the generated poses.
        beyond_limits: share of the generated poses that bend a joint farther than all but
            `LIMIT_QUANTILE` of the real poses do.
        sliced_wasserstein: see `sliced_wasserstein`.
        precision: share of the generated poses that lie in the neighbourhood of a real pose
            (Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative
            Models", 2019).
        recall: share of the real poses that lie in the neighbourhood of a generated pose (same
            paper).
        density: number of real neighbourhoods that a generated pose lies in, relative to the
            expected number; 1 for a perfect generator (Naeem et al., "Reliable Fidelity and
            Diversity Metrics for Generative Models", 2020).
        coverage: share of the real poses that have a generated pose in their neighbourhood (same
            paper as density).
    """

    bone_length_error: float
    asymmetry: float
    beyond_limits: float
    sliced_wasserstein: float
    precision: float
    recall: float
    density: float
    coverage: float

    def as_dict(self) -> dict[str, float]:
        """The measures by name."""
        return asdict(self)


LENGTHS = ("bone_length_error", "asymmetry", "sliced_wasserstein")
"""Names of the measures that are lengths, in the unit of the poses."""


def quality(generated: np.ndarray, real: np.ndarray, skeleton: Skeleton) -> SampleQuality:
    """Compare generated poses with real poses.

    Args:
        generated: [n, n_joints, 3] generated poses.
        real: [m, n_joints, 3] real poses in the same unit; m should be about n.
        skeleton: the joints and bones of both.

    Returns:
        The measures.
    """
    generated_lengths = bone_lengths(generated, skeleton)
    length_errors = wasserstein(generated_lengths, bone_lengths(real, skeleton))
    return SampleQuality(
        bone_length_error=float(length_errors.mean()),
        asymmetry=_asymmetry(generated_lengths, skeleton),
        beyond_limits=_beyond_limits(generated, real, skeleton),
        sliced_wasserstein=sliced_wasserstein(generated, real),
        **_neighbourhoods(_flat(generated), _flat(real)),
    )


def wasserstein(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Wasserstein-1 distances between one-dimensional distributions.

    In one dimension, W₁ = ∫|F⁻¹(q) − G⁻¹(q)| dq with the quantile functions F⁻¹ and G⁻¹; the
    integral is the mean over `LEVELS`.

    Args:
        a: [n, k] n samples of k distributions.
        b: [m, k] m samples of the k distributions to compare with.

    Returns:
        [k] distances, one for each column.
    """
    return np.abs(_quantiles(a) - _quantiles(b)).mean(axis=0)


def sliced_wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """Sliced Wasserstein-2 distance between two sets of poses.

    The poses are projected onto random directions, where the squared Wasserstein-2 distance is
    the mean squared difference of the quantiles, and averaged over the directions (Rabin et al.,
    "Wasserstein Barycenter and Its Application to Texture Mixing", 2011).

    Args:
        a: [n, n_joints, 3] poses.
        b: [m, n_joints, 3] poses.

    Returns:
        The distance as a root mean square distance per joint, in the unit of the poses: a
        translation of all poses by d has the expected value |d|.
    """
    n_joints = a.shape[1]
    directions = np.random.default_rng(0).normal(size=(3 * n_joints, DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    differences = _quantiles(_flat(a) @ directions) - _quantiles(_flat(b) @ directions)
    # A random unit direction of 3·n_joints dimensions catches 1/(3·n_joints) of a squared
    # displacement; the mean over the joints has 1/n_joints of it. The factor 3 remains.
    return float(np.sqrt(3 * np.mean(differences**2)))


def joint_angles(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Angles between each bone and the bone that it hangs from.

    Args:
        poses: [n, n_joints, 3] joint positions.
        skeleton: the joints and bones.

    Returns:
        [n, k] angles [rad] of the k bones that have a parent bone; 0 for a straight joint.
    """
    bones = {int(c): poses[:, c] - poses[:, p] for c, p in skeleton.bones}
    pairs = [(bones[int(c)], bones[int(p)]) for c, p in skeleton.bones if int(p) in bones]
    angles = []
    for bone, parent_bone in pairs:
        cosine = np.sum(bone * parent_bone, axis=-1)
        sine = np.linalg.norm(np.cross(bone, parent_bone), axis=-1)
        angles.append(np.arctan2(sine, cosine))
    return np.stack(angles, axis=1) if angles else np.zeros((len(poses), 0))


def novelty(poses: np.ndarray, training_poses: np.ndarray) -> float:
    """How far poses are from the nearest pose of the training data.

    A value near 0 for generated poses means that the generator has memorised its training data.

    Args:
        poses: [n, n_joints, 3] poses to judge.
        training_poses: [m, n_joints, 3] poses of the training data, in the same unit.

    Returns:
        The mean joint distance to the nearest training pose, median over `poses`.
    """
    _, nearest = cKDTree(_flat(training_poses)).query(_flat(poses))
    return float(np.median(np.linalg.norm(poses - training_poses[nearest], axis=-1).mean(axis=1)))


def _flat(poses: np.ndarray) -> np.ndarray:
    """[n, 3·n_joints] poses as vectors."""
    return np.reshape(poses, [len(poses), -1])


def _quantiles(samples: np.ndarray) -> np.ndarray:
    """[len(LEVELS), k] quantiles of samples [n, k]."""
    return np.quantile(samples, LEVELS, axis=0)


def _asymmetry(lengths: np.ndarray, skeleton: Skeleton) -> float:
    """Mean difference between bone lengths [n, n_bones] and those of the mirror images."""
    pairs = mirrored_bones(skeleton)
    if not pairs:
        return 0.0
    bone, mirror = np.transpose(pairs)
    return float(np.abs(lengths[:, bone] - lengths[:, mirror]).mean())


def _beyond_limits(generated: np.ndarray, real: np.ndarray, skeleton: Skeleton) -> float:
    """Share of generated poses with an angle outside of the range of the real poses."""
    angles, real_angles = joint_angles(generated, skeleton), joint_angles(real, skeleton)
    low, high = np.quantile(real_angles, [LIMIT_QUANTILE, 1 - LIMIT_QUANTILE], axis=0)
    outside = (angles < low - LIMIT_MARGIN) | (angles > high + LIMIT_MARGIN)
    return float(outside.any(axis=1).mean())


def _neighbourhoods(generated: np.ndarray, real: np.ndarray) -> dict[str, float]:
    """Precision, recall, density and coverage of generated vectors [n, d] for real ones [m, d].

    The neighbourhood of a vector is the ball that reaches to its k-th nearest neighbour in its
    own set. All four are NaN where a set has no k neighbours of each vector.
    """
    if min(len(generated), len(real)) <= NEIGHBOURS:
        return dict.fromkeys(("precision", "recall", "density", "coverage"), np.nan)
    generated_tree, real_tree = cKDTree(generated), cKDTree(real)
    generated_radii, real_radii = _ball_radii(generated_tree), _ball_radii(real_tree)
    to_generated, _ = generated_tree.query(real)
    n_real_balls = _count_balls(generated, real, real_radii)
    n_generated_balls = _count_balls(real, generated, generated_radii)
    return {
        "precision": float((n_real_balls > 0).mean()),
        "recall": float((n_generated_balls > 0).mean()),
        "density": float(n_real_balls.mean() / NEIGHBOURS),
        "coverage": float((to_generated <= real_radii).mean()),
    }


def _ball_radii(tree: cKDTree) -> np.ndarray:
    """[n] distances from each point of a tree to its k-th nearest neighbour in the tree."""
    distances, _ = tree.query(tree.data, NEIGHBOURS + 1)  # the nearest is the point itself
    return np.asarray(distances)[:, -1]


def _count_balls(points: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """[n] number of the balls (centres [m, d], radii [m]) that hold each of points [n, d].

    ‖x − c‖² = ‖x‖² − 2·x·c + ‖c‖² needs one matrix product and no array [n, m, d].
    """
    squares = np.sum(points**2, axis=1)[:, None] - 2 * points @ centres.T
    squares += np.sum(centres**2, axis=1)
    return (squares <= radii**2).sum(axis=1)
