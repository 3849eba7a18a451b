"""Work spread over the workers of a Dask cluster, on this machine or on many.

Workers need Python and the packages of requirements.txt, and nothing of this project: its code and
the job come with the work, once to every worker, also to one that joins later. A worker does one
item at a time, with as many threads as Dask gives it. An item whose worker is lost is done again by
another.
"""

import argparse
import io
import logging
import pickle
import re
import sys
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from human_pose_util.errors import DataError, SpecError
from human_pose_util.workers import Job

if TYPE_CHECKING:
    from distributed import Client, WorkerPlugin

LOCAL = "local"
CODE = ("gan", "human_pose_util", "inference", "serialization.py")
SECONDS_TO_CONNECT = 15
LOGGERS = ("asyncio", "distributed", "tornado")  # they complain of whatever ends before them
SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",  # a job and its items are large
    # Dask looks at itself: as often as it does by default, that takes up to 8 % of a core.
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.profile.enabled": False,
}


@contextmanager
def cluster(job: Job, scheduler: str, n_workers: int | None = None) -> Iterator["Cluster"]:
    """A context in which a cluster's workers do the items of a job.

    Args:
        job: what to do with an item.
        scheduler: a Dask scheduler's address, such as tcp://host:8786, or "local": processes of
            this machine, for as long as the context lasts.
        n_workers: how many of those; one for each core by default.

    Raises:
        DataError: no scheduler answers there.
    """
    import dask
    from distributed import Client, LocalCluster

    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dask.config.set(SETTINGS)
    if scheduler == LOCAL:
        made = LocalCluster(
            n_workers=n_workers,
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address=":0",  # any free port
            silence_logs=logging.CRITICAL,
        )
        with made, Client(made) as client, closing(Cluster(client, job)) as workers:
            yield workers
        return
    try:
        client = Client(scheduler, timeout=SECONDS_TO_CONNECT)
    except (OSError, ValueError) as error:
        raise DataError(f"--scheduler {scheduler}: no Dask scheduler answers ({error})") from error
    with client:
        if not client.nthreads():
            print(f"note: {scheduler} has no workers yet: waiting for them", file=sys.stderr)
        with closing(Cluster(client, job)) as workers:
            yield workers


def add_scheduler_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say who does the work."""
    group = parser.add_argument_group("who does the work")
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="spread it over the workers of a Dask cluster, such as tcp://host:8786, or over "
        "processes of this machine: local (default: this process does it)",
    )
    group.add_argument(
        "--n_workers",
        type=int,
        metavar="N",
        help="with --scheduler local: how many processes (default: one for each core)",
    )


def workers_of(args: argparse.Namespace) -> Callable[[Job], AbstractContextManager] | None:
    """What the flags say: makes the workers for a job; None where this process is to do it.

    Raises:
        SpecError: flags that mean nothing.
    """
    scheduler, n_workers = args.scheduler, args.n_workers
    if n_workers is not None and (scheduler != LOCAL or n_workers < 1):
        raise SpecError("--n_workers: a number from 1 on, with --scheduler local")
    if scheduler is None:
        return None
    if scheduler != LOCAL and not re.fullmatch(r"(tcp|tls|ucx)://\S+:\d+", scheduler):
        raise SpecError(
            f"--scheduler {scheduler!r}: expected {LOCAL!r}, or an address such as tcp://host:8786"
        )
    return lambda job: cluster(job, scheduler, n_workers)


class Cluster:
    """The workers of a Dask cluster, as `human_pose_util.workers.Workers`."""

    def __init__(self, client: "Client", job: Job):
        from distributed import as_completed

        self._client, self._tags = client, {}
        self._numbers, self._done = count(), as_completed()
        self._name = f"adversarial-pose-{uuid.uuid4().hex[:12]}"  # commands may share workers
        carrier, self._do = _sent_by_value(self._name, _code(), pickle.dumps(job))
        client.register_plugin(carrier, name=self._name)

    @property
    def size(self) -> int:
        """See `Workers`; 1 while there is no worker yet."""
        return max(len(self._client.nthreads()), 1)

    def submit(self, tag: Any, item: Any) -> None:
        """See `Workers`."""
        key = f"{self._name}-{next(self._numbers)}"
        future = self._client.submit(self._do, pickle.dumps(item), key=key, pure=False)
        self._tags[key] = tag
        self._done.add(future)

    def close(self) -> None:
        """Have workers forget the job, where they can still be told."""
        with suppress(Exception):
            self._client.unregister_worker_plugin(self._name)

    def results(self) -> Iterator[tuple[Any, Any]]:
        """See `Workers`. Raises DataError when the scheduler is lost."""
        for future in self._done:
            if future.status == "cancelled":
                raise DataError("the Dask scheduler was lost; what was finished is saved")
            error = future.exception()
            yield self._tags.pop(future.key), future.result() if error is None else error


def _code() -> bytes:
    """The project as a zip file from which Python can import."""
    root, buffer = Path(__file__).resolve().parents[1], io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in CODE:
            for path in (root / name).rglob("*.py") if (root / name).is_dir() else [root / name]:
                archive.write(path, path.relative_to(root))
    return buffer.getvalue()


def _sent_by_value(
    name: str, code: bytes, job: bytes
) -> tuple["WorkerPlugin", Callable[[bytes], Any]]:
    """What brings the code and the job to a worker, and what does a pickled item there.

    They are made in here for Dask to send them by value: schedulers and workers could not import
    them. An item is bytes for the same reason.
    """
    from distributed import WorkerPlugin, get_worker

    class Carrier(WorkerPlugin):
        def setup(self, worker) -> None:
            import hashlib
            import os
            import sys
            import threading
            from pathlib import Path

            digest = hashlib.sha256(code).hexdigest()[:16]
            path = Path(worker.local_directory, f"adversarial-pose-{digest}.zip")
            path.write_bytes(code)
            if str(path) not in sys.path:
                sys.path.insert(0, str(path))
                ours = {name.removesuffix(".py") for name in CODE}
                for name in [n for n in sys.modules if n.split(".")[0] in ours]:
                    del sys.modules[name]  # of another version
            os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"  # workers may share a device
            self._threads = worker.state.nthreads
            self._job, self._one_at_a_time = None, threading.Lock()

        def do(self, item: bytes) -> Any:
            import pickle

            from command_line.stderr import quiet_stderr
            from command_line.tensorflow_start import import_tensorflow

            with self._one_at_a_time:
                if self._job is None:
                    with quiet_stderr():
                        import_tensorflow(self._threads)
                        self._job = pickle.loads(job)
                try:
                    return self._job(pickle.loads(item))
                except Exception as error:
                    return error

    def do(item: bytes) -> Any:
        return get_worker().plugins[name].do(item)

    return Carrier(), do
