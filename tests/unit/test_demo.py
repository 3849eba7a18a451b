import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from computed_people import (
    ACTIONS,
    CAMERAS,
    FPS,
    IMAGE_SIZE,
    SUBJECTS,
    Recipe,
    make_body,
    perform,
    write_tree,
)
from computed_people.body import ARMS, LEGS, PROPORTIONS, REPEATED, STATURE
from computed_people.cdf_writer import MARKER
from computed_people.gait import ANKLE, HIP, KNEE, Path, Style, fourier, make_stride
from computed_people.hands import random_hands
from computed_people.kinematics import UpperBodyMotion, joint_positions
from computed_people.limbs import two_bones
from computed_people.motion import Timeline, drift, minimum_jerk, random_timeline
from computed_people.stance_changes import random_stances
from computed_people.stances import STANCES, route
from human_pose_util.dataset.h3m.spacepy_cdf import load_pycdf
from human_pose_util.dataset.h3m_protocol import S24_JOINTS
from human_pose_util.errors import SpecError
from human_pose_util.skeleton import S24
from human_pose_util.transforms import fit_intrinsics, fit_rigid, look_at, project
from lifting.stance.balance import centre_of_mass, feet_of

WALKS = ("Walking", "WalkDog", "WalkTogether")
ON_FEET = (*WALKS, "Directions", "Discussion", "Greeting", "Purchases", "Posing")
# Chains of bones; hands and the nose hang from the joint before them.
BONES = np.array(
    [(0, 12), (12, 13), (13, 14), (13, 15), (14, 15), (0, 1), (0, 6), (13, 17), (13, 25)]
    + [(chain[i], chain[i + 1]) for chain in LEGS for i in range(4)]
    + [(chain[i], chain[i + 1]) for chain in ARMS for i in range(2)]
    + [(chain[2], chain[i]) for chain in ARMS for i in (3, 4)]
)
TINY = Recipe(seed=1, takes=2, seconds=0.5, subjects=("S1", "S11"))


@pytest.fixture(scope="module")
def takes():
    """A take of every action by two subjects, 6 s long."""
    return {
        (subject, action): perform(make_body(subject, 0), subject, action, 1, 300, 0)
        for subject in ("S5", "S8")
        for action in ACTIONS
    }


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo") / "tree"
    assert write_tree(root, TINY)
    return root


def unit(v):
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def angle(a, b, c):
    """Of the corner b, degrees."""
    cosine = np.sum(unit(a - b) * unit(c - b), axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def lengths(p3):
    return np.linalg.norm(p3[:, BONES[:, 0]] - p3[:, BONES[:, 1]], axis=-1)


def read(path):
    with load_pycdf().CDF(str(path)) as cdf:
        assert list(cdf) == ["Pose"]
        return cdf["Pose"][...]


# Bodies


def test_bones_keep_their_lengths_through_every_action(takes):
    for subject in ("S5", "S8"):
        every = np.concatenate([lengths(takes[subject, action]) for action in ACTIONS])
        np.testing.assert_allclose(every, np.broadcast_to(every[0], every.shape), rtol=1e-9)


def test_subjects_differ_and_their_sides_do_not(takes):
    bodies = [make_body(subject, 0) for subject in SUBJECTS]
    assert len({body.stature for body in bodies}) == len(SUBJECTS)
    assert np.ptp([body.thigh / body.stature for body in bodies]) > 0.01
    p3 = takes["S5", "Walking"][0]
    for chains in (LEGS, ARMS):
        left, right = (np.linalg.norm(np.diff(p3[chain[:3]], axis=0), axis=-1) for chain in chains)
        np.testing.assert_allclose(left, right, rtol=1e-9)


def test_proportions_add_up_to_the_person():
    legs = sum(PROPORTIONS[name] for name in ("ankle", "shank", "thigh"))
    assert legs == pytest.approx(0.530)  # Drillis and Contini's height of the hip
    trunk = PROPORTIONS["lumbar"] + PROPORTIONS["thoracic"]
    assert legs + trunk == pytest.approx(0.818)  # and of the shoulder
    assert legs + trunk + PROPORTIONS["crown"] <= 1


def test_the_head_of_one_who_stands_is_at_the_stature(takes):
    for subject in ("S5", "S8"):
        crown = takes[subject, "Directions"][:, 15, 2].max()
        assert 0.9 * STATURE[subject] < crown < 1.02 * STATURE[subject]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_take_may_be_a_single_frame(action):
    pose = perform(make_body("S5", 0), "S5", action, 0, 1, 0)
    assert pose.shape == (1, 32, 3)
    assert np.isfinite(pose).all()


def test_repeated_joints_repeat(takes):
    for p3 in takes.values():
        for joint, original in REPEATED.items():
            np.testing.assert_array_equal(p3[:, joint], p3[:, original])


# Movement


def test_joints_stay_within_their_limits(takes):
    for p3 in takes.values():
        lateral, up = unit(p3[:, 6] - p3[:, 1]), unit(p3[:, 12] - p3[:, 0])
        forward = np.cross(lateral, up)
        for hip, knee, ankle, ball, _ in LEGS:
            bend = 180 - angle(p3[:, hip], p3[:, knee], p3[:, ankle])
            assert bend.min() > 3
            assert bend.max() < 151
            foot = angle(p3[:, knee], p3[:, ankle], p3[:, ball])
            assert foot.min() > 75
            assert foot.max() < 178
            thigh = unit(p3[:, knee] - p3[:, hip])
            flexion = np.degrees(np.arctan2(np.sum(thigh * forward, -1), -np.sum(thigh * up, -1)))
            assert flexion.min() > -40
            assert flexion.max() < 140
        for shoulder, elbow, wrist, *_ in ARMS:
            bend = 180 - angle(p3[:, shoulder], p3[:, elbow], p3[:, wrist])
            assert bend.max() < 146


def test_knees_bend_forward_only(takes):
    for action in (*WALKS, "Directions", "Waiting"):
        p3 = takes["S5", action]
        ahead = np.cross(unit(p3[:, 6] - p3[:, 1]), [0.0, 0.0, 1.0])
        for hip, knee, ankle, *_ in LEGS:
            middle = (p3[:, hip] + p3[:, ankle]) / 2
            assert np.sum((p3[:, knee] - middle) * ahead, axis=-1).min() > 0


def test_nothing_is_below_the_floor_and_somebody_on_foot_touches_it(takes):
    for (_, action), p3 in takes.items():
        assert p3[..., 2].min() > -1e-6
        if action in ON_FEET:
            assert p3[:, LEGS[:, 2:], 2].min(axis=(1, 2)).max() < 10


def test_no_jumps(takes):
    for p3 in takes.values():
        speed = np.linalg.norm(np.diff(p3, axis=0), axis=-1) * FPS / 1000
        assert speed.max() < 8  # m/s
        pull = np.linalg.norm(np.diff(p3, n=2, axis=0), axis=-1) * FPS**2 / 1000
        assert pull.max() < 400  # m/s²


def test_hands_stay_out_of_the_trunk(takes):
    nearest = []
    for p3 in takes.values():
        low, high = p3[:, 12], p3[:, 13]
        axis = unit(high - low)
        for wrist in ARMS[:, 2]:
            along = np.sum((p3[:, wrist] - low) * axis, axis=-1)
            away = np.linalg.norm(p3[:, wrist] - low - along[:, None] * axis, axis=-1)
            between = (along > 0) & (along < 0.8 * np.linalg.norm(high - low, axis=-1))
            nearest.append(away.min(where=between, initial=np.inf))
    assert 80 < min(nearest) < np.inf


@pytest.mark.parametrize("action", WALKS)
def test_a_standing_foot_does_not_slide(takes, action):
    for subject in ("S5", "S8"):
        for chain in LEGS:
            ball = takes[subject, action][:, chain[3]]
            down = (ball[1:, 2] < 0.1) & (ball[:-1, 2] < 0.1)
            speed = np.linalg.norm(np.diff(ball[:, :2], axis=0), axis=-1) * FPS
            assert 0.35 < down.mean() < 0.75
            assert np.quantile(speed[down], 0.95) < 25  # mm/s, of about 1000 of the walker


def test_walkers_get_along_and_turn(takes):
    for subject in ("S5", "S8"):
        p3 = takes[subject, "Walking"]
        speed = np.linalg.norm(np.diff(p3[:, 0, :2], axis=0), axis=-1) * FPS / 1000
        assert 0.6 < speed.mean() < 1.6
        hips = p3[:, 6, :2] - p3[:, 1, :2]
        heading = np.unwrap(np.arctan2(hips[:, 1], hips[:, 0]))
        assert np.ptp(heading) > 1
        knees = [180 - angle(*(p3[:, joint] for joint in chain[:3])) for chain in LEGS]
        for knee in knees:
            assert 45 < knee.max() < 75
        # The knees take turns.
        assert np.corrcoef(*knees)[0, 1] < 0


def test_people_face_and_stand_everywhere():
    places, headings = [], []
    for take in range(40):
        p3 = perform(make_body("S6", 0), "S6", "Waiting", take, 2, 0)[0]
        places.append(p3[0, :2])
        headings.append(np.arctan2(*(p3[6, :2] - p3[1, :2])[::-1]))
    assert len(np.unique(np.floor(np.array(headings) / (np.pi / 4)))) == 8
    assert np.all(np.ptp(places, axis=0) > 1200)


def test_actions_are_what_they_say():
    def many(action):
        poses = [perform(make_body("S7", 0), "S7", action, k, 300, 0) for k in range(4)]
        return np.concatenate(poses) / STATURE["S7"]

    sitting, floor, standing = many("Sitting"), many("SittingDown"), many("Directions")
    assert 0.25 < np.median(sitting[:, 0, 2]) < 0.35  # the height of a chair
    assert floor[:, 0, 2].min() < 0.08
    assert standing[:, 0, 2].min() > 0.45
    phoning = many("Phoning")
    to_ear = np.linalg.norm(phoning[:, [19, 27]] - phoning[:, None, 14], axis=-1).min(axis=1)
    assert np.mean(to_ear < 0.12) > 0.6
    photo = many("Photo")
    assert np.mean(np.all(photo[:, [19, 27], 2] > photo[:, None, 12, 2], axis=1)) > 0.6


@pytest.mark.parametrize("stance", [name for name in STANCES if name.startswith("balance")])
def test_who_stands_on_one_leg_is_in_balance(stance):
    rng, body = np.random.default_rng(5), make_body("S7", 0)
    lower = random_stances(rng, np.arange(200) / FPS, body, [stance], ACTIONS["Posing"].manner)
    n = len(lower.pelvis)
    hands = random_hands(rng, np.arange(n) / FPS, [("hang", "hang")], (1, 2), (1, 2), 0)
    upper = UpperBodyMotion(np.zeros((n, 3)), np.zeros((n, 3)), hands)
    p3 = joint_positions(body, lower, upper)[:, S24_JOINTS]
    feet = np.sort(feet_of(p3, S24)[..., 2], axis=1)
    assert np.median(feet[:, 0]) < 60
    assert np.median(feet[:, 1] - feet[:, 0]) > 80
    standing = feet_of(p3, S24)[np.arange(n), feet_of(p3, S24)[..., 2].argmin(axis=1)]
    ahead = np.linalg.norm((centre_of_mass(p3, S24) - standing)[:, :2], axis=1)
    assert np.median(ahead) < 150  # a foot is 250 mm long, and its middle is ahead of the ankle


def test_the_first_take_of_an_action_has_none_of_its_further_stances(monkeypatch):
    def posing(take):
        return [perform(make_body(s, 0), s, "Posing", take, 60, 0) for s in SUBJECTS]

    first, second = posing(0), posing(1)
    monkeypatch.setitem(ACTIONS, "Posing", replace(ACTIONS["Posing"], further=()))
    np.testing.assert_array_equal(posing(0), first)
    assert not np.array_equal(posing(1), second)


def test_stances_are_reached_through_their_neighbours():
    assert route("stand", "stand wide") == []
    assert route("stand", "floor crossed") == ["squat"]
    assert route("stand", "kneel low") == ["kneel on one", "kneel"]
    assert route("chair knees", "chair knees") == ["chair"]
    for start in STANCES:
        for stop in STANCES:
            assert len(route(start, stop)) < 5


# Its parts


def test_minimum_jerk_is_at_rest_at_both_ends():
    tau = np.linspace(-0.2, 1.2, 1401)
    weight = minimum_jerk(tau)
    assert weight[0] == 0
    assert weight[-1] == 1
    assert np.all(np.diff(weight) >= 0)
    # Flash and Hogan: the peak speed is 1.875 times the mean.
    assert np.gradient(weight, tau).max() == pytest.approx(1.875, rel=1e-3)


def test_a_timeline_moves_from_hold_to_hold():
    time = np.array([0.0, 1.0, 1.5, 2.0, 2.9, 3.0, 3.5, 9.0])
    timeline = Timeline(time, [1.0, 3.0], [1.0, 0.5])
    np.testing.assert_allclose(timeline.blend([1.0, 3.0, -1.0]), [1, 1, 2, 3, 3, 3, -1, -1])
    np.testing.assert_allclose(timeline.blend([0.0, 1.0, 1.0], 0.5, 1.0)[:4], [0, 0, 0, 1])


def test_random_timelines_cover_the_time_and_drift_has_unit_variance():
    rng = np.random.default_rng(0)
    time = np.arange(50_000) / FPS
    timeline = random_timeline(rng, time, (0.5, 1.0), (0.5, 0.8))
    # The first hold begins with the time, and the last one ends after it.
    assert timeline.before[0] == 0
    assert timeline.before[-1] < timeline.n_holds - 1
    assert timeline.tau.max() < 1 + 1.0 / 0.5
    wander = drift(rng, time, 6, 2.0)
    np.testing.assert_allclose(wander.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(wander.var(axis=0), 1, rtol=0.1)


def test_two_bones_reach_what_is_in_reach():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(200, 3))
    target = root + unit(rng.normal(size=(200, 3))) * rng.uniform(0.9, 2.4, (200, 1))
    middle, end, out = two_bones(root, target, 1.3, 1.2, rng.normal(size=(200, 3)), 2.6)
    np.testing.assert_allclose(np.linalg.norm(middle - root, axis=-1), 1.3)
    np.testing.assert_allclose(np.linalg.norm(end - middle, axis=-1), 1.2)
    np.testing.assert_allclose(end, target, atol=1e-9)
    np.testing.assert_allclose(np.sum(out * (end - root), axis=-1), 0, atol=1e-9)
    far = two_bones(root, root + [9.0, 0, 0], 1.3, 1.2, np.array([0, 0, 1.0]), 2.6)[1]
    np.testing.assert_allclose(unit(far - root), np.broadcast_to([1.0, 0, 0], far.shape), atol=1e-9)


@pytest.mark.parametrize("curve", [HIP, KNEE, ANKLE])
def test_gait_curves_follow_their_samples(curve):
    phase = np.arange(20) / 20
    np.testing.assert_allclose(fourier(curve, phase), curve, atol=2.0)
    np.testing.assert_allclose(fourier(curve, phase + 3), fourier(curve, phase), atol=1e-9)


def test_a_stride_has_a_walkers_length():
    body = make_body("S9", 0)
    stride = make_stride(body, Style(1.0, 0.9, 0.4, 0.03, 0.0))
    assert 0.6 < stride.length / body.stature < 0.9
    longer = make_stride(body, Style(1.2, 0.9, 0.4, 0.03, 0.0))
    assert longer.length > 1.1 * stride.length
    assert 0.49 < stride.height.mean() / body.stature < 0.54
    assert np.ptp(stride.height) < 0.05 * body.stature


def test_paths_are_closed_and_by_arc_length():
    path = Path(np.random.default_rng(3))
    along = np.linspace(0, path.length, 2000)
    xy, heading = path.at(along)
    np.testing.assert_allclose(xy[0], xy[-1], atol=1e-6)
    steps = np.diff(xy, axis=0)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=-1), along[1], rtol=1e-3)
    turned = np.stack([np.cos(heading), np.sin(heading)], axis=-1)[:-1]
    assert np.min(np.sum(unit(steps) * turned, axis=-1)) > 0.999
    assert path.at(np.array([path.length + 5]))[1] == pytest.approx(
        path.at(np.array([5.0]))[1] + heading[-1] - heading[0]
    )


# Cameras


def test_a_camera_looks_at_its_target():
    r, t = look_at([3000.0, -4000.0, 1500.0], [0.0, 0.0, 900.0], 0.1)
    np.testing.assert_allclose(r @ r.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(r) == pytest.approx(1)
    p3c = r @ [0.0, 0.0, 900.0] + t
    np.testing.assert_allclose(p3c, [0, 0, np.sqrt(25e6 + 600**2)], atol=1e-9)
    level, _ = look_at([3000.0, -4000.0, 900.0], [0.0, 0.0, 900.0])
    np.testing.assert_allclose(level @ [0, 0, 1.0], [0, -1, 0], atol=1e-12)  # up is −y


def test_everybody_is_in_every_picture(takes):
    for p3 in takes.values():
        for camera in CAMERAS.values():
            p3c = camera.to_camera(p3)
            p2 = camera.project(p3c)
            assert p3c[..., 2].min() > 2000
            assert p2.min() > 0
            assert np.all(p2 < IMAGE_SIZE)


# Files


def test_the_tree_is_human36ms(tree):
    names = {name for a in ACTIONS for name in (a, f"{a} 1")}
    views = {f"{name}.{camera}.cdf" for name in names for camera in CAMERAS}
    for subject in TINY.subjects:
        worlds = {file.name for file in (tree / "D3_positions" / subject).iterdir()}
        assert worlds == {f"{name}.cdf" for name in names}
        for folder in ("D3_positions_mono", "D2_positions"):
            assert {file.name for file in (tree / folder / subject).iterdir()} == views


def test_views_belong_to_their_world(tree):
    p3w = read(tree / "D3_positions/S11/Walking 1.cdf")
    assert p3w.shape == (1, 25, 96)
    assert p3w.dtype == np.float32
    p3w = p3w.reshape(25, 32, 3).astype(np.float64)
    for camera_id, camera in CAMERAS.items():
        p3c = read(tree / f"D3_positions_mono/S11/Walking 1.{camera_id}.cdf")
        p2 = read(tree / f"D2_positions/S11/Walking 1.{camera_id}.cdf")
        assert p3c.shape == (1, 25, 96)
        assert p2.shape == (1, 25, 64)
        p3c, p2 = p3c.reshape(25, 32, 3).astype(np.float64), p2.reshape(25, 32, 2)
        r, t = fit_rigid(p3w.reshape(-1, 3), p3c.reshape(-1, 3))
        np.testing.assert_allclose(r, camera.r, atol=1e-5)
        np.testing.assert_allclose(t, camera.t, atol=0.05)
        np.testing.assert_allclose(p3w @ r.T + t, p3c, atol=0.01)
        np.testing.assert_allclose(project(p3c, camera.f, camera.c), p2, atol=0.001)
        f, c = fit_intrinsics(p3c.reshape(-1, 3), p2.reshape(-1, 2))
        np.testing.assert_allclose(np.concatenate([f, c]), [*camera.f, *camera.c], atol=0.01)


def test_takes_and_subjects_are_not_alike(tree):
    first = read(tree / "D3_positions/S1/Directions.cdf")
    assert np.abs(first - read(tree / "D3_positions/S1/Directions 1.cdf")).max() > 100
    assert np.abs(first - read(tree / "D3_positions/S11/Directions.cdf")).max() > 100


def contents(root):
    files = (file for file in root.rglob("*") if file.is_file())
    return {file.relative_to(root): file.read_bytes() for file in files}


def test_the_same_seed_gives_the_same_bytes(tree, tmp_path):
    write_tree(tmp_path / "again", TINY)
    assert contents(tmp_path / "again") == contents(tree)


def test_other_seeds_give_other_people():
    one, two = (perform(make_body("S1", seed), "S1", "Walking", 0, 50, seed) for seed in (0, 1))
    assert np.abs(lengths(one)[0] - lengths(two)[0]).max() > 1
    assert np.abs(one - two).max() > 100


def test_fewer_subjects_and_takes_are_the_same_ones(tree, tmp_path):
    write_tree(tmp_path / "less", Recipe(seed=1, takes=1, seconds=0.5, subjects=("S11",)))
    file = "D2_positions/S11/Photo.58860488.cdf"
    assert (tmp_path / "less" / file).read_bytes() == (tree / file).read_bytes()


def test_a_finished_tree_is_left_alone_and_an_interrupted_one_completed(tmp_path):
    recipe = Recipe(seconds=0.2, subjects=("S9",))
    root = tmp_path / "demo"
    assert write_tree(root, recipe)
    before = contents(root)
    times = {file: file.stat().st_mtime_ns for file in root.rglob("*.cdf")}
    assert not write_tree(root, recipe)
    assert times == {file: file.stat().st_mtime_ns for file in root.rglob("*.cdf")}

    os.rename(root / MARKER, root / "demo.unfinished.json")
    (root / "D3_positions/S9/Eating.cdf").unlink()
    (root / "D3_positions/S9/Phoning.cdf").write_bytes(b"half a file")
    assert write_tree(root, recipe)
    assert contents(root) == before


def test_what_is_no_demo_is_not_written_into(tmp_path, tree):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SpecError, match="not empty"):
        write_tree(tmp_path, TINY)
    with pytest.raises(SpecError, match=r"other settings.*demo\.json"):
        write_tree(tree, Recipe(seed=2))


@pytest.mark.parametrize(
    "wrong", [{"takes": 0}, {"seconds": 0}, {"seed": -1}, {"subjects": ("S2",)}, {"subjects": ()}]
)
def test_impossible_recipes_are_refused(wrong):
    with pytest.raises(SpecError):
        Recipe(**wrong)


def command(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "computed_people", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
    )


def test_the_command_writes_and_says_so_and_leaves_the_home_alone(tmp_path):
    home, out = tmp_path / "home", tmp_path / "demo"
    home.mkdir()
    environment = {"HOME": str(home), "POSE_CACHE": str(tmp_path / "cache"), "SPACEPY": ""}
    environment = {k: v for k, v in environment.items() if v}
    arguments = (out, "--seconds", "0.2", "--subjects", "S1")
    done = command(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    assert "wrote 15 sequences" in done.stdout
    assert f"H3M_PATH={out}" in done.stdout
    assert not (home / ".spacepy").exists()
    assert "already has 15 sequences" in command(*arguments, **environment).stdout


def test_the_command_explains_itself_and_its_errors(tmp_path):
    said = command("--help").stdout
    assert "D3_positions_mono/S1/Walking.54138969.cdf" in said
    assert "H3M_PATH" in said
    done = command(tmp_path / "demo", "--subjects", "S3")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "S3" in done.stderr
