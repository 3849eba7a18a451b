"""How the fit of a frame ends."""

from enum import IntEnum


class Status(IntEnum):
    """Outcome of a frame; results store the number."""

    CONVERGED = 0
    ITERATION_LIMIT = 1
    NO_OBSERVATIONS = 2
    NOT_FINITE = 3

    @property
    def text(self) -> str:
        """The outcome in words."""
        return _TEXTS[self]


_TEXTS = {
    Status.CONVERGED: "converged",
    Status.ITERATION_LIMIT: "stopped at the iteration limit",
    Status.NO_OBSERVATIONS: "nothing was seen",
    Status.NOT_FINITE: "cost not finite",
}
