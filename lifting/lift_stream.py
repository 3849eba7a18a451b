"""Lifting a film as it comes in: one frame at a time, from where the last frames were."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from human_pose_util.errors import SpecError
from human_pose_util.keypoints.swaps import SMALL, nearer_sides, person_size
from human_pose_util.registry import get_skeleton
from inference.search.starts import FIRST_HEIGHT
from lifting.film_camera import FilmCamera, floor_seen, level_view, place_of
from lifting.keypoint_checks import check_height, cleaned
from lifting.lifted import Lifted
from lifting.pose_lifter import PoseLifter

WINDOW = 8
"""Frames that are fitted together."""

STEPS = 1
"""Of the fit, after a first one, for each frame that comes in: the others are nearly there."""

LEVEL_FRAMES = 300
"""How many frames the vertical and the floor are taken from."""

LOST = 5e-4
"""Cost above which a frame is not explained, and the next one starts from a proposal."""


class LiftStream:
    """Lifts the keypoints of one person frame by frame.

    Every frame is fitted together with those before it, whose poses are known by then. Neither the
    person's size nor a focal length is solved for: what is not known of them is what is likely.

    Args:
        lifter: whose GAN it is.
        skeleton: of the keypoints.
        size: (width, height) of the image, px.
        fps: frames per second.
        camera: what is known of it; by default nothing.
        height: of the person, standing, in metres.
        lag: 0 to 7: a frame is answered when so many more have come in, and is the better for it.

    Raises:
        SpecError: no such skeleton or lag, or a size, rate or height that is none.
    """

    def __init__(
        self,
        lifter: PoseLifter,
        skeleton: str = "coco17",
        size: Sequence[float] = (1920, 1080),
        fps: float = 30.0,
        camera: FilmCamera | None = None,
        height: float | None = None,
        lag: int = 0,
    ):
        if not 0 <= lag < WINDOW:
            raise SpecError(f"lag {lag}: expected 0 to {WINDOW - 1}")
        self._lifter, self._camera = lifter, camera or FilmCamera()
        self._size, self._fps, self._lag = size, fps, lag
        check_height(height)
        self._seen, self._keypoints = lifter.sighting(skeleton), get_skeleton(skeleton)
        nobody = np.full((0, self._seen.n_keypoints, 3), np.nan)
        cleaned(nobody, self._seen, size, fps)
        self._optimizer = lifter.optimizer(self._seen, self._camera, robust=True)
        self._height = height / lifter.stature if height else FIRST_HEIGHT / 1000
        self._given, self._usual = nobody, np.full((1, self._seen.n_keypoints, 2), np.nan)
        self._x, self._lost, self._person = np.zeros((0, self._optimizer.n_x)), True, 0.0
        self._floor = deque(maxlen=LEVEL_FRAMES)

    def push(self, keypoints) -> Lifted | None:
        """Take a frame in.

        Args:
            keypoints: [n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN or 0: not
                seen. None: there is nobody.

        Returns:
            The pose of the frame, or of that `lag` frames ago, as arrays over one frame. None
            while nobody was seen yet, or the lag is not over. Its status tells whether anything
            was seen: the few steps of a stream end at their limit.

        Raises:
            DataError: keypoints of another shape.
        """
        nobody = np.full((self._seen.n_keypoints, 3), np.nan)
        given = nobody if keypoints is None else np.asarray(keypoints, float)
        given = cleaned(given[None], self._seen, self._size, self._fps)
        if not self._person:
            if (self._seen.observe(given)[1] > 0).sum() < self._seen.observed.sum() // 2:
                return None
            self._person = person_size(given)
        given = nearer_sides(given, self._usual, self._keypoints, SMALL * self._person)
        self._usual = np.where(np.isfinite(given[..., :2]), given[..., :2], self._usual)
        self._given = np.concatenate([self._given, given])[-WINDOW:]
        start = np.full((1, self._x.shape[1]), np.nan) if self._lost else self._x[-1:]
        self._x = np.concatenate([self._x, start])[-WINDOW:]
        return self._fitted()

    def _fitted(self) -> Lifted | None:
        lifter, seen, camera = self._lifter, self._seen, self._camera
        observed = lifter.observe(
            self._given, seen, self._person, self._size, self._fps, camera, self._height
        )
        result = self._optimizer.follow(observed, self._x, STEPS)
        self._x = np.concatenate([result.z, result.place], axis=1)
        self._lost = not result.cost[-1] < LOST
        p3c, place = lifter.in_camera(result, observed, camera), place_of(observed)
        if not camera.is_placed:
            if observed.seen[-1]:
                newest = (part[-1:] for part in floor_seen(result, p3c))
                self._floor.extend(zip(*newest, strict=True))
            place = level_view(*(np.stack(part) for part in zip(*self._floor, strict=True)))
        lifted = lifter.lifted(result, p3c, place, seen, self._given, self._person, self._fps)
        return lifted.at(len(lifted) - 1 - self._lag) if len(lifted) > self._lag else None
