"""The lift of the people of a film, from their keypoints to poses in one world.

1. Cuts divide the film into shots. What a shot shows of a person is a take.
2. A sample of the frames of each take tells the body of the person and the focal length of the
   shot.
3. Where people come nearer or go away, their motion tells the focal length better.
4. Each take is fitted: poses in the frame of its camera.
5. The floor that people share tells how tall they are, compared with each other.
6. The poses tell vertical and floor of each shot, and so the place of its camera in the world.

That is all before a camera that stands still and upright. A film of another camera is lifted as
such a camera would show it: in this other view (`lifting.camera_motion.other_view`) people are
lifted by the same steps, and their poses are taken back to the camera of the film. What asks for it
is

- a camera that is known to turn or to zoom, before step 1;
- people who stand upright only in a turned image, which samples tell after step 2;
- a camera that turns, which feet tell after step 6.

A camera that sways turns by little. The world is turned back at the end, and nothing is lifted
again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.people import end_of
from inference.search.inference_result import InferenceResult
from inference.solvers.execution import execution_for
from lifting.camera_motion.image_turn import image_turn
from lifting.camera_motion.other_view import OtherView
from lifting.camera_motion.steady_camera import SteadyCamera
from lifting.camera_motion.swaying_camera import Part, without_sway
from lifting.camera_motion.turned_image import TurnedImage
from lifting.camera_motion.turning_camera import turning_camera
from lifting.fit.calibration import calibrate
from lifting.fit.common_floor import on_one_floor
from lifting.fit.focal_search import with_focal_lengths
from lifting.fit.hidden_cuts import shot_starts
from lifting.fit.lifted import Lifted, joined, lifted_of
from lifting.fit.problems import Problems
from lifting.fit.shot_places import shot_places
from lifting.fit.takes import FilmContext, Fit, Take, takes_of
from lifting.fit.windows import FramesDone, fit_in_windows
from lifting.stance.level_view import Place

T = TypeVar("T")


@dataclass(frozen=True)
class FilmLift:
    """The lift of the people of one film.

    Attributes:
        context: the film.
        problems: the reason is added for each person who cannot be lifted.
        progress: called with the number of further frames that are done.
    """

    context: FilmContext
    problems: Problems
    progress: FramesDone

    def lift(self, people: Mapping[int, Person]) -> dict[int, Lifted]:
        """The poses of all who can be lifted, by their numbers and in the same order.

        Args:
            people: the people, with keypoints as `valid_keypoints` returns them.
        """
        film, searches = self.context.film, self.context.searches
        if film.camera.needs_steadying:
            return self._lift_in(SteadyCamera(film), people)
        starts = shot_starts(list(people.values()), self.context)
        takes = self._successes(lambda person: takes_of(person, starts, self.context), people)
        people = {number: people[number] for number in takes}
        takes = calibrate(takes, searches)
        is_upright = film.is_upright or film.camera.is_placed
        degrees = 0 if is_upright else image_turn(takes.values(), searches.skeleton)
        if degrees:
            # That is the whole lift of a film with an upright image, its sway included.
            return self._lift_in(TurnedImage(film, degrees), people)
        if film.camera.f is None:
            # Fits of trials are no progress: each frame counts when its take is fitted, below.
            trial = replace(self, progress=lambda n: None)
            takes = with_focal_lengths(takes, trial._fit, searches)
        fits = {
            number: [Fit(take, self._fit(take)) for take in takes_of_person]
            for number, takes_of_person in takes.items()
        }
        if film.camera.is_placed:
            return self._poses(fits, {}, starts)
        if film.height is None:
            fits = on_one_floor(fits, searches)
        # Vertical and floor follow from everyone in a shot, so all fits come before any place.
        places = shot_places(fits.values(), searches)
        if film.is_still:
            return self._poses(fits, places, starts)
        lifted = self._lift_with_turn(fits, places, starts, people)
        if lifted is None:
            lifted = self._poses(fits, places, starts)
        parts = {n: Part(people[n].first_frame, poses) for n, poses in lifted.items()}
        return without_sway(parts, starts)

    def _lift_in(self, view: OtherView, people: Mapping[int, Person]) -> dict[int, Lifted]:
        """What `lift` returns for people as another view of the film shows them.

        The recursion ends: a steady camera neither turns nor zooms, and a turned image counts as
        upright (`Film.is_upright`), so that no view leads to itself again.
        """
        people = self._successes(view.person, people)
        in_view = replace(self, context=replace(self.context, film=view.film))
        return {
            number: view.restore(lifted, people[number].first_frame)
            for number, lifted in in_view.lift(people).items()
        }

    def _successes(
        self, function: Callable[[Person], T], people: Mapping[int, Person]
    ) -> dict[int, T]:
        """What a function returns for people; one who makes it raise a DataError is a problem."""
        answers = {}
        for number, person in people.items():
            try:
                answers[number] = function(person)
            except DataError as error:
                self.problems[number] = error
                self.progress(len(person.keypoints))
        return answers

    def _fit(self, take: Take) -> InferenceResult:
        """The result for a take."""
        observed, seen = take.observed, take.seen
        execution = execution_for(len(observed))
        search = self.context.searches.search("film", seen.mapping, seen.film, execution)
        return fit_in_windows(search, observed, self.progress)

    def _lift_with_turn(
        self,
        fits: Mapping[int, Sequence[Fit]],
        places: Mapping[int, Place],
        starts: Sequence[int],
        people: Mapping[int, Person],
    ) -> dict[int, Lifted] | None:
        """The poses of people before a camera that turns, if their feet tell that it does.

        Args:
            fits: what is fitted to the takes of each person.
            places: where the camera stands in each shot, as if it did not turn.
            starts: frames of the film at which a new shot begins.
            people: the same people.

        Returns:
            The poses; None where the camera does not turn, or where the steady camera that takes
            its place cannot see someone.
        """
        if not fits:
            return None
        film, searches = self.context.film, self.context.searches
        edges = [0, *starts, end_of(list(people.values()))]
        turn = turning_camera(fits.values(), places, edges, film, searches)
        if turn is None:
            return None
        # Whether the image is turned is decided already.
        steady = SteadyCamera(replace(film, camera=turn.camera, is_upright=True))
        # These frames are counted as done already, and a failure is none of the film's.
        problems: Problems = {}
        attempt = replace(self, problems=problems, progress=lambda n: None)
        lifted = attempt._lift_in(steady, people)
        if problems:
            return None
        return {number: replace(poses, turn=turn.degrees) for number, poses in lifted.items()}

    def _poses(
        self,
        fits: Mapping[int, Sequence[Fit]],
        places: Mapping[int, Place],
        starts: Sequence[int],
    ) -> dict[int, Lifted]:
        """What fits tell of people, before cameras at the places of the shots.

        Args:
            fits: what is fitted to the takes of each person.
            places: where the camera stands in each shot; empty for a camera whose place is known.
            starts: frames of the film at which a new shot begins.
        """
        lifted = {}
        for number, fits_of_person in fits.items():
            if not any(np.isfinite(fit.result.cost).any() for fit in fits_of_person):
                self.problems[number] = DataError(
                    "no pose before the camera explains the keypoints: are r and t (in mm) of the "
                    "camera right?"
                )
                continue
            parts = self._lifted(fits_of_person, places)
            lifted[number] = replace(joined(parts), cuts=tuple(starts))
        return lifted

    def _lifted(self, fits: Sequence[Fit], places: Mapping[int, Place]) -> list[Lifted]:
        """What the fits of a person tell, with poses that are refined.

        Only the poses are: vertical, floor, turns of the camera and the quality follow from how the
        GAN itself explains the keypoints.

        Args:
            fits: what is fitted to the takes of the person.
            places: as for `_poses`.
        """
        searches = self.context.searches
        refiner = searches.refiner(self.context.mapping, self.context.film)
        told = [refiner.lengths(result, take.observed) for take, result in fits]
        lengths = np.average(told, axis=0, weights=[len(take) for take, _ in fits])
        parts = []
        for take, result in fits:
            place = places.get(take.shot)
            lifted = lifted_of(result, place, take.seen, searches, take.exchange_gain)
            refined = refiner(result, replace(take.observed, refined_lengths=lengths))
            p3c = searches.in_camera(refined)
            parts.append(replace(lifted, p3c=p3c, p3w=lifted.camera.to_world(p3c)))
        return parts
