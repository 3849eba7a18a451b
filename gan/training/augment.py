"""Augmentation: poses that the training data could have held.

They are mirrored, have limbs of each other, lean, and belong to other bodies. Poses of a motion,
which are so many frames in a row, are all changed alike: what is drawn is drawn once for a motion.
"""

import math

import tensorflow as tf

from gan.mirror import mirror_image
from gan.params import GanParams
from gan.seeds import Purpose
from gan.training.draw import Draw
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import rotation_about

LEAN_STD, FAR_LEAN, FAR_SHARE = math.radians(15), math.radians(100), 0.25
"""Standard deviation of the angle of a leaning pose; for a share of them, the bounds of an angle
with a uniform distribution [rad]: people who bend far, lie and tumble."""


def augmented(poses: tf.Tensor, params: GanParams, skeleton: Skeleton, draw: Draw) -> tf.Tensor:
    """Change poses at random, as the parameters of a GAN say.

    Args:
        poses: [n·n_frames, n_joints, 3], z up, the root above the origin, facing front.
        params: the parameters; `mirror`, `limb_exchange`, `lean` and `bone_spread` matter.
        skeleton: the skeleton of the poses.
        draw: source of random numbers for n motions.

    Returns:
        [n·n_frames, n_joints, 3].
    """
    if params.mirror:
        poses = mirrored(poses, skeleton, draw)
    if params.limb_exchange:
        poses = with_limbs_of_others(poses, skeleton, params.limb_exchange, draw)
    if params.lean:
        poses = leaned(poses, skeleton, params.lean, draw)
    if params.bone_spread:
        poses = other_bodies(poses, skeleton, params.bone_spread, draw)
    return poses


def mirrored(poses: tf.Tensor, skeleton: Skeleton, draw: Draw) -> tf.Tensor:
    """Mirror half of the poses, chosen at random.

    Args:
        poses: [n·n_frames, n_joints, 3], facing front: the mirror is the plane x = 0.
        skeleton: the skeleton of the poses.
        draw: source of random numbers for n motions.

    Returns:
        [n·n_frames, n_joints, 3].
    """
    chosen = tf.repeat(is_mirrored(draw), _n_frames(poses, draw))
    return tf.where(chosen[:, None, None], mirror_image(poses, skeleton), poses)


def is_mirrored(draw: Draw) -> tf.Tensor:
    """[n] booleans: which of n motions `mirrored` mirrors with these random numbers."""
    return draw.uniform(Purpose.MIRRORED) < 0.5


def other_bodies(poses: tf.Tensor, skeleton: Skeleton, spread: float, draw: Draw) -> tf.Tensor:
    """Give poses the bone lengths of other bodies, with the same directions of all bones.

    Each bone of a pose is scaled by a random factor exp(N(0, spread²)), the same one for a bone
    and its mirror image. The bones are put together again from the root, and the whole pose is
    raised or lowered so that its lowest joint keeps its height: feet stay on the floor.

    Args:
        poses: [n·n_frames, n_joints, 3], z up.
        skeleton: the skeleton of the poses.
        spread: standard deviation of the logarithm of a bone's factor.
        draw: source of random numbers for n motions, each of one body.

    Returns:
        [n·n_frames, n_joints, 3].
    """
    n_joints = skeleton.n_joints
    # factors[:, j] belongs to the bone that ends in joint j. Of a left and a right bone both take
    # the factor of the one with the lower index.
    factors = tf.exp(draw.normal(Purpose.BONES, spread, (n_joints,)))
    one_side = [min(j, int(mirror)) for j, mirror in enumerate(skeleton.mirror)]
    factors = tf.repeat(tf.gather(factors, one_side, axis=1), _n_frames(poses, draw), axis=0)
    parents = [int(parent) for parent in skeleton.parents]
    starts = tf.gather(poses, [max(parent, 0) for parent in parents], axis=1)  # the root has none
    bones = tf.unstack(factors[..., None] * (poses - starts), axis=1)
    joints: dict[int, tf.Tensor] = {}

    def place(j: int) -> tf.Tensor:
        """Joint j of the other bodies [n, 3]: its parent's place and the scaled bone."""
        if j not in joints:
            parent = parents[j]
            joints[j] = poses[:, j] if parent < 0 else place(parent) + bones[j]
        return joints[j]

    return _at_the_height_of(poses, tf.stack([place(j) for j in range(n_joints)], axis=1))


def with_limbs_of_others(
    poses: tf.Tensor, skeleton: Skeleton, share: float, draw: Draw
) -> tf.Tensor:
    """Give some poses limbs of other poses: whoever can do two things can often do both at once.

    A limb takes the place that it has in the frame of the other pose's torso. Each limb of a pose
    that is chosen is exchanged with a probability of one half. The lowest joint keeps its height.

    Args:
        poses: [n·n_frames, n_joints, 3], z up, the motions in a random order: the other pose is the
            one in the same frame of the motion before.
        skeleton: the skeleton of the poses.
        share: share of the motions that are chosen.
        draw: source of random numbers for n motions.

    Returns:
        [n·n_frames, n_joints, 3].
    """
    n_frames = _n_frames(poses, draw)
    others, frames = tf.roll(poses, n_frames, axis=0), _torso_frames(poses, skeleton)
    turn = tf.matmul(frames, tf.roll(frames, n_frames, axis=0), transpose_a=True)  # theirs to mine
    numbers = draw.uniform(Purpose.LIMBS, shape=(1 + len(skeleton.limbs),))
    # The first number chooses the motion, each of the others a limb of it.
    exchanged = (numbers[:, :1] < share) & (numbers[:, 1:] < 0.5)
    exchanged = tf.repeat(exchanged, n_frames, axis=0)
    joints = tf.unstack(poses, axis=1)
    for k, (start, *rest) in enumerate(skeleton.limbs):
        for j in rest:
            place = tf.linalg.matvec(turn, others[:, j] - others[:, start])
            joints[j] = tf.where(exchanged[:, k, None], joints[start] + place, joints[j])
    return _at_the_height_of(poses, tf.stack(joints, axis=1))


def leaned(poses: tf.Tensor, skeleton: Skeleton, share: float, draw: Draw) -> tf.Tensor:
    """Tilt some poses as a whole about a horizontal axis through the root.

    Afterwards a pose faces front again, and its lowest joint keeps its height.

    Args:
        poses: [n·n_frames, n_joints, 3], z up, the root above the origin.
        skeleton: the skeleton of the poses.
        share: share of the motions that are tilted.
        draw: source of random numbers for n motions.

    Returns:
        [n·n_frames, n_joints, 3].
    """
    n_frames = _n_frames(poses, draw)
    chosen, is_far, far, towards = tf.unstack(draw.uniform(Purpose.LEAN, shape=(4,)), axis=1)
    near = draw.normal(Purpose.NEAR_LEAN, LEAN_STD)
    angle = tf.where(is_far < FAR_SHARE, FAR_LEAN * (2 * far - 1), near)
    angle = tf.repeat(tf.where(chosen < share, angle, 0.0), n_frames)
    turn = rotation_about(tf.repeat(2 * math.pi * towards, n_frames), "z")
    # About the axis that `turn` makes of x: turn back, tilt about x, turn again.
    tilt = turn @ tf.matmul(rotation_about(angle, "x"), turn, transpose_b=True)
    root = poses[:, skeleton.root_index, None]
    tilted = tf.matmul(poses - root, tilt, transpose_b=True)
    left, right = (tilted[:, skeleton.joint_index(hip)] for hip in skeleton.hips)
    yaw = tf.atan2(left[:, 1] - right[:, 1], left[:, 0] - right[:, 0])
    tilted = root + tf.matmul(tilted, rotation_about(-yaw, "z"), transpose_b=True)
    return _at_the_height_of(poses, tf.where((angle == 0)[:, None, None], poses, tilted))


def _n_frames(poses: tf.Tensor, draw: Draw) -> int:
    """The number of poses in a row that are one motion; `draw` has n motions, maybe none."""
    return poses.shape[0] // max(draw.n, 1)


def _torso_frames(poses: tf.Tensor, skeleton: Skeleton) -> tf.Tensor:
    """[n, 3, 3] axes of the torsos as rows: to the left, up the spine, and across both."""
    left, right = (poses[:, skeleton.joint_index(hip)] for hip in skeleton.hips)
    tops = [limb[0] for limb in skeleton.limbs if skeleton.joints[limb[0]] not in skeleton.hips]
    top = tf.reduce_mean(tf.gather(poses, tops or [skeleton.joint_index(skeleton.head)], axis=1), 1)
    # 1e-9 keeps the slope of the norm finite where a broken pose has all of these in one point.
    up = tf.linalg.normalize(top - (left + right) / 2 + 1e-9, axis=-1)[0]
    across = tf.linalg.normalize(tf.linalg.cross(left - right, up) + 1e-9, axis=-1)[0]
    return tf.stack([tf.linalg.cross(up, across), up, across], axis=1)


def _at_the_height_of(poses: tf.Tensor, changed: tf.Tensor) -> tf.Tensor:
    """Changed poses, raised or lowered so that the lowest joint is as high as it was."""
    lift = tf.reduce_min(poses[..., 2], axis=1) - tf.reduce_min(changed[..., 2], axis=1)
    return changed + tf.stack([0 * lift, 0 * lift, lift], axis=1)[:, None]
