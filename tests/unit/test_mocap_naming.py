"""BVH files of other tools: their joints by name, missing joints, units, and moving joints."""

import itertools
import json

import numpy as np
import pytest

from human_pose_util.dataset import DatasetSpec, NormalizeKwargs, load_dataset
from human_pose_util.dataset.mocap import load
from human_pose_util.dataset.mocap.bvh import read_bvh
from human_pose_util.errors import DataError, SpecError
from human_pose_util.export.bvh import save_bvh
from human_pose_util.export.track import Track
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import S24
from tests.helpers.mocap_files import bvh_text, parse_bvh
from tests.helpers.walking_figure import walk

ROTATIONS = ["Zrotation", "Xrotation", "Yrotation"]
POSITIONS = ["Xposition", "Yposition", "Zposition"]

# Chains of joints as the tools write them; {} is Left or Right, or L or R where the tool has that.
CHAINS = {
    "Mixamo": (
        "mixamorig:Hips mixamorig:Spine mixamorig:Spine1 mixamorig:Spine2 mixamorig:Neck "
        "mixamorig:Head mixamorig:HeadTop_End",
        "mixamorig:Spine2 mixamorig:{}Shoulder mixamorig:{}Arm mixamorig:{}ForeArm "
        "mixamorig:{}Hand mixamorig:{}HandThumb1 mixamorig:{}HandThumb2 mixamorig:{}HandThumb3 "
        "mixamorig:{}HandThumb4",
        "mixamorig:Hips mixamorig:{}UpLeg mixamorig:{}Leg mixamorig:{}Foot mixamorig:{}ToeBase "
        "mixamorig:{}Toe_End",
    ),
    "LAFAN": (
        "Hips Spine Spine1 Spine2 Neck Head",
        "Spine2 {}Shoulder {}Arm {}ForeArm {}Hand",
        "Hips {}UpLeg {}Leg {}Foot {}Toe",
    ),
    "Rokoko": (
        "Hips Spine1 Spine2 Spine3 Spine4 Neck Head",
        "Spine4 {}Shoulder {}Arm {}ForeArm {}Hand",
        "Hips {}Thigh {}Shin {}Foot {}Toe",
    ),
    "Xsens": (
        "Hips Chest Chest2 Chest3 Chest4 Neck Head",
        "Chest4 {}Collar {}Shoulder {}Elbow {}Wrist",
        "Hips {}Hip {}Knee {}Ankle {}Toe",
    ),
    "Bandai-Namco": (
        "joint_Root Hips Spine Chest Neck Head",
        "Chest Shoulder_{} UpperArm_{} LowerArm_{} Hand_{}",
        "Hips UpperLeg_{} LowerLeg_{} Foot_{} Toes_{}",
    ),
}
JOINTS = {  # what s24's joints are called, beyond those that a tool leaves out
    "Mixamo": {"thorax": "Spine1+Spine2", "hip": "{}UpLeg", "knee": "{}Leg", "ankle": "{}Foot",
               "ball": "{}ToeBase", "toes": "{}Toe_End", "shoulder": "{}Arm", "elbow": "{}ForeArm",
               "wrist": "{}Hand", "thumb": "{}HandThumb4", "neck": "Neck", "head-back": "Head",
               "head-center": "HeadTop_End"},
    "LAFAN": {"thorax": "Spine1+Spine2", "hip": "{}UpLeg", "knee": "{}Leg", "ankle": "{}Foot",
              "ball": "{}Toe", "shoulder": "{}Arm", "elbow": "{}ForeArm", "wrist": "{}Hand",
              "neck": "Neck", "head-back": "Head"},
    "Rokoko": {"thorax": "Spine2+Spine3", "hip": "{}Thigh", "knee": "{}Shin", "ankle": "{}Foot",
               "ball": "{}Toe", "shoulder": "{}Arm", "elbow": "{}ForeArm", "wrist": "{}Hand",
               "neck": "Neck", "head-back": "Head"},
    "Xsens": {"thorax": "Chest3", "hip": "{}Hip", "knee": "{}Knee", "ankle": "{}Ankle",
              "ball": "{}Toe", "shoulder": "{}Shoulder", "elbow": "{}Elbow", "wrist": "{}Wrist",
              "neck": "Neck", "head-back": "Head"},
    "Bandai-Namco": {"thorax": "Spine+Chest", "hip": "UpperLeg_{}", "knee": "LowerLeg_{}",
                     "ankle": "Foot_{}", "ball": "Toes_{}", "shoulder": "UpperArm_{}",
                     "elbow": "LowerArm_{}", "wrist": "Hand_{}", "neck": "Neck",
                     "head-back": "Head"},
}  # fmt: skip


def figure(tool, scale=1.0):
    """Names → (parent, offset) of a tool's figure, bones of 20 units with random directions."""
    trunk, *limbs = CHAINS[tool]
    sides = ("L", "R") if tool == "Bandai-Namco" else ("Left", "Right")
    chains = [trunk.split()] + [limb.format(*[s] * 9).split() for limb in limbs for s in sides]
    rng, bones = np.random.default_rng(0), {}
    for chain in chains:
        bones.setdefault(chain[0], (None, np.zeros(3)))
        for parent, name in itertools.pairwise(chain):
            direction = rng.normal(size=3)
            bones[name] = (parent, scale * 20 * direction / np.linalg.norm(direction))
    return bones, sides


def tree(bones, name, moving=False):
    """A figure as `bvh_text` takes it."""
    parent, offset = bones[name]
    children = [tree(bones, child, moving) for child, (p, _) in bones.items() if p == name]
    channels = (POSITIONS if parent is None or moving else []) + ROTATIONS
    return name, offset, channels, children


def rest_positions(bones, place):
    """Name without prefix → position where nothing is turned."""
    found = {}
    for name, (parent, offset) in bones.items():
        before = place if parent is None else found[parent.rpartition(":")[2]]
        found[name.rpartition(":")[2]] = before + offset
    return found


def write(folder, tool, moving=False, scale=1.0):
    """A recording of two frames at rest, and the positions in the file."""
    bones, sides = figure(tool, scale)
    root, place = next(iter(bones)), np.array([5.0, 90.0, -3.0])
    rows = []
    for _, (parent, offset) in depth_first(bones, root):
        rows += [*place] if parent is None else [*offset] if moving else []
        rows += [0.0, 0.0, 0.0]
    still = {name: (p, 0 * o if moving and p else o) for name, (p, o) in bones.items()}
    (folder / "anna").mkdir(parents=True, exist_ok=True)
    text = bvh_text(tree(still, root, moving), np.array([rows, rows]), "0.0333333")
    (folder / "anna" / "take.bvh").write_text(text)
    return rest_positions(bones, place), sides


def depth_first(bones, name):
    yield name, bones[name]
    for child, (parent, _) in bones.items():
        if parent == name:
            yield from depth_first(bones, child)


def expected_joints(tool, positions, sides):
    """[24, 3] in the world [mm], y up in the file, in cm."""
    joints = np.full((24, 3), np.nan)
    for j, joint in enumerate(S24.joints):
        side = sides["lr".index(joint[0])] if joint[:2] in ("l_", "r_") else ""
        names = JOINTS[tool].get(joint[2:] if side else joint, "").format(side)
        if names:
            joints[j] = np.mean([positions[name] for name in names.split("+")], axis=0)
    return 10 * joints[:, [2, 0, 1]]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("POSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.mark.parametrize("tool", CHAINS)
@pytest.mark.parametrize("moving", [False, True], ids=["rotations", "positions"])
def test_joints_of_tools_are_found_by_name(folder, tool, moving):
    positions, sides = write(folder, tool, moving)
    p3w = load(folder)["anna/take/cam0"]["p3w"]
    expected = expected_joints(tool, positions, sides)
    np.testing.assert_allclose(p3w, [expected, expected], atol=0.01)


def test_a_file_without_hands_and_toes_trains_gans_of_other_skeletons(folder, monkeypatch):
    write(folder, "LAFAN")
    monkeypatch.setenv("MOCAP_PATH", str(folder))
    p3w = load(folder)["anna/take/cam0"]["p3w"][0]
    missing = {S24.joints[j] for j in np.flatnonzero(np.isnan(p3w).any(axis=-1))}
    sided = {f"{s}_{joint}" for s in "lr" for joint in ("toes", "thumb", "little")}
    assert missing == {"head-center"} | sided
    spec = DatasetSpec(
        type="mocap", filter_kwargs={"modes": ["eval"]},
        normalize_kwargs=NormalizeKwargs(skeleton_id="s14", scale_to_height=True),
    )  # fmt: skip
    (sequence,) = (s for key, s in load_dataset(spec, "eval").items() if key.endswith("cam0"))
    expected = get_converter("s24", "s14").convert(p3w)
    assert np.isfinite(sequence["p3w"]).all()
    scale = np.linalg.norm(expected[1] - expected[0]) / np.linalg.norm(
        sequence["p3w"][0, 1] - sequence["p3w"][0, 0]
    )
    np.testing.assert_allclose(scale * sequence["p3w"][0], expected, rtol=1e-4)


def test_the_projects_own_export_is_read(folder):
    p3w = walk(40)
    (folder / "anna").mkdir(parents=True)
    save_bvh(Track("a", p3w, S24, 25.0), folder / "anna" / "take.bvh")
    view = load(folder)["anna/take/cam0"]
    assert view.attrs["fps"] == 25
    np.testing.assert_allclose(view["p3w"], p3w, atol=2.0)


def test_names_in_dataset_json(folder):
    positions, sides = write(folder, "Mixamo")
    path = folder / "anna" / "take.bvh"
    path.write_text(path.read_text().replace("mixamorig:", "").replace("UpLeg", "_Oberschenkel"))
    with pytest.raises(DataError, match="no 'RightUpLeg', the s24 joint 'r_hip' as Mixamo") as no:
        load(folder)
    assert "'bvh_joints'" in str(no.value)
    names = {}
    for joint in S24.joints:
        side = sides["lr".index(joint[0])] if joint[:2] in ("l_", "r_") else ""
        if name := JOINTS["Mixamo"].get(joint[2:] if side else joint, "").format(side):
            name = name.replace("UpLeg", "_Oberschenkel")
            names[joint] = name.split("+") if "+" in name else name
    (folder / "dataset.json").write_text(json.dumps({"bvh_joints": names}))
    p3w = load(folder)["anna/take/cam0"]["p3w"][0]
    np.testing.assert_allclose(p3w, expected_joints("Mixamo", positions, sides), atol=0.01)
    for wrong, said in (
        (names | {"chin": "Jaw"}, "s24 has no joint 'chin'"),
        ({k: v for k, v in names.items() if k != "l_knee"}, "the name of 'l_knee' is missing"),
    ):
        (folder / "dataset.json").write_text(json.dumps({"bvh_joints": wrong}))
        with pytest.raises(SpecError, match=said):
            load(folder)


def test_a_unit_that_makes_dwarfs_is_refused(folder):
    positions, sides = write(folder, "Xsens", scale=0.01)  # in metres
    with pytest.raises(DataError, match=r"legs are 4 mm long .* key 'bvh_unit_mm'"):
        load(folder)
    (folder / "dataset.json").write_text(json.dumps({"bvh_unit_mm": 1000}))
    p3w = load(folder)["anna/take/cam0"]["p3w"][0]
    expected = 100 * expected_joints("Xsens", positions, sides)
    np.testing.assert_allclose(p3w, expected, atol=1.0)


def test_names_of_several_words_and_of_other_scripts():
    """As 3ds Max and Japanese programs write them."""
    names = ["Bip01 Pelvis", "左腕", "右腕", "Hand end"]
    figure = None
    for name in reversed(names):
        below = [figure] if figure else [("", (0, 1, 0), None, [])]
        figure = (name, (0, 1, 0), ["Zrotation"], below)
    text = bvh_text(figure, np.zeros((2, 4)))
    assert parse_bvh(text, "a.bvh").names == (*names, "Hand end end")
    with pytest.raises(DataError, match=r"'OFFSET' is not expected here: a '\{' is missing"):
        parse_bvh(text.replace("{", "", 1), "a.bvh")


def test_names_in_another_encoding_stay_different(tmp_path):
    figure = ("左腕", (0, 1, 0), ["Zrotation"], [
        ("右腕", (0, 1, 0), ["Zrotation"], [("", (0, 1, 0), None, [])]),
    ])  # fmt: skip
    (tmp_path / "a.bvh").write_bytes(bvh_text(figure, np.zeros((2, 2))).encode("shift-jis"))
    one, other, _ = read_bvh(tmp_path / "a.bvh").names
    assert one != other
    assert one.isascii()


def test_positions_of_a_joint_replace_its_offset():
    figure = ("a", (1, 2, 3), POSITIONS + ROTATIONS, [
        ("b", (9, 9, 9), ["Yposition", "Zrotation"], [("", (0, 1, 0), None, [])]),
    ])  # fmt: skip
    # The root at (2, 1, 4), turned by 90° about z; b at y = 5 beside it, turned by 90° too.
    motion = parse_bvh(bvh_text(figure, np.array([[2, 1, 4, 90, 0, 0, 5, 90.0]]), "0.1"), "a.bvh")
    a, b, end = motion.positions()[0]
    np.testing.assert_allclose(a, [2, 1, 4])
    np.testing.assert_allclose(b, a + [-5, 9, 9], atol=1e-9)
    np.testing.assert_allclose(end, b + [0, -1, 0], atol=1e-9)
