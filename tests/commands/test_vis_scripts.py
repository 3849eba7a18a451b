"""The two visualisation scripts, from the command line to the file."""

import argparse
import ctypes.util
import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

import gan_generator_vis
import vis_sequence
from command_line import entry as cli
from gan import checkpoint
from gan.params import load_gan_params
from human_pose_util import registry as register
from human_pose_util.dataset import Dataset, PoseSequence
from human_pose_util.skeleton import S24
from human_pose_util.vis.latent_walk import latent_walk
from tests.helpers import film_files
from tests.helpers import walking_figure as walker
from tests.helpers.commands import run_in_process

ROOT = Path(vis_sequence.__file__).parent
SCRIPT = ROOT / "gan_generator_vis.py"
KEYS = {"S1/Walk 1/C1": 4, "S1/Walk 2/C1": 6, "S2/Walk 1/C1": 5}
DATASET = {"type": "walks", "normalize_kwargs": {"space_scale": 1000.0, "pixel_scale": 1000.0}}


def run(main, monkeypatch, *arguments):
    """Exit status of a script's main."""
    monkeypatch.setattr(sys, "argv", ["script", *map(str, arguments)])
    try:
        cli.run(main)
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Parameters and results of a run on walks; the last is not inferred."""
    eye, poses = walker.camera(), {key: walker.walk(n) for key, n in KEYS.items()}
    image = {key: walker.scene(n).p2 for key, n in KEYS.items()}
    sequences = {}
    for key, n in KEYS.items():
        subject, name, camera = key.split("/")
        attrs = {
            "r": eye.r, "t": eye.t, "f": eye.f, "c": eye.c, "fps": 10.0, "n_frames": n,
            "subject_id": subject, "sequence_id": name, "camera_id": camera, "mode": "eval",
        }  # fmt: skip
        sequences[key] = PoseSequence({"p3w": poses[key], "p2": image[key]}, attrs)
    monkeypatch.setattr(register, "_loaders", dict(register._loaders))
    register.register_dataset("walks", lambda: Dataset(sequences, {"skeleton_id": "s24"}))
    (tmp_path / "run.json").write_text(json.dumps({"dataset": DATASET, "gan_id": "any"}))
    with h5py.File(tmp_path / "results.hdf5", "w") as file:
        for key in list(KEYS)[:2]:
            group = file.create_group(f"run/{key}")
            group["p3w"] = (poses[key] / 1000 + 0.02).astype(np.float32)
            group["hypotheses_p3w"] = np.stack([poses[key] / 1000] * 2)
            group["aligned_std"] = np.full(poses[key].shape[:2], 0.03, np.float32)
            group.attrs.update(space_scale=1000.0, skeleton_id="s24")
    return tmp_path


@pytest.fixture
def places(folder):
    return ("--inference_params_dir", folder, "--results", folder / "results.hdf5")


@pytest.mark.parametrize("suffix", [".png", ".gif", ".html"])
def test_a_sequence_is_saved(folder, places, monkeypatch, suffix):
    path = folder / f"out{suffix}"
    assert run(vis_sequence.main, monkeypatch, "run", "--save", path, *places) == 0
    assert path.stat().st_size > 10_000
    if suffix == ".gif":
        with Image.open(path) as film:
            assert film.n_frames == KEYS["S1/Walk 1/C1"]


def test_the_scene_is_that_of_the_key(places):
    key = "S1/Walk 2/C1"
    args = vis_sequence.make_parser().parse_args(["run", "-e", key, *map(str, places)])
    scene = vis_sequence.load_scene(args)
    assert scene.n_frames == KEYS[key]
    assert key in scene.title
    np.testing.assert_allclose(scene.p3w, walker.walk(6) + 20, atol=1e-3)
    np.testing.assert_allclose(scene.truth_p3w, walker.walk(6), atol=1e-6)
    np.testing.assert_allclose(scene.p2, walker.scene(6).p2, atol=1e-6)
    np.testing.assert_allclose(scene.error, 0, atol=1e-3)
    assert scene.hypotheses_p3w.shape == (2, 6, 24, 3)
    np.testing.assert_allclose(scene.hypotheses_p3w[0], walker.walk(6), atol=1e-6)
    np.testing.assert_allclose(scene.std, np.full((6, 24), 30), rtol=1e-6)


@pytest.mark.parametrize("part", ["S1/Walk 2", "Walk 2", "2/C1"])
def test_a_part_of_a_key_is_enough_if_only_one_key_has_it(places, part):
    args = vis_sequence.make_parser().parse_args(["run", "-e", part, *map(str, places)])
    assert "S1/Walk 2/C1" in vis_sequence.load_scene(args).title


@pytest.mark.parametrize("arguments, status, says", [
    (["run", "-e", "S1", "--save", "a.png"], 2, "several sequences match 'S1': S1/Walk 1/C1, S1/"),
    (["run", "-e", "S1/Walk 3/C1", "--save", "a.png"], 2, "S1/Walk 1/C1"),
    (["run", "-e", "S2/Walk 1/C1", "--save", "a.png"], 2, "not inferred yet"),
    (["run", "--save", "a.bmp"], 2, ".mp4, .gif, .png or .html"),
    (["run", "--gl", "--save", "a.png"], 2, ".mp4 or .gif"),
    (["rum", "--save", "a.png"], 2, "did you mean 'run'"),
])  # fmt: skip
def test_mistakes_are_one_clear_line(places, monkeypatch, capsys, arguments, status, says):
    assert run(vis_sequence.main, monkeypatch, *arguments, *places) == status
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert says in error


def test_a_wrong_name_is_answered_with_the_runs_and_the_films(folder, places, monkeypatch, capsys):
    film_files.write_film(folder / "results.hdf5", "walk")
    assert run(vis_sequence.main, monkeypatch, "nope", "--save", "a.png", *places) == 2
    error = capsys.readouterr().err
    assert "run" in error
    assert f"no film 'nope' in {folder / 'results.hdf5'} (it has: walk)" in error


def test_titles_count_poses():
    view = gan_generator_vis.view_of(Path("a.png"), False, "grid", (".png",))
    for n, words in ((1, "cmu · 1 generated pose"), (2, "cmu · 2 generated poses")):
        args = argparse.Namespace(gan_id="cmu", n=n, walk=False)
        poses = np.zeros((n, 24, 3))
        assert gan_generator_vis.picture(poses, S24, args, "m", view)[2] == words


def test_results_that_do_not_exist_say_how_to_make_them(folder, places, monkeypatch, capsys):
    (folder / "results.hdf5").unlink()
    assert run(vis_sequence.main, monkeypatch, "run", "--save", "a.png", *places) == 1
    assert "generate_inferences.py run" in capsys.readouterr().err


def test_a_latent_walk_is_closed_and_stays_where_samples_are():
    corners = np.random.default_rng(0).standard_normal((5, 2000))
    path = latent_walk(corners, 8)
    assert path.shape == (40, 2000)
    np.testing.assert_allclose(path[::8], corners)
    norms = np.linalg.norm(path, axis=1) / np.sqrt(2000)
    assert (np.abs(norms - 1) < 0.1).all()
    steps = np.linalg.norm(np.diff(path, axis=0, append=path[:1]), axis=1)
    assert steps.max() < 1.5 * steps.min()


@pytest.mark.parametrize("script", ["vis_sequence.py", "gan_generator_vis.py"])
def test_help_comes_without_tensorflow_or_matplotlib(script):
    code = f"""
import runpy, sys
sys.argv = [{script!r}, "--help"]
try:
    runpy.run_path({script!r}, run_name="__main__")
except SystemExit:
    assert not {{"tensorflow", "matplotlib", "glumpy"}} & set(sys.modules)
    raise
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--save" in done.stdout
    assert "examples:" in done.stdout


@pytest.fixture
def trained(tmp_path):
    """A GAN with random weights about a standing pose."""
    params = {"dataset": {"type": "mocap"}, "n_z": 3, "n_g": [4], "n_c": [4]}
    (tmp_path / "tiny.json").write_text(json.dumps(params))
    rng = np.random.default_rng(0)
    sizes = {"generator": [3, 4, 72], "critic": [72, 4, 1]}
    arrays = {}
    for name, (n_in, n_hidden, n_out) in sizes.items():
        for i, shape in enumerate([(n_in, n_hidden), (n_hidden, n_out)]):
            arrays[f"{name}/{i}/w"] = rng.normal(size=shape).astype(np.float32) * 0.2
            arrays[f"{name}/{i}/b"] = np.zeros(shape[1], np.float32)
    arrays["generator/1/b"] = (walker.walk(1)[0] / 1750).ravel().astype(np.float32)
    params = load_gan_params("tiny", tmp_path).model_dump()
    meta = {"params": params, "skeleton_id": S24.id, "step": 1}
    checkpoint.save(tmp_path / "tiny" / "checkpoints", meta, arrays)
    return tmp_path


def flags(trained, name):
    """Flags for the places of the GAN and of a file, and that file."""
    path = trained / name
    return ["--gan_params_dir", trained, "--models_dir", trained, "--save", path], path


@pytest.mark.slow
@pytest.mark.parametrize("arguments, name", [
    (["--n", "3"], "poses.png"),
    (["--n", "2", "--walk"], "walk.gif"),
    (["--n", "3"], "poses.html"),
])  # fmt: skip
def test_generated_poses_are_saved(trained, monkeypatch, arguments, name):
    monkeypatch.delenv("DISPLAY", raising=False)
    places, path = flags(trained, name)
    done = run_in_process(SCRIPT, ["tiny", *arguments, *places], trained, {})
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 5_000


def test_more_poses_than_a_picture_can_show_are_an_error(trained):
    places, path = flags(trained, "many.png")
    done = run_in_process(SCRIPT, ["tiny", "--n", "1001", *places], trained, {})
    assert done.returncode == 2
    assert "expected a whole number from 1 to 1000" in done.stderr
    assert not path.exists()


@pytest.mark.slow
def test_generated_poses_are_saved_by_opengl(trained, monkeypatch):
    """In a process of its own: OpenGL and the TensorFlow of this process would not get along."""
    if ctypes.util.find_library("OSMesa") is None:
        pytest.skip("OSMesa is not installed")
    monkeypatch.delenv("DISPLAY", raising=False)
    places, path = flags(trained, "walk.mp4")
    command = [sys.executable, SCRIPT, "tiny", "--n", "1", "--walk", "--gl", *places]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert path.stat().st_size > 5_000
