"""Errors with a message of one line for the person who can mend the cause."""

from collections.abc import Iterator
from contextlib import contextmanager


class PoseError(Exception):
    """An error whose message names the file or key, what was expected, and what to do."""

    exit_status = 1


class DataError(PoseError):
    """Data, a checkpoint or a result that is missing or broken."""


class SpecError(PoseError):
    """A wrong identifier, parameter, key or flag."""

    exit_status = 2


@contextmanager
def about(where: str) -> Iterator[None]:
    """A context whose specification errors begin with the name of the file that they concern.

    Args:
        where: the name of the parameter file.
    """
    try:
        yield
    except SpecError as error:
        raise SpecError(f"{where}: {error}") from error
