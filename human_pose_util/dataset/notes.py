"""Notes on data that look wrong: a command loads its data set more than once, and says it once."""

import logging
from functools import cache


@cache
def note_once(log: logging.Logger, text: str) -> None:
    """Write a note where this process has not written the same one before.

    Args:
        log: the logger of the module that writes.
        text: the note, without the word "note".
    """
    log.warning("note: %s", text)
