"""MPI-INF-3DHP from files of its own formats to sequences."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from human_pose_util.dataset import mpi_inf
from human_pose_util.dataset.filters import filter_dataset
from human_pose_util.errors import DataError
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import MPI17, MPI21, MPI28
from human_pose_util.transforms import project
from tests.helpers.mpi_inf_files import (
    N_CAMERAS,
    N_FRAMES,
    extrinsic,
    world,
    write_annotations,
    write_calibration,
)

# The published joint subset, 1-based.
RELEVANT = [8, 6, 15, 16, 17, 10, 11, 12, 24, 25, 26, 19, 20, 21, 5, 4, 7]
# The published parents of all joints, 1-based; the pelvis is its own.
PARENTS = [3, 1, 4, 5, 5, 2, 6, 7, 6, 9, 10, 11, 12, 6, 14, 15, 16, 17, 5, 19, 20, 21, 22, 5, 24,
           25, 26, 27]  # fmt: skip


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    root = tmp_path / "mpi_inf"
    for i, name in enumerate(["S1/Seq1", "S1/Seq2", "S7/Seq1"]):
        folder = root / name
        folder.mkdir(parents=True)
        write_calibration(folder / "camera.calibration")
        write_annotations(folder / "annot.mat", world(i))
    monkeypatch.setenv("MPI_INF_PATH", str(root))
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    return root


@pytest.mark.usefixtures("tree")
def test_views():
    dataset = mpi_inf.load()
    assert len(dataset) == 3 * N_CAMERAS
    assert dataset.attrs["skeleton_id"] == "mpi28"
    attrs = dataset["S1/Seq2/10"].attrs
    expected = {
        "subject_id": "S1",
        "sequence_id": "Seq2",
        "camera_id": "10",
        "fps": 50.0,
        "mode": "train",
        "n_frames": N_FRAMES,
    }
    assert expected.items() <= attrs.items()
    assert tuple(attrs["image_size"]) == (2048, 2048)
    np.testing.assert_allclose(attrs["f"], [1500, 1488])
    np.testing.assert_allclose(attrs["c"], [1024.5, 1050])
    assert dataset["S7/Seq1/00"].attrs["mode"] == "eval"
    (chosen,) = filter_dataset(dataset, ["eval"], camera_idxs=[9])
    assert chosen == "S7/Seq1/09"  # cameras sort by number


@pytest.mark.usefixtures("tree")
def test_positions():
    dataset = mpi_inf.load()
    x, y, z = np.moveaxis(world(2), -1, 0)
    for camera in ("00", "05", "13"):
        sequence = dataset[f"S7/Seq1/{camera}"]
        np.testing.assert_allclose(sequence["p3w"], np.stack([z, x, y], -1), atol=1e-3)
        matrix = extrinsic(int(camera))
        p3c = world(2) @ matrix[:3, :3].T + matrix[:3, 3]
        np.testing.assert_allclose(sequence["p3c"], p3c, atol=1e-3)
        pinhole = project(sequence["p3c"], sequence.attrs["f"], sequence.attrs["c"])
        np.testing.assert_allclose(sequence["p2"], pinhole, atol=2e-3)


def test_skeletons():
    assert [MPI28.joints[i - 1] for i in RELEVANT] == list(MPI17.joints)
    parents = [i if p < 0 else p for i, p in enumerate(MPI28.parents)]
    assert [p + 1 for p in parents] == PARENTS
    pose = np.random.default_rng(0).normal(size=(3, 28, 3))
    seventeen = get_converter("mpi28", "mpi17").convert(pose)
    np.testing.assert_array_equal(seventeen, pose[:, np.array(RELEVANT) - 1])
    fourteen = get_converter("mpi28", "s14").convert(pose)
    np.testing.assert_array_equal(fourteen, get_converter("mpi17", "s14").convert(seventeen))
    np.testing.assert_array_equal(fourteen[:, 0], pose[:, 7])  # head_top


def test_the_extended_skeleton_adds_hands_and_toes():
    assert list(MPI21.joints[17:]) == [MPI28.joints[i - 1] for i in (18, 13, 28, 23)]
    assert [MPI21.parent(joint) for joint in MPI21.joints[17:]] == [
        "r_wrist", "l_wrist", "r_ankle", "l_ankle",
    ]  # fmt: skip
    pose = np.random.default_rng(0).normal(size=(3, 28, 3))
    extended = get_converter("mpi28", "mpi21").convert(pose)
    seventeen = get_converter("mpi28", "mpi17").convert(pose)
    np.testing.assert_array_equal(get_converter("mpi21", "mpi17").convert(extended), seventeen)
    np.testing.assert_array_equal(extended[:, 17], pose[:, 17])  # r_hand


def test_videos_are_found(tree):
    video = tree / "S1/Seq1/imageSequence/video_3.avi"
    video.parent.mkdir()
    video.touch()
    dataset = mpi_inf.load()
    assert dataset["S1/Seq1/03"].attrs["video_path"] == str(video)
    assert "video_path" not in dataset["S1/Seq1/04"].attrs


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def with_other_joints(path: Path) -> None:
    cells = np.empty((1, 1), dtype=object)
    cells[0, 0] = np.zeros((3, 34))
    write_annotations(path, world(0), annot2=cells)


CALIBRATION, ANNOTATIONS = "S1/Seq1/camera.calibration", "S1/Seq1/annot.mat"


@pytest.mark.parametrize(
    "file, damage, message",
    [
        (CALIBRATION, Path.unlink, "cannot read .*camera.calibration"),
        (CALIBRATION, lambda p: p.write_text(""), "does not begin with"),
        (CALIBRATION, lambda p: p.write_bytes(b"\xff\xd8"), "does not begin with"),
        (CALIBRATION, lambda p: replace(p, "1024.5", "abc"), "line 6: 'abc' is no number"),
        (CALIBRATION, lambda p: replace(p, " 1024.5", ""), "line 6: 16 numbers expected, 15 found"),
        (CALIBRATION, lambda p: replace(p, "extrinsic   1 ", "extrinsic   2 "), "no rotation"),
        (CALIBRATION, lambda p: replace(p, "  intrinsic", "  nothing"), "camera 0 has no intrins"),
        (CALIBRATION, lambda p: replace(p, "name", "nom"), "before any camera's name"),
        (CALIBRATION, lambda p: write_calibration(p, 5), "has 14 cameras, but .* has 5"),
        (ANNOTATIONS, cut, "no readable .mat file"),
        (ANNOTATIONS, lambda p: p.write_bytes(b""), "no readable .mat file"),
        (ANNOTATIONS, lambda p: scipy.io.savemat(p, {"a": 1}), "has no variable annot3"),
        (ANNOTATIONS, lambda p: write_annotations(p, world(0), annot3=np.eye(3)), "no cell array"),
        (ANNOTATIONS, with_other_joints, r"annot2 of camera 0 is \(3, 34\), expected .*56"),
    ],
)
def test_damage_is_one_clear_line(tree, file, damage, message):
    damage(tree / file)
    with pytest.raises(DataError, match=message) as error:
        mpi_inf.load()
    assert Path(file).name in str(error.value)
    assert "\n" not in str(error.value)


def test_no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("MPI_INF_PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"has no S1/Seq1/annot\.mat"):
        mpi_inf.load()
    with pytest.raises(DataError, match=r"MPI_INF_PATH: there is no folder .*nowhere"):
        mpi_inf.load(tmp_path / "nowhere")
    monkeypatch.delenv("MPI_INF_PATH")
    with pytest.raises(DataError, match="MPI_INF_PATH is not set: set it to the folder"):
        mpi_inf.load()


@pytest.mark.parametrize("unit", [10, 1000])
def test_joints_in_another_unit_than_mm_are_refused(tree, unit):
    path = tree / "S7/Seq1/annot.mat"
    annot3 = scipy.io.loadmat(path)["annot3"]
    for i in range(N_CAMERAS):
        annot3[i, 0] = annot3[i, 0] / unit
    write_annotations(path, world(2), annot3=annot3)
    with pytest.raises(
        DataError, match=r"Seq1/annot\.mat: annot3 of camera 0: the poses are .* mm"
    ):
        mpi_inf.load()
