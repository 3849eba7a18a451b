"""Tables in text: rows of cells, whatever separates them."""

import csv
import io
import math

from human_pose_util.errors import DataError
from human_pose_util.keypoints.files.source import Source

_SEPARATORS = ";\t, "


def rows_of(source: Source) -> list[list[str]]:
    """The rows of a table that are not empty.

    Raises:
        DataError: the file is no text.
    """
    try:
        text = source.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{source.path} is no text in UTF-8") from None
    lines = io.StringIO(text, newline=None)  # lines may end in any way
    separator = separator_of(lines.readline())
    lines.seek(0)
    rows = csv.reader(lines, delimiter=separator)
    try:
        return [row for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"{source.path} is no table: {error}") from None


def separator_of(line: str) -> str:
    """The character that separates the cells of a line: cells may have spaces in them."""
    return next((separator for separator in _SEPARATORS if separator in line), ",")


def number(cell: str) -> float:
    """The number in a cell, which may have a decimal comma; NaN for anything else."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return math.nan
