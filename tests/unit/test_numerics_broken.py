"""Whatever observations an inference is given, only finite numbers reach the results."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

from human_pose_util.camera import Camera
from human_pose_util.dataset.sequence import PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.evaluate.status import Status
from inference.model.camera_knowledge import CameraKnowledge
from inference.model.observe import observe_sequence
from inference.model.sequence_variables import SequenceVariables
from inference.runs.result_entry import entry_of
from inference.runs.results_writer import ResultsWriter
from inference.solvers.execution import COMPILED
from lifting import FilmCamera
from tests.helpers.inference_problems import (
    CAMERA,
    C,
    F,
    R,
    T,
    make_search,
    observations,
    pose_and_image,
    true_variables,
)  # fmt: skip

N = 4
OTHERS = [0, 2, 3]
SHALLOW = (16,), (8,)
"""Numbers of units of networks with one hidden layer, which XLA compiles in half the time."""

ATTRS = {"space_scale": 1000.0, "pixel_scale": 1000.0, "fps": 10.0}
_, P2 = pose_and_image(true_variables(N), noise=0.002)


def only(*joints: int) -> np.ndarray:
    """A frame in which only some joints were observed."""
    frame = np.full((14, 2), np.nan)
    frame[list(joints)] = P2[1, list(joints)]
    return frame


NOTHING, ODD = (Status.NO_OBSERVATIONS,), (Status.CONVERGED, Status.NOT_FINITE)
FRAMES = {  # the points of frame 1, and the ways in which that frame may end
    "missing": (only(), NOTHING),
    "huge": (np.full((14, 2), 1e30), NOTHING),
    "hugely negative": (np.full((14, 2), -1e30), NOTHING),
    "infinite": (np.full((14, 2), np.inf), NOTHING),
    "one joint": (only(3), (Status.CONVERGED,)),
    "two joints": (only(3, 4), (Status.CONVERGED,)),
    "a point": (np.tile(C, (14, 1)), ODD),
    "a point aside": (np.tile(C + 15, (14, 1)), ODD),
    "a line": (np.linspace(0, 1, 14)[:, None] * [1, 0] + [0, 0.5], ODD),
    "upside down": (2 * C - P2[1], ODD),
    "nonsense": (np.random.default_rng(0).normal(size=(14, 2)) * 20, ODD),
}


@pytest.fixture(scope="module")
def alone():
    """A search that fits every frame by itself, with every array that may be stored."""
    settings = {"n_starts": 2, "keep_hypotheses": 2, "height": "known", "max_iterations": 20}
    return make_search(execution=COMPILED, uncertainty=True, **settings)


@pytest.fixture(scope="module")
def coupled():
    """A search whose frames are coupled by both motion terms."""
    settings = {"smoothness_weight": 1e-4, "glide_weight": 1e-4, "max_iterations": 20}
    return make_search("tanh", SHALLOW, execution=COMPILED, **settings)


@pytest.fixture(scope="module")
def undisturbed_motion(coupled):
    return coupled.infer([observations(P2)])[0]


@pytest.fixture(scope="module")
def undisturbed(alone):
    return alone.infer([observations(P2, height=1.7)])[0]


def stored(result, path) -> dict:
    """The arrays and attributes of a result in the results file."""
    with ResultsWriter(path, "run", {}) as writer:
        writer.write({"key": entry_of(result, ATTRS, "s14", np.zeros((8, 3)))})
    with h5py.File(path, "r") as file:
        sequence = file["run/key"]
        return {name: sequence[name][...] for name in sequence} | dict(sequence.attrs)


def check_stored(result, path) -> None:
    """All values are finite; only a cost may be infinite, and then the status records it."""
    for name, values in stored(result, path).items():
        if "cost" in name:
            assert not np.isnan(values).any(), name
        elif not isinstance(values, str):
            assert np.isfinite(values).all(), name
    infinite = np.isinf(result.cost)
    np.testing.assert_array_equal(infinite, result.status == Status.NOT_FINITE)


@pytest.fixture(scope="module")
def absent(alone):
    """The result without frame 1."""
    return alone.infer([observations(P2[OTHERS], height=1.7)])[0]


@pytest.mark.parametrize("frame, statuses", FRAMES.values(), ids=FRAMES)
def test_bad_frame_has_its_status_and_is_as_if_it_were_absent(
    alone, absent, frame, statuses, tmp_path
):
    """A frame that shows enough joints stands between its neighbours: they start from it."""
    p2 = P2.copy()
    p2[1] = frame
    result = alone.infer([observations(p2, height=1.7)])[0]
    check_stored(result, tmp_path / "results.hdf5")
    assert result.status[1] in statuses
    assert (result.cost[OTHERS] <= 1.001 * absent.cost).all()
    tolerance = 1e-3 if statuses == ODD else 0.0
    # Standard deviations do change: the errors of the whole sequence are in them.
    for name in ("p3w", "status", "hypotheses_p3w"):
        axis = 1 if name == "hypotheses_p3w" else 0
        given, expected = getattr(result, name).take(OTHERS, axis), getattr(absent, name)
        np.testing.assert_allclose(given, expected, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("name", ["missing", "one joint", "a point aside", "upside down"])
def test_bad_frame_of_coupled_frames_changes_no_other_sequence(
    coupled, undisturbed_motion, name, tmp_path
):
    """It does change its neighbours, as it should."""
    p2 = P2.copy()
    p2[1], statuses = FRAMES[name]
    good, bad = observations(P2), observations(p2)
    first, result = coupled.infer([good, bad])
    check_stored(result, tmp_path / "results.hdf5")
    assert (result.status[1] == Status.NO_OBSERVATIONS) == (statuses == NOTHING)
    assert result.scale > 1e-3
    np.testing.assert_array_equal(first.p3w, undisturbed_motion.p3w)


@pytest.mark.parametrize("confidence", [0.0, np.nan, -1.0, 1e-300, 1e-30, 1e9])
def test_confidences_of_any_size_have_finite_results(alone, confidence, tmp_path):
    weights = np.ones((N, 14))
    weights[1] = confidence
    result = alone.infer([observations(P2, weights=weights, height=1.7)])[0]
    check_stored(result, tmp_path / "results.hdf5")
    is_observed = confidence > 0
    assert (result.status[1] == Status.NO_OBSERVATIONS) == (not is_observed)


STRANGE_CAMERAS = {
    "looks away": Camera(R * [[1], [-1], [-1]], T * [1, -1, -1], F, C),
    "in the subject": replace(CAMERA, t=-R @ [0.0, 0.0, 0.8]),
    "on the floor": replace(CAMERA, t=np.zeros(3)),
    "very far": replace(CAMERA, t=T + 1e8),
    "very long": replace(CAMERA, f=8e8 * F),
    "very short": replace(CAMERA, f=1e-9 * F),
    "looks past": replace(CAMERA, c=C + 1e8),
}


@pytest.mark.parametrize("camera", STRANGE_CAMERAS.values(), ids=STRANGE_CAMERAS)
def test_strange_camera_has_finite_results_and_harms_no_other_sequence(
    alone, undisturbed, camera, tmp_path
):
    strange = observations(P2, height=1.7, camera=camera)
    result, good = alone.infer([strange, observations(P2, height=1.7)])
    check_stored(result, tmp_path / "results.hdf5")
    np.testing.assert_array_equal(good.p3w, undisturbed.p3w)


BROKEN = {
    "no focal length": ({"f": 0 * F}, "focal lengths 0: expected positive"),
    "a negative one": ({"f": -F}, "expected positive"),
    "no rotation": ({"r": 1.1 * R}, "r is no rotation"),
    "a mirror": ({"r": R * [[-1], [1], [1]]}, "r is no rotation"),
    "rotation of NaN": ({"r": np.full((3, 3), np.nan)}, "not finite"),
    "translation of NaN": ({"t": T * np.nan}, "not finite"),
    "infinite centre": ({"c": C + np.inf}, "not finite"),
    "no rate": ({"fps": np.inf}, "seconds between frames"),
}


@pytest.mark.parametrize("keys, message", BROKEN.values(), ids=BROKEN)
def test_impossible_camera_of_a_sequence_is_refused(keys, message):
    camera = {"r": R, "t": T, "f": F, "c": C, "fps": 10.0}
    sequence = PoseSequence({"p2": P2}, {**camera, **keys})
    with pytest.raises(DataError, match=message):
        observe_sequence(sequence)


def test_what_an_inference_lacks_is_named():
    sequence = PoseSequence({"p2": P2}, {"r": R, "f": F, "c": C})
    with pytest.raises(DataError, match=r"^an inference needs t, fps, which the data lack"):
        observe_sequence(sequence)
    sequence = PoseSequence({}, {"r": R, "t": T, "f": F, "c": C, "fps": 10.0})
    with pytest.raises(DataError, match=r"^an inference needs p2 \(.*consistent_projection"):
        observe_sequence(sequence)


@pytest.mark.parametrize("confidence", [1e30, np.inf])
def test_impossible_confidence_is_refused(confidence):
    with pytest.raises(DataError, match="expected at most 1e"):
        observations(P2, weights=np.full((N, 14), confidence))


def test_camera_of_a_film_that_cannot_show_the_keypoints_is_refused(lifter):
    points = np.random.default_rng(0).uniform(300, 700, (3, 17, 2))
    with pytest.raises(DataError, match="cannot be right"):
        lifter.lift(points, camera=FilmCamera(f=[0.01, 0.01]))


def test_largest_step_of_the_principal_point_is_equal_in_any_unit():
    camera = CameraKnowledge(intrinsics="unknown", size=[1024, 1030])
    steps = [SequenceVariables.of(camera, False, unit).largest_step for unit in (1, 1000)]
    np.testing.assert_allclose(steps[0], steps[1] * [1, 1, 1000, 1000])
