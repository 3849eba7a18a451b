"""An inference run: every sequence of a data set into the results file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gan import GanBuilder
from human_pose_util.dataset import load_dataset
from human_pose_util.errors import DataError
from human_pose_util.workers import Here, Workers, spread
from inference.model.observations import observe_sequence
from inference.params import InferenceParams
from inference.runs.results_writer import Entry, ResultsWriter, as_json, made_by
from inference.runs.sequence_job import InferenceJob
from inference.search.inference_result import InferenceResult
from inference.solvers.status import Status

FRAMES_AT_A_TIME = 2048
"""Short sequences are fitted together, up to about so many frames."""


@dataclass
class Summary:
    """How a run ended.

    Attributes:
        outcomes: how many frames ended how, over the sequences that were inferred.
        failures: what went wrong with the others, by key.
    """

    outcomes: Counter[Status] = field(default_factory=Counter)
    failures: dict[str, Exception] = field(default_factory=dict)

    def require_all(self) -> None:
        """Raise DataError where a sequence could not be inferred."""
        if not self.failures:
            return
        key, error = next(iter(self.failures.items()))
        n = len(self.failures)
        others = f" (and so {n - 1} more)" if n > 1 else ""
        raise DataError(
            f"{key}{others} could not be inferred: {type(error).__name__}: {error}; "
            "what could be is saved, and the same command tries again"
        )


def generate_all(
    inference_id: str,
    params: InferenceParams,
    builder: GanBuilder,
    results: Path,
    overwrite: bool = False,
    progress: bool = True,
    workers: Callable[[InferenceJob], AbstractContextManager[Workers]] | None = None,
) -> Summary:
    """Infer every sequence that is not finished yet.

    What is inferred together depends on the data set alone, so that a run that was interrupted
    ends with the same numbers as one that was not.

    Args:
        inference_id: the group in the results file.
        params: what to do.
        builder: the trained GAN.
        results: the results file.
        overwrite: infer the finished sequences again.
        progress: show a bar.
        workers: makes those who do the work; by default this process does it.

    Raises:
        SpecError: parameters that do not go together.
        DataError: the GAN is not trained, the data set is missing, or the results file is broken,
            in use or cannot be written.
    """
    # A missing checkpoint is said before the data are read.
    attrs = {"inference_params": as_json(params.model_dump()), **made_by(builder)}
    dataset = load_dataset(params.dataset, default_mode="eval")
    job = InferenceJob(params, builder, dataset)
    with ResultsWriter(results, inference_id, attrs, overwrite) as writer:
        todo = [
            unfinished
            for group in _groups(dataset, job.groups_sequences)
            if (unfinished := [key for key in group if key not in writer])
        ]
        n_frames = sum(_n_frames(dataset, group) for group in todo)
        skipped = len(dataset) - sum(map(len, todo))
        with (
            tqdm(total=n_frames, desc=inference_id, unit="frame", disable=not progress) as bar,
            workers(job) if workers and todo else nullcontext(Here(job)) as staff,
        ):
            for note in writer.notes:
                bar.write(note)
            if skipped:
                bar.write(f"{skipped} of {len(dataset)} sequences are finished already")
            run = _Run(dataset, heights_of(params), staff, writer, bar)
            return run(todo)


class _Run:
    """Infers groups of sequences, and saves each when it is done."""

    def __init__(
        self,
        dataset: Mapping,
        height: Callable[[str, Mapping], float | None],
        workers: Workers,
        writer: ResultsWriter,
        bar: tqdm,
    ):
        self._dataset, self._height = dataset, height
        self._workers, self._writer, self._bar = workers, writer, bar
        self._summary = Summary()

    def __call__(self, groups: Iterable[Sequence[str]]) -> Summary:
        """Infer groups of keys; those with which something goes wrong again, key by key."""
        failed = self._attempt(groups)
        self._summary.failures = {keys[0]: e for keys, e in failed if len(keys) == 1}
        again = self._attempt([key] for keys, _ in failed if len(keys) > 1 for key in keys)
        self._summary.failures |= {key: error for [key], error in again}
        return self._summary

    def _attempt(self, groups: Iterable[Sequence[str]]) -> list[tuple[Sequence[str], Exception]]:
        """Infer groups. Those with which something went wrong, and what."""
        failed, skeleton_id = [], self._dataset.attrs["skeleton_id"]

        def items() -> Iterator[tuple[Sequence[str], Any]]:
            for keys in groups:
                try:
                    yield keys, [self._observed(key) for key in keys]
                except Exception as error:
                    failed.append((keys, error))

        for keys, results in spread(self._workers, items()):
            if isinstance(results, Exception):
                failed.append((keys, results))
                continue
            try:
                entries = {
                    key: entry_of(result, self._dataset[key].attrs, skeleton_id)
                    for key, result in zip(keys, results, strict=True)
                }
            except Exception as error:
                failed.append((keys, error))
                continue
            self._writer.write(entries)
            for result in results:
                self._summary.outcomes += result.outcomes()
            self._bar.update(_n_frames(self._dataset, keys))
        return failed

    def _observed(self, key: str):
        sequence = copy(self._dataset[key])  # whose arrays go when they were used
        return observe_sequence(sequence, self._height(key, sequence.attrs))


def entry_of(result: InferenceResult, attrs: Mapping, skeleton_id: str) -> Entry:
    """What is stored of a result.

    Args:
        result: of a sequence.
        attrs: the sequence's.
        skeleton_id: of the poses.

    Raises:
        DataError: it has values that are not finite.
    """
    names = ("p3w", "z", "yaw", "rotation", "translation", "cost", "iterations", "status")
    names = (*names, "std", "aligned_std", "hypotheses_p3w", "hypotheses_cost")
    arrays = {name: getattr(result, name) for name in names}
    described = {
        "frame": result.frame,
        "inference_time": result.seconds,
        "inference_fps": result.fps,
        "scale": result.scale,
        "space_scale": attrs["space_scale"],
        "pixel_scale": attrs["pixel_scale"],
        "f": result.f.mean(axis=0),
        "c": result.c.mean(axis=0),
        "skeleton_id": skeleton_id,
        "fps": attrs["fps"],
    }
    return Entry({name: array for name, array in arrays.items() if array is not None}, described)


def heights_of(params: InferenceParams) -> Callable[[str, Mapping], float | None]:
    """(key, attributes of a sequence) → the subject's height in the sequence's unit, if known."""
    if params.height == "unknown":
        return lambda key, attrs: None
    if params.height == "known":
        in_heights = {"scale_to_height": True, "space_scale": 1.0}
        kwargs = params.dataset.normalize_kwargs.model_copy(update=in_heights)
        spec = params.dataset.model_copy(update={"normalize_kwargs": kwargs})
        heights = load_dataset(spec, default_mode="eval")
        return lambda key, attrs: heights[key].attrs["space_scale"] / attrs["space_scale"]
    return lambda key, attrs: 1000 * params.height / attrs["space_scale"]


def _groups(dataset: Mapping, together: bool) -> Iterator[list[str]]:
    """Keys of neighbouring sequences, about `FRAMES_AT_A_TIME` frames at a time."""
    group, n_frames = [], 0
    for key in dataset:
        group.append(key)
        n_frames += _n_frames(dataset, [key])
        if not together or n_frames >= FRAMES_AT_A_TIME:
            yield group
            group, n_frames = [], 0
    if group:
        yield group


def _n_frames(dataset: Mapping, keys: Iterable[str]) -> int:
    return sum(int(dataset[key].attrs["n_frames"]) for key in keys)
