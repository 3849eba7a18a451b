"""Which frame of a film an image is, by the number or the name that a detector gives the image."""

import re
from collections.abc import Iterable

MAX_FRAMES = 10_000_000
"""Longer films are refused: 10 million frames are three days of 40 frames per second."""

ImageName = int | str

_FILE_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_LAST_NUMBER = re.compile(r"(\d{1,18})\D*$", re.ASCII)


def image_number(image: ImageName) -> int | None:
    """The number of an image: the image itself, or the last number in its file name, if any."""
    if isinstance(image, int):
        return image
    name = re.split(r"[/\\]", image)[-1]
    match = _LAST_NUMBER.search(_FILE_ENDING.sub("", name))
    return int(match[1]) if match else None


def distinct_numbers(images: Iterable[ImageName]) -> dict[ImageName, int] | None:
    """Image → its number; None unless every image has a number, and no two images share one."""
    images = set(images)
    numbers = {i: number for i in images if (number := image_number(i)) is not None}
    return numbers if len(set(numbers.values())) == len(images) else None


def frames_of_images(
    images: Iterable[ImageName],
) -> tuple[dict[ImageName, int], int, tuple[str, ...]]:
    """The frame of each image.

    Numbers of images count frames where they look like the numbers of a film from which a detector
    may have left out many frames. Numbers of photographs are scattered much wider: such images
    follow each other, as do images without numbers.

    A film whose first numbers are missing begins with frames in which nobody was detected. Where
    more numbers are missing before the first one than there are after it, the images are a part of
    a film, and the part begins at frame 0, as it does where the first number is 1.

    Returns:
        Image → frame (from 0), the number of frames, and notes for the user.
    """
    images = set(images)
    if not images:
        return {}, 0, ()
    numbers = distinct_numbers(images)
    if numbers is not None:
        first, last = min(numbers.values()), max(numbers.values())
        if last - first <= 20 * len(images) + 1000:
            begins_unseen = 1 < first <= last - first
            offset = 0 if begins_unseen else first
            notes: tuple[str, ...] = ()
            if begins_unseen:
                notes = (f"nobody is detected before image number {first}, which is frame {first}",)
            elif first > 1:
                notes = (f"frame 0 is image number {first}",)
            frames = {image: number - offset for image, number in numbers.items()}
            return frames, last - offset + 1, notes
    ordered = sorted(images, key=_natural_order)
    note = "images have no frame numbers: frames are in the order of the images' names"
    return {image: i for i, image in enumerate(ordered)}, len(ordered), (note,)


def _natural_order(image: ImageName) -> tuple[str, str]:
    """A key that sorts "a2" before "a10"; the name itself keeps "a2" and "a02" apart."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), str(image)), str(image)
