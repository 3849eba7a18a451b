"""Choosing and normalising sequences: units, rates, heights, and that nothing is read too early."""

import re
from collections import Counter
from collections.abc import Mapping

import h5py
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from human_pose_util import registry as register
from human_pose_util.dataset import (
    Dataset,
    DatasetSpec,
    NormalizeKwargs,
    PoseSequence,
    filter_dataset,
    load_dataset,
    normalize_dataset,
    normalized_poses,
    one_view_each,
)
from human_pose_util.dataset.defaults import register_defaults
from human_pose_util.dataset.hdf5 import read_dataset, write_dataset
from human_pose_util.dataset.stored_sequence import complete_attrs
from human_pose_util.errors import DataError, SpecError
from human_pose_util.skeleton import S14, S16
from human_pose_util.transforms import fit_intrinsics, fit_rigid, project, transform_frame

CAMERAS = ("c9", "c1", "c5")
TAKES = (("anna", "walk", "train"), ("anna", "run", "eval"), ("ben", "walk", "train"))
F, C = np.array([1100.0, 1000.0]), np.array([500.0, 510.0])


def poses(seed: int, n_frames: int = 12) -> np.ndarray:
    """[n_frames, 16, 3] mm, world frame."""
    rng = np.random.default_rng(seed)
    return rng.uniform([-300, -300, 0], [300, 300, 1700], size=(n_frames, S16.n_joints, 3))


class CountingSequence(Mapping):
    """A sequence that counts how often an array is read."""

    def __init__(self, arrays, attrs, reads):
        self.arrays, self.attrs, self.reads = arrays, attrs, reads

    def __getitem__(self, name):
        self.reads[name] += 1
        return self.arrays[name]

    def __contains__(self, name):
        return name in self.arrays

    def __iter__(self):
        return iter(self.arrays)

    def __len__(self):
        return len(self.arrays)


@pytest.fixture
def reads():
    return Counter()


@pytest.fixture
def data(reads):
    """Three takes by three cameras at 50 Hz; what the cameras saw is a bit off the pinhole."""
    sequences = {}
    for i, (subject, name, mode) in enumerate(TAKES):
        p3w = poses(i)
        for k, camera in enumerate(CAMERAS):
            r = Rotation.from_rotvec([0.1 * k, 1.5, 0.2]).as_matrix()
            t = np.array([10.0, 20.0 * k, 6000.0])
            p3c = transform_frame(p3w, r, t) + 3
            attrs = {
                "r": r, "t": t, "f": F, "c": C, "fps": 50.0, "n_frames": len(p3w), "mode": mode,
                "subject_id": subject, "sequence_id": name, "camera_id": camera,
                "action": name.title(), "space_scale": 1.0, "pixel_scale": 1.0,
                "image_size": (1000, 1002),
            }  # fmt: skip
            arrays = {"p3w": p3w, "p3c": p3c, "p2": project(p3c, F, C) + 2}
            key = f"{subject}/{name} {mode}/{camera}"
            sequences[key] = CountingSequence(arrays, attrs, reads)
    return Dataset(sequences, {"skeleton_id": "s16", "source": "made up"})


def normalize(data, whole=None, **kwargs):
    return normalize_dataset(data, NormalizeKwargs(**kwargs), data if whole is None else whole)


KEY = "anna/walk train/c1"


@pytest.mark.parametrize(
    ("conditions", "n"),
    [
        ({}, 9),
        ({"modes": ["train"]}, 6),
        ({"modes": ["train", "eval"]}, 9),
        ({"subject_ids": ["ben"]}, 3),
        ({"subject_ids": ["anna"], "sequence_ids": ["walk"]}, 3),
        ({"subject_ids": ["anna"], "modes": ["eval"], "camera_idxs": [0, 2]}, 2),
        ({"camera_ids": ["c9"], "actions": ["Walk"]}, 2),
    ],
)
def test_filters_compose(data, conditions, n, reads):
    chosen = filter_dataset(data, **conditions)
    assert len(chosen) == n
    assert [key for key in data if key in chosen] == list(chosen)
    assert chosen.attrs == data.attrs
    assert not reads
    for sequence in chosen.values():
        for attr, values in conditions.items():
            if attr != "camera_idxs":
                assert sequence.attrs[attr.removesuffix("s")] in values


def test_camera_idxs_count_the_sorted_cameras(data):
    for i, camera in enumerate(sorted(CAMERAS)):
        chosen = filter_dataset(data, camera_idxs=[i])
        assert {s.attrs["camera_id"] for s in chosen.values()} == {camera}


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"camera_idxs": [3]}, "camera_idxs: 3 is out of range: cameras 0 to 2 are c1, c5, c9"),
        ({"camera_idxs": [-1]}, "camera_idxs: -1 is out of range"),
        ({"camera_idxs": []}, "no sequence is left with camera_id in "),
        ({"subject_ids": ["ann"]}, "no sequence has subject_id 'ann': there are anna, ben"),
        ({"sequence_ids": ["jump"]}, "no sequence has sequence_id 'jump': there are run, walk"),
        ({"camera_ids": ["c2"]}, "no sequence has camera_id 'c2': there are c1, c5, c9"),
        ({"camera_ids": ["c1"], "camera_idxs": [0]}, "give one of the two"),
        ({"actions": ["Jump"]}, "no sequence has action 'Jump': there are Run, Walk"),
        ({"modes": ["test"]}, "no sequence has mode 'test': there are eval, train"),
        (
            {"subject_ids": ["ben"], "sequence_ids": ["run"]},
            r"no sequence is left with subject_id in \['ben'\], sequence_id in \['run'\]",
        ),
    ],
)
def test_filters_that_fit_nothing_name_what_is_there(data, conditions, message):
    with pytest.raises(SpecError, match=f"filter_kwargs.*{message}"):
        filter_dataset(data, **conditions)


def test_data_without_cameras():
    plain = Dataset({"a": PoseSequence({"p3w": poses(0)}, {"mode": "train"})}, {})
    with pytest.raises(SpecError, match="camera_idxs: the data set has no cameras"):
        filter_dataset(plain, camera_idxs=[0])


def test_a_filter_by_camera_says_what_it_leaves_out_for_want_of_one(data, caplog):
    filter_dataset(data, camera_idxs=[0])
    assert not caplog.messages
    alone = {"subject_id": "ben", "sequence_id": "walk", "mode": "train"}
    mixed = Dataset({**data, "ben/mocap": PoseSequence({"p3w": poses(0)}, alone)}, data.attrs)
    filter_dataset(mixed, modes=["eval"], camera_idxs=[0])
    assert not caplog.messages  # the mode leaves it out in any case
    chosen = filter_dataset(mixed, modes=["train"], camera_idxs=[0])
    assert "ben/mocap" not in chosen
    assert caplog.messages == [
        "note: the filter by camera leaves out 1 sequences without a camera, such as ben/mocap"
    ]


def test_one_view_of_each_take(data, reads):
    chosen = one_view_each(data)
    takes = [
        tuple(s.attrs[a] for a in ("subject_id", "sequence_id", "mode")) for s in chosen.values()
    ]
    assert takes == list(TAKES)
    assert not reads


def test_takes_of_one_name_are_as_many_as_one_camera_has(data):
    """Two takes of the same name, by two cameras each, and one that no camera recorded."""
    names = {"subject_id": "ben", "sequence_id": "walk", "mode": "train"}
    cameras = {"1/a": "a", "1/b": "b", "2/a": "a", "2/b": "b", "3": None}
    sequences = {
        key: PoseSequence({"p3w": poses(0)}, names | ({"camera_id": camera} if camera else {}))
        for key, camera in cameras.items()
    }
    assert list(one_view_each(Dataset(sequences, {}))) == ["1/a", "2/a"]
    del sequences["1/a"], sequences["1/b"], sequences["2/b"]
    sequences["4"] = sequences["3"]
    assert list(one_view_each(Dataset(sequences, {}))) == ["2/a", "4"]


def test_sequences_without_names_are_not_taken_for_one_another():
    sequences = {key: PoseSequence({"p3w": poses(i)}, {}) for i, key in enumerate("ab")}
    data = Dataset(sequences, {"skeleton_id": "s16"})
    assert len(one_view_each(data)) == 2
    made = normalize(data, scale_to_height=True)["a"]
    assert made.attrs["space_scale"] == pytest.approx(max(height(poses(0)), height(poses(1))))


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"space_scale": 1000, "pixel_scale": 1000},
        {"scale_to_height": True},
        {"space_scale": 1000, "consistent_pose": True, "consistent_projection": True},
    ],
)
def test_data_in_other_units_are_the_same_data(data, kwargs):
    def in_units(sequence, metre=1000.0, pixels=500.0):
        """The sequence in metres and in units of 500 px, as its attributes say."""
        scales = {"p3w": metre, "p3c": metre, "t": metre, "p2": pixels, "f": pixels, "c": pixels}
        arrays = {name: sequence[name] / scales[name] for name in sequence}
        attrs = {name: sequence.attrs[name] / scales[name] for name in ("t", "f", "c")}
        scaled = {"space_scale": metre, "pixel_scale": pixels}
        return PoseSequence(arrays, sequence.attrs | attrs | scaled)

    # Every second sequence, so that a subject has some of each unit.
    own = Dataset(
        {key: data[key] if i % 2 else in_units(data[key]) for i, key in enumerate(data)}, data.attrs
    )
    found, expected = normalize(own, **kwargs), normalize(data, **kwargs)
    for key in data:
        for name in expected[key]:
            np.testing.assert_allclose(found[key][name], expected[key][name], rtol=1e-6, atol=1e-9)
        for name in ("space_scale", "pixel_scale", "t", "f", "c"):
            np.testing.assert_allclose(found[key].attrs[name], expected[key].attrs[name])


def test_metres_and_thousands_of_pixels(data):
    plain = data[KEY]
    units = normalize(data, space_scale=1000, pixel_scale=500)[KEY]
    for name in ("p3w", "p3c"):
        np.testing.assert_allclose(units[name], plain.arrays[name] / 1000)
    np.testing.assert_allclose(units["p2"], plain.arrays["p2"] / 500)
    np.testing.assert_allclose(units.attrs["t"], plain.attrs["t"] / 1000)
    np.testing.assert_allclose(units.attrs["f"], F / 500)
    np.testing.assert_allclose(units.attrs["c"], C / 500)
    np.testing.assert_array_equal(units.attrs["r"], plain.attrs["r"])
    assert (units.attrs["space_scale"], units.attrs["pixel_scale"]) == (1000, 500)
    assert (units.attrs["fps"], units.attrs["n_frames"]) == (50, 12)


def test_what_goes_in_stays_as_it_is(data):
    before = {name: array.copy() for name, array in data[KEY].arrays.items()}
    attrs = dict(data[KEY].attrs)
    made = normalize(data, space_scale=10, fps=25, skeleton_id="s14", scale_to_height=True)[KEY]
    assert sorted(made) == ["p2", "p3c", "p3w"]
    for name in made:
        assert made[name].shape[:2] == (6, 14)
        np.testing.assert_array_equal(data[KEY].arrays[name], before[name])
    assert data[KEY].attrs == attrs
    np.testing.assert_array_equal(data[KEY].attrs["t"], [10, 20, 6000])


def test_consistent_pose_and_projection(data):
    """With both, the pinhole of the attributes explains the arrays exactly, in any units."""
    plain = data[KEY]
    made = normalize(
        data, space_scale=1000, pixel_scale=700, consistent_pose=True, consistent_projection=True
    )[KEY]
    p3c = Rotation.from_matrix(plain.attrs["r"]).apply(plain.arrays["p3w"].reshape(-1, 3))
    p3c = (p3c + plain.attrs["t"]).reshape(-1, 16, 3)
    p2 = p3c[..., :2] / p3c[..., 2:] * F + C
    np.testing.assert_allclose(made["p3c"], p3c / 1000)
    np.testing.assert_allclose(made["p2"], p2 / 700)
    f, c = fit_intrinsics(made["p3c"].reshape(-1, 3), made["p2"].reshape(-1, 2))
    np.testing.assert_allclose([f, c], [made.attrs["f"], made.attrs["c"]])
    t = fit_rigid(made["p3w"].reshape(-1, 3), made["p3c"].reshape(-1, 3))[1]
    np.testing.assert_allclose(t, made.attrs["t"], atol=1e-9)


def test_consistent_projection_alone_projects_the_measured_pose(data):
    made = normalize(data, consistent_projection=True)[KEY]
    np.testing.assert_allclose(made["p3c"], data[KEY].arrays["p3c"])
    np.testing.assert_allclose(made["p2"], project(data[KEY].arrays["p3c"], F, C))


@pytest.mark.parametrize(("fps", "stride"), [(50, 1), (25, 2), (10, 5), (7.143, 7), (9.99, 5)])
def test_rates(data, fps, stride):
    made = normalize(data, fps=fps)[KEY]
    for name in ("p3w", "p3c", "p2"):
        np.testing.assert_array_equal(made[name], data[KEY].arrays[name][::stride])
    assert made.attrs["fps"] == fps
    assert made.attrs["n_frames"] == len(made["p3w"])


@pytest.mark.parametrize("fps", [30, 100, 49])
def test_rates_that_do_not_divide_the_datas(data, fps):
    with pytest.raises(SpecError, match=rf"{fps} does not divide the 50 Hz .*anna.* 50, 25, 16\.6"):
        normalize(data, fps=fps)


def test_rate_of_data_without_one():
    data = Dataset({"a": PoseSequence({"p3w": poses(0)}, {})}, {"skeleton_id": "s16"})
    with pytest.raises(SpecError, match="'a' has no frame rate"):
        normalize(data, fps=10)


def test_number_of_frames_of_data_that_do_not_say_it():
    attrs = {"fps": 50.0}
    data = Dataset({"a": PoseSequence({"p3w": poses(0)}, attrs)}, {"skeleton_id": "s16"})
    assert normalize(data)["a"].attrs["n_frames"] == 12
    assert normalize(data, fps=10)["a"].attrs["n_frames"] == 3


def test_another_skeleton(data):
    made = normalize(data, skeleton_id="s14")
    assert made.attrs == {"skeleton_id": "s14", "source": "made up"}
    columns = [S16.joint_index(joint) for joint in S14.joints]
    for name in ("p3w", "p3c", "p2"):
        np.testing.assert_array_equal(made[KEY][name], data[KEY].arrays[name][:, columns])
    with pytest.raises(SpecError, match="unknown skeleton 's15'"):
        normalize(data, skeleton_id="s15")
    with pytest.raises(SpecError, match="no converter from skeleton 's16' to 's24'"):
        normalize(data, skeleton_id="s24")


def height(p3w):
    feet = (p3w[:, S16.joint_index("l_ankle")] + p3w[:, S16.joint_index("r_ankle")]) / 2
    return np.linalg.norm(p3w[:, S16.joint_index("head")] - feet, axis=-1).max()


@pytest.mark.parametrize("skeleton_id", ["s16", "s14"])
def test_heights_are_taken_over_the_train_frames_of_the_whole(data, skeleton_id):
    tall = data["anna/run eval/c1"].arrays["p3w"]
    tall *= 3  # only an eval take: must not count
    chosen = filter_dataset(data, modes=["eval"], camera_idxs=[0])
    made = normalize(chosen, data, scale_to_height=True, skeleton_id=skeleton_id)
    expected = height(data[KEY].arrays["p3w"])
    assert made["anna/run eval/c1"].attrs["space_scale"] == pytest.approx(expected)
    ben = normalize(data, scale_to_height=True, fps=10)["ben/walk train/c5"]
    assert ben.attrs["space_scale"] == pytest.approx(height(poses(2)))
    np.testing.assert_allclose(ben["p3w"], poses(2)[::5] / height(poses(2)))
    np.testing.assert_allclose(ben.attrs["t"] * height(poses(2)), [10, 40, 6000])


def test_height_of_a_subject_without_train_frames_is_over_all_there_are(data):
    evaluated = filter_dataset(data, modes=["eval"])
    made = normalize(evaluated, scale_to_height=True)["anna/run eval/c1"]
    assert made.attrs["space_scale"] == pytest.approx(height(poses(1)))


@pytest.mark.parametrize("rate", [30000 / 1001, 29.97, 29.96])
def test_a_rate_of_television_is_thinned_as_if_it_were_whole(data, rate):
    for view in data.values():
        view.attrs["fps"] = rate
    assert normalize(data, fps=10)[KEY].attrs["fps"] == 10
    with pytest.raises(SpecError, match="does not divide"):
        normalize(data, fps=9.9)


@pytest.mark.parametrize("tall, is_error", [(9000.0, True), (4000.0, False)])
def test_a_frame_in_which_a_joint_is_far_off_is_named(data, caplog, tall, is_error):
    for view in data.values():
        view.arrays["p3w"][5, S16.joint_index("head"), 2] = tall
    problem = r"subject 'anna' is \d{4} mm tall in frame 5 of anna/walk train/c9, .*a joint is far"
    if is_error:
        with pytest.raises(DataError, match=problem):
            normalize(data, scale_to_height=True)
    else:
        expected = height(data[KEY].arrays["p3w"])
        assert normalize(data, scale_to_height=True)[KEY].attrs["space_scale"] == expected
        assert re.match(f"note: {problem}", caplog.messages[0])
    caplog.clear()
    normalize(data)  # in mm, no height counts
    assert not caplog.messages


def test_a_subject_who_mostly_sits_is_as_tall_as_when_standing(data, caplog):
    for view in data.values():
        view.arrays["p3w"][...] = people()
        view.arrays["p3w"][1:, S16.joint_index("head"), 2] = 1150
    normalize(data, scale_to_height=True)
    assert not caplog.messages


def test_heights_pass_over_missing_joints(data):
    p3w = data["ben/walk train/c1"].arrays["p3w"]
    p3w[::2, S16.joint_index("head")] = np.nan
    made = normalize(data, scale_to_height=True)["ben/walk train/c1"]
    assert made.attrs["space_scale"] == pytest.approx(height(poses(2)[1::2]))
    p3w[:, S16.joint_index("head")] = np.nan
    with pytest.raises(DataError, match="subject 'ben' has no frame from which to take its height"):
        normalize(data, scale_to_height=True)


@pytest.mark.usefixtures("registered")
def test_image_points_of_a_detector_can_be_demanded(data):
    with pytest.raises(
        DataError, match=r"image_points 'detected': no .* \(anna/run eval/c9\): give"
    ):
        load_dataset(spec(image_points="detected"), "eval")
    for sequence in data.values():
        sequence.attrs["image_points"] = "detected"
    assert len(load_dataset(spec(image_points="detected"), "eval")) == 3
    computed = {"consistent_projection": True}
    made = load_dataset(spec(normalize_kwargs=computed), "eval")
    assert "image_points" not in made["anna/run eval/c1"].attrs
    with pytest.raises(ValueError, match="consistent_projection computes others"):
        spec(image_points="detected", normalize_kwargs=computed)


@pytest.mark.usefixtures("registered")
def test_an_error_of_a_height_names_the_data_set(data):
    data["ben/walk train/c1"].arrays["p3w"][3, S16.joint_index("head")] = np.inf
    in_heights = spec(normalize_kwargs={"scale_to_height": True})
    with pytest.raises(DataError, match=f"data set '{in_heights.type}': subject 'ben' is inf mm"):
        load_dataset(in_heights, "train")


def test_a_height_that_is_not_finite_is_refused(data):
    data["ben/walk train/c1"].arrays["p3w"][3, S16.joint_index("head")] = np.inf
    with pytest.raises(DataError, match="subject 'ben' is inf mm tall: its poses cannot be right"):
        normalize(data, scale_to_height=True)


def test_nothing_is_read_before_use(data, reads):
    made = normalize(filter_dataset(data, modes=["train"]), data, fps=25, space_scale=1000)
    assert not reads
    _ = made[KEY]["p2"]
    assert reads == {"p2": 1}
    for _ in range(3):
        _ = made[KEY]["p2"], made[KEY]["p3w"]
    assert reads == {"p2": 1, "p3w": 1}


def test_lazy_arrays_stay_unmade(data):
    def unused():
        raise AssertionError("made too early")

    arrays = dict.fromkeys(("p3w", "p3c", "p2"), unused)
    lazy = {key: PoseSequence(arrays, sequence.attrs) for key, sequence in data.items()}
    made = normalize(one_view_each(filter_dataset(Dataset(lazy, data.attrs))), space_scale=1000)
    assert list(made["ben/walk train/c9"]) == ["p3w", "p3c", "p2"]
    with pytest.raises(AssertionError, match="made too early"):
        made["ben/walk train/c9"]["p2"]


def test_heights_are_measured_once_for_each_take(data, reads):
    normalize(data, scale_to_height=True)
    assert reads == {"p3w": 2}  # two subjects with one train take each, three cameras


def test_an_hdf5_group_is_a_data_set(data, tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file.attrs["skeleton_id"] = "s16"
        for i, sequence in enumerate(data.values()):
            group = file.create_group(f"sequence {i}")
            group.attrs.update(sequence.attrs)
            for name, array in sequence.arrays.items():
                group[name] = array
        kwargs = {"scale_to_height": True, "fps": 10, "skeleton_id": "s14", "pixel_scale": 1000}
        chosen = filter_dataset(file, modes=["train"], camera_idxs=[0])
        made = normalize(one_view_each(chosen), file, **kwargs)
        plain = filter_dataset(data, modes=["train"], camera_idxs=[0])
        expected = normalize(one_view_each(plain), data, **kwargs)
        assert len(made) == len(expected) == 2
        for a, b in zip(made.values(), expected.values(), strict=True):
            for name in ("p3w", "p3c", "p2"):
                np.testing.assert_allclose(a[name], b[name])
            assert {k: np.asarray(v).tolist() for k, v in a.attrs.items()} == {
                k: np.asarray(v).tolist() for k, v in b.attrs.items()
            }


def moving(n: int) -> dict:
    """Extrinsics of a camera that moves."""
    turns = Rotation.from_rotvec(np.linspace([0, 1.5, 0.2], [0.3, 1.5, 0], n))
    return {"r": turns.as_matrix(), "t": np.linspace([0, 20, 6000], [90, 20, 5000], n)}


def test_a_camera_that_moves(tmp_path):
    """Longer than the limit of HDF5 on the size of an attribute, 64 KiB."""
    p3w = np.resize(poses(0), (1200, 16, 3))
    attrs = {**moving(1200), "f": F, "c": C, "fps": 50.0}
    data = Dataset({"a": PoseSequence({"p3w": p3w}, attrs)}, {"skeleton_id": "s16"})
    write_dataset(tmp_path / "a.h5", data)
    stored = read_dataset(tmp_path / "a.h5")["a"]
    for name in ("r", "t"):
        np.testing.assert_array_equal(stored.attrs[name], attrs[name])
    kwargs = {"fps": 10, "space_scale": 1000, "consistent_projection": True}
    made = normalize(Dataset({"a": stored}, data.attrs), **kwargs)["a"]
    for i in (0, 100, 239):
        p3c = p3w[5 * i] @ attrs["r"][5 * i].T + attrs["t"][5 * i]
        np.testing.assert_allclose(made["p3c"][i], p3c / 1000)
        np.testing.assert_allclose(made["p2"][i], p3c[:, :2] / p3c[:, 2:] * F + C)
        np.testing.assert_allclose(made.attrs["t"][i], attrs["t"][5 * i] / 1000)


@pytest.mark.parametrize("still", ["r", "t"])
def test_a_camera_that_only_turns_or_only_slides(still, tmp_path):
    """What stays is given once, and means the same as if it were given for every frame."""
    attrs = {**moving(30), "f": F, "c": C, "fps": 50.0}
    attrs[still] = attrs[still][0]
    whole = attrs | {still: np.repeat(attrs[still][None], 30, axis=0)}
    p3w = np.resize(poses(0), (30, 16, 3))
    made = []
    for name, given in (("a", attrs), ("b", whole)):
        data = Dataset({"x": PoseSequence({"p3w": p3w}, given)}, {"skeleton_id": "s16"})
        write_dataset(tmp_path / f"{name}.h5", data)
        stored = read_dataset(tmp_path / f"{name}.h5")["x"]
        kwargs = {"fps": 10, "consistent_projection": True}
        made.append(normalize(Dataset({"x": stored}, data.attrs), **kwargs)["x"])
    np.testing.assert_array_equal(made[0]["p3c"], made[1]["p3c"])
    np.testing.assert_array_equal(made[0]["p2"], made[1]["p2"])


def test_texts_of_fixed_length_and_numbers_of_subjects(tmp_path):
    """As MATLAB writes texts, and as users number their subjects."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["skeleton_id"] = np.bytes_(b"s16")
        file["S1/a/p3w"] = poses(0)[:2]
        file["S1/a"].attrs["action"] = np.bytes_(b"walk")
    data = read_dataset(tmp_path / "a.h5")
    assert (data.attrs["skeleton_id"], data["S1/a"].attrs["action"]) == ("s16", "walk")
    numbered = Dataset({"a": PoseSequence({"p3w": poses(0)}, {"subject_id": 1})}, data.attrs)
    with pytest.raises(SpecError, match="no sequence has subject_id 'S1': there are 1"):
        filter_dataset(numbered, subject_ids=["S1"])


@pytest.mark.parametrize(
    "change, message",
    [
        ({"t": None}, "r needs t"),
        ({"r": 2 * np.eye(3)}, "r: expected orthonormal matrices"),
        ({"mode": "Train"}, "mode: expected 'train' or 'eval', got 'Train'"),
        ({"f": np.array([-1000.0, 1000.0])}, "f: expected positive numbers"),
        ({"fps": "ten"}, "fps: expected a positive number, got 'ten'"),
        ({"image_size": "1000x1000"}, "image_size: expected finite numbers of shape"),
        ({"has_floor": "no"}, "has_floor: expected true or false, got 'no'"),
    ],
)
def test_attributes_that_cannot_be(change, message):
    attrs = {"r": np.eye(3), "t": np.zeros(3), **change}
    known = {name: value for name, value in attrs.items() if value is not None}
    with pytest.raises(DataError, match=f"file: a: {message}"):
        complete_attrs(known, "a", 2, "file: a")


def test_a_projection_needs_a_camera():
    sequence = PoseSequence({"p3w": poses(0), "p2": poses(0)[..., :2]}, {"f": F, "c": C})
    data = Dataset({"a/b": sequence}, {"skeleton_id": "s16"})
    made = normalize(data, consistent_projection=True)["a/b"]
    assert made["p3w"].shape == sequence["p3w"].shape  # a GAN learns without cameras
    with pytest.raises(SpecError, match="consistent_projection: sequence 'a/b' has no r, t of"):
        made["p2"]


@pytest.mark.parametrize("name, values", [("r", moving(3)["r"]), ("t", np.full((2, 3), np.nan))])
def test_a_camera_of_other_frames_is_refused(tmp_path, name, values):
    attrs = {**moving(2), name: values, "f": F, "c": C}
    sequence = PoseSequence({"p3w": poses(0)[:2]}, attrs)
    write_dataset(tmp_path / "a.h5", Dataset({"a": sequence}, {"skeleton_id": "s16"}))
    with pytest.raises(DataError, match=rf"a\.h5: a: {name}: expected finite .* or \(2, 3"):
        read_dataset(tmp_path / "a.h5")


def test_data_without_cameras_has_only_poses():
    data = Dataset({"a": PoseSequence({"p3w": poses(0)}, {})}, {"skeleton_id": "s16"})
    made = normalize(data, consistent_pose=True, consistent_projection=True, space_scale=1000)
    assert list(made["a"]) == ["p3w"]
    np.testing.assert_allclose(made["a"]["p3w"], poses(0) / 1000)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_normalized_poses_stand_above_the_origin_and_face_front(dtype):
    p = (poses(5).reshape(3, 4, 16, 3) / 1000 + [4, -2, 0]).astype(dtype)
    made = normalized_poses(p, S16)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    assert made.dtype == dtype
    np.testing.assert_allclose(made[..., S16.root_index, :2], 0, atol=tolerance)
    np.testing.assert_array_equal(made[..., 2], p[..., 2])
    hips = made[..., S16.joint_index("l_hip"), :] - made[..., S16.joint_index("r_hip"), :]
    assert (hips[..., 0] > 0).all()
    np.testing.assert_allclose(hips[..., 1], 0, atol=tolerance)
    np.testing.assert_allclose(normalized_poses(made, S16), made, atol=tolerance)
    distances = [
        np.linalg.norm(x[..., :, None, :] - x[..., None, :, :], axis=-1) for x in (p, made)
    ]
    np.testing.assert_allclose(*distances, atol=tolerance)


def test_normalized_poses_do_not_depend_on_place_and_heading():
    p, turn = poses(6), Rotation.from_euler("z", 2.1).as_matrix()
    moved = p @ turn.T + [500, -700, 0]
    np.testing.assert_allclose(normalized_poses(moved, S16), normalized_poses(p, S16), atol=1e-9)


@pytest.fixture
def registered(data, monkeypatch):
    for name in ("_loaders", "_datasets"):
        monkeypatch.setattr(register, name, dict(getattr(register, name)))
    calls = []
    register.register_dataset("made-up", lambda: calls.append(1) or data)
    return calls


def spec(**keys):
    return DatasetSpec.model_validate({"type": "made-up", **keys})


def test_load_dataset(data, registered):
    assert registered == []
    trained, evaluated = (load_dataset(spec(), mode) for mode in ("train", "eval"))
    assert (len(trained), len(evaluated)) == (6, 3)
    assert registered == [1]
    both = load_dataset(spec(filter_kwargs={"modes": ["eval", "train"]}), "train")
    assert len(both) == 9
    made = load_dataset(
        spec(
            filter_kwargs={"camera_idxs": 1, "subject_ids": "anna"},
            normalize_kwargs={"skeleton_id": "s14", "scale_to_height": True, "fps": 10},
        ),
        "eval",
    )
    assert list(made) == ["anna/run eval/c5"]
    expected = data["anna/run eval/c5"].arrays["p3w"][::5] / height(poses(0))
    columns = [S16.joint_index(joint) for joint in S14.joints]
    np.testing.assert_allclose(made["anna/run eval/c5"]["p3w"], expected[:, columns])


def two_views(**changes):
    """A data set of two views, with other arrays or attributes in one of them."""
    r, t = Rotation.from_rotvec([1.5, 0.1, 0.2]).as_matrix(), np.array([10.0, 900.0, 5000.0])
    p3w = poses(0)
    content = {
        "p3w": p3w, "p2": project(transform_frame(p3w, r, t), F, C), "r": r, "t": t, "f": F, "c": C
    }  # fmt: skip

    def view(content):
        arrays = {name: content[name] for name in ("p3w", "p2")}
        attrs = {name: content[name] for name in ("r", "t", "f", "c")}
        return PoseSequence(arrays, {**attrs, "mode": "eval", "fps": 50.0})

    changed = {name: change(content[name]) for name, change in changes.items()}
    views = {"a/walk/c0": view(content), "a/walk/c1": view({**content, **changed})}
    return Dataset(views, {"skeleton_id": "s16"})


def with_noise(p2):
    return p2 + np.random.default_rng(0).normal(scale=15, size=p2.shape)


def without_joints(p2):
    return np.where(np.arange(p2.shape[1])[:, None] < 3, p2, np.nan)


def through_a_wide_lens(p2):
    xy = (p2 - C) / F
    return p2 - 0.3 * np.sum(xy**2, axis=-1, keepdims=True) * xy * F


def of_frames(attr):
    return np.stack([attr] * 12)


def notes_of(caplog, check):
    """The notes that a check of data sets has written."""
    return [r.getMessage() for r in caplog.records if r.name == f"human_pose_util.dataset.{check}"]


FAR = r"note: p2 is far from the projection of p3w, .* times .* in a/walk/c1 \(1 of 2 sequences"


@pytest.mark.parametrize(
    "changes",
    [
        {"p2": lambda p2: p2 / 1000},
        {"p2": lambda p2: p2[:, S16.mirror]},
        {"r": np.transpose},
        {"t": lambda t: t / 1000},
        {"p3w": lambda p3w: p3w[..., [0, 2, 1]]},
        {"p3w": lambda p3w: p3w + [1000, 0, 0]},
    ],
    ids=["unit of p2", "left and right", "r transposed", "unit of t", "y up", "place"],
)
def test_image_points_far_from_the_poses_are_noted(registered, caplog, changes):
    register.register_dataset("made-up", lambda: two_views(**changes))
    load_dataset(spec(), "eval")
    (note,) = notes_of(caplog, "image_check")
    assert re.match(FAR, note)
    caplog.clear()
    load_dataset(spec(normalize_kwargs={"consistent_projection": True}), "eval")
    load_dataset(spec(filter_kwargs={"modes": "eval"}), "train")
    assert not notes_of(caplog, "image_check")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"p2": with_noise},
        {"p2": without_joints},
        {"p2": lambda p2: with_noise(without_joints(p2))},
        {"p2": through_a_wide_lens},
        {"p2": lambda p2: np.full_like(p2, np.nan)},
        {"r": of_frames, "t": of_frames},
        {"p2": lambda p2: p2[:5, :3]},  # whoever uses the sequence reports that
    ],
)
def test_image_points_near_the_poses_are_not_noted(registered, caplog, changes):
    register.register_dataset("made-up", lambda: two_views(**changes))
    load_dataset(spec(), "eval")
    assert not notes_of(caplog, "image_check")


def people() -> np.ndarray:
    """[12, 16, 3] poses of someone who stands, whose head is 1.6 m above the feet [mm]."""
    p3w = poses(0)
    p3w[:, S16.joint_index(S16.head), 2] = 1600
    p3w[:, [S16.joint_index(foot) for foot in S16.feet], 2] = 0
    return p3w


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize(
    "change, is_noted",
    [
        (lambda p3w: p3w, False),
        (lambda p3w: np.where(np.arange(len(p3w))[:, None, None] < 4, np.nan, p3w), False),
        (lambda p3w: p3w[..., [2, 0, 1]] * 0, False),  # whose head is at the feet
        (lambda p3w: p3w[..., [0, 2, 1]], True),
        (lambda p3w: p3w * [1, -1, -1], True),
    ],
    ids=["z up", "missing frames", "a point", "y up", "upside down"],
)
def test_people_who_do_not_stand_upright_are_noted(registered, caplog, mode, change, is_noted):
    def dataset(**attrs):
        sequence = PoseSequence({"p3w": change(people())}, {"mode": mode, **attrs})
        return Dataset({"a/walk": sequence}, {"skeleton_id": "s16"})

    register.register_dataset("made-up", dataset)
    load_dataset(spec(), mode)
    expected = ["note: the heads are not above the feet in most frames (as in a/walk): z has to "
                "point up in p3w"]  # fmt: skip
    assert notes_of(caplog, "vertical_check") == expected * is_noted
    caplog.clear()
    register.register_dataset("made-up", lambda: dataset(has_floor=False))
    load_dataset(spec(), mode)
    assert not caplog.records


def test_a_note_is_written_once_however_often_the_data_are_loaded(registered, caplog):
    sequence = PoseSequence({"p3w": people() * [1, -1, -1]}, {"mode": "train"})
    register.register_dataset("made-up", lambda: Dataset({"a": sequence}, {"skeleton_id": "s16"}))
    for _ in range(2):
        load_dataset(spec(), "train")
    assert len(notes_of(caplog, "vertical_check")) == 1


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda p3w: p3w, None),
        (lambda p3w: p3w + [0, 0, 350], None),  # on a bench
        (lambda p3w: np.where(np.arange(12)[:, None, None] % 2, p3w + [0, 0, 1500], p3w), None),
        (lambda p3w: p3w[..., [1, 2, 0]] * [1, 1, 0.1], "heads"),  # lies: upright is what counts
        (lambda p3w: p3w + [0, 0, 1000], r"lowest joints are 0\.\d+ times .* above z = 0"),
        (lambda p3w: p3w - [0, 0, 900], r"lowest joints are 0\.\d+ times .* below z = 0"),
        (lambda p3w: p3w - p3w[:, :1], r"lowest joints are 0\.\d+ times .* below z = 0"),
    ],
    ids=["floor", "bench", "hangs", "lies", "too high", "too low", "root at the origin"],
)
def test_people_who_are_not_on_the_floor_are_noted(registered, caplog, change, expected):
    p3w = people()
    p3w[:, 0] = [100, 200, 950]

    def dataset(**attrs):
        sequence = PoseSequence({"p3w": change(p3w)}, {"mode": "train", **attrs})
        return Dataset({"a/walk": sequence}, {"skeleton_id": "s16"})

    register.register_dataset("made-up", dataset)
    load_dataset(spec(), "train")
    assert len(caplog.messages) == (expected is not None)
    assert expected is None or re.search(expected, caplog.messages[0])
    caplog.clear()
    register.register_dataset("made-up", lambda: dataset(has_floor=False))
    load_dataset(spec(), "train")
    assert not caplog.messages


@pytest.mark.parametrize("share, is_noted", [(1, True), (1 / 3, True), (1 / 12, False)])
def test_joints_that_are_missing_as_zeros_are_noted(registered, caplog, share, is_noted):
    """In one of two sequences, a wrist is written as zeros in some frames, or in all of them."""
    lacks = (np.arange(12) < 12 * share)[:, None]
    wrist = S16.joint_index("l_wrist")

    def dataset():
        dataset = two_views()
        arrays = {name: np.array(dataset["a/walk/c1"][name]) for name in ("p3w", "p2")}
        for array in arrays.values():
            array[:, wrist] = np.where(lacks, 0, array[:, wrist])
        changed = PoseSequence(arrays, dataset["a/walk/c1"].attrs)
        return Dataset({**dataset, "a/walk/c1": changed}, dataset.attrs)

    register.register_dataset("made-up", dataset)
    load_dataset(spec(filter_kwargs={"modes": "eval"}), "train")
    points, joints = ("image points are exactly (0, 0)", "joints in p3w are exactly (0, 0, 0)")
    notes = [f"note: {100 * share / 32:.1f} % of the {what} (as in a/walk/c1): write NaN for a "
             "joint that is missing" for what in (points, joints)]  # fmt: skip
    assert notes_of(caplog, "zero_check") == notes[1:] * is_noted
    caplog.clear()
    load_dataset(spec(), "eval")
    assert notes_of(caplog, "zero_check") == notes[:1] * is_noted


@pytest.mark.parametrize("floor, is_noted", [(0.0, True), (-900.0, False)])
def test_a_joint_that_is_always_zero_may_be_the_origin(registered, caplog, floor, is_noted):
    p3w = people() + [0, 0, floor]
    p3w[:, S16.joint_index("l_wrist")] = 0
    sequence = PoseSequence({"p3w": p3w}, {"mode": "train"})
    register.register_dataset("made-up", lambda: Dataset({"a": sequence}, {"skeleton_id": "s16"}))
    load_dataset(spec(), "train")
    assert len(notes_of(caplog, "zero_check")) == is_noted


def test_load_dataset_without_any_mode(registered):
    with pytest.raises(SpecError, match="no sequence is left with mode in "):
        load_dataset(spec(filter_kwargs={"modes": []}), "train")


def test_load_an_unknown_data_set(registered):
    with pytest.raises(SpecError, match="unknown data set 'made_up': did you mean 'made-up'"):
        load_dataset(spec(type="made_up"), "train")
    with pytest.raises(SpecError, match="unknown data set 'zzz': known: eva, h3m, made-up, mocap"):
        load_dataset(spec(type="zzz"), "train")


def test_a_loader_that_fails_is_asked_again(registered):
    def load():
        registered.append("failed")
        raise DataError("no such folder")

    register.register_dataset("broken", load)
    for _ in range(2):
        with pytest.raises(DataError, match="no such folder"):
            register.get_dataset("broken")
    assert registered == ["failed", "failed"]


def test_defaults_do_not_replace_what_users_register(registered, data):
    register.register_dataset("mocap", lambda: data)
    register_defaults()
    assert register.get_dataset("mocap") is data


def test_lazy_arrays_are_made_once():
    calls = []
    sequence = PoseSequence({"p3w": lambda: calls.append(1) or poses(0), "p2": poses(1)}, {})
    assert (len(sequence), list(sequence), "p3w" in sequence) == (2, ["p3w", "p2"], True)
    assert "p3c" not in sequence
    assert calls == []
    np.testing.assert_array_equal(sequence["p3w"], sequence["p3w"])
    assert calls == [1]
    with pytest.raises(KeyError):
        sequence["p3c"]


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "../a", "a/./b", "a/p3w", "a\0b", 7])
def test_keys_that_could_lead_anywhere_are_refused(registered, key):
    register.register_dataset("odd", lambda: Dataset({key: PoseSequence({}, {})}, {}))
    with pytest.raises(DataError, match=r"expected names joined by '/'"):
        load_dataset(spec(type="odd"), "train")


def test_a_sequence_inside_of_another_is_refused(registered):
    sequences = dict.fromkeys(("a/b", "a/bc", "a/b/c"), PoseSequence({}, {}))
    register.register_dataset("odd", lambda: Dataset(sequences, {}))
    with pytest.raises(DataError, match=r"'a/b/c' is inside another sequence, 'a/b'"):
        load_dataset(spec(type="odd"), "train")


@pytest.mark.parametrize(
    "kwargs, unit",
    [
        ({}, "mm"),
        ({"space_scale": 1000}, "m"),
        ({"space_scale": 10}, "10 mm"),
        ({"space_scale": 1000, "scale_to_height": True}, "subject heights"),
    ],
)
def test_the_unit_of_lengths_has_a_name(kwargs, unit):
    assert NormalizeKwargs(**kwargs).unit == unit
