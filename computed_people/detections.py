"""Motion as a detector of keypoints finds it in a film from a camera held in the hand.

For the example that the repository ships, and for measuring what detectors' errors cost.
"""

from dataclasses import dataclass

import numpy as np

from computed_people.cameras import look_at
from computed_people.limbs import unit
from computed_people.motion import drift
from human_pose_util.keypoints.swaps import legs_and_arms
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.keypoints import FACE, sighting
from human_pose_util.transforms import project, transform_frame

_FACE_MM = {
    "nose": (0.0, 100.0, -10.0),
    "l_eye": (32.0, 85.0, 25.0),
    "r_eye": (-32.0, 85.0, 25.0),
    "l_ear": (75.0, 0.0, 5.0),
    "r_ear": (-75.0, 0.0, 5.0),
}
"""From the middle of the head: to the left, ahead, up."""
_FOOT = {"big_toe": 1.0, "small_toe": 0.85, "heel": -0.35}
"""Where keypoints of a foot lie on the way from the ankle to the toes."""


@dataclass(frozen=True)
class Errors:
    """What a detector does wrong.

    Attributes:
        noise: standard deviation of a keypoint [px].
        dropped: share of the keypoints that it misses.
        swapped: share of the frames in which it takes left for right, legs or all limbs.
    """

    noise: float = 4.0
    dropped: float = 0.15
    swapped: float = 0.02


@dataclass(frozen=True)
class Film:
    """A moving pinhole camera.

    Attributes:
        r: [n_frames, 3, 3] rotations, world to camera.
        t: [n_frames, 3] translations, mm.
        f: focal length, px.
        size: (width, height), px.
    """

    r: np.ndarray
    t: np.ndarray
    f: float
    size: tuple[int, int]

    def project(self, p3w: np.ndarray) -> np.ndarray:
        """Image points [n_frames, n, 2] of points [n_frames, n, 3] in the world, mm."""
        p3c = transform_frame(p3w, self.r, self.t)
        return project(p3c, [self.f, self.f], np.array(self.size) / 2)


def hand_held(
    p3w: np.ndarray,
    fps: float,
    rng: np.random.Generator,
    f: float = 1500.0,
    size: tuple[int, int] = (1920, 1080),
    share: float = 0.65,
) -> Film:
    """A camera that someone holds and turns after a person, from one place more or less.

    Args:
        p3w: [n_frames, n_joints, 3] the person, mm, z up.
        fps: frames per second.
        rng: random generator.
        f: focal length, px.
        size: of the image, px.
        share: of the image's height that the person takes, about.
    """
    time = np.arange(len(p3w)) / fps
    middle = p3w.mean(axis=1)
    width = max(round(fps), 1)  # a hand follows within about a second
    padded = np.pad(middle, [(width, width), (0, 0)], mode="edge")
    kernel = np.hanning(2 * width + 1)
    follow = np.stack(
        [np.convolve(padded[:, k], kernel / kernel.sum(), mode="valid") for k in range(3)], axis=1
    )
    distance = 1750.0 * f / (share * size[1])
    azimuth = rng.uniform(0, 2 * np.pi)
    stand = [distance * np.cos(azimuth), distance * np.sin(azimuth), rng.uniform(1100, 1700)]
    at = middle.mean(axis=0) * [1, 1, 0] + stand + [60, 60, 25] * drift(rng, time, 3, 3.0)
    aim = follow + 0.012 * distance * drift(rng, time, 3, 2.0)
    roll = rng.normal(0, 0.03) + 0.01 * drift(rng, time, 1, 2.5)[:, 0]
    turned = [look_at(a, b, angle) for a, b, angle in zip(at, aim, roll, strict=True)]
    r, t = (np.stack(part) for part in zip(*turned, strict=True))
    return Film(r, t, f, size)


def keypoints_of(p3w: np.ndarray, skeleton: Skeleton, keypoints: Skeleton) -> np.ndarray:
    """Where the keypoints of a detector are on a person.

    Args:
        p3w: [n_frames, n_joints, 3] mm, z up.
        skeleton: theirs.
        keypoints: the detector's.

    Returns:
        [n_frames, n_keypoints, 3]; NaN for one that the skeleton does not tell.
    """
    points = sighting(skeleton, keypoints).restore(p3w)
    left, right = (p3w[:, skeleton.index(f"{side}_shoulder")] for side in "lr")
    across = unit(left - right)
    ahead = np.cross(across, [0.0, 0.0, 1.0])
    axes = np.stack([across, ahead, np.cross(ahead, across)], axis=1)
    for joint in FACE:
        if joint in keypoints.joints:
            points[:, keypoints.index(joint)] += np.array(_FACE_MM[joint]) @ axes
    for side in "lr":
        for part, along in _FOOT.items():
            if f"{side}_{part}" in keypoints.joints and f"{side}_toes" in skeleton.joints:
                ankle, toes = (p3w[:, skeleton.index(f"{side}_{j}")] for j in ("ankle", "toes"))
                points[:, keypoints.index(f"{side}_{part}")] = ankle + along * (toes - ankle)
    return points


def detect(
    p2: np.ndarray, keypoints: Skeleton, errors: Errors, rng: np.random.Generator
) -> np.ndarray:
    """Image points as a detector gives them.

    Args:
        p2: [n_frames, n_keypoints, 2] px.
        keypoints: the detector's.
        errors: what it does wrong.
        rng: random generator.

    Returns:
        [n_frames, n_keypoints, 3] x, y and confidence; NaN and 0 for what it misses.
    """
    n, k, _ = p2.shape
    away = rng.normal(0, 1, (n, k, 2))
    found = p2 + errors.noise * away
    legs, arms = legs_and_arms(keypoints)
    for i in np.flatnonzero(rng.uniform(size=n) < errors.swapped):
        wrong = legs + arms if rng.uniform() < 0.5 else legs
        found[i, wrong] = found[i, keypoints.mirror[wrong]]
    confidence = np.clip(0.95 - 0.12 * np.linalg.norm(away, axis=2) ** 2 / 2, 0.2, 1.0)
    dropped = rng.uniform(size=(n, k)) < errors.dropped
    missing = dropped | ~np.isfinite(found).all(axis=2)
    found = np.where(missing[..., None], np.nan, found)
    return np.concatenate([found, np.where(missing, 0.0, confidence)[..., None]], axis=2)
