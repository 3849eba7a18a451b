"""The skeleton of exports: its bones reach the joints, and knees and elbows are hinges."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from human_pose_util.export.rig import fit_skeleton
from human_pose_util.export.skeleton_tree import depth_first
from human_pose_util.skeleton import Skeleton

PARENTS = {
    "pelvis": None, "head": "pelvis",
    "l_hip": "pelvis", "l_knee": "l_hip", "l_ankle": "l_knee", "l_toes": "l_ankle",
    "r_hip": "pelvis", "r_knee": "r_hip", "r_ankle": "r_knee", "r_toes": "r_ankle",
    "l_shoulder": "pelvis", "l_elbow": "l_shoulder", "l_wrist": "l_elbow",
    "r_shoulder": "pelvis", "r_elbow": "r_shoulder", "r_wrist": "r_elbow",
}  # fmt: skip
BODY = Skeleton("body", tuple(PARENTS.items()))
REST = {
    "pelvis": [0, 0, 0], "head": [0, 0, 70],
    "l_hip": [0, 10, 0], "l_knee": [0, 0, -45], "l_ankle": [0, 0, -40], "l_toes": [15, 0, -8],
    "r_hip": [0, -10, 0], "r_knee": [0, 0, -45], "r_ankle": [0, 0, -40], "r_toes": [15, 0, -8],
    "l_shoulder": [0, 18, 50], "l_elbow": [0, 30, 0], "l_wrist": [0, 26, 0],
    "r_shoulder": [0, -18, 50], "r_elbow": [0, -30, 0], "r_wrist": [0, -26, 0],
}  # fmt: skip
"""Offsets from the parents of someone who stands, faces x and stretches out the arms [cm]."""

N = 60


def pose(turns):
    """[N, n_joints, 3] the body after rotations of joints, by name, relative to their parents."""
    world, places = {}, {}
    still = Rotation.identity(N)
    for name, parent in PARENTS.items():
        turn = turns.get(name, still)
        start = np.zeros((N, 3)) if parent is None else places[parent]
        places[name] = start + (still if parent is None else world[parent]).apply(REST[name])
        world[name] = turn if parent is None else world[parent] * turn
    return np.stack([places[name] for name in PARENTS], axis=1)


def about(axis, degrees):
    """Rotations about an axis [3] by angles, a number or [N]."""
    return Rotation.from_rotvec(np.outer(np.broadcast_to(np.radians(degrees), N), axis))


def world_rotations(rig):
    """[N, n_joints, 3, 3] rotations of joints relative to the world."""
    world = np.empty_like(rig.rotations)
    for joint in depth_first(BODY):
        parent = int(BODY.parents[joint])
        world[:, joint] = (world[:, parent] if parent >= 0 else np.eye(3)) @ rig.rotations[:, joint]
    return world


def places(rig):
    """[N, n_joints, 3] where the bones of a rig end."""
    world, found = world_rotations(rig), np.empty((N, BODY.n_joints, 3))
    for joint in depth_first(BODY):
        parent = int(BODY.parents[joint])
        found[:, joint] = (
            rig.root_position
            if parent < 0
            else found[:, parent] + world[:, parent] @ rig.offsets[joint]
        )
    return found


def steps(rotations):
    """Angles [°] between the rotations [N, 3, 3] of frames in a row."""
    return np.degrees(
        (
            Rotation.from_matrix(rotations[1:]) * Rotation.from_matrix(rotations[:-1]).inv()
        ).magnitude()
    )


CROSS_LEGGED = {
    # Thighs lie forwards and outwards, turned so that the knees bend in the plane of the floor.
    "l_hip": about([0, 1, 0], -80) * about([0, 0, 1], 85) * about([1, 0, 0], 10),
    "r_hip": about([0, 1, 0], -80) * about([0, 0, 1], -85) * about([1, 0, 0], -10),
    "l_knee": about([0, 1, 0], 110), "r_knee": about([0, 1, 0], 120),
}  # fmt: skip
REACHING = {
    "l_shoulder": about([0, 0, 1], -70) * about([0, 1, 0], 50),
    "l_elbow": about([0, 0, 1], -100),
    "r_shoulder": about([1, 0, 0], 60) * about([0, 1, 0], -40),
    "r_elbow": about([0, 0, 1], 60),
}


@pytest.mark.parametrize("turns", [CROSS_LEGGED, REACHING], ids=["cross-legged", "reaching"])
def test_bent_limbs_tell_how_their_bones_turn(turns):
    turns = {"pelvis": about([0, 0, 1], np.linspace(0, 90, N)), **turns}
    rig = fit_skeleton(pose(turns), BODY)
    np.testing.assert_allclose(places(rig), pose(turns), atol=1e-6)
    for name in turns.keys() - {"pelvis"}:
        found = Rotation.from_matrix(rig.rotations[:, BODY.joint_index(name)])
        assert np.degrees((found.inv() * turns[name]).magnitude()).max() < 0.5, name


@pytest.mark.parametrize(
    "turns", [CROSS_LEGGED, REACHING, {}], ids=["cross-legged", "reaching", "still"]
)
def test_the_rest_pose_stands_with_feet_forwards(turns):
    rest = dict(zip(PARENTS, fit_skeleton(pose(turns), BODY).offsets, strict=True))
    for name, offset in REST.items():
        np.testing.assert_allclose(rest[name], offset, atol=0.5, err_msg=name)


def test_feet_that_point_sideways_do_so_by_the_ankles():
    turned = about([0, 0, 1], 60)
    poses = pose({"l_ankle": turned, "l_knee": about([0, 1, 0], 40)})
    rig = fit_skeleton(poses, BODY)
    np.testing.assert_allclose(places(rig), poses, atol=1e-6)
    np.testing.assert_allclose(rig.offsets[BODY.joint_index("l_toes")], REST["l_toes"], atol=0.5)
    # The shortest rotation between both directions of the foot, which are 8 cm below the ankle.
    assert 40 < np.degrees(Rotation.from_matrix(rig.rotations[:, 4]).magnitude()).max() < 61


@pytest.mark.parametrize("bends", [(60, -8), (60, 0), (20, 178)])
def test_bones_do_not_spin_where_a_limb_is_straight_or_folded(bends):
    """A knee and an elbow that pass through a bend that does not tell their hinge, and return."""
    bend = np.interp(np.arange(N), [0, N // 2, N - 1], [bends[0], bends[1], bends[0]])
    rng = np.random.default_rng(0)
    swing = about([0, 1, 0], np.linspace(-10, -80, N))
    turns = {
        "r_hip": swing, "r_knee": about([0, 1, 0], bend),
        "l_shoulder": swing, "l_elbow": about([0, 0, 1], -bend),
    }  # fmt: skip
    rig = fit_skeleton(pose(turns) + rng.normal(0, 0.2, (N, BODY.n_joints, 3)), BODY)
    world = world_rotations(rig)
    for name in turns:
        assert steps(world[:, BODY.joint_index(name)]).max() < 15, name


def test_the_mirror_image_turns_as_the_mirror_image():
    rng = np.random.default_rng(1)
    turns = {name: about(rng.normal(size=3), np.linspace(0, 60, N)) for name in PARENTS}
    poses = pose(turns)
    image = poses[:, BODY.mirror] * [1, -1, 1]
    one, other = fit_skeleton(poses, BODY), fit_skeleton(image, BODY)
    flip = np.diag([1.0, -1, 1])
    np.testing.assert_allclose(other.offsets, one.offsets[BODY.mirror] @ flip, atol=1e-6)
    np.testing.assert_allclose(
        other.rotations, flip @ one.rotations[:, BODY.mirror] @ flip, atol=1e-5
    )


def test_joints_in_one_place_give_rotations_all_the_same():
    rig = fit_skeleton(np.zeros((3, BODY.n_joints, 3)), BODY)
    product = rig.rotations @ np.swapaxes(rig.rotations, -1, -2)
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), product.shape), atol=1e-9)
