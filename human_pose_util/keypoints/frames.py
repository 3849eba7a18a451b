"""Which frame of a film an image is, by its number or name."""

import re
from collections.abc import Iterable

MAX_FRAMES = 10_000_000
"""Longer films are refused: that is three days of 40 frames per second."""

Image = int | str

_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_LAST_NUMBER = re.compile(r"(\d{1,18})\D*$", re.ASCII)


def number_of(image: Image) -> int | None:
    """An image's number: its own, or the last one in its file name; None for none."""
    if isinstance(image, int):
        return image
    name = re.split(r"[/\\]", image)[-1]
    found = _LAST_NUMBER.search(_ENDING.sub("", name))
    return int(found[1]) if found else None


def are_numbered(images: Iterable[Image]) -> bool:
    """Whether every image has a number of its own."""
    numbers = [number_of(image) for image in set(images)]
    return None not in numbers and len(set(numbers)) == len(numbers)


def frames_of(images: Iterable[Image]) -> tuple[dict[Image, int], int, tuple[str, ...]]:
    """The frame of each image.

    Their numbers count the frames, from the smallest one, if they look like those of a film,
    which a detector may have left out many of. Numbers of photographs are scattered much wider;
    these follow each other, as do images without numbers.

    Returns:
        Image → frame from 0, the number of frames, and notes for the user.
    """
    images = set(images)
    if not images:
        return {}, 0, ()
    if are_numbered(images):
        numbers = {image: number_of(image) for image in images}
        first, last = min(numbers.values()), max(numbers.values())
        if last - first <= 20 * len(images) + 1000:
            frames = {image: number - first for image, number in numbers.items()}
            notes = (f"frame 0 is image number {first}",) if first > 1 else ()
            return frames, last - first + 1, notes
    ordered = sorted(images, key=_natural_order)
    note = "images have no frame numbers: taken in the order of their names"
    return {image: i for i, image in enumerate(ordered)}, len(ordered), (note,)


def _natural_order(image: Image) -> tuple[str, str]:
    """Orders "a2" before "a10"; the name itself keeps "a2" and "a02" apart."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(20), str(image)), str(image)
