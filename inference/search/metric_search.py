"""The search in its own coordinates: starts, solvers, hypotheses and uncertainty."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.evaluate.status import Status
from human_pose_util.skeleton import Converter
from inference.model.floor import Floor
from inference.model.observations import Observations
from inference.model.sequence_variables import SequenceValues
from inference.objective.frame_objective import FrameObjective
from inference.search.alternatives import Alternatives
from inference.search.fit_evidence import FitEvidence, SequenceFit
from inference.search.gap_starts import bridged
from inference.search.hypotheses import with_hypotheses
from inference.search.inference_result import InferenceResult
from inference.search.pose_vertical import pose_vertical, upright
from inference.search.proposer import Proposer
from inference.search.search_model import pose_model
from inference.search.starts import starts
from inference.search.trained_gan import TrainedGan
from inference.search.uncertainty import Uncertainty
from inference.settings import SearchSettings
from inference.solvers.coupled_frames import CoupledFrames
from inference.solvers.execution import SEQUENCE_SIZES, Execution, submit
from inference.solvers.independent_frames import IndependentFrames
from inference.solvers.problem import Solution, best_of, problem_of
from inference.solvers.scipy_lbfgsb import ScipyLBFGSB
from inference.solvers.solver import Solver

FIRMNESS = 4.0
"""Factor by which frames are held more firmly to bones of known lengths, once poses are found. With
2, limbs in real films vary by 1.4 to 2.0 % instead of 0.9 to 1.4 %, and errors are the same; with
6, those of motion capture are larger by 0.1 mm."""


class MetricSearch:
    """Finds poses in metres, about the floor beneath the camera.

    Solvers, which may take seconds to compile, are made when they are first used.

    Args:
        gan: the trained networks.
        settings: how to search, with weights of motion for metres.
        converter: from the GAN's skeleton to that of the observations.
        pixel_scale: the unit of image points [px].
        execution: how the networks and the objective are computed.

    Attributes:
        model: poses as a function of the variables.
    """

    def __init__(
        self,
        gan: TrainedGan,
        settings: SearchSettings,
        converter: Converter,
        pixel_scale: float,
        execution: Execution,
    ):
        self._settings, self._pixel_scale, self._execution = settings, pixel_scale, execution
        self.model = pose_model(gan.generator, converter, settings, pixel_scale)
        self._skeleton = converter.target
        self._objective = FrameObjective(self.model, gan.critic, settings, pixel_scale)
        network = None if settings.proposal_weight is None else gan.proposal_network
        self._in_world = self.model.placement.frame == "world"
        self._proposer = None
        if network is not None:
            of_films = gan.temporal_network if settings.film_proposals else None
            self._proposer = Proposer(network, of_films, converter, self._in_world, execution)
        self._decode = execution.in_batches(self.model.decode, SEQUENCE_SIZES)
        self._evidence = FitEvidence(settings, converter.target, self.model.n_z, self._in_world)

    def infer(self, sequences: Sequence[Observations]) -> list[InferenceResult]:
        """Fit sequences; `inference.search.PoseSearch.infer` says how.

        Args:
            sequences: observations in metres, without what is unknown of the camera.
        """
        sequences = [self._with_knowledge(observed) for observed in sequences]
        if self._settings.couples_frames:
            solutions = [self._fit_coupled(observed) for observed in sequences]
        else:
            solutions = self._fit_independent(sequences, self._settings.iteration_limit)
        return [self._result(*pair) for pair in zip(solutions, sequences, strict=True)]

    def follow(
        self, observed: Observations, x: np.ndarray, max_iterations: int, rows: slice
    ) -> InferenceResult:
        """Fit a sequence of coupled frames in a few steps from poses that are nearly right.

        Args:
            observed: observations in metres.
            x: [n_frames, n_x] variables from which to start; a row of NaN for a frame that starts
                at its proposal.
            max_iterations: limit on the steps.
            rows: the frames whose standard deviations are computed.
        """
        observed = self._with_knowledge(observed)
        theta, is_new = self._first_theta(observed), np.isnan(x).any(axis=1)
        if is_new.any():
            # A person who has just appeared has no pose before: the first start stands in.
            x = np.where(is_new[:, None], starts(self.model, theta, observed, 1)[0], x)
        # The last frame starts where the one before is, which tells nothing of its velocity.
        is_told = observed.tells_pose & ~is_new
        is_told[-1] = False
        window_fit = SequenceFit(x, theta, is_told, self._poses)
        observed = self._evidence.with_trend(observed, window_fit)
        observed = self._evidence.with_contacts(observed, window_fit)
        problem = problem_of([observed])
        solution = self._coupled.minimize(
            x[None], theta[None], problem, self._settings.tol, max_iterations
        )
        theta, x = solution.theta[0], np.asarray(solution.x, np.float32)
        deviations = submit(self._uncertainty.of_window, x, theta, problem.frames, rows)
        result = self._result(solution, observed)
        std, aligned_std = deviations.result()
        return replace(result, std=std, aligned_std=aligned_std)

    @cached_property
    def _independent(self) -> IndependentFrames:
        return IndependentFrames(self._objective, self._execution)

    @cached_property
    def _coupled(self) -> Solver:
        is_scipy = self._settings.optimizer == "scipy"
        if is_scipy:
            return ScipyLBFGSB(self._objective)
        return CoupledFrames(self._objective, self._execution)

    @cached_property
    def _alternatives(self) -> Alternatives:
        return Alternatives(
            self._objective, self._independent, self._skeleton, self._pixel_scale, self._execution
        )

    @cached_property
    def _uncertainty(self) -> Uncertainty:
        return Uncertainty(self._objective, self._pixel_scale, self._execution)

    def _with_knowledge(self, observed: Observations) -> Observations:
        """The observations, with the proposals that the settings use; nothing stands yet."""
        # Contacts and floors have arrays of the same shape before and after they are found: one
        # trace for both.
        if self._settings.has_contacts:
            observed = replace(observed, contact=np.zeros(observed.weights.shape))
        if self._settings.floor_weight:
            observed = replace(observed, floor=Floor.unknown(*observed.weights.shape))
        return observed if self._proposer is None else self._proposer(observed)

    def _first_theta(self, observed: Observations) -> np.ndarray:
        """[n_theta] sequence variables from which a sequence starts."""
        known = self._settings.height
        height = observed.height if known != "unknown" else None
        if height is None and isinstance(known, float):
            height = known
        if height is None and known == "known":
            raise DataError("the height of the subject is to be known, but nothing tells it")
        return self.model.sequence_variables.start_at(height, observed.lengths)

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
        points = [starts(self.model, first, observed, n_starts) for first, observed in pairs]
        solution = self._independent.minimize(
            np.concatenate(points, axis=1), theta, problem, self._settings.tol, max_iterations
        )
        return [solution.of_sequence(i, problem) for i in range(len(sequences))]

    def _fit_coupled(self, observed: Observations) -> Solution:
        """The solution of a sequence as one problem, the best over its starts.

        Levenberg–Marquardt starts where independent frames lead, and, where no proposal led them,
        at the mean pose as well: a motion term may join what independent frames keep apart.
        """
        settings, n_starts, solutions = self._settings, self._settings.n_starts, []
        theta, is_fitted = self._first_theta(observed)[None], observed.tells_pose

        def fit(points: np.ndarray, theta: np.ndarray) -> Solution:
            problem, limit = problem_of([observed]), settings.iteration_limit
            return self._coupled.minimize(points, theta, problem, settings.tol, limit)

        if settings.optimizer != "scipy":
            # The stages of sharpening alone: that is near enough for a start.
            independent = self._fit_independent([observed], max_iterations=0)[0]
            is_fitted &= np.isfinite(independent.cost)
            placement = self.model.placement
            x = bridged(independent.x, is_fitted, self.model.n_z, placement)
            independent_fit = SequenceFit(x, independent.theta[0], is_fitted, self._poses)
            observed = self._evidence.with_trend(observed, independent_fit)
            solutions = [fit(x[None], independent.theta)]
            n_starts = 1 if observed.proposal is None else 0
        if n_starts:
            solutions.append(fit(starts(self.model, theta[0], observed, n_starts), theta))
        solution = best_of(solutions, problem_of([observed]))
        if settings.body == "known" or settings.has_contacts:
            coupled_fit = SequenceFit(solution.x, solution.theta[0], is_fitted, self._poses)
            observed = self._evidence.with_trend(observed, coupled_fit)
            observed = self._evidence.with_contacts(observed, coupled_fit)
            observed = self._evidence.with_floor(observed, coupled_fit)
            # Firm from the start, frames could not bring a limb across that starts on the wrong
            # side in depth.
            observed = replace(observed, firmness=FIRMNESS if settings.body == "known" else 1.0)
            solution = fit(solution.x[None], solution.theta)
        return solution

    def _result(self, solution: Solution, observed: Observations) -> InferenceResult:
        """The result of a sequence in metres, with what the settings ask for besides poses."""
        theta, camera = solution.theta[0], observed.camera
        values = SequenceValues.of(theta)
        status = np.array(solution.status, np.int8)
        status[~observed.has_joints] = Status.NO_OBSERVATIONS
        x = np.asarray(solution.x, np.float32)

        # One call for all poses: in a stream, a call takes longer than what it computes.
        standing = x[:0] if self._in_world else upright(x, self.model.n_z, observed)
        p3 = self._poses(np.concatenate([x, standing]), theta)
        f, c = camera.f * np.exp(values.log_focal), camera.c + values.centre_shift
        result = InferenceResult(
            p3w=p3[: len(x)],
            frame=self.model.placement.frame,
            x=x,
            n_z=self.model.n_z,
            scale=float(np.exp(values.log_scale)),
            lengths=values.lengths,
            camera=replace(camera, f=f, c=c),
            cost=np.asarray(solution.cost, np.float32),
            iterations=solution.iterations,
            status=status,
        )
        if self._settings.keep_hypotheses > 1 or self._settings.path_weight:
            others = self._alternatives(result, solution.theta, observed)
            poses = partial(self._poses, theta=theta)
            result = with_hypotheses(result, others, self._settings, observed.dt, poses)
        if not self._in_world:
            up = pose_vertical(result.x, self.model.n_z, observed, p3[len(x) :])
            result = replace(result, up=up)
        if self._settings.uncertainty:
            std, aligned_std = self._uncertainty(result, theta, observed.frame_batch())
            result = replace(result, std=std, aligned_std=aligned_std)
        return result

    def _poses(self, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Poses [n, n_joints, 3] of variables [n, n_x] whose sequence shares θ [n_theta]."""
        return self._decode(x, np.tile(np.float32(theta), (len(x), 1)))
