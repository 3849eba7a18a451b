"""2D keypoints of a film in, 3D poses out: for people who have a detector and no calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gan import GanBuilder
from human_pose_util.blas import one_blas_thread
from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.detections import FPS
from human_pose_util.keypoints.people import end_of
from inference.search.inference_result import InferenceResult
from inference.solvers.execution import execution_for
from lifting.camera_motion.image_turn import image_turn
from lifting.camera_motion.steady_camera import SteadyCamera
from lifting.camera_motion.swaying_camera import without_sway
from lifting.camera_motion.turned_image import TurnedImage
from lifting.camera_motion.turning_camera import turning_camera
from lifting.fit.answers import FramesDone, attempts, successes, with_results
from lifting.fit.calibration import calibrate
from lifting.fit.common_floor import on_one_floor
from lifting.fit.film_search import FilmSearch
from lifting.fit.hidden_cuts import shot_starts
from lifting.fit.lifted import Lifted, joined, lifted_of
from lifting.fit.shot_places import Fit, shot_places
from lifting.fit.takes import FilmContext, Take, takes_of
from lifting.fit.windows import fit_in_windows
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_input import Film, valid_person
from lifting.settings import CONTACTS, SIZE, SKELETON, SMOOTHNESS, MotionWeights
from lifting.stance.level_view import Place
from serialization import SHIPPED_GAN


class PoseLifter:
    """Lifts keypoints [px] to poses [mm] with one GAN.

    Args:
        gan_id: the id of a trained GAN, or a `GanBuilder`; by default the GAN that comes with the
            repository.
        gan_params_dir: folder of the GANs' parameter files; by default the repository's.
        models_dir: folder of the trained GANs; by default the repository's.
        smoothness: weight of smooth motion, as in `lifting.settings.MotionWeights`.
        contacts: weight of feet that stand still, as there.

    Attributes:
        gan: the GAN.
        searches: its searches for keypoints of films.
        weights: the weights of motion.

    Raises:
        SpecError: a weight that is negative or not finite.
    """

    def __init__(
        self,
        gan_id: str | GanBuilder = SHIPPED_GAN,
        gan_params_dir: Path | None = None,
        models_dir: Path | None = None,
        smoothness: float = SMOOTHNESS,
        contacts: float = CONTACTS,
    ):
        if not isinstance(gan_id, GanBuilder):
            gan_id = GanBuilder(gan_id, gan_params_dir, models_dir)
        self.gan: GanBuilder = gan_id
        self.weights = MotionWeights(smoothness, contacts)
        self.searches = FilmSearch(self.gan, self.weights)

    def lift(
        self,
        keypoints,
        skeleton: str = SKELETON,
        size: Sequence[float] = SIZE,
        fps: float = FPS,
        camera: FilmCamera | Mapping[str, Any] | None = None,
        height: float | None = None,
        is_still: bool = False,
        progress: FramesDone = lambda n: None,
        is_upright: bool = False,
    ) -> Lifted:
        """Lift the keypoints of one person, in pixels, to poses in mm.

        Args:
            keypoints: [n_frames, n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN or
                confidence 0 for a keypoint that was not detected.
            skeleton: skeleton of the keypoints: "coco17", "body25", "halpe26", "blazepose33" or
                another one of a detector (docs/keypoint_formats.md), or a registered one.
            size: (width, height) of the image [px].
            fps: frames per second.
            camera: what is known of the camera, or a dict of it; by default nothing.
            height: height of the person, standing [m]; by default what is likely.
            is_still: whether the camera is known to stand still; by default the poses tell whether
                it turns or sways.
            progress: called with the number of further frames that are done.
            is_upright: whether the image is known to be upright; by default it is turned where
                people stand upright only then (`Lifted.image_turn`).

        Raises:
            SpecError: no such skeleton, one that has too little in common with the GAN's, or an
                impossible size, rate, camera or height.
            DataError: the GAN is not trained, keypoints of another shape or without a person, or a
                camera that cannot have taken them.
        """
        film = Film(
            size=size,
            fps=fps,
            camera=FilmCamera.of(camera),
            height=height,
            is_still=is_still,
            is_upright=is_upright,
        )
        lifted = self.lift_people([Person(keypoints, 0)], skeleton, film, progress)[0]
        if isinstance(lifted, DataError):
            raise lifted
        return lifted

    @one_blas_thread
    def lift_people(
        self,
        people: Sequence[Person],
        skeleton: str,
        film: Film,
        progress: FramesDone = lambda n: None,
    ) -> list[Lifted | DataError]:
        """Lift the keypoints of the people of a film, who stand on one floor before one camera.

        A cut of the film, after which the camera is another one, is found in the keypoints and the
        poses. Where feet that bear weight tell that the camera turns, the film is lifted again with
        this turn; where they tell that it sways, the world is turned back. Where people stand
        upright only once the image is turned, the film is lifted with the turned image.

        Args:
            people: the people; keypoints as for `lift`.
            skeleton: skeleton of the keypoints.
            film: what is known of the film and of the people.
            progress: called with the number of further frames that are done.

        Returns:
            For each person the poses, or, where too little is seen of the person, the reason.

        Raises:
            SpecError, DataError: as `lift`, where it does not concern one person alone.
        """
        mapping = self.searches.keypoint_mapping(skeleton)
        people = [valid_person(person, mapping.keypoints, film.size) for person in people]
        film.camera.check_frames(end_of(people))
        if film.camera.turns_or_zooms:
            return self._lift_as(SteadyCamera(film), people, skeleton, progress)
        context = FilmContext(mapping, film, self.searches)
        starts = shot_starts(people, context)
        takes = attempts(lambda person: takes_of(person, starts, context), people, progress)
        calibrated = calibrate(successes(takes), self.searches)
        seen = [p for p, own in zip(people, takes, strict=True) if isinstance(own, list)]
        if degrees := self._image_turn(calibrated, film):
            # That is the whole lift of a film with an upright image, its sway included.
            turned = TurnedImage(film, degrees)
            return with_results(takes, self._lift_as(turned, seen, skeleton, progress))
        fits = self._fits(calibrated, film, progress)
        answers = with_results(takes, self._lift_fits(fits, seen, starts, skeleton, film))
        if film.is_still or film.camera.is_placed:
            return answers
        lifted = [
            (person.first_frame, answer)
            for person, answer in zip(people, answers, strict=True)
            if isinstance(answer, Lifted)
        ]
        return with_results(answers, without_sway(lifted, starts))

    def _image_turn(self, calibrated: Sequence[Sequence[Take]], film: Film) -> int:
        """By how much the image has to be turned clockwise, as far as that is unknown [degrees]."""
        is_known = film.is_upright or film.camera.is_placed
        return 0 if is_known else image_turn(calibrated, self.searches.skeleton)

    def _fits(
        self, calibrated: Sequence[Sequence[Take]], film: Film, progress: FramesDone
    ) -> list[list[Fit]]:
        """What is fitted to the takes of each person, whose sizes go together in one film."""
        fits = [[Fit(take, self._fit(take, progress)) for take in own] for own in calibrated]
        if film.height is None and not film.camera.is_placed:
            fits = on_one_floor(fits, self.searches)
        return fits

    def _lift_fits(
        self,
        fits: Sequence[Sequence[Fit]],
        people: Sequence[Person],
        starts: Sequence[int],
        skeleton: str,
        film: Film,
    ) -> list[Lifted | DataError]:
        """What fits tell of people, before a camera that turns if their feet tell that it does.

        Args:
            fits: what is fitted to the takes of each person.
            people: the people, with valid keypoints.
            starts: frames of the film at which a new shot begins.
            skeleton: skeleton of the keypoints.
            film: what is known of the film, whose camera neither turns nor zooms, as far as known.
        """
        # Vertical and floor follow from everyone in a shot, so all fits come before any place.
        places = {} if film.camera.is_placed else shot_places(fits, self.searches)
        if fits and not (film.is_still or film.camera.is_placed):
            edges = [0, *starts, end_of(people)]
            if turn := turning_camera(fits, places, edges, film, self.searches):
                # Whether the image is turned is decided already.
                steady = SteadyCamera(replace(film, camera=turn.camera, is_upright=True))
                answers = self._lift_as(steady, people, skeleton)
                # Where the steady camera cannot see someone, the film stays as it is.
                if len(lifts := successes(answers)) == len(fits):
                    return [replace(lifted, turn=turn.degrees) for lifted in lifts]
        return [self._lifted(own, places, starts) for own in fits]

    def _lifted(
        self, fits: Sequence[Fit], places: Mapping[int, Place], starts: Sequence[int]
    ) -> Lifted | DataError:
        """The poses of a person, of all takes one after another; an error where none explains."""
        if not any(np.isfinite(result.cost).any() for _, result in fits):
            return DataError(
                "no pose before the camera explains the keypoints: are r and t (in mm) of the "
                "camera right?"
            )
        parts = [
            lifted_of(result, places.get(take.shot), take.seen, self.searches, take.exchange_gain)
            for take, result in fits
        ]
        return replace(joined(parts), cuts=tuple(starts))

    def _lift_as(
        self,
        view: SteadyCamera | TurnedImage,
        people: Sequence[Person],
        skeleton: str,
        progress: FramesDone = lambda n: None,
    ) -> list[Lifted | DataError]:
        """What `lift_people` returns for people as another view of the film shows them.

        The recursion ends: a steady camera neither turns nor zooms, and a turned image counts as
        upright (`Film.is_upright`), so that no view leads to itself again.

        Args:
            view: what the other camera, or the turned image, shows of people (`person`), what is
                known of the film then (`film`), and what that is in the film (`restore`).
            people: the people, with valid keypoints.
            skeleton: skeleton of the keypoints.
            progress: see `lift_people`.
        """
        attempted = attempts(view.person, people, progress)
        seen = successes(attempted)
        answers = self.lift_people(seen, skeleton, view.film, progress)
        restored = (
            view.restore(answer, person.first_frame) if isinstance(answer, Lifted) else answer
            for answer, person in zip(answers, seen, strict=True)
        )
        return with_results(attempted, restored)

    def _fit(self, take: Take, progress: FramesDone) -> InferenceResult:
        """The result for a take."""
        observed, seen = take.observed, take.seen
        search = self.searches.search("film", seen.mapping, seen.film, execution_for(len(observed)))
        return fit_in_windows(search, observed, progress)
