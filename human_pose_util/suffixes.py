"""File formats that are chosen by the suffix of a file name."""

import os
from collections.abc import Iterable
from pathlib import Path

from human_pose_util.errors import SpecError


def check_suffix(path: str | os.PathLike, allowed: Iterable[str]) -> Path:
    """Check that a file name ends in one of the suffixes that can be written.

    Args:
        path: the file; the case of its suffix does not matter.
        allowed: suffixes in lower case, with their dot.

    Returns:
        The path as a `Path`.

    Raises:
        SpecError: the file name has another suffix.
    """
    path = Path(path)
    if path.suffix.lower() not in allowed:
        raise SpecError(f"cannot save {str(path)!r}: the file name must end in {listing(allowed)}")
    return path


def listing(names: Iterable[str]) -> str:
    """Names as they are listed in a sentence: '.mp4, .gif or .png'."""
    *head, last = names
    return f"{', '.join(head)} or {last}" if head else last
