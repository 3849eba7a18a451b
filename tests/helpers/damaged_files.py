"""Damaged files for the tests with random input, and a check of how a reader handles them."""

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import strategies as st

from human_pose_util.errors import PoseError

EXTREMES = (
    b"0", b"-1", b"1e400", b"-1e308", b"1e-320", b"nan", b"Infinity", b"9" * 30, b"9" * 5000,
    b"1000000000", b"2147483648", b"1_0", b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"\r\n",
    b"[" * 2000, b'{"a":1,"a":2}', b"null", b"true", b'"\\ud800"', b"../../x", "\u0663".encode(),
)  # fmt: skip
WORDS = tuple(
    value.to_bytes(size, order, signed=True)
    for size in (2, 4, 8)
    for order in ("big", "little")
    for value in (0, 1, -1, 0x7FFF, 1 << (8 * size - 2), -(1 << (8 * size - 1)))
)


@st.composite
def damaged_text(draw, files: Sequence[bytes]) -> bytes:
    """One of the files with some words replaced by extremes, doubled or cut out."""
    pieces = re.split(rb"([\s,:\[\]{}\"]+)", draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 3))):
        i = draw(st.integers(0, len(pieces) - 1))
        new = draw(st.sampled_from([*EXTREMES, pieces[i] * 2]) | st.binary(max_size=4))
        pieces[i] = new
    return _cut(draw, b"".join(pieces))


@st.composite
def damaged_bytes(draw, files: Sequence[bytes], header: int = 2048) -> bytes:
    """One of the files with some bytes flipped, cut out or put in, most in its first `header`."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 3))):
        end = min(len(data), draw(st.sampled_from([header, header, 1 << 30])))
        i = draw(st.integers(0, end))
        length = draw(st.integers(0, 8))
        new = draw(st.sampled_from(WORDS) | st.binary(max_size=8))
        data[i : i + draw(st.sampled_from([len(new), length]))] = new
    return _cut(draw, bytes(data))


def _cut(draw, data: bytes) -> bytes:
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 9)) == 0 else data


def read_or_refuse(read: Callable[[Path], object], data: bytes, name: str) -> object | None:
    """The result of `read` for a file with that content; None for an error in one clear line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return read(path)
        except PoseError as error:
            message = str(error)
    assert name in message
    assert "\n" not in message
    assert len(message) < 2000
    return None
