"""Files that are written whole or not at all."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from human_pose_util.errors import DataError

_TEMPORARY = re.compile(r"\.(.*)-[0-9a-f]{32}(\.[^.]*)?", re.DOTALL)


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """A temporary file beside `path`, of the same suffix, that replaces `path` on success.

    Raises:
        DataError: the file cannot be written (no permission, disk full).
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.absolute().parent / f".{path.stem}-{uuid.uuid4().hex}{path.suffix}"
        temporary.touch(exist_ok=False)
        try:
            yield temporary
            _sync(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror or error}") from error


def remove_temporary(folder: str | os.PathLike, name: str) -> None:
    """Remove what `atomic` left in a folder when its process was killed.

    Whoever calls this holds the lock of those who write there.

    Args:
        folder: it need not exist.
        name: regular expression of the names that the files were to have.
    """
    for path in Path(folder).glob(".*"):
        found = _TEMPORARY.fullmatch(path.name)
        if found and re.fullmatch(name, found[1] + (found[2] or "")):
            path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
