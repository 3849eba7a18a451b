"""Biovision hierarchical motion files (.bvh), which animation programs open.

In the file, y is up: its axes x, y and z are the axes y, z and x of the world, so the rest pose
faces z. Lengths are in centimetres.
"""

import io
import os
from collections.abc import Iterator

import numpy as np

from human_pose_util.export.axes import y_up, y_up_rotations
from human_pose_util.export.hips import rooted_at_hips
from human_pose_util.export.rig import fit_skeleton
from human_pose_util.export.skeleton_tree import children_of, depth_first
from human_pose_util.export.track import Track
from human_pose_util.files import atomic
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import matrix_to_euler
from human_pose_util.units import MM_PER_CM

ORDER = "zxy"
"""Order of the Euler angles, which is the usual one of BVH files."""

_TRANSLATION = "Xposition Yposition Zposition"
_ROTATION = " ".join(f"{axis.upper()}rotation" for axis in ORDER)
_TIP = 0.2  # length of the tip that programs draw beyond the last bone, relative to the bone


def save_bvh(track: Track, path: str | os.PathLike) -> None:
    """Write one person as a `.bvh` file.

    The file holds the skeleton of constant bones that `fit_skeleton` fits to the joints, with the
    pelvis as its root, rounded to 0.001 mm and 0.0001 degrees, in centimetres and with y up. Its
    motion begins at the first frame of the track. Angles continue beyond ±180°, so that a program
    may interpolate between frames.

    Args:
        track: the track.
        path: file to write; an existing file is replaced once the new one is complete.

    Raises:
        SpecError: the skeleton has several roots.
        DataError: the file cannot be written.
    """
    p3w, skeleton = rooted_at_hips(track.p3w, track.skeleton)
    rig = fit_skeleton(p3w, skeleton)
    offsets = y_up(rig.offsets) / MM_PER_CM
    root_position = y_up(rig.root_position) / MM_PER_CM
    rotations = y_up_rotations(rig.rotations[:, depth_first(skeleton)])
    angles = np.rad2deg(continuous_angles(rotations, ORDER))
    channels = np.concatenate([root_position, angles.reshape(len(angles), -1)], axis=-1)
    motion = io.StringIO()
    np.savetxt(motion, np.round(channels, 4) + 0.0, fmt="%.4f")  # + 0.0: no "-0.0000"
    lines = [
        "HIERARCHY",
        *_hierarchy(skeleton, offsets, skeleton.root_index),
        "MOTION",
        f"Frames: {track.n_frames}",
        f"Frame Time: {1 / track.fps:.8f}",
        motion.getvalue(),
    ]
    with atomic(path) as temporary:
        temporary.write_text("\n".join(lines), encoding="utf-8", newline="\n")


def continuous_angles(rotations: np.ndarray, order: str) -> np.ndarray:
    """Euler angles that are continuous over the frames where the rotations are.

    Args:
        rotations: [n_frames, ..., 3, 3] rotation matrices.
        order: three different letters of "xyz", as for `matrix_to_euler`.

    Returns:
        [n_frames, ..., 3] angles [rad], beyond ±π where the rotations continue there.
    """
    angles = matrix_to_euler(rotations, order)
    # Each rotation has two sets of angles: (α, β, γ), and (π + α, π − β, π + γ). Each frame takes
    # the set that is nearer to the one of the frame before. The distance between two sets is equal
    # to that between the two other sets, so whether a frame changes from one kind of set to the
    # other does not depend on the kind of the frame before: the number of changes up to a frame,
    # odd or even, decides.
    other_angles = np.pi - angles * [-1, 1, -1]
    changes = _distance(angles[:-1], other_angles[1:]) < _distance(angles[:-1], angles[1:])
    is_other = np.cumsum(changes, axis=0) % 2 == 1
    angles[1:] = np.where(is_other[..., None], other_angles[1:], angles[1:])
    return np.unwrap(angles, axis=0)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[...] distance between triples of angles [..., 3], apart from whole turns."""
    return np.linalg.norm((b - a + np.pi) % (2 * np.pi) - np.pi, axis=-1)


def _hierarchy(
    skeleton: Skeleton, offsets: np.ndarray, joint: int, depth: int = 0
) -> Iterator[str]:
    """The lines of the block of a joint, which contains the blocks of its children."""
    children = children_of(skeleton, joint)
    channels = f"CHANNELS 3 {_ROTATION}" if depth else f"CHANNELS 6 {_TRANSLATION} {_ROTATION}"
    inner = [f"OFFSET {_numbers(offsets[joint])}", channels]
    if not children:
        inner += ["End Site", "{", f"\tOFFSET {_numbers(_TIP * offsets[joint])}", "}"]
    name = "_".join(skeleton.joints[joint].split())
    margin = "\t" * depth
    yield from (f"{margin}{'JOINT' if depth else 'ROOT'} {name}", f"{margin}{{")
    yield from (f"{margin}\t{line}" for line in inner)
    for child in children:
        yield from _hierarchy(skeleton, offsets, child, depth + 1)
    yield f"{margin}}}"


def _numbers(vector: np.ndarray) -> str:
    """The values of a vector with four decimals, where −0 becomes 0."""
    return " ".join(f"{value:.4f}" for value in np.round(vector, 4) + 0.0)
