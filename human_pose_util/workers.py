"""Workers apply a function, the job, to many items: in this process or on a cluster.

A job has one argument, the item, and can be pickled. Results come in the order in which they are
finished, so that the next item may depend on the last result. `LocalWorker` works in this process;
`command_line.dask_cluster` has the workers of a cluster.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

Job = Callable[[Any], Any]


class Workers(Protocol):
    """The interface of workers, which have one job."""

    @property
    def size(self) -> int:
        """How many items the workers can process at the same time, now."""

    def submit(self, tag: Any, item: Any) -> None:
        """Have an item processed.

        Args:
            tag: comes back with the result.
            item: the argument of the job.
        """

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Tags and results as they are finished, until no item is left.

        Items that are submitted meanwhile are included. An exception that the job raises for an
        item comes in place of its result.
        """


class LocalWorker:
    """Processes the items of a job in this process, one after another.

    Args:
        job: the function of an item.
    """

    size = 1

    def __init__(self, job: Job):
        self._job = job
        self._waiting: deque[tuple[Any, Any]] = deque()

    def submit(self, tag: Any, item: Any) -> None:
        """Put an item into the queue.

        Args:
            tag: names the item; `results` returns it with the result.
            item: the argument of the job.
        """
        self._waiting.append((tag, item))

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Tags and results, or errors of the job, in the order of submission."""
        while self._waiting:
            tag, item = self._waiting.popleft()
            try:
                result = self._job(item)
            except Exception as error:
                result = error
            yield tag, result


def spread(workers: Workers, items: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """Results for many independent items, of which only a few are in memory at a time.

    Args:
        workers: process the items.
        items: (tag, item) pairs, drawn when the workers have room for more.

    Yields:
        Tags and results, or exceptions, in the order in which they are finished.
    """
    iterator, in_flight = iter(items), 0

    def submit() -> int:
        """Give every worker two items: one to process, and one that waits at the worker."""
        drawn = list(islice(iterator, max(2 * workers.size - in_flight, 0)))
        for tag, item in drawn:
            workers.submit(tag, item)
        return len(drawn)

    in_flight += submit()
    for tag, result in workers.results():
        yield tag, result
        in_flight += submit() - 1
