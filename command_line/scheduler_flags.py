"""Flags that say which processes do the work."""

import argparse
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from command_line.argument_types import whole_number
from command_line.dask_cluster import LOCAL, Cluster, cluster
from human_pose_util.errors import SpecError
from human_pose_util.workers import Job


def add_scheduler_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--scheduler` and `--n_workers`, which `workers_of` evaluates.

    Args:
        parser: gets the flags.
    """
    group = parser.add_argument_group("who does the work")
    scheduler_help = (
        "spread the work over the workers of a Dask cluster, such as tcp://host:8786, or over "
        "processes of this machine: local (default: this process does it)"
    )
    group.add_argument("--scheduler", metavar="ADDRESS", help=scheduler_help)
    n_help = "with --scheduler local: how many processes (default: one for each core)"
    group.add_argument("--n_workers", type=whole_number(1), metavar="N", help=n_help)


def workers_of(args: argparse.Namespace) -> Callable[[Job], AbstractContextManager[Cluster]] | None:
    """The workers that the flags describe.

    Args:
        args: the parsed command line, with the flags of `add_scheduler_flags`.

    Returns:
        A function from a job to a context in which workers do the items of that job; None if this
        process is to do them itself.

    Raises:
        SpecError: the flags contradict each other, or the address is not one of a Dask scheduler.
    """
    scheduler, n_workers = args.scheduler, args.n_workers
    if n_workers is not None and scheduler != LOCAL:
        raise SpecError("--n_workers needs --scheduler local")
    if scheduler is None:
        return None
    if scheduler != LOCAL and not re.fullmatch(r"(tcp|tls|ucx)://\S+:\d+", scheduler):
        raise SpecError(
            f"--scheduler {scheduler!r}: expected {LOCAL!r}, or an address such as tcp://host:8786"
        )
    return partial(cluster, scheduler=scheduler, n_workers=n_workers)
