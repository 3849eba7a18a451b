"""The search for poses recovers poses that are known, and costs no more than the paper's."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from human_pose_util.evaluate.metrics import mpjpe, p_mpjpe
from human_pose_util.evaluate.status import Status
from human_pose_util.registry import get_converter
from human_pose_util.transforms import rotation_about
from inference.model.camera_knowledge import CameraKnowledge
from inference.search.alternatives import Candidates
from inference.search.disagreement import TEMPERATURE, disagreement
from inference.search.hypotheses import distinct, with_hypotheses
from inference.search.pose_search import PoseSearch
from inference.search.smooth_path import smoothest_path
from inference.search.starts import starts
from inference.settings import SearchSettings
from inference.solvers.execution import TRACED
from inference.solvers.problem import problem_of
from tests.helpers.inference_problems import (
    CAMERA,
    C,
    F,
    R,
    T,
    make_gan,
    make_search,
    observations,
    pose_and_image,
    true_variables,
)  # fmt: skip


@pytest.fixture(scope="module")
def plain():
    """A search with the default settings."""
    return make_search()


def test_poses_are_recovered_from_their_projections(plain):
    p3w, p2 = pose_and_image(true_variables(8))
    result = plain.infer([observations(p2)])[0]
    assert 1000 * mpjpe(result.p3w, p3w).max() < 2.0
    assert result.scale == pytest.approx(1.7, rel=1e-3)
    assert (result.status == Status.CONVERGED).all()
    assert result.z.shape == (8, 5)
    assert result.yaw.shape == (8,)
    assert result.translation.shape == (8, 2)


def test_several_starts_recover_people_who_are_turned_around():
    x = true_variables(6, seed=5)
    x[:, 5] += np.pi
    p3w, p2 = pose_and_image(x)
    result = make_search(n_starts=4).infer([observations(p2)])[0]
    assert 1000 * mpjpe(result.p3w, p3w).max() < 2.0


def test_missing_joints_and_frames_leave_the_other_frames_right(plain):
    p3w, p2 = pose_and_image(true_variables(8))
    p2[1, ::3] = np.nan
    p2[4] = np.nan
    p2[6, 0] = 1e9
    result = plain.infer([observations(p2)])[0]
    assert np.isfinite(result.p3w).all()
    assert result.status[4] == Status.NO_OBSERVATIONS
    good = [0, 1, 2, 3, 5, 6, 7]
    assert 1000 * mpjpe(result.p3w, p3w)[good].max() < 5.0


def test_sequence_of_a_camera_that_looks_away_ends_not_finite_and_harms_no_other(plain):
    p3w, p2 = pose_and_image(true_variables(4))
    away = Camera(R * [[1], [-1], [-1]], T * [1, -1, -1], F, C)
    bad, good = plain.infer([observations(p2, camera=away, dt=1.0), observations(p2)])
    assert (bad.status == Status.NOT_FINITE).all()
    assert np.isinf(bad.cost).all()
    assert np.isfinite(bad.p3w).all()
    assert 1000 * mpjpe(good.p3w, p3w).max() < 2.0


@pytest.mark.parametrize(
    "settings",
    [{}, {"optimizer": "scipy"}, {"smoothness_weight": 1e-8}],
    ids=["independent", "scipy", "coupled"],
)
def test_a_frame_of_a_camera_that_looks_away_harms_no_other(settings):
    p3w, p2 = pose_and_image(true_variables(5))
    r, t = np.tile(R, (5, 1, 1)), np.tile(T, (5, 1))
    r[2], t[2] = R * [[1], [-1], [-1]], T * [1, -1, -1]
    search = make_search(**settings)
    result = search.infer([observations(p2, camera=Camera(r, t, F, C))])[0]
    others = [0, 1, 3, 4]
    assert result.status[2] == Status.NOT_FINITE
    assert np.isinf(result.cost[2])
    assert 1000 * mpjpe(result.p3w, p3w)[others].max() < 5.0
    assert (result.status[others] == Status.CONVERGED).all()


def test_sequences_of_one_call_do_not_affect_each_other(plain):
    _, short = pose_and_image(true_variables(4), scale=1.5, noise=0.002)
    _, other = pose_and_image(true_variables(7, seed=9), scale=1.8, noise=0.002)
    alone = plain.infer([observations(short)])[0]
    first, second = plain.infer([observations(short), observations(other)])
    np.testing.assert_allclose(first.p3w, alone.p3w, atol=2e-3)
    assert first.scale == pytest.approx(alone.scale, rel=1e-3)
    assert second.scale == pytest.approx(1.8, rel=0.05)


def test_sequences_of_one_call_do_not_change_a_bit_of_each_other():
    """The networks are not tiny: products of tiny ones are rounded by the size of a batch."""
    wide = make_search(units=((128, 128), (64, 64)), n_starts=2, uncertainty=True)
    _, p2 = pose_and_image(true_variables(430), noise=0.003)
    sequences = [observations(part) for part in np.split(p2, [390, 391])]
    alone = [wide.infer([sequence])[0] for sequence in sequences]
    backwards = wide.infer(sequences[::-1])[::-1]
    assert len(np.unique(alone[0].iterations)) > 1  # some frames leave before others
    for one, another in zip(alone, backwards, strict=True):
        assert one.scale == another.scale
        for name in ("p3w", "z", "cost", "iterations", "status", "std"):
            np.testing.assert_array_equal(getattr(one, name), getattr(another, name))


def test_permuted_frames_have_permuted_results(plain):
    _, p2 = pose_and_image(true_variables(6), noise=0.003)
    order = np.array([3, 0, 5, 1, 4, 2])
    straight = plain.infer([observations(p2)])[0]
    permuted = plain.infer([observations(p2[order])])[0]
    np.testing.assert_allclose(permuted.p3w, straight.p3w[order], atol=2e-3)


COMBINATIONS = [
    {
        f"{name}_weight": value
        for name, value in zip(
            ("consistency", "critic", "smoothness", "glide"), values, strict=True
        )
    }
    for values in itertools.product((1.0,), (0.0, 1e-3), (0.0, 1e-4), (0.0, 1e-4))
]
COMBINATIONS.append({"critic_weight": 1e-3, "body_weight": 0.5})


@pytest.mark.parametrize("weights", COMBINATIONS, ids=str)
def test_the_default_costs_no_more_than_scipy(weights):
    _, p2 = pose_and_image(true_variables(3), noise=0.004)
    observed = observations(p2)
    costs = {}
    for name in ("lm", "scipy"):
        search = make_search(**weights, optimizer=name)
        costs[name] = float(search.infer([observed])[0].cost.sum())
    assert costs["lm"] <= costs["scipy"] + 1e-4 * abs(costs["scipy"])


def test_robust_loss_ignores_outliers():
    p3w, p2 = pose_and_image(true_variables(6))
    p2[2, 4] += [0.15, 0.1]
    p2[4, 10] -= [0.1, 0.2]
    square, robust = (
        make_search(robust_loss=loss, robust_scale=10.0).infer([observations(p2)])[0]
        for loss in ("none", "geman_mcclure")
    )
    assert 1000 * mpjpe(robust.p3w, p3w).max() < 5
    assert 1000 * mpjpe(square.p3w, p3w).max() > 20


def test_smoothness_makes_motion_smooth():
    _, p2 = pose_and_image(true_variables(10), noise=0.01)
    rough, smooth = (
        make_search(smoothness_weight=weight).infer([observations(p2)])[0].p3w
        for weight in (0.0, 1e-2)
    )

    def roughness(p3w):
        return np.square(np.diff(p3w, axis=0)).sum()

    assert roughness(smooth) < 0.5 * roughness(rough)


def test_prior_makes_latent_vectors_shorter():
    _, p2 = pose_and_image(true_variables(4), noise=0.01)
    free, held = (
        make_search(prior_weight=weight).infer([observations(p2)])[0].z for weight in (0.0, 1e-2)
    )
    assert np.linalg.norm(held) < 0.7 * np.linalg.norm(free)


def test_sequence_of_one_frame(plain):
    _, p2 = pose_and_image(true_variables(1))
    assert plain.infer([observations(p2)])[0].p3w.shape == (1, 14, 3)
    smooth = make_search(smoothness_weight=1e-4)
    assert smooth.infer([observations(p2)])[0].p3w.shape == (1, 14, 3)


def test_hypotheses_differ_and_are_sorted_by_cost():
    _, p2 = pose_and_image(true_variables(5))
    p2[:, 4:] = np.nan  # more than one pose explains the joints that are left
    search = make_search(n_starts=4, keep_hypotheses=3)
    result = search.infer([observations(p2)])[0]
    hypotheses, cost = result.hypotheses_p3w, result.hypotheses_cost
    assert hypotheses.shape == (3, 5, 14, 3)
    np.testing.assert_array_equal(hypotheses[0], result.p3w)
    assert (np.diff(cost, axis=0) >= 0).all()
    for i, frame in enumerate(hypotheses.swapaxes(0, 1)):
        for a, b in itertools.combinations(range(3), 2):
            are_equal = np.array_equal(frame[a], frame[b])
            assert are_equal or mpjpe(frame[a], frame[b]) > 0.01 * result.scale, (i, a, b)
    differ = mpjpe(hypotheses[1], hypotheses[0]) > 0.03 * result.scale
    assert differ.any()


def test_distinct_keeps_the_cheapest_of_each_kind():
    base = np.zeros((2, 3))
    kinds = np.stack([base, base + 0.01, base + 1.0, base + 1.01, base + 2.0])
    p3w, cost = kinds[:, None], np.array([[3.0], [1.0], [2.0], [5.0], [np.inf]])
    assert distinct(p3w, cost, 3, least_distance=0.1).ravel().tolist() == [1, 2, 2]


@pytest.mark.parametrize("intrinsics", ["known", "focal", "unknown"])
def test_poses_of_an_unknown_camera_are_right_but_for_their_size(intrinsics):
    """The extrinsics are unknown, so poses are in the frame of the camera."""
    size = None if intrinsics == "known" else [1024, 1030]
    camera = CameraKnowledge(extrinsics="unknown", intrinsics=intrinsics, size=size)
    p3w, p2 = pose_and_image(true_variables(5, seed=1))
    p3c = CAMERA.to_camera(p3w)
    result = make_search(camera=camera, n_starts=4).infer([observations(p2)])[0]
    assert result.frame == "camera"
    assert (result.p3w[..., 2] > 0).all()
    assert 1000 * p_mpjpe(result.p3w, p3c).max() < 5
    assert result.scale == pytest.approx(1.65, rel=0.1)
    depth, tolerance = result.p3w[:, 0, 2] / p3c[:, 0, 2], 0.1 if intrinsics == "known" else 0.3
    np.testing.assert_allclose(depth, result.scale / 1.7, rtol=tolerance)


def test_focal_length_of_a_placed_camera_is_solved_for():
    p3w, p2 = pose_and_image(true_variables(6))
    search = make_search(camera=CameraKnowledge(intrinsics="focal"))
    result = search.infer([observations(p2)])[0]
    np.testing.assert_allclose(result.camera.f, np.tile(F, (6, 1)), rtol=0.05)
    assert result.scale == pytest.approx(1.7, rel=0.03)
    assert 1000 * p_mpjpe(result.p3w, p3w).max() < 2.0


def test_known_height_is_kept():
    p3w, p2 = pose_and_image(true_variables(4))
    search = make_search(height="known")
    result = search.infer([observations(p2, height=1.7)])[0]
    assert result.scale == pytest.approx(1.7, rel=1e-6)
    assert 1000 * mpjpe(result.p3w, p3w).max() < 2.0
    unplaced = make_search(height="known", camera=CameraKnowledge(extrinsics="unknown"), n_starts=4)
    result = unplaced.infer([observations(p2, height=1.7)])[0]
    np.testing.assert_allclose(result.p3w[:, 0], CAMERA.to_camera(p3w)[:, 0], atol=0.02)


def test_a_known_height_has_to_be_told():
    search = make_search(height="known")
    with pytest.raises(DataError, match="height of the subject is to be known"):
        search.infer([observations(pose_and_image(true_variables(2))[1])])


def test_height_in_the_settings_is_kept():
    """It is a number of metres, in whatever unit the observations are."""
    p3w, p2 = pose_and_image(true_variables(4))
    camera = replace(CAMERA, t=1000 * T)
    search = PoseSearch(
        make_gan(),
        SearchSettings(height=1.7),
        get_converter("s14", "s14"),
        space_scale=1.0,
        pixel_scale=1000.0,
        execution=TRACED,
    )
    result = search.infer([observations(p2, camera=camera)])[0]
    assert result.scale == pytest.approx(1700, rel=1e-6)
    assert mpjpe(result.p3w, 1000 * p3w).max() < 2.0


def test_moved_and_turned_world_moves_and_turns_the_poses():
    _, p2 = pose_and_image(true_variables(4), noise=0.002)
    angle, shift = 0.6, np.array([3.0, -2.0, 0.0])
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    # Starts are at yaw angles of the world: with many of them there is a near one in any world.
    search = make_search(n_starts=8)
    moved = observations(p2, camera=Camera(R @ turn.T, T - R @ turn.T @ shift, F, C))
    before, after = (result.p3w for result in search.infer([observations(p2), moved]))
    assert 1000 * mpjpe((after - shift) @ turn, before).max() < 10.0


def test_frame_alone_has_the_pose_that_it_has_among_many():
    """With the height known the frames share nothing; but a neighbour may know a better minimum."""
    _, p2 = pose_and_image(true_variables(70), noise=0.002)
    search = make_search(height="known")
    together = search.infer([observations(p2, height=1.7)])[0]
    for i in (0, 33, 69):
        alone = search.infer([observations(p2[i : i + 1], height=1.7)])[0]
        is_same = 1000 * mpjpe(alone.p3w[0], together.p3w[i]) < 3.0
        assert is_same or together.cost[i] < 0.99 * alone.cost[0]


def test_absurd_frames_harm_no_other_frame(plain):
    _, p2 = pose_and_image(true_variables(6), noise=0.002)
    clean = plain.infer([observations(p2[[0, 1, 3, 5]])])[0]
    p2[2], p2[4] = np.nan, 1e12
    p2 = np.concatenate([p2, np.tile(C + 15.0, (1, 14, 1))])  # 86° off the axis, all in one point
    mixed = plain.infer([observations(p2[[0, 1, 2, 3, 4, 5]])])[0]
    np.testing.assert_allclose(mixed.p3w[[0, 1, 3, 5]], clean.p3w, atol=5e-3)
    assert (mixed.status[[2, 4]] == Status.NO_OBSERVATIONS).all()
    strange = make_search(n_starts=2, uncertainty=True).infer([observations(p2)])[0]
    for array in (strange.p3w, strange.z, strange.std, strange.aligned_std):
        assert np.isfinite(array).all()


def test_standard_deviations_of_missing_joints_are_larger():
    """Than those of the same joints of the same frames where they are seen."""
    _, p2 = pose_and_image(true_variables(6), noise=0.0005)
    search = make_search(prior_weight=1e-5, uncertainty=True)
    seen = search.infer([observations(p2)])[0]
    assert seen.std.shape == seen.aligned_std.shape == (6, 14)
    assert (seen.std > 0).all()
    assert (seen.aligned_std <= seen.std).all()
    p2[3:, 4] = p2[3:, 10] = np.nan
    missing = search.infer([observations(p2)])[0]
    growth = missing.aligned_std / seen.aligned_std
    assert (growth[3:, [4, 10]] > 1.03).all()
    np.testing.assert_allclose(growth[:3], 1, atol=0.02)  # frames in which nothing is missing


def test_standard_deviations_of_one_frame_of_a_window():
    """Every frame leaves the fit as much freedom here, so they are those of the whole window."""
    search = make_search(prior_weight=1e-5, uncertainty=True)
    x = np.tile(true_variables(1), (5, 1))
    _, p2 = pose_and_image(x, noise=0.01)
    result = search.infer([observations(p2)])[0]
    model, frames = search._search.model, observations(p2).frame_batch()
    theta = model.sequence_variables.start
    equal = np.tile(result.x[:1], (5, 1))
    whole = search._search._uncertainty(replace(result, x=equal), theta, frames)
    some = search._search._uncertainty.of_window(equal, theta, frames, slice(1, 3))
    for all_frames, few in zip(whole, some, strict=True):
        np.testing.assert_allclose(few[1:3], all_frames[1:3], rtol=1e-3)
        assert np.isnan(few[[0, 3, 4]]).all()


def test_disagreement_is_the_variance_of_a_mixture_about_the_reported_pose():
    reported = np.random.default_rng(0).normal(size=(1, 14, 3))
    other, turned = reported.copy(), 1.3 * reported @ rotation_about(1.0, "z").T
    other[0, 5] += [0.0, 0.3, 0.4]
    unlikely = other + 100.0
    cost = np.array([[1.0], [1.0 + TEMPERATURE * 0.5 * np.log(3)], [np.inf], [np.nan]])
    hypotheses = np.stack([reported, other, unlikely, unlikely - 7.0])
    placed, _ = disagreement(reported, hypotheses, cost, 0.5, 1.0)
    # exp(−ln 3) : 1 are the weights 1/4 and 3/4; the joint is 0.5 away in one of the two.
    np.testing.assert_allclose(placed[0], np.where(np.arange(14) == 5, 0.25 * 0.25, 0), atol=1e-12)
    filled = hypotheses[[0, 1, 1, 1]], cost[[0, 1, 1, 1]]  # as where only two poses differ
    np.testing.assert_allclose(disagreement(reported, *filled, 0.5, 1.0)[0], placed)
    # Poses of the same variables may be rounded differently.
    rounded = filled[0] + 1e-6 * np.arange(4)[:, None, None, None]
    found, _ = disagreement(reported + 1e-6, rounded, filled[1], 0.5, 1.0)
    np.testing.assert_allclose(found, placed, atol=1e-5)
    placed, aligned = disagreement(reported, np.stack([reported, turned]), cost[[0, 0]], 0.5, 1.0)
    distances = np.linalg.norm(turned - reported, axis=2) ** 2
    np.testing.assert_allclose(placed, distances / 2)
    np.testing.assert_allclose(aligned, 0, atol=1e-12)
    nowhere = disagreement(reported, hypotheses, np.full((4, 1), np.nan), 0.5, 1.0)
    np.testing.assert_array_equal(nowhere, 0)


def test_candidates_are_compared_by_one_cost(plain):
    """That of the networks as they were trained: of minima, and of drawn poses too."""
    search = plain._search
    observed = observations(pose_and_image(true_variables(4), noise=1e-3)[1])
    problem = problem_of([observed])
    theta = search.model.sequence_variables.start[None]
    first = starts(search.model, theta[0], observed, 1)
    minima = search._fitter.independent.minimize_from_each(first, theta, problem, 1e-6)
    costs = search._fitter.independent.cost(minima.x, theta, problem)
    np.testing.assert_array_equal(costs, minima.cost)


def test_hypotheses_that_disagree_make_joints_less_sure():
    _, p2 = pose_and_image(true_variables(5), noise=0.01)
    usual = {"n_starts": 4, "uncertainty": True}
    alone = make_search(**usual).infer([observations(p2)])[0]
    several = make_search(**usual, keep_hypotheses=3).infer([observations(p2)])[0]
    np.testing.assert_array_equal(several.p3w, alone.p3w)
    growth = several.aligned_std / alone.aligned_std
    agrees = (several.hypotheses_p3w == several.p3w).all(axis=(0, 2, 3))
    assert (~agrees).any()
    assert (growth[~agrees] > 1.001).any()
    assert (growth > 1 - 1e-6).all()
    np.testing.assert_allclose(growth[agrees], 1, rtol=1e-6)
    assert (several.aligned_std <= several.std).all()


def test_smoothest_path_does_not_jump_between_hypotheses():
    """Every frame has two hypotheses; which of them is cheaper changes from frame to frame."""
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

    lost = cost.copy()
    lost[:, 10] = np.inf  # this frame tells nothing; the others go on as before
    assert smoothest_path(hypotheses, lost, 0.1, 1e-2).tolist() == path.tolist()
    best = min(everything, key=total)
    assert smoothest_path(hypotheses[:, :6], cost[:, :6], 0.1, 1e-3).tolist() == list(best)


def test_path_weight_chooses_hypotheses_that_move_less():
    _, p2 = pose_and_image(true_variables(6), noise=0.003)
    p2[:, [3, 4, 6, 7, 9, 10, 12, 13]] = np.nan
    free = make_search(n_starts=4).infer([observations(p2)])[0]
    tied = make_search(n_starts=4, path_weight=1e-3).infer([observations(p2)])[0]

    def jumps(result):
        return np.square(np.diff(result.p3w, axis=0)).sum()

    assert jumps(tied) <= jumps(free) * 1.01
    assert (tied.cost >= free.cost * 0.99).all()
    assert tied.hypotheses_p3w is None


def test_the_reported_pose_is_one_of_the_hypotheses():
    """Here the smoothest path needs the dearest of four poses of a frame, and two are kept."""
    places = np.array([[0.0, 2.0, 0.0], [9.0, 1.0, 9.0], [8.0, 3.0, 8.0], [7.0, 0.0, 7.0]])
    costs = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [3.0, 3.0, 3.0]])

    def poses(x):
        return np.tile(x[:, :, None], (1, 4, 3))

    one = make_search().infer([observations(pose_and_image(true_variables(3))[1])])[0]
    found = replace(one, x=places[0, :, None], p3w=poses(places[0, :, None]), cost=costs[0])
    others = Candidates(places[1:, :, None], costs[1:], np.zeros((3, 3), np.int8))
    settings = SearchSettings(path_weight=10.0, keep_hypotheses=2)
    result = with_hypotheses(found, others, settings, 1.0, poses)
    assert result.x[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert result.hypotheses_cost.tolist() == [[0.0, 0.0, 0.0], [1.0, 3.0, 1.0]]
    same = (result.hypotheses_p3w == result.p3w).all(axis=(2, 3))
    assert same.any(axis=0).all()
    alone = with_hypotheses(found, others, SearchSettings(keep_hypotheses=2), 1.0, poses)
    assert alone.hypotheses_p3w[:, 1, 0, 0].tolist() == [2.0, 1.0]


@pytest.mark.parametrize("path_weight", [0.0, 1e-9])
def test_hypotheses_have_their_own_costs_and_outcomes(path_weight):
    """Of a cheaper minimum, of a fit that failed, and of a frame that shows nothing."""

    def poses(x):
        return np.tile(x[:, :, None], (1, 4, 3))

    one = make_search().infer([observations(pose_and_image(true_variables(3))[1])])[0]
    x, cost = np.zeros((3, 1)), np.array([5.0, np.inf, 5.0])
    status = np.array([0, Status.NOT_FINITE, Status.NO_OBSERVATIONS], np.int8)
    found = replace(one, x=x, p3w=poses(x), cost=cost, status=status)
    limit = np.full((1, 3), Status.ITERATION_LIMIT, np.int8)
    others = Candidates(np.ones((1, 3, 1)), np.array([[0.1, 6.0, 0.1]]), limit)
    settings = SearchSettings(path_weight=path_weight, keep_hypotheses=2)
    result = with_hypotheses(found, others, settings, 1.0, poses)
    np.testing.assert_allclose(result.hypotheses_cost, [[5, np.inf, 5], [0.1, 6, 0.1]])
    assert result.hypotheses_p3w[:, :, 0, 0].tolist() == [[0, 0, 0], [1, 1, 1]]
    if path_weight:
        np.testing.assert_allclose(result.cost, [0.1, 6, 0.1], rtol=1e-6)
        assert result.status.tolist() == [0, Status.ITERATION_LIMIT, Status.NO_OBSERVATIONS]
    else:
        np.testing.assert_array_equal(result.cost, cost)
        np.testing.assert_array_equal(result.status, status)


@pytest.mark.parametrize("intrinsics", ["focal", "unknown"])
def test_a_size_far_from_the_image_points_is_refused(intrinsics):
    _, p2 = pose_and_image(true_variables(3))  # up to 1000 px
    search = make_search(camera={"intrinsics": intrinsics, "size": [10, 20]})
    with pytest.raises(DataError, match=r"far outside an image of 10x20 px.*\(camera\.size\)"):
        search.infer([observations(p2)])
    # A crop is smaller than the image, and points may be about the principal point.
    for size, shift in (([400, 400], 0.0), ([1000, 1000], 0.5)):
        search = make_search(camera={"intrinsics": intrinsics, "size": size})
        assert len(search.infer([observations(p2 - shift)])) == 1


def test_an_image_whose_size_nothing_tells_is_refused():
    """Image points about the middle have the principal point (0, 0), which tells no size."""
    search = make_search(camera={"intrinsics": "focal"})
    _, p2 = pose_and_image(true_variables(3))
    with pytest.raises(DataError, match="give the image's size"):
        search.infer([observations(p2, camera=Camera(R, T, F, np.zeros(2)))])
