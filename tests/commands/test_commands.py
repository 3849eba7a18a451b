"""The commands as a user runs them, one after the other, on a small tree of real files.

Most run in the process of the tests; `tests/faults` runs the same ones as processes.
"""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from command_line.dask_cluster import cluster
from computed_people import Recipe, write_tree
from human_pose_util.evaluate.metrics import p_mpjpe
from inference.solvers import execution
from tests.helpers.commands import run_in_process

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A data set in Human3.6M's layout, and a GAN and an inference on it, small ones."""
    workspace = tmp_path_factory.mktemp("commands")
    write_tree(workspace / "h3m", Recipe(seconds=1.0, subjects=("S1", "S9")))
    for folder, name in (("gan_params", "h3m_small"), ("inference_params", "h3m_small")):
        (workspace / folder).mkdir()
        params = json.loads((ROOT / folder / f"{name}.json").read_text())
        if folder == "inference_params":
            params["dataset"]["filter_kwargs"]["sequence_ids"] = ["Walking", "Phoning"]
            params["max_iterations"] = 20
        (workspace / folder / f"{name}.json").write_text(json.dumps(params))
    return workspace


def run_script(workspace: Path, script: str, *args: str, **environment: str):
    flags = [f"--{name}={workspace / name.removesuffix('_dir')}" for name in LOCATIONS[script]]
    data = {"H3M_PATH": str(workspace / "h3m"), "POSE_CACHE": str(workspace / "cache")}
    return run_in_process(ROOT / script, [*args, *flags], workspace, data | environment)


LOCATIONS = {
    "train.py": ("gan_params_dir", "models_dir"),
    "generate_inferences.py": ("inference_params_dir", "gan_params_dir", "models_dir", "results"),
    "report.py": ("inference_params_dir", "results"),
    "h3m_report.py": ("inference_params_dir", "results"),
    "eva_report.py": ("inference_params_dir", "results"),
    "vis_sequence.py": ("inference_params_dir", "results"),
    "bench/inference.py": ("inference_params_dir", "gan_params_dir", "models_dir"),
}


@pytest.fixture(scope="module")
def trained(workspace):
    done = run_script(workspace, "train.py", "h3m_small", "--max_steps=400", "--no-jit")
    assert done.returncode == 0, done.stderr
    return workspace


@pytest.fixture(scope="module")
def inferred(trained):
    done = run_script(trained, "generate_inferences.py", "h3m_small")
    assert done.returncode == 0, done.stderr
    return trained


def one_line(done) -> str:
    assert "Traceback" not in done.stderr
    line, *more = done.stderr.strip().splitlines()
    assert not more
    return line


@pytest.mark.slow
def test_results_are_laid_out_as_promised(inferred):
    with h5py.File(inferred / "results", "r") as file:
        run = file["h3m_small"]
        assert json.loads(run.attrs["inference_params"])["gan_id"] == "h3m_small"
        assert json.loads(run.attrs["gan_params"])["n_z"] == 8
        assert run.attrs["checkpoint_step"] == 400
        for name in ("Walking", "Phoning"):
            sequence = run[f"S9/{name}/55011271"]
            assert sequence["p3w"].shape == (10, 24, 3)
            assert sequence["p3w"].dtype == np.float32
            assert sequence["z"].shape == (10, 8)
            for by_frame in ("yaw", "cost", "iterations", "status"):
                assert sequence[by_frame].shape == (10,)
            assert sequence["translation"].shape == (10, 2)
            assert sequence.attrs["space_scale"] == 1000
            assert sequence.attrs["skeleton_id"] == "s24"
            assert sequence.attrs["inference_time"] > 0
            assert sequence.attrs["inference_fps"] > 0


@pytest.mark.slow
def test_the_solvers_can_be_compared(trained, monkeypatch):
    """Traced, because XLA would compile a search of every kind for a handful of frames."""
    monkeypatch.setattr(execution, "COMPILED", execution.TRACED)
    small = ("--sequences=1", "--frames=12", "--starts", "1", "2", "--sizes", "9")
    done = run_script(trained, "bench/inference.py", "--inference_id=h3m_small", *small,
                      "--plot=speed.png")  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = {line[:16].strip(): line[16:].split() for line in done.stdout.splitlines() if line}
    costs = {name: float(rows[name][3]) for name in rows if name.startswith(("scipy", "lm"))}
    assert list(costs) == ["scipy, 1 start", "lm, frames alone", "lm, 1 start", "lm, 2 starts"]
    assert all(0 < cost < np.inf for cost in costs.values())
    assert done.stdout.splitlines()[-1].split()[0] == "9"  # frames
    assert (trained / "speed.png").exists()


@pytest.mark.slow
def test_a_camera_of_which_nothing_is_known(trained):
    """Poses in the camera's frame, and all that can be asked for; reports and pictures take it."""
    params = json.loads((trained / "inference_params" / "h3m_small.json").read_text())
    camera = {"extrinsics": "unknown", "intrinsics": "unknown", "size": [1000, 1000]}
    params |= {"camera": camera, "prior_weight": 3e-5, "n_starts": 2, "keep_hypotheses": 2}
    params |= {"uncertainty": True, "path_weight": 1e-5, "optimizer": "lm", "height": 1.7}
    (trained / "inference_params" / "blind.json").write_text(json.dumps(params))
    done = run_script(trained, "generate_inferences.py", "blind")
    assert done.returncode == 0, done.stderr
    with h5py.File(trained / "results", "r") as file:
        sequence = file["blind/S9/Walking/55011271"]
        assert sequence.attrs["frame"] == "camera"
        assert sequence.attrs["scale"] == pytest.approx(1.7)
        assert sequence.attrs["f"].shape == sequence.attrs["c"].shape == (2,)
        assert sequence["rotation"].shape == sequence["translation"].shape == (10, 3)
        assert "yaw" not in sequence
        assert sequence["hypotheses_p3w"].shape == (2, 10, 24, 3)
        assert sequence["std"].shape == sequence["aligned_std"].shape == (10, 24)
        assert (sequence["p3w"][..., 2] > 0).all()
    said = run_script(trained, "report.py", "blind")
    assert "Total" in said.stdout, said.stderr
    shown = run_script(trained, "vis_sequence.py", "blind", "--save", str(trained / "blind.png"))
    assert shown.returncode == 0, shown.stderr


@pytest.mark.slow
def test_finished_sequences_are_skipped_unless_overwritten(inferred):
    def stamp():
        with h5py.File(inferred / "results", "r") as file:
            return file["h3m_small/S9/Walking/55011271"].attrs["inference_time"]

    before = stamp()
    again = run_script(inferred, "generate_inferences.py", "h3m_small")
    assert again.returncode == 0
    assert "2 of 2 sequences are finished already" in again.stdout + again.stderr
    assert again.stdout.splitlines()[-1].startswith("h3m_small is finished already: ")
    assert "saved " not in again.stdout
    assert stamp() == before
    assert run_script(inferred, "generate_inferences.py", "h3m_small", "-o").returncode == 0
    assert stamp() != before


@pytest.mark.slow
def test_workers_find_the_same_poses(inferred):
    """Two workers do the items of both commands, so that they import TensorFlow only once."""
    with cluster(str, "local", 2) as workers:
        check_workers(inferred, ("--scheduler", workers._client.scheduler.address))


def check_workers(inferred: Path, flags: tuple[str, ...]) -> None:
    params = inferred / "inference_params" / "h3m_small.json"
    (params.parent / "spread.json").write_text(params.read_text())
    done = run_script(inferred, "generate_inferences.py", "spread", *flags)
    assert done.returncode == 0, done.stderr
    assert "20 frames" in done.stdout
    with h5py.File(inferred / "results", "r") as file:
        for name in ("Walking", "Phoning"):
            alone, spread = (file[f"{run}/S9/{name}/55011271"] for run in ("h3m_small", "spread"))
            np.testing.assert_allclose(spread["p3w"], alone["p3w"], atol=1e-3)
            np.testing.assert_array_equal(spread["status"], alone["status"])
    trained = run_script(inferred, "train.py", "h3m_small", "--max_steps=200", "--no-jit",
                      "--n_seeds", "2", *flags)  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    members = inferred / "models" / "h3m_small" / "population"
    for seed in (0, 1):
        assert (members / f"seed-{seed}" / "checkpoints" / "step-000000200.npz").is_file()
    alone = run_script(inferred, "train.py", "h3m_small", *flags)
    assert alone.returncode == 2
    assert "--scheduler needs --n_seeds or --learning_rates" in one_line(alone)


@pytest.mark.slow
def test_report_is_the_error_of_the_results(inferred):
    done = run_script(inferred, "h3m_report.py", "h3m_small", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    from spacepy import pycdf

    errors = []
    with h5py.File(inferred / "results", "r") as file:
        for name in ("Walking", "Phoning"):
            cdf = pycdf.CDF(str(inferred / f"h3m/D3_positions/S9/{name}.cdf"))
            joints = [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 14, 17, 18, 19, 21, 22,
                      25, 26, 27, 29, 30]  # fmt: skip
            truth = cdf["Pose"][0].reshape(-1, 32, 3)[::5, joints]
            p3w = 1000 * file[f"h3m_small/S9/{name}/55011271/p3w"][()]
            errors.append(p_mpjpe(p3w, truth))
    expected = np.mean(np.concatenate(errors))
    assert report["total"]["individual_proc_err"] == pytest.approx(expected, abs=0.01)
    assert report["total"]["n_frames"] == 20


@pytest.mark.slow
def test_a_picture_of_a_sequence(inferred):
    done = run_script(inferred, "vis_sequence.py", "h3m_small", "--save", "out.png")
    assert done.returncode == 0, done.stderr
    assert (inferred / "out.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_wrong_calls_are_one_line(inferred):
    params = inferred / "inference_params"
    orphan = json.loads((params / "h3m_small.json").read_text()) | {"gan_id": "h3m_smal"}
    (params / "orphan.json").write_text(json.dumps(orphan))
    wrong = [
        (("train.py", "nope"), 2, "no GAN 'nope'"),
        (("generate_inferences.py", "h3m_smal"), 2, "did you mean 'h3m_small'?"),
        (("generate_inferences.py", "orphan"), 2, "orphan.json: gan_id: no GAN 'h3m_smal': "),
        (("eva_report.py", "h3m_small"), 2, "h3m_report.py"),
        (("vis_sequence.py", "h3m_small", "-e", "S9/Walkin/55011271", "--save", "a.png"), 2,
         "S9/Walking/55011271"),
    ]  # fmt: skip
    for call, status, said in wrong:
        done = run_script(inferred, *call)
        assert done.returncode == status, call
        assert said in one_line(done)


@pytest.mark.slow
def test_what_is_not_there_yet_is_one_line(workspace, tmp_path):
    for folder in ("gan_params", "inference_params", "h3m"):
        (tmp_path / folder).symlink_to(workspace / folder)
    said = one_line(run_script(tmp_path, "generate_inferences.py", "h3m_small"))
    assert "python train.py h3m_small" in said
    said = one_line(run_script(tmp_path, "report.py", "h3m_small"))
    assert "python generate_inferences.py h3m_small" in said
    params = json.loads((workspace / "inference_params/h3m_small.json").read_text())
    del params["dataset"]["normalize_kwargs"]["pixel_scale"]
    params["prior_weight"] = 1e-5
    (workspace / "inference_params/pixels.json").write_text(json.dumps(params))
    said = run_script(tmp_path, "generate_inferences.py", "pixels").stderr
    assert said.startswith("note: pixels.json: pixel_scale is 1: weights count in the units of")
    unset = run_script(tmp_path, "train.py", "h3m_small", H3M_PATH="")
    assert "H3M_PATH" in one_line(unset)
    assert unset.returncode == 1
