"""Whatever is given to an inference, nothing but numbers reaches the results."""

import h5py
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from human_pose_util.dataset.sequence import PoseSequence
from human_pose_util.errors import DataError
from inference.observations import observe, observe_sequence
from inference.results import ResultsWriter
from inference.run import _entry
from inference.status import Status
from tests.inference_problems import C, F, R, T, make_objective, make_optimizer, seen, true_variables

SEEN = 2
"""Frames of a good sequence that goes along with every bad one."""


@pytest.fixture(scope="module")
def optimizer():
    return make_optimizer(n_starts=2, keep_hypotheses=2, uncertainty=True)
