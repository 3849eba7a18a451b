"""JSON of detectors, which is less strict than that of parameters."""

import json
from pathlib import Path
from typing import Any

from human_pose_util.errors import DataError
from human_pose_util.files.reading import repeated_key

_LONGEST_INTEGER = 18  # digits; longer ones are read as floats, which are never too long


def load_json(data: bytes, path: Path) -> Any:
    """The value in a JSON file; NaN and Infinity are numbers in it.

    Args:
        data: the file's content.
        path: names it in an error.

    Raises:
        DataError: it is empty, no JSON, or names a key twice.
    """

    def no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if (twice := repeated_key(pairs)) is not None:
            raise DataError(f"{path}: key {twice!r:.40} stands twice in an object")
        return dict(pairs)

    if not data.strip():
        raise DataError(f"{path} is empty")
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=no_duplicates, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}: line {error.lineno}: {error.msg} (not valid JSON)") from None
    except RecursionError:
        raise DataError(f"{path}: nested too deeply") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is neither JSON nor an .npy or .npz file") from None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)
