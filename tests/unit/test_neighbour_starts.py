"""Frames in a wrong valley start again from their neighbours' poses."""

from typing import NamedTuple

import numpy as np
import pytest

from inference.settings import SearchSettings
from inference.solvers.execution import TRACED
from inference.solvers.independent_frames import IndependentFrames
from inference.solvers.levenberg_marquardt import LevenbergMarquardt
from inference.solvers.neighbour_starts import MAX_SWEEPS, start_from_neighbours
from inference.solvers.problem import Problem, frame_data
from inference.solvers.progress import Progress
from inference.solvers.sharpening import RESTARTS, SHARP
from tests.helpers.inference_problems import (
    make_objective,
    observations,
    pose_and_image,
    true_variables,
)

N = 12
NOISE = 0.002
RESTART = RESTARTS[False]


class Motion(NamedTuple):
    """A motion whose frames are all at their best minimum.

    Attributes:
        frames: the solver of single frames.
        progress: the minima.
        theta: the true sequence variables of one sequence.
        problem: the motion as one sequence.
    """

    frames: LevenbergMarquardt
    progress: Progress
    theta: np.ndarray
    problem: Problem

    def cost(self, progress: Progress, problem: Problem) -> np.ndarray:
        """Costs of all frames."""
        theta = np.repeat(self.theta, problem.n_sequences, axis=0)
        return self.frames.cost(progress.x, frame_data(theta, problem), SHARP)

    def restarted(self, progress: Progress, problem: Problem):
        """The restarts, and the costs after them."""
        theta = np.repeat(self.theta, problem.n_sequences, axis=0)
        restarts = start_from_neighbours(self.frames, progress, theta, problem, RESTART)
        return restarts, self.cost(restarts.progress, problem)


@pytest.fixture(scope="module")
def motion() -> Motion:
    objective = make_objective("tanh", SearchSettings(prior_weight=1e-7))
    solver = IndependentFrames(objective, TRACED)
    x = true_variables(N)
    frames = observations(pose_and_image(x, "tanh", noise=NOISE)[1]).frame_batch()
    problem = Problem(frames, np.zeros(N, int), np.array([0.1]))
    theta = objective.model.sequence_variables.start_at(1.7)[None]
    minima = solver._frames.minimize(solver._frames.begin(x), frame_data(theta, problem), 1e-9, 100)
    return Motion(solver._frames, solver._frames.begin(minima.x), theta, problem)


def turned_round(progress: Progress, rows) -> Progress:
    """The progress with some frames at poses that face the other way and have other limbs."""
    x = progress.x.copy()
    x[rows, :5] = -3 * x[rows, :5]
    x[rows, 5] += np.pi
    return progress._replace(x=x)


def test_frames_at_their_best_minimum_take_no_step_that_changes_them(motion):
    restarts, cost = motion.restarted(motion.progress, motion.problem)
    before = motion.cost(motion.progress, motion.problem)
    assert np.all(cost <= before)
    np.testing.assert_allclose(restarts.progress.x, motion.progress.x, atol=0.05)


@pytest.mark.parametrize("rows", [[5], [0], [N - 1], [3, 4, 5, 6], list(range(1, 10))])
def test_a_good_minimum_spreads_along_a_sequence(motion, rows):
    """From one side or from both, over as many frames as are wrong."""
    restarts, cost = motion.restarted(turned_round(motion.progress, rows), motion.problem)
    best = motion.cost(motion.progress, motion.problem)
    np.testing.assert_allclose(cost, best, rtol=0.05)
    assert np.all(restarts.n_steps[rows] >= RESTART.n_steps)
    assert np.all(restarts.n_steps <= 2 * MAX_SWEEPS * RESTART.n_steps)


def test_another_sequence_gives_no_start(motion):
    """The frames of a sequence that is wrong throughout stay where they are."""
    problem = motion.problem._replace(sequence=np.repeat([0, 1], N // 2), dt=np.full(2, 0.1))
    rows = np.arange(N // 2, N)
    progress = turned_round(motion.progress, rows)
    restarts, _ = motion.restarted(progress, problem)
    alone = problem.at(rows)._replace(sequence=np.zeros(N // 2, int), dt=np.full(1, 0.1))
    of_alone, _ = motion.restarted(progress.at(rows), alone)
    np.testing.assert_array_equal(restarts.progress.x[rows], of_alone.progress.x)
    np.testing.assert_array_equal(restarts.n_steps[rows], of_alone.n_steps)
    np.testing.assert_allclose(
        restarts.progress.x[: N // 2], motion.progress.x[: N // 2], atol=0.05
    )


def test_a_frame_without_points_gives_and_takes_no_start(motion):
    """Its neighbours on both sides are neighbours of each other."""
    weights = motion.problem.frames.weights.copy()
    weights[5] = 0
    problem = motion.problem._replace(frames=motion.problem.frames._replace(weights=weights))
    x = turned_round(motion.progress, [5]).x
    x[6:] = np.nan  # a frame at such a point needs a start from a neighbour
    restarts, cost = motion.restarted(motion.progress._replace(x=x), problem)
    np.testing.assert_array_equal(restarts.progress.x[5], x[5])
    assert restarts.n_steps[5] == 0
    seen = np.arange(N) != 5
    np.testing.assert_allclose(cost[seen], motion.cost(motion.progress, problem)[seen], rtol=0.05)
    assert (restarts.n_steps[6:] > 0).all()


def test_a_cost_that_is_not_a_number_is_worse_than_any(motion):
    x = motion.progress.x.copy()
    x[4] = np.nan
    restarts, cost = motion.restarted(motion.progress._replace(x=x), motion.problem)
    best = motion.cost(motion.progress, motion.problem)
    np.testing.assert_allclose(cost, best, rtol=0.05)
    assert np.isfinite(restarts.progress.x).all()


def test_a_frame_behind_the_camera_starts_from_its_neighbours(motion):
    """Its cost is infinite, so that no gain can be a share of it."""
    x = motion.progress.x.copy()
    x[4, -1] = 10.0
    progress = motion.progress._replace(x=x)
    assert np.isposinf(motion.cost(progress, motion.problem)[4])
    _, cost = motion.restarted(progress, motion.problem)
    best = motion.cost(motion.progress, motion.problem)
    np.testing.assert_allclose(cost, best, rtol=0.05)


def test_settings_can_do_without_starts_from_neighbours(motion):
    """Every frame but the cheapest has a neighbour to start from, which takes steps."""
    iterations = []
    for neighbour_starts in (True, False):
        settings = SearchSettings(prior_weight=1e-7, neighbour_starts=neighbour_starts)
        solver = IndependentFrames(make_objective("tanh", settings), TRACED)
        starts, problem = motion.progress.x[None], motion.problem
        solution = solver.minimize(starts, motion.theta, problem, 1e-9, 100)
        assert (solution.cost < 1.2 * motion.cost(motion.progress, problem)).all()
        iterations.append(solution.iterations)
    takes_more = iterations[0] >= iterations[1] + RESTART.n_steps
    assert 1 < takes_more.sum() < N
