"""Atomic files and locks, with real processes."""

import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_file import exclusively
from human_pose_util.files import atomic, exclusive, lock_of, require_room
from human_pose_util.files.locks import FOREVER

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from human_pose_util.files import exclusive
with exclusive(sys.argv[1], "busy"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_atomic_replaces_a_file(tmp_path):
    path = tmp_path / "a" / "b" / "x.txt"
    for text in ("one", "two"):
        with atomic(path) as temporary:
            assert temporary.parent == path.parent
            assert temporary.suffix == ".txt"
            temporary.write_text(text)
            assert not path.exists() or path.read_text() == "one"
        assert path.read_text() == text
    assert os.listdir(path.parent) == ["x.txt"]


def test_atomic_leaves_the_old_file_when_writing_fails(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")

    def fail():
        with atomic(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.txt"]


def test_atomic_files_have_ordinary_permissions(tmp_path):
    mask = os.umask(0o027)
    try:
        with atomic(tmp_path / "x") as temporary:
            temporary.write_text("")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640


def test_atomic_keeps_permissions_and_links(tmp_path):
    path, link = tmp_path / "x", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o664)
    link.symlink_to(path)
    with atomic(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o664


def test_atomic_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with atomic("x.txt") as temporary:
        temporary.write_text("here")
    assert (tmp_path / "x.txt").read_text() == "here"


def test_the_longest_name_can_be_written(tmp_path):
    """The temporary file beside it has a longer name, but for its end."""
    path = tmp_path / f"{'é' * 125}x.npz"  # 255 bytes
    with atomic(path) as temporary:
        assert temporary.suffix == ".npz"
        temporary.write_text("poses")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [(path.name, "poses")]


def test_what_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "x"
    with pytest.raises(DataError, match=f"cannot write {path}: "), atomic(path):
        pass
    with pytest.raises(DataError, match=f"cannot write {path}: "), exclusive(path, "busy"):
        pass
    words = rf"cannot write {path}\.lock: .*; use another file \(`results`\)"
    with pytest.raises(DataError, match=words), exclusively(path):
        pass
    with pytest.raises(DataError, match=r"cannot write .*: Is a directory"), atomic(tmp_path):
        pass


def test_what_is_written_to_a_pipe_goes_through_it(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        content = pool.submit(pipe.read_text)
        with atomic(pipe) as temporary:
            assert temporary.suffix == ".csv"
            temporary.write_text("a,b")
        assert content.result(timeout=60) == "a,b"
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_lock_is_for_one(tmp_path):
    path = tmp_path / "locks" / "x"
    with (
        exclusive(path, "x is busy"),
        pytest.raises(DataError, match=r"^x is busy$"),
        exclusive(path, "x is busy"),
    ):
        pass
    with pytest.raises(ZeroDivisionError), exclusive(path, "x is busy"):
        _ = 1 / 0
    with exclusive(path, "x is busy"):
        pass


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_ends_with_its_process(tmp_path, end):
    path = tmp_path / "x"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataError, match="busy"), exclusive(path, "busy"):
            pass
        holder.send_signal(end)
        holder.wait(timeout=10)
        with exclusive(path, "busy"):
            pass


def test_who_has_patience_gets_a_lock_that_becomes_free(tmp_path, caplog):
    path = tmp_path / "x"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DataError, match="busy"), exclusive(path, "busy", patience=0.2):
            pass
        caplog.clear()
        threading.Timer(0.5, holder.kill).start()
        with exclusive(path, "busy", FOREVER):
            assert holder.wait(timeout=10) == -signal.SIGKILL
    assert caplog.messages == ["busy"]


def test_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "x"

    def write(letter):
        for _ in range(5):
            with atomic(path) as temporary:
                temporary.write_text(letter * 10_000)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text() in {letter * 10_000 for letter in "abcd"}
    assert os.listdir(tmp_path) == ["x"]


def test_lock_of_a_file():
    assert lock_of("a/results.hdf5") == Path("a/results.hdf5.lock")


def test_full_disk_is_noticed_in_time(tmp_path):
    require_room(tmp_path / "x.h5", 1 << 20)
    with pytest.raises(OSError, match=r"No space left on device: .*x\.h5"):
        require_room(tmp_path / "x.h5", 1 << 60)
