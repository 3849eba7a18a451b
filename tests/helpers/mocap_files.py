"""Writes small motion capture files, and has kinematics of its own to check the parsers."""

import tempfile
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from human_pose_util.dataset.mocap.amc import read_amc
from human_pose_util.dataset.mocap.asf import read_asf
from human_pose_util.dataset.mocap.bvh import END_SITE, read_bvh
from human_pose_util.dataset.mocap.joints import ASF, CMU

CMU_PARENTS = {
    "lowerback": "root",
    "upperback": "lowerback",
    "thorax": "upperback",
    "lowerneck": "thorax",
    "upperneck": "lowerneck",
    "head": "upperneck",
}
for _s in "lr":
    CMU_PARENTS |= {
        f"{_s}hipjoint": "root",
        f"{_s}femur": f"{_s}hipjoint",
        f"{_s}tibia": f"{_s}femur",
        f"{_s}foot": f"{_s}tibia",
        f"{_s}toes": f"{_s}foot",
        f"{_s}clavicle": "thorax",
        f"{_s}humerus": f"{_s}clavicle",
        f"{_s}radius": f"{_s}humerus",
        f"{_s}fingers": f"{_s}radius",
        f"{_s}thumb": f"{_s}radius",
    }


def bone(parent, direction, length, axis=(0, 0, 0), order="XYZ", dof=("rx", "ry", "rz")):
    return {
        "parent": parent,
        "direction": direction,
        "length": length,
        "axis": axis,
        "order": order,
        "dof": dof,
    }


def root(order=("tx", "ty", "tz", "rx", "ry", "rz"), axis="XYZ", position=(0, 0, 0)):
    return {"dof": order, "order": axis, "position": position}


def words(values):
    return " ".join(str(v) for v in values)


def asf_text(bones, root=None, length=0.45, angle="deg"):
    """An ASF file; bones: name → `bone(...)`, in any order."""
    root = root or globals()["root"]()
    lines = [
        "# written by a test",
        ":version 1.10",
        ":name test",
        ":units",
        "  mass 1.0",
        f"  length {length}",
        f"  angle {angle}",
        ":documentation",
        "  nothing",
        ":root",
        f"  order {words(root['dof']).upper()}",
        f"  axis {root['order']}",
        f"  position {words(root['position'])}",
        "  orientation 0 0 0",
        ":bonedata",
    ]
    for i, (name, b) in enumerate(bones.items(), 1):
        lines += [
            "  begin",
            f"    id {i}",
            f"    name {name}",
            f"    direction {words(b['direction'])}",
            f"    length {b['length']}",
            f"    axis {words(b['axis'])} {b['order']}",
        ]
        if b["dof"]:
            lines.append(f"    dof {words(b['dof'])}")
            lines += ["    limits (-10.0 20.0)", *["           (-1 2)"] * (len(b["dof"]) - 1)]
        lines.append("  end")
    lines += [":hierarchy", "  begin"]
    for parent in ("root", *bones):
        children = [name for name, b in bones.items() if b["parent"] == parent]
        if children:
            lines.append(f"    {words([parent, *children])}")
    return "\n".join([*lines, "  end", ""])


def amc_text(frames, header=":FULLY-SPECIFIED\n:DEGREES", newline="\r\n"):
    """An AMC file; frames: a list of {bone: values}."""
    lines = ["#!OML:ASF somewhere", *header.split("\n")]
    for i, frame in enumerate(frames, 1):
        lines += [str(i), *(f"{name} {words(values)}" for name, values in frame.items())]
    return newline.join([*lines, ""])


def bvh_text(joints, frames, frame_time="0.0333333"):
    """A BVH file; joints: nested (name, offset, channels, children), an end site without channels.

    frames: [n_frames, n_channels].
    """

    def block(joint, depth):
        name, offset, channels, children = joint
        pad = "\t" * depth
        kind = "ROOT" if depth == 0 else "JOINT"
        head = f"{kind} {name}" if channels is not None else "End Site"
        lines = [f"{pad}{head}", f"{pad}{{", f"{pad}\tOFFSET {words(offset)}"]
        if channels is not None:
            lines.append(f"{pad}\tCHANNELS {len(channels)} {words(channels)}")
        for child in children:
            lines += block(child, depth + 1)
        return [*lines, f"{pad}}}"]

    head = ["HIERARCHY", *block(joints, 0), "MOTION", f"Frames: {len(frames)}"]
    return "\n".join([*head, f"Frame Time: {frame_time}", *map(words, frames), ""])


def local_rotation(bone, angles, frame_angles):
    """C·M·C⁻¹ by SciPy; lower-case orders turn about fixed axes, the first letter first."""
    order = bone["order"].lower()
    by_axis = dict(zip(bone["dof"], angles, strict=True))
    m = Rotation.from_euler(order, [by_axis.get(f"r{a}", 0.0) for a in order], degrees=True)
    c = Rotation.from_euler(order, frame_angles, degrees=True)
    return c * m * c.inv()


def asf_positions(bones, root, frame):
    """Ends of the bones for one frame {bone: values}, in the file's unit, by plain recursion."""
    rotations, ends = {}, {}

    def visit(name):
        if name in ends:
            return
        if name == "root":
            values = dict(zip(root["dof"], frame["root"], strict=True))
            shift = [values.get(k, 0.0) for k in ("tx", "ty", "tz")]
            ends[name] = np.add(root["position"], shift)
            rotations[name] = local_rotation(root, frame["root"], (0, 0, 0))
            return
        b = bones[name]
        visit(b["parent"])
        local = local_rotation(b, frame.get(name, ()), b["axis"])
        rotations[name] = rotations[b["parent"]] * local
        vector = np.array(b["direction"]) * b["length"]
        ends[name] = ends[b["parent"]] + rotations[name].apply(vector)

    for name in ("root", *bones):
        visit(name)
    return ends


LEG = ("femur", "tibia", "foot", "toes")


def cmu_bones(seed=0, upright=False):
    """A figure with the CMU skeleton's names and odd axes, orders and dofs.

    Its bones have any directions; those of an upright one lead upwards, or downwards in legs.
    """
    rng = np.random.default_rng(seed)
    orders = ["XYZ", "ZYX", "YZX"]
    dofs = [("rx", "ry", "rz"), ("rz", "rx"), ("ry",), (), ("rz", "ry", "rx")]
    bones = {}
    for name, parent in CMU_PARENTS.items():
        direction = rng.normal(size=3)
        if upright:
            direction[1] = -3 if name.endswith(LEG) else 3
        bones[name] = bone(
            parent,
            np.round(direction / np.linalg.norm(direction), 6),
            round(rng.uniform(1, 7), 5),
            np.round(rng.uniform(-180, 180, 3), 4),
            orders[rng.integers(len(orders))],
            dofs[rng.integers(len(dofs))],
        )
    return bones


def random_frames(bones, n_frames, seed=0, root=None, angle=90):
    """Frames of a figure whose bones are turned by up to `angle` degrees about each axis."""
    root = root or globals()["root"]()
    rng = np.random.default_rng(seed)
    moving = {"root": root, **{name: b for name, b in bones.items() if b["dof"]}}
    return [
        {
            name: [
                round(rng.uniform(-5, 5) + 16 * (d == "ty"), 4)
                if d[0] == "t"
                else round(rng.uniform(-angle, angle), 4)
                for d in b["dof"]
            ]
            for name, b in moving.items()
        }
        for _ in range(n_frames)
    ]


def asf_as_bvh(bones, frames, root, frame_time="0.0333333"):
    """The motion of a CMU figure as a BVH file.

    A BVH joint turns what follows it, so the joint at a bone's start carries the bone's rotation.
    """
    at_end = {ASF.joints[joint][0][0]: names[0][0] for joint, names in CMU.joints.items()}
    with_end_site = {m.removesuffix(END_SITE) for m in at_end.values() if m.endswith(END_SITE)}
    channels = ["Yrotation", "Xrotation", "Zrotation"]
    columns = []

    def rotate(name, b, order):
        turns = [local_rotation(b, f.get(name, ()), b.get("axis", (0, 0, 0))) for f in frames]
        columns.append(np.array([r.as_euler(order, degrees=True) for r in turns]))

    def joint(name, offset):
        rotate(name, bones[name], "YXZ")
        vector = np.array(bones[name]["direction"]) * bones[name]["length"]
        children = [child for child, b in bones.items() if b["parent"] == name]
        mark = at_end.get(name)
        if mark and mark.endswith(END_SITE):
            return (mark.removesuffix(END_SITE), offset, channels, [("", vector, None, [])])
        if mark is None or mark in with_end_site:  # the next bone's joint is the mark
            below = [joint(child, vector) for child in children]
        else:
            below = [(mark, vector, [], [joint(child, (0, 0, 0)) for child in children])]
        return (f"start-of-{name}", offset, channels, below)

    columns.append(np.array([f["root"][:3] for f in frames]) + root["position"])
    rotate("root", root, "ZYX")
    tops = [joint(name, (0, 0, 0)) for name, b in bones.items() if b["parent"] == "root"]
    order = ["Xposition", "Yposition", "Zposition", "Zrotation", "Yrotation", "Xrotation"]
    figure = ("Hips", (0, 0, 0), order, tops)
    return bvh_text(figure, np.concatenate(columns, axis=1), frame_time)


def parse_asf(text, name):
    """The skeleton in a text, as from a file of this name."""
    return _read(read_asf, text, name)


def parse_amc(text, skeleton, name):
    """The motion in a text, as from a file of this name."""
    return _read(read_amc, text, name, skeleton)


def parse_bvh(text, name):
    """The motion in a text, as from a file of this name."""
    return _read(read_bvh, text, name)


def _read(read, text, name, *more):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read(path, *more)


ARM = {
    "upper": bone("root", (0, 1, 0), 2),
    "lower": bone("upper", (1, 0, 0), 3, dof=("rz",)),
}
ARM_ASF = asf_text(ARM, length=25.4)  # the unit is 1 mm
STILL = {"root": [0] * 6, "upper": [0] * 3, "lower": [0]}
ARM_AMC = amc_text([STILL, {**STILL, "lower": [90.0]}, STILL], newline="\n")
HIPS = ["Xposition", "Yposition", "Zposition", "Zrotation", "Xrotation", "Yrotation"]
ARM_BVH = bvh_text(
    ("Hips", (0, 0, 0), HIPS, [("Arm", (0, 2, 0), ["Zrotation"], [("", (3, 0, 0), None, [])])]),
    [[0] * 7, [1, 2, 3, 0, 0, 0, 90], [0] * 7],
)
