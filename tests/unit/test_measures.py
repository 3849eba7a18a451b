"""The measures of a report: which poses, joints and frames they compare, and what they need."""

import numpy as np
import pytest
from scipy.spatial import procrustes
from scipy.spatial.transform import Rotation

from human_pose_util.camera import Camera
from human_pose_util.dataset import PoseSequence
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.comparison import compare
from human_pose_util.evaluate.measures import MEASURES, PROCRUSTES, chosen, evaluate
from human_pose_util.evaluate.results_reader import InferredSequence
from human_pose_util.skeleton import MPI17, S14

N_FRAMES, FPS = 6, 25.0
CAMERA = Camera(
    Rotation.from_euler("xyz", [100, 5, 20], degrees=True).as_matrix(),
    np.array([0.1, 0.9, 5.0]), np.array([1.1, 1.1]), np.array([0.5, 0.5]),
)  # fmt: skip
HYPOTHESES = {"p_best", "j_best", "p_agg", "j_agg"}
OF_POSES = set(MEASURES) - set(PROCRUSTES) - HYPOTHESES
UNALIGNED = {"mpjpe", "absolute_mpjpe", "n_mpjpe", "pck", "pck_auc", "mpjve"} | {
    "acceleration_error", "acceleration_error_si"
}  # fmt: skip
IN_WORLD = {"jitter", "w_mpjpe", "wa_mpjpe", "rte", "foot_sliding"}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def walk(rng, skeleton=S14, n=N_FRAMES):
    """[n, n_joints, 3] poses [m] that move on, with feet that stand now and then."""
    person = rng.normal(0, 0.3, (skeleton.n_joints, 3)) + [0, 0, 1]
    path = np.cumsum(rng.normal(0, 0.04, (n, skeleton.n_joints, 3)) + [0.03, 0, 0], axis=0)
    p3w = person + path
    feet = [skeleton.joint_index(foot) for foot in skeleton.feet]
    p3w[2:4, feet] = p3w[1:2, feet]
    return p3w


def sequence(p3w, **attrs):
    """A true sequence [m, 1000 px] that a camera sees."""
    arrays = {"p3w": p3w, "p3c": CAMERA.to_camera(p3w), "p2": CAMERA.project_world(p3w)}
    camera = {"r": CAMERA.r, "t": CAMERA.t, "f": CAMERA.f, "c": CAMERA.c}
    units = {"space_scale": 1000.0, "pixel_scale": 1000.0}
    return PoseSequence(arrays, {**camera, **units, "fps": FPS, **attrs})


def inferred(p3w, **attrs):
    return InferredSequence(p3w, 1000.0, "s14", attrs)


def means_of(p3w, truth, hypotheses=None, skeleton=S14, **attrs):
    comparison = compare(inferred(p3w, **attrs), truth, skeleton, hypotheses)
    return evaluate(comparison)


def value(means):
    return {name: mean.value for name, mean in means.items()}


def norm(p):
    return np.sqrt((p**2).sum(axis=-1))


def test_every_measure_of_a_sequence(rng):
    """Against the formulas, written for this sequence."""
    true = walk(rng)
    pred = true + rng.normal(0, 0.08, true.shape)
    found = value(means_of(pred, sequence(true)))
    hips = [S14.joint_index("l_hip"), S14.joint_index("r_hip")]
    a, b = (p - p[:, hips].mean(axis=1, keepdims=True) for p in (pred, true))
    errors = norm(a - b)
    limits = np.arange(0, 0.151, 0.005)
    scale = (a * b).sum(axis=(1, 2)) / (a * a).sum(axis=(1, 2))

    def of_scipy(p, q):
        standard, fitted, _ = procrustes(q, p)
        return np.linalg.norm(q - q.mean(axis=0)) * norm(standard - fitted).mean()

    feet = [S14.joint_index(foot) for foot in S14.feet]
    stands = norm(np.diff(true[:, feet], axis=0)) < 0.01
    limbs = [("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")]
    lengths = np.array([
        [norm(pred[:, S14.joint_index(f"{s}_{u}")] - pred[:, S14.joint_index(f"{s}_{v}")])
         for u, v in limbs] for s in "lr"
    ])  # fmt: skip
    expected = {
        "mpjpe": 1000 * errors.mean(),
        "absolute_mpjpe": 1000 * norm(pred - true).mean(),
        "n_mpjpe": 1000 * norm(scale[:, None, None] * a - b).mean(),
        "p_mpjpe_reflection": 1000 * np.mean([*map(of_scipy, pred, true)]),
        "pck": 100 * (errors < 0.15).mean(),
        "pck_auc": 100 * np.mean([(errors < limit).mean() for limit in limits]),
        "mpjve": 1000 * norm(np.diff(a - b, 1, axis=0)).mean(),
        "acceleration_error": 1000 * norm(np.diff(a - b, 2, axis=0)).mean(),
        "acceleration_error_si": norm(np.diff(a - b, 2, axis=0)).mean() * FPS**2,
        "jitter": norm(np.diff(pred, 3, axis=0)).mean() * FPS**3,
        "foot_sliding": 1000 * norm(np.diff(pred[:, feet], axis=0))[stands].mean(),
        "bone_variation": 100 * (lengths.std(axis=2) / lengths.mean(axis=2)).mean(),
        "bone_asymmetry": 1000 * np.abs(lengths[0] - lengths[1]).mean(),
    }  # fmt: skip
    for name, number in expected.items():
        assert found[name] == pytest.approx(number, rel=1e-9), name
    assert set(found) == OF_POSES
    assert 0 < found["wa_mpjpe"] <= found["w_mpjpe"] + 1e-9


def test_perfect_poses(rng):
    found = value(
        means_of(walk(np.random.default_rng(3)), sequence(walk(np.random.default_rng(3))))
    )
    percent = {"pck": 100, "pck_auc": 100 * 30 / 31}
    for name in OF_POSES - {"jitter", "bone_variation", "bone_asymmetry"}:
        assert found[name] == pytest.approx(percent.get(name, 0), abs=1e-6), name


def test_poses_in_the_cameras_frame_are_compared_there(rng):
    true = walk(rng)
    pred = true + rng.normal(0, 0.08, true.shape)
    in_world = value(means_of(pred, sequence(true)))
    in_camera = value(means_of(CAMERA.to_camera(pred), sequence(true), frame="camera"))
    assert in_camera == pytest.approx(in_world)


def test_without_a_camera_only_aligned_errors_are_determined(rng):
    true = walk(rng)
    bare = PoseSequence({"p3w": true}, {"space_scale": 1000.0, "pixel_scale": 1000.0, "fps": FPS})
    found = means_of(CAMERA.to_camera(true), bare, frame="camera")
    assert set(found) == OF_POSES - UNALIGNED


def test_the_frame_of_a_moving_camera_is_no_world(rng):
    true = walk(rng)
    moving = {
        "r": np.repeat(CAMERA.r[None], N_FRAMES, 0),
        "t": np.repeat(CAMERA.t[None], N_FRAMES, 0),
    }
    found = means_of(CAMERA.to_camera(true), sequence(true, **moving), frame="camera")
    assert set(found) == OF_POSES - IN_WORLD
    assert found["p_mpjpe"].value == pytest.approx(0, abs=1e-6)


def test_one_frame_has_no_motion(rng):
    found = means_of(walk(rng, n=1), sequence(walk(rng, n=1)))
    lacking = {"mpjve", "acceleration_error", "acceleration_error_si", "jitter"}
    lacking |= {"rte", "foot_sliding", "bone_variation"}
    assert set(found) == OF_POSES - lacking


@pytest.mark.parametrize("frame", ["world", "camera"])
def test_hypotheses_are_chosen_by_the_truth_or_by_the_image(rng, frame):
    true = walk(rng)
    hypotheses = true + rng.normal(0, 0.1, (3, *true.shape))
    image = 1000 * norm(CAMERA.project_world(hypotheses) - CAMERA.project_world(true))
    stored = hypotheses if frame == "world" else CAMERA.to_camera(hypotheses)
    found = means_of(stored[0], sequence(true), stored, frame=frame)
    hips = [S14.joint_index("l_hip"), S14.joint_index("r_hip")]
    a, b = (p - p[..., hips, :].mean(axis=-2, keepdims=True) for p in (hypotheses, true))
    errors = 1000 * norm(a - b)
    assert found["p_best"].value == pytest.approx(errors.mean(axis=-1).min(axis=0).mean())
    assert found["j_best"].value == pytest.approx(errors.min(axis=0).mean())
    assert found["p_agg"].value == pytest.approx(1000 * norm(a.mean(axis=0) - b).mean())
    nearest = np.take_along_axis(errors, image.argmin(axis=0)[None], axis=0)
    assert found["j_agg"].value == pytest.approx(nearest.mean())


def test_hypotheses_in_the_frame_of_the_camera_need_no_extrinsics(rng):
    true = walk(rng)
    whole = sequence(true)
    attrs = {name: value for name, value in whole.attrs.items() if name not in ("r", "t")}
    bare = PoseSequence({name: whole[name] for name in ("p3w", "p3c", "p2")}, attrs)
    hypotheses = CAMERA.to_camera(true + rng.normal(0, 0.1, (3, *true.shape)))
    found, expected = (means_of(true, s, hypotheses, frame="camera") for s in (bare, whole))
    assert found["j_agg"] == expected["j_agg"]


def test_hypotheses_are_projected_by_the_camera_of_the_run_in_its_unit(rng):
    """Results in mm of a run that found another focal length than that of the data, in metres."""
    true = walk(rng)
    given = sequence(true, f=CAMERA.f / 1.3)
    hypotheses = CAMERA.to_camera(true + rng.normal(0, 0.1, (3, *true.shape)))
    hypotheses[1] = CAMERA.to_camera(true)  # explains the image, and is the truth
    own = {"frame": "camera", "f": CAMERA.f, "c": CAMERA.c}
    run = InferredSequence(1000 * hypotheses[0], 1.0, "s14", own)
    found = evaluate(compare(run, given, S14, 1000 * hypotheses))
    assert found["j_agg"].value == pytest.approx(0, abs=1e-6)
    assert found["p_agg"].value > 10


def test_hypotheses_are_projected_by_a_camera_that_zooms(rng):
    """Results have the mean focal length; that of each frame is as the data have it, times 1.2."""
    true = walk(rng)
    zoom = np.linspace(0.6, 1.4, len(true))[:, None]
    p3c = CAMERA.to_camera(true)
    f = 1.2 * zoom * CAMERA.f
    p2 = f[:, None] * p3c[..., :2] / p3c[..., 2:] + CAMERA.c
    whole = sequence(true, f=zoom * CAMERA.f)
    given = PoseSequence({"p3w": true, "p3c": p3c, "p2": p2}, whole.attrs)
    hypotheses = p3c + rng.normal(0, 0.1, (3, *true.shape))
    hypotheses[1] = p3c  # explains the image, and is the truth
    own = {"frame": "camera", "f": f.mean(axis=0), "c": CAMERA.c}
    run = InferredSequence(hypotheses[0], whole.attrs["space_scale"], "s14", own)
    found = evaluate(compare(run, given, S14, hypotheses))
    assert found["j_agg"].value == pytest.approx(0, abs=1e-6)


def test_one_hypothesis_is_none(rng):
    true = walk(rng)
    assert not HYPOTHESES & set(means_of(true, sequence(true), true[None]))
    unseen = PoseSequence({"p3w": true}, sequence(true).attrs)
    assert HYPOTHESES - set(means_of(true, unseen, np.stack([true, true]))) == {"j_agg"}


def test_pck_is_over_fourteen_joints_relative_to_the_pelvis(rng):
    true = walk(rng, MPI17)
    pred = true.copy()
    for left_out in ("spine", "head"):
        pred[:, MPI17.joint_index(left_out)] += 1.0
    pred[:, MPI17.joint_index("head_top")] += [0, 0, 0.151]
    assert value(means_of(pred, sequence(true), skeleton=MPI17))["pck"] == pytest.approx(1300 / 14)
    pred[:, MPI17.joint_index("pelvis")] += [1, 0, 0]
    assert value(means_of(pred, sequence(true), skeleton=MPI17))["pck"] == 0


def test_names():
    assert chosen("W-MPJPE, pck,pck") == ("w_mpjpe", "pck")
    assert chosen("all") == chosen("mpjpe, ALL") == tuple(MEASURES)
    with pytest.raises(SpecError, match="did you mean 'mpjpe'"):
        chosen("mpjp")
