"""The input of an inference: 2D joints and the camera that observed them, frame by frame."""

from dataclasses import dataclass, field, replace

import numpy as np

from gan.networks.proposal_network import Proposal
from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.floor import Floor
from inference.model.frame_batch import FrameBatch

FEWEST_JOINTS = 4
"""Number of observed joints from which on a frame tells a pose by itself."""


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
        refined_lengths: [n_kinds] the lengths to which a refinement holds bones
            (`inference.search.refinement`), likewise. A generator cannot make every body, so they
            differ from those that a fit can have.
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
    refined_lengths: np.ndarray | None = None
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
        return self.dt * self._frame_numbers

    @property
    def _frame_numbers(self) -> np.ndarray:
        """[n_frames] numbers of the frames in the film."""
        return np.arange(len(self)) if self.frames is None else self.frames

    def at(self, rows) -> "Observations":
        """The observations of some frames, without proposals, contacts, trend and floor.

        `dt` stays, whatever lies between the frames: it is the unit of their numbers. Motion terms
        would take neighbouring rows for neighbouring frames.

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
            frames=self._frame_numbers[rows],
        )

    def frame_batch(self) -> FrameBatch:
        """The observations as solvers take them, float32 arrays.

        The coordinate stands before the joint there, and what is unknown is an array without
        joints, so that all batches have the same fields.
        """
        n, camera = len(self), self.camera
        no_values, no_points = np.zeros((n, 0)), np.zeros((n, 3, 0))
        batch = FrameBatch(
            # The principal point is subtracted here, once, so that no solver has to add it.
            p2=np.swapaxes(self.p2 - camera.c[:, None], 1, 2),
            weights=self.weights,
            r=camera.r,
            t=camera.t,
            f=camera.f,
            proposal_p3=no_points,
            proposal_precision=no_values,
            contact=no_values if self.contact is None else self.contact,
            trend=no_points if self.trend is None else np.swapaxes(self.trend, 1, 2),
            firmness=np.full(n, self.firmness),
            floor_slope=no_points,
            floor_height=no_values,
        )
        if self.proposal is not None:
            # The precision is 0 where the deviation is infinite: nothing is proposed there.
            batch = batch._replace(
                proposal_p3=np.swapaxes(self.proposal.p3, 1, 2),
                proposal_precision=self.proposal.std**-2.0,
            )
        if self.floor is not None:
            # w·(u·p − h)² is ((√w·u)·p − √w·h)², so that the root goes to both u and h.
            root = np.sqrt(self.floor.weights)
            batch = batch._replace(
                floor_slope=root[:, None] * self.floor.up[:, None],
                floor_height=root * self.floor.heights,
            )
        return FrameBatch(*(np.ascontiguousarray(a, dtype=np.float32) for a in batch))

    def without_unknown(self, knowledge: CameraKnowledge, pixel_scale: float) -> "Observations":
        """The observations without the parameters of the camera that an inference must not use.

        Args:
            knowledge: what is known of the camera; `CameraKnowledge.usable` says what takes the
                place of the rest.
            pixel_scale: the unit of image points [px].

        Raises:
            DataError: nothing tells the size of the image, or most image points are far outside an
                image of the size that `knowledge` gives.
        """
        if knowledge.size is not None:
            self._require_points_near(np.array(knowledge.size) / pixel_scale, pixel_scale)
        return replace(self, camera=knowledge.usable(self.camera, pixel_scale))

    def _require_points_near(self, size: np.ndarray, pixel_scale: float) -> None:
        """Raise DataError where most observed points are a whole image away from the image.

        Args:
            size: [2] width and height of the image, in the unit of image points.
            pixel_scale: this unit [px], for the message.
        """
        # The image reaches half its size from its middle; one and a half is a whole image away.
        outside = np.abs(self.p2 - size / 2) > 1.5 * size
        is_far = np.asarray(outside.any(axis=-1))[self.weights > 0]
        if is_far.size and is_far.mean() > 0.5:
            width, height = size * pixel_scale
            raise DataError(
                f"most image points are far outside an image of {width:g}x{height:g} px: is that "
                "its size (camera.size)?"
            )


def tells_pose(weights: np.ndarray) -> np.ndarray:
    """[n_frames] whether enough joints of a frame were observed to tell a pose.

    Args:
        weights: [n_frames, n_joints] confidences; 0 for a joint that was not observed.
    """
    return np.asarray((weights > 0).sum(axis=-1) >= FEWEST_JOINTS)
