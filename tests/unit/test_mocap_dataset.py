import json
import os
from pathlib import Path

import numpy as np
import pytest

from human_pose_util.dataset import filter_dataset
from human_pose_util.dataset.mocap import load
from human_pose_util.dataset.mocap.amc import read_amc
from human_pose_util.dataset.mocap.asf import read_asf
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S24
from human_pose_util.transforms import look_at
from tests.helpers.mocap_files import (
    amc_text,
    asf_as_bvh,
    asf_positions,
    asf_text,
    cmu_bones,
    random_frames,
    root,
)

MOCAP = os.environ.get("MOCAP_PATH")
MM = 25.4 / 0.45
BONES = cmu_bones()


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path):
    """Subjects 01 (ASF and AMC, suffixes in upper case too) and walkers (BVH)."""
    data = tmp_path / "data"
    for name in ("01", "walkers", "notes"):
        (data / name).mkdir(parents=True)
    (data / "01" / "01.ASF").write_text(asf_text(BONES))
    for i in (1, 2):
        (data / "01" / f"01_0{i}.{'amc' if i == 1 else 'AMC'}").write_text(amc_text(motion(i)))
    for name in ("walk_1", "walk_2", "run 1"):
        text = asf_as_bvh(BONES, motion(3), root(), "0.0333333")
        (data / "walkers" / f"{name}.bvh").write_text(text)
    (data / "notes" / "read.me").write_text("nothing")
    (data / "01" / "._01_01.amc").write_bytes(b"\x00\xff")  # what some systems leave behind
    return data


def motion(seed):
    return random_frames(BONES, 4 + seed, seed)


def specify(folder, **keys):
    (folder / "dataset.json").write_text(json.dumps(keys))


def views(data, camera="cam0"):
    return {key.rpartition("/")[0]: v for key, v in data.items() if key.endswith(camera)}


def test_keys_and_attributes(folder):
    data = load(folder)
    assert data.attrs["skeleton_id"] == "s24"
    takes = ["01/01_01", "01/01_02", "walkers/run 1", "walkers/walk_1", "walkers/walk_2"]
    assert list(data) == [f"{take}/cam{i}" for take in takes for i in range(4)]
    walk, play = data["walkers/walk_2/cam3"].attrs, data["01/01_01/cam0"].attrs
    assert (walk["subject_id"], walk["sequence_id"], walk["camera_id"]) == (
        "walkers",
        "walk_2",
        "cam3",
    )
    assert (walk["action"], data["walkers/run 1/cam0"].attrs["action"]) == ("walk", "run")
    assert "action" not in play
    assert (walk["fps"], play["fps"]) == (30, 120)
    assert (walk["n_frames"], play["n_frames"]) == (7, 5)
    assert walk["image_size"] == (1024, 1024)
    assert walk["space_scale"] == walk["pixel_scale"] == 1
    assert len(data["walkers/walk_2/cam3"]["p3w"]) == 7


def test_the_last_sequence_of_each_subject_is_for_evaluation(folder):
    modes = {key: view.attrs["mode"] for key, view in views(load(folder)).items()}
    assert {key for key, mode in modes.items() if mode == "eval"} == {"01/01_02", "walkers/walk_2"}
    assert set(modes.values()) == {"train", "eval"}


def test_folders_of_one_file_are_told_why_there_is_nothing_to_train_on(folder):
    for path in ("walkers/walk_1.bvh", "walkers/walk_2.bvh", "01/01_01.amc"):
        (folder / path).unlink()
    message = r"no sequence has mode 'train': there are eval; the last file of each folder is eval"
    with pytest.raises(SpecError, match=message):
        filter_dataset(load(folder), modes=["train"])


def test_joints_are_those_of_the_files(folder):
    p3w = load(folder)["01/01_02/cam0"]["p3w"]
    assert p3w.shape == (6, 24, 3)
    for pose, frame in zip(p3w, motion(2), strict=True):
        ends = asf_positions(BONES, root(), frame)
        for joint, bone in {
            "thorax": "upperback",
            "neck": "thorax",
            "head-back": "upperneck",
            "head-center": "head",
            "l_hip": "lhipjoint",
            "r_toes": "rtoes",
            "r_shoulder": "rclavicle",
            "l_wrist": "lradius",
            "l_thumb": "lthumb",
            "r_little": "rfingers",
        }.items():
            x, y, z = ends[bone] * MM
            np.testing.assert_allclose(pose[S24.joint_index(joint)], (z, x, y), atol=1e-6)


def test_bvh_and_acclaim_recordings_agree(folder):
    (folder / "01" / "01_03.amc").write_text(amc_text(motion(3)))
    data = load(folder)
    np.testing.assert_allclose(
        data["walkers/walk_1/cam0"]["p3w"], data["01/01_03/cam0"]["p3w"], atol=1e-6
    )


def test_specified_units_axes_rate_and_mode(folder):
    before = load(folder)["walkers/walk_1/cam0"]["p3w"]
    specify(folder, bvh_unit_mm=10, bvh_up_axis="z", amc_fps=60, eval=["walkers/run 1"])
    data = load(folder)
    after = data["walkers/walk_1/cam0"]["p3w"]
    np.testing.assert_allclose(after, before[..., [1, 2, 0]] * 10 / MM)
    assert data["01/01_01/cam0"].attrs["fps"] == 60
    assert [k for k, v in views(data).items() if v.attrs["mode"] == "eval"] == ["walkers/run 1"]
    # recordings that are no BVH files keep what their own skeleton says
    np.testing.assert_allclose(data["01/01_01/cam0"]["p3w"][0, 0, 2], asf_z("upperback"), atol=1e-6)


def asf_z(bone):
    return asf_positions(BONES, root(), motion(1)[0])[bone][1] * MM


def test_converted_once_and_again_when_a_file_changes(folder, cache_folder, capsys):
    def conversions():
        return "converting" in capsys.readouterr().err

    load(folder)
    assert conversions()
    specify(folder, eval=["01/01_01"])
    assert load(folder)["01/01_01/cam0"].attrs["mode"] == "eval"
    assert not conversions()
    (folder / "01" / "01_01.amc").write_text(amc_text(motion(3)))
    assert load(folder)["01/01_01/cam0"].attrs["n_frames"] == 7
    assert conversions()
    assert len(list(cache_folder.glob("*.h5"))) == 1


def test_a_skeleton_that_changes_is_read_again(folder):
    before = load(folder)["01/01_01/cam0"]["p3w"]
    (folder / "01" / "01.ASF").write_text(asf_text(BONES, length=0.9))
    np.testing.assert_allclose(load(folder)["01/01_01/cam0"]["p3w"], before / 2)


def test_arrays_are_read_on_demand_and_shared(folder, cache_folder):
    data = load(folder)
    a, b = data["01/01_01/cam0"], data["01/01_01/cam1"]
    assert a["p3w"] is b["p3w"]
    for file in cache_folder.glob("*.h5"):
        file.unlink()
    assert a["p3c"].shape == (5, 24, 3)
    assert data["01/01_02/cam0"].attrs["n_frames"] == 6
    with pytest.raises(DataError, match="load the data set again"):
        data["01/01_02/cam0"]["p3w"]


def test_cameras_look_at_the_middle_of_the_recording(folder):
    data = load(folder)
    azimuths = []
    for i in range(4):
        view = data[f"01/01_01/cam{i}"]
        r, t, f, c = (view.attrs[k] for k in "rtfc")
        np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(r) == pytest.approx(1)
        np.testing.assert_array_equal((f, c), ((1145, 1145), (512, 512)))
        middle = view["p3w"][:, S24.root_index].mean(axis=0)
        x, y, z = -r.T @ t - [middle[0], middle[1], 0]
        assert np.hypot(x, y) == pytest.approx(5000)
        assert z == pytest.approx(1500)
        azimuths.append(np.rad2deg(np.arctan2(y, x)) % 360)
        # its target is in the middle of the picture, in front; what is above it is higher up
        seen = np.array([[*middle[:2], 900.0], [*middle[:2], 1800.0]]) @ r.T + t
        np.testing.assert_allclose(seen[0], (0, 0, np.hypot(5000, 600)), atol=1e-9)
        assert seen[1, 1] < -500
        assert abs(seen[1, 0]) < 1e-9
    np.testing.assert_allclose(azimuths, (40, 130, 220, 310))


def test_projections_follow_from_the_camera(folder):
    view = load(folder)["walkers/walk_1/cam2"]
    a = view.attrs
    p3c = view["p3w"] @ a["r"].T + a["t"]
    np.testing.assert_allclose(view["p3c"], p3c)
    np.testing.assert_allclose(view["p2"], p3c[..., :2] / p3c[..., 2:] * 1145 + 512)


def test_right_is_right():
    r, t = look_at(np.array([0.0, -5, 1]), np.array([0.0, 0, 1]))
    np.testing.assert_allclose(r @ (1, 0, 1) + t, (1, 0, 5), atol=1e-12)
    np.testing.assert_allclose(r @ (0, 1, 0) + t, (0, 1, 6), atol=1e-12)


def test_cameras_of_ones_own(folder):
    fixed = {"id": "wall", "r": [[1, 0, 0], [0, 0, -1], [0, 1, 0]], "t": [0, 1000, 4000]}
    specify(
        folder,
        cameras=[
            {"azimuth": 90, "distance": 3000, "height": 900, "f": [600, 601], "c": [320, 240]},
            {**fixed, "image_size": [640, 480]},
        ],
    )
    data = load(folder)
    assert list(views(data, "wall")) == list(views(data, "cam0"))
    assert len(data) == 2 * len(views(data, "wall"))
    a, b = data["01/01_01/cam0"].attrs, data["01/01_01/wall"].attrs
    np.testing.assert_array_equal(a["f"], (600, 601))
    np.testing.assert_allclose(a["r"][2], (0, -1, 0), atol=1e-12)  # looks from +y, level
    np.testing.assert_array_equal(b["r"], fixed["r"])
    np.testing.assert_array_equal(b["t"], fixed["t"])
    assert b["image_size"] == (640, 480)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"evals": []}, "unknown key 'evals': did you mean 'eval'?"),
        ({"cameras": [{"azimut": 4}]}, "'cameras.0"),
        (
            {"cameras": [{"azimuth": 4, "fov": 3}]},
            "unknown key 'cameras.0.fov': allowed: aim_height, azimuth",
        ),
        ({"cameras": [{"r": np.eye(3).tolist()}]}, "key 'cameras.0': give azimuth"),
        ({"cameras": [{"azimuth": 4, "t": [0, 0, 0]}]}, "key 'cameras.0': give azimuth"),
        ({"cameras": [{"distance": 4000}]}, "key 'cameras.0': give azimuth"),
        ({"cameras": [{"r": np.ones((3, 3)).tolist(), "t": [0, 0, 0]}]}, "no rotation"),
        ({"cameras": [{"azimuth": 1, "id": "a"}, {"azimuth": 2, "id": "a"}]}, "same id"),
        ({"cameras": [{"azimuth": 1, "id": "a/b"}]}, "'cameras.0.id'"),
        ({"cameras": []}, "'cameras'"),
        ({"bvh_unit_mm": "10"}, "key 'bvh_unit_mm'"),
        ({"bvh_unit_mm": float("nan")}, "NaN is no JSON number"),
        ({"bvh_up_axis": "x"}, "'y' or 'z'"),
        ({"amc_fps": 0}, "key 'amc_fps'"),
        ({"eval": ["01/01_1"]}, "key 'eval': there is no sequence '01/01_1'; did you mean"),
        ({"eval": "01/01_01"}, "key 'eval'"),
        ([], "object"),
    ],
)
def test_a_wrong_specification_names_file_and_key(folder, keys, message):
    (folder / "dataset.json").write_text(json.dumps(keys))
    with pytest.raises(SpecError) as caught:
        load(folder)
    assert str(caught.value).startswith(str(folder / "dataset.json"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"eval": "\xff"}', "'utf-8' codec"),
        ('{"eval": ["\\ud800"]}', "there is no sequence"),
        ('{"eval": [], "eval": []}', "key 'eval' is there twice"),
    ],
)
def test_a_specification_that_is_no_json(folder, text, message):
    (folder / "dataset.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(SpecError, match=rf"dataset\.json: .*{message}"):
        load(folder)


def test_the_root_comes_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("MOCAP_PATH", str(folder))
    assert len(load()) == 20
    monkeypatch.setenv("MOCAP_PATH", str(folder / "nowhere"))
    with pytest.raises(DataError, match=r"MOCAP_PATH: there is no folder .*nowhere"):
        load()
    monkeypatch.delenv("MOCAP_PATH")
    with pytest.raises(DataError, match="MOCAP_PATH is not set"):
        load()


def test_folders_that_are_no_subjects(folder):
    (folder / "01" / "other.bvh").write_text("")
    with pytest.raises(DataError, match=r"01 mixes \.bvh"):
        load(folder)
    (folder / "01" / "other.bvh").rename(folder / "01" / "other.asf")
    with pytest.raises(DataError, match=r"01 holds \.amc files and 2 \.asf"):
        load(folder)
    for path in (folder / "01").glob("*.[aA][sS][fF]"):
        path.unlink()
    with pytest.raises(DataError, match=r"01 holds \.amc files and 0 \.asf"):
        load(folder)
    with pytest.raises(DataError, match=r"notes holds no recordings"):
        load(folder / "notes")


def test_a_folder_with_a_skeleton_only(folder):
    (folder / "notes" / "a.asf").write_text(asf_text(BONES))
    with pytest.raises(DataError, match=r"no \.amc motion"):
        load(folder)


def test_a_broken_recording_is_named(folder, cache_folder):
    path = folder / "01" / "01_01.amc"
    path.write_text(path.read_text().rstrip().rpartition("\n")[0])
    with pytest.raises(DataError, match=r"01_01\.amc, line \d+: the frame that begins here"):
        load(folder)
    assert not [p for p in cache_folder.glob("*.h5") if "partial" not in p.name]


def test_another_skeleton_is_refused(folder):
    path = folder / "walkers" / "walk_1.bvh"
    path.write_text(path.read_text().replace("LeftUpLeg", "Thigh"))
    with pytest.raises(DataError, match=r"walk_1\.bvh: there is no 'LeftUpLeg'"):
        load(folder)


needs_mocap = pytest.mark.skipif(not MOCAP, reason="MOCAP_PATH is not set")


@needs_mocap
@pytest.mark.slow
def test_real_recordings_have_the_expected_joints():
    data = load(MOCAP)
    expected = json.loads((Path(MOCAP) / "expected_joints.json").read_text())
    for key, sequence in expected["sequences"].items():
        p3w = data[f"{key}/cam0"]["p3w"]
        assert len(p3w) == sequence["n_frames"]
        for frame, joints in sequence["p3w"].items():
            np.testing.assert_allclose(p3w[int(frame)], joints, atol=0.5)


@needs_mocap
def test_real_bones_keep_their_lengths():
    asf = next(Path(MOCAP).glob("*/*.asf"))
    amc, bvh = next(asf.parent.glob("*.amc")), next(Path(MOCAP).glob("*/*.bvh"))
    skeleton = read_asf(asf)
    for motion, parts in [(read_amc(amc, skeleton), skeleton.bones), (m := read_bvh(bvh), m.nodes)]:
        p = motion.positions() * (MM if parts is not skeleton.bones else 1)
        lengths = np.linalg.norm(p[:, 1:] - p[:, [part.parent for part in parts[1:]]], axis=-1)
        assert np.ptp(lengths, axis=0).max() < 1e-3
