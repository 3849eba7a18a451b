"""Reports on inferred poses: right numbers, caching, what is missing, and the command lines."""

import csv
import fcntl
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.spatial.transform import Rotation

import eva_report
import h3m_report
import report as report_script
from command_line import entry as cli
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, PoseSequence
from human_pose_util.dataset.spec import VARIABLES
from human_pose_util.errors import DataError
from human_pose_util.evaluate import error_cache, report_formats
from human_pose_util.evaluate.data_signature import DATA_SIGNATURE, data_signature
from human_pose_util.evaluate.error_cache import Errors
from human_pose_util.evaluate.error_report import ErrorReport, SequenceErrors
from human_pose_util.evaluate.joint_errors import collect_joint_errors
from human_pose_util.evaluate.measures import MEASURES, Mean
from human_pose_util.evaluate.report_comparison import (
    comparison_csv,
    comparison_table,
    comparison_text,
)
from human_pose_util.evaluate.report_layout import DEFAULT_LAYOUT, LAYOUTS, ReportLayout, layout_of
from human_pose_util.evaluate.run_evaluation import evaluate_run
from human_pose_util.evaluate.table import Table
from human_pose_util.files import atomic
from human_pose_util.skeleton import S14
from human_pose_util.transforms import transform_frame

ROOT = Path(report_script.__file__).parent
KEYS = {  # key → action, frames
    "S1/Jog 1/C1": ("Jog", 8),
    "S1/Box 1/C1": ("Box", 5),
    "S2/Box 1/C1": ("Box", 6),
    "S2/Walking 1/C1": ("Walking", 4),
}
INFERENCE = "run"


def poses(seed: int, n: int) -> np.ndarray:
    """(n, 14, 3) mm: points about 1 m above the floor that drift from frame to frame. The head is
    above the feet.
    """
    rng = np.random.default_rng(seed)
    drift = np.cumsum(rng.normal(0, 30, (n, 1, 3)) + rng.normal(0, 10, (n, S14.n_joints, 3)), 0)
    place = rng.normal(0, 300, (S14.n_joints, 3))
    place[S14.joint_index(S14.head), 2] += 2000
    return place + drift + [0, 0, 1000]


def dataset(keys=KEYS) -> Dataset:
    """A data set in mm, with train frames besides."""

    def sequence(key: str, mode: str) -> PoseSequence:
        action, n = keys[key]
        subject_id, sequence_id, camera_id = key.split("/")
        attrs = {
            "subject_id": subject_id, "sequence_id": sequence_id, "camera_id": camera_id,
            "mode": mode, "fps": 10.0, "n_frames": n, "action": action,
        }  # fmt: skip
        return PoseSequence({"p3w": poses(list(keys).index(key), n)}, attrs)

    sequences = {key: sequence(key, "eval") for key in keys}
    sequences["S1/Train 1/C1"] = PoseSequence(
        {"p3w": poses(99, 3)}, {**sequences["S1/Jog 1/C1"].attrs, "mode": "train", "n_frames": 3}
    )
    return Dataset(sequences, {"skeleton_id": "s14"})


def truth_in_metres() -> Dataset:
    def metres(s: PoseSequence) -> PoseSequence:
        return PoseSequence({"p3w": s["p3w"] / 1000}, {**s.attrs, "space_scale": 1000.0})

    whole = dataset()
    return Dataset({key: metres(whole[key]) for key in KEYS}, whole.attrs)


def guess(key: str) -> np.ndarray:
    """Poses [m] that are off by noise, and by another similarity in every frame."""
    action, n = KEYS[key]
    rng = np.random.default_rng(10 * n + len(action))
    noisy = poses(list(KEYS).index(key), n) / 1000 + rng.normal(0, 0.05, (n, S14.n_joints, 3))
    turn = Rotation.from_rotvec(np.outer(rng.normal(0, 0.2, n), [0, 0, 1])).as_matrix()
    return 0.9 * noisy @ np.swapaxes(turn, -1, -2) + rng.normal(0, 0.1, (n, 1, 3))


def reference(pred: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Distances (n_points,) after the best similarity without reflection, by SciPy."""
    a, b = pred - pred.mean(axis=0), true - true.mean(axis=0)
    turned = Rotation.align_vectors(b, a)[0].apply(a)
    return np.linalg.norm(np.sum(b * turned) / np.sum(a * a) * turned - b, axis=-1)


def write_results(path: Path, keys=KEYS, infer=guess, inference_id=INFERENCE) -> None:
    with h5py.File(path, "a") as file:
        for key in keys:
            group = file.require_group(inference_id).create_group(key)
            group["p3w"] = infer(key).astype(np.float32)
            group.attrs.update({"space_scale": 1000.0, "skeleton_id": "s14"})


@pytest.fixture
def results(tmp_path):
    path = tmp_path / "results.hdf5"
    write_results(path)
    return path


def report_on(path: Path, truth=None, **kwargs):
    truth = truth_in_metres() if truth is None else truth
    return evaluate_run(path, INFERENCE, truth, LAYOUTS["eva"], "toy", **kwargs)


# Numbers


def test_errors_agree_with_an_independent_fit(results):
    report = report_on(results)
    assert [s.key for s in report.sequences] == list(KEYS)
    frames, wholes = {}, {}
    for s in report.sequences:
        pred, true = guess(s.key).astype(np.float32), 1000 * truth_in_metres()[s.key]["p3w"]
        frames[s.key] = [reference(p, t).mean() for p, t in zip(pred, true, strict=True)]
        wholes[s.key] = reference(pred.reshape(-1, 3), true.reshape(-1, 3)).mean()
        assert s.errors.individual_proc_err == pytest.approx(np.mean(frames[s.key]), rel=1e-6)
        assert s.errors.sequence_proc_err == pytest.approx(wholes[s.key], rel=1e-6)
        assert 20 < s.errors.individual_proc_err < s.errors.sequence_proc_err
    total = report.total
    assert (total.n_sequences, total.n_frames, total.n_left_out) == (4, 23, 0)
    assert total.individual_proc_err == pytest.approx(np.mean(np.concatenate([*frames.values()])))
    weighted = sum(wholes[key] * n for key, (_, n) in KEYS.items()) / 23
    assert total.sequence_proc_err == pytest.approx(weighted)


@pytest.mark.parametrize("moves", [False, True])
def test_poses_in_the_frame_of_a_camera_are_compared_there_where_it_moves(tmp_path, moves):
    """Perfect poses have no error, whether the camera of the data set stands or moves."""
    seen = {}
    for key, sequence in truth_in_metres().items():
        n = len(sequence["p3w"])
        angles = np.linspace(0, 1.5, n) if moves else [0.4]
        r = Rotation.from_rotvec(np.outer(angles, [0, 0, 1])).as_matrix()
        t = np.outer(angles, [1.0, 2.0, 3.0])
        if not moves:
            r, t = r[0], t[0]
        p3c = transform_frame(sequence["p3w"], r, t)
        arrays = {"p3w": sequence["p3w"], "p3c": p3c}
        seen[key] = PoseSequence(arrays, {**sequence.attrs, "r": r, "t": t})
    whole = Dataset(seen, {"skeleton_id": "s14"})
    write_results(tmp_path / "r.hdf5", infer=lambda key: whole[key]["p3c"])
    with h5py.File(tmp_path / "r.hdf5", "a") as file:
        for key in KEYS:
            file[INFERENCE][key].attrs["frame"] = "camera"
    total = report_on(tmp_path / "r.hdf5", whole).total
    assert total.individual_proc_err == pytest.approx(0, abs=0.01)
    assert total.sequence_proc_err == pytest.approx(0, abs=0.01)


def test_truth_is_compared_with_the_inference_not_with_itself(tmp_path):
    """The original's later version compares the truth with itself: 0 for any inference."""
    sizes = {}
    for noise in (0.0, 0.02, 0.1):
        path = tmp_path / f"{noise}.hdf5"
        rng = np.random.default_rng(0)
        write_results(
            path,
            infer=lambda key, rng=rng, noise=noise: (
                truth_in_metres()[key]["p3w"] + noise * rng.standard_normal((KEYS[key][1], 14, 3))
            ),
        )
        total = report_on(path).total
        sizes[noise] = total.individual_proc_err, total.sequence_proc_err
    assert max(sizes[0.0]) < 1e-2  # float32 rounding only
    assert min(sizes[0.02]) > 20
    assert min(sizes[0.1]) > 3 * max(sizes[0.02])


def test_errors_do_not_depend_on_the_unit_of_the_run(results, tmp_path):
    other = tmp_path / "heights.hdf5"
    write_results(other, infer=lambda key: guess(key) / 1.8)
    with h5py.File(other, "r+") as file:
        for key in KEYS:
            file[INFERENCE][key].attrs["space_scale"] = 1800.0
    expected, found = report_on(results).total, report_on(other).total
    assert found.individual_proc_err == pytest.approx(expected.individual_proc_err, rel=1e-5)


def test_mirrored_poses_score_zero_only_with_reflection(tmp_path):
    path = tmp_path / "results.hdf5"
    write_results(path, infer=lambda key: truth_in_metres()[key]["p3w"] * [-1, 1, 1])
    assert report_on(path, reflection=True).total.sequence_proc_err < 1e-2
    assert report_on(path).total.individual_proc_err > 50
    assert report_on(path, reflection=True).total.individual_proc_err < 1e-2


def test_frames_without_an_alignment_are_left_out_and_counted(results):
    key = "S1/Jog 1/C1"
    clean = report_on(results).sequences[0].errors
    with h5py.File(results, "r+") as file:
        file[INFERENCE][key]["p3w"][:3] = np.nan
    report = report_on(results)
    errors = report.sequences[0].errors
    assert (errors.n_frames, errors.n_left_out, report.total.n_left_out) == (8, 3, 3)
    assert np.isfinite(errors.individual_proc_err)
    assert errors.individual_proc_err != clean.individual_proc_err
    # A sequence counts by the frames that have an error.
    parts = [s.errors for s in report.sequences]
    counts = np.array([e.n_frames - e.n_left_out for e in parts])
    assert counts.tolist() == [5, 5, 6, 4]
    for name in ("individual_proc_err", "sequence_proc_err"):
        mean = counts @ [getattr(e, name) for e in parts] / counts.sum()
        assert getattr(report.total, name) == pytest.approx(mean)
    assert any("left out: 3 frames" in line for line in report_formats.coverage(report))


def test_a_sequence_without_any_error_does_not_spoil_the_means(results):
    with h5py.File(results, "r+") as file:
        file[INFERENCE]["S2/Walking 1/C1"]["p3w"][:] = np.nan
    report = report_on(results)
    assert np.isnan(report.summary("Walking").individual_proc_err)
    assert np.isfinite(report.total.individual_proc_err)
    text = json.dumps(report_formats.as_json(report), allow_nan=False)
    assert json.loads(text)["categories"][2]["individual_proc_err"] is None
    assert "–" in report_formats.as_text(report)


# What is missing or does not match


def test_an_unfinished_run_is_reported_as_far_as_it_is(tmp_path):
    path = tmp_path / "results.hdf5"
    write_results(path, keys=list(KEYS)[:2])
    with h5py.File(path, "r+") as file:
        file[INFERENCE].create_group("S2/Box 1/C1")  # begun, without poses yet
    report = report_on(path)
    assert report.missing == ("S2/Box 1/C1", "S2/Walking 1/C1")
    text = report_formats.as_text(report)
    assert "2 of 4 sequences, 13 frames" in text
    assert "2 sequences missing, the first of them S2/Box 1/C1" in text
    assert report_formats.as_json(report)["complete"] is False


def test_inferred_sequences_that_are_not_asked_for_are_named(results):
    truth = truth_in_metres()
    fewer = Dataset({key: truth[key] for key in list(KEYS)[:3]}, truth.attrs)
    report = report_on(results, truth=fewer)
    assert report.unknown == ("S2/Walking 1/C1",)
    assert report.total.n_sequences == 3
    assert "S2/Walking 1/C1" in report_formats.as_text(report)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.attrs.update(skeleton_id="s16"), r"14 joints \(s16\).*14 joints \(s14\)"),
        (lambda s: _replace(s, s["p3w"][::2]), "4 frames of 14.*8 frames of 14.*inferred again"),
        (lambda s: _replace(s, s["p3w"][:, :13]), "13 joints"),
        (lambda s: s.attrs.pop("space_scale"), "Jog 1/C1 cannot be read.*space_scale"),
    ],
)
def test_results_that_do_not_match_the_truth_are_refused(results, change, message):
    with h5py.File(results, "r+") as file:
        change(file[INFERENCE]["S1/Jog 1/C1"])
    with pytest.raises(DataError, match=message):
        report_on(results)


def _replace(sequence, p3w):
    del sequence["p3w"]
    sequence["p3w"] = p3w


def test_no_results_yet(tmp_path, results):
    with pytest.raises(DataError, match=r"none\.hdf5.*'run'"):
        report_on(tmp_path / "none.hdf5")
    with h5py.File(results, "r+") as file:
        file.move(INFERENCE, "other")
    with pytest.raises(DataError, match=r"'run' \(it has: other\)"):
        report_on(results)
    with h5py.File(results, "r+") as file:
        file.create_group(INFERENCE)
    with pytest.raises(DataError, match=r"no sequence of 'run' is finished yet"):
        report_on(results)


def test_a_broken_results_file(tmp_path):
    path = tmp_path / "results.hdf5"
    path.write_bytes(b"no HDF5 at all")
    with pytest.raises(DataError, match="cannot be read as HDF5"):
        report_on(path)


# Caching


def unreadable_truth() -> Dataset:
    """The truth's keys and attributes, but no poses: only cached errors will do."""

    def refuse():
        raise AssertionError("errors were computed again")

    truth = truth_in_metres()
    return Dataset({k: PoseSequence({"p3w": refuse}, truth[k].attrs) for k in KEYS}, truth.attrs)


def test_cached_errors_are_used(results):
    expected = report_on(results)
    assert expected.not_cached is None
    again = report_on(results, truth=unreadable_truth())
    assert again.sequences == expected.sequences
    with h5py.File(results, "r") as file:
        attrs = file[INFERENCE]["S1/Jog 1/C1"].attrs
        errors = expected.sequences[0].errors
        assert attrs["individual_proc_err"] == errors.individual_proc_err
        assert attrs["sequence_proc_err"] == errors.sequence_proc_err


@pytest.mark.parametrize(
    "settings", [{"overwrite": True}, {"reflection": True}, {"truth_spec": "another"}]
)
def test_cached_errors_of_other_settings_are_not_used(results, settings):
    report_on(results)
    with pytest.raises(AssertionError, match="computed again"):
        report_on(results, truth=unreadable_truth(), **settings)


def test_errors_against_data_that_have_changed_are_named_and_not_cached(results):
    key = "S2/Box 1/C1"
    points = {key: poses(seed, KEYS[key][1])[..., :2] for seed, key in enumerate(KEYS)}

    def truth():
        whole = truth_in_metres()
        found = {
            k: PoseSequence({"p3w": s["p3w"], "p2": points[k]}, s.attrs) for k, s in whole.items()
        }
        return Dataset(found, whole.attrs)

    with h5py.File(results, "r+") as file:
        for k, sequence in truth().items():
            file[INFERENCE][k].attrs[DATA_SIGNATURE] = data_signature(sequence)
    assert report_on(results, truth()).changed == ()
    points[key] = points[key] + 1.0
    for _ in range(2):  # by no report are they cached, so that each one names them
        assert report_on(results, truth(), overwrite=True).changed == (key,)
    with h5py.File(results, "r+") as file:
        del file[INFERENCE][key].attrs["proc_err_fingerprint"]
    assert report_on(results, truth()).changed == (key,)


def test_cached_errors_of_another_variable_of_the_data_set_are_not_used(command, monkeypatch):
    """H3M_DROP_CORRUPTED, say, decides which data a data set has."""

    def missing(*args, **kwargs):
        raise DataError("the data set is away")

    monkeypatch.setitem(VARIABLES, "toy", "TOY_DROP_CORRUPTED")
    monkeypatch.setitem(VARIABLES, "h3m", "TOY_OTHER")
    command(INFERENCE)
    monkeypatch.setattr("human_pose_util.dataset.load_dataset", missing)
    monkeypatch.setenv("TOY_OTHER", "1")
    assert command(INFERENCE)[0] == 0
    monkeypatch.setenv("TOY_DROP_CORRUPTED", "1")
    assert command(INFERENCE)[0] == 1


def test_a_report_of_which_all_errors_are_cached_needs_no_data_set(command, monkeypatch):
    expected = command(INFERENCE, "--json")

    def missing(*args, **kwargs):
        raise DataError("the data set is away")

    monkeypatch.setattr("human_pose_util.dataset.load_dataset", missing)
    assert command(INFERENCE, "--json") == expected
    note = "errors of an earlier report; if the data set has changed, -o computes them again\n"
    assert command(INFERENCE)[1].endswith(note)
    assert command(INFERENCE, "--overwrite")[0] == 1
    assert command(INFERENCE, "--plot", "errors.png")[2] == "error: the data set is away\n"


def test_a_report_without_data_set_is_not_made_of_a_part(command, results, monkeypatch):
    """A sequence that was inferred later has no cached errors, one that is gone leaves a gap."""
    command(INFERENCE)
    with h5py.File(results, "r+") as file:
        del file[INFERENCE]["S1/Jog 1/C1"]
    assert "1 sequence missing" in command(INFERENCE)[1]
    write_results(results, ["S1/Jog 1/C1"])
    assert "4 of 4 sequences" in command(INFERENCE)[1]


def test_runs_are_compared_over_the_sequences_that_all_have(command, results, tmp_path):
    params = tmp_path / "inference_params"
    (params / "half.json").write_text((params / f"{INFERENCE}.json").read_text())
    write_results(results, list(KEYS)[1:], lambda key: 0.5 * guess(key), "half")
    status, out, _ = command(INFERENCE, "half", "--json")
    assert status == 0
    one, other = json.loads(out)
    assert {s["key"] for s in one["sequences"]} == set(list(KEYS)[1:])
    assert other["total"]["individual_proc_err"] == pytest.approx(
        one["total"]["individual_proc_err"], rel=1e-5
    )  # the alignment undoes a scale
    rows = list(csv.DictReader(command(INFERENCE, "half", "--csv")[1].splitlines()))
    totals = [row for row in rows if row["action"] == "Total"]
    assert [row["measure"] for row in totals] == list(MEASURES)
    for row in totals:
        if not row["half"]:
            assert row["measure"] in ("p_best", "j_best", "p_agg", "j_agg", "foot_sliding")
            continue
        difference = float(row["half"]) - float(row[INFERENCE])
        assert float(row[f"half − {INFERENCE}"]) == pytest.approx(difference)
    n = one["total"]["n_frames"]
    assert f"3 sequences that all runs have, {n} frames\n" in command(INFERENCE, "half")[1]
    assert command(INFERENCE, "half", "--plot", "a.png")[0] == 2
    assert "data set 'toy', 'eva' on 'eva'" in command(INFERENCE, "eva")[2]


def test_runs_at_other_rates_are_compared_with_a_word(results):
    whole = report_on(results)
    parts = tuple(
        replace(s, errors=replace(s.errors, n_frames=s.errors.n_frames // 2))
        for s in whole.sequences
    )
    slow = replace(whole, inference_id="slow", sequences=parts)
    n, m = whole.total.n_frames, slow.total.n_frames
    line = f"4 sequences that all runs have, {INFERENCE} {n} frames, slow {m} frames"
    text = comparison_text([whole, slow])
    assert line in text
    assert "\nnote: the frame rates differ, so measures that count in frames are not sub" in text
    rows = [line.split() for line in text.splitlines()]
    [errors] = [row for row in rows if row[:2] == ["Acceleration", "error"]]
    assert (len(errors), errors[-1]) == (6, "–")
    [errors] = [row for row in rows if row[:1] == ["MPJPE"]]
    assert errors[-1] == "0.0"
    fields = [line.split(",") for line in comparison_csv([whole, slow]).splitlines()]
    assert {row[-1] for row in fields if row[0] == "mpjve"} == {""}
    assert {row[-1] for row in fields if row[0] == "jitter"} == {"0.0"}


def test_runs_of_other_skeletons_are_compared_with_a_word(results):
    whole = report_on(results)
    other = replace(whole, inference_id="other", skeleton_id="s17")
    assert "\nnote: the skeletons differ, so errors are means" in comparison_text([whole, other])
    assert "note:" not in comparison_text([whole, replace(whole, inference_id="same")])


def test_both_alignments_are_cached_side_by_side(results):
    reports = [report_on(results, reflection=r) for r in (False, True)]
    for reflection, expected in zip((False, True), reports, strict=True):
        again = report_on(results, truth=unreadable_truth(), reflection=reflection)
        assert again.sequences == expected.sequences


@pytest.mark.parametrize("reflection", [False, True])
def test_errors_of_every_joint_are_stored_under_the_originals_names(results, reflection):
    """Against SciPy's Procrustes analysis, which the original uses and which admits reflections."""
    report = report_on(results, reflection=reflection)
    suffix, truth = "_reflection" * reflection, truth_in_metres()
    for sequence in report.sequences:
        with h5py.File(results, "r") as file:
            group = file[INFERENCE][sequence.key]
            individual, whole = (
                group[name + suffix][:] for name in ("proc_error", "sequence_proc_error")
            )
            pose = group["p3w"][:].astype(float)
        assert individual.shape == whole.shape == pose.shape[:2]
        assert individual.mean() == pytest.approx(sequence.errors.individual_proc_err)
        assert whole.mean() == pytest.approx(sequence.errors.sequence_proc_err)
        true = truth[sequence.key]["p3w"] * truth[sequence.key].attrs["space_scale"]
        if reflection:
            frames = [scipys_procrustes(t, p) for t, p in zip(true, pose, strict=True)]
            np.testing.assert_allclose(individual, frames, rtol=1e-4)
            flat = scipys_procrustes(true.reshape(-1, 3), pose.reshape(-1, 3))
            np.testing.assert_allclose(whole.ravel(), flat, rtol=1e-4)


def scipys_procrustes(true, pose):
    """Errors [n] of points after SciPy's alignment, in the unit of the true ones."""
    norm = np.linalg.norm(true - true.mean(axis=0))
    return np.linalg.norm(np.subtract(*procrustes(true, pose)[:2]), axis=-1) * norm


def test_a_new_inference_makes_cached_errors_stale(results):
    old = report_on(results).total
    with h5py.File(results, "r+") as file:
        p3w = file[INFERENCE]["S1/Jog 1/C1"]["p3w"]
        p3w[:] = p3w[:] + np.random.default_rng(1).normal(0, 0.3, p3w.shape)
    new = report_on(results).total
    assert new.individual_proc_err > old.individual_proc_err + 10


def test_caching_keeps_the_poses_and_leaves_nothing_behind(results):
    link = results.with_name("link.hdf5")
    link.symlink_to(results)
    killed = atomic(results)
    killed.__enter__().write_text("what its report had begun")
    with h5py.File(results, "r") as file:
        before = {key: file[INFERENCE][key]["p3w"][()] for key in KEYS}
    assert report_on(link).not_cached is None
    assert link.is_symlink()
    with h5py.File(results, "r") as file:
        for key in KEYS:
            np.testing.assert_array_equal(file[INFERENCE][key]["p3w"], before[key])
            assert "individual_proc_err" in file[INFERENCE][key].attrs
    left = {p.name for p in results.parent.iterdir()}
    assert left == {"results.hdf5", "link.hdf5", "results.hdf5.lock"}


def test_a_run_that_is_being_written_is_reported_without_caching(results):
    writer = subprocess.Popen(
        [sys.executable, "-c", "import h5py, sys\n"
         "with h5py.File(sys.argv[1], 'a'): print('open', flush=True); sys.stdin.read()",
         str(results)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert writer.stdout.readline() == "open\n"
        report = report_on(results)
        assert report.not_cached == "another process is using it"
        assert report.total.n_sequences == 4
    finally:
        writer.communicate("")
    assert report_on(results).not_cached is None


def test_a_read_only_results_file_is_reported_without_caching(results):
    results.chmod(0o444)
    if os.access(results, os.W_OK):
        pytest.skip("this user may write to any file")
    report = report_on(results)
    assert report.not_cached == "Permission denied"
    assert report.total.n_sequences == 4


def test_a_file_that_another_process_reads_is_left_as_it_is(results):
    with results.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert report_on(results).not_cached == "another process is using it"
    with h5py.File(results, "r") as file:
        assert "individual_proc_err" not in file[INFERENCE]["S1/Jog 1/C1"].attrs


# Measures


def test_means_over_sequences_weigh_every_value_alike(results):
    report = report_on(results)
    parts = [s.errors for s in report.sequences]
    frames = [e.n_frames for e in parts]
    for name, lost in (("mpjpe", 0), ("mpjve", 1), ("acceleration_error", 2)):
        weights = np.subtract(frames, lost)
        expected = np.average([e.value(name) for e in parts], weights=weights)
        assert report.total.value(name) == pytest.approx(expected)
        assert report.total.means[name].n == weights.sum()
    assert report.summary("Walking").value("mpjpe") == parts[3].value("mpjpe")


def test_cached_measures_are_read_again(results):
    expected = report_on(results)
    again = report_on(results, truth=unreadable_truth())
    assert again.total == expected.total
    assert again.total.value("jitter") > 0


def test_measures_of_an_older_version_are_computed_again(results, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(error_cache, "VERSION", error_cache.VERSION - 1)
        expected = report_on(results)
    with h5py.File(results, "r+") as file:
        for key in KEYS:
            del file[INFERENCE][key].attrs["measures"]  # which that version did not store
    with pytest.raises(AssertionError, match="computed again"):
        report_on(results, truth=unreadable_truth())
    assert report_on(results).total == expected.total
    assert report_on(results, truth=unreadable_truth()).total == expected.total


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"mpjpe": 1}'])
def test_a_damaged_cache_is_computed_again(results, text):
    expected = report_on(results)
    with h5py.File(results, "r+") as file:
        file[INFERENCE]["S1/Jog 1/C1"].attrs["measures"] = text
    assert report_on(results).total == expected.total


def test_hypotheses_that_come_later_make_cached_errors_stale(results):
    assert np.isnan(report_on(results).total.value("p_best"))
    with h5py.File(results, "r+") as file:
        for key in KEYS:
            p3w = file[INFERENCE][key]["p3w"][()]
            file[INFERENCE][key]["hypotheses_p3w"] = np.stack([p3w, 1.1 * p3w])
    assert report_on(results).total.value("p_best") > 0


def test_measures_are_chosen(command):
    status, out, _ = command(INFERENCE, "--measures", "mpjpe,bone_variation,p_best")
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "run: measures of inferred poses on toy, s14"
    assert lines[2].split()[3:] == ["MPJPE", "[mm]", "Bone", "variation", "[%]", "P-Best", "[mm]"]
    assert "not determined: P-Best, for lack of several hypotheses (keep_hypotheses)" in lines
    assert command(INFERENCE, "--measures", "rte")[1].startswith("run: RTE on toy, s14\n")


def test_all_measures_are_divided_by_groups(command):
    _, out, _ = command(INFERENCE, "--measures", "all")
    assert all(measure.title in out for measure in MEASURES.values())
    assert {measure.group for measure in MEASURES.values()} <= set(out.splitlines())


def test_the_default_report_names_a_few_measures(command, results):
    _, out, _ = command(INFERENCE)
    total = report_on(results).total
    assert f"over all: MPJPE {total.value('mpjpe'):.1f} mm, N-MPJPE" in out
    assert "not determined" not in out


def test_json_and_csv_have_all_measures(command, tmp_path):
    found = json.loads(command(INFERENCE, "--json")[1])
    assert set(MEASURES) < set(found["total"])
    assert set(MEASURES) < set(found["sequences"][0])
    assert found["total"]["p_best"] is None
    assert found["units"]["jitter"] == "m/s³"
    head = command(INFERENCE, "--csv", "--measures", "mpjpe")[1].splitlines()[0].split(",")
    assert head == ["action", "n_sequences", "n_frames", "n_left_out", *MEASURES]


def test_runs_are_compared_by_chosen_measures(command, results, tmp_path):
    names = ["run", "other", "third"]
    with h5py.File(results, "r+") as file:
        for name, scale in (("other", 0.5), ("third", 1.5)):
            file.copy(file[INFERENCE], file, name=name)
            for key in KEYS:
                file[name][key]["p3w"][:] *= scale
    for name in names[1:]:
        params = (tmp_path / "inference_params" / "run.json").read_text()
        (tmp_path / "inference_params" / f"{name}.json").write_text(params)
    _, out, _ = command(*names, "--measures", "mpjpe")
    totals = [r.split() for r in out.splitlines() if r.startswith("Total")]
    [(_, *numbers)] = totals
    values = [json.loads(command(name, "--json")[1])["total"]["mpjpe"] for name in names]
    differences = [values[1] - values[0], values[2] - values[0]]
    assert numbers == [f"{number:.1f}" for number in (*values, *differences)]
    assert "other − run  third − run" in out
    every = command(*names, "--measures", "all")[1]
    assert all(measure.title in every for measure in MEASURES.values())
    assert "MPJPE [mm]" in command(*names)[1]


def test_measures_are_explained(command):
    status, out, _ = command("--measures", "help")
    assert status == 0
    assert all(name in out for name in MEASURES)
    status, out, err = command(INFERENCE, "--measures", "mpjp")
    assert (status, out) == (2, "")
    assert "did you mean 'mpjpe'" in err
    assert err.count("\n") == 1


def test_a_page_shows_the_chosen_measures(command, tmp_path):
    page = tmp_path / "errors.html"
    assert command(INFERENCE, "--html", str(page), "--measures", "mpjpe,jitter")[0] == 0
    assert page.read_text().count("Jitter [m/s³]") == 2  # in both tables


# Layouts


def test_rows_and_columns(results):
    report = report_on(results)
    assert (report.rows, report.columns) == (["Box", "Jog", "Walking"], ["S1", "S2"])
    assert report.summary("Box").n_frames == 11
    assert report.summary("Box", "S2").n_frames == 6
    assert report.summary(column="S1").n_frames == 13
    assert report.summary("Jog", "S2").n_sequences == 0


def test_human36m_rows_are_its_fifteen_categories():
    layout = layout_of("h3m")
    attrs = {"sequence_id": "SittingDown 2", "subject_id": "S9"}
    assert layout.row("S9/SittingDown 2/55011271", attrs) == "SitDown"
    names = {"Walk", "SitDown", "Direct"}
    assert layout.sort_rows(names) == ["Direct", "SitDown", "Walk"]
    assert len(layout.order()) == 15


def test_rows_of_other_data_sets_are_actions_or_folders():
    layout = layout_of("mocap")
    assert layout is DEFAULT_LAYOUT
    assert layout.row("01/01_05/cam1", {"action": "climb"}) == "climb"
    assert layout.row("01/01_05/cam1", {}) == "01"


def test_a_layout_of_ones_own():
    layout = ReportLayout(lambda key, attrs: key[0], order=lambda: ("z", "y"))
    assert layout.sort_rows({"a", "y", "b", "z"}) == ["z", "y", "a", "b"]


# The mean of the rows


def three_actions(layout=DEFAULT_LAYOUT, scale=1.0) -> ErrorReport:
    """A report with means of rows of 17.5, 40 and 5 mm, and jitter in two of them."""
    sequences = [  # row, column, frames, error, jitter
        ("Eat", "S1", 10, 10.0, 2.0), ("Eat", "S2", 30, 20.0, 4.0),
        ("Sit", "S1", 10, 40.0, None), ("Walk", "S2", 50, 5.0, 12.5),
    ]  # fmt: skip

    def errors(n: int, error: float, jitter: float | None) -> Errors:
        means = {} if jitter is None else {"jitter": Mean(jitter * scale, n)}
        return Errors(n, 0, error * scale, 2 * error * scale, means)

    placed = tuple(
        SequenceErrors(f"{row}/{column}", row, column if layout.column else "", errors(*values))
        for row, column, *values in sequences
    )
    return ErrorReport("run", "toy", "s14", False, layout, placed, (), (), (), None)


def test_the_mean_of_rows_gives_every_row_the_same_weight():
    report = three_actions()
    total, mean = report.total, report.mean_of_rows()
    assert total.individual_proc_err == pytest.approx(1350 / 100)
    assert mean.individual_proc_err == pytest.approx((17.5 + 40 + 5) / 3)
    assert mean.sequence_proc_err == pytest.approx(2 * (17.5 + 40 + 5) / 3)
    assert mean.means == {"jitter": Mean((3.5 + 12.5) / 2, 2)}
    assert (mean.n_sequences, mean.n_frames, mean.n_left_out) == (4, 100, 0)


def test_the_mean_of_rows_stands_beneath_the_total_in_every_format():
    report = three_actions()
    lines = [line.split() for line in report_formats.as_text(report).splitlines()]
    place = lines.index(["Total", "4", "100", "13.5", "27.0"])
    assert set(lines[place - 1][0]) == {"-"}
    assert lines[place + 1] == ["Mean", "of", "rows", "4", "100", "20.8", "41.7"]
    rows = [*csv.DictReader(report_formats.as_csv(report).splitlines())]
    assert [row["action"] for row in rows] == ["Eat", "Sit", "Walk", "Total", "Mean of rows"]
    assert float(rows[-1]["individual_proc_err"]) == pytest.approx(62.5 / 3)
    found = report_formats.as_json(report)
    assert found["mean_of_rows"]["sequence_proc_err"] == pytest.approx(125 / 3)
    assert found["mean_of_rows"]["mpjpe"] is None
    [table] = report_formats.tables(report).values()
    foot = table.html().split("<tfoot>")[1]
    assert foot.index("<td>Total</td>") < foot.index("<td>Mean of rows</td>")
    assert "<td>Walk</td>" not in foot


def test_the_mean_of_rows_of_a_column_leaves_out_rows_without_it():
    report = three_actions(LAYOUTS["eva"])
    assert report.mean_of_rows("S1").individual_proc_err == pytest.approx((10 + 40) / 2)
    assert report.mean_of_rows("S2").individual_proc_err == pytest.approx((20 + 5) / 2)
    lines = [line.split() for line in report_formats.as_text(report).splitlines()]
    assert ["Mean", "of", "rows", "25.0", "12.5", "20.8"] in lines
    rows = csv.DictReader(report_formats.as_csv(report).splitlines())
    cells = {(row["action"], row["subject"]): row["individual_proc_err"] for row in rows}
    assert float(cells["Mean of rows", "S1"]) == 25
    assert float(cells["Mean of rows", "Total"]) == pytest.approx(62.5 / 3)


def test_means_of_rows_are_compared():
    reports = [three_actions(), three_actions(scale=0.5)]
    table = comparison_table(reports, "individual_proc_err")
    assert [row[0] for row in table.rows[-table.n_totals :]] == ["Total", "Mean of rows"]
    expected = 62.5 / 3 * np.array([1, 0.5, -0.5])
    np.testing.assert_allclose(np.array(table.rows[-1][1:], dtype=float), expected)
    assert "jitter,Mean of rows,8.0,4.0,-4.0\n" in comparison_csv(reports)


# Tables


def test_text_is_aligned():
    rows = (("Walk", 120, 7.26), ("Run", 9, -0.04), ("Total", 3, float("nan")))
    table = Table(("Action", "Frames", "Error"), rows, n_totals=1)
    assert table.text().splitlines() == [
        "Action  Frames  Error",
        "---------------------",
        "Walk       120    7.3",
        "Run          9    0.0",
        "---------------------",
        "Total        3      –",
    ]
    assert table.csv() == "Action,Frames,Error\nWalk,120,7.26\nRun,9,-0.04\nTotal,3,\n"


def test_html_escapes_names():
    assert "<td>&lt;b&gt;</td>" in Table(("Action",), (("<b>",),)).html()


# Command lines


@pytest.fixture
def setup(tmp_path, results, monkeypatch):
    """Arguments of the scripts for a registered data set and an inference run on it."""
    monkeypatch.setattr(register, "_loaders", {})
    monkeypatch.setattr(register, "_datasets", {})
    params = tmp_path / "inference_params"
    params.mkdir()
    for dataset_id in ("toy", "h3m", "eva"):
        register.register_dataset(dataset_id, dataset)
        spec = {"type": dataset_id, "normalize_kwargs": {"space_scale": 1000}}
        name = INFERENCE if dataset_id == "toy" else dataset_id
        (params / f"{name}.json").write_text(json.dumps({"dataset": spec, "gan_id": "g"}))
    write_results(results, inference_id="eva")
    return [f"--inference_params_dir={params}", f"--results={results}"]


@pytest.fixture
def command(setup, monkeypatch, capsys):
    def run(*arguments, script=report_script):
        monkeypatch.setattr(sys, "argv", ["report.py", *arguments, *setup])
        status = 0
        try:
            cli.run(script.main)
        except SystemExit as stop:
            status = stop.code
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_table(command, results):
    status, out, err = command(INFERENCE)
    assert (status, err) == (0, "")
    assert "run: Procrustes-aligned joint error [mm] on toy, s14, without reflection" in out
    total = report_on(results).total
    line = next(line for line in out.splitlines() if line.startswith("Total"))
    shown = [f"{total.individual_proc_err:.1f}", f"{total.sequence_proc_err:.1f}"]
    assert line.split() == ["Total", "4", "23", *shown]
    assert "4 of 4 sequences, 23 frames" in out


def test_reflection_is_said(command):
    assert "with reflection" in command(INFERENCE, "--reflection", "-o")[1]
    _, out, _ = command(INFERENCE, "--reflection", "--measures", "all")
    assert out.startswith("run: measures of inferred poses on toy, s14, with reflection\n")


def test_json(command, results):
    status, out, _ = command(INFERENCE, "--json")
    found, total = json.loads(out), report_on(results).total
    assert status == 0
    assert found["total"]["individual_proc_err"] == pytest.approx(total.individual_proc_err)
    assert [c["category"] for c in found["categories"]] == ["Box", "Jog", "Walking"]
    assert {s["key"] for s in found["sequences"]} == set(KEYS)
    assert (found["complete"], found["unit"], found["missing"]) == (True, "mm", [])


def test_csv(command, tmp_path):
    _, out, _ = command(INFERENCE, "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["action"] for row in rows] == ["Box", "Jog", "Walking", "Total", "Mean of rows"]
    path = tmp_path / "errors.csv"
    _, table, _ = command(INFERENCE, "--csv", str(path))
    assert path.read_text() == out
    assert "Individual proc_err" in table


@pytest.mark.parametrize("flag", ["--csv"])
def test_results_are_not_replaced_by_a_report(command, results, flag):
    before = results.read_bytes()
    code, _, err = command(INFERENCE, flag, str(results))
    assert (code, results.read_bytes()) == (2, before)
    assert "is what the command reads" in err


def test_csv_with_columns_has_a_line_a_cell(command):
    _, out, _ = command("eva", "--csv", script=eva_report)
    rows = {(row["action"], row["subject"]): row for row in csv.DictReader(out.splitlines())}
    assert len(rows) == 5 * 3
    assert rows["Box", "S2"]["n_frames"] == "6"
    assert rows["Jog", "S2"]["individual_proc_err"] == ""
    assert rows["Total", "Total"]["n_frames"] == "23"


def test_eva_has_actions_by_subjects(command):
    _, out, _ = command("eva", script=eva_report)
    lines = [line.split() for line in out.splitlines()]
    for heading in ("Individual", "Sequence"):
        start = lines.index([heading, "proc_err", "[mm]"])
        assert lines[start + 1] == ["Action", "S1", "S2", "Total"]
        assert lines[start + 4][:1] + lines[start + 4][2:3] == ["Jog", "–"]


@pytest.mark.parametrize(
    ("script", "inference_id", "right"),
    [(h3m_report, "eva", "eva_report.py eva"), (eva_report, INFERENCE, "report.py run")],
)
def test_the_wrong_script_names_the_right_one(command, script, inference_id, right):
    status, out, err = command(inference_id, script=script)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert f"`python {right}`" in err


def test_a_wrong_id_names_a_near_one(command):
    status, _, err = command("rum")
    assert status == 2
    assert "did you mean 'run'?" in err
    assert err.count("\n") == 1


def test_a_report_before_any_inference(command, results):
    status, out, err = command("h3m", script=h3m_report)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    for part in (str(results), "'h3m'", "`python generate_inferences.py h3m`"):
        assert part in err


def test_results_of_another_skeleton_say_how_to_replace_them(command, results):
    with h5py.File(results, "r+") as file:
        file[INFERENCE]["S1/Jog 1/C1"].attrs["skeleton_id"] = "s16"
    status, out, err = command(INFERENCE)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "`python generate_inferences.py run -o`" in err


def test_an_unfinished_run_says_how_to_continue(command, results, tmp_path):
    page = tmp_path / "errors.html"
    with h5py.File(results, "r+") as file:
        del file[INFERENCE]["S1/Jog 1/C1"]
    status, out, _ = command(INFERENCE, "--html", str(page))
    assert status == 0
    for text in (out, page.read_text()):
        assert "`python generate_inferences.py run` continues with the missing sequences" in text


def test_tensorflow_is_not_imported(setup):
    code = (
        "import sys, report\n"
        "from human_pose_util.registry import register_dataset\n"
        "from tests.unit.test_report import dataset\n"
        "register_dataset('toy', dataset)\n"
        "report.main()\n"
        "print('tensorflow' in sys.modules, 'matplotlib' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, INFERENCE, *setup],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == "False False\n"
    assert "Total" in done.stdout


# Pictures


def test_joint_errors_are_those_of_the_report(results):
    report = report_on(results)
    joints = collect_joint_errors(results, report, truth_in_metres())
    assert joints.distances.shape == (23, 14)
    assert joints.distances.mean() == pytest.approx(report.total.individual_proc_err)
    assert joints.pose.shape == (14, 3)
    assert np.isfinite(joints.pose).all()


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_picture(command, tmp_path, suffix):
    path = tmp_path / f"errors.{suffix}"
    assert command(INFERENCE, "--plot", str(path))[0] == 0
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_picture_with_missing_values(command, results, tmp_path):
    with h5py.File(results, "r+") as file:
        file[INFERENCE]["S2/Walking 1/C1"]["p3w"][:] = np.nan
        for key in KEYS:
            file[INFERENCE][key]["p3w"][:, 3] = np.nan  # a joint that is never seen
    assert command(INFERENCE, "--plot", str(tmp_path / "errors.png"))[0] == 0


def test_page_needs_no_other_file(command, tmp_path):
    path = tmp_path / "errors.html"
    assert command("eva", "--html", str(path), script=eva_report)[0] == 0
    text = path.read_text()
    assert text.count("<table>") == 3
    assert 'src="data:image/svg+xml;base64,' in text
    assert "http" not in text.replace("https://www.w3.org", "")
    assert all(key in text for key in KEYS)


def test_a_picture_of_an_unknown_kind_is_refused(command, tmp_path):
    status, out, err = command(INFERENCE, "--plot", str(tmp_path / "errors.bmp"))
    assert (status, out) == (2, "")
    assert ".png, .pdf or .svg" in err
