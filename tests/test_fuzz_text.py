"""Damaged text files of every format: a sound result, or one clear line."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from gan.params import GanParams
from human_pose_util.dataset.eva.calibration import read_calibration
from human_pose_util.dataset.eva.subject import read_measurements, read_shoulder_offsets
from human_pose_util.dataset.eva.sync import read_sync
from human_pose_util.dataset.mocap.amc import read_amc
from human_pose_util.dataset.mocap.asf import parse_asf, read_asf
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.dataset.mocap.spec import read_spec
from human_pose_util.dataset.mpi_inf.calibration import read_calibrations
from human_pose_util.errors import DataError
from human_pose_util.validation import parse, read_json
from inference.film_camera import FilmCamera
from inference.params import InferenceParams
from tests.eva_tree import write_cal
from tests.fuzzing import damaged_text, read_or_refuse
from tests.test_mocap_parsers import ARM_AMC, ARM_ASF, ARM_BVH
from tests.test_mpi_inf import write_calibration

ROOT = Path(__file__).parents[1]
ARM = parse_asf(ARM_ASF, "a.asf")


@pytest.fixture(scope="module", autouse=True)
def _seen(): ...


def written(write, folder="/tmp") -> bytes: ...
