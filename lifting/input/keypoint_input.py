"""The keypoints of a person and what goes with them, checked and brought into one form."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from human_pose_util.arguments import check_flag, check_fps, check_number, check_size, numbers
from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.clipped import without_clipped
from human_pose_util.keypoints.detections import hidden, is_visible, with_confidence
from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.keypoints import layout_of
from human_pose_util.skeleton.mapping import KeypointMapping, ObservedJoints
from human_pose_util.units import PX_PER_UNIT
from inference.settings import LARGEST_HEIGHT, LEAST_HEIGHT
from lifting.input.film_camera import FilmCamera
from lifting.settings import PERSON

FEWEST_IMAGES = 3
"""Number of different frames from which on a film moves: one with fewer shows a picture."""

ROUNDED = 0.01
"""Share of the keypoints that rest to the last digit while others of the person move, above which a
detector rounds places: of others, none rests."""

SMALLEST_PERSON = 4.0
"""Least size of a person in the image [px]."""

_SOURCES = "a Person has them as `keypoints`; human_pose_util.keypoints.read_detections reads files"


@dataclass(frozen=True)
class Film:
    """What is known of a film and of the person in it.

    Attributes:
        size: (width, height) of the image [px].
        fps: frames per second.
        camera: what is known of the camera.
        height: height of the person, standing [m]; None where it is unknown.
        is_still: whether the camera is known to stand still.
        is_upright: whether the image is known to be upright.
        is_size_known: whether the size is that of the image, and no guess.

    Raises:
        SpecError: a size, rate or height that none can have.
    """

    size: Sequence[float]
    fps: float
    camera: FilmCamera = field(default_factory=FilmCamera)
    height: float | None = None
    is_still: bool = False
    is_upright: bool = False
    is_size_known: bool = True

    def __post_init__(self):
        check_size(self.size)
        check_fps(self.fps)
        check_flag("is_still", self.is_still)
        check_flag("is_upright", self.is_upright)
        if self.height is not None:
            expected = f"the height of a person, {LEAST_HEIGHT:g} to {LARGEST_HEIGHT:g} m"
            check_number(
                "height", self.height, lambda m: LEAST_HEIGHT <= m <= LARGEST_HEIGHT, expected
            )

    @property
    def image_size(self) -> tuple[float, float]:
        """(width, height) of the image [px], as a camera has it."""
        width, height = self.size
        return float(width), float(height)

    @property
    def principal_point(self) -> np.ndarray:
        """[2] where the optical axis meets the image [px]: its middle, unless the camera tells."""
        return np.array(self.camera.c or [side / 2 for side in self.image_size], float)


@dataclass(frozen=True)
class Sighting:
    """What a film shows of a person.

    Attributes:
        keypoints: [n_frames, n_keypoints, 3] x, y [px] and confidence, with exchanges of left and
            right undone.
        mapping: which keypoints show which joints of the GAN's skeleton.
        person_size: size of the person in the image [px].
        film: what is known of the film.
    """

    keypoints: np.ndarray
    mapping: KeypointMapping
    person_size: float
    film: Film

    @cached_property
    def observed(self) -> ObservedJoints:
        """The joints that the keypoints show, with image points in px."""
        return self.mapping.observe(self.keypoints)

    @property
    def is_shown(self) -> np.ndarray:
        """[n_frames, n_joints] whether a keypoint shows a joint of the GAN's skeleton."""
        return self.observed.weights[:, self.mapping.own_joints] > 0

    @property
    def has_joints(self) -> np.ndarray:
        """[n_frames] whether a keypoint shows any joint of the GAN's skeleton."""
        return np.asarray(self.is_shown.any(axis=1))

    @property
    def unit(self) -> float:
        """The unit of the search's image points [px]: it makes the person `PERSON` px large."""
        # The weights of the objective were chosen for people of `PERSON` px in these units.
        return PX_PER_UNIT * self.person_size / PERSON


def valid_keypoints(keypoints, skeleton: Skeleton, size: Sequence[float]) -> np.ndarray:
    """Keypoints with confidences, without those that cannot be true.

    A keypoint that is not finite, has no positive confidence, lies exactly at (0, 0) or (−1, −1),
    where programs put keypoints that they do not find, or lies farther outside the image than the
    image is large becomes NaN with confidence 0. So do the keypoints of a frame that are
    all at their places in the frame before, to the last digit: nobody was detected there, or the
    film shows an image twice. If the detector rounds places, the confidences have to be those of
    the frame before, too.

    Args:
        keypoints: [n_frames, n_keypoints, 2 or 3] x, y [px] and, if given, confidence: the joints
            of the skeleton, or all keypoints of a detector's file. Numbers that are masked in a
            masked array count as NaN. In a list of frames, None or an empty list is a frame without
            the person.
        skeleton: skeleton of the keypoints.
        size: (width, height) of the image [px].

    Returns:
        [n_frames, n_joints, 3].

    Raises:
        DataError: keypoints of another shape, or that are no numbers.
    """
    return without_invalid(given_keypoints(keypoints, skeleton), size)


def given_keypoints(keypoints, skeleton: Skeleton) -> np.ndarray:
    """The keypoints [n_frames, n_joints, 3] of a film with confidences, however true.

    Args:
        keypoints: as for `valid_keypoints`.
        skeleton: skeleton of the keypoints.

    Raises:
        DataError: keypoints of another shape, or that are no numbers.
    """
    if isinstance(keypoints, list | tuple):
        seen = [frame for frame in keypoints if not _is_empty(frame)]
        nobody = np.full(np.shape(seen[0]) if seen else (), np.nan)
        keypoints = [nobody if _is_empty(frame) else frame for frame in keypoints]
    return _points(keypoints, skeleton, ("n_frames",))


def given_frame(keypoints, skeleton: Skeleton) -> np.ndarray:
    """The keypoints [1, n_joints, 3] of one frame, as `given_keypoints` returns those of a film.

    Args:
        keypoints: [n_keypoints, 2 or 3] as for `valid_keypoints`.
        skeleton: skeleton of the keypoints.

    Raises:
        DataError: keypoints of another shape, or that are no numbers.
    """
    return _points(keypoints, skeleton, ())[None]


def _is_empty(frame) -> bool:
    """Whether a frame in a list of frames shows nobody: None, or a list or array of length 0."""
    return frame is None or (hasattr(frame, "__len__") and len(frame) == 0)


def _points(keypoints, skeleton: Skeleton, axes: tuple[str, ...]) -> np.ndarray:
    """Keypoints [..., n_joints, 3] of a skeleton, with axes of such names before the joints.

    Raises:
        DataError: keypoints of another shape, or that are no numbers.
    """
    try:
        points = numbers("keypoints", keypoints)
    except DataError as error:
        raise DataError(f"{error} ({_SOURCES})") from None
    n, layout, has_axes = skeleton.n_joints, layout_of(skeleton), points.ndim == len(axes) + 2
    # A detector's file may hold more keypoints than the skeleton has joints, in another order.
    if has_axes and points.shape[-2] == layout.n_keypoints:
        points = points[..., layout.columns, :]
    if not has_axes or points.shape[-2] != n or points.shape[-1] not in (2, 3):
        expected = ", ".join([*axes, str(n), "2 or 3"])
        remedy = "" if axes or points.size else "; pass None where nobody is there"
        raise DataError(f"keypoints have shape {points.shape}: expected ({expected}){remedy}")
    return with_confidence(points)


def without_invalid(points: np.ndarray, size: Sequence[float]) -> np.ndarray:
    """Keypoints without those that cannot be true, as `valid_keypoints` defines them.

    Args:
        points: [n_frames, n_joints, 3] as `given_keypoints` or `given_frame` returns them.
        size: (width, height) of the image [px].

    Returns:
        [n_frames, n_joints, 3].
    """
    limit = np.asarray(size, float)
    # Some detectors guess joints outside the image, but not farther out than the image is large.
    is_outside = (points[..., :2] < -limit) | (points[..., :2] > 2 * limit)
    points = hidden(points, is_outside.any(axis=2) | ~is_visible(points))
    is_repeat = repeats(points)
    # Of a film that shows a picture, all frames count.
    is_picture = (np.isfinite(points[..., 0]).any(axis=1) & ~is_repeat).sum() < FEWEST_IMAGES
    return points if is_picture else hidden(points, is_repeat[:, None])


def valid_person(person: Person, skeleton: Skeleton, film: Film) -> Person:
    """A person with valid keypoints, in the same frames, without those that are clipped.

    Args:
        person: the person, with keypoints as for `valid_keypoints`.
        skeleton: skeleton of the keypoints.
        film: what is known of the film.

    Raises:
        DataError: as `valid_keypoints`.
    """
    keypoints = valid_keypoints(person.keypoints, skeleton, film.size)
    if film.is_size_known:
        keypoints = without_clipped(keypoints, skeleton, film.size, film.fps)
    return replace(person, keypoints=keypoints)


def repeats(points: np.ndarray) -> np.ndarray:
    """Whether frames repeat the keypoints of the frame before, [n_frames].

    Detectors that lose a person may go on writing the last keypoints: two detections of a person
    who moves never agree to the last digit. Confidences may go on while places rest, as where a
    program adds them, unless the detector rounds places: then the person may stand still.

    Args:
        points: [n_frames, n_keypoints, 3] x, y [px], confidence; NaN for a keypoint that is not
            visible.
    """
    is_seen = np.isfinite(points[..., 0])
    is_equal = points[1:] == points[:-1]
    rests, is_in_both = is_equal[..., :2].all(axis=2), is_seen[1:] & is_seen[:-1]
    is_repeat = (rests | ~(is_seen[1:] | is_seen[:-1])).all(axis=1) & is_seen[1:].any(axis=1)
    if rests[~is_repeat].sum() > ROUNDED * is_in_both[~is_repeat].sum():
        is_repeat &= is_equal[..., 2].all(axis=1)
    return np.concatenate([[False], is_repeat])[: len(points)]
