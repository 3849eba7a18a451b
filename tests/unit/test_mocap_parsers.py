import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from human_pose_util.dataset.mocap.asf import read_asf
from human_pose_util.dataset.mocap.bvh import frame_rate
from human_pose_util.errors import DataError
from tests.helpers.mocap_files import (
    ARM,
    ARM_AMC,
    ARM_ASF,
    ARM_BVH,
    STILL,
    amc_text,
    asf_as_bvh,
    asf_positions,
    asf_text,
    bone,
    bvh_text,
    cmu_bones,
    parse_amc,
    parse_asf,
    parse_bvh,
    random_frames,
    root,
)

INCH_PER_UNIT = 0.45
MM = 25.4 / INCH_PER_UNIT


def ends(bones, frame, **kwargs):
    """The ends of the bones [mm] in one frame."""
    skeleton = parse_asf(asf_text(bones, **kwargs), "a.asf")
    motion = parse_amc(amc_text([frame]), skeleton, "a.amc")
    return dict(zip(motion.names, motion.positions()[0], strict=True))


@pytest.mark.parametrize(
    ("frame", "upper", "lower"),
    [
        ({}, (0, 2, 0), (3, 2, 0)),
        ({"lower": [90]}, (0, 2, 0), (0, 5, 0)),  # x turns to y
        ({"root": [1, 2, 3, 0, 0, 90]}, (-1, 2, 3), (-1, 5, 3)),
        ({"upper": [90, 0, 0]}, (0, 0, 2), (3, 0, 2)),  # y turns to z
        # about x first (y → z), then about the file's y (z → x, x → −z)
        ({"upper": [90, 90, 0]}, (2, 0, 0), (2, 0, -3)),
        ({"upper": [90, 0, 0], "lower": [90]}, (0, 0, 2), (0, 0, 5)),
    ],
)
def test_known_answers(frame, upper, lower):
    found = ends(ARM, STILL | frame, length=25.4)
    np.testing.assert_allclose(found["upper"], upper, atol=1e-9)
    np.testing.assert_allclose(found["lower"], lower, atol=1e-9)


def test_axis_is_the_frame_of_the_channels():
    # The bone's local z is the file's x (turned by 90° about y): a turn by rz takes y to z.
    bones = {"a": bone("root", (0, 1, 0), 1, axis=(0, 90, 0), dof=("rz",))}
    found = ends(bones, {"root": [0] * 6, "a": [90]}, length=25.4)
    np.testing.assert_allclose(found["a"], (0, 0, 1), atol=1e-9)


def test_axis_tag_gives_the_order_and_dof_the_columns():
    zyx = {"a": bone("root", (1, 0, 0), 1, order="ZYX", dof=("ry", "rz"))}
    # z first: x → y, which a turn about y leaves
    found = ends(zyx, {"root": [0] * 6, "a": [90, 90]}, length=25.4)
    np.testing.assert_allclose(found["a"], (0, 1, 0), atol=1e-9)
    # y first: x → −z, which a turn about z leaves; columns swapped and told so
    xyz = {"a": bone("root", (1, 0, 0), 1, order="XYZ", dof=("rz", "ry"))}
    found = ends(xyz, {"root": [0] * 6, "a": [90, 90]}, length=25.4)
    np.testing.assert_allclose(found["a"], (0, 0, -1), atol=1e-9)


def test_root_channels_are_read_in_its_order():
    bones = {"a": bone("root", (1, 0, 0), 1, dof=())}
    shuffled = root(order=("rz", "tz", "ty", "rx", "tx", "ry"), position=(10, 0, 0))
    found = ends(bones, {"root": [90, 3, 2, 0, 1, 0]}, root=shuffled, length=25.4)
    np.testing.assert_allclose(found["root"], (11, 2, 3))
    np.testing.assert_allclose(found["a"], (11, 3, 3))


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_a_plain_recursion(seed):
    bones = cmu_bones(seed)
    frames = random_frames(bones, 4, seed)
    skeleton = parse_asf(asf_text(dict(reversed(bones.items()))), "a.asf")
    motion = parse_amc(amc_text(frames), skeleton, "a.amc")
    for frame, found in zip(frames, motion.positions(), strict=True):
        expected = asf_positions(bones, root(), frame)
        expected = np.array([expected[name] for name in motion.names]) * MM
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_asf_and_bvh_of_the_same_motion_agree():
    bones = cmu_bones(5)
    frames = random_frames(bones, 3, 5)
    skeleton = parse_asf(asf_text(bones), "a.asf")
    a = parse_amc(amc_text(frames), skeleton, "a.amc")
    b = parse_bvh(asf_as_bvh(bones, frames, root()), "a.bvh")
    for bone_end, joint in {
        "upperback": "Spine1",
        "head": "Head end",
        "ltoes": "LeftToeBase end",
        "rtibia": "RightFoot",
        "rthumb": "RThumb end",
        "lradius": "LeftHand",
    }.items():
        np.testing.assert_allclose(
            b.positions()[:, b.names.index(joint)] * MM,
            a.positions()[:, a.names.index(bone_end)],
            atol=1e-6,
        )


def test_bones_keep_their_lengths():
    bones = cmu_bones(1)
    skeleton = parse_asf(asf_text(bones), "a.asf")
    p = parse_amc(amc_text(random_frames(bones, 20)), skeleton, "a.amc").positions()
    parents = [bone.parent for bone in skeleton.bones[1:]]
    lengths = np.linalg.norm(p[:, 1:] - p[:, parents], axis=-1)
    np.testing.assert_allclose(lengths, lengths[:1].repeat(20, axis=0), atol=1e-9)
    expected = [np.linalg.norm(bone.vector) * MM for bone in skeleton.bones[1:]]
    np.testing.assert_allclose(lengths[0], expected, atol=1e-9)


def test_angles_in_radians():
    asf = asf_text({"a": bone("root", (1, 0, 0), 1)}, length=25.4, angle="rad")
    frame = {"root": [0] * 6, "a": [0, 0, np.pi / 2]}
    skeleton = parse_asf(asf, "a.asf")
    for header, angle in [
        (":FULLY-SPECIFIED", np.pi / 2),
        (":DEGREES", 90),
        (":RADIANS", np.pi / 2),
    ]:
        motion = parse_amc(amc_text([{**frame, "a": [0, 0, angle]}], header), skeleton, "a.amc")
        np.testing.assert_allclose(motion.positions()[0, 1], (0, 1, 0), atol=1e-9)


def test_amc_bones_may_come_in_any_order():
    skeleton = parse_asf(ARM_ASF, "a.asf")
    frames = random_frames(ARM, 2)
    other = [frames[0], dict(reversed(frames[1].items()))]
    a, b = (parse_amc(amc_text(f), skeleton, "a.amc").channels for f in (frames, other))
    np.testing.assert_array_equal(a, b)


def test_bvh_known_answer():
    motion = parse_bvh(ARM_BVH, "a.bvh")
    assert motion.names == ("Hips", "Arm", "Arm end")
    assert motion.fps == 30
    expected = [[(0, 0, 0), (0, 2, 0), (3, 2, 0)], [(1, 2, 3), (1, 4, 3), (1, 7, 3)]]
    np.testing.assert_allclose(motion.positions(0, 2), expected, atol=1e-9)


@pytest.mark.parametrize(("order", "expected"), [("ZX", (0, 0, 1)), ("XZ", (-1, 0, 0))])
def test_bvh_channels_turn_in_their_order(order, expected):
    # R = R_first·R_last: of y, the last channel's turn is taken first.
    channels = [f"{axis}rotation" for axis in order]
    text = bvh_text(("Hips", (0, 0, 0), channels, [("", (0, 1, 0), None, [])]), [[90, 90]])
    np.testing.assert_allclose(parse_bvh(text, "a.bvh").positions()[0, 1], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("printed", "fps"),
    [
        ("0.0333333", 30),
        ("0.033333", 30),
        (".03333333333333333", 30),
        ("3.33333E-02", 30),
        ("0.0333667", 29.97),
        ("0.008333", 120),
        ("0.00833333", 120),
        ("0.016667", 60),
        ("0.016683", 59.94),
        ("0.04", 25),
        ("1", 1),
        ("2", 0.5),
    ],
)
def test_frame_rates_are_rounded_as_printed(printed, fps):
    assert frame_rate(printed) == pytest.approx(fps, abs=1e-9)


def asf(old, new):
    return lambda: parse_asf(replaced(ARM_ASF, old, new), "a.asf")


def amc(old, new):
    skeleton = parse_asf(ARM_ASF, "a.asf")
    return lambda: parse_amc(replaced(ARM_AMC, old, new), skeleton, "a.amc")


def bvh(old, new):
    return lambda: parse_bvh(replaced(ARM_BVH, old, new), "a.bvh")


def replaced(text, old, new):
    assert re.search(old, text)
    return re.sub(old, new, text, count=1)


@pytest.mark.parametrize(
    ("parse", "message"),
    [
        (asf(r":root[^:]*", ""), "':root'"),
        (asf(r":units[^:]*", ""), "length"),
        (asf(r":hierarchy[^:]*", ""), "':hierarchy'"),
        (asf(r"length 25.4", "length 0"), "unit of length"),
        (asf(r"angle deg", "angle grad"), "grad"),
        (asf(r"order TX", "order QX"), "'qx'"),
        (asf(r"axis XYZ", "axis XXZ"), "'xxz'"),
        (asf(r"root upper", "trunk upper"), "'trunk'"),
        (asf(r"upper lower", "lower lower"), "is its own ancestor"),
        (asf(r"root upper\n\s*upper lower", "root lower"), "'upper' has no parent"),
        (asf(r"upper lower", "upper lower upper"), "two parents"),
        (asf(r"upper lower", "upper hand"), "'hand'"),
        (asf(r"direction 0 1 0", "direction 0 1"), "3 numbers expected, 2 found"),
        (asf(r"direction 0 1 0", "direction 0 1 nan"), "'nan'"),
        (asf(r"direction 0 1 0", ""), "'direction'"),
        (asf(r"dof rx ry rz", "dof rx ry l"), "'l'"),
        (asf(r"dof rx ry rz", "dof rx rx"), "twice"),
        (asf(r"name lower", "name upper"), "twice"),
        (asf(r"end\n", "\n"), "pair"),
        (asf(r"end\s*:hierarchy", ":hierarchy"), "without an 'end'"),
        (amc(r"upper .*\n", ""), "line 4: the frame that begins here lacks bone 'upper'"),
        (amc(r"upper .*\n", "upper 1 2\n"), "'upper' has 2 values, its skeleton 3"),
        (amc(r"upper 0", "upper zero"), "'zero'"),
        (amc(r"upper 0", "upper 1_0"), "'1_0'"),
        (amc(r"upper 0", "upper inf"), "'inf'"),
        (amc(r"upper 0", "upper 1e9"), "'1e9'"),
        (amc(r"upper", "hand"), "'hand'"),
        (amc(r"lower", "upper 0 0 0\nlower"), "twice"),
        (amc(r"(?s)lower 0\n$", ""), "lacks bone 'lower'"),
        (amc(r"(?s)\n2\n", "\n5\n"), "frame 5 where 2 is due"),
        (amc(r"(?s)\n1\n", "\n"), "before the number of the first frame"),
        (amc(r"(?s)\n1\n.*", "\n"), "no frames"),
        (bvh(r"HIERARCHY", ""), "'HIERARCHY'"),
        (bvh(r"MOTION", ""), "'MOTION'"),
        (bvh(r"Frame Time.*\n", ""), "'Frame Time:'"),
        (bvh(r"Frame Time.*", "Frame Time: 0"), "'0'"),
        (bvh(r"Frames: 3", "Frames: 4"), "4 frames announced, 3 found"),
        (bvh(r"Frames: 3", "Frames: 999999999"), "1 to 1000000"),
        (bvh(r" 90\n", "\n"), "frame 2 has 6 values, the joints 7"),
        (bvh(r" 90\n", " x\n"), "line 20: 'x'"),
        (bvh(r"CHANNELS 1 Z", "CHANNELS 2 Z"), "Zrotation"),
        (bvh(r"CHANNELS 1 Zrotation", "CHANNELS 1 Wrotation"), "Wrotation"),
        (bvh(r"CHANNELS 1 Zrotation", ""), "'Arm' has no 'CHANNELS'"),
        (bvh(r"OFFSET 0 2 0", ""), "'Arm' has no 'OFFSET'"),
        (bvh(r"OFFSET 0 2 0", "OFFSET 0 2"), "'CHANNELS'"),
        (bvh(r"\}\n", "\n"), "before its last"),
        (bvh(r"(?s)\}\n(?=MOTION)", "}\nJOINT x {\n OFFSET 0 0 0 }\n"), "or no parent"),
        (bvh(r"JOINT Arm", "JOINT Hips"), "twice"),
    ],
)
def test_broken_files_are_explained_in_one_line(parse, message):
    with pytest.raises(DataError) as caught:
        parse()
    text = str(caught.value)
    assert re.match(r"/\S*/a\.(asf|amc|bvh)\b", text)
    assert message in text
    assert ";" in text  # the remedy
    assert "\n" not in text


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match=r"no.asf"):
        read_asf(tmp_path / "no.asf")


def test_too_many_bones():
    bones = {f"b{i}": bone(f"b{i - 1}" if i else "root", (1, 0, 0), 1) for i in range(300)}
    with pytest.raises(DataError, match="more than"):
        parse_asf(asf_text(bones), "a.asf")
    with pytest.raises(DataError, match="more than"):
        parse_bvh(
            "HIERARCHY ROOT a { " + "".join(f"JOINT b{i} {{ " for i in range(2000)) + "\nMOTION",
            "a.bvh",
        )


def parses_or_explains(parse):
    try:
        positions = parse()
    except DataError:
        return
    assert np.isfinite(positions).all()


def read_arm(asf, amc):
    return parse_amc(amc, parse_asf(asf, "a.asf"), "a.amc").positions()


WORDS = re.findall(
    "[^ ]+",
    ": begin end root name dof rx axis XYZ order length # { } 1 2 -1 0 1e9 nan _ \r \n \x00 é ROOT"
    " JOINT End Site OFFSET CHANNELS HIERARCHY MOTION Frames: Frame Time: upper lower :hierarchy",
)


@st.composite
def mutations(draw, text):
    """The text with some of its words left out, doubled or replaced, or cut off."""
    tokens = re.split(r"(\s+)", text)
    for _ in range(draw(st.integers(1, 4))):
        i = draw(st.integers(0, len(tokens) - 1))
        new = draw(st.sampled_from([tokens[i] * 2, "", *WORDS]) | st.text(max_size=3))
        tokens[i : i + 1] = [new]
    return "".join(tokens)[: draw(st.integers(0, len(text)) | st.just(len(text) * 2))]


@settings(max_examples=60, deadline=None)
@given(mutations(ARM_ASF), mutations(ARM_AMC), st.sampled_from(["asf", "amc", "both"]))
def test_mutated_acclaim_files_parse_or_are_explained(asf, amc, which):
    asf = asf if which != "amc" else ARM_ASF
    amc = amc if which != "asf" else ARM_AMC
    parses_or_explains(lambda: read_arm(asf, amc))


@settings(max_examples=150, deadline=None)
@given(mutations(ARM_BVH))
def test_mutated_bvh_files_parse_or_are_explained(text):
    parses_or_explains(lambda: parse_bvh(text, "a.bvh").positions())


@settings(max_examples=100, deadline=None)
@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_parses_or_is_explained(text):
    parses_or_explains(lambda: read_arm(text, text))
    parses_or_explains(lambda: read_arm(ARM_ASF, text))
    parses_or_explains(lambda: parse_bvh(text, "a.bvh").positions())
