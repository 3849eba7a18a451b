"""The search for poses as its users see it: any world and unit, settings, a trained GAN."""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from human_pose_util.blas import one_blas_thread
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import Converter
from human_pose_util.units import MM_PER_M
from inference.model.observations import Observations
from inference.search.coordinates import Coordinates
from inference.search.inference_result import InferenceResult
from inference.search.metric_search import MetricSearch
from inference.search.trained_gan import TrainedGan
from inference.settings import SearchSettings
from inference.solvers.execution import COMPILED, Execution


class PoseSearch:
    """Finds the poses that explain observations.

    A search is used for many sequences. Pickled, it takes the trained GAN along but nothing that
    is compiled, so that other processes can be given it.

    Args:
        gan: the trained networks.
        settings: how to search.
        converter: from the GAN's skeleton to that of the observations.
        space_scale: the unit of lengths, in which cameras and results are [mm].
        pixel_scale: the unit of image points [px].
        execution: how it is computed (`inference.solvers.execution.execution_for`).

    Attributes:
        execution: as given.

    Raises:
        SpecError: the settings use proposals, and the GAN has no proposal network.
        DataError: a proposal network is not trained to its end.
    """

    def __init__(
        self,
        gan: TrainedGan,
        settings: SearchSettings,
        converter: Converter,
        space_scale: float,
        pixel_scale: float,
        execution: Execution = COMPILED,
    ):
        if settings.proposal_weight is not None:
            # A GAN loads a network when it is first asked for it. The proposal networks are asked
            # for here, so that a pickled search takes them along.
            if gan.proposal_network is None:
                raise SpecError(
                    f"proposal_weight: GAN {gan.gan_id!r} has no proposal network; remove the key, "
                    'or choose a GAN whose parameters have "proposal"'
                )
            if settings.film_proposals:
                _ = gan.temporal_network
        self._gan, self._converter = gan, converter
        # The search has metres, and image points in the given unit. So lengths of observations and
        # results are converted, and so are the weights of terms that have a length in them.
        self._settings = settings.in_metres(space_scale)
        self._unit = MM_PER_M / space_scale  # a metre, in the given unit of lengths
        self._pixel_scale, self.execution = pixel_scale, execution

    def __getstate__(self) -> dict[str, Any]:
        # Traced and compiled functions cannot be pickled; the other process makes its own.
        return {name: value for name, value in self.__dict__.items() if name != "_search"}

    @property
    def n_x(self) -> int:
        """Number of variables of a frame: those of the latent vector, then of the placement."""
        return self._search.model.n_x

    @property
    def joins_sequences(self) -> bool:
        """Whether it is faster to infer several short sequences in one call."""
        # Independent frames of all sequences share batches; coupled ones are problems of their own.
        return not self._settings.couples_frames

    @one_blas_thread
    def infer(self, sequences: Sequence[Observations]) -> list[InferenceResult]:
        """Fit sequences, each with the variables that its frames share, such as the scale.

        The search works as follows.

        1. What is unknown of the camera is removed from the observations. They are moved to
           coordinates in metres about the floor beneath the camera, and the proposal network, where
           the settings use it, proposes a pose for each frame.
        2. Every frame tries its starts for a few steps and goes on from the best.
        3. The frames of all sequences are fitted together in batches, the kinks of the networks are
           sharpened in stages, and the sequence variables move between the stages. Frames that a
           motion term couples are then fitted as one problem for each sequence, from there.
        4. Hypotheses, the smoothest path through them, and standard deviations are computed where
           the settings ask for them.
        5. Results are returned to the given world and unit.

        Args:
            sequences: observations; lengths in units of `space_scale` mm, image points in units of
                `pixel_scale` px. The result of a sequence does not depend on the others.

        Returns:
            A result for each sequence, in the world where the extrinsics are known, else in the
            camera's frame. A frame without observations has the status `NO_OBSERVATIONS`, one whose
            cost is not finite `NOT_FINITE`; neither harms another frame. `seconds` is the time of
            the whole call in proportion to the numbers of frames.

        Raises:
            DataError: the GAN is not trained, or the observed joints are not those of the skeleton.
        """
        if not sequences:
            return []
        began = time.perf_counter()
        pairs = [self._prepare(observed) for observed in sequences]
        results = self._search.infer([observed for observed, _ in pairs])
        results = [
            coordinates.restore(result)
            for result, (_, coordinates) in zip(results, pairs, strict=True)
        ]
        # Sequences that share batches have no time of their own.
        n_frames = sum(map(len, sequences))
        per_frame = (time.perf_counter() - began) / n_frames
        return [replace(result, seconds=per_frame * len(result.p3w)) for result in results]

    def follow(
        self, observed: Observations, x: np.ndarray, max_iterations: int, rows: slice
    ) -> InferenceResult:
        """Fit a sequence of coupled frames in a few steps from poses that are nearly right.

        Args:
            observed: the observations of the sequence, in the units of `infer`.
            x: [n_frames, n_x] variables from which to start, as a result has them; a row of NaN for
                a frame that starts at its proposal.
            max_iterations: limit on the steps.
            rows: the frames whose standard deviations are computed; those of the others are NaN.
        """
        observed, coordinates = self._prepare(observed)
        result = self._search.follow(observed, coordinates.variables(x), max_iterations, rows)
        return coordinates.restore(result)

    @cached_property
    def _search(self) -> MetricSearch:
        # Made at its first use, so that a search costs nothing in a process that only passes it on.
        return MetricSearch(
            self._gan, self._settings, self._converter, self._pixel_scale, self.execution
        )

    def _prepare(self, observed: Observations) -> tuple[Observations, Coordinates]:
        """Observations in the coordinates of the search, and these coordinates."""
        n_joints, target = observed.p2.shape[1], self._converter.target
        if n_joints != target.n_joints:
            raise DataError(
                f"{n_joints} joints are observed: the skeleton {target.id!r} has {target.n_joints}"
            )
        # First, because the origin is beneath the camera, whose true place may not be used then.
        usable = observed.without_unknown(self._settings.camera, self._pixel_scale)
        coordinates = Coordinates.of(usable, self._unit, self._search.model.placement)
        return coordinates.observations(usable), coordinates
