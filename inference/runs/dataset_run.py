"""An inference run: every sequence of a data set into the results file."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from gan import GanBuilder
from human_pose_util.dataset import Dataset, load_dataset
from human_pose_util.errors import DataError, PoseError, SpecError, about
from human_pose_util.evaluate.data_signature import (
    data_signature,
    doubt_of_data,
    keys_of_changed_data,
)
from human_pose_util.evaluate.provenance import PARAMS, as_json
from human_pose_util.evaluate.status import Status
from human_pose_util.progress import progress_bar
from human_pose_util.workers import Job, LocalWorker, Workers
from inference.model.observations import Observations
from inference.model.observe import observe_sequence
from inference.params import InferenceParams
from inference.runs.dataset_search import heights_of, search_for
from inference.runs.entry import Entry
from inference.runs.groups import groups_of, infer_groups, n_frames_of
from inference.runs.origin import made_by
from inference.runs.result_entry import entry_of
from inference.runs.results_writer import ResultsWriter
from inference.runs.subject_bodies import (
    observer_with_bodies,
    params_with_bodies,
    sample_params,
    sample_sizes,
)
from inference.search.inference_result import InferenceResult
from inference.search.pose_search import PoseSearch
from inference.solvers.execution import execution_for


@dataclass
class Summary:
    """How a run ended.

    Attributes:
        outcomes: numbers of frames by outcome, over the sequences that were inferred.
        failures: the errors of the other sequences, by key.
    """

    outcomes: Counter[Status] = field(default_factory=Counter)
    failures: dict[str, Exception] = field(default_factory=dict)

    @property
    def saved_nothing(self) -> bool:
        """Whether every sequence failed or was finished before."""
        return not self.outcomes

    @property
    def outcome_lines(self) -> list[str]:
        """Each outcome in a line: the number of frames, and the outcome in words."""
        return [
            f"{n} {'frame' if n == 1 else 'frames'}: {status.text}"
            for status, n in sorted(self.outcomes.items())
        ]

    def require_all(self) -> None:
        """Raise DataError where a sequence is not inferred, SpecError if parameters are wrong."""
        if not self.failures:
            return
        key, error = next(iter(self.failures.items()))
        n = len(self.failures)
        others = f" (and {n - 1} more)" if n > 1 else ""
        reason = str(error) if isinstance(error, PoseError) else f"{type(error).__name__}: {error}"
        saved = "the other sequences are saved, and " if self.outcomes else ""
        kind = SpecError if isinstance(error, SpecError) else DataError
        raise kind(
            f"{key}{others} could not be inferred: {reason}; {saved}once that is mended, the same "
            "command tries again"
        )


def infer_dataset(
    inference_id: str,
    params: InferenceParams,
    gan: GanBuilder,
    results: Path,
    overwrite: bool = False,
    progress: bool = True,
    make_workers: Callable[[Job], AbstractContextManager[Workers]] | None = None,
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
        make_workers: makes those who do a job, which is a function of a group's observations; by
            default this process does it.

    Raises:
        SpecError: parameters that do not go together.
        DataError: the GAN is not trained, the data set is missing, or the results file is broken,
            in use or cannot be written.
    """
    # This loads the checkpoint, so that a missing one is reported before the data are read.
    attrs = {
        PARAMS: as_json(params.model_dump()),
        **made_by(gan, params.proposal_weight is not None),
    }
    shares_bodies = params.body == "subject"
    with about(f"{inference_id}.json"):
        dataset = load_dataset(params.dataset, default_mode="eval")
        _require_floor(dataset, params)
        search = search_for(dataset, params_with_bodies(params) if shares_bodies else params, gan)
    with ResultsWriter(results, inference_id, attrs, overwrite) as writer:
        groups = _unfinished(groups_of(dataset, search), writer)
        n_frames = sum(n_frames_of(dataset, group) for group in groups)
        # Where nothing is left to infer, no cluster has to start.
        if make_workers is None or not groups:
            make_workers = _this_process
        with progress_bar(inference_id, n_frames, progress, unit="frame") as bar:
            for note in writer.notes:
                bar.write(note)
            observe_data = _Observer(dataset, params)
            if n_finished := len(dataset) - sum(map(len, groups)):
                bar.write(f"{n_finished} of {len(dataset)} sequences are finished already")
                bar.set_postfix_str("comparing finished sequences with the data")
                changed = keys_of_changed_data(results, inference_id, dataset)
                if doubt := doubt_of_data(changed):
                    bar.write(f"note: {doubt}: -o infers all sequences anew")
            observe: Callable[[str], Observations] = observe_data
            # A search of its own fits a sample of every subject's frames first. Its bodies are then
            # part of the observations.
            if shares_bodies:
                bar.set_postfix_str("bodies of subjects")
                keys = [key for group in groups for key in group]
                with make_workers(_sample_search(dataset, params, gan).infer) as workers:
                    observe = observer_with_bodies(dataset, keys, observe_data, workers)
            bar.set_postfix_str("compiling" if search.execution.is_compiled else "")
            with make_workers(search.infer) as workers:
                return _Run(dataset, observe, workers, writer, bar, observe_data.signatures)(groups)


def _unfinished(groups: Iterable[Sequence[str]], writer: ResultsWriter) -> list[list[str]]:
    """Groups of the keys of all sequences, without the keys of those that are finished.

    The finished ones are taken out of groups, not left out before groups are formed: otherwise a
    run that goes on would put other sequences into one call.
    """
    rest = ([key for key in group if key not in writer] for group in groups)
    return [group for group in rest if group]


def _this_process(job: Job) -> AbstractContextManager[Workers]:
    """A context in which this process does the items of a job."""
    return nullcontext(LocalWorker(job))


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
        signatures: Mapping[str, np.ndarray],
    ):
        self._dataset, self._observe = dataset, observe
        self._workers, self._writer, self._bar = workers, writer, bar
        self._signatures = signatures

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
                self._bar.update(n_frames_of(self._dataset, outcome.finished))
        return summary

    def _finish(self, key: str, result: InferenceResult) -> tuple[Entry, Counter[Status]]:
        """What is stored of a result, and the numbers of frames by outcome."""
        skeleton_id = self._dataset.attrs["skeleton_id"]
        entry = entry_of(result, self._dataset[key].attrs, skeleton_id, self._signatures[key])
        return entry, result.outcomes()


class _Observer:
    """A function from a key to the sequence's observations, with a height that the data tell.

    Attributes:
        signatures: the `data_signature` of each sequence that was observed, by key.
    """

    def __init__(self, dataset: Dataset, params: InferenceParams):
        self._dataset, self._height = dataset, heights_of(params)
        self.signatures: dict[str, np.ndarray] = {}

    def __call__(self, key: str) -> Observations:
        """Observe a sequence."""
        sequence = copy(self._dataset[key])  # the copy's arrays are freed after their use
        observed = observe_sequence(sequence, self._height(key, sequence.attrs))
        self.signatures[key] = data_signature(sequence)
        return observed
