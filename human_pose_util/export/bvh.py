"""Biovision hierarchical motion files (.bvh), which animation programs open.

In the file y is up: (x, y, z) of the file are the world's (y, z, x), and the rest pose faces z.
Lengths are in centimetres.
"""

import io
import os
from collections.abc import Iterator

import numpy as np

from human_pose_util.export.rig import children_of, depth_first, fit_skeleton
from human_pose_util.export.track import Track
from human_pose_util.files import atomic
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import matrix_to_euler

MM_PER_CM = 10.0
ORDER = "zxy"  # Biovision's own

_FILE_AXES = [1, 2, 0]  # the world's axes that are the file's x, y and z
_TRANSLATION = "Xposition Yposition Zposition"
_ROTATION = " ".join(f"{axis.upper()}rotation" for axis in ORDER)
_TIP = 0.2  # of a last bone's length: what is drawn beyond it


def save_bvh(track: Track, path: str | os.PathLike) -> None:
    """Write one person as a `.bvh` file.

    The file holds the skeleton of constant bones that `fit_skeleton` fits, rounded to 0.001 mm and
    0.0001 degrees, in centimetres and with y up. Its motion begins at the track's first frame.
    Angles run on beyond ±180°, so that a program may interpolate between frames.

    Raises:
        SpecError: the skeleton has several roots.
        DataError: the file cannot be written.
    """
    offsets, root_position, rotations = fit_skeleton(track.p3w, track.skeleton)
    offsets, root_position = (x[..., _FILE_AXES] / MM_PER_CM for x in (offsets, root_position))
    rotations = rotations[..., _FILE_AXES, :][..., _FILE_AXES]
    order = depth_first(track.skeleton)
    angles = np.rad2deg(continuous_angles(rotations[:, order], ORDER))
    channels = np.concatenate([root_position, angles.reshape(len(angles), -1)], axis=-1)
    motion = io.StringIO()
    np.savetxt(motion, np.round(channels, 4) + 0.0, fmt="%.4f")  # + 0.0: no "-0.0000"
    text = "\n".join(
        [
            "HIERARCHY",
            *_hierarchy(track.skeleton, offsets, track.skeleton.root_index),
            "MOTION",
            f"Frames: {track.n_frames}",
            f"Frame Time: {1 / track.fps:.8f}",
            motion.getvalue(),
        ]
    )
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def continuous_angles(rotations: np.ndarray, order: str) -> np.ndarray:
    """Euler angles that go on from frame to frame where the rotations do.

    Args:
        rotations: [n_frames, ..., 3, 3] rotation matrices.
        order: three different letters of "xyz", as for `matrix_to_euler`.

    Returns:
        [n_frames, ..., 3] radians, of any size.
    """
    angles = matrix_to_euler(rotations, order)
    # The same rotations: a half turn more about the first and the last axis, and the middle angle
    # beyond ±90°. Frame by frame the nearer of the two; whichever the last frame has, the same
    # change brings it to the nearer one of this frame.
    others = np.pi - angles * [-1, 1, -1]
    changes = _distance(angles[:-1], others[1:]) < _distance(angles[:-1], angles[1:])
    is_other = np.cumsum(changes, axis=0) % 2 == 1
    angles[1:] = np.where(is_other[..., None], others[1:], angles[1:])
    return np.unwrap(angles, axis=0)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[...] between angles [..., 3], whole turns aside."""
    return np.linalg.norm((b - a + np.pi) % (2 * np.pi) - np.pi, axis=-1)


def _hierarchy(
    skeleton: Skeleton, offsets: np.ndarray, joint: int, depth: int = 0
) -> Iterator[str]:
    """The lines of a joint's block, with the blocks of all that hangs from it."""
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
    return " ".join(f"{value:.4f}" for value in np.round(vector, 4) + 0.0)
