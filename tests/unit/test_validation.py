"""Parameter files: what is wrong with one is said with its file, the key and what is allowed."""

import json
import re
from typing import get_args

import pytest

from gan.networks.activations import ACTIVATIONS
from gan.params import GanParams
from gan.training.losses import LOSSES
from gan.training.optimizers import OPTIMIZERS
from human_pose_util.dataset import DatasetSpec
from human_pose_util.dataset.mocap.spec import MocapSpec
from human_pose_util.errors import SpecError
from human_pose_util.validation import parse, read_json
from inference.objective.robust import ROBUST_LOSSES
from inference.params import InferenceParams
from inference.settings import SearchSettings

DATA = '"dataset": {"type": "x"}'


@pytest.fixture
def load(tmp_path):
    """Text of a file → a GAN's parameters."""

    def load(text, model=GanParams):
        path = tmp_path / "own.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return parse(model, read_json(path), str(path))

    return load


def says(message):
    """The error starts with the file; `message` is a regular expression."""
    return pytest.raises(SpecError, match=rf"^/.*own\.json: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: Expecting value"),
        ("{\n  'a': 1}", "line 2: Expecting property name .*not valid JSON"),
        ('{"a": 1,\n"a": 2}', "key 'a' is there twice"),
        ('{"n_z": NaN}', "NaN is no JSON number"),
        ('{"n_z": -Infinity}', "-Infinity is no JSON number"),
        ('{"n_z": ' + "9" * 5000 + "}", "cannot be read: .*limit"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        (b'{"a": "\xff"}', "cannot be read: 'utf-8' codec"),
        ("{}".encode("utf-16"), "cannot be read: 'utf-8' codec"),
        (b"\xef\xbb\xbf{}", "key 'dataset' is missing"),
        ("null", r"expected \{\.\.\.\}"),
        ("[1]", r"expected \{\.\.\.\}"),
        ('{"dataset": 3}', r"key 'dataset': expected \{\.\.\.\}"),
        ("{}", "key 'dataset' is missing"),
        ('{"dataset": {}}', r"key 'dataset\.type' is missing"),
    ],
    ids=range(16),
)
def test_what_is_no_parameter_file(load, text, message):
    with says(message):
        load(text)


def test_no_file(tmp_path):
    with pytest.raises(SpecError, match=r"there is no file .*none\.json"):
        read_json(tmp_path / "none.json")
    with pytest.raises(SpecError, match="it is a folder, expected a file"):
        read_json(tmp_path)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('"lossttype": 1', "unknown key 'lossttype': did you mean 'loss_type'"),
        ('"zzz": 1', "unknown key 'zzz': allowed: activation, batch_size, .*, n_z, "),
        ('"loss_type": "wgan"', "key 'loss_type': .*'wasserstein', 'minimax', .*got \"wgan\""),
        ('"n_z": 0', "key 'n_z': input should be greater than 0, got 0"),
        ('"n_z": 8.5', "key 'n_z': input should be a valid integer"),
        ('"n_z": "8"', "key 'n_z': input should be a valid integer, got \"8\""),
        ('"n_z": true', "key 'n_z': input should be a valid integer, got true"),
        ('"n_g": 128', "key 'n_g': input should be a valid list, got 128"),
        ('"n_g": [128, -1]', r"key 'n_g\.1': .*greater than 0, got -1"),
        ('"learning_rate": "1e-3"', "key 'learning_rate': .*number, got \"1e-3\""),
        ('"learning_rate": true', "key 'learning_rate': .*number, got true"),
        ('"learning_rate": 1e999', "key 'learning_rate': .*finite"),
        ('"optimizer": null', "key 'optimizer': .*'rmsprop' or 'adam', got null"),
        ('"discriminator_clip_val": null', "loss_type 'wasserstein' needs discriminator_clip_val"),
        ('"seed": -1', "key 'seed'"),
    ],
)
def test_wrong_keys_and_values(load, keys, message):
    with says(message):
        load(f"{{{DATA}, {keys}}}")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            '"filter_kwarg": {}',
            r"unknown key 'dataset\.filter_kwarg': did you mean 'filter_kwargs'",
        ),
        ('"filter_kwargs": {"mode": []}', r"'dataset\.filter_kwargs\.mode': did you mean 'modes'"),
        (
            '"filter_kwargs": {"a": 1}',
            "allowed: actions, camera_ids, camera_idxs, modes, sequence_ids, subject_ids",
        ),
        ('"filter_kwargs": {"modes": ["tran"]}', r"modes\.0': .*'train' or 'eval', got \"tran\""),
        ('"filter_kwargs": {"camera_idxs": [1.5]}', r"camera_idxs\.0': .*integer, got 1.5"),
        ('"normalize_kwargs": {"fps": 0}', r"normalize_kwargs\.fps': .*greater than 0"),
        ('"normalize_kwargs": {"scale_to_height": 1}', r"scale_to_height': .*boolean, got 1"),
        (
            '"normalize_kwargs": {"scale_to_height": true, "space_scale": 1000}',
            "with scale_to_height the unit is the subject's height: leave space_scale out",
        ),
    ],
)
def test_wrong_keys_deeper_down(load, keys, message):
    with says(".*" + message):
        load(f'{{"dataset": {{"type": "x", {keys}}}}}')


def test_a_long_value_is_cut_in_the_message(load):
    with pytest.raises(SpecError) as error:
        load(f'{{{DATA}, "activation": "{"x" * 10_000}"}}')
    assert len(str(error.value)) < 500


def test_a_single_value_stands_for_a_list():
    one = {"modes": "eval", "camera_idxs": 2, "subject_ids": "S1", "sequence_ids": "Walk"}
    many = {key: [value] for key, value in one.items()}
    specs = [parse(DatasetSpec, {"type": "x", "filter_kwargs": k}, "") for k in (one, many)]
    assert specs[0] == specs[1]
    assert specs[0].filter_kwargs.camera_idxs == [2]


def test_whole_numbers_are_numbers_too(load):
    text = f'{{{DATA}, "gan_id": "g", "consistency_weight": 1, "critic_weight": 0, "tol": 1}}'
    assert load(text, InferenceParams).consistency_weight == 1.0


def test_an_inference_without_anything_to_minimise(load):
    with says("at least one of the weights must be positive"):
        load(f'{{{DATA}, "gan_id": "g", "consistency_weight": 0}}', InferenceParams)


def test_parameters_do_not_change(load):
    params = load(f"{{{DATA}}}")
    with pytest.raises(ValueError, match="frozen"):
        params.n_z = 3


PAPER = {"loss_type": "wasserstein", "discriminator_clip_val": 0.01, "optimizer": "rmsprop"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, PAPER | {"n_z": 32, "n_g": [128, 64], "n_critic_steps": 5, "learning_rate": 1e-4}),
        ({"optimizer": "adam"}, PAPER | {"optimizer": "adam"}),
        (
            {"gradient_penalty_weight": 10},
            {"discriminator_clip_val": None, "optimizer": "adam", "gradient_penalty_weight": 10.0},
        ),
        ({"loss_type": "modified"}, {"discriminator_clip_val": None, "optimizer": "rmsprop"}),
        ({"loss_type": "relativistic"}, {"discriminator_clip_val": None, "optimizer": "adam"}),
        (
            {"loss_type": "least_squares", "discriminator_clip_val": 0.1},
            {"discriminator_clip_val": 0.1, "optimizer": "rmsprop"},
        ),
    ],
)
def test_defaults_are_the_papers_and_follow_the_loss(keys, expected):
    params = parse(GanParams, {"dataset": {"type": "x"}, **keys}, "")
    assert {key: getattr(params, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"wgan_type": "weight_clipped"},
            r'\'wgan_type\' .* write "loss_type": "wasserstein", "discriminator_clip_val": 0.01',
        ),
        ({"wgan_type": "gradient_penalized"}, r'write .*, "gradient_penalty_weight": 10'),
        ({"dataset": "h3m_consistent_scaled_c1"}, '"h3m", .*"s24", "scale_to_height": true}}'),
        ({"dataset": "eva_s14_scaled_c1"}, '"eva", .*"s14", "scale_to_height": true}}'),
        ({"dataset": "mine"}, r'write "dataset": {"type": "mine"}'),
    ],
)
def test_a_gan_in_the_originals_older_format(keys, message):
    with pytest.raises(SpecError, match=message):
        parse(GanParams, {"dataset": {"type": "x"}, **keys}, "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h3m_base", {"type": "h3m", "normalize_kwargs": {"skeleton_id": "s24"}}),
        (
            "h3m_s14_consistent_scaled_c1_10fps",
            {
                "type": "h3m",
                "filter_kwargs": {"camera_idxs": [1]},
                "normalize_kwargs": {
                    "skeleton_id": "s14",
                    "consistent_pose": True,
                    "consistent_projection": True,
                    "space_scale": 1000,
                    "pixel_scale": 1000,
                    "fps": 10,
                },
            },
        ),
    ],
)
def test_the_advice_for_an_inference_in_the_older_format_is_a_data_set(name, expected):
    with pytest.raises(SpecError) as caught:
        parse(InferenceParams, {"dataset": name, "gan_id": "a"}, "")
    advice = json.loads(str(caught.value).split('"dataset": ')[1])
    assert advice == expected
    assert parse(InferenceParams, {"dataset": advice, "gan_id": "a"}, "").dataset.type == "h3m"


def test_label_smoothing_needs_labels():
    data = {"dataset": {"type": "x"}, "label_smoothing": 0.25}
    assert parse(GanParams, data | {"loss_type": "modified"}, "").label_smoothing == 0.25
    with pytest.raises(SpecError, match="label_smoothing needs loss_type 'minimax' or 'modified'"):
        parse(GanParams, data, "")


def test_a_weight_of_more_data_sets_needs_them():
    data = {"dataset": {"type": "x"}, "more_weight": 0.5}
    assert parse(GanParams, data | {"more_datasets": [{"type": "y"}]}, "").more_weight == 0.5
    assert parse(GanParams, data | {"more_weight": 1}, "").more_weight == 1
    with pytest.raises(SpecError, match="more_weight needs more_datasets"):
        parse(GanParams, data, "")


def test_parameters_survive_json(load):
    params = load(f'{{{DATA}, "loss_type": "minimax", "n_g": [], "learning_rate": 1}}')
    assert parse(GanParams, params.model_dump(), "") == params
    assert load(params.model_dump_json()) == params


def test_message_is_in_one_line(load):
    with pytest.raises(SpecError) as error:
        load(f'{{{DATA}, "activation": "re\\nlu"}}')
    assert re.search(r'got "re\\nlu"$', str(error.value))


@pytest.mark.parametrize(
    ("model", "value", "message"),
    [
        (SearchSettings, {"height": "tall"}, "'height': .*'unknown', or a valid number, got"),
        (MocapSpec, {"bvh_joints": {"head": 5}}, r"'bvh_joints\.head': .*string, or a valid list,"),
        (MocapSpec, {"cameras": 3}, "key 'cameras': input should be a valid list, got 3"),
    ],
)
def test_messages_are_in_the_words_of_the_file(model, value, message):
    """They name every type that a value may have, and neither Python's types nor pydantic's."""
    with pytest.raises(SpecError, match=message):
        parse(model, value, "a.json")


@pytest.mark.parametrize(
    "model, key, table",
    [
        (GanParams, "loss_type", LOSSES),
        (GanParams, "activation", ACTIVATIONS),
        (GanParams, "optimizer", OPTIMIZERS),
        (SearchSettings, "robust_loss", ROBUST_LOSSES),
    ],
)
def test_a_key_allows_the_names_that_the_code_knows(model, key, table):
    """A name that only one of the two had would be a traceback, or could not be chosen."""
    assert sorted(get_args(model.model_fields[key].annotation)) == sorted(table)
