"""Solvers of sequences: their problems and solutions as values, and their quadratic models."""

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from human_pose_util.evaluate.status import Status
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.frame_batch import FrameBatch, repeat_frames, rows_of
from inference.objective.motion import MotionTerms
from inference.settings import SearchSettings
from inference.solvers.bordered_band import DIAGONAL_FLOOR, sequence_step
from inference.solvers.coupled_frames import CoupledFrames
from inference.solvers.execution import TRACED
from inference.solvers.independent_frames import IndependentFrames
from inference.solvers.problem import Problem, Solution, best_of
from inference.solvers.scipy_lbfgsb import ScipyLBFGSB
from inference.solvers.sequence_objective import Point, SequenceObjective
from inference.solvers.sharpening import ROUND
from tests.helpers.inference_problems import (
    make_objective,
    observations,
    pose_and_image,
    true_variables,
)

N = 6
SEQUENCE = np.array([0, 0, 1, 1, 1, 2])


def numbered_frames(n: int) -> FrameBatch:
    """Observations whose every value is the number of the frame."""
    camera = (3, 3), (3,), (2,)
    shapes = (2, 14), (14,), *camera, (3, 0), (0,), (14,), (3, 14), (), (3, 14), (14,)
    number = np.arange(n, dtype=np.float32)
    return FrameBatch(
        *(np.broadcast_to(number.reshape(n, *[1] * len(s)), (n, *s)).copy() for s in shapes)
    )


def solution_of(cost, label: float) -> Solution:
    """A solution of `SEQUENCE` with these costs whose other values are all a label."""
    return Solution(
        np.full((N, 8), label, np.float32),
        np.full((3, 4), label),
        np.asarray(cost, float),
        np.full(N, label, np.int32),
        np.full(N, Status.CONVERGED, np.int8),
    )


@pytest.mark.parametrize(
    "rows",
    [np.array([4, 1, 2]), np.array([False, True, True, False, True, False]), np.array([], int)],
    ids=["indices", "mask", "none"],
)
def test_problem_at_rows_keeps_the_numbers_of_sequences(rows):
    problem = Problem(numbered_frames(N), SEQUENCE, np.array([0.1, 0.2, 0.3]))
    part = problem.at(rows)
    np.testing.assert_array_equal(part.sequence, SEQUENCE[rows])
    np.testing.assert_array_equal(part.dt, problem.dt)
    assert part.n_sequences == problem.n_sequences == 3
    for field, whole in zip(part.frames, problem.frames, strict=True):
        np.testing.assert_array_equal(field, whole[rows])


def test_rows_and_repetitions_of_frames():
    frames = numbered_frames(N)
    for rows in (slice(1, 4), np.array([3, 0]), np.arange(N) % 2 == 0):
        for part, whole in zip(rows_of(frames, rows), frames, strict=True):
            np.testing.assert_array_equal(part, whole[rows])
    np.testing.assert_array_equal(repeat_frames(frames, 3).t[:, 0], np.tile(np.arange(N), 3))


def test_solution_of_one_sequence():
    problem = Problem(numbered_frames(N), SEQUENCE, np.full(3, 0.1))
    solution = solution_of(np.arange(N), 1.0)._replace(theta=np.arange(12.0).reshape(3, 4))
    part = solution.of_sequence(1, problem)
    np.testing.assert_array_equal(part.cost, [2, 3, 4])
    np.testing.assert_array_equal(part.theta, [[4, 5, 6, 7]])
    assert part.x.shape == (3, 8)
    assert part.iterations.shape == part.status.shape == (3,)


def test_best_solution_is_chosen_for_each_sequence():
    """The total of a sequence decides, not a single frame; a cost that is NaN is the worst."""
    problem = Problem(numbered_frames(N), SEQUENCE, np.full(3, 0.1))
    first = solution_of([1, 1, 5, 1, 1, np.nan], 1.0)
    second = solution_of([0.5, 2, 3, 2, 1, 9], 2.0)
    parts = [
        best_of([first.of_sequence(i, problem), second.of_sequence(i, problem)]) for i in range(3)
    ]
    best = Solution(*(np.concatenate(part) for part in zip(*parts, strict=True)))
    np.testing.assert_array_equal(best.cost, [1, 1, 3, 2, 1, 9])
    np.testing.assert_array_equal(best.theta[:, 0], [1, 2, 2])
    np.testing.assert_array_equal(best.x[:, 0], [1, 1, 2, 2, 2, 2])
    np.testing.assert_array_equal(best.iterations, [1, 1, 2, 2, 2, 2])
    np.testing.assert_array_equal(best_of([first]).x, first.x)
    equal = best_of([first, first._replace(x=second.x)])
    np.testing.assert_array_equal(equal.x, first.x)  # the first of equal ones


MOTION = {"smoothness_weight": 1e-3, "glide_weight": 1e-3}
MOTION_TERMS = MotionTerms(SearchSettings(**MOTION))


CAMERAS = [CameraKnowledge(), CameraKnowledge(intrinsics="unknown", size=[1024, 1030])]


@pytest.fixture(scope="module", params=CAMERAS, ids=["known", "unknown intrinsics"])
def coupled(request):
    """The cost of a sequence, a point near the truth, observations, and the cost there."""
    settings = SearchSettings(critic_weight=1e-3, prior_weight=1e-4, camera=request.param, **MOTION)
    objective = make_objective("tanh", settings)
    x = true_variables(5)
    _, p2 = pose_and_image(x, "tanh", noise=0.005)
    frames = observations(p2).frame_batch()
    x = x + np.random.default_rng(1).normal(0, 0.1, x.shape)
    theta = objective.model.sequence_variables.start_at(None)
    sequences, point = (
        SequenceObjective(objective, MOTION_TERMS, TRACED),
        Point(x.astype(float), theta),
    )
    return sequences, point, frames, sequences.evaluate([point], frames, 0.1, ROUND)[0]


def dense(quadratic) -> tuple[np.ndarray, np.ndarray]:
    """Gradient [n] and curvature [n, n] of a sequence, by all its variables in one vector."""
    n_frames, n_x = quadratic.gradient.shape
    k, n = len(quadratic.shared_gradient), n_frames * n_x
    curvature = np.zeros((n + k, n + k))
    for i in range(n_frames):
        rows, before = slice(i * n_x, (i + 1) * n_x), slice((i - 1) * n_x, i * n_x)
        curvature[rows, rows] = quadratic.diagonal[i]
        if i:
            curvature[rows, before] = quadratic.below[i - 1]
            curvature[before, rows] = quadratic.below[i - 1].T
        curvature[rows, n:] = quadratic.border[i]
        curvature[n:, rows] = quadratic.border[i].T
    curvature[n:, n:] = quadratic.shared
    return np.append(quadratic.gradient.ravel(), quadratic.shared_gradient), curvature


@pytest.mark.parametrize("damping", [1e-4, 1.0])
def test_step_of_coupled_frames_solves_the_damped_system(coupled, damping):
    """And the decrease that is predicted for the step is that of the quadratic model."""
    sequences, point, frames, here = coupled
    quadratic = sequences.expand(point, here.p3w, frames, 0.1, ROUND)
    gradient, curvature = dense(quadratic)
    np.testing.assert_allclose(curvature, curvature.T, atol=1e-6 * np.abs(curvature).max())
    unbounded = np.full(len(quadratic.shared_gradient), np.inf)
    step = sequence_step(quadratic, damping, unbounded)
    diagonal, n = np.diag(curvature).copy(), quadratic.gradient.size
    floor = DIAGONAL_FLOOR * diagonal[:n].max()
    diagonal[:n] = np.maximum(diagonal[:n], floor)
    damped = curvature + np.diag(damping * diagonal)
    delta = np.append(step.x.ravel(), step.theta)
    expected = -np.linalg.solve(damped, gradient)
    np.testing.assert_allclose(delta, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())
    decrease = -gradient @ delta - 0.5 * delta @ curvature @ delta
    assert step.decrease == pytest.approx(decrease, rel=1e-5)
    clipped = sequence_step(quadratic, damping, 0.1 * np.abs(step.theta))
    delta = np.append(clipped.x.ravel(), clipped.theta)
    decrease = -gradient @ delta - 0.5 * delta @ curvature @ delta
    assert clipped.decrease == pytest.approx(decrease, rel=1e-5)


@pytest.mark.parametrize("part", ["gradient", "diagonal", "below", "border", "shared"])
def test_a_model_that_is_not_finite_has_no_step(coupled, part):
    """A finite cost may have derivatives that overflow: more damping may find a step."""
    sequences, point, frames, here = coupled
    quadratic = sequences.expand(point, here.p3w, frames, 0.1, ROUND)
    broken = getattr(quadratic, part).copy()
    broken.flat[0] = np.inf
    unbounded = np.full(len(quadratic.shared_gradient), np.inf)
    assert sequence_step(quadratic._replace(**{part: broken}), 1.0, unbounded) is None


@pytest.mark.filterwarnings("error")
def test_a_trial_infinitely_far_away_costs_infinity_without_a_warning(coupled):
    sequences, point, frames, _ = coupled
    far = point._replace(x=np.where(np.arange(point.x.shape[1]) < 3, point.x, 1e38))
    assert sequences.evaluate([far], frames, 0.1, ROUND)[0].cost == np.inf


def test_predicted_decrease_of_coupled_frames_is_that_of_the_cost(coupled):
    """A step that much damping makes short lowers the cost by what the model predicts."""
    sequences, point, frames, here = coupled
    quadratic = sequences.expand(point, here.p3w, frames, 0.1, ROUND)
    unbounded = np.full(len(quadratic.shared_gradient), np.inf)
    step = sequence_step(quadratic, 100.0, unbounded)
    free = sequences._objective.model.sequence_variables.free
    after = sequences.evaluate([point.after(step, 1.0, free)], frames, 0.1, ROUND)[0]
    assert here.cost - after.cost == pytest.approx(step.decrease, rel=0.02)


def test_solvers_of_sequences_fit_each_sequence_by_itself():
    """Coupled frames and SciPy's: what a solver fitted before changes nothing."""
    objective = make_objective("tanh", SearchSettings(**MOTION))
    x = true_variables(6)
    _, p2 = pose_and_image(x, "tanh", noise=0.003)
    theta = objective.model.sequence_variables.start_at(None)
    sequences = [(x[:4], observations(p2[:4])), (x[4:], observations(p2[4:], dt=0.05))]
    coupled = CoupledFrames(objective, MOTION_TERMS, TRACED)
    for solver in (coupled, ScipyLBFGSB(objective, MOTION_TERMS)):
        forwards, backwards = (
            [solver.minimize(start, theta, observed, 1e-9, 30) for start, observed in order]
            for order in (sequences, sequences[::-1])
        )
        for one, another in zip(forwards, backwards[::-1], strict=True):
            np.testing.assert_allclose(one.x, another.x, atol=1e-6)
            np.testing.assert_allclose(one.theta, another.theta, atol=1e-6)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(0, Status.CONVERGED), (1, Status.ITERATION_LIMIT), (2, Status.NO_DESCENT)],
)
def test_scipy_keeps_scales_positive_and_its_outcomes_apart(monkeypatch, outcome, status):
    asked = {}

    def minimize(function, first, **options):
        asked.update(options)
        return OptimizeResult(x=first, status=outcome, nit=7)

    monkeypatch.setattr("scipy.optimize.minimize", minimize)
    objective = make_objective("tanh")
    x = true_variables(2)
    observed = observations(pose_and_image(x, "tanh")[1])
    theta = objective.model.sequence_variables.start_at(1.7)
    solver = ScipyLBFGSB(objective, MOTION_TERMS)
    solution = solver.minimize(x, theta, observed, 1e-9, 30)
    assert (solution.status == status).all()
    np.testing.assert_allclose(solution.theta, theta[None], rtol=1e-6)
    *others, (least_scale, _) = asked["bounds"]
    assert least_scale > 0
    assert len(others) == x.size
    assert all(bound == (-np.inf, None) for bound in others)


def test_minima_from_each_start_belong_to_their_starts():
    objective = make_objective("tanh")
    x = true_variables(4)
    _, p2 = pose_and_image(x, "tanh")
    theta = objective.model.sequence_variables.start_at(1.7)[None]
    problem = Problem(observations(p2).frame_batch(), np.zeros(4, int), np.array([0.1]))
    turned = x.copy()
    turned[:, 5] += np.pi
    solver = IndependentFrames(objective, TRACED)
    minima = solver.minimize_from_each(np.stack([x, turned]), theta, problem, 1e-9)
    assert minima.x.shape == (8, 8)
    np.testing.assert_allclose(minima.x[:4, 5], x[:, 5], atol=0.01)
    assert (minima.cost[:4] < 1e-6).all()
    assert (np.abs(minima.x[4:, 5] - x[:, 5]) > 1).any()
    exchanged = solver.minimize_from_each(np.stack([turned, x]), theta, problem, 1e-9)
    np.testing.assert_allclose(exchanged.x[4:], minima.x[:4], atol=1e-6)
    np.testing.assert_allclose(exchanged.x[:4], minima.x[4:], atol=1e-6)
