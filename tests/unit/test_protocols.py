"""The presets of the protocols: which frames, joints and cameras of each data set they choose."""

import numpy as np
import pytest

from human_pose_util.dataset import Dataset, eva_protocol, load_dataset
from human_pose_util.errors import DataError
from human_pose_util.evaluate.report_layout import layout_of
from inference.params import load_inference_params
from tests.helpers import mpi_inf_test_files, pw3d_files
from tests.helpers.h3m_tree import CAMERAS, poses, write_tree
from tests.helpers.humaneva_tree import walk, write_subject

# The published indices among Human3.6M's 32 joints; the pelvis is the middle of the hips.
H36M_17 = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
H36M_14 = [15, 13, 25, 26, 27, 17, 18, 19, 1, 2, 3, 6, 7, 8]  # as s14 orders them


def chosen(inference_id: str) -> Dataset:
    return load_dataset(load_inference_params(inference_id).dataset, default_mode="eval")


@pytest.fixture(scope="module")
def h3m(tmp_path_factory):
    folder = tmp_path_factory.mktemp("h3m")
    takes = [("S1", "Walking"), ("S9", "Walking"), ("S11", "Photo 1")]
    write_tree(folder, takes, n_frames=130)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("H3M_PATH", str(folder))
        yield


@pytest.mark.parametrize("n_joints, joints", [(17, H36M_17), (14, H36M_14)])
@pytest.mark.parametrize("step", [5, 64])
@pytest.mark.usefixtures("h3m")
def test_human36m(n_joints, joints, step):
    dataset = chosen(f"h3m_{n_joints}joints_every{step}")
    assert len(dataset) == 2 * len(CAMERAS)
    assert {s.attrs["subject_id"] for s in dataset.values()} == {"S9", "S11"}
    sequence = dataset["S9/Walking/60457274"]
    all_joints = poses(135, sum(map(ord, "S9Walking")))[0:130:step] / 1000
    all_joints[:, 0] = (all_joints[:, 1] + all_joints[:, 6]) / 2
    np.testing.assert_allclose(sequence["p3w"], all_joints[:, joints], atol=1e-6)
    assert sequence["p2"].shape == (len(all_joints), n_joints, 2)


@pytest.mark.usefixtures("h3m")
def test_exact_image_points_are_not_taken_for_those_of_a_detector():
    named = r"no detector found those of data set 'h3m' \(S9/.*: H3M_PATH .*data_2d_h36m_cpn_ft_h36"
    with pytest.raises(DataError, match=named):
        chosen("h3m_17joints_detected")


def test_humaneva(tmp_path, monkeypatch):
    """Three of the five actions, as three of the seven cameras see them, at 60 Hz."""
    recordings = dict.fromkeys(("Walking_1", "Jog_1", "Box_1", "Gestures_1"), walk(30))
    monkeypatch.setitem(eva_protocol.PARTITIONS, "S1", ((2, 9),) * 5)
    syncs = dict.fromkeys(("C1", "C2", "C3", "BW1"), (0, 0.0, 2.0))
    write_subject(tmp_path / "HumanEva", "S1", recordings, syncs)
    monkeypatch.setenv("HUMAN_EVA_1_PATH", str(tmp_path / "HumanEva"))
    dataset = chosen("eva_15joints")
    assert len(dataset) == 9
    assert {s.attrs["action"] for s in dataset.values()} == {"Walking", "Jog", "Box"}
    assert {s.attrs["camera_id"] for s in dataset.values()} == {"C1", "C2", "C3"}
    assert dataset["S1/Jog_1/eval/C2"]["p3w"].shape == (7, 15, 3)


@pytest.mark.parametrize("trained_on", ["h3m", "cmu"])
def test_the_test_set_of_mpi_inf(tmp_path, monkeypatch, trained_on):
    written = mpi_inf_test_files.write_test_set(tmp_path)
    monkeypatch.setenv("MPI_INF_TEST_PATH", str(tmp_path))
    dataset = chosen(f"mpi_inf_test_{trained_on}")
    layout = layout_of("mpi_inf_test")
    rows = {key: layout.row(key, s.attrs) for key, s in dataset.items()}
    assert rows == {"TS1": "Green screen", "TS5": "Outdoor"}
    for name, (p3c, valid) in written.items():
        f, c = mpi_inf_test_files.CAMERAS[name]
        true = p3c[valid == 1, :14]
        universal = mpi_inf_test_files.UNIVERSAL * true / 1000
        np.testing.assert_allclose(dataset[name]["p3c"], universal, atol=1e-6)
        image = mpi_inf_test_files.image(true, f, c) / 1000
        np.testing.assert_allclose(dataset[name]["p2"], image, atol=1e-6)


@pytest.mark.parametrize("preset, n_seen", [("h3m", 14), ("cmu", 14), ("cmu_detected", 12)])
def test_3dpw(tmp_path, monkeypatch, preset, n_seen):
    """Every valid frame of the test sequences; detectors find arms and legs."""
    pw3d_files.write_tree(tmp_path)
    monkeypatch.setenv("PW3D_PATH", str(tmp_path))
    dataset = chosen(f"pw3d_{preset}")
    assert list(dataset) == ["walk_00/0", "walk_00/1"]
    assert layout_of("pw3d").row("walk_00/1", dataset["walk_00/1"].attrs) == "walk_00"
    for sequence in dataset.values():
        assert sequence["p3w"].shape == (5, 14, 3)
        assert np.isfinite(sequence["p2"]).all(axis=(0, 2)).sum() == n_seen


def test_the_presets_search_as_the_best_presets_do():
    """Those of detected points as `mocap_best_detected` and, in films, `mocap_best_film` do."""
    for dataset, names in {
        "h3m": ["17joints_every5", "17joints_every64", "17joints_detected",
                "14joints_every5", "14joints_every64"],
        "eva": ["15joints"],
        "mpi_inf_test": ["h3m", "cmu"],
        "pw3d": ["h3m", "cmu", "cmu_detected"],
    }.items():  # fmt: skip
        for name in names:
            params = load_inference_params(f"{dataset}_{name}")
            best = "eva_best" if dataset == "eva" else "h3m_best"
            if "detected" in name:
                best = "mocap_best_film" if dataset == "pw3d" else "mocap_best_detected"
            best = load_inference_params(best)
            own = {"dataset", "gan_id", "camera"}
            assert params.model_dump(exclude=own) == best.model_dump(exclude=own)
            assert params.dataset.type == dataset
            knows_floor = dataset in ("h3m", "eva")
            assert params.camera.extrinsics == ("known" if knows_floor else "unknown")
