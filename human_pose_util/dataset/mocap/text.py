"""Reading motion files: text of bounded size, numbered lines and checked numbers."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.files.reading import read_file

# Bounds that no recording comes near, so that a broken file costs little time and memory.
MAX_BYTES = 64 * 2**20
MAX_LINES = 5_000_000
MAX_BONES = 256
MAX_FRAMES = 1_000_000
MAX_NUMBER = 1e6


def broken(
    source: str | Path, line: int | None, problem: str, remedy: str = "fetch the file again"
) -> DataError:
    """The error of a file that cannot be used: which one, where, what is wrong, what to do."""
    place = source if line is None else f"{source}, line {line}"
    return DataError(f"{place}: {problem}; {remedy}")


def quote(token: str) -> str:
    """A word of a file, fit for a one-line message."""
    return repr(token if len(token) <= 40 else f"{token[:37]}...")


def read_text(path: Path) -> str:
    """The text of an ASCII file; other characters become U+FFFD, which no number holds.

    Raises:
        DataError: the file cannot be read, or is too large to be a recording.
    """
    data = read_file(path, MAX_BYTES).removeprefix(b"\xef\xbb\xbf")
    if data.count(b"\n") + data.count(b"\r") > MAX_LINES:
        raise broken(path, None, f"more than {MAX_LINES} lines", "split the recording")
    return data.decode("ascii", errors="replace")


def token_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The number and the words of every line that holds any, without `#` comments."""
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        tokens = line.partition("#")[0].split()
        if tokens:
            yield number, tokens


def numbers(tokens: Sequence[str], count: int, source: str | Path, line: int) -> np.ndarray:
    """[count] float64, exactly the numbers of one line.

    Raises:
        DataError: another count, or something that is no finite number of sensible size.
    """
    if len(tokens) != count:
        raise broken(source, line, f"{count} numbers expected, {len(tokens)} found")
    return table([tokens], [line], source)[0]


def table(rows: Sequence[Sequence[str]], lines: Sequence[int], source: str | Path) -> np.ndarray:
    """[n_rows, n_columns] float64 from rows of words, all of the same length.

    Args:
        rows: the words.
        lines: the line where each row begins, for the message.
        source: the file, for the message.

    Raises:
        DataError: something that is no finite number of sensible size.
    """
    try:
        # Python reads 1_0 as ten; a motion file does not.
        if "_" in "".join(chain.from_iterable(rows)):
            raise ValueError
        values = np.array(list(map(float, chain.from_iterable(rows)))).reshape(len(rows), -1)
    except ValueError:
        values = None
    if values is None or not np.all(np.abs(values) <= MAX_NUMBER):
        line, token = next(
            (line, token)
            for row, line in zip(rows, lines, strict=True)
            for token in row
            if not _is_number(token)
        )
        raise broken(source, line, f"{quote(token)} is no number within ±{MAX_NUMBER:g}")
    return values


def _is_number(token: str) -> bool:
    try:
        return "_" not in token and abs(float(token)) <= MAX_NUMBER
    except ValueError:
        return False
