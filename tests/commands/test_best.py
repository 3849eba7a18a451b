"""The recipe of the "best" presets from end to end: a GAN, its proposals, its judgement."""

import json
import shutil

import h5py
import numpy as np
import pytest

from computed_people import Recipe, write_tree
from tests.commands.test_commands import LOCATIONS, ROOT, one_line, run_script

GAN = {"n_g": [32], "n_c": [32], "n_e": [32], "max_steps": 300}
PROPOSAL = {"n_hidden": 48, "n_blocks": 1, "steps": 300, "batch_size": 64}


def shipped_params(folder: str) -> dict:
    return json.loads((ROOT / folder / "h3m_best.json").read_text())


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The demo's data, and h3m_best in small, trained by the command itself."""
    workspace = tmp_path_factory.mktemp("best")
    write_tree(workspace / "h3m", Recipe(seconds=1.0, subjects=("S1", "S9")))
    gan, inference = shipped_params("gan_params"), shipped_params("inference_params")
    inference["dataset"]["filter_kwargs"]["sequence_ids"] = ["Walking", "Phoning"]
    for folder, params in (
        ("gan_params", gan | GAN | {"proposal": PROPOSAL}),
        ("inference_params", inference),
    ):
        (workspace / folder).mkdir()
        (workspace / folder / "h3m_best.json").write_text(json.dumps(params))
    done = run_script(workspace, "train.py", "h3m_best")
    assert done.returncode == 0, done.stderr
    assert (workspace / "models/h3m_best/checkpoints/step-000000300.npz").exists()
    assert (workspace / "models/h3m_best/proposal-000000300/step-000000300.npz").exists()
    return workspace


def test_the_three_best_share_a_recipe():
    """All but the size of the proposal network's training, and what detectors show, in its data."""
    recipes = []
    for name in ("mocap_best", "h3m_best", "eva_best"):
        gan = json.loads((ROOT / "gan_params" / f"{name}.json").read_text())
        inference = json.loads((ROOT / "inference_params" / f"{name}.json").read_text())
        assert inference.pop("gan_id") == name
        assert gan.pop("dataset")["type"] == inference.pop("dataset")["type"] == name[:-5]
        for key in ("steps", "n_blocks", "unplaced_share", "layout_share"):
            gan["proposal"].pop(key, None)
        recipes.append((gan, inference))
    assert recipes[0] == recipes[1] == recipes[2]


@pytest.mark.slow
def test_without_a_proposal_network_it_is_said(workspace):
    params = json.loads((workspace / "gan_params/h3m_best.json").read_text())
    (workspace / "gan_params/plain.json").write_text(json.dumps(params | {"proposal": None}))
    models = workspace / "models"
    shutil.copytree(models / "h3m_best/checkpoints", models / "plain/checkpoints")
    inference = shipped_params("inference_params") | {"gan_id": "plain"}
    (workspace / "inference_params/plain.json").write_text(json.dumps(inference))
    done = run_script(workspace, "generate_inferences.py", "plain")
    assert done.returncode == 2
    assert "GAN 'plain' has no proposal network" in one_line(done)


@pytest.mark.slow
def test_a_gan_is_judged(workspace):
    LOCATIONS["evaluate_gan.py"] = ("gan_params_dir", "models_dir")
    done = run_script(workspace, "evaluate_gan.py", "h3m_best", "--n=100", "--json")
    assert done.returncode == 0, done.stderr
    measures = json.loads(done.stdout)
    assert measures["step"] == 300
    assert 0 < measures["reconstruction_error"] < 500
    assert 0 <= measures["coverage"] <= 1
    shown = run_script(workspace, "evaluate_gan.py", "h3m_best", "--n=100")
    assert f"{measures['bone_length_error']:.1f} mm" in shown.stdout
    params = json.loads((workspace / "gan_params/h3m_best.json").read_text())
    params["dataset"]["filter_kwargs"]["modes"] = ["train", "eval"]
    (workspace / "gan_params/both.json").write_text(json.dumps(params | {"proposal": None}))
    done = run_script(workspace, "train.py", "both", "--max_steps=2")
    assert done.returncode == 0, done.stderr
    of_both = run_script(workspace, "evaluate_gan.py", "both", "--n=100").stdout
    assert "unseen poses" not in of_both
    assert of_both.endswith("nothing is unseen: the GAN has learnt sequences of mode eval\n")
    wrong = run_script(workspace, "evaluate_gan.py", "h3m_best", "--n=3")
    assert "expected a whole number from 100 to 100000" in one_line(wrong)


@pytest.mark.slow
def test_the_best_of_a_population_is_kept_and_inference_starts_at_its_proposals(workspace):
    params = json.loads((workspace / "gan_params/h3m_best.json").read_text())
    (workspace / "gan_params/many.json").write_text(json.dumps(params))
    arguments = ("many", "--max_steps=40", "--n_seeds=2", "--select")
    done = run_script(workspace, "train.py", *arguments)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0].startswith("saved 2 GANs in ")
    errors = [float(line.split()[1]) for line in said[1:3]]
    assert errors == sorted(errors)
    best = said[1].split()[0]
    assert best in {"seed-0", "seed-1"}
    assert (workspace / "models/many/proposal-000000040").exists()
    inference = shipped_params("inference_params") | {"gan_id": "many"}
    (workspace / "inference_params/many.json").write_text(json.dumps(inference))
    done = run_script(workspace, "generate_inferences.py", "many")
    assert done.returncode == 0, done.stderr
    with h5py.File(workspace / "results", "r") as file:
        sequence = file["many/S9/Walking/55011271"]
        assert np.isfinite(sequence["p3w"][()]).all()
        # Mean lengths of bones that all frames are held to.
        names, lengths = sequence.attrs["bones"].split(","), sequence.attrs["bone_lengths"]
        assert {"hips", "knee", "ankle", "elbow", "wrist"} <= set(names)
        assert 200 < lengths[names.index("knee")] * sequence.attrs["space_scale"] < 700
        assert "proposal_weight" in file["many"].attrs["inference_params"]
    assert "Total" in run_script(workspace, "report.py", "many").stdout
    alone = run_script(
        workspace, "train.py", "h3m_best", "--max_steps=40", "--n_seeds=2", "--select"
    )
    assert "was trained alone" in one_line(alone)
    wrong = run_script(workspace, "train.py", "many", "--select")
    assert "--select needs --n_seeds" in one_line(wrong)
