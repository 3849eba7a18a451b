"""What runs on a Dask worker: it finds this project's code, loads the job and does items.

A worker may not have this module. Dask therefore sends the functions and classes below by value,
which it does for those that are defined inside a function; they import all they need themselves,
and their arguments are bytes, which Dask can unpickle before the project can be imported.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def plugin_and_task(
    name: str, root: Path, names: tuple[str, ...], job: bytes
) -> tuple[Any, Callable[[bytes], Any]]:
    """What brings a job to the workers, and what does an item there.

    Args:
        name: of the plugin, and of the zip file of the code that the scheduler keeps.
        root: the folder of the code.
        names: the code: folders of packages, and files of modules.
        job: the job, pickled.

    Returns:
        plugin: a `distributed.WorkerPlugin` to register under `name`.
        task: a function of a pickled item, to submit; it returns what the job returns, or the
            exception that the job raises.
    """
    from distributed import WorkerPlugin, get_worker

    digest_of = _digest_function()
    digest = digest_of(root, names)

    class JobPlugin(WorkerPlugin):
        """Keeps the job of one command on one worker."""

        def setup(self, worker) -> None:
            import os
            import threading

            os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"  # workers may share a device
            self._worker = worker
            self._job: Callable[[Any], Any] | None = None
            self._one_at_a_time = threading.Lock()

        def do(self, item: bytes) -> Any:
            """The result of an item, or what the job raises for it."""
            import pickle

            with self._one_at_a_time:
                job = self._job = self._job or self._load_job()
                try:
                    return job(pickle.loads(item))
                except Exception as error:
                    return error

        def _load_job(self) -> Callable[[Any], Any]:
            """The job, with TensorFlow started for it."""
            import pickle

            self._find_code()
            from command_line.tensorflow_start import import_tensorflow, quiet_stderr

            with quiet_stderr():
                import_tensorflow(self._worker.state.nthreads)
                return pickle.loads(job)

        def _find_code(self) -> None:
            """Sees to it that the command's version of the project is what is imported."""
            import importlib
            import sys
            from importlib.machinery import PathFinder
            from pathlib import Path

            from distributed import get_client

            path = Path(self._worker.local_directory, f"adversarial-pose-{digest[:16]}.zip")
            if sys.path[0] == str(path):
                return  # another job of this version brought it here
            spec = PathFinder.find_spec("serialization")
            if spec and spec.origin and digest_of(Path(spec.origin).parent, names) == digest:
                return  # the project is installed
            path.write_bytes(get_client().get_dataset(name))
            sys.path.insert(0, str(path))
            importlib.invalidate_caches()
            packages = {name.removesuffix(".py") for name in names}
            for module in [m for m in sys.modules if m.split(".")[0] in packages]:
                del sys.modules[module]  # of another version

    def task(item: bytes) -> Any:
        plugin: Any = get_worker().plugins[name]
        return plugin.do(item)

    return JobPlugin(), task


def _digest_function() -> Callable[[Path, tuple[str, ...]], str]:
    """A function from a folder and names in it to a digest of the sources, sent by value."""

    def digest_of(root: Path, names: tuple[str, ...]) -> str:
        import hashlib

        digest = hashlib.sha256()
        for name in names:
            path = root / name
            for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
                # A folder that has none of it, or a zip file, gives a digest of no code.
                content = file.read_bytes() if file.is_file() else b""
                digest.update(f"{file.relative_to(root)} {len(content)} ".encode() + content)
        return digest.hexdigest()

    return digest_of
