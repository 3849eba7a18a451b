"""Everyone in a film, lifted: from the keypoints of people to a group of results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.evaluate.provenance import as_json
from human_pose_util.evaluate.status import Status
from human_pose_util.files.locks import FOREVER
from human_pose_util.keypoints import Person
from human_pose_util.progress import progress_bar
from human_pose_util.units import MM_PER_M
from inference.runs.origin import made_by
from inference.runs.results_writer import ResultsWriter
from inference.solvers.execution import execution_for
from lifting.film.results import SETTINGS, person_key
from lifting.film.stored_person import person_entry
from lifting.fit.lifted import Lifted
from lifting.fit.problems import Problems
from lifting.input.keypoint_input import Film
from lifting.pose_lifter import PoseLifter


@dataclass(frozen=True)
class FilmPerson:
    """One person of a film.

    Attributes:
        number: number of the person, from 0; the person who is seen most comes first.
        detected: keypoints of the person.
        lifted: poses of the person.
    """

    number: int
    detected: Person
    lifted: Lifted

    @property
    def summary(self) -> str:
        """One line: the frames, how they ended, what was solved for, and how good it is."""
        lifted, first = self.lifted, self.detected.first_frame
        statuses = [Status(number) for number in sorted(set(lifted.status.tolist()))]
        outcomes = ", ".join(f"{(lifted.status == s).sum()} {s.text}" for s in statuses)
        missing = 100 * lifted.extrapolated[:, lifted.keypoint_mapping.observed].mean()
        # One number, or the least and the largest of a camera that zooms.
        focal = np.round([np.min(lifted.camera.f[..., 0]), np.max(lifted.camera.f[..., 0])])
        focal_lengths = " to ".join(f"{f:.0f}" for f in np.unique(focal))
        return (
            f"person {self.number}: frames {first} to {first + len(lifted) - 1}: {outcomes}; "
            f"{missing:.0f} % of the keypoints' joints extrapolated; "
            f"{lifted.height / MM_PER_M:.2f} m tall, f = {focal_lengths} px; "
            f"{lifted.quality.verdict}"
        )


def film_people(
    people: Mapping[int, Person],
    lifter: PoseLifter,
    skeleton: str,
    film: Film,
    problems: Problems,
) -> list[FilmPerson]:
    """The people of a film, lifted; who cannot be lifted is left out, if anyone else can be.

    Args:
        people: the people by their numbers, as `valid_person` returns them.
        lifter: lifts them.
        skeleton: skeleton of the keypoints.
        film: what is known of the film and of the people.
        problems: the reason is added for each person who is left out.

    Raises:
        DataError: nobody can be lifted; it names everyone.
    """
    lengths = [len(person.keypoints) for person in people.values()]
    with progress_bar("lifting", sum(lengths), unit="frame") as bar:

        def advance(n_frames: int) -> None:
            bar.set_postfix_str("", refresh=False)  # it is compiled now
            bar.update(n_frames)

        if any(execution_for(n).is_compiled for n in lengths):
            bar.set_postfix_str("compiling")
        lifted = lifter.lift_film(people, skeleton, film, problems, advance)
    # Someone of whom too little is seen is no error while others are lifted.
    if not lifted:
        reasons = (f"person {n} cannot be lifted: {problems[n]}" for n in people)
        raise DataError("; ".join(reasons))
    return [FilmPerson(number, people[number], poses) for number, poses in lifted.items()]


def save_results(
    path: Path,
    name: str,
    people: Sequence[FilmPerson],
    lifter: PoseLifter,
    settings: dict[str, Any],
) -> None:
    """Write a group with a sequence for each person; a former group of that name is replaced.

    Args:
        path: the results file.
        name: name of the group.
        people: the people.
        lifter: lifted them.
        settings: how the group was made, which `film_settings` reads.
    """
    attrs = {**made_by(lifter.gan, with_proposals=True), SETTINGS: as_json(settings)}
    # Another film is soon written; an error here would lose what is lifted.
    with ResultsWriter(path, name, attrs, overwrite=True, patience=FOREVER) as writer:
        entries = {person_key(p.number): person_entry(p.detected, p.lifted) for p in people}
        writer.write(entries)
