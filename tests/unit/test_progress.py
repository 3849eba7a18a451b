"""Progress bars are drawn while nothing is finished; waits are shown in terminals only."""

import io
import time

from command_line import Parser
from human_pose_util import progress
from human_pose_util.progress import progress_bar, waiting


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_bar_is_drawn_while_nothing_is_finished():
    stream = io.StringIO()
    with progress_bar("lifting", 10, file=stream):
        drawn = stream.getvalue()
        deadline = time.monotonic() + 30
        while stream.getvalue() == drawn and time.monotonic() < deadline:
            time.sleep(0.1)
    assert stream.getvalue().count("lifting:   0%") >= 2


def test_hidden_bar_draws_nothing():
    stream = io.StringIO()
    with progress_bar("lifting", 10, show=False, file=stream) as bar:
        bar.update(5)
    assert stream.getvalue() == ""


def test_the_flag_of_every_command_hides_all_bars(monkeypatch):
    monkeypatch.setattr(progress, "_is_hidden", False)
    terminal = Terminal()
    assert Parser("a command").parse_args(["--quiet"]).quiet
    with waiting("starting", terminal), progress_bar("lifting", 10, file=terminal) as bar:
        bar.update(5)
    assert terminal.getvalue() == ""


def test_wait_is_shown_in_a_terminal_and_disappears():
    terminal, pipe = Terminal(), io.StringIO()
    with waiting("starting", terminal), waiting("starting", pipe):
        pass
    assert "starting (00:00)" in terminal.getvalue()
    assert terminal.getvalue().rsplit("\r", 2)[1].strip() == ""
    assert pipe.getvalue() == ""
