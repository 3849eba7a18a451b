"""Lifting a film as it comes in: one frame at a time, from where the last frames were."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from human_pose_util.arguments import check
from human_pose_util.blas import one_blas_thread
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.status import Status
from human_pose_util.keypoints.detections import FPS, HIDDEN, without_unsure
from human_pose_util.keypoints.exchanges import REACH, window_without_exchanges
from human_pose_util.keypoints.outliers import without_outliers
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.units import MM_PER_M
from inference.model.sequence_variables import FIRST_HEIGHT
from inference.search.inference_result import InferenceResult
from inference.solvers.execution import TRACED
from lifting.fit.film_search import FilmSearch
from lifting.fit.lifted import Lifted, lifted_of
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_doubts import KeypointWatch
from lifting.input.keypoint_input import (
    SMALLEST_PERSON,
    Film,
    Sighting,
    given_frame,
    valid_frame,
)
from lifting.input.keypoint_paths import weighted_paths
from lifting.settings import SIZE, SKELETON
from lifting.stance.level_view import Place, level_view
from lifting.stance.vertical import FilmPoses

WINDOW = 8
"""Number of frames that are fitted together."""

MEMORY = 1.0
"""Seconds of detections in which exchanges of left and right are undone and paths are smoothed,
with every frame anew: the detections that come in tell where sides are exchanged, how much
keypoints jitter, and how large the person is in the image. Which side is right, all frames so far
tell. With half of it errors are larger by 1 to 2 %, with twice as much by nothing."""

N_STEPS, N_LOST_STEPS = 1, 6
"""Number of steps of the fit for each frame that comes in, where the frames before it are nearly
where they belong, and where the last one is not explained (`LOST_COST`): a step for each frame does
not follow fast turns and falls. On motion capture, such frames are one in twelve; six steps instead
of one lower the errors of all frames by 9 %, those of acrobatics by a quarter; three steps by 7 and
16 %."""

N_FLOOR, FLOOR_STEP = 300, 4
"""Number of frames from which the vertical and the floor are taken, and number of frames after
which they are taken anew: they change slowly."""

BODY_RATE = 0.25
"""By how much of what the poses of a new window tell the bones of the body change, to which the
next window is held. A body that all frames share lowers errors with a lag of 4 frames by 4 %;
slower rates, 0.1 and 0.05, lower them by 3 %, because the window is held to the body it adds to."""

LOST_COST = 5e-4
"""Cost above which a frame is not explained, and the next one starts from a proposal."""


class SearchOwner(Protocol):
    """What has searches for keypoints of films, such as a `PoseLifter`."""

    searches: FilmSearch


class LiftStream:
    """Lifts the keypoints of one person frame by frame, from pixels to mm.

    Every frame is fitted together with those before it, whose poses are known by then, and with the
    bones that they told. Neither the person's height nor a focal length is solved for: what is
    unknown of them is what is likely.

    Args:
        lifter: gives the GAN and its searches; usually a `PoseLifter`.
        skeleton: skeleton of the keypoints.
        size: (width, height) of the image [px]. Give it: with another one, distances and the
            vertical are wrong. A warning of Python's logging says once that many keypoints lie
            outside the image.
        fps: frames per second.
        camera: what is known of the camera, or a dict of it; by default nothing.
        height: height of the person, standing [m]; by default what is likely.
        lag: 0 to 7: a frame is answered when so many more have come in, and is the better for it.

    Raises:
        SpecError: no such skeleton or lag, or an impossible size, rate, camera or height.
    """

    def __init__(
        self,
        lifter: SearchOwner,
        skeleton: str = SKELETON,
        size: Sequence[float] = SIZE,
        fps: float = FPS,
        camera: FilmCamera | Mapping[str, Any] | None = None,
        height: float | None = None,
        lag: int = 0,
    ):
        lags = range(WINDOW)
        check("lag", lag, lambda n: n in lags, f"a whole number from 0 to {lags[-1]}")
        self._film = Film(size=size, fps=fps, camera=FilmCamera.of(camera), height=height)
        if self._film.camera.n_frames is not None:
            raise SpecError("a stream needs a camera that is the same in all frames")
        self._searches, self._lag = lifter.searches, int(lag)
        self._mapping = self._searches.keypoint_mapping(skeleton)
        self._skeleton = self._mapping.keypoints
        self._search = self._searches.search("stream", self._mapping, self._film, TRACED)
        self._height = height / self._searches.stature if height else FIRST_HEIGHT / MM_PER_M
        self._detected = np.full((0, self._skeleton.n_joints, 3), np.nan)
        # The first frames of the memory, `REACH` seconds, only show what is usual.
        self._n_detected = max(WINDOW + max(round(REACH * fps), 1), round(MEMORY * fps))
        self._watch = KeypointWatch(self._film.size, self._n_detected)
        self._side_costs: np.ndarray | None = None
        self._next_side_costs: np.ndarray | None = None
        # Lengths of bones: those of the body, at first of most people, and what a window told. They
        # join when the next frame comes, so that a flush fits the window with the body it had.
        self._lengths: np.ndarray | None = None
        self._told: np.ndarray | None = None
        self._x = self._start = np.zeros((0, self._search.n_x))
        self._is_lost = True
        self._n_telling = self._mapping.observed.sum() // 2  # joints that begin a stream
        self._place: Place | None = None
        self._poses: deque[FilmPoses] = deque(maxlen=N_FLOOR)
        self._n_fits = 0

    @one_blas_thread
    def push(self, keypoints) -> Lifted | None:
        """Take a frame in.

        Args:
            keypoints: [n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN, (0, 0) or
                confidence 0 for a keypoint that was not detected. None for a frame without the
                person.

        Returns:
            The pose of the frame, or of the frame `lag` frames ago, as arrays over one frame. None
            while no person was observed yet, or until the lag is over. Its status tells whether
            anything was observed; otherwise the few steps of a stream end at their limit.

        Raises:
            DataError: keypoints of another shape, or that are no numbers, or no pixels.
        """
        nobody = np.full((self._skeleton.n_joints, 3), HIDDEN)
        detected = nobody if keypoints is None else keypoints
        if keypoints is not None:
            self._watch.add(given_frame(detected, self._skeleton))
        points = valid_frame(detected, self._skeleton, self._film.size)
        sure = without_unsure(points)
        tells_person = (self._mapping.observe(sure).weights > 0).sum() >= self._n_telling
        # Few joints, such as those of a hand, may be near each other; half a person may not.
        if tells_person and person_size(sure) < SMALLEST_PERSON:
            points, tells_person = nobody[None], False
        if not (tells_person or len(self._detected)):
            return None
        if len(self._detected) == self._n_detected:
            # The first frame leaves; what it and those before it tell of the sides stays.
            self._side_costs = self._next_side_costs
        self._detected = np.concatenate([self._detected, points])[-self._n_detected :]
        # The fit starts where the last frame ended; NaN asks the search for a proposal instead.
        start = np.full((1, self._x.shape[1]), np.nan) if self._is_lost else self._x[-1:]
        self._start = np.concatenate([self._x, start])[-WINDOW:]
        self._follow_body()
        i = len(self._start) - 1 - self._lag  # of the frame that is answered
        seen, result = self._fit(slice(max(i, 0), max(i, 0) + 1))
        self._x = result.x
        self._is_lost = not self._searches.comparable(result.cost[-1]) < LOST_COST
        self._told = None if self._is_lost else self._searches.bone_lengths(result)
        if not self._film.camera.is_placed:
            self._follow_floor(result, seen)
        lifted = lifted_of(result, self._place, seen, self._searches)
        return lifted.at(i) if i >= 0 else None

    @one_blas_thread
    def flush(self) -> list[Lifted]:
        """The poses of the last frames, for which a stream with a lag has no answer yet.

        Call it once, after the last frame.

        Returns:
            At most `lag` poses, as arrays over one frame each, in the order of the frames.
        """
        n = len(self._start)
        rest = slice(max(n - self._lag, 0), n)
        if rest.start == n:
            return []
        # The last fit once more: later frames have changed the poses since these frames came in.
        seen, result = self._fit(rest)
        lifted = lifted_of(result, self._place, seen, self._searches)
        return [lifted.at(i) for i in range(rest.start, n)]

    def _follow_body(self) -> None:
        """Bring the body nearer to what the window before told."""
        if self._told is not None:
            before = self._told if self._lengths is None else self._lengths
            self._lengths = before + BODY_RATE * (self._told - before)

    def _fit(self, rows: slice) -> tuple[Sighting, InferenceResult]:
        """What is seen in the window, and its poses, fitted.

        Args:
            rows: the frames of the window whose standard deviations are computed.
        """
        n, fps = len(self._start), self._film.fps
        detected = without_outliers(without_unsure(self._detected), self._skeleton, fps)
        size = person_size(detected)
        detected, self._next_side_costs = window_without_exchanges(
            detected, self._skeleton, fps, self._side_costs
        )
        seen = Sighting(detected[-n:], self._mapping, size, self._film)
        paths = replace(seen, keypoints=weighted_paths(detected, fps, size)[-n:])
        observed = replace(
            self._searches.observe(paths), height=self._height, lengths=self._lengths
        )
        # Whether the stream was lost when the frame came in, which a flush is to repeat.
        was_lost = np.isnan(self._start[-1]).any()
        n_steps = N_LOST_STEPS if was_lost else N_STEPS
        return seen, self._search.follow(observed, self._start, n_steps, rows)

    def _follow_floor(self, result: InferenceResult, seen: Sighting) -> None:
        """Take the vertical and the floor from the poses of the last frames, where it is time.

        Args:
            result: the result of the window.
            seen: the person in the window.
        """
        # A frame without observations does not tell of the vertical.
        if result.status[-1] != Status.NO_OBSERVATIONS:
            poses = self._searches.poses_in_camera(result, seen)
            self._poses.append(FilmPoses(*(part[-1] for part in poses)))
        if self._poses and self._n_fits % FLOOR_STEP == 0:
            together = FilmPoses(*(np.stack(part) for part in zip(*self._poses, strict=True)))
            self._place = level_view([together], self._searches.skeleton, self._film.fps)
        self._n_fits += 1
