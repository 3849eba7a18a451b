"""What the lift of a film tells the user: what is assumed, what is found, and what is in doubt."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from human_pose_util.keypoints import Detections, Person
from human_pose_util.keypoints.detections import Size
from human_pose_util.keypoints.image_size import doubt_of_size, likely_size
from human_pose_util.keypoints.rotation import TURNS
from human_pose_util.units import MM_PER_M
from lifting.film.camera_notes import (
    camera_note,
    doubt_of_height,
    doubt_of_motion,
    doubt_of_place,
    doubt_of_rise,
    doubt_of_vertical,
)
from lifting.fit.problems import Problems
from lifting.input.keypoint_input import Film

if TYPE_CHECKING:
    from lifting.film.people import FilmPerson
    from lifting.fit.lifted import Lifted

Say = Callable[[str], None]
"""Tells the user something, in one line."""

OFF_FLOOR = 0.3
"""Least distance between someone's lowest joint and the floor [m] that a note reports."""

MOST_CUTS = 5
"""Number of cuts that a note names."""


def size_of(detections: Detections, say: Say) -> Size:
    """The image's size [px]: as the file or the user states it, else a likely one.

    Args:
        detections: the keypoints of the film.
        say: tells the user what is assumed, or in doubt.
    """
    size: Size | None = detections.size
    if size is None:
        width, height = size = likely_size(detections.keypoints)
        say(f"note: the file does not say the image's size: taken as {width}x{height} (--size)")
    if doubt := doubt_of_size(detections.keypoints, size):
        say(f"warning: {doubt}")
    return size


def fps_of(detections: Detections, fps: float | None, say: Say) -> float:
    """The film's frames per second: as the user or the file states them, else the default.

    Args:
        detections: the keypoints of the film.
        fps: what the user states; None for nothing.
        say: tells the user what is assumed.
    """
    rate = fps or detections.rate
    if fps is None and detections.fps is not None:
        say(f"note: {detections.fps:g} frames per second, as the file says (--fps)")
    elif fps is None:
        say(f"note: the file does not say its frames per second: taken as {rate:g} (--fps)")
    return rate


def notes_on_people(
    people: Sequence["FilmPerson"],
    problems: Problems,
    film: Film,
    camera_file: Path | None,
    has_numbers: bool,
) -> Iterator[str]:
    """How the people of a film are lifted, and what is in doubt.

    Args:
        people: the people, at least one.
        problems: why others are left out.
        film: what was known of the film.
        camera_file: the file that describes its camera; None where there is none.
        has_numbers: whether the detector numbers people.
    """
    first = people[0].lifted
    if turn := first.image_turn:
        how = f"in an image turned by {turn}°, because people stand"
        if turn in TURNS:
            how = f"as with --rotate {turn}, because people walk"
        yield f"note: lifted {how} upright then (--rotate 0 leaves the image as it is)"
    if first.cuts:
        yield f"note: {_note_on_cuts(first.cuts, [p.detected for p in people], has_numbers)}"
    for person in people:
        yield person.summary
        doubt = doubt_of_height(film.camera, person.lifted, film.height)
        if camera_file and doubt:
            yield f"warning: with {camera_file}, person {person.number} {doubt}"
        if doubt := _doubt_of_floor(person.lifted):
            yield f"note: person {person.number} {doubt}"
    for number, problem in sorted(problems.items()):
        yield f"warning: person {number} is left out: {problem}"
    yield from _notes_on_camera([person.lifted for person in people], film, camera_file)


def _doubt_of_floor(lifted: "Lifted") -> str:
    """What to say, after the name, of someone who is not on the floor, z = 0; "" for nothing.

    The image shows in which direction feet are. Where someone is taken to be too tall, and so too
    far away, this direction meets the floor before it reaches the feet, which end up below it.
    """
    heights = lifted.p3w[..., 2].min(axis=1) / MM_PER_M  # of the lowest joint in each frame
    # The tenth of the frames that are nearest to the floor decide: whoever jumps, climbs or falls
    # is on the floor in more than these.
    height = sorted(heights, key=abs)[len(heights) // 10]
    if abs(height) < OFF_FLOOR:
        return ""
    if height < 0:
        side, size, ground = "below", "smaller and nearer", "the ground is lower there"
    else:
        side, size, ground = "above", "taller and farther away", "something is under the person"
    return (
        f"is {abs(height):.1f} m {side} the floor: the person is {size} than taken to be, or "
        f"{ground}, or the camera moves"
    )


def _note_on_cuts(cuts: Sequence[int], people: Sequence[Person], has_numbers: bool) -> str:
    """What to say of the frames at which another camera begins to film.

    Only places tell who is who after a cut to another view, and they change with the view.
    """
    frames = ", ".join(map(str, cuts[:MOST_CUTS]))
    if len(cuts) > MOST_CUTS:
        frames += f" and {len(cuts) - MOST_CUTS} more"
    note = f"another camera films from frame {frames} on"
    n_seen = [sum(p.first_frame < cut < p.end for p in people) for cut in cuts]
    if max(n_seen) > 1 and not has_numbers:
        note += ": people may be confused with each other there, unless the file has their numbers"
    return note


def _notes_on_camera(
    people: Sequence["Lifted"], film: Film, camera_file: Path | None
) -> Iterator[str]:
    """What the feet of people tell of the camera, or against its file."""
    # What a file says of the zoom alone does not tell how the camera turns.
    if film.camera.r is not None:
        if doubt := doubt_of_motion(people, film.camera.has_rotations):
            yield f"warning: with {camera_file}, {doubt}"
    elif film.is_still:
        if doubt := doubt_of_rise(people, "the vertical is wrong: give r and t (--camera)"):
            yield f"note: {doubt}"
    elif doubt := camera_note(people):
        yield f"note: {doubt}"
    if film.camera.is_placed:
        return
    if doubt := doubt_of_place(people[0]) or doubt_of_vertical(people):
        yield f"note: {doubt}"
