"""The search for poses: starts, the chosen solver, the scale that a sequence shares."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from gan.networks import Critic, Generator
from human_pose_util.skeleton import Converter
from inference.compiled import any_batch
from inference.coupled import CoupledFit, CoupledSolver
from inference.frames import FrameSolver
from inference.hypotheses import APART, distinct
from inference.objective import Frames, Objective, Weights
from inference.observations import Observations
from inference.result import InferenceResult
from inference.scipy_solver import ScipySolver
from inference.starts import FIRST_HEIGHT, starts
from inference.status import Status

DEFAULT_MAX_ITERATIONS = {"lm": 200, "scipy": 100_000}


@dataclass(frozen=True)
class Options:
    """How to search; names as in the parameter files.

    Attributes:
        optimizer: "lm" or "scipy".
        n_starts: yaw angles to start from.
        tol: relative change of the cost at which to stop.
        max_iterations: limit for one start; None for the optimiser's own.
        keep_hypotheses: how many different poses of a frame to give, the best among them.
    """

    optimizer: str = "lm"
    n_starts: int = 1
    tol: float = 1e-9
    max_iterations: int | None = None
    keep_hypotheses: int = 1

    @property
    def limit(self) -> int:
        """The limit on iterations."""
        return self.max_iterations or DEFAULT_MAX_ITERATIONS[self.optimizer]


class PoseOptimizer:
    """Finds the poses that explain observations; compiled once, used for many sequences.

    Args:
        generator: latent vectors → poses.
        critic: poses → logits.
        converter: from the generator's skeleton to that of the observations.
        weights: of the objective's terms.
        options: how to search.
        space_scale: the length unit of the cameras' t [mm].
    """

    def __init__(
        self,
        generator: Generator,
        critic: Critic,
        converter: Converter,
        weights: Weights,
        options: Options,
        space_scale: float = 1000.0,
    ):
        self._objective = Objective(generator, critic, converter, weights)
        self._options = options
        self._first_scale = FIRST_HEIGHT / space_scale
        self._frames = FrameSolver(self._objective)
        solvers = {"scipy": ScipySolver, "lm": CoupledSolver}
        self._sequence = solvers[options.optimizer](self._objective)
        self._decode = any_batch(self._objective.decode)

    @property
    def groups_sequences(self) -> bool:
        """Whether it pays to fit several sequences in one call."""
        return self._options.optimizer == "lm" and not self._objective.weights.couples_frames

    def infer(self, sequences: Sequence[Observations]) -> list[InferenceResult]:
        """Fit sequences, each with a scale of its own; a frame sees nothing of another's fit."""
        began = time.perf_counter()
        if self.groups_sequences:
            fits = self._fit_frames(sequences)
        else:
            fits = [self._fit_sequence(observed) for observed in sequences]
        n_frames = max(sum(len(observed) for observed in sequences), 1)
        per_frame = (time.perf_counter() - began) / n_frames
        pairs = zip(fits, sequences, strict=True)
        results = [self._result(fit, seen, per_frame * len(seen)) for fit, seen in pairs]
        if self._options.keep_hypotheses > 1:
            triples = zip(results, fits, sequences, strict=True)
            return [self._with_hypotheses(*triple) for triple in triples]
        return results

    def _fit_frames(self, sequences: Sequence[Observations]) -> list[CoupledFit]:
        """Every frame its own problem, but for the scale."""
        o = self._options
        lengths = [len(observed) for observed in sequences]
        segments = np.repeat(np.arange(len(sequences)), lengths)
        frames = tuple(
            np.concatenate(parts) for parts in zip(*(s.arrays() for s in sequences), strict=True)
        )
        scales = np.full(len(sequences), self._first_scale)
        first = np.concatenate(
            [
                starts(self._objective, np.full(n, self._first_scale), observed, o.n_starts)
                for observed, n in zip(sequences, lengths, strict=True)
            ],
            axis=1,
        )
        fit = self._frames.minimize(first, scales, segments, frames, o.tol, o.limit)
        ends = np.cumsum(lengths)[:-1]
        parts = zip(*(np.split(part, ends) for part in fit.solution), strict=True)
        return [
            CoupledFit(x, float(scale), cost, iterations, status)
            for (x, cost, iterations, status), scale in zip(parts, fit.scales, strict=True)
        ]

    def _with_hypotheses(
        self, result: InferenceResult, fit: CoupledFit, observed: Observations
    ) -> InferenceResult:
        """The result with the best poses that any start led to, at the sequence's scale."""
        n = len(observed)
        scale = np.full(n, fit.scale)
        first = starts(self._objective, scale, observed, self._options.n_starts)
        segments, frames = np.zeros(n, int), observed.arrays()
        tol = self._options.tol
        found = self._frames.alternatives(first, np.array([fit.scale]), segments, frames, tol)
        others = [self._decode(other.x, scale.astype(np.float32)).numpy() for other in found]
        p3w = np.stack([result.p3w, *others])
        # The result stays first: an alternative that is cheaper by a rounding error is the same.
        cost = np.stack([fit.cost, *(np.maximum(other.cost, fit.cost) for other in found)])
        k, apart = self._options.keep_hypotheses, APART * fit.scale
        chosen = distinct(p3w, cost, k, apart), np.arange(n)
        return replace(result, hypotheses_p3w=p3w[chosen], hypotheses_cost=cost[chosen])

    def _fit_sequence(self, observed: Observations) -> CoupledFit:
        """All frames of a sequence in one problem: from every start, the best counts."""
        o = self._options
        frames = Frames(*(tf.constant(part) for part in observed.arrays()))
        scale = np.full(len(observed), self._first_scale)
        first = starts(self._objective, scale, observed, o.n_starts)
        if o.optimizer == "lm":
            uncoupled = self._fit_frames([observed])[0]
            first = np.concatenate([uncoupled.x[None], first])
        fits = [
            self._sequence.minimize(x, self._first_scale, frames, observed.dt, o.tol, o.limit)
            for x in first
        ]
        return min(fits, key=lambda fit: np.nan_to_num(fit.cost.sum(), nan=np.inf))

    def _result(self, fit: CoupledFit, observed: Observations, seconds: float) -> InferenceResult:
        n, n_z = len(observed), self._objective.n_z
        x = np.asarray(fit.x, np.float32)
        p3w = self._decode(tf.constant(x), tf.fill([n], np.float32(fit.scale))).numpy()
        status = np.array(np.broadcast_to(fit.status, n), np.int8)
        status[~observed.seen] = Status.NO_OBSERVATIONS
        return InferenceResult(
            p3w=p3w,
            z=x[:, :n_z],
            yaw=x[:, n_z],
            translation=x[:, n_z + 1 :],
            scale=fit.scale,
            cost=np.asarray(fit.cost, np.float32),
            iterations=np.array(np.broadcast_to(fit.iterations, n), np.int32),
            status=status,
            seconds=seconds,
        )
