"""Putting sequences, and poses, into the units and the frame that a model works in."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from human_pose_util.dataset.filters import one_view_each
from human_pose_util.dataset.sequence import Dataset, PoseSequence
from human_pose_util.dataset.spec import NormalizeKwargs
from human_pose_util.errors import DataError, SpecError
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import project, rotate_about, transform_frame

_LENGTHS, _PIXELS = ("p3w", "p3c", "t"), ("p2", "f", "c")


def normalize_dataset(
    dataset: Mapping, kwargs: NormalizeKwargs, whole: Mapping | None = None
) -> Dataset:
    """A data set in another skeleton, other units, at another rate; arrays are made on demand.

    Args:
        dataset: what to normalise; it is not changed.
        kwargs: what to do.
        whole: the unfiltered data set, over whose train frames a subject's height is taken
            (over all its frames where it has none); `dataset` itself by default.

    Raises:
        SpecError: an unknown skeleton, no converter, or a rate that does not divide the data's.
        DataError: a subject without a single complete frame from which to take its height.
    """
    convert = get_converter(
        dataset.attrs["skeleton_id"], kwargs.skeleton_id or dataset.attrs["skeleton_id"]
    )
    heights = _Heights(dataset if whole is None else whole, convert.convert, convert.target)
    sequences = {
        key: _normalized(dataset[key], key, kwargs, convert.convert, heights) for key in dataset
    }
    return Dataset(sequences, {**dataset.attrs, "skeleton_id": convert.target.id})


def normalized_poses(p3w: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Poses above the origin and facing front: what a GAN learns.

    Args:
        p3w: [..., n_joints, 3] poses, z up, in any unit.
        skeleton: their skeleton.

    Returns:
        [..., n_joints, 3] the root's x and y removed (its height above the floor stays) and
        turned about z so that the line from the right to the left hip points along x.
    """
    shift = p3w[..., skeleton.root_index, None, :] * np.array([1, 1, 0], dtype=p3w.dtype)
    angle = skeleton.front_angle(p3w)
    return rotate_about(p3w - shift, -angle, axis="z")


class _Heights:
    """Heights of subjects [mm], each computed when first asked for."""

    def __init__(self, dataset: Mapping, convert: Callable, skeleton: Skeleton):
        self._dataset, self._convert, self._skeleton = dataset, convert, skeleton
        self._known: dict[str, float] = {}

    def __getitem__(self, subject_id: str) -> float:
        if subject_id not in self._known:
            self._known[subject_id] = self._measure(subject_id)
        return self._known[subject_id]

    def _measure(self, subject_id: str) -> float:
        views = {key: self._dataset[key] for key in self._dataset}
        own = {key: s for key, s in views.items() if s.attrs.get("subject_id") == subject_id}
        takes = list(one_view_each(Dataset(own, {})).values())
        train = [s for s in takes if s.attrs.get("mode") == "train"]
        heights = [
            np.nanmax(self._skeleton.height(self._convert(s["p3w"][:])), initial=0.0)
            for s in train or takes
        ]
        if not max(heights):
            raise DataError(f"subject {subject_id!r} has no frame from which to take its height")
        return float(max(heights))


def _normalized(sequence, key: str, kwargs: NormalizeKwargs, convert, heights) -> PoseSequence:
    attrs = dict(sequence.attrs)
    stride = _stride(attrs.get("fps"), kwargs.fps, key)
    if kwargs.fps is not None:
        attrs["fps"] = kwargs.fps
    n_frames = attrs["n_frames"] if "n_frames" in attrs else len(sequence["p3w"])
    attrs["n_frames"] = -(-int(n_frames) // stride)

    def raw(name: str) -> np.ndarray:
        return convert(sequence[name][::stride])

    def p3c() -> np.ndarray:
        if kwargs.consistent_pose or "p3c" not in sequence:
            return transform_frame(raw("p3w"), sequence.attrs["r"], sequence.attrs["t"])
        return raw("p3c")

    def p2() -> np.ndarray:
        if kwargs.consistent_projection:
            return project(p3c(), sequence.attrs["f"], sequence.attrs["c"])
        return raw("p2")

    space_scale = kwargs.space_scale
    if kwargs.scale_to_height:
        space_scale = space_scale * heights[attrs.get("subject_id")]
    scales = dict.fromkeys(_LENGTHS, space_scale) | dict.fromkeys(_PIXELS, kwargs.pixel_scale)
    for name in ("t", "f", "c"):
        if name in attrs:
            attrs[name] = np.asarray(attrs[name], np.float64) / scales[name]
    attrs["space_scale"] = attrs.get("space_scale", 1.0) * space_scale
    attrs["pixel_scale"] = attrs.get("pixel_scale", 1.0) * kwargs.pixel_scale

    sources = {"p3w": partial(raw, "p3w")}
    if "r" in attrs:
        sources["p3c"] = p3c
    if "p2" in sequence or (kwargs.consistent_projection and "f" in attrs):
        sources["p2"] = p2
    arrays = {name: lambda name=name: sources[name]() / scales[name] for name in sources}
    return PoseSequence(arrays, attrs)


def _stride(fps: float | None, wanted: float | None, key: str) -> int:
    if wanted is None:
        return 1
    if fps is None:
        raise SpecError(f"normalize_kwargs.fps: sequence {key!r} does not say its frame rate")
    stride = max(round(fps / wanted), 1)
    if abs(fps / wanted - stride) > 1e-3 * stride:
        rates = ", ".join(f"{fps / k:g}" for k in range(1, 7))
        raise SpecError(
            f"normalize_kwargs.fps: {wanted:g} does not divide the {fps:g} Hz of sequence "
            f"{key!r}: choose one of {rates}, …"
        )
    return stride
