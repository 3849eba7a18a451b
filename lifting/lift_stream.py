"""Lifting a film as it comes in: one frame at a time, from where the last frames were."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from human_pose_util.arguments import check
from human_pose_util.blas import one_blas_thread
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.status import Status
from human_pose_util.keypoints.detections import FPS, HIDDEN
from human_pose_util.keypoints.person_size import person_size
from human_pose_util.units import MM_PER_M
from inference.model.sequence_variables import FIRST_HEIGHT
from inference.search.inference_result import InferenceResult
from inference.solvers.execution import TRACED
from lifting.fit.film_searches import FilmSearches
from lifting.fit.lifted import Lifted, lifted_of
from lifting.fit.recent_body import RecentBody
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_doubts import KeypointWatch
from lifting.input.keypoint_input import (
    SMALLEST_PERSON,
    Film,
    Sighting,
    given_frame,
    without_invalid,
)
from lifting.input.keypoint_paths import weighted_paths
from lifting.input.recent_keypoints import RecentKeypoints, without_invisible
from lifting.settings import SIZE, SKELETON
from lifting.stance.film_poses import FilmPoses
from lifting.stance.recent_floor import RecentFloor

WINDOW = 8
"""Number of frames that are fitted together."""

N_STEPS, N_LOST_STEPS = 1, 6
"""Number of steps of the fit for each frame that comes in, where the frames before it are nearly
where they belong, and where the last one is not explained (`LOST_COST`): a step for each frame does
not follow fast turns and falls. On motion capture, such frames are one in twelve; six steps instead
of one lower the errors of all frames by 9 %, those of acrobatics by a quarter; three steps by 7 and
16 %."""

LOST_COST = 5e-4
"""Cost above which a frame is not explained, and the next one starts from a proposal."""


class SearchOwner(Protocol):
    """What has searches for keypoints of films, such as a `PoseLifter`."""

    searches: FilmSearches


class LiftStream:
    """Lifts the keypoints of one person frame by frame, from pixels to mm.

    Every frame is fitted together with those before it, whose poses are known by then, and with the
    bones that they told. Neither the person's height nor a focal length is solved for: what is
    unknown of them is what is likely.

    At a cut, most keypoints jump farther than people move. The stream notices that 0.1 s later, and
    begins anew: sides, the vertical and the floor are those of the new view, the body stays. It
    does not notice a cut to a similar view, nor one while the person is away: there, call `reset`.

    Args:
        lifter: gives the GAN and its searches; usually a `PoseLifter`.
        skeleton: skeleton of the keypoints.
        size: (width, height) of the image [px]; by default 1920x1080, as a guess, so that no
            keypoint counts as lying on the border. Give it: with another one, distances and the
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
        size: Sequence[float] | None = None,
        fps: float = FPS,
        camera: FilmCamera | Mapping[str, Any] | None = None,
        height: float | None = None,
        lag: int = 0,
    ):
        lags = range(WINDOW)
        check("lag", lag, lambda n: n in lags, f"a whole number from 0 to {lags[-1]}")
        self._film = Film(
            size=SIZE if size is None else size,
            fps=fps,
            camera=FilmCamera.of(camera),
            height=height,
            is_size_known=size is not None,
        )
        if self._film.camera.n_frames is not None:
            raise SpecError("a stream needs a camera that is the same in all frames")
        self._searches, self._lag = lifter.searches, int(lag)
        self._mapping = self._searches.keypoint_mapping(skeleton)
        self._skeleton = self._mapping.keypoints
        self._search = self._searches.search("stream", self._mapping, self._film, TRACED)
        self._recent = RecentKeypoints(self._skeleton, self._film, WINDOW)
        self._watch = KeypointWatch(self._film.size, max(round(fps), 1))
        self._body = RecentBody()
        self._floor = RecentFloor(self._searches.skeleton, fps)
        self._n_telling = self._mapping.observed.sum() // 2  # joints that begin a stream
        # The window: the numbers of its frames, the variables at which its fit began and ended, and
        # whether its last frame is not explained, so that the next one starts at its proposal.
        self._frames = np.zeros(0, int)
        self._x = self._start = np.zeros((0, self._search.n_x))
        self._is_lost = True
        self._n_frames = 0  # that came in
        self._late_answers: list[Lifted] = []  # of frames before a cut, in order of time

    @one_blas_thread
    def push(self, keypoints) -> Lifted | None:
        """Take a frame in.

        Args:
            keypoints: [n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN, (0, 0) or
                confidence 0 for a keypoint that was not detected. None for a frame without the
                person.

        Returns:
            The pose of the frame, or of the frame `lag` frames ago (`Lifted.frame` is its number),
            as arrays over one frame. None while no person was observed yet, or until the lag is
            over. Its status tells whether anything was observed, which is not so where keypoints
            are those of the frame before; otherwise the few steps of a stream end at their limit.

        Raises:
            DataError: keypoints of another shape, or that are no numbers, or no pixels.
        """
        nobody = np.full((self._skeleton.n_joints, 3), HIDDEN)
        given = given_frame(nobody if keypoints is None else keypoints, self._skeleton)
        if keypoints is not None:
            self._watch.add(given)
        points = without_invalid(given, self._film.size)
        sure = without_invisible(points, self._skeleton, self._film)
        tells_person = (self._mapping.observe(sure).weights > 0).sum() >= self._n_telling
        # Few joints, such as those of a hand, may be near each other; half a person may not.
        if tells_person and person_size(sure) < SMALLEST_PERSON:
            points, tells_person = nobody[None], False
        answer = self._answer(points) if tells_person or len(self._recent) else None
        self._n_frames += 1
        # Frames before a cut are all answered before those after it.
        return self._late_answers.pop(0) if self._late_answers else answer

    def _answer(self, points: np.ndarray) -> Lifted | None:
        """The pose of the frame that a frame [1, n_joints, 3] lets the stream answer, if any."""
        self._recent.add(points)
        self._frames = np.append(self._frames, self._n_frames)[-WINDOW:]
        # The fit starts where the last frame ended; NaN asks the search for a proposal instead.
        start = np.full((1, self._x.shape[1]), np.nan) if self._is_lost else self._x[-1:]
        self._start = np.concatenate([self._x, start])[-WINDOW:]
        self._body.follow()
        is_new = self._frames == self._n_frames
        if n := self._recent.n_after_cut():
            self._begin_anew(n)
            is_new = np.ones(len(self._frames), bool)
        i = len(self._start) - 1 - self._lag  # of the frame that is answered
        seen, result = self._fit(slice(max(i, 0), max(i, 0) + 1))
        self._x = result.x
        self._is_lost = not self._searches.comparable(result.cost[-1]) < LOST_COST
        self._body.add(None if self._is_lost else self._searches.bone_lengths(result))
        if not self._film.camera.is_placed:
            # A frame without observations does not tell of the vertical.
            is_told = result.status != Status.NO_OBSERVATIONS
            poses = self._searches.poses_in_camera(result, seen)
            self._floor.add(FilmPoses(*(part[is_new[is_told]] for part in poses)))
        return self._lifted(result, seen, [i])[0] if i >= 0 else None

    def reset(self) -> None:
        """Begin anew: another camera films the same person from the next frame on.

        The body that the stream found stays. With a lag, the frames before are answered as without
        a reset.
        """
        self._begin_anew(0)

    def _begin_anew(self, n: int) -> None:
        """Forget what belongs to the camera that filmed all but the last `n` frames."""
        split = max(len(self._frames) - n, 0)
        frames, recent = self._frames[split:], self._recent.cut_off(n)  # of the new view
        # The old view ends as a stream does: the frames that wait for an answer get it now.
        self._frames, self._start = self._frames[:split], self._start[:split]
        self._late_answers = self.flush()
        # The new view: every frame starts at its proposal.
        self._frames, self._recent, self._is_lost = frames, recent, True
        self._x = self._x[:0]
        self._start = np.full((len(frames), self._x.shape[1]), np.nan)
        self._floor = RecentFloor(self._searches.skeleton, self._film.fps)

    @one_blas_thread
    def flush(self) -> list[Lifted]:
        """The poses of the last frames, for which a stream with a lag has no answer yet.

        Call it once, after the last frame.

        Returns:
            At most `lag` poses, as arrays over one frame each, in the order of the frames.
        """
        first = int(np.searchsorted(self._frames, self._n_frames - self._lag))
        rest = range(first, len(self._frames))
        if not rest:
            return [*self._late_answers]
        # The last fit once more: later frames have changed the poses since these frames came in.
        seen, result = self._fit(slice(rest.start, rest.stop))
        return self._late_answers + self._lifted(result, seen, rest)

    def _lifted(self, result: InferenceResult, seen: Sighting, rows: Iterable[int]) -> list[Lifted]:
        """The poses of frames of the window, as arrays over one frame each.

        Args:
            result: the result of the window.
            seen: the person in the window.
            rows: the frames, numbered in the window.
        """
        lifted = lifted_of(result, self._floor.place, seen, self._searches)
        return [replace(lifted.at(i), frame=int(self._frames[i])) for i in rows]

    def _fit(self, rows: slice) -> tuple[Sighting, InferenceResult]:
        """What is seen in the window, and its poses, fitted.

        Args:
            rows: the frames of the window whose standard deviations are computed.
        """
        n = len(self._start)
        size, keypoints = person_size(self._recent.clean), self._recent.with_sides()
        seen = Sighting(keypoints[-n:], self._mapping, size, self._film)
        paths = replace(seen, keypoints=weighted_paths(keypoints, self._film.fps, size)[-n:])
        observed = self._searches.observe(paths)
        height = observed.height or FIRST_HEIGHT / MM_PER_M
        observed = replace(observed, height=height, lengths=self._body.lengths)
        # Whether the stream was lost when the frame came in, which a flush is to repeat.
        was_lost = np.isnan(self._start[-1]).any()
        n_steps = N_LOST_STEPS if was_lost else N_STEPS
        return seen, self._search.follow(observed, self._start, n_steps, rows)
