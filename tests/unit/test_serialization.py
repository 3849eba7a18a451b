"""Where things are, and that everything shipped can be loaded."""

import argparse
import json
from pathlib import Path

import pytest

import serialization
from command_line.locations import add_location_flags
from gan.params import GanParams, load_gan_params
from human_pose_util.errors import SpecError
from human_pose_util.registry import get_skeleton
from inference.params import InferenceParams, load_inference_params
from serialization import (
    GAN_PARAMS_DIR,
    INFERENCE_PARAMS_DIR,
    MODELS_DIR,
    SHIPPED_GAN,
    checked_id,
    gan_model_dir,
)

GANS = sorted(path.stem for path in GAN_PARAMS_DIR.glob("*.json"))
INFERENCES = sorted(path.stem for path in INFERENCE_PARAMS_DIR.glob("*.json"))


def test_the_papers_parameters_are_shipped():
    assert {"h3m_big", "h3m_small", "h3m_s14_big", "eva_big"} <= set(GANS)
    paper = {"h3m_big", "h3m_small", "h3m_s14_big", "h3m_big_inf-s14", "eva_big"}
    assert paper <= set(INFERENCES)


@pytest.mark.parametrize("gan_id", GANS)
def test_every_shipped_gan_loads(gan_id):
    params = load_gan_params(gan_id)
    assert isinstance(params, GanParams)
    # The GAN that is shipped is no subject of comparisons: it has learnt whatever there is.
    modes = ["train", "eval"] if gan_id == SHIPPED_GAN else ["train"]
    assert params.dataset.filter_kwargs.modes == modes
    get_skeleton(params.dataset.normalize_kwargs.skeleton_id)


@pytest.mark.parametrize("inference_id", INFERENCES)
def test_every_shipped_inference_loads_and_has_its_gan(inference_id):
    params = load_inference_params(inference_id)
    assert isinstance(params, InferenceParams)
    assert params.gan_id in GANS
    assert params.dataset.filter_kwargs.modes == ["eval"]
    get_skeleton(params.dataset.normalize_kwargs.skeleton_id)


@pytest.mark.parametrize(
    ("gan_id", "n_z", "widths"), [("h3m_big", 32, [128, 64]), ("h3m_small", 8, [32])]
)
def test_the_papers_networks(gan_id, n_z, widths):
    params = load_gan_params(gan_id)
    assert (params.n_z, params.n_g, params.n_c) == (n_z, widths, widths)
    assert (params.activation, params.batch_size, params.n_critic_steps) == ("relu", 128, 5)
    assert (params.loss_type, params.discriminator_clip_val) == ("wasserstein", 0.01)
    assert (params.optimizer, params.learning_rate) == ("rmsprop", 1e-4)
    assert params.dataset.normalize_kwargs.scale_to_height


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "..",
        ".hidden",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "",
        "a b",
        "a\n",
        "a\0",
        "é",
        "a" * 201,
    ],
)
def test_ids_that_could_lead_elsewhere_are_refused(name, tmp_path):
    for load in (load_gan_params, load_inference_params, gan_model_dir):
        with pytest.raises(SpecError, match=r"id '.*': use up to 200 letters, digits, .*'\+'"):
            load(name, tmp_path)


@pytest.mark.parametrize("name", ["h3m_big", "h3m_big_inf-s14", "v1.2+3", "7", "a" * 200])
def test_ids_that_name_a_file(name):
    assert checked_id(name, "GAN") == name


def test_unknown_ids(tmp_path):
    with pytest.raises(SpecError, match=r"no GAN 'h3m_bag': /.*h3m_bag\.json .*mean 'h3m_big'"):
        load_gan_params("h3m_bag")
    with pytest.raises(SpecError, match=r"to make a new inference, copy /.*/h3m_best\.json as NEW"):
        load_inference_params("NEW")
    with pytest.raises(SpecError, match=r"no inference 'x': .* does not exist; there are none"):
        load_inference_params("x", tmp_path)
    (tmp_path / "own.json").write_text("{}")
    with pytest.raises(SpecError, match=r"no GAN 'x': .* there are own"):
        load_gan_params("x", tmp_path)
    with pytest.raises(SpecError, match="there are none"):
        load_gan_params("x", tmp_path / "nowhere")
    with pytest.raises(SpecError, match=r"no GAN 'own\.json': .* \(did you mean 'own'\?\)$"):
        load_gan_params("own.json", tmp_path)
    with pytest.raises(SpecError, match=r"own\.json is a file: give the id of the GAN, 'own'$"):
        load_gan_params(str(tmp_path / "own.json"), tmp_path)
    (tmp_path / "a.json").write_text("{}")  # a short name, beside which the suffix is long
    with pytest.raises(SpecError, match=r"\(did you mean 'a'\?\)$"):
        load_gan_params("a.json", tmp_path)


def test_parameters_elsewhere(tmp_path):
    (tmp_path / "own.json").write_text(json.dumps({"dataset": {"type": "mine"}, "n_z": 3}))
    assert load_gan_params("own", tmp_path).n_z == 3
    with pytest.raises(SpecError, match=r"own\.json: key 'gan_id' is missing"):
        load_inference_params("own", tmp_path)
    assert gan_model_dir("own", tmp_path) == tmp_path / "own"
    assert gan_model_dir("own") == MODELS_DIR / "own"


def test_location_flags():
    parser = argparse.ArgumentParser()
    add_location_flags(parser, "gan_params_dir", "models_dir", "results")
    args = parser.parse_args(["--models_dir", "there"])
    assert args.models_dir == Path("there")
    assert args.gan_params_dir == GAN_PARAMS_DIR
    assert args.results == serialization.ROOT / "results.hdf5"
    said = " ".join(parser.format_help().split())
    assert "(default: gan_params in the project's folder)" in said
