"""The view of the proposal network, its examples, its symmetries, its training."""

import numpy as np
import pytest
import tensorflow as tf

from gan.networks.normalized_view import UPRIGHT, n_features, view
from gan.networks.proposal_inputs import FrameInputs
from gan.networks.proposal_network import ProposalNetwork
from gan.params import GanParams
from gan.proposal_params import ProposalParams
from gan.training.draw import Draw
from gan.training.proposal_trainer import BLOCK, ProposalTrainer
from gan.training.virtual_cameras import cameras, examples
from gan.variables import arrays
from human_pose_util.skeleton import S14
from human_pose_util.transforms import rotation_about
from tests.helpers.inference_problems import STANDING, make_generator
from tests.helpers.normalized_views import misfit_in_view
from tests.helpers.quick_training import set_back
from tests.helpers.toy_dataset import DATASET

CLEAN = ProposalParams(spoilt_share=1.0, missing=0.0, noise=0.0, unplaced_share=0.0)
N = 40


def standing(n=N, seed=0):
    rng = np.random.default_rng(seed)
    bent = STANDING + 0.04 * rng.normal(size=(n, 14, 3))
    angles = rng.uniform(-3, 3, n)
    return (bent @ np.swapaxes(rotation_about(angles, "z"), 1, 2)).astype(np.float32)


def photographed(seed=1):
    """Poses before a camera: p3c, rays, up."""
    rng = np.random.default_rng(seed)
    level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    rotation = rotation_about(rng.normal(0, 0.3, N), "x") @ level
    p3c = standing() @ np.swapaxes(rotation, 1, 2) + rng.normal([0, 0, 4], 0.3, (N, 1, 3))
    return p3c, p3c[..., :2] / p3c[..., 2:], rotation[:, :, 2]


def as_view(rays, up, seen=None, known=1.0):
    seen = np.ones(rays.shape[:2]) if seen is None else seen
    arrays = rays, seen, up, np.full(len(rays), known)
    return view(FrameInputs(*(tf.constant(a, tf.float32) for a in arrays)), S14.hops)


def test_turning_the_camera_about_its_place_changes_nothing():
    p3c, rays, up = photographed()
    before = as_view(rays, up)
    turn = rotation_about(0.4, "z") @ rotation_about(0.2, "x") @ rotation_about(-0.3, "y")
    p3c = p3c @ turn.T
    after = as_view(p3c[..., :2] / p3c[..., 2:], up @ turn.T)
    np.testing.assert_allclose(after.features, before.features, atol=2e-4)
    np.testing.assert_allclose(after.rotation @ turn, before.rotation, atol=1e-5)


def test_a_view_is_upright_and_centred():
    _, rays, up = photographed()
    frames = as_view(rays, up)
    assert frames.features.shape == (N, n_features(14))
    r = frames.rotation.numpy()
    np.testing.assert_allclose(r @ np.swapaxes(r, 1, 2), [np.eye(3)] * N, atol=1e-5)
    np.testing.assert_allclose(np.linalg.det(r), 1, atol=1e-5)
    turned_up = np.einsum("nij,nj->ni", r, up)
    np.testing.assert_allclose(turned_up[:, 0], 0, atol=1e-5)
    assert (turned_up[:, 1] < 0).all()  # y is down
    points = frames.features.numpy()[:, :28].reshape(N, 14, 2)
    np.testing.assert_allclose(points.mean(axis=1), 0, atol=1e-4)


def test_joints_that_were_not_seen_do_not_enter():
    _, rays, up = photographed()
    seen = np.ones((N, 14))
    seen[:, 3] = 0
    before = as_view(rays, up, seen)
    rays[:, 3] = 1e6
    np.testing.assert_array_equal(as_view(rays, up, seen).features, before.features)


def test_the_nearest_joint_stands_in_for_one_that_was_not_seen():
    _, rays, up = photographed()
    seen = np.ones((N, 14))
    wrist, elbow = S14.joint_index("l_wrist"), S14.joint_index("l_elbow")
    seen[:, wrist] = 0
    points = as_view(rays, up, seen).features.numpy()[:, :28].reshape(N, 14, 2)
    np.testing.assert_array_equal(points[:, wrist], points[:, elbow])
    seen[:, [elbow, S14.joint_index("l_shoulder")]] = 0
    points = as_view(rays, up, seen).features.numpy()[:, :28].reshape(N, 14, 2)
    np.testing.assert_array_equal(points[:, wrist], points[:, S14.joint_index("neck")])


@pytest.mark.parametrize("direction", [[0, 0, 1.0], [0, 0, -1.0], [1.0, 0, 0]])
def test_views_of_anything_are_finite(direction):
    """Straight from above, a single joint, none, points far off the image."""
    _, rays, _ = photographed()
    seen = np.ones((N, 14))
    seen[0], seen[1, 1:] = 0, 0
    rays[2], rays[3, 5] = 0.0, 19.0
    frames = as_view(rays, np.tile(direction, (N, 1)), seen)
    assert np.isfinite(frames.features).all()
    np.testing.assert_allclose(np.linalg.det(frames.rotation), 1, atol=1e-4)


def test_examples_show_what_is_to_be_proposed():
    """Target poses, put at some depth before the view, project onto the features' points."""
    features, targets = examples(tf.constant(standing()), S14, CLEAN, Draw(N, 5))
    points = features[:, :28].numpy().reshape(N, 14, 2)
    targets = targets.numpy()
    np.testing.assert_allclose(targets.mean(axis=1), 0, atol=1e-5)
    assert max(map(misfit_in_view, points, targets)) < 1e-3


def test_examples_are_spoilt_as_asked():
    poses, draw = tf.constant(np.repeat(standing(), 50, axis=0)), Draw(50 * N, 1)
    spoilt = ProposalParams(spoilt_share=0.25, missing=0.8, noise=0.1, unplaced_share=0.4)
    features, targets = (part.numpy() for part in examples(poses, S14, spoilt, draw))
    clean, same = (part.numpy() for part in examples(poses, S14, CLEAN, draw))
    seen = features[:, 28:42]
    assert 0.2 < (seen.mean(axis=1) < 1).mean() < 0.26
    assert seen.mean() == pytest.approx(1 - 0.25 * 0.4, abs=0.02)
    known = features[:, -1]
    assert known.mean() == pytest.approx(0.6, abs=0.05)
    np.testing.assert_array_equal(features[known == 0, -4:-1], 0)
    whole = (seen.mean(axis=1) == 1) & (known == 1)
    moved = np.abs(features[:, :28] - clean[:, :28]).max(axis=1)[whole] > 1e-3
    assert moved.mean() == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(targets[whole], same[whole], atol=0.05)


def test_cameras_are_rolled_and_nothing_tells_it_of_unknown_ones():
    drawn = cameras(Draw(4000, 3), unplaced_share=0.5)
    up, known = drawn.rotation.numpy()[:, :, 2], drawn.known.numpy() == 1
    roll = np.arctan2(up[:, 0], -up[:, 1])
    assert known.mean() == pytest.approx(0.5, abs=0.04)
    assert roll[known].std() == pytest.approx(0.1, rel=0.06)
    # Four in five of the unknown ones have a standard deviation of 0.12, the others of 0.5: most
    # are within 0.15 (79 and 24 % of the two), and 8.5 % beyond 0.4 (0.1 and 42 %).
    unknown = np.abs(roll[~known])
    assert (unknown < 0.15).mean() == pytest.approx(0.8 * 0.789 + 0.2 * 0.236, abs=0.03)
    assert (unknown > 0.4).mean() == pytest.approx(0.8 * 0.0009 + 0.2 * 0.424, abs=0.02)
    np.testing.assert_allclose(drawn.up.numpy()[~known], np.tile(UPRIGHT, ((~known).sum(), 1)))


def test_cameras_see_people_from_all_sides_distances_and_heights():
    """Distances have a uniform logarithm from 1.3 to 10 heights; cameras look down by 0.15 rad."""
    drawn = cameras(Draw(20_000, 5), unplaced_share=0.3)
    rotation, place = drawn.rotation.numpy(), drawn.place.numpy()
    np.testing.assert_allclose(np.linalg.det(rotation), 1, atol=1e-5)
    ahead = rotation[:, 2]  # in the world, whose z is up
    down = np.arcsin(np.clip(-ahead[:, 2], -1, 1))
    assert down.mean() == pytest.approx(0.15, abs=0.01)
    assert down.std() == pytest.approx(0.35, abs=0.01)
    assert abs(np.exp(1j * np.arctan2(ahead[:, 1], ahead[:, 0])).mean()) < 0.02
    log_depth, low, high = np.log(place[:, 2]), np.log(1.3), np.log(10.0)
    assert low <= log_depth.min() < low + 0.01
    assert high - 0.01 < log_depth.max() <= high
    assert log_depth.mean() == pytest.approx((low + high) / 2, abs=0.02)
    for slopes in (place[:, :2] / place[:, 2:]).T:
        assert slopes.mean() == pytest.approx(0, abs=0.01)
        assert slopes.std() == pytest.approx(0.25, abs=0.01)
        assert abs(np.corrcoef(np.abs(slopes), log_depth)[0, 1]) < 0.03


def test_only_of_a_known_camera_the_vertical_and_the_focal_length_are_right():
    drawn = cameras(Draw(20_000, 5), unplaced_share=0.3)
    known, zoom = drawn.known.numpy() == 1, np.log(drawn.zoom.numpy())
    assert known.mean() == pytest.approx(0.7, abs=0.01)
    vertical = drawn.rotation.numpy() @ [0.0, 0.0, 1.0]
    np.testing.assert_allclose(drawn.up.numpy()[known], vertical[known], atol=1e-6)
    np.testing.assert_array_equal(zoom[known], 0)
    assert zoom[~known].mean() == pytest.approx(0, abs=0.01)
    assert zoom[~known].std() == pytest.approx(0.25, abs=0.01)


def test_examples_show_the_joints_that_detectors_show():
    poses = tf.constant(np.repeat(standing(), 10, axis=0))
    shown = CLEAN.model_copy(update={"layout_share": 0.75})
    seen = examples(poses, S14, shown, Draw(10 * N, 1))[0][:, 28:42].numpy()
    is_whole = seen.all(axis=1)
    assert is_whole.mean() == pytest.approx(0.25, abs=0.06)
    # Of 14 joints COCO-17 shows neither head nor neck; LSP's 14 keypoints show the neck.
    head, neck = S14.joint_index("head"), S14.joint_index("neck")
    assert not seen[~is_whole, head].any()
    assert 0.1 < seen[~is_whole, neck].mean() < 0.7
    others = np.delete(seen, [head, neck], axis=1)
    assert others.all()


def test_the_mirrored_image_gives_the_mirrored_proposal(params):
    network = ProposalNetwork(params, S14)
    _, rays, up = photographed()
    seen = np.ones((N, 14))
    seen[:, 4] = 0
    sign, mirror = np.array([-1, 1, 1]), S14.mirror

    def propose(rays, seen, up):
        arrays = rays, seen, up, np.ones(N)
        return network.propose(FrameInputs(*(tf.constant(a, tf.float32) for a in arrays)))

    plain = propose(rays, seen, up)
    image = propose(rays[:, mirror] * sign[:2], seen[:, mirror], up * sign)
    np.testing.assert_allclose(image.p3, plain.p3.numpy()[:, mirror] * sign, atol=1e-5)
    np.testing.assert_allclose(image.std, plain.std.numpy()[:, mirror], rtol=1e-4)


SMALL = {"n_hidden": 48, "n_blocks": 1, "steps": 600, "batch_size": 64, "learning_rate": 3e-3}


@pytest.fixture
def params():
    given = {"dataset": DATASET, "n_z": 5, "n_g": [24, 16], "proposal": SMALL}
    return GanParams.model_validate(given)


def advance(trainer, poses, stop):
    while int(trainer.step) < stop:
        metrics = trainer.train(tf.constant(poses), SMALL["steps"])
    return metrics


def test_training_learns_to_propose(params):
    generator = make_generator("tanh")
    last = generator.network.layers[-1]
    last.w.assign(3 * last.w)  # postures, not bodies, are to differ most
    poses = generator(tf.random.stateless_normal([2000, 5], [1, 1])).numpy()
    trainer = ProposalTrainer(params, S14, generator, jit=False)
    first = advance(trainer, poses, BLOCK)
    last = advance(trainer, poses, SMALL["steps"])
    assert last["error"] < 0.6 * first["error"]
    assert last["loss"] < first["loss"]
    assert int(trainer.step) == SMALL["steps"]

    features, targets = examples(tf.constant(poses[:500]), S14, CLEAN, Draw(500, 9))
    proposal = trainer.network(features)
    errors = np.linalg.norm(proposal.p3 - targets, axis=-1)
    assert errors.mean() < 0.6 * np.linalg.norm(targets - np.mean(targets, axis=0), axis=-1).mean()
    spread = np.sqrt(np.mean(errors**2 / 3 / proposal.std.numpy() ** 2))
    assert 0.6 < spread < 1.6

    def off(z):
        p3 = generator(z).numpy() - poses[:500]
        return np.linalg.norm(p3 - p3.mean(axis=1, keepdims=True), axis=-1).mean()

    assert off(proposal.z) < 0.8 * off(tf.zeros([1, 5]))


def test_all_poses_may_be_generated(params):
    variety = {"mirror": True, "limb_exchange": 0.5, "lean": 0.5, "bone_spread": 0.1}
    own = params.proposal.model_copy(update={"generated_share": 1.0})
    params = params.model_copy(update={"proposal": own, **variety})
    trainer = ProposalTrainer(params, S14, make_generator("tanh"), jit=False)
    (drawn,) = trainer._draw(tf.constant(standing()), tf.constant(0))
    assert drawn.viewed.shape == (BLOCK, SMALL["batch_size"], 14, 3)
    assert np.isfinite(drawn.features).all()


def test_a_run_in_parts_ends_where_it_would_have(params):
    generator = make_generator("tanh")
    poses = generator(tf.random.stateless_normal([200, 5], [1, 1])).numpy()
    first, second = (ProposalTrainer(params, S14, generator, jit=False) for _ in range(2))
    new = arrays(first.state)
    advance(first, poses, 3 * BLOCK)
    through = arrays(first.state)
    set_back(first, new)
    advance(first, poses, 2 * BLOCK)
    set_back(second, arrays(first.state))
    advance(second, poses, 3 * BLOCK)
    for own, expected in zip(second.state, through.values(), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5, err_msg=own.name)
    names = [v.name for v in first.state]
    assert len(set(names)) == len(names)


def test_the_vertical_of_an_unknown_camera_is_no_feature():
    _, rays, _ = photographed()
    up = np.tile(UPRIGHT, (N, 1))
    features = as_view(rays, up, known=0.0).features.numpy()
    np.testing.assert_array_equal(features[:, -4:], 0)
