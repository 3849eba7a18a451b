"""Problems before extreme cameras, for single precision and for the float64 reference."""

from dataclasses import replace

import numpy as np
import pytest

from gan.networks.proposal_network import Proposal
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.observations import Observations
from inference.model.observe import observe
from inference.model.placement import Free, Ground
from inference.objective.frame_objective import FrameObjective
from inference.search.coordinates import Coordinates
from inference.search.starts import starts
from inference.settings import SearchSettings
from tests.helpers.extreme_cameras import EXTREMES, Extreme
from tests.helpers.float64_objective import Reference, frames_of
from tests.helpers.inference_problems import STANDING, make_objective

N = 3
"""Number of frames of a problem."""

CAMERAS = {
    "known": CameraKnowledge(),
    "focal": CameraKnowledge(intrinsics="focal"),
    "unplaced": CameraKnowledge(extrinsics="unknown"),
    "unknown": CameraKnowledge(extrinsics="unknown", intrinsics="unknown", size=[1024, 1030]),
}
each_extreme = pytest.mark.parametrize("extreme", EXTREMES.values(), ids=EXTREMES)
each_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)


def units_of(extreme: Extreme) -> tuple[float, float]:
    """space_scale [mm] and pixel_scale [px]."""
    return extreme.space_scale, extreme.pixel_scale


def objective_of(extreme: Extreme, activation: str, settings: SearchSettings) -> FrameObjective:
    """The objective for the settings of a search in the units of an extreme."""
    space_scale, pixel_scale = units_of(extreme)
    return make_objective(activation, settings, space_scale=space_scale, pixel_scale=pixel_scale)


def variables_and_observations(
    extreme: Extreme, activation: str, noise: float = 0.0, seed: int = 0
) -> tuple[np.ndarray, Observations]:
    """Variables x of N poses about the subject's place, and observations with noise [px]."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(0, 0.3, (N, 5)), rng.uniform(-0.4, 0.4, (N, 1)), rng.normal(0, 0.2, (N, 2))
    x = np.concatenate(parts, axis=1)
    settings, place = SearchSettings(), extreme.unit * extreme.subject
    objective = objective_of(extreme, activation, settings)
    reference = Reference(objective, activation, settings, units_of(extreme), place)
    theta = np.tile([np.log(extreme.height), 0.0, 0.0, 0.0], (N, 1))
    p2 = reference.image(x, theta, vars(extreme.camera), 0.0) + 0.0
    p2 += noise / extreme.pixel_scale * rng.normal(size=p2.shape)
    return x, observe(p2, extreme.camera, 0.1)


def prepare(
    observed: Observations, extreme: Extreme, camera: CameraKnowledge
) -> tuple[Observations, Coordinates]:
    """Observations without what a search must not use, and the coordinates of the search."""
    if camera.size is not None:  # twice the principal point, wherever that is
        camera = camera.model_copy(update={"size": [2 * abs(c) for c in extreme.centre]})
    usable = observed.without_unknown(camera, extreme.pixel_scale)
    placement = Ground() if camera.extrinsics == "known" else Free()
    return usable, Coordinates.of(usable, extreme.unit, placement)


class Point:
    """A point near the solution of a noisy problem, for both precisions.

    Args:
        extreme: the camera, the subject and the units.
        camera: what is known of the camera.
        activation: the activation of the generator.
        **settings: further settings of the search.

    Attributes:
        settings: the settings, with weights for the units of the extreme.
        objective: the objective in single precision.
        reference: the objective in float64.
        x: [N, n_x] float32 variables of the frames.
        theta: [N, 4] float32 shared variables, as if every frame were a sequence.
        free: indices of the shared variables that are solved for.
        single: the observations in the coordinates of the search, float32.
        double: the observations of every frame in their own world, float64.
    """

    def __init__(self, extreme: Extreme, camera: CameraKnowledge, activation: str, **settings):
        pixel = extreme.pixel_scale
        self.settings = SearchSettings(
            consistency_weight=(pixel / 1000) ** 2, robust_scale=10.0, camera=camera, **settings
        )
        self.objective = objective_of(extreme, activation, self.settings)
        _, observed = variables_and_observations(extreme, activation, noise=3.0)
        usable, coordinates = prepare(observed, extreme, camera)
        inside = coordinates.observations(usable)
        rng = np.random.default_rng(1)
        shared = self.objective.model.sequence_variables
        start = shared.start_at(extreme.height)
        x = starts(self.objective.model, start, inside, 1)[0]
        x[:, :5] += rng.normal(0, 0.3, (N, 5)).astype(np.float32)
        self.free = list(shared.free)
        theta = np.tile(start, (N, 1))
        spread = np.array([0.05, 0.05, 10 / pixel, 10 / pixel])[self.free]
        theta[:, self.free] += spread * rng.normal(size=(N, len(self.free)))
        self.x, self.theta = x, theta.astype(np.float32)
        p3 = STANDING + rng.normal(0, 0.05, (N, 14, 3))
        proposal = Proposal(p3, rng.uniform(0.02, 0.2, (N, 14)), np.zeros((N, 5)))
        self.single = replace(inside, proposal=proposal).frame_batch()
        self.double = frames_of(replace(usable, proposal=proposal))
        self.reference = Reference(
            self.objective, activation, self.settings, units_of(extreme), coordinates.origin
        )

    def variables(self, i: int) -> np.ndarray:
        """[n] x and the free shared variables of frame i, float64."""
        return np.concatenate([self.x[i], self.theta[i, self.free]]).astype(np.float64)
