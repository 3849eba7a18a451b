"""VideoPose3D's files as data sets, and what a pickle may not do."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from human_pose_util.dataset import eva, eva_protocol
from human_pose_util.dataset.h3m_protocol import S24_JOINTS
from human_pose_util.dataset.videopose3d import load_h36m, load_humaneva
from human_pose_util.dataset.videopose3d.resection import fit_camera
from human_pose_util.errors import DataError
from human_pose_util.files.npz import load_npz
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import EVA_15, S20
from human_pose_util.transforms import project
from tests.helpers.videopose3d_files import (
    CAMERAS,
    COCO_METADATA,
    H36M_17_OF_32,
    H36M_METADATA,
    Camera,
    dumps,
    images,
    people,
    write_2d,
    write_3d,
    write_h36m,
    write_humaneva,
    write_pickle,
)


@pytest.fixture(scope="module")
def h36m(tmp_path_factory):
    path, poses = write_h36m(tmp_path_factory.mktemp("h36m"))
    return path, poses, load_h36m(path)


def test_h36m_recordings(h36m):
    _, poses, dataset = h36m
    assert dataset.attrs["skeleton_id"] == "s24"
    assert len(dataset) == 3 * 4
    sequence = dataset["S1/WalkDog 1/55011271"]
    expected = {
        "subject_id": "S1",
        "sequence_id": "WalkDog 1",
        "camera_id": "55011271",
        "mode": "train",
        "action": "WalkDog",
        "fps": 50,
        "n_frames": 50,
        "image_size": (1000, 1000),
    }
    assert expected.items() <= sequence.attrs.items()
    assert dataset["S9/Photo/54138969"].attrs["mode"] == "eval"
    millimetres = poses["S1"]["WalkDog 1"][:, S24_JOINTS] * np.float32(1000)
    np.testing.assert_array_equal(sequence["p3w"], millimetres)


def test_h36m_cameras_are_found(h36m):
    _, poses, dataset = h36m
    for i, camera in enumerate(CAMERAS):
        sequence = list(dataset.values())[i]
        np.testing.assert_allclose(sequence.attrs["r"], camera.r, atol=1e-5)
        np.testing.assert_allclose(sequence.attrs["t"], camera.t, atol=0.05)
        # Joints that the 17 do not show are seen through the same lens.
        exact = camera.project(poses["S1"]["Directions"][:, S24_JOINTS].astype(np.float64))
        np.testing.assert_allclose(sequence["p2"], exact, atol=5e-3)
        # The pinhole is the nearest one: it errs by what the lens bends.
        pinhole = project(sequence["p3c"], sequence.attrs["f"], sequence.attrs["c"])
        assert 0.1 < np.abs(pinhole - exact).mean() < 5


def test_h36m_without_image_points_has_virtual_cameras(tmp_path, caplog):
    path, _ = write_h36m(tmp_path, with_truth=False)
    dataset = load_h36m(path)
    assert "data_2d_h36m_gt.npz: virtual cameras" in caplog.text
    assert sorted({s.attrs["camera_id"] for s in dataset.values()}) == [f"cam{i}" for i in range(4)]
    sequence = dataset["S9/Photo/cam2"]
    expected = project(sequence["p3c"], sequence.attrs["f"], sequence.attrs["c"])
    np.testing.assert_allclose(sequence["p2"], expected, atol=1e-9)
    assert (sequence["p3c"][..., 2] > 3000).all()


def test_detections(tmp_path):
    _, poses = write_h36m(tmp_path)
    rng = np.random.default_rng(0)
    detected = {
        "S9": {
            "Photo": [
                (p + rng.normal(0, 3, p.shape)).astype(np.float32)[:-2]
                for p in images(poses["S9"]["Photo"][:, H36M_17_OF_32], CAMERAS)
            ]
        }
    }
    file = tmp_path / "data_2d_h36m_cpn_ft_h36m_dbb.npz"
    write_2d(file, detected, H36M_METADATA | {"layout_name": "h36m"})
    dataset = load_h36m(file)
    assert dataset.attrs["skeleton_id"] == "h36m-17"
    assert list(dataset) == [
        f"S9/Photo/{c}" for c in ("54138969", "55011271", "58860488", "60457274")
    ]
    sequence = dataset["S9/Photo/58860488"]
    np.testing.assert_array_equal(sequence["p2"], detected["S9"]["Photo"][2])
    assert sequence["p3w"].shape == sequence["p3c"].shape == (38, 17, 3)
    assert sequence.attrs["n_frames"] == 38
    assert sequence.attrs["image_points"] == "detected"
    np.testing.assert_allclose(sequence.attrs["r"], CAMERAS[2].r, atol=1e-5)

    for exact in ("data_3d_h36m.npz", "data_2d_h36m_gt.npz"):
        sequences = load_h36m(tmp_path / exact).values()
        assert not any("image_points" in sequence.attrs for sequence in sequences)

    write_2d(file, detected, COCO_METADATA)
    with pytest.raises(DataError, match="17 joints of layout coco"):
        load_h36m(file)
    os.remove(tmp_path / "data_2d_h36m_gt.npz")
    write_2d(file, detected, H36M_METADATA)
    with pytest.raises(DataError, match=r"there is no .*data_2d_h36m_gt\.npz: it is needed"):
        load_h36m(file)


def test_humaneva(tmp_path, monkeypatch):
    path, poses = write_humaneva(tmp_path)
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(path))
    dataset = eva.load()
    assert dataset.attrs["skeleton_id"] == "eva15"
    assert list(dataset)[:4] == [
        "S1/Walking_1_chunk0/train/C1",
        "S1/Walking_1_chunk0/train/C2",
        "S1/Walking_1_chunk0/train/C3",
        "S1/Box_1_chunk2/train/C1",
    ]
    sequence = dataset["S1/Walking_1_chunk0/eval/C2"]
    assert sequence.attrs["mode"] == "eval"
    assert sequence.attrs["fps"] == 60
    assert eva_protocol.category(sequence.attrs["sequence_id"]) == "Walking"
    expected = CAMERAS[1].project(poses["Validate/S1"]["Walking 1 chunk0"].astype(np.float64))
    np.testing.assert_allclose(sequence["p2"], expected, atol=5e-3)


def test_fifteen_joints_are_made_of_twenty():
    load = get_converter("s20", "eva15")
    pose = np.random.default_rng(0).normal(size=(4, 20, 3))
    fifteen = load.convert(pose)
    joint = dict(zip(S20.joints, np.moveaxis(pose, 1, 0), strict=True))
    for name, parts in {
        "pelvis": ["torso_distal"],
        "thorax": ["torso_proximal", "head_proximal"],
        "l_elbow": ["l_upper_arm_distal", "l_lower_arm_proximal"],
        "head": ["head_distal"],
    }.items():
        expected = np.mean([joint[part] for part in parts], axis=0)
        np.testing.assert_allclose(fifteen[:, EVA_15.joint_index(name)], expected)
    s14 = get_converter("eva15", "s14").convert(fifteen)
    np.testing.assert_allclose(s14[:, 1], fifteen[:, EVA_15.joint_index("thorax")])


@pytest.mark.parametrize("azimuth", [0, 100, 250])
def test_resection_survives_noise_and_outliers(azimuth):
    camera, rng = Camera(azimuth, 1), np.random.default_rng(0)
    metres = people(60, 17, 5).reshape(-1, 3).astype(np.float64)
    points = camera.project(metres) + rng.normal(0, 1, (len(metres), 2))
    points[::17] += 80
    points[5] = np.nan
    fitted, error = fit_camera(metres * 1000, points)
    assert error == pytest.approx(1.2, abs=0.15)  # median length of a unit Gaussian: 1.18
    seen = fitted.project(fitted.to_camera(metres * 1000))
    assert np.abs(seen - camera.project(metres)).max() < 1.5


def test_resection_of_what_determines_no_camera():
    flat = np.random.default_rng(0).normal(size=(50, 3)) * [1000, 1000, 0]
    solid = flat + np.random.default_rng(1).normal(size=(50, 3)) * 300
    with pytest.raises(DataError, match="in one plane"):
        fit_camera(flat, CAMERAS[0].project(flat / 1000))
    with pytest.raises(DataError, match="5 points"):
        fit_camera(solid[:5], CAMERAS[0].project(solid[:5] / 1000))
    with pytest.raises(DataError, match="mirrored"):
        fit_camera(solid, CAMERAS[0].project(solid / 1000) * [-1, 1])


def test_image_points_of_other_poses_are_refused(tmp_path):
    path, poses = write_h36m(tmp_path)
    wrong = {
        s: {a: images(people(len(p), 17, 9), CAMERAS) for a, p in v.items()}
        for s, v in poses.items()
    }
    write_2d(tmp_path / "data_2d_h36m_gt.npz", wrong, H36M_METADATA)
    with pytest.raises(DataError, match=r"data_2d_h36m_gt\.npz: S1, camera 54138969"):
        load_h36m(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_is_read(tmp_path, protocol):
    """Files of 2018 have protocol 2, in which bytes are spelt through a codec."""
    arrays = [people(3, 4, 0), np.asfortranarray(people(2, 3, 0)), np.arange(3, dtype=">i4")]
    value = {
        "a": {"b": arrays},
        "ragged": np.array([np.zeros(2), None], dtype=object),
        "scalars": (1, 2.5, "x", True, None, np.float32(0.1), np.int64(7), np.str_("S1")),
    }
    write_pickle(tmp_path / "a.npz", "x", dumps(value, protocol))
    loaded = load_npz(tmp_path / "a.npz")["x"]
    for a, b in zip(loaded["a"]["b"], value["a"]["b"], strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype in (b.dtype, b.dtype.newbyteorder("="))  # NumPy may swap the bytes
    np.testing.assert_array_equal(loaded["ragged"][0], np.zeros(2))
    assert loaded["ragged"][1] is None
    assert loaded["scalars"] == value["scalars"]


def test_plain_arrays_need_no_pickle(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(4.0), y=np.array(["S1"]))
    loaded = load_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(loaded["x"], np.arange(4.0))
    assert loaded["y"][0] == "S1"


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize(
    "function, name",
    [
        (os.system, r"(posix|nt)\.system"),
        (eval, r"(builtins|__builtin__)\.eval"),
        (np.load, r"numpy\.load"),
        (Path, r"pathlib"),
    ],
)
def test_a_pickle_that_runs_code_is_refused_by_name(tmp_path, protocol, function, name):
    mark = tmp_path / "ran"
    argument = f"open({str(mark)!r}, 'w')" if function is eval else f"touch {mark}"
    evil = {"S1": {"Directions": Call(function, argument)}}
    path = tmp_path / "data_3d_h36m.npz"
    write_pickle(path, "positions_3d", pickle.dumps(evil, protocol))
    with pytest.raises(DataError, match=rf"data_3d_h36m\.npz is refused: its pickle calls {name}"):
        load_h36m(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "spec", ["O,i4", "V8", "(2,)O", "M8[s]", {"names": ["a"], "formats": ["O"]}]
)
def test_dtypes_that_are_not_plain_are_refused(tmp_path, spec):
    write_pickle(tmp_path / "a.npz", "x", pickle.dumps(Call(np.dtype, spec)))
    with pytest.raises(DataError, match=r"a\.npz is "):
        load_npz(tmp_path / "a.npz")


def test_damage(tmp_path):
    path, _ = write_h36m(tmp_path, with_truth=False)
    whole = path.read_bytes()
    for damaged in (
        b"",
        b"hello",
        whole[: len(whole) // 2],
        whole[:-10],
        whole[:400] + b"\0" * 50 + whole[450:],
    ):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"data_3d_h36m\.npz is no readable \.npz") as error:
            load_h36m(path)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "positions, message",
    [
        ({"S1": {"Directions": np.zeros((5, 17, 3))}}, r"S1/Directions has shape \(5, 17, 3\)"),
        ({"S1": {"Directions": "text"}}, "S1/Directions is a str, expected"),
        ({"S1": {"Directions": np.zeros((0, 32, 3))}}, r"shape \(0, 32, 3\)"),
        ({"S1": np.zeros((5, 32, 3))}, "S1 is no dict of actions"),
        ({"S1": {"Dancing": np.zeros((5, 32, 3))}}, "'Dancing' is no action"),
        ({"S77": {"Directions": np.zeros((5, 32, 3))}}, "none of the subjects S1"),
        ([1, 2], "has no positions_3d: it holds positions_3d"),
    ],
)
def test_other_contents(tmp_path, positions, message):
    path = tmp_path / "data_3d_h36m.npz"
    write_3d(path, positions)
    with pytest.raises(DataError, match=message) as error:
        load_h36m(path)
    assert "data_3d_h36m.npz" in str(error.value)


def test_missing_files(tmp_path):
    for load in (load_h36m, load_humaneva):
        with pytest.raises(DataError, match=r"there is no file .*nowhere\.npz"):
            load(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("unit", [0.01, 0.001])
def test_positions_in_another_unit_than_metres_are_refused(tmp_path, unit):
    path, poses = write_h36m(tmp_path)
    poses["S9"]["Photo"] = poses["S9"]["Photo"] / np.float32(unit)
    write_3d(path, poses)
    with pytest.raises(DataError, match=r"data_3d_h36m\.npz: S9/Photo: the poses are .* mm large"):
        load_h36m(path)
