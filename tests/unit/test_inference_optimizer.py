"""The search for poses: known poses come back, and the default does not lose to the paper's."""

import itertools

import numpy as np
import pytest

from human_pose_util.evaluate.metrics import mpjpe, p_mpjpe
from inference.model.camera_knowledge import Camera
from inference.model.observations import observe
from inference.objective.frame_objective import Weights
from inference.search.hypotheses import distinct
from inference.search.smooth_path import smoothest_path
from inference.solvers.status import Status
from tests.helpers.inference_problems import (
    CENTRE,
    C,
    F,
    R,
    T,
    make_objective,
    make_optimizer,
    observations,
    seen,
    true_variables,
)  # fmt: skip


@pytest.fixture(scope="module")
def plain():
    return make_optimizer()


def test_a_projected_pose_comes_back(plain):
    p3w, p2 = seen(make_objective(), true_variables(8))
    result = plain.infer([observations(p2)])[0]
    assert 1000 * mpjpe(result.p3w, p3w).max() < 2.0
    assert result.scale == pytest.approx(1.7, rel=1e-3)
    assert (result.status == Status.CONVERGED).all()
    assert result.z.shape == (8, 5)
    assert result.yaw.shape == (8,)
    assert result.translation.shape == (8, 2)


def test_turned_around_needs_more_than_one_start():
    x = true_variables(6, seed=5)
    x[:, 5] += np.pi
    p3w, p2 = seen(make_objective(), x)
    result = make_optimizer(n_starts=4).infer([observations(p2)])[0]
    assert 1000 * mpjpe(result.p3w, p3w).max() < 2.0


def test_missing_joints_and_frames(plain):
    p3w, p2 = seen(make_objective(), true_variables(8))
    p2[1, ::3] = np.nan
    p2[4] = np.nan
    p2[6, 0] = 1e9
    result = plain.infer([observations(p2)])[0]
    assert np.isfinite(result.p3w).all()
    assert result.status[4] == Status.NO_OBSERVATIONS
    good = [0, 1, 2, 3, 5, 6, 7]
    assert 1000 * mpjpe(result.p3w, p3w)[good].max() < 5.0


def test_a_camera_that_looks_away_is_said_and_harms_no_other(plain):
    p3w, p2 = seen(make_objective(), true_variables(4))
    behind = observe(p2, R * [[1], [-1], [-1]], T * [1, -1, -1], F, C)
    bad, good = plain.infer([behind, observations(p2)])
    assert (bad.status == Status.NOT_FINITE).all()
    assert np.isinf(bad.cost).all()
    assert np.isfinite(bad.p3w).all()
    assert 1000 * mpjpe(good.p3w, p3w).max() < 2.0


def test_sequences_do_not_see_each_other(plain):
    _, short = seen(make_objective(), true_variables(4), scale=1.5, noise=0.002)
    _, other = seen(make_objective(), true_variables(7, seed=9), scale=1.8, noise=0.002)
    alone = plain.infer([observations(short)])[0]
    first, second = plain.infer([observations(short), observations(other)])
    np.testing.assert_allclose(first.p3w, alone.p3w, atol=2e-3)
    assert first.scale == pytest.approx(alone.scale, rel=1e-3)
    assert second.scale == pytest.approx(1.8, rel=0.05)


def test_what_shares_a_call_changes_no_bit():
    """For networks that are not tiny: those are rounded in another way in smaller batches."""
    wide = make_optimizer(units=((128, 128), (64, 64)), n_starts=2, uncertainty=True)
    _, p2 = seen(make_objective(), true_variables(430), noise=0.003)
    sequences = [observations(part) for part in np.split(p2, [390, 391])]
    alone = [wide.infer([sequence])[0] for sequence in sequences]
    backwards = wide.infer(sequences[::-1])[::-1]
    assert len(np.unique(alone[0].iterations)) > 1  # some frames leave before others
    for one, another in zip(alone, backwards, strict=True):
        assert one.scale == another.scale
        for name in ("p3w", "z", "cost", "iterations", "status", "std"):
            np.testing.assert_array_equal(getattr(one, name), getattr(another, name))


def test_frames_permuted_permute_the_result(plain):
    _, p2 = seen(make_objective(), true_variables(6), noise=0.003)
    order = np.array([3, 0, 5, 1, 4, 2])
    straight = plain.infer([observations(p2)])[0]
    permuted = plain.infer([observations(p2[order])])[0]
    np.testing.assert_allclose(permuted.p3w, straight.p3w[order], atol=2e-3)


COMBINATIONS = [
    dict(zip(("consistency", "critic", "smoothness", "glide"), values, strict=True))
    for values in itertools.product((1.0,), (0.0, 1e-3), (0.0, 1e-4), (0.0, 1e-4))
]


@pytest.mark.parametrize("weights", COMBINATIONS, ids=str)
def test_the_default_costs_no_more_than_scipy(weights):
    _, p2 = seen(make_objective(), true_variables(5), noise=0.004)
    observed = observations(p2)
    costs = {}
    for name in ("lm", "scipy"):
        optimizer = make_optimizer(Weights(**weights), optimizer=name)
        costs[name] = float(optimizer.infer([observed])[0].cost.sum())
    assert costs["lm"] <= costs["scipy"] + 1e-4 * abs(costs["scipy"])


def test_a_robust_loss_shrugs_off_outliers():
    p3w, p2 = seen(make_objective(), true_variables(6))
    p2[2, 4] += [0.15, 0.1]
    p2[4, 10] -= [0.1, 0.2]
    square, robust = (
        make_optimizer(Weights(robust_loss=loss, robust_scale=0.01)).infer([observations(p2)])[0]
        for loss in ("none", "geman_mcclure")
    )
    assert 1000 * mpjpe(robust.p3w, p3w).max() < 5
    assert 1000 * mpjpe(square.p3w, p3w).max() > 20


def test_smoothness_smooths():
    _, p2 = seen(make_objective(), true_variables(10), noise=0.01)
    rough, smooth = (
        make_optimizer(Weights(smoothness=w)).infer([observations(p2)])[0].p3w for w in (0.0, 1e-2)
    )

    def roughness(p3w):
        return np.square(np.diff(p3w, axis=0)).sum()

    assert roughness(smooth) < 0.5 * roughness(rough)


def test_prior_keeps_the_latent_vector_small():
    _, p2 = seen(make_objective(), true_variables(4), noise=0.01)
    free, held = (
        make_optimizer(Weights(prior=w)).infer([observations(p2)])[0].z for w in (0.0, 1e-2)
    )
    assert np.linalg.norm(held) < 0.7 * np.linalg.norm(free)


def test_one_frame_and_no_frame(plain):
    _, p2 = seen(make_objective(), true_variables(1))
    assert plain.infer([observations(p2)])[0].p3w.shape == (1, 14, 3)
    smooth = make_optimizer(Weights(smoothness=1e-4))
    assert smooth.infer([observations(p2)])[0].p3w.shape == (1, 14, 3)


def test_hypotheses_are_different_and_ordered_and_explain_what_was_seen():
    objective = make_objective()
    x = true_variables(5)
    _, p2 = seen(objective, x)
    p2[:, 4:] = np.nan  # what is left can be seen of more than one pose
    optimizer = make_optimizer(n_starts=4, keep_hypotheses=3)
    result = optimizer.infer([observations(p2)])[0]
    hypotheses, cost = result.hypotheses_p3w, result.hypotheses_cost
    assert hypotheses.shape == (3, 5, 14, 3)
    np.testing.assert_array_equal(hypotheses[0], result.p3w)
    assert (np.diff(cost, axis=0) >= 0).all()
    for i, frame in enumerate(hypotheses.swapaxes(0, 1)):
        for a, b in itertools.combinations(range(3), 2):
            same = np.array_equal(frame[a], frame[b])
            assert same or mpjpe(frame[a], frame[b]) > 0.03 * result.scale, (i, a, b)
    different = mpjpe(hypotheses[1], hypotheses[0]) > 0.03 * result.scale
    assert different.any()


def test_distinct_keeps_the_cheapest_of_each_kind():
    base = np.zeros((2, 3))
    kinds = np.stack([base, base + 0.01, base + 1.0, base + 1.01, base + 2.0])
    p3w, cost = kinds[:, None], np.array([[3.0], [1.0], [2.0], [5.0], [np.inf]])
    assert distinct(p3w, cost, 3, apart=0.1).ravel().tolist() == [1, 2, 2]


@pytest.mark.parametrize("optimizer", ["lm", "lbfgs"])
@pytest.mark.parametrize("intrinsics", ["known", "focal", "unknown"])
def test_a_camera_of_which_little_is_known(optimizer, intrinsics):
    """Its place is not asked for, so poses are in its frame, and right but for their size."""
    camera = Camera(extrinsics="unknown", intrinsics=intrinsics, size=[1024, 1030])
    p3w, p2 = seen(make_objective(), true_variables(5, seed=1))
    p3c = (p3w - CENTRE) @ R.T
    made = make_optimizer(optimizer=optimizer, camera=camera, n_starts=4)
    result = made.infer([observations(p2)])[0]
    assert result.frame == "camera"
    assert (result.p3w[..., 2] > 0).all()
    assert 1000 * p_mpjpe(result.p3w, p3c).max() < (5 if optimizer == "lm" else 25)
    assert result.scale == pytest.approx(1.65, rel=0.1)
    depth, tolerance = result.p3w[:, 0, 2] / p3c[:, 0, 2], 0.1 if intrinsics == "known" else 0.3
    np.testing.assert_allclose(depth, result.scale / 1.7, rtol=tolerance)


def test_a_known_camera_and_an_unknown_focal_length():
    p3w, p2 = seen(make_objective(), true_variables(6))
    made = make_optimizer(camera=Camera(intrinsics="focal"))
    result = made.infer([observations(p2)])[0]
    np.testing.assert_allclose(result.f, np.tile(F, (6, 1)), rtol=0.05)
    assert result.scale == pytest.approx(1.7, rel=0.03)
    assert 1000 * p_mpjpe(result.p3w, p3w).max() < 2.0


def test_a_known_height_stays():
    p3w, p2 = seen(make_objective(), true_variables(4))
    made = make_optimizer(height_known=True)
    result = made.infer([observations(p2, height=1.7)])[0]
    assert result.scale == pytest.approx(1.7, rel=1e-6)
    assert 1000 * mpjpe(result.p3w, p3w).max() < 2.0
    placed = make_optimizer(height_known=True, camera=Camera(extrinsics="unknown"), n_starts=4)
    result = placed.infer([observations(p2, height=1.7)])[0]
    np.testing.assert_allclose(result.p3w[:, 0], ((p3w - CENTRE) @ R.T)[:, 0], atol=0.02)


def test_lbfgs_finds_what_lm_finds():
    p3w, p2 = seen(make_objective(), true_variables(6))
    result = make_optimizer(optimizer="lbfgs").infer([observations(p2)])[0]
    assert np.median(1000 * mpjpe(result.p3w, p3w)) < 5.0
    assert result.scale == pytest.approx(1.7, rel=0.01)


def test_a_moved_and_turned_world_changes_nothing():
    _, p2 = seen(make_objective(), true_variables(4), noise=0.002)
    angle, shift = 0.6, np.array([3.0, -2.0, 0.0])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    # Starts are at yaw angles of the world: with many of them there is a near one in any world.
    made = make_optimizer(n_starts=8)
    moved = observe(p2, R @ turn.T, T - R @ turn.T @ shift, F, C, 0.1)
    before, after = (result.p3w for result in made.infer([observations(p2), moved]))
    assert 1000 * mpjpe((after - shift) @ turn, before).max() < 10.0


def test_a_batch_of_one_is_as_good_as_a_batch_of_many():
    """With the height known nothing is shared, so that frames are wholly by themselves."""
    _, p2 = seen(make_objective(), true_variables(70), noise=0.002)
    made = make_optimizer(height_known=True)
    together = made.infer([observations(p2, height=1.7)])[0]
    for i in (0, 33, 69):
        alone = made.infer([observations(p2[i : i + 1], height=1.7)])[0]
        assert 1000 * mpjpe(alone.p3w[0], together.p3w[i]) < 3.0


def test_absurd_frames_harm_no_other(plain):
    _, p2 = seen(make_objective(), true_variables(6), noise=0.002)
    clean = plain.infer([observations(p2[[0, 1, 3, 5]])])[0]
    p2[2], p2[4] = np.nan, 1e12
    p2 = np.concatenate([p2, np.tile(C + 15.0, (1, 14, 1))])  # 86° off the axis, all in one point
    mixed = plain.infer([observations(p2[[0, 1, 2, 3, 4, 5]])])[0]
    np.testing.assert_allclose(mixed.p3w[[0, 1, 3, 5]], clean.p3w, atol=5e-3)
    assert (mixed.status[[2, 4]] == Status.NO_OBSERVATIONS).all()
    strange = make_optimizer(n_starts=2, uncertainty=True).infer([observations(p2)])[0]
    for array in (strange.p3w, strange.z, strange.std, strange.aligned_std):
        assert np.isfinite(array).all()


def test_standard_deviations_grow_with_what_is_not_seen():
    _, p2 = seen(make_objective(), true_variables(6), noise=0.003)
    p2[3:, 4] = p2[3:, 10] = np.nan
    made = make_optimizer(Weights(prior=1e-5), uncertainty=True)
    result = made.infer([observations(p2)])[0]
    assert result.std.shape == result.aligned_std.shape == (6, 14)
    assert (result.std > 0).all()
    assert (result.aligned_std <= result.std * 1.001).all()
    for joint in (4, 10):
        assert result.aligned_std[3:, joint].mean() > 1.1 * result.aligned_std[:3, joint].mean()


def test_a_path_repairs_flips():
    """Two hypotheses a frame; the cheaper one jumps about, the path does not."""
    rng = np.random.default_rng(0)
    smooth = np.linspace(0, 1, 20)[:, None, None] + np.zeros((20, 5, 3))
    other = smooth + [0, 0.5, 0]
    swapped = rng.uniform(size=20) < 0.4
    cost = np.stack([np.where(swapped, 1.1, 1.0), np.where(swapped, 1.0, 1.1)])
    hypotheses = np.stack([smooth, other])
    assert smoothest_path(hypotheses, cost, 0.1, 0.0).tolist() == swapped.astype(int).tolist()
    path = smoothest_path(hypotheses, cost, 0.1, 1e-2)
    assert len(set(path.tolist())) == 1
    everything = itertools.product(range(2), repeat=6)

    def total(path):
        chosen = hypotheses[list(path), range(6)]
        motion = np.sum((np.diff(chosen, axis=0) / 0.1) ** 2)
        return cost[list(path), range(6)].sum() + 0.5 * 1e-3 * motion

    best = min(everything, key=total)
    assert smoothest_path(hypotheses[:, :6], cost[:, :6], 0.1, 1e-3).tolist() == list(best)


def test_a_path_is_taken_through_the_hypotheses_of_a_sequence():
    _, p2 = seen(make_objective(), true_variables(6), noise=0.003)
    p2[:, [3, 4, 6, 7, 9, 10, 12, 13]] = np.nan
    free = make_optimizer(n_starts=4).infer([observations(p2)])[0]
    tied = make_optimizer(n_starts=4, path_weight=1e-3).infer([observations(p2)])[0]

    def jumps(result):
        return np.square(np.diff(result.p3w, axis=0)).sum()

    assert jumps(tied) <= jumps(free) * 1.01
    assert (tied.cost >= free.cost * 0.99).all()
    assert tied.hypotheses_p3w is None
