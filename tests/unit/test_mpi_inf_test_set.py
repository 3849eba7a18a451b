"""The test set of MPI-INF-3DHP from files of its own format to sequences."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from human_pose_util.dataset import DatasetSpec, load_dataset, mpi_inf_test
from human_pose_util.dataset.spec import NormalizeKwargs
from human_pose_util.errors import DataError, SpecError
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import MPI17, S14
from human_pose_util.validation import parse
from tests.helpers import mpi_inf_test_files as files

FILE = "TS1/annot_data.mat"
F, C = files.CAMERAS["TS1"]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "mpi_inf_3dhp_test_set"
    folder.mkdir()
    monkeypatch.setenv("MPI_INF_TEST_PATH", str(folder))
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def written(folder):
    return files.write_test_set(folder)


def test_sequences(written):
    dataset = mpi_inf_test.load()
    assert list(dataset) == list(written) == ["TS1", "TS5"]
    assert dataset.attrs["skeleton_id"] == "mpi17"
    assert list(MPI17.joints) == files.JOINTS
    expected = {
        "subject_id": "TS5", "sequence_id": "TS5", "camera_id": "0", "action": "Outdoor",
        "mode": "eval", "n_frames": 4, "has_floor": False,
    }  # fmt: skip
    assert expected.items() <= dataset["TS5"].attrs.items()
    assert tuple(dataset["TS5"].attrs["image_size"]) == (1920, 1080)
    assert dataset["TS1"].attrs["action"] == "Green screen"


@pytest.mark.parametrize(
    "options, scale", [({}, files.UNIVERSAL), ({"annotation": "annot3"}, 1.0)]
)  # the release evaluates the universal person
def test_valid_frames(written, options, scale):
    dataset = mpi_inf_test.load(**options)
    for name, (p3c, valid) in written.items():
        sequence, (f, c) = dataset[name], files.CAMERAS[name]
        true = p3c[valid == 1]
        np.testing.assert_allclose(sequence["p3c"], scale * true, atol=1e-3)
        np.testing.assert_allclose(sequence["p2"], files.image(true, f, c), atol=1e-3)
        np.testing.assert_allclose(sequence.attrs["f"], f, rtol=1e-6)
        np.testing.assert_allclose(sequence.attrs["c"], c, rtol=1e-6)
        x, y, z = np.moveaxis(scale * true, -1, 0)
        np.testing.assert_allclose(sequence["p3w"], np.stack([x, z, -y], -1), atol=1e-3)


@pytest.mark.usefixtures("written")
def test_the_fourteen_joints_of_the_evaluation():
    # The release evaluates the first 14 of its 17 joints.
    converter = get_converter("mpi17", "s14")
    assert converter.indices[:, 0].tolist() == list(range(14))
    kwargs = NormalizeKwargs(skeleton_id="s14", space_scale=1000, pixel_scale=1000)
    spec = DatasetSpec(type="mpi_inf_test", normalize_kwargs=kwargs, annotation="annot3")
    dataset = load_dataset(spec, default_mode="eval")
    assert dataset.attrs["skeleton_id"] == S14.id
    assert dataset["TS1"]["p3c"].shape == (4, 14, 3)


@pytest.mark.usefixtures("written")
def test_the_folder_around_it(folder):
    assert list(mpi_inf_test.load(folder.parent)) == ["TS1", "TS5"]


def test_a_lens_may_bend_lines(folder):
    """The image points of TS5 and TS6 come through a lens; the nearest pinhole stands for it."""
    p3c = files.person(30)
    xy = p3c[..., :2] / p3c[..., 2:]
    bent = xy * (1 - 0.277 * np.sum(xy**2, -1, keepdims=True)) * F + C
    (folder / "TS5").mkdir()
    files.write_annotations(
        folder / "TS5/annot_data.mat", p3c, np.ones(30), F, C, annot2=bent[:, None]
    )
    sequence = mpi_inf_test.load()["TS5"]
    np.testing.assert_allclose(sequence["p2"], bent, atol=1e-3)
    np.testing.assert_allclose(sequence.attrs["f"], F, rtol=0.1)


@pytest.mark.parametrize("name", ["annot3", "univ_annot3"])
@pytest.mark.parametrize("unit", [10, 1000])
def test_joints_in_another_unit_than_mm_are_refused(folder, name, unit):
    p3c = files.person(6)
    (folder / "TS5").mkdir()
    in_unit = {name: p3c[:, None] / unit}
    files.write_annotations(folder / "TS5/annot_data.mat", p3c, np.ones(6), F, C, **in_unit)
    with pytest.raises(DataError, match=rf"annot_data\.mat: {name}: the poses are .* mm large"):
        mpi_inf_test.load()


def rewrite(leave_out: str = "", **other):
    return lambda path: files.write_annotations(
        path, files.person(4), np.ones(4), F, C, leave_out, **other
    )


def of_cells(path: Path) -> None:
    rewrite(leave_out="annot2")(path)
    with h5py.File(path, "r+") as file:
        file.create_dataset("annot2", (1, 4), dtype=h5py.ref_dtype)


def of_structs(path: Path) -> None:
    rewrite(leave_out="annot2")(path)
    with h5py.File(path, "r+") as file:
        file.create_group("annot2")


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda p: p.write_bytes(b""), "no readable .mat file of version 7.3"),
        (lambda p: p.write_bytes(p.read_bytes()[:3000]), "no readable .mat file of version 7.3"),
        (lambda p: scipy.io.savemat(p, {"annot2": 1}), "no readable .mat file of version 7.3"),
        *((rewrite(leave_out=name), f"has no variable {name}")
          for name in ("annot2", "annot3", "univ_annot3", "valid_frame")),
        (of_cells, "annot2 is no array of numbers"),
        (of_structs, "annot2 is no array of numbers"),
        (rewrite(annot3=np.zeros((4, 1, 28, 3))), r"annot3 is \(3, 28, 1, 4\), .*\(3, 17, 1, 4\)"),
        (rewrite(valid_frame=np.ones((5, 1))), r"annot2 is .*, expected \(2, 17, 1, 5\)"),
        (rewrite(valid_frame=np.zeros((4, 1))), "marks no frame as valid"),
        (rewrite(annot2=np.full((4, 1, 17, 2), np.nan)), "annot2 holds NaN"),
        (rewrite(annot3=-files.person(4)[:, None]), "a joint that is not in front of the camera"),
        (rewrite(annot2=np.random.default_rng(0).uniform(0, 2000, (4, 1, 17, 2))),
         "annot2 are no images of annot3"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("written")
def test_damage_is_one_clear_line(folder, damage, message):
    damage(folder / FILE)
    with pytest.raises(DataError, match=message) as error:
        mpi_inf_test.load()
    assert FILE in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.usefixtures("written")
def test_other_annotations():
    with pytest.raises(SpecError, match="annotation is 'annot2': choose one of annot3, univ_anno"):
        mpi_inf_test.load(annotation="annot2")
    values = {"type": "mpi_inf", "annotation": "annot3"}
    with pytest.raises(SpecError, match="annotation is for data set 'mpi_inf_test', not 'mpi_inf'"):
        parse(DatasetSpec, values, "a.json")


def test_no_data(folder, monkeypatch, tmp_path):
    with pytest.raises(DataError, match=r"has no TS1/annot_data\.mat"):
        mpi_inf_test.load()
    with pytest.raises(DataError, match=r"MPI_INF_TEST_PATH: there is no folder .*nowhere"):
        mpi_inf_test.load(tmp_path / "nowhere")
    monkeypatch.delenv("MPI_INF_TEST_PATH")
    with pytest.raises(DataError, match="MPI_INF_TEST_PATH is not set: set it to the folder"):
        mpi_inf_test.load()
