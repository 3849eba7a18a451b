"""Supervised regression from 2D joints to 3D, after Martinez et al. 2017 (3d-pose-baseline).

bench/accuracy.py compares the project with it. The network is a residual perceptron with batch
normalisation and dropout. Its input are image points relative to their mean, in units of their
spread; its output are joints relative to their mean, in the camera's frame. It learns from pairs of
2D and 3D poses: those of the camera of the evaluation, or those of random cameras.
"""

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gan.params import GanParams
from gan.training.augment import augmented
from gan.training.draw import Draw
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import LEVEL, project, rotation_about, transform_frame

WIDTH, BLOCKS, DROPOUT = 512, 2, 0.1
EXAMPLES, BATCH, LEARNING_RATE = 1_500_000, 256, 1e-3
VIEWS = 20  # number of random cameras for every pose
HEIGHT = 1.7  # of the people that random cameras observe, metres


class Pairs(NamedTuple):
    """Image points [n, n_joints, 2], and the joints [n, n_joints, 3] in the camera's frame."""

    p2: np.ndarray
    p3c: np.ndarray


class Regressor:
    """A network from 2D joints to 3D joints, trained when it is made.

    Args:
        pairs: from what it learns.
        seed: of the initial weights.
    """

    def __init__(self, pairs: Pairs, seed: int):
        p2, p3 = pairs
        x, y = _flat(p2), (p3 - p3.mean(axis=1, keepdims=True)).reshape(len(p3), -1)
        self._means, self._stds = (x.mean(0), y.mean(0)), (x.std(0) + 1e-6, y.std(0) + 1e-6)
        x, y = ((a - m) / s for a, m, s in zip((x, y), self._means, self._stds, strict=True))
        keras.utils.set_random_seed(seed)
        self._model = _network(x.shape[1], y.shape[1])
        epochs = max(EXAMPLES // len(x), 1)
        steps = epochs * -(-len(x) // BATCH)
        rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
        self._model.compile(keras.optimizers.Adam(rate), "mse")
        self._model.fit(x, y, BATCH, epochs, verbose=0)

    def __call__(self, takes) -> list[np.ndarray]:
        """Return the joints [n_frames, n_joints, 3] of each sequence, in the axes of the world."""
        p2 = np.concatenate([np.array(take["p2"]) for take in takes])
        x = (_flat(p2) - self._means[0]) / self._stds[0]
        y = self._model.predict(x, batch_size=512, verbose=0) * self._stds[1] + self._means[1]
        p3c = np.split(y.reshape(len(y), -1, 3), np.cumsum([len(t["p2"]) for t in takes])[:-1])
        return [p3 @ np.asarray(t.attrs["r"]) for p3, t in zip(p3c, takes, strict=True)]


def same_camera(takes) -> Pairs:
    """Return the pairs of the camera of the sequences, in metres."""
    p2, p3c = (np.concatenate([np.array(t[name]) for t in takes]) for name in ("p2", "p3c"))
    return Pairs(p2, p3c)


def random_cameras(
    poses: np.ndarray, skeleton: Skeleton, params: GanParams, take, seed: int
) -> Pairs:
    """Return pairs for cameras at random yaws, pitches and distances.

    Args:
        poses: [n, n_joints, 3] training poses, in subject heights.
        skeleton: of the poses.
        params: how the GAN varies its training poses, as these are varied.
        take: a sequence whose intrinsics the cameras have.
        seed: of the cameras and the variation.
    """
    rng, f, c = np.random.default_rng(seed), take.attrs["f"], take.attrs["c"]
    views = [
        augmented(tf.constant(poses), params, skeleton, Draw(len(poses), seed, block=i)).numpy()
        for i in range(VIEWS)
    ]
    p3w = HEIGHT * np.concatenate(views)
    p3w -= p3w.mean(axis=1, keepdims=True)
    r, t = random_extrinsics(len(p3w), rng)
    p3c = transform_frame(p3w, r, t)
    return Pairs(project(p3c, f, c).astype(np.float32), p3c.astype(np.float32))


def random_extrinsics(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return rotations [n, 3, 3] and translations [n, 3] of cameras that look at the origin, about.

    Args:
        n: number of cameras.
        rng: source of random numbers.
    """
    pitch, yaw = rng.normal(0.1, 0.2, n), rng.uniform(-np.pi, np.pi, n)
    r = rotation_about(pitch, "x") @ LEVEL @ rotation_about(yaw, "z")
    t = np.array([0, 0, 1.0]) * rng.uniform(3, 8, (n, 1)) + rng.normal(0, 0.3, (n, 3))
    return r, t


def _flat(p2: np.ndarray) -> np.ndarray:
    """Return image points relative to their mean, in units of their spread: [n, 2·n_joints]."""
    p2 = p2 - p2.mean(axis=1, keepdims=True)
    return (p2 / p2.std(axis=(1, 2), keepdims=True)).reshape(len(p2), -1).astype(np.float32)


def _network(n_in: int, n_out: int) -> keras.Model:
    """Return an untrained network with residual blocks of two layers."""
    layers = keras.layers

    def dense(x):
        x = layers.Dense(WIDTH, kernel_initializer="he_normal")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        return layers.Dropout(DROPOUT)(x)

    inputs = keras.Input([n_in])
    x = dense(inputs)
    for _ in range(BLOCKS):
        x = layers.Add()([x, dense(dense(x))])
    return keras.Model(inputs, layers.Dense(n_out)(x))
