"""HumanEva-I from files of its own formats to sequences."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from human_pose_util import registry as register
from human_pose_util.dataset import DatasetSpec, eva, load_dataset
from human_pose_util.dataset import eva_protocol as protocol
from human_pose_util.dataset.eva.markers import read_markers
from human_pose_util.dataset.eva.text import read_calibration
from human_pose_util.errors import DataError, SpecError
from tests.helpers.humaneva_tree import CAMERA, LABELS, stacked, walk, write_mat, write_subject

SYNCS = {"C1": (0, 3.3, 2.0), "BW2": (2, 3.3, 2.0)}
WALK = walk(1500)
TRIAL_3 = walk(130, seed=1)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """Written once, read only: S1 with a jog in both trials."""
    root = tmp_path_factory.mktemp("HumanEva")
    return write_subject(root, "S1", {"Jog_1": WALK, "Jog_3": TRIAL_3}, SYNCS)


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path, tree):
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(tree))


@pytest.fixture
def copy(tree, tmp_path, monkeypatch) -> Path:
    """A copy to damage."""
    root = Path(shutil.copytree(tree, tmp_path / "copy"))
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(root))
    return root


def test_parts_and_views():
    dataset = eva.load()
    assert dataset.attrs["skeleton_id"] == "s20"
    assert {key: dataset[key].attrs["n_frames"] for key in dataset} == {
        "S1/Jog_1/train/BW2": 366,  # its image frame 0 was before the capture began
        "S1/Jog_1/train/C1": 367,
        "S1/Jog_1/eval/BW2": 368,
        "S1/Jog_1/eval/C1": 368,
        "S1/Jog_3/train": 130,
    }
    attrs = dataset["S1/Jog_1/eval/C1"].attrs
    expected = {
        "subject_id": "S1",
        "sequence_id": "Jog_1",
        "action": "Jog",
        "camera_id": "C1",
        "mode": "eval",
        "fps": 60.0,
        "space_scale": 1.0,
        "pixel_scale": 1.0,
    }
    assert expected.items() <= attrs.items()
    for name in "rtfc":
        np.testing.assert_allclose(attrs[name], CAMERA[name], atol=1e-9)


def test_whole_trials_have_the_frames_of_both_parts_in_both_modes():
    """As the original, which defines a partition and does not apply it."""
    parts, whole = eva.load(), eva.load(whole_trials=True)
    assert list(whole) == list(parts)
    for camera, n_frames in (("C1", 735), ("BW2", 734)):
        keys = [f"S1/Jog_1/{mode}/{camera}" for mode in ("train", "eval")]
        both = np.concatenate([parts[key]["p3w"] for key in keys])
        for key in keys:
            assert whole[key].attrs["n_frames"] == n_frames == len(both)
            assert whole[key].attrs["mode"] == parts[key].attrs["mode"]
            np.testing.assert_array_equal(whole[key]["p3w"], both)
            assert whole[key]["p2"].shape == (n_frames, 20, 2)
    assert whole["S1/Jog_3/train"].attrs["n_frames"] == 130


def test_parameter_files_can_ask_for_whole_trials():
    keys = {"type": "eva", "whole_trials": True, "filter_kwargs": {"camera_idxs": [1]}}
    register.register_dataset("eva", eva.load)
    (sequence,) = load_dataset(DatasetSpec.model_validate(keys), "eval").values()
    assert len(sequence["p3w"]) == 735
    with pytest.raises(ValueError, match="whole_trials is for data set 'eva', not 'h3m'"):
        DatasetSpec.model_validate({"type": "h3m", "whole_trials": True})


def test_trial_3_is_motion_capture_alone():
    sequence = eva.load()["S1/Jog_3/train"]
    assert list(sequence) == ["p3w"]
    assert sequence.attrs["fps"] == 120
    assert sequence.attrs["mode"] == "train"
    assert not {"camera_id", "r", "t", "f", "c"} & set(sequence.attrs)


@pytest.mark.parametrize("camera, first", [("C1", 3.3), ("BW2", 3.3 - 2 * 2.0)])
def test_video_and_motion_capture_are_in_step(camera, first):
    hip = 16 - 1  # l_upper_leg_proximal is the marker LFEP
    both = [eva.load()[f"S1/Jog_1/{mode}/{camera}"]["p3w"] for mode in ("train", "eval")]
    frames = first + 2.0 * np.arange(735)
    frames = frames[frames >= 0]
    expected = [np.interp(frames, np.arange(1500), track) for track in WALK["LFEP"].T]
    np.testing.assert_allclose(np.concatenate(both)[:, hip], np.stack(expected, -1), atol=1e-9)


def test_image_points_are_distorted_by_the_lens():
    sequence = eva.load()["S1/Jog_1/eval/C1"]
    x, y, z = CAMERA["r"] @ sequence["p3w"][7, 3] + CAMERA["t"]
    np.testing.assert_allclose(sequence["p3c"][7, 3], [x, y, z], atol=1e-6)
    k1, k2, p1, p2, k3 = CAMERA["k"]
    x, y = x / z, y / z
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    u = CAMERA["f"][0] * (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) + CAMERA["c"][0]
    v = CAMERA["f"][1] * (y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y) + CAMERA["c"][1]
    np.testing.assert_allclose(sequence["p2"][7, 3], [u, v], atol=1e-6)


def test_skew_shears_the_picture():
    lens = read_calibration(Path(os.environ["HUMAN_EVA_1_PATH"]) / "S1/Calibration_Data/C1.cal")
    skewed = replace(lens, skew=0.01)
    point = np.array([300.0, 200.0, 2000.0])
    u, v = skewed.project(point) - lens.project(point)
    assert v == 0
    assert u == pytest.approx(lens.f[0] * 0.01 * (lens.project(point) - lens.c)[1] / lens.f[1])


def test_frames_without_a_marker_are_dropped_everywhere(copy):
    markers = {label: track.copy() for label, track in WALK.items()}
    markers["RTIO"][100:102] = 0  # frames 100.. lie between the image frames 48 and 49
    write_mat(copy / "S1/Mocap_Data/Jog_1.mat", LABELS, stacked(markers))
    whole = eva.load()["S1/Jog_1/train/C1"]
    assert {name: len(whole[name]) for name in whole} == {"p3w": 365, "p3c": 365, "p2": 365}
    assert np.isfinite(whole["p2"]).all()
    assert whole.attrs["n_frames"] == 365


def test_c3d_where_there_is_no_mat(tmp_path, monkeypatch):
    from_mat = eva.load()["S1/Jog_1/eval/C1"]["p3w"]
    root = write_subject(tmp_path / "c3d", "S1", {"Jog_1": WALK}, SYNCS, "Calibration_DATA", True)
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(root))
    from_c3d = eva.load()["S1/Jog_1/eval/C1"]["p3w"]
    np.testing.assert_allclose(from_c3d, from_mat, atol=0.01)  # C3D keeps single precision


@pytest.mark.parametrize("unit", [10, 1000])
def test_markers_in_another_unit_than_mm_are_refused(copy, unit):
    """HumanEva's body model adds lengths in mm, so that joints in cm would look like a child."""
    markers = {label: track / unit for label, track in WALK.items()}
    write_mat(copy / "S1/Mocap_Data/Jog_1.mat", LABELS, stacked(markers))
    with pytest.raises(DataError, match=r"Jog_1\.mat: the poses are .* mm large, unlike people"):
        eva.load()


def test_a_marker_that_c3d_calls_invalid_is_missing(tmp_path):
    markers = {label: track[:4].copy() for label, track in WALK.items()}
    markers["T10"][2] = 0
    folder = write_subject(tmp_path, "S1", {"Jog_3": markers}, {}, c3d=True) / "S1/Mocap_Data"
    read = read_markers(folder / "Jog_3.c3d")
    assert np.isnan(read["T10"][2]).all()
    assert np.isfinite(np.delete(read["T10"], 2, axis=0)).all()


def test_mat_of_other_shapes(tmp_path):
    """One label in a row of cells or in a column, names as text, more than 3 coordinates."""
    labels = np.array([["PELO"], ["S 1:TRXO"]], dtype=object)
    parameter = {"name": "LABELS", "data": labels}
    markers = np.arange(40.0).reshape(5, 2, 4)
    group = {"name": "POINT", "Parameter": parameter}
    scipy.io.savemat(tmp_path / "a.mat", {"Markers": markers, "ParameterGroup": group})
    read = read_markers(tmp_path / "a.mat")
    np.testing.assert_array_equal(read["TRXO"], markers[:, 1, :3])


def test_joint_centres_are_a_choice(monkeypatch):
    monkeypatch.setattr(register, "_datasets", {})
    humaneva, bare = eva.load(), eva.load(joint_centres="plug-in-gait")
    assert list(humaneva) == list(bare)
    difference = np.linalg.norm(
        humaneva["S1/Jog_3/train"]["p3w"] - bare["S1/Jog_3/train"]["p3w"], axis=-1
    )
    np.testing.assert_allclose(difference[:, 10], 50, atol=1e-6)  # torso_distal
    spec = DatasetSpec(type="eva", joint_centres="plug-in-gait")
    chosen = load_dataset(spec, default_mode="eval")
    key = next(iter(chosen))
    np.testing.assert_array_equal(chosen[key]["p3w"], bare[key]["p3w"])
    assert not np.array_equal(chosen[key]["p3w"], humaneva[key]["p3w"])
    with pytest.raises(ValueError, match="joint_centres is for data set 'eva', not 'h3m'"):
        DatasetSpec(type="h3m", joint_centres="plug-in-gait")
    with pytest.raises(SpecError, match="choose humaneva or plug-in-gait"):
        eva.load(joint_centres="vicon")


def test_joint_centres_by_environment(monkeypatch):
    monkeypatch.setenv("HUMAN_EVA_1_JOINT_CENTRES", "plug-in-gait")
    torso = eva.load()["S1/Jog_3/train"]["p3w"][:, 11]
    np.testing.assert_allclose(torso, TRIAL_3["TRXO"], atol=1e-9)


def test_the_second_load_converts_nothing(tmp_path):
    eva.load()
    (file,) = (tmp_path / "cache").glob("eva-*.h5")
    before = file.stat().st_mtime_ns
    np.testing.assert_array_equal(eva.load()["S1/Jog_3/train"]["p3w"].shape, (130, 20, 3))
    assert file.stat().st_mtime_ns == before


def test_videos_are_optional(copy):
    assert "video_path" not in eva.load()["S1/Jog_1/eval/C1"].attrs
    video = copy / "S1/Image_Data/Jog_1_(C1).avi"
    video.parent.mkdir()
    video.touch()
    dataset = eva.load()
    assert dataset["S1/Jog_1/eval/C1"].attrs["video_path"] == str(video)
    assert "video_path" not in dataset["S1/Jog_1/eval/BW2"].attrs


def test_tables():
    assert protocol.partition("S2", "Gestures") == {"train": range(500), "eval": range(500, 1000)}
    assert protocol.mocap_length("S3", "Box") == 1573
    assert [protocol.category(f"{action}_1") for action in protocol.ACTIONS] == list(
        protocol.ACTIONS
    )


def replace_line(path: Path, line: int, text: str) -> None:
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_labels(path: Path) -> None:
    group = {"name": "POINT", "Parameter": {"name": "USED", "data": 3.0}}
    scipy.io.savemat(path, {"Markers": np.zeros((3, 3, 3)), "ParameterGroup": group})


def with_few_labels(path: Path) -> None:
    write_mat(path, LABELS[:-3], stacked(WALK)[:3])


CAL, OFS = "S1/Calibration_Data/C1.cal", "S1/Sync_Data/Jog_1_(C1).ofs"
MAT, MP = "S1/Mocap_Data/Jog_1.mat", "S1/Mocap_Data/S1.mp"


@pytest.mark.parametrize(
    "file, damage, message",
    [
        (CAL, lambda p: p.write_text("1\n" * 20), "has 20 lines of numbers, expected 22"),
        (CAL, lambda p: replace_line(p, 7, "abc"), r"line 7: 'abc' is no number"),
        (CAL, lambda p: replace_line(p, 7, "nan"), r"line 7: 'nan' is no number"),
        (CAL, lambda p: replace_line(p, 11, "2.5"), "no rotation matrix"),
        (CAL, lambda p: replace_line(p, 1, "-765"), "focal lengths"),
        (CAL, lambda p: p.write_bytes(b"\xff\xfe\x00"), "it has 1 lines of numbers, expected 22"),
        (CAL, Path.unlink, "cannot read .*C1.cal: No such file"),
        (OFS, lambda p: p.write_text("0\n1e6\n2\n"), r"has 1500: it is damaged"),
        (OFS, lambda p: p.write_text("0\n3\n0\n"), "line 3: .* not positive"),
        (OFS, lambda p: p.write_text("0\n3\n"), "has 2 lines of numbers, expected 3"),
        (MP, lambda p: replace_line(p, 2, "$LShoulderOffset = forty"), "line 2: 'forty'"),
        (MP, lambda p: p.write_text("$BodyMass = 70\n"), "has no line .LShoulderOffset"),
        (MP, Path.unlink, "cannot read .*S1.mp"),
        (MAT, without_labels, "has no LABELS"),
        (MAT, with_few_labels, "has 56 markers and 53 labels"),
        (MAT, lambda p: scipy.io.savemat(p, {"Other": 1}), "has no variable Markers"),
        (MAT, cut, "could not read bytes|no readable .mat"),
        (MAT, lambda p: p.write_bytes(b""), "Jog_1.mat"),
        (MAT, lambda p: p.write_bytes(b"MATLAB" * 100), "no readable .mat"),
    ],
)
def test_damage_is_one_clear_line(copy, file, damage, message):
    damage(copy / file)
    with pytest.raises(DataError, match=message) as error:
        eva.load()
    assert Path(file).name in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", [0, 100, 600, 5000, -1])
def test_damaged_c3d(tmp_path, monkeypatch, size):
    root = write_subject(tmp_path / "c3d", "S1", {"Jog_3": TRIAL_3}, {}, c3d=True)
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(root))
    path = root / "S1/Mocap_Data/Jog_3.c3d"
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError, match=r"Jog_3\.c3d") as error:
        eva.load()
    assert "\n" not in str(error.value)


def test_no_synchronisation(copy):
    shutil.rmtree(copy / "S1/Sync_Data")
    with pytest.raises(DataError, match=r"Sync_Data has no Jog_1_\(C1\)\.ofs"):
        eva.load()


def test_no_data(monkeypatch, tmp_path):
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(tmp_path))
    with pytest.raises(DataError, match=r"holds no motion capture .*: expected S1/Mocap_Data"):
        eva.load()
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(
        DataError, match=r"HUMAN_EVA_1_PATH: there is no folder or .npz file .*nowhere"
    ):
        eva.load()
    monkeypatch.delenv("HUMAN_EVA_1_PATH")
    with pytest.raises(DataError, match="HUMAN_EVA_1_PATH is not set: set it to the folder"):
        eva.load()
