"""The floor of a sequence: the plane that feet tell, the term that holds them, what it does."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from human_pose_util.skeleton import S14, S24
from human_pose_util.transforms import rotation_about
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.floor import Floor
from inference.settings import SearchSettings
from tests.helpers.inference_problems import (
    CAMERA,
    make_objective,
    make_search,
    observations,
    point_near_start,
    pose_and_image,
    true_variables,
)

DT, N = 1 / 30, 300
KINDS = np.array([0, 1, 0, 1, 4])
"""Two ankles, two toes, and a joint that never stands."""

HEIGHTS = np.array([0.08, 0.02, 0.08, 0.02, 1.0])
TILT = rotation_about(np.radians(4.0), "x") @ rotation_about(np.radians(3.0), "y")
"""From a world with a level floor to the frame of the poses: 5 degrees."""


def walk(noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Poses [N, 5, 3] of someone who walks in a circle, in a tilted frame, and their contacts."""
    rng, angle = np.random.default_rng(0), np.linspace(0, 2 * np.pi, N)
    p3 = np.zeros((N, len(KINDS), 3))
    p3[..., 0], p3[..., 1] = 2 * np.cos(angle)[:, None], 2 * np.sin(angle)[:, None]
    p3[..., 2] = HEIGHTS + rng.normal(0, noise, (N, len(KINDS)))
    left = np.arange(N) % 30 < 15
    stands = np.stack([left, left, ~left, ~left, np.zeros(N, bool)], axis=1)
    contact = np.pad(stands[1:] & stands[:-1], [(1, 0), (0, 0)]).astype(float)
    # The foot that swings is up to 20 cm above the floor.
    swing = 0.2 * np.abs(np.sin(np.pi * np.arange(N) / 15))
    p3[left, 2:4, 2] += swing[left, None]
    p3[~left, :2, 2] += swing[~left, None]
    return p3 @ TILT.T, contact


def under(p3, contact, up=(0, 0, 1), is_vertical_known=False) -> Floor:
    return Floor.under(p3, contact, KINDS, DT, np.array(up, float), is_vertical_known)


def angle(a, b) -> float:
    """The angle between two vectors in degrees."""
    return float(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))


def test_feet_that_stand_tell_the_floor():
    """Poses with a vertical that is 5 degrees off hardly matter to someone who walks about."""
    p3, contact = walk()
    floor = under(p3, contact)
    assert angle(TILT[:, 2], np.array([0, 0, 1.0])) == pytest.approx(5, abs=0.1)
    assert angle(floor.up, TILT[:, 2]) < 0.2
    np.testing.assert_allclose(floor.heights[:4], HEIGHTS[:4], atol=0.01)
    assert floor.weights[contact > 0].min() > 0.5


def test_joints_stand_in_both_frames_of_a_step_in_time():
    p3, contact = walk()
    weights = under(p3, contact).weights
    assert (weights[:, 4] == 0).all()
    assert contact[30, 0] == 0 < contact[31, 0]
    assert (weights[30:45, 0] > 0.5).all()
    assert (weights[[29, 45], 0] == 0).all()


def test_a_known_vertical_stays_as_it_is():
    p3, contact = walk()
    floor = under(p3 @ TILT, contact, is_vertical_known=True)
    np.testing.assert_array_equal(floor.up, [0, 0, 1])
    np.testing.assert_allclose(floor.heights[:4], HEIGHTS[:4], atol=1e-6)


def test_a_step_is_no_part_of_the_floor():
    p3, contact = walk()
    p3[120:150] += 0.3 * TILT[:, 2]
    floor = under(p3, contact)
    assert angle(floor.up, TILT[:, 2]) < 0.5
    assert floor.weights[121:149].max() < 0.01
    assert floor.weights[30, 0] > 0.5


def test_where_feet_are_at_all_heights_there_is_no_floor():
    """A camera that sways makes one of any floor: better none than a wrong one."""
    even, uneven = (under(*walk(noise)).weights.max() for noise in (0.003, 0.05))
    assert even > 0.7
    assert uneven < 0.1


def test_feet_of_one_kind_have_one_plane():
    """The left ankle stands 2 m from the right one; neither moves, so that alone none tells it."""
    tilt = rotation_about(np.radians(4.0), "y")
    p3 = np.tile([[-1.0, 0.0, 0.08], [1.0, 0.0, 0.08]], (N, 1, 1)) @ tilt.T
    contact, up = np.ones((N, 2)), np.array([0.0, 0.0, 1.0])
    of_one_kind, apart = (
        Floor.under(p3, contact, np.array(kinds), DT, up, False) for kinds in ([0, 0], [0, 1])
    )
    assert angle(of_one_kind.up, tilt[:, 2]) < 0.5
    np.testing.assert_allclose(of_one_kind.heights, 0.08, atol=0.005)
    np.testing.assert_allclose(apart.up, up, atol=1e-6)


def test_the_floor_does_not_depend_on_the_rate():
    """Someone steps about within a metre: feet and poses each tell a part of the vertical."""
    ups = []
    for rate in (1, 4):
        n = 120 * rate
        turn = 2 * np.pi * np.arange(n) / n
        p3 = np.stack([0.3 * np.cos(turn), 0.3 * np.sin(turn), 0.08 + 0 * turn], axis=1)
        p3 = p3[:, None] @ TILT.T
        floor = Floor.under(
            p3, np.ones((n, 1)), np.array([0]), DT / rate, np.array([0.0, 0.0, 1.0]), False
        )
        ups.append(floor.up)
    assert angle(*ups) < 0.05
    assert 1 < angle(ups[0], TILT[:, 2]) < 4


def test_nothing_stands_where_no_foot_does():
    p3, contact = walk()
    floor = under(p3, 0 * contact, up=(0, 3, 4))
    np.testing.assert_allclose(floor.up, [0, 0.6, 0.8])
    assert not floor.weights.any()


def test_a_joint_and_its_mirror_image_are_of_one_kind():
    joint = S24.joint_index
    assert S24.kinds[joint("l_ankle")] == S24.kinds[joint("r_ankle")]
    assert S24.kinds[joint("l_ankle")] != S24.kinds[joint("l_toes")]
    assert len(set(S24.kinds)) < S24.n_joints == len(S24.kinds)


WEIGHT = 0.7


def problem(extrinsics: str):
    """An objective with the floor term, a point (x, θ) and observations of five frames."""
    camera = CameraKnowledge(extrinsics=extrinsics)
    objective = make_objective("tanh", SearchSettings(floor_weight=WEIGHT, camera=camera))
    rng = np.random.default_rng(1)
    _, p2 = pose_and_image(true_variables(5), "tanh", noise=0.01)
    up = rng.normal(size=3)
    weights = rng.uniform(0, 1, (5, S14.n_joints))
    floor = Floor(up / np.linalg.norm(up), rng.normal(size=S14.n_joints), weights)
    observed = replace(observations(p2).without_unknown(camera, 1000), floor=floor)
    return objective, floor, *point_near_start(objective, observed, rng, range(1), 0.02)


@pytest.mark.parametrize("extrinsics", ["known", "unknown"])
def test_the_term_is_its_formula(extrinsics):
    objective, floor, x, theta, frames = problem(extrinsics)
    settings = objective.settings.model_copy(update={"floor_weight": 0.0})
    without = type(objective)(objective.model, objective.critic, settings, 1000.0)
    added = objective.cost(x, theta, frames, None) - without.cost(x, theta, frames, None)
    poses = objective.model.decode(x, theta).numpy()
    distances = poses @ floor.up - floor.heights
    expected = 0.5 * WEIGHT * (floor.weights * distances**2).sum(axis=1)
    np.testing.assert_allclose(added, expected, rtol=2e-3)


@pytest.mark.parametrize("extrinsics", ["known", "unknown"])
def test_gradient_is_that_of_the_cost(extrinsics):
    objective, _, x, theta, frames = problem(extrinsics)
    free = list(objective.model.sequence_variables.free)
    quadratic = objective.expand(x, theta, frames, tf.zeros(5))
    with tf.GradientTape() as tape:
        tape.watch([x, theta])
        total = tf.reduce_sum(objective.cost(x, theta, frames, tf.zeros(5)))
    by_x, by_theta = tape.gradient(total, [x, theta])
    expected = np.concatenate([by_x, by_theta.numpy()[:, free]], axis=1)
    np.testing.assert_allclose(quadratic.gradient, expected, rtol=2e-3, atol=2e-3)


def test_feet_that_stand_are_held_to_one_height():
    """Someone stands; noise of the image moves the ankles up and down."""
    x = np.tile(true_variables(1), (40, 1))
    _, p2 = pose_and_image(x, "tanh", noise=0.001)
    observed = observations(p2)
    heights = []
    for weight in (0.0, 30.0):
        camera = CameraKnowledge(extrinsics="unknown")
        search = make_search(
            "tanh", contact_weight=1e-6, floor_weight=weight, camera=camera, tol=1e-6
        )
        result = search.infer([observed])[0]
        ankles = result.p3w[:, [S14.joint_index(side + "_ankle") for side in "lr"]]
        heights.append((ankles @ CAMERA.r[:, 2]).std(axis=0).mean())
    assert heights[1] < 0.5 * heights[0]
