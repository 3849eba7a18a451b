"""Signatures of data: rounding leaves them equal, and changes of the data do not."""

import numpy as np
import pytest

from human_pose_util.dataset import PoseSequence
from human_pose_util.evaluate.data_signature import (
    DATA_SIGNATURE,
    data_signature,
    doubt_of_data,
    tells_change,
)

N_FRAMES, N_JOINTS = 1000, 17


@pytest.fixture
def sequence():
    """A thousand frames of image points [px] before a camera at some place."""
    p2 = np.random.default_rng(3).uniform(100, 900, (N_FRAMES, N_JOINTS, 2))
    p2[40, 5] = np.nan  # not seen
    attrs = {"r": np.eye(3), "t": np.array([300.0, -200.0, 5000.0]), "fps": 50.0}
    attrs |= {"f": np.full(2, 1145.0), "c": np.full(2, 512.0)}
    return PoseSequence({"p2": p2}, attrs)


def has_changed(before, after) -> bool:
    return tells_change({DATA_SIGNATURE: data_signature(before)}, data_signature(after))


def with_p2(sequence, p2):
    return PoseSequence({"p2": p2}, sequence.attrs)


def test_rounding_changes_nothing(sequence):
    noise = 1 + 1e-13 * np.random.default_rng(4).standard_normal(sequence["p2"].shape)
    attrs = sequence.attrs | {"r": sequence.attrs["r"] + 1e-15}
    assert not has_changed(sequence, PoseSequence({"p2": sequence["p2"] * noise}, attrs))


def one_keypoint(p2):
    p2[500, 3, 0] += 1.0


def all_points(p2):
    p2 += 0.01


def exchange(p2):
    p2[:, [2, 5]] = p2[:, [5, 2]]


def one_frame_later(p2):
    p2[1:] = p2[:-1].copy()


def gap(p2):
    p2[7, 7] = np.nan


@pytest.mark.parametrize("change", [one_keypoint, all_points, exchange, one_frame_later, gap])
def test_other_image_points_are_noticed(sequence, change):
    p2 = sequence["p2"].copy()
    change(p2)
    assert has_changed(sequence, with_p2(sequence, p2))


def turned(angle):
    return [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]


@pytest.mark.parametrize(
    "name, value",
    [
        ("t", [300.0, -200.0, 5001.0]),
        ("f", [1145.1, 1145.0]),
        ("c", [512.0, 512.1]),
        ("r", turned(1e-4)),
        ("fps", 25.0),
    ],
)
def test_another_camera_or_rate_is_noticed(sequence, name, value):
    attrs = sequence.attrs | {name: np.asarray(value)}
    assert has_changed(sequence, PoseSequence({"p2": sequence["p2"]}, attrs))


def test_other_numbers_of_frames_are_noticed(sequence):
    assert has_changed(sequence, with_p2(sequence, sequence["p2"][:-1]))


def test_results_without_a_signature_tell_nothing(sequence):
    assert not tells_change({}, data_signature(sequence))
    assert tells_change({DATA_SIGNATURE: np.zeros(3)}, data_signature(sequence))


def test_the_doubt_names_the_first_sequence():
    assert doubt_of_data([]) is None
    assert doubt_of_data(["a"]) == "the data of a have changed since the inference"
    assert doubt_of_data(["a", "b", "c"]).startswith("the data of a (and 2 more) have")
