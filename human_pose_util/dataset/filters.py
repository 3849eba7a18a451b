"""Choosing sequences of a data set by mode, camera, subject and name."""

from collections.abc import Callable, Mapping, Sequence

from human_pose_util.dataset.sequence import Dataset
from human_pose_util.errors import SpecError


def filter_dataset(
    dataset: Mapping,
    modes: Sequence[str] | None = None,
    camera_idxs: Sequence[int] | None = None,
    subject_ids: Sequence[str] | None = None,
    sequence_ids: Sequence[str] | None = None,
) -> Dataset:
    """The sequences for which every given condition holds. Arguments as in `FilterKwargs`.

    Raises:
        SpecError: a value that no sequence of the data set has, or no sequence is left.
    """
    conditions = {"mode": modes, "subject_id": subject_ids, "sequence_id": sequence_ids}
    if camera_idxs is not None:
        cameras = _values(dataset, "camera_id")
        if not cameras:
            raise SpecError("filter_kwargs.camera_idxs: the data set has no cameras")
        wrong = [i for i in camera_idxs if not 0 <= i < len(cameras)]
        if wrong:
            raise SpecError(
                f"filter_kwargs.camera_idxs: {wrong[0]} is out of range: "
                f"cameras 0 to {len(cameras) - 1} are {', '.join(cameras)}"
            )
        conditions["camera_id"] = [cameras[i] for i in camera_idxs]
    conditions = {attr: set(v) for attr, v in conditions.items() if v is not None}
    for attr, wanted in conditions.items():
        known = _values(dataset, attr)
        if missing := sorted(wanted - set(known)):
            raise SpecError(
                f"filter_kwargs: no sequence has {attr} {missing[0]!r}: "
                f"there are {', '.join(known[:20]) or 'none'}"
            )
    chosen = _select(dataset, lambda s: all(s.attrs.get(a) in w for a, w in conditions.items()))
    if not chosen:
        wanted = ", ".join(f"{attr} in {sorted(w)}" for attr, w in conditions.items())
        raise SpecError(f"filter_kwargs: no sequence is left with {wanted or 'no condition'}")
    return Dataset(chosen, dataset.attrs)


def one_view_each(dataset: Mapping) -> Dataset:
    """One view of every recording: p3w is the same in all, and need not count four times.

    A sequence that does not say its subject, name and mode is a recording of its own.
    """
    seen: set = set()

    def is_first(sequence) -> bool:
        recording = tuple(sequence.attrs.get(a) for a in ("subject_id", "sequence_id", "mode"))
        is_new = recording not in seen or None in recording
        seen.add(recording)
        return is_new

    return Dataset(_select(dataset, is_first), dataset.attrs)


def _select(dataset: Mapping, condition: Callable) -> dict:
    return {key: s for key in dataset if condition(s := dataset[key])}


def _values(dataset: Mapping, attr: str) -> list[str]:
    values = {dataset[key].attrs.get(attr) for key in dataset}
    return sorted(v for v in values if v is not None)
