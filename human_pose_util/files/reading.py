"""Files from elsewhere: checked before they are read, so that no file can stall or flood a program.

A path may lead to a pipe, which waits for a writer, or to a file larger than the memory; and the
readers of binary formats raise almost any exception for a damaged file.
"""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError


def check_file(path: str | os.PathLike, largest: int | None = None) -> None:
    """Raise DataError where a path leads to no ordinary file.

    Args:
        path: the file.
        largest: the largest size in bytes that is read; any size by default.

    Raises:
        DataError: the file is missing, out of reach, no ordinary file, or too large.
    """
    try:
        status = os.stat(path)
    except (FileNotFoundError, ValueError):  # ValueError: no file can have this name.
        raise DataError(f"there is no file {path}") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        raise DataError(f"cannot read {path}: it is {what}, expected a file")
    if largest is not None and status.st_size > largest:
        raise DataError(
            f"{path}: {status.st_size >> 20} MiB is too large, at most {largest >> 20} are read"
        )


def read_file(path: str | os.PathLike, largest: int | None = None) -> bytes:
    """The contents of a file.

    Args:
        path: the file.
        largest: the largest size in bytes that is read; any size by default.

    Raises:
        DataError: the file is missing, out of reach, no ordinary file, or too large.
    """
    check_file(path, largest)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error


@contextmanager
def readable(path: str | os.PathLike, kind: str) -> Iterator[None]:
    """A context in which a binary file is read, and whose exceptions become one DataError.

    Args:
        path: the file.
        kind: the kind of file in an error message, for example ".npz file".

    Raises:
        DataError: the path leads to no ordinary file, or the context raises an exception.
    """
    check_file(path)
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # A damaged file can make a reader raise almost any exception.
        raise DataError(f"{path} is no readable {kind}: {one_line(error):.200}") from error


def one_line(error: BaseException) -> str:
    """The message of an exception in one line; the name of its type where it has no message."""
    return " ".join(str(error).split()) or type(error).__name__


def parse_json(data: bytes, path: str | os.PathLike, failure: type[Exception], **hooks: Any) -> Any:
    """The value in a JSON file.

    Args:
        data: the contents of the file.
        path: the file, for messages.
        failure: the type of the exception for a file that is no JSON.
        **hooks: options of `json.loads`.

    Raises:
        failure: the syntax is wrong, an object has a key twice, or objects nest too deeply.
        UnicodeDecodeError: the file is not in UTF-8.
    """

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise failure(f"{path}: key {twice!r:.40} is there twice")
        return dict(pairs)

    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=to_dict, **hooks)
    except json.JSONDecodeError as error:
        raise failure(f"{path}: line {error.lineno}: {error.msg} (not valid JSON)") from None
    except RecursionError:
        raise failure(f"{path}: nested too deeply") from None
