"""3DPW from files of its own format to sequences, without running their code."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from human_pose_util.dataset import DatasetSpec, filter_dataset, load_dataset, pw3d
from human_pose_util.dataset.spec import NormalizeKwargs
from human_pose_util.errors import DataError
from human_pose_util.registry import get_converter, get_skeleton
from human_pose_util.transforms import project
from tests.helpers import pw3d_files as files

TEST = "sequenceFiles/test/walk_00.pkl"
# Frames of `files.content` in which the camera of a person is valid.
VALID = {0: [1, 2, 3, 4, 5], 1: [0, 1, 3, 4, 5]}


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    root = tmp_path / "3DPW"
    files.write_tree(root)
    monkeypatch.setenv("PW3D_PATH", str(root))
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    return root


@pytest.mark.usefixtures("tree")
def test_sequences():
    dataset = pw3d.load()
    assert dataset.attrs["skeleton_id"] == "smpl24"
    assert list(dataset) == ["train_walk_00/0", "validation_walk_00/0", "walk_00/0", "walk_00/1"]
    assert list(filter_dataset(dataset, ["eval"])) == ["walk_00/0", "walk_00/1"]
    expected = {
        "subject_id": "walk_00/1", "sequence_id": "walk_00", "action": "walk_00",
        "camera_id": "0", "mode": "eval", "fps": 30.0, "n_frames": 5, "has_floor": False,
    }  # fmt: skip
    assert expected.items() <= dataset["walk_00/1"].attrs.items()


@pytest.mark.usefixtures("tree")
def test_positions():
    matrices = files.camera(6)
    for i, rows in VALID.items():
        sequence, metres = pw3d.load()[f"walk_00/{i}"], files.person(6, i)[rows]
        x, y, z = np.moveaxis(1000 * metres, -1, 0)
        np.testing.assert_allclose(sequence["p3w"], np.stack([x, -z, y], -1), atol=1e-3)
        p3c = np.einsum("nij,nkj->nki", matrices[rows, :3, :3], metres)
        p3c = 1000 * (p3c + matrices[rows, None, :3, 3])
        np.testing.assert_allclose(sequence["p3c"], p3c, atol=2e-3)
        image = project(sequence["p3c"], sequence.attrs["f"], sequence.attrs["c"])
        np.testing.assert_allclose(image, files.images(metres, matrices[rows]), atol=1e-3)


@pytest.mark.usefixtures("tree")
def test_detections_are_those_of_arms_and_legs():
    sequence = pw3d.load()["walk_00/0"]
    seen = np.isfinite(sequence["p2"]).all(axis=(0, 2))
    limbs = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    assert [bool(s) for s in seen] == [name[2:] in limbs for name in files.SMPL]
    expected = files.images(files.person(6, 0), files.camera(6))[VALID[0]]
    np.testing.assert_allclose(sequence["p2"][:, seen], expected[:, seen], atol=1e-3)


def test_a_keypoint_that_was_not_found_is_nan(tree):
    values = files.content()
    values["poses2d"][0][1, :, files.COCO.index("l_knee")] = 0
    files.write_sequence(tree / TEST, values)
    p2 = pw3d.load()["walk_00/0"]["p2"]
    knee = files.SMPL.index("l_knee")
    np.testing.assert_array_equal(np.isnan(p2[:, knee, 0]), [True] + [False] * 4)


@pytest.mark.usefixtures("tree")
def test_joints_and_their_conversion():
    skeleton = get_skeleton("smpl24")
    assert list(skeleton.joints) == files.SMPL
    # The published parents.
    assert skeleton.parents.tolist() == [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14,
                                         16, 17, 18, 19, 20, 21]  # fmt: skip
    pose = files.person(2, 0)
    fourteen = get_converter("smpl24", "s14").convert(pose)
    order = [15, 12, 17, 19, 21, 16, 18, 20, 2, 5, 8, 1, 4, 7]
    np.testing.assert_array_equal(fourteen, pose[:, order])


@pytest.mark.usefixtures("tree")
def test_every_other_frame_has_its_own_camera():
    kwargs = NormalizeKwargs(
        skeleton_id="s14", consistent_projection=True, space_scale=1000, pixel_scale=1000, fps=15
    )
    spec = DatasetSpec(type="pw3d", normalize_kwargs=kwargs)
    sequence = load_dataset(spec, default_mode="eval")["walk_00/0"]
    rows = VALID[0][::2]
    expected = files.images(files.person(6, 0)[rows], files.camera(6)[rows]) / 1000
    order = get_converter("smpl24", "s14").indices[:, 0]
    np.testing.assert_allclose(sequence["p2"], expected[:, order], atol=1e-5)
    assert sequence.attrs["r"].shape == (3, 3, 3)
    np.testing.assert_allclose(sequence.attrs["t"], files.camera(6)[rows, :3, 3])


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_files_that_python_3_wrote(tree, protocol):
    expected = {key: s["p3w"] for key, s in pw3d.load().items()}
    files.write_python3_sequence(tree / TEST, files.content(), protocol)
    for key, sequence in pw3d.load().items():
        np.testing.assert_array_equal(sequence["p3w"], expected[key])


def test_the_inner_folder_and_a_person_without_a_frame(tree):
    values = files.content()
    values["campose_valid"][0] = np.zeros(6, bool)
    files.write_sequence(tree / TEST, values)
    assert list(pw3d.load(tree / "sequenceFiles")) == [
        "train_walk_00/0", "validation_walk_00/0", "walk_00/1",
    ]  # fmt: skip


def test_data_without_a_valid_frame_are_named(tree):
    for path in tree.rglob("*.pkl"):
        values = files.content()
        values["campose_valid"] = [np.zeros(6, bool) for _ in values["campose_valid"]]
        files.write_sequence(path, values)
    with pytest.raises(DataError, match="sequenceFiles holds no sequence with poses"):
        pw3d.load()


def test_what_an_invalid_frame_holds_does_not_matter(tree):
    values = files.content()
    values["cam_poses"][0] = np.nan
    values["jointPositions"][0][0] = np.inf
    values["campose_valid"][1][0] = 0
    files.write_sequence(tree / TEST, values)
    assert pw3d.load()["walk_00/0"].attrs["n_frames"] == 5


class Malice:
    """What runs `print` when a pickle of it is loaded in the usual way."""

    def __reduce__(self):
        return print, ("the pickle ran",)


def changed(**values):
    return lambda path: files.write_sequence(path, {**files.content(), **values})


def without(name: str):
    values = {key: value for key, value in files.content().items() if key != name}
    return lambda path: files.write_sequence(path, values)


POSES = files.content()["cam_poses"]


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda p: p.write_bytes(b""), "no readable pickle of arrays"),
        (lambda p: p.write_bytes(p.read_bytes()[:-2000]), "no readable pickle of arrays"),
        (lambda p: p.write_bytes(pickle.dumps([1])), "holds a list, expected a dict"),
        *((without(name), f"has no {name}: it is no sequence file")
          for name in ("jointPositions", "poses2d", "cam_poses", "cam_intrinsics",
                       "campose_valid")),
        (changed(cam_poses=np.zeros((6, 3, 4))), r"cam_poses has shape .*\(n_frames, 4, 4\)"),
        (changed(cam_poses=2 * POSES), "cam_poses of a valid frame has no rotation matrix"),
        (changed(cam_intrinsics=np.zeros((3, 3))), "no positive focal lengths"),
        (changed(cam_intrinsics="none"), "cam_intrinsics is no array of numbers"),
        (changed(campose_valid=[np.ones(6)]), "different numbers of people"),
        (changed(poses2d="none"), "are no lists over the people"),
        (changed(poses2d=[np.zeros((6, 3, 25))] * 2), r"poses2d\[0\] has shape .*\(6, 3, 18\)"),
        (changed(jointPositions=[np.zeros((5, 72))] * 2), r"jointPositions\[0\] has shape"),
        (changed(jointPositions=[np.full((6, 72), np.nan)] * 2), "jointPositions of a valid frame"),
    ],
)  # fmt: skip
def test_damage_is_one_clear_line(tree, damage, message):
    damage(tree / TEST)
    with pytest.raises(DataError, match=message) as error:
        pw3d.load()
    assert "walk_00.pkl" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_would_run_code_is_refused(tree, protocol, capsys):
    values = {**files.content(), "sequence": Malice()}
    files.write_python3_sequence(tree / TEST, values, protocol)
    with pytest.raises(DataError, match=r"walk_00\.pkl is refused: its pickle calls .*print"):
        pw3d.load()
    assert capsys.readouterr().out == ""


def test_no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("PW3D_PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"has no test/\*\.pkl"):
        pw3d.load()
    with pytest.raises(DataError, match=r"PW3D_PATH: there is no folder .*nowhere"):
        pw3d.load(tmp_path / "nowhere")
    monkeypatch.delenv("PW3D_PATH")
    with pytest.raises(DataError, match="PW3D_PATH is not set: set it to the folder"):
        pw3d.load()


@pytest.mark.parametrize("unit", [0.01, 0.001])
def test_joints_in_another_unit_than_metres_are_refused(tree, unit):
    values = files.content()
    values["jointPositions"] = [joints / unit for joints in values["jointPositions"]]
    files.write_sequence(tree / TEST, values)
    with pytest.raises(DataError, match=r"walk_00\.pkl: jointPositions: the poses are .* mm large"):
        pw3d.load()
