"""Errors of an inference run joint by joint, and the person whom pictures of them show."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from human_pose_util.dataset import Dataset, normalized_poses
from human_pose_util.evaluate import metrics
from human_pose_util.evaluate.error_report import ErrorReport
from human_pose_util.evaluate.results_file import ResultsError
from human_pose_util.evaluate.results_reader import InferredSequence, read_inferences
from human_pose_util.export.rig import fit_skeleton
from human_pose_util.export.skeleton_tree import children_of, rest_positions
from human_pose_util.registry import get_skeleton
from human_pose_util.sampling import evenly_spaced
from human_pose_util.skeleton import Skeleton
from human_pose_util.transforms import rotate_about

N_POSES = 500
"""Number of true poses that show how a person is built; fewer where there are fewer."""


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
    pairs = [pose_pair(finished[key], truth, key, report.inference_id) for key in finished]
    skeleton = get_skeleton(report.skeleton_id)
    distances = [individual_errors(p, t, report.reflection) for p, t in pairs]
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
    sample = complete[evenly_spaced(len(complete), N_POSES)]
    pose = rest_positions(fit_skeleton(sample, skeleton).offsets, skeleton)
    return rotate_about(pose, -np.pi / 2, "z")  # a rig faces x


def individual_errors(pose: np.ndarray, true: np.ndarray, reflection: bool) -> np.ndarray:
    """Errors of joints after the alignment of each frame.

    Args:
        pose: [n_frames, n_joints, 3] inferred poses [mm].
        true: [n_frames, n_joints, 3] true poses [mm].
        reflection: whether the alignments also admit reflections.

    Returns:
        [n_frames, n_joints] errors [mm]; NaN for a joint that is left out.
    """
    return metrics.joint_errors(metrics.align(pose, true, reflection), true)


def pose_pair(
    inferred: InferredSequence, truth: Dataset, key: str, inference_id: str
) -> tuple[np.ndarray, np.ndarray]:
    """The inferred and the true poses of a sequence.

    Args:
        inferred: the inferred sequence.
        truth: data set with the true sequence, in the skeleton and at the frame rate of the run.
        key: key of the sequence.
        inference_id: id of the run, for messages.

    Returns:
        Both poses [n_frames, n_joints, 3] in mm. The true ones are in the world, or in the frame
        of the inferred ones where that moves: no single alignment leads from one to the other.

    Raises:
        ResultsError: they differ in their skeleton or their number of frames.
    """
    sequence = truth[key]
    name = "p3w" if inferred.is_still(sequence.attrs) else "p3c"
    true = np.asarray(sequence[name][:], dtype=np.float64) * sequence.attrs["space_scale"]
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
