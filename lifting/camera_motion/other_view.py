"""Another view of a film, in which it is lifted in place of its own."""

from typing import Protocol

from human_pose_util.keypoints import Person
from lifting.fit.lifted import Lifted
from lifting.input.keypoint_input import Film


class OtherView(Protocol):
    """A film as another camera, or a turned image, shows it.

    Attributes:
        film: what is known of the film in this view.
    """

    film: Film

    def person(self, person: Person) -> Person:
        """A person as the view shows them.

        Args:
            person: keypoints in the film.

        Raises:
            DataError: the view shows the person nowhere.
        """
        ...

    def restore(self, lifted: Lifted, first_frame: int) -> Lifted:
        """Poses of the view, before the camera of the film.

        Args:
            lifted: the poses.
            first_frame: the frame of the film at which they begin.
        """
        ...
