"""The motion capture data set: recordings in a folder, seen by a rig of cameras."""

import json
import os
import re
import zlib
from functools import partial

import numpy as np

from human_pose_util.dataset.converted import converted_dataset
from human_pose_util.dataset.mocap.convert import read_recordings
from human_pose_util.dataset.mocap.files import find_recordings
from human_pose_util.dataset.mocap.spec import MocapSpec, eval_keys, read_spec
from human_pose_util.dataset.root import find_root
from human_pose_util.dataset.sequence import Dataset, PoseSequence, camera_view
from human_pose_util.skeleton import S24
from human_pose_util.transforms import project

_MODE_RULE = "the last file of each folder is eval unless `eval` in dataset.json says otherwise"
_CONTENTS = "the folder that holds one folder of .asf and .amc, or .bvh, files for each subject"


def load(root: str | os.PathLike | None = None) -> Dataset:
    """The motion capture data set; converted at the first use, then opened from the cache.

    Keys are `<subject folder>/<file stem>/<camera id>`; joints are s24. Poses are in mm, float64,
    and are read at their first use; p3c and p2 are computed from p3w then.

    Args:
        root: the folder, with one folder for each subject; by default the environment variable
            MOCAP_PATH.

    Raises:
        DataError: the folder is missing or holds no recordings, or a file is broken.
        SpecError: its `dataset.json` has an unknown key or a wrong value.
    """
    folder = find_root(root, "MOCAP_PATH", _CONTENTS)
    spec = read_spec(folder)
    recordings = find_recordings(folder)
    evaluated = eval_keys(spec, [recording.key for recording in recordings], folder)
    files = {file for recording in recordings for file in (recording.path, recording.skeleton)}
    sources = {file for file in files if file is not None}
    # What concerns BVH files changes the conversion; the rest of the specification applies here.
    joints = json.dumps(spec.bvh_joints, sort_keys=True).encode()
    unit = f"{spec.bvh_unit_mm or 'usual'}"
    name = f"mocap-{unit}mm-{spec.bvh_up_axis}-{zlib.crc32(joints):08x}"
    read = partial(read_recordings, recordings, spec)
    converted = converted_dataset(name, folder, sources, S24.id, read)
    sequences: dict[str, PoseSequence] = {}
    for key in sorted(converted):
        mode = "eval" if key in evaluated else "train"
        sequences |= _views(key, converted[key], spec, mode)
    return Dataset(sequences, converted.attrs | {"mode_rule": _MODE_RULE})


def _views(key: str, recording: PoseSequence, spec: MocapSpec, mode: str) -> dict:
    """The recording as each camera sees it, by key; the views share one p3w."""
    attrs = {"fps": spec.amc_fps, **recording.attrs, "mode": mode}
    middle = attrs.pop("mean_root")
    action = re.sub(r"[\W_]*\d+$", "", attrs["sequence_id"])  # without a number at its end
    if re.search(r"[^\W\d_]", action):
        attrs["action"] = action

    def p3w() -> np.ndarray:
        recording["p3w"].flags.writeable = False  # The views of all cameras share this array.
        return recording["p3w"]

    views = {}
    for camera in spec.cameras:
        r, t = camera.extrinsics(middle)
        geometry = {"r": r, "t": t, "f": np.array(camera.f), "c": np.array(camera.c)}
        own = {"camera_id": camera.id, "image_size": camera.image_size}
        views[f"{key}/{camera.id}"] = camera_view(p3w, {**attrs, **geometry, **own}, _project)
    return views


def _project(view: PoseSequence) -> np.ndarray:
    return project(view["p3c"], view.attrs["f"], view.attrs["c"])
