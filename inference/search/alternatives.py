"""Other poses that explain the images of a sequence, while its sequence variables stay as they are.

They come from three sources.

- The *starts* of the search, which lead to minima of the objective.
- *Flips*: the poses that were found, with a limb mirrored in depth. A flip is a pose, and a start
  is a latent vector with a placement; a *leading* objective, which pulls poses to the flip as the
  proposal term does to a proposal, finds that start.
- *Draws*, where proposals pull poses: the objective is minimised with proposals that are drawn from
  their spread. Such minima are samples of the distribution whose density is exp(−cost), as far as
  it is normal (randomize-then-optimize; Bardsley, Solonen, Haario and Laine 2014).
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from gan.networks.proposal_network import Proposal
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import unit_or_zero
from inference.model.observations import Observations
from inference.objective.frame_objective import FrameObjective
from inference.search.inference_result import InferenceResult
from inference.search.pose_variants import depth_draws, depth_flips
from inference.search.starts import starts
from inference.solvers.execution import Execution
from inference.solvers.independent_frames import IndependentFrames
from inference.solvers.problem import Problem, problem_of
from inference.solvers.progress import Minima

LEAD_WEIGHT = 0.1
"""Weight of half the squared distance [subject heights²] from a flip. The reprojection error of the
same shift across the line of sight costs about as much for a person five metres away, so the image
still counts."""

FEWEST_DRAWS = 8
"""Least number of draws from the spread of proposals; there are as many as hypotheses are kept."""

SPREAD = 1.5
"""Factor of the spread of proposals. The other terms narrow what is drawn. With 2 the hypotheses
are a little worse, with 1 most of them are nearly equal (training sequences of motion capture)."""


class Candidates(NamedTuple):
    """Poses that may be hypotheses.

    Attributes:
        x: [m, n_frames, n_x] variables.
        cost: [m, n_frames] values of the objective.
        status: [m, n_frames] `Status` numbers.
    """

    x: np.ndarray
    cost: np.ndarray
    status: np.ndarray


class Alternatives:
    """Finds other poses for one objective.

    Args:
        objective: the objective.
        independent: its solver.
        skeleton: of the poses.
        execution: how the leading objective is computed.
    """

    def __init__(
        self,
        objective: FrameObjective,
        independent: IndependentFrames,
        skeleton: Skeleton,
        execution: Execution,
    ):
        self._objective, self._independent = objective, independent
        self._skeleton, self._execution = skeleton, execution

    def __call__(
        self, result: InferenceResult, theta: np.ndarray, observed: Observations
    ) -> Candidates:
        """Other poses of a sequence, in any order; some are nearly equal.

        Args:
            result: the poses that were found.
            theta: [1, n_theta] sequence variables.
            observed: the observations of the sequence.
        """
        problem = problem_of([observed])
        settings, sight = self._objective.settings, _line_of_sight(result.p3w, observed)
        points = [
            starts(self._objective.model, theta[0], observed, settings.n_starts),
            self._flips(result, sight, theta, problem),
        ]
        minima = self._independent.minimize_from_each(
            np.concatenate(points), theta, problem, settings.tol
        )
        if observed.proposal is not None and settings.proposal_weight:
            draws = self._draws(result, sight, theta, observed.proposal, problem)
            minima = Minima(*map(np.concatenate, zip(minima, draws, strict=True)))
        n, n_x = result.x.shape
        return Candidates(
            minima.x.reshape(-1, n, n_x), minima.cost.reshape(-1, n), minima.status.reshape(-1, n)
        )

    @cached_property
    def _leading(self) -> IndependentFrames:
        objective = self._objective
        # The critic favours likely poses, but a start need not be likely: its minimum will be.
        changes = {"proposal_weight": LEAD_WEIGHT, "critic_weight": 0.0}
        settings = objective.settings.model_copy(update=changes)
        leading = FrameObjective(objective.model, objective.critic, settings, objective.pixel_scale)
        return IndependentFrames(leading, self._execution)

    def _flips(
        self, result: InferenceResult, sight: np.ndarray, theta: np.ndarray, problem: Problem
    ) -> np.ndarray:
        """[m, n_frames, n_x] variables of poses near the flips of a result."""
        flips = depth_flips(result.p3w / result.scale, sight, self._skeleton)
        m = len(flips)
        leading = _with_proposals(problem, flips)
        # All joints of a flip count alike, and a search without proposals has no precisions at all.
        precision = np.ones_like(leading.frames.proposal_p3[:, 0])
        leading = leading._replace(frames=leading.frames._replace(proposal_precision=precision))
        x = self._leading.approach(np.tile(result.x, (m, 1)), theta, leading)
        return x.reshape(m, *result.x.shape)

    def _draws(
        self,
        result: InferenceResult,
        sight: np.ndarray,
        theta: np.ndarray,
        proposal: Proposal,
        problem: Problem,
    ) -> Minima:
        """The minima with proposals that are drawn, and their costs with those of the network."""
        settings = self._objective.settings
        k = max(settings.keep_hypotheses, FEWEST_DRAWS)
        std = np.where(np.isfinite(proposal.std), SPREAD * proposal.std, 0.0)
        # The same numbers for every sequence: no result depends on what was inferred before.
        rng = np.random.default_rng(0)
        draws = depth_draws(proposal.p3, std, sight, self._skeleton, k, rng)
        x, drawn = np.tile(result.x, (k, 1)), _with_proposals(problem, draws)
        minima = self._independent.minimize_from_each(x[None], theta, drawn, settings.tol)
        # The draws are compared with other poses by the objective itself, not by those that led to
        # them, each of which has another proposal.
        return minima._replace(cost=self._independent.cost(minima.x, theta, problem.repeated(k)))


def _line_of_sight(p3w: np.ndarray, observed: Observations) -> np.ndarray:
    """[n_frames, 3] unit vectors from the camera to poses."""
    return unit_or_zero(p3w.mean(axis=1) - observed.camera.position)


def _with_proposals(problem: Problem, poses: np.ndarray) -> Problem:
    """A problem k times with poses [k, n_frames, n_joints, 3] as its proposals."""
    repeated = problem.repeated(len(poses))
    p3 = np.swapaxes(poses, 2, 3).reshape(-1, 3, poses.shape[2])
    return repeated._replace(frames=repeated.frames._replace(proposal_p3=np.float32(p3)))
