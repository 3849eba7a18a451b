"""Examples for a proposal network: 3D poses as virtual cameras and detectors would see them.

No real camera takes part, and none has to: distance, direction, pitch and roll are drawn at random
from ranges wide enough for any, so that one network serves every camera.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gan.networks.normalized_view import UPRIGHT, view
from gan.networks.proposal_inputs import FrameInputs
from gan.proposal_params import ProposalParams
from gan.seeds import Purpose
from gan.training.draw import Draw
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.mapping import keypoint_mapping
from human_pose_util.transforms import LEVEL, rotation_about

NEAREST, FARTHEST = 1.3, 10.0
"""Bounds of the camera's distance [subject heights]; its logarithm is uniform."""

PITCH, PITCH_STD, ROLL_STD = 0.15, 0.35, 0.1
"""Mean pitch and standard deviations of pitch and roll [rad]; a positive pitch looks down. Cameras
of people look down by 0.1 to 0.4. With a mean of 0.1 and a standard deviation of 0.25, eleven films
have errors of 27.1 instead of 26.8 mm before cameras at the height of a head, and of 26.4 instead
of 25.3 mm before cameras 4.5 m high. With 0.2 and 0.5 they have 27.3 and 25.0 mm."""

UNKNOWN_ROLL_STD, ROLLED_STD, ROLLED_SHARE = 0.12, 0.5, 0.2
"""Standard deviations of the roll of a camera that is unknown [rad], for most cameras, which are
nearly level, and for a share that is rolled on purpose. Nothing turns the view of an unknown camera
upright, as the vertical does for a known one, and the lift of films turns the images of cameras
back that are found to be rolled. Of a roll of 25 degrees, networks find 22 in the median of eleven
films (`mocap_best`; 19 with `cmu`); without the share they find 16 and 8."""

DETECTOR_LAYOUTS = (
    "coco17", "coco18", "body25", "body25b", "coco23", "halpe26", "halpe136", "wholebody133",
    "blazepose33", "openpose15", "mpii16", "lsp14", "crowdpose14",
)  # fmt: skip
"""Keypoints of the detectors that a network learns to expect. A list of its own, because a further
format of keypoints must not change what a training draws."""

OFF_AXIS = 0.25
"""Standard deviation of the person's place in the image, as x/z and y/z."""

FOCAL_STD = 0.25
"""Standard deviation of the error of log f where the camera is unknown: in films it is 0.33 before
the calibration, and 0.23 after it. With 0.15, errors of films are larger by 1 to 2 %."""


class Cameras(NamedTuple):
    """Virtual cameras, one for each person.

    Attributes:
        rotation: [n, 3, 3] rotations from the world's frame (z up) to the camera's.
        place: [n, 3] the person's middle in the camera's frame [subject heights].
        zoom: [n] the factor by which image points are off, as the focal length is.
        up: [n, 3] what is known of the vertical in the camera's frame.
        known: [n] 1 where the camera is known; else the zoom is off, and the vertical a guess.
    """

    rotation: tf.Tensor
    place: tf.Tensor
    zoom: tf.Tensor
    up: tf.Tensor
    known: tf.Tensor


def cameras(draw: Draw, unplaced_share: float) -> Cameras:
    """Draw cameras.

    Args:
        draw: source of random numbers.
        unplaced_share: share of the cameras that are unknown.
    """
    is_known = draw.uniform(Purpose.KNOWN) >= unplaced_share
    # The person turns about the vertical, z up becomes y down, and the camera pitches and rolls.
    is_rolled = draw.uniform(Purpose.ROLLED) < ROLLED_SHARE
    unknown_std = tf.where(is_rolled, ROLLED_STD, UNKNOWN_ROLL_STD)
    roll_std = tf.where(is_known, ROLL_STD, unknown_std)
    rotation = (
        rotation_about(roll_std * draw.normal(Purpose.ROLL, 1.0), "z")
        @ rotation_about(PITCH + draw.normal(Purpose.PITCH, PITCH_STD), "x")
        @ tf.constant(LEVEL, tf.float32)
        @ rotation_about(draw.uniform(Purpose.YAW, -3.1416, 3.1416), "z")
    )
    depth = draw.log_uniform(Purpose.DEPTH, NEAREST, FARTHEST)[:, None]
    place = tf.concat([depth * draw.normal(Purpose.PLACE, OFF_AXIS, (2,)), depth], axis=1)
    # Of an unknown camera neither the focal length is right nor the vertical given.
    zoom = tf.where(is_known, 1.0, tf.exp(draw.normal(Purpose.ZOOM, FOCAL_STD)))
    up = tf.where(is_known[:, None], rotation[:, :, 2], tf.constant([UPRIGHT]))
    return Cameras(rotation, place, zoom, up, tf.cast(is_known, tf.float32))


def noise_unit(rays: tf.Tensor) -> tf.Tensor:
    """The unit in which the noise of image points is drawn: the spread of all their coordinates.

    It is the standard deviation of the x and y of all joints about one mean of both. So it is the
    spread of the person's image on the optical axis and grows away from it: the median is 1.5 times
    that spread, for people 5 to 10 heights away 2.7 times. Small people get more noise for their
    size, as they do from detectors. (docs/trials.md compares it with the spread alone.)

    Args:
        rays: [..., n_joints, 2] image points.

    Returns:
        [...] the unit.
    """
    return tf.math.reduce_std(rays, axis=[-2, -1])


def shown_by_layouts(draw: Draw, skeleton: Skeleton, share: float) -> tf.Tensor:
    """Draw which joints detectors show.

    A detector never shows some joints: of 24 joints of motion capture, the keypoints of COCO-17
    show 12. A network that misses joints at random only does not learn what these 12 tell.

    Args:
        draw: source of random numbers.
        skeleton: the skeleton of the poses.
        share: share of the examples that a detector shows, each one of `DETECTOR_LAYOUTS` as often.

    Returns:
        [n, n_joints] 1 where a joint is shown, else 0; all joints where there is no detector.

    Raises:
        SpecError: a skeleton that has too little in common with the keypoints of detectors.
    """
    if not share:  # the skeleton may then be one that no detector shows
        return tf.ones([draw.n, skeleton.n_joints])
    # Within a compiled loop this is a constant: layouts are looked up once, when it is traced.
    layouts = np.stack(
        [keypoint_mapping(skeleton, get_skeleton(k)).observed for k in DETECTOR_LAYOUTS]
    )
    shown = tf.cast(layouts, tf.float32)
    layout = tf.cast(draw.uniform(Purpose.LAYOUT, 0.0, float(len(DETECTOR_LAYOUTS))), tf.int32)
    is_detector = draw.uniform(Purpose.DETECTOR)[:, None] < share
    return tf.where(is_detector, tf.gather(shown, layout), 1.0)


def examples(
    poses: tf.Tensor, skeleton: Skeleton, params: ProposalParams, draw: Draw
) -> tuple[tf.Tensor, tf.Tensor]:
    """See every pose through a camera of its own.

    Args:
        poses: [n, n_joints, 3] in subject heights, z up.
        skeleton: the skeleton of the poses.
        params: how the observations are spoilt, as those of a detector are: `spoilt_share`,
            `missing`, `noise`, `unplaced_share` and `layout_share` matter.
        draw: source of random numbers for the poses.

    Returns:
        features: [n, n_features] what the network is given (`gan.networks.normalized_view`).
        viewed: [n, n_joints, 3] what it is to propose: poses relative to their mean, in the frame
            of the normalised view.
    """
    n_joints = poses.shape[1]
    camera = cameras(draw, params.unplaced_share)
    centred = poses - tf.reduce_mean(poses, axis=1, keepdims=True)
    p3c = tf.matmul(centred, camera.rotation, transpose_b=True) + camera.place[:, None]
    # Joints of someone very near may be behind the camera; they are put just before it.
    rays = p3c[..., :2] / tf.maximum(p3c[..., 2:], 0.1) * camera.zoom[:, None, None]
    missing = draw.severity(Purpose.MISSING_SHARE, params.missing, params.spoilt_share)
    seen = tf.cast(draw.uniform(Purpose.MISSING, shape=(n_joints,)) >= missing[:, None], tf.float32)
    seen *= shown_by_layouts(draw, skeleton, params.layout_share)
    std = draw.severity(Purpose.NOISE_STD, params.noise, params.spoilt_share) * noise_unit(rays)
    rays += std[:, None, None] * draw.normal(Purpose.NOISE, 1.0, (n_joints, 2))
    frames = view(FrameInputs(rays, seen, camera.up, camera.known), skeleton.hops)
    turn = frames.rotation @ camera.rotation
    return frames.features, tf.matmul(centred, turn, transpose_b=True)
