"""A film whose image is turned: as it is once people stand upright in it.

Players turn a film that was taken with a camera on its side; many programs that read its frames do
not, and so the keypoints of a detector lie on their side too. Other cameras are rolled by less.
"""

from dataclasses import replace

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.keypoints import Person
from human_pose_util.transforms import rotation_about
from lifting.fit.lifted import Lifted
from lifting.input.keypoint_input import Film


class TurnedImage:
    """The image of a film, turned about its middle.

    Args:
        film: what is known of the film, whose camera neither turns nor zooms, as far as known.
        degrees: by how much to turn the image clockwise.

    Attributes:
        film: what is known of the film with the turned image.
    """

    def __init__(self, film: Film, degrees: int):
        self._degrees = degrees
        self._size = float(film.size[0]), float(film.size[1])
        # With y down, a turn clockwise is one about the optical axis, from x to y.
        self._turn = rotation_about(np.radians(degrees), "z")
        # An image that is turned by about a quarter is as high as it was wide before.
        self._is_on_its_side = abs(self._turn[0, 1]) > abs(self._turn[0, 0])
        turned_size = self._size[::-1] if self._is_on_its_side else self._size
        self._middle, self._turned_middle = np.array(self._size) / 2, np.array(turned_size) / 2
        known = film.camera
        f = known.f and self._of_turned_axes(np.array(known.f)).tolist()
        c = known.c and self._turned(np.array(known.c)).tolist()
        camera = known.model_copy(update={"f": f, "c": c})
        self.film = replace(film, size=turned_size, camera=camera, is_upright=True)

    def person(self, person: Person) -> Person:
        """A person as the turned image shows them.

        Args:
            person: keypoints in the film.
        """
        keypoints = person.keypoints.copy()
        keypoints[..., :2] = self._turned(keypoints[..., :2])
        return replace(person, keypoints=keypoints)

    def restore(self, lifted: Lifted, first_frame: int) -> Lifted:
        """Poses of the turned image before the camera of the film; the world stays.

        Args:
            lifted: the poses.
            first_frame: the frame of the film at which they begin; it does not matter here, as it
                does for `SteadyCamera.restore`.
        """
        own = lifted.camera
        camera = Camera(
            self._turn.T @ own.r,
            own.t @ self._turn,
            self._of_turned_axes(own.f),
            (own.c - self._turned_middle) @ self._turn[:2, :2] + self._middle,
            self._size,
        )
        return replace(lifted, p3c=lifted.p3c @ self._turn, camera=camera, image_turn=self._degrees)

    def _turned(self, p2: np.ndarray) -> np.ndarray:
        """Points of the film [..., 2] in the turned image [px]."""
        return (p2 - self._middle) @ self._turn[:2, :2].T + self._turned_middle

    def _of_turned_axes(self, f: np.ndarray) -> np.ndarray:
        """Focal lengths [..., 2] of both axes, which a quarter turn exchanges.

        Other turns leave them: the pixels of cameras are square to within a percent or so.
        """
        return f[..., ::-1] if self._is_on_its_side else f
