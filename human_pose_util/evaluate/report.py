"""Procrustes errors of an inference run: collected per sequence, summed up per category.

Poses are compared in mm with the data set's own, after the similarity that fits best: for every
frame ("Individual proc_err"), and once for the whole sequence ("Sequence proc_err").
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset import normalized_poses
from human_pose_util.errors import DataError
from human_pose_util.evaluate.error_cache import Errors, fingerprint, read_errors, write_errors
from human_pose_util.evaluate.layout import Layout
from human_pose_util.evaluate.metrics import (
    align,
    defined_mean,
    finite_mean,
    joint_errors,
    p_mpjpe,
    sequence_p_mpjpe,
)
from human_pose_util.evaluate.results_reader import Inferred, read_inferences
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton


@dataclass(frozen=True)
class SequenceErrors:
    """Errors of one sequence and its place in the table (`column` is "" without columns)."""

    key: str
    row: str
    column: str
    errors: Errors


@dataclass(frozen=True)
class Summary:
    """Errors [mm] over sequences: means over their frames, each frame counting the same."""

    n_sequences: int
    n_frames: int
    n_left_out: int
    individual_proc_err: float
    sequence_proc_err: float

    @classmethod
    def of(cls, sequences: Iterable[SequenceErrors]) -> "Summary":
        """Sum up; NaN where no frame has an error."""
        errors = [sequence.errors for sequence in sequences]
        counted = [e.n_frames - e.n_left_out for e in errors]
        return cls(
            len(errors),
            sum(e.n_frames for e in errors),
            sum(e.n_left_out for e in errors),
            _weighted_mean([e.individual_proc_err for e in errors], counted),
            _weighted_mean([e.sequence_proc_err for e in errors], counted),
        )

    def as_dict(self) -> dict[str, int | float]:
        """Values by name."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """What is known about an inference run.

    Attributes:
        inference_id: the run.
        dataset_id: its data set.
        skeleton_id: joints over which errors are means.
        reflection: whether alignments admit reflections.
        layout: rows and columns.
        sequences: errors of the finished sequences.
        missing: keys of those that are not finished.
        unknown: keys of inferred sequences that the parameters no longer ask for.
        not_cached: why the errors could not be kept, None if they were.
    """

    inference_id: str
    dataset_id: str
    skeleton_id: str
    reflection: bool
    layout: Layout
    sequences: tuple[SequenceErrors, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    not_cached: str | None

    @property
    def total(self) -> Summary:
        """Over all sequences."""
        return self.summary()

    @property
    def rows(self) -> list[str]:
        """Row labels, in order."""
        return self.layout.sort_rows({s.row for s in self.sequences})

    @property
    def columns(self) -> list[str]:
        """Column labels, in order; none without columns."""
        return sorted({s.column for s in self.sequences}) if self.layout.column else []

    def summary(self, row: str | None = None, column: str | None = None) -> Summary:
        """Over a row, a column, a cell, or everything."""
        return Summary.of(
            s for s in self.sequences if row in (None, s.row) and column in (None, s.column)
        )


def evaluate(
    path: str | Path,
    inference_id: str,
    truth: Mapping,
    layout: Layout,
    dataset_id: str,
    truth_spec: str = "",
    reflection: bool = False,
    overwrite: bool = False,
) -> Report:
    """Errors of every inferred sequence; cached in the results file where it can be written.

    Args:
        path: results file.
        inference_id: its group.
        truth: data set with the sequences that the run is to infer, at its rate and skeleton.
        layout: how the table is divided.
        dataset_id: what the data set is called.
        truth_spec: what `truth` was made with; cached errors of another one are stale.
        reflection: admit reflections in the alignments, as the original paper's code does.
        overwrite: compute errors again that are cached.

    Raises:
        DataError: nothing is inferred yet, the file is broken, or a sequence does not match the
            truth in joints or length.
    """
    found = read_inferences(path, inference_id, truth)
    sequences, fresh = [], {}
    for key, inferred in found.finished.items():
        digest = fingerprint(inferred, truth_spec)
        errors = None if overwrite else read_errors(inferred, reflection, digest)
        if errors is None:
            errors = _errors(*_matched(inferred, truth, key, inference_id), reflection)
            fresh[key] = digest, errors
        attrs = truth[key].attrs
        column = layout.column(key, attrs) if layout.column else ""
        sequences.append(SequenceErrors(key, layout.row(key, attrs), column, errors))
    return Report(
        inference_id=inference_id,
        dataset_id=dataset_id,
        skeleton_id=truth.attrs["skeleton_id"],
        reflection=reflection,
        layout=layout,
        sequences=tuple(sequences),
        missing=found.missing,
        unknown=found.unknown,
        not_cached=write_errors(path, inference_id, reflection, fresh),
    )


@dataclass(frozen=True)
class JointErrors:
    """Errors joint by joint, for pictures.

    Attributes:
        skeleton: the joints.
        distances: (n_frames, n_joints) errors after the alignment of each frame, over all
            sequences of a report, in mm; NaN for what was left out.
        pose: (n_joints, 3) mean of the true poses, facing front, in mm.
    """

    skeleton: Skeleton
    distances: np.ndarray
    pose: np.ndarray


def collect_joint_errors(path: str | Path, report: Report, truth: Mapping) -> JointErrors:
    """Errors joint by joint of the sequences of a report. Arguments as for `evaluate`."""
    keys = [sequence.key for sequence in report.sequences]
    found = read_inferences(path, report.inference_id, keys).finished
    pairs = [_matched(found[key], truth, key, report.inference_id) for key in found]
    skeleton = get_skeleton(report.skeleton_id)
    distances = [joint_errors(align(p, t, report.reflection), t) for p, t in pairs]
    poses = normalized_poses(np.concatenate([t for _, t in pairs]), skeleton)
    return JointErrors(skeleton, np.concatenate(distances), defined_mean(np.moveaxis(poses, 0, -1)))


def _errors(pred: np.ndarray, truth: np.ndarray, reflection: bool) -> Errors:
    individual, n_left_out = finite_mean(p_mpjpe(pred, truth, reflection))
    whole = float(sequence_p_mpjpe(pred, truth, reflection))
    return Errors(len(truth), n_left_out, individual, whole)


def _matched(
    inferred: Inferred, truth: Mapping, key: str, inference_id: str
) -> tuple[np.ndarray, np.ndarray]:
    """Inferred and true poses in mm, refused where they are not of the same frames and joints."""
    true = np.asarray(truth[key]["p3w"][:], dtype=np.float64) * truth[key].attrs["space_scale"]
    expected = truth.attrs["skeleton_id"]
    if (inferred.skeleton_id, inferred.p3w.shape) != (expected, true.shape):
        raise DataError(
            f"{inference_id}/{key} was inferred as {_described(inferred.p3w, inferred.skeleton_id)}"
            f", but its parameters now describe {_described(true, expected)}: infer it again with "
            f"`python generate_inferences.py {inference_id} -o`"
        )
    return inferred.p3w.astype(np.float64) * inferred.space_scale, true


def _described(p3w: np.ndarray, skeleton_id: str) -> str:
    return f"{len(p3w)} frames of {p3w.shape[1]} joints ({skeleton_id})"


def _weighted_mean(values: list[float], weights: list[int]) -> float:
    pairs = [(value, weight) for value, weight in zip(values, weights, strict=True) if weight]
    if not pairs:
        return float("nan")
    return sum(value * weight for value, weight in pairs) / sum(weight for _, weight in pairs)
