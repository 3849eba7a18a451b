"""Whether the results of a run are those of its parameters, and of what was seen."""

import numpy as np
import pytest

from human_pose_util.evaluate.outcomes import doubt_of_poses
from human_pose_util.evaluate.provenance import as_json, doubt_of_origin
from human_pose_util.evaluate.status import Status
from inference.runs.entry import Entry
from inference.runs.results_writer import ResultsWriter

PARAMS = {"gan_id": "g", "tol": 1e-5, "dataset": {"type": "h3m"}}


def infer(path, key: str, params: dict, step: int = 10, **attrs) -> None:
    """A run with these parameters that finishes one sequence; none for an empty key."""
    attrs = {"inference_params": as_json(params), "checkpoint_step": step, **attrs}
    with ResultsWriter(path, "run", attrs) as writer:
        if key:
            writer.write({key: Entry({"p3w": np.ones((2, 3, 3))}, {})})


@pytest.fixture
def path(tmp_path):
    infer(tmp_path / "results.hdf5", "a", PARAMS)
    return tmp_path / "results.hdf5"


def test_nothing_is_said_of_results_of_the_parameters_or_of_unknown_origin(path):
    assert doubt_of_origin(path, "run", PARAMS) is None
    assert doubt_of_origin(path, "other", PARAMS) is None
    assert doubt_of_origin(path.with_name("no file"), "run", PARAMS) is None
    # A key that another version added, or had, at any depth, is no other value.
    assert doubt_of_origin(path, "run", {"new": 1, **PARAMS}) is None
    newer = PARAMS | {"dataset": {"type": "h3m", "new": 1}}
    assert doubt_of_origin(path, "run", newer) is None
    infer(path, "b", newer)
    infer(path, "c", {"gan_id": "g"}, gan_weights="abc")  # an older version has no such attribute
    assert doubt_of_origin(path, "run", PARAMS) is None


def test_keys_that_have_changed_are_named(path):
    changed = PARAMS | {"tol": 0.1, "dataset": {"type": "eva"}}
    doubt = "the results of run were made with another tol, dataset"
    assert doubt_of_origin(path, "run", changed) == doubt
    infer(path, "", changed)  # nothing was left to do, so nothing was made with them
    assert doubt_of_origin(path, "run", changed) == doubt
    assert doubt_of_origin(path, "run", PARAMS) is None


@pytest.mark.parametrize("params, step", [(PARAMS | {"tol": 0.1}, 10), (PARAMS, 20)])
def test_sequences_of_several_origins(params, step, path):
    infer(path, "b", params, step)
    differs = "inference_params" if step == 10 else "checkpoint_step"
    assert doubt_of_origin(path, "run", params) == f"sequences of run differ in {differs}"


def test_a_gan_that_was_trained_again_is_another_origin(tmp_path):
    path = tmp_path / "results.hdf5"
    infer(path, "a", PARAMS, gan_weights="abc")
    infer(path, "b", PARAMS, gan_weights="abc")
    assert doubt_of_origin(path, "run", PARAMS) is None
    infer(path, "c", PARAMS, gan_weights="def")
    assert doubt_of_origin(path, "run", PARAMS) == "sequences of run differ in gan_weights"


def test_a_value_of_null_is_another_value_than_a_number(path):
    weight = PARAMS | {"proposal_weight": None}
    infer(path, "a", weight)
    changed = weight | {"proposal_weight": 1e-6}
    infer(path, "b", changed)
    assert doubt_of_origin(path, "run", changed) == "sequences of run differ in inference_params"


def test_frames_whose_poses_are_guesses_are_counted(path):
    assert doubt_of_poses(path, "run") is None  # a file of another program has no status
    statuses = {"b": [0, 1, 1], "c": [Status.NO_OBSERVATIONS, 0, Status.NOT_FINITE, 3]}
    with ResultsWriter(path, "run", {}) as writer:
        for key, status in statuses.items():
            poses = {"p3w": np.ones((len(status), 3, 3)), "status": np.int8(status)}
            writer.write({key: Entry(poses, {})})
            expected = None
            if key == "c":
                expected = (
                    "the errors include poses that are guesses: of 7 frames, "
                    "nothing was seen in 1 and the cost of 2 is not finite"
                )
            assert doubt_of_poses(path, "run") == expected  # sequences of the journal included
