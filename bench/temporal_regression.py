"""Supervised regression of the poses of films, after Pavllo et al. 2019 (VideoPose3D).

bench/films.py compares the project with it. The network is a stack of temporal convolutions with
residual blocks and batch normalisation, which sees `FIELD` frames. A training example is a window
with the pose of its middle frame, so training needs only those values of inner layers that the
middle depends on: the convolutions have strides. On a whole film the same weights are convolutions
with holes (dilated).
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from bench.film_pairs import FRAMES, Errors, FilmPairs, film_pairs, observed, split
from gan.params import GanParams
from gan.training.motion import load_motion
from human_pose_util.skeleton import Skeleton
from human_pose_util.units import MM_PER_M

TAPS, BLOCKS = 3, 3
FIELD = TAPS ** (BLOCKS + 1)  # 81 frames
WIDTH = 256
# After 400 000 examples, the error with batches of 128 is 6 % smaller than with batches of 512; the
# paper, which has a GPU and far more examples, takes 1024.
BATCH, STEPS, LEARNING_RATE = 128, 16_000, 1e-3
FILMS = 256  # number of films that are drawn at a time; each frame is an example once
HELD_OUT_FILMS, HELD_OUT_EVERY = 48, 2
HELD_OUT_SEED = 10**6


class Point(NamedTuple):
    """A point of the learning curve.

    Attributes:
        step: number of training steps.
        seconds: since the start.
        learnt: mean joint error of the training examples since the last point [mm].
        held_out: mean joint error of films of sequences that are held out [mm]; NaN where none is.
    """

    step: int
    seconds: float
    learnt: float
    held_out: float


class TemporalRegressor:
    """A network from the 2D joints of a film to its 3D joints.

    Args:
        skeleton: the joints.
    """

    def __init__(self, skeleton: Skeleton):
        keras.utils.set_random_seed(0)
        sizes = 3 * skeleton.n_joints + 3, 3 * skeleton.n_joints
        self._mirror = skeleton.mirror
        self.of_windows, self.of_films = network(*sizes, strided=True), network(*sizes)

    def __call__(self, takes) -> list[np.ndarray]:
        """Return the joints [n_frames, n_joints, 3] of each sequence, in the axes of the world."""
        films = [observed(take) for take in takes]
        poses = [self.poses(rays[None], seen[None])[0] for rays, seen in films]
        return [p3 @ np.asarray(t.attrs["r"]) for p3, t in zip(poses, takes, strict=True)]

    def poses(self, rays: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Return joints relative to their mean, in the camera's frame, in metres.

        The network sees each film and its mirror image; the poses are the mean of both.

        Args:
            rays: [n, n_frames, n_joints, 2] image points, as in `FilmPairs`.
            seen: [n, n_frames, n_joints] which of them are observed.
        """
        x = np.concatenate(
            [
                features(rays, seen),
                features(rays[:, :, self._mirror] * [-1, 1], seen[:, :, self._mirror]),
            ]
        )
        edges = [(0, 0), (FIELD // 2, FIELD // 2), (0, 0)]
        y = self.of_films(np.pad(x, edges, mode="edge"), training=False).numpy()
        p3, mirrored = np.split(y.reshape(*y.shape[:2], -1, 3), 2)
        return (p3 + mirrored[:, :, self._mirror] * [-1, 1, 1]) / 2

    def error(self, films: FilmPairs) -> float:
        """Return the mean joint error in films, both poses relative to their mean [mm]."""
        p3 = self.poses(films.rays, films.seen)
        return MM_PER_M * float(np.linalg.norm(p3 - _centred(films.p3c), axis=-1).mean())


def trained_on_films(
    params: GanParams, fps: float, errors: Errors, folder: Path, steps: int, holds_out: bool
) -> TemporalRegressor:
    """Return a network, which is trained if it is not yet, with its learning curve in the folder.

    Args:
        params: parameters of the GAN whose training motion it learns.
        fps: frames per second.
        errors: of the detector.
        folder: of its weights and its learning curve.
        steps: number of training steps.
        holds_out: whether some sequences are not learnt, for the learning curve.
    """
    weights = folder / "network.weights.h5"
    motion, skeleton = load_motion(params)
    regressor = TemporalRegressor(skeleton)
    if not weights.exists():
        folder.mkdir(parents=True, exist_ok=True)
        learnt, held_out = split(motion) if holds_out else (motion, None)

        def films(own, n: int, seed: int) -> FilmPairs:
            return film_pairs(own, params, skeleton, fps, errors, n, seed)

        tests = films(held_out, HELD_OUT_FILMS, HELD_OUT_SEED) if held_out else None
        rows = [",".join(Point._fields)]
        for point in _learning(regressor, lambda seed: films(learnt, FILMS, seed), tests, steps):
            rows.append("{},{:.0f},{:.2f},{:.2f}".format(*point))
            (folder / "curve.csv").write_text("\n".join(rows) + "\n")
        regressor.of_films.save_weights(weights)
    regressor.of_films.load_weights(weights)
    return regressor


def features(rays: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return what the network is given of each frame: [n, n_frames, 3·n_joints + 3].

    These are the image points relative to their mean, in units of their spread, which of them are
    observed, and the mean and the logarithm of the spread.

    Args:
        rays: [n, n_frames, n_joints, 2] image points, as in `FilmPairs`.
        seen: [n, n_frames, n_joints] which of them are observed.
    """
    mean = rays.mean(axis=2, keepdims=True)
    spread = (rays - mean).std(axis=(2, 3), keepdims=True)
    # Ten times the mean is as large as the other numbers.
    parts = (rays - mean) / spread, seen, 10 * mean, np.log(spread)
    flat = [part.reshape(*rays.shape[:2], -1) for part in parts]
    return np.concatenate(flat, axis=2).astype(np.float32)


def network(n_in: int, n_out: int, strided: bool = False) -> keras.Model:
    """Return an untrained network; both forms have the same weights.

    Args:
        n_in: number of features of a frame.
        n_out: number of values of a pose.
        strided: whether the input is windows of `FIELD` frames, and the output their middle frames;
            else the input is films, and the output all frames but `FIELD // 2` at either end.
    """
    layers = keras.layers

    def convolution(x, taps: int, hole: int):
        step = {"strides": taps} if strided else {"dilation_rate": hole}
        x = layers.Conv1D(WIDTH, taps, use_bias=False, kernel_initializer="he_normal", **step)(x)
        # The paper has dropout as well. Here every film is new, and 10 % of dropout raises the
        # error on sequences that are held out from 59.0 to 62.6 mm.
        return layers.ReLU()(layers.BatchNormalization()(x))

    inputs = keras.Input([FIELD if strided else None, n_in])
    x = convolution(inputs, TAPS, 1)
    for i in range(1, BLOCKS + 1):
        hole = TAPS**i
        middle = x[:, TAPS // 2 :: TAPS] if strided else x[:, hole:-hole]
        x = convolution(convolution(x, TAPS, hole), 1, 1)
        x = layers.Add()([middle, x])
    small = keras.initializers.RandomNormal(stddev=0.01)  # first poses of some decimetres
    return keras.Model(inputs, layers.Conv1D(n_out, 1, kernel_initializer=small)(x))


def _learning(
    regressor: TemporalRegressor, draw, tests: FilmPairs | None, steps: int
) -> Iterator[Point]:
    """Train a network; yield the points of its learning curve.

    Args:
        regressor: the network.
        draw: function from a seed to films.
        tests: films of sequences that are held out; None where none is.
        steps: number of training steps.
    """
    model, began = regressor.of_windows, time.perf_counter()
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(keras.optimizers.Adam(rate), _joint_error)
    step, films, errors = 0, 0, []
    while step < steps:
        for window, pose in _windows(draw(films), films):
            if step < steps:
                model.reset_metrics()
                errors.append(model.train_on_batch(window, pose))
                step += 1
        films += 1
        if films % HELD_OUT_EVERY == 0 or step == steps:
            regressor.of_films.set_weights(model.get_weights())
            held_out = regressor.error(tests) if tests else float("nan")
            learnt, errors = MM_PER_M * float(np.mean(errors)), []
            yield Point(step, time.perf_counter() - began, learnt, held_out)


def _windows(films: FilmPairs, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield batches of windows and their middle poses; each frame of the films is a middle once."""
    x = features(films.rays, films.seen)
    y = _centred(films.p3c).reshape(len(x), FRAMES, -1)
    around = np.arange(FIELD) - FIELD // 2
    order = np.random.default_rng(seed).permutation(len(x) * FRAMES)
    for rows in np.split(order, range(BATCH, len(order), BATCH)):
        film, frame = np.divmod(rows, FRAMES)
        # Beyond the ends of a film stands its first or last frame, as in `TemporalRegressor`.
        frames = np.clip(frame[:, None] + around, 0, FRAMES - 1)
        yield x[film[:, None], frames], y[film, frame][:, None]


def _centred(p3: np.ndarray) -> np.ndarray:
    """Return joints relative to their mean."""
    return p3 - p3.mean(axis=-2, keepdims=True)


def _joint_error(truth, p3):
    """Return the mean distance of joints [batch], as in the paper."""
    joints = keras.ops.reshape(p3 - truth, [-1, truth.shape[-1] // 3, 3])
    return keras.ops.mean(keras.ops.sqrt(keras.ops.sum(joints**2, axis=-1) + 1e-12), axis=-1)
