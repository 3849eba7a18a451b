"""What an inference gives."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from inference.solvers.status import Status


@dataclass(frozen=True)
class InferenceResult:
    """The fit of a sequence; arrays over its frames.

    Attributes:
        p3w: [n_frames, n_joints, 3] poses, in the unit of the camera's t.
        frame: that of the poses: "world", or "camera" where the extrinsics are not known.
        z: [n_frames, n_z] latent vectors.
        place: [n_frames, 3] yaw and position on the ground, or [n_frames, 6] rotation and
            position in the camera's frame (`inference.model.placement`).
        scale: that of the sequence: the subject's height.
        f: [n_frames, 2] focal lengths, as given or as found.
        c: [n_frames, 2] principal points, as given or as found.
        cost: [n_frames] the objective.
        iterations: [n_frames] evaluations of the objective.
        status: [n_frames] `Status` numbers.
        seconds: that it took.
        std: [n_frames, n_joints] standard deviations of the joints, where they were asked for
            (`inference.search.uncertainty`).
        aligned_std: [n_frames, n_joints] those that are left after Procrustes alignment.
        hypotheses_p3w: [k, n_frames, n_joints, 3] the best poses that differ from each other,
            cheapest first, where they were asked for.
        hypotheses_cost: [k, n_frames] theirs.
    """

    p3w: np.ndarray
    frame: str
    z: np.ndarray
    place: np.ndarray
    scale: float
    f: np.ndarray
    c: np.ndarray
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray
    seconds: float = 0.0
    std: np.ndarray | None = None
    aligned_std: np.ndarray | None = None
    hypotheses_p3w: np.ndarray | None = None
    hypotheses_cost: np.ndarray | None = None

    @property
    def yaw(self) -> np.ndarray | None:
        """[n_frames] radians about the world's z axis, where the pose is in the world."""
        return self.place[:, 0] if self.frame == "world" else None

    @property
    def rotation(self) -> np.ndarray | None:
        """[n_frames, 3] rotation vectors in the camera's frame, where the pose is in that."""
        return self.place[:, :3] if self.frame == "camera" else None

    @property
    def translation(self) -> np.ndarray:
        """[n_frames, 2] position on the ground, or [n_frames, 3] in the camera's frame."""
        if self.frame == "world":
            return self.place[:, 1:]
        ones = np.ones_like(self.place[:, :1])
        return np.exp(self.place[:, 5:]) * np.concatenate([self.place[:, 3:5], ones], axis=1)

    @property
    def fps(self) -> float:
        """Frames per second of the inference."""
        return len(self.p3w) / max(self.seconds, 1e-9)

    def outcomes(self) -> Counter[Status]:
        """How many frames ended how."""
        return Counter(Status(s) for s in self.status)
