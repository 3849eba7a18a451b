import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pytest

from human_pose_util.dataset import filter_dataset, h3m, h3m_protocol
from human_pose_util.dataset.h3m import conversion_processes
from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S24
from tests.helpers import h3m_tree
from tests.helpers.h3m_tree import (
    CAMERAS,
    OFFICIAL,
    OFFICIAL_KINDS,
    true_camera,
    write_sequence,
    write_tree,
)

TESTS = Path(__file__).parent


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("H3M_PATH", raising=False)
    monkeypatch.delenv("H3M_DROP_CORRUPTED", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def root(tmp_path):
    return write_tree(tmp_path / "h3m", [("S1", "Directions"), ("S9", "SittingDown 2")])


def angle_between(a, b):
    return np.linalg.norm(a @ b.T - np.eye(3)) / np.sqrt(2)


# ---- what a loaded data set holds


def test_sequences_and_attributes(root):
    dataset = h3m.load(root)
    assert dataset.attrs["skeleton_id"] == "s24"
    assert list(dataset) == [
        f"{sequence}/{camera}"
        for sequence in ("S1/Directions", "S9/SittingDown 2")
        for camera in CAMERAS
    ]
    sequence = dataset["S9/SittingDown 2/55011271"]
    attrs = {k: v for k, v in sequence.attrs.items() if k not in ("r", "t", "f", "c")}
    assert attrs == {
        "fps": 50,
        "subject_id": "S9",
        "sequence_id": "SittingDown 2",
        "camera_id": "55011271",
        "mode": "eval",
        "action": "SitDown",
        "space_scale": 1,
        "pixel_scale": 1,
        "n_frames": 20,
        "image_size": (1000, 1000),
    }
    assert dataset["S1/Directions/54138969"].attrs["mode"] == "train"
    assert dataset["S1/Directions/54138969"].attrs["image_size"] == (1000, 1002)


def test_arrays_are_the_files_joints_of_s24(root):
    # Rows of the documentation's table of joints, and the order of s24, by name.
    index = {
        "thorax": 12, "r_hip": 1, "r_knee": 2, "r_ankle": 3, "r_ball": 4, "r_toes": 5, "l_hip": 6,
        "l_knee": 7, "l_ankle": 8, "l_ball": 9, "l_toes": 10, "neck": 13, "head-center": 14,
        "head-back": 15, "l_shoulder": 17, "l_elbow": 18, "l_wrist": 19, "l_thumb": 21,
        "l_little": 22, "r_shoulder": 25, "r_elbow": 26, "r_wrist": 27, "r_thumb": 29,
        "r_little": 30,
    }  # fmt: skip
    assert set(index) == set(S24.joints)
    sequence = h3m.load(root)["S9/SittingDown 2/58860488"]
    p3w = h3m_tree.poses(25, sum(map(ord, "S9SittingDown 2")))[:20]
    truth = true_camera(2)
    for j, name in enumerate(S24.joints):
        x, y, z = truth["r"] @ p3w[7, index[name]] + truth["t"]
        np.testing.assert_allclose(sequence["p3w"][7, j], p3w[7, index[name]], atol=1e-3)
        np.testing.assert_allclose(sequence["p3c"][7, j], (x, y, z), atol=1e-3)
        image = np.array([x, y]) / z * truth["f"] + truth["c"]
        np.testing.assert_allclose(sequence["p2"][7, j], image, atol=1e-3)
    assert {name: (a.shape, a.dtype) for name, a in sequence.items()} == {
        "p3w": ((20, 24, 3), np.float32),
        "p3c": ((20, 24, 3), np.float32),
        "p2": ((20, 24, 2), np.float32),
    }


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cameras_are_the_true_ones(tmp_path, dtype):
    write_sequence(tmp_path, "S5", "Walking 1", n_frames=200, dtype=dtype)
    dataset = h3m.load(tmp_path)
    assert len(dataset) == 4
    for i, camera in enumerate(CAMERAS):
        attrs, truth = dataset[f"S5/Walking 1/{camera}"].attrs, true_camera(i)
        assert angle_between(attrs["r"], truth["r"]) < 1e-7
        np.testing.assert_allclose(attrs["t"], truth["t"], atol=1e-3)
        np.testing.assert_allclose(attrs["f"], truth["f"], atol=1e-3)
        np.testing.assert_allclose(attrs["c"], truth["c"], atol=1e-3)
        assert np.linalg.det(attrs["r"]) == pytest.approx(1)


def test_one_frame_determines_the_camera(tmp_path):
    write_sequence(tmp_path, "S5", "Walking", n_frames=1)
    attrs = h3m.load(tmp_path)["S5/Walking/54138969"].attrs
    assert angle_between(attrs["r"], true_camera(0)["r"]) < 1e-5
    np.testing.assert_allclose(attrs["f"], true_camera(0)["f"], atol=1e-2)


def test_sequences_can_be_pickled(root):
    sequence = h3m.load(root)["S1/Directions/54138969"]
    copy = pickle.loads(pickle.dumps(sequence))
    np.testing.assert_array_equal(copy["p2"], sequence["p2"])


def test_converted_file_can_be_browsed(root, cache):
    dataset = h3m.load(root)
    (path,) = cache.glob("*.h5")
    with h5py.File(path) as file:
        group = file["S1/Directions"]
        np.testing.assert_array_equal(group["54138969/p2"], dataset["S1/Directions/54138969"]["p2"])
        assert list(group) == [*CAMERAS, "p3w"]


# ---- layouts, spellings, what is missing


@pytest.mark.parametrize("layout", [h3m_tree.OLD, OFFICIAL])
@pytest.mark.parametrize("kinds", [h3m_tree.KINDS, OFFICIAL_KINDS])
def test_both_layouts_and_spellings(tmp_path, layout, kinds, monkeypatch):
    monkeypatch.setenv("H3M_PATH", str(tmp_path / "h3m"))
    write_sequence(tmp_path / "h3m", "S11", "WalkDog 1", layout=layout, kinds=kinds)
    assert list(h3m.load()) == [f"S11/WalkDog 1/{camera}" for camera in CAMERAS]


def test_layouts_may_be_mixed(tmp_path):
    write_sequence(tmp_path, "S1", "Eating")
    write_sequence(tmp_path, "S1", "Eating 1", layout=OFFICIAL, kinds=OFFICIAL_KINDS)
    write_sequence(tmp_path, "S5", "Eating", layout=OFFICIAL, kinds=OFFICIAL_KINDS)
    assert len(h3m.load(tmp_path)) == 12


def test_subjects_in_order_takes_in_any_number(tmp_path):
    names = ["Photo", "Photo 1", "Photo 2", "TakingPhoto 3"]
    write_tree(tmp_path, [("S11", n) for n in names] + [("S9", "Waiting"), ("S1", "Posing 1")])
    dataset = h3m.load(tmp_path)
    order = ["S1/Posing 1", "S9/Waiting", *(f"S11/{n}" for n in names)]
    assert list(dict.fromkeys(key.rpartition("/")[0] for key in dataset)) == order
    assert {dataset[f"S11/{n}/54138969"].attrs["action"] for n in names} == {"Photo"}


def test_other_files_are_no_sequences(root):
    (root / "D2_positions" / "S1" / "._Directions.54138969.cdf").write_bytes(b"\0")
    (root / "D2_positions" / "S1" / "readme.txt").write_text("hello")
    (root / "D3_positions" / "S2").mkdir()  # an unlabelled subject
    (root / "D3_positions" / "S2" / "Directions.cdf").write_bytes(b"")
    assert len(h3m.load(root)) == 8


def test_videos_are_optional(tmp_path):
    write_sequence(tmp_path, "S1", "Eating 1")
    write_sequence(tmp_path, "S9", "Eating 1", layout=OFFICIAL)
    one = tmp_path / "Videos" / "S1" / "Eating 1.54138969.mp4"
    other = tmp_path / "S9" / "Videos" / "Eating 1.60457274.mp4"
    for video in (one, other):
        video.parent.mkdir(parents=True)
        video.touch()
    videos = {k: s.attrs["video_path"] for k, s in h3m.load(tmp_path).items() if len(s.attrs) == 15}
    assert videos == {"S1/Eating 1/54138969": str(one), "S9/Eating 1/60457274": str(other)}


def test_missing_views_and_sequences_are_listed_once_and_skipped(tmp_path, caplog):
    write_tree(tmp_path, [("S1", "Eating"), ("S1", "Greeting"), ("S1", "_ALL"), ("S9", "Eating 1")])
    write_sequence(tmp_path, "S9", "Smoking", cameras=CAMERAS[:2])
    (tmp_path / "D3_positions" / "S1" / "Eating.cdf").unlink()
    (tmp_path / "D2_positions" / "S1" / "Greeting.54138969.cdf").unlink()
    (tmp_path / "D3_positions_mono" / "S1" / "Greeting.55011271.cdf").unlink()
    dataset = h3m.load(tmp_path)
    assert list(dataset) == [
        *(f"S1/Greeting/{camera}" for camera in CAMERAS[2:]),
        *(f"S9/Eating 1/{camera}" for camera in CAMERAS),
        *(f"S9/Smoking/{camera}" for camera in CAMERAS[:2]),
    ]
    (message,) = [r.getMessage() for r in caplog.records]
    assert "S1/Eating (no D3_positions)" in message
    assert "S1/Greeting/54138969 (no D2_positions)" in message
    assert "S1/Greeting/55011271 (no D3_positions_mono)" in message
    assert "S1/_ALL (none of the actions" in message
    for camera in CAMERAS[2:]:
        assert f"S9/Smoking/{camera} (no D3_positions_mono and no D2_positions)" in message


def test_camera_idxs_count_all_four_cameras(tmp_path):
    write_sequence(tmp_path, "S9", "Walking", cameras=CAMERAS[1:3])
    dataset = h3m.load(tmp_path)
    for i in (1, 2):
        assert list(filter_dataset(dataset, camera_idxs=[i])) == [f"S9/Walking/{CAMERAS[i]}"]
    with pytest.raises(SpecError, match="camera_idxs: 0 is camera 54138969, which is missing"):
        filter_dataset(dataset, camera_idxs=[0])
    with pytest.raises(SpecError, match=r"4 is out of range: cameras 0 to 3 are 54138969, "):
        filter_dataset(dataset, camera_idxs=[4])


def test_camera_idxs_of_other_cameras_count_these(tmp_path):
    for camera, name in zip(CAMERAS, ("cam0", "cam1"), strict=False):
        write_sequence(tmp_path, "S9", "Walking", cameras=[camera])
        for path in tmp_path.glob(f"*/S9/Walking.{camera}.cdf"):
            path.rename(path.with_name(f"Walking.{name}.cdf"))
    assert list(filter_dataset(h3m.load(tmp_path), camera_idxs=[1])) == ["S9/Walking/cam1"]


def test_unequal_lengths_are_cut_to_the_shortest(tmp_path, caplog):
    lengths = {CAMERAS[0]: (21, 19), CAMERAS[1]: (18, 22), CAMERAS[2]: (22, 22)}
    write_sequence(tmp_path, "S1", "Eating", n_frames=20, lengths=lengths)
    dataset = h3m.load(tmp_path)
    for camera, n_frames in zip(CAMERAS, (19, 18, 20, 20), strict=True):
        sequence = dataset[f"S1/Eating/{camera}"]
        assert sequence.attrs["n_frames"] == n_frames
        assert {len(a) for a in sequence.values()} == {n_frames}
        truth = true_camera(CAMERAS.index(camera))
        np.testing.assert_allclose(
            sequence["p3w"] @ truth["r"].T + truth["t"], sequence["p3c"], atol=1e-2
        )
        np.testing.assert_allclose(sequence.attrs["f"], truth["f"], atol=1e-3)
    (message,) = [r.getMessage() for r in caplog.records]
    assert "S1/Eating/54138969 (20, 21, 19)" in message
    assert "S1/Eating/55011271 (20, 18, 22)" in message
    assert "S1/Eating/58860488 (20, 22, 22)" in message
    assert "60457274" not in message


def test_corrupted_sequence_is_kept_unless_told(tmp_path, monkeypatch):
    write_tree(tmp_path, [("S11", "Directions"), ("S11", "Directions 1"), ("S9", "Directions")])
    everything = set(h3m.load(tmp_path))
    dropped = {f"S11/Directions/{camera}" for camera in CAMERAS}
    assert dropped < everything
    assert set(h3m.load(tmp_path, drop_corrupted=True)) == everything - dropped
    monkeypatch.setenv("H3M_DROP_CORRUPTED", "1")
    assert set(h3m.load(tmp_path)) == everything - dropped
    assert set(h3m.load(tmp_path, drop_corrupted=False)) == everything
    monkeypatch.setenv("H3M_DROP_CORRUPTED", "0")
    assert set(h3m.load(tmp_path)) == everything


# ---- categories


@pytest.mark.parametrize(
    "names, category",
    [
        ("Directions", "Direct"),
        ("Discussion", "Discuss"),
        ("Eating", "Eat"),
        ("Greeting", "Greet"),
        ("Phoning", "Phone"),
        ("Photo TakingPhoto", "Photo"),
        ("Posing", "Pose"),
        ("Purchases", "Purchase"),
        ("Sitting", "Sit"),
        ("SittingDown", "SitDown"),
        ("Smoking", "Smoke"),
        ("Waiting", "Wait"),
        ("Walking", "Walk"),
        ("WalkDog WalkingDog", "WalkDog"),
        ("WalkTogether WalkingTogether", "WalkTogether"),
    ],
)
def test_every_spelling_has_its_category(names, category):
    for name in [*names.split(), category]:
        for take in ("", " 1", " 2", " 3", " 12", "_1"):
            assert h3m_protocol.category(name + take) == category


def test_categories_in_the_usual_order():
    assert h3m_protocol.CATEGORIES == (
        "Direct", "Discuss", "Eat", "Greet", "Phone", "Photo", "Pose", "Purchase",
        "Sit", "SitDown", "Smoke", "Wait", "Walk", "WalkDog", "WalkTogether",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", "_ALL 1", "Dancing", "Walker", "SitUp"])
def test_other_actions_have_none(name):
    with pytest.raises(DataError, match=r"no action of Human3\.6M"):
        h3m_protocol.category(name)


# ---- damage


def test_path_unset_or_wrong(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"H3M_PATH is not set: set it to .*D3_positions"):
        h3m.load()
    monkeypatch.setenv("H3M_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(
        DataError, match=r"H3M_PATH: there is no folder or \.npz file .*nowhere; set it to"
    ):
        h3m.load()
    with pytest.raises(DataError, match=r"no sequence of .* is complete; it has 0 files of D3_pos"):
        h3m.load(tmp_path)


def half(path):
    os.truncate(path, path.stat().st_size // 2)


def nearly_all(path):
    os.truncate(path, path.stat().st_size - 100)


def head_only(path):
    os.truncate(path, 700)


def empty(path):
    os.truncate(path, 0)


def text(path):
    path.write_text("404 not found" * 1000)


def no_pose(path):
    h3m_tree.write_cdf(path, np.zeros((1, 20, 96)), name="Position")


def wrong_width(path):
    h3m_tree.write_cdf(path, np.zeros((1, 20, 51)))


def wrong_dimensions(path):
    h3m_tree.write_cdf(path, np.zeros((20, 96)))


def words(path):
    h3m_tree.write_cdf(path, np.full((1, 20, 96), "abc"))


def huge(path):
    values = np.ones((1, 20, 64 if "D2" in str(path) else 96))
    values[0, 3:5] = 1e60
    h3m_tree.write_cdf(path, values)


def nan(path):
    values = np.ones((1, 20, 64 if "D2" in str(path) else 96))
    values[0, 3] = np.nan
    h3m_tree.write_cdf(path, values)


DAMAGE = [
    (half, "cannot be read"),
    (nearly_all, "cannot be read"),
    (head_only, "cannot be read"),
    (empty, "cannot be read"),
    (text, "cannot be read"),
    (no_pose, "no variable Pose"),
    (wrong_width, "expected \\(1, n_frames, (96|64)\\)"),
    (wrong_dimensions, "expected \\(1, n_frames, (96|64)\\)"),
    (words, "expected \\(1, n_frames, (96|64)\\) of numbers"),
    (huge, "2 of 20 frames of Pose hold NaN, infinity, or"),
    (nan, "1 of 20 frames of Pose hold NaN"),
]


@pytest.mark.parametrize("damage, reason", DAMAGE)
@pytest.mark.parametrize(
    "name",
    [
        "D3_positions/S9/SittingDown 2.cdf",
        "D3_positions_mono/S9/SittingDown 2.55011271.cdf",
        "D2_positions/S9/SittingDown 2.55011271.cdf",
    ],
)
def test_damaged_file_is_named(root, cache, damage, reason, name):
    damage(root / name)
    with pytest.raises(DataError, match=reason) as error:
        h3m.load(root)
    assert name in str(error.value)
    assert not list(cache.glob("*.h5"))
    write_sequence(root, "S9", "SittingDown 2")
    assert len(h3m.load(root)) == 8


def test_a_file_cut_anywhere_is_refused(tmp_path):
    path = tmp_path / "D2_positions" / "S1" / "Eating.54138969.cdf"
    write_sequence(tmp_path, "S1", "Eating", cameras=CAMERAS[:1], n_frames=50)
    content = path.read_bytes()
    for size in range(0, len(content) - 1, len(content) // 50):
        path.write_bytes(content[:size])
        with pytest.raises(DataError, match=r"Eating\.54138969\.cdf"):
            h3m.load(tmp_path)


def test_damage_leaves_an_older_cache(root, cache):
    h3m.load(root)
    (path,) = cache.glob("*.h5")
    before = path.read_bytes()
    half(root / "D3_positions" / "S1" / "Directions.cdf")
    with pytest.raises(DataError, match=r"S1/Directions\.cdf"):
        h3m.load(root)
    assert path.read_bytes() == before


def test_files_that_do_not_fit_together_are_named(root):
    path = root / "D3_positions_mono" / "S9" / "SittingDown 2.55011271.cdf"
    p3w = h3m_tree.poses(20, sum(map(ord, "S9SittingDown 2")))
    truth = true_camera(1)
    p3c = p3w @ truth["r"].T + truth["t"]
    for values, reason in (
        (p3c * 1.002, r"S9/SittingDown 2/55011271 .* 1\.002 times those in the world"),
        (p3w - 1e4, "z <= 0, behind the camera"),
        (np.ones_like(p3w), "S9/SittingDown 2/55011271 .*do not determine"),
    ):
        h3m_tree.write_cdf(path, values.reshape(1, 20, 96))
        with pytest.raises(DataError, match=reason) as error:
            h3m.load(root)
        assert str(path) in str(error.value)


def read_cdf(path):
    with load_pycdf().CDF(str(path)) as cdf:
        return cdf["Pose"][...]


def rewrite(path, change):
    """Change the values (n_frames, 32, n_dims) of a file."""
    pose = read_cdf(path)
    n_frames = pose.shape[1]
    changed = change(pose.reshape(n_frames, 32, -1))
    h3m_tree.write_cdf(path, changed.reshape(1, n_frames, -1))


def mirrored(p2):
    return np.array([1000, 0]) + np.array([-1, 1]) * p2


def noisy(p2):
    return p2 + np.random.default_rng(0).normal(scale=3, size=p2.shape)


def through_a_lens(p2):
    """As the lenses of Human3.6M bend lines."""
    xy = (p2 - 512) / 1145
    return p2 - 0.2 * np.sum(xy**2, axis=-1, keepdims=True) * xy * 1145


def later(values):
    return np.roll(values, 25, axis=0)


def other_joints(values):
    return values[:, ::-1]


@pytest.mark.parametrize("change", [mirrored, later, other_joints])
def test_image_points_of_other_poses_are_named(tmp_path, change):
    write_sequence(tmp_path, "S9", "Walking", n_frames=60)
    path = tmp_path / "D2_positions/S9/Walking.55011271.cdf"
    rewrite(path, change)
    with pytest.raises(DataError, match=r"it is no picture of the poses in .*; unpack it") as error:
        h3m.load(tmp_path)
    assert str(error.value).startswith(str(path))


def test_image_points_of_the_corrupted_sequence_are_kept(tmp_path):
    write_sequence(tmp_path, "S11", "Directions", n_frames=60)
    rewrite(tmp_path / "D2_positions/S11/Directions.54138969.cdf", later)
    assert len(h3m.load(tmp_path)) == 4


@pytest.mark.parametrize("change", [noisy, through_a_lens])
def test_image_points_through_a_lens_or_with_noise_are_good(root, change):
    rewrite(root / "D2_positions/S9/SittingDown 2.55011271.cdf", change)
    attrs = h3m.load(root)["S9/SittingDown 2/55011271"].attrs
    np.testing.assert_allclose(attrs["f"], true_camera(1)["f"], rtol=0.05)


def test_positions_of_other_poses_in_the_camera_frame_are_named(root):
    path = root / "D3_positions_mono/S9/SittingDown 2.55011271.cdf"
    rewrite(path, other_joints)
    with pytest.raises(DataError, match=r"its poses are not those of .* mm off\); unpack") as error:
        h3m.load(root)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("unit", [10, 1000])
def test_positions_in_another_unit_than_mm_are_refused(root, unit):
    for path in root.glob("D3*/S9/*.cdf"):
        rewrite(path, lambda values: values / unit)
    size = 1.8 * 1000 / unit
    with pytest.raises(
        DataError, match=r"D3_positions/S9/SittingDown 2\.cdf: .* mm large"
    ) as error:
        h3m.load(root)
    assert float(re.search(r"are (.*) mm", str(error.value))[1]) == pytest.approx(size, rel=0.1)


def test_unreadable_folder_is_no_traceback(tmp_path):
    (tmp_path / "D3_positions").mkdir()
    (tmp_path / "D3_positions" / "S1").symlink_to(tmp_path / "D3_positions" / "S1")  # a loop
    with pytest.raises(DataError, match="no sequence"):
        h3m.load(tmp_path)


# ---- the cache


def converted_files(cache):
    return {p.name: p.stat().st_mtime_ns for p in cache.rglob("*.h5")}


def test_converted_once(root, cache):
    h3m.load(root)
    before = converted_files(cache)
    h3m.load(root)
    assert converted_files(cache) == before


def test_only_what_changed_is_converted_again(root, cache):
    old = h3m.load(root)["S1/Directions/54138969"]["p3w"]
    before = converted_files(cache)
    write_sequence(root, "S1", "Directions", seed=7)
    new = h3m.load(root)["S1/Directions/54138969"]["p3w"]
    assert not np.allclose(old, new)
    after = converted_files(cache)
    same = {name for name in after if before.get(name) == after[name]}
    assert len(after) == len(before) == 3
    assert [name for name in same if name.startswith("S9 SittingDown 2")] == list(same)


@pytest.mark.parametrize("pattern", ["*.h5", "*.parts/S9*.h5", "*.parts/S1*.h5"])
@pytest.mark.parametrize("damage", [half, empty, text, Path.unlink])
def test_damaged_cache_is_built_again(root, cache, pattern, damage):
    before = h3m.load(root)["S9/SittingDown 2/54138969"]["p2"]
    (path,) = cache.glob(pattern)
    damage(path)
    for _ in range(2):
        after = h3m.load(root)
        assert len(after) == 8
        np.testing.assert_array_equal(after["S9/SittingDown 2/54138969"]["p2"], before)
        after["S1/Directions/54138969"]["p3w"]


def test_array_that_cannot_be_read_any_more_is_named(root, cache):
    dataset = h3m.load(root)
    for path in cache.glob("*.parts/*"):
        half(path)
    with pytest.raises(DataError, match=r"cannot read S1/Directions/54138969/p2"):
        dataset["S1/Directions/54138969"]["p2"]


def test_source_folder_is_not_written(root, cache):
    for path in (root, *root.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {p: p.stat().st_mtime_ns for p in (root, *root.rglob("*"))}
    try:
        assert len(h3m.load(root)) == 8
        assert {p: p.stat().st_mtime_ns for p in (root, *root.rglob("*"))} == before
    finally:
        for path in (root, *root.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_cache_that_cannot_be_written(root, monkeypatch):
    monkeypatch.setenv("POSE_CACHE", "/proc/nowhere")
    with pytest.raises(DataError, match="POSE_CACHE"):
        h3m.load(root)


# ---- other processes

LOAD = """
import sys
from human_pose_util.dataset import h3m
dataset = h3m.load(sys.argv[1])
print(len(dataset), sum(float(s["p2"].sum()) for s in dataset.values()))
"""


def start(root, cache):
    environment = {**os.environ, "POSE_CACHE": str(cache), "PYTHONPATH": str(TESTS.parents[1])}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", LOAD, str(root)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    root = tmp_path_factory.mktemp("many")
    for i in range(70):  # so many that there are two processes
        write_sequence(root, "S1", f"Eating {i}", n_frames=400, dtype=np.float32)
    return root


def test_killed_conversion_goes_on_where_it_was(tmp_path, cache):
    root = write_tree(tmp_path / "h3m", [("S1", f"Eating {i}") for i in range(9)])
    blocking = root / "D3_positions" / "S1" / "Eating 5.cdf"
    content = blocking.read_bytes()
    blocking.unlink()
    os.mkfifo(blocking)  # opening it waits for ever
    process = start(root, cache)
    while len(list(cache.glob("*.parts/[!.]*.h5"))) < 5:
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = {p: p.stat().st_mtime_ns for p in cache.glob("*.parts/[!.]*.h5")}
    assert len(done) == 5
    assert not list(cache.glob("h3m-*[0-9a-f].h5"))
    (next(iter(done)).parent / "S1 leftover.partial").write_bytes(b"half")

    blocking.unlink()
    blocking.write_bytes(content)
    dataset = h3m.load(root)
    assert len(dataset) == 36
    assert {p: p.stat().st_mtime_ns for p in done} == done
    assert len(list(cache.glob("*.parts/*"))) == 9
    for key, sequence in dataset.items():
        truth = true_camera(CAMERAS.index(key[-8:]))
        np.testing.assert_allclose(sequence.attrs["t"], truth["t"], atol=1e-2)
        assert sequence["p2"].shape == (20, 24, 2)


@pytest.mark.slow
def test_interrupted_conversion_stops_soon_and_goes_on(many, cache):
    process = start(many, cache)
    while len(list(cache.glob("*.parts/[!.]*.h5"))) < 3:
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    done = {p: p.stat().st_mtime_ns for p in cache.glob("*.parts/[!.]*.h5")}
    assert len(done) < 70
    assert len(h3m.load(many)) == 280
    assert {p: p.stat().st_mtime_ns for p in done} == done


def children(pid: int) -> set[int]:
    """The processes that this process started, and those that they started."""
    found = {pid}
    while (
        more := {
            int(path.parent.name)
            for path in Path("/proc").glob("[0-9]*/stat")
            if (text := read_or_nothing(path)) and int(text.rpartition(")")[2].split()[1]) in found
        }
        - found
    ):
        found |= more
    return found - {pid}


def read_or_nothing(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # The process has ended meanwhile.
        return ""


@pytest.mark.slow
def test_killed_conversion_leaves_no_process(many, cache):
    process = start(many, cache)
    while len(list(cache.glob("*.parts/[!.]*.h5"))) < 3:
        assert process.poll() is None
        time.sleep(0.002)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.send_signal(signal.SIGKILL)
    process.communicate()
    end = time.monotonic() + 30
    while any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_script_without_a_guard_runs_once(many, cache, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(f"print('started')\n{LOAD}")
    environment = {**os.environ, "POSE_CACHE": str(cache), "PYTHONPATH": str(TESTS.parents[1])}
    command = [sys.executable, "-W", "error", script, many]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("started\n280 ")
    assert run.stdout.count("started") == 1


@pytest.mark.slow
def test_two_processes_convert_once(many, cache):
    processes = [start(many, cache) for _ in range(2)]
    results = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert results[0][0] == results[1][0]
    assert results[0][0].startswith("280 ")
    converting = [err for _, err in results if "100%" in err]
    assert len(converting) == 1


@pytest.mark.slow
def test_damage_ends_all_processes(many, cache, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(many, root)
    half(root / "D3_positions" / "S1" / "Eating 20.cdf")
    process = start(root, cache)
    _, stderr = process.communicate()
    assert "DataError" in stderr.splitlines()[-1]
    assert "Eating 20.cdf: it cannot be read" in stderr.splitlines()[-1]
    assert len(list(cache.glob("*.parts/[!.]*.h5"))) < 70


@pytest.mark.slow
def test_helper_that_dies_is_reported_and_its_work_done_next_time(many, cache, monkeypatch):
    monkeypatch.setattr(conversion_processes, "_start_worker", partial(os._exit, 1))
    with pytest.raises(DataError, match=r"a process that converted sequences ended early"):
        h3m.load(many)
    monkeypatch.undo()
    monkeypatch.setenv("POSE_CACHE", str(cache))
    assert len(h3m.load(many)) == 280


def test_home_that_cannot_be_written(root, cache):
    environment = {**os.environ, "HOME": "/proc/nowhere", "PYTHONPATH": str(TESTS.parents[1])}
    environment.pop("SPACEPY", None)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOAD, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("8 ")


def test_processes_that_import_spacepy_do_not_disturb_each_other(tmp_path):
    """Nor does half a file of settings that a process left which was killed."""
    for folder in (tmp_path / "home", tmp_path / "cache"):
        (folder / ".spacepy").mkdir(parents=True)
        (folder / ".spacepy" / "spacepy.rc").write_text("#SpacePy 0.7.0 def")
    before = {**os.environ, "HOME": str(tmp_path / "home"), "POSE_CACHE": str(tmp_path / "cache")}
    before.pop("SPACEPY", None)
    code = "from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf; load_pycdf()"
    several = [
        subprocess.Popen([sys.executable, "-c", code], env=before, cwd=TESTS.parents[1])
        for _ in range(3)
    ]
    assert [process.wait() for process in several] == [0, 0, 0]
    for folder in ("home", "cache"):
        settings = tmp_path / folder / ".spacepy" / "spacepy.rc"
        assert settings.read_text() == "#SpacePy 0.7.0 def"
