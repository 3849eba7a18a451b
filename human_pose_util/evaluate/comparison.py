"""The inferred poses of one sequence beside the true ones, in the forms that measures compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from human_pose_util.dataset import PoseSequence
from human_pose_util.errors import SpecError
from human_pose_util.evaluate.metrics import root_of, root_relative
from human_pose_util.evaluate.results_reader import InferredSequence
from human_pose_util.registry import get_converter
from human_pose_util.skeleton import S14, Skeleton
from human_pose_util.transforms import project, transform_frame


class PosePair(NamedTuple):
    """Inferred and true poses."""

    pred: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """Inferred and true poses of one sequence.

    Attributes:
        pred: [n_frames, n_joints, 3] inferred poses [mm], in the world or in the camera's frame.
        truth: [n_frames, n_joints, 3] true poses in the frame of `pred` [mm]; NaN where they are
            not known there.
        truth_w: [n_frames, n_joints, 3] true poses in the world [mm].
        is_still: whether the frame of `pred` does not move: it is the world, or that of a camera
            that stands.
        skeleton: the joints of all.
        fps: frames per second.
        hypotheses: [k, n_frames, n_joints, 3] other inferred poses in the frame of `pred` [mm];
            k = 0 where there are none.
        image_errors: [k, n_frames, n_joints] distances of the projected hypotheses from the
            observed joints [px]; NaN where they are not known.
    """

    pred: np.ndarray
    truth: np.ndarray
    truth_w: np.ndarray
    is_still: bool
    skeleton: Skeleton
    fps: float
    hypotheses: np.ndarray
    image_errors: np.ndarray

    @cached_property
    def root_relative(self) -> PosePair:
        """Inferred and true poses [n_frames, n_joints, 3] relative to the pelvis [mm]."""
        return PosePair(*(root_relative(p3, self.skeleton) for p3 in (self.pred, self.truth)))

    @cached_property
    def fourteen_joints(self) -> PosePair:
        """The 14 joints of MPI-INF-3DHP's evaluation of the `root_relative` poses [mm].

        A skeleton without a conversion to these joints, `s14`, keeps its own.
        """
        try:
            convert = get_converter(self.skeleton.id, S14.id).convert
        except SpecError:
            return self.root_relative
        return PosePair(*map(convert, self.root_relative))

    @cached_property
    def in_world(self) -> PosePair:
        """Inferred and true poses [n_frames, n_joints, 3], each in a frame that does not move [mm].

        The two frames may differ. The inferred poses are NaN where their frame moves.
        """
        pred = self.pred if self.is_still else np.full_like(self.pred, np.nan)
        return PosePair(pred, self.truth_w)

    @cached_property
    def roots(self) -> PosePair:
        """Ways of the inferred and the true pelvis [n_frames, 3] through the world [mm]."""
        return PosePair(*(root_of(p3, self.skeleton) for p3 in self.in_world))

    @cached_property
    def feet(self) -> PosePair:
        """Ways of the inferred and the true feet [n_frames, 2, 3] through the world [mm]."""
        rows = [self.skeleton.joint_index(foot) for foot in self.skeleton.feet]
        return PosePair(*(p3[:, rows] for p3 in self.in_world))

    @cached_property
    def hypotheses_and_truth(self) -> PosePair:
        """Hypotheses [k, n_frames, n_joints, 3] and truth, relative to the pelvis [mm]."""
        return PosePair(root_relative(self.hypotheses, self.skeleton), self.root_relative.truth)


def compare(
    inferred: InferredSequence,
    sequence: PoseSequence,
    skeleton: Skeleton,
    hypotheses: np.ndarray | None = None,
) -> Comparison:
    """The comparison of an inferred sequence with the true one.

    Args:
        inferred: the inferred sequence.
        sequence: the sequence of the data set, in the skeleton and at the frame rate of `inferred`.
        skeleton: the joints of both.
        hypotheses: [k, n_frames, n_joints, 3] other inferred poses in the frame and unit of
            `inferred`; None where the run stored none.
    """
    attrs, scale = sequence.attrs, inferred.space_scale
    pred = _poses(inferred.p3w, scale)
    truth = truth_w = _poses(sequence["p3w"][:], attrs["space_scale"])
    if inferred.frame == "camera":
        known = "p3c" in sequence
        p3c = sequence["p3c"][:] if known else np.full_like(truth_w, np.nan)
        truth = _poses(p3c, attrs["space_scale"])
    if hypotheses is None:
        hypotheses = np.zeros((0, *pred.shape))
    return Comparison(
        pred=pred,
        truth=truth,
        truth_w=truth_w,
        is_still=inferred.is_still(attrs),
        skeleton=skeleton,
        fps=float(attrs["fps"]),
        hypotheses=_poses(hypotheses, scale),
        image_errors=_image_errors(hypotheses, inferred, sequence),
    )


def _poses(p3: np.ndarray, scale: float) -> np.ndarray:
    """Poses in mm and in float64."""
    return np.asarray(p3, np.float64) * scale


def _image_errors(
    hypotheses: np.ndarray, inferred: InferredSequence, sequence: PoseSequence
) -> np.ndarray:
    """[k, n_frames, n_joints] distances of projected hypotheses from the observed joints [px].

    The camera has the intrinsics that the inference used or found. The distances are NaN where the
    data set has no camera.
    """
    attrs = sequence.attrs
    known = {**attrs, **inferred.intrinsics}
    needed = ("f", "c", "r", "t") if inferred.frame == "world" else ("f", "c")
    if not len(hypotheses) or "p2" not in sequence or not all(name in known for name in needed):
        return np.full(hypotheses.shape[:-1], np.nan)
    # The camera's position is in the unit of the data set.
    p3c = _poses(hypotheses, inferred.space_scale / attrs["space_scale"])
    if inferred.frame == "world":
        p3c = transform_frame(p3c, known["r"], known["t"])
    p2 = project(p3c, *_intrinsics(known, attrs))
    return attrs["pixel_scale"] * np.linalg.norm(p2 - sequence["p2"][:], axis=-1)


def _intrinsics(known: Mapping, attrs: Mapping) -> tuple[np.ndarray, np.ndarray]:
    """Focal lengths and principal points with which a sequence was inferred, [2] or [n_frames, 2].

    Results have the means over the frames. Where the camera of the data zooms, its focal lengths
    and principal points are those of each frame; an inference that solves for them multiplies the
    former by a factor and shifts the latter, which the means tell.

    Args:
        known: attributes with the intrinsics of the results, where they have any.
        attrs: attributes of the data.
    """
    f, c = np.asarray(known["f"]), np.asarray(known["c"])
    of_frames = {
        name: np.asarray(attrs[name]) for name in ("f", "c") if np.ndim(attrs.get(name, 0)) == 2
    }
    if "f" in of_frames:
        f = of_frames["f"] * (f / of_frames["f"].mean(axis=0))
    if "c" in of_frames:
        c = of_frames["c"] + (c - of_frames["c"].mean(axis=0))
    return f, c
