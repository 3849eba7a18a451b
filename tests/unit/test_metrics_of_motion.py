"""Measures of motion, the world, bones and hypotheses against loops over their formulas."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial.transform import Rotation

from human_pose_util.evaluate.metrics import (
    acceleration_error,
    align,
    bone_asymmetry,
    bone_variation,
    foot_sliding,
    j_agg,
    j_best,
    jitter,
    mpjpe,
    mpjve,
    p_agg,
    p_best,
    root_relative,
    rte,
    w_mpjpe,
    wa_mpjpe,
)
from human_pose_util.skeleton import H36M_17, S14, S24

N_FRAMES, N_JOINTS = 7, 5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def truth(rng):
    steps = 40 * rng.standard_normal((N_FRAMES, N_JOINTS, 3)) + [30, -20, 0]
    return 300 * rng.standard_normal((N_JOINTS, 3)) + steps.cumsum(axis=0)


@pytest.fixture
def pred(rng, truth):
    return truth + 25 * rng.standard_normal(truth.shape)


def distance(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5


def turned(p3, vector, scale=1.0, offset=(0, 0, 0)):
    return scale * p3 @ Rotation.from_rotvec(vector).as_matrix().T + np.asarray(offset)


def test_mpjve_is_the_error_of_steps(pred, truth):
    for t, error in enumerate(mpjve(pred, truth)):
        steps = [
            distance(pred[t + 1, j] - pred[t, j], truth[t + 1, j] - truth[t, j])
            for j in range(N_JOINTS)
        ]
        assert error == pytest.approx(np.mean(steps))
    np.testing.assert_allclose(mpjve(truth + [5, 6, 7], truth), 0, atol=1e-9)


def test_acceleration_error_in_both_units(pred, truth):
    errors = acceleration_error(pred, truth)
    for t, error in enumerate(errors, start=1):
        bends = [
            distance(*(p[t - 1, j] - 2 * p[t, j] + p[t + 1, j] for p in (pred, truth)))
            for j in range(N_JOINTS)
        ]
        assert error == pytest.approx(np.mean(bends))
    seconds = np.arange(9)[:, None, None] / 30.0
    falling = np.zeros((9, 2, 3)) - [0, 0, 0.5 * 9.81] * seconds**2
    at_rest = np.zeros_like(falling)
    np.testing.assert_allclose(acceleration_error(falling, at_rest, fps=30.0), 9.81)


def test_jitter_is_the_third_derivative():
    seconds = np.arange(8)[:, None, None] / 25.0
    p3 = seconds**3 * [[[2.0, 0, 0], [0, 0, 1.0]]] + seconds**2
    np.testing.assert_allclose(jitter(p3, fps=25.0), (12 + 6) / 2, rtol=1e-6)
    np.testing.assert_allclose(jitter(p3), (12 + 6) / 2 / 25**3, rtol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_a_joint_counts_where_all_its_frames_are_known(pred, truth, order):
    measure = {1: mpjve, 2: acceleration_error, 3: lambda p, _: jitter(p)}[order]
    expected = measure(pred[:, 1:], truth[:, 1:])
    pred[3, 0] = np.inf
    errors = measure(pred, truth)
    concerned = [t for t in range(N_FRAMES - order) if t <= 3 <= t + order]
    np.testing.assert_allclose(errors[concerned], expected[concerned])
    assert np.isfinite(errors).all()
    assert measure(pred[:order], truth[:order]).shape == (0,)
    assert measure(pred[None, :], truth[None]).shape == (1, N_FRAMES - order)
    with pytest.raises(ValueError, match="n_frames"):
        measure(pred[0], truth[0])


def similarity(a, b):
    """The function of points that maps points a [n, 3] nearest to b, by SciPy."""
    a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
    r, trace = orthogonal_procrustes(a0, b0)
    assert np.linalg.det(r) > 0
    return lambda p: trace / np.sum(a0**2) * (p - a.mean(axis=0)) @ r + b.mean(axis=0)


@pytest.mark.parametrize(("measure", "n_aligned"), [(w_mpjpe, 2), (wa_mpjpe, 3)])
def test_errors_in_the_world_are_aligned_in_chunks(measure, n_aligned, pred, truth):
    pred = turned(pred, [1, 2, 0.5], 0.7, [10, 20, 30])
    errors = []
    for start in (0, 3, 6):
        p, q = pred[start : start + 3], truth[start : start + 3]
        mapped = similarity(p[:n_aligned].reshape(-1, 3), q[:n_aligned].reshape(-1, 3))
        errors += [
            np.mean([distance(mapped(p[t, j]), q[t, j]) for j in range(N_JOINTS)])
            for t in range(len(p))
        ]
    np.testing.assert_allclose(measure(pred, truth, chunk=3), errors)
    np.testing.assert_allclose(measure(pred[None], truth, chunk=3), [errors])


def test_chunks_have_a_hundred_frames(rng):
    truth = rng.standard_normal((150, N_JOINTS, 3))
    for measure in (w_mpjpe, wa_mpjpe):
        pred = np.concatenate([turned(truth[:100], [0, 0, 1]), turned(truth[100:], [0, 1, 0], 2)])
        np.testing.assert_allclose(measure(pred, truth), 0, atol=1e-9)
        pred[99] = 0.5 * pred[99]  # drift at the end of a chunk does not reach the next one
        assert measure(pred, truth)[99] > 0.1
        np.testing.assert_allclose(measure(pred, truth)[100:], 0, atol=1e-9)
        assert measure(pred[:0], truth[:0]).shape == (0,)


def test_drift_counts_in_w_mpjpe_more_than_in_wa_mpjpe(rng):
    truth = 300 * rng.standard_normal((50, N_JOINTS, 3))
    pred = truth + 10.0 * np.arange(50)[:, None, None] * [1, 0, 0]
    assert w_mpjpe(pred, truth).mean() > 1.5 * wa_mpjpe(pred, truth).mean()


def test_a_chunk_whose_start_is_unknown_is_not_determined(pred, truth):
    pred[3:5] = np.nan
    errors = w_mpjpe(pred, truth, chunk=3)
    assert np.isnan(errors).tolist() == [False, False, False, True, True, True, False]
    assert (
        np.isnan(wa_mpjpe(pred, truth, chunk=3)).tolist() == [False] * 3 + [True] * 2 + [False] * 2
    )


def test_rte_is_relative_to_the_way():
    truth = np.array([[0, 0, 0], [3000, 0, 0], [3000, 4000, 0.0]])  # 7 m
    np.testing.assert_allclose(rte(turned(truth, [1, 1, 0], 1, [5, 5, 5]), truth), 0, atol=1e-12)
    back_and_forth = np.array([[0, 0, 0], [1000, 0, 0], [0, 0, 0.0], [1000, 0, 0]])
    # Half as long a way: relative to the middle, ±500 mm become ±250 mm.
    np.testing.assert_allclose(rte(back_and_forth / 2, back_and_forth), 250 / 3000)
    assert np.isnan(rte(truth, 0 * truth)).all()
    assert np.isnan(rte(truth[:1], truth[:1])).all()


def test_rte_of_a_way_with_a_gap(rng):
    truth = rng.standard_normal((6, 3)).cumsum(axis=0)
    pred = truth + 0.1 * rng.standard_normal(truth.shape)
    expected = rte(pred[:5], truth[:5])
    pred[5] = np.nan
    errors = rte(pred, truth)
    assert np.isnan(errors[5])
    np.testing.assert_allclose(errors[:5], expected)
    assert rte(np.stack([pred, 2 * pred]), truth).shape == (2, 6)


def test_the_way_goes_on_where_positions_are_unknown():
    """Straight to the next known one, as if there were no frames between the two."""
    truth = np.arange(11.0)[:, None] * [3.0, 0.0, 4.0]
    pred = truth + np.sin(np.arange(11.0))[:, None]
    for unknown in ([5], [0, 4, 5, 10], range(1, 10, 2)):
        part = truth.copy()
        part[list(unknown)] = np.nan
        known = np.isfinite(part[:, 0])
        errors = rte(pred, part)
        assert (np.isfinite(errors) == known).all()
        np.testing.assert_allclose(errors[known], rte(pred[known], truth[known]))


def test_feet_slide_where_the_true_feet_stand():
    truth, pred = np.zeros((4, 2, 3)), np.zeros((4, 2, 3))
    truth[:, 0, 0] = [0, 9, 18, 29]  # stands, stands, moves by 11 mm
    truth[:, 1, 0] = [0, 10, 20, 29.5]  # moves by 10 mm, which is no contact, twice; then stands
    pred[:, 0, 1] = [0, 3, 3, 50]
    pred[:, 1, 2] = [0, 70, 70, 77]
    np.testing.assert_array_equal(
        foot_sliding(pred, truth), [[3, np.nan], [0, np.nan], [np.nan, 7]]
    )


def test_bones_of_a_rigid_person_do_not_vary(rng):
    person = 300 * rng.standard_normal((S24.n_joints, 3))
    moving = np.stack([turned(person, vector) for vector in rng.standard_normal((6, 3))])
    assert np.nanmax(bone_variation(moving, S24)) < 1e-12
    sizes = np.array([0.9, 1.0, 1.1])
    growing = sizes[:, None, None] * person
    np.testing.assert_allclose(bone_variation(growing, S24), sizes.std())
    assert np.isnan(bone_variation(growing[:1], S24)).all()


def test_only_bones_of_limbs_are_rigid(rng):
    person = np.repeat(300 * rng.standard_normal((1, S14.n_joints, 3)), 3, axis=0)
    person[1, S14.joint_index("neck")] += 50  # bends the trunk
    assert bone_variation(person, S14).shape == (8,)  # upper arms, forearms, thighs, shanks
    assert bone_variation(person, S14).max() < 1e-12
    person[2, S14.joint_index("l_wrist")] += 50
    assert np.count_nonzero(bone_variation(person, S14) > 1e-6) == 1


def test_asymmetry_compares_left_and_right():
    p3 = np.zeros((2, S14.n_joints, 3))
    for joint, length in (("l_elbow", 300), ("r_elbow", 280), ("r_wrist", 280)):
        p3[:, S14.joint_index(joint), 2] = length
    p3[:, S14.joint_index("l_wrist"), 2] = 305
    p3[1, S14.joint_index("r_knee")] = np.nan
    # Upper arms of 300 and 280 mm, forearms of 5 and 0 mm; nothing is known of the second legs.
    first, second = np.sort(bone_asymmetry(p3, S14))
    np.testing.assert_allclose(first, [0, 0, 5, 20])
    np.testing.assert_allclose(second, [5, 20, np.nan, np.nan])


@pytest.mark.parametrize("skeleton", [S14, H36M_17])
def test_poses_relative_to_the_pelvis(rng, skeleton):
    p3 = rng.standard_normal((2, skeleton.n_joints, 3))
    left, right = (p3[:, skeleton.joint_index(f"{side}_hip")] for side in "lr")
    pelvis = p3[:, 0] if skeleton is H36M_17 else (left + right) / 2
    np.testing.assert_allclose(root_relative(p3, skeleton), p3 - pelvis[:, None])


@pytest.fixture
def hypotheses(rng, truth):
    return truth + 50 * rng.standard_normal((4, *truth.shape))


def test_errors_of_hypotheses_against_loops(rng, hypotheses, truth):
    image_errors = rng.uniform(size=hypotheses.shape[:-1])
    image_errors[:, 2, 1] = np.nan  # not observed
    nearest = image_errors.argsort(axis=0)[0]
    nearest[2, 1] = 0
    for t in range(N_FRAMES):
        errors = np.array(
            [[distance(h[t, j], truth[t, j]) for j in range(N_JOINTS)] for h in hypotheses]
        )
        assert p_best(hypotheses, truth)[t] == pytest.approx(min(errors.mean(axis=1)))
        assert j_best(hypotheses, truth)[t] == pytest.approx(errors.min(axis=0).mean())
        mean = sum(h[t] for h in hypotheses) / 4
        expected = np.mean([distance(mean[j], truth[t, j]) for j in range(N_JOINTS)])
        assert p_agg(hypotheses, truth)[t] == pytest.approx(expected)
        expected = np.mean([errors[i, j] for j, i in enumerate(nearest[t])])
        assert j_agg(hypotheses, truth, image_errors)[t] == pytest.approx(expected)


def test_oracles_are_ordered(hypotheses, truth):
    best = j_best(hypotheses, truth)
    assert (best < p_best(hypotheses, truth)).all()
    assert (p_best(hypotheses, truth) <= mpjpe(hypotheses, truth)).all()
    one = hypotheses[:1]
    for measure in (p_best, j_best, p_agg):
        np.testing.assert_allclose(measure(one, truth), mpjpe(one[0], truth))


def test_hypotheses_may_lack_joints(hypotheses, truth):
    expected = j_best(hypotheses[1:], truth)
    hypotheses[0] = np.nan
    np.testing.assert_allclose(j_best(hypotheses, truth), expected)
    np.testing.assert_allclose(p_best(hypotheses, truth), p_best(hypotheses[1:], truth))
    np.testing.assert_allclose(p_agg(hypotheses, truth), p_agg(hypotheses[1:], truth))
    assert np.isnan(p_best(np.full_like(hypotheses, np.nan), truth)).all()


def test_a_joint_without_an_image_error_is_not_chosen(rng, hypotheses, truth):
    """As behind the camera; where no hypothesis has one, the joint is that of the first."""
    image_errors = rng.uniform(size=hypotheses.shape[:-1])
    expected = j_agg(hypotheses[1:], truth, image_errors[1:])
    image_errors[0] = np.nan
    np.testing.assert_array_equal(j_agg(hypotheses, truth, image_errors), expected)


def test_hypotheses_after_alignment(hypotheses, truth):
    moved = turned(hypotheses, [0.3, 1, 2], 3.0, [1, 2, 3])
    np.testing.assert_allclose(
        p_best(align(moved, truth), truth), p_best(align(hypotheses, truth), truth)
    )
