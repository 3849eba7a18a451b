"""Command lines, as processes: one line for an error, and the exit status."""

import os
import signal
import subprocess
import sys
import tomllib

import pytest

from human_pose_util.version import __version__
from tests.helpers.documented_commands import HELPFUL, ROOT

HEAD = """
import sys, time
from command_line import Parser, run, start_tensorflow
from human_pose_util.errors import DataError, SpecError
"""


def python(code, **kwargs):
    command = [sys.executable, "-W", "error", "-c", HEAD + code]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs
    )


def result(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("print('done')", (0, "done\n", "")),
        ("raise SpecError('no\\n  such  key')", (2, "", "error: no such key\n")),
        ("print(1); raise DataError('no file')", (1, "1\n", "error: no file\n")),
        ("raise KeyboardInterrupt", (130, "", "interrupted\n")),
        ("sys.exit(7)", (7, "", "")),
    ],
)
def test_exit_status_and_the_line_on_stderr(body, expected):
    assert result(python(f"def main():\n    {body}\nrun(main)")) == expected


def test_an_interrupted_command_says_what_it_keeps():
    process = python("def main(): raise KeyboardInterrupt\nrun(main, kept='files remain')")
    assert result(process) == (130, "", "interrupted: files remain\n")


WAIT = """
def main():
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("saved", flush=True)
run(main)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_command_with_what_is_finished_saved(number, status):
    process = python(WAIT)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    code, out, err = result(process)
    assert (code, out) == (status, "saved\n")
    assert "Traceback" not in err


HALF_MADE = """
class Handle:
    def __del__(self):
        raise ValueError("not open")
def main():
    handle = Handle()
    print("ready", flush=True)
    time.sleep(60)
run(main)
"""
DEEP = """
import hashlib
from command_line import signals
signals.GRACE = 0.5
def main():
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)  # minutes in C, deaf to Python's handlers
run(main)
"""
IMPORTING = """
from command_line.signals import ends_at_once
def main():
    with ends_at_once(2):
        print("ready", flush=True)
        try:
            time.sleep(60)
        except BaseException:  # as an import may do
            pass
run(main)
"""


@pytest.mark.parametrize("code", [DEEP, IMPORTING, HALF_MADE])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_what_does_not_heed_them(code, number, status):
    process = python(code)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    code, _, err = result(process)
    assert code == status
    assert err.strip() == "interrupted"


ENDING = """
import atexit, os, threading
class Library:
    def __del__(self):  # as TensorFlow does to a process that takes Python apart under its threads
        os.abort()
library = Library()
def parts():
    try:
        yield
    finally:
        print("closed")
def main():
    atexit.register(print, "at exit")
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    for _ in parts():
        print("ready", flush=True)
        time.sleep(60)
run(main)
"""
BUFFERED = """
def main():
    print("ready", flush=True)
    print("more")
    time.sleep(60)
run(main)
"""


def test_a_command_that_is_interrupted_ends_in_order_without_taking_python_apart():
    process = python(ENDING)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    code, out, err = result(process)
    assert (code, out.split("\n")) == (143, ["closed", "thread", "at exit", ""])
    assert err == "interrupted\n"


def test_a_command_that_is_interrupted_after_its_reader_says_one_line():
    process = python(BUFFERED)
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert process.stderr.read() == "interrupted\n"
    process.stderr.close()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_that_is_ended_during_an_import_says_one_line(tmp_path, number, status):
    # One long sleep would not end early where the signal comes just before it.
    wait = "for _ in range(600): time.sleep(0.1)"
    library = f'print("ready", flush=True)\ntry:\n    {wait}\nexcept BaseException: pass\n'
    (tmp_path / "library.py").write_text("import time\n" + library)
    process = python(f"sys.path.append({str(tmp_path)!r})\ndef main(): import library\nrun(main)")
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert result(process) == (status, "", "interrupted\n")


def test_a_closed_pipe_is_no_error():
    process = python("def main():\n    for i in range(200_000): print(i)\nrun(main)")
    assert process.stdout.readline() == "0\n"
    process.stdout.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", f"{HEAD}def main():\n    for i in range(200_000): print(i)\nrun(main)"),
        ("train.py", "--help"),
        ("infer_keypoints.py", "--version"),
        ("report.py", "--measures", "help"),
    ],
    ids=["output", "help", "version", "measures"],
)
def test_a_full_disk_is_one_line(arguments, unbuffered):
    command = [sys.executable, "-W", "error", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, env=environment
        )
    assert done.returncode == 1
    assert done.stderr == "error: cannot write the output: No space left on device\n"


def test_parser_errors_are_one_line():
    parser = "parser = Parser('What it does.'); parser.add_argument('id')\n"
    code, out, err = result(python(f"{parser}parser.parse_args([])"))
    assert (code, out) == (2, "")
    assert err.startswith("error: the following arguments are required: id")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", HELPFUL)
def test_every_command_shows_its_version(command):
    words = [sys.executable, *command.split()[1:], "--version"]
    process = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert process.stdout == f"{project['name']} {__version__}\n"
    assert (process.returncode, process.stderr) == (0, "")


def test_tensorflow_starts_without_a_word():
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    code = "start_tensorflow(); assert 'tensorflow' in sys.modules; print('here', file=sys.stderr)"
    command = [sys.executable, "-c", HEAD + code]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "here\n")
