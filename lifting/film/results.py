"""The people of a film as results.hdf5 stores them: for pictures and for other programs.

Nothing here needs TensorFlow, so a film that is lifted is shown again at once.
"""

import json
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, Camera
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.results_file import ResultsError, group_attrs, group_names, visit_run
from human_pose_util.export.track import film_frames, over_frames
from human_pose_util.film import FilmFile, film_identity, is_film, open_film
from human_pose_util.skeleton.joined_skeleton import joined_skeleton
from human_pose_util.vis.scene import Scene
from lifting.film.stored_person import StoredPerson, read_person
from lifting.fit.quality import GOOD

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


def film_scene(
    people: Sequence[StoredPerson],
    title: str,
    film: FilmFile | None = None,
    from_start: bool = False,
) -> Scene:
    """The people of a film in one scene, from the first to the last frame in which anyone is.

    Args:
        people: the people, who share a world.
        title: the name of the film; a summary of the people follows it in the scene.
        film: the film itself, for pictures that show it.
        from_start: whether the scene begins with the first frame of the film in any case.
    """
    tracks = [person.track for person in people]
    frames = film_frames(tracks)
    if from_start:
        frames = range(frames.stop)

    def together(arrays: Sequence[np.ndarray]) -> np.ndarray:
        """[n_frames, n_people · n_joints, …] arrays of all; NaN where a person is absent."""
        own = zip(arrays, tracks, strict=True)
        return np.concatenate([over_frames(a, t, frames, np.nan) for a, t in own], axis=1)

    skeleton = tracks[0].skeleton
    deviations = [track.std for track in tracks if track.std is not None]
    return Scene(
        std=together(deviations) if len(deviations) == len(tracks) else None,
        doubt={
            f"person {track.person}": over_frames(
                track.doubtful_mask.astype(float), track, frames, np.nan
            )
            for track in tracks
        },
        skeleton=skeleton if len(people) == 1 else joined_skeleton(skeleton, len(people)),
        p3w=together([track.p3w for track in tracks]),
        fps=tracks[0].fps,
        p2=together([person.p2 for person in people]),
        projected_p2=together([person.camera.project(person.p3c) for person in people]),
        camera=_camera(people, frames),
        film=film,
        first_frame=frames.start,
        title=f"{title} · {_summary(people)}",
    )


def _camera(people: Sequence[StoredPerson], frames: range) -> Camera:
    """The cameras of all frames, with which people are seen; one camera, where all are equal.

    Where nobody is, the camera is that of the frame before, or of the first one with people.
    """
    own = [person.camera.over_frames(person.track.n_frames) for person in people]
    seen = np.concatenate([person.track.frames for person in people])
    seen, rows = np.unique(seen, return_index=True)
    latest = np.maximum(np.searchsorted(seen, frames, side="right") - 1, 0)
    cameras = Camera.concatenated(own).at(rows[latest])
    arrays = (getattr(cameras, name) for name in CAMERA_ARRAYS)
    return cameras.first if all((array == array[0]).all() for array in arrays) else cameras


def _summary(people: Sequence[StoredPerson]) -> str:
    """Who is there and how good the poses are; of several people, those that are not good."""
    if len(people) == 1:
        return f"person {people[0].track.person} · {people[0].verdict}"
    others = [f"person {p.track.person}: {p.verdict}" for p in people if p.verdict != GOOD]
    return " · ".join([f"{len(people)} people", *(others or [GOOD])])
