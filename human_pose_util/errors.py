"""Errors with a message of one line for the person who can mend the cause."""


class PoseError(Exception):
    """An error whose message names the file or key, what was expected, and what to do."""

    exit_status = 1


class DataError(PoseError):
    """Data, a checkpoint or a result that is missing or broken."""


class SpecError(PoseError):
    """A wrong identifier, parameter, key or flag."""

    exit_status = 2
