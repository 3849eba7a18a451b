"""The people of a film in one scene, for pictures."""

from collections.abc import Sequence

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, Camera
from human_pose_util.export.track import Track, film_frames, over_frames
from human_pose_util.film import FilmFile
from human_pose_util.skeleton.joined_skeleton import joined_skeleton
from human_pose_util.vis.scene import Scene
from lifting.film.stored_person import StoredPerson
from lifting.fit.quality import GOOD


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
        pairs = zip(arrays, tracks, strict=True)
        return np.concatenate([over_frames(a, t, frames, np.nan) for a, t in pairs], axis=1)

    def doubt(track: Track) -> np.ndarray:
        """[n_frames] 1 where a pose is doubtful, 0 where it is not; NaN where nobody is."""
        return over_frames(track.doubtful_mask.astype(float), track, frames, np.nan)

    skeleton = tracks[0].skeleton
    deviations = [track.std for track in tracks if track.std is not None]
    return Scene(
        std=together(deviations) if len(deviations) == len(tracks) else None,
        doubt={f"person {track.person}": doubt(track) for track in tracks},
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
    of_people = [person.camera.over_frames(person.track.n_frames) for person in people]
    # The frames that show someone, each with a row of the cameras of all people.
    with_people = np.concatenate([person.track.frames for person in people])
    with_people, rows = np.unique(with_people, return_index=True)
    latest = np.maximum(np.searchsorted(with_people, frames, side="right") - 1, 0)
    cameras = Camera.concatenated(of_people).at(rows[latest])
    arrays = (getattr(cameras, name) for name in CAMERA_ARRAYS)
    return cameras.first if all((array == array[0]).all() for array in arrays) else cameras


def _summary(people: Sequence[StoredPerson]) -> str:
    """Who is there and how good the poses are; of several people, those that are not good."""
    if len(people) == 1:
        return f"person {people[0].track.person} · {people[0].verdict}"
    others = [f"person {p.track.person}: {p.verdict}" for p in people if p.verdict != GOOD]
    return " · ".join([f"{len(people)} people", *(others or [GOOD])])
