"""What lifting a person's keypoints gives."""

from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.skeleton import Skeleton
from human_pose_util.skeleton.keypoints import Sighting


@dataclass(frozen=True)
class Lifted:
    """A person's poses; arrays over the frames of the film in which the person is.

    Attributes:
        p3w: [n_frames, n_joints, 3] mm in the world: z up, floor at 0. Where the camera's place
            was not known, the world is one in which it stands still above the origin and looks
            along y.
        p3c: [n_frames, n_joints, 3] mm in the camera's frame (x right, y down, z ahead).
        skeleton: of the poses, the GAN's.
        extrapolated: [n_frames, n_joints] whether no keypoint showed the joint in that frame, so
            that its place is what the other joints, the frames around and the GAN make likely.
        status: [n_frames] `inference.solvers.status.Status` numbers.
        cost: [n_frames] the objective.
        r: [3, 3] rotation from the world to the camera's frame.
        t: [3] translation, mm.
        f: [2] focal lengths [px], as given or as found.
        c: [2] principal point [px].
        fps: frames per second.
        height: that the person is taken to have, standing [mm].
        sighting: which keypoints show which joints.
    """

    p3w: np.ndarray
    p3c: np.ndarray
    skeleton: Skeleton
    extrapolated: np.ndarray
    status: np.ndarray
    cost: np.ndarray
    r: np.ndarray
    t: np.ndarray
    f: np.ndarray
    c: np.ndarray
    fps: float
    height: float
    sighting: Sighting

    def __len__(self) -> int:
        return len(self.p3w)

    def at(self, i: int) -> "Lifted":
        """Frame `i` alone."""
        names = ("p3w", "p3c", "extrapolated", "status", "cost")
        return replace(self, **{name: getattr(self, name)[i : i + 1] for name in names})

    def keypoints(self, p3: np.ndarray | None = None) -> np.ndarray:
        """The poses in the order of the keypoints.

        Args:
            p3: [n_frames, n_joints, 3]; by default `p3w`.

        Returns:
            [n_frames, n_keypoints, 3]; NaN for a keypoint that is no joint of the skeleton, nor
            the mean of some. Points of a face stand at the middle of the head.
        """
        return self.sighting.restore(self.p3w if p3 is None else p3)
