"""The errors of an inference run: its poses compared in mm with the true poses of the data set.

Poses are compared after the similarity transform that fits best: one for each frame ("Individual
proc_err"), and one for each sequence as a whole ("Sequence proc_err"); and by all other `MEASURES`.
"""

from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np

from human_pose_util.dataset import Dataset
from human_pose_util.evaluate import metrics
from human_pose_util.evaluate.comparison import compare
from human_pose_util.evaluate.data_signature import data_signature, tells_change
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
from human_pose_util.evaluate.joint_errors import individual_errors, pose_pair
from human_pose_util.evaluate.measures import evaluate
from human_pose_util.evaluate.report_layout import ReportLayout
from human_pose_util.evaluate.results_reader import read_hypotheses, read_inferences
from human_pose_util.registry import get_skeleton


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
    sequences, new_errors, changed = [], {}, []
    numbers = {key: i for i, key in enumerate(truth)}
    skeleton = get_skeleton(truth.attrs["skeleton_id"])
    for key, inferred in inferences.finished.items():
        attrs = truth[key].attrs
        column = layout.column(key, attrs) if layout.column else ""
        place = Place(layout.row(key, attrs), column, numbers[key], len(numbers))
        digest = fingerprint(inferred, truth_spec, place)
        errors = None if overwrite else read_errors(inferred, reflection, digest)
        if errors is None:
            pose, true = pose_pair(inferred, truth, key, inference_id)
            joint_errors = _joint_errors(pose, true, reflection)
            hypotheses = read_hypotheses(path, inference_id, key) if inferred.n_hypotheses else None
            means = evaluate(compare(inferred, truth[key], skeleton, hypotheses))
            errors = replace(_mean_errors(joint_errors), means=means)
            # What is not cached is compared again, and doubted again, by the next report.
            if tells_change(inferred.attrs, data_signature(copy(truth[key]))):
                changed.append(key)
            else:
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
        changed=tuple(changed),
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
        changed=(),
        not_cached=None,
        is_cached=True,
    )


def _joint_errors(pose: np.ndarray, true: np.ndarray, reflection: bool) -> ErrorsByJoint:
    """Errors of every joint of a sequence, from poses [n_frames, n_joints, 3] in mm."""
    whole = metrics.align_sequence(pose, true, reflection)
    individual = individual_errors(pose, true, reflection)
    return ErrorsByJoint(individual, metrics.joint_errors(whole, true))


def _mean_errors(joint_errors: ErrorsByJoint) -> Errors:
    """The mean errors of a sequence: of its frames, and of all its joints."""
    per_frame = metrics.defined_mean(joint_errors.proc_error)
    individual, n_left_out = metrics.finite_mean(per_frame)
    whole = float(metrics.defined_mean(joint_errors.sequence_proc_error.ravel()))
    return Errors(len(per_frame), n_left_out, individual, whole)
