"""What command lines add to the messages of the packages."""

import pytest

from command_line import run
from command_line.hints import with_flags
from human_pose_util.errors import SpecError


@pytest.mark.parametrize(
    "message, shown",
    [
        (
            "choose one with `film` NAME, or `film` all",
            "choose one with --film NAME, or --film all",
        ),
        ("say `skeleton_id` coco17 (`size` WxH)", "say --skeleton coco17 (--size WxH)"),
        ("give `rotation` 90", "give --rotate 90"),
        ("`python report.py x`: `film.mp4` and film", "`python report.py x`: `film.mp4` and film"),
    ],
)
def test_arguments_are_written_as_flags(message, shown, capsys):
    assert with_flags(message) == shown

    def fail():
        raise SpecError(message)

    with pytest.raises(SystemExit):
        run(fail)
    assert capsys.readouterr().err == f"error: {shown}\n"
