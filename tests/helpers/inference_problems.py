"""A small generator of plausible poses, a camera and observations, for tests of the inference."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from gan.networks import Critic, Generator
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import S14
from human_pose_util.transforms import project, transform_frame
from inference.model.camera_knowledge import Camera
from inference.model.observations import observe
from inference.model.placement import Free, Ground
from inference.model.pose_model import PoseModel
from inference.model.sequence_variables import shared_variables
from inference.objective.frame_objective import Objective, Weights
from inference.search.pose_search import Options, PoseOptimizer

STANDING = np.array(
    [[0, 0, 1.0], [0, 0, 0.87], [-0.11, 0, 0.82], [-0.13, 0.02, 0.63], [-0.14, 0.12, 0.5],
     [0.11, 0, 0.82], [0.13, 0.02, 0.63], [0.14, 0.1, 0.49], [-0.07, 0, 0.53], [-0.07, 0.04, 0.29],
     [-0.07, 0, 0.05], [0.07, 0, 0.53], [0.07, 0.03, 0.29], [0.07, 0, 0.05]], np.float32,
)  # fmt: skip

# A camera 5 m away and 1.5 m high that looks along the world's −y and slightly down.
PITCH = 0.1
R = np.array([[-1, 0, 0], [0, -np.sin(PITCH), -np.cos(PITCH)], [0, -np.cos(PITCH), np.sin(PITCH)]])
CENTRE = np.array([0.2, 5.0, 1.5])
T = -R @ CENTRE
F, C = np.array([1.145, 1.144]), np.array([0.512, 0.515])

NARROW = (24, 16), (16, 8)  # units of generator and critic


def make_generator(
    activation: str = "relu", n_z: int = 5, seed: int = 0, units: Sequence[int] = NARROW[0]
) -> Generator:
    """Poses around a standing one, whose limbs move by decimetres with z."""
    generator = Generator(n_z, units, S14.n_joints, activation, seed)
    last = generator.network.layers[-1]
    last.w.assign(0.08 * last.w)
    last.b.assign(STANDING.ravel())
    return generator


def make_critic(seed: int = 1, units: Sequence[int] = NARROW[1]) -> Critic:
    return Critic(S14.n_joints, units, "relu", seed)


def make_objective(activation: str = "relu", camera: Camera | None = None, **weights) -> Objective:
    camera = camera or Camera()
    placement = Ground() if camera.extrinsics == "known" else Free()
    shared = shared_variables(camera, 1.65, False, 1000)
    converter = get_converter("s14", "s14")
    model = PoseModel(make_generator(activation), converter, placement, shared)
    return Objective(model, make_critic(), Weights(**weights))


def make_optimizer(
    weights: Weights | None = None,
    activation: str = "relu",
    camera: Camera | None = None,
    height_known: bool = False,
    units: Sequence[Sequence[int]] = NARROW,
    **options,
) -> PoseOptimizer:
    return PoseOptimizer(
        make_generator(activation, units=units[0]),
        make_critic(units=units[1]),
        get_converter("s14", "s14"),
        weights or Weights(),
        Options(**options),
        camera=camera,
        height_known=height_known,
    )


def shared_of(scale) -> tf.Tensor:
    """θ [n, 4] of scales [n]."""
    scale = tf.convert_to_tensor(scale, tf.float32)
    return tf.stack([tf.math.log(scale), *[tf.zeros_like(scale)] * 3], axis=1)


def true_variables(n: int, n_z: int = 5, seed: int = 2) -> np.ndarray:
    """Smooth motion in x = (z, yaw, x0, y0): [n, n_z + 3]."""
    rng = np.random.default_rng(seed)
    time = np.linspace(0, 1, n)[:, None]
    z = np.sin(2 * time + rng.uniform(0, 6, n_z)) * rng.uniform(0.3, 0.8, n_z)
    ground = np.concatenate([0.6 * np.sin(2 * time), 0.4 * np.cos(time)], axis=1)
    return np.concatenate([z, 0.3 + 0.5 * time, ground], axis=1).astype(np.float32)


def seen(objective: Objective, x: np.ndarray, scale: float = 1.7, noise: float = 0.0, seed=3):
    """True poses [n, 14, 3] and what the camera sees of them, in thousands of pixels."""
    p3w = objective.model.decode(tf.constant(x), shared_of([scale] * len(x))).numpy()
    p2 = project(transform_frame(p3w.astype(np.float64), R, T), F, C)
    p2 += noise * np.random.default_rng(seed).normal(size=p2.shape)
    return p3w, p2


def observations(p2, dt: float = 0.1, weights=None, height=None):
    return observe(p2, R, T, F, C, dt, weights, height)
