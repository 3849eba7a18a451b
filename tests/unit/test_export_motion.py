"""Exported motion for other programs, as libraries of others read it: GLB, TRC, C3D and BVH."""

import sys
from dataclasses import replace

import bvh
import ezc3d
import numpy as np
import pygltflib
import pytest
import trc
from scipy.spatial.transform import Rotation

from human_pose_util.dataset.mocap import joints
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.errors import DataError, SpecError
from human_pose_util.export import Track, save
from human_pose_util.export.hips import rooted_at_hips
from human_pose_util.skeleton import S24, Skeleton
from human_pose_util.skeleton.skeletons import EVA_15, H36M_17, S14, S16
from tests.helpers.tracks import two_people
from tests.helpers.walking_figure import walk

FPS = 25
TO_WORLD = [2, 0, 1]  # the axes of files with y up that are the world's x, y and z


@pytest.fixture
def film():
    """Two people, of whom the second comes after ten frames and goes two frames later."""
    return two_people(FPS, (68, 60))


def pelvis_of(p3w):
    return p3w[:, [S24.joint_index("l_hip"), S24.joint_index("r_hip")]].mean(axis=1)


# The tree


def test_tree_of_s24_gets_a_pelvis_between_the_hips():
    p3w, tree = rooted_at_hips(walk(3), S24)
    assert tree.joints == (*S24.joints, "pelvis")
    np.testing.assert_array_equal(p3w[:, :24], walk(3))
    np.testing.assert_allclose(p3w[:, 24], pelvis_of(walk(3)))
    parents = dict(tree.links)
    assert parents["pelvis"] is None
    below = {joint for joint, parent in parents.items() if parent == "pelvis"}
    assert below == {"l_hip", "r_hip", "thorax"}
    assert parents["neck"] == "thorax"


@pytest.mark.parametrize(
    "skeleton, expected",
    [
        (S14, {"neck": "pelvis", "head": "neck", "l_hip": "pelvis", "l_shoulder": "neck"}),
        (S16, {"thorax": "pelvis", "neck": "thorax", "head": "neck", "r_shoulder": "neck"}),
    ],
)
def test_links_above_the_pelvis_are_turned_round(skeleton, expected):
    links = dict(rooted_at_hips(np.zeros((1, skeleton.n_joints, 3)), skeleton).skeleton.links)
    assert links["pelvis"] is None
    assert {joint: links[joint] for joint in expected} == expected


def test_a_tree_that_hangs_at_the_pelvis_stays_as_it_is():
    for skeleton in (H36M_17, EVA_15):
        p3w = np.zeros((1, skeleton.n_joints, 3))
        assert rooted_at_hips(p3w, skeleton).skeleton == skeleton
    chain = Skeleton("chain", (("l_hip", None), ("r_hip", "l_hip"), ("head", "l_hip")))
    assert rooted_at_hips(np.zeros((1, 3, 3)), chain).skeleton == chain


# GLB


class Glb:
    """A GLB file as pygltflib reads it, and where the joints of its skins are over time."""

    def __init__(self, path):
        self.gltf = pygltflib.GLTF2().load_binary(path)
        self.node = {node.name: i for i, node in enumerate(self.gltf.nodes)}
        self.parent = {c: i for i, node in enumerate(self.gltf.nodes) for c in node.children}

    def array(self, index):
        accessor = self.gltf.accessors[index]
        view = self.gltf.bufferViews[accessor.bufferView]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor.type]
        values = np.frombuffer(
            self.gltf.binary_blob(), {5126: "<f4", 5121: "u1"}[accessor.componentType],
            accessor.count * width, view.byteOffset + (accessor.byteOffset or 0),
        ).reshape(-1, width)  # fmt: skip
        np.testing.assert_array_equal(values.min(axis=0), accessor.min)
        np.testing.assert_array_equal(values.max(axis=0), accessor.max)
        return values

    def channels(self, node):
        """Path → times, values and interpolation of a node's animation."""
        [animation] = self.gltf.animations
        found = {}
        for channel in animation.channels:
            if channel.target.node == node:
                sampler = animation.samplers[channel.sampler]
                times, values = self.array(sampler.input)[:, 0], self.array(sampler.output)
                found[channel.target.path] = times, values, sampler.interpolation
        return found

    def world(self, node, time=None):
        """[4, 4] transform of a node at a key's time, or at rest."""
        moved = {}
        for path, (times, values, _) in (self.channels(node) if time is not None else {}).items():
            moved[path] = values[max(np.searchsorted(times, time + 1e-4) - 1, 0)]
        own = np.eye(4)
        own[:3, :3] = Rotation.from_quat(moved.get("rotation", [0, 0, 0, 1])).as_matrix()
        own[:3, :3] *= moved.get("scale", [1, 1, 1])
        translation = moved.get("translation", self.gltf.nodes[node].translation)
        own[:3, 3] = [0, 0, 0] if translation is None else translation
        above = self.parent.get(node)
        return own if above is None else self.world(above, time) @ own


def test_glb_moves_the_joints_where_they_are(film, tmp_path):
    save(film[:1], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    for frame in (0, 31, 67):
        read = [glb.world(glb.node[joint], frame / FPS)[:3, 3] for joint in S24.joints]
        np.testing.assert_allclose(np.array(read)[:, TO_WORLD] * 1000, film[0].p3w[frame], atol=1)


def test_glb_has_a_key_for_each_frame_and_unit_quaternions(film, tmp_path):
    save(film[:1], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    for joint in ("pelvis", "l_knee", "neck"):
        times, values, interpolation = glb.channels(glb.node[joint])["rotation"]
        np.testing.assert_allclose(times, np.arange(68) / FPS, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(values, axis=-1), 1, atol=1e-6)
        assert (np.sum(values[1:] * values[:-1], axis=-1) > 0).all()
        assert interpolation == "LINEAR"
    assert glb.gltf.scenes[0].extras == {"fps": FPS}


def test_glb_turns_the_short_way_from_frame_to_frame(film, tmp_path):
    """Of someone who turns twice, quaternions change their sign: q and −q are one rotation."""
    angles = np.linspace(0, 4 * np.pi, len(film[0].p3w))
    turns = Rotation.from_rotvec(np.outer(angles, [0, 0, 1])).as_matrix()
    whirl = np.einsum("nij,nkj->nki", turns, film[0].p3w)
    save([replace(film[0], p3w=whirl)], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    values = glb.channels(glb.node["pelvis"])["rotation"][1]
    assert (np.sum(values[1:] * values[:-1], axis=-1) > 0).all()
    assert values[:, [1, 3]].min() < -0.9  # it did go round


def test_glb_skin_at_rest_is_a_person_in_metres_who_stands_and_faces_z(film, tmp_path):
    save(film[:1], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    [skin], [mesh] = glb.gltf.skins, glb.gltf.meshes
    inverse_bind = glb.array(skin.inverseBindMatrices).reshape(-1, 4, 4).swapaxes(1, 2)
    for joint, matrix in zip(skin.joints, inverse_bind, strict=True):
        np.testing.assert_allclose(glb.world(joint) @ matrix, np.eye(4), atol=1e-6)
    place = {name: glb.world(node)[:3, 3] for name, node in glb.node.items()}
    assert place["head-center"][1] == pytest.approx(1.72, abs=0.06)
    assert place["l_toes"][1] == pytest.approx(0, abs=0.05)
    assert place["l_toes"][2] > place["l_ankle"][2] + 0.1
    assert place["l_wrist"][0] > place["l_elbow"][0] > place["pelvis"][0]
    assert [glb.gltf.materials[p.material].name for p in mesh.primitives] == [
        "left", "right", "middle",
    ]  # fmt: skip


def test_glb_mesh_is_closed_and_each_bone_moves_with_its_parent(film, tmp_path):
    save(film[:1], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    nodes, order = glb.gltf.nodes, glb.gltf.skins[0].joints
    rest = np.array([glb.world(joint)[:3, 3] for joint in order])
    n_triangles = 0
    for primitive in glb.gltf.meshes[0].primitives:
        names = ("POSITION", "NORMAL", "JOINTS_0", "WEIGHTS_0")
        at = {name: glb.array(getattr(primitive.attributes, name)) for name in names}
        triangles = at["POSITION"].reshape(-1, 3, 3).astype(float)
        a, b, c = triangles.swapaxes(0, 1)
        np.testing.assert_allclose(at["WEIGHTS_0"].sum(axis=-1), 1)
        assert (np.sum(np.cross(b - a, c - a) * at["NORMAL"][::3], axis=-1) > 0).all()
        for bone in triangles.reshape(-1, 8, 3, 3):
            volume = np.linalg.det(bone).sum() / 6  # > 0: triangles face the outside
            assert volume > 1e-7
            edges = [frozenset(map(bytes, e)) for t in bone for e in (t[:2], t[1:], t[[2, 0]])]
            assert all(edges.count(edge) == 2 for edge in edges)
        bones = at["POSITION"].reshape(-1, 24, 3)
        joints = at["JOINTS_0"][:, 0].reshape(-1, 24)
        gap = np.linalg.norm(bones - rest[joints], axis=-1).min(axis=1)
        np.testing.assert_allclose(gap, 0, atol=1e-6)
        side = {"left": "l", "right": "r"}.get(glb.gltf.materials[primitive.material].name, "")
        for bone, (joint, *_) in zip(bones, joints, strict=True):
            children = [order.index(child) for child in nodes[order[joint]].children]
            at_end = [np.linalg.norm(bone - rest[c], axis=-1).min() < 1e-6 for c in children]
            assert sum(at_end) == 1
            name = nodes[order[children[at_end.index(True)]]].name
            assert S24.sides[S24.joint_index(name)] == side
        n_triangles += len(triangles)
    assert n_triangles == 24 * 8


def test_glb_holds_all_people_and_hides_those_who_are_absent(film, tmp_path):
    assert save(film, tmp_path / "film.glb") == [tmp_path / "film.glb"]
    glb = Glb(tmp_path / "film.glb")
    assert len(glb.gltf.skins) == len(glb.gltf.meshes) == 2
    [neck] = [j for j in glb.gltf.skins[1].joints if glb.gltf.nodes[j].name == "neck"]
    for frame in (10, 40, 69):
        read = glb.world(neck, frame / FPS)[:3, 3][TO_WORLD] * 1000
        expected = film[1].p3w[frame - 10, S24.joint_index("neck")]
        np.testing.assert_allclose(read, expected, atol=1)
    scales = {frame: glb.world(neck, frame / FPS)[0, :3] for frame in (0, 9)}
    assert not any(scale.any() for scale in scales.values())
    times, values, interpolation = glb.channels(glb.node["person0"])["scale"]
    np.testing.assert_allclose(times, [0, 68 / FPS])
    np.testing.assert_array_equal(values, [[1, 1, 1], [0, 0, 0]])
    assert interpolation == "STEP"


def test_glb_has_the_times_of_the_film_and_marks_frames_in_doubt(film, tmp_path):
    doubtful = np.isin(film[1].frames, (12, 40))
    save([replace(film[1], doubtful=doubtful)], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    times = glb.channels(glb.node["l_knee"])["rotation"][0]
    np.testing.assert_allclose(times, film[1].frames / FPS, rtol=1e-6)
    times, values, _ = glb.channels(glb.node["person1"])["scale"]
    np.testing.assert_allclose(times, [0, 10 / FPS])
    np.testing.assert_array_equal(values, [[0, 0, 0], [1, 1, 1]])
    assert glb.gltf.nodes[glb.node["person1"]].extras == {"doubtful": [12, 40]}
    assert glb.gltf.scenes[0].extras == {"fps": FPS}


def test_glb_of_one_frame_and_of_joints_in_one_place(tmp_path):
    p3w = walk(1)
    p3w[:, S24.joint_index("l_thumb")] = p3w[:, S24.joint_index("l_wrist")]
    save([Track(0, p3w, S24, FPS)], tmp_path / "film.glb")
    glb = Glb(tmp_path / "film.glb")
    for joint in S24.joints:
        read = glb.world(glb.node[joint], 0)[:3, 3][TO_WORLD] * 1000
        np.testing.assert_allclose(read, p3w[0, S24.joint_index(joint)], atol=1)


def test_glb_refuses_two_roots(tmp_path):
    pair = Skeleton("pair", (("l_hip", None), ("r_hip", None), ("head", "l_hip")))
    with pytest.raises(SpecError, match="l_hip, r_hip"):
        save([Track(0, np.zeros((2, 3, 3)), pair, FPS)], tmp_path / "film.glb")


# TRC


def read_trc(path):
    data = trc.TRCData()
    data.load(str(path))
    return data


def test_trc_has_every_joint_in_metres_with_y_up(film, tmp_path):
    save(film[1:], tmp_path / "film.trc")
    data = read_trc(tmp_path / "film.trc")
    assert tuple(data["Markers"]) == S24.joints
    assert (data["DataRate"], data["Units"], data["NumFrames"]) == (FPS, "m", 60)
    assert data["Frame#"] == list(range(10, 70))
    np.testing.assert_allclose(data["Time"], np.arange(10, 70) / FPS, atol=1e-6)
    read = np.stack([data[joint] for joint in S24.joints], axis=1)
    np.testing.assert_allclose(read[..., TO_WORLD] * 1000, film[1].p3w, atol=0.01)


def test_trc_has_the_header_that_opensim_demands(film, tmp_path):
    """OpenSim compares the keys one by one, and counts the columns of labels and of values."""
    save(film, tmp_path / "my film.trc")
    rows = [line.split("\t") for line in (tmp_path / "my film.trc").read_text().splitlines()]
    assert rows[0] == ["PathFileType", "4", "(X/Y/Z)", "my film.trc"]
    assert rows[1] == [
        "DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units", "OrigDataRate",
        "OrigDataStartFrame", "OrigNumFrames",
    ]  # fmt: skip
    assert rows[2] == ["25", "25", "70", "48", "m", "25", "0", "70"]
    assert rows[3][:3] == ["Frame#", "Time", "person0:thorax"]
    assert len([label for label in rows[3] if label]) == 48 + 2
    assert rows[4][:6] == ["", "", "X1", "Y1", "Z1", "X2"]
    assert {len(row) for row in rows[3:]} == {2 + 3 * 48}


def test_trc_of_several_people_has_no_positions_of_the_absent(film, tmp_path):
    assert save(film, tmp_path / "film.trc") == [tmp_path / "film.trc"]
    data = read_trc(tmp_path / "film.trc")
    neck = np.array(data["person1:neck"])
    np.testing.assert_array_equal(np.isnan(neck[:, 0]), np.arange(70) < 10)
    expected = film[1].p3w[:, S24.joint_index("neck")]
    np.testing.assert_allclose(neck[10:, TO_WORLD] * 1000, expected, atol=0.01)
    assert np.isnan(data["person0:neck"][68:]).all()


# C3D


def test_c3d_has_every_joint_in_millimetres_with_z_up(film, tmp_path):
    save(film[1:], tmp_path / "film.c3d")
    file = ezc3d.c3d(str(tmp_path / "film.c3d"))
    names = ("LABELS", "RATE", "UNITS", "X_SCREEN", "Y_SCREEN")
    point = {name: file["parameters"]["POINT"][name]["value"] for name in names}
    assert tuple(point["LABELS"]) == S24.joints
    assert (point["RATE"], point["UNITS"]) == ([FPS], ["mm"])
    assert (point["X_SCREEN"], point["Y_SCREEN"]) == (["+X"], ["+Z"])
    assert file["header"]["points"]["first_frame"] == 10  # ezc3d counts from 0, the file from 1
    read = file["data"]["points"][:3].transpose(2, 1, 0)
    np.testing.assert_allclose(read, film[1].p3w, atol=0.01)


@pytest.mark.parametrize("first", [65_533, 65_534, 65_535, 70_000, 131_070, 140_000, 200_000])
def test_c3d_of_a_part_of_a_long_film_has_its_frame_numbers(film, tmp_path, first):
    """The numbers are two words of 16 bits, the lower one first (c3d.org, TRIAL:ACTUAL_…)."""
    save([replace(film[1], first_frame=first)], tmp_path / "film.c3d")
    trial = ezc3d.c3d(str(tmp_path / "film.c3d"))["parameters"]["TRIAL"]
    words = [trial[f"ACTUAL_{end}_FIELD"]["value"] for end in ("START", "END")]
    start, end = (int(low) % 65536 + 65536 * (int(high) % 65536) for low, high in words)
    assert (start, end) == (first + 1, first + len(film[1].p3w))


def test_c3d_flags_joints_that_no_keypoint_shows(film, tmp_path):
    save(film[1:], tmp_path / "film.c3d")
    flags = ezc3d.c3d(str(tmp_path / "film.c3d"))["data"]["meta_points"]
    np.testing.assert_array_equal(flags["residuals"][0].T, ~film[1].extrapolated)
    np.testing.assert_array_equal(flags["camera_masks"][0].T, ~film[1].extrapolated)


def test_c3d_of_several_people_marks_the_absent(film, tmp_path):
    save(film, tmp_path / "film.c3d")
    file = ezc3d.c3d(str(tmp_path / "film.c3d"))
    labels = file["parameters"]["POINT"]["LABELS"]["value"]
    assert labels[24] == "person1:thorax"
    residuals = file["data"]["meta_points"]["residuals"][0]
    np.testing.assert_array_equal(residuals[24] < 0, np.arange(70) < 10)
    read = file["data"]["points"][:3, 24:, 10:].transpose(2, 1, 0)
    np.testing.assert_allclose(read, film[1].p3w, atol=0.01)


def test_c3d_names_more_than_255_points(tmp_path):
    people = [Track(k, walk(2) + [900 * k, 0, 0], S24, FPS) for k in range(11)]
    save(people, tmp_path / "film.c3d")
    file = ezc3d.c3d(str(tmp_path / "film.c3d"))
    point = file["parameters"]["POINT"]
    labels = point["LABELS"]["value"] + point["LABELS2"]["value"]
    assert len(labels) == 11 * 24
    assert labels[-1] == "person10:r_little"
    np.testing.assert_allclose(
        file["data"]["points"][:3, -24:].transpose(2, 1, 0), people[10].p3w, atol=0.01
    )


@pytest.mark.parametrize("package, suffix", [("pygltflib", ".glb"), ("c3d", ".c3d")])
def test_a_format_without_its_package_is_an_error(package, suffix, film, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DataError, match=f"{package}.*export"):
        save(film, tmp_path / f"film{suffix}")
    assert not list(tmp_path.iterdir())


# BVH


def test_bvh_is_where_the_joints_are_for_another_reader(film, tmp_path):
    save(film[:1], tmp_path / "film.bvh")
    motion = bvh.Bvh((tmp_path / "film.bvh").read_text())
    assert motion.frame_time == pytest.approx(1 / FPS)
    assert motion.nframes == 68
    for frame in (0, 31, 67):
        places: dict[str, tuple[np.ndarray, Rotation]] = {}
        for joint in motion.get_joints_names():
            channels = motion.joint_channels(joint)
            values = dict(zip(channels, motion.frame_joint_channels(frame, joint, channels),
                              strict=True))  # fmt: skip
            turns = [name for name in channels if name.endswith("rotation")]
            order = "".join(name[0] for name in turns)
            own = Rotation.from_euler(order, [values[name] for name in turns], degrees=True)
            parent = motion.joint_parent(joint)
            if parent is None:
                places[joint] = np.array([values[f"{axis}position"] for axis in "XYZ"]), own
            else:
                start, turn = places[parent.name]
                places[joint] = start + turn.apply(motion.joint_offset(joint)), turn * own
        read = np.array([places[joint][0] for joint in S24.joints])[:, TO_WORLD] * 10
        np.testing.assert_allclose(read, film[0].p3w[frame], atol=1)


def test_our_own_reader_of_motion_capture_knows_the_joints_of_our_bvh(film, tmp_path):
    save(film[:1], tmp_path / "film.bvh")
    motion = read_bvh(tmp_path / "film.bvh")
    naming = joints.naming_of(motion.names, joints.BVH_NAMINGS, "film.bvh")
    assert naming.title == "this project"
    read = joints.s24_positions(motion.positions(), motion.names, naming) * naming.unit_mm
    np.testing.assert_allclose(read[..., TO_WORLD], film[0].p3w, atol=1)
