"""Writes sequence files of 3DPW: pickles of Python 2, with people before a moving camera."""

import pickle
import struct
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

F, C = (1961.8, 1969.2), (540.0, 960.0)
# The joints of SMPL in the published order.
_SMPL_NAMES = (
    "pelvis l_hip r_hip spine1 l_knee r_knee spine2 l_ankle r_ankle spine3 l_foot r_foot neck "
    "l_collar r_collar head l_shoulder r_shoulder l_elbow r_elbow l_wrist r_wrist l_hand r_hand"
)
SMPL = _SMPL_NAMES.split()
# The keypoints of OpenPose's COCO model in the published order.
_COCO_NAMES = (
    "nose neck r_shoulder r_elbow r_wrist l_shoulder l_elbow l_wrist r_hip r_knee r_ankle "
    "l_hip l_knee l_ankle r_eye l_eye r_ear l_ear"
)
COCO = _COCO_NAMES.split()
# Metres to the left, up and ahead: one side of the body, and its middle.
_MIDDLE = {"pelvis": (0, 0.95, 0), "spine1": (0, 1.05, 0), "spine2": (0, 1.2, 0),
           "spine3": (0, 1.26, 0), "neck": (0, 1.48, 0), "head": (0, 1.58, 0.03)}  # fmt: skip
_SIDE = {"hip": (0.1, 0.92, 0), "knee": (0.1, 0.5, 0.02), "ankle": (0.1, 0.1, 0),
         "foot": (0.1, 0.03, 0.12), "collar": (0.07, 1.4, 0), "shoulder": (0.18, 1.42, 0),
         "elbow": (0.22, 1.15, 0), "wrist": (0.24, 0.92, 0.08),
         "hand": (0.24, 0.84, 0.1)}  # fmt: skip


def person(n_frames: int, seed: int) -> np.ndarray:
    """[n_frames, 24, 3] a person in the file's world, y up, at an unknown height [m]."""
    rng = np.random.default_rng(seed)
    body = [_MIDDLE.get(name) or np.multiply(_SIDE[name[2:]], [1 if name[0] == "l" else -1, 1, 1])
            for name in SMPL]  # fmt: skip
    sway = rng.normal(scale=0.03, size=(n_frames, 24, 3))
    return np.array(body) + sway + [0.5 * seed, -1.4, 0.2 * seed]


def camera(n_frames: int) -> np.ndarray:
    """[n_frames, 4, 4] extrinsics of a camera that moves, 5 m away [m]."""
    matrices = np.tile(np.eye(4), (n_frames, 1, 1))
    turn = Rotation.from_rotvec(np.linspace(0, 0.2, n_frames)[:, None] * [0.1, 1, 0.2])
    matrices[:, :3, :3] = turn.as_matrix() @ np.diag([1.0, -1, -1])
    matrices[:, :3, 3] = np.linspace([0, 0.1, 5], [0.3, 0.1, 4.5], n_frames)
    return matrices


def images(joints: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """[n_frames, 24, 2] image points [px]."""
    p3c = np.einsum("nij,nkj->nki", matrices[:, :3, :3], joints) + matrices[:, None, :3, 3]
    return p3c[..., :2] / p3c[..., 2:] * F + C


def keypoints(joints: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """[n_frames, 3, 18] x, y, confidence of the keypoints: those of joints, others are zeros."""
    points, found = images(joints, matrices), np.zeros((len(joints), 3, 18))
    for column, name in enumerate(COCO):
        if name in SMPL:
            found[:, :2, column] = points[:, SMPL.index(name)]
            found[:, 2, column] = 0.8
    return found


def content(n_frames: int = 6, n_people: int = 2) -> dict:
    """The values of a sequence file."""
    people, matrices = [person(n_frames, i) for i in range(n_people)], camera(n_frames)
    valid = [(np.arange(n_frames) != 2 * i).astype(int) for i in range(n_people)]
    return {
        "sequence": "walk_00",
        "genders": ["m", "f"][:n_people],
        "betas": [np.zeros(10)] * n_people,
        "poses": [np.zeros((n_frames, 72))] * n_people,
        "trans": [joints[:, 0] for joints in people],
        "poses_60Hz": [np.zeros((2 * n_frames, 72))] * n_people,
        "v_template_clothed": [np.zeros((5, 3))] * n_people,
        "texture_maps": [],
        "img_frame_ids": np.arange(0, 2 * n_frames, 2),
        "jointPositions": [joints.reshape(n_frames, 72) for joints in people],
        "poses2d": [keypoints(joints, matrices) for joints in people],
        "cam_poses": matrices,
        "campose_valid": valid,
        "cam_intrinsics": np.array([[F[0], 0, C[0]], [0, F[1], C[1]], [0, 0, 1.0]]),
    }


def python2_pickle(value) -> bytes:
    """A pickle as Python 2 and its NumPy write it: protocol 2, in which bytes are strings.

    Python 3 has no instruction of its own for strings of Python 2, so they are put together here:
    T, the number of bytes, and the bytes.
    """

    def text(data: bytes) -> bytes:
        return b"T" + struct.pack("<i", len(data)) + data

    if isinstance(value, dict):
        items = b"".join(text(k.encode()) + python2_pickle(v) for k, v in value.items())
        return b"}(" + items + b"u"
    if isinstance(value, list):
        return b"](" + b"".join(map(python2_pickle, value)) + b"e"
    if isinstance(value, str):
        return text(value.encode())
    array = np.ascontiguousarray(value)
    order, kind = array.dtype.str[:1].encode(), array.dtype.str[1:].encode()
    shape = b"(" + b"".join(b"J" + struct.pack("<i", n) for n in array.shape) + b"t"
    minus_one = b"J" + struct.pack("<i", -1)
    state = b"(K\3" + text(order) + b"NNN" + 2 * minus_one + b"K\0t"
    dtype = b"cnumpy\ndtype\n(" + text(kind) + b"K\0K\1tR" + state + b"b"
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0t" + text(b"b") + b"tR"
    return empty + b"(K\1" + shape + dtype + b"\x89" + text(array.tobytes()) + b"tb"


def write_sequence(path: Path, values: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x80\2" + python2_pickle(values) + b".")


def write_python3_sequence(path: Path, values: dict, protocol: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(values, protocol))


def write_tree(root: Path) -> None:
    """A folder of 3DPW: a sequence of two people to evaluate, and others of one person to train."""
    write_sequence(root / "sequenceFiles/test/walk_00.pkl", content())
    for split in ("train", "validation"):
        values = content(n_people=1)
        write_sequence(root / f"sequenceFiles/{split}/{split}_walk_00.pkl", values)
