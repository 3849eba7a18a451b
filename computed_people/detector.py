"""A simulated detector of keypoints, and a simulated camera that a hand holds.

They make the example that the repository ships, and the keypoints with which a benchmark measures
what the errors of detectors cost.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.motion import drift
from human_pose_util.camera import Camera
from human_pose_util.keypoints.exchanges import legs_and_arms
from human_pose_util.skeleton import S24, Skeleton
from human_pose_util.skeleton.keypoints import FACE
from human_pose_util.skeleton.mapping import keypoint_mapping
from human_pose_util.transforms import look_at, unit

_FACE_MM = {
    "nose": (0.0, 100.0, -10.0),
    "l_eye": (32.0, 85.0, 25.0),
    "r_eye": (-32.0, 85.0, 25.0),
    "l_ear": (75.0, 0.0, 5.0),
    "r_ear": (-75.0, 0.0, 5.0),
}
"""Keypoint of the face → its position relative to the middle of the head: left, forward, up."""

SIZE = (1920, 1080)
"""(width, height) of the image of a camera [px]."""

_FOOT = {"big_toe": 1.0, "small_toe": 0.85, "heel": -0.35}
"""Keypoint of a foot → its place on the line from the ankle (0) to the toes (1)."""


@dataclass(frozen=True)
class DetectorErrors:
    """The errors of a detector.

    Attributes:
        noise: standard deviation of x and y of a keypoint [px].
        missing: share of the keypoints that the detector misses.
        exchanged: share of the frames in which the detector exchanges left and right, of the legs
            or of all limbs.
    """

    noise: float
    missing: float
    exchanged: float


def hand_held_camera(
    p3w: np.ndarray,
    fps: float,
    rng: np.random.Generator,
    f: float = 1500.0,
    share: float = 0.65,
) -> Camera:
    """A camera that a person holds, more or less at one place, and turns towards another person.

    Args:
        p3w: [n_frames, n_joints, 3] joints of the filmed person in the world [mm], z up.
        fps: frames per second.
        rng: random generator.
        f: focal length [px].
        share: share of the image's height that the person takes, about.

    Returns:
        The camera in every frame, in mm and px, whose image has the size `SIZE`.
    """
    time = np.arange(len(p3w)) / fps
    middle = p3w.mean(axis=1)
    # The hand follows the person within about a second: the camera aims at a moving average.
    width = max(round(fps), 1)
    padded = np.pad(middle, [(width, width), (0, 0)], mode="edge")
    kernel = np.hanning(2 * width + 1)
    follow = np.stack(
        [np.convolve(padded[:, k], kernel / kernel.sum(), mode="valid") for k in range(3)], axis=1
    )
    distance = _distance(f, share)
    azimuth = rng.uniform(0, 2 * np.pi)
    offset = [distance * np.cos(azimuth), distance * np.sin(azimuth), rng.uniform(1100, 1700)]
    position = middle.mean(axis=0) * [1, 1, 0] + offset + [60, 60, 25] * drift(rng, time, 3, 3.0)
    aim = follow + 0.012 * distance * drift(rng, time, 3, 2.0)
    roll = rng.normal(0, 0.03) + 0.01 * drift(rng, time, 1, 2.5)[:, 0]
    extrinsics = [look_at(*frame) for frame in zip(position, aim, roll, strict=True)]
    r, t = (np.stack(part) for part in zip(*extrinsics, strict=True))
    shape = len(time), 2
    return Camera(r, t, np.full(shape, f), np.broadcast_to(np.array(SIZE) / 2, shape), SIZE)


def still_camera(p3w: np.ndarray, azimuth: float) -> Camera:
    """A camera on a tripod that has the whole way of a person in its image.

    Args:
        p3w: [n_frames, n_joints, 3] joints of the filmed person in the world [mm], z up.
        azimuth: direction of the camera from the middle of the way [radians].

    Returns:
        The camera, in mm and px, whose image has the size `SIZE`.
    """
    f, share = 1500.0, 0.5
    middle = p3w.mean(axis=(0, 1))
    place = middle + _distance(f, share) * np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    place[2] = 1500.0  # the height of the tripod
    r, t = look_at(place, middle, 0.0)
    return Camera(r, t, np.full(2, f), np.array(SIZE) / 2, SIZE)


def _distance(f: float, share: float) -> float:
    """The distance [mm] from which a person takes a share of the image's height, about."""
    return 1750.0 * f / (share * SIZE[1])


def keypoint_positions(p3w: np.ndarray, keypoints: Skeleton) -> np.ndarray:
    """Positions on a person of the keypoints of a detector.

    Args:
        p3w: [n_frames, 24, 3] joints of the person, those of s24, in the world [mm], z up.
        keypoints: skeleton of the detector.

    Returns:
        [n_frames, n_keypoints, 3] positions in the world [mm]; NaN for a keypoint that the joints
        do not determine.
    """
    points = keypoint_mapping(S24, keypoints).restore(p3w)
    left, right = (p3w[:, S24.joint_index(f"{side}_shoulder")] for side in "lr")
    across = unit(left - right)
    ahead = np.cross(across, [0.0, 0.0, 1.0])
    axes = np.stack([across, ahead, np.cross(ahead, across)], axis=1)
    for joint in FACE:
        if joint in keypoints.joints:
            points[:, keypoints.joint_index(joint)] += np.array(_FACE_MM[joint]) @ axes
    for side in "lr":
        for part, along in _FOOT.items():
            if f"{side}_{part}" in keypoints.joints:
                ankle, toes = (p3w[:, S24.joint_index(f"{side}_{j}")] for j in ("ankle", "toes"))
                points[:, keypoints.joint_index(f"{side}_{part}")] = ankle + along * (toes - ankle)
    return points


def detect(
    p2: np.ndarray, keypoints: Skeleton, errors: DetectorErrors, rng: np.random.Generator
) -> np.ndarray:
    """Image points with the errors of a detector.

    Args:
        p2: [n_frames, n_keypoints, 2] true image points [px]; NaN for a keypoint that is not
            visible.
        keypoints: skeleton of the detector.
        errors: the errors of the detector.
        rng: random generator.

    Returns:
        [n_frames, n_keypoints, 3] x, y [px] and confidence; NaN, NaN and 0 for a keypoint that is
        not visible, or that the detector misses. Keypoints with larger noise are less confident.
    """
    n, k, _ = p2.shape
    noise = rng.normal(0, 1, (n, k, 2))
    points = p2 + errors.noise * noise
    legs, arms = legs_and_arms(keypoints)
    for i in np.flatnonzero(rng.uniform(size=n) < errors.exchanged):
        limbs = legs + arms if rng.uniform() < 0.5 else legs
        points[i, limbs] = points[i, keypoints.mirror[limbs]]
    confidence = np.clip(0.95 - 0.12 * np.linalg.norm(noise, axis=2) ** 2 / 2, 0.2, 1.0)
    missing = rng.uniform(size=(n, k)) < errors.missing
    missing |= ~np.isfinite(points).all(axis=2)
    points = np.where(missing[..., None], np.nan, points)
    return np.concatenate([points, np.where(missing, 0.0, confidence)[..., None]], axis=2)
