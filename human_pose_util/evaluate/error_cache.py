"""Errors kept as attributes of the inferred sequences that they belong to."""

import fcntl
import hashlib
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from human_pose_util.errors import DataError
from human_pose_util.evaluate.results_reader import Inferred
from human_pose_util.files import atomic, exclusive, lock_of, remove_temporary

BUSY = "another process is using it"
VERSION = 1  # of the metrics: another one makes what is cached stale


@dataclass(frozen=True)
class Errors:
    """Procrustes errors of one sequence.

    Attributes:
        n_frames: its frames.
        n_left_out: those for which no alignment is determined.
        individual_proc_err: mean over the others, each aligned on its own [mm]; NaN for none.
        sequence_proc_err: mean error after one alignment of the whole sequence [mm].
    """

    n_frames: int
    n_left_out: int
    individual_proc_err: float
    sequence_proc_err: float


def fingerprint(inferred: Inferred, truth_spec: str) -> str:
    """Digest of what errors depend on: the poses, their unit and skeleton, and the truth's."""
    digest = hashlib.sha256(inferred.p3w.tobytes())
    setting = (inferred.p3w.shape, inferred.space_scale, inferred.skeleton_id, truth_spec, VERSION)
    digest.update(repr(setting).encode())
    return digest.hexdigest()


def read_errors(inferred: Inferred, reflection: bool, digest: str) -> Errors | None:
    """Cached errors of a sequence; None where there are none or they are stale."""
    if inferred.attrs.get(_attr("proc_err_fingerprint", reflection)) != digest:
        return None
    types = Errors.__annotations__
    return Errors(**{n: types[n](inferred.attrs[_attr(n, reflection)]) for n in types})


def write_errors(
    path: str | Path,
    inference_id: str,
    reflection: bool,
    errors: Mapping[str, tuple[str, Errors]],
) -> str | None:
    """Cache errors in a results file if that is possible now.

    Poses are never put at risk: nothing is written while another process has the file open, and
    the file is replaced as a whole.

    Args:
        path: the results file.
        inference_id: the inference run.
        reflection: whether the alignments admit reflections.
        errors: sequence key → digest, errors.

    Returns:
        Why nothing was cached, None if it was.
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
    path: Path, inference_id: str, reflection: bool, errors: Mapping[str, tuple[str, Errors]]
) -> None:
    """Write to a copy that replaces the file, so that no interruption can break the results."""
    import h5py

    with exclusive(lock_of(path), BUSY), path.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # HDF5 takes this lock too
        remove_temporary(path.parent, re.escape(path.name))
        with atomic(path) as copy:
            shutil.copyfile(path, copy)
            with h5py.File(copy, "r+") as file:
                group = file[inference_id]
                for key, (digest, values) in errors.items():
                    if key not in group:
                        continue  # it is still in the journal
                    attrs = group[key].attrs
                    for name, value in asdict(values).items():
                        attrs[_attr(name, reflection)] = value
                    attrs[_attr("proc_err_fingerprint", reflection)] = digest


def _attr(name: str, reflection: bool) -> str:
    return f"{name}_reflection" if reflection else name
