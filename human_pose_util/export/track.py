"""What is exported: the 3D poses of one person through a film."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.skeleton import Skeleton

MM_PER_M = 1000.0


@dataclass(frozen=True)
class Track:
    """The poses of one person in consecutive frames of a film.

    Attributes:
        person: number of the person, from 0.
        p3w: [n_frames, n_joints, 3] joints in mm, in the world: right-handed, z up, floor z = 0.
        skeleton: names and parents of the joints.
        fps: frames per second.
        extrapolated: [n_frames, n_joints] bool, joints that no keypoint showed in that frame;
            None where each was shown.
        first_frame: number of the first of the frames in the film, from 0.

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

    def __post_init__(self):
        shape = (len(self.p3w), self.skeleton.n_joints)
        problems = {
            "has no frames": shape[0] == 0,
            f"has poses of shape {np.shape(self.p3w)}, not {(*shape, 3)}": np.shape(self.p3w)
            != (*shape, 3),
            "has poses that are not finite": not np.isfinite(self.p3w).all(),
            f"has no flag 'extrapolated' for each of {shape} joints": self.extrapolated is not None
            and np.shape(self.extrapolated) != shape,
            f"has a frame rate of {self.fps}": not 0 < self.fps < np.inf,
        }
        for problem, found in problems.items():
            if found:
                raise DataError(f"the track of person {self.person} {problem}")

    @property
    def n_frames(self) -> int:
        """How many frames there are."""
        return len(self.p3w)

    @property
    def frames(self) -> np.ndarray:
        """[n_frames] numbers of the frames in the film."""
        return self.first_frame + np.arange(self.n_frames)

    @property
    def metres(self) -> np.ndarray:
        """[n_frames, n_joints, 3] the joints in metres."""
        return np.asarray(self.p3w) / MM_PER_M

    @property
    def unseen(self) -> np.ndarray:
        """[n_frames, n_joints] bool: `extrapolated`, and False where that is None."""
        if self.extrapolated is None:
            return np.zeros(np.shape(self.p3w)[:2], dtype=bool)
        return np.asarray(self.extrapolated, dtype=bool)


def check_film(tracks: Sequence[Track]) -> None:
    """Whether tracks can stand in one file.

    Raises:
        DataError: there are none, two are of the same person, or they do not have one skeleton
            and one frame rate.
    """
    if not tracks:
        raise DataError("there is nobody to save: no track")
    if len({track.person for track in tracks}) < len(tracks):
        raise DataError("two tracks are of the same person: number people apart, or join them")
    if len({(track.skeleton.id, track.fps) for track in tracks}) > 1:
        raise DataError("tracks of one film have one skeleton and one frame rate: save them apart")
