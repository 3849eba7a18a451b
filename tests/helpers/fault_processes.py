"""Commands as processes, and signals and full disks at any moment of their lives.

`RunningCommand` starts a script, waits for a moment (`imports`, `shows`, `appears`, `later`), sends
signals, and returns an `EndedCommand`. `small_disk` is a disk that is soon full.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.forked_scripts import ForkedScript

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 20.0  # seconds from a signal to the end; an idle machine needs a few
PATIENCE = 400.0  # seconds for anything else
KEPT = {
    "train.py": ": the same command goes on from the latest checkpoint",
    "generate_inferences.py": ": finished sequences are saved",
    "infer_keypoints.py": ": finished films are saved",
}
NAMES = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM", signal.SIGKILL: "SIGKILL"}
_BAR = re.compile(r"(.*?): +(?:(\d+)%\||0\w+ \[)")  # a progress bar's title and per cent
_NOTE = re.compile(r"note: |person \d+: |saved ")  # by a command whose stdout is for poses
_CRASH_WORDS = ("Traceback", "Exception ignored", "HDF5-DIAG", "Fatal Python error", "I0000 ")


class RunningCommand:
    """A script that runs in a session of its own.

    Args:
        folder: working directory of the script.
        script: a script of the repository.
        *args: arguments of the script.
        fresh: whether the process is a new Python, not a fork in which TensorFlow is imported.
        **environment: variables of its environment, besides those of this process.
    """

    def __init__(self, folder: Path, script: str, *args, fresh: bool = False, **environment):
        self._out, self._err = (os.memfd_create(name) for name in ("stdout", "stderr"))
        self._message = f"interrupted{KEPT.get(Path(script).name, '')}"
        self.sent: list[signal.Signals] = []
        self.phase, self._sent_at, self._began = "", 0.0, time.monotonic()
        inherited = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
        environment = inherited | {name: str(value) for name, value in environment.items()}
        start = _new_python if fresh else ForkedScript
        self._process = start(ROOT / script, args, folder, environment, self._out, self._err)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def shown(self) -> str:
        """What the command has written to stderr so far."""
        return _content(self._err)

    def loaded(self, library: str) -> bool:
        """Whether a file with `library` in its path is mapped into the memory of the command."""
        try:
            return library in Path(f"/proc/{self.pid}/maps").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False

    def until(self, moment: Callable[["RunningCommand"], bool]) -> bool:
        """Wait for a moment; return whether it came before the end of the command."""
        give_up = time.monotonic() + PATIENCE
        while self._process.poll() is None:
            if moment(self):
                return True
            assert time.monotonic() < give_up, self.shown
            time.sleep(0.002)
        return False

    def signal(self, number: signal.Signals) -> "RunningCommand":
        """Send a signal: Ctrl-C to the whole process group, as a terminal does."""
        self.phase, self._sent_at = self.phase or self._phase(), time.monotonic()
        self.sent.append(number)
        if self._process.poll() is None:  # else its number may be another's by now
            send = os.killpg if number == signal.SIGINT else os.kill
            send(self.pid, number)
        return self

    def end(self) -> "EndedCommand":
        """Wait for the end; fails if a process of the session goes on after it."""
        try:
            status = self._process.wait(LIMIT if self.sent else PATIENCE)
            seconds = time.monotonic() - (self._sent_at if self.sent else self._began)
            left = self._wait_for_children()
            shown = _content(self._out), self.shown
        except subprocess.TimeoutExpired:
            pytest.fail(f"{self.sent} in {self.phase!r}: has not ended: {self.shown}")
        finally:
            for pid in _living_processes(self.pid):
                os.kill(pid, signal.SIGKILL)
            self._process.wait()
            os.close(self._out)
            os.close(self._err)
        assert not left, f"{self.sent} in {self.phase!r}: processes outlive their parent"
        return EndedCommand(status, *shown, seconds, self.sent, self.phase, self._message)

    def _wait_for_children(self) -> list[int]:
        give_up = time.monotonic() + LIMIT
        while (left := _living_processes(self.pid)) and time.monotonic() < give_up:
            time.sleep(0.02)
        return left

    def _phase(self) -> str:
        bars = [found for piece in _pieces(self.shown) if (found := _BAR.match(piece))]
        if not bars:
            return "start of TensorFlow" if self.loaded("_pywrap_tensorflow") else "imports"
        title, share = bars[-1].groups()
        state = {"0": "begins", None: "begins", "100": "ends"}.get(share, "works")
        return f"{title}: {state}"


@dataclass(frozen=True)
class EndedCommand:
    """A command that has ended.

    Attributes:
        returncode: return code as `subprocess` has it.
        out: text on stdout.
        err: text on stderr.
        seconds: time from the last signal, or from the start, to the end.
        sent: signals that the command received.
        phase: what the command was doing when the first signal came.
        message: what the command is to say where the signals have ended it.
    """

    returncode: int
    out: str
    err: str
    seconds: float
    sent: list[signal.Signals]
    phase: str
    message: str

    @property
    def status(self) -> int:
        """The exit status that a shell shows."""
        return self.returncode if self.returncode >= 0 else 128 - self.returncode

    @property
    def lines(self) -> list[str]:
        """The lines on stderr, without progress bars."""
        return [p.strip() for p in _pieces(self.err) if p.strip() and not _BAR.match(p)]

    def __str__(self) -> str:
        sent = " and ".join(NAMES[number] for number in self.sent) or "nothing"
        return f"{sent} in {self.phase!r}: status {self.status} after {self.seconds:.2f} s"

    def finished(self) -> "EndedCommand":
        """Check that the command succeeded."""
        assert self.status == 0, f"{self}\n{self.err}"
        return self._is_clean()

    def failed(self, words: str) -> "EndedCommand":
        """Check that the command failed with one line on stderr that matches `words`."""
        assert self.status == 1, f"{self}\n{self.err}"
        assert len(self.lines) == 1, self.err
        assert re.search(words, self.lines[0]), self.err
        return self._is_clean()

    def stopped(self) -> "EndedCommand":
        """Check that the signals ended the command properly, unless it succeeded before."""
        if self.status == 0:
            return self._is_clean()
        assert self.status in {128 + number for number in self.sent}, f"{self}\n{self.err}"
        said = [line for line in self.lines if not _NOTE.match(line)]
        by_system = self.returncode < 0  # killed, be it after another signal
        assert said == [self.message] or (by_system and not said), f"{self}\n{self.err}"
        return self._is_clean()

    def _is_clean(self) -> "EndedCommand":
        for words in _CRASH_WORDS:
            assert words not in self.err, f"{self}\n{self.err}"
        return self


def imports(run: RunningCommand) -> bool:
    """The moment when the first third-party library is loaded."""
    return run.loaded("/site-packages/")


def shows(pattern: str) -> Callable[[RunningCommand], bool]:
    """The moment when the text on stderr matches a regular expression."""
    return lambda run: re.search(pattern, run.shown) is not None


def appears(folder: Path, pattern: str) -> Callable[[RunningCommand], bool]:
    """The moment when a new file, whose name matches, appears in a folder or below it."""
    before = set(folder.rglob(pattern))
    return lambda run: not before.issuperset(folder.rglob(pattern))


def later(seconds: float) -> Callable[[RunningCommand], bool]:
    """The moment that is so many seconds from now."""
    end = time.monotonic() + seconds
    return lambda run: time.monotonic() >= end


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """Mount a disk of a given size on a new folder; yields a function to remount it."""
    folder.mkdir()

    def mount(options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no disk of its own: {done.stderr.strip()}")

    mount(f"size={size}")
    try:
        yield lambda options: mount(f"remount,{options}")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _new_python(
    script: Path, arguments: Sequence, folder: Path, environment: Mapping[str, str],
    out: int, err: int,
) -> subprocess.Popen:  # fmt: skip
    """A script in a session of its own; arguments as for `ForkedScript`."""
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
        preexec_fn=_accept_interrupts,
    )


def _accept_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it


def _content(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")


def _pieces(text: str) -> list[str]:
    return re.split(r"[\r\n]", text)


def _living_processes(session: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = entry.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its) == session and state not in "ZX":
            found.append(int(entry.parent.name))
    return found
