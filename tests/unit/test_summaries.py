"""What TensorBoard finds in the logs of runs that stop, go on, or are killed."""

from contextlib import closing

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from gan.networks import Generator
from gan.params import GanParams
from gan.proposal_params import ProposalParams
from gan.training.summaries import Summaries, forget_after
from tests.helpers.toy_dataset import DATASET, TOY, toy_poses

PARAMS = GanParams(dataset=DATASET, n_z=3, n_g=[8, 4])
METRICS = ("critic_loss", "generator_loss", "critic_real", "critic_fake", "steps_per_second")


@pytest.fixture
def logs(tmp_path):
    return tmp_path / "small" / "logs"


def session(logs, start, *steps):
    """Log some steps of a run that goes on at `start`, ten seconds after the one before."""
    for path in logs.glob("*"):  # TensorBoard reads them in the order of the time in their names
        time = path.name.split(".")[3]
        path.rename(path.with_name(path.name.replace(time, str(int(time) - 10))))
    with closing(Summaries(logs, PARAMS, toy_poses(50) / 1000, TOY, start)) as summaries:
        for step in steps:
            summaries.scalars(step, dict.fromkeys(METRICS, float(step)))


def shown(logs):
    accumulator = EventAccumulator(str(logs))
    accumulator.Reload()
    return accumulator


def steps(logs, tag="loss/critic"):
    return [event.step for event in shown(logs).Tensors(tag)]


def test_a_run_that_goes_on_continues_its_charts(logs):
    session(logs, 0, 10, 20)
    session(logs, 20, 30)
    session(logs, 30, 40)
    assert steps(logs) == [10, 20, 30, 40]


def test_what_a_killed_run_logged_after_its_checkpoint_is_shown_once(logs):
    session(logs, 0, 10, 20, 30)
    session(logs, 15, 20, 30, 40)
    assert steps(logs) == [10, 20, 30, 40]
    session(logs, 0, 10)
    assert steps(logs) == [10]


def test_what_does_not_change_is_logged_once(logs):
    session(logs, 0, 10)
    session(logs, 10, 20)
    for tag in ("parameters", "skeleton/real/head", "_hparams_/session_start_info"):
        assert steps(logs, tag) == [0]


def test_a_run_that_is_killed_at_its_start_leaves_the_parameters_to_the_next(logs):
    forget_after(0, logs)  # the mark is all that the first run writes
    session(logs, 0, 10)
    assert row(logs).group_name == "small"
    assert steps(logs, "parameters") == [0]


def test_bone_lengths_are_those_of_the_poses(logs):
    generator = Generator(3, [8, 4], TOY.n_joints, "relu", 0)
    with closing(Summaries(logs, PARAMS, toy_poses(50) / 1000, TOY)) as summaries:
        summaries.pictures(7, generator)
    (real,), (generated,) = (
        shown(logs).Tensors(f"skeleton/{kind}/head") for kind in ("real", "generated")
    )
    assert (real.step, generated.step) == (0, 7)
    poses = toy_poses(50) / 1000
    lengths = np.linalg.norm(poses[:, 3] - poses[:, 0], axis=-1)
    buckets = tf.make_ndarray(real.tensor_proto)
    assert buckets[:, 2].sum() == 50
    np.testing.assert_allclose([buckets[0, 0], buckets[-1, 1]], [lengths.min(), lengths.max()])


def test_real_and_generated_share_a_chart(logs):
    session(logs, 0, 10)
    (event,) = shown(logs).Tensors("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(tf.make_ndarray(event.tensor_proto).item())
    (category,) = layout.category
    tags = [list(chart.multiline.tag) for chart in category.chart]
    assert tags == [["value/(real|fake)"], ["loss/(critic|generator)"]]


def row(logs):
    """A run's row in TensorBoard's table of hyperparameters."""
    metadata = shown(logs).SummaryMetadata("_hparams_/session_start_info")
    return HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info


def test_parameters_are_a_row_of_the_table(logs):
    session(logs, 0, 10)
    start = row(logs)
    assert start.group_name == "small"
    assert start.hparams["loss_type"].string_value == "wasserstein"
    assert start.hparams["n_g"].string_value == "8, 4"
    assert start.hparams["n_z"].number_value == 3
    assert start.hparams["dataset"].string_value == "toy"


def test_data_sets_are_named_in_the_table(logs):
    spec = PARAMS.dataset
    others = [spec.model_copy(update={"type": name}) for name in ("h3m", "mocap")]
    params = PARAMS.model_copy(update={"more_datasets": others})
    with closing(Summaries(logs, params, toy_poses(50) / 1000, TOY)):
        pass
    assert row(logs).hparams["dataset"].string_value == "toy"
    assert row(logs).hparams["more_datasets"].string_value == "h3m, mocap"


def test_parameters_of_a_proposal_are_columns_and_leave_the_row_its_name(logs):
    params = PARAMS.model_copy(update={"proposal": ProposalParams(n_hidden=7)})
    with closing(Summaries(logs, params, toy_poses(50) / 1000, TOY)):
        pass
    assert row(logs).group_name == "small"
    assert row(logs).hparams["proposal/n_hidden"].number_value == 7
