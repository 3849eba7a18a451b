import multiprocessing
import os
import time
from pathlib import Path

import h5py
import pytest

from human_pose_util.dataset import cache
from human_pose_util.dataset.cache import cache_folder, cached
from human_pose_util.errors import DataError


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "data" / "S1"
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("1")
    (folder / "b.txt").write_text("2")
    return folder.parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Build:
    """Writes the sources' text and counts how often it was asked to."""

    def __init__(self, sources):
        self.sources = sources
        self.calls = 0

    def __call__(self, path):
        self.calls += 1
        with h5py.File(path, "w") as file:
            file["text"] = "".join(p.read_text() for p in self.sources)


def files(source):
    return sorted(source.rglob("*.txt"))


def text(path):
    with h5py.File(path) as file:
        return file["text"][()].decode()


def test_builds_once(source, folder):
    build = Build(files(source))
    path = cached("thing", files(source), build)
    assert path.parent == folder
    assert path.name.startswith("thing-")
    assert text(path) == "12"
    assert cached("thing", reversed(files(source)), build) == path
    assert build.calls == 1
    assert sorted(p.suffix for p in folder.iterdir()) == [".h5", ".lock"]


def test_default_folder_is_in_the_home(tmp_path, monkeypatch):
    monkeypatch.delenv("POSE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "adversarial_pose"
    assert not cache_folder().exists()


def test_two_copies_of_the_data_have_a_file_each(source, tmp_path):
    path = cached("thing", files(source), Build(files(source)))
    moved = source.rename(tmp_path / "elsewhere")
    other = cached("thing", files(moved), Build(files(moved)))
    assert other != path
    assert path.exists()
    assert other.exists()


def change_size(source):
    (source / "S1" / "a.txt").write_text("11")


def change_mtime(source):
    os.utime(source / "S1" / "a.txt", ns=(1, 1))


def change_name(source):
    (source / "S1" / "a.txt").rename(source / "S1" / "c.txt")


def add_file(source):
    (source / "S1" / "c.txt").write_text("3")


def remove_file(source):
    (source / "S1" / "a.txt").unlink()


@pytest.mark.parametrize("change", [change_size, change_mtime, change_name, add_file, remove_file])
def test_rebuilds_when_a_source_changes(source, change):
    path = cached("thing", files(source), Build(files(source)))
    change(source)
    build = Build(files(source))
    assert cached("thing", files(source), build) == path
    assert build.calls == 1
    assert text(path) == "".join(p.read_text() for p in files(source))


def test_rebuilds_for_another_version(source, monkeypatch):
    build = Build(files(source))
    cached("thing", files(source), build)
    monkeypatch.setattr(cache, "_VERSION", cache._VERSION + 1)
    cached("thing", files(source), build)
    cached("thing", files(source), build)
    assert build.calls == 2


def cut_in_half(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


def overwrite(path):
    path.write_bytes(b"no HDF5 file" * 100)


def strip_attributes(path):
    with h5py.File(path, "w") as file:
        file["text"] = "incomplete"


def zero_the_middle(path):
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.seek(size // 8)
        file.write(bytes(size - size // 8))


@pytest.mark.parametrize(
    "damage", [cut_in_half, empty, overwrite, strip_attributes, zero_the_middle]
)
def test_rebuilds_what_cannot_be_read(source, damage, caplog):
    build = Build(files(source))
    path = cached("thing", files(source), build)
    damage(path)
    cached("thing", files(source), build)
    assert build.calls == 2
    assert text(path) == "12"
    assert str(path) in caplog.text


def test_open_reader_keeps_the_old_file(source):
    path = cached("thing", files(source), Build(files(source)))
    with h5py.File(path) as before:
        change_size(source)
        cached("thing", files(source), Build(files(source)))
        assert before["text"][()] == b"12"
    assert text(path) == "112"


def test_a_failed_build_leaves_the_old_file(source):
    path = cached("thing", files(source), Build(files(source)))
    change_size(source)

    def build(partial):
        partial.write_bytes(b"half")
        raise DataError("a.txt: damaged")

    with pytest.raises(DataError, match=r"a\.txt: damaged"):
        cached("thing", files(source), build)
    assert text(path) == "12"
    cached("thing", files(source), Build(files(source)))
    assert text(path) == "112"


def test_read_only_sources(source):
    before = sorted(source.rglob("*"))
    for path in (*files(source), source / "S1", source):
        path.chmod(0o444 if path.is_file() else 0o555)
    try:
        assert text(cached("thing", files(source), Build(files(source)))) == "12"
        assert sorted(source.rglob("*")) == before
    finally:
        for path in (source, source / "S1"):
            path.chmod(0o755)


@pytest.mark.parametrize("where", ["/proc/no/such", "{tmp}/file/below"])
def test_folder_that_cannot_be_written(source, tmp_path, monkeypatch, where):
    (tmp_path / "file").touch()
    monkeypatch.setenv("POSE_CACHE", where.format(tmp=tmp_path))
    with pytest.raises(DataError, match="set POSE_CACHE to a folder"):
        cached("thing", files(source), Build(files(source)))


def test_full_disk(source, monkeypatch):
    def build(path):
        with open("/dev/full", "wb", buffering=0) as file:
            file.write(b"x")

    with pytest.raises(DataError, match=r"No space left on device.*POSE_CACHE"):
        cached("thing", files(source), build)


def test_source_that_vanishes_during_the_build(source):
    sources = files(source)

    def build(path):
        sources[0].unlink()
        sources[0].read_text()

    with pytest.raises(DataError, match=r"cannot read .*a\.txt"):
        cached("thing", sources, build)


def test_missing_source(source):
    with pytest.raises(DataError, match=r"cannot read .*c\.txt"):
        cached("thing", [*files(source), source / "c.txt"], Build(files(source)))


def test_no_sources():
    with pytest.raises(DataError, match="thing: there are no source files"):
        cached("thing", [], Build([]))


def _slow_build(source, log, barrier):
    def build(path):
        with Path(log).open("a") as file:
            file.write("built\n")
        time.sleep(0.3)
        Build(files(source))(path)

    barrier.wait()
    path = cached("thing", files(source), build)
    assert text(path) == "12"


def test_two_processes_build_once(source, tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(2)
    log = tmp_path / "log"
    processes = [context.Process(target=_slow_build, args=(source, log, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [p.exitcode for p in processes] == [0, 0]
    assert log.read_text() == "built\n"


def _hang(source, started):
    def build(path):
        Path(path).write_bytes(b"half a file")
        started.set()
        time.sleep(60)

    cached("thing", files(source), build)


def test_killed_build_holds_no_lock_and_leaves_nothing(source, folder):
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=_hang, args=(source, started))
    process.start()
    assert started.wait(30)
    process.kill()
    process.join()
    path = cached("thing", files(source), Build(files(source)))
    assert text(path) == "12"
    assert sorted(p.suffix for p in folder.iterdir()) == [".h5", ".lock"]
