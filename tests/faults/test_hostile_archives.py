"""Archives and pickles made to do harm: nothing is run, written elsewhere, or filled up."""

import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gan import checkpoint
from human_pose_util.dataset.npz_folder import read_npz_folder
from human_pose_util.errors import DataError
from human_pose_util.files.npz import load_npz
from human_pose_util.keypoints import read_detections
from tests.helpers.videopose3d_files import write_pickle

READERS = {
    "a.npz": load_npz,
    "own.npz": lambda path: read_npz_folder(path.parent, "s14"),
    "keypoints": read_detections,
    "step-000000001.npz": lambda path: checkpoint.load_newest(path.parent),
}


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("member", ["keypoints", "p3w", "meta"])
def test_no_pickle_is_run_from_an_archive(tmp_path, name, member):
    write_pickle(tmp_path / name, member, pickle.dumps(Touch(tmp_path / "ran")))
    with pytest.raises(DataError, match=name):
        READERS[name](tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_no_pickle_is_run_from_an_array(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.array([Touch(tmp_path / "ran")]), allow_pickle=True)
    for content in (path.read_bytes(), pickle.dumps(Touch(tmp_path / "ran"))):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"a\.npy"):
            read_detections(path)
        assert not (tmp_path / "ran").exists()


HOSTILE = {
    "a tuple as deep as a stack": b"\x80\x02}" + b")" + b"\x85" * 300_000 + b"K\x01s.",
    "two to the power of 60 tuples": b"\x80\x02)"
    + b"".join(b"q%ch%c\x86" % (i, i) for i in range(60))
    + b".",
    "a list in itself": b"\x80\x02]q\x00h\x00ah\x00a.",
    "a place in the memo beyond the memory": b"\x80\x02)r\xf0\xff\xff\x7f0.",
    "a text longer than the file": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 50) + b".",
    "a byte array longer than the file": b"\x80\x05\x96" + struct.pack("<Q", 1 << 50) + b".",
    "a function as a value": b"\x80\x02cnumpy\ndtype\n.",
}  # fmt: skip


@pytest.mark.parametrize("pickled", HOSTILE.values(), ids=HOSTILE)
def test_pickles_that_crash_or_stall_pythons_own_reader(tmp_path, pickled):
    write_pickle(tmp_path / "a.npz", "x", pickled)
    with pytest.raises(DataError, match=r"a\.npz is (refused|no readable)"):
        load_npz(tmp_path / "a.npz")


class OfPointers:
    """Pickles as a dtype of numbers whose flags have NumPy take the numbers for pointers."""

    def __reduce__(self):
        return np.dtype, ("f8", False, True), (3, "<", None, None, None, -1, -1, 63)


def test_a_dtype_with_other_flags_is_refused(tmp_path):
    write_pickle(tmp_path / "a.npz", "x", pickle.dumps(OfPointers()))
    with pytest.raises(DataError, match=r"a\.npz is refused: .* has a dtype with the state"):
        load_npz(tmp_path / "a.npz")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_refusal_says_what_is_in_the_pickle(tmp_path, protocol):
    write_pickle(tmp_path / "a.npz", "x", pickle.dumps({"joints": {1, 2}}, protocol))
    what = "has a set among its values" if protocol == 4 else "calls .*set"
    only = "only arrays are read from pickles"
    with pytest.raises(DataError, match=f"a.npz is refused: its pickle {what}; {only}"):
        load_npz(tmp_path / "a.npz")


@pytest.mark.parametrize("name", READERS)
def test_archives_of_terabytes(tmp_path, name):
    """Their headers say so, or their contents, which a few kilobytes unpack to."""
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 3, 3), }"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + head.ljust(117) + b"\n"
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("p3w.npy", head)
    with pytest.raises(DataError, match=f"{name} is no"):
        READERS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    place = whole.index(b"PK\x01\x02") + 24  # of the unpacked size in the table of contents
    (tmp_path / name).write_bytes(whole[:place] + b"\xf0\xff\xff\xff" + whole[place + 4 :])
    with pytest.raises(DataError, match="unpacks to more than 2 GiB"):
        READERS[name](tmp_path / name)


def test_members_that_lead_elsewhere_are_only_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive, archive.open("../../x.npy", "w") as f:
        np.lib.format.write_array(f, np.zeros((2, 17, 2)))
    assert list(load_npz(tmp_path / "a.npz")) == ["../../x"]
    assert os.listdir(tmp_path) == ["a.npz"]


@pytest.mark.parametrize(
    ("attrs", "name"),
    [({"r": np.eye(2)}, "r"), ({"t": "x"}, "t"), ({"fps": -1.0}, "fps"), ({"mode": 3}, "mode")],
)
def test_attributes_of_another_kind(tmp_path, attrs, name):
    np.savez(tmp_path / "own.npz", p3w=np.ones((2, 14, 3)), **attrs)
    with pytest.raises(DataError, match=rf"own\.npz: {name}: expected"):
        read_npz_folder(tmp_path, "s14")


@pytest.mark.parametrize(
    "meta",
    ["[1]", "{}", '{"params": [], "skeleton_id": "s14", "step": 1}', "[" * 10_000, "9" * 5000,
     '{"params": {}, "skeleton_id": ["s14"], "step": 1}',
     '{"params": {}, "skeleton_id": "a", "step": "1"}'],
)  # fmt: skip
def test_checkpoints_that_describe_themselves_wrongly(tmp_path, meta):
    np.savez(tmp_path / "step-1.npz", meta=np.array(meta))
    with pytest.raises(DataError, match=r"step-1\.npz is not a readable checkpoint"):
        checkpoint.load(tmp_path / "step-1.npz")


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([np.nan]), np.array([1j])])
def test_checkpoints_of_other_values(tmp_path, array):
    meta = np.array('{"params": {}, "skeleton_id": "s14", "step": 1}')
    np.savez(tmp_path / "step-1.npz", meta=meta, w=array)
    with pytest.raises(DataError, match="w holds something else than finite numbers"):
        checkpoint.load(tmp_path / "step-1.npz")
