"""The lift of the people of a film, from their keypoints to poses in one world."""

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
        seen = {number: people[number] for number in takes}
        calibrated = calibrate(takes, searches)
        is_upright = film.is_upright or film.camera.is_placed
        degrees = 0 if is_upright else image_turn(calibrated.values(), searches.skeleton)
        if degrees:
            # That is the whole lift of a film with an upright image, its sway included.
            return self._lift_in(TurnedImage(film, degrees), seen)
        fits = {
            number: [Fit(take, self._fit(take)) for take in own]
            for number, own in calibrated.items()
        }
        if film.height is None and not film.camera.is_placed:
            fits = on_one_floor(fits, searches)
        lifted = self._lift_fits(fits, seen, starts)
        if film.is_still or film.camera.is_placed:
            return lifted
        parts = {number: Part(seen[number].first_frame, own) for number, own in lifted.items()}
        return without_sway(parts, starts)

    def _lift_in(self, view: OtherView, people: Mapping[int, Person]) -> dict[int, Lifted]:
        """What `lift` returns for people as another view of the film shows them.

        The recursion ends: a steady camera neither turns nor zooms, and a turned image counts as
        upright (`Film.is_upright`), so that no view leads to itself again.
        """
        seen = self._successes(view.person, people)
        own = replace(self, context=replace(self.context, film=view.film))
        lifted = own.lift(seen)
        return {i: view.restore(lifted[i], seen[i].first_frame) for i in lifted}

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

    def _lift_fits(
        self,
        fits: Mapping[int, Sequence[Fit]],
        people: Mapping[int, Person],
        starts: Sequence[int],
    ) -> dict[int, Lifted]:
        """What fits tell of people, before a camera that turns if their feet tell that it does.

        Args:
            fits: what is fitted to the takes of each person.
            people: the same people.
            starts: frames of the film at which a new shot begins.
        """
        # Here, the camera of the film neither turns nor zooms, as far as known.
        film, searches = self.context.film, self.context.searches
        # Vertical and floor follow from everyone in a shot, so all fits come before any place.
        places = {} if film.camera.is_placed else shot_places(fits.values(), searches)
        if fits and not (film.is_still or film.camera.is_placed):
            edges = [0, *starts, end_of(list(people.values()))]
            if turn := turning_camera(fits.values(), places, edges, film, searches):
                # Whether the image is turned is decided already.
                steady = SteadyCamera(replace(film, camera=turn.camera, is_upright=True))
                unseen: Problems = {}
                attempt = replace(self, problems=unseen, progress=lambda n: None)
                lifted = attempt._lift_in(steady, people)
                # Where the steady camera cannot see someone, the film stays as it is.
                if not unseen:
                    return {i: replace(own, turn=turn.degrees) for i, own in lifted.items()}
        return self._poses(fits, places, starts)

    def _poses(
        self,
        fits: Mapping[int, Sequence[Fit]],
        places: Mapping[int, Place],
        starts: Sequence[int],
    ) -> dict[int, Lifted]:
        """What fits tell of people, before cameras at the places of the shots."""
        lifted, searches = {}, self.context.searches
        for number, own in fits.items():
            if not any(np.isfinite(result.cost).any() for _, result in own):
                self.problems[number] = DataError(
                    "no pose before the camera explains the keypoints: are r and t (in mm) of the "
                    "camera right?"
                )
                continue
            parts = [
                lifted_of(result, places.get(take.shot), take.seen, searches, take.exchange_gain)
                for take, result in own
            ]
            lifted[number] = replace(joined(parts), cuts=tuple(starts))
        return lifted
