"""The normalised view: how a proposal network sees a person, whatever the camera.

A network that is given image points of any camera has to learn about focal lengths, about places in
the image, about sizes and about rolls. The normalised view takes all of these away:

1. Image points become rays (x/z, y/z): the focal length and the principal point no longer matter.
2. The camera is turned about its own centre until the middle of the person lies on the optical axis
   and the world's vertical is upright in the image. A turn about the centre changes the image by a
   known map (the rays turn as well), so no information is lost, and it needs no depth.
3. Points are taken relative to their mean and divided by their spread, the root mean square
   distance from it. A person far away and a person near by look alike.

What the normalisation takes away and the network can use is added to the features: the spread (a
large one means that the person is near, with strong perspective), the direction of the vertical,
which is the camera's pitch, and whether that direction is known.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gan.networks.proposal_inputs import FrameInputs

LARGEST = 6.0
"""Bound of an image point in units of the spread: a point beyond is an error of a detector."""

UPRIGHT = (0.0, -1.0, 0.0)
"""Up in the frame of a camera that is held upright: the assumption for an unknown camera."""


class View(NamedTuple):
    """Frames in the normalised view.

    Attributes:
        features: [n, n_features(n_joints)] the inputs of the network.
        rotation: [n, 3, 3] rotations from the camera's frame to the view's.
        spread: [n] the spread of the person.
    """

    features: tf.Tensor
    rotation: tf.Tensor
    spread: tf.Tensor


N_COMMON = 5
"""Number of features of a frame that belong to no joint, the last ones: the logarithm of the
spread, the direction of the vertical (3), and whether it is known."""


def n_features(n_joints: int) -> int:
    """The number of features of a frame.

    They are the points (2 for each joint), which joints are seen (1 each), and `N_COMMON` others.
    """
    return 3 * n_joints + N_COMMON


def joint_features(n_joints: int) -> np.ndarray:
    """The columns [n_joints, 3] of each joint's features: x, y, and whether the joint is seen."""
    j = np.arange(n_joints)
    return np.stack([2 * j, 2 * j + 1, 2 * n_joints + j], axis=1)


def common_features(n_joints: int) -> np.ndarray:
    """The columns [N_COMMON] of the features that belong to no joint."""
    return np.arange(3 * n_joints, n_features(n_joints))


def view(inputs: FrameInputs, hops: np.ndarray) -> View:
    """Bring frames into the normalised view.

    Args:
        inputs: n frames of any camera.
        hops: [n_joints, n_joints] number of bones between joints, as `Skeleton.hops`.

    Returns:
        Features and rotations of the frames.
    """
    seen, up = inputs.seen, inputs.up
    n_joints = seen.shape[1]
    rays = _with_stand_ins(inputs.rays, seen, hops)
    directions = tf.pad(rays, [[0, 0], [0, 0], [0, 1]], constant_values=1.0)
    middle = tf.reduce_mean(tf.math.l2_normalize(directions, axis=-1), axis=1)
    rotation = _look_at(middle, up)
    turned = tf.matmul(directions, rotation, transpose_b=True)
    points = turned[..., :2] / tf.maximum(turned[..., 2:], 1e-2)  # not behind the camera
    points -= tf.reduce_mean(points, axis=1, keepdims=True)
    spread = tf.sqrt(tf.reduce_mean(points**2, axis=[1, 2], keepdims=True) * 2 + 1e-8)
    points = tf.clip_by_value(points / spread, -LARGEST, LARGEST)
    known = inputs.up_known[:, None]
    parts = (
        tf.reshape(points, [-1, 2 * n_joints]),
        seen,
        tf.math.log(spread[:, 0]) + 1.5,  # about 0 for a person at a usual distance
        known * tf.linalg.matvec(rotation, up),
        known,
    )
    return View(tf.concat(parts, axis=1), rotation, spread[:, 0, 0])


def _with_stand_ins(rays: tf.Tensor, seen: tf.Tensor, hops: np.ndarray) -> tf.Tensor:
    """Rays in which the seen joint that is fewest bones away stands in for one that is not seen.

    That is nearer to the truth than any constant. No two joints are 2·n_joints bones apart, so
    adding this distance to joints that are not seen puts all seen ones before them. A joint that is
    seen is its own nearest one. Where no joint is seen, all rays are 0.
    """
    n_joints = rays.shape[1]
    distance = tf.constant(hops, tf.float32) + 2 * n_joints * (1 - seen[:, None])
    rays = tf.gather(rays, tf.argmin(distance, axis=2), batch_dims=1)
    return rays * tf.reduce_max(seen, axis=1)[:, None, None]


def _look_at(axis: tf.Tensor, up: tf.Tensor) -> tf.Tensor:
    """Rotations [n, 3, 3] into frames with z along `axis` and `up` in the plane of y and z.

    The rows of a rotation are the axes of the new frame: x is at a right angle to z and to up, and
    y completes the two. Where the camera looks straight up or down, z and `up` are parallel; the
    camera's own y axis then takes the place of the vertical.
    """
    z = tf.math.l2_normalize(axis, axis=1)
    side = tf.linalg.cross(z, up)
    has_side = tf.reduce_sum(side**2, axis=1, keepdims=True) > 1e-4
    other = tf.linalg.cross(tf.constant([[0.0, 1.0, 0.0]]) + 0 * z, z)
    x = tf.math.l2_normalize(tf.where(has_side, side, other), axis=1)
    return tf.stack([x, tf.linalg.cross(z, x), z], axis=1)
