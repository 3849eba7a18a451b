"""Progress bars that show every second that something is done."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from tqdm import tqdm

_is_hidden = False


def hide() -> None:
    """Show no more progress bars in this process."""
    global _is_hidden
    _is_hidden = True


def are_shown() -> bool:
    """Whether the process shows progress bars."""
    return not _is_hidden


@contextmanager
def progress_bar(
    description: str, total: float | None, show: bool = True, **options: Any
) -> Iterator[tqdm]:
    """A progress bar on stderr, drawn anew every second: its clock runs while nothing is finished.

    Args:
        description: what is done.
        total: how many units there are; None where nobody knows.
        show: whether there is a bar at all; after `hide` there is none.
        **options: as `tqdm.tqdm` takes them, such as `unit`.

    Yields:
        The bar.
    """
    is_over = threading.Event()
    show = show and are_shown()

    def tick() -> None:
        while not is_over.wait(1.0):
            bar.refresh()

    with tqdm(desc=description, total=total, disable=not show, **options) as bar:
        ticker = threading.Thread(target=tick, name="progress", daemon=True)
        if show:
            ticker.start()
        try:
            yield bar
        finally:
            is_over.set()
            if show:
                ticker.join()


@contextmanager
def waiting(description: str, file: TextIO) -> Iterator[None]:
    """A line with a clock while something takes its time; it disappears at the end.

    There is none where the output is no terminal: files of messages keep to results and errors.

    Args:
        description: what is done.
        file: where the line is shown.
    """
    line = {"bar_format": "{desc} ({elapsed})", "leave": False, "file": file}
    with progress_bar(description, None, file.isatty(), **line):
        yield
