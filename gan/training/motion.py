"""The motion that a temporal network learns: the sequences of the GAN's data, cut into films."""

import itertools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gan.params import GanParams
from gan.seeds import Purpose, stream
from gan.training.data import weights_of_poses
from gan.training.draw import Draw
from gan.training.rarity import rows_by_rarity
from human_pose_util.dataset import DatasetSpec, load_dataset, normalized_poses, one_view_each
from human_pose_util.errors import DataError
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton

LARGEST_RATE = 60.0
"""Sequences are learnt at no higher rate [Hz]: people do not move that fast."""

RATES = (3.0, 60.0)
"""Bounds of the rate of a virtual film [Hz]; its logarithm is uniform. A film of less than 4 Hz is
nothing but gaps (`gan.networks.time_taps`): frames that stand for themselves."""

SPEEDS = (0.7, 1.4)
"""Bounds of the factor by which the motion in a film is faster; its logarithm is uniform."""


class Motion(NamedTuple):
    """The frames of all sequences, one sequence after the other.

    Attributes:
        poses: [n, n_joints, 3] float32 poses in subject heights, the root above the origin, facing
            front.
        yaw: [n] float32 angles about the vertical by which they are turned in the world [rad].
        place: [n, 2] float32 x and y of their roots in the world.
        first: [n] int32 number of the first frame of each frame's sequence.
        last: [n] int32 number of its last frame.
        rate: [n] float32 its frame rate [Hz].
        drawn: [m] int32 numbers of the frames that films are to show, rare poses as often as the
            GAN's parameters say.
    """

    poses: np.ndarray
    yaw: np.ndarray
    place: np.ndarray
    first: np.ndarray
    last: np.ndarray
    rate: np.ndarray
    drawn: np.ndarray


class Films(NamedTuple):
    """Motion at the times of films' frames; the frames of a film follow each other.

    Attributes:
        poses: [n·n_frames, n_joints, 3] as in `Motion`.
        yaw: [n·n_frames] as in `Motion`.
        place: [n·n_frames, 2] as in `Motion`.
        times: [n, n_frames] times of the frames [s].
    """

    poses: tf.Tensor
    yaw: tf.Tensor
    place: tf.Tensor
    times: tf.Tensor


def load_motion(params: GanParams) -> tuple[Motion, Skeleton]:
    """Load the motion that a GAN's data sets hold, at up to `LARGEST_RATE`.

    Args:
        params: the parameters of the GAN; its data sets, `rarity`, `more_weight` and `seed` matter.

    Returns:
        The motion and its skeleton.

    Raises:
        SpecError: a specification does not fit its data set.
        DataError: files are missing or broken, or no sequence has a frame rate.
    """
    specs = map(_at_full_rate, (params.dataset, *params.more_datasets))
    datasets = [load_dataset(spec, default_mode="train") for spec in specs]
    skeleton = get_skeleton(datasets[0].attrs["skeleton_id"])
    takes_of_sets = [
        [take for sequence in one_view_each(dataset).values() for take in _takes(sequence)]
        for dataset in datasets
    ]
    takes = list(itertools.chain.from_iterable(takes_of_sets))
    if not takes:
        name = params.dataset.type
        raise DataError(f"temporal_proposal: data set {name!r} has no sequence with a frame rate")
    n_frames = [len(p3w) for p3w, _ in takes]
    p3w = np.concatenate([p3w for p3w, _ in takes])
    poses = normalized_poses(p3w, skeleton).astype(np.float32)
    stops = np.cumsum(n_frames)
    weight = weights_of_poses(params, sum(n_frames[: len(takes_of_sets[0])]), len(poses))
    seed = stream(params.seed, Purpose.RARE_FRAMES)
    drawn = rows_by_rarity(poses, params.rarity, weight, seed)
    return Motion(
        poses=poses,
        yaw=skeleton.front_angle(p3w).astype(np.float32),
        place=p3w[:, skeleton.root_index, :2].astype(np.float32),
        first=np.repeat(stops - n_frames, n_frames).astype(np.int32),
        last=np.repeat(stops - 1, n_frames).astype(np.int32),
        rate=np.repeat([rate for _, rate in takes], n_frames).astype(np.float32),
        drawn=drawn.astype(np.int32),
    ), skeleton


def cut(motion: Motion, n_frames: int, draw: Draw, rates: tuple[float, float] = RATES) -> Films:
    """Cut films out of motion, at random moments, rates and speeds.

    Where a film is longer than its sequence, the sequence goes back and forth.

    Args:
        motion: the motion, as tensors.
        n_frames: number of frames of a film.
        draw: source of random numbers for the films.
        rates: bounds of the rate of a film [Hz].
    """
    row = tf.gather(motion.drawn, draw.rows(tf.shape(motion.drawn)[0]))
    rate = draw.log_uniform(Purpose.RATE, *rates)[:, None]
    speed = draw.log_uniform(Purpose.SPEED, *SPEEDS)[:, None]
    # The frame that was drawn is at time 0, anywhere in the film: the ends are learnt as well.
    shown = tf.floor(draw.uniform(Purpose.SHOWN, 0.0, float(n_frames)))[:, None]
    times = (tf.range(n_frames, dtype=tf.float32) - shown) / rate
    first, last = tf.gather(motion.first, row), tf.gather(motion.last, row)
    length = tf.cast(last - first, tf.float32)[:, None]
    # The moment of a film's frame, in frames of the sequence.
    moment = tf.cast(row - first, tf.float32)[:, None]
    moment += times * speed * tf.gather(motion.rate, row)[:, None]
    # Back and forth: a triangular wave between the first and the last frame.
    moment = length - tf.abs(length - tf.math.floormod(moment, tf.maximum(2 * length, 1.0)))
    before = tf.clip_by_value(tf.floor(moment), 0.0, tf.maximum(length - 1, 0.0))
    share = tf.reshape(moment - before, [-1])
    before = tf.reshape(tf.cast(before, tf.int32) + first[:, None], [-1])
    after = tf.minimum(before + 1, tf.repeat(last, n_frames))

    def interpolated(values: tf.Tensor, difference=tf.subtract) -> tf.Tensor:
        """Values of the motion at the moments, in a row: [n·n_frames, ...]."""
        one, other = tf.gather(values, before), tf.gather(values, after)
        own_share = tf.reshape(share, [-1, *[1] * (values.shape.rank - 1)])
        return one + own_share * difference(other, one)

    return Films(
        interpolated(motion.poses),
        interpolated(motion.yaw, _angle_difference),
        interpolated(motion.place),
        times,
    )


def _angle_difference(other: tf.Tensor, one: tf.Tensor) -> tf.Tensor:
    """The shorter way round: between 179° and −179° lie two degrees, not 358 [rad]."""
    return tf.math.floormod(other - one + np.pi, 2 * np.pi) - np.pi


def _at_full_rate(spec: DatasetSpec) -> DatasetSpec:
    """The specification at the data's own rate, scaled to the subjects' heights or as it says."""
    kwargs = spec.normalize_kwargs.model_copy(update={"fps": None})
    return spec.model_copy(update={"normalize_kwargs": kwargs})


def _takes(sequence) -> list[tuple[np.ndarray, float]]:
    """The stretches of complete frames of a sequence, in float64, and their rate."""
    fps = sequence.attrs.get("fps")
    if fps is None:
        return []
    stride = int(np.ceil(fps / LARGEST_RATE - 1e-6))
    p3w = np.asarray(sequence["p3w"][::stride], np.float64)
    is_complete = np.isfinite(p3w).all(axis=(1, 2))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_complete.astype(int), [0]])))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(p3w[start:stop], fps / stride) for start, stop in pairs if stop - start > 1]
