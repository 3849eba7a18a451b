"""Damaged text files of every format: a sound result, or one clear line."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given

from gan.params import GanParams
from human_pose_util.dataset.eva.text import (
    read_calibration,
    read_mocap_frames,
    read_shoulder_offsets,
)
from human_pose_util.dataset.mocap.amc import read_amc
from human_pose_util.dataset.mocap.asf import read_asf
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.dataset.mocap.kinematics import Motion
from human_pose_util.dataset.mocap.spec import read_spec
from human_pose_util.dataset.mpi_inf.calibration import read_calibrations
from human_pose_util.validation import parse, read_json
from inference.params import InferenceParams
from lifting.input.film_camera import FilmCamera
from tests.helpers.damaged_files import damaged_text, read_or_refuse
from tests.helpers.humaneva_tree import write_cal
from tests.helpers.mocap_files import ARM_AMC, ARM_ASF, ARM_BVH, parse_asf
from tests.helpers.mpi_inf_files import write_calibration

ROOT = Path(__file__).parents[2]
ARM = parse_asf(ARM_ASF, "a.asf")
MOCAP_SPEC = {
    "bvh_unit_mm": 10, "bvh_up_axis": "z", "amc_fps": 60, "eval": ["01/01_05"],
    "cameras": [{"azimuth": 40, "id": "a"}, {"r": np.eye(3).tolist(), "t": [0, 0, 5]}],
}  # fmt: skip
FILM_CAMERA = {"f": [1e3, 1e3], "c": [5, 5], "r": np.eye(3).tolist(), "t": [0, 0, 5000]}


def written(write) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "a")
        return (Path(folder) / "a").read_bytes()


CAL, CALIBRATION = written(write_cal), written(write_calibration)
OFS, MP = b"0\n5.5\n2\n", b"comment\n$LShoulderOffset = 48\n$RShoulderOffset = 52.5\n$BodyMass=70\n"
GANS, INFERENCES = (
    [path.read_bytes() for path in sorted((ROOT / folder).glob("*.json"))]
    for folder in ("gan_params", "inference_params")
)


def is_rotation(r: np.ndarray) -> bool:
    return bool(np.abs(r @ r.T - np.eye(3)).max() <= 1e-2 and np.linalg.det(r) > 0)


@given(damaged_text([ARM_ASF.encode()]))
def test_asf(data):
    skeleton = read_or_refuse(read_asf, data, "a.asf")
    if skeleton is not None:
        n_channels = sum(len(bone.channels) for bone in skeleton.bones)
        positions = Motion(
            skeleton.bones, np.ones((2, n_channels)), skeleton.angle_unit, moves_itself=True
        ).positions()
        assert positions.shape == (2, len(skeleton.bones), 3)
        assert np.isfinite(positions).all()


@given(damaged_text([ARM_AMC.encode(), b"\xef\xbb\xbf" + ARM_AMC.replace("\n", "\r").encode()]))
def test_amc(data):
    motion = read_or_refuse(lambda path: read_amc(path, ARM), data, "a.amc")
    if motion is not None:
        assert motion.positions().shape == (motion.n_frames, 3, 3)
        assert np.isfinite(motion.positions()).all()


@given(damaged_text([ARM_BVH.encode(), b"\xef\xbb\xbf" + ARM_BVH.replace("\n", "\r\n").encode()]))
def test_bvh(data):
    motion = read_or_refuse(read_bvh, data, "a.bvh")
    if motion is not None:
        assert 0 < motion.fps < 1e7
        assert motion.positions().shape == (motion.n_frames, len(motion.names), 3)
        assert np.isfinite(motion.positions()).all()


@given(damaged_text([CAL, CAL.replace(b"\n", b"\r\n\r\n")]))
@example(CAL.replace(b"\n", b"\n1e200\n", 1))
@example(b"\n".join([b"1"] * 10 + [b"1e200", b"-1e200", b"0"] * 3 + [b"0"] * 3))  # inf − inf
@example(CAL.replace(b"765", b"7_65"))
def test_calibrations_of_humaneva(data):
    camera = read_or_refuse(read_calibration, data, "a.cal")
    if camera is not None:
        assert is_rotation(camera.r)
        assert (camera.f > 0).all()
        assert np.isfinite([*camera.c, camera.skew, *camera.distortion, *camera.t]).all()


@given(damaged_text([OFS]))
@example(b"0\n5\n1e300\n")
def test_synchronisations(data):
    frames = read_or_refuse(lambda path: read_mocap_frames(path, np.arange(3)), data, "a.ofs")
    if frames is not None:
        assert np.isfinite(frames).all()
        assert (np.abs(frames) < 1e9).all()


@given(damaged_text([MP]))
def test_measurements(data):
    offsets = read_or_refuse(read_shoulder_offsets, data, "a.mp")
    assert offsets is None or np.isfinite([offsets["L"], offsets["R"]]).all()


@given(damaged_text([CALIBRATION]))
@example(CALIBRATION.replace(b"2048", b"1e300", 1))
@example(CALIBRATION.replace(b"2048", b"1e-320", 1))
@example(CALIBRATION.replace(b"1490", b"-1490", 1))
def test_calibrations_of_mpi_inf(data):
    for camera in read_or_refuse(read_calibrations, data, "camera.calibration") or []:
        assert is_rotation(camera.r)
        assert (camera.f > 0).all()
        assert min(camera.image_size) > 0
        assert np.isfinite([*camera.c, *camera.t]).all()


@pytest.mark.parametrize(
    ("model", "files"),
    [
        (GanParams, GANS),
        (InferenceParams, INFERENCES),
        (FilmCamera, [json.dumps(FILM_CAMERA).encode()]),
    ],
)
def test_parameters(model, files):
    def read(path: Path):
        return parse(model, read_json(path), str(path))

    @given(damaged_text(files))
    def is_read_or_refused(data):
        params = read_or_refuse(read, data, "a.json")
        assert params is None or model.model_validate_json(params.model_dump_json()) == params

    is_read_or_refused()


@given(damaged_text([json.dumps(MOCAP_SPEC).encode()]))
@example(b'{"cameras": [{"azimuth": 0, "distance": 1e-300}]}')  # straight down, no way is up
def test_specifications_of_motion_capture(data):
    spec = read_or_refuse(lambda path: read_spec(path.parent), data, "dataset.json")
    for camera in [] if spec is None else spec.cameras:
        r, t = camera.extrinsics(np.array([1e5, -1e5, 900.0]))
        assert is_rotation(r)
        assert np.isfinite(t).all()


def test_many_keys_take_no_longer_than_few(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{" + ",".join(f'"{i}":0' for i in range(80_000)) + "}")
    assert len(read_json(path)) == 80_000
