"""Contacts: which feet stand still in image and poses, and what that does to a sequence."""

import numpy as np
import pytest

from human_pose_util.camera import Camera
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import COCO_17
from inference.model.contacts import contacts
from inference.model.observe import observe
from tests.helpers.inference_problems import CAMERA, make_search, pose_and_image, true_variables

DT = 1 / 30
ANKLES = [COCO_17.joint_index(f"{side}_ankle") for side in "lr"]


def steps(n=60, unit=1.0, jitter=0.0):
    """Observations of someone 1.75 units tall whose left ankle stands, then swings at 1.2 m/s."""
    p2 = np.zeros((n, 17, 2))
    p2[..., 1] = np.linspace(0, 1.75, 17)
    p2[:, ANKLES[0], 0] = 1.2 * DT * np.maximum(np.arange(n) - n // 2, 0)
    p2[:, ANKLES[1], 0] = 1.2 * DT * np.arange(n)
    p2 += jitter * np.random.default_rng(0).normal(size=p2.shape)
    camera = Camera(np.eye(3), np.zeros(3), np.array([unit, unit]), np.zeros(2))
    return observe(unit * p2, camera, DT)


def in_image(observed):
    """Contacts as the image alone tells them: the poses of the fit do not move."""
    n_frames, n_joints = observed.weights.shape
    still = np.zeros((n_frames, n_joints, 3))
    return contacts(observed, COCO_17, still, np.ones(n_frames, bool))


@pytest.mark.parametrize("unit", [1.0, 390.0])
def test_a_foot_stands_until_it_swings(unit):
    contact = in_image(steps(unit=unit, jitter=0.001))
    standing, swinging = contact[1:27, ANKLES[0]], contact[31:, ANKLES[0]]
    assert standing.min() > 0.5
    assert swinging.max() < 0.01
    assert contact[:, ANKLES[1]].max() < 0.01
    others = [j for j in range(17) if j not in ANKLES]
    assert not contact[:, others].any()
    assert not contact[0].any()


def test_contacts_do_not_depend_on_the_rate():
    slow, fast = steps(60), steps(60)
    every_other = fast.at(slice(None, None, 2))
    halved = in_image(observe(every_other.p2, every_other.camera, 2 * DT))
    whole = in_image(slow)[::2]
    np.testing.assert_array_equal(halved[1:13, ANKLES] > 0.5, whole[1:13, ANKLES] > 0.5)


def test_what_is_not_seen_is_not_known_to_stand():
    observed = steps()
    observed.weights[10:15, ANKLES[0]] = 0
    contact = in_image(observed)[:, ANKLES[0]]
    assert not contact[8:18].any()
    assert contact[3:7].min() > 0.5


def test_a_single_frame_has_no_contacts():
    observed = steps().at(slice(0, 1))
    assert in_image(observed).shape == (1, 17)


def test_a_foot_that_moves_in_depth_alone_does_not_stand():
    """Both ankles rest in the image; in the poses, the right one goes away at 2 m/s, then rests."""
    n = 60
    p2 = np.zeros((n, 17, 2))
    p2[..., 1] = np.linspace(0, 1.75, 17)
    observed = observe(p2, Camera(np.eye(3), np.zeros(3), np.ones(2), np.zeros(2)), DT)
    p3 = np.zeros((n, 17, 3))
    p3[:, ANKLES[1], 2] = 2.0 * DT * np.minimum(np.arange(n), n // 2)
    contact = contacts(observed, COCO_17, p3, np.ones(n, bool))
    assert contact[1:, ANKLES[0]].min() > 0.99
    assert contact[1:27, ANKLES[1]].max() < 0.01
    assert contact[35:, ANKLES[1]].min() > 0.99
    # Where frames do not tell their poses, the image alone counts.
    guessed = contacts(observed, COCO_17, p3, np.arange(n) >= n // 2)
    assert guessed[1:20, ANKLES[1]].min() > 0.99


def test_poses_of_frames_that_do_not_tell_them_move_no_feet():
    """The fit puts the person 7 m away in them: steps there and back tell nothing."""
    observed = steps()
    is_told, p3 = np.ones(60, bool), np.zeros((60, 17, 3))
    is_told[10:15], p3[10:15] = False, 7.0
    found = contacts(observed, COCO_17, p3, is_told)
    np.testing.assert_allclose(found, in_image(observed))


def test_someone_who_crouches_is_as_large_as_before():
    """A foot slides at 0.15 sizes a second: the contact is unsure, and no surer than when tall."""
    p2 = np.zeros((60, 17, 2))
    p2[..., 1] = np.linspace(1.75, 0, 17)
    p2[:, ANKLES, 0] = 0.15 * 1.75 * DT * np.arange(60)[:, None]
    crouches = p2.copy()
    crouches[20:35, :, 1] = np.minimum(p2[20:35, :, 1], 0.6)
    camera = Camera(np.eye(3), np.zeros(3), np.ones(2), np.zeros(2))
    tall, low = (in_image(observe(points, camera, DT)) for points in (p2, crouches))
    np.testing.assert_allclose(tall[1:, ANKLES], np.exp(-((0.15 / 0.2) ** 2)), rtol=1e-6)
    np.testing.assert_allclose(low, tall)


def test_standing_feet_are_held_at_their_place():
    """Keypoints wander by millimetres; with the term, feet move less and poses are as right."""
    p3w, p2 = pose_and_image(np.tile(true_variables(1), (40, 1)))
    wander = np.random.default_rng(1).normal(size=p2.shape).cumsum(axis=0)
    p2 = p2 + 5e-5 * wander
    names = get_skeleton("s14").joints
    feet = [j for j, name in enumerate(names) if name.endswith("ankle")]
    speeds, errors = [], []
    for weight in (0.0, 1e-2):
        search = make_search(smoothness_weight=1e-7, contact_weight=weight, tol=1e-6)
        result = search.infer([observe(p2, CAMERA, DT)])[0]
        speeds.append(np.linalg.norm(np.diff(result.p3w[:, feet], axis=0), axis=2).mean() / DT)
        errors.append(np.linalg.norm(result.p3w - p3w, axis=2).mean())
    assert speeds[1] < 0.5 * speeds[0]
    assert errors[1] < 1.1 * errors[0]
