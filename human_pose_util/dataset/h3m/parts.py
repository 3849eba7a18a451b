"""Part files, one HDF5 file per sequence, and the processes that write them."""

import errno
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from human_pose_util.dataset.h3m.layout import SequenceFiles
from human_pose_util.dataset.h3m.views import read_sequence
from human_pose_util.errors import DataError
from human_pose_util.malloc import keep_freed

# Processes, not threads: the CDF library keeps the current file in a global variable, and two
# threads took as long as one. Starting a process takes as long as converting 40 sequences.
_MAX_PROCESSES = 4
_WORTH_A_PROCESS = 60
_SERVE = "from human_pose_util.dataset.h3m.parts import serve; serve()"

_SPARE_BYTES = 64 << 20

Job = tuple[SequenceFiles, Path]
Views = dict[str, dict]


def write_part(files: SequenceFiles, path: Path) -> Views:
    """Convert one sequence; the part appears at `path` when it is complete.

    Groups by camera hold `p3c` and `p2`, the root `p3w` and, as JSON, the attribute `views`.

    Returns:
        By camera `f`, `c`, `r`, `t`, `n_frames` and the `lengths` of the three files.

    Raises:
        DataError: a damaged file; names it.
    """
    import h5py

    p3w, views = read_sequence(files)
    partial = path.with_suffix(f".{os.getpid()}.partial")  # a helper may outlive a killed parent
    attributes: Views = {}
    check_room(path.parent, p3w.nbytes * (1 + 2 * len(files.views)))
    with h5py.File(partial, "w") as file:
        _write(file, "p3w", p3w)
        for view in views:
            group = file.create_group(view.camera_id)
            _write(group, "p3c", view.p3c)
            _write(group, "p2", view.p2)
            camera = {name: value.tolist() for name, value in view.camera.items()}
            lengths = {"n_frames": len(view.p2), "lengths": view.lengths}
            attributes[view.camera_id] = camera | lengths
        file.attrs["views"] = json.dumps(attributes)
    os.replace(partial, path)
    return attributes


def check_room(folder: Path, n_bytes: int) -> None:
    """See that a file of that size fits, well before HDF5 would find out: it crashes then.

    Raises:
        OSError: no space left.
    """
    if shutil.disk_usage(folder).free < n_bytes + _SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _write(group, name: str, array: np.ndarray) -> None:
    """`group[name] = array` for float32, without what h5py adds: half the time."""
    from h5py import h5d, h5s, h5t

    space = h5s.create_simple(array.shape)
    dataset = h5d.create(group.id, name.encode(), h5t.IEEE_F32LE, space)
    dataset.write(h5s.ALL, h5s.ALL, array)


def read_views(path: Path) -> Views | None:
    """What `write_part` returned for the part at `path`; None if it is not there or damaged."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return json.loads(file.attrs["views"])
    except Exception:  # damage shows as almost any error
        return None


def write_parts(jobs: Sequence[Job], done: Callable[[SequenceFiles, Views], None]) -> None:
    """Write many parts, here and in as many processes as are worth it.

    Args:
        jobs: arguments of `write_part`.
        done: called after each of them, in any thread, with what `write_part` returned.

    Raises:
        DataError: the first damage met. What was begun is finished or left out.
    """
    waiting = deque(jobs)

    def work(write: Callable[[SequenceFiles, Path], Views]) -> None:
        try:
            while job := _next(waiting):
                done(job[0], write(*job))
        except BaseException:
            waiting.clear()
            raise

    keep_freed()
    n_processes = min(os.cpu_count() or 1, _MAX_PROCESSES, 1 + len(jobs) // _WORTH_A_PROCESS)
    with ThreadPoolExecutor(_MAX_PROCESSES) as pool, ExitStack() as stack:
        helpers = [stack.enter_context(_Helper()) for _ in range(n_processes - 1)]
        at_work = [pool.submit(work, helper.write_part) for helper in helpers]
        work(write_part)
        for future in at_work:
            future.result()


def serve() -> None:
    """Be a helper: jobs from the standard input, results or failures to the standard output."""
    keep_freed()
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            result = write_part(*job)
        except (DataError, OSError, RuntimeError) as error:
            result = error
        try:
            pickle.dump(result, sys.stdout.buffer)
            sys.stdout.flush()
        except BrokenPipeError:
            return


class _Helper:
    """Another process that writes parts; it ends when this one does, in whatever way.

    `multiprocessing` would run the caller's script again in the new process, or fork one that
    may have threads.
    """

    def __init__(self):
        package_folder = str(Path(__file__).parents[3])
        path = os.pathsep.join(filter(None, [package_folder, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVE],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is this process's affair, while the helper starts already
        )

    def __enter__(self):
        return self

    def __exit__(self, error_type, error, traceback):
        if error_type:
            self._process.kill()
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def write_part(self, files: SequenceFiles, path: Path) -> Views:
        """As the function of that name."""
        try:
            pickle.dump((files, path), self._process.stdin)
            self._process.stdin.flush()
            result = pickle.load(self._process.stdout)
        except (EOFError, BrokenPipeError, ValueError) as error:
            raise DataError(f"{files.key}: the process that converted it ended early") from error
        if isinstance(result, Exception):
            raise result
        return result


def _next(waiting: deque[Job]) -> Job | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None
