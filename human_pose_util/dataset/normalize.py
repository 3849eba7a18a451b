"""Sequences and poses in the units and the frame of a model."""

from collections.abc import Callable
from copy import copy
from functools import cache, partial

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, camera_moves
from human_pose_util.dataset.filters import one_view_each
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.spec import NormalizeKwargs
from human_pose_util.errors import DataError, SpecError
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import Converter, Skeleton
from human_pose_util.transforms import project, rotate_about, transform_frame

_LENGTHS, _PIXELS = ("p3w", "p3c", "t"), ("p2", "f", "c")


def normalize_dataset(dataset: Dataset, kwargs: NormalizeKwargs, whole: Dataset) -> Dataset:
    """A data set in another skeleton, in other units, at another rate.

    Arrays are computed at their first use.

    Args:
        dataset: a `Dataset`, or an `h5py.Group` of that shape; it is not changed.
        kwargs: the skeleton, the units and the rate.
        whole: the unfiltered data set. A subject's height is the largest in its train frames; for
            a subject without train frames, in all its frames.

    Raises:
        SpecError: an unknown skeleton, no converter, or a rate that does not divide the data's.
        DataError: a subject has no complete frame from which to take its height.
    """
    skeleton_id = dataset.attrs["skeleton_id"]
    convert = get_converter(skeleton_id, kwargs.skeleton_id or skeleton_id)
    height = cache(partial(_height, whole, convert))
    sequences = {
        key: _normalized(dataset[key], key, kwargs, convert.convert, height) for key in dataset
    }
    return Dataset(sequences, {**dataset.attrs, "skeleton_id": convert.target.id})


def normalized_poses(p3w: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Poses above the origin that face front, the poses that a GAN learns.

    Args:
        p3w: [..., n_joints, 3] poses, z up, in any unit.
        skeleton: skeleton of the poses.

    Returns:
        [..., n_joints, 3] poses whose root is at x = y = 0 (its height above the floor stays),
        turned about z so that the line from the right to the left hip points along x.
    """
    shift = p3w[..., skeleton.root_index, None, :] * np.array([1, 1, 0], dtype=p3w.dtype)
    angle = skeleton.front_angle(p3w)
    return rotate_about(p3w - shift, -angle, axis="z")


def every(sequence, stride: int) -> PoseSequence:
    """The frames number 0, stride, 2·stride, … of a sequence; arrays are read at their first use.

    Args:
        sequence: a sequence, or an `h5py.Group` of its shape; it is not changed.
        stride: the number of frames from one that is kept to the next.
    """
    attrs = dict(sequence.attrs)
    n_frames = attrs["n_frames"] if "n_frames" in attrs else len(sequence["p3w"])
    attrs["n_frames"] = -(-int(n_frames) // stride)
    if stride > 1 and "fps" in attrs:
        attrs["fps"] = attrs["fps"] / stride
    if camera_moves(attrs):
        attrs |= {name: attrs[name][::stride] for name in ("r", "t")}
    arrays = {name: lambda name=name: sequence[name][::stride] for name in sequence}
    return PoseSequence(arrays, attrs)


def _height(dataset: Dataset, convert: Converter, subject_id: str) -> float:
    """The height of a subject [mm]."""
    views = {key: dataset[key] for key in dataset}
    own = {key: s for key, s in views.items() if s.attrs.get("subject_id") == subject_id}
    takes = list(one_view_each(Dataset(own, {})).values())
    train = [s for s in takes if s.attrs.get("mode") == "train"]
    heights = [
        s.attrs.get("space_scale", 1.0)
        * np.nanmax(convert.target.height(convert.convert(s["p3w"][:])), initial=0.0)
        for s in train or takes
    ]
    if not max(heights):
        raise DataError(f"subject {subject_id!r} has no frame from which to take its height")
    return float(max(heights))


def _normalized(sequence, key: str, kwargs: NormalizeKwargs, convert, height) -> PoseSequence:
    kept = every(sequence, _stride(sequence.attrs.get("fps"), kwargs.fps, key))
    attrs = dict(kept.attrs)
    if kwargs.fps is not None:
        attrs["fps"] = kwargs.fps
    t = attrs.get("t")  # in the unit of the data, as `raw` poses are

    def raw(name: str) -> np.ndarray:
        return convert(copy(kept)[name])  # the copy's arrays are freed after their use

    def p3c() -> np.ndarray:
        if kwargs.consistent_pose or "p3c" not in sequence:
            return transform_frame(raw("p3w"), attrs["r"], t)
        return raw("p3c")

    def p2() -> np.ndarray:
        if kwargs.consistent_projection:
            if missing := [name for name in CAMERA_ARRAYS if name not in attrs]:
                problem = f"sequence {key!r} has no {', '.join(missing)} of a camera"
                raise SpecError(f"normalize_kwargs.consistent_projection: {problem}")
            return project(p3c(), sequence.attrs["f"], sequence.attrs["c"])
        return raw("p2")

    units = {"space_scale": kwargs.space_scale, "pixel_scale": kwargs.pixel_scale}
    if kwargs.scale_to_height:
        units["space_scale"] *= height(attrs.get("subject_id"))
    # The data may be in other units than mm and px, each sequence in its own.
    factors = {name: unit / attrs.get(name, 1.0) for name, unit in units.items()}
    scales = dict.fromkeys(_LENGTHS, factors["space_scale"])
    scales |= dict.fromkeys(_PIXELS, factors["pixel_scale"])
    for name in ("t", "f", "c"):
        if name in attrs:
            attrs[name] = np.asarray(attrs[name], np.float64) / scales[name]
    attrs |= units

    sources: dict[str, Callable[[], np.ndarray]] = {"p3w": partial(raw, "p3w")}
    if "r" in attrs:
        sources["p3c"] = p3c
    if "p2" in sequence or (kwargs.consistent_projection and "f" in attrs):
        sources["p2"] = p2
    arrays = {name: lambda name=name: sources[name]() / scales[name] for name in sources}
    return PoseSequence(arrays, attrs)


def _stride(fps: float | None, new_fps: float | None, key: str) -> int:
    """The number of frames from one frame that is kept to the next."""
    if new_fps is None:
        return 1
    if fps is None:
        raise SpecError(f"normalize_kwargs.fps: sequence {key!r} has no frame rate")
    stride = max(round(fps / new_fps), 1)
    if abs(fps / new_fps - stride) > 1e-3 * stride:
        rates = ", ".join(f"{fps / k:g}" for k in range(1, 7))
        raise SpecError(
            f"normalize_kwargs.fps: {new_fps:g} does not divide the {fps:g} Hz of sequence "
            f"{key!r}: choose one of {rates}, …"
        )
    return stride
