"""From a film, or the keypoints of films, to the people of each film in results.hdf5."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from human_pose_util.arguments import check_fps
from human_pose_util.errors import DataError, PoseError
from human_pose_util.film import film_identity, film_keypoints, is_film, open_film
from human_pose_util.keypoints import (
    Detections,
    check_names,
    read_films,
    select_people,
)
from human_pose_util.keypoints.detections import Size
from human_pose_util.keypoints.film_choice import film_labels
from human_pose_util.keypoints.number_exchanges import with_true_numbers
from lifting.film.camera_notes import doubt_of_lens
from lifting.film.groups import FilmGroups
from lifting.film.notes import Say, fps_of, notes_on_people, size_of
from lifting.fit.problems import Problems
from lifting.input.camera_files import read_camera
from lifting.input.film_camera import FilmCamera
from lifting.input.keypoint_input import Film, valid_person

if TYPE_CHECKING:
    from lifting.film.people import FilmPerson
    from lifting.fit.lifted import Lifted
    from lifting.pose_lifter import PoseLifter

Films = Mapping[str, Detections | DataError]
"""Name of a film → its people, or why they cannot be read; see `read_films`."""


class StoredFilm(NamedTuple):
    """A film whose people are in the results.

    Attributes:
        group: name of its group.
        label: what tells its files from those of other films; "" where there is no other.
    """

    group: str
    label: str


class LiftedFilm(NamedTuple):
    """A film whose people are lifted.

    Attributes:
        people: the people.
        lifter: what lifted them.
        settings: how they were lifted, which `film_settings` reads from the results.
    """

    people: "list[FilmPerson]"
    lifter: "PoseLifter"
    settings: dict[str, Any]


@dataclass(frozen=True)
class FilmRun:
    """The lifting of the films of one file, with what the user knows of them.

    Attributes:
        groups: where the people are stored.
        make_lifter: returns the lifter of all films; TensorFlow may start then, and not before.
        say: tells the user something, in one line.
        person: number of the only person to lift; None for everyone.
        fps: frames per second; None for those of the file, or else `FPS`.
        camera: file that describes the camera; None if nothing is known of it.
        height: height of a person, standing [m]; None where it is unknown.
        is_still: whether the camera is known to stand still.
        rotation: degrees by which to turn the image clockwise; None to turn it as people walk.
    """

    groups: FilmGroups
    make_lifter: "Callable[[], PoseLifter]"
    say: Say
    person: int | None
    fps: float | None
    camera: Path | None
    height: float | None
    is_still: bool
    rotation: int | None

    def read(
        self, format: str | None, skeleton_id: str | None, size: Size | None, film: str | None
    ) -> Films:
        """Read the keypoints of the films; those of a film itself are detected first.

        Args:
            format: as for `read_films`, like the other arguments.
            skeleton_id: skeleton of the keypoints.
            size: (width, height) of the image [px].
            film: the film to read, where the file holds several.

        Raises:
            PoseError: as for `read_films` and `film_keypoints`, the rate is none, the group of the
                film is to stay, or the file of a film's camera describes none.
        """
        if self.fps is not None:
            check_fps(self.fps)
        source, rotation = self.groups.detections, self.rotation or 0
        if is_film(source):
            # Detection takes minutes: what is wrong without it is an error first.
            self.groups.check()
            check_names(format, skeleton_id)
            if self.camera is not None:
                read_camera(self.camera)
            found = film_keypoints(open_film(source, rotation))
            for note in found.notes:
                self.say(f"note: {note}")
            source, rotation = found.path, 0  # the frames were turned before the detection
        return read_films(
            source, format=format, skeleton_id=skeleton_id, size=size, film=film, rotation=rotation
        )

    def lift(self, films: Films) -> Iterator[StoredFilm]:
        """Lift the people of films, and write them to the results, film by film.

        Where there are several films, one in which nobody can be lifted is left out with a warning.

        Args:
            films: the films, as `read` returns them.

        Yields:
            Each film as soon as it is stored.

        Raises:
            PoseError: no film can be lifted, or one cannot be stored.
        """
        cameras = self._cameras(films)
        labels, has_several = film_labels(films), len(films) > 1
        # Groups that may not be replaced are an error before the first film is lifted.
        replaced = {name: self.groups.check(label, name) for name, label in labels.items()}
        problems = []
        for name, detections in films.items():
            if has_several:
                self.say(f"film {name}:")
            try:
                film = self._lift_film(name, detections, cameras)
            except PoseError as error:
                if not has_several:
                    raise
                self.say(f"warning: the film is left out: {error}")
                problems.append(error)
            else:
                group = self._store(film, labels[name], replaced[name])
                yield StoredFilm(group, labels[name] if has_several else "")
        if len(problems) == len(films):
            raise problems[-1]

    def _cameras(self, films: Films) -> dict[str, FilmCamera | DataError]:
        """Name of each film that can be read → its camera, or why the file does not describe it.

        A file that describes the camera of no film is an error at once, before any is lifted.
        """
        read = {name: film for name, film in films.items() if isinstance(film, Detections)}
        if self.camera is None:
            return {name: FilmCamera() for name in read}
        # Films of equal lengths have one camera, for which the file is read once.
        kinds = {name: (film.first_image, film.n_frames, film.size) for name, film in read.items()}
        cameras: dict[tuple, FilmCamera | DataError] = {}
        for kind in set(kinds.values()):
            try:
                cameras[kind] = read_camera(self.camera, *kind)
            except DataError as error:
                cameras[kind] = error
        errors = [camera for camera in cameras.values() if isinstance(camera, DataError)]
        if errors and len(errors) == len(cameras):
            raise errors[0]
        return {name: cameras[kind] for name, kind in kinds.items()}

    def _lift_film(
        self,
        name: str,
        detections: Detections | DataError,
        cameras: Mapping[str, FilmCamera | DataError],
    ) -> LiftedFilm:
        """Lift the people of one film."""
        if not isinstance(detections, Detections):
            raise detections
        detections = with_true_numbers(detections, self.fps or detections.rate)
        for note in detections.notes:
            self.say(f"note: {note}")
        for warning in detections.warnings:
            self.say(f"warning: {warning}")
        camera = cameras[name]
        if isinstance(camera, DataError):
            raise camera
        film = self._film(detections, camera)
        if doubt := doubt_of_lens(camera, film.size):
            self.say(f"warning: {doubt}")
        skeleton = detections.skeleton
        chosen = {
            number: valid_person(person, skeleton, film)
            for number, person in select_people(detections, self.person, film.fps)
        }
        # TensorFlow starts here, after everything that the input may have wrong.
        lifter = self.make_lifter()
        from lifting.film.people import film_people  # imports TensorFlow

        problems: Problems = {}
        people = film_people(chosen, lifter, skeleton.id, film, problems)
        has_numbers = detections.ids is not None
        for note in notes_on_people(people, problems, film, self.camera, has_numbers):
            self.say(note)
        settings = self._settings(name, detections, film, lifter, people[0].lifted)
        return LiftedFilm(people, lifter, settings)

    def _store(self, film: LiftedFilm, label: str, replaced: str | None) -> str:
        """Write the people of a film to the results, and return the name of their group."""
        from lifting.film.people import save_results  # imports TensorFlow

        group = self.groups.name(label)
        save_results(self.groups.results, group, film.people, film.lifter, film.settings)
        if replaced:
            self.say(f"note: {replaced}")
        self.say(f"saved {self.groups.results}, group {group}")
        return group

    def _film(self, detections: Detections, camera: FilmCamera) -> Film:
        """What is known of a film. The user is told what is assumed of it."""
        return Film(
            size=size_of(detections, self.say),
            fps=fps_of(detections, self.fps, self.say),
            camera=camera,
            height=self.height,
            is_still=self.is_still,
            is_upright=self.rotation is not None,
            is_size_known=detections.is_size_known,
        )

    def _settings(
        self,
        name: str,
        detections: Detections,
        film: Film,
        lifter: "PoseLifter",
        lifted: "Lifted",
    ) -> dict[str, Any]:
        """How a film was lifted, given the poses of one of its people."""
        source = self.groups.detections
        return {
            "detections": str(source.resolve()),
            "film_file": film_identity(source) if is_film(source) else None,
            "film": name,
            "format": detections.source,
            "size": list(film.size),
            "rotation": self.rotation or 0,
            "image_turn": lifted.image_turn,
            "cuts": lifted.cuts,
            "keypoints": detections.skeleton.id,
            "camera": film.camera.summary(),
            "height": self.height,
            "still": self.is_still,
            **asdict(lifter.weights),
        }
