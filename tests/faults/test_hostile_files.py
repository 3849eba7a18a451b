"""What stands in place of a file, and files made to do harm: refused, in one clear line."""

import os
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest

from gan import checkpoint
from human_pose_util.dataset import eva, h3m, mocap, mpi_inf, mpi_inf_test, pw3d
from human_pose_util.dataset.eva.markers import read_markers
from human_pose_util.dataset.eva.text import (
    read_calibration,
    read_mocap_frames,
    read_shoulder_offsets,
)
from human_pose_util.dataset.h3m.cdf import read_pose
from human_pose_util.dataset.hdf5 import read_dataset
from human_pose_util.dataset.mat import load_mat
from human_pose_util.dataset.mocap.asf import read_asf
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.dataset.mocap.spec import read_spec
from human_pose_util.dataset.mpi_inf.annotations import read_annotations
from human_pose_util.dataset.mpi_inf.calibration import read_calibrations
from human_pose_util.dataset.mpi_inf_test.annotations import read_annotations as read_test_set
from human_pose_util.dataset.npz_folder import read_npz_folder
from human_pose_util.dataset.pw3d.sequence_file import read_people
from human_pose_util.errors import DataError, PoseError
from human_pose_util.evaluate.results_reader import read_inferences, require_inferences
from human_pose_util.files.npz import load_npz
from human_pose_util.keypoints import read_detections
from human_pose_util.validation import read_json
from tests.helpers.h3m_tree import poses, write_cdf

READERS = {
    "a.asf": read_asf,
    "a.bvh": read_bvh,
    "a.cal": read_calibration,
    "a.ofs": lambda path: read_mocap_frames(path, range(3)),
    "a.mp": read_shoulder_offsets,
    "a.mat": read_markers,
    "a.c3d": read_markers,
    "a.cdf": lambda path: read_pose(path, 3),
    "annot.mat": read_annotations,
    "annot_data.mat": lambda path: read_test_set(path, "annot3"),
    "a.pkl": read_people,
    "camera.calibration": read_calibrations,
    "a.npz": load_npz,
    "own.npz": lambda path: read_npz_folder(path.parent, "s14"),
    "keypoints": read_detections,
    "film_1_keypoints.json": lambda path: read_detections(path.parent),
    "a.json": read_json,
    "dataset.json": lambda path: read_spec(path.parent),
    "step-000000001.npz": lambda path: checkpoint.load_newest(path.parent),
    "a.h5": read_dataset,
    "results.hdf5": lambda path: require_inferences(path, "run"),
}


def empty(path: Path) -> None:
    path.write_bytes(b"")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("make", [empty, Path.mkdir, os.mkfifo, loop])
@pytest.mark.parametrize("name", READERS)
def test_what_stands_in_place_of_a_file(tmp_path, name, make):
    make(tmp_path / name)
    with pytest.raises(PoseError) as error:
        READERS[name](tmp_path / name)
    # Of a folder keypoints are expected in it, which names no file.
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("dataset", [eva, h3m, mocap, mpi_inf, mpi_inf_test, pw3d])
@pytest.mark.parametrize("root", ["x" * 5000, "nowhere\0"])
def test_folders_that_cannot_be(dataset, root):
    with pytest.raises(DataError, match="there is no"):
        dataset.load(root)


def nested_cells(depth: int) -> bytes:
    """A `.mat` file of a cell in a cell in a cell …, named Markers."""
    numbers = struct.Struct("<4I4I2I")
    size, parts = 8, [struct.pack("<II", 14, 0)]
    for _ in range(depth):
        inner = numbers.pack(6, 8, 1, 0, 5, 8, 1, 1, 1, 0)
        size += len(inner)
        parts.append(struct.pack("<II", 14, size) + inner)
        size += 8
    name = numbers.pack(6, 8, 1, 0, 5, 8, 1, 1, 1, 7) + b"Markers\0"
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x100) + b"IM"
    return head + struct.pack("<II", 14, size + len(name)) + name + b"".join(reversed(parts))


def test_a_mat_file_of_cells_in_cells(tmp_path):
    path = tmp_path / "a.mat"
    path.write_bytes(nested_cells(5))
    assert load_mat(path, ("Markers",))["Markers"].dtype == object
    path.write_bytes(nested_cells(200_000))
    with pytest.raises(DataError, match=r"a\.mat is no readable \.mat file: it nests more than 16"):
        load_mat(path, ("Markers",))


def test_a_cdf_file_whose_packed_variable_has_no_end(tmp_path):
    from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf

    path = tmp_path / "a.cdf"
    gzip = load_pycdf().const.GZIP_COMPRESSION
    write_cdf(path, poses(3, 0).reshape(1, 3, -1), compress=gzip)
    whole = path.read_bytes()
    assert read_pose(path, 3).shape == (3, 24, 3)
    index = whole.index(struct.pack(">qi", 140, 6))  # of seven entries: first, last, offset
    last = index + 28 + 4 * 7
    path.write_bytes(whole[:last] + b"\x7f\xff\xff\xff" + whole[last + 4 :])
    with pytest.raises(DataError, match=r"a\.cdf: it cannot be read \(its index is broken\)"):
        read_pose(path, 3)


def test_a_cdf_file_of_another_shape(tmp_path):
    for i, values in enumerate((np.zeros((2, 3, 96)), np.zeros((1, 3, 97)), np.float64(3.0))):
        write_cdf(tmp_path / f"{i}.cdf", values, recVary=i < 2)
        with pytest.raises(DataError, match=r"Pose has shape .*, expected \(1, n_frames, 96\)"):
            read_pose(tmp_path / f"{i}.cdf", 3)


@pytest.mark.parametrize(
    ("attributes", "array"),
    [
        ({"space_scale": "wide"}, np.zeros((2, 14, 3))),
        ({"space_scale": np.nan}, np.zeros((2, 14, 3))),
        ({"space_scale": [1.0, 2.0]}, np.zeros((2, 14, 3))),
        ({}, np.zeros((2, 14, 3))),
        ({"space_scale": 1.0}, np.zeros(3)),
        ({"space_scale": 1.0}, np.array([b"a", b"b"], dtype=object)),
    ],
)
def test_results_of_another_kind(tmp_path, attributes, array):
    path = tmp_path / "results.hdf5"
    with h5py.File(path, "w") as file:
        kind = h5py.string_dtype() if array.dtype == object else array.dtype
        file.create_dataset("run/S9/Walk/p3w", data=array, dtype=kind)
        file["run/S9/Walk"].attrs.update({"skeleton_id": "s14", **attributes})
    with pytest.raises(DataError, match=r"results\.hdf5: /run/S9/Walk cannot be read"):
        read_inferences(path, "run", ["S9/Walk"])


def test_results_that_hold_themselves_or_more_than_the_memory(tmp_path):
    path = tmp_path / "results.hdf5"
    with h5py.File(path, "w") as file:
        for i in range(40):  # two ways to each of 40 groups
            inner = file.require_group("/".join(["run", *["a"] * i, "a"]))
            inner.parent["b"] = inner
        inner["run"] = file["run"]
        file["one"] = 3.0
        file.create_dataset("run/S9/p3w", (10**9, 14, 3), "f4", chunks=(1, 14, 3))
    with pytest.raises(DataError, match="no sequence of 'run' is finished"):
        read_inferences(path, "run", ["S1"])
    with pytest.raises(DataError, match="too large for one sequence"):
        read_inferences(path, "run", ["S9"])
    with pytest.raises(DataError, match="'one' is no group"):
        require_inferences(path, "one")
