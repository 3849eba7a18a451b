"""Work in pieces, done here one after the other; `command_line.dask_cluster` does it elsewhere.

A job is a function of one argument, the item, that can be pickled. Items are submitted and results
come as they are finished, so that the next item may depend on the last result.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

Job = Callable[[Any], Any]


class Workers(Protocol):
    """Who does a job's items."""

    @property
    def size(self) -> int:
        """How many items are done at the same time, now."""

    def submit(self, tag: Any, item: Any) -> None:
        """Have an item done; its result comes with the tag."""

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Tags and results as they are finished, until none is left, the later ones included.

        What a job raises for an item comes in place of its result.
        """


class Here:
    """This process does the items of a job, one after another."""

    size = 1

    def __init__(self, job: Job):
        self._job = job
        self._left: deque[tuple[Any, Any]] = deque()

    def submit(self, tag: Any, item: Any) -> None:
        """See `Workers`."""
        self._left.append((tag, item))

    def results(self) -> Iterator[tuple[Any, Any]]:
        """See `Workers`."""
        while self._left:
            tag, item = self._left.popleft()
            try:
                result = self._job(item)
            except Exception as error:
                result = error
            yield tag, result


def spread(workers: Workers, items: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Results of many independent items, of which only a few are held in memory at a time.

    Args:
        workers: who does them.
        items: (tag, item) pairs, drawn when workers have room for more.

    Yields:
        Tags and results, or what was raised, in the order in which they are finished.
    """
    items, in_flight = iter(items), 0

    def submit() -> int:
        """Give every worker two: one to do, and one that is there when it is done."""
        few = list(islice(items, max(2 * workers.size - in_flight, 0)))
        for tag, item in few:
            workers.submit(tag, item)
        return len(few)

    in_flight += submit()
    for tag, result in workers.results():
        yield tag, result
        in_flight += submit() - 1
