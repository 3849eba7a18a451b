"""A camera that turns or zooms, as one that does neither.

The rays to keypoints are turned into the frame of one camera, the steady one, which looks where the
camera looks on average. It sees a keypoint u of a frame with rotation R and focal lengths f where
R₀·Rᵀ·((u − c)/f, 1) is projected. A person is lifted from there, and taken back.
"""

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from human_pose_util.camera import Camera
from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.detections import hidden
from lifting.fit.lifted import Lifted
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_input import Film

WIDEST = 65.0
"""Angle [degrees] between a ray and the direction of the steady camera up to which keypoints count:
farther out, errors in the image grow more than fivefold."""


class SteadyCamera:
    """The steady camera of a film.

    Args:
        film: what is known of the film, whose camera turns or zooms.

    Attributes:
        film: what is known of the film that the steady camera would take.
    """

    def __init__(self, film: Film):
        camera = film.camera
        n = camera.n_frames or 1
        r = np.eye(3) if camera.r is None else np.array(camera.r)
        self._r = np.broadcast_to(r, (n, 3, 3))
        self._f = np.broadcast_to(np.array(camera.f), (n, 2))
        self._c = film.principal_point
        mean = Rotation.from_matrix(self._r).mean().as_matrix()
        self._turn = self._r @ mean.T  # from the steady camera's frame to that of each frame
        self._steady_f = np.median(self._f, axis=0)
        steady = FilmCamera(f=self._steady_f.tolist(), c=self._c.tolist())
        # Its image holds all rays that count, so that none is taken for an error.
        wide = 2 * self._steady_f * np.tan(np.radians(WIDEST))
        self._size = film.image_size
        size = tuple(np.maximum(wide, film.size))
        # Where the zoom alone is known, the camera may turn.
        is_still = film.is_still or camera.r is not None
        self.film = replace(film, camera=steady, size=size, is_still=is_still)

    def person(self, person: Person) -> Person:
        """A person as the steady camera would see them.

        Args:
            person: keypoints in the film, in frames for which the camera is described.

        Raises:
            DataError: the steady camera sees the person nowhere.
        """
        rows = slice(person.first_frame, person.end)
        points = person.keypoints.copy()
        slopes = (points[..., :2] - self._c) / self._f[rows, None]
        rays = np.concatenate([slopes, np.ones_like(slopes[..., :1])], axis=2) @ self._turn[rows]
        is_ahead = rays[..., 2] > np.cos(np.radians(WIDEST)) * np.linalg.norm(rays, axis=2)
        was_seen = np.isfinite(points).all(axis=2)
        if was_seen.any() and not is_ahead[was_seen].any():
            raise DataError(
                f"the person is seen only more than {WIDEST:.0f} degrees from the camera's mean "
                "direction"
            )
        with np.errstate(divide="ignore", invalid="ignore"):
            points[..., :2] = self._steady_f * rays[..., :2] / rays[..., 2:] + self._c
        return replace(person, keypoints=hidden(points, ~is_ahead))

    def restore(self, lifted: Lifted, first_frame: int) -> Lifted:
        """Poses that the steady camera saw, before the camera that turns.

        Args:
            lifted: the poses.
            first_frame: the frame of the film at which they begin.
        """
        rows = slice(first_frame, first_frame + len(lifted))
        turn, steady = self._turn[rows], lifted.camera
        t = np.broadcast_to(steady.t, (len(lifted), 3))
        camera = Camera(
            turn @ steady.r,
            (turn @ t[..., None])[..., 0],
            self._f[rows],
            np.broadcast_to(self._c, (len(lifted), 2)),
            self._size,
        )
        return replace(lifted, p3c=lifted.p3c @ np.swapaxes(turn, 1, 2), camera=camera)
