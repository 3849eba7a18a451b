"""The input of an inference: 2D joints and the camera that observed them, frame by frame."""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from gan.networks.proposal_network import Proposal
from human_pose_util.camera import Camera
from human_pose_util.dataset import PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.transforms import is_rotation
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.floor import Floor

STEEPEST = 20.0
"""Slope of a ray against the optical axis beyond which an image point is an error (87°)."""

LARGEST = 1e9
"""Largest confidence, and largest value of a camera in any unit: beyond it a value is an error,
and single precision could not hold its square."""

FEWEST_JOINTS = 4
"""Number of observed joints from which on a frame tells a pose by itself."""


class FrameBatch(NamedTuple):
    """Observations as the objective and the solvers take them, one row for each frame.

    The fields are float32 arrays outside compiled functions and tensors inside. Coordinates stand
    before joints, so that what is done to all joints alike runs along contiguous memory.

    Attributes:
        p2: [batch, 2, n_joints] image points about the given principal point.
        weights: [batch, n_joints] confidences; 0 for a joint that was not observed.
        r: [batch, 3, 3] rotations from the world's frame to the camera's.
        t: [batch, 3] translations to the camera's frame.
        f: [batch, 2] focal lengths.
        proposal_p3: [batch, 3, n_joints] proposed joints in subject heights, in the frame in which
            poses are placed; only their positions relative to each other count. n_joints is 0 where
            there are no proposals.
        proposal_precision: [batch, n_joints] reciprocals of the variances of proposed joints.
        contact: [batch, n_joints] how sure it is that joints stand still from the frame before;
            n_joints is 0 where nothing is known of contacts.
        trend: [batch, 3, n_joints] velocities of the steps in time that end at the frames, against
            which smoothness counts; n_joints is 0 where it counts against rest.
        firmness: [batch] factors of the weight with which bones are held to shared lengths.
        floor_slope: [batch, 3, n_joints] the vertical times the root of the weight with which a
            joint is held to its plane above the floor; n_joints is 0 where there is no floor.
        floor_height: [batch, n_joints] the height of that plane times the same root.
    """

    p2: Any
    weights: Any
    r: Any
    t: Any
    f: Any
    proposal_p3: Any
    proposal_precision: Any
    contact: Any
    trend: Any
    firmness: Any
    floor_slope: Any
    floor_height: Any


@dataclass(frozen=True)
class Observations:
    """2D joints of a sequence, each frame with its camera.

    Lengths are in any one unit, image points in any other.

    Attributes:
        p2: [n_frames, n_joints, 2] image points; 0 where the weight is 0.
        weights: [n_frames, n_joints] confidence of each; 0 for a joint that was not observed.
        camera: cameras of the frames: arrays with a leading axis [n_frames].
        dt: time between frames [s].
        height: height of the subject, in the unit of lengths; None where it is unknown.
        lengths: [n_kinds] lengths of the subject's bones (`inference.model.body`) in subject
            heights; None where they are unknown.
        proposal: poses that a network proposes, in the frame in which poses are placed: `p3`
            [n_frames, n_joints, 3] about their mean in subject heights, `std` [n_frames, n_joints],
            infinite where nothing is proposed, and `z` [n_frames, n_z].
        contact: [n_frames, n_joints] how sure it is that joints stand still from the frame before
            to a frame (`inference.model.contacts`); None where nothing is known of contacts.
        trend: [n_frames, n_joints, 3] velocities of the steps in time that end at the frames,
            against which smoothness counts (`inference.model.trend`); None for rest.
        firmness: factor of the weight with which bones are held to shared lengths.
        floor: the floor on which feet stand (`inference.model.floor`); None where there is none.
        home: [3] point on the floor where a subject is taken to stand if nothing tells the place.
        frames: [n_frames] numbers of the frames in the film, which increase; None for 0, 1, 2, …
    """

    p2: np.ndarray
    weights: np.ndarray
    camera: Camera
    dt: float
    height: float | None = None
    lengths: np.ndarray | None = None
    proposal: Proposal | None = None
    contact: np.ndarray | None = None
    trend: np.ndarray | None = None
    firmness: float = 1.0
    floor: Floor | None = None
    home: np.ndarray = field(default_factory=lambda: np.zeros(3))
    frames: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.p2)

    @property
    def has_joints(self) -> np.ndarray:
        """[n_frames] whether any joint was observed."""
        return np.any(self.weights > 0, axis=-1)

    @property
    def tells_pose(self) -> np.ndarray:
        """[n_frames] whether enough joints were observed to tell a pose."""
        return tells_pose(self.weights)

    @property
    def rays(self) -> np.ndarray:
        """[n_frames, n_joints, 2] image points as directions (x/z, y/z) in the camera's frame."""
        return (self.p2 - self.camera.c[:, None]) / self.camera.f[:, None]

    @property
    def times(self) -> np.ndarray:
        """[n_frames] times of the frames from the beginning of the film [s]."""
        return self.dt * (np.arange(len(self)) if self.frames is None else self.frames)

    def at(self, rows) -> "Observations":
        """The observations of some frames, without proposals, contacts, trend and floor.

        Args:
            rows: index array or slice of the frames.
        """
        return replace(
            self,
            p2=self.p2[rows],
            weights=self.weights[rows],
            camera=self.camera.at(rows),
            proposal=None,
            contact=None,
            trend=None,
            floor=None,
            frames=(np.arange(len(self)) if self.frames is None else self.frames)[rows],
        )

    def frame_batch(self) -> FrameBatch:
        """The observations as solvers take them, float32 arrays."""
        n, camera = len(self), self.camera
        # The principal point is subtracted here, once, so that no solver has to add it.
        p2 = np.swapaxes(self.p2 - camera.c[:, None], 1, 2)
        # What is unknown are arrays without joints, so that a batch has the same fields always.
        proposal_p3, precision = np.zeros((n, 3, 0)), np.zeros((n, 0))
        if self.proposal is not None:
            proposal_p3, precision = np.swapaxes(self.proposal.p3, 1, 2), self.proposal.std**-2.0
        contact = np.zeros((n, 0)) if self.contact is None else self.contact
        known = (p2, self.weights, camera.r, camera.t, camera.f)
        trend = np.zeros((n, 3, 0)) if self.trend is None else np.swapaxes(self.trend, 1, 2)
        firmness = np.full(n, self.firmness)
        slope, height = np.zeros((n, 3, 0)), np.zeros((n, 0))
        if self.floor is not None:
            root = np.sqrt(self.floor.weights)
            slope, height = root[:, None] * self.floor.up[:, None], root * self.floor.heights
        fields = (*known, proposal_p3, precision, contact, trend, firmness, slope, height)
        return FrameBatch(*(np.ascontiguousarray(a, dtype=np.float32) for a in fields))

    def without_unknown(self, knowledge: CameraKnowledge, pixel_scale: float) -> "Observations":
        """The observations without the parameters of the camera that an inference must not use.

        Unknown extrinsics become those of the camera's own frame. Unknown intrinsics become what
        is likely for an image of the camera's size, or, where only the focal length is unknown and
        no size is given, for an image of twice the principal point.

        Args:
            knowledge: what is known of the camera.
            pixel_scale: the unit of image points [px].

        Raises:
            DataError: nothing tells the size of the image.
        """
        n, camera = len(self), self.camera
        if knowledge.extrinsics == "unknown":
            camera = replace(camera, r=np.tile(np.eye(3), (n, 1, 1)), t=np.zeros((n, 3)))
        if knowledge.intrinsics != "known":
            if knowledge.size is None and (camera.c.max(axis=1) <= 0).any():
                raise DataError(
                    "intrinsics 'focal' takes the image for twice the principal point c, neither "
                    "coordinate of which is positive: give the image's size (camera.size)"
                )
            size = 2 * camera.c
            if knowledge.size is not None:
                size = np.tile(np.array(knowledge.size) / pixel_scale, (n, 1))
            # A focal length as long as the longer side is a field of view of 53 degrees.
            f = np.repeat(size.max(axis=1, keepdims=True), 2, axis=1)
            c = size / 2 if knowledge.intrinsics == "unknown" else camera.c
            camera = replace(camera, f=f, c=c)
        return replace(self, camera=camera)


def tells_pose(weights: np.ndarray) -> np.ndarray:
    """[n_frames] whether enough joints of a frame were observed to tell a pose.

    Args:
        weights: [n_frames, n_joints] confidences; 0 for a joint that was not observed.
    """
    return np.asarray((weights > 0).sum(axis=-1) >= FEWEST_JOINTS)


def observe(
    p2, camera: Camera, dt: float = 1.0, weights=None, height: float | None = None
) -> Observations:
    """Observations of a sequence by one camera, or by a camera that moves.

    Args:
        p2: [n_frames, n_joints, 2] image points. A point that is NaN, infinite, or farther from the
            principal point than `STEEPEST` focal lengths counts as not observed.
        camera: one camera, or one for each frame: r is [3, 3] or [n_frames, 3, 3], t is [3] or
            [n_frames, 3], f and c are [2] or [n_frames, 2], f positive.
        dt: time between frames [s].
        weights: [n_frames, n_joints] confidences, at most `LARGEST`; by default 1. A joint whose
            confidence is not positive counts as not observed.
        height: height of the subject, in the unit of t; None where it is unknown.

    Raises:
        DataError: shapes do not fit, or a camera, confidence, time or height is impossible.
    """
    p2 = np.asarray(p2, np.float64)
    if p2.ndim != 3 or p2.shape[-1] != 2:
        raise DataError(f"p2 has shape {p2.shape}: expected (n_frames, n_joints, 2)")
    weights = np.ones(p2.shape[:2]) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != p2.shape[:2]:
        raise DataError(f"weights have shape {weights.shape}: expected {p2.shape[:2]}")
    if (weights > LARGEST).any():
        raise DataError(f"a confidence of {np.nanmax(weights):g}: expected at most {LARGEST:g}")
    if not 0 < dt < np.inf:
        raise DataError(f"{dt} seconds between frames: expected a positive number")
    if height is not None and not 0 < height <= LARGEST:
        raise DataError(f"height = {height}: expected a positive number")
    camera = _camera_of_frames(camera, len(p2))
    # A comparison with NaN is false, so a point that is not a number is not observed either.
    slopes = np.abs(p2 - camera.c[:, None]) / camera.f[:, None]
    is_observed = (slopes < STEEPEST).all(axis=-1) & (weights > 0)
    # 0 is a number that solvers can compute with; the weight 0 makes it count for nothing.
    p2 = np.where(is_observed[..., None], p2, 0.0)
    weights = np.where(is_observed, weights, 0.0)
    return Observations(p2, weights, camera, dt=float(dt), height=height)


def observe_sequence(sequence: PoseSequence, height: float | None = None) -> Observations:
    """Observations of a data set's sequence: its image points, camera and rate.

    Args:
        sequence: a sequence, or an `h5py.Group` of its shape, with the array `p2` and the
            attributes `r`, `t`, `f`, `c` and `fps`.
        height: height of the subject, in the unit of lengths; None where it is unknown.

    Raises:
        DataError: as `observe`; the message names the sequence.
    """
    a = sequence.attrs
    try:
        if missing := [name for name in ("r", "t", "f", "c", "fps") if name not in a]:
            raise DataError(f"an inference needs {', '.join(missing)}, which the data lack")
        camera = Camera(a["r"], a["t"], a["f"], a["c"])
        return observe(sequence["p2"], camera, dt=1.0 / a["fps"], height=height)
    except DataError as error:
        ids = (a[name] for name in ("subject_id", "sequence_id", "camera_id") if name in a)
        raise DataError(f"{'/'.join(map(str, ids))}: {error}") from None


def _camera_of_frames(camera: Camera, n: int) -> Camera:
    """The camera as float64 arrays with a leading axis [n]; DataError where it is impossible."""
    values = [np.asarray(value, np.float64) for value in (camera.r, camera.t, camera.f, camera.c)]
    if not all((np.abs(value) <= LARGEST).all() for value in values):
        raise DataError(f"the camera has a value that is not finite, or beyond {LARGEST:g}")
    try:
        shapes = ((3, 3), (3,), (2,), (2,))
        r, t, f, c = (np.broadcast_to(a, (n, *b)) for a, b in zip(values, shapes, strict=True))
    except ValueError as error:
        raise DataError(f"the camera does not fit {n} frames: {error}") from None
    if not is_rotation(r).all():
        raise DataError("the camera's r is no rotation: expected orthonormal matrices")
    if not (f > 0).all():
        raise DataError(f"the camera has the focal lengths {f.min():g}: expected positive ones")
    return Camera(r, t, f, c, camera.image_size)
