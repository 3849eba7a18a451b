"""The search for poses: starts, the chosen solver, what a sequence shares, alternatives."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gan.networks import Critic, Generator
from gan.networks.proposal_network import Proposer
from human_pose_util.skeleton import Converter
from inference.model.camera_knowledge import Camera
from inference.model.observations import Observations
from inference.model.placement import Free, Ground
from inference.model.pose_model import PoseModel
from inference.model.sequence_variables import shared_variables
from inference.objective.frame_objective import Objective, Weights
from inference.objective.residuals import Frames
from inference.search.coordinates import Coordinates
from inference.search.hypotheses import APART, distinct
from inference.search.inference_result import InferenceResult
from inference.search.proposals import Proposing
from inference.search.smooth_path import smoothest_path
from inference.search.starts import FIRST_HEIGHT, starts
from inference.search.uncertainty import Uncertainty
from inference.solvers.batches import in_batches
from inference.solvers.coupled_frames import CoupledSolver, SequenceFit
from inference.solvers.independent_frames import FrameSolver
from inference.solvers.scipy_lbfgsb import ScipySolver
from inference.solvers.status import Status

DEFAULT_MAX_ITERATIONS = {"lm": 200, "lbfgs": 2000, "scipy": 100_000}


@dataclass(frozen=True)
class Options:
    """How to search; names as in the parameter files.

    Attributes:
        optimizer: "lm", "lbfgs" or "scipy".
        n_starts: starts to try: the proposal, if there is one, then yaw angles.
        tol: relative change of the cost at which to stop.
        max_iterations: limit for one start; None for the optimiser's own.
        keep_hypotheses: how many different poses of a frame to give, the best among them.
        path_weight: of joint velocities when one hypothesis a frame is chosen; 0 for the cheapest.
        uncertainty: give standard deviations of the joints.
    """

    optimizer: str = "lm"
    n_starts: int = 1
    tol: float = 1e-9
    max_iterations: int | None = None
    keep_hypotheses: int = 1
    path_weight: float = 0.0
    uncertainty: bool = False

    @property
    def limit(self) -> int:
        """The limit on iterations."""
        return self.max_iterations or DEFAULT_MAX_ITERATIONS[self.optimizer]

    def single_frames(self, weights: Weights) -> bool:
        """Whether every frame is a problem of its own: several sequences then go into one call."""
        return self.optimizer != "scipy" and not weights.couples_frames


class PoseOptimizer:
    """Finds the poses that explain observations; compiled once, used for many sequences.

    Args:
        generator: latent vectors → poses.
        critic: poses → logits.
        converter: from the generator's skeleton to that of the observations.
        weights: of the objective's terms.
        options: how to search.
        space_scale: the length unit of the cameras' t [mm].
        pixel_scale: the unit of image points [px].
        camera: what is known of the camera.
        height_known: whether observations say the subject's height.
        proposer: proposes poses from which to start, before all yaw angles.
    """

    def __init__(
        self,
        generator: Generator,
        critic: Critic,
        converter: Converter,
        weights: Weights,
        options: Options,
        space_scale: float = 1000.0,
        pixel_scale: float = 1000.0,
        camera: Camera | None = None,
        height_known: bool = False,
        proposer: Proposer | None = None,
    ):
        self._options, self._camera = options, camera or Camera()
        self._pixel_scale, self._height_known = pixel_scale, height_known
        self._unit = 1000.0 / space_scale
        self._shared = shared_variables(
            self._camera, FIRST_HEIGHT / 1000.0, height_known, pixel_scale
        )
        self._placement = Ground() if self._camera.extrinsics == "known" else Free()
        self._model = PoseModel(generator, converter, self._placement, self._shared)
        self._objective = Objective(self._model, critic, weights.in_unit(self._unit))
        in_world = self._camera.extrinsics == "known"
        self._proposing = proposer and Proposing(proposer, converter, in_world)
        method = "lm" if options.optimizer == "scipy" else options.optimizer
        self._frames = FrameSolver(self._objective, method)
        solver = ScipySolver if options.optimizer == "scipy" else CoupledSolver
        self._sequence = solver(self._objective)
        self._decode = in_batches(self._model.decode)
        self._uncertainty = Uncertainty(self._objective, pixel_scale)

    @property
    def n_x(self) -> int:
        """How many variables a frame has."""
        return self._model.n_x

    def infer(self, sequences: Sequence[Observations]) -> list[InferenceResult]:
        """Fit sequences, each with its own scale; a frame sees nothing of another's fit."""
        began = time.perf_counter()
        prepared = [self._prepared(observed) for observed in sequences]
        sequences = [observed for observed, _ in prepared]
        if self._options.single_frames(self._objective.weights):
            fits = self._fit_frames(sequences, self._options.limit)
        else:
            fits = [self._fit_sequence(observed) for observed in sequences]
        results = [
            coordinates.restored(self._result(fit, observed))
            for fit, (observed, coordinates) in zip(fits, prepared, strict=True)
        ]
        n_frames = max(sum(len(observed) for observed in sequences), 1)
        per_frame = (time.perf_counter() - began) / n_frames
        return [replace(result, seconds=per_frame * len(result.p3w)) for result in results]

    def follow(self, observed: Observations, x: np.ndarray, limit: int) -> InferenceResult:
        """Fit a sequence from where it is known to be, in few steps.

        Args:
            observed: what was seen.
            x: [n_frames, n_x] where frames start; NaN for one that starts where it is proposed.
            limit: steps at most.
        """
        observed, coordinates = self._prepared(observed)
        x = coordinates.variables(x)
        theta, new = self._theta(observed), np.isnan(x).any(axis=1)
        if new.any():
            x = np.where(new[:, None], starts(self._model, theta, observed, 1)[0], x)
        frames, tol = Frames(*observed.arrays()), self._options.tol
        fit = self._sequence.minimize(x, theta, frames, observed.dt, tol, limit)
        return coordinates.restored(self._result(fit, observed))

    def _prepared(self, observed: Observations) -> tuple[Observations, Coordinates]:
        """Observations without what is not known of the camera, and with proposals.

        They are in the coordinates in which they are searched.
        """
        known = observed.known(self._camera, self._pixel_scale)
        coordinates = Coordinates.of(known, self._unit, self._placement)
        known = coordinates.observations(known)
        return (known if self._proposing is None else self._proposing(known)), coordinates

    def _fit_frames(self, sequences: Sequence[Observations], limit: int) -> list[SequenceFit]:
        """Every frame its own problem, but for what is shared.

        Args:
            sequences: what was seen.
            limit: on iterations after the stages; 0 for good starts of coupled frames.
        """
        o = self._options
        lengths = [len(observed) for observed in sequences]
        segments = np.repeat(np.arange(len(sequences)), lengths)
        frames = tuple(
            np.concatenate(parts) for parts in zip(*(s.arrays() for s in sequences), strict=True)
        )
        theta = np.stack([self._theta(observed) for observed in sequences])
        pairs = zip(theta, sequences, strict=True)
        first = np.concatenate(
            [starts(self._model, start, seen, o.n_starts) for start, seen in pairs], axis=1
        )
        fit = self._frames.minimize(first, theta, segments, frames, o.tol, limit)
        ends = np.cumsum(lengths)[:-1]
        parts = zip(*(np.split(part, ends) for part in fit.solution), strict=True)
        return [
            SequenceFit(x, theta, cost, iterations, status)
            for (x, cost, iterations, status), theta in zip(parts, fit.theta, strict=True)
        ]

    def _fit_sequence(self, observed: Observations) -> SequenceFit:
        """All frames of a sequence in one problem: from every start, the best counts."""
        o = self._options
        frames = Frames(*observed.arrays())
        theta = self._theta(observed)
        n_starts, points = o.n_starts, []
        if o.optimizer != "scipy":
            uncoupled = self._fit_frames([observed], limit=0)[0]
            found = observed.tells_pose & np.isfinite(uncoupled.cost)
            points = [(_bridged(uncoupled.x, found), uncoupled.theta)]
            n_starts = 1 if observed.proposals is None else 0  # a proposal led there already
        if n_starts:
            points += [(x, theta) for x in starts(self._model, theta, observed, n_starts)]
        fits = [
            self._sequence.minimize(x, theta, frames, observed.dt, o.tol, o.limit)
            for x, theta in points
        ]
        return min(fits, key=lambda fit: np.nan_to_num(fit.cost.sum(), nan=np.inf))

    def _theta(self, observed: Observations) -> np.ndarray:
        """[4] where the shared variables of a sequence start."""
        theta = self._shared.start.copy()
        if self._height_known:
            theta[0] = np.log(observed.height)
        return theta

    def _result(self, fit: SequenceFit, observed: Observations) -> InferenceResult:
        n, n_z = len(observed), self._model.n_z
        status = np.array(np.broadcast_to(fit.status, n), np.int8)
        status[~observed.seen] = Status.NO_OBSERVATIONS
        x = np.asarray(fit.x, np.float32)
        result = InferenceResult(
            p3w=self._poses(x, fit.theta),
            frame=self._placement.frame,
            z=x[:, :n_z],
            place=x[:, n_z:],
            scale=float(np.exp(fit.theta[0])),
            f=observed.f * np.exp(fit.theta[1]),
            c=observed.c + fit.theta[2:],
            cost=np.asarray(fit.cost, np.float32),
            iterations=np.array(np.broadcast_to(fit.iterations, n), np.int32),
            status=status,
        )
        if self._options.keep_hypotheses > 1 or self._options.path_weight:
            result = self._with_hypotheses(result, fit, observed)
        if self._options.uncertainty:
            x = np.concatenate([result.z, result.place], axis=1)
            std, aligned_std = self._uncertainty(x, fit.theta, observed.arrays())
            result = replace(result, std=std, aligned_std=aligned_std)
        return result

    def _poses(self, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
        return self._decode(x, np.tile(np.float32(theta), (len(x), 1)))

    def _with_hypotheses(
        self, result: InferenceResult, fit: SequenceFit, observed: Observations
    ) -> InferenceResult:
        """The result with the best poses that any start led to, at what the sequence shares."""
        n, o = len(observed), self._options
        first = starts(self._model, fit.theta, observed, o.n_starts)
        theta = np.tile(fit.theta, (n, 1))
        found = self._frames.alternatives(first, theta, observed.arrays(), o.tol)
        x = np.concatenate([fit.x[None], found.x.reshape(-1, n, self._model.n_x)])
        p3w = self._poses(x.reshape(-1, x.shape[2]), fit.theta).reshape(*x.shape[:2], -1, 3)
        # The result stays first: an alternative that is cheaper by a rounding error is the same.
        cost = np.concatenate([fit.cost[None], np.maximum(found.cost.reshape(-1, n), fit.cost)])
        keep = max(o.keep_hypotheses, o.n_starts if o.path_weight else 1)
        chosen = distinct(p3w, cost, keep, APART * result.scale)
        if o.path_weight:
            rows = chosen, np.arange(n)
            path = smoothest_path(p3w[rows], cost[rows], observed.dt, o.path_weight * self._unit**2)
            best = np.take_along_axis(chosen, path[None], axis=0)[0], np.arange(n)
            result = replace(
                result,
                p3w=p3w[best],
                z=x[best][:, : self._model.n_z],
                place=x[best][:, self._model.n_z :],
                cost=cost[best].astype(np.float32),
            )
        if o.keep_hypotheses == 1:
            return result
        rows = chosen[: o.keep_hypotheses], np.arange(n)
        return replace(result, hypotheses_p3w=p3w[rows], hypotheses_cost=cost[rows])


def _bridged(x: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Rows [n_frames, n_x], where one is not found that of the nearest frame where it is."""
    rows = np.flatnonzero(found)
    if not len(rows):
        return x
    after = np.clip(np.searchsorted(rows, np.arange(len(x))), 0, len(rows) - 1)
    before = np.maximum(after - 1, 0)
    nearer = np.abs(rows[before] - np.arange(len(x))) < np.abs(rows[after] - np.arange(len(x)))
    return x[rows[np.where(nearer, before, after)]]
