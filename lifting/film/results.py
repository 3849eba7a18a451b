"""The group of a film in results.hdf5: its people, how they were lifted, and the film itself.

Nothing here needs TensorFlow, so a film that is lifted is shown again at once.
"""

import json
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.results_file import ResultsError, group_attrs, group_names, visit_run
from human_pose_util.film import FilmFile, film_identity, is_film, open_film
from inference.params import InferenceParams, load_inference_params
from lifting.film.stored_person import StoredPerson, read_person
from serialization import FILM_RESULTS

if TYPE_CHECKING:
    import h5py

log = logging.getLogger(__name__)

SETTINGS = "lifting"
"""The attribute of a group that tells how a film was lifted, as JSON; other groups lack it."""


def film_settings(path: str | Path, group: str) -> dict[str, Any] | None:
    """How the film of a group was lifted.

    Args:
        path: the results file.
        group: name of the group.

    Returns:
        The settings; None if there is no such file or group, or if it belongs to an inference run.

    Raises:
        DataError: the file is broken.
    """
    attrs = group_attrs(path, group)
    if attrs is None or SETTINGS not in attrs:
        return None
    try:
        return dict(json.loads(attrs[SETTINGS]))
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: group {group!r} has no readable {SETTINGS!r}: {error}") from error


def film_names(path: str | Path) -> list[str]:
    """The names of the groups of a results file that are films.

    Args:
        path: the results file; it need not exist.

    Raises:
        DataError: the file is broken.
    """
    return [name for name in group_names(path) if film_settings(path, name) is not None]


def inference_params(name: str, directory: Path, results: Path | None) -> InferenceParams:
    """The parameters of an inference on a data set, by its id.

    Args:
        name: the id.
        directory: folder of the parameter files.
        results: a results file that may hold a film of this name, besides that of films.

    Raises:
        SpecError: there is no parameter file of this name; where a film has the name, the message
            tells what to do with a film.
        DataError: the results file is broken.
    """
    try:
        return load_inference_params(name, directory)
    except SpecError:
        # Films are stored where they were lifted, inferences in a folder of their own by default.
        paths = [path for path in (results, FILM_RESULTS) if path is not None]
        held_by = next((path for path in paths if film_settings(path, name) is not None), None)
        if held_by is None:
            raise
        flags = "" if held_by == FILM_RESULTS else f" --results {held_by}"
        raise SpecError(
            f"{name!r} is a film of {held_by}, whose true poses nobody knows, and no inference on "
            f"a data set: `python vis_sequence.py {name}{flags}` shows it, and `python "
            f"infer_keypoints.py --from-results {name}{flags} --export poses.csv` writes its poses"
        ) from None


def person_key(number: int) -> str:
    """The key of a person in the group of a film.

    Args:
        number: the number of the person.
    """
    return f"person{number}"


def read_film(path: str | Path, group: str, person: int | str | None = None) -> list[StoredPerson]:
    """Read the people of a film.

    Args:
        path: the results file.
        group: name of the film's group.
        person: the number of one person, or the key, such as "person0"; None for everyone.

    Returns:
        The people in the order of their numbers.

    Raises:
        SpecError: the group belongs to an inference run, or there is no such person.
        DataError: there is no such file or group, or it is broken.
    """
    people: dict[int, StoredPerson] = {}
    settings = film_settings(path, group)
    size = settings.get("size") if settings else None

    def read(run: "h5py.Group") -> None:
        for key in run:
            if match := re.fullmatch(r"person(\d+)", key):
                number = int(match[1])
                # The journal is read before the file, so a person may be met twice, and is equal.
                people.setdefault(number, read_person(number, run[key], size))

    visit_run(path, group, read)
    if settings is None:
        film, _, key = group.rpartition("/")
        if film and film_settings(path, film) is not None:
            raise SpecError(
                f"{path}: {key!r} is a person of the film {film!r}: give both separately"
            )
        raise SpecError(f"{path}: group {group!r} is an inference run, and no film")
    if not people:
        raise ResultsError(f"{path}: the film {group!r} has no person")
    keys = {person_key(number): number for number in sorted(people)}
    if person is None:
        return [people[number] for number in keys.values()]
    key = person_key(person) if isinstance(person, int) else person
    if key not in keys:
        raise SpecError(f"{path}: the film {group!r} has no {key!r}: it has {', '.join(keys)}")
    return [people[keys[key]]]


def source_film(path: str | Path, group: str) -> FilmFile | None:
    """The film in which the people of a group were detected.

    Args:
        path: the results file.
        group: name of the group.

    Returns:
        The film; None if the group was lifted from a file of keypoints. If the film has moved or
        changed, the function writes a note and returns None.
    """
    settings = film_settings(path, group) or {}
    source = Path(str(settings.get("detections")))
    if not is_film(source):
        return None
    with suppress(DataError, OSError):
        if film_identity(source) == settings.get("film_file"):
            return open_film(source, settings.get("rotation", 0))
    log.warning("note: %s is not shown behind the poses: it has moved or changed", source)
    return None
