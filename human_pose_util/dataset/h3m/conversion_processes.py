"""Converts many sequences, in several processes where that is worth their start."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from human_pose_util.dataset.h3m.files import SequenceFiles
from human_pose_util.dataset.h3m.sequence_part import Views, write_part
from human_pose_util.errors import DataError
from human_pose_util.malloc import keep_freed

# Threads would not help: the CDF library keeps the current file in a global variable. To start a
# process takes as long as to convert 40 sequences.
_MAX_PROCESSES = 4
_SEQUENCES_PER_PROCESS = 60


def convert_sequences(
    jobs: Sequence[tuple[SequenceFiles, Path]],
) -> Iterator[tuple[SequenceFiles, Views]]:
    """Write the parts of many sequences.

    Args:
        jobs: sequences and their parts, the arguments of `sequence_part.write_part`.

    Yields:
        Every sequence and the result of `write_part`, as they are finished.

    Raises:
        DataError: a CDF file is damaged, or a process ended early. Parts that are complete stay.
    """
    n_processes = min(os.cpu_count() or 1, _MAX_PROCESSES, 1 + len(jobs) // _SEQUENCES_PER_PROCESS)
    if n_processes == 1:
        keep_freed()
        for files, part in jobs:
            yield files, write_part(files, part)
        return
    spawn = multiprocessing.get_context("spawn")  # A fork would copy the locks of other threads.
    with _quiet_start():
        pool = ProcessPoolExecutor(n_processes, mp_context=spawn, initializer=_start_worker)
    with pool:
        try:
            with _quiet_start():
                futures = {pool.submit(write_part, *job): job[0] for job in jobs}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool as error:
            raise DataError(
                "Human3.6M: a process that converted sequences ended early; start again"
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _quiet_start() -> Iterator[None]:
    """A context in which new processes neither run the caller's script nor react to Ctrl-C.

    A spawned process imports the script of its parent again, and with it TensorFlow; a script
    without `if __name__ == "__main__"` would even start over. A process inherits the signals that
    are blocked in its parent; Ctrl-C reaches the parent alone, which then ends the others. One of
    the new processes would warn of semaphores that a killed parent leaves, and removes them.
    """
    script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    warnings = os.environ.get("PYTHONWARNINGS", "")
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, [warnings, "ignore:resource_tracker"]))
    try:
        yield
    finally:
        if warnings:
            os.environ["PYTHONWARNINGS"] = warnings
        else:
            del os.environ["PYTHONWARNINGS"]
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        sys.modules["__main__"] = script


def _start_worker() -> None:
    """Prepare a new process: keep its freed memory, and end it when its parent is killed."""
    keep_freed()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
