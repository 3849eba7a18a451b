"""The errors of an inference run: its poses compared in mm with the true poses of the data set.

Poses are compared after the similarity transform that fits best: one for each frame ("Individual
proc_err"), and one for each sequence as a whole ("Sequence proc_err"); and by all other `MEASURES`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from human_pose_util.dataset import Dataset, normalized_poses
from human_pose_util.evaluate import metrics
from human_pose_util.evaluate.comparison import compare
from human_pose_util.evaluate.error_cache import (
    Errors,
    ErrorsByJoint,
    NewErrors,
    Place,
    fingerprint,
    read_errors,
    read_place,
    write_errors,
)
from human_pose_util.evaluate.error_report import ErrorReport, SequenceErrors
from human_pose_util.evaluate.measures import evaluate
from human_pose_util.evaluate.report_layout import ReportLayout
from human_pose_util.evaluate.results_file import ResultsError
from human_pose_util.evaluate.results_reader import (
    InferredSequence,
    read_hypotheses,
    read_inferences,
)
from human_pose_util.export.rig import fit_skeleton
from human_pose_util.export.skeleton_tree import children_of, depth_first
from human_pose_util.registry import get_skeleton
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import rotate_about

N_POSES = 500
"""Number of true poses, at least, that show how a person is built; fewer where there are fewer."""


def evaluate_run(
    path: str | Path,
    inference_id: str,
    truth: Dataset,
    layout: ReportLayout,
    dataset_id: str,
    truth_spec: str = "",
    reflection: bool = False,
    overwrite: bool = False,
) -> ErrorReport:
    """Compute the errors of every inferred sequence of a run.

    Errors are cached in the results file where it can be written, and cached errors are used.

    Args:
        path: results file.
        inference_id: id of the run, which is the name of its group in the file.
        truth: data set with the sequences that the run is to infer, in the skeleton and at the
            frame rate of the run.
        layout: how the table is divided.
        dataset_id: id of the data set.
        truth_spec: description of `truth`; errors that were cached for another one are stale.
        reflection: whether the alignments also admit reflections, as the code of the original
            paper does.
        overwrite: whether to compute errors again that are cached.

    Returns:
        The errors of the finished sequences, and which sequences are missing.

    Raises:
        ResultsError: no sequence is inferred yet, or a sequence does not match the truth in its
            skeleton or its number of frames.
        DataError: the file is broken.
    """
    inferences = read_inferences(path, inference_id, truth)
    sequences, new_errors = [], {}
    numbers = {key: i for i, key in enumerate(truth)}
    skeleton = get_skeleton(truth.attrs["skeleton_id"])
    for key, inferred in inferences.finished.items():
        attrs = truth[key].attrs
        column = layout.column(key, attrs) if layout.column else ""
        place = Place(layout.row(key, attrs), column, numbers[key], len(numbers))
        digest = fingerprint(inferred, truth_spec, place)
        errors = None if overwrite else read_errors(inferred, reflection, digest)
        if errors is None:
            pose, true = _pose_pair(inferred, truth, key, inference_id)
            joint_errors = _joint_errors(pose, true, reflection)
            hypotheses = read_hypotheses(path, inference_id, key) if inferred.n_hypotheses else None
            means = evaluate(compare(inferred, truth[key], skeleton, hypotheses))
            errors = replace(_mean_errors(joint_errors), means=means)
            new_errors[key] = NewErrors(place, digest, errors, joint_errors)
        sequences.append(SequenceErrors(key, place.row, place.column, errors))
    return ErrorReport(
        inference_id=inference_id,
        dataset_id=dataset_id,
        skeleton_id=truth.attrs["skeleton_id"],
        reflection=reflection,
        layout=layout,
        sequences=tuple(sequences),
        missing=inferences.missing,
        unknown=inferences.unknown,
        not_cached=write_errors(path, inference_id, reflection, new_errors),
    )


def cached_report(
    path: str | Path,
    inference_id: str,
    layout: ReportLayout,
    dataset_id: str,
    truth_spec: str = "",
    reflection: bool = False,
) -> ErrorReport | None:
    """The report on a run of which all errors are cached, without its data set.

    Args:
        path: results file.
        inference_id: id of the run.
        layout: how the table is divided.
        dataset_id: id of the data set.
        truth_spec: as for `evaluate_run`.
        reflection: whether the alignments also admit reflections.

    Returns:
        The report; None if errors of any sequence are missing or stale.

    Raises:
        ResultsError: no sequence is inferred yet.
        DataError: the file is broken.
    """
    found: dict[int, SequenceErrors] = {}
    inferences = read_inferences(path, inference_id).finished
    for key, inferred in inferences.items():
        place = read_place(inferred)
        if place is None or place.n_sequences != len(inferences):
            return None
        errors = read_errors(inferred, reflection, fingerprint(inferred, truth_spec, place))
        if errors is None:
            return None
        found[place.number] = SequenceErrors(key, place.row, place.column, errors)
    return ErrorReport(
        inference_id=inference_id,
        dataset_id=dataset_id,
        skeleton_id=next(iter(inferences.values())).skeleton_id,
        reflection=reflection,
        layout=layout,
        sequences=tuple(found[i] for i in sorted(found)),
        missing=(),
        unknown=(),
        not_cached=None,
    )


@dataclass(frozen=True)
class JointErrors:
    """Errors joint by joint, for pictures.

    Attributes:
        skeleton: the joints.
        distances: [n_frames, n_joints] error of every joint after the alignment of its frame
            [mm], over all sequences of a report; NaN for a joint that is left out.
        pose: [n_joints, 3] the person of the true poses, who faces front (the left hip along x
            from the right one) with arms stretched out sideways [mm].
    """

    skeleton: Skeleton
    distances: np.ndarray
    pose: np.ndarray


def collect_joint_errors(path: str | Path, report: ErrorReport, truth: Dataset) -> JointErrors:
    """Compute the errors joint by joint of the sequences of a report.

    Args:
        path: results file.
        report: the report on the run.
        truth: the data set that the report was made with.

    Returns:
        The errors, over the frames of all sequences.

    Raises:
        ResultsError: as for `evaluate_run`.
        DataError: the file is broken.
    """
    keys = [sequence.key for sequence in report.sequences]
    finished = read_inferences(path, report.inference_id, keys).finished
    pairs = [_pose_pair(finished[key], truth, key, report.inference_id) for key in finished]
    skeleton = get_skeleton(report.skeleton_id)
    distances = [_individual_errors(p, t, report.reflection) for p, t in pairs]
    pose = rest_pose(np.concatenate([t for _, t in pairs]), skeleton)
    return JointErrors(skeleton, np.concatenate(distances), pose)


def rest_pose(true: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The person of poses, with arms stretched out sideways and straight legs.

    Args:
        true: [n_frames, n_joints, 3] poses, z up.
        skeleton: their skeleton.

    Returns:
        [n_joints, 3] the person, whose line from the right to the left hip points along x. Without
        a complete pose, or for a skeleton of several roots, it is the mean pose instead.
    """
    complete = true[np.isfinite(true).all(axis=(1, 2))]
    if not len(complete) or len(children_of(skeleton, -1)) > 1:
        poses = normalized_poses(true, skeleton)
        return metrics.defined_mean(np.moveaxis(poses, 0, -1))
    sample = complete[:: max(len(complete) // N_POSES, 1)]
    pose = fit_skeleton(sample, skeleton).offsets
    for joint in depth_first(skeleton)[1:]:
        pose[joint] += pose[skeleton.parents[joint]]
    return rotate_about(pose, -np.pi / 2, "z")  # a rig faces x


def _joint_errors(pose: np.ndarray, true: np.ndarray, reflection: bool) -> ErrorsByJoint:
    """Errors of every joint of a sequence, from poses [n_frames, n_joints, 3] in mm."""
    whole = metrics.align_sequence(pose, true, reflection)
    individual = _individual_errors(pose, true, reflection)
    return ErrorsByJoint(individual, metrics.joint_errors(whole, true))


def _individual_errors(pose: np.ndarray, true: np.ndarray, reflection: bool) -> np.ndarray:
    """[n_frames, n_joints] errors after the alignment of each frame [mm]."""
    return metrics.joint_errors(metrics.align(pose, true, reflection), true)


def _mean_errors(joint_errors: ErrorsByJoint) -> Errors:
    """The mean errors of a sequence: of its frames, and of all its joints."""
    per_frame = metrics.defined_mean(joint_errors.proc_error)
    individual, n_left_out = metrics.finite_mean(per_frame)
    whole = float(metrics.defined_mean(joint_errors.sequence_proc_error.ravel()))
    return Errors(len(per_frame), n_left_out, individual, whole)


def _pose_pair(
    inferred: InferredSequence, truth: Dataset, key: str, inference_id: str
) -> tuple[np.ndarray, np.ndarray]:
    """The inferred and the true poses of a sequence, both [n_frames, n_joints, 3] in mm."""
    sequence = truth[key]
    true = np.asarray(sequence["p3w"][:], dtype=np.float64) * sequence.attrs["space_scale"]
    skeleton_id = truth.attrs["skeleton_id"]
    if (inferred.skeleton_id, inferred.p3w.shape) != (skeleton_id, true.shape):
        raise ResultsError(
            f"{inference_id}/{key} was inferred as "
            f"{_size_text(inferred.p3w, inferred.skeleton_id)}, but its parameters now describe "
            f"{_size_text(true, skeleton_id)}: the sequence must be inferred again",
            outdated=True,
        )
    return inferred.p3w.astype(np.float64) * inferred.space_scale, true


def _size_text(p3w: np.ndarray, skeleton_id: str) -> str:
    """The size of poses [n_frames, n_joints, 3] in words."""
    return f"{len(p3w)} frames of {p3w.shape[1]} joints ({skeleton_id})"
