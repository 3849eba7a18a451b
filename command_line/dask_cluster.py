"""A Dask cluster, on this machine or on many, whose workers do the items of a job.

The job goes to every worker once, also to a worker that joins later. A worker that has the same
version of this project installed uses that; any other worker fetches the code from the scheduler,
so it needs only Python and the packages of requirements.txt. A worker does one item at a time, with
as many threads as Dask gives it. If a worker is lost, another worker does its item again.
"""

import io
import logging
import pickle
import sys
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from command_line.dask_worker import plugin_and_task
from human_pose_util.errors import DataError, SpecError
from human_pose_util.extras import install_command
from human_pose_util.workers import Job

if TYPE_CHECKING:
    from distributed import Client

ROOT = Path(__file__).resolve().parents[1]
CODE = ("command_line", "gan", "human_pose_util", "inference", "serialization.py")
"""Packages and modules that jobs import on workers."""

LOCAL = "local"
"""What stands for the address of a scheduler where processes of this machine work."""
SECONDS_TO_CONNECT = 15
LOGGERS = ("asyncio", "distributed", "tornado")  # they complain of whatever ends before them
SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # a job and its items are large
    # Dask measures itself: as often as it does by default, that takes up to 8 % of a core.
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.profile.enabled": False,
}


@contextmanager
def cluster(job: Job, scheduler: str, n_workers: int | None = None) -> Iterator["Cluster"]:
    """A context in which the workers of a Dask scheduler do the items of a job.

    Args:
        job: a function of one item, which can be pickled.
        scheduler: address of a running scheduler, such as tcp://host:8786, or `LOCAL` for processes
            of this machine, which end with the context.
        n_workers: how many processes of this machine; by default one for each core.

    Raises:
        DataError: no scheduler answers there.
        SpecError: Dask is not installed.
    """
    distributed = _configured_dask()
    with ExitStack() as stack:
        address: Any = scheduler
        if scheduler == LOCAL:
            address = distributed.LocalCluster(
                n_workers=n_workers, threads_per_worker=1, memory_limit=None,
                dashboard_address=":0", silence_logs=logging.CRITICAL,  # any free port
            )  # fmt: skip
            stack.enter_context(address)
        try:
            client = distributed.Client(address, timeout=SECONDS_TO_CONNECT)
        except (OSError, ValueError) as error:
            message = f"--scheduler {scheduler}: no Dask scheduler answers ({error})"
            raise DataError(message) from error
        stack.enter_context(client)
        if not client.nthreads():
            print(f"note: {scheduler} has no workers yet: waiting for them", file=sys.stderr)
        yield stack.enter_context(closing(Cluster(client, job)))


class Cluster:
    """The workers of a Dask cluster, as `human_pose_util.workers.Workers`.

    Args:
        client: the connection to the scheduler.
        job: a function of one item, which can be pickled.
    """

    def __init__(self, client: "Client", job: Job):
        from distributed import as_completed

        self._client = client
        self._tags: dict[str, Any] = {}
        self._numbers, self._done = count(), as_completed()
        # The name is unique because several commands may share the workers.
        self._name = f"adversarial-pose-{uuid.uuid4().hex[:12]}"
        # The scheduler keeps the code; only workers that need it fetch it from there.
        client.publish_dataset(_zipped_code(), name=self._name)
        plugin, self._task = plugin_and_task(self._name, ROOT, CODE, pickle.dumps(job))
        client.register_plugin(plugin, name=self._name)

    @property
    def size(self) -> int:
        """Number of items that the workers do at the same time; 1 while there is no worker yet."""
        return max(len(self._client.nthreads()), 1)

    def submit(self, tag: Any, item: Any) -> None:
        """Send an item to the workers.

        Args:
            tag: names the item; `results` returns it with the result.
            item: the argument of the job.
        """
        key = f"{self._name}-{next(self._numbers)}"
        future = self._client.submit(self._task, pickle.dumps(item), key=key, pure=False)
        self._tags[key] = tag
        self._done.add(future)

    def close(self) -> None:
        """Let the scheduler and the workers forget job and code, if they can still be reached."""
        with suppress(Exception):
            self._client.unpublish_dataset(self._name)
            self._client.unregister_worker_plugin(self._name)

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Tags and results, or errors of the job, in the order in which items are finished.

        Raises:
            DataError: the scheduler is lost.
        """
        for future in self._done:
            if future.status == "cancelled":
                raise DataError("the Dask scheduler was lost; what was finished is saved")
            error = future.exception()
            yield self._tags.pop(future.key), future.result() if error is None else error


def _configured_dask() -> Any:
    """The package distributed, with our settings and without its complaints."""
    try:
        import dask
        import distributed
    except ImportError as error:
        command = install_command("cluster")
        raise SpecError(f"--scheduler needs Dask ({error}): {command}") from error
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dask.config.set(SETTINGS)
    return distributed


def _zipped_code() -> bytes:
    """A zip file of `CODE` from which Python can import."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in CODE:
            for path in (ROOT / name).rglob("*.py") if (ROOT / name).is_dir() else [ROOT / name]:
                archive.write(path, path.relative_to(ROOT))
    return buffer.getvalue()
