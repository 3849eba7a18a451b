"""Refinement: joints leave a fit by a little, so that image points and one body agree."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from human_pose_util.camera import Camera
from human_pose_util.skeleton import S24
from human_pose_util.transforms import look_at
from inference.model.body import Bones
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from inference.search.refinement.objective import RefinementObjective
from inference.search.refinement.offsets import LINK, PLACE, OffsetPrior
from inference.search.refinement.refiner import CHUNK, MARGIN, Refiner
from inference.search.refinement.steps import _solve_coupled, minimize
from inference.settings import SearchSettings
from tests.helpers.inference_problems import (
    make_search,
    observations,
    pose_and_image,
    true_variables,
)
from tests.helpers.postures import walking

SHOWN = [
    S24.joint_index(f"{side}_{part}")
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in "lr"
]
"""The joints of COCO-17, without those of the head."""

FPS, HEIGHT, F = 30.0, 1.7, 2.0
BONES = Bones.of(S24)


def prior(shown=SHOWN) -> OffsetPrior:
    is_shown = np.zeros(24, bool)
    is_shown[shown] = True
    return OffsetPrior.of(S24, is_shown)


def test_the_prior_is_the_least_cost_of_offsets_of_which_some_are_given():
    rng, held = np.random.default_rng(0), prior()
    given = rng.normal(size=(len(held.joints), 3))
    offsets = held.follow @ given
    np.testing.assert_allclose(offsets[held.joints], given)

    def cost(offsets):
        links = [offsets[child] - offsets[parent] for child, parent in S24.bones]
        return 0.5 * (np.sum(np.square(links)) / LINK**2 + np.sum(offsets[0] ** 2) / PLACE**2)

    assert S24.root_index == 0
    form = 0.5 * np.einsum("kc,kj,jc", given, held.stiffness, given)
    assert cost(offsets) == pytest.approx(form)
    hidden = np.setdiff1d(np.arange(24), held.joints)
    for _ in range(20):
        other = offsets.copy()
        other[hidden] += 0.1 * rng.normal(size=(len(hidden), 3))
        assert cost(other) > cost(offsets)


def test_a_hand_that_no_image_shows_moves_along_with_its_wrist():
    held = prior()
    given = np.random.default_rng(1).normal(size=(len(held.joints), 3))
    offsets = held.follow @ given
    wrist, thumb = S24.joint_index("l_wrist"), S24.joint_index("l_thumb")
    np.testing.assert_allclose(offsets[thumb], offsets[wrist], atol=1e-9)


def problem(loss="none", coupling=300.0, n=5, seed=0) -> RefinementObjective:
    """The objective of some frames, of which one joint was not observed."""
    rng = np.random.default_rng(seed)
    held = prior()
    k = len(held.joints)
    poses = 0.3 * rng.normal(size=(n, k, 3)) + [0, 0, 3]
    weights = rng.uniform(0.2, 1, (n, k))
    weights[2, 3] = 0
    is_shown = np.zeros(24, bool)
    is_shown[SHOWN] = True
    return RefinementObjective(
        poses=poses,
        p2=2 * poses[..., :2] / poses[..., 2:] + 0.02 * rng.normal(size=(n, k, 2)),
        weights=weights,
        f=np.tile([2.0, 2.1], (n, 1)),
        error=0.01,
        robust_loss=loss,
        robust_scale=0.03,
        stiffness=held.stiffness,
        coupling=coupling * rng.uniform(0.5, 2, (n - 1, k)),
        bones=BONES.among(is_shown),
        first_lengths=rng.uniform(0.1, 0.3, len(BONES.names)),
        free=np.array([0, 3, 4]),
    )


@pytest.mark.parametrize("loss", ["none", "huber", "geman_mcclure"])
def test_the_gradient_is_that_of_finite_differences(loss):
    objective, rng = problem(loss), np.random.default_rng(2)
    offsets = 0.02 * rng.normal(size=objective.poses.shape)
    lengths = objective.first_lengths * rng.uniform(0.9, 1.1, len(objective.first_lengths))
    model, h = objective.expand(offsets, lengths), 1e-6
    for _ in range(10):
        step = rng.normal(size=offsets.shape)
        slope = objective.cost(offsets + h * step, lengths)
        slope -= objective.cost(offsets - h * step, lengths)
        expected = np.sum(model.gradient * step.reshape(len(step), -1))
        assert slope / (2 * h) == pytest.approx(expected, rel=1e-4)
    for i, kind in enumerate(objective.free):
        longer, shorter = lengths.copy(), lengths.copy()
        longer[kind], shorter[kind] = lengths[kind] + h, lengths[kind] - h
        slope = (objective.cost(offsets, longer) - objective.cost(offsets, shorter)) / (2 * h)
        assert slope == pytest.approx(model.by_length[i], rel=1e-4)


def test_the_curvature_is_that_of_the_cost_where_no_residual_is_left():
    objective = problem(coupling=0.0)
    k = objective.poses.shape[1]
    u = objective.f[:, None] * objective.poses[..., :2] / objective.poses[..., 2:]
    lengths = objective.first_lengths
    norms = objective.bones.norms(objective.poses)
    # Bones of which each is as long as its kind: only one bone of a kind, in one frame.
    one = replace(
        objective.bones,
        ends=objective.bones.ends[:1],
        kinds=objective.bones.kinds[:1],
    )
    lengths = lengths.copy()
    lengths[one.kinds[0]] = norms[0, 0]
    objective = replace(
        objective,
        p2=u[:1],
        bones=one,
        first_lengths=lengths,
        poses=objective.poses[:1],
        weights=objective.weights[:1],
        f=objective.f[:1],
        coupling=np.zeros((0, k)),
        free=one.kinds[:1],
    )
    zero, h = np.zeros((1, k, 3)), 1e-5
    model = objective.expand(zero, lengths)
    np.testing.assert_allclose(model.gradient, 0, atol=1e-8)
    for i in range(3 * k):
        step = np.zeros(3 * k)
        step[i] = h
        up = objective.expand(zero + step.reshape(1, k, 3), lengths).gradient
        down = objective.expand(zero - step.reshape(1, k, 3), lengths).gradient
        np.testing.assert_allclose(
            (up - down)[0] / (2 * h), model.curvature[0, i], rtol=1e-4, atol=1e-2
        )
    longer = lengths.copy()
    longer[one.kinds[0]] += h
    change = objective.expand(zero, longer)
    np.testing.assert_allclose(change.gradient[0] / h, model.border[0, :, 0], rtol=1e-3, atol=1e-2)
    assert change.by_length[0] / h == pytest.approx(model.of_length[0], rel=1e-6)


def test_frames_that_are_coupled_are_solved_as_one_system():
    rng, n, m = np.random.default_rng(3), 4, 6
    roots = rng.normal(size=(n, m, m))
    blocks = roots @ roots.transpose(0, 2, 1) + np.eye(m)
    sides, coupling = rng.normal(size=(n, m, 2)), rng.uniform(0, 3, (n - 1, m // 3))
    whole = np.zeros((n * m, n * m))
    for i, block in enumerate(blocks):
        whole[i * m : (i + 1) * m, i * m : (i + 1) * m] = block
    for i, weights in enumerate(np.repeat(coupling, 3, axis=1)):
        difference = np.zeros((m, n * m))
        difference[:, i * m : (i + 1) * m] = -np.eye(m)
        difference[:, (i + 1) * m : (i + 2) * m] = np.eye(m)
        whole += difference.T @ np.diag(weights) @ difference
    expected = np.linalg.solve(whole, sides.reshape(n * m, 2)).reshape(n, m, 2)
    np.testing.assert_allclose(_solve_coupled(blocks, sides, coupling), expected, atol=1e-9)


@pytest.mark.parametrize("coupling", [0.0, 3e5])
def test_steps_end_at_a_minimum(coupling):
    objective = problem(coupling=coupling)
    offsets, lengths = minimize(objective)
    first = objective.cost(np.zeros_like(offsets), objective.first_lengths)
    least = objective.cost(offsets, lengths)
    assert least < 0.7 * first
    fixed = np.setdiff1d(np.arange(len(lengths)), objective.free)
    np.testing.assert_array_equal(lengths[fixed], objective.first_lengths[fixed])
    rng = np.random.default_rng(4)
    for _ in range(20):
        step, longer = 3e-3 * rng.normal(size=offsets.shape), np.zeros(len(lengths))
        longer[objective.free] = 1e-3 * rng.normal(size=len(objective.free))
        assert objective.cost(offsets + step, lengths + longer) > least


SETTINGS = SearchSettings(body_weight=0.1, refinement=2.0)
FILM = SETTINGS.model_copy(
    update={"smoothness_weight": 1e-5, "contact_weight": 5e-3, "floor_weight": 3.0}
)


class Walk:
    """Someone who walks before a camera, and a fit whose arms are too short.

    The fit is what a generator makes that knows no such arms: upper arms and forearms are shorter
    by a tenth, and their directions are right.
    """

    def __init__(self, n=60, extrinsics="unknown"):
        n_frames = np.arange(n)
        p3w = np.tile(walking(), (1 + n // 200, 1, 1))[:n] / 1000
        self.r, self.t = look_at([0.5, -5.0, 1.4], [0, 0, 0.9])
        camera = Camera(
            np.tile(self.r, (n, 1, 1)),
            np.tile(self.t, (n, 1)),
            np.full((n, 2), F),
            np.zeros((n, 2)),
        )
        self.true = camera.to_camera(p3w)
        fit = self.true.copy()
        for side in "lr":
            shoulder, elbow, wrist = (
                S24.joint_index(f"{side}_{part}") for part in ("shoulder", "elbow", "wrist")
            )
            upper = self.true[:, elbow] - self.true[:, shoulder]
            lower = self.true[:, wrist] - self.true[:, elbow]
            fit[:, elbow] = fit[:, shoulder] + 0.9 * upper
            fit[:, wrist] = fit[:, elbow] + 0.9 * lower
        self.fit, self.in_world = fit, extrinsics == "known"
        eye, still = np.tile(np.eye(3), (n, 1, 1)), np.zeros((n, 3))
        own = camera if self.in_world else Camera(eye, still, camera.f, camera.c)
        weights = np.zeros((n, 24))
        weights[:, SHOWN] = 1.0
        p2 = np.where(weights[..., None] > 0, camera.project(self.true), 0.0)
        self.observed = Observations(p2, weights, own, 1 / FPS, frames=n_frames)
        self.result = InferenceResult(
            p3w=(own.to_world(fit) if self.in_world else fit).astype(np.float32),
            frame="world" if self.in_world else "camera",
            x=np.zeros((n, 1), np.float32),
            n_z=1,
            scale=HEIGHT,
            lengths=BONES.measure(fit / HEIGHT).mean(axis=0),
            camera=own,
            cost=np.zeros(n, np.float32),
            iterations=np.zeros(n, int),
            status=np.zeros(n, np.int8),
        )

    def refined(self, settings=SETTINGS, **changes) -> np.ndarray:
        """[n_frames, 24, 3] refined poses in the camera's frame."""
        refiner = Refiner(S24, settings, 1000.0)
        result = refiner(self.result, replace(self.observed, **changes))
        p3w = result.p3w.astype(float)
        return self.observed.camera.to_camera(p3w) if self.in_world else p3w


def arm_errors(poses: np.ndarray, true: np.ndarray) -> float:
    """Mean distance [m] of elbows and wrists."""
    joints = [S24.joint_index(f"{side}_{part}") for side in "lr" for part in ("elbow", "wrist")]
    return float(np.linalg.norm((poses - true)[:, joints], axis=-1).mean())


@pytest.mark.parametrize("settings", [SETTINGS, FILM], ids=["single frames", "film"])
@pytest.mark.parametrize("extrinsics", ["unknown", "known"])
def test_arms_that_the_generator_makes_too_short_get_their_length(settings, extrinsics):
    walk = Walk(extrinsics=extrinsics)
    refined = walk.refined(settings)
    assert arm_errors(refined, walk.true) < 0.5 * arm_errors(walk.fit, walk.true)
    result = Refiner(S24, settings, 1000.0)(walk.result, walk.observed)
    true = BONES.measure(walk.true / HEIGHT).mean(axis=0)
    for kind in ("elbow", "wrist"):
        at = BONES.names.index(kind)
        assert walk.result.lengths[at] == pytest.approx(0.9 * true[at], rel=0.01)
        assert result.refined_lengths[at] == pytest.approx(true[at], rel=0.03)
    # Bones are rigid in the result.
    lengths = BONES.norms(refined)[:, [set(ends) <= set(SHOWN) for ends in BONES.ends.tolist()]]
    is_torso = [
        BONES.names[kind] == "torso"
        for kind, ends in zip(BONES.kinds, BONES.ends.tolist(), strict=True)
        if set(ends) <= set(SHOWN)
    ]
    assert (lengths.std(axis=0) / lengths.mean(axis=0))[~np.array(is_torso)].max() < 0.02


def test_a_fit_that_agrees_with_image_and_body_stays():
    walk = Walk()
    lengths = BONES.norms(walk.true)
    rigid = lengths.std(axis=0) / lengths.mean(axis=0)
    walk.fit = walk.true
    walk.result = replace(
        walk.result,
        p3w=walk.true.astype(np.float32),
        lengths=BONES.measure(walk.true / HEIGHT).mean(axis=0),
    )
    assert rigid[[BONES.names[kind] != "torso" for kind in BONES.kinds]].max() < 1e-6
    assert np.abs(walk.refined() - walk.true).max() < 0.01


def test_lengths_that_are_known_hold():
    walk = Walk()
    known = BONES.measure(walk.true / HEIGHT).mean(axis=0)
    refined = walk.refined(refined_lengths=known)
    upper = np.linalg.norm(
        refined[:, S24.joint_index("l_elbow")] - refined[:, S24.joint_index("l_shoulder")], axis=-1
    )
    np.testing.assert_allclose(upper / HEIGHT, known[BONES.names.index("elbow")], rtol=0.02)


def test_single_frames_do_not_depend_on_other_frames_once_lengths_are_known():
    walk = Walk(CHUNK + 20)
    known = BONES.measure(walk.true / HEIGHT).mean(axis=0)
    whole = walk.refined(refined_lengths=known)
    rows = slice(CHUNK + 3, CHUNK + 9)
    observed = replace(walk.observed.at(rows), refined_lengths=known)
    part = replace(walk.result, p3w=walk.result.p3w[rows], camera=walk.result.camera.at(rows))
    alone = Refiner(S24, SETTINGS, 1000.0)(part, observed).p3w
    np.testing.assert_allclose(alone, whole[rows], atol=2e-4)


def test_parts_of_a_long_film_join_without_a_step():
    walk = Walk(CHUNK + 3 * MARGIN)
    moved = walk.refined(FILM) - walk.result.p3w
    steps = np.linalg.norm(np.diff(moved, axis=0), axis=-1).max(axis=1)
    assert steps[CHUNK - 1] < 2 * np.median(steps) + 1e-4


def test_frames_that_show_nothing_move_as_the_frames_around_them_in_a_film_alone():
    walk = Walk()
    weights = walk.observed.weights.copy()
    weights[20:24] = 0
    elbow = S24.joint_index("l_elbow")
    alone = walk.refined(weights=weights) - walk.result.p3w
    np.testing.assert_array_equal(alone[20:24], 0)
    film = (walk.refined(FILM, weights=weights) - walk.result.p3w)[:, elbow]
    np.testing.assert_allclose(film[21], film[19] + 0.4 * (film[24] - film[19]), atol=1e-5)
    assert np.linalg.norm(film[21]) > 1e-3


@pytest.mark.parametrize("settings", [SETTINGS, FILM], ids=["single frames", "film"])
def test_frames_without_a_pose_harm_no_others(settings):
    walk = Walk()
    whole = walk.refined(settings)
    p3w = walk.result.p3w.copy()
    p3w[30], p3w[40, 0, 2] = np.nan, -1.0
    walk.result = replace(walk.result, p3w=p3w)
    broken = walk.refined(settings)
    assert np.isnan(broken[30]).all()
    others = np.setdiff1d(np.arange(60), [30, 40])
    np.testing.assert_allclose(broken[others], whole[others], atol=0.01)


def test_a_result_without_any_pose_stays_as_it_is():
    walk = Walk(4)
    walk.result = replace(walk.result, p3w=np.full_like(walk.result.p3w, np.nan))
    result = Refiner(S24, FILM, 1000.0)(walk.result, walk.observed)
    assert np.isnan(result.p3w).all()
    np.testing.assert_array_equal(result.refined_lengths, walk.result.lengths)


def test_a_far_away_point_pulls_less_with_a_robust_loss():
    walk = Walk()
    p2 = walk.observed.p2.copy()
    p2[30, S24.joint_index("l_knee")] += 0.2  # 200 px
    robust = SETTINGS.model_copy(update={"robust_loss": "geman_mcclure", "robust_scale": 10.0})
    change = {}
    for settings in (SETTINGS, robust):
        moved = walk.refined(settings, p2=p2) - walk.refined(settings)
        change[settings.robust_loss] = np.abs(moved).max(axis=(1, 2))
    assert change["none"][30] > 0.3
    assert change["geman_mcclure"][30] < 0.001
    # Single frames share nothing but the lengths of bones.
    assert np.delete(change["none"], 30).max() < 0.03


def test_a_refinement_needs_a_body():
    with pytest.raises(ValidationError, match="refinement needs a body_weight"):
        SearchSettings(refinement=2.0)
    with pytest.raises(ValidationError, match="refinement"):
        SearchSettings(body_weight=0.1, refinement=0.0)


def test_the_search_refines_poses_and_the_first_hypothesis_is_the_pose():
    _, p2 = pose_and_image(true_variables(8))
    noisy = p2 + np.random.default_rng(0).normal(0, 0.003, p2.shape)
    plain = make_search(body_weight=0.1, keep_hypotheses=3).infer([observations(noisy)])[0]
    search = make_search(body_weight=0.1, keep_hypotheses=3, refinement=2.0)
    result = search.infer([observations(noisy)])[0]
    assert plain.refined_lengths is None
    assert result.refined_lengths.shape == result.lengths.shape
    np.testing.assert_array_equal(result.x, plain.x)
    np.testing.assert_array_equal(result.hypotheses_p3w[0], result.p3w)
    camera = plain.camera

    def misfit(p3w):
        return np.linalg.norm(camera.project_world(p3w) - noisy, axis=-1).mean()

    assert misfit(result.p3w) < 0.7 * misfit(plain.p3w)
    moved = np.linalg.norm(result.p3w - plain.p3w, axis=-1)
    assert 1e-4 < moved.mean() < 0.05
