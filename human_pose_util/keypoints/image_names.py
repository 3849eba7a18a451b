"""Which frame of a film an image is, by the number or the name that a detector gives the image."""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from human_pose_util.keypoints.image_times import (
    MICROSECONDS_PER_SECOND,
    frames_of_times,
    times_of_digits,
    times_of_names,
)

MAX_FRAMES = 10_000_000
"""Longer films are refused: 10 million frames are three days of 40 frames per second."""

SPARSEST, SCATTER = 20, 1000
"""Numbers of a film lie within `SPARSEST` times as many numbers as there are images, and `SCATTER`
more. Those of photographs are scattered wider."""

LONGEST_FILM = 500_000
"""Where most images follow each other, or one of so many is kept, nobody may be seen for longer,
as long as there are at most so many numbers: two hours of 60 frames per second."""

LEAST_STEPS = 5
"""Fewer steps from image to image do not tell that images are left out regularly."""

LEAST_PART = 5
"""Fewer images of a name, on average, are no part of a film."""

ImageName = int | str
Frames = dict[ImageName, int]


class ImageFrames(NamedTuple):
    """Which frames of a film images are.

    Attributes:
        frames: image → frame, from 0.
        n_frames: number of frames of the film.
        notes: what the user should know.
        fps: frames per second, if the names of the images tell.
    """

    frames: Frames
    n_frames: int
    notes: tuple[str, ...] = ()
    fps: float | None = None


_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_LAST_NUMBER = re.compile(r"(\d{1,18})\D*$", re.ASCII)


def image_number(image: ImageName) -> int | None:
    """The number of an image: the image itself, or the last number in its file name, if any."""
    if isinstance(image, int):
        return image
    match = _LAST_NUMBER.search(_stem(image))
    return int(match[1]) if match else None


def distinct_numbers(images: Iterable[ImageName]) -> dict[ImageName, int] | None:
    """Image → its number; None unless every image has a number, and no two images share one."""
    images = set(images)
    numbers = {i: number for i in images if (number := image_number(i)) is not None}
    return numbers if len(set(numbers.values())) == len(images) else None


def frames_of_images(images: Iterable[ImageName]) -> ImageFrames:
    """The frame of each image.

    Numbers of images that are times count frames by their steps (`frames_of_times`). Other numbers
    count frames where they look like the numbers of a film from which a detector may have left out
    many frames, or most images follow each other. Numbers of photographs are scattered much wider:
    such images are frames in the order of their numbers, as are images without numbers.

    A film whose first numbers are missing begins with frames in which nobody was detected. Where
    more numbers are missing before the first one than there are after it, the images are a part of
    a film, and the part begins at frame 0, as it does where the first number is 1.
    """
    images = set(images)
    if not images:
        return ImageFrames({}, 0)
    numbers = distinct_numbers(images)
    times = _clock_times(images) or _digital_times(numbers or {})
    found = None
    if times is not None:
        found = _frames_of_times(times, MICROSECONDS_PER_SECOND, is_unit_known=True)
    if found is None and numbers is not None:
        milliseconds = _frames_of_times(numbers, 1e3, is_unit_known=False)
        found = milliseconds or _frames_of_numbers(numbers)
    if found is not None:
        return found
    ordered = sorted(images, key=natural_order)
    in_order = {image: i for i, image in enumerate(ordered)}
    return ImageFrames(in_order, len(ordered), (_note_on_order(ordered),))


def first_image_of(frames: Frames) -> int | None:
    """The number of the image that is frame 0; None unless numbers of images count frames.

    Args:
        frames: image → frame.
    """
    numbers = distinct_numbers(frames) or {}
    offsets = {number - frames[image] for image, number in numbers.items()}
    return offsets.pop() if len(offsets) == 1 else None


def _note_on_order(images: Sequence[ImageName]) -> str:
    """What the user should know where images, in the order of their names, are the frames."""
    names = [image for image in images if isinstance(image, str)]
    parts = list(dict.fromkeys(_LAST_NUMBER.sub("", _stem(name)) for name in names))
    numbers = set(map(image_number, images))
    is_repeated = None not in numbers and len(numbers) < len(images) == len(names)
    if not is_repeated or not 1 < len(parts) <= len(images) / LEAST_PART:
        return "images have no frame numbers: frames are in the order of the images' names"
    return (
        f"images of {len(parts)} names, {parts[0]!r:.40} to {parts[-1]!r:.40}, have the same "
        "numbers: they follow each other as one film; films need a folder or a file each"
    )


def natural_order(image: ImageName) -> tuple[str, str]:
    """A key that sorts "a2" before "a10"; the name itself keeps "a2" and "a02" apart."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), str(image)), str(image)


def _stem(image: str) -> str:
    """The name of an image without folders and without the ending of a file."""
    return _FILE_ENDING.sub("", re.split(r"[/\\]", image)[-1])


def _clock_times(images: set[ImageName]) -> dict[ImageName, int] | None:
    """Image → the time in its name, where all names have one that the last number does not tell."""
    names = [image for image in images if isinstance(image, str)]
    if len(names) < len(images):
        return None
    stems = sorted(((_stem(name), name) for name in names), key=lambda pair: natural_order(pair[0]))
    times = times_of_names([stem for stem, _ in stems])
    return None if times is None else dict(zip([n for _, n in stems], times, strict=True))


def _digital_times(numbers: dict[ImageName, int]) -> dict[ImageName, int] | None:
    """Image → the time that its number tells, where the digits of all are those of a clock."""
    ordered = sorted(numbers, key=numbers.__getitem__)
    times = times_of_digits([numbers[image] for image in ordered])
    return None if times is None else dict(zip(ordered, times, strict=True))


def _frames_of_times(
    times: dict[ImageName, int], second: float, is_unit_known: bool
) -> ImageFrames | None:
    """The frames of images with times; None where the numbers are no times.

    Args:
        times: image → its time.
        second: a second in the unit of the times.
        is_unit_known: whether this is their unit, or a guess, which only the note tells.
    """
    ordered = sorted(times, key=times.__getitem__)
    found = frames_of_times([times[image] for image in ordered])
    if found is None:
        return None
    frames, step = found
    fps = second / step if step < second else None
    note = "the names of the images are times"
    if fps is not None and not is_unit_known:
        note += f": {fps:.4g} frames per second if they are milliseconds (`fps`)"
        fps = None
    return ImageFrames(dict(zip(ordered, frames, strict=True)), frames[-1] + 1, (note,), fps)


def _frames_of_numbers(numbers: dict[ImageName, int]) -> ImageFrames | None:
    """The frames of images whose numbers are those of a film; None where they are not."""
    ordered = sorted(numbers.values())
    first, last = ordered[0], ordered[-1]
    steps = [after - before for before, after in itertools.pairwise(ordered)]
    every = _regular_step(steps)
    is_dense = (2 * steps.count(1) > len(steps) or every > 1) and last - first < LONGEST_FILM
    if not is_dense and last - first > SPARSEST * len(numbers) + SCATTER:
        return None
    begins_unseen = 1 < first <= last - first
    offset = 0 if begins_unseen else first
    notes: tuple[str, ...] = ()
    if begins_unseen:
        notes = (f"nobody is detected before image number {first}, which is frame {first}",)
    elif first > 1:
        notes = (f"frame 0 is image number {first}",)
    if every > 1:
        notes += (
            f"the file has one of {every} images: nothing is seen in the others, and the frames "
            "per second (`fps`) are those of all images",
        )
    frames = {image: number - offset for image, number in numbers.items()}
    return ImageFrames(frames, last - offset + 1, notes)


def _regular_step(steps: Sequence[int]) -> int:
    """The step of images of which some are left out regularly; 1 for others.

    All steps are multiples of it, and most are the step itself: in larger ones nobody is detected.
    """
    step = math.gcd(*steps) if len(steps) >= LEAST_STEPS else 1
    return step if 2 * steps.count(step) > len(steps) else 1
