"""The motion capture data set: recordings in a folder, seen by a rig of cameras."""

import os
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.cache import cached
from human_pose_util.dataset.hdf5 import read_array
from human_pose_util.dataset.mocap.convert import VERSION, write_poses
from human_pose_util.dataset.mocap.files import Take, find_takes
from human_pose_util.dataset.mocap.spec import MocapSpec, eval_keys, read_spec
from human_pose_util.dataset.root import find_root
from human_pose_util.dataset.sequence import MM_AND_PX, Dataset, PoseSequence, camera_view
from human_pose_util.errors import DataError
from human_pose_util.skeleton import S24
from human_pose_util.transforms import project

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
    takes = find_takes(folder)
    evaluated = eval_keys(spec, [take.key for take in takes], folder)
    sources = {take.path for take in takes} | {take.skeleton for take in takes if take.skeleton}
    # The unit and the axis change the conversion; the rest of the specification applies here.
    name = f"mocap-{spec.bvh_unit_mm!r}mm-{spec.bvh_up_axis}"
    build = partial(write_poses, takes=takes, spec=spec)
    path = cached(name, sources, build, root=folder, version=VERSION)
    sequences: dict[str, PoseSequence] = {}
    for take, n_frames, fps, middle in _read_index(path, takes):
        fps = spec.amc_fps if np.isnan(fps) else fps
        mode = "eval" if take.key in evaluated else "train"
        attrs = {"fps": fps, "n_frames": n_frames, "mode": mode, **_names(take)}
        sequences |= _views(path, take.key, middle, spec, attrs)
    return Dataset(sequences, {"skeleton_id": S24.id})


def _read_index(path: Path, takes: list[Take]) -> Iterator[tuple[Take, int, float, np.ndarray]]:
    """Each take with its number of frames, its frame rate and its mean root [3]."""
    lengths, rates, means = (read_array(path, name) for name in ("n_frames", "fps", "mean_root"))
    if not len(takes) == len(lengths) == len(rates) == len(means):
        raise DataError(f"{path} does not have {len(takes)} recordings; remove the file")
    for take, length, rate, mean in zip(takes, lengths, rates, means, strict=True):
        yield take, int(length), float(rate), mean


def _names(take: Take) -> dict[str, str]:
    """Subject, sequence and action; the action is the file's name without a number at its end."""
    names = {"subject_id": take.subject, "sequence_id": take.path.stem}
    action = re.sub(r"[\W_]*\d+$", "", take.path.stem)
    return names | ({"action": action} if re.search(r"[^\W\d_]", action) else {})


def _views(
    path: Path, key: str, middle: np.ndarray, spec: MocapSpec, attrs: dict
) -> dict[str, PoseSequence]:
    """The sequence as each camera sees it, by key; the views share one p3w."""
    p3w = cache(partial(_read_poses, path, key))
    views = {}
    for camera in spec.cameras:
        r, t = camera.extrinsics(middle)
        geometry = {"r": r, "t": t, "f": np.array(camera.f), "c": np.array(camera.c)}
        own = {"camera_id": camera.id, "image_size": camera.image_size}
        view_attrs = {**attrs, **geometry, **own, **MM_AND_PX}
        views[f"{key}/{camera.id}"] = camera_view(p3w, view_attrs, _project)
    return views


def _project(view: PoseSequence) -> np.ndarray:
    return project(view["p3c"], view.attrs["f"], view.attrs["c"])


def _read_poses(path: Path, key: str) -> np.ndarray:
    p3w = read_array(path, f"p3w/{key}")
    p3w.flags.writeable = False  # The views of all cameras share this array.
    return p3w
