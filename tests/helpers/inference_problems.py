"""A small generator of plausible poses, a camera and observations, for tests of the inference.

Lengths are metres, image points are thousands of pixels.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gan.networks import Critic, Generator
from gan.networks.linear import glorot_normal
from gan.networks.proposal_network import ProposalNetwork
from gan.networks.temporal_network import TemporalNetwork
from human_pose_util.camera import Camera
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import S14
from inference.model.frame_batch import FrameBatch
from inference.model.observations import Observations
from inference.model.observe import observe
from inference.model.pose_model import PoseModel
from inference.objective.frame_objective import FrameObjective
from inference.search.metric_search import MetricSearch
from inference.search.pose_search import PoseSearch
from inference.search.search_model import pose_model
from inference.search.starts import starts
from inference.settings import MOTION_WEIGHTS, SearchSettings
from inference.solvers.coupled_frames import CoupledFrames
from inference.solvers.execution import TRACED, Execution

STANDING = np.array(
    [[0, 0, 1.0], [0, 0, 0.87], [-0.11, 0, 0.82], [-0.13, 0.02, 0.63], [-0.14, 0.12, 0.5],
     [0.11, 0, 0.82], [0.13, 0.02, 0.63], [0.14, 0.1, 0.49], [-0.07, 0, 0.53], [-0.07, 0.04, 0.29],
     [-0.07, 0, 0.05], [0.07, 0, 0.53], [0.07, 0.03, 0.29], [0.07, 0, 0.05]], np.float32,
)  # fmt: skip

PITCH = 0.1
R = np.array([[-1, 0, 0], [0, -np.sin(PITCH), -np.cos(PITCH)], [0, -np.cos(PITCH), np.sin(PITCH)]])
CENTRE = np.array([0.2, 5.0, 1.5])
T = -R @ CENTRE
F, C = np.array([1.145, 1.144]), np.array([0.512, 0.515])
CAMERA = Camera(R, T, F, C)
"""A camera 5 m away and 1.5 m high that looks along the world's −y axis and slightly down."""

NARROW = (24, 16), (16, 8)
"""Numbers of units of the hidden layers of a small generator and a small critic."""

OF_NO_TRACE = {
    *MOTION_WEIGHTS,
    "smoothness_about",
    "tol",
    "optimizer",
    "n_starts",
    "max_iterations",
    "keep_hypotheses",
    "path_weight",
    "uncertainty",
}
"""Settings of a search that no traced function of single frames depends on."""

_FIRST_SEARCHES: dict[tuple, MetricSearch] = {}
"""The first search that was made for each kind of problem of single frames."""


@dataclass(frozen=True)
class SmallGan:
    """The networks of a GAN, as a search takes them."""

    generator: Generator
    critic: Critic
    proposal_network: ProposalNetwork | None = None
    temporal_network: TemporalNetwork | None = None
    gan_id: str = "small"


def make_generator(
    activation: str = "relu", n_z: int = 5, seed: int = 0, units: Sequence[int] = NARROW[0]
) -> Generator:
    """A generator of poses around a standing one, whose limbs move by decimetres with z."""
    generator = Generator(n_z, units, S14.n_joints, activation, seed)
    _draw_weights(generator, seed)
    last = generator.network.layers[-1]
    last.w.assign(0.08 * last.w)
    last.b.assign(STANDING.ravel())
    return generator


def make_critic(seed: int = 1, units: Sequence[int] = NARROW[1]) -> Critic:
    """A critic with random weights."""
    critic = Critic(S14.n_joints, units, "relu", seed)
    _draw_weights(critic, seed)
    return critic


def _draw_weights(network: Generator | Critic, seed: int) -> None:
    """Give a network weights that stay the same whatever seeds the streams of a training have."""
    for i, layer in enumerate(network.network.layers):
        layer.w.assign(glorot_normal(*layer.w.shape, (seed, i)))


def make_gan(activation: str = "relu", units: Sequence[Sequence[int]] = NARROW) -> SmallGan:
    """The generator and the critic of the tests, without a proposal network."""
    return SmallGan(make_generator(activation, units=units[0]), make_critic(units=units[1]))


def make_objective(
    activation: str = "relu",
    settings: SearchSettings | None = None,
    *,
    space_scale: float = 1000.0,
    pixel_scale: float = 1000.0,
) -> FrameObjective:
    """The objective of small networks for the settings of a search, by default the defaults.

    Args:
        activation: the activation of the generator.
        settings: with weights for lengths in units of `space_scale`.
        space_scale: the unit of lengths for which the weights are given [mm].
        pixel_scale: the unit of image points [px].
    """
    settings, gan = settings or SearchSettings(), make_gan(activation)
    model = pose_model(gan.generator, get_converter("s14", "s14"), settings, pixel_scale)
    return FrameObjective(model, gan.critic, settings.in_metres(space_scale), pixel_scale)


def make_search(
    activation: str = "relu",
    units: Sequence[Sequence[int]] = NARROW,
    execution: Execution = TRACED,
    **settings: Any,
) -> PoseSearch:
    """A search with small networks.

    Searches with equal problems of single frames share what is traced for these: that takes
    seconds, and depends on no setting of `OF_NO_TRACE`.

    Args:
        activation: the activation of the generator.
        units: numbers of units of the hidden layers of the generator and of the critic.
        execution: how the search is computed.
        **settings: fields of `SearchSettings`.
    """
    gan, converter = make_gan(activation, units), get_converter("s14", "s14")
    chosen = SearchSettings(**settings)
    search = PoseSearch(gan, chosen, converter, 1000.0, 1000.0, execution)
    key = activation, units, execution, chosen.model_dump_json(exclude=OF_NO_TRACE)
    _share_traces(search._search, _FIRST_SEARCHES.setdefault(key, search._search))
    return search


def _share_traces(search: MetricSearch, first: MetricSearch) -> None:
    """Let a search use what the first one with equal problems of single frames has traced."""
    search._fitter.independent = first._fitter.independent
    search._uncertainty = first._uncertainty
    solvers = search._fitter.coupled, first._fitter.coupled
    if all(isinstance(solver, CoupledFrames) for solver in solvers):
        # Motion terms are added to what these two compute.
        objectives = [solver._objective for solver in solvers]
        for name in ("_evaluate_frames", "_linearize"):
            setattr(objectives[0], name, getattr(objectives[1], name))


def point_near_start(
    objective: FrameObjective,
    observed: Observations,
    rng: np.random.Generator,
    columns: Sequence[int],
    spread: float,
) -> tuple[tf.Tensor, tf.Tensor, FrameBatch]:
    """A point (x, θ) near the start of a search, and the observations as tensors.

    Args:
        objective: the objective of the search.
        observed: the observations.
        rng: moves the point away from the start.
        columns: the sequence variables that it moves.
        spread: standard deviation by which it moves them.
    """
    start, n = objective.model.sequence_variables.start, len(observed)
    x = starts(objective.model, start, observed, 1)[0]
    x += rng.normal(0, 0.1, x.shape).astype(np.float32)
    theta = np.tile(start, (n, 1))
    theta[:, columns] += rng.normal(0, spread, (n, len(columns)))
    return tf.constant(x, tf.float32), tf.constant(theta, tf.float32), tensors_of(observed)


def tensors_of(observed: Observations) -> FrameBatch:
    """Observations as tensors."""
    return FrameBatch(*(tf.constant(a) for a in observed.frame_batch()))


def theta_of(scales) -> tf.Tensor:
    """θ [n, 4] of scales [n], with intrinsics as they are given."""
    scales = tf.convert_to_tensor(scales, tf.float32)
    return tf.stack([tf.math.log(scales), *[tf.zeros_like(scales)] * 3], axis=1)


def true_variables(n: int, n_z: int = 5, seed: int = 2) -> np.ndarray:
    """A smooth motion in x = (z, yaw, x0, y0): [n, n_z + 3]."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, n)[:, None]
    z = np.sin(2 * time + rng.uniform(0, 6, n_z)) * rng.uniform(0.3, 0.8, n_z)
    ground = np.concatenate([0.6 * np.sin(2 * time), 0.4 * np.cos(time)], axis=1)
    return np.concatenate([z, 0.3 + 0.5 * time, ground], axis=1).astype(np.float32)


def pose_and_image(
    x: np.ndarray, activation: str = "relu", scale: float = 1.7, noise: float = 0.0, seed: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Poses of variables in the world, and their image points in `CAMERA`.

    Args:
        x: [n, n_z + 3] variables of frames, with placements on the ground.
        activation: the activation of the generator.
        scale: the height of the subject [m].
        noise: standard deviation of the noise of the image points.
        seed: the seed of the noise.

    Returns:
        p3w [n, 14, 3] and p2 [n, 14, 2].
    """
    p3w = _model_of(activation).decode(tf.constant(x), theta_of([scale] * len(x))).numpy()
    p2 = CAMERA.project_world(p3w.astype(np.float64))
    p2 += noise * np.random.default_rng(seed).normal(size=p2.shape)
    return p3w, p2


@functools.cache
def _model_of(activation: str) -> PoseModel:
    """The model of the poses of `pose_and_image`, which nothing changes."""
    return make_objective(activation).model


def observations(
    p2, weights=None, height: float | None = None, camera: Camera = CAMERA, dt: float = 0.1
) -> Observations:
    """Observations of image points [n, 14, 2] by `CAMERA`, ten frames a second."""
    return observe(p2, camera, dt, weights, height)
