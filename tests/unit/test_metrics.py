"""Joint errors against SciPy's Procrustes, a brute-force fit, and their invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from scipy.optimize import minimize
from scipy.spatial import procrustes
from scipy.spatial.transform import Rotation

from human_pose_util.evaluate.metrics import (
    align,
    finite_mean,
    joint_errors,
    mpjpe,
    n_mpjpe,
    p_mpjpe,
    pck,
    pck_auc,
    sequence_p_mpjpe,
)

MIRROR = np.array([-1.0, 1.0, 1.0])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def truth(rng):
    return 300 * rng.standard_normal((6, 17, 3)) + [100, -2000, 900]


@pytest.fixture
def pred(rng, truth):
    return truth + 40 * rng.standard_normal(truth.shape)


def moved(p3, scale, rotation_vector, offset):
    return scale * p3 @ Rotation.from_rotvec(rotation_vector).as_matrix().T + np.asarray(offset)


def test_mpjpe_is_the_mean_distance(truth):
    offset = np.zeros((17, 3))
    offset[0] = [30, 0, 40]
    np.testing.assert_allclose(mpjpe(truth + offset, truth), 50 / 17)
    np.testing.assert_allclose(mpjpe(truth + [3, 4, 12], truth), 13)


def test_n_mpjpe_fits_the_scale_only(truth):
    rooted = truth - truth[:, :1]
    np.testing.assert_allclose(n_mpjpe(0.01 * rooted, rooted), 0, atol=1e-9)
    assert (n_mpjpe(moved(rooted, 1, [0, 0, 0.3], [0, 0, 0]), rooted) > 1).all()
    assert np.isnan(n_mpjpe(0 * rooted, rooted)).all()


def test_p_mpjpe_with_reflection_agrees_with_scipy_spatial(pred, truth):
    for a, b, error in zip(pred, truth, p_mpjpe(pred, truth, reflection=True), strict=True):
        standard_b, fitted_a, _ = procrustes(b, a)
        size = np.linalg.norm(b - b.mean(axis=0))
        expected = size * np.linalg.norm(standard_b - fitted_a, axis=-1).mean()
        assert error == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("reflection", [False, True])
def test_aligned_pose_agrees_with_scipy_linalg(pred, truth, reflection):
    for a, b, aligned in zip(pred, truth, align(pred, truth, reflection), strict=True):
        a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
        r, trace = orthogonal_procrustes(a0, b0)
        assert np.linalg.det(r) > 0  # close poses: the best orthogonal map is a rotation
        np.testing.assert_allclose(aligned, trace / np.sum(a0**2) * a0 @ r + b.mean(axis=0))


@pytest.mark.parametrize("mirrored", [False, True])
def test_no_other_rotation_and_scale_fit_better(rng, mirrored):
    truth = rng.standard_normal((8, 3))
    pred = (truth + 0.3 * rng.standard_normal(truth.shape)) * (MIRROR if mirrored else 1)

    def fitted(x):
        return moved(pred, np.exp(x[3]), x[:3], x[4:])  # a negative scale would reflect

    def cost(x):
        return np.sum((fitted(x) - truth) ** 2)

    starts = [np.r_[rng.standard_normal(3) * 2, 0, 0, 0, 0] for _ in range(12)]
    best = min((minimize(cost, x, tol=1e-12) for x in starts), key=lambda found: found.fun)
    assert np.sum((align(pred, truth) - truth) ** 2) == pytest.approx(best.fun, rel=1e-6)
    expected = np.linalg.norm(fitted(best.x) - truth, axis=-1).mean()
    assert p_mpjpe(pred, truth) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=50, deadline=None)
@given(
    st.floats(1e-3, 1e3),
    st.tuples(*[st.floats(-3, 3)] * 3),
    st.tuples(*[st.floats(-1e3, 1e3)] * 3),
    st.booleans(),
)
def test_aligned_errors_ignore_similarities_of_the_prediction(scale, vector, offset, reflection):
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((3, 10, 3))
    pred = truth + 0.2 * rng.standard_normal(truth.shape)
    other = moved(pred, scale, vector, scale * np.asarray(offset))
    for metric in (p_mpjpe, sequence_p_mpjpe):
        np.testing.assert_allclose(
            metric(other, truth, reflection), metric(pred, truth, reflection), rtol=1e-6
        )


def test_a_mirrored_pose_is_perfect_only_where_reflections_are_admitted(truth):
    for metric in (p_mpjpe, sequence_p_mpjpe):
        np.testing.assert_allclose(metric(MIRROR * truth, truth, reflection=True), 0, atol=1e-9)
        assert (metric(MIRROR * truth, truth) > 50).all()


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("reflection", [False, True])
def test_flat_and_straight_poses_align_even_when_mirrored(rng, rank, reflection):
    truth = moved(rng.standard_normal((50, 9, rank)) @ np.eye(rank, 3), 1, [1, 2, 0.5], [1, 2, 3])
    pred = moved(MIRROR * truth, 3, [0.1, -2, 1], [5, 5, 5])
    np.testing.assert_allclose(p_mpjpe(pred, truth, reflection), 0, atol=1e-12)


def test_the_sequence_has_one_alignment(pred, truth):
    turned = pred.copy()
    turned[3] = moved(pred[3], 1, [0, 0, 2], [0, 0, 0])
    np.testing.assert_allclose(p_mpjpe(turned, truth), p_mpjpe(pred, truth))
    assert sequence_p_mpjpe(turned, truth) > 2 * sequence_p_mpjpe(pred, truth)
    expected = p_mpjpe(pred.reshape(-1, 3), truth.reshape(-1, 3))
    assert sequence_p_mpjpe(pred, truth) == pytest.approx(expected)
    assert sequence_p_mpjpe(pred, truth) > p_mpjpe(pred, truth).mean()


@pytest.mark.parametrize("metric", [mpjpe, n_mpjpe, p_mpjpe])
def test_missing_joints_are_left_out(metric, pred, truth):
    seen = [j for j in range(17) if j not in (2, 5)]
    expected = metric(pred[:, seen], truth[:, seen])
    holey_pred, holey_truth = pred.copy(), truth.copy()
    holey_pred[:, 2, 1] = np.nan
    holey_truth[:, 5] = np.nan
    np.testing.assert_allclose(metric(holey_pred, holey_truth), expected)
    assert np.isnan(joint_errors(holey_pred, holey_truth)).sum() == 2 * len(pred)


def test_undetermined_frames_are_nan_and_counted(pred, truth):
    pred[0, 2:] = np.nan  # two joints are left
    pred[1] = pred[1, :1]  # all in one point
    truth[2] = truth[2, :1]
    truth[3] = np.nan
    errors = p_mpjpe(pred, truth)
    assert np.isnan(errors).tolist() == [True] * 4 + [False] * 2
    mean, left_out = finite_mean(errors)
    assert (mean, left_out) == (pytest.approx(errors[4:].mean()), 4)
    assert np.isfinite(sequence_p_mpjpe(pred, truth))
    assert np.isfinite(mpjpe(pred, truth)).tolist() == [True] * 3 + [False] + [True] * 2


def test_three_joints_suffice(pred, truth):
    pred[:, 3:] = np.nan
    np.testing.assert_allclose(p_mpjpe(pred, truth), p_mpjpe(pred[:, :3], truth[:, :3]))


def test_nothing_left_is_nan_without_a_warning(truth):
    assert np.isnan(finite_mean(p_mpjpe(np.full_like(truth, np.nan), truth))[0])
    assert np.isnan(finite_mean(np.zeros(0))[0])
    assert p_mpjpe(truth[:0], truth[:0]).shape == (0,)
    assert np.isnan(sequence_p_mpjpe(truth[:0], truth[:0]))


def test_leading_dimensions_broadcast(rng, truth):
    pred = rng.standard_normal((4, 1, 17, 3))
    errors = p_mpjpe(pred, truth)
    assert errors.shape == (4, 6)
    assert errors[2, 3] == pytest.approx(p_mpjpe(pred[2, 0], truth[3]))
    assert sequence_p_mpjpe(np.stack([truth, 2 * truth]), truth).shape == (2,)


def test_pck_counts_joints_below_the_threshold(truth):
    offset = np.zeros((17, 3))
    offset[:, 2] = 10 * np.arange(17)
    pred = truth + offset
    np.testing.assert_allclose(pck(pred, truth, 45), 5 / 17)
    np.testing.assert_allclose(pck(pred, truth, np.array([-1, 45, 1e9]))[0], [0, 5 / 17, 1])
    np.testing.assert_allclose(pck(np.zeros((1, 3)), np.array([[0, 0, 150.0]])), 0)
    np.testing.assert_allclose(pck(np.zeros((1, 3)), np.array([[0, 0, 149.9]])), 1)
    pred[:, 0] = np.nan
    np.testing.assert_allclose(pck(pred, truth, 45), 4 / 16)


def test_pck_auc_is_the_mean_of_the_curve(truth):
    np.testing.assert_allclose(pck_auc(truth, truth), 30 / 31)  # no error is below 0
    np.testing.assert_allclose(pck_auc(truth + [0, 0, 72], truth), 16 / 31)
    errors = np.random.default_rng(1).uniform(0, 200, (6, 17))
    counts = [
        np.mean([error < limit for error in frame])
        for frame in errors
        for limit in range(0, 151, 5)
    ]
    direction = np.array([0.6, 0, 0.8])
    found = pck_auc(truth + errors[..., None] * direction, truth)
    np.testing.assert_allclose(found, np.reshape(counts, (6, 31)).mean(axis=1))


def test_float32_poses_are_evaluated_in_float64(pred, truth):
    single = p_mpjpe(pred.astype(np.float32), truth.astype(np.float32))
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, p_mpjpe(pred, truth), rtol=1e-4)


def test_different_joints_are_refused(truth):
    with pytest.raises(ValueError, match=r"n_joints, 3\), not \(6, 16, 3\) and \(6, 17, 3\)"):
        p_mpjpe(truth[:, 1:], truth)
    with pytest.raises(ValueError, match="n_frames"):
        sequence_p_mpjpe(truth[0], truth[0])
