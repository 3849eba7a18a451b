"""What an inference gives."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from inference.status import Status


@dataclass(frozen=True)
class InferenceResult:
    """The fit of a sequence; arrays over its frames.

    Attributes:
        p3w: [n_frames, n_joints, 3] poses in the world, in the unit of the camera's t.
        z: [n_frames, n_z] latent vectors.
        yaw: [n_frames] radians about the world's z axis.
        translation: [n_frames, 2] position on the ground.
        scale: that of the sequence: the subject's height.
        cost: [n_frames] the objective.
        iterations: [n_frames] evaluations of the objective.
        status: [n_frames] `Status` numbers.
        seconds: that it took.
        hypotheses_p3w: [k, n_frames, n_joints, 3] the best poses that differ from each other,
            cheapest first, where they were asked for.
        hypotheses_cost: [k, n_frames] theirs.
    """

    p3w: np.ndarray
    z: np.ndarray
    yaw: np.ndarray
    translation: np.ndarray
    scale: float
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray
    seconds: float
    hypotheses_p3w: np.ndarray | None = None
    hypotheses_cost: np.ndarray | None = None

    @property
    def fps(self) -> float:
        """Frames per second of the inference."""
        return len(self.p3w) / max(self.seconds, 1e-9)

    def outcomes(self) -> Counter[Status]:
        """How many frames ended how."""
        return Counter(Status(s) for s in self.status)
