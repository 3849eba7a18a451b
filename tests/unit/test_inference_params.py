"""What a parameter file may say of the camera, the height and the alternatives."""

import pytest

from human_pose_util.errors import SpecError
from human_pose_util.validation import parse
from inference.params import InferenceParams

LEAST = {"dataset": {"type": "mocap"}, "gan_id": "mocap_big"}


def test_what_is_not_said_is_as_in_the_paper():
    params = parse(InferenceParams, LEAST, "x.json")
    assert (params.camera.extrinsics, params.camera.intrinsics) == ("known", "known")
    assert params.height == "unknown"
    assert (params.n_starts, params.prior_weight, params.path_weight) == (1, 0, 0)
    assert not params.uncertainty


def test_cameras_and_heights():
    camera = {"extrinsics": "unknown", "intrinsics": "focal"}
    params = parse(InferenceParams, LEAST | {"camera": camera, "height": 1.75}, "x.json")
    assert params.camera.intrinsics == "focal"
    assert params.height == 1.75
    assert parse(InferenceParams, LEAST | {"height": "known"}, "x.json").height == "known"


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"camera": {"extrinsics": "guess"}}, "camera.extrinsics"),
        ({"camera": {"focal": 1145}}, "camera.focal"),
        ({"camera": {"intrinsics": "unknown"}}, "needs size"),
        ({"camera": {"size": [1000]}}, "camera.size"),
        ({"camera": {"size": [1000, 0]}}, "camera.size"),
        ({"height": -1.7}, "height"),
        ({"height": "tall"}, "height"),
        ({"optimizer": "adam"}, "optimizer"),
        ({"keep_hypotheses": 3, "smoothness_weight": 1e-4}, "keep_hypotheses needs"),
        ({"path_weight": 1e-4, "optimizer": "scipy"}, "path_weight needs"),
    ],
    ids=str,
)
def test_what_is_wrong_is_named(wrong, told):
    with pytest.raises(SpecError, match=told):
        parse(InferenceParams, LEAST | wrong, "x.json")
