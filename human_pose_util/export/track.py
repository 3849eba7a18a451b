"""What is exported: the 3D poses of one person through a film."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.skeleton import Skeleton
from human_pose_util.units import MM_PER_M


@dataclass(frozen=True)
class Track:
    """The poses of one person in consecutive frames of a film.

    Attributes:
        person: number of the person, from 0.
        p3w: [n_frames, n_joints, 3] joints in the world (right-handed, z up, floor z = 0) [mm].
        skeleton: names and parents of the joints.
        fps: frames per second.
        extrapolated: [n_frames, n_joints] bool, whether no keypoint showed the joint in the frame;
            None if keypoints showed all joints.
        first_frame: number of the first frame in the film, from 0.
        doubtful: [n_frames] bool, whether the pose of a frame is in doubt; None if none is.
        std: [n_frames, n_joints] standard deviations of the joints in the pose [mm]: 68 % of the
            joints are not farther from the true ones; None if they are unknown.

    Raises:
        DataError: there are no frames, a value is not finite, the shapes do not fit the skeleton
            or each other, or the frame rate is not positive.
    """

    person: int
    p3w: np.ndarray
    skeleton: Skeleton
    fps: float
    extrapolated: np.ndarray | None = None
    first_frame: int = 0
    doubtful: np.ndarray | None = None
    std: np.ndarray | None = None

    def __post_init__(self):
        shape, expected = np.shape(self.p3w), (self.n_frames, self.skeleton.n_joints)
        flags, doubts = np.shape(self.extrapolated_mask), np.shape(self.doubtful_mask)
        problems = {
            "has no frames": self.n_frames == 0,
            f"has poses of shape {shape}, not {(*expected, 3)}": shape != (*expected, 3),
            "has poses that are not finite": not np.isfinite(self.p3w).all(),
            f"has no flag 'extrapolated' for each of {expected} joints": flags != expected,
            f"has no flag 'doubtful' for each of {self.n_frames} frames": doubts != expected[:1],
            f"has no standard deviation for each of {expected} joints": self.std is not None
            and np.shape(self.std) != expected,
            f"has a frame rate of {self.fps}": not 0 < self.fps < np.inf,
        }
        for problem, is_present in problems.items():
            if is_present:
                raise DataError(f"the track of person {self.person} {problem}")

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.p3w)

    @property
    def frames(self) -> np.ndarray:
        """[n_frames] numbers of the frames in the film."""
        return self.first_frame + np.arange(self.n_frames)

    @property
    def metres(self) -> np.ndarray:
        """[n_frames, n_joints, 3] the joints in the world [m]."""
        return np.asarray(self.p3w) / MM_PER_M

    @property
    def extrapolated_mask(self) -> np.ndarray:
        """[n_frames, n_joints] bool: `extrapolated`, or False everywhere if that is None."""
        if self.extrapolated is None:
            return np.zeros(np.shape(self.p3w)[:2], dtype=bool)
        return np.asarray(self.extrapolated, dtype=bool)

    @property
    def doubtful_mask(self) -> np.ndarray:
        """[n_frames] bool: `doubtful`, or False everywhere if that is None."""
        if self.doubtful is None:
            return np.zeros(self.n_frames, dtype=bool)
        return np.asarray(self.doubtful, dtype=bool)


def film_frames(tracks: Sequence[Track]) -> range:
    """The frames of a film from the first to the last in which anyone is.

    Args:
        tracks: one or more tracks.
    """
    first = min(track.first_frame for track in tracks)
    return range(first, max(track.first_frame + track.n_frames for track in tracks))


def over_frames(values: np.ndarray, track: Track, frames: range, absent: Any) -> np.ndarray:
    """Values of a track over frames of the film.

    Args:
        values: [track.n_frames, ...] values.
        track: the track.
        frames: consecutive frames, those of the track among them.
        absent: the value for frames in which the person is not.

    Returns:
        [len(frames), ...].
    """
    before = track.first_frame - frames.start
    after = len(frames) - before - track.n_frames
    margins = [(before, after), *[(0, 0)] * (values.ndim - 1)]
    return np.pad(values, margins, constant_values=absent)


def check_film(tracks: Sequence[Track]) -> None:
    """Check that tracks can be stored in one file.

    Raises:
        DataError: there are no tracks, two tracks are of one person, or the tracks differ in
            their skeleton or their frame rate.
    """
    if not tracks:
        raise DataError("there is nobody to save: no track")
    if len({track.person for track in tracks}) < len(tracks):
        raise DataError("two tracks are of the same person: number people apart, or join them")
    if len({(track.skeleton.id, track.fps) for track in tracks}) > 1:
        raise DataError("tracks of one film have one skeleton and one frame rate: save them apart")
