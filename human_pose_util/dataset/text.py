"""Reads text files of numbers: files of bounded size, numbered lines and checked numbers."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import read_file

# No recording comes near these bounds; with them a broken file costs little time and memory.
MAX_BYTES = 64 * 2**20
MAX_LINES = 5_000_000
MAX_NUMBER = 1e7  # No pixel, millimetre, degree or frame comes near this number.


def broken(place: object, problem: str, remedy: str = "fetch the file again") -> DataError:
    """The error for a file that cannot be used.

    Args:
        place: the file, or a line of the file.
        problem: what is wrong.
        remedy: what the user can do.
    """
    return DataError(f"{place}: {problem}; {remedy}")


class Line(NamedTuple):
    """A line of a file.

    Attributes:
        path: the file.
        number: the line's number, from 1.
        words: the words of the line.
    """

    path: Path
    number: int
    words: list[str]

    def __str__(self) -> str:
        return f"{self.path}, line {self.number}"

    def after(self, n_words: int = 1) -> "Line":
        """The line without its first words."""
        return self._replace(words=self.words[n_words:])

    def numbers(self, count: int) -> np.ndarray:
        """The words as numbers.

        Args:
            count: the number of words that is expected.

        Returns:
            [count] float64.

        Raises:
            DataError: another count, or a word that is no finite number within the bound.
        """
        if len(self.words) != count:
            raise broken(self, f"{count} numbers expected, {len(self.words)} found")
        return table([self.words], [self])[0]


def quote(token: str) -> str:
    """A word of a file in quotes, cut to fit a message of one line."""
    return repr(token if len(token) <= 40 else f"{token[:37]}...")


def read_text(path: Path) -> str:
    r"""The text of a file in UTF-8; bytes that are none are spelled out, as in `\x8d`.

    So the names of joints in any other encoding, such as Japanese ones, stay different.

    Raises:
        DataError: the file cannot be read, or is too large to be a recording.
    """
    data = read_file(path, MAX_BYTES).removeprefix(b"\xef\xbb\xbf")
    if data.count(b"\n") + data.count(b"\r") > MAX_LINES:
        raise broken(path, f"more than {MAX_LINES} lines", "split the recording")
    return data.decode("utf-8", errors="backslashreplace")


def token_lines(path: Path) -> Iterator[Line]:
    """The lines of a file that have words; `#` begins a comment. Raises as `read_text` does."""
    text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if words := line.partition("#")[0].split():
            yield Line(path, number, words)


def table(rows: Sequence[Sequence[str]], lines: Sequence[Line]) -> np.ndarray:
    """Numbers from rows of words, all of one length.

    Args:
        rows: the words.
        lines: the line where each row begins, for messages.

    Returns:
        [n_rows, n_columns] float64.

    Raises:
        DataError: a word is no finite number within the bound.
    """
    words = list(chain.from_iterable(rows))
    with suppress(ValueError):
        values = np.array(list(map(float, words))).reshape(len(rows), -1)
        # Python reads 1_0 as ten; the formats of these files do not allow it.
        if "_" not in "".join(words) and np.all(np.abs(values) <= MAX_NUMBER):
            return values
    line, token = next(
        (line, token)
        for row, line in zip(rows, lines, strict=True)
        for token in row
        if not _is_number(token)
    )
    raise broken(line, f"{quote(token)} is no number within ±{MAX_NUMBER:g}")


def _is_number(token: str) -> bool:
    try:
        return "_" not in token and abs(float(token)) <= MAX_NUMBER
    except ValueError:
        return False
