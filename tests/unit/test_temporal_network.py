"""The proposal network for films: taps in time, motion of views, symmetries, reach, training."""

import numpy as np
import pytest
import tensorflow as tf

from gan.networks.normalized_view import view
from gan.networks.proposal_inputs import FilmInputs, FrameInputs
from gan.networks.proposal_network import ProposalNetwork
from gan.networks.temporal_network import (
    DILATIONS,
    FIRST_GATE,
    MOTION_REACH,
    N_MOTION,
    TemporalNetwork,
    view_motion,
)
from gan.networks.time_taps import LONGEST_GAP, at, tap
from gan.params import GanParams
from gan.proposal_params import ProposalParams
from gan.training.augment import is_mirrored
from gan.training.draw import Draw
from gan.training.motion import Motion, cut
from gan.training.temporal_trainer import BLOCK, TemporalTrainer
from gan.training.virtual_films import detected, film_examples, in_world
from gan.variables import arrays
from human_pose_util.camera import Camera
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import S14
from human_pose_util.transforms import rotation_about
from inference.model.observe import observe
from inference.search.proposer import Proposer
from inference.solvers.execution import TRACED
from tests.helpers.inference_problems import STANDING, make_generator
from tests.helpers.normalized_views import misfit_in_view
from tests.helpers.quick_training import set_back
from tests.helpers.toy_dataset import DATASET

CLEAN = {"spoilt_share": 1.0, "missing": 0.0, "noise": 0.0, "unplaced_share": 0.0}
GIVEN = {
    "dataset": DATASET,
    "n_z": 5,
    "n_g": [24, 16],
    "proposal": {"n_hidden": 32, "n_blocks": 1, "steps": 1} | CLEAN,
    "temporal_proposal": {"n_hidden": 24, "steps": 100, "batch_size": 8, "n_frames": 16},
}
PARAMS = GanParams.model_validate(GIVEN)
LEVEL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def constant(*values):
    return [tf.constant(value, tf.float32) for value in values]


def test_values_between_frames_are_interpolated():
    times = np.array([[0.0, 0.1, 0.15, 0.3, 0.4]])
    values = np.stack([3 * times - 1, -times], axis=2)  # linear, so interpolation is exact
    (times, values) = constant(times, values)
    later = tap(times, 0.07)
    expected = np.minimum(times.numpy() + 0.07, 0.4)
    np.testing.assert_allclose(at(values, later)[..., 0], 3 * expected - 1, atol=1e-5)
    np.testing.assert_array_equal(later.inside, [[1, 1, 1, 1, 0]])
    before = tap(times, -0.1)
    np.testing.assert_array_equal(before.inside, [[0, 1, 1, 1, 1]])
    np.testing.assert_allclose(at(values, before)[0, :2, 0], [-1, -1], atol=1e-5)


def test_there_is_nothing_in_a_gap():
    (times,) = constant([[0.0, 0.1, 0.1 + 2 * LONGEST_GAP, 0.2 + 2 * LONGEST_GAP]])
    np.testing.assert_array_equal(tap(times, 0.05).inside, [[1, 0, 1, 0]])
    np.testing.assert_array_equal(tap(times, -0.05).inside, [[0, 1, 0, 1]])


def filmed(n_frames=20, fps=20.0, seed=0):
    """A person who moves before a camera: rays, verticals, rotations, times, poses."""
    rng = np.random.default_rng(seed)
    times = np.arange(n_frames) / fps
    sway = 0.05 * np.sin(3 * times[:, None, None] + rng.uniform(0, 6, (14, 3)))
    r = rotation_about(0.2, "x") @ LEVEL
    p3c = (STANDING + sway) @ r.T + [0.3, 0.1, 4.0] + times[:, None, None] * [0.5, 0.0, 0.3]
    return p3c[..., :2] / p3c[..., 2:], np.tile(r[:, 2], (n_frames, 1)), r, times


def propose(network, rays, up, steady, times, seen=None):
    seen = np.ones(rays.shape[:2]) if seen is None else seen
    frames = FrameInputs(*constant(rays, seen, up, np.ones(len(rays))))
    steady = np.broadcast_to(steady, (len(rays), 3, 3))
    return network.propose_film(FilmInputs(frames, *constant(steady, times)))


@pytest.fixture
def network():
    network = TemporalNetwork(PARAMS, ProposalNetwork(PARAMS, S14), S14)
    rng = np.random.default_rng(3)
    last = network.layers[-1].w  # which is small in an untrained network
    last.assign(0.1 * rng.normal(size=last.shape))
    return network


def test_a_network_without_outputs_averages_neighbours_a_little():
    """With all outputs 0, each joint is p + σ(FIRST_GATE)·Σ_k (p_k − p)."""
    of_frames = ProposalNetwork(PARAMS, S14)
    network = TemporalNetwork(PARAMS, of_frames, S14)
    network.layers[-1].w.assign(tf.zeros_like(network.layers[-1].w))
    rays, up, r, times = filmed(fps=30.0, n_frames=40)
    of_film = propose(network, rays, up, r, times)
    given = constant(rays, np.ones(rays.shape[:2]), up, np.ones(len(rays)))
    own = of_frames.propose(FrameInputs(*given))
    np.testing.assert_allclose(of_film.std, own.std, rtol=1e-4)
    np.testing.assert_allclose(of_film.z, own.z, atol=1e-6)
    p3, gate = own.p3.numpy(), 1 / (1 + np.exp(-FIRST_GATE))
    offsets = [1, 2, 4, 8, 16]  # `DILATIONS` in frames of 30 Hz
    middle = p3[16:24]
    sums = sum(p3[16 - k : 24 - k] + p3[16 + k : 24 + k] - 2 * middle for k in offsets)
    np.testing.assert_allclose(of_film.p3[16:24], middle + gate * sums, atol=1e-4)


def test_the_network_of_frames_is_not_saved_again(network):
    assert all(v.name.startswith("temporal/") for v in network.variables)
    assert len(network.variables) == 2 * (2 + 2 * len(DILATIONS))


def test_the_mirrored_film_gives_the_mirrored_proposals(network):
    rays, up, r, times = filmed()
    seen = np.ones(rays.shape[:2])
    seen[3:9, 4] = 0
    sign, mirror = np.array([-1, 1, 1]), S14.mirror
    plain = propose(network, rays, up, r, times, seen)
    steady = sign[:, None] * r * sign
    mirrored = rays[:, mirror] * sign[:2], up * sign, steady, times, seen[:, mirror]
    image = propose(network, *mirrored)
    np.testing.assert_allclose(image.p3, plain.p3.numpy()[:, mirror] * sign, atol=1e-5)
    np.testing.assert_allclose(image.std, plain.std.numpy()[:, mirror], rtol=1e-4)


def test_a_camera_that_turns_makes_the_same_proposals(network):
    """Turned in every frame by another, but known, rotation about its own centre."""
    rays, up, r, times = filmed()
    still = propose(network, rays, up, r, times)
    turns = rotation_about(0.3 * times, "y") @ rotation_about(-0.1 * times, "x")
    directions = np.pad(rays, [(0, 0), (0, 0), (0, 1)], constant_values=1.0)
    turned = directions @ np.swapaxes(turns, 1, 2)
    turned_rays = turned[..., :2] / turned[..., 2:]
    turned_up = np.einsum("nij,nj->ni", turns, up)
    moving = propose(network, turned_rays, turned_up, turns @ r, times)
    back = moving.p3.numpy() @ turns  # Rᵀ·p in rows
    np.testing.assert_allclose(back, still.p3, atol=1e-4)
    np.testing.assert_allclose(moving.std, still.std, rtol=1e-3)


def test_frames_beyond_the_reach_change_nothing(network):
    rays, up, r, times = filmed(n_frames=80)
    before = propose(network, rays, up, r, times)
    other = rays.copy()
    other[60:] += 0.3
    after = propose(network, other, up, r, times)
    # Each tap is interpolated with a frame that may be one farther away.
    reach = sum(DILATIONS) + MOTION_REACH + (len(DILATIONS) + 1) / 20
    is_within = times > times[60] - reach
    np.testing.assert_allclose(after.p3[~is_within], before.p3[~is_within], atol=1e-6)
    moved = np.abs(after.p3 - before.p3).max(axis=(1, 2)) > 1e-4
    assert moved[55:].all()  # frames that are not changed themselves look ahead


@pytest.mark.parametrize("fps", [10.0, 40.0])
def test_the_motion_of_a_view_is_its_speed(fps):
    """A person who glides: across the view by 0.2 m/s, and to twice the distance in 4 s."""
    times = np.arange(12) / fps
    place = np.stack([0.2 * times, 0 * times, 4 * np.exp(times / 4 * np.log(2))], axis=1)
    # Along the optical axis and flat, so that the mean direction is that of the middle.
    person = (STANDING - STANDING.mean(axis=0)) @ LEVEL.T * [1, 1, 0]
    p3c = person + place[:, None]
    rays = p3c[..., :2] / p3c[..., 2:]
    up = np.tile([0.0, -1, 0], (len(times), 1))
    inputs = FrameInputs(*constant(rays, np.ones(rays.shape[:2]), up, np.ones(len(times))))
    frames = view(inputs, S14.hops)
    given = frames.rotation[None], *constant(times[None])
    motion = view_motion(frames, *given, tf.ones(1)).numpy()[0]
    assert motion.shape == (len(times), N_MOTION)
    spread = np.sqrt(2 * np.mean(rays[0] ** 2) - 2 * np.mean(rays[0].mean(axis=0) ** 2))
    assert motion[0, 0] == pytest.approx(0.2 / 4 / spread, rel=0.05)
    np.testing.assert_allclose(motion[:, 1], 0, atol=1e-2)
    np.testing.assert_allclose(motion[:, 2], np.log(2) / 4, rtol=0.05)
    np.testing.assert_array_equal(motion[:, 3], 1)
    unknown = view_motion(frames, *given, tf.zeros(1))
    np.testing.assert_array_equal(unknown, 0)


def clockwork(n=50, rate=25.0):
    """Motion whose every quantity is linear in time: a sequence of n frames after one of two."""
    frames = np.concatenate([[500, 501], np.arange(n)])
    poses = np.broadcast_to((frames / rate)[:, None, None], (n + 2, 14, 3))
    yaw = (frames / rate + np.pi) % (2 * np.pi) - np.pi
    place = np.stack([2 * frames / rate, -frames / rate], axis=1)
    first, last = np.repeat([0, 2], [2, n]), np.repeat([1, n + 1], [2, n])
    numbers = (a.astype(np.int32) for a in (first, last))
    drawn = np.arange(2, n + 2, dtype=np.int32)
    values = (np.float32(a) for a in (poses, yaw, place))
    rates = np.full(n + 2, rate, np.float32)
    return Motion(*map(tf.constant, (*values, *numbers, rates, drawn)))


def test_films_show_motion_at_their_own_times():
    n, n_frames = 200, 12
    films = cut(clockwork(), n_frames, Draw(n, 1))
    moment = films.poses.numpy()[:, 0, 0].reshape(n, n_frames)  # the time in the sequence
    assert moment.min() >= 0
    assert moment.max() <= 49 / 25 + 1e-4
    steps = np.diff(films.times, axis=1)
    assert 1 / steps.max() < 4
    assert 1 / steps.min() > 50
    forth = np.abs(np.diff(moment, axis=1)) / steps  # by the factor of the speed, but at the turns
    speed = np.median(forth, axis=1)
    assert 0.65 < speed.min() < 0.8
    assert 1.3 < speed.max() < 1.45
    place = films.place.numpy().reshape(n, n_frames, 2)
    np.testing.assert_allclose(place, np.stack([2 * moment, -moment], axis=2), atol=1e-3)
    off = np.exp(1j * films.yaw.numpy().reshape(n, n_frames)) - np.exp(1j * moment)
    assert np.abs(off).max() < 1e-3


def swinging(n=300, rate=30.0):
    """Motion of a toy body: one that sways in place, turns and walks."""
    rng = np.random.default_rng(0)
    t = np.arange(n) / rate
    sway = 0.06 * np.sin(4 * t[:, None, None] + rng.uniform(0, 6, (14, 3)))
    place = np.stack([np.cos(t / 2), np.sin(t / 2)], axis=1)
    rows = np.zeros(n, np.int32), np.full(n, n - 1, np.int32)
    values = np.float32(STANDING + sway), np.float32(t / 2 % 6 - 3), np.float32(place)
    rest = np.full(n, rate, np.float32), np.arange(n, dtype=np.int32)
    return Motion(*map(tf.constant, (*values, *rows, *rest)))


def test_examples_show_what_is_to_be_proposed():
    """Target poses, put at some depth before the view, project onto the features' points."""
    draw = Draw(10, 4)
    films = cut(swinging(), 6, draw)
    params = GanParams.model_validate(GIVEN | {"mirror": True, "bone_spread": 0.1})
    examples = film_examples(films, params, S14, draw)
    points = examples.features[..., :28].numpy().reshape(60, 14, 2)
    targets = examples.viewed.numpy().reshape(60, 14, 3)
    np.testing.assert_allclose(targets.mean(axis=1), 0, atol=1e-5)
    misfits = np.array([misfit_in_view(*pair) for pair in zip(points, targets, strict=True)])
    # Frames in which left and right are exchanged do not fit, and are few.
    assert (misfits < 1e-3).sum() > 50
    lengths = np.linalg.norm(np.diff(targets.reshape(10, 6, 14, 3)[:, :, [0, 5]], axis=2), axis=-1)
    assert lengths.std() > 0  # bodies differ from film to film
    local = examples.local.numpy()
    np.testing.assert_allclose(
        np.linalg.norm(local, axis=-1),
        np.linalg.norm(targets.reshape(local.shape), axis=-1),
        atol=1e-4,
    )


def test_a_film_shows_the_same_joints_in_all_frames():
    draw = Draw(40, 4)
    films = cut(swinging(), 6, draw)
    params = PARAMS.model_copy(update={"proposal": ProposalParams(**CLEAN, layout_share=0.5)})
    seen = film_examples(films, params, S14, draw).features[..., 28:42].numpy()
    np.testing.assert_array_equal(seen, np.repeat(seen[:, :1], 6, axis=1))
    assert 0.25 < seen.all(axis=(1, 2)).mean() < 0.75


def test_a_mirrored_film_is_the_mirror_image_of_a_film_in_the_world():
    """Who walks to the right and faces there then walks to the left."""
    draw = Draw(10, 4)
    films = cut(swinging(), 6, draw)
    plain, with_mirror = (
        in_world(films, GanParams.model_validate(GIVEN | {"mirror": mirror}), S14, draw)[1].numpy()
        for mirror in (False, True)
    )
    chosen = np.repeat(is_mirrored(draw).numpy(), 6)
    assert 0 < chosen.mean() < 1
    image = plain[:, S14.mirror] * [-1, 1, 1]
    expected = np.where(chosen[:, None, None], image, plain)
    np.testing.assert_allclose(with_mirror, expected, atol=1e-5)


def spoilt(n=200, n_frames=24, noise=0.05, missing=0.0, exchanged=0.0):
    """Image points of films before and after a detector, and whether they are seen."""
    rng = np.random.default_rng(0)
    rays = np.repeat(rng.normal(0, 0.2, (n, 1, 14, 2)), n_frames, axis=1).astype(np.float32)
    of_films = (tf.fill([n], value) for value in (noise, missing))
    found, seen = detected(tf.constant(rays), *of_films, exchanged, Draw(n, 3), S14)
    return rays, found.numpy(), seen.numpy()


def test_noise_is_as_large_as_asked_and_slow_in_part():
    """Relative to the spread of a frame's points; half of its variance stays for some frames."""
    rays, found, seen = spoilt()
    assert seen.all()
    unit = rays.std(axis=(2, 3), keepdims=True)
    errors = (found - rays) / (0.05 * unit)
    assert errors.std() == pytest.approx(1, abs=0.02)
    np.testing.assert_allclose(errors.std(axis=(0, 2, 3)), 1, atol=0.05)  # in every frame
    for lag, shared in ((1, 0.5 * 0.9), (16, 0.0)):
        product = (errors[:, lag:] * errors[:, :-lag]).mean()
        assert product == pytest.approx(shared, abs=0.06)


def test_joints_are_missing_as_often_as_asked_one_by_one_or_in_runs():
    _, _, seen = spoilt(noise=0.0, missing=0.3)
    assert seen.mean() == pytest.approx(0.7, abs=0.01)
    changes = np.abs(np.diff(seen, axis=1)).mean(axis=(1, 2))  # 0.42 a step if drawn anew
    in_runs = changes < 0.2
    assert in_runs.mean() == pytest.approx(0.5, abs=0.1)
    assert changes[~in_runs].mean() == pytest.approx(2 * 0.3 * 0.7, abs=0.03)
    steps = np.flatnonzero(np.diff(seen[in_runs], axis=1).any(axis=(0, 2)))
    np.testing.assert_array_equal(steps, [7, 15])  # runs of eight frames


def test_left_and_right_are_exchanged_for_a_while_in_a_share_of_the_films():
    """A joint that is missing is then one of the other side."""
    share = 0.4
    rays, found, _ = spoilt(noise=0.0, exchanged=share)
    same = (found == rays).all(axis=(2, 3))
    other = (found == rays[:, :, S14.mirror]).all(axis=(2, 3))
    assert (same | other).all()
    assert (~same).any(axis=1).mean() == pytest.approx(share, abs=0.1)
    assert (~same).sum(axis=1).max() <= 10
    _, _, plain = spoilt(noise=0.0, missing=0.3)
    _, _, seen = spoilt(noise=0.0, missing=0.3, exchanged=share)
    np.testing.assert_array_equal(seen[same], plain[same])
    np.testing.assert_array_equal(seen[~same], plain[~same][:, S14.mirror])


def make_trainer():
    generator = make_generator("tanh")
    return TemporalTrainer(PARAMS, S14, generator, ProposalNetwork(PARAMS, S14), jit=False)


def advance(trainer, motion, stop):
    while int(trainer.step) < stop:
        metrics = trainer.train(motion, stop)
    return metrics


def test_training_learns_to_propose_and_resumes_exactly():
    first, second = make_trainer(), make_trainer()
    motion = swinging()
    early = advance(first, motion, BLOCK)
    middle = arrays(first.state)
    late = advance(first, motion, 100)
    assert late["error"] < 0.5 * early["error"]
    set_back(second, middle)
    advance(second, motion, 100)
    for own, expected in zip(second.state, first.state, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-3, atol=1e-4, err_msg=own.name)


@pytest.mark.parametrize("n, film_proposals", [(1, True), (5, True), (5, False)])
def test_sequences_have_the_proposals_of_films(network, n, film_proposals):
    """But a frame alone has that of the network of frames, as sequences have if settings say so."""
    of_frames = ProposalNetwork(PARAMS, S14)
    rays, up, r, _ = filmed(n_frames=5)
    camera = Camera(r, np.array([0.3, 0.1, 4.0]), np.full(2, 2.0), np.zeros(2))
    observed = observe(2.0 * rays[:n], camera, dt=0.05)
    converter = get_converter("s14", "s14")
    given = network if film_proposals else None, converter, True, TRACED
    proposal = Proposer(of_frames, *given)(observed).proposal
    frames = FrameInputs(*constant(rays[:n], np.ones((n, 14)), up[:n], np.ones(n)))
    if n > 1 and film_proposals:
        film = FilmInputs(frames, *constant(np.tile(r, (n, 1, 1)), 0.05 * np.arange(n)))
        expected = network.propose_film(film)
    else:
        expected = of_frames.propose(frames)
    in_world = expected.p3.numpy() @ r
    np.testing.assert_allclose(proposal.p3, in_world, atol=1e-4)
    np.testing.assert_allclose(proposal.std, expected.std, rtol=1e-3)
