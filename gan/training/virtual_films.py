"""Examples for a temporal network: motion as virtual cameras and detectors would film it.

A film is to a motion what a virtual camera's view (`gan.training.virtual_cameras`) is to a pose. A
film's camera stands; a camera that turns would make the same views. What a detector gets wrong in a
frame it often gets wrong in the next one: noise is slow in part, joints are missing for a while,
and left and right are exchanged for some frames.
"""

from typing import NamedTuple

import tensorflow as tf

from gan.networks.normalized_view import view
from gan.networks.proposal_inputs import FrameInputs
from gan.networks.temporal_network import view_motion
from gan.params import GanParams
from gan.seeds import Purpose
from gan.training.augment import augmented, is_mirrored
from gan.training.draw import Draw
from gan.training.motion import Films
from gan.training.virtual_cameras import Cameras, cameras, noise_unit, shown_by_layouts
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import rotation_about

NEAREST_JOINT = 0.7
"""Least distance of a joint from the camera's plane in any frame [subject heights]."""

SLOW_SHARE = 0.5
"""Share of the variance of the noise that changes slowly."""

RUN = 8
"""Number of frames in which slow noise changes, and for which a joint stays missing."""

EXCHANGED_SHARE, LONGEST_EXCHANGE = 0.1, 10
"""Share of the films in which left and right are exchanged for a while, at most so many frames."""

STEADY_SHARE = 0.7
"""Share of the films of which the network is given how the view moves."""


class FilmExamples(NamedTuple):
    """Examples of films.

    Attributes:
        features: [n, n_frames, n_features] what the network is given of each frame.
        to_view: [n, n_frames, 3, 3] rotations from the camera's frame, which does not turn, to the
            views.
        motion: [n, n_frames, N_MOTION] how the views move.
        times: [n, n_frames] times of the frames [s].
        viewed: [n, n_frames, n_joints, 3] what it is to propose: poses relative to their mean, in
            the frames of the normalised views.
        local: [n, n_frames, n_joints, 3] the poses as the generator makes them, relative to their
            mean.
    """

    features: tf.Tensor
    to_view: tf.Tensor
    motion: tf.Tensor
    times: tf.Tensor
    viewed: tf.Tensor
    local: tf.Tensor


def film_examples(films: Films, params: GanParams, skeleton: Skeleton, draw: Draw) -> FilmExamples:
    """See every film through a camera of its own.

    Args:
        films: motion at the times of the films' frames.
        params: the parameters of the GAN: how poses are changed (`gan.training.augment`), and, as
            for single frames, how observations are spoilt.
        skeleton: the skeleton of the poses.
        draw: source of random numbers for the films.
    """
    n, n_frames = films.times.shape
    n_joints, spoilt = skeleton.n_joints, params.required_proposal()
    local, p3w = in_world(films, params, skeleton, draw)
    local, p3w = (tf.reshape(p3, [n, n_frames, n_joints, 3]) for p3 in (local, p3w))
    camera = cameras(draw, spoilt.unplaced_share)

    noise = draw.severity(Purpose.NOISE_STD, spoilt.noise, spoilt.spoilt_share)
    missing = draw.severity(Purpose.MISSING_SHARE, spoilt.missing, spoilt.spoilt_share)
    rays = _rays(p3w, camera)
    rays, seen = detected(rays, noise, missing, EXCHANGED_SHARE, draw, skeleton)
    seen *= shown_by_layouts(draw, skeleton, spoilt.layout_share)[:, None]

    # The view of a frame does not depend on other frames, so frames are examples of their own here;
    # a film's camera is that of all its frames.
    flat = tf.reshape(rays, [-1, n_joints, 2]), tf.reshape(seen, [-1, n_joints])
    up, known = (tf.repeat(a, n_frames, axis=0) for a in (camera.up, camera.known))
    frames = view(FrameInputs(*flat, up, known), skeleton.hops)
    is_steady = tf.cast(draw.uniform(Purpose.STEADY) < STEADY_SHARE, tf.float32)
    to_view = tf.reshape(frames.rotation, [n, n_frames, 3, 3])
    motion = view_motion(frames, to_view, films.times, is_steady)
    # From the world to the camera's frame, and from there to the view: what the network proposes is
    # the pose as the view shows it.
    turn = to_view @ camera.rotation[:, None]
    viewed = tf.matmul(p3w - tf.reduce_mean(p3w, axis=2, keepdims=True), turn, transpose_b=True)
    features = tf.reshape(frames.features, [n, n_frames, frames.features.shape[1]])
    local -= tf.reduce_mean(local, axis=2, keepdims=True)
    return FilmExamples(features, to_view, motion, films.times, viewed, local)


def in_world(
    films: Films, params: GanParams, skeleton: Skeleton, draw: Draw
) -> tuple[tf.Tensor, tf.Tensor]:
    """Change the poses of films at random, as the parameters of a GAN say.

    Args:
        films: motion at the times of the films' frames.
        params: the parameters (`gan.training.augment`).
        skeleton: the skeleton of the poses.
        draw: source of random numbers for the films.

    Returns:
        The poses [n·n_frames, n_joints, 3] in subject heights, first facing front, then where they
        are in the world.
    """
    local = augmented(films.poses, params, skeleton, draw)
    yaw, place = films.yaw, films.place
    # `augmented` mirrors poses, which face front. Turns and places in the world are mirrored here,
    # in the same films, at the plane x = 0.
    if params.mirror:
        sign = tf.repeat(tf.where(is_mirrored(draw), -1.0, 1.0), films.times.shape[1])
        yaw, place = sign * yaw, tf.stack([sign * place[:, 0], place[:, 1]], axis=1)
    p3w = tf.matmul(local, rotation_about(yaw, "z"), transpose_b=True)
    return local, p3w + tf.pad(place, [[0, 0], [0, 1]])[:, None]


def _rays(p3w: tf.Tensor, camera: Cameras) -> tf.Tensor:
    """Image points [n, n_frames, n_joints, 2] of poses [n, n_frames, n_joints, 3] in the world."""
    # The camera's place is that of the person in the middle of the film.
    middle = tf.reduce_mean(p3w[:, p3w.shape[1] // 2], axis=1)[:, None, None]
    p3c = tf.matmul(p3w - middle, camera.rotation[:, None], transpose_b=True)
    p3c += camera.place[:, None, None]
    # Someone who walks up to the camera would pass through it: the whole film moves away instead,
    # so that the motion stays.
    too_near = tf.nn.relu(NEAREST_JOINT - tf.reduce_min(p3c[..., 2], axis=[1, 2]))
    p3c += too_near[:, None, None, None] * tf.constant([0.0, 0.0, 1.0])
    return p3c[..., :2] / p3c[..., 2:] * camera.zoom[:, None, None, None]


def detected(
    rays: tf.Tensor,
    noise: tf.Tensor,
    missing: tf.Tensor,
    exchanged: float,
    draw: Draw,
    skeleton: Skeleton,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Spoil the image points of films as a detector does.

    Args:
        rays: [n, n_frames, n_joints, 2] image points.
        noise: [n] standard deviation of the noise of each film (`noise_unit`).
        missing: [n] share of the joints that are missing in each film.
        exchanged: share of the films in which left and right are exchanged for a while.
        draw: source of random numbers.
        skeleton: the skeleton of the joints.

    Returns:
        rays: [n, n_frames, n_joints, 2] image points with errors.
        seen: [n, n_frames, n_joints] 1 where a joint is observed, 0 where it is missing.
    """
    seen = _observed(missing, rays.shape[1:3], draw)
    std = noise[:, None] * noise_unit(rays)
    rays += std[..., None, None] * _noise(rays.shape[1:3], draw)
    return _with_exchanges(rays, seen, exchanged, draw, skeleton)


def _observed(missing: tf.Tensor, shape: tuple[int, int], draw: Draw) -> tf.Tensor:
    """[n, n_frames, n_joints] 1 where a joint is observed, 0 where it is missing.

    In half of the films single observations are missing, in the others runs of them.

    Args:
        missing: [n] share of the joints that are missing in each film.
        shape: (n_frames, n_joints).
        draw: source of random numbers.
    """
    n_frames, n_joints = shape
    single = draw.uniform(Purpose.MISSING, shape=(n_frames, n_joints))
    of_runs = draw.uniform(Purpose.SLOW_MISSING, shape=(-(-n_frames // RUN), n_joints))
    slow = tf.repeat(of_runs, RUN, axis=1)[:, :n_frames]
    is_slow = (draw.uniform(Purpose.IS_SLOW) < 0.5)[:, None, None]
    return tf.cast(tf.where(is_slow, slow, single) >= missing[:, None, None], tf.float32)


def _noise(shape: tuple[int, int], draw: Draw) -> tf.Tensor:
    """[n, n_frames, n_joints, 2] normal numbers that are slow in part.

    Args:
        shape: (n_frames, n_joints).
        draw: source of random numbers.
    """
    n_frames, n_joints = shape
    knots = draw.normal(Purpose.SLOW_NOISE, 1.0, (n_frames // RUN + 2, n_joints, 2))
    place = tf.range(n_frames) / RUN
    before, share = tf.cast(place, tf.int32), tf.cast(place - tf.floor(place), tf.float32)
    share = share[:, None, None]
    # Between two knots the mixture of two normal numbers keeps the standard deviation 1.
    slow = tf.gather(knots, before, axis=1) * tf.sqrt(1 - share)
    slow += tf.gather(knots, before + 1, axis=1) * tf.sqrt(share)
    fast = draw.normal(Purpose.NOISE, (1 - SLOW_SHARE) ** 0.5, (n_frames, n_joints, 2))
    return SLOW_SHARE**0.5 * slow + fast


def _with_exchanges(
    rays: tf.Tensor, seen: tf.Tensor, share: float, draw: Draw, skeleton: Skeleton
) -> tuple[tf.Tensor, tf.Tensor]:
    """Observations in which a detector takes left for right for a while in a share of the films."""
    n_frames = rays.shape[1]
    has_exchange = tf.cast(draw.uniform(Purpose.EXCHANGED) < share, tf.float32)
    length = has_exchange * draw.uniform(Purpose.EXCHANGE_LENGTH, 1.0, LONGEST_EXCHANGE)
    first = draw.uniform(Purpose.EXCHANGE_START, 0.0, float(n_frames))[:, None]
    frame = tf.range(n_frames, dtype=tf.float32)
    is_exchanged = ((frame >= first) & (frame < first + length[:, None]))[..., None]
    # What is seen goes with its place: a missing left wrist becomes a missing right one.
    mirror = skeleton.mirror
    rays = tf.where(is_exchanged[..., None], tf.gather(rays, mirror, axis=2), rays)
    return rays, tf.where(is_exchanged, tf.gather(seen, mirror, axis=2), seen)
