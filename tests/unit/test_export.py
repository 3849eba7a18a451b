"""Exported poses, read back by other means; the rig that fits constant bones to positions."""

import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from computed_people import make_body, perform
from human_pose_util.dataset.h3m_protocol import S24_JOINTS
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.errors import DataError, SpecError
from human_pose_util.export import Track, fit_skeleton, json_lines, save
from human_pose_util.export.bvh import continuous_angles
from human_pose_util.export.hips import rooted_at_hips
from human_pose_util.export.skeleton_tree import depth_first
from human_pose_util.files.npz import load_npz
from human_pose_util.skeleton import SKELETONS, Skeleton
from human_pose_util.skeleton.skeletons import S14, S16, S24
from human_pose_util.transforms import euler_to_matrix, rotate_about, rotation_about
from human_pose_util.units import MM_PER_CM
from tests.helpers.tracks import two_people
from tests.helpers.walking_figure import walk

FPS = 50
WORLD_AXES = [2, 0, 1]  # the file's axes that are the world's x, y and z


def positions(
    offsets: np.ndarray, root_position: np.ndarray, rotations: np.ndarray, skeleton: Skeleton
) -> np.ndarray:
    """[n_frames, n_joints, 3] joints in the world of a rig: forward kinematics."""
    p3w = np.empty((*rotations.shape[:2], 3))
    world = np.empty_like(rotations)
    for joint in depth_first(skeleton):
        parent = skeleton.parents[joint]
        if parent < 0:
            p3w[:, joint], world[:, joint] = root_position, rotations[:, joint]
        else:
            p3w[:, joint] = p3w[:, parent] + world[:, parent] @ offsets[joint]
            world[:, joint] = world[:, parent] @ rotations[:, joint]
    return p3w


@pytest.fixture(scope="module")
def sitting():
    """[400, 24, 3] mm: somebody who sits down, with a trunk that bends and hands that turn."""
    body = make_body("S9", 0)
    return perform(body, "S9", "SittingDown", 1, 400, 0)[:, S24_JOINTS]


def limbs_at_random(skeleton, n_frames=200, seed=0):
    """Positions of a figure with constant bones whose every joint turns, slowly, on its own."""
    rng = np.random.default_rng(seed)
    offsets = rng.normal(size=(skeleton.n_joints, 3)) * 150
    root = np.cumsum(rng.normal(size=(n_frames, 3)) * 10, axis=0)
    time = np.linspace(0, 4, n_frames)[:, None, None]
    phase, size = rng.uniform(0, 2 * np.pi, (2, skeleton.n_joints, 3))
    angles = 0.2 * size * np.sin(time + phase)
    angles[:, skeleton.root_index, 0] += 3 * time[:, 0, 0]  # about z
    return positions(offsets, root, euler_to_matrix(angles, "zyx"), skeleton)


def fitted(p3w, skeleton):
    return positions(*fit_skeleton(p3w, skeleton), skeleton)


def fitted_from_hips(p3w, skeleton):
    """The skeleton of constant bones that hangs at the hips, at the joints of `skeleton`."""
    return fitted(*rooted_at_hips(p3w, skeleton))[:, : skeleton.n_joints]


def from_file(path, skeleton):
    """Positions in mm in the world, of a file with its joints in any order."""
    motion = read_bvh(path)
    order = [motion.names.index(joint) for joint in skeleton.joints]
    return motion.positions()[:, order][..., WORLD_AXES] * MM_PER_CM


def distance(a, b):
    return np.linalg.norm(a - b, axis=-1)


def bone_lengths(p3w, skeleton):
    child, parent = skeleton.bones.T
    return distance(p3w[:, child], p3w[:, parent])


# The rig


@pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda s: s.id)
def test_rig_fits_a_rigid_figure_exactly(skeleton):
    p3w = limbs_at_random(skeleton)
    assert distance(fitted(p3w, skeleton), p3w).max() < 1


def test_rig_has_constant_bones_of_median_length(sitting):
    noisy = sitting + np.random.default_rng(0).normal(size=sitting.shape) * 10
    lengths = bone_lengths(fitted(noisy, S24), S24)
    np.testing.assert_allclose(lengths, np.tile(lengths[0], (len(lengths), 1)), atol=1e-6)
    np.testing.assert_allclose(lengths[0], np.median(bone_lengths(noisy, S24), axis=0))


def test_rig_keeps_the_root_and_the_directions_of_single_bones(sitting):
    fit = fitted(sitting, S24)
    np.testing.assert_allclose(fit[:, S24.root_index], sitting[:, S24.root_index])
    for child, parent in (("l_elbow", "l_shoulder"), ("r_ankle", "r_knee"), ("l_toes", "l_ball")):
        a, b = (
            p[:, S24.joint_index(child)] - p[:, S24.joint_index(parent)] for p in (fit, sitting)
        )
        cosines = np.sum(a * b, axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
        np.testing.assert_allclose(cosines, 1, atol=1e-9)


def test_rig_stays_near_a_body_that_bends_and_near_noise(sitting):
    assert distance(fitted(sitting, S24), sitting).mean() < 20
    noise = np.random.default_rng(0).normal(size=sitting.shape) * 5
    assert distance(fitted(sitting + noise, S24), sitting).mean() < 25


def test_rest_pose_stands_upright_and_faces_x(sitting):
    turned = rotate_about(sitting, 2.0, "z")
    offsets, _, _ = fit_skeleton(turned, S24)
    rest = positions(offsets, np.zeros((1, 3)), np.tile(np.eye(3), (1, 24, 1, 1)), S24)[0]
    bone = {j: rest[i] - rest[S24.parents[i]] for i, j in enumerate(S24.joints)}
    for side, left in (("l", 1), ("r", -1)):
        for joint in ("elbow", "wrist"):
            direction = bone[f"{side}_{joint}"] / np.linalg.norm(bone[f"{side}_{joint}"])
            np.testing.assert_allclose(direction, [0, left, 0], atol=1e-9)
        for joint in ("knee", "ankle"):
            direction = bone[f"{side}_{joint}"] / np.linalg.norm(bone[f"{side}_{joint}"])
            np.testing.assert_allclose(direction, [0, 0, -1], atol=1e-9)
        assert bone[f"{side}_hip"][1] * left > 80
        assert bone[f"{side}_ball"][0] > 80  # toes to the front
    assert bone["neck"][2] > 200


def test_rig_turns_with_the_person_only_at_the_root(sitting):
    offsets, _, rotations = fit_skeleton(sitting, S24)
    turned, _, turned_rotations = fit_skeleton(rotate_about(sitting, 2.5, "z"), S24)
    np.testing.assert_allclose(turned, offsets, atol=0.5)
    expected = rotation_about(2.5, "z") @ rotations[:, S24.root_index]
    np.testing.assert_allclose(turned_rotations[:, S24.root_index], expected, atol=0.01)
    np.testing.assert_allclose(turned_rotations[:, 1:], rotations[:, 1:], atol=0.01)


def test_straight_limbs_do_not_twist():
    """A figure whose knees and elbows are straight, and that bends one leg straight up."""
    p3w = walk(41)
    angle = np.linspace(0, 1.5, 41)
    hip, knee, ankle = (S24.joint_index(f"l_{joint}") for joint in ("hip", "knee", "ankle"))
    p3w[:, knee] = p3w[:, hip] + 450 * np.stack([0 * angle, -np.sin(angle), -np.cos(angle)], -1)
    p3w[:, ankle] = 2 * p3w[:, knee] - p3w[:, hip]
    _, _, rotations = fit_skeleton(p3w, S24)
    np.testing.assert_allclose(rotations[:, knee], np.tile(np.eye(3), (41, 1, 1)), atol=1e-6)
    assert np.linalg.norm(np.diff(rotations[:, hip], axis=0), axis=(1, 2)).max() < 0.1


def test_children_on_one_line_do_not_flip():
    """s16's pelvis has the hips for children, here on one line with it but for a tiny noise."""
    rng = np.random.default_rng(0)
    p3w = limbs_at_random(S16)
    pelvis, left, right = (S16.joint_index(joint) for joint in ("pelvis", "l_hip", "r_hip"))
    leg = [right, S16.joint_index("r_knee"), S16.joint_index("r_ankle")]
    p3w[:, leg] += (2 * p3w[:, pelvis] - p3w[:, left] - p3w[:, right])[:, None]
    p3w += rng.normal(size=p3w.shape) * 1e-3
    _, _, rotations = fit_skeleton(p3w, S16)
    assert np.linalg.norm(np.diff(rotations[:, pelvis], axis=0), axis=(1, 2)).max() < 0.1
    assert distance(fitted(p3w, S16), p3w).max() < 1


def test_bone_in_the_opposite_direction_is_reached():
    """A neck that in one of four frames is above the head, exactly."""
    links = (("head", None), ("neck", "head"), ("l_hip", "neck"), ("r_hip", "neck"))
    p3w = np.tile([[0, 0, 1000], [0, 0, 800], [0, 100, 0], [0, -100, 0]], (4, 1, 1))
    p3w[3, 1, 2] = 1200
    fit = fitted(p3w, Skeleton("inverted", links))
    np.testing.assert_allclose(fit[:, 1], p3w[:, 1], atol=1e-6)


def test_joints_in_one_place_are_fitted():
    p3w = walk(5)
    p3w[:, S24.joint_index("l_thumb")] = p3w[:, S24.joint_index("l_wrist")]
    p3w[:, S24.joint_index("r_elbow")] = p3w[:, S24.joint_index("r_shoulder")]
    assert np.isfinite(fitted(p3w, S24)).all()
    assert np.isfinite(fitted(np.zeros((3, 24, 3)), S24)).all()


def test_rig_refuses_two_roots():
    pair = Skeleton("pair", (("l_hip", None), ("r_hip", None), ("head", "l_hip")))
    with pytest.raises(SpecError, match="l_hip, r_hip"):
        fit_skeleton(np.zeros((2, 3, 3)), pair)


# Euler angles


def test_angles_run_on_beyond_half_a_turn():
    heading = np.linspace(0, 4 * np.pi, 100)
    angles = continuous_angles(rotation_about(heading, "y"), "zxy")
    np.testing.assert_allclose(angles[:, 2], heading, atol=1e-9)
    np.testing.assert_allclose(angles[:, :2], 0, atol=1e-9)


def test_angles_go_on_when_the_middle_one_passes_a_quarter_turn():
    pitch = np.linspace(-3, 3, 300)
    turned = np.stack([0.3 + 0 * pitch, pitch, -0.2 + 0 * pitch], axis=-1)
    rotations = euler_to_matrix(turned, "zxy")
    angles = continuous_angles(rotations, "zxy")
    np.testing.assert_allclose(euler_to_matrix(angles, "zxy"), rotations, atol=1e-9)
    assert np.abs(np.diff(angles, axis=0)).max() < 0.03


# BVH


@pytest.mark.parametrize("skeleton", SKELETONS, ids=lambda s: s.id)
def test_bvh_is_the_fitted_skeleton(skeleton, tmp_path):
    p3w = limbs_at_random(skeleton)
    p3w += np.random.default_rng(1).normal(size=p3w.shape) * 5
    path = tmp_path / "film.bvh"
    assert save([Track(0, p3w, skeleton, 29.97)], path) == [path]
    assert read_bvh(path).fps == 29.97
    assert distance(from_file(path, skeleton), fitted_from_hips(p3w, skeleton)).max() < 0.05


def test_bvh_of_a_person(sitting, tmp_path):
    save([Track(0, sitting, S24, FPS)], tmp_path / "film.bvh")
    read = from_file(tmp_path / "film.bvh", S24)
    assert distance(read, fitted_from_hips(sitting, S24)).max() < 0.05


HUNG_TOGETHER = [s for s in SKELETONS if s.parent(s.hips[0]) == s.parent(s.hips[1])]


@pytest.mark.parametrize("skeleton", HUNG_TOGETHER, ids=lambda s: s.id)
def test_bvh_hierarchy_hangs_at_the_hips(skeleton, tmp_path):
    save([Track(0, limbs_at_random(skeleton, 2), skeleton, FPS)], tmp_path / "film.bvh")
    text = (tmp_path / "film.bvh").read_text()
    n_joints = skeleton.n_joints + (not skeleton.has_joint("pelvis"))
    assert re.findall(r"ROOT (\S+)", text) == ["pelvis"]
    assert text.count("{") == text.count("}")
    assert text.count("CHANNELS 3 Zrotation Xrotation Yrotation\n") == n_joints - 1
    first = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n"
    assert text.count(first) == 1
    nodes = read_bvh(tmp_path / "film.bvh").nodes
    parents = {node.name: nodes[node.parent].name for node in nodes[1:] if node.channels}
    assert len(parents) == n_joints - 1
    assert text.count("End Site") == n_joints - len(set(parents.values()))
    bones = {frozenset(link) for link in parents.items()}
    assert bones >= {frozenset((hip, "pelvis")) for hip in skeleton.hips}
    others = [link for link in skeleton.links if link[1] and link[0] not in skeleton.hips]
    assert bones >= set(map(frozenset, others))


def test_bvh_has_y_up_faces_z_and_is_in_centimetres(tmp_path):
    p3w = rotate_about(walk(2), np.pi / 2, "z")  # from facing −y to facing x
    save([Track(0, p3w, S24, FPS)], tmp_path / "film.bvh")
    motion = read_bvh(tmp_path / "film.bvh")
    thorax, head, left, toes = (
        motion.positions()[0, motion.names.index(joint)]
        for joint in ("thorax", "head-center", "l_hip", "l_toes")
    )
    assert head[1] - thorax[1] == pytest.approx(75, abs=2)
    assert left[0] - thorax[0] == pytest.approx(13, abs=1)
    assert toes[2] > thorax[2] + 15
    heading = motion.channels[:, 3:6]
    assert np.abs(heading).max() < 10  # degrees


def test_bvh_angles_are_continuous_through_a_whole_turn(tmp_path):
    n = 120
    standing = np.tile(walk(1), (n, 1, 1))
    p3w = rotate_about(standing, np.linspace(0, 2.5 * np.pi, n), "z")
    save([Track(0, p3w, S24, FPS)], tmp_path / "film.bvh")
    steps = np.abs(np.diff(read_bvh(tmp_path / "film.bvh").channels[:, 3:], axis=0))
    assert steps.max() < 5  # degrees; a frame turns by 3.8
    assert steps[:, 2].sum() == pytest.approx(450, abs=1)


@pytest.mark.parametrize("skeleton", [S14, S24], ids=lambda s: s.id)
def test_bvh_of_a_single_frame(skeleton, tmp_path):
    p3w = limbs_at_random(skeleton, 1)
    save([Track(0, p3w, skeleton, FPS)], tmp_path / "film.bvh")
    assert distance(from_file(tmp_path / "film.bvh", skeleton), p3w).max() < 1


def test_bvh_of_several_people_is_several_files(tmp_path):
    tracks = [Track(0, walk(4), S24, FPS), Track(2, walk(6) + [500, 0, 0], S24, FPS)]
    paths = save(tracks, tmp_path / "film.bvh")
    assert paths == [tmp_path / "film-person0.bvh", tmp_path / "film-person2.bvh"]
    assert sorted(tmp_path.iterdir()) == paths
    for track, path in zip(tracks, paths, strict=True):
        assert distance(from_file(path, S24), fitted_from_hips(track.p3w, S24)).max() < 0.05


def test_bvh_names_have_no_spaces(tmp_path):
    links = (("l_hip", None), ("r_hip", "l_hip"), ("the head", "l_hip"))
    save(
        [Track(0, walk(2)[:, :3], Skeleton("spaced", links, head="the head"), FPS)],
        tmp_path / "film.bvh",
    )
    assert "the_head" in read_bvh(tmp_path / "film.bvh").names


# NumPy archives


@pytest.mark.parametrize("name", ["film.npz", "film.NPZ"])
def test_npz_has_the_layout_of_videopose3d(name, tmp_path):
    tracks = two_people(FPS)
    assert save(tracks, tmp_path / name) == [tmp_path / name]
    assert list(tmp_path.iterdir()) == [tmp_path / name]
    with np.load(tmp_path / name, allow_pickle=True) as file:
        poses = file["positions_3d"].item()
    assert list(poses) == ["person0", "person1"]
    for track in tracks:
        p3w = poses[f"person{track.person}"]["film"]
        assert p3w.dtype == np.float32
        np.testing.assert_allclose(p3w * 1000, track.p3w, atol=1e-3)


def test_npz_is_read_without_pickles(tmp_path):
    tracks = two_people(FPS)
    save(tracks, tmp_path / "film.npz")
    with np.load(tmp_path / "film.npz") as file:
        assert file["fps"] == FPS
        assert tuple(file["joints"]) == S24.joints
        np.testing.assert_array_equal(file["parents"], S24.parents)
        np.testing.assert_allclose(file["person1/positions"] * 1000, tracks[1].p3w, atol=1e-3)
        assert not file["person0/extrapolated"].any()
        np.testing.assert_array_equal(file["person1/extrapolated"], tracks[1].extrapolated)
        assert [file[f"person{i}/first_frame"] for i in (0, 1)] == [0, 10]


def test_npz_passes_our_restricted_reader(tmp_path):
    tracks = two_people(FPS)
    save(tracks, tmp_path / "film.npz")
    arrays = load_npz(tmp_path / "film.npz")
    np.testing.assert_allclose(
        arrays["positions_3d"]["person1"]["film"] * 1000, tracks[1].p3w, atol=1e-3
    )


# Tables and JSON lines


def test_table_has_a_row_per_person_frame_and_joint(tmp_path):
    tracks = two_people(FPS)
    save(tracks, tmp_path / "film.csv")
    with (tmp_path / "film.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    flags = ["extrapolated", "doubtful"]
    assert list(rows[0]) == ["person", "frame", "time", "joint", "x", "y", "z", *flags, "std_mm"]
    assert {row["std_mm"] for row in rows} == {""}  # unknown
    assert len(rows) == (4 + 6) * 24
    wrist = S24.joint_index("l_wrist")
    row = rows[(4 + 2) * 24 + wrist]
    point = [float(row[axis]) for axis in "xyz"]
    assert (row["person"], row["frame"], row["time"]) == ("1", "12", "0.2400")
    assert (row["joint"], row["extrapolated"]) == ("l_wrist", "1")
    np.testing.assert_allclose(point, tracks[1].p3w[2, wrist] / 1000, atol=5.1e-5)
    assert sum(row["extrapolated"] == "1" for row in rows) == 1
    assert not any(row["doubtful"] == "1" for row in rows)


def test_frames_in_doubt_are_marked_in_every_format_that_has_flags(tmp_path):
    doubtful = np.arange(4) == 2
    track = replace(two_people(FPS)[0], doubtful=doubtful)
    save([track], tmp_path / "film.csv")
    with (tmp_path / "film.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["doubtful"] for row in rows[::24]] == ["0", "0", "1", "0"]
    lines = [json.loads(text) for text in json_lines([track])]
    assert [line["doubtful"] for line in lines] == doubtful.tolist()
    save([track], tmp_path / "film.npz")
    with np.load(tmp_path / "film.npz", allow_pickle=True) as file:
        np.testing.assert_array_equal(file["person0/doubtful"], doubtful)


def test_standard_deviations_are_in_every_format_that_has_flags(tmp_path):
    std = np.arange(4 * 24.0).reshape(4, 24) + 0.2
    std[1, 2] = np.nan  # of a frame in which nothing is known
    track = replace(two_people(FPS)[0], std=std)
    save([track], tmp_path / "film.csv")
    with (tmp_path / "film.csv").open(newline="") as file:
        texts = [row["std_mm"] for row in csv.DictReader(file)]
    rounded = [str(i) for i in range(4 * 24)]
    assert texts == [*rounded[:26], "", *rounded[27:]]
    lines = [json.loads(text)["std_mm"] for text in json_lines([track])]
    assert tuple(lines[0]) == S24.joints
    assert list(lines[1].values()) == [24, 25, None, *range(27, 48)]
    save([track], tmp_path / "film.npz")
    with np.load(tmp_path / "film.npz", allow_pickle=True) as file:
        np.testing.assert_allclose(file["person0/std_mm"], std, rtol=1e-6)
    with pytest.raises(DataError, match="no standard deviation for each of"):
        replace(track, std=std[:, :5])


def test_lines_are_json_objects_per_person_and_frame():
    tracks = two_people(FPS)
    texts = list(json_lines(tracks))
    assert len(texts) == 4 + 6
    assert not any("\n" in text for text in texts)
    frames = [json.loads(text) for text in texts]
    assert [list(frame) for frame in frames] == [
        ["person", "frame", "time", "joints", "extrapolated", "doubtful"]
    ] * 10
    frame = frames[4 + 2]
    assert (frame["person"], frame["frame"], frame["time"]) == (1, 12, 0.24)
    assert frame["extrapolated"] == ["l_wrist"]
    assert tuple(frame["joints"]) == S24.joints
    np.testing.assert_allclose(list(frame["joints"].values()), tracks[1].p3w[2] / 1000, atol=5.1e-5)
    assert frames[0]["extrapolated"] == []


# What is refused


@pytest.mark.parametrize("name", ["film.txt", "film"])
def test_another_suffix_is_refused(name, tmp_path):
    with pytest.raises(SpecError, match=r"\.npz, \.csv, \.glb, \.trc, \.c3d or \.bvh"):
        save(two_people(FPS), tmp_path / name)


def test_tracks_that_do_not_fit_together_are_refused(tmp_path):
    one, two = two_people(FPS)
    for tracks, message in (
        ([], "nobody"),
        ([one, one], "same person"),
        ([one, Track(1, two.p3w, S24, 25)], "one frame rate"),
    ):
        with pytest.raises(DataError, match=message):
            save(tracks, tmp_path / "film.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change, message",
    [
        ({"p3w": np.zeros((0, 24, 3))}, "no frames"),
        ({"p3w": np.full((2, 24, 3), np.nan)}, "not finite"),
        ({"p3w": np.zeros((2, 23, 3))}, "shape"),
        ({"extrapolated": np.zeros((3, 24), dtype=bool)}, "extrapolated"),
        ({"fps": 0}, "frame rate"),
    ],
)
def test_a_broken_track_is_refused(change, message):
    good = {"person": 3, "p3w": np.zeros((2, 24, 3)), "skeleton": S24, "fps": FPS}
    with pytest.raises(DataError, match=f"person 3 .*{message}"):
        Track(**good | change)
