"""An inference run: every sequence of a data set into the results file."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from gan import GanBuilder
from human_pose_util.dataset import Dataset, load_dataset
from human_pose_util.errors import DataError, SpecError
from human_pose_util.progress import progress_bar
from human_pose_util.registry import get_converter, get_skeleton
from human_pose_util.workers import LocalWorker, Workers
from inference.model.body import Bones
from inference.model.observations import Observations, observe_sequence
from inference.params import InferenceParams
from inference.runs.groups import infer_groups
from inference.runs.results_writer import Entry, ResultsWriter, as_json, made_by
from inference.runs.subject_bodies import (
    observer_with_bodies,
    params_with_bodies,
    sample_params,
    sample_sizes,
)
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import PoseSearch
from inference.solvers.execution import COMPILED, TRACED, Execution, execution_for
from inference.solvers.status import Status

FRAMES_OF_A_GROUP = {COMPILED: 2048, TRACED: 512}
"""Number of frames from which on a group of short sequences, inferred in one call, is full. Without
a compilation small groups are as fast, and the first of them is saved sooner."""

_ARRAYS = (
    "p3w",
    "z",
    "yaw",
    "rotation",
    "translation",
    "cost",
    "iterations",
    "status",
    "std",
    "aligned_std",
    "hypotheses_p3w",
    "hypotheses_cost",
)
"""Arrays of a result that are stored, where it has them."""


@dataclass
class Summary:
    """How a run ended.

    Attributes:
        outcomes: numbers of frames by outcome, over the sequences that were inferred.
        failures: the errors of the other sequences, by key.
    """

    outcomes: Counter[Status] = field(default_factory=Counter)
    failures: dict[str, Exception] = field(default_factory=dict)

    def require_all(self) -> None:
        """Raise DataError where a sequence could not be inferred."""
        if not self.failures:
            return
        key, error = next(iter(self.failures.items()))
        n = len(self.failures)
        others = f" (and {n - 1} more)" if n > 1 else ""
        raise DataError(
            f"{key}{others} could not be inferred: {type(error).__name__}: {error}; "
            "the other sequences are saved, and the same command tries again"
        )


def infer_dataset(
    inference_id: str,
    params: InferenceParams,
    gan: GanBuilder,
    results: Path,
    overwrite: bool = False,
    progress: bool = True,
    workers: Callable[[Callable], AbstractContextManager[Workers]] | None = None,
) -> Summary:
    """Infer every sequence of a data set that is not finished yet.

    The data set alone decides which sequences are inferred in one call, so that a run that was
    interrupted ends with the same numbers as one that was not.

    Args:
        inference_id: the group in the results file.
        params: the data set and the settings of the search.
        gan: the trained GAN.
        results: the results file.
        overwrite: infer the finished sequences again.
        progress: show a bar.
        workers: makes those who do the work, of a function of a group's observations; by default
            this process does it.

    Raises:
        SpecError: parameters that do not go together.
        DataError: the GAN is not trained, the data set is missing, or the results file is broken,
            in use or cannot be written.
    """
    # This loads the checkpoint, so that a missing one is reported before the data are read.
    attrs = {"inference_params": as_json(params.model_dump()), **made_by(gan)}
    dataset = load_dataset(params.dataset, default_mode="eval")
    _require_floor(dataset, params)
    shares_bodies = params.body == "subject"
    search = search_for(dataset, params_with_bodies(params) if shares_bodies else params, gan)
    with ResultsWriter(results, inference_id, attrs, overwrite) as writer:
        # Groups are formed of all sequences, and finished ones are taken out of them afterwards:
        # otherwise a run that goes on would put other sequences into one call.
        groups = [
            unfinished
            for group in _groups(dataset, search)
            if (unfinished := [key for key in group if key not in writer])
        ]
        n_frames = sum(_n_frames(dataset, group) for group in groups)
        n_finished = len(dataset) - sum(map(len, groups))

        def staff(search: PoseSearch) -> AbstractContextManager[Workers]:
            """Those who do the work of a search."""
            # Where nothing is left to infer, no cluster has to start.
            if workers and groups:
                return workers(search.infer)
            return nullcontext(LocalWorker(search.infer))

        with progress_bar(inference_id, n_frames, progress, unit="frame") as bar:
            for note in writer.notes:
                bar.write(note)
            if n_finished:
                bar.write(f"{n_finished} of {len(dataset)} sequences are finished already")
            observe = _observer(dataset, params)
            # A search of its own fits a sample of every subject's frames first. Its bodies are then
            # part of the observations.
            if shares_bodies:
                bar.set_postfix_str("bodies of subjects")
                keys = [key for group in groups for key in group]
                with staff(_sample_search(dataset, params, gan)) as their_workers:
                    observe = observer_with_bodies(dataset, keys, observe, their_workers)
            bar.set_postfix_str("compiling" if search.execution.is_compiled else "")
            with staff(search) as their_workers:
                return _Run(dataset, observe, their_workers, writer, bar)(groups)


def _require_floor(dataset: Dataset, params: InferenceParams) -> None:
    """Raise SpecError where poses are to stand on a floor that the data set does not know."""
    if params.camera.extrinsics == "unknown":
        return
    for key, sequence in dataset.items():
        if not sequence.attrs.get("has_floor", True):
            raise SpecError(
                f"camera.extrinsics: the data set {params.dataset.type!r} does not tell where the "
                f'floor is ({key}): set "camera": {{"extrinsics": "unknown"}}'
            )


def search_for(
    dataset: Dataset, params: InferenceParams, gan: GanBuilder, execution: Execution | None = None
) -> PoseSearch:
    """The search for the sequences of a data set.

    Args:
        dataset: its skeleton and its units count.
        params: the settings of the search.
        gan: the trained GAN.
        execution: how the search is computed; by default the faster way for all frames of the data
            set.

    Raises:
        SpecError: no conversion between the skeletons, or proposals that the GAN does not have.
        DataError: the GAN is not trained, or not to its end; or the units of sequences differ.
    """
    converter = get_converter(gan.skeleton.id, dataset.attrs["skeleton_id"])
    attrs = [sequence.attrs for sequence in dataset.values()]
    units = {(float(a["space_scale"]), float(a["pixel_scale"])) for a in attrs}
    if len(units) > 1:
        raise DataError(
            "sequences of one run need the same space_scale and pixel_scale: leave "
            "normalize_kwargs.scale_to_height out, and give the data the same units"
        )
    space_scale, pixel_scale = units.pop()
    # All sequences count, the finished ones too: a run that goes on computes as before.
    execution = execution or execution_for(_n_frames(dataset, dataset) * params.n_starts)
    return PoseSearch(gan, params, converter, space_scale, pixel_scale, execution)


def _sample_search(dataset: Dataset, params: InferenceParams, gan: GanBuilder) -> PoseSearch:
    """The search that finds the bodies of subjects."""
    n_rows = sum(sample_sizes(dataset).values()) * params.n_starts
    return search_for(dataset, sample_params(params), gan, execution_for(n_rows))


class _Run:
    """Infers groups of sequences, and saves each when it is finished."""

    def __init__(
        self,
        dataset: Dataset,
        observe: Callable[[str], Observations],
        workers: Workers,
        writer: ResultsWriter,
        bar: tqdm,
    ):
        self._dataset, self._observe = dataset, observe
        self._workers, self._writer, self._bar = workers, writer, bar

    def __call__(self, groups: Iterable[Sequence[str]]) -> Summary:
        """Infer groups of keys."""
        summary = Summary()
        for outcome in infer_groups(groups, self._observe, self._workers, self._finish):
            # A sequence that cannot be inferred does not stop the others: `Summary.require_all`
            # names it at the end.
            summary.failures |= outcome.failures
            if outcome.finished:
                self._writer.write({key: entry for key, (entry, _) in outcome.finished.items()})
                for _, counts in outcome.finished.values():
                    summary.outcomes += counts
                self._bar.set_postfix_str("", refresh=False)
                self._bar.update(_n_frames(self._dataset, outcome.finished))
        return summary

    def _finish(self, key: str, result: InferenceResult) -> tuple[Entry, Counter[Status]]:
        """What is stored of a result, and the numbers of frames by outcome."""
        skeleton_id = self._dataset.attrs["skeleton_id"]
        return entry_of(result, self._dataset[key].attrs, skeleton_id), result.outcomes()


def entry_of(result: InferenceResult, attrs: Mapping, skeleton_id: str) -> Entry:
    """A result as results.hdf5 stores it.

    Args:
        result: the result of a sequence.
        attrs: the attributes of the sequence.
        skeleton_id: skeleton of the poses.

    Raises:
        DataError: it has values that are not finite.
    """
    arrays = {name: getattr(result, name) for name in _ARRAYS}
    described = {
        "frame": result.frame,
        "inference_time": result.seconds,
        "inference_fps": result.fps,
        "scale": result.scale,
        "space_scale": attrs["space_scale"],
        "pixel_scale": attrs["pixel_scale"],
        # The camera has them for every frame; they are equal unless it zooms.
        "f": result.camera.f.mean(axis=0),
        "c": result.camera.c.mean(axis=0),
        "skeleton_id": skeleton_id,
        "fps": attrs["fps"],
    }
    if result.lengths.size:  # all frames share a body
        described |= Bones.of(get_skeleton(skeleton_id)).attributes(result.p3w)
    return Entry({name: array for name, array in arrays.items() if array is not None}, described)


def heights_of(params: InferenceParams) -> Callable[[str, Mapping], float | None]:
    """The function that tells the heights of subjects that the data set knows.

    The search itself uses a height that the parameters give in metres.

    Args:
        params: the parameters of the run.

    Returns:
        (key, attributes of a sequence) → height in the sequence's unit of lengths, or None.
    """
    if params.height != "known":
        return lambda key, attrs: None
    # Data in subject heights state how long their unit is: `space_scale` is the subject's height in
    # mm, and that over the `space_scale` of the run's data is the height in the run's unit.
    in_heights = {"scale_to_height": True, "space_scale": 1.0}
    kwargs = params.dataset.normalize_kwargs.model_copy(update=in_heights)
    spec = params.dataset.model_copy(update={"normalize_kwargs": kwargs})
    heights = load_dataset(spec, default_mode="eval")
    return lambda key, attrs: heights[key].attrs["space_scale"] / attrs["space_scale"]


def _observer(dataset: Dataset, params: InferenceParams) -> Callable[[str], Observations]:
    """A function from a key to the sequence's observations, with a height that the data tell."""
    height = heights_of(params)

    def observe(key: str) -> Observations:
        sequence = copy(dataset[key])  # the copy's arrays are freed after their use
        return observe_sequence(sequence, height(key, sequence.attrs))

    return observe


def _groups(dataset: Dataset, search: PoseSearch) -> Iterator[list[str]]:
    """Keys of neighbouring sequences, about `FRAMES_OF_A_GROUP` frames in each group."""
    n_full = FRAMES_OF_A_GROUP[search.execution]
    group: list[str] = []
    n_frames = 0
    for key in dataset:
        group.append(key)
        n_frames += _n_frames(dataset, [key])
        if not search.joins_sequences or n_frames >= n_full:
            yield group
            group, n_frames = [], 0
    if group:
        yield group


def _n_frames(dataset: Dataset, keys: Iterable[str]) -> int:
    """The number of frames of sequences."""
    return sum(int(dataset[key].attrs["n_frames"]) for key in keys)
