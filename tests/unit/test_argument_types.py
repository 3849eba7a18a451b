"""Values of the command line: what is accepted, and what the error says."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from command_line.argument_types import (
    file_path,
    image_size,
    name,
    not_negative,
    positive,
    saved_as,
    whole_number,
)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (whole_number(1), "2e5", 200_000),
        (whole_number(1), "1_000_000", 1_000_000),
        (whole_number(1), "2.5e3", 2500),
        (whole_number(1, 64), "64", 64),
        (positive, "1e-3", 1e-3),
        (not_negative, "0", 0.0),
        (image_size, "1920X1080", (1920, 1080)),
    ],
)
def test_values(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize("parse", [file_path, saved_as((".bvh",))])
def test_paths_may_begin_at_home(parse, monkeypatch):
    """Of `--export=~/x.bvh` the shell leaves "~" as it is."""
    monkeypatch.setenv("HOME", "/home/you")
    assert parse("~/x.bvh") == Path("/home/you/x.bvh")
    for text in ("a/~/x.bvh", "~nobody-of-this-name/x.bvh", "x~.bvh"):
        assert parse(text) == Path(text)


@pytest.mark.parametrize("parse", [name, file_path, saved_as((".bvh",))])
def test_no_name_is_empty(parse):
    """`"$UNSET"` does not stand for the current folder."""
    with pytest.raises(ArgumentTypeError, match="the name is empty"):
        parse("")


@pytest.mark.parametrize(
    ("parse", "texts", "expected"),
    [
        (whole_number(1), ["0", "1.5", "nan", "inf", "1e400", "x", ""], "a whole number from 1 on"),
        (whole_number(1, 64), ["0", "65", "-1", "1.5", "x"], "a whole number from 1 to 64"),
        (positive, ["0", "-1", "nan", "inf", "x"], "expected a positive number"),
        (not_negative, ["-1", "nan", "inf", "x"], "expected a number that is 0 or more"),
        (image_size, ["1920", "0x10", "axb", "1x2x3", "100000x1"], "expected WxH"),
    ],
)
def test_errors_say_what_is_expected(parse, texts, expected):
    for text in texts:
        with pytest.raises(ArgumentTypeError, match=expected) as error:
            parse(text)
        assert repr(text) in str(error.value)
