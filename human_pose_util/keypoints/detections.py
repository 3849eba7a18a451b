"""People whom a detector of keypoints finds in a film."""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from human_pose_util.skeleton import Skeleton

Size = tuple[int, int]
"""Width and height of an image [px]."""

FPS = 30.0
"""Frames per second of a film, where neither the user nor the file states them."""


@dataclass(frozen=True)
class RawDetections:
    """The content of a file, unchecked.

    Attributes:
        frame: [n] frame of each person, in any order.
        keypoints: [n, n_keypoints, 3] x, y [px] and confidence, any numbers.
        n_frames: length of the film.
        ids: [n] numbers of people, −1 for a person without a number; None if the file has no
            numbers.
        size: (width, height) of the image [px], if the file has it.
        notes: what the user should know about how the file is read.
        left: indices of the left joints, ascending, if the file has them.
        names: names of the keypoints in the order of the file, if the file has them.
        fps: frames per second, if the file has it.
        first_image: number of the image that is frame 0, if numbers of images count frames.
    """

    frame: np.ndarray
    keypoints: np.ndarray
    n_frames: int
    ids: np.ndarray | None = None
    size: Size | None = None
    notes: tuple[str, ...] = ()
    left: tuple[int, ...] | None = None
    names: tuple[str, ...] | None = None
    fps: float | None = None
    first_image: int | None = None


@dataclass(frozen=True)
class Detections(RawDetections):
    """People whom a detector finds in a film; their keypoints are checked.

    The attributes of `RawDetections`, with `frame` ascending, confidences in [0, 1], and NaN, NaN
    and 0 for a keypoint that is not visible. At least one keypoint of every person is visible.

    Attributes:
        skeleton: the skeleton whose joints the keypoints are.
        source: the format of the file.
        warnings: reasons to doubt that the file is read rightly.
        has_guessed_size: whether the size of the image is one that was assumed to turn it.
    """

    _: KW_ONLY
    skeleton: Skeleton
    source: str = ""
    warnings: tuple[str, ...] = ()
    has_guessed_size: bool = False

    @property
    def is_size_known(self) -> bool:
        """Whether the size of the image is that of the file or of the user, and no guess."""
        return self.size is not None and not self.has_guessed_size

    @property
    def rate(self) -> float:
        """Frames per second: those of the file, or else `FPS`."""
        return self.fps or FPS


SUREST = 95
"""Percentile of confidences that counts as sure: a few may lie above the end of their scale. The
confidences of some detectors are peaks of heat maps, of which the surest are 0.2 or less."""


UNSURE = 0.2
"""Confidence, relative to that of sure keypoints, below which a keypoint is a guess, as of a knee
outside the image. In real films, OpenPose has five of them, of which three are off by 180 px of a
person of 390 px and two by 24; those from 0.2 to 0.3 are off by 35, others by 8 to 22. MediaPipe's
are as exact as others (15 and 11 px), but hardly missed. Detectors make such guesses frame after
frame, and alike, so that nothing but the confidence gives them away."""


def sure_confidence(confidence: np.ndarray) -> float:
    """The confidence of keypoints that are sure; 1 where none is visible.

    Args:
        confidence: [...] confidences; those that are not above 0 belong to no visible keypoint.
    """
    visible = confidence[confidence > 0]
    return float(np.percentile(visible, SUREST)) if len(visible) else 1.0


def without_unsure(keypoints: np.ndarray) -> np.ndarray:
    """Keypoints without those of which a detector is not sure at all: guesses, mostly.

    Args:
        keypoints: [..., 3] x, y, confidence; NaN for a keypoint that is not visible.

    Returns:
        [..., 3], with NaN, NaN and 0 where the confidence is below `UNSURE` times that of the
        surest keypoints.
    """
    is_unsure = keypoints[..., 2] < UNSURE * sure_confidence(keypoints[..., 2])
    return hidden(keypoints, is_unsure)


HIDDEN = (np.nan, np.nan, 0.0)
"""A keypoint that is not visible."""


def hidden(keypoints: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Keypoints of which some become `HIDDEN`.

    Args:
        keypoints: [..., 3] x, y, confidence.
        where: [...] whether to hide a keypoint.
    """
    return np.where(where[..., None], HIDDEN, keypoints)


def is_placeholder(points: np.ndarray) -> np.ndarray:
    """Whether keypoints lie where programs put those that they do not find, [...].

    Args:
        points: [..., 2 or more] x, y and other values.

    Returns:
        True for (0, 0) and for (−1, −1).
    """
    x, y = points[..., 0], points[..., 1]
    return np.asarray((x == y) & ((x == 0) | (x == -1)))


def is_visible(keypoints: np.ndarray) -> np.ndarray:
    """Whether keypoints are seen, [...].

    Args:
        keypoints: [..., 3] x, y, confidence, any numbers.

    Returns:
        False where a number is not finite, where the confidence is not above 0, and where a program
        puts keypoints that it does not find.
    """
    is_sure = np.isfinite(keypoints).all(axis=-1) & (keypoints[..., 2] > 0)
    return np.asarray(is_sure & ~is_placeholder(keypoints))


def with_confidence(points: np.ndarray) -> np.ndarray:
    """Keypoints with a confidence each: points without one get the confidence 1.

    Args:
        points: [..., 2] x, y, or [..., 3] x, y and confidence.

    Returns:
        [..., 3] x, y and confidence.
    """
    if points.shape[-1] == 3:
        return points
    return np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)
