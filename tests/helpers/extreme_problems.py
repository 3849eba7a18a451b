"""Problems before extreme cameras, for single precision and for the float64 reference."""

from dataclasses import replace

import numpy as np
import pytest

from human_pose_util.registry import get_converter
from inference.model.camera_knowledge import Camera
from inference.model.observations import Proposals, observe
from inference.model.placement import Free, Ground
from inference.model.pose_model import PoseModel
from inference.model.sequence_variables import shared_variables
from inference.objective.frame_objective import Objective, Weights
from inference.objective.residuals import Frames
from inference.search.coordinates import Coordinates
from inference.search.starts import starts
from tests.helpers.extreme_cameras import EXTREMES, Extreme
from tests.helpers.float64_objective import Reference, frames_of
from tests.helpers.inference_problems import STANDING, make_critic, make_generator

N = 3
CAMERAS = {
    "known": Camera(),
    "focal": Camera(intrinsics="focal"),
    "unplaced": Camera(extrinsics="unknown"),
    "unknown": Camera(extrinsics="unknown", intrinsics="unknown", size=[1024, 1030]),
}
each_extreme = pytest.mark.parametrize("extreme", EXTREMES.values(), ids=EXTREMES)
each_camera = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)


def objective_of(extreme: Extreme, camera: Camera, activation: str, weights: Weights) -> Objective:
    placement = Ground() if camera.extrinsics == "known" else Free()
    shared = shared_variables(camera, 1.65, False, extreme.pixel_scale)
    generator = make_generator(activation)
    model = PoseModel(generator, get_converter("s14", "s14"), placement, shared)
    return Objective(model, make_critic(), weights.in_unit(extreme.unit))


def units(extreme: Extreme) -> tuple[float, float]:
    return extreme.space_scale, extreme.pixel_scale


def truth(extreme: Extreme, activation: str, noise: float = 0.0, seed: int = 0):
    """X of N poses about the subject's place, and what is seen of them, with noise [px]."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(0, 0.3, (N, 5)), rng.uniform(-0.4, 0.4, (N, 1)), rng.normal(0, 0.2, (N, 2))
    x = np.concatenate(parts, axis=1)
    known, place = Camera(), extreme.unit * extreme.subject
    plain = objective_of(extreme, known, activation, Weights())
    reference = Reference(plain, activation, Weights(), known, units(extreme), place)
    r, t, f, c = extreme.camera()
    theta = np.tile([np.log(extreme.height), 0.0, 0.0, 0.0], (N, 1))
    frame = {"r": r, "t": t, "f": f, "c": c}
    p2 = reference.image(x, theta, frame, 0.0) + 0.0
    p2 += noise / extreme.pixel_scale * rng.normal(size=p2.shape)
    return x, observe(p2, r, t, f, c, 0.1)


def known_of(observed, extreme: Extreme, camera: Camera):
    """What an optimiser may know, and the coordinates in which it searches."""
    if camera.size is not None:  # about the camera's principal point, wherever that is
        camera = camera.model_copy(update={"size": [2 * abs(c) for c in extreme.centre]})
    known = observed.known(camera, extreme.pixel_scale)
    placement = Ground() if camera.extrinsics == "known" else Free()
    return known, Coordinates.of(known, extreme.unit, placement)


class Point:
    """A point near the solution of a noisy problem, for both precisions."""

    def __init__(self, extreme: Extreme, camera: Camera, activation: str, **weights):
        pixel = extreme.pixel_scale
        consistency, scale = (pixel / 1000) ** 2, 10 / pixel
        self.weights = Weights(consistency=consistency, robust_scale=scale, **weights)
        self.objective = objective_of(extreme, camera, activation, self.weights)
        _, observed = truth(extreme, activation, noise=3.0)
        self.known, coordinates = known_of(observed, extreme, camera)
        inside = coordinates.observations(self.known)
        rng = np.random.default_rng(1)
        start = self.objective.model.shared.start.copy()
        start[0] = np.log(extreme.height)
        x = starts(self.objective.model, start, inside, 1)[0]
        x[:, :5] += rng.normal(0, 0.3, (N, 5)).astype(np.float32)
        self.free = list(self.objective.model.shared.free)
        theta = np.tile(start, (N, 1))
        spread = np.array([0.05, 0.05, 10 / pixel, 10 / pixel])[self.free]
        theta[:, self.free] += spread * rng.normal(size=(N, len(self.free)))
        self.x, self.theta = x, theta.astype(np.float32)
        p3 = STANDING + rng.normal(0, 0.05, (N, 14, 3))
        proposals = Proposals(p3, rng.uniform(0.02, 0.2, (N, 14)), np.zeros((N, 5)))
        self.single = Frames(*replace(inside, proposals=proposals).arrays())
        self.double = frames_of(self.known, proposals)
        self.reference = Reference(
            self.objective, activation, self.weights, camera, units(extreme), coordinates.origin
        )

    def variables(self, i: int) -> np.ndarray:
        return np.concatenate([self.x[i], self.theta[i, self.free]]).astype(np.float64)
