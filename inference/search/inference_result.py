"""The result of an inference."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.evaluate.status import Status
from inference.model.placement import PLACEMENTS

OF_FRAMES = ("p3w", "x", "cost", "iterations", "status", "up", "std", "aligned_std")
"""Names of the arrays of a result that begin with the axis of its frames."""

POINTS, DEVIATIONS = ("p3w", "hypotheses_p3w"), ("std", "aligned_std")
"""Names of the arrays of a result that hold points, and of those that hold other lengths."""


@dataclass(frozen=True)
class InferenceResult:
    """The fit of a sequence; arrays over its frames, lengths in the unit of the camera's t.

    Attributes:
        p3w: [n_frames, n_joints, 3] poses, in `frame`.
        frame: the frame of the poses: "world", or "camera" where the extrinsics are unknown.
        x: [n_frames, n_x] variables of the frames: latent vectors, then placements.
        n_z: number of latent dimensions.
        scale: the scale of the sequence, the subject's height.
        lengths: [n_kinds] lengths of the subject's bones [subject heights], as
            `inference.model.body` has them; empty where every pose has bones of its own.
        refined_lengths: [n_kinds] the lengths to which a refinement holds bones
            (`inference.search.refinement`); None for poses that are not refined.
        camera: the cameras [n_frames, ...], with intrinsics as given or as solved for.
        cost: [n_frames] values of the objective.
        iterations: [n_frames] numbers of steps of the solver.
        status: [n_frames] `Status` numbers.
        up: [n_frames, 3] the vertical in the camera's frame, as the pose of each frame tells it
            (`inference.search.pose_vertical`); None for poses in the world.
        seconds: time that the sequence took [s].
        std: [n_frames, n_joints] standard deviations of the joints, where the settings ask for them
            (`inference.search.uncertainty`).
        aligned_std: [n_frames, n_joints] standard deviations after Procrustes alignment, likewise.
        hypotheses_p3w: [k, n_frames, n_joints, 3] the best poses that differ from each other, where
            the settings ask for them (`inference.search.hypotheses`).
        hypotheses_cost: [k, n_frames] costs of the hypotheses.
    """

    p3w: np.ndarray
    frame: str
    x: np.ndarray
    n_z: int
    scale: float
    lengths: np.ndarray
    camera: Camera
    cost: np.ndarray
    iterations: np.ndarray
    status: np.ndarray
    refined_lengths: np.ndarray | None = None
    up: np.ndarray | None = None
    seconds: float = 0.0
    std: np.ndarray | None = None
    aligned_std: np.ndarray | None = None
    hypotheses_p3w: np.ndarray | None = None
    hypotheses_cost: np.ndarray | None = None

    @property
    def z(self) -> np.ndarray:
        """[n_frames, n_z] latent vectors."""
        return self.x[:, : self.n_z]

    @property
    def placement(self) -> np.ndarray:
        """Placements: [n_frames, 3] in the world, [n_frames, 6] in the camera's frame.

        `inference.model.placement` has their meaning.
        """
        return self.x[:, self.n_z :]

    @property
    def yaw(self) -> np.ndarray | None:
        """[n_frames] radians about the world's z axis; None for poses in the camera's frame."""
        return self._orientation if self.frame == "world" else None

    @property
    def rotation(self) -> np.ndarray | None:
        """[n_frames, 3] rotation vectors in the camera's frame; None for poses in the world."""
        return self._orientation if self.frame == "camera" else None

    @property
    def translation(self) -> np.ndarray:
        """[n_frames, 2] position on the ground, or [n_frames, 3] in the camera's frame."""
        return PLACEMENTS[self.frame].position(self.placement)

    @property
    def _orientation(self) -> np.ndarray:
        """How the poses are turned, as their placement tells it."""
        return PLACEMENTS[self.frame].orientation(self.placement)

    @property
    def fps(self) -> float:
        """Frames per second of the inference."""
        return len(self.p3w) / max(self.seconds, 1e-9)

    def resized(self, factor: float) -> "InferenceResult":
        """The result for a subject who is `factor` times as tall, and as far from the camera.

        The image of such a subject is the same, and so are the costs. Poses are in the camera's
        frame.

        Args:
            factor: greater than 0.
        """
        if self.frame != "camera":
            raise ValueError("a world has its size: only poses in the camera's frame have others")
        y = PLACEMENTS[self.frame].change_coordinates(self.placement, factor, np.zeros(3))
        x = np.concatenate([self.z, y], axis=1).astype(self.x.dtype)
        lengths = {
            name: factor * getattr(self, name)
            for name in (*POINTS, *DEVIATIONS, "scale")
            if getattr(self, name) is not None
        }
        return replace(self, x=x, **lengths)

    def outcomes(self) -> Counter[Status]:
        """Numbers of frames by outcome."""
        return Counter(Status(s) for s in self.status)
