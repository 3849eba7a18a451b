"""The keys of a parameter file for the camera, the height and the search, and their errors."""

import json
import pickle
import re

import numpy as np
import pytest

from human_pose_util.errors import DataError, PoseError, SpecError
from human_pose_util.transforms import LEVEL
from human_pose_util.validation import parse
from inference import CameraKnowledge, infer_sequence_poses
from inference.params import InferenceParams
from inference.settings import SearchSettings
from tests.helpers.inference_problems import C, F, R, T

LEAST = {"dataset": {"type": "mocap"}, "gan_id": "mocap_big"}


@pytest.mark.parametrize("body", ["known", "subject"])
def test_a_body_needs_a_weight(body):
    with pytest.raises(ValueError, match=f"body '{body}' needs a body_weight"):
        SearchSettings(body=body)


def test_scipy_has_no_trend():
    with pytest.raises(ValueError, match="'trend' needs optimizer 'lm'"):
        SearchSettings(smoothness_about="trend", smoothness_weight=1e-5, optimizer="scipy")


def test_defaults_are_those_of_the_paper():
    params = parse(InferenceParams, LEAST, "x.json")
    assert (params.camera.extrinsics, params.camera.intrinsics) == ("known", "known")
    assert params.height == "unknown"
    assert (params.n_starts, params.prior_weight, params.path_weight) == (1, 0, 0)
    assert (params.body, params.body_weight) == ("unknown", 0)
    assert not params.uncertainty


def test_a_default_that_does_nothing_is_no_error():
    defaults = {"robust_scale": 10, "smoothness_about": "rest", "camera": {"size": None}}
    assert parse(InferenceParams, LEAST | defaults, "x.json") == parse(InferenceParams, LEAST, "")


def test_camera_and_height_are_read():
    camera = {"extrinsics": "unknown", "intrinsics": "focal"}
    params = parse(InferenceParams, LEAST | {"camera": camera, "height": 1.75}, "x.json")
    assert params.camera.intrinsics == "focal"
    assert params.height == 1.75
    assert parse(InferenceParams, LEAST | {"height": "known"}, "x.json").height == "known"


@pytest.mark.parametrize(
    "keys, message",
    [
        ({"camera": {"extrinsics": "guess"}}, "camera.extrinsics"),
        ({"camera": {"focal": 1145}}, "camera.focal"),
        ({"camera": {"intrinsics": "unknown"}}, "needs size"),
        ({"camera": {"size": [1000]}}, "camera.size"),
        ({"camera": {"size": [1000, 1000]}}, "size needs intrinsics 'focal' or 'unknown'"),
        ({"robust_scale": 5}, "robust_scale needs robust_loss 'huber' or 'geman_mcclure'"),
        ({"smoothness_about": "trend"}, "'trend' needs a smoothness_weight that is not 0"),
        ({"camera": {"size": [1000, 0]}}, "camera.size"),
        ({"height": -1.7}, "height"),
        ({"height": 1750}, "height"),  # mm
        ({"height": "tall"}, "height"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"optimizer": "lbfgs"}, "key 'optimizer': .*no longer offered: use 'lm', .* or 'scipy'"),
        ({"keep_hypotheses": 3, "smoothness_weight": 1e-4}, "keep_hypotheses needs"),
        ({"path_weight": 1e-4, "optimizer": "scipy"}, "path_weight needs"),
        ({"body": "subject"}, "body 'subject' needs a body_weight that is not 0"),
        ({"body": "known", "body_weight": 0.1}, "expected 'unknown' or 'subject'"),
    ],
    ids=str,
)
def test_wrong_keys_and_values_are_named(keys, message):
    with pytest.raises(SpecError, match=f"^x.json: .*{message}"):
        parse(InferenceParams, LEAST | keys, "x.json")


@pytest.mark.parametrize(
    "units, weights, doubt",
    [
        ({}, {"prior_weight": 1e-5}, "pixel_scale is 1: weights count in the units of normalize_k"),
        ({"space_scale": 1000}, {"body_weight": 0.1}, "pixel_scale is 1: "),
        ({"pixel_scale": 1000}, {"smoothness_weight": 1e-5}, "space_scale is 1: "),
        ({"pixel_scale": 1000}, {"critic_weight": 1e-5}, None),
        ({"pixel_scale": 1000, "scale_to_height": True}, {"smoothness_weight": 1e-5}, None),
        ({}, {"prior_weight": 10, "consistency_weight": 1e-6}, None),
        ({}, {}, None),
    ],
    ids=str,
)
def test_weights_like_those_of_presets_are_in_doubt_in_other_units(units, weights, doubt):
    data = {"type": "mocap", "normalize_kwargs": units}
    params = parse(InferenceParams, LEAST | {"dataset": data} | weights, "x.json")
    assert (params.doubt_of_units or "").startswith(doubt or "")
    assert (params.doubt_of_units is None) == (doubt is None)


def test_settings_of_couplings_and_limits():
    """What a search derives from its settings."""
    plain, scipy = SearchSettings(), SearchSettings(optimizer="scipy")
    assert (plain.couples_frames, plain.iteration_limit) == (False, 200)
    assert (scipy.couples_frames, scipy.iteration_limit) == (True, 15_000)
    assert SearchSettings(max_iterations=7).iteration_limit == 7
    for name in ("smoothness_weight", "glide_weight", "contact_weight"):
        assert SearchSettings(**{name: 1e-4}).couples_frames


def test_weights_of_velocities_are_converted_to_metres():
    """½·w·‖v‖² of a velocity in half metres per second is ½·4·w·‖v‖² in metres per second."""
    settings = SearchSettings(
        **{"smoothness_weight": 1e-4, "glide_weight": 2e-4, "prior_weight": 1e-3},
        **{"robust_loss": "huber", "robust_scale": 5.0},
    )
    metric = settings.in_metres(500.0)
    assert metric.smoothness_weight == pytest.approx(4e-4)
    assert metric.glide_weight == pytest.approx(8e-4)
    assert metric.model_copy(update={"smoothness_weight": 1e-4, "glide_weight": 2e-4}) == settings
    assert SearchSettings(path_weight=1e-4).in_metres(500.0).path_weight == pytest.approx(4e-4)
    assert settings.in_metres(1000.0) == settings


@pytest.mark.parametrize(
    "weights, options, message",
    [
        ({"consistency": 1.0}, {}, "unknown key 'consistency': did you mean 'consistency_weight'"),
        ({"critic_weight": -1.0}, {}, "key 'critic_weight'"),
        ({"robust_loss": "tukey"}, {}, "key 'robust_loss'"),
        ({}, {"n_start": 2}, "unknown key 'n_start': did you mean 'n_starts'"),
        ({}, {"optimizer": "lbfgs"}, "use 'lm'"),
        ({"consistency_weight": 0.0}, {}, "at least one of the weights must be positive"),
        ({"prior_weight": 1e300}, {}, "key 'prior_weight': input should be less than or equal to"),
        ({"robust_scale": "10"}, {}, "key 'robust_scale': input should be a valid number"),
        ({"n_starts": 2}, {"n_starts": 3}, "n_starts is given twice"),
        ({"tol": 1e-3}, {}, "tol is given twice"),
        ({"height": 1.7}, {}, "height is an argument of its own"),
        ({"height": 1.7}, {"height": 1.7}, "height is given twice"),
        ({}, {"height": 1750.0}, "height = 1750 is 1750 m in the unit of t.* 0.2 to 3 m"),
        ({}, {"height": 1.75, "space_scale": 1.0}, "height = 1.75 is 0.00175 m"),
        ({}, {"body": "known"}, "body is for data sets"),
        ({}, {"space_scale": 0.0}, "space_scale 0.0: expected a positive number"),
        ({}, {"pixel_scale": None}, "pixel_scale None: expected a positive number"),
        ({}, {"height": "1.7"}, "height '1.7': expected a positive number"),
        ({}, {"camera": 5}, r"key 'camera': expected {...}, an object with keys, got 5"),
    ],
    ids=str,
)
def test_wrong_weights_and_options_of_one_sequence_are_named(tmp_path, weights, options, message):
    """They are refused before the GAN, which is not trained here, is needed."""
    (tmp_path / "small.json").write_text(json.dumps({"dataset": {"type": "mocap"}}))
    folders = {"gan_params_dir": tmp_path, "models_dir": tmp_path}
    weights, camera = {"consistency_weight": 1.0, **weights}, (R, T, F, C)
    with pytest.raises(SpecError, match=f"^infer_sequence_poses: .*{message}"):
        infer_sequence_poses(
            "small", np.zeros((2, 14, 2)), *camera, 0.1, weights, 1e-6, **folders, **options
        )


@pytest.mark.parametrize("loss_weights", [None, [1], "critic_weight"])
def test_weights_that_are_no_dict(tmp_path, loss_weights):
    (tmp_path / "small.json").write_text(json.dumps({"dataset": {"type": "mocap"}}))
    folders = {"gan_params_dir": tmp_path, "models_dir": tmp_path}
    with pytest.raises(SpecError, match=r"loss_weights .*: expected a dict of weights by name"):
        infer_sequence_poses(
            "small", np.zeros((2, 14, 2)), R, T, F, C, 0.1, loss_weights, 1e-6, **folders
        )
    with pytest.raises(SpecError, match=r"^GAN id 'None': use up to"):
        infer_sequence_poses(
            None, np.zeros((2, 14, 2)), R, T, F, C, 0.1, loss_weights, 1e-6, **folders
        )


@pytest.mark.parametrize("name", ["p2", "r", "t", "f", "c", "joint_weights"])
@pytest.mark.parametrize("value", ["a", [[1, 2], [3]]])
def test_arrays_that_are_no_numbers_are_named(tmp_path, name, value):
    (tmp_path / "small.json").write_text(json.dumps({"dataset": {"type": "mocap"}}))
    arrays = {"p2": np.zeros((2, 14, 2)), "r": R, "t": T, "f": F, "c": C, name: value}
    with pytest.raises(DataError, match=f"^{name}: expected an array of numbers, got "):
        infer_sequence_poses(
            "small", **arrays, dt=0.1, loss_weights={"consistency_weight": 1.0}, tol=1e-6,
            gan_params_dir=tmp_path, models_dir=tmp_path,
        )  # fmt: skip


def infer(tmp_path, **changes):
    """Infer with an untrained GAN: wrong units are refused before it is needed."""
    (tmp_path / "small.json").write_text(json.dumps({"dataset": {"type": "mocap"}}))
    arguments = {
        "gan_id": "small", "p2": np.zeros((3, 14, 2)), "r": R, "t": T, "f": F, "c": C, "dt": 0.1,
        "loss_weights": {"consistency_weight": 1.0}, "tol": 1e-6,
        "gan_params_dir": tmp_path, "models_dir": tmp_path,
    }  # fmt: skip
    infer_sequence_poses(**arguments | changes)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"p2": np.full((3, 14, 2), 700.0)}, "no point of p2 lies before .*: have p2, f and c the"),
        (
            {"joint_weights": np.zeros((3, 14))},
            "no point of p2 lies before .* or none has a weight",
        ),
        (
            {"r": LEVEL, "t": [0.0, 1500.0, 5000.0]},
            "t puts the camera 1500 m above the floor: is t",
        ),
        (
            {"f": 1000 * F, "c": 1000 * C, "p2": 1000 * np.ones((3, 14, 2)) * C},
            r"f is 1.\d+e\+06 px: are p2, f and c in the unit of pixel_scale, 1000 px",
        ),
        ({"dt": 25}, "dt 25: expected a time between frames in seconds, .* 25 looks like a rate"),
        (
            {"f": None},
            "f None: expected numbers; any numbers will do where `camera` says that it is unknown",
        ),
        ({"height": np.array([1.7])}, r"height array\(\[1.7\]\): expected a positive number"),
    ],
    ids=str,
)
def test_units_of_one_sequence_that_cannot_be_are_named(tmp_path, changes, message):
    with pytest.raises(PoseError, match=f"^infer_sequence_poses: {message}"):
        infer(tmp_path, **changes)


@pytest.mark.parametrize("name, shape", [("t", (3, 1)), ("f", (3,)), ("c", (2, 2)), ("t", (4, 3))])
def test_arrays_of_a_camera_with_another_shape_are_named(tmp_path, name, shape):
    expected = re.escape(f"the camera does not fit 3 frames: {name} has shape {shape}, expected (")
    with pytest.raises(DataError, match=expected):
        infer(tmp_path, **{name: np.ones(shape)})


def test_a_value_of_a_camera_that_is_not_finite_is_named(tmp_path):
    with pytest.raises(DataError, match="the camera's c is not finite"):
        infer(tmp_path, c=[np.nan, 0.0])


def test_a_sequence_without_observations_gets_a_warning(tmp_path, caplog):
    with pytest.raises(DataError, match="train"):
        infer(tmp_path, p2=np.full((3, 14, 2), np.nan))
    assert "nothing is observed in any frame" in caplog.text


@pytest.mark.parametrize(
    "keys, message",
    [
        ({"extrinsic": "unknown"}, "unknown key 'extrinsic': did you mean 'extrinsics'"),
        ({"intrinsics": "unknown"}, "intrinsics 'unknown' needs size"),
    ],
)
def test_knowledge_of_a_camera_that_cannot_be(keys, message):
    with pytest.raises(SpecError, match=f"^CameraKnowledge: {message}"):
        CameraKnowledge(**keys)
    known = CameraKnowledge(extrinsics="unknown")
    assert pickle.loads(pickle.dumps(known)) == known
