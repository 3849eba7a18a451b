"""The parts of bodies, and the network that has units for each of them."""

import numpy as np
import pytest
import tensorflow as tf

from gan.networks.part_network import PartNetwork, Sizes, parts_of
from gan.seeds import Purpose, layer_streams
from human_pose_util.skeleton import COCO_17, S14, S16, S24, Skeleton

CHAIN = Skeleton("chain", (("pelvis", None), ("neck", "pelvis"), ("head", "neck")))


@pytest.mark.parametrize("skeleton", [S14, S16, S24, COCO_17, CHAIN])
def test_every_joint_belongs_to_one_part(skeleton):
    rest, *limbs = parts_of(skeleton)
    joints = [j for part in (rest, *limbs) for j in part.joints]
    assert sorted(joints) == list(range(skeleton.n_joints))
    assert rest.start is None
    assert all(limb.start in rest.joints for limb in limbs)


def test_arms_and_legs_are_parts():
    _, *limbs = parts_of(S14)
    names = [[S14.joints[j] for j in (limb.start, *limb.joints)] for limb in limbs]
    for side in "lr":
        assert [f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"] in names
        assert [f"{side}_hip", f"{side}_knee", f"{side}_ankle"] in names
    assert len(names) == 4


def test_a_body_without_sides_is_one_part():
    (rest,) = parts_of(CHAIN)
    assert rest.joints == (0, 1, 2)


def make_network(skeleton=S14, n_told=3):
    of_joint = np.arange(2 * skeleton.n_joints).reshape(-1, 2)
    of_all = np.array([2 * skeleton.n_joints])
    sizes = Sizes(n_out=4, n_hidden=8, n_told=n_told, n_blocks=1)
    seeds = layer_streams(1, Purpose.PROPOSAL_NETWORK)
    return PartNetwork(skeleton, of_joint, of_all, sizes, seeds, "net")


def slopes(network, skeleton=S14):
    """[n_joints, n_joints + 1] size of the slope of each joint's outputs along each joint's
    features, then along the common one.
    """
    x = tf.random.stateless_normal([6, 2 * skeleton.n_joints + 1], [3, 4])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = network(x).joints
    jacobian = np.abs(tape.batch_jacobian(y, x).numpy()).max(axis=(0, 2))
    by_joint = jacobian[:, :-1].reshape(skeleton.n_joints, skeleton.n_joints, 2).max(axis=2)
    return np.concatenate([by_joint, jacobian[:, -1:]], axis=1)


def test_parts_that_hear_nothing_see_their_own_joints_alone():
    network = make_network()
    for layer in network.layers:
        layer.heard.w.assign(0 * layer.heard.w)
    steep = slopes(network) > 0
    for part in parts_of(S14):
        seen = {*part.joints, *([] if part.start is None else [part.start])}
        for j in part.joints:
            assert set(np.flatnonzero(steep[j, :-1])) == seen
    assert steep[:, -1].all()


def test_parts_hear_of_each_other():
    assert (slopes(make_network()) > 0).all()


def test_what_one_layer_tells_has_few_dimensions():
    """A part of one layer knows of another part what it is told, n_told numbers."""
    layer = make_network(n_told=2).layers[-1]
    x = tf.random.stateless_normal([5, 1, 8], [5, 6])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)[1, 0]
    jacobian = tape.jacobian(y, x)[:, 3, 0].numpy()  # the outputs of part 1 along the units of 3
    assert np.linalg.matrix_rank(jacobian, tol=1e-5) == 2


def test_a_network_of_one_part_serves_a_body_without_sides():
    outputs = make_network(CHAIN)(tf.ones([2, 7]))
    assert outputs.joints.shape == (2, 3, 4)
    assert outputs.units.shape == (2, 8)
