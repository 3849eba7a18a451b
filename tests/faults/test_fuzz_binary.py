"""Damaged binary files of every format: a sound result, or one clear line."""

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from gan import checkpoint
from human_pose_util.dataset.eva.markers import read_markers
from human_pose_util.dataset.h3m.cdf import read_pose
from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf
from human_pose_util.dataset.mpi_inf.annotations import read_annotations
from human_pose_util.dataset.npz_folder import read_npz_folder
from human_pose_util.dataset.pw3d.sequence_file import read_people
from human_pose_util.dataset.videopose3d.positions import read_2d, read_3d
from human_pose_util.files.npz import load_npz
from tests.helpers import pw3d_files
from tests.helpers.c3d_writer import write_c3d
from tests.helpers.damaged_files import damaged_bytes, read_or_refuse
from tests.helpers.h3m_tree import poses, write_cdf
from tests.helpers.humaneva_tree import LABELS, stacked, walk, write_mat
from tests.helpers.mpi_inf_files import world, write_annotations
from tests.helpers.videopose3d_files import (
    COCO_METADATA,
    dumps,
    people,
    write_2d,
    write_3d,
    write_pickle,
)

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
LEFT = {17: (1, 3, 5, 7, 9, 11, 13, 15)}


def written(write, name: str = "a") -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def write_checkpoint(path: Path) -> None:
    meta = json.dumps({"params": {}, "skeleton_id": "s14", "step": 3})
    np.savez(path, meta=np.array(meta), **{"generator/0/w": np.ones((2, 3), np.float32)})


def write_repeated(path: Path) -> None:
    write_pickle(path, "x", dumps({"a": [people(2, 3, 0), "text", 2.5, None, (1, True)]}, 2))


@pytest.fixture(scope="module")
def cdf():
    """Files of one variable: plain, packed, and packed as a whole."""
    gzip = load_pycdf().const.GZIP_COMPRESSION

    def whole(path: Path) -> None:
        with load_pycdf().CDF(str(path), "") as file:
            file.compress(gzip, 5)
            file.new("Pose", pose)

    pose = poses(3, 0).reshape(1, 3, -1)
    plain, packed = (lambda p: write_cdf(p, pose), lambda p: write_cdf(p, pose, compress=gzip))
    return [written(write, "a.cdf") for write in (plain, packed, whole)]


def test_cdf(cdf):
    @given(damaged_bytes(cdf, header=1000))
    def is_read_or_refused(data):
        joints = read_or_refuse(lambda path: read_pose(path, 3), data, "a.cdf")
        assert joints is None or (joints.shape[1:] == (24, 3) and np.isfinite(joints).all())

    is_read_or_refused()


MAT = written(lambda path: write_mat(path, LABELS, stacked(walk(3))), "a.mat")
C3D = written(lambda path: write_c3d(path, LABELS, stacked(walk(3))))
ANNOTATIONS = written(lambda path: write_annotations(path, world(0)), "annot.mat")
ALL_3D = written(lambda path: write_3d(path, {"S1": {"Walk": people(3, 32, 0)}}), "a.npz")
ALL_2D = written(
    lambda path: write_2d(path, {"S1": {"W": [people(3, 17, 0)[..., :2]]}}, COCO_METADATA), "a.npz"
)
PICKLES = [written(write_repeated)] + [
    written(lambda path, v=v: write_pickle(path, "x", dumps({"a": [people(2, 3, 0)] * 2}, v)))
    for v in (0, 3, 5)
]


@pytest.mark.parametrize(("content", "name"), [(MAT, "a.mat"), (C3D, "a.c3d")])
def test_markers(content, name):
    @given(damaged_bytes([content]))
    def are_read_or_refused(data):
        markers = read_or_refuse(read_markers, data, name)
        if markers is not None:
            assert markers.positions.shape[2] == 3
            assert not np.isinf(markers.positions).any()
            assert all(i < markers.positions.shape[1] for i in markers.columns.values())

    are_read_or_refused()


@given(damaged_bytes([ANNOTATIONS]))
def test_annotations(data):
    for p3c, p2 in zip(*(read_or_refuse(read_annotations, data, "a.mat") or ([], [])), strict=True):
        assert p3c.shape[:2] == p2.shape[:2] == (len(p3c), 28)
        assert np.isfinite(p3c).all()
        assert np.isfinite(p2).all()


def with_pickle(data: bytes) -> bytes:
    """An archive of that pickle, whose checksum is right."""
    return written(lambda path: write_pickle(path, "positions_3d", data))


@given(damaged_bytes([dumps({"S1": {"Walk": people(2, 32, 0)}}, v) for v in (2, 4, 5)]))
def test_pickles(data):
    positions = read_or_refuse(lambda path: read_3d(path, 32), with_pickle(data), "a.npz")
    for array in (positions or {}).values():
        assert array.shape[1:] == (32, 3)
        assert not np.isinf(array).any()


PEOPLE = [written(lambda path: pw3d_files.write_sequence(path, pw3d_files.content()))] + [
    written(lambda path, v=v: pw3d_files.write_python3_sequence(path, pw3d_files.content(), v))
    for v in (0, 4)
]


@given(damaged_bytes(PEOPLE))
def test_sequence_files_of_3dpw(data):
    for person in read_or_refuse(read_people, data, "a.pkl") or []:
        assert np.isfinite(person.p3w).all()
        assert len(person.p3w) == len(person.keypoints) == len(person.r) == len(person.t)


@given(damaged_bytes([ALL_3D, ALL_2D, *PICKLES]))
def test_archives(data):
    read_or_refuse(load_npz, data, "a.npz")
    read_or_refuse(lambda path: read_3d(path, 32), data, "a.npz")
    for views in (read_or_refuse(lambda p: read_2d(p, LEFT, 1), data, "a.npz") or {}).values():
        assert [view.shape[1:] for view in views] == [(17, 2)]


@given(damaged_bytes([written(write_checkpoint, "a.npz")]))
def test_checkpoints(data):
    loaded = read_or_refuse(checkpoint.load, data, "a.npz")
    if loaded is not None:
        assert isinstance(loaded.step, int)
        assert all(np.isfinite(array).all() for array in loaded.arrays.values())


def own_npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@given(damaged_bytes([own_npz(p3w=people(3, 14, 0), fps=25.0, mode="eval", t=np.ones(3))]))
def test_folders_of_archives(data):
    def read(path: Path) -> None:
        sequence = read_npz_folder(path.parent, "s14")["a"]
        assert sequence["p3w"].ndim == 3
        assert sequence.attrs.get("fps", 1) > 0

    read_or_refuse(read, data, "a.npz")
