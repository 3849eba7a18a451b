"""2D keypoints of a film in, 3D poses out: for people who have a detector and no calibration."""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gan import GanBuilder
from human_pose_util.errors import DataError
from human_pose_util.keypoints.smoothing import smooth
from human_pose_util.keypoints.swaps import person_size, unswap
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton.mapping import KeypointMapping
from inference.model.observations import Observations
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import PoseSearch
from inference.solvers.execution import Execution, execution_for
from lifting.film_camera import FilmCamera, level_view
from lifting.film_search import FilmSearch, floor_points, place_of
from lifting.keypoint_input import Film, Sighting, valid_keypoints
from lifting.lifted import Lifted
from lifting.settings import CONTACTS, PERSON, SMOOTHNESS
from lifting.windows import Window, join, windows_of
from serialization import SHIPPED_GAN

MISFIT, USELESS = 5.0, 12.0
"""Errors of a keypoint [px, of a person of `PERSON` px] that halve its weight, and that make it
useless."""

N_CALIBRATION, TELLING_JOINTS = 128, 6
"""Number of frames that tell the person's body and the focal length, and number of observed joints
that each should have."""

FEWEST_JOINTS, SMALLEST_PERSON = 3, 4.0
"""Number of joints that have to be observed in some frame, and least size of a person [px]."""


class PoseLifter:
    """Lifts keypoints [px] to poses [mm] with one GAN.

    Args:
        gan_id: the id of a trained GAN, or a `GanBuilder`; by default the GAN that comes with the
            repository.
        gan_params_dir: folder of the GANs' parameter files; by default the repository's.
        models_dir: folder of the trained GANs; by default the repository's.
        smoothness: weight of half the squared joint velocities; with 0, and `contacts` 0, every
            frame is fitted by itself.
        contacts: weight of half the squared velocities of feet that stand still in the image; 0 for
            no such term.

    Attributes:
        gan: the GAN.
        films: its searches for keypoints of films.
    """

    def __init__(
        self,
        gan_id: str | GanBuilder = SHIPPED_GAN,
        gan_params_dir: Path | None = None,
        models_dir: Path | None = None,
        smoothness: float = SMOOTHNESS,
        contacts: float = CONTACTS,
    ):
        if isinstance(gan_id, str):
            gan_id = GanBuilder(gan_id, gan_params_dir, models_dir)
        self.gan: GanBuilder = gan_id
        self.films = FilmSearch(self.gan, smoothness, contacts)

    def lift(
        self,
        keypoints,
        skeleton: str = "coco17",
        size: Sequence[float] = (1920, 1080),
        fps: float = 30.0,
        camera: FilmCamera | None = None,
        height: float | None = None,
        progress: Callable[[int], Any] = lambda n: None,
    ) -> Lifted:
        """Lift the keypoints of one person, in pixels, to poses in mm.

        Args:
            keypoints: [n_frames, n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN or
                confidence 0 for a keypoint that was not detected.
            skeleton: skeleton of the keypoints: "coco17", "coco18", "body25", or a registered one.
            size: (width, height) of the image [px].
            fps: frames per second.
            camera: what is known of the camera; by default nothing.
            height: height of the person, standing [m]; by default what is likely.
            progress: called with the number of further frames that are done.

        Raises:
            SpecError: no such skeleton, one that has too little in common with the GAN's, or an
                impossible size, rate or height.
            DataError: the GAN is not trained, keypoints of another shape or without a person, or a
                camera that cannot have taken them.
        """
        film = Film(size, fps, camera or FilmCamera(), height)
        mapping = self.films.keypoint_mapping(skeleton)
        detected = valid_keypoints(keypoints, mapping.n_keypoints, size)
        n_observed = (mapping.observe(detected)[1] > 0).any(axis=0).sum()
        if n_observed < FEWEST_JOINTS:
            raise DataError(
                f"the keypoints show no person: fewer than {FEWEST_JOINTS} joints are seen"
            )
        person = person_size(detected)
        if person < SMALLEST_PERSON:
            raise DataError(f"the keypoints show no person: all lie within {person:.0f} pixels")
        seen = Sighting(detected, mapping, person, film)
        paths = smooth(unswap(detected, get_skeleton(skeleton), fps), fps, person)
        # How far a point may be off decides how much it counts: half at `MISFIT`, as the square of
        # the error beyond, and not at all at `USELESS`.
        std = paths.std * PERSON / person
        weights = np.where(std < USELESS, 1 / (1 + (std / MISFIT) ** 2), 0.0)
        weighted = np.concatenate([paths.keypoints[..., :2], weights[..., None]], axis=2)
        observed = self.films.observe(replace(seen, keypoints=weighted))
        if not observed.has_joints.any():
            raise DataError("no keypoint lies before the camera: its f or c cannot be right")
        execution = execution_for(len(observed))
        observed = self._calibrate(observed, mapping, film, execution)
        search = self.films.search("film", mapping, film, execution)
        result = self._fit(observed, search, progress)
        if film.camera.is_placed:
            place = place_of(result)
        else:
            place = level_view(*floor_points(result, self.films.in_camera(result)))
        return self.films.lifted(result, place, seen)

    def _calibrate(
        self,
        observed: Observations,
        mapping: KeypointMapping,
        film: Film,
        execution: Execution,
    ) -> Observations:
        """The observations with the person's height and bones, and the focal length if unknown.

        All are fitted to a sample of the frames, each of which is fitted by itself otherwise.
        """
        if film.height is not None:
            observed = replace(observed, height=film.height / self.films.stature)
        telling = np.flatnonzero((observed.weights > 0).sum(axis=1) >= TELLING_JOINTS)
        if not len(telling):
            telling = np.flatnonzero(observed.has_joints)
        n = min(len(telling), N_CALIBRATION)
        sample = telling[np.linspace(0, len(telling) - 1, n).round().astype(int)]
        search = self.films.search("calibration", mapping, film, execution)
        result = search.infer([observed.at(sample)])[0]
        # The search starts at the given focal length; its factor is the same for all frames.
        camera = observed.camera
        factor = np.median(result.camera.f / camera.f[sample], axis=0)
        return replace(
            observed,
            height=result.scale,
            lengths=result.lengths,
            camera=replace(camera, f=camera.f * factor),
        )

    def _fit(
        self, observed: Observations, search: PoseSearch, progress: Callable[[int], Any]
    ) -> InferenceResult:
        """The result for a film, fitted in windows that share a few frames."""

        def fit(window: Window) -> InferenceResult:
            return search.infer([observed.at(slice(window.first, window.last))])[0]

        windows, results = windows_of(len(observed)), []
        with ThreadPoolExecutor(2) as pool:
            # The first window traces or compiles; the others then run two at a time.
            in_order = itertools.chain([fit(windows[0])], pool.map(fit, windows[1:]))
            for window, result in zip(windows, in_order, strict=True):
                results.append(result)
                progress(window.high - window.low)
        return join(results, windows)
