"""JSON files of detectors; their syntax is checked less strictly than that of parameter files."""

from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.files.reading import parse_json

_MAX_DIGITS = 19  # nanoseconds since 1970 have 19


def load_json(data: bytes, path: Path) -> Any:
    """The value in a JSON file; NaN and Infinity count as numbers.

    A file with a JSON value in every line (JSON lines) is the list of these values.

    Args:
        data: the content of the file.
        path: the file, for error messages.

    Raises:
        DataError: the file is empty, is no JSON, or holds an object with the same key twice.
    """
    if not data.strip():
        raise DataError(f"{path} is empty")
    try:
        return parse_json(data, path, _SyntaxError, parse_int=_integer)
    except UnicodeDecodeError:
        raise DataError(f"{path} is neither JSON nor an .npy or .npz file") from None
    except _SyntaxError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        if "Extra data" not in str(error) or len(lines) < 2:
            raise DataError(str(error)) from None
    return [parse_json(line, path, DataError, parse_int=_integer) for line in lines]


class _SyntaxError(Exception):
    """A JSON file with a mistake."""


def _integer(digits: str) -> int | float:
    """The integer; a float if it has many digits, because Python refuses integers of thousands."""
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)
