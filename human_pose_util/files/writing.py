"""Files that are written as a whole or not at all."""

import errno
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from human_pose_util.errors import DataError

_LONGEST_NAME = 255  # bytes
_TEMPORARY = re.compile(r"\.(.*)-[0-9a-f]{32}(\.[^.]*)?", re.DOTALL)


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary file beside `path`, of the same suffix, that replaces `path` on success.

    Raises:
        DataError: the file cannot be written (no permission, disk full).
    """
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def replacing(path: str | os.PathLike, is_durable: bool = True) -> Iterator[Path]:
    """A temporary file as in `atomic`, for a caller that explains an OSError by itself.

    Args:
        path: the file that it replaces.
        is_durable: wait until the contents are on the disk, so that they survive a power cut.
    """
    path = Path(path).resolve()  # a link stays, and what it leads to is replaced
    if path.exists() and not (path.is_file() or path.is_dir()):
        with _through(path) as temporary:
            yield temporary
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / _temporary_name(path)
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        if is_durable:
            _sync(temporary)
        with suppress(OSError):  # in a shared folder, others may write the file as before
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _temporary_name(path: Path) -> str:
    """The name of a temporary file beside `path`, which `_TEMPORARY` matches.

    A name that would be longer than file systems allow lacks the end of the stem; if the process is
    killed, `remove_temporary` does not find that file.
    """
    added = f"-{uuid.uuid4().hex}{path.suffix}"
    room = _LONGEST_NAME - len(os.fsencode(f".{added}"))
    stem = os.fsdecode(os.fsencode(path.stem)[:room])
    return f".{stem}{added}"


@contextmanager
def _through(path: Path) -> Iterator[Path]:
    """A temporary file whose contents go into a pipe or a device, which cannot be replaced."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / path.name
        temporary.touch()
        yield temporary
        with temporary.open("rb") as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)


def remove_temporary(folder: str | os.PathLike, name: str) -> None:
    """Remove the temporary files that `atomic` left in a folder when its process was killed.

    The caller holds the lock under which the files of the folder are written.

    Args:
        folder: the folder; it need not exist.
        name: regular expression for the final names of the files.
    """
    for path in Path(folder).glob(".*"):
        match = _TEMPORARY.fullmatch(path.name)
        if match and re.fullmatch(name, match[1] + (match[2] or "")):
            path.unlink(missing_ok=True)


def require_room(path: str | os.PathLike, n_bytes: int) -> None:
    """Raise OSError where the disk has no room for a file. HDF5 crashes when the disk is full.

    Args:
        path: the file; its folder exists.
        n_bytes: size of the file, with a reserve for what the format adds.

    Raises:
        OSError: no space is left on the device.
    """
    folder = Path(path).parent
    if shutil.disk_usage(folder).free < n_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
