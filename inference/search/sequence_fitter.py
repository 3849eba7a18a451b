"""Fits of sequences: frames by themselves, or coupled, with what a first fit tells the next."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.skeleton import Skeleton
from inference.model.observations import Observations
from inference.objective.frame_objective import FrameObjective
from inference.objective.motion import MotionTerms
from inference.search.fit_evidence import Decode, FitEvidence, SequenceFit
from inference.search.gap_starts import bridged
from inference.search.starts import starts
from inference.settings import SearchSettings
from inference.solvers.coupled_frames import CoupledFrames
from inference.solvers.execution import Execution
from inference.solvers.independent_frames import IndependentFrames
from inference.solvers.problem import Solution, best_of, problem_of
from inference.solvers.scipy_lbfgsb import ScipyLBFGSB
from inference.solvers.solver import SequenceSolver

FIRMNESS = 4.0
"""Factor by which frames are held more firmly to bones of known lengths, once poses are found. With
2, limbs in real films vary by 1.4 to 2.0 % instead of 0.9 to 1.4 %, and errors are the same; with
6, those of motion capture are larger by 0.1 mm."""


class SequenceFitter:
    """Fits sequences with the solvers that settings ask for.

    Solvers, which may take seconds to compile, are made when they are first used.

    Args:
        objective: the objective of single frames.
        settings: how to search, with weights of motion for metres.
        skeleton: skeleton of the poses.
        decode: returns the poses of variables.
        execution: how the objective is computed.
    """

    def __init__(
        self,
        objective: FrameObjective,
        settings: SearchSettings,
        skeleton: Skeleton,
        decode: Decode,
        execution: Execution,
    ):
        self._objective, self._settings = objective, settings
        self._model, self._decode, self._execution = objective.model, decode, execution
        self._evidence = FitEvidence(settings, skeleton, self._model)

    def fit(self, sequences: Sequence[Observations]) -> list[Solution]:
        """The solution of each sequence.

        Args:
            sequences: observations in metres, with proposals.

        Raises:
            DataError: a height that is to be known is not.
        """
        if self._settings.couples_frames:
            return [self._fit_coupled(observed) for observed in sequences]
        return self._fit_independent(sequences, self._settings.iteration_limit)

    def follow(self, observed: Observations, x: np.ndarray, max_iterations: int) -> Solution:
        """The solution of coupled frames after a few steps from poses that are nearly right.

        Args:
            observed: observations in metres, with proposals.
            x: [n_frames, n_x] variables from which to start; a row of NaN for a frame that starts
                at its proposal.
            max_iterations: limit on the steps.
        """
        theta, is_new = self._first_theta(observed), np.isnan(x).any(axis=1)
        if is_new.any():
            # A person who has just appeared has no pose before: the first start stands in.
            x = np.where(is_new[:, None], starts(self._model, theta, observed, 1)[0], x)
        # The last frame starts where the one before is, which tells nothing of its velocity.
        is_told = observed.tells_pose & ~is_new
        is_told[-1] = False
        fit = SequenceFit(x, theta, is_told, self._decode)
        observed = self._evidence.with_motion(observed, fit)
        return self._minimize(observed, x[None], theta, max_iterations)

    @cached_property
    def independent(self) -> IndependentFrames:
        """The solver of independent frames."""
        return IndependentFrames(self._objective, self._execution)

    @cached_property
    def coupled(self) -> SequenceSolver:
        """The solver of sequences of coupled frames."""
        motion = MotionTerms(self._settings)
        if self._settings.optimizer == "scipy":
            return ScipyLBFGSB(self._objective, motion)
        return CoupledFrames(self._objective, motion, self._execution)

    def _first_theta(self, observed: Observations) -> np.ndarray:
        """[n_theta] sequence variables from which a sequence starts."""
        match self._settings.height:
            case "unknown":
                height = None
            case "known" if observed.height is None:
                raise DataError("the height of the subject is to be known, but nothing tells it")
            case "known":
                height = observed.height
            case metres:
                # The body of a subject has the same height, already rounded, and goes first.
                height = metres if observed.height is None else observed.height
        return self._model.sequence_variables.start_at(height, observed.lengths)

    def _fit_independent(
        self, sequences: Sequence[Observations], max_iterations: int
    ) -> list[Solution]:
        """Solutions of sequences, each frame of which is fitted by itself.

        Args:
            sequences: observations in metres, with proposals.
            max_iterations: limit on the steps of a frame after the stages.
        """
        problem = problem_of(sequences)
        theta = np.stack([self._first_theta(observed) for observed in sequences])
        n_starts = self._settings.n_starts
        pairs = zip(theta, sequences, strict=True)
        points = [starts(self._model, first, observed, n_starts) for first, observed in pairs]
        solution = self.independent.minimize(
            np.concatenate(points, axis=1), theta, problem, self._settings.tol, max_iterations
        )
        return [solution.of_sequence(i, problem) for i in range(len(sequences))]

    def _fit_coupled(self, observed: Observations) -> Solution:
        """The solution of a sequence as one problem, by one fit or two.

        The first fit finds the poses. What it tells of the motion, the feet and the floor is
        evidence for the second one, where the settings use any.
        """
        settings, is_told = self._settings, observed.tells_pose
        if settings.optimizer == "scipy":
            theta = self._first_theta(observed)
            points = starts(self._model, theta, observed, settings.n_starts)
            solution = self._minimize(observed, points, theta, settings.iteration_limit)
        else:
            solution, is_told = self._fit_after_independent(observed)
        is_known = settings.body == "known"
        if not (is_known or settings.has_contacts):
            return solution
        x, theta = solution.x, solution.theta[0]
        fit = SequenceFit(x, theta, is_told, self._decode)
        observed = self._evidence.with_motion(observed, fit)
        observed = self._evidence.with_floor(observed, fit)
        # Bones are held firmly in this second fit alone. In the first one, a limb that starts on
        # the wrong side in depth must be able to cross, and halfway its bones are too short.
        observed = replace(observed, firmness=FIRMNESS if is_known else 1.0)
        return self._minimize(observed, x[None], theta, settings.iteration_limit)

    def _fit_after_independent(self, observed: Observations) -> tuple[Solution, np.ndarray]:
        """A fit that starts where independent frames lead, and which frames tell their pose there.

        Where no proposal leads them, it starts at the mean pose as well, and the better solution
        counts: a motion term may join what independent frames keep apart.
        """
        # The stages of sharpening alone: that is near enough for a start.
        independent = self._fit_independent([observed], max_iterations=0)[0]
        is_told = observed.tells_pose & np.isfinite(independent.cost)
        x = bridged(independent.x, is_told, self._model.n_z, self._model.placement)
        theta, limit = independent.theta[0], self._settings.iteration_limit
        observed = self._evidence.with_trend(observed, SequenceFit(x, theta, is_told, self._decode))
        solutions = [self._minimize(observed, x[None], theta, limit)]
        if observed.proposal is None:
            theta = self._first_theta(observed)
            points = starts(self._model, theta, observed, 1)
            solutions.append(self._minimize(observed, points, theta, limit))
        return best_of(solutions), is_told

    def _minimize(
        self, observed: Observations, points: np.ndarray, theta: np.ndarray, max_iterations: int
    ) -> Solution:
        """The best solution of coupled frames from points [n, n_frames, n_x] and θ [n_theta]."""
        tol, minimize = self._settings.tol, self.coupled.minimize
        return best_of([minimize(x, theta, observed, tol, max_iterations) for x in points])
