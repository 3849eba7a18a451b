"""The search in its own coordinates: starts, solvers, hypotheses and uncertainty."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np

from human_pose_util.evaluate.status import Status
from human_pose_util.skeleton import Converter
from inference.model.floor import Floor
from inference.model.observations import Observations
from inference.model.sequence_variables import SequenceValues
from inference.objective.frame_objective import FrameObjective
from inference.search.alternatives import Alternatives
from inference.search.hypotheses import with_hypotheses
from inference.search.inference_result import InferenceResult
from inference.search.joint_deviations import Deviations
from inference.search.pose_vertical import pose_vertical, upright
from inference.search.proposer import Proposer
from inference.search.refinement.refiner import Refiner
from inference.search.search_model import pose_model
from inference.search.sequence_fitter import SequenceFitter
from inference.search.trained_gan import TrainedGan
from inference.search.uncertainty import Uncertainty
from inference.settings import SearchSettings
from inference.solvers.execution import SEQUENCE_SIZES, Execution, submit
from inference.solvers.problem import Solution


class MetricSearch:
    """Finds poses in metres, about the floor beneath the camera.

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
        self._settings, self._execution = settings, execution
        self.model = pose_model(gan.generator, converter, settings, pixel_scale)
        self._skeleton = converter.target
        self._in_world = self.model.placement.in_world
        self._objective = FrameObjective(self.model, gan.critic, settings, pixel_scale)
        self._decode_batches = execution.in_batches(self.model.decode, SEQUENCE_SIZES)
        self._fitter = SequenceFitter(
            self._objective, settings, self._skeleton, self._decode, execution
        )
        self._refiner = None
        if settings.refinement is not None:
            self._refiner = Refiner(self._skeleton, settings, pixel_scale)
        self._proposer = None
        if settings.proposal_weight is not None and gan.proposal_network is not None:
            of_films = gan.temporal_network if settings.film_proposals else None
            self._proposer = Proposer(
                gan.proposal_network, of_films, converter, self._in_world, execution
            )

    def infer(self, sequences: Sequence[Observations]) -> list[InferenceResult]:
        """Fit sequences; `inference.search.pose_search.PoseSearch.infer` says how.

        Args:
            sequences: observations in metres, without what is unknown of the camera.
        """
        sequences = [self._with_knowledge(observed) for observed in sequences]
        solutions = self._fitter.fit(sequences)
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
        solution = self._fitter.follow(observed, x, max_iterations)
        theta, x = solution.theta[0], np.asarray(solution.x, np.float32)
        frames = observed.frame_batch()
        # Another thread computes them beside the rest of the result.
        deviations = submit(self._uncertainty.of_window, x, theta, frames, rows)
        result = self._result(solution, observed)
        return _with_deviations(result, deviations.result())

    @cached_property
    def _alternatives(self) -> Alternatives:
        return Alternatives(
            self._objective, self._fitter.independent, self._skeleton, self._execution
        )

    @cached_property
    def _uncertainty(self) -> Uncertainty:
        return Uncertainty(self._objective, self._execution)

    def _with_knowledge(self, observed: Observations) -> Observations:
        """The observations, with the proposals that the settings use; nothing stands yet."""
        # Contacts and floors have arrays of the same shape before and after they are found: one
        # trace for both.
        if self._settings.has_contacts:
            observed = replace(observed, contact=np.zeros(observed.weights.shape))
        if self._settings.floor_weight:
            observed = replace(observed, floor=Floor.unknown(*observed.weights.shape))
        return observed if self._proposer is None else self._proposer(observed)

    def _result(self, solution: Solution, observed: Observations) -> InferenceResult:
        """The result of a sequence in metres, with what the settings ask for besides poses."""
        theta, camera = solution.theta[0], observed.camera
        values = SequenceValues.of(theta)
        status = np.array(solution.status, np.int8)
        status[~observed.has_joints] = Status.NO_OBSERVATIONS
        x = np.asarray(solution.x, np.float32)

        # One call for all poses: in a stream, a call takes longer than what it computes.
        standing = x[:0] if self._in_world else upright(x, self.model.n_z, observed)
        p3 = self._decode(np.concatenate([x, standing]), theta)
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
            decode = partial(self._decode, theta=theta)
            result = with_hypotheses(result, others, self._settings, observed.dt, decode)
        if not self._in_world:
            up = pose_vertical(result.x, self.model.n_z, observed, p3[len(x) :])
            result = replace(result, up=up)
        if self._refiner is not None:
            result = self._refiner(result, observed)
        if self._settings.uncertainty:
            deviations = self._uncertainty(result, theta, observed.frame_batch())
            result = _with_deviations(result, deviations)
        return result

    def _decode(self, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """Poses [n, n_joints, 3] of variables [n, n_x] whose sequence shares θ [n_theta]."""
        return self._decode_batches(x, np.tile(np.float32(theta), (len(x), 1)))


def _with_deviations(result: InferenceResult, deviations: Deviations) -> InferenceResult:
    """A result with the standard deviations of its joints."""
    return replace(result, std=deviations.placed, aligned_std=deviations.aligned)
