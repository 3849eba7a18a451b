"""Keypoints in, 3D out, with the GAN that the repository ships and its example."""

import h5py
import numpy as np
import pytest

from computed_people.detector import keypoint_positions
from computed_people.example import example
from gan import GanBuilder
from human_pose_util.camera import Camera
from human_pose_util.errors import DataError, SpecError
from human_pose_util.evaluate.metrics import align, joint_errors, p_mpjpe
from human_pose_util.evaluate.status import Status
from human_pose_util.keypoints import Person
from human_pose_util.keypoints.exchanges import legs_and_arms
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import COCO_17, S24
from human_pose_util.transforms import LEVEL, look_at, rotation_about, transform_frame
from inference.model.body import Bones
from lifting import FilmCamera, LiftStream, PoseLifter
from lifting.film.notes import notes_on_people
from lifting.film.people import film_people, save_results
from lifting.film.results import read_film
from lifting.film.scene import film_scene
from lifting.fit import windows as module
from lifting.fit.film_searches import FilmSearches
from lifting.fit.takes import FilmContext, takes_of
from lifting.input.keypoint_input import Film
from lifting.settings import WITH_PROPOSALS, MotionWeights

FPS, C = 25.0, (960.0, 540.0)


@pytest.fixture(scope="module")
def film():
    """The example's first four seconds: keypoints, and the truth."""
    keypoints, p3w = example()
    return keypoints[:100], p3w[:100]


@pytest.fixture(scope="module")
def cartwheel(film):
    """Two turns in the second of three seconds: keypoints, and the truth."""
    root = film[1][:75, S24.root_index][:, None]
    angles = 4 * np.pi * np.clip(np.arange(75) / FPS - 1, 0, 1)
    turned = (film[1][:75] - root) @ rotation_about(-angles, "y") + [0, 0, 1000]
    camera = Camera(LEVEL, -LEVEL @ [0, -4500, 1000], np.full(2, 1500.0), np.array(C))
    return camera.project_world(keypoint_positions(turned, COCO_17)), turned


@pytest.fixture(scope="module")
def lifted(lifter, film):
    return lifter.lift(film[0], fps=FPS)


def visible_errors(lifted, truth):
    """[n_frames] mm after alignment, of the joints that keypoints show."""
    shown = lifted.keypoint_mapping.observed
    return p_mpjpe(lifted.p3w[:, shown], truth[:, shown])


def test_the_example_is_lifted(lifted, film):
    assert lifted.p3w.shape == (100, 24, 3)
    errors = visible_errors(lifted, film[1])
    assert errors.mean() < 40
    assert errors.max() < 120
    assert (lifted.status == Status.CONVERGED).all()


def test_the_axis_of_the_camera_may_meet_the_image_anywhere(lifter, lifted, film):
    """Pixels that are counted from the middle of the image show the same film."""
    camera = FilmCamera(c=[0.0, 0.0])
    moved = lifter.lift(film[0] - [*C, 0], size=(1920, 1080), fps=FPS, camera=camera)
    np.testing.assert_allclose(moved.camera.f, lifted.camera.f, rtol=0.01)
    np.testing.assert_allclose(moved.camera.c, 0, atol=1e-6)
    assert p_mpjpe(moved.p3w, lifted.p3w).max() < 5


def test_the_world_is_upright_and_the_camera_in_it(lifted, film):
    r, t = lifted.camera.r, lifted.camera.t
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(transform_frame(lifted.p3w, r, t), lifted.p3c, atol=1e-6)
    position = -r.T @ t
    np.testing.assert_allclose(position[:2], 0, atol=1e-6)
    assert 500 < position[2] < 2500  # held in a hand
    head, feet = lifted.skeleton.joint_index("head-back"), lifted.skeleton.joint_index("l_toes")
    assert (lifted.p3w[:, head, 2] - lifted.p3w[:, feet, 2] > 1200).all()
    assert abs(np.median(lifted.p3w[..., 2].min(axis=1))) < 60
    assert (lifted.p3c[..., 2] > 1000).all()


def test_a_film_shows_one_body(lifted):
    """Limbs keep their lengths, and the left one is as long as the right one."""
    bones = Bones.of(lifted.skeleton)
    lengths = bones.norms(lifted.p3w)
    for limb in ("elbow", "wrist", "knee", "ankle"):
        left, right = lengths[:, bones.kinds == bones.names.index(limb)].T
        assert left.std() < 0.025 * left.mean()
        assert right.std() < 0.025 * right.mean()
        assert left.mean() == pytest.approx(right.mean(), rel=0.015)


def test_standard_deviations_say_how_far_joints_are(lifted, film):
    """In one film, the share of joints within them may be far from 68 %, but not anywhere."""
    errors = joint_errors(align(lifted.p3w, film[1]), film[1])
    assert 0.4 < (errors < lifted.std).mean() < 0.95
    std = dict(zip(lifted.skeleton.joints, lifted.std.mean(axis=0), strict=True))
    ends = [std[f"{side}_{joint}"] for side in "lr" for joint in ("wrist", "ankle")]
    assert np.mean(ends) > 1.15 * np.mean([std["l_hip"], std["r_hip"]])


def test_what_no_keypoint_showed_is_flagged(lifted, film):
    for name in ("l_wrist", "r_ankle"):
        missing = np.isnan(film[0][:, COCO_17.joint_index(name), 0])
        assert missing.any()
        flags = lifted.extrapolated[:, lifted.skeleton.joint_index(name)]
        np.testing.assert_array_equal(flags, missing)
    assert lifted.extrapolated[:, lifted.skeleton.joint_index("l_toes")].all()  # COCO has none


def test_poses_in_the_order_of_the_keypoints(lifted):
    keypoints = lifted.keypoints()
    assert keypoints.shape == (100, 17, 3)
    left = lifted.skeleton.joint_index("l_knee")
    np.testing.assert_array_equal(keypoints[:, COCO_17.joint_index("l_knee")], lifted.p3w[:, left])


def test_errors_of_detection_cost_little(lifter, lifted, film):
    keypoints, truth = film
    rng = np.random.default_rng(0)
    spoilt = keypoints.copy()
    spoilt[..., :2] += rng.normal(0, 4, spoilt[..., :2].shape)
    spoilt[rng.uniform(size=spoilt.shape[:2]) < 0.15] = np.nan
    for i in (20, 21, 60):
        spoilt[i] = spoilt[i, COCO_17.mirror]
    spoilt[40, 9] = [1e9, -1e9, 1]
    spoilt[41, :, 0] = np.inf
    plain = visible_errors(lifted, truth)
    found = lifter.lift(spoilt, fps=FPS)
    assert np.isfinite(found.p3w).all()
    assert found.status[41] == Status.NO_OBSERVATIONS
    assert found.extrapolated[41].all()
    errors = visible_errors(found, truth)
    assert errors.mean() < plain.mean() + 10
    assert errors.mean() < 40
    assert errors.max() < 200


def test_a_gap_is_bridged_and_flagged(lifter, film):
    keypoints, truth = film
    holed = keypoints.copy()
    holed[30:70] = np.nan
    found = lifter.lift(holed, fps=FPS)
    assert (found.status[36:64] == Status.NO_OBSERVATIONS).all()
    assert found.extrapolated[30:70].all()
    steps = np.linalg.norm(np.diff(found.p3w, axis=0), axis=2)
    assert steps.max() < 250
    outside = np.r_[0:28, 72:100]
    assert visible_errors(found, truth)[outside].max() < 150


def test_half_a_second_unseen_is_bridged_well(lifter, film):
    keypoints, truth = film
    holed = keypoints.copy()
    holed[40:52] = np.nan
    assert visible_errors(lifter.lift(holed, fps=FPS), truth).max() < 200


def test_height_and_focal_length_are_taken_as_known(lifter, lifted, film):
    keypoints = film[0]
    known = FilmCamera(f=[1500.0, 1500.0])
    tall = lifter.lift(keypoints, fps=FPS, camera=known, height=1.9)
    small = lifter.lift(keypoints, fps=FPS, camera=known, height=0.95)
    np.testing.assert_allclose(tall.height, 1900)
    np.testing.assert_allclose(tall.camera.f, 1500)
    ratio = np.linalg.norm(tall.p3c[:, 0], axis=1) / np.linalg.norm(small.p3c[:, 0], axis=1)
    np.testing.assert_allclose(np.median(ratio), 2, rtol=0.05)
    assert lifted.camera.f[0] != 1920  # it was solved for


def test_costs_can_be_compared_whatever_constant_the_critic_has_learnt(lifter):
    other = GanBuilder(lifter.gan.gan_id)
    other.critic.network.layers[-1].b.assign_add([5.0])
    cost = np.array([1e-4, np.inf])
    expected, found = (
        lifter.searches.comparable(cost),
        FilmSearches(other, MotionWeights(0.0, 0.0)).comparable(cost),
    )
    # A cost of this GAN is lower by so much for the same pose.
    assert found[0] - expected[0] == pytest.approx(5 * WITH_PROPOSALS.critic_weight, rel=1e-3)
    np.testing.assert_allclose(expected, cost, atol=1e-6)  # the shipped GAN


def test_costs_that_are_compared_have_ratios_and_logarithms(lifter):
    """A critic may praise a pose so much that its cost is negative."""
    low, lower = lifter.searches.comparable(np.array([-1e-3, -2.0]))
    assert low == lower > 0


def test_a_shot_of_false_detections_is_a_gap(lifter, film):
    noise = np.random.default_rng(0).uniform(0, 1000, (60, 17, 3))
    noise[..., 2] = 1.0
    person = Person(np.concatenate([noise, film[0][:100]]), 5)
    mapping = lifter.searches.keypoint_mapping("coco17")
    context = FilmContext(mapping, Film((1920, 1080), FPS), lifter.searches)
    [take] = takes_of(person, [65], context)
    assert (len(take), take.shot) == (160, 1)
    assert not take.observed.has_joints[:50].any()  # smoothing extends paths by some frames
    with pytest.raises(DataError, match="jump about"):
        takes_of(Person(noise, 0), [], context)


def test_keypoints_that_show_no_joint_are_no_person(lifter):
    """Heels rest, which are no joints of the GAN, and everything else jumps about."""
    skeleton = get_skeleton("halpe26")
    noise = np.random.default_rng(0).uniform(0, 1000, (40, skeleton.n_joints, 3))
    noise[..., 2] = 1.0
    noise[:, [skeleton.joint_index(f"{side}_heel") for side in "lr"], :2] = [500, 700]
    mapping = lifter.searches.keypoint_mapping(skeleton.id)
    context = FilmContext(mapping, Film((1920, 1080), FPS), lifter.searches)
    with pytest.raises(DataError, match="jump about"):
        takes_of(Person(noise, 0), [], context)


def test_a_face_is_no_person(lifter, film):
    face = film[0].copy()
    face[:, 5:] = [np.nan, np.nan, 0.0]
    with pytest.raises(DataError, match="show no person"):
        lifter.lift(face, fps=FPS)


def test_someone_of_known_height_has_legs_of_their_length(lifter):
    """The person of the example is 1.72 m tall, as the length of their legs tells, too."""
    keypoints, truth = example()
    found = lifter.lift(keypoints[:100], fps=FPS, height=1.72)

    def leg(p3w: np.ndarray) -> float:
        joints = [lifter.gan.skeleton.joint_index(f"l_{j}") for j in ("hip", "knee", "ankle")]
        return np.linalg.norm(np.diff(p3w[:, joints], axis=1), axis=2).sum(axis=1).mean()

    assert leg(found.p3w) == pytest.approx(leg(truth), rel=0.05)


def test_a_known_camera_gives_poses_where_they_are(lifter):
    """A still camera: its extrinsics put the person into the world."""
    truth = example()[1][:60]
    r, t = look_at([0.0, 5000.0, 1500.0], truth.mean(axis=(0, 1)))
    view = Camera(r, t, np.array([1500.0, 1500.0]), np.array([960.0, 540.0]))
    p2 = view.project_world(keypoint_positions(truth, COCO_17))
    camera = FilmCamera(f=[1500.0, 1500.0], r=r.tolist(), t=t.tolist())
    found = lifter.lift(p2, fps=FPS, camera=camera)
    np.testing.assert_allclose(found.camera.r, r)
    shown = found.keypoint_mapping.observed
    away = np.linalg.norm(found.p3w[:, shown] - truth[:, shown], axis=2)
    assert np.median(away) < 200


@pytest.mark.parametrize("limbs", ["legs", "arms"])
def test_limbs_of_the_wrong_side_are_noticed(limbs, lifter, film):
    """Through the whole film, so that nothing jumps; without them the film is good."""
    keypoints = film[0][:30].copy()
    columns = legs_and_arms(COCO_17)[limbs == "arms"]
    keypoints[:, columns] = keypoints[:, COCO_17.mirror[columns]]
    assert lifter.lift(film[0][:30], fps=FPS).quality.verdict == "good"
    verdict = lifter.lift(keypoints, fps=FPS).quality.verdict
    assert verdict == "bad: 100 % of frames with legs or arms of the wrong side"


def test_a_frame_of_a_lift_by_its_number(lifted):
    """Negative numbers count from the end, as in a list."""
    np.testing.assert_array_equal(lifted.at(-1).p3w, lifted.p3w[99:])
    np.testing.assert_array_equal(lifted.at(-100).p3w, lifted.at(0).p3w)
    for i in (100, 400, -101):
        with pytest.raises(IndexError, match=f"frame {i}: there are 100 frames"):
            lifted.at(i)


def test_one_frame(lifter, film):
    found = lifter.lift(film[0][:1], fps=FPS)
    assert found.p3w.shape == (1, 24, 3)
    assert visible_errors(found, film[1][:1])[0] < 150


def test_a_cut_splits_the_fit_and_not_the_person(lifter, lifted, film):
    """After the cut, a camera that is zoomed and moved films the rest of the walk."""
    keypoints, truth = film
    cut = keypoints.copy()
    cut[50:, :, :2] = 0.7 * cut[50:, :, :2] + [700.0, 100.0]
    found = lifter.lift(cut, fps=FPS)
    assert found.camera_moves
    assert found.camera.r.shape == (100, 3, 3)
    np.testing.assert_allclose(found.camera.to_world(found.p3c), found.p3w, atol=1e-6)
    root = found.p3w[:, found.skeleton.root_index, :2]
    steps = np.linalg.norm(np.diff(root, axis=0), axis=1)
    assert steps[49] < 3 * np.percentile(steps, 90)  # nobody jumps
    assert visible_errors(found, truth).mean() < 1.2 * visible_errors(lifted, truth).mean()
    lengths = Bones.of(found.skeleton).measure(found.p3w)
    assert abs(lengths[:50].mean() / lengths[50:].mean() - 1) < 0.02
    assert not lifted.camera_moves
    assert found.camera.at(0).r.shape == lifted.camera.r.shape == (3, 3)


def test_a_shot_without_the_person_is_a_gap(lifter, film):
    keypoints = film[0]
    other = Person(keypoints[:60].copy(), 0)
    other.keypoints[30:, :, 0] += 600.0
    absent = Person(np.concatenate([keypoints[:30], np.full((30, 17, 3), np.nan)]), 0)
    first, second = lifter.lift_people([other, absent], "coco17", Film((1920, 1080), FPS))
    assert first.camera_moves
    assert not second.camera_moves
    assert (second.status[30:] == Status.NO_OBSERVATIONS).all()


def test_results_of_a_film_with_a_gap_and_a_cut_are_stored(lifter, film, tmp_path):
    keypoints = film[0][:60].copy()
    keypoints[20:30] = [np.nan, np.nan, 0.0]
    keypoints[40:, :, 0] += 600.0
    film_of = Film((1920, 1080), FPS)
    people = film_people({0: Person(keypoints, 0)}, lifter, "coco17", film_of, {})
    assert people[0].lifted.cuts == (40,)
    notes = list(notes_on_people(people, {}, film_of, None, has_numbers=False))
    assert notes[:2] == ["note: another camera films from frame 40 on", people[0].summary]
    save_results(tmp_path / "results.hdf5", "film", people, lifter, {})
    with h5py.File(tmp_path / "results.hdf5") as file:
        person = file["film/person0"]
        assert (person["misfit"][20:30] == 0).all()
        assert (person["doubtful"][20:30] == 1).all()
        assert person["r"].shape == (60, 3, 3)
        assert person.attrs["quality"] == people[0].lifted.quality.verdict
        names, lengths = person.attrs["bones"].split(","), person.attrs["bone_lengths"]
        ends = [S24.joint_index(f"{side}_{end}") for side in "lr" for end in ("hip", "knee")]
        left, right = np.split(person["p3w"][()][:, ends], 2, axis=1)
        thighs = [np.linalg.norm(t[:, 0] - t[:, 1], axis=1).mean() for t in (left, right)]
        assert lengths[names.index("knee")] == pytest.approx(np.mean(thighs), rel=1e-4)
    stored = read_film(tmp_path / "results.hdf5", "film")
    np.testing.assert_allclose(stored[0].track.p3w, people[0].lifted.p3w, rtol=1e-6, atol=1e-3)
    assert film_scene(stored, "film").camera.r.shape == (60, 3, 3)


def test_people_of_a_film_stand_on_one_floor_before_one_camera(lifter, film):
    """The second person is the first one, seen to the right, for less time."""
    one = Person(film[0], 0)
    right = film[0][20:80] + [300.0, 0.0, 0.0]
    nobody = Person(np.full((5, 17, 3), np.nan), 3)
    done = []
    found = lifter.lift_people(
        [one, Person(right, 20), nobody], "coco17", Film((1920, 1080), FPS), done.append
    )
    assert sum(done) == 100 + 60 + 5
    np.testing.assert_array_equal(found[0].camera.r, found[1].camera.r)
    np.testing.assert_array_equal(found[0].camera.t, found[1].camera.t)
    np.testing.assert_allclose(found[0].camera.f, found[1].camera.f)
    assert isinstance(found[2], DataError)
    assert "show no person" in str(found[2])


def test_keypoints_that_show_nobody(lifter, film):
    keypoints = film[0]
    two = np.full_like(keypoints, np.nan)
    two[:, 11:13] = keypoints[:, 11:13]
    with pytest.raises(DataError, match="fewer than 3 joints"):
        lifter.lift(two)
    with pytest.raises(DataError, match="fewer than 3 joints"):
        lifter.lift(keypoints[:0])
    point = keypoints.copy()
    point[..., :2] = 500
    with pytest.raises(DataError, match="all lie within"):
        lifter.lift(point)
    with pytest.raises(DataError, match=r"expected \(n_frames, 17, 2 or 3\)"):
        lifter.lift(keypoints[:, :5])
    with pytest.raises(SpecError, match="width and height"):
        lifter.lift(keypoints, size=(0, 100))
    with pytest.raises(SpecError, match="fps"):
        lifter.lift(keypoints, fps=-1)
    with pytest.raises(SpecError, match="unknown skeleton"):
        lifter.lift(keypoints, skeleton="coco71")


def test_the_image_s_scale_does_not_matter(lifter, lifted, film):
    doubled = film[0] * [2, 2, 1]
    found = lifter.lift(doubled, fps=FPS, size=(3840, 2160))
    np.testing.assert_allclose(found.p3w, lifted.p3w, atol=15)
    np.testing.assert_allclose(found.camera.f, 2 * lifted.camera.f, rtol=0.01)


@pytest.mark.parametrize("n", [1, 40, 48, 49, 90, 91, 1000])
def test_windows_cover_each_frame_once(n, monkeypatch):
    monkeypatch.setattr(module, "WINDOW", 48)
    monkeypatch.setattr(module, "MARGIN", 6)
    windows = module.windows_of(n)
    assert [i for w in windows for i in range(w.low, w.high)] == list(range(n))
    assert all(w.first <= w.low < w.high <= w.last for w in windows)
    assert all(w.last - w.first <= 48 for w in windows)
    assert all(w.low - w.first >= 6 for w in windows[1:])
    assert all(w.last - w.high >= 6 for w in windows[:-1])


def test_windows_join_without_a_jump(lifter, lifted, film, monkeypatch):
    monkeypatch.setattr(module, "WINDOW", 64)
    monkeypatch.setattr(module, "MARGIN", 16)
    done = []
    found = lifter.lift(film[0], fps=FPS, progress=done.append)
    assert (len(done), sum(done)) == (3, 100)
    poses, whole = (p3c - p3c[:, :1] for p3c in (found.p3c, lifted.p3c))
    assert np.median(np.linalg.norm(poses - whole, axis=2)) < 10
    # Windows of so few frames know less of the depth: a larger body farther away looks alike.
    np.testing.assert_allclose(found.p3c[:, 0, 2], lifted.p3c[:, 0, 2], rtol=0.02)

    def largest_step(poses):
        return np.linalg.norm(np.diff(poses.p3c, axis=0), axis=2).mean(axis=1).max()

    assert largest_step(found) < 1.15 * largest_step(lifted)


def test_a_stream_answers_every_frame(lifter, lifted, film):
    keypoints, truth = film
    stream = LiftStream(lifter, fps=FPS, camera=FilmCamera(f=[1500.0, 1500.0]))
    assert stream.push(None) is None
    answers = [stream.push(frame) for frame in keypoints[:60]]
    assert all(len(answer) == 1 for answer in answers)
    assert all(answer.camera.f == pytest.approx(1500) for answer in answers)
    poses = np.concatenate([answer.p3w for answer in answers])
    shown = lifted.keypoint_mapping.observed
    assert p_mpjpe(poses[:, shown], truth[:60, shown]).mean() < 65
    deviations = np.concatenate([answer.std for answer in answers])
    errors = joint_errors(align(poses, truth[:60]), truth[:60])
    assert 0.4 < (errors < deviations).mean() < 0.95
    gone = stream.push(None)
    assert gone.status[0] == Status.NO_OBSERVATIONS
    assert gone.extrapolated.all()
    assert np.isfinite(gone.p3w).all()
    assert (gone.std > answers[-1].std).all()
    assert np.linalg.norm(gone.p3c - answers[-1].p3c, axis=2).max() < 200


def test_a_lifter_makes_streams(lifter, film):
    """They answer as one that is made by hand, with the same options and defaults."""
    for options in ({}, {"fps": FPS, "lag": 2, "height": 1.6, "size": (1900, 1000)}):
        own, by_hand = lifter.stream(**options), LiftStream(lifter, **options)
        for frame in film[0][:6]:
            found, expected = own.push(frame), by_hand.push(frame)
            assert (found is None) == (expected is None)
        for name in ("p3w", "p3c", "std", "extrapolated"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    with pytest.raises(SpecError, match="lag 8"):
        lifter.stream(lag=8)


def test_a_frame_of_keypoints_at_one_place_shows_a_stream_nobody(lifter, film):
    """A film of such keypoints is an error. Two joints may be near each other."""
    point, glimpse = film[0][0].copy(), np.full((17, 3), np.nan)
    point[:, :2] = 500
    glimpse[:2] = [500, 500, 1]
    with pytest.raises(DataError, match="show no person: all lie within 1 pixels"):
        lifter.lift(np.stack([point] * 5), fps=FPS)
    stream, expected = lifter.stream(fps=FPS), lifter.stream(fps=FPS)
    assert stream.push(point) is None
    for frame, same in ((film[0][0], film[0][0]), (point, None), (glimpse, glimpse)):
        found, wanted = stream.push(frame), expected.push(same)
        np.testing.assert_array_equal(found.p3w, wanted.p3w)
        np.testing.assert_array_equal(found.status, wanted.status)


def test_a_stream_names_the_shape_of_what_it_is_given(lifter, film):
    for frame in (np.zeros((16, 2)), np.zeros(17), film[0][:2]):
        with pytest.raises(DataError) as error:
            lifter.stream().push(frame)
        shape = f"keypoints have shape {frame.shape}: expected (17, 2 or 3)"
        assert str(error.value) == shape


def test_a_stream_undoes_exchanges_of_its_first_frame(lifter, film):
    """The frames that follow tell which side is right, not the first frame."""
    exchanged = film[0][:30].copy()
    limbs = [j for pair in legs_and_arms(COCO_17) for j in pair]
    exchanged[0, limbs] = exchanged[0, COCO_17.mirror[limbs]]
    answers = []
    for keypoints in (film[0][:30], exchanged):
        stream = LiftStream(lifter, fps=FPS)
        answers.append([stream.push(frame) for frame in keypoints][-1].p3w)
    assert p_mpjpe(answers[1], answers[0]).mean() < 25


def test_a_lag_answers_later_and_of_earlier_frames(lifter, film):
    keypoints = film[0].copy()
    keypoints[6, COCO_17.joint_index("l_knee")] = np.nan
    stream = LiftStream(lifter, fps=FPS, lag=3)
    answers = [stream.push(frame) for frame in keypoints[:12]]
    assert [answer is None for answer in answers] == [True] * 3 + [False] * 9
    knee = lifter.gan.skeleton.joint_index("l_knee")
    missing = [bool(np.isnan(frame[COCO_17.joint_index("l_knee"), 0])) for frame in keypoints[:9]]
    assert [bool(a.extrapolated[0, knee]) for a in answers[3:]] == missing
    for lag in (8, -1, 1.5):
        with pytest.raises(SpecError, match=f"lag {lag}: expected a whole number from 0 to 7"):
            LiftStream(lifter, lag=lag)


def stream_errors(lifter, keypoints, truth):
    """[n_frames] mm after alignment of a stream's poses, of the joints that keypoints show."""
    stream = LiftStream(lifter, fps=FPS)
    answers = [stream.push(frame) for frame in keypoints]
    shown = answers[0].keypoint_mapping.observed
    poses = np.concatenate([answer.p3c for answer in answers])
    return p_mpjpe(poses[:, shown], truth[:, shown])


def test_a_stream_bridges_what_a_detector_misses(lifter, film):
    """Of each keypoint, 30 % are missing in frames of their own; others tell where they are."""
    keypoints = film[0].copy()
    keypoints[np.random.default_rng(0).random(keypoints.shape[:2]) < 0.3] = np.nan
    # 43 mm; 57 without the paths that bridge gaps, 34 without gaps.
    assert stream_errors(lifter, keypoints, film[1]).mean() < 50


def test_guesses_of_a_detector_are_as_if_absent(lifter, film):
    """Legs outside the image, which a detector puts at its border with a tenth of confidence."""
    keypoints = film[0][:40].copy()
    guesses, absent = keypoints.copy(), keypoints.copy()
    legs = [COCO_17.joint_index(f"{s}_{part}") for s in "lr" for part in ("knee", "ankle")]
    guesses[:, legs, 1] = 700.0
    guesses[:, legs, 2] = 0.1
    absent[:, legs] = [np.nan, np.nan, 0.0]
    found, expected = (lifter.lift(p, fps=FPS, is_still=True) for p in (guesses, absent))
    np.testing.assert_array_equal(found.p3w, expected.p3w)
    np.testing.assert_array_equal(found.extrapolated, expected.extrapolated)
    assert found.quality.verdict == expected.quality.verdict
    answers = []
    for observed in (guesses, absent):
        stream = LiftStream(lifter, fps=FPS)
        answers.append([stream.push(frame) for frame in observed[:15]][-1])
    np.testing.assert_array_equal(answers[0].p3w, answers[1].p3w)


def test_ankles_on_the_border_of_an_image_that_ends_below_the_knees_are_as_if_absent(lifter, film):
    """Their confidences are as high as others; a size that nobody states has no border."""
    ankles, knees = (
        [COCO_17.joint_index(f"{side}_{part}") for side in "lr"] for part in ("ankle", "knee")
    )
    keypoints = film[0][:40].copy()
    height = int(np.nanmax(keypoints[:, knees, 1])) + 10
    clipped, absent = keypoints.copy(), keypoints.copy()
    clipped[:, ankles, 1] = np.minimum(clipped[:, ankles, 1], height - 1)
    absent[:, ankles] = [np.nan, np.nan, 0.0]
    size = (1920, height)
    found, expected = (lifter.lift(p, size=size, fps=FPS, is_still=True) for p in (clipped, absent))
    np.testing.assert_array_equal(found.p3w, expected.p3w)
    guessed = lifter.lift(clipped + [0.0, 1080.0 - height, 0.0], fps=FPS, is_still=True)
    is_seen = ~guessed.extrapolated[:, S24.joint_index("l_ankle")]
    np.testing.assert_array_equal(is_seen, np.isfinite(clipped[:, ankles[0], 0]))


def test_a_glimpse_of_a_wrist_is_not_the_size_of_a_person(lifter, film):
    """After 20 frames that show a wrist alone, the whole person is there as before."""
    keypoints = film[0][:80].copy()
    others = [j for j in range(17) if j != COCO_17.joint_index("l_wrist")]
    keypoints[30:50, others] = np.nan
    # 28 mm; 149 if the wrist were taken for a person of 1 px.
    assert stream_errors(lifter, keypoints, film[1][:80])[52:62].mean() < 50


def test_a_last_keypoint_that_jumps_hardly_moves_a_stream(lifter, film):
    """The path of the keypoint goes along, since nothing that follows contradicts it."""
    keypoints, jumps = film[0][:60].copy(), slice(20, None, 8)
    for name in ("l_wrist", "r_ankle"):
        keypoints[jumps, COCO_17.joint_index(name), :2] += 150  # px, of someone of 480 px
    before, after = (
        stream_errors(lifter, observed, film[1][:60])[jumps]
        for observed in (film[0][:60], keypoints)
    )
    # 6 mm; 58 if keypoints with large errors pulled fully.
    assert (after - before).max() < 20


def test_a_stream_follows_a_cartwheel(lifter, cartwheel):
    """Two turns in a second: a step of the fit for each frame would fall behind."""
    # 95 mm; 185 with one step for each frame.
    assert stream_errors(lifter, *cartwheel).max() < 130


@pytest.mark.parametrize(
    "argument, message",
    [
        ({"fps": "30"}, "fps '30': expected a positive number"),
        ({"fps": None}, "fps None: expected a positive number"),
        ({"fps": np.array([25])}, r"fps array\(\[25\]\): expected a positive number"),
        ({"height": "1.7"}, "height '1.7': expected the height of a person"),
        ({"height": True}, "height True: expected the height of a person"),
        ({"height": np.array([1.7])}, r"height array\(\[1.7\]\): expected the height of a person"),
        ({"size": ("1920", "1080")}, "size .'1920', '1080'.: expected the image's width"),
        ({"size": "1920x1080"}, "size '1920x1080': expected the image's width"),
        ({"camera": {"f": [1000]}}, "camera: key 'f': expected two focal lengths"),
        ({"camera": "camera.json"}, 'camera: expected {.*, got "camera.json"'),
        ({"skeleton": ["coco17"]}, "unknown skeleton .*: did you mean 'coco17'"),
    ],
    ids=str,
)
def test_arguments_that_cannot_be_are_named(lifter, film, argument, message):
    with pytest.raises(SpecError, match=f"^{message}"):
        lifter.lift(film[0][:4], **argument)
    with pytest.raises(SpecError, match=f"^{message}"):
        LiftStream(lifter, **argument)


@pytest.mark.parametrize(
    "argument, message",
    [
        ({"is_still": "no"}, "is_still 'no': expected True or False"),
        ({"is_upright": 0}, "is_upright 0: expected True or False"),
        ({"progress": None}, "progress None: expected a function of a number of frames"),
    ],
    ids=str,
)
def test_arguments_of_a_lift_alone_are_named(lifter, film, argument, message):
    with pytest.raises(SpecError, match=f"^{message}"):
        lifter.lift(film[0][:4], **argument)


def test_an_option_that_a_stream_does_not_have(lifter):
    with pytest.raises(SpecError, match="option 'sizes': expected one of skeleton, size, fps, ca"):
        lifter.stream(sizes=(1920, 1080))


@pytest.mark.parametrize("keypoints", ["abc", [[1, 2], [3]], {"nose": 1}])
def test_keypoints_that_are_no_numbers(lifter, keypoints):
    for lift in (lifter.lift, LiftStream(lifter).push):
        with pytest.raises(DataError, match=r"^keypoints: expected an array of numbers, got "):
            lift(keypoints)


def test_a_camera_may_be_a_dict(lifter, film):
    camera = {"f": [1100, 1100]}
    one, other = (lifter.lift(film[0][:4], camera=c) for c in (camera, FilmCamera(**camera)))
    np.testing.assert_array_equal(one.p3w, other.p3w)
    assert LiftStream(lifter, camera=camera).push(film[0][0]) is not None


@pytest.mark.parametrize("gan", [None, 5])
def test_what_is_no_gan(gan):
    with pytest.raises(SpecError, match=f"^GAN id '{gan}': "):
        PoseLifter(gan)


@pytest.mark.parametrize(
    "weights", [{"smoothness": np.nan}, {"contacts": -1.0}, {"contacts": "0"}, {"smoothness": None}]
)
def test_weights_of_motion_are_finite_and_not_negative(lifter, weights):
    with pytest.raises(SpecError, match=f"{next(iter(weights))} .*: expected a number"):
        PoseLifter(lifter.gan, **weights)


def test_confidences_count_relative_to_the_surest(lifter, film):
    """Peaks of heat maps may all be small: a stream of such keypoints is no gap."""
    answers = []
    for factor in (1.0, 0.05):
        stream = LiftStream(lifter, fps=FPS)
        answers.append([stream.push(frame * [1, 1, factor]) for frame in film[0][:10]][-1])
    np.testing.assert_allclose(answers[1].p3c, answers[0].p3c, atol=1)


def test_a_stream_goes_on_when_a_person_returns(lifter, film):
    """Frames without the person tell nothing of the person's size."""
    stream = LiftStream(lifter, fps=FPS)
    seen = [frame if not 20 <= i < 50 else None for i, frame in enumerate(film[0][:70])]
    answers = [stream.push(frame) for frame in seen][55:]
    assert all(answer.status[0] != Status.NO_OBSERVATIONS for answer in answers)
    shown, poses = answers[0].keypoint_mapping.observed, np.concatenate([a.p3c for a in answers])
    # 30 mm; 58 and more if frames without the person counted as someone of the size of a pixel.
    assert p_mpjpe(poses[:, shown], film[1][55:70][:, shown]).mean() < 45


def test_a_stream_keeps_to_one_body(lifter, film):
    """If every window had bones of its own, thighs and upper arms would vary by 2 %."""
    stream = LiftStream(lifter, fps=FPS, lag=2)
    answers = [stream.push(frame) for frame in film[0]][2:]
    bones = Bones.of(lifter.gan.skeleton)
    lengths = bones.measure(np.concatenate([answer.p3c for answer in answers]))
    variation = dict(zip(bones.names, lengths.std(axis=0) / lengths.mean(axis=0), strict=True))
    assert max(variation["knee"], variation["elbow"]) < 0.015  # by the joints where they end


def test_a_flush_answers_the_last_frames(lifter, film):
    """Without a lag, the last frames are answered alike: the window is the same."""
    late, early = LiftStream(lifter, fps=FPS, lag=3), LiftStream(lifter, fps=FPS)
    assert late.flush() == []
    for frame in film[0][:2]:
        late.push(frame)
        early.push(frame)
    assert len(late.flush()) == 2  # all that came in
    for frame in film[0][2:12]:
        last = late.push(frame)
        latest = early.push(frame)
    rest = late.flush()
    assert len(rest) == 3
    np.testing.assert_array_equal(rest[-1].p3c, latest.p3c)
    np.testing.assert_allclose(rest[-1].std, latest.std, rtol=1e-3)
    assert all(np.isfinite(answer.std).all() for answer in rest)
    assert 0 < np.linalg.norm(rest[0].p3c - last.p3c, axis=2).max() < 200
    assert early.flush() == []


def test_a_flush_repeats_the_last_fit_of_a_lost_stream(lifter, cartwheel):
    """With as many steps, whether the stream was lost before that fit, after it, or both."""
    late, early = LiftStream(lifter, fps=FPS, lag=1), LiftStream(lifter, fps=FPS)
    for frame in cartwheel[0][:45]:
        late.push(frame)
        latest = early.push(frame)
        np.testing.assert_array_equal(late.flush()[-1].p3c, latest.p3c)


def test_a_stream_follows_a_person_who_comes_nearer(lifter, film):
    """Someone five times as large is explained as well, and stands at a fifth of the distance."""
    stream, away = LiftStream(lifter, fps=FPS), np.array([*C, 0.0])
    far = [stream.push((film[0][i % 50] - away) * [0.3, 0.3, 1] + away) for i in range(8)][-1]
    growth = np.linspace(0.3, 1.5, 40)[:, None, None] * [1.0, 1.0, 0.0] + [0.0, 0.0, 1.0]
    for frame, scale in zip(film[0][8:48], growth, strict=True):
        stream.push((frame - away) * scale + away)
    near = [stream.push((film[0][i] - away) * [1.5, 1.5, 1] + away) for i in range(48, 80)][-1]
    depths = [np.median(found.p3c[0, :, 2]) for found in (far, near)]
    assert depths[1] == pytest.approx(depths[0] / 5, rel=0.2)
    assert near.quality.verdict == "good"
