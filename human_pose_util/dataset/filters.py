"""Choosing sequences of a data set by mode, camera, subject, name and action."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence

from human_pose_util.dataset.notes import note_once
from human_pose_util.dataset.sequence import Dataset
from human_pose_util.errors import SpecError

log = logging.getLogger(__name__)


def filter_dataset(
    dataset: Dataset,
    modes: Sequence[str] | None = None,
    camera_idxs: Sequence[int] | None = None,
    subject_ids: Sequence[str] | None = None,
    sequence_ids: Sequence[str] | None = None,
    camera_ids: Sequence[str] | None = None,
    actions: Sequence[str] | None = None,
) -> Dataset:
    """The sequences for which every given condition holds.

    Args:
        dataset: a `Dataset`, or an `h5py.Group` of that shape.
        modes: the modes, "train" and "eval".
        camera_idxs: positions in the sorted list of the data set's cameras.
        subject_ids: the subjects.
        sequence_ids: the sequences, as the data set names them.
        camera_ids: the cameras, as the data set names them, in place of `camera_idxs`.
        actions: the actions, as the data set names them.

    Raises:
        SpecError: no sequence has one of the values, or no sequence is left.
    """
    if camera_idxs is not None:
        if camera_ids is not None:
            raise SpecError("filter_kwargs: camera_idxs and camera_ids: give one of the two")
        camera_ids = _cameras_at(dataset, camera_idxs)
    values = {
        "mode": modes,
        "subject_id": subject_ids,
        "sequence_id": sequence_ids,
        "camera_id": camera_ids,
        "action": actions,
    }
    conditions = {attr: set(v) for attr, v in values.items() if v is not None}
    for attr, allowed in conditions.items():
        present = _values(dataset, attr)
        if missing := sorted(allowed - set(present)):
            listed = ", ".join(map(str, present[:20])) or "none"
            problem = f"no sequence has {attr} {missing[0]!r}: there are {listed}"
            rule = dataset.attrs.get(f"{attr}_rule")
            raise SpecError(f"filter_kwargs: {problem}" + (f"; {rule}" if rule else ""))
    chosen = _select(dataset, lambda s: _matches(s, conditions))
    if camera_ids is not None:
        _note_those_without_a_camera(dataset, conditions)
    if not chosen:
        listed = ", ".join(f"{attr} in {sorted(w)}" for attr, w in conditions.items())
        together = " together" if len(conditions) > 1 else ""
        raise SpecError(
            f"filter_kwargs: no sequence is left with {listed or 'no condition'}{together}"
        )
    return Dataset(chosen, dataset.attrs)


def _cameras_at(dataset: Dataset, idxs: Sequence[int]) -> list[str]:
    """The cameras at positions in the sorted list of the data set's cameras.

    The list of a release, the attribute `camera_ids`, has also the cameras whose files are missing,
    so that a parameter file means the same cameras everywhere.
    """
    present = _values(dataset, "camera_id")
    if not present:
        raise SpecError("filter_kwargs.camera_idxs: the data set has no cameras")
    release = dataset.attrs.get("camera_ids", ())
    cameras = list(release) if set(present) <= set(release) else present
    for i in idxs:
        if not 0 <= i < len(cameras):
            known = f"cameras 0 to {len(cameras) - 1} are {', '.join(map(str, cameras))}"
            raise SpecError(f"filter_kwargs.camera_idxs: {i} is out of range: {known}")
        if cameras[i] not in present:
            raise SpecError(
                f"filter_kwargs.camera_idxs: {i} is camera {cameras[i]}, which is missing: there "
                f"are {', '.join(map(str, present))}; camera_ids chooses one of them"
            )
    return [cameras[i] for i in idxs]


def _note_those_without_a_camera(dataset: Dataset, conditions: dict[str, set]) -> None:
    """Write a note on sequences that only a filter by camera leaves out, as they have none."""
    none = conditions | {"camera_id": {None}}
    if left_out := list(_select(dataset, lambda s: _matches(s, none))):
        note_once(
            log,
            f"the filter by camera leaves out {len(left_out)} sequences without a camera, such as "
            f"{left_out[0]}",
        )


def one_view_each(dataset: Dataset) -> Dataset:
    """One view of every recording, as all views of a recording have the same p3w.

    Views of a recording have its subject, name and mode, each with another camera: the second
    sequence of a camera, or without one, is of another recording. A sequence without one of the
    three attributes is a recording of its own.
    """
    n_views: Counter = Counter()
    recordings: set = set()

    def is_first(sequence) -> bool:
        names = tuple(sequence.attrs.get(a) for a in ("subject_id", "sequence_id", "mode"))
        view = (names, sequence.attrs.get("camera_id"))
        recording = (names, n_views[view])
        is_new = recording not in recordings or None in names
        recordings.add(recording)
        n_views[view] += 1
        return is_new

    return Dataset(_select(dataset, is_first), dataset.attrs)


def _matches(sequence, conditions: dict[str, set]) -> bool:
    """Whether every attribute that has a condition has one of the values that it allows."""
    return all(sequence.attrs.get(attr) in allowed for attr, allowed in conditions.items())


def _select(dataset: Dataset, condition: Callable) -> dict:
    return {key: s for key in dataset if condition(s := dataset[key])}


def _values(dataset: Dataset, attr: str) -> list[str]:
    values = {dataset[key].attrs.get(attr) for key in dataset}
    return sorted(v for v in values if v is not None)
