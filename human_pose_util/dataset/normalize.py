"""Sequences and poses in the units and the frame of a model."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from human_pose_util.camera import CAMERA_ARRAYS, camera_moves
from human_pose_util.dataset.heights import subject_height
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.spec import NormalizeKwargs
from human_pose_util.errors import SpecError
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import Converter, Skeleton
from human_pose_util.transforms import project, rotate_about, transform_frame

_LENGTHS, _PIXELS = ("p3w", "p3c", "t"), ("p2", "f", "c")
_RATE_TOLERANCE = 2e-3  # Rates of television, such as 29.97 Hz, are 1e-3 below their names.


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
        DataError: a subject has no complete frame from which to take its height, or is impossibly
            tall in some frame.
    """
    skeleton_id = dataset.attrs["skeleton_id"]
    convert = get_converter(skeleton_id, kwargs.skeleton_id or skeleton_id)
    height = cache(partial(subject_height, whole, convert))
    sequences = {key: _normalized(dataset[key], key, kwargs, convert, height) for key in dataset}
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


def _normalized(
    sequence: PoseSequence,
    key: str,
    kwargs: NormalizeKwargs,
    convert: Converter,
    height: Callable[[str | None], float],
) -> PoseSequence:
    """A sequence in the skeleton, the units and the rate of `kwargs`."""
    kept = every(sequence, _stride(sequence.attrs.get("fps"), kwargs.fps, key))
    attrs = dict(kept.attrs)
    if kwargs.fps is not None:
        attrs["fps"] = kwargs.fps
    if kwargs.consistent_projection:
        attrs.pop("image_points", None)
    units = {"space_scale": kwargs.space_scale, "pixel_scale": kwargs.pixel_scale}
    if kwargs.scale_to_height:
        units["space_scale"] *= height(attrs.get("subject_id"))
    scales = _scales(units, attrs)
    for name in ("t", "f", "c"):
        if name in attrs:
            attrs[name] = np.asarray(attrs[name], np.float64) / scales[name]
    sources = _ConvertedArrays(kept, key, kwargs, convert).sources()
    arrays = {name: lambda name=name: sources[name]() / scales[name] for name in sources}
    return PoseSequence(arrays, attrs | units)


def _scales(units: Mapping[str, float], attrs: Mapping[str, Any]) -> dict[str, float]:
    """By what to divide arrays and attributes of a sequence to have them in other units."""
    # The data may be in other units than mm and px, each sequence in its own.
    factors = {name: unit / attrs.get(name, 1.0) for name, unit in units.items()}
    lengths = dict.fromkeys(_LENGTHS, factors["space_scale"])
    return lengths | dict.fromkeys(_PIXELS, factors["pixel_scale"])


@dataclass(frozen=True)
class _ConvertedArrays:
    """The arrays of a sequence in another skeleton, in the units of the data.

    Attributes:
        kept: the sequence, at the new rate.
        key: its key in the data set.
        kwargs: say whether poses and image points are computed from positions in the world.
        convert: the converter to the other skeleton.
    """

    kept: PoseSequence
    key: str
    kwargs: NormalizeKwargs
    convert: Converter

    def sources(self) -> dict[str, Callable[[], np.ndarray]]:
        """Functions that compute the arrays, by name."""
        kept = self.kept
        sources: dict[str, Callable[[], np.ndarray]] = {"p3w": partial(self._of_data, "p3w")}
        if "r" in kept.attrs:
            sources["p3c"] = self._p3c
        if "p2" in kept or (self.kwargs.consistent_projection and "f" in kept.attrs):
            sources["p2"] = self._p2
        return sources

    def _of_data(self, name: str) -> np.ndarray:
        """An array of the data; the copy's arrays are freed after their use."""
        return self.convert.convert(copy(self.kept)[name])

    def _p3c(self) -> np.ndarray:
        """[n_frames, n_joints, 3] poses in the frame of the camera."""
        if self.kwargs.consistent_pose or "p3c" not in self.kept:
            attrs = self.kept.attrs
            return transform_frame(self._of_data("p3w"), attrs["r"], attrs.get("t"))
        return self._of_data("p3c")

    def _p2(self) -> np.ndarray:
        """[n_frames, n_joints, 2] image points."""
        if not self.kwargs.consistent_projection:
            return self._of_data("p2")
        attrs = self.kept.attrs
        if missing := [name for name in CAMERA_ARRAYS if name not in attrs]:
            problem = f"sequence {self.key!r} has no {', '.join(missing)} of a camera"
            raise SpecError(f"normalize_kwargs.consistent_projection: {problem}")
        return project(self._p3c(), attrs["f"], attrs["c"])


def _stride(fps: float | None, new_fps: float | None, key: str) -> int:
    """The number of frames from one frame that is kept to the next."""
    if new_fps is None:
        return 1
    if fps is None:
        raise SpecError(f"normalize_kwargs.fps: sequence {key!r} has no frame rate")
    stride = max(round(fps / new_fps), 1)
    if abs(fps / new_fps - stride) > _RATE_TOLERANCE * stride:
        rates = ", ".join(f"{fps / k:g}" for k in range(1, 7))
        raise SpecError(
            f"normalize_kwargs.fps: {new_fps:g} does not divide the {fps:g} Hz of sequence "
            f"{key!r}: choose one of {rates}, …"
        )
    return stride
