"""Converted data sets, kept as HDF5 files in one folder.

The folder is the environment variable `POSE_CACHE`, by default `~/.cache/adversarial_pose`. A
file is built again when a file that it was converted from changes (path, size or modification
time), when the version of the conversions changes, and when the file cannot be read. A file appears
under its name only when it is complete. Source folders are never written to.
"""

import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from human_pose_util.errors import DataError
from human_pose_util.files import exclusive, remove_temporary, replacing
from human_pose_util.files.locks import FOREVER
from human_pose_util.files.reading import check_file

log = logging.getLogger(__name__)

_FINGERPRINT = "cache_fingerprint"
_VERSION = 4  # of the conversions: to be raised when one of them gives or refuses other files


def cache_folder() -> Path:
    """The folder of the converted data sets; it need not exist yet."""
    folder = os.environ.get("POSE_CACHE") or "~/.cache/adversarial_pose"
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError as error:
        raise DataError(f"no home folder for {folder}: set POSE_CACHE to a folder") from error


def cache_path(name: str, root: Path) -> Path:
    """Path of a converted file; the file need not exist yet.

    Args:
        name: name of the conversion, with which the file's name begins.
        root: the data set's folder; every copy of the data has a converted file of its own.
    """
    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]
    return cache_folder() / f"{name}-{digest}.h5"


def cached(
    name: str,
    sources: Iterable[str | os.PathLike],
    build: Callable[[Path], None],
    root: str | os.PathLike | None = None,
    is_intact: Callable[[Path], bool] = lambda path: True,
) -> Path:
    """The HDF5 file converted from `sources`; built first where it is missing, stale or broken.

    A second process that asks for the same file meanwhile waits and then uses it.

    Args:
        name: name of the conversion, with which the file's name begins.
        sources: every file that the conversion reads.
        build: writes the complete HDF5 file at the path that it is given.
        root: the data set's folder; by default the deepest folder that holds all the sources.
        is_intact: a further test, for a file that links to others.

    Returns:
        Path of the file, `cache_path(name, root)`.

    Raises:
        DataError: there are no sources, one cannot be read, or the cache folder cannot be written.
    """
    paths = sorted(Path(source).absolute() for source in sources)
    if not paths:
        raise DataError(f"{name}: there are no source files to convert")
    root = Path(root).absolute() if root else Path(os.path.commonpath([p.parent for p in paths]))
    digest, target = fingerprint(paths, root), cache_path(name, root)

    def is_current() -> bool:
        return _has_fingerprint(target, digest) and is_intact(target)

    if is_current():
        return target
    lock, busy = target.with_suffix(".lock"), f"another process is converting {target.stem}"
    with _writable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
        with exclusive(lock, f"{busy}: waiting for it", patience=FOREVER):
            remove_temporary(target.parent, re.escape(target.name))
            if not is_current():  # Another process may have built the file meanwhile.
                with replacing(target, is_durable=False) as temporary:
                    build(temporary)
                    _write_fingerprint(temporary, digest)
    return target


def fingerprint(paths: Iterable[Path], root: Path) -> str:
    """A digest of the files' paths relative to `root`, their sizes and modification times.

    Args:
        paths: the files.
        root: the folder that holds them.

    Raises:
        DataError: a file is missing or out of reach.
    """
    digest = hashlib.sha256(f"version {_VERSION}\n".encode())
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
        with h5py.File(path, "r") as file:  # HDF5 refuses a file that is too short.
            return str(file.attrs[_FINGERPRINT]) == digest
    except Exception as error:  # A damaged file can raise almost any exception.
        log.warning("%s cannot be read (%s): converting again", path, error)
        return False


def _write_fingerprint(path: Path, digest: str) -> None:
    import h5py

    with h5py.File(path, "r+") as file:
        file.attrs[_FINGERPRINT] = digest


@contextmanager
def _writable(target: Path) -> Iterator[None]:
    """A context in which a failure to read or to write becomes a DataError with advice."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # h5py raises RuntimeError when it cannot close.
        culprit = Path(getattr(error, "filename", None) or target)
        reason = _reason(error)
        if not (culprit.is_relative_to(target.parent) or target.is_relative_to(culprit)):
            raise DataError(f"cannot read {culprit}: {reason}") from error  # It is a source.
        raise DataError(
            f"cannot write {target}: {reason}; set POSE_CACHE to a folder with room for it"
        ) from error


def _reason(error: Exception) -> str:
    """The reason in an error; HDF5 hides the system's message in a long text."""
    from_hdf5 = re.search(r"error message = '([^']+)'", str(error))
    return from_hdf5[1] if from_hdf5 else getattr(error, "strerror", None) or str(error)
