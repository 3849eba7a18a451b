"""Converted data sets, kept as HDF5 files in one folder.

The folder is the environment variable `POSE_CACHE`, by default `~/.cache/adversarial_pose`. A
file is rebuilt when the files it was made from change (path, size or modification time), when
its format does, and when it cannot be read. It appears under its name only when it is complete.
Source folders are never written to.
"""

import fcntl
import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from human_pose_util.errors import DataError
from human_pose_util.files.reading import check_file

log = logging.getLogger(__name__)

_FINGERPRINT = "cache_fingerprint"
# fcntl's record locks tell processes apart, not threads: these are for the threads.
_threads = threading.RLock()


def cache_folder() -> Path:
    """The folder of the converted data sets; it need not exist yet."""
    folder = os.environ.get("POSE_CACHE") or "~/.cache/adversarial_pose"
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError as error:
        raise DataError(f"no home folder for {folder}: set POSE_CACHE to a folder") from error


def cached(
    name: str,
    sources: Iterable[str | os.PathLike],
    build: Callable[[Path], None],
    root: str | os.PathLike | None = None,
    version: int = 1,
    is_intact: Callable[[Path], bool] = lambda path: True,
) -> Path:
    """The HDF5 file converted from `sources`; built first where it is missing, stale or broken.

    A second process that asks for the same file meanwhile waits and then uses it.

    Args:
        name: what is converted; begins the file's name.
        sources: every file that the conversion reads.
        build: writes the complete HDF5 file at the path it is given. The path is the same for
            every attempt, in the cache folder, and what an interrupted attempt left there
            is `build`'s to overwrite.
        root: the folder that tells one copy of the data from another; by default the deepest
            folder that holds all the sources.
        version: the version of what `build` writes; another one means a rebuild.
        is_intact: a further test of the file, for one that links to others.

    Returns:
        The file's path.

    Raises:
        DataError: no sources, one that cannot be read, or a cache folder that cannot be written.
    """
    paths = sorted(Path(source).absolute() for source in sources)
    if not paths:
        raise DataError(f"{name}: there are no source files to convert")
    root = Path(root).absolute() if root else Path(os.path.commonpath([p.parent for p in paths]))
    digest = fingerprint(paths, root, version)
    stem = f"{name}-{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]}"
    target = cache_folder() / f"{stem}.h5"

    def is_current() -> bool:
        return _has_fingerprint(target, digest) and is_intact(target)

    if is_current():
        return target
    with _writable(target), _locked(target.with_suffix(".lock")):
        if not is_current():  # another process may have built it meanwhile
            partial = target.with_suffix(".partial.h5")
            build(partial)
            _seal(partial, digest)
            os.replace(partial, target)
    return target


def fingerprint(paths: Iterable[Path], root: Path, version: int = 1) -> str:
    """A digest of the files' paths relative to `root`, their sizes and modification times.

    Raises:
        DataError: a file is missing or out of reach.
    """
    digest = hashlib.sha256(f"version {version}\n".encode())
    for path in paths:
        try:
            stat = path.stat()
        except OSError as error:
            raise DataError(f"cannot read {path}: {error.strerror}") from error
        digest.update(os.fsencode(os.path.relpath(path, root)))
        digest.update(f"\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _has_fingerprint(path: Path, digest: str) -> bool:
    import h5py

    if not os.path.lexists(path):
        return False
    try:
        check_file(path)
        with h5py.File(path, "r") as file:  # refuses a file that is shorter than it says
            return str(file.attrs[_FINGERPRINT]) == digest
    except Exception as error:  # damage shows as almost any error
        log.warning("%s cannot be read (%s): converting again", path, error)
        return False


def _seal(path: Path, digest: str) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        file.attrs[_FINGERPRINT] = digest


@contextmanager
def _writable(target: Path) -> Iterator[None]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, RuntimeError) as error:  # h5py raises RuntimeError when it cannot close
        culprit = Path(getattr(error, "filename", None) or target)
        reason = _reason(error)
        if not (culprit.is_relative_to(target.parent) or target.is_relative_to(culprit)):
            raise DataError(f"cannot read {culprit}: {reason}") from error  # a source
        raise DataError(
            f"cannot write {target}: {reason}; set POSE_CACHE to a folder with room for it"
        ) from error


def _reason(error: Exception) -> str:
    from_hdf5 = re.search(r"error message = '([^']+)'", str(error))
    return from_hdf5[1] if from_hdf5 else getattr(error, "strerror", None) or str(error)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; the system releases it when the process ends in any way."""
    with _threads, path.open("w") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("another process is converting %s: waiting for it", path.stem)
            fcntl.lockf(file, fcntl.LOCK_EX)
        yield
