"""Errors that are cached with the inferred sequences in the results file.

The means are attributes of a sequence's group, those of the measures as one JSON text. The errors
of every joint, from which the Procrustes errors are computed, are arrays in it: `proc_error` after
the alignment of each frame, `sequence_proc_error` after that of the sequence, under the names of
the original repository. Each sequence keeps its place in the report, too, so that a complete report
can be made without the data set.
"""

import fcntl
import hashlib
import json
import math
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from human_pose_util.errors import DataError
from human_pose_util.evaluate.measures import MEASURES, PROCRUSTES, Mean
from human_pose_util.evaluate.results_reader import InferredSequence
from human_pose_util.files import atomic, exclusive, lock_of, remove_temporary

if TYPE_CHECKING:
    import h5py

BUSY = "another process is using it"
VERSION = 5
"""Version of what is cached; cached errors of another version, or of other measures, are stale."""

_FINGERPRINT = "proc_err_fingerprint"


@dataclass(frozen=True)
class Errors:
    """Errors of one sequence, or means over several sequences.

    Attributes:
        n_sequences: number of sequences.
        n_frames: number of frames of the sequences.
        n_left_out: number of frames whose alignment is not determined.
        individual_proc_err: P-MPJPE, each frame aligned on its own [mm], mean over the frames
            whose alignment is determined; NaN if there is none.
        sequence_proc_err: MPJPE after one alignment of each sequence as a whole [mm].
        means: means of the other `MEASURES` by name, without those that are not determined.
    """

    n_sequences: int = field(default=1, kw_only=True)
    n_frames: int
    n_left_out: int
    individual_proc_err: float
    sequence_proc_err: float
    means: Mapping[str, Mean] = field(default_factory=dict)

    def value(self, measure: str) -> float:
        """The mean of a measure, in its unit; NaN where it is not determined.

        Args:
            measure: a name in `MEASURES`.
        """
        if measure in PROCRUSTES:
            return getattr(self, measure)
        return self.means[measure].value if measure in self.means else math.nan

    def as_dict(self) -> dict[str, int | float]:
        """The numbers of sequences and frames, and the means of all measures, by name."""
        counts = {name: getattr(self, name) for name in ("n_sequences", "n_frames", "n_left_out")}
        return counts | {measure: self.value(measure) for measure in MEASURES}


@dataclass(frozen=True)
class ErrorsByJoint:
    """Errors of every joint of one sequence.

    Attributes:
        proc_error: [n_frames, n_joints] after the alignment of each frame [mm]; NaN for a joint
            that is left out.
        sequence_proc_error: [n_frames, n_joints] after one alignment of the sequence [mm].
    """

    proc_error: np.ndarray
    sequence_proc_error: np.ndarray


class Place(NamedTuple):
    """The place of a sequence in the report on a run.

    Attributes:
        row: label of its row.
        column: label of its column; "" in a table without columns.
        number: its number among the sequences that the run is to infer.
        n_sequences: the number of these sequences.
    """

    row: str
    column: str
    number: int
    n_sequences: int


@dataclass(frozen=True)
class NewErrors:
    """What is to be cached of one sequence.

    Attributes:
        place: its place in the report.
        digest: `fingerprint` of the sequence.
        errors: its errors.
        joint_errors: the errors of its joints.
    """

    place: Place
    digest: str
    errors: Errors
    joint_errors: ErrorsByJoint


_PLACE = Place.__annotations__
_NUMBERS: dict[str, Callable[[Any], int | float]] = {
    "n_frames": int, "n_left_out": int, "individual_proc_err": float, "sequence_proc_err": float,
}  # fmt: skip
_MEANS = "measures"


def fingerprint(inferred: InferredSequence, truth_spec: str, place: Place) -> str:
    """Digest of what the errors of a sequence depend on, reflections and the true poses aside.

    The true poses are not read, which takes longest; only their description counts.

    Args:
        inferred: the inferred sequence: its poses, their frame, unit and skeleton count, and how
            many hypotheses it has.
        truth_spec: description of the true poses.
        place: the sequence's place in the report.

    Returns:
        A hexadecimal SHA-256 digest.
    """
    digest = hashlib.sha256(inferred.p3w.tobytes())
    poses = (inferred.p3w.shape, inferred.frame, inferred.space_scale, inferred.skeleton_id)
    setting = (inferred.n_hypotheses, truth_spec, VERSION, *MEASURES)
    digest.update(repr((*poses, *setting, *place)).encode())
    return digest.hexdigest()


def read_place(inferred: InferredSequence) -> Place | None:
    """The cached place of a sequence in the report; None if none is cached."""
    try:
        return Place(**{n: t(inferred.attrs[f"report_{n}"]) for n, t in _PLACE.items()})
    except (KeyError, TypeError, ValueError):
        return None


def read_errors(inferred: InferredSequence, reflection: bool, digest: str) -> Errors | None:
    """Read the cached errors of a sequence.

    Args:
        inferred: the inferred sequence, with the attributes of its group.
        reflection: whether the alignments admit reflections.
        digest: `fingerprint` of the sequence as it is now.

    Returns:
        The errors; None if none are cached, or the cached ones are stale or damaged.
    """
    if inferred.attrs.get(_attr(_FINGERPRINT, reflection)) != digest:
        return None
    try:
        numbers: dict[str, Any] = {
            name: number(inferred.attrs[_attr(name, reflection)])
            for name, number in _NUMBERS.items()
        }
        means = json.loads(inferred.attrs[_attr(_MEANS, reflection)])
        return Errors(**numbers, means={name: Mean(*mean) for name, mean in means.items()})
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def write_errors(
    path: str | Path, inference_id: str, reflection: bool, errors: Mapping[str, NewErrors]
) -> str | None:
    """Cache errors in a results file, if that is possible now.

    The poses are never put at risk: nothing is written while another process has the file open,
    and the file is replaced as a whole.

    Args:
        path: the results file.
        inference_id: the inference run.
        reflection: whether the alignments admit reflections.
        errors: sequence key → its errors.

    Returns:
        The reason why nothing was cached; None if the errors were cached.
    """
    if not errors:
        return None
    try:
        _write(Path(path).resolve(), inference_id, reflection, errors)
    except BlockingIOError:
        return BUSY
    except OSError as error:
        return error.strerror or str(error)
    except (DataError, KeyError) as error:
        return str(error)
    return None


def _write(
    path: Path, inference_id: str, reflection: bool, errors: Mapping[str, NewErrors]
) -> None:
    """Write to a copy that replaces the file, so that no interruption can break the results."""
    import h5py

    with exclusive(lock_of(path), BUSY), path.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # HDF5 takes this lock, too
        remove_temporary(path.parent, re.escape(path.name))
        with atomic(path) as copy:
            shutil.copyfile(path, copy)
            with h5py.File(copy, "r+") as file:
                group = file[inference_id]
                for key, new in errors.items():
                    if key in group:  # else the sequence is still in the journal
                        _write_sequence(group[key], new, reflection)


def _write_sequence(group: "h5py.Group", new: NewErrors, reflection: bool) -> None:
    """Write the errors of one sequence into its group."""
    group.attrs[_attr(_FINGERPRINT, reflection)] = new.digest
    for name, value in new.place._asdict().items():
        group.attrs[f"report_{name}"] = value
    for name in _NUMBERS:
        group.attrs[_attr(name, reflection)] = getattr(new.errors, name)
    group.attrs[_attr(_MEANS, reflection)] = json.dumps(new.errors.means)
    for field_ in fields(ErrorsByJoint):
        name = _attr(field_.name, reflection)
        if name in group:
            del group[name]
        group[name] = getattr(new.joint_errors, field_.name).astype(np.float32)


def _attr(name: str, reflection: bool) -> str:
    """Name in the HDF5 group for a value: errors with and without reflection are separate."""
    return f"{name}_reflection" if reflection else name
