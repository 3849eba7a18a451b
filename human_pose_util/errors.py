"""What can go wrong, said in one line to the person who can mend it."""


class PoseError(Exception):
    """An error with a message for people: which file or key, what was expected, what to do."""

    exit_status = 1


class DataError(PoseError):
    """Data, a checkpoint or a result that is missing or broken."""


class SpecError(PoseError):
    """A wrong identifier, parameter, key or flag."""

    exit_status = 2
