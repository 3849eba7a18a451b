"""A film whose image is turned: as it is once people stand upright in it.

Players turn a film that was taken with a camera on its side; many programs that read its frames do
not, and so the keypoints of a detector lie on their side too. Other cameras are rolled by less.
"""

from dataclasses import replace

import numpy as np

from human_pose_util.camera import Camera
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.rotation import rotate_image
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
        self._size = film.image_size
        _, self._turned_size = rotate_image(np.zeros(2), degrees, self._size)
        # With y down, a turn clockwise is one about the optical axis, from x to y.
        self._turn = rotation_about(np.radians(degrees), "z")
        # A quarter turn exchanges the axes. Others leave focal lengths: pixels are nearly square.
        self._axes = np.argsort(-abs(self._turn[0, :2]))
        known = film.camera
        f = known.f and np.array(known.f)[self._axes].tolist()
        c = known.c and rotate_image(np.array(known.c), degrees, self._size)[0].tolist()
        camera = known.model_copy(update={"f": f, "c": c})
        self.film = replace(film, size=self._turned_size, camera=camera, is_upright=True)

    def person(self, person: Person) -> Person:
        """A person as the turned image shows them.

        Args:
            person: keypoints in the film.
        """
        return replace(
            person, keypoints=rotate_image(person.keypoints, self._degrees, self._size)[0]
        )

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
            own.f[..., self._axes],
            rotate_image(own.c, -self._degrees, self._turned_size)[0],
            self._size,
        )
        return replace(lifted, p3c=lifted.p3c @ self._turn, camera=camera, image_turn=self._degrees)
