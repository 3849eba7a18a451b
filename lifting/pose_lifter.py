"""2D keypoints of a film in, 3D poses out: for people who have a detector and no calibration."""

import logging
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

from gan import GanBuilder
from human_pose_util.arguments import check
from human_pose_util.blas import one_blas_thread
from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.detections import FPS
from human_pose_util.keypoints.people import end_of
from human_pose_util.registry import get_skeleton
from lifting.film_lift import FilmLift
from lifting.fit.film_searches import FilmSearches
from lifting.fit.lifted import Lifted
from lifting.fit.problems import Problems
from lifting.fit.takes import FilmContext
from lifting.fit.windows import FramesDone
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_doubts import check_keypoints, image_size
from lifting.input.keypoint_input import Film, given_keypoints, valid_person
from lifting.lift_stream import LiftStream
from lifting.settings import CONTACTS, SKELETON, SMOOTHNESS, MotionWeights
from serialization import SHIPPED_GAN

log = logging.getLogger(__name__)


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
        self.gan = GanBuilder.of(gan_id, gan_params_dir, models_dir)
        self.weights = MotionWeights(smoothness, contacts)
        self.searches = FilmSearches(self.gan, self.weights)

    def lift(
        self,
        keypoints,
        skeleton: str = SKELETON,
        size: Sequence[float] | None = None,
        fps: float = FPS,
        camera: FilmCamera | Mapping[str, Any] | None = None,
        height: float | None = None,
        is_still: bool = False,
        progress: FramesDone = lambda n: None,
        is_upright: bool = False,
    ) -> Lifted:
        """Lift the keypoints of one person, in pixels, to poses in mm.

        Warnings of Python's logging say what is assumed of the image's size, and what speaks
        against the keypoints.

        Args:
            keypoints: [n_frames, n_keypoints, 2 or 3] x, y [px] and, if given, confidence; NaN,
                (0, 0) or confidence 0 for a keypoint that was not detected. In a list of frames,
                None or an empty list is a frame without the person.
            skeleton: skeleton of the keypoints: "coco17", "body25", "halpe26", "blazepose33" or
                another one of a detector (docs/keypoint_formats.md), or a registered one.
            size: (width, height) of the image [px]; by default the smallest common size that the
                keypoints fit into, as a guess, so that none counts as lying on the border.
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
        check("progress", progress, callable, "a function of a number of frames")
        given = given_keypoints(keypoints, get_skeleton(skeleton))
        film = Film(
            size=image_size(given, size),
            fps=fps,
            camera=FilmCamera.of(camera),
            height=height,
            is_still=is_still,
            is_upright=is_upright,
            is_size_known=size is not None,
        )
        # Keypoints are doubted as they are given: those that cannot be true are taken out below.
        if doubt := check_keypoints(given, film.size):
            log.warning("%s", doubt)
        lifted = self.lift_people([Person(given, 0)], skeleton, film, progress)[0]
        if isinstance(lifted, DataError):
            raise lifted
        return lifted

    def stream(self, **options: Any) -> LiftStream:
        """A stream that lifts the keypoints of one person frame by frame with this lifter's GAN.

        Args:
            options: what `LiftStream` takes besides the lifter, by name, with its defaults.

        Raises:
            SpecError: as `LiftStream`, or there is no such option.
        """
        # The options and their defaults have one place, the signature of `LiftStream`.
        allowed = [name for name in signature(LiftStream).parameters if name != "lifter"]
        for name in options:
            check("stream: option", name, lambda n: n in allowed, f"one of {', '.join(allowed)}")
        return LiftStream(self, **options)

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
        keypoints = get_skeleton(skeleton)
        # People are known by their places in the sequence: some may turn out to be problems.
        valid = {i: valid_person(person, keypoints, film) for i, person in enumerate(people)}
        problems: Problems = {}
        lifted = self.lift_film(valid, skeleton, film, problems, progress)
        return [lifted[i] if i in lifted else problems[i] for i in valid]

    @one_blas_thread  # every lift of a whole film passes here
    def lift_film(
        self,
        people: Mapping[int, Person],
        skeleton: str,
        film: Film,
        problems: Problems,
        progress: FramesDone = lambda n: None,
    ) -> dict[int, Lifted]:
        """As `lift_people`, for people who have numbers, and whose keypoints are valid already.

        Args:
            people: the people, with keypoints as `valid_keypoints` returns them.
            skeleton: skeleton of the keypoints.
            film: what is known of the film and of the people.
            problems: the reason is added for each person of whom too little is seen.
            progress: called with the number of further frames that are done.

        Returns:
            The poses of the other people, in the same order.

        Raises:
            SpecError, DataError: as `lift_people`.
        """
        # A camera that describes too few frames is an error of the film, not of one person in it.
        film.camera.check_frames(end_of(list(people.values())))
        context = FilmContext(self.searches.keypoint_mapping(skeleton), film, self.searches)
        return FilmLift(context, problems, progress).lift(people)
