"""A sequence is one body: which bones are rigid, the term that holds them, and what it does."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton
from inference.model.body import BoneLengths, Bones
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.sequence_variables import SequenceValues
from inference.settings import SearchSettings
from tests.helpers.inference_problems import (
    make_objective,
    make_search,
    observations,
    point_near_start,
    pose_and_image,
    true_variables,
)

WEIGHT, FIRMNESS = 0.5, 2.5


@pytest.mark.parametrize(
    "skeleton, names",
    [
        ("s14", {"elbow", "wrist", "knee", "ankle"}),
        ("h36m-17", {"elbow", "wrist", "knee", "ankle"}),
        ("s24", {"elbow", "wrist", "thumb", "little", "knee", "ankle", "ball", "toes"}),
    ],
)
def test_bones_are_links_within_a_limb_between_the_hips_and_across_the_torso(skeleton, names):
    skeleton = get_skeleton(skeleton)
    bones = Bones.of(skeleton)
    assert set(bones.names) == names | {"hips", "torso"}
    assert len(bones.ends) == 2 * len(bones.names) - 1  # of every kind two, but one pair of hips
    pairs = {name: [] for name in bones.names}
    for ends, kind in zip(bones.ends, bones.kinds, strict=True):
        pairs[bones.names[kind]].append({skeleton.joints[joint] for joint in ends})
    assert pairs.pop("hips") == [{"l_hip", "r_hip"}]
    assert pairs.pop("torso") == [{"l_shoulder", "r_hip"}, {"r_shoulder", "l_hip"}]
    for of_kind in pairs.values():
        assert all(len({name[:2] for name in pair}) == 1 for pair in of_kind)


def test_a_skeleton_without_shoulders_has_no_torso():
    links = (("pelvis", None), *((f"{side}_hip", "pelvis") for side in "lr"))
    legs = Skeleton("legs", (*links, *((f"{side}_knee", f"{side}_hip") for side in "lr")))
    assert Bones.of(legs).names == ("knee", "hips")


def test_lengths_are_distances_of_joints_left_and_right_alike():
    bones, poses = Bones.of(get_skeleton("s14")), np.zeros((2, 14, 3))
    joints = get_skeleton("s14").joints
    poses[0, joints.index("l_elbow")] = [0.3, 0, 0.4]  # 0.5 from shoulder and wrist
    poses[1, joints.index("r_ankle")] = [0, 2, 0]
    lengths = dict(zip(bones.names, bones.measure(poses).T, strict=True))
    np.testing.assert_allclose(lengths["elbow"], [0.25, 0])  # the right one is 0 long
    np.testing.assert_allclose(lengths["wrist"], [0.25, 0])
    np.testing.assert_allclose(lengths["ankle"], [0, 1])
    np.testing.assert_allclose(lengths["hips"], 0)


def test_lengths_of_people_are_the_mean_and_the_spread_of_their_poses():
    rng = np.random.default_rng(0)
    poses, bones = rng.normal(size=(50, 14, 3)), Bones.of(get_skeleton("s14"))
    people = BoneLengths.of(bones, poses)
    joints = get_skeleton("s14").joints
    hips = np.linalg.norm(poses[:, joints.index("l_hip")] - poses[:, joints.index("r_hip")], axis=1)
    at = people.names.index("hips")
    assert people.mean[at] == pytest.approx(hips.mean())
    assert people.std[at] == pytest.approx(hips.std())
    same = BoneLengths.of(bones, np.repeat(poses[:1], 3, axis=0))
    np.testing.assert_allclose(same.std, 2e-3)


def problem(intrinsics="known", extrinsics="known", body="unknown", activation="tanh"):
    """An objective with the body term, a point (x, θ) and observations of five frames."""
    size = [1000, 1000] if intrinsics == "unknown" else None
    camera = CameraKnowledge(extrinsics=extrinsics, intrinsics=intrinsics, size=size)
    settings = SearchSettings(body_weight=WEIGHT, camera=camera, body=body)
    objective = make_objective(activation, settings)
    rng = np.random.default_rng(1)
    _, p2 = pose_and_image(true_variables(5), activation, noise=0.01)
    observed = replace(observations(p2).without_unknown(camera, 1000), firmness=FIRMNESS)
    lengths = range(4, len(objective.model.sequence_variables.names))
    return objective, *point_near_start(objective, observed, rng, lengths, 0.02)


def body_cost(objective, x, theta) -> np.ndarray:
    """The body term, from its formula."""
    bones, poses = objective.model.bones, objective.model.generator(x[:, :5]).numpy()
    cost = np.zeros(len(poses))
    for (one, other), kind in zip(bones.ends, bones.kinds, strict=True):
        norm = np.linalg.norm(poses[:, one] - poses[:, other], axis=1)
        cost += 0.5 * FIRMNESS * WEIGHT * (norm - SequenceValues.of(theta).lengths[:, kind]) ** 2
    return cost


@pytest.mark.parametrize("extrinsics", ["known", "unknown"])
def test_the_term_is_its_formula(extrinsics):
    objective, x, theta, frames = problem(extrinsics=extrinsics)
    settings = objective.settings.model_copy(update={"body_weight": 0.0})
    without = type(objective)(objective.model, objective.critic, settings, 1000.0)
    added = objective.cost(x, theta, frames, None) - without.cost(x, theta, frames, None)
    np.testing.assert_allclose(added, body_cost(objective, x, theta), rtol=2e-3)


@pytest.mark.parametrize("body", ["known", "unknown"])
@pytest.mark.parametrize("intrinsics, extrinsics", [("known", "known"), ("unknown", "unknown")])
def test_gradient_and_curvature_are_those_of_the_cost(intrinsics, extrinsics, body):
    """What the body adds to the curvature is the square of its residuals' slopes."""
    objective, x, theta, frames = problem(intrinsics, extrinsics, body)
    model, widths = objective.model, tf.zeros(5)
    free = list(model.sequence_variables.free)
    names = model.sequence_variables.free_names
    assert ("length of hips" in names) == (body == "unknown")
    quadratic = objective.expand(x, theta, frames, widths)
    with tf.GradientTape() as tape:
        tape.watch([x, theta])
        total = tf.reduce_sum(objective.cost(x, theta, frames, widths))
    by_x, by_theta = tape.gradient(total, [x, theta])
    expected = np.concatenate([by_x, by_theta.numpy()[:, free]], axis=1)
    np.testing.assert_allclose(quadratic.gradient, expected, rtol=2e-3, atol=2e-4)

    if body == "unknown":
        bones, first = model.bones, len(names) - len(model.bones.names)
        by_lengths = quadratic.curvature.numpy()[:, model.n_x + first :, model.n_x + first :]
        held = model.sequence_variables.prior_weight[4:]
        counts = np.bincount(bones.kinds)
        expected = np.diag(
            FIRMNESS * WEIGHT * counts + objective.settings.consistency_weight * held
        )
        np.testing.assert_allclose(by_lengths, np.tile(expected, (5, 1, 1)), rtol=1e-4, atol=1e-6)


def bone_variation(p3w: np.ndarray) -> float:
    """The mean, over bones, of the standard deviation over frames as a share of the length."""
    lengths = Bones.of(get_skeleton("s14")).measure(p3w)
    return float((lengths.std(axis=0) / lengths.mean(axis=0)).mean())


@pytest.fixture(scope="module")
def noisy():
    """Image points of a sequence, whose noise makes bones of frames differ."""
    return observations(pose_and_image(true_variables(12), "tanh", noise=0.01)[1])


@pytest.mark.parametrize("smoothness", [0.0, 1e-6], ids=["independent frames", "coupled frames"])
def test_frames_of_a_sequence_have_one_body(noisy, smoothness):
    free, held = (
        make_search("tanh", smoothness_weight=smoothness, body_weight=weight).infer([noisy])[0]
        for weight in (0.0, 5.0)
    )
    assert free.lengths.shape == (0,)
    assert bone_variation(held.p3w) < 0.2 * bone_variation(free.p3w)
    measured = Bones.of(get_skeleton("s14")).measure(held.p3w / held.scale).mean(axis=0)
    np.testing.assert_allclose(held.lengths, measured, rtol=0.03)


def test_known_lengths_are_kept(noisy):
    """Poses go as far towards them as the generator can."""
    search = make_search("tanh", body_weight=5.0, body="known")
    mean = search.infer([noisy])[0]
    lengths = 1.1 * mean.lengths
    result = search.infer([replace(noisy, lengths=lengths)])[0]
    np.testing.assert_allclose(result.lengths, lengths)
    bones = Bones.of(get_skeleton("s14"))
    before, after = (
        np.abs(bones.measure(fit.p3w / fit.scale).mean(axis=0) - lengths).mean()
        for fit in (mean, result)
    )
    assert after < 0.9 * before


def test_bones_are_variables_after_those_of_the_camera():
    variables = make_objective(settings=SearchSettings(body_weight=1.0)).model.sequence_variables
    assert variables.names[:4] == ("log_scale", "log_focal", "centre_x", "centre_y")
    assert set(variables.free_names) == {"log_scale"} | {
        f"length of {bone}" for bone in ("elbow", "wrist", "knee", "ankle", "hips", "torso")
    }
    start = variables.start_at(1.8, np.arange(6.0))
    np.testing.assert_allclose(start, [np.log(1.8), 0, 0, 0, 0, 1, 2, 3, 4, 5])
