"""Films from which supervised networks learn, and the errors of a detector in them.

The motion is that from which a GAN's proposal network for films learns: sequences of the training
data, mirrored, at other speeds and with other bodies, as the GAN's parameters say. Every film has a
camera of its own, as every pose has for `bench.regression.random_cameras`; it stands.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from bench.regression import HEIGHT, Pairs, random_extrinsics
from gan.params import GanParams
from gan.seeds import Purpose
from gan.training.draw import Draw
from gan.training.motion import Motion, cut
from gan.training.virtual_films import detected, in_world
from human_pose_util.dataset import PoseSequence
from human_pose_util.skeleton import S24, Skeleton
from human_pose_util.transforms import transform_frame

FRAMES = 160  # of a film
NEAREST = 1.0  # least distance of a joint from the camera's plane, metres
HELD_OUT = 16  # one training sequence in so many is held out for a learning curve


class Errors(NamedTuple):
    """What a detector gets wrong in films of `FRAMES` frames.

    Attributes:
        noise: standard deviation of image points, in the unit of `noise_unit`.
        missing: share of the joints that are missing.
        exchanged: share of the films in which left and right are exchanged for up to ten frames.
    """

    noise: float
    missing: float
    exchanged: float


EXACT, DETECTED = Errors(0.0, 0.0, 0.0), Errors(0.06, 0.2, 0.5)


class FilmPairs(NamedTuple):
    """Films: what is observed, and the truth.

    Attributes:
        rays: [n, n_frames, n_joints, 2] image points for the focal length 1, about the principal
            point; what is missing is interpolated.
        seen: [n, n_frames, n_joints] 1 for an observed joint, 0 for a missing one.
        p3c: [n, n_frames, n_joints, 3] joints in the camera's frame, metres.
    """

    rays: np.ndarray
    seen: np.ndarray
    p3c: np.ndarray

    def frames(self, stride: int) -> Pairs:
        """Return every so many frames of all films as pairs of a 2D and a 3D pose."""
        chosen = self.rays[:, ::stride], self.p3c[:, ::stride]
        return Pairs(*(a.reshape(-1, *a.shape[2:]) for a in chosen))


def split(motion: Motion) -> tuple[Motion, Motion]:
    """Return the motion to learn from, and the sequences that are held out."""
    numbers = np.unique(motion.first, return_inverse=True)[1]  # of the frames' sequences
    is_held_out = (numbers % HELD_OUT == HELD_OUT // 2)[motion.drawn]
    learnt, held_out = motion.drawn[~is_held_out], motion.drawn[is_held_out]
    return motion._replace(drawn=learnt), motion._replace(drawn=held_out)


def film_pairs(
    motion: Motion,
    params: GanParams,
    skeleton: Skeleton,
    fps: float,
    errors: Errors,
    n: int,
    seed: int,
) -> FilmPairs:
    """Return films of `FRAMES` frames through random cameras.

    Args:
        motion: the motion.
        params: parameters of the GAN that varies its training poses, as these are varied.
        skeleton: the skeleton of the motion.
        fps: frames per second.
        errors: of the detector, on average: noise and missing share are uniform up to twice those.
        n: number of films.
        seed: of everything that is random.
    """
    rng, draw = np.random.default_rng(seed), Draw(n, seed)
    motion = Motion(*map(tf.convert_to_tensor, motion))
    _, p3w = in_world(cut(motion, FRAMES, draw, (fps, fps)), params, skeleton, draw)
    p3w = HEIGHT * p3w.numpy().reshape(n, FRAMES, -1, 3)
    p3w -= p3w[:, FRAMES // 2].mean(axis=1)[:, None, None]
    r, t = random_extrinsics(n, rng)
    p3c = transform_frame(p3w, r[:, None], t[:, None]).astype(np.float32)
    p3c[..., 2] += np.maximum(NEAREST - p3c[..., 2].min(axis=(1, 2)), 0)[:, None, None]
    noise = 2 * errors.noise * draw.uniform(Purpose.NOISE_STD)
    missing = 2 * errors.missing * draw.uniform(Purpose.MISSING_SHARE)
    rays, seen = detected(
        p3c[..., :2] / p3c[..., 2:], noise, missing, errors.exchanged, draw, skeleton
    )
    filled = [interpolated(*film) for film in zip(rays.numpy(), seen.numpy(), strict=True)]
    return FilmPairs(np.stack(filled), seen.numpy(), p3c)


def interpolated(rays: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return a film's image points [n_frames, n_joints, 2] with missing ones between their next.

    Args:
        rays: [n_frames, n_joints, 2] image points.
        seen: [n_frames, n_joints] 0 where one is missing.
    """
    filled, frames = rays.copy(), np.arange(len(rays))
    for j in np.flatnonzero(seen.any(axis=0) & ~seen.all(axis=0)):
        rows = np.flatnonzero(seen[:, j])
        for k in range(2):
            filled[:, j, k] = np.interp(frames, rows, rays[rows, j, k])
    return filled


def spoilt(take: PoseSequence, errors: Errors, seed: int) -> PoseSequence:
    """Return a sequence whose image points have a detector's errors; missing ones are NaN.

    Args:
        take: a sequence of s24.
        errors: of the detector.
        seed: of the random numbers.
    """
    if errors == EXACT:
        return take
    p2 = np.array(take["p2"], np.float32)
    films = -(-len(p2) // FRAMES)
    whole = np.pad(p2, [(0, films * FRAMES - len(p2)), (0, 0), (0, 0)], mode="edge")
    whole = whole.reshape(films, FRAMES, -1, 2)
    draw = Draw(films, seed)
    noise, missing = tf.fill([films], errors.noise), tf.fill([films], errors.missing)
    points, seen = detected(whole, noise, missing, errors.exchanged, draw, S24)
    points = np.where(seen[..., None] > 0, points, np.nan).reshape(-1, *p2.shape[1:])[: len(p2)]
    arrays = {"p3w": take["p3w"], "p3c": take["p3c"], "p2": points}
    return PoseSequence(arrays, take.attrs)


def observed(take: PoseSequence) -> tuple[np.ndarray, np.ndarray]:
    """Return the image points of a sequence as `FilmPairs.rays`, and which are seen."""
    p2 = np.array(take["p2"], np.float64)
    seen = np.isfinite(p2).all(axis=2).astype(np.float32)
    rays = np.nan_to_num(p2 - take.attrs["c"]) / take.attrs["f"]
    return interpolated(rays.astype(np.float32), seen), seen
