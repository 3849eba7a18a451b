"""What an inference is given: 2D joints and the camera that saw them, frame by frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.transforms import as_matrix, is_rotation
from inference.model.camera_knowledge import Camera

STEEPEST = 20.0
"""Slope of a ray against the optical axis beyond which an image point must be an error (87°)."""

LARGEST = 1e9
"""Of a confidence or a value of a camera, in whatever unit: what is beyond is an error, and single
precision could not hold its square."""

FEWEST = 4
"""Joints that have to be seen for a frame to tell a pose by itself."""


@dataclass(frozen=True)
class Proposals:
    """Poses that a network proposes for frames.

    Attributes:
        p3: [n_frames, n_joints, 3] joints about their mean, in subject heights, in the frame in
            which poses are placed.
        std: [n_frames, n_joints] how far they may be off; infinite where nothing is proposed.
        z: [n_frames, n_z] latent vectors near them.
    """

    p3: np.ndarray
    std: np.ndarray
    z: np.ndarray


@dataclass(frozen=True)
class Observations:
    """2D joints of frames, each with its camera; any one unit for lengths, one for pixels.

    Attributes:
        p2: [n_frames, n_joints, 2] image points; 0 where the weight is 0.
        weights: [n_frames, n_joints] confidence of each; 0 for a joint that was not seen.
        r: [n_frames, 3, 3] rotations, world to camera.
        t: [n_frames, 3] translations.
        f: [n_frames, 2] focal lengths.
        c: [n_frames, 2] principal points.
        dt: seconds between frames.
        height: the subject's, where it is known.
        proposals: what a network makes of them.
        home: [3] on the floor, where a subject is taken to stand of whom nothing tells where.
    """

    p2: np.ndarray
    weights: np.ndarray
    r: np.ndarray
    t: np.ndarray
    f: np.ndarray
    c: np.ndarray
    dt: float
    height: float | None = None
    proposals: Proposals | None = None
    home: np.ndarray = field(default_factory=lambda: np.zeros(3))

    def __len__(self) -> int:
        return len(self.p2)

    @property
    def seen(self) -> np.ndarray:
        """[n_frames] whether any joint was seen."""
        return (self.weights > 0).any(axis=-1)

    @property
    def tells_pose(self) -> np.ndarray:
        """[n_frames] whether enough joints were seen to tell how the subject stands."""
        return (self.weights > 0).sum(axis=-1) >= FEWEST

    @property
    def rays(self) -> np.ndarray:
        """[n_frames, n_joints, 2] image points as directions (x/z, y/z) in the camera's frame."""
        return (self.p2 - self.c[:, None]) / self.f[:, None]

    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays over frames, float32, as `terms.Frames` has them."""
        p2, n = np.swapaxes(self.p2 - self.c[:, None], 1, 2), len(self)
        proposal, sureness = np.zeros((n, 3, 0)), np.zeros((n, 0))
        if self.proposals is not None:
            proposal, sureness = np.swapaxes(self.proposals.p3, 1, 2), self.proposals.std**-2.0
        return tuple(
            np.ascontiguousarray(a, dtype=np.float32)
            for a in (p2, self.weights, self.r, self.t, self.f, proposal, sureness)
        )

    def known(self, camera: Camera, pixel_scale: float) -> "Observations":
        """The same without what is not known of the camera.

        Unknown extrinsics become the camera's own frame, unknown intrinsics those that are likely
        for an image of the camera's size (or, where only the focal length is unknown and no size
        is given, of twice the principal point).

        Args:
            camera: what is known.
            pixel_scale: the unit of image points [px].
        """
        n, known = len(self), self
        if camera.extrinsics == "unknown":
            known = replace(known, r=np.tile(np.eye(3), (n, 1, 1)), t=np.zeros((n, 3)))
        if camera.intrinsics == "known":
            return known
        size = 2 * self.c
        if camera.size is not None:
            size = np.tile(np.array(camera.size) / pixel_scale, (n, 1))
        f = np.repeat(size.max(axis=1, keepdims=True), 2, axis=1)
        return replace(known, f=f, c=size / 2 if camera.intrinsics == "unknown" else self.c)


def observe(
    p2, r, t, f, c, dt: float = 1.0, weights=None, height: float | None = None
) -> Observations:
    """Observations of a sequence by one camera, or by one that moves.

    Args:
        p2: [n_frames, n_joints, 2] image points; one that is NaN, infinite, or farther from the
            principal point than `STEEPEST` focal lengths was not seen.
        r: [3] rotation vector, [3, 3] matrix, or [n_frames, 3, 3].
        t: [3] or [n_frames, 3].
        f: [2] or [n_frames, 2], positive.
        c: [2] or [n_frames, 2].
        dt: seconds between frames.
        weights: [n_frames, n_joints] confidences, at most `LARGEST`; default 1. A joint whose
            confidence is not positive was not seen.
        height: the subject's, in the unit of t, where it is known.

    Raises:
        DataError: shapes that do not fit, or a camera, confidence, time or height that is no such
            thing.
    """
    p2 = np.asarray(p2, np.float64)
    if p2.ndim != 3 or p2.shape[-1] != 2:
        raise DataError(f"p2 has shape {p2.shape}: expected (n_frames, n_joints, 2)")
    n = len(p2)
    weights = np.ones(p2.shape[:2]) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != p2.shape[:2]:
        raise DataError(f"weights have shape {weights.shape}: expected {p2.shape[:2]}")
    if (weights > LARGEST).any():
        raise DataError(f"a confidence of {np.nanmax(weights):g}: expected at most {LARGEST:g}")
    camera = [np.asarray(value, np.float64) for value in (r, t, f, c)]
    if not all((np.abs(value) <= LARGEST).all() for value in camera):
        raise DataError(f"the camera has a value that is not finite, or beyond {LARGEST:g}")
    try:
        shapes, camera[0] = ((3, 3), (3,), (2,), (2,)), as_matrix(camera[0])
        r, t, f, c = (np.broadcast_to(a, (n, *b)) for a, b in zip(camera, shapes, strict=True))
    except ValueError as error:
        raise DataError(f"the camera does not fit {n} frames: {error}") from None
    if not is_rotation(r).all():
        raise DataError("the camera's r is no rotation: expected orthonormal matrices")
    if not (f > 0).all():
        raise DataError(f"the camera has the focal lengths {f.min():g}: expected positive ones")
    if not 0 < dt < np.inf:
        raise DataError(f"{dt} seconds between frames: expected a positive number")
    if height is not None and not 0 < height <= LARGEST:
        raise DataError(f"height = {height}: expected a positive number")
    slopes = np.abs(p2 - c[:, None]) / f[:, None]
    seen = (slopes < STEEPEST).all(axis=-1) & (weights > 0)
    return Observations(
        np.where(seen[..., None], p2, 0.0),
        np.where(seen, weights, 0.0),
        r,
        t,
        f,
        c,
        dt=float(dt),
        height=height,
    )


def observe_sequence(sequence: Mapping, height: float | None = None) -> Observations:
    """Observations of a data set's sequence: its p2, camera and rate.

    Raises:
        DataError: as `observe`, with the sequence's name.
    """
    a = sequence.attrs
    camera = (a[name] for name in ("r", "t", "f", "c"))
    try:
        return observe(sequence["p2"], *camera, dt=1.0 / a["fps"], height=height)
    except DataError as error:
        ids = (a[name] for name in ("subject_id", "sequence_id", "camera_id") if name in a)
        raise DataError(f"{'/'.join(map(str, ids))}: {error}") from None
