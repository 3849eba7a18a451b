"""How good generated poses are, in measures that a person can read.

Lengths are in the unit of the poses; poses are compared as they are learned: above the origin and
facing front.
"""

from dataclasses import dataclass, fields

import numpy as np
from scipy.spatial import cKDTree

from human_pose_util.skeleton import Skeleton

NEIGHBOURS = 5
DIRECTIONS = 256
LIMIT_QUANTILE = 1e-3
"""Share of the real poses that may be beyond what counts as a joint's limit, on either side."""


@dataclass(frozen=True)
class Quality:
    """Generated poses against real ones.

    Attributes:
        bone_length_error: Wasserstein distance between the lengths of a bone, mean over bones.
        asymmetry: mean difference between a bone's length and its mirror image's, generated.
        beyond_limits: share of generated poses with a joint bent as hardly any real one is.
        sliced_wasserstein: distance between the distributions, mean over directions, in root mean
            square joint distance.
        precision: share of generated poses among real ones (Kynkäänniemi et al. 2019).
        recall: share of real poses among generated ones.
        density: how many real neighbourhoods a generated pose is in, of those to be expected
            (Naeem et al. 2020); 1 for perfect ones.
        coverage: share of real poses with a generated one in their neighbourhood; the same.
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
        return {field.name: float(getattr(self, field.name)) for field in fields(self)}


LENGTHS = ("bone_length_error", "asymmetry", "sliced_wasserstein")
"""Those of the measures that are lengths, in the unit of the poses."""


def quality(generated: np.ndarray, real: np.ndarray, skeleton: Skeleton) -> Quality:
    """Judge generated poses [n, n_joints, 3] by about as many of the poses that were learned."""
    lengths = bone_lengths(generated, skeleton), bone_lengths(real, skeleton)
    return Quality(
        wasserstein(*lengths).mean(),
        _asymmetry(lengths[0], skeleton),
        _beyond_limits(generated, real, skeleton),
        sliced_wasserstein(generated, real),
        *_neighbourhoods(_flat(generated), _flat(real)),
    )


def bone_lengths(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[n, n_bones] of poses [n, n_joints, 3]."""
    child, parent = skeleton.bones.T
    return np.linalg.norm(poses[:, child] - poses[:, parent], axis=-1)


def wasserstein(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[k] Wasserstein-1 distances between the columns of samples [n, k] and [m, k]."""
    levels = (np.arange(200) + 0.5) / 200
    return np.abs(np.quantile(a, levels, axis=0) - np.quantile(b, levels, axis=0)).mean(axis=0)


def sliced_wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """Wasserstein-2 distance over random directions, in root mean square joint distance."""
    n_joints = a.shape[1]
    directions = np.random.default_rng(0).normal(size=(3 * n_joints, DIRECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    levels = (np.arange(200) + 0.5) / 200
    one, other = (np.quantile(_flat(x) @ directions, levels, axis=0) for x in (a, b))
    return float(np.sqrt(3 * np.mean((one - other) ** 2)))


def _flat(poses: np.ndarray) -> np.ndarray:
    return np.reshape(poses, [len(poses), -1])


def _asymmetry(lengths: np.ndarray, skeleton: Skeleton) -> float:
    row = {int(child): i for i, child in enumerate(skeleton.bones[:, 0])}
    pairs = [(row[j], row[int(skeleton.mirror[j])]) for j in row if skeleton.mirror[j] > j]
    if not pairs:
        return 0.0
    one, other = np.transpose(pairs)
    return float(np.abs(lengths[:, one] - lengths[:, other]).mean())


def joint_angles(poses: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """[n, k] angles [rad] between every bone and the one before it; 0 is straight on."""
    bones = {int(c): poses[:, c] - poses[:, p] for c, p in skeleton.bones}
    pairs = [(bones[c], bones[int(p)]) for c, p in skeleton.bones if int(p) in bones]
    angles = []
    for one, other in pairs:
        cosine = np.sum(one * other, axis=-1)
        sine = np.linalg.norm(np.cross(one, other), axis=-1)
        angles.append(np.arctan2(sine, cosine))
    return np.stack(angles, axis=1) if angles else np.zeros((len(poses), 0))


def _beyond_limits(generated: np.ndarray, real: np.ndarray, skeleton: Skeleton) -> float:
    angles, known = joint_angles(generated, skeleton), joint_angles(real, skeleton)
    if not angles.shape[1]:
        return 0.0
    low, high = np.quantile(known, [LIMIT_QUANTILE, 1 - LIMIT_QUANTILE], axis=0)
    margin = np.radians(2.0)
    return float(((angles < low - margin) | (angles > high + margin)).any(axis=1).mean())


def _neighbourhoods(generated: np.ndarray, real: np.ndarray) -> tuple[float, ...]:
    """Precision, recall, density and coverage of flat poses."""
    trees = cKDTree(generated), cKDTree(real)
    radii = [tree.query(tree.data, NEIGHBOURS + 1)[0][:, -1] for tree in trees]
    near_generated = trees[0].query(real)[0]
    inside_real = _count_balls(generated, real, radii[1])
    inside_generated = _count_balls(real, generated, radii[0])
    return (
        (inside_real > 0).mean(),
        (inside_generated > 0).mean(),
        inside_real.mean() / NEIGHBOURS,
        (near_generated <= radii[1]).mean(),
    )


def _count_balls(points: np.ndarray, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """[n_points] in how many balls each point is."""
    squares = np.sum(points**2, axis=1)[:, None] - 2 * points @ centres.T
    squares += np.sum(centres**2, axis=1)
    return (squares <= radii**2).sum(axis=1)


def novelty(poses: np.ndarray, learned: np.ndarray) -> float:
    """Median over poses of the mean joint distance to the nearest one that was learned.

    Near 0 for generated poses: the generator has memorised.
    """
    _, nearest = cKDTree(_flat(learned)).query(_flat(poses))
    return float(np.median(np.linalg.norm(poses - learned[nearest], axis=-1).mean(axis=1)))
