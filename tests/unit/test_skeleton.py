"""Skeletons against the data sets' documentation, converters against means of joints by name."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from human_pose_util import registry as register
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import (
    CONVERTERS,
    H36M_17,
    S14,
    S16,
    S20,
    S24,
    SKELETONS,
    Converter,
    Skeleton,
)

ORDERS = {
    S14: "head neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist "
    "r_hip r_knee r_ankle l_hip l_knee l_ankle",
    S16: "head neck thorax pelvis r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist "
    "r_hip r_knee r_ankle l_hip l_knee l_ankle",
    S20: "head_distal head_proximal l_lower_arm_distal l_lower_arm_proximal l_lower_leg_distal "
    "l_lower_leg_proximal r_lower_arm_distal r_lower_arm_proximal r_lower_leg_distal "
    "r_lower_leg_proximal torso_distal torso_proximal l_upper_arm_distal l_upper_arm_proximal "
    "l_upper_leg_distal l_upper_leg_proximal r_upper_arm_distal r_upper_arm_proximal "
    "r_upper_leg_distal r_upper_leg_proximal",
    S24: "thorax r_hip r_knee r_ankle r_ball r_toes l_hip l_knee l_ankle l_ball l_toes neck "
    "head-back head-center l_shoulder l_elbow l_wrist l_thumb l_little r_shoulder r_elbow "
    "r_wrist r_thumb r_little",
    H36M_17: "pelvis r_hip r_knee r_ankle l_hip l_knee l_ankle spine thorax nose head "
    "l_shoulder l_elbow l_wrist r_shoulder r_elbow r_wrist",
}
each_skeleton = pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda s: s.id)
each_converter = pytest.mark.parametrize(
    "converter", CONVERTERS, ids=lambda c: f"{c.source.id}-{c.target.id}"
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def registers(monkeypatch):
    """What a test registers is forgotten afterwards."""
    for name in ("_skeletons", "_converters"):
        monkeypatch.setattr(register, name, dict(getattr(register, name)))


def parent(skeleton, joint):
    index = skeleton.parents[skeleton.joint_index(joint)]
    return None if index < 0 else skeleton.joints[index]


@pytest.mark.parametrize("skeleton", ORDERS, ids=lambda s: s.id)
def test_joints_are_in_the_documented_order(skeleton):
    assert skeleton.joints == tuple(ORDERS[skeleton].split())
    assert skeleton.n_joints == len(skeleton.joints)


def test_parents_of_s24():
    assert S24.root_index == 0
    for side in "lr":
        leg = ["thorax", *(f"{side}_{j}" for j in ("hip", "knee", "ankle", "ball", "toes"))]
        arm = ["thorax", "neck", *(f"{side}_{j}" for j in ("shoulder", "elbow", "wrist"))]
        for above, below in [*itertools.pairwise(leg), *itertools.pairwise(arm)]:
            assert parent(S24, below) == above
        assert parent(S24, f"{side}_thumb") == parent(S24, f"{side}_little") == f"{side}_wrist"
    assert parent(S24, "head-center") == "head-back"
    assert parent(S24, "head-back") == "neck"


def test_in_s14_all_hangs_from_the_neck():
    assert S14.joints[S14.root_index] == "head"
    for joint in ("l_hip", "r_hip", "l_shoulder", "r_shoulder"):
        assert parent(S14, joint) == "neck"
    assert parent(S14, "neck") == "head"
    assert parent(S14, "r_ankle") == "r_knee"


@each_skeleton
def test_a_skeleton_is_a_tree(skeleton):
    roots = np.flatnonzero(skeleton.parents < 0)
    assert list(roots) == [skeleton.root_index]
    joint = np.arange(skeleton.n_joints)
    for _ in range(skeleton.n_joints):
        joint = np.where(skeleton.parents[joint] < 0, joint, skeleton.parents[joint])
    assert (joint == skeleton.root_index).all()
    children, parents = skeleton.bones.T
    assert sorted([*children, skeleton.root_index]) == list(range(skeleton.n_joints))
    np.testing.assert_array_equal(skeleton.parents[children], parents)


@each_skeleton
def test_mirror_swaps_left_and_right_and_twice_does_nothing(skeleton):
    np.testing.assert_array_equal(skeleton.mirror[skeleton.mirror], range(skeleton.n_joints))
    for j, name in enumerate(skeleton.joints):
        other, side = skeleton.joints[skeleton.mirror[j]], skeleton.sides[j]
        assert skeleton.sides[skeleton.mirror[j]] == {"l": "r", "r": "l", "": ""}[side]
        assert (other == name) == (side == "")
        assert other[len(side) :] == name[len(side) :]


@each_skeleton
def test_a_mirrored_skeleton_has_mirrored_bones(skeleton):
    bones = {tuple(bone) for bone in skeleton.bones}
    assert bones == {tuple(skeleton.mirror[list(bone)]) for bone in skeleton.bones}


def test_joints_by_name():
    assert S14.has_joint("l_hip")
    assert not S14.has_joint("pelvis")
    assert S14.joints[S14.joint_index("l_hip")] == "l_hip"
    assert S14.parent("head") is None
    assert S14.parent("neck") == "head"
    with pytest.raises(SpecError, match="has no joint 'pelvis': it has head, neck"):
        S14.parent("pelvis")


@pytest.mark.parametrize("between", ["s16", "eva15"])
def test_14_joints_come_back_from_a_skeleton_with_more(between):
    """The joints that are added lie between others; the 14 themselves are not moved."""
    pose = np.random.default_rng(0).normal(size=(5, 14, 3))
    more = register.get_converter("s14", between).convert(pose)
    pelvis = register.get_skeleton(between).joint_index("pelvis")
    hips = [S14.joint_index("l_hip"), S14.joint_index("r_hip")]
    np.testing.assert_allclose(more[:, pelvis], pose[:, hips].mean(axis=1))
    np.testing.assert_allclose(register.get_converter(between, "s14").convert(more), pose)


def test_height_by_hand():
    p = np.zeros((2, 24, 3))
    p[:, S24.joint_index("head-back")] = [100, 0, 1700]
    p[:, S24.joint_index("l_toes")], p[:, S24.joint_index("r_toes")] = [300, 20, 0], [-100, -20, 0]
    p[1] *= 2
    np.testing.assert_allclose(S24.height(p), [1700, 3400])
    for skeleton in (S14, S16, S20):
        assert "ankle" in skeleton.feet[0] or skeleton.feet[0] == "l_lower_leg_distal"


def test_front_angle_by_hand():
    p = np.zeros((3, 14, 3))
    p[:, S14.joint_index("l_hip"), :2] = [[0.1, 0], [0, 0.1], [-0.1, -0.1]]
    p[:, S14.joint_index("r_hip"), :2] = -p[:, S14.joint_index("l_hip"), :2]
    np.testing.assert_allclose(S14.front_angle(p + [7, 8, 9]), [0, np.pi / 2, -3 * np.pi / 4])


@pytest.mark.parametrize(
    ("links", "problem"),
    [
        ((("a", None), ("a", None)), "the same joint twice"),
        ((("a", None), ("b", "c")), r"parents that are no joints: \['c'\]"),
        ((("a", None), ("l_b", "a")), r"joints without a mirror image: \['r_b'\]"),
        ((("a", "b"), ("b", "a")), "no root"),
        ((("a", None), ("b", "c"), ("c", "b")), r"a loop of joints: \['b', 'c'\]"),
    ],
)
def test_what_is_no_skeleton(links, problem):
    with pytest.raises(SpecError, match=f"skeleton 'odd' has {problem}"):
        Skeleton("odd", links)


def test_poses_of_another_number_of_joints_are_not_converted():
    converter = register.get_converter("s16", "s14")
    with pytest.raises(DataError, match=r"17 joints are not of the skeleton 's16', which has 16"):
        converter.convert(np.zeros((2, 17, 3)))


def test_unknown_joint():
    with pytest.raises(SpecError, match="'s14' has no joint 'tail': it has head, neck"):
        S14.joint_index("tail")


def joint(p, skeleton, *names):
    return np.mean([p[..., skeleton.joint_index(name), :] for name in names], axis=0)


def test_s20_to_s16_and_s14_by_name(rng):
    p = rng.normal(size=(3, 2, 20, 3))
    expected = {
        "head": ["head_distal"],
        "neck": ["head_proximal"],
        "thorax": ["torso_proximal"],
        "pelvis": ["torso_distal"],
    }
    for s in "lr":
        expected |= {
            f"{s}_shoulder": [f"{s}_upper_arm_proximal"],
            f"{s}_elbow": [f"{s}_upper_arm_distal", f"{s}_lower_arm_proximal"],
            f"{s}_wrist": [f"{s}_lower_arm_distal"],
            f"{s}_hip": [f"{s}_upper_leg_proximal"],
            f"{s}_knee": [f"{s}_upper_leg_distal", f"{s}_lower_leg_proximal"],
            f"{s}_ankle": [f"{s}_lower_leg_distal"],
        }
    s16 = register.get_converter("s20", "s16").convert(p)
    s14 = register.get_converter("s20", "s14").convert(p)
    again = register.get_converter("s16", "s14").convert(s16)
    for name, sources in expected.items():
        np.testing.assert_array_equal(joint(s16, S16, name), joint(p, S20, *sources))
    for name in S14.joints:
        np.testing.assert_array_equal(joint(s14, S14, name), joint(s16, S16, name))
    np.testing.assert_array_equal(again, s14)


def test_s24_to_s14_by_name(rng):
    p = rng.normal(size=(5, 24, 2))
    s14 = register.get_converter("s24", "s14").convert(p)
    for name in S14.joints:
        source = "head-back" if name == "head" else name
        np.testing.assert_array_equal(joint(s14, S14, name), joint(p, S24, source))


@each_converter
def test_only_joints_made_of_a_missing_one_are_missing(converter, rng):
    p = rng.normal(size=(converter.source.n_joints, converter.source.n_joints, 3))
    diagonal = np.arange(converter.source.n_joints)
    p[diagonal, diagonal] = np.nan  # pose j misses joint j
    missing = np.isnan(converter.convert(p)).all(axis=-1)
    for j, row in enumerate(missing):
        np.testing.assert_array_equal(row, (converter.indices == j).any(axis=1))


@each_converter
def test_converters_keep_sides_and_work_on_tensors(converter, rng):
    p = rng.normal(size=(2, 3, converter.source.n_joints, 3)).astype(np.float32)
    converted = converter.convert(p)
    assert converted.dtype == np.float32
    assert converted.shape == (2, 3, converter.target.n_joints, 3)
    tensor = converter.convert(tf.constant(p))
    assert tf.is_tensor(tensor)
    np.testing.assert_allclose(tensor, converted, rtol=1e-6)
    mirrored = converter.convert(p[..., converter.source.mirror, :])
    np.testing.assert_allclose(mirrored, converted[..., converter.target.mirror, :], rtol=1e-6)


def test_then_is_one_after_the_other(rng):
    middle = Skeleton("middle", (("a", None), ("b", "a"), ("c", "b")))
    end = Skeleton("end", (("a", None), ("x", "a")))
    first = Converter(S14, middle, {"a": ("l_hip", "r_hip"), "b": "neck", "c": "head"})
    second = Converter(middle, end, {"x": ("a", "b", "c")})
    p = rng.normal(size=(4, 14, 3))
    by_steps = second.convert(first.convert(p))
    np.testing.assert_allclose(first.then(second).convert(p), by_steps, rtol=1e-13)


def test_converter_with_unknown_joints():
    with pytest.raises(SpecError, match=r"s16 → s14: \['tail'\] are no joints of s14"):
        Converter(S16, S14, {"tail": "head"})
    with pytest.raises(SpecError, match="'s14' has no joint 'thorax'"):
        Converter(S14, S16, {})
    with pytest.raises(SpecError, match=r"s16 → s14: \['neck'\] are means of no joints"):
        Converter(S16, S14, {"neck": ()})


def test_registers(registers, rng):
    own = Skeleton("own", (("a", None), ("l_b", "a"), ("r_b", "a")))
    register.register_skeleton(own)
    assert register.get_skeleton("own") is own
    p = rng.normal(size=(3, 3))
    np.testing.assert_array_equal(register.get_converter("own", "own").convert(p), p)
    with pytest.raises(SpecError, match="'own' converts to no other"):
        register.get_converter("own", "s14")
    to_own = Converter(S14, own, {"a": "neck", "l_b": "l_hip", "r_b": "r_hip"})
    register.register_converter(to_own)
    assert register.get_converter("s14", "own") is to_own


def test_unknown_skeletons_and_conversions():
    with pytest.raises(SpecError, match="unknown skeleton 's15': did you mean 's1"):
        register.get_skeleton("s15")
    with pytest.raises(SpecError, match=r"did you mean 'coco17', 'coco18' or 'coco23'"):
        register.get_skeleton("coco")
    with pytest.raises(SpecError, match=r"unknown skeleton 'zz': known: .*s14, s16"):
        register.get_converter("s14", "zz")
    with pytest.raises(SpecError, match="'s14' to 's24': 's14' converts to"):
        register.get_converter("s14", "s24")


def test_hops_are_the_bones_between_joints():
    hops = S14.hops
    np.testing.assert_array_equal(hops, hops.T)
    np.testing.assert_array_equal(np.diag(hops), 0)
    between = {("l_wrist", "l_elbow"): 1, ("l_wrist", "l_shoulder"): 2, ("l_ankle", "l_hip"): 2}
    for (one, other), n in between.items():
        assert hops[S14.joint_index(one), S14.joint_index(other)] == n
    two = Skeleton("two", (("head", None), ("l_hip", "head"), ("r_hip", "head"), ("ball", None)))
    assert two.hops[0, 3] == two.hops[3, 1] == 4
    assert two.hops[1, 2] == 2
