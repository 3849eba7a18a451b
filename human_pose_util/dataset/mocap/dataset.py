"""The motion capture data set: recordings in a folder, seen by a rig of cameras."""

import os
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np

from human_pose_util.dataset.cache import cached
from human_pose_util.dataset.mocap.convert import VERSION, write_poses
from human_pose_util.dataset.mocap.files import Take, find_root, find_takes
from human_pose_util.dataset.mocap.spec import MocapSpec, eval_keys, read_spec
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.errors import DataError
from human_pose_util.skeleton import S24
from human_pose_util.transforms import project, transform_frame


def load(root: str | os.PathLike | None = None) -> Dataset:
    """The motion capture data set; converted on first use, then opened from the cache.

    Keys are `<subject folder>/<file stem>/<camera id>`; joints are s24. Poses in mm, float64, are
    read when they are first asked for; p3c and p2 are computed from p3w then.

    Args:
        root: the folder, one folder per subject; default the environment variable `MOCAP_PATH`.

    Raises:
        DataError: the folder is missing or holds no recordings, or a file is broken.
        SpecError: its `dataset.json` has an unknown key or a wrong value.
    """
    root = find_root(root)
    spec = read_spec(root)
    takes = find_takes(root)
    evaluated = eval_keys(spec, [take.key for take in takes], root)
    sources = {take.path for take in takes} | {take.skeleton for take in takes if take.skeleton}
    path = cached(
        # Another unit or axis is another conversion; the rest of the specification is applied here.
        f"mocap-{spec.bvh_unit_mm!r}mm-{spec.bvh_up_axis}",
        sources,
        partial(write_poses, takes=takes, spec=spec),
        root=root,
        version=VERSION,
    )
    sequences = {}
    for take, n_frames, fps, middle in _index(path, takes):
        attrs = {
            "fps": spec.amc_fps if np.isnan(fps) else fps,
            "n_frames": n_frames,
            "mode": "eval" if take.key in evaluated else "train",
            **_names(take),
        }
        views = _views(path, take.key, middle, spec, attrs)
        sequences |= {f"{take.key}/{camera}": view for camera, view in views}
    return Dataset(sequences, {"skeleton_id": S24.id})


def _index(path: Path, takes: list[Take]) -> Iterator[tuple[Take, int, float, np.ndarray]]:
    """Each take with its number of frames, its rate and its mean root [3], from the HDF5 file."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            lengths, rates, means = (file[name][()] for name in ("n_frames", "fps", "mean_root"))
        index = list(zip(takes, lengths, rates, means, strict=True))
    except Exception as error:  # damage shows as almost any error
        raise DataError(f"{path} cannot be read: {error}; remove the file") from error
    for take, length, rate, mean in index:
        yield take, int(length), float(rate), mean


def _names(take: Take) -> dict[str, str]:
    """Who does what: the action is the file's name without its number, if a name is left."""
    names = {"subject_id": take.subject, "sequence_id": take.path.stem}
    action = re.sub(r"[\W_]*\d+$", "", take.path.stem)
    return names | ({"action": action} if re.search(r"[^\W\d_]", action) else {})


def _views(
    path: Path, key: str, middle: np.ndarray, spec: MocapSpec, attrs: dict
) -> Iterator[tuple[str, PoseSequence]]:
    """The sequence as each camera sees it; they share one p3w."""
    p3w = cache(partial(_read, path, key))
    for camera in spec.cameras:
        r, t = camera.extrinsics(middle)
        f, c = np.array(camera.f), np.array(camera.c)
        p3c = cache(partial(_in_camera, p3w, r, t))
        yield (
            camera.id,
            PoseSequence(
                {"p3w": p3w, "p3c": p3c, "p2": partial(_in_image, p3c, f, c)},
                {
                    **attrs,
                    "r": r,
                    "t": t,
                    "f": f,
                    "c": c,
                    "camera_id": camera.id,
                    "image_size": camera.image_size,
                    "space_scale": 1.0,
                    "pixel_scale": 1.0,
                },
            ),
        )


def _read(path: Path, key: str) -> np.ndarray:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            p3w = file[f"p3w/{key}"][()]
    except Exception as error:  # damage shows as almost any error
        raise DataError(f"cannot read {key} in {path}: {error}; load the data set again") from error
    p3w.flags.writeable = False  # shared by the cameras
    return p3w


def _in_camera(p3w: Callable[[], np.ndarray], r: np.ndarray, t: np.ndarray) -> np.ndarray:
    return transform_frame(p3w(), r, t)


def _in_image(p3c: Callable[[], np.ndarray], f: np.ndarray, c: np.ndarray) -> np.ndarray:
    return project(p3c(), f, c)
